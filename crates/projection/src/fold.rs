//! The fold itself: events by position, id, subject and target, and nothing derived from them.

mod truncate;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use docket_domain::{Data, Event, EventId, EventKind, RegisterId, Subject, Timestamp};

use crate::error::ProjectionError;

/// The events of a log, in its order, found by position, id, subject and target.
///
/// Events are shared, so a clone copies only the tables. Readers that outlive a commit need no clone: they keep a size, and ask
/// [`Projection::knowledge`] for it later; entries after it change no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection<T> {
    events: Vec<Arc<Event<T>>>,
    indexes: HashMap<EventId, u64>,
    subjects: HashMap<Subject, SubjectEvents>,
    registers: BTreeMap<RegisterId, RegisterSubjects>,
    /// The corrections, retractions and redactions that name each event, by its index.
    modifications: HashMap<u64, Vec<u64>>,
}

/// The indexes of a subject's events; version `n` is at place `n - 1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SubjectEvents {
    all: Vec<u64>,
    kinds: Vec<(EventKind, Vec<u64>)>,
}

/// The subjects of a register, each in the order in which it was first spoken of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RegisterSubjects {
    pub(crate) recommendations: Vec<Subject>,
    pub(crate) sources: Vec<Subject>,
    pub(crate) claims: Vec<Subject>,
    pub(crate) reviews: Vec<Subject>,
}

impl<T> Default for Projection<T> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            indexes: HashMap::new(),
            subjects: HashMap::new(),
            registers: BTreeMap::new(),
            modifications: HashMap::new(),
        }
    }
}

impl<T> Projection<T> {
    /// The projection of an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next event of the log. A refused event leaves everything as it was.
    ///
    /// A correction, retraction or redaction of an event that is not known is kept in its timeline and changes nothing.
    pub fn apply(&mut self, event: Arc<Event<T>>) -> Result<(), ProjectionError> {
        let index = event.index;
        self.check_order(&event)?;
        let target = match &event.data {
            Data::EventCorrected(_) | Data::EventRetracted(_) | Data::TextRedacted(_) => {
                event.data.target().and_then(|target| self.indexes.get(&target).copied())
            }
            _ => None,
        };
        let place = match self.indexes.entry(event.id) {
            Entry::Vacant(place) => place,
            Entry::Occupied(other) => {
                return Err(ProjectionError::RepeatedId { event: event.id, first: *other.get(), index });
            }
        };
        let subject = self.subjects.get_mut(&event.subject);
        let expected = subject.as_ref().map_or(0, |subject| subject.all.len() as u64) + 1;
        if event.version != expected {
            let subject = event.subject.clone();
            return Err(ProjectionError::Version { subject, expected, found: event.version, index });
        }
        // Nothing is refused from here on.
        place.insert(index);
        match subject {
            Some(subject) => subject.add(event.data.kind(), index),
            None => self.add_subject(&event),
        }
        if let Some(target) = target {
            self.modifications.entry(target).or_default().push(index);
        }
        self.events.push(event);
        Ok(())
    }

    fn check_order(&self, event: &Event<T>) -> Result<(), ProjectionError> {
        let index = event.index;
        if index != self.size() {
            return Err(ProjectionError::Index { expected: self.size(), found: index });
        }
        match self.events.last() {
            Some(last) if last.recorded_at >= event.recorded_at => Err(ProjectionError::RecordedAt {
                previous: last.recorded_at,
                found: event.recorded_at,
                index,
            }),
            _ => Ok(()),
        }
    }

    fn add_subject(&mut self, event: &Event<T>) {
        self.add_to_register(&event.subject);
        let mut subject = SubjectEvents::default();
        subject.add(event.data.kind(), event.index);
        self.subjects.insert(event.subject.clone(), subject);
    }

    fn add_to_register(&mut self, subject: &Subject) {
        let Some(register) = subject.register() else { return };
        let register = self.registers.entry(register.clone()).or_default();
        match subject {
            Subject::Recommendation(..) => register.recommendations.push(subject.clone()),
            Subject::Source(..) => register.sources.push(subject.clone()),
            Subject::Claim(..) => register.claims.push(subject.clone()),
            Subject::Review(..) => register.reviews.push(subject.clone()),
            Subject::Register(_) | Subject::Log => {}
        }
    }

