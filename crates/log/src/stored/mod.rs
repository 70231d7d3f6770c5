//! Reading the store without trusting it: everything that comes from sled is compared with hashes that lead to the proven end of the tree.
//!
//! A record is printed again, and the hash of its entry compared with the leaf in a tile, unless its tag says under the log's key that this
//! was done when it was written ([`crate::store::tag`]); a tile is compared with its parent's hash, up
//! to the unfinished tiles at the right edge, which are in memory and whose root the journal states. What does not lead there is never
//! served: it is read from the journal instead, checked by the same hashes, and the store is remembered as damaged.
//!
//! An entry names the leaf of its subject's previous one: entries of one subject that are read together are compared with what the next one
//! names, so that only the newest needs a tile.
//!
//! Where an entry stands in the journal is in no hash. So openings that do not match, or that are all zero, are looked for again.

mod journal;
mod recent;
mod tiles;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use docket_domain::Subject;

use crate::error::LogError;
use crate::journal::JournalReader;
use crate::record::{BundleCheckpoint, StoredEvent};
use crate::store::image::{BUNDLE_ENTRIES, SUBJECT_BLOCK_ENTRIES};
use crate::store::{Store, StoreError, Vouched, VouchedBundle};
use crate::tail::Tail;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::proof::NodeReader;
use crate::tlog::tile::{TILE_HEIGHT, TILE_WIDTH};
use recent::Recent;
use tiles::{Tile, Tiles, tile_root};

pub(crate) use journal::{entries_of, location};

/// An entry that was compared with its leaf hash, with that hash.
pub(crate) type Proven = (Arc<StoredEvent>, Hash);

/// A bundle that was read, and what its entries must hash to.
#[derive(Debug)]
pub(crate) struct ReadBundle {
    bundle: VouchedBundle,
    leaves: Vec<Hash>,
}

/// Why what the store says is not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Distrust {
    /// It says nothing that can be read.
    #[error(transparent)]
    Unreadable(#[from] StoreError),
    /// Its record of this entry is of another entry than the one that was hashed.
    #[error("sled lacks an unchanged record of every entry: entry {0} has another hash")]
    Record(u64),
    /// What it must be compared with cannot be found out.
    #[error(transparent)]
    Unproven(#[from] LogError),
}

/// A store and the proven end of the tree.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) store: Store,
    tail: Arc<RwLock<Tail>>,
    journal: Arc<JournalReader>,
    tiles: Mutex<Tiles>,
    recent: Recent,
    is_damaged: AtomicBool,
}

impl Stored {
    pub(crate) fn new(store: Store, tail: Arc<RwLock<Tail>>, journal: Arc<JournalReader>) -> Self {
        Self {
            store,
            tail,
            journal,
            tiles: Mutex::default(),
            recent: Recent::default(),
            is_damaged: AtomicBool::new(false),
        }
    }

    /// Whether anything that was read so far was not what was hashed.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// Remembers that the store is damaged.
    pub(crate) fn distrust(&self) {
        self.is_damaged.store(true, Ordering::Relaxed);
    }

    /// The entry at an index that the store has.
    pub(crate) fn event(&self, index: u64) -> Result<Arc<StoredEvent>, LogError> {
        if let Some(stored) = self.recent.get(index) {
            return Ok(stored);
        }
        let (stored, _) = match self.event_of_store(index) {
            Ok(proven) => proven,
            Err(Distrust::Unproven(error)) => return Err(error),
            Err(_) => {
                self.distrust();
                self.event_of_journal(index)?
            }
        };
        self.recent.keep(&stored);
        Ok(stored)
    }

    /// The same for the entry before `later` of its subject, if that is the one with this version: its leaf is named by the later one,
    /// which was proven, so that no tile is read. Anything that does not fit is read as if there were no later one.
    pub(crate) fn event_before(
        &self,
        index: u64,
        version: u64,
        later: Option<&StoredEvent>,
    ) -> Result<Arc<StoredEvent>, LogError> {
        if let Some(stored) = self.recent.get(index) {
            return Ok(stored);
        }
        let Some(stored) = later.and_then(|later| self.named_event(index, version, later)) else {
            return self.event(index);
        };
        self.recent.keep(&stored);
        Ok(stored)
    }

