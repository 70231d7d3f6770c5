//! Redaction: what a committed `text.redacted` names is destroyed in place, in every file of the data directory (DESIGN section 5).
//!
//! A text's opening, salt and words, is overwritten with zeros where it stands in the journal; a document is deleted. The order is: say durably
//! that a redaction is pending; commit it, in a commit of its own; zero and sync; delete; say that all is done. Whatever interrupts this, the
//! next opening for writing carries out every redaction of the journal again before anything else is written, because the file still says
//! `pending`. Nothing here knows why something is redacted, or whether a legal hold forbids it: the rules of recording do.

mod finish;
mod mark;
mod names;
#[cfg(test)]
mod tests;

use docket_domain::{Data, Digest};

use crate::directory::DataDirectory;
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::{OpeningPosition, SegmentId};
use crate::record::{Location, StoredEvent};
use crate::writer::{Commit, Draft, Log};

pub(crate) use finish::{Named, finish, words_left};
pub use names::text_names;

use mark::State;

/// Makes the next opening carry out every redaction of the journal: it may be another copy than the one that they were carried out on.
pub(crate) fn forget(directory: &DataDirectory) -> Result<(), LogError> {
    mark::forget(directory)
}

/// Whether a redaction may have been interrupted: then an opening that it names may be zeroed in part.
pub(crate) fn is_pending(directory: &DataDirectory) -> bool {
    mark::read(directory).unwrap_or(State::Pending) == State::Pending
}

/// Something to destroy.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// A text by its number, and where its opening is.
    Opening(u32, OpeningPosition),
    Document(Digest),
}

impl Target {
    /// The text of the entry at `index` that this is, if it is one.
    const fn text(&self, index: u64) -> Option<(u64, u32)> {
        match self {
            Self::Opening(field, _) => Some((index, *field)),
            Self::Document(_) => None,
        }
    }
}

impl Log {
    /// Commits redactions in a commit of their own and destroys what they name. `targets` are the indexes of the entries that they name,
    /// one for each draft, in their order.
    ///
    /// `NotRedactable`: nothing was recorded. `RedactionUnfinished`: they are recorded, something is not destroyed yet, and nothing more is
    /// written before the log is opened again, which finishes it. Other errors are those of [`Log::append`].
    pub fn redact(&mut self, drafts: Vec<Draft>, targets: &[u64]) -> Result<Commit, LogError> {
        if let Some(restored) = self.restored {
            return Err(LogError::Restored { size: restored.size });
        }
        if let Some(origin) = &self.went_on {
            return Err(LogError::WentOn { origin: origin.clone() });
        }
        let destroyed = self.places(&drafts, targets)?;
        mark::write(&self.directory, State::Pending)?;
        // If the process dies here: nothing is recorded; the next start looks through the journal and finds nothing new.
        let commit = self.append(drafts)?;
        let redacted =
            destroyed.iter().zip(targets).filter_map(|(destroyed, target)| destroyed.text(*target));
        self.shared.redacted.take(redacted);
        // If the process dies from here on: the redaction is committed and marked as pending; the next start carries it out.
        match self.destroy(&destroyed) {
            Ok(()) => Ok(commit),
            Err(source) => {
                self.journal.poison();
                Err(LogError::RedactionUnfinished { index: commit.first, source: Box::new(source) })
            }
        }
    }

    fn destroy(&mut self, targets: &[Target]) -> Result<(), LogError> {
        for target in targets {
            match target {
                Target::Opening(_, place) => self.journal.overwrite_opening(place)?,
                Target::Document(digest) => self.directory.blobs().destroy(*digest)?,
            }
        }
        mark::write(&self.directory, State::Done)
    }

    /// Where everything stands that the drafts name, checked: so that nothing is recorded that cannot be carried out.
    fn places(&self, drafts: &[Draft], targets: &[u64]) -> Result<Vec<Target>, LogError> {
        let index = drafts.first().map_or(0, |draft| draft.entry.event.index);
        if drafts.is_empty() || drafts.len() != targets.len() {
            let what = "a redaction needs one target for each of its entries";
            return Err(LogError::NotRedactable { index, what });
        }
        drafts.iter().zip(targets).map(|(draft, target)| self.place(&draft.entry, *target)).collect()
    }

