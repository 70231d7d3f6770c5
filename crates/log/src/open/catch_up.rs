//! From the journal's frames to entries in memory and in the store.

use std::sync::Arc;

use docket_domain::Origin;

use super::found::Resumed;
use crate::behind::{Applier, Committed};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::erasure::{Erased, mismatched};
use crate::error::LogError;
use crate::journal::{CheckpointSignature, JournalError, JournalPosition, Scan, SeenFrame};
use crate::reader::note_of;
use crate::record::{BundleCheckpoint, Location, StoredEvent};
use crate::store::Meta;
use crate::store::image::BUNDLE_ENTRIES;
use crate::store::{Store, StoreError};
use crate::tail::Tail;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::key::VerifierKey;
use crate::tlog::proof::TreeHead;

/// Scans the journal from a place to its end, shows every good frame, and settles the openings that redactions have erased.
pub(super) fn scan(
    directory: &DataDirectory,
    start: JournalPosition,
    known_size: u64,
    visit: &mut dyn FnMut(&SeenFrame<'_>) -> Result<(), LogError>,
) -> Result<Scan, LogError> {
    let mut erased = Erased::default();
    let mut plan = directory.journal().scan(start, known_size, &mismatched, |frame| {
        erased.look(frame)?;
        visit(frame)
    })?;
    // One that is zeroed in part is finished before anything is written: see `redaction::finish`.
    plan.resolve(|opening| erased.is_named(opening.entry, opening.offset));
    Ok(plan)
}

/// The entries of a frame, as they stand in the tail and in the store.
pub(crate) fn events_of(seen: &SeenFrame<'_>) -> Result<Vec<(Arc<StoredEvent>, Hash)>, LogError> {
    let position = seen.position;
    let stored = seen.frame.entries().map(|part| {
        let index = part.index;
        let entry = Entry::decode(part.bytes).map_err(|source| LogError::Entry { index, source })?;
        if entry.event.index != index {
            return Err(LogError::EntryIndex { index, found: entry.event.index });
        }
        let location = Location {
            segment: position.segment.0,
            offset: position.offset,
            openings_offset: position.offset + u64::from(part.openings_offset),
            openings_len: u32::try_from(part.openings.len()).unwrap_or(u32::MAX),
        };
        Ok((Arc::new(StoredEvent { location, entry }), leaf_hash(part.bytes)))
    });
    stored.collect()
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
    directory: &'a DataDirectory,
    visit: &'a mut dyn FnMut(Arc<StoredEvent>),
}

/// What the entries of the store say besides themselves.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    origin: Option<Origin>,
    last_signed: Option<BundleCheckpoint>,
}

/// Hashes every entry of a store that says it has this head. Nothing of it may be shown before: what a store shows goes into answers, and
/// into the entries that are recorded next.
///
/// The first size at which the entries have another root than `expected` is returned too: they are those of another history.
pub(super) fn check_store(
    store: &Store,
    head: TreeHead,
    verifier: Option<&VerifierKey>,
    expected: &[Meta],
) -> Result<(Replayed, Option<u64>), LogError> {
    let mut replayed = Replayed::default();
    let mut range = CompactRange::new();
    let mut contradiction = None;
    for first in bundles(head.size) {
        for stored in store.events(first)? {
            let index = stored.entry.event.index;
            let bytes = stored.entry.encode().map_err(|source| LogError::Entry { index, source })?;
            range.append(leaf_hash(&bytes));
            contradiction = contradiction.or_else(|| contradicted(&range, expected));
            replayed.origin = Some(stored.entry.origin);
        }
        replayed.last_signed = store.checkpoints(first)?.last().copied().or(replayed.last_signed);
    }
    let found = range.root();
    if range.size() != head.size || found != head.root {
        let key =
            format!("an unchanged record of every entry: their root is {found} instead of {}", head.root);
        return Err(StoreError::Missing { path: store.path().to_owned(), key }.into());
    }
    if let (Some(origin), Some(verifier), Some(last)) = (&replayed.origin, verifier, &replayed.last_signed)
        && last.size == head.size
        && last.key_id == verifier.id().0.to_be_bytes()
        && note_of(origin, head, last)?.verify(std::slice::from_ref(verifier)).is_err()
    {
        let key = format!("an unchanged signature of the checkpoint of size {}", head.size);
        return Err(StoreError::Missing { path: store.path().to_owned(), key }.into());
    }
    Ok((replayed, contradiction))
}

