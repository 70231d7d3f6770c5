//! Looking ahead: what depends on one entry alone is worked out by other threads, before the pass over the journal comes by.
//!
//! For each entry that is: what it says, its leaf hash, which of its openings mismatch, and whether the store has the very record that it
//! calls for. The pass compares the bytes that it reads with
//! those that were looked at, and takes the result only if they are the same; else, and behind the first frame that is not good, it works
//! the result out itself. So findings, and their order, never depend on what was looked at ahead.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::entry::{Entry, EntryError};
use crate::erasure::mismatched_texts;
use crate::journal::{Frame, FramePosition, JournalDirectory, OpeningCheck, SegmentId};
use crate::record::{Bundle, BundleCheckpoint, Location, StoredEvent, decode_record, encode_record};
use crate::store::Store;
use crate::store::image::{BUNDLE_ENTRIES, bundle_key};
use crate::stored::location;
use crate::tlog::hash::{Hash, leaf_hash};

/// Frames that wait for a thread, and as many that wait to be taken from it. A frame is at most 5 MB long, and usually 0.3.
const FRAMES_WAITING: usize = 4;

/// Frames whose entries a thread keeps until the pass has done with them: those that wait, the one that the pass has, and some more. The
/// names in entries are shared, and who lets go of an entry last counts down all of them: if that were the pass, it and the thread would
/// take the counts from each other for every name of every entry.
const FRAMES_KEPT: usize = 2 * FRAMES_WAITING;

/// More threads than this have to wait for the pass.
const THREADS_MAX: usize = 8;

/// The place of an entry of which only the bytes are known: that of no entry, because no frame is so short.
const NOWHERE: Location = Location { segment: 0, offset: 0, openings_offset: 0, openings_len: 0 };

/// What is known of one entry by itself.
#[derive(Debug)]
pub(super) struct Checked {
    /// What it says, with its place in the journal. The pass knows that place better.
    pub(super) stored: Result<Arc<StoredEvent>, EntryError>,
    pub(super) leaf: Hash,
    /// What the store has of it.
    pub(super) recorded: Recorded,
    mismatched: Vec<Range<usize>>,
}

/// What was seen of an entry in the store.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// Its record is, byte for byte, the one that entry and place call for.
    pub(super) is_same: bool,
    /// If it is the last entry of a bundle: the checkpoints in that bundle.
    pub(super) checkpoints: Option<Vec<BundleCheckpoint>>,
}

/// Room for what an entry and its record are printed to, used again and again.
#[derive(Default)]
struct Printed(Vec<u8>);

impl Printed {
    /// Whether an entry prints exactly these bytes.
    fn is_entry(&mut self, entry: &Entry, bytes: &[u8]) -> bool {
        self.0.clear();
        entry.encode_into(&mut self.0).is_ok() && self.0 == bytes
    }

    /// Whether an entry at this place has exactly this record.
    fn is_record(&mut self, entry: &Entry, location: Location, bytes: &[u8]) -> bool {
        self.0.clear();
        encode_record(entry, location, &mut self.0).is_ok() && self.0 == bytes
    }
}

impl Checked {
    /// Reads an entry and checks its openings. A record that prints the very same bytes says the same, and is read faster than they are.
    fn of(
        entry: &[u8],
        openings: &[u8],
        location: Location,
        record: Option<&[u8]>,
        printed: &mut Printed,
    ) -> Self {
        let leaf = leaf_hash(entry);
        let by_record = record.and_then(|record| {
            let said = decode_record(record).ok().filter(|said| printed.is_entry(&said.entry, entry))?;
            let is_same = printed.is_record(&said.entry, location, record);
            Some((Arc::new(StoredEvent { location, entry: said.entry }), is_same))
        });
        let (stored, is_same) = match by_record {
            Some((stored, is_same)) => (Ok(stored), is_same),
            None => (Entry::decode(entry).map(|entry| Arc::new(StoredEvent { location, entry })), false),
        };
        let mismatched = match &stored {
            Ok(stored) => mismatched_texts(&stored.entry, openings),
            // The pass reports the entry; what belongs to it nobody can tell.
            Err(_) => Vec::new(),
        };
        Self { stored, leaf, recorded: Recorded { is_same, checkpoints: None }, mismatched }
    }

