//! The fold itself: an index over the events of a log, the newest events, and where the older ones are read.

mod rows;
mod truncate;

pub use rows::{NewRow, RowsAnew};

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use docket_domain::{Actor, CommandId, Data, Event, EventId, EventKind, RegisterId, Subject, Timestamp};

use crate::error::ProjectionError;
use crate::index::table::fingerprint;
use crate::index::{Index, Modification, RegisterSubjects, SubjectIndex, TIMES_APART};

/// Where the older events of a log are read.
pub trait Events<T>: Send + Sync {
    /// The event at this place of the log. Nothing where it cannot be read: then every answer that rests on it is incomplete, and
    /// whoever implements this makes sure that none is given (it counts failures, say, and those who ask look at the count).
    fn event(&self, index: u64) -> Option<Arc<Event<T>>>;

    /// Told that these events of one subject will be asked for, each by index and subject version, oldest first: where reading them
    /// together costs less, this is the time.
    fn fetch(&self, places: &[(u64, u64)]) {
        let _ = places;
    }
}

/// The events of a log, in its order, found by position, id, command, subject and target.
///
/// Without a source of older events it keeps them all. With one, [`Projection::forget_before`] lets go of those that the source has,
/// and an index of about forty bytes an event is left.
///
/// Readers that outlive a commit keep a size, and ask [`Projection::knowledge`] for it later; entries after it change no answer.
pub struct Projection<T> {
    pub(crate) index: Index,
    /// The newest events.
    recent: VecDeque<Arc<Event<T>>>,
    /// When the event before the first of these was recorded, if there is one.
    before_recent: Option<Timestamp>,
    /// The events about registers themselves, by index: few, and needed for almost every question.
    registers: BTreeMap<u32, Arc<Event<T>>>,
    older: Option<Arc<dyn Events<T>>>,
}

impl<T> Default for Projection<T> {
    fn default() -> Self {
        Self {
            index: Index::default(),
            recent: VecDeque::new(),
            before_recent: None,
            registers: BTreeMap::new(),
            older: None,
        }
    }
}

impl<T> Clone for Projection<T> {
    fn clone(&self) -> Self {
        Self {
            index: self.index.clone(),
            recent: self.recent.clone(),
            before_recent: self.before_recent,
            registers: self.registers.clone(),
            older: self.older.clone(),
        }
    }
}

/// Projections are equal if their indexes are, wherever their events are kept.
impl<T> PartialEq for Projection<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<T> Eq for Projection<T> {}

impl<T> fmt::Debug for Projection<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, recent, .. } = self;
        formatter
            .debug_struct("Projection")
            .field("size", &index.size)
            .field("subjects", &index.subjects.len())
            .field("recent", &recent.len())
            .finish_non_exhaustive()
    }
}

impl<T> Projection<T> {
    /// The projection of an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The projection of an empty log whose older events can be read from here.
    #[must_use]
    pub fn over(older: Arc<dyn Events<T>>) -> Self {
        Self { older: Some(older), ..Self::default() }
    }

    /// Adds the next event of the log. A refused event leaves everything as it was.
    ///
    /// A correction, retraction or redaction of an event that is not known is kept in its timeline and changes nothing.
    pub fn apply(&mut self, event: Arc<Event<T>>) -> Result<(), ProjectionError> {
        let index = event.index;
        self.check_order(&event)?;
        if let Some(first) = self.event(event.id) {
            return Err(ProjectionError::RepeatedId { event: event.id, first: first.index, index });
        }
        let number = self.index.number_of(&event.subject);
        let subject = number.and_then(|number| self.index.subjects.get(number as usize));
        let expected = subject.map_or(0, SubjectIndex::version) + 1;
        if event.version != expected {
            let subject = event.subject.clone();
            return Err(ProjectionError::Version { subject, expected, found: event.version, index });
        }
        // Nothing is refused from here on.
        let row = self.intern(&event, number);
        self.index.push(&row);
        if let (Subject::Register(_), Ok(place)) = (&event.subject, u32::try_from(index)) {
            self.registers.insert(place, Arc::clone(&event));
        }
        self.recent.push_back(event);
        Ok(())
    }

    fn check_order(&self, event: &Event<T>) -> Result<(), ProjectionError> {
        let index = event.index;
        if index != self.size() {
            return Err(ProjectionError::Index { expected: self.size(), found: index });
        }
        if self.index.size == u32::MAX {
            return Err(ProjectionError::Full { index });
        }
        match self.last_recorded_at() {
            Some(previous) if previous >= event.recorded_at => {
                Err(ProjectionError::RecordedAt { previous, found: event.recorded_at, index })
            }
            _ => Ok(()),
        }
    }

