//! What events say, one struct a type, without what every entry gives beside it (who, when, on whose word, from where, why).

use docket_domain::term::{
    AssignmentAttribute, AssignmentChange, NoteRole, NumberBasis, Reporting, TextBasis, Visibility,
};
use docket_domain::{Actor, Digest, EventId, Key, Label, StateName, Zone};
use serde::Serialize;

use super::statement::Statement;
use super::text::Text;
use super::wire::{Interval, shown, shown_each, shown_if};

/// What an event says, or what was known before and after it. In JSON the object of the variant, without its name: the type of the
/// event tells which it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// `status.reported`, as recorded.
    Status(StatusValue),
    /// The status that held, in a change.
    Statement(Box<Statement>),
    /// `status.verified`.
    Finding(JudgedStatus),
    /// `recommendation.registered` and `recommendation.amended`; in a change, what holds.
    Recommendation(NumberAndText),
    /// `note.recorded`.
    Note(RecordedNote),
    /// `evidence.attached`.
    Evidence(AttachedEvidence),
    /// `assignment.changed`.
    Assignment(Assigned),
    /// `event.corrected`.
    Correction(Correction),
    /// `event.retracted`.
    Retraction(Retraction),
    /// `text.redacted`.
    Redaction(Redaction),
    /// `register.opened`.
    Register(OpenedRegister),
    /// `vocabulary.revised`; in a change, what holds.
    Words(Words),
    /// `source.received`.
    Source(ReceivedSource),
    /// `fragment.quarantined`.
    Fragment(Fragment),
    /// `claim.recorded`.
    Claim(Claim),
    /// `review.performed`.
    Review(Review),
    /// `access.granted` and `access.revoked`.
    Access(Access),
    /// `key.changed`.
    Key(KeyChange),
    /// `clock.overridden`.
    Clock(ClockOverride),
    /// `log.continued`.
    Continuation(Continuation),
    /// `hold.placed`.
    Hold(LegalHold),
    /// `hold.lifted`.
    HoldLift(HoldLift),
}

/// A status as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusValue {
    /// The label exactly as printed.
    #[serde(serialize_with = "shown_if")]
    pub label: Option<Label>,
    /// The mapped state, if the label states one.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// What it says about the reporting.
    #[serde(serialize_with = "shown")]
    pub reporting: Reporting,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgedStatus {
    /// The claim that it judges.
    #[serde(serialize_with = "shown")]
    pub claim: EventId,
    /// Whether it agrees.
    pub agrees: bool,
    /// The state that was found.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// What was found.
    pub comment: Option<Text>,
    /// The evidence that was looked at.
    #[serde(serialize_with = "shown_each")]
    pub evidence: Vec<EventId>,
}

/// Number and text of a recommendation; what an amendment leaves alone is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NumberAndText {
    /// Its number.
    pub number: Option<u32>,
    /// How the number is known.
    #[serde(serialize_with = "shown_if")]
    pub number_basis: Option<NumberBasis>,
    /// The number as printed.
    pub number_printed: Option<String>,
    /// Its text.
    pub text: Option<Text>,
    /// How much of the text is known.
    #[serde(serialize_with = "shown_if")]
    pub text_basis: Option<TextBasis>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedNote {
    /// Its words.
    pub text: Text,
    /// What kind of note it is.
    #[serde(serialize_with = "shown")]
    pub role: NoteRole,
    /// Who may read it.
    #[serde(serialize_with = "shown")]
    pub visibility: Visibility,
    /// The event of the earlier note that it repeats word for word; left out for a note with words of its own.
    #[serde(serialize_with = "shown_if", skip_serializing_if = "Option::is_none")]
    pub repeats: Option<EventId>,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachedEvidence {
    /// Its title.
    pub title: Option<Text>,
    /// Its address.
    pub url: Option<Text>,
    /// The SHA-256 of its bytes, where they are kept.
    #[serde(serialize_with = "shown_if")]
    pub sha256: Option<Digest>,
    /// Their size in bytes.
    pub size: Option<u64>,
    /// Their media type.
    pub media_type: Option<String>,
    /// The statement that it supports.
    #[serde(serialize_with = "shown_if")]
    pub supports: Option<EventId>,
}

/// An assignment made or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assigned {
    /// What is assigned.
    #[serde(serialize_with = "shown")]
    pub attribute: AssignmentAttribute,
    /// Set or cleared.
    #[serde(serialize_with = "shown")]
    pub change: AssignmentChange,
    /// The owner or category.
    pub value: Option<Text>,
    /// The date that is promised.
    pub target: Option<Interval>,
    /// The recommendation that is waited for.
    #[serde(serialize_with = "shown_if")]
    pub dependency: Option<Key>,
}

