//! Tiles: c2sp.org/tlog-tiles, geometry, resource paths and the bytes of hash tiles.
//!
//! A full tile holds 256 consecutive hashes of one tile level; those of level `l` are the roots of full subtrees
//! over `256^l` leaves each, so a tile's own root is one hash of the level above. A partial tile is never hashed
//! into the level above.

use super::encoding::parse_decimal;
use super::hash::{HASH_BYTES, Hash};
use super::proof::NodeReader;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use thiserror::Error;

/// The number of hashes in a full tile, and of entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// Tree levels per tile level: a full tile is a subtree of this height.
pub const TILE_HEIGHT: u8 = 8;

/// The highest tile level that a path can name.
pub const TILE_LEVEL_MAX: u8 = 63;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of this tile level; level 0 holds leaf hashes.
    Hashes(u8),
    /// The entries themselves, as a bundle.
    Entries,
}

/// One tile or entry bundle, full or partial. Its `Display` is the resource's path below the log's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// Why there is no such tile.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TileError {
    /// Tile levels are 0 to [`TILE_LEVEL_MAX`].
    #[error("there is no tile level {level}: the highest is {TILE_LEVEL_MAX}")]
    Level {
        /// The level asked for.
        level: u8,
    },
    /// A tile holds 1 to [`TILE_WIDTH`] hashes or entries.
    #[error("a tile holds 1 to {TILE_WIDTH} items, not {width}")]
    Width {
        /// The width asked for.
        width: u16,
    },
    /// The path names no tile, or not in the one spelling that names it.
    #[error("{path:?} is not the path of a tile")]
    Path {
        /// The path found.
        path: String,
    },
    /// The bytes of a hash tile are a whole number of hashes, as many as its width.
    #[error("{tile} has {expected} bytes, not {found}")]
    Length {
        /// The tile.
        tile: Tile,
        /// The number of bytes that it has.
        expected: usize,
        /// The number of bytes found.
        found: usize,
    },
}

impl Tile {
    /// The tile at `index` (from 0) of its level, with `width` hashes or entries.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileError> {
        if let TileKind::Hashes(level) = kind
            && level > TILE_LEVEL_MAX
        {
            return Err(TileError::Level { level });
        }
        if width == 0 || width > TILE_WIDTH {
            return Err(TileError::Width { width });
        }
        Ok(Self { kind, index, width })
    }

    /// What the tile holds.
    #[must_use]
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// The tile's position in its level, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of hashes or entries in it, 1 to [`TILE_WIDTH`].
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether it holds fewer than [`TILE_WIDTH`] items.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.width < TILE_WIDTH
    }

    /// The leaves that it covers, `None` if they lie beyond every 64-bit size. A tree of size `s` has this
    /// tile if the range ends at or before `s`.
    #[must_use]
    pub fn leaves(&self) -> Option<Range<u64>> {
        let leaves_per_item = match self.kind {
            TileKind::Hashes(level) => 1u64.checked_shl(u32::from(level) * u32::from(TILE_HEIGHT))?,
            TileKind::Entries => 1,
        };
        let first_item = self.index.checked_mul(u64::from(TILE_WIDTH))?;
        let end_item = first_item.checked_add(u64::from(self.width))?;
        Some(first_item.checked_mul(leaves_per_item)?..end_item.checked_mul(leaves_per_item)?)
    }

    /// The bytes of a hash tile: its hashes one after another, read as nodes of tree level `8 * level`.
    ///
    /// `None` for an entry bundle, and for a tile beyond every 64-bit size.
    pub fn read_hashes<R: NodeReader>(&self, reader: &R) -> Option<Result<Vec<u8>, R::Error>> {
        let TileKind::Hashes(level) = self.kind else { return None };
        self.leaves()?;
        let first = self.index * u64::from(TILE_WIDTH);
        let nodes = first..first + u64::from(self.width);
        let hashes: Result<Vec<_>, _> =
            nodes.map(|node| reader.node(level * TILE_HEIGHT, node).map(|hash| hash.0)).collect();
        Some(hashes.map(|hashes| hashes.concat()))
    }

    /// Splits the bytes of this hash tile into its hashes.
    pub fn parse_hashes(&self, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
        let expected = usize::from(self.width) * HASH_BYTES;
        let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
        if bytes.len() != expected || !rest.is_empty() {
            return Err(TileError::Length { tile: *self, expected, found: bytes.len() });
        }
        Ok(hashes.iter().copied().map(Hash).collect())
    }
}

/// Every hash tile of a tree of `size` leaves, full and partial, level by level from the leaves upwards.
pub fn hash_tiles(size: u64) -> impl Iterator<Item = Tile> {
    (0..=TILE_LEVEL_MAX)
        .map(move |level| {
            let hashes = size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or(0);
            (level, hashes)
        })
        .take_while(|(_, hashes)| *hashes > 0)
        .flat_map(|(level, hashes)| row(TileKind::Hashes(level), hashes))
}

/// Every entry bundle of a tree of `size` leaves: the full ones, then the partial one if there is one.
pub fn entry_bundles(size: u64) -> impl Iterator<Item = Tile> {
    row(TileKind::Entries, size)
}

/// The tiles that hold `items` hashes or entries of one kind.
fn row(kind: TileKind, items: u64) -> impl Iterator<Item = Tile> {
    let full_tiles = items / u64::from(TILE_WIDTH);
    let rest = u16::try_from(items % u64::from(TILE_WIDTH)).unwrap_or_default();
    let full = (0..full_tiles).map(move |index| Tile { kind, index, width: TILE_WIDTH });
    let partial = (rest > 0).then_some(Tile { kind, index: full_tiles, width: rest });
    full.chain(partial)
}

impl fmt::Display for Tile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(formatter, "tile/{level}/")?,
            TileKind::Entries => formatter.write_str("tile/entries/")?,
        }
        write_index(formatter, self.index)?;
        if self.is_partial() {
            write!(formatter, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// Groups of three digits as path components; all but the last carry an `x`, so that no file is a directory too.
fn write_index(formatter: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    let groups_above = index.checked_ilog(1000).unwrap_or(0);
    for power in (1..=groups_above).rev() {
        write!(formatter, "x{:03}/", index / 1000u64.pow(power) % 1000)?;
    }
    write!(formatter, "{:03}", index % 1000)
}

impl FromStr for Tile {
    type Err = TileError;

    /// Reads a path as `Display` prints it, and no other spelling: no leading zeros or groups, no `.p/256`.
    fn from_str(path: &str) -> Result<Self, TileError> {
        parse_path(path)
            .filter(|tile| tile.to_string() == path)
            .ok_or_else(|| TileError::Path { path: path.to_owned() })
    }
}

/// Reads the parts of a path; whether they were spelt canonically is for the caller to see.
fn parse_path(path: &str) -> Option<Tile> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes(u8::try_from(parse_decimal(level)?).ok()?),
    };
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, u16::try_from(parse_decimal(width)?).ok()?),
        None => (rest, TILE_WIDTH),
    };
    let index = index.split('/').try_fold(0u64, |index, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        let all_digits = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let group: u64 = if all_digits { digits.parse().ok()? } else { return None };
        index.checked_mul(1000)?.checked_add(group)
    })?;
    Tile::new(kind, index, width).ok()
}
