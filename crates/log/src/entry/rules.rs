//! What must hold between the envelope of an entry and its data: checked before writing and after reading.

use docket_domain::event::Data;
use docket_domain::{Digest, Subject};

use super::{Entry, EntryError};
use crate::seal::SealedText;
use crate::wire::form::INTEGER_MAX;

impl Entry {
    /// Checks what no single value shows.
    pub(crate) fn check(&self) -> Result<(), EntryError> {
        let event = &self.event;
        if event.index > INTEGER_MAX {
            return Err(EntryError::Index { index: event.index });
        }
        let first = event.version == 1;
        if event.version == 0 || first == self.previous.is_some() {
            return Err(EntryError::Version { index: event.index, version: event.version });
        }
        if fits(&event.data, &event.subject) {
            return Ok(());
        }
        Err(EntryError::Subject {
            index: event.index,
            kind: event.data.kind(),
            subject: event.subject.clone(),
        })
    }
}

/// Whether an event with this data can be about this subject.
///
/// What corrects, withdraws or redacts stands on the subject of its target, whatever that is. Notes, evidence and holds may be about
/// anything that belongs to a register, and access may be to one register, although nothing records that yet: this docket must not refuse the
/// entries of a later one that does.
fn fits(data: &Data<SealedText>, subject: &Subject) -> bool {
    match data {
        Data::RegisterOpened(_) | Data::VocabularyRevised(_) => matches!(subject, Subject::Register(_)),
        Data::SourceReceived(data) => is_source(subject, &data.sha256),
        Data::FragmentQuarantined(data) => is_source(subject, &data.source.sha256),
        Data::RecommendationRegistered(data) => subject.key() == Some(&data.key),
        Data::RecommendationAmended(_)
        | Data::StatusReported(_)
        | Data::StatusVerified(_)
        | Data::AssignmentChanged(_) => subject.key().is_some(),
        Data::NoteRecorded(_) | Data::EvidenceAttached(_) | Data::HoldPlaced(_) | Data::HoldLifted(_) => {
            subject.register().is_some()
        }
        Data::ClaimRecorded(_) => matches!(subject, Subject::Claim(..)),
        Data::ReviewPerformed(_) => matches!(subject, Subject::Review(..)),
        Data::EventCorrected(_) | Data::EventRetracted(_) | Data::TextRedacted(_) => true,
        Data::AccessGranted(_) | Data::AccessRevoked(_) => {
            matches!(subject, Subject::Log | Subject::Register(_))
        }
        Data::KeyChanged(_) | Data::ClockOverridden(_) | Data::LogContinued(_) => *subject == Subject::Log,
    }
}

fn is_source(subject: &Subject, sha256: &Digest) -> bool {
    matches!(subject, Subject::Source(_, digest) if digest == sha256)
}
