//! From the journal's frames to entries in memory and in the store.

use std::sync::Arc;

use docket_domain::Origin;

use super::authentic::Authentic;
use super::found::Resumed;
use crate::behind::{Applier, Committed};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::erasure::{Decoder, Erased};
use crate::error::LogError;
use crate::journal::{CheckpointSignature, JournalError, JournalPosition, Scan, SeenFrame};
use crate::reader::note_of;
use crate::record::{BundleCheckpoint, StoredEvent};
use crate::store::{Meta, Store};
use crate::stored::{Stored, entries_of};
use crate::tail::Tail;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::VerifierKey;

/// Who is shown a good frame, with what its entries say.
pub(crate) type Visit<'v> = dyn FnMut(&SeenFrame<'_>, Vec<Entry>) -> Result<(), LogError> + 'v;

/// Scans the journal from a place to its end, shows every good frame with its entries, and settles the openings that redactions have
/// erased.
pub(crate) fn scan(
    directory: &DataDirectory,
    start: JournalPosition,
    known_size: u64,
    visit: &mut Visit<'_>,
) -> Result<Scan, LogError> {
    let mut erased = Erased::default();
    let decoder = Decoder::default();
    let mut plan = directory.journal().scan(start, known_size, &decoder, |frame| {
        let entries = (frame.position.first_index..).zip(decoder.take(frame.position.entry_count));
        let entries = entries
            .map(|(index, entry)| entry.map_err(|source| LogError::Entry { index, source }))
            .collect::<Result<Vec<_>, _>>()?;
        erased.look(frame, &entries);
        visit(frame, entries)
    })?;
    // One that is zeroed in part is finished before anything is written: see `redaction::finish`.
    plan.resolve(|opening| erased.is_named(opening.entry, opening.offset));
    Ok(plan)
}

/// The stored form of the signature in a frame.
pub(crate) fn stored(signature: CheckpointSignature) -> BundleCheckpoint {
    BundleCheckpoint { size: signature.size, key_id: signature.key_id, signature: signature.signature }
}

/// Brings store and memory up to the journal.
pub(super) struct CatchUp<'a> {
    pub(super) applier: Applier,
    pub(super) tail: Tail,
    pub(super) origin: Option<Origin>,
    pub(super) last_signed: Option<BundleCheckpoint>,
    /// What mark and store say that the log was: sizes with the root that each must have.
    expected: Vec<Meta>,
    /// The signature in the mark.
    marked: Option<BundleCheckpoint>,
    /// Whether the frames that were read are of the log's key.
    pub(super) authentic: Authentic,
    /// The store as it was found, which the journal must not contradict.
    found: Stored,
    directory: &'a DataDirectory,
    progress: &'a mut dyn FnMut(u64),
}

/// The size of a tree that must have had another root by then.
pub(super) fn contradicted(range: &CompactRange, expected: &[Meta]) -> Option<u64> {
    let size = range.size();
    let differs = |expected: &Meta| expected.size == size && expected.root != range.root();
    expected.iter().any(differs).then_some(size)
}

/// The error for a history in which a size has another root than it had.
pub(super) fn contradiction(directory: &DataDirectory, size: u64) -> LogError {
    LogError::Contradiction { path: directory.path().to_owned(), index: size.saturating_sub(1) }
}

