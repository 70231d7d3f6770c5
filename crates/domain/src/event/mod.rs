//! The event catalogue, version 1 (DESIGN section 4).

mod payloads;

use crate::effective::Effective;
use crate::id::{Actor, Asserter, CommandId, Digest, EventId, Label, StateName};
use crate::subject::Subject;
use crate::term::{ActorBasis, Basis, Reporting};
use crate::time::Timestamp;

pub use payloads::*;

/// One immutable fact: what, about which subject, by whom, recorded when.
///
/// `T` is the type of its texts: plain strings on the way in, sealed texts once recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<T> {
    /// Its place in the log; 0 is the first.
    pub index: u64,
    /// Its id.
    pub id: EventId,
    /// What it is about.
    pub subject: Subject,
    /// 1, 2, 3 ... within its subject.
    pub version: u64,
    /// When it was recorded: strictly increasing over the log.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
    /// The command that it came from.
    pub command: CommandId,
    /// What it says.
    pub data: Data<T>,
}

/// Lines of a source document: inclusive ranges, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourceLines {
    /// Inclusive ranges of lines, counted from 1.
    pub lines: Vec<(u32, u32)>,
    /// The document.
    pub sha256: Digest,
}

/// One figure of a public claim, such as `in-progress: 30`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Figure {
    /// What is counted: a vocabulary value.
    pub name: String,
    /// How many.
    pub value: u64,
}

/// The value that a status statement gives on the first three axes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusValue {
    /// The label as printed; nothing where the source is damaged.
    pub label: Option<Label>,
    /// What it says about the reporting.
    pub reporting: Reporting,
    /// The mapped state, if the label states one.
    pub state: Option<StateName>,
}

