//! Why a step is refused, and what to do about it.

use crate::event::EventKind;
use crate::id::{Actor, Digest, EventId, Key, RegisterId, StateName};
use crate::payload::{TEXT_BYTES_MAX, TEXTS_PER_EVENT_MAX};
use crate::subject::Subject;
use crate::vocabulary::VocabularyError;

/// Why a step is refused. Nothing of its command is recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The subject moved on since the recorder looked.
    #[error("{subject} is at version {found}, not at the expected version {expected}")]
    VersionConflict {
        /// The subject.
        subject: Subject,
        /// What the recorder expected.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// No such register.
    #[error("there is no register {register} in this log")]
    UnknownRegister {
        /// The register.
        register: RegisterId,
    },
    /// Nothing was ever said about this subject.
    #[error("there is no {subject} in this log")]
    UnknownSubject {
        /// The subject.
        subject: Subject,
    },
    /// The subject was entered before.
    #[error("{subject} is already in this log")]
    AlreadyThere {
        /// The subject.
        subject: Subject,
    },
    /// The type cannot be said about this subject.
    #[error("this cannot be said about {subject}")]
    WrongSubject {
        /// The subject.
        subject: Subject,
    },
    /// The label is not in the register's vocabulary.
    #[error("the label {label:?} is not in the register's vocabulary{}", nearest.as_ref().map(|label| format!("; the nearest is {label:?}")).unwrap_or_default())]
    UnknownLabel {
        /// The label as typed.
        label: String,
        /// The most similar known one.
        nearest: Option<String>,
    },
    /// The state is not in the register's vocabulary.
    #[error("the state {state} is not in the register's vocabulary")]
    UnknownState {
        /// The state.
        state: StateName,
    },
    /// A typed status goes back to a lower state and says no reason.
    #[error("{subject} would go back from {from} to {to} without a reason")]
    RegressWithoutReason {
        /// The subject.
        subject: Subject,
        /// The state before.
        from: StateName,
        /// The new state.
        to: StateName,
    },
    /// Who recorded a claim cannot record the finding on it.
    #[error("{actor} recorded or corrected the claim {claim} and cannot record the finding on it")]
    OwnClaim {
        /// The actor.
        actor: Actor,
        /// The claim.
        claim: EventId,
    },
    /// No such event.
    #[error("there is no event {event} in this log")]
    UnknownEvent {
        /// The event.
        event: EventId,
    },
    /// The event was withdrawn before.
    #[error("event {event} is retracted already")]
    NotInForce {
        /// The event.
        event: EventId,
    },
    /// The event belongs to another subject.
    #[error("event {event} is about {found}, not about {subject}")]
    OtherSubject {
        /// The event.
        event: EventId,
        /// What it is about.
        found: Box<Subject>,
        /// What it was said to be about.
        subject: Box<Subject>,
    },
    /// This cannot be done to an event of that type.
    #[error("event {event} is a {}; {what}", kind.short())]
    WrongKind {
        /// The event.
        event: EventId,
        /// Its type.
        kind: EventKind,
        /// What does not fit.
        what: &'static str,
    },
    /// The event stands for an act that this version cannot carry out, so saying it would be untrue.
    #[error("{} cannot be recorded: it stands for an act that is not carried out here", kind.short())]
    NeedsAct {
        /// The type.
        kind: EventKind,
    },
    /// The event has fewer texts.
    #[error("event {event} has no text {field}: it has {texts}, counted from 0")]
    NoSuchText {
        /// The event.
        event: EventId,
        /// What was asked for.
        field: u32,
        /// How many it has.
        texts: u32,
    },
    /// The document was not brought by the event.
    #[error("event {event} did not bring the document {blob}")]
    NotItsDocument {
        /// The event.
        event: EventId,
        /// The document.
        blob: Digest,
    },
    /// It was redacted before.
    #[error("this part of event {event} is redacted already, by event {by}")]
    RedactedAlready {
        /// The event.
        event: EventId,
        /// The redaction.
        by: EventId,
    },
    /// A legal hold is in force.
    #[error("event {event} is under the legal hold {hold}: nothing of it can be redacted")]
    UnderHold {
        /// The event.
        event: EventId,
        /// The event that placed the hold.
        hold: EventId,
    },
    /// The hold was lifted before.
    #[error("the legal hold {hold} is lifted already")]
    HoldLifted {
        /// The event that placed it.
        hold: EventId,
    },
    /// A correction changes nothing.
    #[error("the correction of {event} changes nothing")]
    NothingChanges {
        /// The event.
        event: EventId,
    },
    /// A text is longer than [`TEXT_BYTES_MAX`].
    #[error("a text of {bytes} bytes is too long: at most {TEXT_BYTES_MAX} are allowed")]
    TextTooLong {
        /// Its length.
        bytes: usize,
    },
    /// A text holds a NUL character.
    #[error("a text holds a NUL character at byte {at}")]
    TextWithNul {
        /// Where.
        at: usize,
    },
    /// A text that must say something says nothing.
    #[error("{what} is empty")]
    Blank {
        /// Which text.
        what: &'static str,
    },
    /// Too many texts for one event.
    #[error("{count} texts are too many for one event: at most {TEXTS_PER_EVENT_MAX} are allowed")]
    TooManyTexts {
        /// How many.
        count: usize,
    },
    /// Parts of the data contradict each other.
    #[error("the data contradict each other: {what}")]
    Inconsistent {
        /// How.
        what: &'static str,
    },
    /// A recommendation would wait, over others, for itself.
    #[error("{}", cycle(chain))]
    DependencyCycle {
        /// From the recommendation over those that it would wait for back to itself, by key.
        chain: Vec<Key>,
    },
    /// A reviewed range ends beyond the log.
    #[error("the reviewed range ends at {to_index}, but the log has {size} entries")]
    BeyondTheLog {
        /// The entry after the last one reviewed.
        to_index: u64,
        /// The entries that there are.
        size: u64,
    },
    /// A revised vocabulary is the one that is in force.
    #[error("the vocabulary of {register} is the same already")]
    SameVocabulary {
        /// The register.
        register: RegisterId,
    },
    /// A revised vocabulary drops states that recorded statements use.
    #[error("the new vocabulary drops {}, which recorded statements use", states.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    StatesInUse {
        /// The states.
        states: Vec<StateName>,
    },
    /// The vocabulary cannot be used.
    #[error("the vocabulary cannot be used")]
    Vocabulary {
        /// Why.
        #[source]
        source: VocabularyError,
    },
}

