//! Why an event does not fit into the fold, or a name leads to no event.

use docket_domain::{EventId, Key, RegisterId, Subject, Timestamp};

/// Everything that this crate refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionError {
    /// The event is not the next one of the log.
    #[error("event {found} cannot be applied: the next one is {expected}")]
    Index {
        /// The index that is next.
        expected: u64,
        /// The index of the event.
        found: u64,
    },
    /// There are as many events as an index can hold.
    #[error("event {index} cannot be applied: the index holds at most {} events", u32::MAX)]
    Full {
        /// The index of the refused event.
        index: u64,
    },
    /// An earlier event has the same id.
    #[error("event {index} has the id {event} of event {first}")]
    RepeatedId {
        /// The id.
        event: EventId,
        /// The index of the event that has it already.
        first: u64,
        /// The index of the refused event.
        index: u64,
    },
    /// The event is not the next one of its subject.
    #[error("event {index} is version {found} of {subject}: the next one is {expected}")]
    Version {
        /// The subject.
        subject: Subject,
        /// The version that is next.
        expected: u64,
        /// The version of the event.
        found: u64,
        /// The index of the refused event.
        index: u64,
    },
    /// The event was not recorded after the one before it.
    #[error("event {index} was recorded at {found}, not after {previous}")]
    RecordedAt {
        /// When the event before it was recorded.
        previous: Timestamp,
        /// When it was.
        found: Timestamp,
        /// The index of the refused event.
        index: u64,
    },
    /// The string has none of the forms that name an event.
    #[error("{value:?} names no event: expected an event id, or a recommendation and a version such as 7@3")]
    EventForm {
        /// The whole string.
        value: String,
    },
    /// No known event has this id.
    #[error("no event {event} is known")]
    UnknownEvent {
        /// The id.
        event: EventId,
    },
    /// A recommendation was named without its register, and there is not exactly one.
    #[error("{value:?} needs a register: {registers} are known")]
    RegisterNeeded {
        /// The whole string.
        value: String,
        /// How many registers are known.
        registers: usize,
    },
    /// The register has no such recommendation.
    #[error("{register} has no recommendation {value:?}")]
    UnknownRecommendation {
        /// The register.
        register: RegisterId,
        /// The number or key as typed.
        value: String,
    },
    /// Several recommendations have this number.
    #[error("{register} has several recommendations {value:?}: name one by its key, one of {keys:?}")]
    AmbiguousRecommendation {
        /// The register.
        register: RegisterId,
        /// The number as typed.
        value: String,
        /// Their keys.
        keys: Vec<Key>,
    },
    /// The recommendation has no such version.
    #[error("{subject} has no version {version}: its newest is {newest}")]
    UnknownVersion {
        /// The subject.
        subject: Subject,
        /// The version as typed.
        version: u64,
        /// Its newest version.
        newest: u64,
    },
}
