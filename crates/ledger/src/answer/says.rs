//! From the data of an event to what an answer says of it.

use docket_domain::event::{
    AccessGranted, AccessRevoked, AssignmentChanged, ClaimRecorded, EventCorrected, EvidenceAttached,
    LogContinued, NoteRecorded, RecommendationAmended, RecommendationRegistered, RegisterOpened,
    ReviewPerformed, SourceReceived, StatusReported, StatusValue as DomainStatus, StatusVerified,
    TextRedacted,
};
use docket_domain::{Data, Vocabulary};
use docket_log::seal::SealedText;
use docket_projection::RecommendationFacts;

use super::content::{
    Access, Assigned, AttachedEvidence, Claim, ClockOverride, Content, Continuation, Correction,
    DefinedState, Figure, Fragment, HoldLift, JudgedStatus, KeyChange, LegalHold, MappedLabel, NumberAndText,
    OpenedRegister, ReceivedSource, RecordedNote, Redaction, Retraction, Review, StatusValue, Words,
};
use super::text::{Finder, Text, repeats};
use crate::error::LedgerError;

impl Content {
    /// What an event says.
    pub(super) fn of(data: Data<Text>) -> Self {
        match data {
            Data::RegisterOpened(data) => Self::Register(data.into()),
            Data::VocabularyRevised(data) => Self::Words((&data.vocabulary).into()),
            Data::SourceReceived(data) => Self::Source(data.into()),
            Data::RecommendationRegistered(data) => Self::Recommendation(data.into()),
            Data::RecommendationAmended(data) => Self::Recommendation(data.into()),
            Data::StatusReported(data) => Self::Status(data.into()),
            Data::StatusVerified(data) => Self::Finding(data.into()),
            Data::NoteRecorded(data) => Self::Note(data.into()),
            Data::EvidenceAttached(data) => Self::Evidence(data.into()),
            Data::AssignmentChanged(data) => Self::Assignment(data.into()),
            Data::ClaimRecorded(data) => Self::Claim(data.into()),
            Data::ReviewPerformed(data) => Self::Review(data.into()),
            Data::FragmentQuarantined(data) => Self::Fragment(Fragment { text: data.text }),
            Data::EventCorrected(data) => Self::Correction(data.into()),
            Data::EventRetracted(data) => Self::Retraction(Retraction { target: data.target }),
            Data::TextRedacted(data) => Self::Redaction(data.into()),
            Data::AccessGranted(data) => Self::Access(data.into()),
            Data::AccessRevoked(data) => Self::Access(data.into()),
            Data::KeyChanged(data) => Self::Key(KeyChange { key: data.key }),
            Data::ClockOverridden(data) => Self::Clock(ClockOverride { drift_micros: data.drift_micros }),
            Data::LogContinued(data) => Self::Continuation(data.into()),
            Data::HoldPlaced(data) => Self::Hold(LegalHold { authority: data.authority }),
            Data::HoldLifted(data) => Self::HoldLift(HoldLift { target: data.target }),
        }
    }
}

impl NumberAndText {
    /// What holds, with its words.
    pub(super) fn new(
        facts: RecommendationFacts<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        Ok(Self {
            number: facts.number,
            number_basis: Some(facts.number_basis),
            number_printed: facts.number_printed,
            text: words.text_if(facts.text)?,
            text_basis: Some(facts.text_basis),
        })
    }
}

impl From<RecommendationRegistered<Text>> for NumberAndText {
    fn from(data: RecommendationRegistered<Text>) -> Self {
        Self {
            number: data.number,
            number_basis: Some(data.number_basis),
            number_printed: data.number_printed,
            text: data.text,
            text_basis: Some(data.text_basis),
        }
    }
}

impl From<RecommendationAmended<Text>> for NumberAndText {
    fn from(data: RecommendationAmended<Text>) -> Self {
        let RecommendationAmended { number, number_basis, number_printed, text, text_basis, .. } = data;
        Self { number, number_basis, number_printed, text, text_basis }
    }
}

impl From<StatusReported<Text>> for StatusValue {
    fn from(data: StatusReported<Text>) -> Self {
        Self { label: data.label, state: data.state, reporting: data.reporting }
    }
}

