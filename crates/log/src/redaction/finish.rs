//! Carrying out what the journal says was redacted: at a start that cannot be certain that it was, and on a journal that was put in place
//! of another.

use std::collections::{HashMap, HashSet};

use docket_domain::{Data, Digest, EventId};

use super::mark::{self, State};
use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::{Journal, JournalPosition, OpeningPosition, SeenFrame};

/// What redactions name.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// The fields of each event.
    pub(crate) texts: HashMap<EventId, HashSet<u32>>,
    /// The documents.
    pub(crate) documents: HashSet<Digest>,
}

impl Named {
    /// These texts, by event and number.
    pub(crate) fn of(texts: &[(EventId, u32)]) -> Self {
        let mut named = Self::default();
        for (event, field) in texts {
            named.texts.entry(*event).or_default().insert(*field);
        }
        named
    }

    /// Takes note of what an entry redacts, if it redacts anything.
    pub(crate) fn take(&mut self, entry: &Entry) {
        if let Data::TextRedacted(redaction) = &entry.event.data {
            if let Some(field) = redaction.field {
                self.texts.entry(redaction.target).or_default().insert(field);
            }
            self.documents.extend(redaction.blob);
        }
    }

    fn count(&self) -> u64 {
        (self.texts.values().map(HashSet::len).sum::<usize>() + self.documents.len()) as u64
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }
}

/// Carries out every redaction of the journal, unless the mark says that all are. Returns how many there were to look at, if any.
///
/// It is called with the lock held and the journal just opened, before anything is appended.
pub(crate) fn finish(directory: &DataDirectory, journal: &mut Journal) -> Result<Option<u64>, LogError> {
    if mark::read(directory)? == State::Done {
        return Ok(None);
    }
    let named = named_by(directory)?;
    let skipped = if named.is_empty() { 0 } else { destroy(directory, journal, &named)? };
    for document in &named.documents {
        directory.blobs().destroy(*document)?;
    }
    // If the process dies before this: everything is looked at and zeroed once more.
    if skipped == 0 {
        mark::write(directory, State::Done)?;
    }
    Ok(Some(named.count()).filter(|count| *count > 0))
}

/// Everything that the redactions in the journal name.
pub(crate) fn named_by(directory: &DataDirectory) -> Result<Named, LogError> {
    let mut named = Named::default();
    each_entry(directory, &mut |_, entry| named.take(entry))?;
    Ok(named)
}

/// Zeroes the openings named, whatever they hold: what reads as zero may be so in a page cache only. Returns how many must wait, because
/// zeros in the last frame would look like a torn write.
pub(crate) fn destroy(
    directory: &DataDirectory,
    journal: &mut Journal,
    named: &Named,
) -> Result<u64, LogError> {
    let mut places = Vec::new();
    each_entry(directory, &mut |part, entry| {
        if let Some(fields) = named.texts.get(&entry.event.id) {
            places.extend(fields.iter().filter_map(|field| part.opening(entry, *field)));
        }
    })?;
    let last = journal.last();
    let (ready, waiting): (Vec<_>, Vec<_>) = places
        .into_iter()
        .partition(|place| last.is_some_and(|last| place.frame.end_index() <= last.first_index));
    for place in ready {
        journal.overwrite_opening(&place)?;
    }
    Ok(waiting.len() as u64)
}

/// Where openings that redactions name are not all zero. Damage in the journal is somebody else's to report: what is behind it is left out.
pub(crate) fn words_left(directory: &DataDirectory, named: &Named) -> Vec<OpeningPosition> {
    let mut places = Vec::new();
    let seen = each_entry(directory, &mut |part, entry| {
        for field in named.texts.get(&entry.event.id).into_iter().flatten() {
            let place = part.opening(entry, *field);
            places.extend(place.filter(|place| part.has_words(place)));
        }
    });
    drop(seen);
    places
}

/// Where an entry's openings are.
struct Part<'a> {
    seen: &'a SeenFrame<'a>,
    index: u64,
    offset: u32,
    openings: &'a [u8],
}

impl Part<'_> {
    /// Whether an opening of this entry is not all zero.
    fn has_words(&self, place: &OpeningPosition) -> bool {
        let start = place.offset.saturating_sub(self.offset) as usize;
        let opening = self.openings.get(start..start + place.bytes as usize);
        opening.is_some_and(|opening| opening.iter().any(|byte| *byte != 0))
    }

    /// Where the opening of a text is; nothing where the entry has no such text, or its openings have another length than its texts.
    fn opening(&self, entry: &Entry, field: u32) -> Option<OpeningPosition> {
        let texts = entry.event.data.texts();
        let before: usize = texts.iter().take(field as usize).map(|text| text.opening_bytes()).sum();
        let bytes = texts.get(field as usize)?.opening_bytes();
        (before + bytes <= self.openings.len()).then_some(())?;
        Some(OpeningPosition {
            frame: self.seen.position,
            entry: self.index,
            offset: self.offset.checked_add(u32::try_from(before).ok()?)?,
            bytes: u32::try_from(bytes).ok()?,
        })
    }
}

/// Shows every entry of the journal; openings are not looked at.
fn each_entry(directory: &DataDirectory, visit: &mut dyn FnMut(&Part<'_>, &Entry)) -> Result<(), LogError> {
    let unchecked = |_: &[u8], _: &[u8]| Vec::new();
    let scan = directory.journal().scan::<LogError>(JournalPosition::START, 0, &unchecked, |seen| {
        for entry in seen.frame.entries() {
            let index = entry.index;
            let decoded = Entry::decode(entry.bytes).map_err(|source| LogError::Entry { index, source })?;
            let (offset, openings) = (entry.openings_offset, entry.openings);
            visit(&Part { seen, index, offset, openings }, &decoded);
        }
        Ok(())
    })?;
    match scan.damage() {
        Some(damage) => Err(crate::journal::JournalError::Damaged(damage).into()),
        None => Ok(()),
    }
}