/// A correction; what it leaves alone is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The event that is corrected.
    #[serde(serialize_with = "shown")]
    pub target: EventId,
    /// The right status.
    pub status: Option<StatusValue>,
    /// The right words.
    pub text: Option<Text>,
    /// The right interval.
    pub effective: Option<Interval>,
}

/// A retraction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Retraction {
    /// The event that is withdrawn.
    #[serde(serialize_with = "shown")]
    pub target: EventId,
}

/// A redaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redaction {
    /// The event that holds the text.
    #[serde(serialize_with = "shown")]
    pub target: EventId,
    /// Which text of the event, counted from 0 in the order of its entry.
    pub field: Option<u32>,
    /// The document that is destroyed, where it is one.
    #[serde(serialize_with = "shown_if")]
    pub blob: Option<Digest>,
    /// Under which authority.
    pub authority: Text,
}

/// An opened register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenedRegister {
    /// Its title.
    pub title: Text,
    /// The zone in which its dates are read.
    #[serde(serialize_with = "shown")]
    pub time_zone: Zone,
    /// How many recommendations it is known to have.
    pub expected_count: Option<u32>,
    /// Its labels and states.
    pub vocabulary: Words,
}

/// A vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// What each label means.
    pub labels: Vec<MappedLabel>,
    /// The states, each with its place in the order of progress.
    pub states: Vec<DefinedState>,
}

/// What a label means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MappedLabel {
    /// The label exactly as printed.
    #[serde(serialize_with = "shown")]
    pub label: Label,
    /// What it says about the work.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// What it says about the reporting.
    #[serde(serialize_with = "shown")]
    pub reporting: Reporting,
}

/// A state of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DefinedState {
    /// The state.
    #[serde(serialize_with = "shown")]
    pub state: StateName,
    /// Its place in the order of progress.
    pub order: u32,
    /// Whether the work is over.
    pub closed: bool,
}

/// A received document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceivedSource {
    /// Its title.
    pub title: Text,
    /// Its SHA-256.
    #[serde(serialize_with = "shown")]
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// How the stated interval was derived, where it was.
    pub derivation: Option<Text>,
}

/// Source lines that belong to no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fragment {
    /// What stands there.
    pub text: Text,
}

/// A public statement about totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Its words.
    pub text: Text,
    /// The totals.
    pub figures: Vec<Figure>,
}

/// One total of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What is counted.
    pub name: String,
    /// How many.
    pub value: u64,
}

/// A review of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// What was found.
    pub findings: Text,
    /// The first entry reviewed.
    pub from_index: u64,
    /// The entry after the last one reviewed.
    pub to_index: u64,
}

/// Somebody let in or shut out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Who.
    #[serde(serialize_with = "shown")]
    pub grantee: Actor,
    /// As what.
    pub role: String,
}

/// A new key of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyChange {
    /// The new verifier key.
    pub key: String,
}

/// An administrator's word for a distrusted clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockOverride {
    /// How far the clocks lie apart, in microseconds.
    pub drift_micros: i64,
}

/// A log that goes on under a new origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Continuation {
    /// The origin of the lost log.
    pub previous_origin: String,
    /// The root of its last known checkpoint, in hexadecimal.
    #[serde(serialize_with = "shown")]
    pub previous_root: Digest,
    /// The size of its last known checkpoint.
    pub previous_size: u64,
}

/// A legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegalHold {
    /// Under which authority.
    pub authority: Text,
}

/// The end of a legal hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldLift {
    /// The event that placed it.
    #[serde(serialize_with = "shown")]
    pub target: EventId,
}
