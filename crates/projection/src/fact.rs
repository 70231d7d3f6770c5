//! An event as views show it: where it comes from, what it says once corrected, and by what.

use std::sync::Arc;

use docket_domain::event::{
    AssignmentChanged, ClaimRecorded, EvidenceAttached, FragmentQuarantined, HoldPlaced, NoteRecorded,
    RecommendationAmended, RecommendationRegistered, RegisterOpened, ReviewPerformed, SourceLines,
    SourceReceived, StatusVerified, VocabularyRevised,
};
use docket_domain::term::ActorBasis;
use docket_domain::{Actor, Asserter, Data, Event, EventId, EventKind, Subject, Timestamp};

use crate::fold::Knowledge;
use crate::in_force::corrected;
use crate::text::{TextRef, locate};

/// Where a statement comes from: what every view gives beside what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The event.
    pub event: EventId,
    /// Its place in the log.
    pub index: u64,
    /// What it is about.
    pub subject: Subject,
    /// Its version within its subject.
    pub version: u64,
    /// Its type.
    pub kind: EventKind,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
    /// On whose word, for types that say so.
    pub asserted_by: Option<Asserter>,
    /// The source lines that it was read from, for types that say so.
    pub source: Option<SourceLines>,
}

/// Which event is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventReference {
    /// Its id.
    pub event: EventId,
    /// Its place in the log.
    pub index: u64,
    /// What it is about.
    pub subject: Subject,
    /// Its version within its subject.
    pub version: u64,
    /// Its type.
    pub kind: EventKind,
}

/// A correction, retraction or redaction, shown beside what it speaks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark<T> {
    /// Where it comes from.
    pub provenance: Provenance,
    /// Whether it is in force itself. A redaction stays effective either way: the words are gone.
    pub in_force: bool,
    /// What it says; [`Data::reason`] says why.
    pub data: Data<TextRef<T>>,
}

/// An event in force and what it says as known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T, C> {
    /// Where it comes from. A corrected event keeps its own.
    pub provenance: Provenance,
    /// What it says, corrections applied.
    pub content: C,
    /// The corrections in force, oldest first.
    pub corrected_by: Vec<Mark<T>>,
}

impl Provenance {
    pub(crate) fn of<T>(event: &Event<T>) -> Self {
        Self {
            event: event.id,
            index: event.index,
            subject: event.subject.clone(),
            version: event.version,
            kind: event.data.kind(),
            recorded_at: event.recorded_at,
            actor: event.actor.clone(),
            actor_basis: event.actor_basis,
            asserted_by: event.data.asserter().cloned(),
            source: event.data.source().cloned(),
        }
    }
}

impl EventReference {
    pub(crate) fn to<T>(event: &Event<T>) -> Self {
        Self {
            event: event.id,
            index: event.index,
            subject: event.subject.clone(),
            version: event.version,
            kind: event.data.kind(),
        }
    }
}

/// The payload types that views show as [`Fact`]s.
pub(crate) trait Payload<T>: Sized {
    const KIND: EventKind;

    fn from_data(data: Data<T>) -> Option<Self>;
}

macro_rules! payloads {
    ($($name:ident),+ $(,)?) => { $(
        impl<T> Payload<T> for $name<T> {
            const KIND: EventKind = EventKind::$name;

            fn from_data(data: Data<T>) -> Option<Self> {
                match data {
                    Data::$name(data) => Some(data),
                    _ => None,
                }
            }
        }
    )+ };
}

payloads!(
    AssignmentChanged,
    ClaimRecorded,
    EvidenceAttached,
    FragmentQuarantined,
    HoldPlaced,
    NoteRecorded,
    RecommendationAmended,
    RecommendationRegistered,
    RegisterOpened,
    ReviewPerformed,
    SourceReceived,
    StatusVerified,
    VocabularyRevised,
);

impl<'a, T: Clone> Knowledge<'a, T> {
    pub(crate) fn mark(self, event: &Event<T>) -> Mark<T> {
        Mark { provenance: Provenance::of(event), in_force: self.in_force(event.index), data: locate(event) }
    }

    pub(crate) fn marks(self, events: &[Arc<Event<T>>]) -> Vec<Mark<T>> {
        events.iter().map(|event| self.mark(event)).collect()
    }

    /// An event with what it says as known; `None` if it is not in force or of another type.
    pub(crate) fn fact<C: Payload<TextRef<T>>>(self, event: &Event<T>) -> Option<Fact<T, C>> {
        if event.data.kind() != C::KIND || !self.in_force(event.index) {
            return None;
        }
        let corrections = self.corrections_of(event.index);
        let content = C::from_data(corrected(event, &corrections))?;
        Some(Fact { provenance: Provenance::of(event), content, corrected_by: self.marks(&corrections) })
    }

    /// The events of one type about a subject that are in force, oldest recorded first.
    pub(crate) fn facts<C: Payload<TextRef<T>> + 'a>(
        self,
        subject: &Subject,
    ) -> impl DoubleEndedIterator<Item = Fact<T, C>> + use<'a, T, C> {
        self.events_of_kind(subject, C::KIND).filter_map(move |event| self.fact(&event))
    }
}
