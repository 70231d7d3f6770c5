//! The end of the log in memory: what is committed, but not yet in finished bundles of the store.
//!
//! Readers look here first and in the store second. It grows with each commit and shrinks when the store has caught up.

use std::collections::VecDeque;
use std::sync::Arc;

use docket_domain::Subject;

use crate::record::{BundleCheckpoint, StoredEvent};
use crate::store::Store;
use crate::store::image::SUBJECT_BLOCK_ENTRIES;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;
use crate::tlog::tile::TILE_WIDTH;

/// Places for entries that the tail keeps free at most, besides three for each that it has.
const SPARE_MAX: usize = 1024;

/// Committed entries, nodes and checkpoints that the store may not have yet.
#[derive(Debug)]
pub(crate) struct Tail {
    first: u64,
    events: VecDeque<Arc<StoredEvent>>,
    checkpoints: VecDeque<BundleCheckpoint>,
    range: CompactRange,
    levels: Vec<Level>,
}

/// The hashes of one tile level from the last tile boundary on that the store has.
#[derive(Debug, Default)]
struct Level {
    first: u64,
    hashes: VecDeque<Hash>,
}

impl Tail {
    /// The tail of a log whose store ends at `range.size()`, with the hashes of the unfinished tile of each level.
    #[must_use]
    pub(crate) fn new(range: CompactRange, tiles: &[Vec<Hash>]) -> Self {
        let size = range.size();
        let levels = tiles.iter().zip(0u32..).map(|(hashes, height)| Level {
            first: level_size(size, height) - hashes.len() as u64,
            hashes: hashes.iter().copied().collect(),
        });
        Self {
            first: size,
            events: VecDeque::new(),
            checkpoints: VecDeque::new(),
            range,
            levels: levels.collect(),
        }
    }

    /// Committed entries.
    #[must_use]
    pub(crate) fn size(&self) -> u64 {
        self.range.size()
    }

    /// The root at [`Self::size`].
    #[must_use]
    pub(crate) fn root(&self) -> Hash {
        self.range.root()
    }

    /// The tree at its right edge.
    #[must_use]
    pub(crate) const fn range(&self) -> &CompactRange {
        &self.range
    }

    /// Takes the next committed entry.
    pub(crate) fn push(&mut self, stored: Arc<StoredEvent>, leaf: Hash) {
        self.events.push_back(stored);
        let Self { range, levels, .. } = self;
        range.append_visiting(leaf, |level, index, hash| {
            if !level.is_multiple_of(8) {
                return;
            }
            let height = usize::from(level / 8);
            if levels.len() <= height {
                levels.resize_with(height + 1, || Level { first: index, hashes: VecDeque::new() });
            }
            if let Some(level) = levels.get_mut(height) {
                level.hashes.push_back(hash);
            }
        });
    }

    /// Takes the signature of a checkpoint.
    pub(crate) fn sign(&mut self, checkpoint: BundleCheckpoint) {
        self.checkpoints.push_back(checkpoint);
    }

    /// Forgets what the store has, and returns the entries among it: dropping them takes longer than taking them out, and is best done
    /// where nobody waits for it.
    pub(crate) fn prune(&mut self, stored: u64) -> Vec<Arc<StoredEvent>> {
        let forgotten = stored.saturating_sub(self.first).min(self.events.len() as u64);
        let forgotten: Vec<_> =
            self.events.drain(..usize::try_from(forgotten).unwrap_or(usize::MAX)).collect();
        self.first += forgotten.len() as u64;
        while self.checkpoints.front().is_some_and(|checkpoint| checkpoint.size <= stored) {
            self.checkpoints.pop_front();
        }
        let width = u64::from(TILE_WIDTH);
        for (level, height) in self.levels.iter_mut().zip(0u32..) {
            let kept_from = level_size(stored, height) / width * width;
            while level.first < kept_from && level.hashes.pop_front().is_some() {
                level.first += 1;
            }
        }
        // What was long for a while does not stay so.
        if self.events.capacity() > SPARE_MAX + 4 * self.events.len() {
            self.events.shrink_to(2 * self.events.len());
        }
        forgotten
    }

    /// The entry at an index, if it is here.
    #[must_use]
    pub(crate) fn event(&self, index: u64) -> Option<Arc<StoredEvent>> {
        let place = usize::try_from(index.checked_sub(self.first)?).ok()?;
        self.events.get(place).cloned()
    }