/// Declares the sum of all payloads, with the type string of each.
macro_rules! catalogue {
    ($($(#[$meta:meta])* $name:ident = $tag:literal $text:literal,)+) => {
        /// What an event says.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum Data<T> { $($(#[$meta])* $name($name<T>),)+ }

        impl<T> Data<T> {
            /// Shows every text to `visit`, in the order of the canonical JSON.
            pub fn visit_texts<'a>(&'a self, visit: &mut impl FnMut(&'a T)) {
                match self { $(Self::$name(data) => data.visit_texts(visit),)+ }
            }
        }

        /// The type of an event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $($(#[$meta])* $name,)+ }

        impl<T> Data<T> {
            /// The type.
            #[must_use]
            pub const fn kind(&self) -> EventKind {
                match self { $(Self::$name(_) => EventKind::$name,)+ }
            }

            /// The same with every text mapped, in the order of the canonical JSON.
            pub fn try_map<U, E>(self, map: &mut impl FnMut(T) -> Result<U, E>) -> Result<Data<U>, E> {
                Ok(match self { $(Self::$name(data) => Data::$name(data.try_map(map)?),)+ })
            }
        }

        impl EventKind {
            /// Every type, in the order of DESIGN section 4.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The type string of CloudEvents, with its version.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => concat!("docket.", $text, ".v1"),)+ }
            }

            /// The type without prefix and version, as printed in tables: `status.reported`.
            #[must_use]
            pub const fn short(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The frozen tag of the binary records.
            #[must_use]
            pub const fn tag(self) -> u16 {
                match self { $(Self::$name => $tag,)+ }
            }

            /// The type with this tag, or `None` for one that this version does not know.
            #[must_use]
            pub const fn from_tag(tag: u16) -> Option<Self> {
                match tag { $($tag => Some(Self::$name),)+ _ => None }
            }

            /// The type with this type string.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }
        }
    };
}

catalogue! {
    /// A register is opened.
    RegisterOpened = 1 "register.opened",
    /// The vocabulary of a register changes.
    VocabularyRevised = 2 "vocabulary.revised",
    /// A document arrives.
    SourceReceived = 3 "source.received",
    /// A recommendation is entered in the register.
    RecommendationRegistered = 4 "recommendation.registered",
    /// A recommendation is corrected or supplemented.
    RecommendationAmended = 5 "recommendation.amended",
    /// A status is claimed.
    StatusReported = 6 "status.reported",
    /// A reviewer's finding on a claim.
    StatusVerified = 7 "status.verified",
    /// A note.
    NoteRecorded = 8 "note.recorded",
    /// A document or address that supports a statement.
    EvidenceAttached = 9 "evidence.attached",
    /// An owner, category, target date or dependency is set or cleared.
    AssignmentChanged = 10 "assignment.changed",
    /// A public statement about totals.
    ClaimRecorded = 11 "claim.recorded",
    /// Somebody reviewed a range of the log.
    ReviewPerformed = 12 "review.performed",
    /// Source lines that belong to no row.
    FragmentQuarantined = 13 "fragment.quarantined",
    /// An earlier event is corrected.
    EventCorrected = 14 "event.corrected",
    /// An earlier event is withdrawn.
    EventRetracted = 15 "event.retracted",
    /// The opening of a text is destroyed.
    TextRedacted = 16 "text.redacted",
    /// Somebody is let in.
    AccessGranted = 17 "access.granted",
    /// Somebody is shut out.
    AccessRevoked = 18 "access.revoked",
    /// The key of the log changes.
    KeyChanged = 19 "key.changed",
    /// An administrator vouches for a wall clock that the writer distrusts.
    ClockOverridden = 20 "clock.overridden",
    /// A log goes on under a new origin.
    LogContinued = 21 "log.continued",
    /// A legal hold is placed.
    HoldPlaced = 22 "hold.placed",
    /// A legal hold is lifted.
    HoldLifted = 23 "hold.lifted",
}

impl<T> Data<T> {
    /// The interval in which what is stated began, for types that state one.
    #[must_use]
    pub const fn effective(&self) -> Option<&Effective<T>> {
        match self {
            Self::SourceReceived(data) => Some(&data.effective),
            Self::StatusReported(data) => Some(&data.effective),
            Self::StatusVerified(data) => Some(&data.effective),
            Self::NoteRecorded(data) => Some(&data.effective),
            Self::AssignmentChanged(data) => Some(&data.effective),
            Self::ClaimRecorded(data) => Some(&data.effective),
            Self::EventCorrected(data) => data.effective.as_ref(),
            _ => None,
        }
    }

    /// The same, to be filled in.
    const fn effective_mut(&mut self) -> Option<&mut Effective<T>> {
        match self {
            Self::SourceReceived(data) => Some(&mut data.effective),
            Self::StatusReported(data) => Some(&mut data.effective),
            Self::StatusVerified(data) => Some(&mut data.effective),
            Self::NoteRecorded(data) => Some(&mut data.effective),
            Self::AssignmentChanged(data) => Some(&mut data.effective),
            Self::ClaimRecorded(data) => Some(&mut data.effective),
            Self::EventCorrected(data) => data.effective.as_mut(),
            _ => None,
        }
    }

    /// Lets an interval of basis `recorded` begin at the moment of recording.
    pub fn fill_recorded(&mut self, recorded_at: Timestamp) {
        if let Some(effective) = self.effective_mut().filter(|effective| effective.basis == Basis::Recorded) {
            *effective = Effective::recorded(recorded_at);
        }
    }

    /// On whose word it is stated, for types that say so.
    #[must_use]
    pub const fn asserter(&self) -> Option<&Asserter> {
        match self {
            Self::RegisterOpened(data) => Some(&data.publisher),
            Self::SourceReceived(data) => Some(&data.publisher),
            Self::StatusReported(data) => Some(&data.asserter),
            Self::StatusVerified(data) => Some(&data.asserter),
            Self::NoteRecorded(data) => Some(&data.asserter),
            Self::EvidenceAttached(data) => Some(&data.asserter),
            Self::AssignmentChanged(data) => Some(&data.asserter),
            Self::ClaimRecorded(data) => Some(&data.asserter),
            Self::ReviewPerformed(data) => Some(&data.asserter),
            _ => None,
        }
    }

    /// The source lines that it was read from, for types that say so.
    #[must_use]
    pub const fn source(&self) -> Option<&SourceLines> {
        match self {
            Self::RecommendationRegistered(data) => data.source.as_ref(),
            Self::RecommendationAmended(data) => data.source.as_ref(),
            Self::StatusReported(data) => data.source.as_ref(),
            Self::NoteRecorded(data) => data.source.as_ref(),
            Self::AssignmentChanged(data) => data.source.as_ref(),
            Self::FragmentQuarantined(data) => Some(&data.source),
            Self::EventCorrected(data) => data.source.as_ref(),
            _ => None,
        }
    }

    /// Why it was recorded, for types that say so.
    #[must_use]
    pub const fn reason(&self) -> Option<&T> {
        match self {
            Self::StatusReported(data) => data.reason.as_ref(),
            Self::NoteRecorded(data) => data.reason.as_ref(),
            Self::AssignmentChanged(data) => data.reason.as_ref(),
            Self::AccessGranted(data) => data.reason.as_ref(),
            Self::VocabularyRevised(data) => Some(&data.reason),
            Self::RecommendationAmended(data) => Some(&data.reason),
            Self::FragmentQuarantined(data) => Some(&data.reason),
            Self::EventCorrected(data) => Some(&data.reason),
            Self::EventRetracted(data) => Some(&data.reason),
            Self::TextRedacted(data) => Some(&data.reason),
            Self::AccessRevoked(data) => Some(&data.reason),
            Self::KeyChanged(data) => Some(&data.reason),
            Self::ClockOverridden(data) => Some(&data.reason),
            Self::LogContinued(data) => Some(&data.reason),
            Self::HoldPlaced(data) => Some(&data.reason),
            Self::HoldLifted(data) => Some(&data.reason),
            _ => None,
        }
    }

    /// The earlier event that it speaks about: what it corrects, withdraws, redacts, lifts, judges or supports.
    #[must_use]
    pub const fn target(&self) -> Option<EventId> {
        match self {
            Self::StatusVerified(data) => Some(data.claim),
            Self::EvidenceAttached(data) => data.event,
            Self::EventCorrected(data) => Some(data.target),
            Self::EventRetracted(data) => Some(data.target),
            Self::TextRedacted(data) => Some(data.target),
            Self::HoldLifted(data) => Some(data.target),
            _ => None,
        }
    }

    /// The texts, in the order of the canonical JSON.
    #[must_use]
    pub fn texts(&self) -> Vec<&T> {
        let mut texts = Vec::new();
        self.visit_texts(&mut |text| texts.push(text));
        texts
    }
}