    fn place(&self, redaction: &Entry, index: u64) -> Result<Target, LogError> {
        let refused = |what| LogError::NotRedactable { index, what };
        let Data::TextRedacted(data) = &redaction.event.data else {
            return Err(refused("the commit of a redaction holds nothing else"));
        };
        let stored = self.reader().event(index)?;
        if stored.entry.event.id != data.target {
            return Err(refused("it is not the event that the redaction names"));
        }
        match (data.field, data.blob) {
            (Some(field), None) => {
                let place = self.opening_of(&stored, field)?;
                place.map(|place| Target::Opening(field, place)).ok_or_else(|| refused("it has no such text"))
            }
            (None, Some(blob)) if brings(&stored.entry, blob) => Ok(Target::Document(blob)),
            (None, Some(_)) => Err(refused("it did not bring that document")),
            _ => Err(refused("a redaction names one text, or one document")),
        }
    }

    /// Where the opening of a text is; nothing where the entry has no such text.
    fn opening_of(&self, stored: &StoredEvent, field: u32) -> Result<Option<OpeningPosition>, LogError> {
        // A log that is open for writing has a store.
        self.shared.stored.as_ref().map_or(Ok(None), |known| known.opening_place(stored, field))
    }

    /// Takes note of texts that committed redactions name, as [`crate::LogReader::know_redacted`] does, and destroys those of them again
    /// whose words are back: an old copy of a segment, say, was put in place of the one that they were destroyed in. Returns how many.
    ///
    /// A text that cannot be read is left to `verify`, which names the damage.
    pub fn uphold_redactions(&mut self, texts: &[(u64, u32)]) -> Result<u64, LogError> {
        let reader = self.reader();
        reader.know_redacted(texts);
        let mut back = Vec::new();
        for (index, field) in texts {
            let Ok(stored) = reader.event(*index) else { continue };
            if self.has_words(&stored, *field)
                && let Ok(Some(place)) = self.opening_of(&stored, *field)
            {
                back.push(place);
            }
        }
        // Zeros in the last frame would look like a torn write.
        let last = self.journal.last();
        back.retain(|place| last.is_some_and(|last| place.frame.end_index() <= last.first_index));
        if back.is_empty() {
            return Ok(0);
        }
        let state = mark::read(&self.directory)?;
        mark::write(&self.directory, State::Pending)?;
        // If the process dies from here on: the next start looks at every redaction of the journal.
        for place in &back {
            self.journal.overwrite_opening(place)?;
        }
        mark::write(&self.directory, state)?;
        Ok(back.len() as u64)
    }

    /// Whether anything but zeros stands where the record says that the opening of a text is.
    fn has_words(&self, stored: &StoredEvent, field: u32) -> bool {
        let Location { segment, openings_offset, .. } = stored.location;
        let texts = stored.entry.event.data.texts();
        let before: usize = texts.iter().take(field as usize).map(|text| text.opening_bytes()).sum();
        let offset = openings_offset.saturating_add(before as u64);
        let length = texts.get(field as usize).and_then(|text| u32::try_from(text.opening_bytes()).ok());
        let mut bytes = Vec::new();
        length.is_some_and(|length| {
            let read = self.journal.reader().read_range(SegmentId(segment), offset, length, &mut bytes);
            // A place that cannot be read is a wrong one: the frame says where the opening is.
            read.is_err() || bytes.iter().any(|byte| *byte != 0)
        })
    }
}

/// Whether the entry is the arrival of this document.
fn brings(entry: &Entry, document: Digest) -> bool {
    match &entry.event.data {
        Data::SourceReceived(source) => source.sha256 == document,
        Data::EvidenceAttached(evidence) => evidence.sha256 == Some(document),
        _ => false,
    }
}
