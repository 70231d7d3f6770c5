//! Reading a log: entries, texts, nodes, roots and checkpoints, at any size that was ever committed.

mod ahead;
mod redacted;
mod signed;

use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use docket_domain::{Origin, Subject};

use crate::error::LogError;
use crate::journal::JournalReader;
use crate::record::{Location, StoredEvent};
use crate::seal::{OpeningState, read_openings};
use crate::store::image::BUNDLE_ENTRIES;
use crate::stored::{Proven, Stored};
use crate::tail::Tail;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::Hash;
use crate::tlog::key::VerifierKey;
use crate::tlog::proof::{NodeReader, TreeHead, root_at};
use crate::tlog::tile::TILE_HEIGHT;

pub(crate) use redacted::{Redacted, erase};
pub(crate) use signed::{is_of, note_of};

/// What all readers of an open log share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) tail: Arc<RwLock<Tail>>,
    /// Absent when the log is open for reading only: then the tail holds everything.
    pub(crate) stored: Option<Stored>,
    pub(crate) journal: Arc<JournalReader>,
    pub(crate) origin: Origin,
    pub(crate) verifier: Option<VerifierKey>,
    pub(crate) redacted: Redacted,
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
    pub fn stored_size(&self) -> u64 {
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

    /// Whether sled was found damaged while it was read. What was damaged was answered from the journal; `docket rebuild` makes it anew.
    #[must_use]
    pub fn store_damaged(&self) -> bool {
        self.shared.stored.as_ref().is_some_and(Stored::is_damaged)
    }

    /// The entry at an index.
    pub fn event(&self, index: u64) -> Result<Arc<StoredEvent>, LogError> {
        if let Some(stored) = self.tail().event(index) {
            return Ok(stored);
        }
        self.check(index)?;
        self.stored()?.event(index)
    }

    /// Reads entries of one subject, each given by index and subject version, oldest first, so that who asks for them next has them at
    /// hand. Together they cost less than one by one: each but the newest is proven by the entry after it, which names its leaf.
    ///
    /// It says nothing of what cannot be read: whoever asks for that entry is told.
    pub fn fetch(&self, places: &[(u64, u64)]) {
        let Some(stored) = &self.shared.stored else { return };
        let mut later: Option<Arc<StoredEvent>> = None;
        for &(index, version) in places.iter().rev() {
            let in_tail = self.tail().event(index);
            later = match in_tail {
                Some(in_tail) => Some(in_tail),
                None if self.check(index).is_ok() => {
                    stored.event_before(index, version, later.as_deref()).ok()
                }
                None => None,
            };
        }
    }

    /// The leaf hash of the entry at an index.
    pub fn leaf(&self, index: u64) -> Result<Hash, LogError> {
        self.check(index)?;
        self.hashes(0, index, 1)?.first().copied().ok_or(LogError::NoEntry { index, size: self.size() })
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
        self.visit_leaves(range, &mut |stored, _| visit(stored))
    }

    /// The same with the leaf hash of each entry, which was compared with the entry.
    pub fn visit_leaves<E: From<LogError>>(
        &self,
        range: Range<u64>,
        visit: &mut dyn FnMut(Arc<StoredEvent>, Hash) -> Result<(), E>,
    ) -> Result<(), E> {
        let Range { start: mut next, end } = range;
        while next < end {
            // The lock is let go before the visitor runs: it may read the log itself.
            let found = {
                let tail = self.tail();
                tail.event(next).zip(tail.hash(0, next))
            };
            if let Some((stored, leaf)) = found {
                visit(stored, leaf)?;
                next += 1;
                continue;
            }
            self.check(next)?;
            let first = next / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
            let events: Vec<Proven> = self.stored()?.events(first)?;
            for (stored, leaf) in events {
                if stored.entry.event.index == next && next < end {
                    visit(stored, leaf)?;
                    next += 1;
                }
            }
        }
        Ok(())
    }

    /// The openings of an entry's texts, in the order of the texts; each is checked against its digest. One that a redaction is known to
    /// name is erased, whatever the journal holds: an old copy of a segment brings no words back.
    pub fn openings(&self, stored: &StoredEvent) -> Result<Vec<OpeningState>, LogError> {
        let Location { segment, openings_offset, openings_len, .. } = stored.location;
        let index = stored.entry.event.index;
        let texts = stored.entry.event.data.texts();
        let redacted = self.shared.redacted.of(index);
        let mut bytes = Vec::new();
        let read = if openings_len == 0 {
            Ok(())
        } else {
            let segment = crate::journal::SegmentId(segment);
            self.shared.journal.read_range(segment, openings_offset, openings_len, &mut bytes)
        };
        let opened = read.map_err(LogError::from).and_then(|()| {
            erase(&redacted, &texts, &mut bytes);
            read_openings(&texts, &bytes).map_err(|source| LogError::Opening { index, source })
        });
        let is_explained = |states: &[OpeningState]| {
            states
                .iter()
                .zip(0..)
                .all(|(state, field)| *state != OpeningState::Erased || redacted.contains(&field))
        };
        // Where an entry stands in the journal no hash says: what does not match, or is destroyed, is looked for where its frame is.
        match (&self.shared.stored, opened) {
            (_, Ok(states)) if is_explained(&states) => Ok(states),
            (Some(store), _) => store.openings_of_journal(stored, &redacted),
            (None, opened) => opened,
        }
    }

    /// The places of a subject's entries among the first `known_at`, oldest first: index and subject version.
    pub fn versions(&self, subject: &Subject, known_at: u64) -> Result<Vec<(u64, u64)>, LogError> {
        // Taken together: what leaves the tail after this is in the store.
        let (first, in_tail) = {
            let tail = self.tail();
            (tail.first(), tail.versions(subject))
        };
        let mut versions = match &self.shared.stored {
            Some(stored) => stored.versions(subject, first)?,
            None => Vec::new(),
        };
        versions.extend(in_tail);
        versions.retain(|(index, _)| *index < known_at);
        Ok(versions)
    }

    fn check(&self, index: u64) -> Result<(), LogError> {
        let size = self.size();
        if index < size { Ok(()) } else { Err(LogError::NoEntry { index, size }) }
    }

    fn stored(&self) -> Result<&Stored, LogError> {
        self.shared.stored.as_ref().ok_or_else(|| LogError::NoEntry { index: 0, size: self.size() })
    }

    fn tail(&self) -> RwLockReadGuard<'_, Tail> {
        self.shared.tail.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Neighbouring hashes of a tile level, all in one tile.
    fn hashes(&self, height: u8, first: u64, count: u64) -> Result<Vec<Hash>, LogError> {
        if let Some(stored) = &self.shared.stored {
            return stored.hashes(height, first, count);
        }
        let tail = self.tail();
        let hashes: Option<Vec<Hash>> =
            (first..first + count).map(|index| tail.hash(height, index)).collect();
        hashes.ok_or_else(|| LogError::NoEntry { index: first, size: tail.size() })
    }
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
        for hash in self.hashes(height, index << above, 1 << above)? {
            range.append(hash);
        }
        Ok(range.root())
    }
}