    /// The entry at an index, if it is the one that `later` names as the one before it.
    fn named_event(&self, index: u64, version: u64, later: &StoredEvent) -> Option<Arc<StoredEvent>> {
        later.entry.event.version.checked_sub(1).filter(|before| *before == version)?;
        let leaf = Hash(later.entry.previous?);
        let vouched = self.store.vouched_event(index, leaf).ok()?;
        let (stored, _) = proven(vouched, leaf, &mut Vec::new()).ok()?;
        let (event, later) = (&stored.entry.event, &later.entry.event);
        (event.index == index && event.version == version && event.subject == later.subject).then_some(stored)
    }

    /// Every entry of the bundle that begins at entry `first`.
    pub(crate) fn events(&self, first: u64) -> Result<Vec<Proven>, LogError> {
        match self.events_of_store(first) {
            Ok(events) => Ok(events),
            Err(Distrust::Unproven(error)) => Err(error),
            Err(_) => {
                self.distrust();
                (first..first + BUNDLE_ENTRIES).map(|index| self.event_of_journal(index)).collect()
            }
        }
    }

    /// The same from the store and from nowhere else.
    pub(crate) fn events_of_store(&self, first: u64) -> Result<Vec<Proven>, Distrust> {
        self.decoded(&self.bundle_of_store(first)?)
    }

    /// The bundle that begins at entry `first`, with the proven leaf hashes of its entries: what one thread can do ahead of another, which
    /// has it [decoded](Self::decoded).
    pub(crate) fn bundle_of_store(&self, first: u64) -> Result<ReadBundle, Distrust> {
        let leaves = self.hashes(0, first, BUNDLE_ENTRIES)?;
        Ok(ReadBundle { bundle: self.store.vouched_bundle(first, &leaves)?, leaves })
    }

    /// The entries of a bundle, each compared with its leaf hash.
    pub(crate) fn decoded(&self, read: &ReadBundle) -> Result<Vec<Proven>, Distrust> {
        let events = self.store.vouched_events(&read.bundle)?;
        let mut printed = Vec::new();
        let pairs = events.into_iter().zip(&read.leaves);
        pairs.map(|(stored, leaf)| proven(stored, *leaf, &mut printed)).collect()
    }

    /// The entry at an index from the store and from nowhere else.
    pub(crate) fn event_of_store(&self, index: u64) -> Result<Proven, Distrust> {
        let leaf = self.hash(0, index)?;
        proven(self.store.vouched_event(index, leaf)?, leaf, &mut Vec::new())
    }

    /// The checkpoints in a bundle, unchecked: a signature speaks for itself.
    pub(crate) fn checkpoints(&self, first: u64) -> Vec<BundleCheckpoint> {
        self.store.checkpoints(first).unwrap_or_else(|_| {
            self.distrust();
            Vec::new()
        })
    }

    /// The hash at a place of a tile level: the root of `256^height` leaves.
    pub(crate) fn hash(&self, height: u8, index: u64) -> Result<Hash, LogError> {
        self.hashes(height, index, 1)?.first().copied().ok_or_else(|| unproven(height, index))
    }

    /// Neighbouring hashes of a tile level, all in one tile.
    pub(crate) fn hashes(&self, height: u8, first: u64, count: u64) -> Result<Vec<Hash>, LogError> {
        let in_tail: Option<Vec<Hash>> = {
            let tail = self.tail.read().unwrap_or_else(PoisonError::into_inner);
            (first..first + count).map(|index| tail.hash(height, index)).collect()
        };
        if let Some(hashes) = in_tail {
            return Ok(hashes);
        }
        let width = u64::from(TILE_WIDTH);
        let tile = self.tile(height, first / width)?;
        let place = |index: u64| usize::try_from(index % width).unwrap_or(usize::MAX);
        let hashes = tile.get(place(first)..=place(first + count - 1));
        hashes.map(<[Hash]>::to_vec).ok_or_else(|| unproven(height, first))
    }

