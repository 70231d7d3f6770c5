//! What the store holds, as a pure function of the entries: keys and values in finished bundles.
//!
//! One builder serves the writer, the rebuild and verify: what it emits is what stands in sled, and verify compares the two byte by
//! byte. Nothing here reads or writes.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::record::{BUNDLE_RECORDS_MAX, Bundle, BundleCheckpoint, BundleError, StoredEvent};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;
use crate::tlog::tile::TILE_WIDTH;

use super::index::Block;
pub use super::index::SUBJECT_BLOCK_ENTRIES;

/// Entries in one bundle: one sled value. sled reads and keeps whole pages of eight to sixteen values, so that the memory of a process and
/// the time of a first read follow from this number: a page of 16 entries a value takes about 60 KiB, one of 64 four times that.
pub const BUNDLE_ENTRIES: u64 = 16;

// The format of a bundle has room for more.
const _: () = assert!(BUNDLE_ENTRIES <= BUNDLE_RECORDS_MAX as u64);

/// The version of this layout. An older one is discarded and rebuilt from the journal.
pub const LAYOUT_VERSION: u32 = 4;

/// The key of the one value that says how far the store has come.
pub const META_KEY: &[u8] = b"m";

/// The key of the one value that says how far the log had come when the store was last closed. It is no part of the image.
pub const CLOSED_KEY: &[u8] = b"c";

/// The key of the bundle that begins at entry `first`.
#[must_use]
pub fn bundle_key(first: u64) -> [u8; 9] {
    numbered(b'b', first)
}

/// The first entry of the bundle that has this key, if it is that of a bundle.
#[must_use]
pub(crate) fn bundle_first(key: &[u8]) -> Option<u64> {
    let first = key.strip_prefix(b"b")?.as_array::<8>()?;
    Some(u64::from_be_bytes(*first))
}

/// The key of a full tile.
#[must_use]
pub fn tile_key(level: u8, index: u64) -> [u8; 10] {
    let mut key = [0; 10];
    let (head, tail) = key.split_at_mut(2);
    head.copy_from_slice(&[b't', level]);
    tail.copy_from_slice(&index.to_be_bytes());
    key
}

/// The key of a finished block of the subject index.
#[must_use]
pub fn index_key(block: u64) -> [u8; 9] {
    numbered(b's', block)
}

fn numbered(tag: u8, number: u64) -> [u8; 9] {
    let mut key = [0; 9];
    let (head, tail) = key.split_at_mut(1);
    head.copy_from_slice(&[tag]);
    tail.copy_from_slice(&number.to_be_bytes());
    key
}

/// Keys and values that enter the store together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The entries that the store holds afterwards.
    pub size: u64,
    /// The root at that size.
    pub root: Hash,
    /// The leaf hashes of the entries of its bundle.
    pub leaves: Vec<Hash>,
    /// What is written, in this order; a bundle still without the tags of its records.
    pub puts: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A finished batch whose bundle is not printed yet.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The first entry of its bundle.
    pub(crate) first: u64,
    /// The entries of its bundle.
    pub(crate) events: Vec<Arc<StoredEvent>>,
    /// The checkpoints of its bundle.
    pub(crate) checkpoints: Vec<BundleCheckpoint>,
    /// The batch without its bundle.
    pub(crate) others: Batch,
    /// Where among the others the bundle stands.
    bundle_place: usize,
}

impl Finished {
    /// The whole batch.
    pub(crate) fn print(self) -> Result<Batch, ImageError> {
        let Self { first, events, checkpoints, others: mut batch, bundle_place } = self;
        let bundle = Bundle::encode_events(first, events.iter().map(Arc::as_ref), checkpoints)?;
        batch.puts.insert(bundle_place, (bundle_key(first).to_vec(), bundle));
        Ok(batch)
    }
}

/// The builder: entries and checkpoints go in, finished batches come out.
#[derive(Debug)]
pub struct Image {
    /// Entries before this one are in finished batches.
    finished: u64,
    events: VecDeque<Arc<StoredEvent>>,
    leaves: VecDeque<Hash>,
    checkpoints: VecDeque<BundleCheckpoint>,
    range: CompactRange,
    tiles: Vec<Vec<Hash>>,
    places: Block,
}