    /// Lets go of the events before `index`, but for the newest one. Without a source of older events it keeps them.
    ///
    /// The source must have these events, and [`Projection::truncate`] must never be asked to take them back.
    pub fn forget_before(&mut self, index: u64) {
        if self.older.is_none() {
            return;
        }
        while self.recent.len() > 1 && self.recent.front().is_some_and(|event| event.index < index) {
            self.before_recent = self.recent.pop_front().map(|event| event.recorded_at);
        }
    }

    /// How many events were applied.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::from(self.index.size)
    }

    /// When the last event was recorded; nothing where there is none.
    #[must_use]
    pub fn last_recorded_at(&self) -> Option<Timestamp> {
        self.recent.back().map(|event| event.recorded_at).or(self.before_recent)
    }

    /// How many events were recorded at or before an instant: the `known_at` that it stands for (DESIGN section 2).
    #[must_use]
    pub fn size_at(&self, instant: Timestamp) -> u64 {
        let kept = self.index.times.partition_point(|&recorded| recorded <= instant.as_micros());
        let Some(before) = (kept as u64).checked_sub(1) else { return 0 };
        // The one before is recorded by then; of those up to the next time that is kept it remains to be seen.
        let (mut low, mut high) =
            (before * u64::from(TIMES_APART) + 1, (kept as u64 * u64::from(TIMES_APART)).min(self.size()));
        while low < high {
            let middle = low.midpoint(high);
            match self.event_at(middle) {
                Some(event) if event.recorded_at <= instant => low = middle + 1,
                _ => high = middle,
            }
        }
        low
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
    pub fn event(&self, id: EventId) -> Option<Arc<Event<T>>> {
        let found = self.index.ids.find(fingerprint_of_id(id));
        found.filter_map(|index| self.event_at(u64::from(index))).find(|event| event.id == id)
    }

    /// The event at this place of the log.
    #[must_use]
    pub fn event_at(&self, index: u64) -> Option<Arc<Event<T>>> {
        let ahead = self.size().checked_sub(index).filter(|&ahead| ahead > 0)?;
        let place = usize::try_from(ahead).ok().and_then(|ahead| self.recent.len().checked_sub(ahead));
        match place {
            Some(place) => self.recent.get(place).cloned(),
            None => self.older.as_ref()?.event(index),
        }
    }

    /// Lets older events of one subject be fetched, each by index and subject version, oldest first.
    pub(crate) fn fetch(&self, places: &mut Vec<(u64, u64)>) {
        let first = self.recent.front().map_or(self.size(), |event| event.index);
        places.retain(|(index, _)| *index < first);
        if let (Some(older), 2..) = (&self.older, places.len()) {
            older.fetch(places);
        }
    }

    /// The events of a range, in order, if all of them are in memory.
    #[must_use]
    pub fn kept(&self, range: Range<u64>) -> Option<impl Iterator<Item = &Arc<Event<T>>>> {
        let first = self.recent.front()?.index;
        let place = |index: u64| usize::try_from(index.checked_sub(first)?).ok();
        let (start, end) = (place(range.start)?, place(range.end)?);
        (start <= end && end <= self.recent.len()).then(|| self.recent.range(start..end))
    }

    /// Where the events of a command stand, if it was recorded: they follow each other.
    #[must_use]
    pub fn command(&self, actor: &Actor, command: CommandId) -> Option<Range<u64>> {
        let is_of = |event: &Arc<Event<T>>| event.command == command && event.actor == *actor;
        let found = self.index.commands.find(fingerprint_of_command(actor, command));
        let first =
            found.map(u64::from).find(|&index| self.event_at(index).is_some_and(|event| is_of(&event)))?;
        let mut end = first + 1;
        while self.event_at(end).is_some_and(|event| is_of(&event)) {
            end += 1;
        }
        Some(first..end)
    }
}

/// What the index keeps of an event's id.
fn fingerprint_of_id(id: EventId) -> u32 {
    fingerprint(0, id.to_bytes())
}

