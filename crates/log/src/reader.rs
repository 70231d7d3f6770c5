//! Reading a log: entries, texts, nodes, roots and checkpoints, at any size that was ever committed.

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use docket_domain::{Origin, Subject};

use crate::error::LogError;
use crate::journal::JournalReader;
use crate::record::{BundleCheckpoint, Location, StoredEvent};
use crate::seal::{OpeningState, read_openings};
use crate::store::Store;
use crate::store::image::{BUNDLE_ENTRIES, SUBJECT_BLOCK_ENTRIES};
use crate::tail::{Tail, block_start};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;
use crate::tlog::key::{KeyId, KeyName, VerifierKey};
use crate::tlog::note::{Note, NoteSignature};
use crate::tlog::proof::{NodeReader, TreeHead, root_at};
use crate::tlog::tile::{TILE_HEIGHT, TILE_WIDTH};

/// What all readers of an open log share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) tail: Arc<RwLock<Tail>>,
    /// Absent when the log is open for reading only: then the tail holds everything.
    pub(crate) store: Option<Store>,
    pub(crate) journal: JournalReader,
    pub(crate) origin: Origin,
    pub(crate) verifier: Option<VerifierKey>,
}

/// A reader of an open log. Cheap to clone; many can read while the writer commits.
#[derive(Debug, Clone)]
pub struct LogReader {
    pub(crate) shared: Arc<Shared>,
}

impl LogReader {
    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.shared.origin
    }

    /// The public key, if the directory has one.
    #[must_use]
    pub fn verifier(&self) -> Option<&VerifierKey> {
        self.shared.verifier.as_ref()
    }

    /// How many entries are committed.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tail().size()
    }

    /// How many of them are in finished bundles of the store; the others are served from memory.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.tail().first()
    }

    /// Size and root now.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let tail = self.tail();
        TreeHead { size: tail.size(), root: tail.root() }
    }

    /// The root at an earlier size.
    pub fn root_at(&self, size: u64) -> Result<Hash, LogError> {
        let head = self.head();
        if size == head.size {
            return Ok(head.root);
        }
        self.check(size.saturating_sub(1))?;
        root_at(self, size).map_err(|error| generated(error, size))
    }

    /// The entry at an index.
    pub fn event(&self, index: u64) -> Result<Arc<StoredEvent>, LogError> {
        if let Some(stored) = self.tail().event(index) {
            return Ok(stored);
        }
        self.check(index)?;
        Ok(Arc::new(self.store()?.event(index)?))
    }

    /// The canonical bytes of the entry at an index: those that were hashed.
    pub fn entry_bytes(&self, index: u64) -> Result<Vec<u8>, LogError> {
        let stored = self.event(index)?;
        stored.entry.encode().map_err(|source| LogError::Entry { index, source })
    }

    /// Shows every committed entry from `first` on, in order, to `visit`.
    pub fn visit(
        &self,
        first: u64,
        visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        self.visit_range(first..self.size(), visit)
    }

    /// The same for a range of the committed entries, with errors of the visitor's own.
    pub fn visit_range<E: From<LogError>>(
        &self,
        range: Range<u64>,
        visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Range { start: mut next, end } = range;
        while next < end {
            // The lock is let go before the visitor runs: it may read the log itself.
            let found = self.tail().event(next);
            if let Some(stored) = found {
                visit(stored)?;
                next += 1;
                continue;
            }
            self.check(next)?;
            let (store, before) = (self.store()?, next);
            for stored in store.events(next / BUNDLE_ENTRIES * BUNDLE_ENTRIES).map_err(LogError::from)? {
                if stored.entry.event.index == next && next < end {
                    visit(Arc::new(stored))?;
                    next += 1;
                }
            }
            if next == before {
                return Err(LogError::from(store.lacks(next)).into());
            }
        }
        Ok(())
    }

    /// The openings of an entry's texts, in the order of the texts; each is checked against its digest.
    pub fn openings(&self, stored: &StoredEvent) -> Result<Vec<OpeningState>, LogError> {
        let Location { segment, openings_offset, openings_len, .. } = stored.location;
        let index = stored.entry.event.index;
        let texts = stored.entry.event.data.texts();
        let mut bytes = Vec::new();
        if openings_len > 0 {
            let segment = crate::journal::SegmentId(segment);
            self.shared.journal.read_range(segment, openings_offset, openings_len, &mut bytes)?;
        }
        read_openings(&texts, &bytes).map_err(|source| LogError::Opening { index, source })
    }

    /// The places of a subject's entries among the first `known_at`, oldest first: index and subject version.
    pub fn versions(&self, subject: &Subject, known_at: u64) -> Result<Vec<(u64, u64)>, LogError> {
        let mut versions = Vec::new();
        // Taken together: what leaves the tail after this is in the store.
        let (first, in_tail) = {
            let tail = self.tail();
            (tail.first(), tail.versions(subject))
        };
        if let Some(store) = &self.shared.store {
            for block in 0..first / SUBJECT_BLOCK_ENTRIES {
                let start = block * SUBJECT_BLOCK_ENTRIES;
                versions.extend(
                    store
                        .places(subject, block)?
                        .into_iter()
                        .map(|(place, version)| (start + u64::from(place), version)),
                );
            }
            for index in block_start(first)..first {
                let event = store.event(index)?.entry.event;
                versions.extend((event.subject == *subject).then_some((index, event.version)));
            }
        }
        versions.extend(in_tail);
        versions.retain(|(index, _)| *index < known_at);
        Ok(versions)
    }

    /// The first signed checkpoint of at least this size; `None` if what lies beyond the last one is unsigned.
    pub fn checkpoint_from(&self, size: u64) -> Result<Option<Note>, LogError> {
        // Taken together: what leaves the tail after this is in the store.
        let (first, in_tail) = {
            let tail = self.tail();
            (tail.first(), tail.checkpoint_from(size))
        };
        let found = self.stored_checkpoint_from(size, first)?.or(in_tail);
        found.map(|checkpoint| self.note(checkpoint)).transpose()
    }

    /// The last signed checkpoint.
    pub fn last_checkpoint(&self) -> Result<Option<Note>, LogError> {
        let (last, mut first) = {
            let tail = self.tail();
            (tail.last_checkpoint(), tail.first())
        };
        if let Some(checkpoint) = last {
            return self.note(checkpoint).map(Some);
        }
        while let (Some(store), true) = (&self.shared.store, first >= BUNDLE_ENTRIES) {
            first -= BUNDLE_ENTRIES;
            if let Some(checkpoint) = store.checkpoints(first)?.last() {
                return self.note(*checkpoint).map(Some);
            }
        }
        Ok(None)
    }

    /// The same from the bundles before entry `end`.
    fn stored_checkpoint_from(&self, size: u64, end: u64) -> Result<Option<BundleCheckpoint>, LogError> {
        let Some(store) = &self.shared.store else { return Ok(None) };
        let mut first = size.saturating_sub(1) / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        while first < end {
            let checkpoints = store.checkpoints(first)?;
            if let Some(checkpoint) = checkpoints.into_iter().find(|checkpoint| checkpoint.size >= size) {
                return Ok(Some(checkpoint));
            }
            first += BUNDLE_ENTRIES;
        }
        Ok(None)
    }

    /// The signed note of a stored signature.
    fn note(&self, checkpoint: BundleCheckpoint) -> Result<Note, LogError> {
        let origin = self.origin_at(checkpoint.size)?;
        let head = TreeHead { size: checkpoint.size, root: self.root_at(checkpoint.size)? };
        note_of(&origin, head, &checkpoint)
    }

    /// The origin under which the log was signed at a size: a continued log has another one than before.
    fn origin_at(&self, size: u64) -> Result<Origin, LogError> {
        match size.checked_sub(1) {
            Some(index) => Ok(self.event(index)?.entry.origin.clone()),
            None => Ok(self.origin().clone()),
        }
    }

    fn check(&self, index: u64) -> Result<(), LogError> {
        let size = self.size();
        if index < size { Ok(()) } else { Err(LogError::NoEntry { index, size }) }
    }

    fn store(&self) -> Result<&Store, LogError> {
        self.shared.store.as_ref().ok_or_else(|| LogError::NoEntry { index: 0, size: self.size() })
    }

    fn tail(&self) -> RwLockReadGuard<'_, Tail> {
        self.shared.tail.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Neighbouring hashes of a tile level, all in one tile.
    fn tile_hashes(&self, height: u8, first: u64, count: u64) -> Result<Vec<Hash>, LogError> {
        let in_tail: Option<Vec<Hash>> = {
            let tail = self.tail();
            (first..first + count).map(|index| tail.hash(height, index)).collect()
        };
        if let Some(hashes) = in_tail {
            return Ok(hashes);
        }
        let width = u64::from(TILE_WIDTH);
        let tile = self.store()?.tile(height, first / width)?;
        let place = |index: u64| usize::try_from(index % width).unwrap_or(usize::MAX);
        let hashes = tile.get(place(first)..=place(first + count - 1));
        hashes.map(<[Hash]>::to_vec).ok_or(LogError::NoEntry { index: first, size: self.size() })
    }
}