    /// The same of an entry of which nothing else is known.
    fn alone(entry: &[u8], openings: &[u8]) -> Self {
        Self::of(entry, openings, NOWHERE, None, &mut Printed::default())
    }
}

/// A frame that was looked at, with its entries that were not taken yet.
struct Looked {
    position: FramePosition,
    bytes: Arc<Vec<u8>>,
    entries: std::vec::IntoIter<LookedEntry>,
}

/// An entry of such a frame, and where it and its openings stand in the bytes.
struct LookedEntry {
    checked: Checked,
    entry: Range<usize>,
    openings: Range<usize>,
}

/// A frame as it was read: the byte at which it begins in its segment, and its bytes.
type Raw = (u64, Vec<u8>);

/// The results, in the order of the journal.
#[derive(Default)]
pub(super) struct Ahead {
    threads: Vec<Receiver<Looked>>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// From which thread the next frame comes; `None` when there is no next one.
    turn: Option<usize>,
    looked: Option<Looked>,
    checked: Vec<Checked>,
}

impl OpeningCheck for Ahead {
    fn mismatched(&self, entry: &[u8], openings: &[u8]) -> Vec<Range<usize>> {
        let checked = self.next(entry, openings).unwrap_or_else(|| Checked::alone(entry, openings));
        let ranges = checked.mismatched.clone();
        self.state.borrow_mut().checked.push(checked);
        ranges
    }

    fn read_before(&self, segment: SegmentId, offset: u64) -> Option<Arc<Vec<u8>>> {
        let mut state = self.state.borrow_mut();
        let position = self.looked(&mut state)?.position;
        let looked = state.looked.as_ref()?;
        (position.segment == segment && position.offset == offset).then(|| Arc::clone(&looked.bytes))
    }
}

impl Ahead {
    /// The entries of the frame that was checked last; what was checked before it was never visited.
    pub(super) fn take(&self, count: u32) -> Vec<Checked> {
        let checked = &mut self.state.borrow_mut().checked;
        let start = checked.len().saturating_sub(count as usize);
        let frame = checked.split_off(start);
        checked.clear();
        frame
    }

    /// The first frame that was looked at and has entries that were not taken yet.
    fn looked<'a>(&self, state: &'a mut State) -> Option<&'a mut Looked> {
        if state.looked.as_ref().is_none_or(|looked| looked.entries.len() == 0) {
            let turn = state.turn?;
            state.looked = self.threads.get(turn).and_then(|thread| thread.recv().ok());
            // A thread that has no more frames ends what was looked at: those of the others lie behind a gap.
            state.turn = state.looked.as_ref().map(|_| (turn + 1) % self.threads.len());
        }
        state.looked.as_mut()
    }

    /// What was found out of an entry with these bytes and openings, if it is the next one that was looked at.
    fn next(&self, entry: &[u8], openings: &[u8]) -> Option<Checked> {
        let mut state = self.state.borrow_mut();
        let looked = self.looked(&mut state)?;
        let next = looked.entries.next()?;
        if is_at(&looked.bytes, next.entry, entry) && is_at(&looked.bytes, next.openings, openings) {
            return Some(next.checked);
        }
        // The pass reads something else than what was looked at: from here on it goes alone.
        state.looked = None;
        state.turn = None;
        None
    }
}

/// Whether these bytes stand there: as a rule they are the very same, which the pass was given.
fn is_at(frame: &[u8], place: Range<usize>, bytes: &[u8]) -> bool {
    frame.get(place).is_some_and(|there| std::ptr::eq(there, bytes) || there == bytes)
}