    /// How many events were applied.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// How many events were recorded at or before an instant: the `known_at` that it stands for (DESIGN section 2).
    #[must_use]
    pub fn size_at(&self, instant: Timestamp) -> u64 {
        self.events.partition_point(|event| event.recorded_at <= instant) as u64
    }

    /// What the first `known_at` entries say; all of them where there are fewer.
    #[must_use]
    pub fn knowledge(&self, known_at: u64) -> Knowledge<'_, T> {
        Knowledge { projection: self, known_at: known_at.min(self.size()) }
    }

    /// What all entries say.
    #[must_use]
    pub fn newest(&self) -> Knowledge<'_, T> {
        self.knowledge(self.size())
    }

    /// The event with this id.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&Arc<Event<T>>> {
        self.indexes.get(&id).and_then(|&index| self.event_at(index))
    }

    /// The event at this place of the log.
    #[must_use]
    pub fn event_at(&self, index: u64) -> Option<&Arc<Event<T>>> {
        usize::try_from(index).ok().and_then(|index| self.events.get(index))
    }
}

impl SubjectEvents {
    fn add(&mut self, kind: EventKind, index: u64) {
        self.all.push(index);
        match self.kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, indexes)) => indexes.push(index),
            None => self.kinds.push((kind, vec![index])),
        }
    }
}

/// What the first `known_at` entries of a log say: the handle that every question is put to.
#[derive(Debug)]
pub struct Knowledge<'a, T> {
    projection: &'a Projection<T>,
    known_at: u64,
}

impl<T> Clone for Knowledge<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Knowledge<'_, T> {}

impl<'a, T> Knowledge<'a, T> {
    /// How many entries are known.
    #[must_use]
    pub const fn known_at(self) -> u64 {
        self.known_at
    }

