//! From the journal's frames to entries in memory and in the store.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use docket_domain::{Data, EventId, Origin};

use super::found::Resumed;
use crate::behind::{Applier, Committed};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::{CheckpointSignature, JournalPosition, Scan, SeenFrame};
use crate::record::{BundleCheckpoint, Location, StoredEvent};
use crate::seal::{OpeningState, read_opening};
use crate::store::Store;
use crate::store::image::BUNDLE_ENTRIES;
use crate::tail::Tail;
use crate::tlog::hash::{Hash, leaf_hash};

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
    plan.resolve(|opening| erased.is_redacted(opening.entry, opening.offset));
    Ok(plan)
}

/// Which openings of an entry do not match their digests. What is no entry, or has openings of other lengths, mismatches as a whole.
pub(crate) fn mismatched(entry: &[u8], openings: &[u8]) -> Vec<Range<usize>> {
    let Ok(entry) = Entry::decode(entry) else { return vec![0..openings.len()] };
    let texts = entry.event.data.texts();
    if texts.iter().map(|text| text.opening_bytes()).sum::<usize>() != openings.len() {
        return vec![0..openings.len()];
    }
    let mut start = 0;
    let mut ranges = Vec::new();
    for text in texts {
        let range = start..start + text.opening_bytes();
        start = range.end;
        let intact = openings
            .get(range.clone())
            .is_some_and(|bytes| matches!(read_opening(text, bytes), Ok(OpeningState::Intact(_))));
        if !intact {
            ranges.push(range);
        }
    }
    ranges
}

/// The openings that are all zero, and the redactions that may have made them so.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    zeros: HashMap<(u64, u32), (EventId, u32)>,
    redacted: HashSet<(EventId, u32)>,
}

impl Erased {
    /// Takes note of a frame's redactions and of its zeros.
    pub(crate) fn look(&mut self, seen: &SeenFrame<'_>) -> Result<(), LogError> {
        let erased: HashSet<u64> = seen.mismatched.iter().map(|opening| opening.entry).collect();
        for part in seen.frame.entries() {
            let index = part.index;
            let entry = Entry::decode(part.bytes).map_err(|source| LogError::Entry { index, source })?;
            if let Data::TextRedacted(redaction) = &entry.event.data
                && let Some(field) = redaction.field
            {
                self.redacted.insert((redaction.target, field));
            }
            if erased.contains(&index) {
                self.find_zeros(&entry, index, part.openings, part.openings_offset);
            }
        }
        Ok(())
    }

    fn find_zeros(&mut self, entry: &Entry, index: u64, openings: &[u8], offset: u32) {
        let mut start = 0;
        for (text, field) in entry.event.data.texts().into_iter().zip(0..) {
            let range = start..start + text.opening_bytes();
            start = range.end;
            if openings.get(range.clone()).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0)) {
                let at = offset.saturating_add(u32::try_from(range.start).unwrap_or(u32::MAX));
                self.zeros.insert((index, at), (entry.event.id, field));
            }
        }
    }

    /// Whether the opening of this entry at this place of its frame is all zero and a redaction names it.
    pub(crate) fn is_redacted(&self, entry: u64, offset: u32) -> bool {
        self.zeros.get(&(entry, offset)).is_some_and(|text| self.redacted.contains(text))
    }
}

/// The entries of a frame, as they stand in the tail and in the store.
pub(crate) fn events_of(seen: &SeenFrame<'_>) -> Result<Vec<(Arc<StoredEvent>, Hash)>, LogError> {
    let position = seen.position;
    let stored = seen.frame.entries().map(|part| {
        let index = part.index;
        let entry = Entry::decode(part.bytes).map_err(|source| LogError::Entry { index, source })?;
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
    directory: std::path::PathBuf,
    visit: &'a mut dyn FnMut(Arc<StoredEvent>),
}

impl<'a> CatchUp<'a> {
    /// Shows the entries of the store, and goes on where it ends.
    pub(super) fn new(
        directory: &DataDirectory,
        store: Store,
        resumed: Resumed,
        visit: &'a mut dyn FnMut(Arc<StoredEvent>),
    ) -> Result<Self, LogError> {
        let size = resumed.range.size();
        let mut origin = None;
        let mut last_signed = None;
        for first in (0..size).step_by(usize::try_from(BUNDLE_ENTRIES).unwrap_or(64)) {
            for stored in store.events(first)? {
                origin = Some(stored.entry.origin.clone());
                visit(Arc::new(stored));
            }
            last_signed = store.checkpoints(first)?.last().copied().or(last_signed);
        }
        let image = resumed.image();
        let tail = Tail::new(resumed.range, &resumed.tiles);
        let signed = last_signed.map_or(0, |checkpoint| checkpoint.size);
        let directory = directory.path().to_owned();
        Ok(Self { applier: Applier { store, image, signed }, tail, origin, last_signed, directory, visit })
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
        let signature = seen.frame.previous_checkpoint.map(stored).filter(|found| found.size > stored_size);
        let mut events = events_of(seen)?;
        let overlap = events.iter().take_while(|(stored, _)| stored.entry.event.index < stored_size).count();
        for (found, _) in events.drain(..overlap) {
            let index = found.entry.event.index;
            if self.applier.store.event(index)? != *found {
                return Err(LogError::Contradiction { path: self.directory.clone(), index });
            }
        }
        for (stored, leaf) in &events {
            self.origin = Some(stored.entry.origin.clone());
            self.tail.push(Arc::clone(stored), *leaf);
        }
        check_root(&self.tail, seen)?;
        for (stored, _) in &events {
            (self.visit)(Arc::clone(stored));
        }
        if let Some(signature) = signature {
            self.last_signed = Some(signature);
            self.tail.sign(signature);
        }
        let reached = self.applier.take(Committed { events, checkpoint: signature })?;
        self.tail.prune(reached);
        Ok(())
    }
}

fn check_root(tail: &Tail, seen: &SeenFrame<'_>) -> Result<(), LogError> {
    let (found, stated) = (tail.root(), Hash(*seen.frame.root));
    if found == stated { Ok(()) } else { Err(LogError::Root { size: tail.size(), stated, found }) }
}

/// Reads everything into memory: for a directory that cannot be written.
pub(super) struct ReadOnlyPass<'a> {
    tail: Tail,
    origin: Option<Origin>,
    visit: &'a mut dyn FnMut(Arc<StoredEvent>),
}

impl<'a> ReadOnlyPass<'a> {
    pub(super) fn new(visit: &'a mut dyn FnMut(Arc<StoredEvent>)) -> Self {
        Self { tail: Tail::new(crate::tlog::compact::CompactRange::new(), &[]), origin: None, visit }
    }

    pub(super) fn take(&mut self, seen: &SeenFrame<'_>) -> Result<(), LogError> {
        for (stored, leaf) in events_of(seen)? {
            self.origin = Some(stored.entry.origin.clone());
            self.tail.push(Arc::clone(&stored), leaf);
            (self.visit)(stored);
        }
        check_root(&self.tail, seen)?;
        if let Some(signature) = seen.frame.previous_checkpoint {
            self.tail.sign(stored(signature));
        }
        Ok(())
    }

    pub(super) fn finish(self) -> (Tail, Option<Origin>) {
        (self.tail, self.origin)
    }
}