impl Image {
    /// A builder for an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            finished: 0,
            events: VecDeque::new(),
            leaves: VecDeque::new(),
            checkpoints: VecDeque::new(),
            range: CompactRange::new(),
            tiles: Vec::new(),
            places: Block::default(),
        }
    }

    /// A builder that goes on where a store of `range.size()` entries ends: with the hashes of the unfinished tile of each level, lowest
    /// first, and the entries since the last finished block of the subject index.
    #[must_use]
    pub fn resume(range: CompactRange, tiles: Vec<Vec<Hash>>, block: &[Arc<StoredEvent>]) -> Self {
        let mut image = Self { finished: range.size(), range, tiles, ..Self::new() };
        for stored in block {
            image.place(stored);
        }
        image
    }

    /// Entries in finished batches.
    #[must_use]
    pub const fn finished(&self) -> u64 {
        self.finished
    }

    /// Takes the next entry.
    pub fn push(&mut self, stored: Arc<StoredEvent>, leaf: Hash) {
        self.events.push_back(stored);
        self.leaves.push_back(leaf);
    }

    /// Takes the signature of the checkpoint at a size that was pushed.
    pub fn sign(&mut self, checkpoint: BundleCheckpoint) {
        self.checkpoints.push_back(checkpoint);
    }

    /// The next finished batch: its entries are there, and so is the signature of every checkpoint up to its end.
    ///
    /// `signed` is the size up to which signatures are known; a batch that ends beyond it waits.
    pub fn next_batch(&mut self, signed: u64) -> Result<Option<Batch>, ImageError> {
        self.next_finished(signed).map(Finished::print).transpose()
    }

    /// The same before its bundle is printed: who knows the bytes of it already need not print them.
    pub(crate) fn next_finished(&mut self, signed: u64) -> Option<Finished> {
        let (first, end) = (self.finished, self.finished + BUNDLE_ENTRIES);
        if (self.events.len() as u64) < BUNDLE_ENTRIES || end > signed {
            return None;
        }
        let mut puts = Vec::new();
        let events: Vec<Arc<StoredEvent>> =
            self.events.drain(..usize::try_from(BUNDLE_ENTRIES).unwrap_or(usize::MAX)).collect();
        for stored in &events {
            self.place(stored);
        }
        let leaves: Vec<Hash> = self.leaves.drain(..events.len()).collect();
        for leaf in &leaves {
            self.grow(*leaf, &mut puts);
        }
        let mut checkpoints = Vec::new();
        while self.checkpoints.front().is_some_and(|checkpoint| checkpoint.size <= end) {
            checkpoints.extend(self.checkpoints.pop_front());
        }
        let bundle_place = puts.len();
        self.finished = end;
        if end.is_multiple_of(SUBJECT_BLOCK_ENTRIES) {
            let block = end / SUBJECT_BLOCK_ENTRIES - 1;
            puts.push((index_key(block).to_vec(), self.places.finish()));
        }
        let others = Batch { size: end, root: self.range.root(), leaves, puts };
        Some(Finished { first, events, checkpoints, others, bundle_place })
    }

    fn place(&mut self, stored: &StoredEvent) {
        let event = &stored.entry.event;
        self.places.push(&event.subject, event.index);
    }

    /// Appends a leaf; every tile that it fills goes into `puts`.
    fn grow(&mut self, leaf: Hash, puts: &mut Vec<(Vec<u8>, Vec<u8>)>) {
        let Self { range, tiles, .. } = self;
        range.append_visiting(leaf, |level, index, hash| {
            if level % 8 != 0 {
                return;
            }
            let height = usize::from(level / 8);
            if tiles.len() <= height {
                tiles.resize_with(height + 1, Vec::new);
            }
            let Some(tile) = tiles.get_mut(height) else { return };
            tile.push(hash);
            if tile.len() as u64 == u64::from(TILE_WIDTH) {
                let value = tile.drain(..).flat_map(|hash| hash.0).collect();
                puts.push((tile_key(level / 8, index / u64::from(TILE_WIDTH)).to_vec(), value));
            }
        });
    }
}

/// Why a batch cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A bundle cannot be printed.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl Default for Image {
    fn default() -> Self {
        Self::new()
    }
}