/// Runs a pass with threads that look ahead. They end with it.
pub(super) fn with_ahead<T>(
    journal: &JournalDirectory,
    store: Option<&Store>,
    pass: impl FnOnce(&Ahead) -> T,
) -> T {
    let count = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    std::thread::scope(|scope| {
        let mut ahead = Ahead::default();
        let mut frames = Vec::new();
        for _ in 0..count {
            let (frame, raw) = sync_channel(FRAMES_WAITING);
            let (looked, taken) = sync_channel(FRAMES_WAITING);
            // A thread that cannot be started leaves its frames to the pass.
            let work = move || look(raw, &looked, store);
            if std::thread::Builder::new().name("verify".to_owned()).spawn_scoped(scope, work).is_ok() {
                frames.push(frame);
                ahead.threads.push(taken);
            }
        }
        let feeding = std::thread::Builder::new()
            .name("verify-reading".to_owned())
            .spawn_scoped(scope, move || feed(journal, &frames));
        ahead.state.borrow_mut().turn = feeding.is_ok().then_some(0).filter(|_| !ahead.threads.is_empty());
        let result = pass(&ahead);
        // Whoever still has something to say finds nobody that listens, and ends.
        drop(ahead);
        result
    })
}

/// Deals frame after frame out to the threads, in turn.
fn feed(journal: &JournalDirectory, threads: &[SyncSender<Raw>]) {
    let mut turns = threads.iter().cycle();
    let fed = journal
        .raw_frames(|offset, bytes| turns.next().is_some_and(|thread| thread.send((offset, bytes)).is_ok()));
    // The pass comes by the same place and says what is wrong with it.
    drop(fed);
}

fn look(raw: Receiver<Raw>, looked: &SyncSender<Looked>, store: Option<&Store>) {
    let mut records = Records { store, first: None, value: Vec::new() };
    let mut printed = Printed::default();
    let mut handed_over = VecDeque::new();
    for (offset, bytes) in raw {
        let Some(frame) = look_at(offset, bytes, &mut records, &mut printed) else { return };
        if handed_over.len() == FRAMES_KEPT {
            handed_over.pop_front();
        }
        let entries = frame.entries.as_slice().iter().flat_map(|looked| &looked.checked.stored);
        handed_over.push_back(entries.map(Arc::clone).collect::<Vec<_>>());
        if looked.send(frame).is_err() {
            return;
        }
    }
}

fn look_at(offset: u64, bytes: Vec<u8>, records: &mut Records<'_>, printed: &mut Printed) -> Option<Looked> {
    let frame = Frame::decode(&bytes).ok()?;
    let position = frame.header.position(offset);
    let mut entries = Vec::with_capacity(position.entry_count as usize);
    let mut parts = frame.entries().peekable();
    while let Some(part) = parts.peek() {
        let first = part.index / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        let bundle = records.bundle(first);
        while let Some(part) = parts.next_if(|part| part.index - first < BUNDLE_ENTRIES) {
            let place = usize::try_from(part.index - first).unwrap_or(usize::MAX);
            let record = bundle.as_ref().and_then(|bundle| bundle.records.get(place)).copied();
            let at = location(position, &part);
            let mut checked = Checked::of(part.bytes, part.openings, at, record, printed);
            if part.index - first == BUNDLE_ENTRIES - 1 {
                checked.recorded.checkpoints = bundle.as_ref().map(|bundle| bundle.checkpoints.clone());
            }
            let range = |offset: u32, length: usize| offset as usize..offset as usize + length;
            entries.push(LookedEntry {
                checked,
                entry: range(part.entry_offset, part.bytes.len()),
                openings: range(part.openings_offset, part.openings.len()),
            });
        }
    }
    drop(parts);
    Some(Looked { position, entries: entries.into_iter(), bytes: Arc::new(bytes) })
}

/// The bundle that was asked for last, as the store has it.
struct Records<'a> {
    store: Option<&'a Store>,
    first: Option<u64>,
    value: Vec<u8>,
}

impl Records<'_> {
    /// The bundle that begins at this entry, if the store has such a one.
    fn bundle(&mut self, first: u64) -> Option<Bundle<'_>> {
        let store = self.store?;
        if self.first != Some(first) {
            self.first = Some(first);
            self.value = store.get(&bundle_key(first)).ok().flatten().unwrap_or_default();
        }
        let bundle = Bundle::decode(&self.value).ok()?;
        (bundle.first == first && bundle.records.len() as u64 == BUNDLE_ENTRIES).then_some(bundle)
    }
}