    /// A full tile, which leads to the edge.
    pub(crate) fn tile(&self, height: u8, index: u64) -> Result<Tile, LogError> {
        let tiles = || self.tiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tile) = tiles().get(height, index) {
            return Ok(tile);
        }
        let found = self.store.tile(height, index).map(Tile::from);
        if let Ok(tile) = &found
            && tiles().knows(height, index, tile)
        {
            tiles().insert(height, index, tile);
            return Ok(Arc::clone(tile));
        }
        // The levels above are fewer and fewer; the highest is in memory.
        let parent = self.hash(height + 1, index)?;
        let tile = match found {
            Ok(tile) if tile_root(&tile) == parent => tile,
            _ => {
                self.distrust();
                let tile = self.tile_of_journal(height, index)?;
                if tile_root(&tile) != parent {
                    return Err(unproven(height, index));
                }
                tile
            }
        };
        tiles().insert(height, index, &tile);
        Ok(tile)
    }

    /// The places of a subject's entries among the first `end`, which are in the store: index and subject version, oldest first.
    ///
    /// The index of the store only says where to look. Versions count from 1: where one is missing, the index is damaged.
    pub(crate) fn versions(&self, subject: &Subject, end: u64) -> Result<Vec<(u64, u64)>, LogError> {
        let finished = end / SUBJECT_BLOCK_ENTRIES;
        let mut versions = Vec::new();
        for block in 0..finished {
            let start = block * SUBJECT_BLOCK_ENTRIES;
            let found = match self.store.places(subject, block) {
                Ok(places) => self.versions_at(subject, places.into_iter().map(|place| start + place))?,
                Err(_) => None,
            };
            let follows = |found: &[(u64, u64)]| {
                (versions.len() as u64 + 1..).zip(found).all(|(version, (_, found))| version == *found)
            };
            let Some(found) = found.filter(|found| follows(found)) else {
                self.distrust();
                return self.read_versions(subject, 0, end);
            };
            versions.extend(found);
        }
        let rest = self.read_versions(subject, finished * SUBJECT_BLOCK_ENTRIES, end)?;
        let misses_some = rest.first().is_some_and(|(_, version)| *version != versions.len() as u64 + 1);
        if misses_some {
            self.distrust();
            return self.read_versions(subject, 0, end);
        }
        versions.extend(rest);
        Ok(versions)
    }

    /// The versions of the entries at these indexes, if all of them are about this subject.
    fn versions_at(
        &self,
        subject: &Subject,
        indexes: impl Iterator<Item = u64>,
    ) -> Result<Option<Vec<(u64, u64)>>, LogError> {
        let mut versions = Vec::new();
        for index in indexes {
            let stored = self.event(index)?;
            let event = &stored.entry.event;
            if event.subject != *subject {
                return Ok(None);
            }
            versions.push((index, event.version));
        }
        Ok(Some(versions))
    }

    /// The versions of a subject by reading every entry.
    fn read_versions(&self, subject: &Subject, start: u64, end: u64) -> Result<Vec<(u64, u64)>, LogError> {
        let mut versions = Vec::new();
        for first in (start..end).step_by(usize::try_from(BUNDLE_ENTRIES).unwrap_or(1)) {
            let events = self.events(first)?;
            let events = events.iter().map(|(stored, _)| &stored.entry.event);
            let here = events.filter(|event| event.subject == *subject && event.index < end);
            versions.extend(here.map(|event| (event.index, event.version)));
        }
        Ok(versions)
    }
}

/// The record of an entry, if it is that of the entry with this leaf hash. Where no tag says so, it is printed into the buffer, which is
/// cleared first.
fn proven((stored, is_vouched): Vouched, leaf: Hash, printed: &mut Vec<u8>) -> Result<Proven, Distrust> {
    if is_vouched {
        return Ok((Arc::new(stored), leaf));
    }
    let index = stored.entry.event.index;
    printed.clear();
    stored.entry.encode_into(printed).map_err(|_| Distrust::Record(index))?;
    if leaf_hash(printed) == leaf { Ok((Arc::new(stored), leaf)) } else { Err(Distrust::Record(index)) }
}

/// The error for a subtree of which no copy leads to the edge.
fn unproven(height: u8, index: u64) -> LogError {
    LogError::Unproven { index: index.checked_shl(u32::from(height) * 8).unwrap_or(u64::MAX) }
}

impl NodeReader for Stored {
    type Error = LogError;

    /// The root of a full subtree: a hash of a tile level, or hashed up from the lower level's hashes.
    fn node(&self, level: u8, index: u64) -> Result<Hash, LogError> {
        let (height, above) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let mut range = CompactRange::new();
        for hash in self.hashes(height, index << above, 1 << above)? {
            range.append(hash);
        }
        Ok(range.root())
    }
}