/// Reads the whole journal, recomputing the root of every frame: it must be whole before anything beside it is discarded. Returns its
/// size in entries. The entries must have the expected roots.
pub(super) fn check_journal(
    directory: &DataDirectory,
    known_size: u64,
    expected: &[Meta],
    seen: &mut dyn FnMut(&SeenFrame<'_>, &[Entry]),
) -> Result<u64, LogError> {
    let mut range = CompactRange::new();
    let plan = scan(directory, JournalPosition::START, known_size, &mut |frame, entries| {
        for part in frame.frame.entries() {
            range.append(leaf_hash(part.bytes));
            if let Some(size) = contradicted(&range, expected) {
                return Err(contradiction(directory, size));
            }
        }
        seen(frame, &entries);
        check_root_of(&range, frame)
    })?;
    let (path, journal) = (directory.path().to_owned(), plan.end().index);
    match plan.damage() {
        Some(damage) => Err(JournalError::Damaged(damage).into()),
        None if journal < known_size => Err(LogError::JournalBehind { path, journal, known: known_size }),
        None => Ok(journal),
    }
}

impl<'a> CatchUp<'a> {
    /// Goes on where the store ends. `progress` is told how many entries the log has so far.
    pub(super) fn new(
        directory: &'a DataDirectory,
        store: Store,
        resumed: Resumed,
        progress: &'a mut dyn FnMut(u64),
    ) -> Self {
        let image = resumed.image();
        let found = resumed.stored(directory, &store);
        let tail = Tail::new(resumed.range, &resumed.tiles);
        let Resumed { origin, last_signed, .. } = resumed;
        let signed = last_signed.map_or(0, |checkpoint| checkpoint.size);
        let applier = Applier { store, image, signed };
        let (expected, marked, authentic) = (Vec::new(), None, Authentic::default());
        Self { applier, tail, origin, last_signed, expected, marked, authentic, found, directory, progress }
    }

    /// Says what mark and store know of the log, to be compared on the way.
    pub(super) fn expect(&mut self, expected: Vec<Meta>, marked: Option<BundleCheckpoint>) {
        self.expected = expected;
        self.marked = marked;
    }

    /// The id of the key of the last signature that is stored anywhere.
    pub(super) fn last_key_id(&self) -> Option<[u8; 4]> {
        let marked = self.marked.filter(|marked| marked.size == self.tail.size());
        marked.or(self.last_signed).map(|last| last.key_id)
    }

    /// Takes the signature of the log's end from the mark, where neither journal nor store has it, and only if it holds.
    pub(super) fn take_marked_signature(
        &mut self,
        origin: &Origin,
        verifier: &VerifierKey,
    ) -> Result<(), LogError> {
        let head = self.tail.range().head();
        let known = self.last_signed.map_or(0, |last| last.size);
        let marked = self.marked.filter(|marked| marked.size == head.size && known < head.size);
        if let Some(marked) = marked
            && note_of(origin, head, &marked)?.verify(std::slice::from_ref(verifier)).is_ok()
        {
            self.last_signed = Some(marked);
            self.tail.sign(marked);
            self.applier.take(Committed { events: Vec::new(), checkpoints: vec![marked], bytes: 0 })?;
        }
        Ok(())
    }

    /// Reads the journal from where the store ends.
    pub(super) fn run(
        &mut self,
        directory: &DataDirectory,
        start: JournalPosition,
        known_size: u64,
    ) -> Result<Scan, LogError> {
        let stored_size = self.tail.size();
        scan(directory, start, known_size, &mut |seen, entries| self.take(seen, entries, stored_size))
    }

    fn take(&mut self, seen: &SeenFrame<'_>, entries: Vec<Entry>, stored_size: u64) -> Result<(), LogError> {
        self.authentic.take(seen, &entries);
        let signature = previous_checkpoint(seen)?.filter(|found| found.size > stored_size);
        let mut events = entries_of(seen.position, &seen.frame, entries)?;
        let overlap = events.iter().take_while(|(stored, _)| stored.entry.event.index < stored_size).count();
        for (found, leaf) in events.drain(..overlap) {
            let index = found.entry.event.index;
            if self.found.hash(0, index)? != leaf {
                return Err(contradiction(self.directory, index + 1));
            }
        }
        for (stored, leaf) in &events {
            self.origin = Some(stored.entry.origin.clone());
            self.tail.push(Arc::clone(stored), *leaf);
            if let Some(size) = contradicted(self.tail.range(), &self.expected) {
                return Err(contradiction(self.directory, size));
            }
        }
        check_root(&self.tail, seen)?;
        if let Some(signature) = signature {
            self.last_signed = Some(signature);
            self.tail.sign(signature);
        }
        if events.iter().any(|(stored, _)| is_continuation(stored)) {
            // What was signed before was signed under another name, by another key: it does not say who signs now.
            self.last_signed = None;
        }
        let reached = self.applier.take(Committed {
            events,
            checkpoints: signature.into_iter().collect(),
            bytes: 0,
        })?;
        drop(self.tail.prune(reached));
        (self.progress)(self.tail.size());
        Ok(())
    }
}

fn is_continuation(stored: &StoredEvent) -> bool {
    matches!(stored.entry.event.data, docket_domain::Data::LogContinued(_))
}

/// The signature in a frame, which is the one of the checkpoint directly before it.
fn previous_checkpoint(seen: &SeenFrame<'_>) -> Result<Option<BundleCheckpoint>, LogError> {
    let signature = seen.frame.previous_checkpoint.map(stored);
    let index = seen.position.first_index;
    match signature.filter(|signature| signature.size != index) {
        Some(other) => Err(LogError::FrameCheckpoint { index, size: other.size }),
        None => Ok(signature),
    }
}

fn check_root(tail: &Tail, seen: &SeenFrame<'_>) -> Result<(), LogError> {
    check_root_of(tail.range(), seen)
}

/// Whether the tree up to the end of a frame has the root that the frame states.
pub(super) fn check_root_of(range: &CompactRange, seen: &SeenFrame<'_>) -> Result<(), LogError> {
    let (found, stated) = (range.root(), Hash(*seen.frame.root));
    if found == stated { Ok(()) } else { Err(LogError::Root { size: range.size(), stated, found }) }
}

/// Reads everything into memory: for a directory that cannot be written.
pub(super) struct ReadOnlyPass {
    tail: Tail,
    origin: Option<Origin>,
}

impl ReadOnlyPass {
    pub(super) fn new() -> Self {
        Self { tail: Tail::new(CompactRange::new(), &[]), origin: None }
    }

    pub(super) fn take(&mut self, seen: &SeenFrame<'_>, entries: Vec<Entry>) -> Result<(), LogError> {
        for (stored, leaf) in entries_of(seen.position, &seen.frame, entries)? {
            self.origin = Some(stored.entry.origin.clone());
            self.tail.push(stored, leaf);
        }
        check_root(&self.tail, seen)?;
        if let Some(signature) = previous_checkpoint(seen)? {
            self.tail.sign(signature);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> (Tail, Option<Origin>) {
        (self.tail, self.origin)
    }
}