/// The signed note that a stored signature stands for.
pub(crate) fn note_of(origin: &Origin, head: TreeHead, stored: &BundleCheckpoint) -> Result<Note, LogError> {
    let error = |source| LogError::Checkpoint { source };
    let checkpoint = Checkpoint::new(origin.as_str(), head).map_err(error)?;
    let name =
        KeyName::new(origin.as_str()).map_err(|source| LogError::Name { origin: origin.clone(), source })?;
    let signature = NoteSignature {
        name,
        key_id: KeyId(u32::from_be_bytes(stored.key_id)),
        blob: stored.signature.to_vec(),
    };
    Note::new(checkpoint.to_string(), vec![signature]).map_err(|source| error(source.into()))
}

/// The error behind a failed proof.
pub(crate) fn generated(error: crate::tlog::proof::GenerateError<LogError>, size: u64) -> LogError {
    use crate::tlog::proof::GenerateError;
    match error {
        GenerateError::Node { source, .. } => source,
        _ => LogError::NoEntry { index: size, size },
    }
}

impl NodeReader for LogReader {
    type Error = LogError;

    /// The root of a full subtree: a hash of a tile level, or hashed up from the lower level's hashes.
    fn node(&self, level: u8, index: u64) -> Result<Hash, LogError> {
        let (height, above) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let mut range = CompactRange::new();
        for hash in self.tile_hashes(height, index << above, 1 << above)? {
            range.append(hash);
        }
        Ok(range.root())
    }
}
