//! Rows: what the index keeps of an event, and nothing else. They are what snapshots hold.

use docket_domain::EventKind;
use docket_domain::term::NumberBasis;

/// What the index keeps of one event. It holds no text, no digest and no opening.
///
/// Subjects and status values stand for themselves by numbers, counted from 0 in the order in which the log first spoke of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The fingerprint of its id.
    pub id: u32,
    /// The fingerprint of its actor and command, where it is the first event of that command.
    pub command: Option<u32>,
    /// The number of its subject.
    pub subject: u32,
    /// When it was recorded, in microseconds since the epoch.
    pub recorded_at: i64,
    /// What depends on its type.
    pub fact: RowFact,
}

/// What the index keeps of an event besides, by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFact {
    /// A status.
    Status {
        /// When it began.
        bounds: RowBounds,
        /// The number of its value.
        value: u32,
    },
    /// A note that everyone may read.
    PublicNote,
    /// A note for the register's own staff.
    InternalNote,
    /// A recommendation enters its register.
    Registered {
        /// Its number.
        number: Option<u32>,
        /// How the number is known.
        basis: NumberBasis,
        /// Whether it is printed as the number's plain digits, or not at all.
        printed: Printed,
    },
    /// A recommendation is amended.
    Amended {
        /// Its new number, if it changes.
        number: Option<u32>,
    },
    /// A correction, with what it changes in a status.
    Corrected {
        /// The event that it names, if that is an earlier one.
        target: Option<RowTarget>,
        /// The number of the value that it gives.
        value: Option<u32>,
        /// The bounds that it gives.
        bounds: Option<RowBounds>,
    },
    /// A retraction.
    Retracted {
        /// The event that it names, if that is an earlier one.
        target: Option<RowTarget>,
    },
    /// A redaction.
    Redacted {
        /// The event that it names, if that is an earlier one.
        target: Option<RowTarget>,
    },
    /// Any other type.
    Other(EventKind),
}

/// How the number of a recommendation is printed in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// As plain digits, or not at all.
    Plainly,
    /// In some other form, such as "7a" or "III.2".
    Otherwise,
}

/// The bounds of an interval, in microseconds since the epoch; nothing where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowBounds {
    /// The first instant at which it can have begun.
    pub from: Option<i64>,
    /// The first instant at which it certainly had begun.
    pub to: Option<i64>,
}

/// An earlier event that is spoken about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowTarget {
    /// Its index.
    pub index: u32,
    /// The number of its subject.
    pub subject: u32,
    /// Its type.
    pub kind: EventKind,
    /// Where it is a status: when it began by its own word.
    pub from: Option<i64>,
}

/// Why a row does not fit behind the rows before it: a snapshot that holds it is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {index} of a snapshot does not fit: {problem}; delete the snapshot, it is made again")]
pub struct RowError {
    /// The index of its event.
    pub index: u64,
    /// What is wrong.
    pub problem: &'static str,
}

impl RowFact {
    /// The type of the event.
    #[must_use]
    pub const fn kind(self) -> EventKind {
        match self {
            Self::Status { .. } => EventKind::StatusReported,
            Self::PublicNote | Self::InternalNote => EventKind::NoteRecorded,
            Self::Registered { .. } => EventKind::RecommendationRegistered,
            Self::Amended { .. } => EventKind::RecommendationAmended,
            Self::Corrected { .. } => EventKind::EventCorrected,
            Self::Retracted { .. } => EventKind::EventRetracted,
            Self::Redacted { .. } => EventKind::TextRedacted,
            Self::Other(kind) => kind,
        }
    }

    /// The number of the status value that it gives, if it gives one.
    #[must_use]
    pub const fn value(self) -> Option<u32> {
        match self {
            Self::Status { value, .. } => Some(value),
            Self::Corrected { value, .. } => value,
            _ => None,
        }
    }

    pub(crate) const fn target(self) -> Option<RowTarget> {
        match self {
            Self::Corrected { target, .. } | Self::Retracted { target } | Self::Redacted { target } => target,
            _ => None,
        }
    }
}