/// What the index keeps of a command.
fn fingerprint_of_command(actor: &Actor, command: CommandId) -> u32 {
    let seed = actor.as_str().bytes().fold(1, |seed, byte| crate::index::table::mix(seed ^ u64::from(byte)));
    fingerprint(seed, command.to_bytes())
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
    pub fn event(self, id: EventId) -> Option<Arc<Event<T>>> {
        self.projection.event(id).filter(|event| event.index < self.known_at)
    }

    /// The known event at this place of the log.
    #[must_use]
    pub fn event_at(self, index: u64) -> Option<Arc<Event<T>>> {
        if index < self.known_at { self.projection.event_at(index) } else { None }
    }

    /// The version of a subject: how many events about it are known. 0 if there are none.
    #[must_use]
    pub fn version(self, subject: &Subject) -> u64 {
        self.indexes_of(subject).len() as u64
    }

    /// The index of the newest known event about a subject.
    #[must_use]
    pub fn last_index(self, subject: &Subject) -> Option<u64> {
        self.indexes_of(subject).last().copied().map(u64::from)
    }

    /// The known events about a subject, oldest first; version `n` is at place `n - 1`.
    #[must_use]
    pub fn events_of(self, subject: &Subject) -> impl DoubleEndedIterator<Item = Arc<Event<T>>> + use<'a, T> {
        self.indexes_of(subject).iter().filter_map(move |&index| self.event_at(u64::from(index)))
    }

    /// The known event about a subject that has this version.
    #[must_use]
    pub fn event_version(self, subject: &Subject, version: u64) -> Option<Arc<Event<T>>> {
        let place = usize::try_from(version.checked_sub(1)?).ok()?;
        self.indexes_of(subject).get(place).and_then(|&index| self.event_at(u64::from(index)))
    }

    /// The same log, with another number of entries known.
    pub(crate) fn with(self, known_at: u64) -> Self {
        self.projection.knowledge(known_at)
    }

    pub(crate) const fn projection(self) -> &'a Projection<T> {
        self.projection
    }

    pub(crate) fn index(self) -> &'a Index {
        &self.projection.index
    }

    /// The indexes of the known events of one kind about a subject, oldest first.
    pub(crate) fn indexes_of_kind(
        self,
        subject: &Subject,
        kind: EventKind,
    ) -> impl DoubleEndedIterator<Item = u64> + use<'a, T> {
        let found = self.index().subject(subject).map(|subject| subject.of_kind(kind, self.known_at));
        found.into_iter().flatten().map(u64::from)
    }

    /// The known events of one kind about a subject, oldest first.
    pub(crate) fn events_of_kind(
        self,
        subject: &Subject,
        kind: EventKind,
    ) -> impl DoubleEndedIterator<Item = Arc<Event<T>>> + use<'a, T> {
        self.indexes_of_kind(subject, kind).filter_map(move |index| self.event_at(index))
    }

    /// The known corrections, retractions and redactions that name an event, oldest first.
    pub(crate) fn modifications_of(self, index: u64) -> &'a [Modification] {
        let all = self.index().modifications_of(index);
        all.get(..all.partition_point(|by| u64::from(by.index) < self.known_at)).unwrap_or_default()
    }

    /// The earlier event that an event speaks about, if it was known when that event was recorded.
    pub(crate) fn target_of(self, event: &Event<T>) -> Option<Arc<Event<T>>> {
        let target = self.projection.event(event.data.target()?)?;
        (target.index < event.index).then_some(target)
    }

    /// The registers spoken of so far, by id, with their subjects; some of them may only become known later.
    pub(crate) fn register_subjects(self) -> &'a BTreeMap<RegisterId, RegisterSubjects> {
        &self.index().registers
    }

    /// What the known events of one kind about a register itself say, newest first; those that are not in force are left out.
    pub(crate) fn register_events(
        self,
        register: &RegisterId,
    ) -> impl Iterator<Item = &'a Data<T>> + use<'a, T> {
        let projection = self.projection;
        let indexes = self.indexes_of(&Subject::Register(register.clone())).iter().rev();
        indexes
            .filter(move |&&index| self.in_force(u64::from(index)))
            .filter_map(move |index| projection.registers.get(index))
            .map(|event| &event.data)
    }

    fn indexes_of(self, subject: &Subject) -> &'a [u32] {
        self.index().subject(subject).map(|subject| subject.known(self.known_at)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::{EventId, Timestamp};

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

    #[test]
    fn a_range_is_kept_only_if_all_of_it_is_in_memory() {
        let mut log = Log::new();
        log.open();
        for number in 1..5 {
            log.recommendation(&number.to_string(), Some(number));
        }
        let whole = log.projection();
        let mut part = log.projection();
        part.older = Some(Arc::new(Nowhere));
        part.forget_before(2);
        for (start, end) in (0..=6).flat_map(|start| (0..=6).map(move |end| (start, end))) {
            let indexes = |projection: &Projection<String>| {
                let kept = projection.kept(start..end)?;
                Some(kept.map(|event| event.index).collect::<Vec<_>>())
            };
            let wanted = (start <= end && end <= 5).then(|| (start..end).collect::<Vec<_>>());
            assert_eq!(indexes(&whole), wanted, "{start}..{end}");
            assert_eq!(indexes(&part), wanted.filter(|_| start >= 2), "{start}..{end} of 2..5");
        }
    }

    /// A source that must not be asked.
    struct Nowhere;

    impl Events<String> for Nowhere {
        fn event(&self, _: u64) -> Option<Arc<Event<String>>> {
            None
        }
    }
}