/// Shows every entry of a store of this size, in order.
pub(super) fn show(
    store: &Store,
    size: u64,
    visit: &mut dyn FnMut(Arc<StoredEvent>),
) -> Result<(), StoreError> {
    for first in bundles(size) {
        store.events(first)?.into_iter().for_each(|stored| visit(Arc::new(stored)));
    }
    Ok(())
}

fn bundles(size: u64) -> impl Iterator<Item = u64> {
    (0..size).step_by(usize::try_from(BUNDLE_ENTRIES).unwrap_or(64))
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
    seen: &mut dyn FnMut(&SeenFrame<'_>),
) -> Result<u64, LogError> {
    let mut range = CompactRange::new();
    let plan = scan(directory, JournalPosition::START, known_size, &mut |frame| {
        for part in frame.frame.entries() {
            range.append(leaf_hash(part.bytes));
            if let Some(size) = contradicted(&range, expected) {
                return Err(contradiction(directory, size));
            }
        }
        seen(frame);
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
    /// Goes on where the store ends, whose entries were shown.
    pub(super) fn new(
        directory: &'a DataDirectory,
        store: Store,
        resumed: Resumed,
        replayed: Replayed,
        visit: &'a mut dyn FnMut(Arc<StoredEvent>),
    ) -> Self {
        let image = resumed.image();
        let tail = Tail::new(resumed.range, &resumed.tiles);
        let Replayed { origin, last_signed } = replayed;
        let signed = last_signed.map_or(0, |checkpoint| checkpoint.size);
        let applier = Applier { store, image, signed };
        Self { applier, tail, origin, last_signed, expected: Vec::new(), marked: None, directory, visit }
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
            self.applier.take(Committed { events: Vec::new(), checkpoint: Some(marked) })?;
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
        scan(directory, start, known_size, &mut |seen| self.take(seen, stored_size))
    }

    fn take(&mut self, seen: &SeenFrame<'_>, stored_size: u64) -> Result<(), LogError> {
        let signature = previous_checkpoint(seen)?.filter(|found| found.size > stored_size);
        let mut events = events_of(seen)?;
        let overlap = events.iter().take_while(|(stored, _)| stored.entry.event.index < stored_size).count();
        for (found, _) in events.drain(..overlap) {
            let index = found.entry.event.index;
            if self.applier.store.event(index)? != *found {
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
        for (stored, _) in &events {
            (self.visit)(Arc::clone(stored));
        }
        if let Some(signature) = signature {
            self.last_signed = Some(signature);
            self.tail.sign(signature);
        }
        if events.iter().any(|(stored, _)| is_continuation(stored)) {
            // What was signed before was signed under another name, by another key: it does not say who signs now.
            self.last_signed = None;
        }
        let reached = self.applier.take(Committed { events, checkpoint: signature })?;
        self.tail.prune(reached);
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
pub(super) struct ReadOnlyPass<'a> {
    tail: Tail,
    origin: Option<Origin>,
    visit: &'a mut dyn FnMut(Arc<StoredEvent>),
}

impl<'a> ReadOnlyPass<'a> {
    pub(super) fn new(visit: &'a mut dyn FnMut(Arc<StoredEvent>)) -> Self {
        Self { tail: Tail::new(CompactRange::new(), &[]), origin: None, visit }
    }

    pub(super) fn take(&mut self, seen: &SeenFrame<'_>) -> Result<(), LogError> {
        for (stored, leaf) in events_of(seen)? {
            self.origin = Some(stored.entry.origin.clone());
            self.tail.push(Arc::clone(&stored), leaf);
            (self.visit)(stored);
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
