//! Looking ahead: what depends on one entry alone is worked out by other threads, before the pass over the journal comes by.
//!
//! For each entry that is: what it says, its leaf hash, and which of its openings mismatch. The pass compares the bytes that it reads with
//! those that were looked at, and takes the result only if they are the same; else, and behind the first frame that is not good, it works
//! the result out itself. So findings, and their order, never depend on what was looked at ahead.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::entry::{Entry, EntryError};
use crate::erasure::mismatched_texts;
use crate::journal::{Frame, JournalDirectory, OpeningCheck};
use crate::record::Bundle;
use crate::store::Store;
use crate::store::image::{BUNDLE_ENTRIES, bundle_key};
use crate::tlog::hash::{Hash, leaf_hash};

/// Frames that wait for a thread, and as many that wait to be taken from it. A frame is at most 5 MB long, and usually 0.3.
const FRAMES_WAITING: usize = 4;

/// More threads than this have to wait for the pass.
const THREADS_MAX: usize = 8;

/// What is known of one entry by itself.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) entry: Result<Entry, EntryError>,
    pub(super) leaf: Hash,
    mismatched: Vec<Range<usize>>,
}

impl Checked {
    /// Reads an entry and checks its openings. A record that prints the very same bytes says the same, and is read faster than they are.
    fn of(entry: &[u8], openings: &[u8], record: Option<Entry>) -> Self {
        let mut printed = Vec::with_capacity(entry.len());
        let same = record.filter(|record| record.encode_into(&mut printed).is_ok() && printed == entry);
        let decoded = same.map_or_else(|| Entry::decode(entry), Ok);
        let mismatched = match &decoded {
            Ok(entry) => mismatched_texts(entry, openings),
            // The pass reports the entry; what belongs to it nobody can tell.
            Err(_) => Vec::new(),
        };
        Self { entry: decoded, leaf: leaf_hash(entry), mismatched }
    }
}

/// A frame that was looked at, with its entries that were not taken yet.
struct Looked {
    bytes: Vec<u8>,
    entries: VecDeque<Checked>,
    /// The places of entries and openings in the bytes.
    places: VecDeque<(Range<usize>, Range<usize>)>,
}

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
        let checked = self.next(entry, openings).unwrap_or_else(|| Checked::of(entry, openings, None));
        let ranges = checked.mismatched.clone();
        self.state.borrow_mut().checked.push(checked);
        ranges
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

    /// What was found out of an entry with these bytes and openings, if it is the next one that was looked at.
    fn next(&self, entry: &[u8], openings: &[u8]) -> Option<Checked> {
        let mut state = self.state.borrow_mut();
        if state.looked.as_ref().is_none_or(|looked| looked.entries.is_empty()) {
            let turn = state.turn?;
            state.looked = self.threads.get(turn).and_then(|thread| thread.recv().ok());
            // A thread that has no more frames ends what was looked at: those of the others lie behind a gap.
            state.turn = state.looked.as_ref().map(|_| (turn + 1) % self.threads.len());
        }
        let looked = state.looked.as_mut()?;
        let (place, opening_place) = looked.places.pop_front()?;
        let checked = looked.entries.pop_front()?;
        if looked.bytes.get(place) == Some(entry) && looked.bytes.get(opening_place) == Some(openings) {
            return Some(checked);
        }
        // The pass reads something else than what was looked at: from here on it goes alone.
        state.looked = None;
        state.turn = None;
        None
    }
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
fn feed(journal: &JournalDirectory, threads: &[SyncSender<Vec<u8>>]) {
    let mut turns = threads.iter().cycle();
    let fed = journal.raw_frames(|bytes| turns.next().is_some_and(|thread| thread.send(bytes).is_ok()));
    // The pass comes by the same place and says what is wrong with it.
    drop(fed);
}

fn look(raw: Receiver<Vec<u8>>, looked: &SyncSender<Looked>, store: Option<&Store>) {
    let mut records = Records { store, first: None, entries: Vec::new() };
    for bytes in raw {
        let Some(frame) = look_at(bytes, &mut records) else { return };
        if looked.send(frame).is_err() {
            return;
        }
    }
}

fn look_at(bytes: Vec<u8>, records: &mut Records<'_>) -> Option<Looked> {
    let (mut entries, mut places) = (VecDeque::new(), VecDeque::new());
    for part in Frame::decode(&bytes).ok()?.entries() {
        entries.push_back(Checked::of(part.bytes, part.openings, records.take(part.index)));
        let range = |offset: u32, length: usize| offset as usize..offset as usize + length;
        places.push_back((
            range(part.entry_offset, part.bytes.len()),
            range(part.openings_offset, part.openings.len()),
        ));
    }
    Some(Looked { bytes, entries, places })
}

/// What the records of one bundle say, as far as they can be read.
struct Records<'a> {
    store: Option<&'a Store>,
    first: Option<u64>,
    entries: Vec<Option<Entry>>,
}

impl Records<'_> {
    fn take(&mut self, index: u64) -> Option<Entry> {
        let store = self.store?;
        let first = index / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        if self.first != Some(first) {
            self.first = Some(first);
            self.entries.clear();
            let value = store.get(&bundle_key(first)).ok().flatten().unwrap_or_default();
            if let Ok(bundle) = Bundle::decode(&value) {
                let entries = (first..first + BUNDLE_ENTRIES).map(|index| bundle.event(index).ok());
                self.entries.extend(entries.map(|stored| stored.map(|stored| stored.entry)));
            }
        }
        let place = usize::try_from(index - first).ok()?;
        self.entries.get_mut(place)?.take()
    }
}