impl Refusal {
    /// A stable word for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::VersionConflict { .. } => "version-conflict",
            Self::UnknownRegister { .. } => "unknown-register",
            Self::UnknownSubject { .. } => "unknown-subject",
            Self::AlreadyThere { .. } => "already-there",
            Self::WrongSubject { .. } => "wrong-subject",
            Self::UnknownLabel { .. } => "unknown-label",
            Self::UnknownState { .. } => "unknown-state",
            Self::RegressWithoutReason { .. } => "regress-without-reason",
            Self::OwnClaim { .. } => "own-claim",
            Self::UnknownEvent { .. } => "unknown-event",
            Self::NotInForce { .. } => "not-in-force",
            Self::OtherSubject { .. } => "other-subject",
            Self::WrongKind { .. } => "wrong-kind",
            Self::NeedsAct { .. } => "needs-act",
            Self::NoSuchText { .. } => "no-such-text",
            Self::NotItsDocument { .. } => "not-its-document",
            Self::RedactedAlready { .. } => "redacted-already",
            Self::UnderHold { .. } => "under-hold",
            Self::HoldLifted { .. } => "hold-lifted",
            Self::NothingChanges { .. } => "nothing-changes",
            Self::TextTooLong { .. } => "text-too-long",
            Self::TextWithNul { .. } => "text-with-nul",
            Self::Blank { .. } => "blank",
            Self::TooManyTexts { .. } => "too-many-texts",
            Self::Inconsistent { .. } => "inconsistent",
            Self::DependencyCycle { .. } => "dependency-cycle",
            Self::BeyondTheLog { .. } => "beyond-the-log",
            Self::SameVocabulary { .. } => "same-vocabulary",
            Self::StatesInUse { .. } => "states-in-use",
            Self::Vocabulary { .. } => "vocabulary",
        }
    }

    /// What to do next, where something can be done.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::VersionConflict { .. } => {
                Some("look at its timeline, then repeat with the version that you have seen")
            }
            Self::UnknownRegister { .. } => Some("import a source of the register first"),
            Self::UnknownSubject { .. } => Some("`docket list` shows the recommendations that there are"),
            Self::UnknownLabel { .. } => {
                Some("`docket vocabulary show` lists the labels; they are matched exactly")
            }
            Self::UnknownState { .. } => Some("`docket vocabulary show` lists the states"),
            Self::RegressWithoutReason { .. } => Some("say why with --reason"),
            Self::OwnClaim { .. } => Some("a finding needs another actor: name it with --by"),
            Self::UnknownEvent { .. } => Some("`docket timeline N` shows the ids of events"),
            Self::NotInForce { .. } => Some("to reinstate it, retract its retraction"),
            Self::NoSuchText { .. } => Some("`docket redact EVENT --dry-run` lists its texts by name"),
            Self::UnderHold { .. } => Some(
                "`docket show N` lists the holds in force; who placed one ends it with `docket hold lift`",
            ),
            Self::TextTooLong { .. } => {
                Some("shorten it, or attach the long text with `docket record evidence N FILE`")
            }
            Self::WrongKind { kind: EventKind::RecommendationRegistered, .. } => {
                Some("`docket amend N` corrects or supplements the number and text of a recommendation")
            }
            Self::DependencyCycle { .. } => Some(
                "clear a dependency of the chain first: `docket record assignment N --clear dependency:KEY`",
            ),
            Self::BeyondTheLog { .. } => Some("`docket verify` prints how many entries there are"),
            Self::StatesInUse { .. } => Some("keep these states; a label that is no longer printed may go"),
            _ => None,
        }
    }
}

/// A chain of dependencies in words.
fn cycle(chain: &[Key]) -> String {
    match chain {
        [first, .., last] if chain.len() == 2 && first == last => format!("{first} cannot wait for itself"),
        [first, second, rest @ ..] => {
            let begun = format!("{first} would wait for itself: {first} waits for {second}");
            rest.iter().fold(begun, |chain, key| chain + ", which waits for " + key.as_str())
        }
        _ => "a recommendation would wait for itself".to_owned(),
    }
}