    /// The known event with this id.
    #[must_use]
    pub fn event(self, id: EventId) -> Option<&'a Arc<Event<T>>> {
        self.projection.event(id).filter(|event| event.index < self.known_at)
    }

    /// The known event at this place of the log.
    #[must_use]
    pub fn event_at(self, index: u64) -> Option<&'a Arc<Event<T>>> {
        self.projection.event_at(index).filter(|event| event.index < self.known_at)
    }

    /// The version of a subject: how many events about it are known. 0 if there are none.
    #[must_use]
    pub fn version(self, subject: &Subject) -> u64 {
        self.indexes_of(subject).len() as u64
    }

    /// The known events about a subject, oldest first; version `n` is at place `n - 1`.
    #[must_use]
    pub fn events_of(
        self,
        subject: &Subject,
    ) -> impl DoubleEndedIterator<Item = &'a Arc<Event<T>>> + use<'a, T> {
        let projection = self.projection;
        self.indexes_of(subject).iter().filter_map(|&index| projection.event_at(index))
    }

    /// The known event about a subject that has this version.
    #[must_use]
    pub fn event_version(self, subject: &Subject, version: u64) -> Option<&'a Arc<Event<T>>> {
        let place = usize::try_from(version.checked_sub(1)?).ok()?;
        self.indexes_of(subject).get(place).and_then(|&index| self.projection.event_at(index))
    }

    /// The same log, with another number of entries known.
    pub(crate) fn with(self, known_at: u64) -> Self {
        self.projection.knowledge(known_at)
    }

    /// The known events of one kind about a subject, oldest first.
    pub(crate) fn events_of_kind(
        self,
        subject: &Subject,
        kind: EventKind,
    ) -> impl DoubleEndedIterator<Item = &'a Event<T>> + use<'a, T> {
        let projection = self.projection;
        let indexes = self.projection.subjects.get(subject).and_then(|subject| {
            subject.kinds.iter().find(|(known, _)| *known == kind).map(|(_, indexes)| self.known(indexes))
        });
        indexes
            .unwrap_or_default()
            .iter()
            .filter_map(move |&index| projection.event_at(index).map(Arc::as_ref))
    }

    /// The known corrections, retractions and redactions that name an event, oldest first.
    pub(crate) fn modifications_of(self, index: u64) -> impl Iterator<Item = &'a Event<T>> + use<'a, T> {
        let projection = self.projection;
        let indexes = projection.modifications.get(&index).map(|indexes| self.known(indexes));
        indexes
            .unwrap_or_default()
            .iter()
            .filter_map(move |&index| projection.event_at(index).map(Arc::as_ref))
    }

    /// The earlier event that an event speaks about, if it was known when that event was recorded.
    pub(crate) fn target_of(self, event: &Event<T>) -> Option<&'a Event<T>> {
        let target = self.projection.event(event.data.target()?)?;
        (target.index < event.index).then_some(target)
    }

    /// The registers spoken of so far, by id, with their subjects; some of them may only become known later.
    pub(crate) fn register_subjects(self) -> &'a BTreeMap<RegisterId, RegisterSubjects> {
        &self.projection.registers
    }

    fn indexes_of(self, subject: &Subject) -> &'a [u64] {
        self.projection.subjects.get(subject).map(|subject| self.known(&subject.all)).unwrap_or_default()
    }

    fn known(self, indexes: &[u64]) -> &[u64] {
        indexes.get(..indexes.partition_point(|&index| index < self.known_at)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::Timestamp;

    use super::*;
    use crate::testing::{Log, instant};

    #[test]
    fn an_event_that_is_not_the_next_one_is_refused_and_changes_nothing() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        log.recommendation("2", Some(2));
        let mut projection = log.projection();
        let last = projection.event_at(2).unwrap().as_ref().clone();
        let next = Event {
            index: 3,
            id: EventId::from_bytes([9; 16]),
            version: 2,
            recorded_at: last.recorded_at.plus_micros(1),
            ..last.clone()
        };
        let table = [
            (Event { index: 4, ..next.clone() }, "event 4 cannot be applied: the next one is 3"),
            (Event { index: 2, ..next.clone() }, "event 2 cannot be applied: the next one is 3"),
            (Event { id: last.id, ..next.clone() }, "of event 2"),
            (
                Event { version: 3, ..next.clone() },
                "event 3 is version 3 of r/recommendation/2: the next one is 2",
            ),
            (
                Event { version: 0, ..next.clone() },
                "event 3 is version 0 of r/recommendation/2: the next one is 2",
            ),
            (Event { recorded_at: last.recorded_at, ..next.clone() }, "not after"),
        ];
        for (event, message) in table {
            let error = projection.apply(Arc::new(event)).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
            assert_eq!(projection.size(), 3);
            assert_eq!(projection.newest().version(&last.subject), 1);
        }
        assert_eq!(projection.apply(Arc::new(next)), Ok(()));
        assert_eq!(projection.newest().version(&last.subject), 2);
    }

    #[test]
    fn a_time_stands_for_the_entries_recorded_at_or_before_it() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        let projection = log.projection();
        let recorded: Vec<Timestamp> =
            (0..2).map(|index| projection.event_at(index).unwrap().recorded_at).collect();
        assert_eq!(projection.size_at(recorded[0].plus_micros(-1)), 0);
        assert_eq!(projection.size_at(recorded[0]), 1);
        assert_eq!(projection.size_at(recorded[1].plus_micros(-1)), 1);
        assert_eq!(projection.size_at(recorded[1]), 2);
        assert_eq!(projection.size_at(instant(i64::from(u16::MAX))), 2);
    }

    #[test]
    fn a_modification_of_an_unknown_event_changes_nothing() {
        let mut log = Log::new();
        log.open();
        log.recommendation("1", Some(1));
        let stray = EventId::from_bytes([7; 16]);
        log.retract_id("1", stray);
        log.correct_id("1", stray, None, None, Some("words"));
        let projection = log.projection();
        assert_eq!(projection.newest().version(&crate::testing::recommendation("1")), 3);
        assert!((0..4).all(|index| projection.newest().in_force(index)));
    }
}