impl From<DomainStatus> for StatusValue {
    fn from(status: DomainStatus) -> Self {
        Self { label: status.label, state: status.state, reporting: status.reporting }
    }
}

impl From<StatusVerified<Text>> for JudgedStatus {
    fn from(data: StatusVerified<Text>) -> Self {
        let StatusVerified { claim, agrees, state, comment, evidence, .. } = data;
        Self { claim, agrees, state, comment, evidence }
    }
}

impl From<NoteRecorded<Text>> for RecordedNote {
    fn from(data: NoteRecorded<Text>) -> Self {
        let repeats = repeats(data.reason.as_ref());
        Self { text: data.text, role: data.role, visibility: data.visibility, repeats }
    }
}

impl From<EvidenceAttached<Text>> for AttachedEvidence {
    fn from(data: EvidenceAttached<Text>) -> Self {
        let EvidenceAttached { event, media_type, sha256, size, title, url, .. } = data;
        Self { title, url, sha256, size, media_type, supports: event }
    }
}

impl From<AssignmentChanged<Text>> for Assigned {
    fn from(data: AssignmentChanged<Text>) -> Self {
        let AssignmentChanged { attribute, change, value, target, dependency, .. } = data;
        Self { attribute, change, value, target: target.map(Into::into), dependency }
    }
}

impl From<EventCorrected<Text>> for Correction {
    fn from(data: EventCorrected<Text>) -> Self {
        let EventCorrected { target, status, text, effective, .. } = data;
        Self { target, status: status.map(Into::into), text, effective: effective.map(Into::into) }
    }
}

impl From<TextRedacted<Text>> for Redaction {
    fn from(data: TextRedacted<Text>) -> Self {
        let TextRedacted { target, field, blob, authority, .. } = data;
        Self { target, field, blob, authority }
    }
}

impl From<RegisterOpened<Text>> for OpenedRegister {
    fn from(data: RegisterOpened<Text>) -> Self {
        let RegisterOpened { title, time_zone, expected_count, vocabulary, .. } = data;
        Self { title, time_zone, expected_count, vocabulary: (&vocabulary).into() }
    }
}

impl From<&Vocabulary> for Words {
    fn from(vocabulary: &Vocabulary) -> Self {
        let labels = vocabulary.labels.iter().map(|meaning| MappedLabel {
            label: meaning.label.clone(),
            state: meaning.state.clone(),
            reporting: meaning.reporting,
        });
        let states = vocabulary.states.iter().map(|state| DefinedState {
            state: state.name.clone(),
            order: state.order,
            closed: state.closed,
        });
        Self { labels: labels.collect(), states: states.collect() }
    }
}

impl From<SourceReceived<Text>> for ReceivedSource {
    fn from(data: SourceReceived<Text>) -> Self {
        let SourceReceived { title, sha256, size, media_type, derivation, .. } = data;
        Self { title, sha256, size, media_type, derivation }
    }
}

impl From<ClaimRecorded<Text>> for Claim {
    fn from(data: ClaimRecorded<Text>) -> Self {
        let figure = |figure: docket_domain::event::Figure| Figure { name: figure.name, value: figure.value };
        Self { text: data.text, figures: data.figures.into_iter().map(figure).collect() }
    }
}

impl From<ReviewPerformed<Text>> for Review {
    fn from(data: ReviewPerformed<Text>) -> Self {
        let ReviewPerformed { findings, from_index, to_index, .. } = data;
        Self { findings, from_index, to_index }
    }
}

impl From<AccessGranted<Text>> for Access {
    fn from(data: AccessGranted<Text>) -> Self {
        Self { grantee: data.grantee, role: data.role }
    }
}

impl From<AccessRevoked<Text>> for Access {
    fn from(data: AccessRevoked<Text>) -> Self {
        Self { grantee: data.grantee, role: data.role }
    }
}

impl From<LogContinued<Text>> for Continuation {
    fn from(data: LogContinued<Text>) -> Self {
        let LogContinued { previous_origin, previous_root, previous_size, .. } = data;
        Self { previous_origin, previous_root, previous_size }
    }
}