    /// The first entry that is here.
    #[must_use]
    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    /// The hash at a place of a tile level, if it is here.
    #[must_use]
    pub(crate) fn hash(&self, height: u8, index: u64) -> Option<Hash> {
        let level = self.levels.get(usize::from(height))?;
        level.hashes.get(usize::try_from(index.checked_sub(level.first)?).ok()?).copied()
    }

    /// The first checkpoint of at least this size, if one is here.
    #[must_use]
    pub(crate) fn checkpoint_from(&self, size: u64) -> Option<BundleCheckpoint> {
        self.checkpoints.iter().find(|checkpoint| checkpoint.size >= size).copied()
    }

    /// The last checkpoint of at most this size, if one is here.
    #[must_use]
    pub(crate) fn checkpoint_upto(&self, size: u64) -> Option<BundleCheckpoint> {
        self.checkpoints.iter().rev().find(|checkpoint| checkpoint.size <= size).copied()
    }

    /// The last checkpoint that is here.
    #[must_use]
    pub(crate) fn last_checkpoint(&self) -> Option<BundleCheckpoint> {
        self.checkpoints.back().copied()
    }

    /// The places of a subject's entries here, newest last: index and subject version.
    pub(crate) fn versions(&self, subject: &Subject) -> Vec<(u64, u64)> {
        let events = self.events.iter().map(|stored| &stored.entry.event);
        events.filter(|event| event.subject == *subject).map(|event| (event.index, event.version)).collect()
    }
}

/// How many hashes a tile level has in a tree of this size.
fn level_size(size: u64, height: u32) -> u64 {
    size.checked_shr(8 * height).unwrap_or(0)
}

/// The hashes of the unfinished tile of each level at the end of a store, lowest first; from full tiles and from the leaves.
pub(crate) fn unfinished_tiles(
    store: &Store,
    size: u64,
    leaf: &dyn Fn(u64) -> Result<Hash, crate::error::LogError>,
) -> Result<Vec<Vec<Hash>>, crate::error::LogError> {
    let width = u64::from(TILE_WIDTH);
    let mut levels = Vec::new();
    let mut count = size;
    let mut height = 0u8;
    while count > 0 {
        let first = count / width * width;
        let hashes: Result<Vec<Hash>, _> = (first..count)
            .map(|index| match height.checked_sub(1) {
                None => leaf(index),
                Some(below) => Ok(tile_root(&store.tile(below, index)?)),
            })
            .collect();
        levels.push(hashes?);
        count /= width;
        height += 1;
    }
    Ok(levels)
}

fn tile_root(hashes: &[Hash]) -> Hash {
    let mut range = CompactRange::new();
    for hash in hashes {
        range.append(*hash);
    }
    range.root()
}

/// The first entry of the unfinished block of the subject index in a store of this size.
#[must_use]
pub(crate) const fn block_start(size: u64) -> u64 {
    size / SUBJECT_BLOCK_ENTRIES * SUBJECT_BLOCK_ENTRIES
}

/// The tree at the right edge of a store, from the unfinished tiles of its levels.
pub(crate) fn range_of(tiles: &[Vec<Hash>]) -> Result<CompactRange, crate::error::LogError> {
    let mut range = CompactRange::new();
    let error = |source| crate::error::LogError::Tree { source };
    let levels: Vec<(&Vec<Hash>, u8)> = tiles.iter().zip(0..).collect();
    for (hashes, height) in levels.into_iter().rev() {
        for hash in hashes {
            range.append_subtree(height * 8, *hash).map_err(error)?;
        }
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Place;
    use crate::tlog::hash::leaf_hash;

    #[test]
    fn what_the_store_has_is_forgotten_and_given_back_and_the_rest_stays() {
        let place = Place::new();
        let mut recorder = place.open();
        recorder.notes(40);
        let mut tail = Tail::new(CompactRange::new(), &[]);
        for stored in &recorder.entries {
            tail.push(Arc::clone(stored), leaf_hash(&stored.entry.encode().unwrap()));
        }
        // The store never goes back, and may tell of what the tail does not have yet.
        for (stored, forgotten) in [(0, 0..0), (16, 0..16), (16, 0..0), (8, 0..0), (32, 16..32), (64, 32..40)]
        {
            let indexes = tail.prune(stored).into_iter().map(|stored| stored.entry.event.index);
            assert!(indexes.eq(forgotten.clone()), "{stored}");
            let first = tail.first();
            assert_eq!(first, stored.max(first).min(40), "{stored}");
            for index in 0..40 {
                let found = tail.event(index).map(|stored| stored.entry.event.index);
                assert_eq!(found, (index >= first).then_some(index));
            }
        }
        assert_eq!((tail.first(), tail.size()), (40, 40));
    }
}
