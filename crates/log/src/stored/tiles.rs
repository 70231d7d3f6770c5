//! Tiles that were seen to lead to the edge of the tree, so that this is not hashed again at every read.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;

/// Tiles that are kept whole: 4 MiB of them.
const KEPT_MAX: usize = 512;

/// Tiles that are known by their digest, which is four times as fast as their root: enough for 16 million entries, in some 5 MiB.
const KNOWN_MAX: usize = 65_536;

/// The hashes of a full tile.
pub(crate) type Tile = Arc<[Hash]>;

/// The root of the subtree whose leaves are the hashes of a tile.
pub(crate) fn tile_root(tile: &[Hash]) -> Hash {
    let mut range = CompactRange::new();
    for hash in tile {
        range.append(*hash);
    }
    range.root()
}

/// Tiles that were proven.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    kept: HashMap<(u8, u64), Tile>,
    order: VecDeque<(u8, u64)>,
    known: HashMap<(u8, u64), [u8; 32]>,
}

impl Tiles {
    /// The tile, if it is kept.
    pub(super) fn get(&self, height: u8, index: u64) -> Option<Tile> {
        self.kept.get(&(height, index)).cloned()
    }

    /// Whether this is the tile that was proven before.
    pub(super) fn knows(&self, height: u8, index: u64, tile: &[Hash]) -> bool {
        self.known.get(&(height, index)).is_some_and(|known| *known == digest(tile))
    }

    /// Takes a tile that was proven.
    pub(super) fn insert(&mut self, height: u8, index: u64, tile: &Tile) {
        let key = (height, index);
        if self.known.len() < KNOWN_MAX {
            self.known.entry(key).or_insert_with(|| digest(tile));
        }
        if self.kept.insert(key, Arc::clone(tile)).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > KEPT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }
}

fn digest(tile: &[Hash]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for hash in tile {
        hasher.update(hash.0);
    }
    hasher.finalize().into()
}
