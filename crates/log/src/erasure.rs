//! Openings that match no digest, and the redactions that explain them.
//!
//! Opening the log and verify ask the same two questions: which openings of an entry do not match, and does a committed redaction stand
//! behind each that is all zero.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use docket_domain::{Data, EventId};

use crate::entry::{Entry, EntryError};
use crate::journal::{OpeningCheck, SeenFrame};
use crate::seal::is_intact;

/// Decodes each entry once: the check of its openings comes first, and keeps it for the visit of its frame.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    decoded: RefCell<Vec<Result<Entry, EntryError>>>,
}

impl OpeningCheck for Decoder {
    fn mismatched(&self, entry: &[u8], openings: &[u8]) -> Vec<Range<usize>> {
        let decoded = Entry::decode(entry);
        // What belongs to an entry that cannot be read nobody can tell: all of it mismatches.
        let ranges = match &decoded {
            Ok(entry) => mismatched_texts(entry, openings),
            Err(_) => all(openings),
        };
        self.decoded.borrow_mut().push(decoded);
        ranges
    }
}

impl Decoder {
    /// The entries of the frame that was checked last; what was checked before it was never visited.
    pub(crate) fn take(&self, count: u32) -> Vec<Result<Entry, EntryError>> {
        let mut decoded = self.decoded.borrow_mut();
        let start = decoded.len().saturating_sub(count as usize);
        let frame = decoded.split_off(start);
        decoded.clear();
        frame
    }
}

/// Which openings of an entry do not match their digests. Openings of other lengths mismatch as a whole.
pub(crate) fn mismatched_texts(entry: &Entry, openings: &[u8]) -> Vec<Range<usize>> {
    let (mut start, mut ranges) = (0, Vec::new());
    entry.event.data.visit_texts(&mut |text| {
        let range = start..start + text.opening_bytes();
        start = range.end;
        if !openings.get(range.clone()).is_some_and(|bytes| is_intact(text, bytes)) {
            ranges.push(range);
        }
    });
    if start == openings.len() { ranges } else { all(openings) }
}

/// Everything, as one range.
fn all(openings: &[u8]) -> Vec<Range<usize>> {
    std::iter::once(0..openings.len()).collect()
}

/// The openings that match no digest, those of them that are all zero, and the redactions that may have made them so.
///
/// A power cut in the midst of zeroing leaves an opening of which some sectors are zero: a committed redaction explains it too, and the next
/// start zeroes the rest.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    places: HashMap<(u64, u32), (EventId, u32)>,
    zeros: HashMap<(u64, u32), (EventId, u32)>,
    redacted: HashSet<(EventId, u32)>,
}

impl Erased {
    /// Takes note of a frame's redactions and of its zeros.
    pub(crate) fn look(&mut self, seen: &SeenFrame<'_>, entries: &[Entry]) {
        let mismatched: HashSet<u64> = seen.mismatched.iter().map(|opening| opening.entry).collect();
        for (part, entry) in seen.frame.entries().zip(entries) {
            self.note_redaction(entry);
            if mismatched.contains(&part.index) {
                self.note_zeros(entry, part.index, part.openings, part.openings_offset);
            }
        }
    }

    /// Takes note of what an entry redacts, if it redacts a text.
    pub(crate) fn note_redaction(&mut self, entry: &Entry) {
        if let Data::TextRedacted(redaction) = &entry.event.data
            && let Some(field) = redaction.field
        {
            self.redacted.insert((redaction.target, field));
        }
    }

    /// Takes note of where the openings of an entry are and which are all zero; `offset` is where the first begins in the frame.
    pub(crate) fn note_zeros(&mut self, entry: &Entry, index: u64, openings: &[u8], offset: u32) {
        let mut start = 0;
        if entry.event.data.texts().iter().map(|text| text.opening_bytes()).sum::<usize>() != openings.len() {
            return;
        }
        for (text, field) in entry.event.data.texts().into_iter().zip(0..) {
            let range = start..start + text.opening_bytes();
            start = range.end;
            let at = offset.saturating_add(u32::try_from(range.start).unwrap_or(u32::MAX));
            self.places.insert((index, at), (entry.event.id, field));
            if openings.get(range.clone()).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0)) {
                self.zeros.insert((index, at), (entry.event.id, field));
            }
        }
    }

    /// Whether the opening of this entry at this place of its frame is all zero.
    pub(crate) fn is_zero(&self, entry: u64, offset: u32) -> bool {
        self.zeros.contains_key(&(entry, offset))
    }

    /// Whether the opening of this entry at this place of its frame is all zero and a redaction names it.
    pub(crate) fn is_redacted(&self, entry: u64, offset: u32) -> bool {
        self.is_zero(entry, offset) && self.is_named(entry, offset)
    }

    /// Whether a redaction names the opening of this entry at this place of its frame, whatever it holds: it may be zeroed in part.
    pub(crate) fn is_named(&self, entry: u64, offset: u32) -> bool {
        self.places.get(&(entry, offset)).is_some_and(|text| self.redacted.contains(text))
    }

    /// Redactions whose text is not all zero: committed, and not carried out yet.
    pub(crate) fn pending(&self) -> Vec<(EventId, u32)> {
        let done: HashSet<_> = self.zeros.values().collect();
        self.redacted.iter().filter(|text| !done.contains(text)).copied().collect()
    }
}
