//! The index over a log: places of events by id, command, subject, target and date, in about forty bytes an event.
//!
//! It holds what is needed to find the events that answer a question, and no event: those are read from wherever they are kept. It is
//! built of [`Row`]s, which an event and a snapshot of the index give alike.

mod arrivals;
mod numbers;
mod registers;
mod row;
pub(crate) mod statements;
mod subject;
pub(crate) mod table;
mod values;

use std::collections::{BTreeMap, HashMap};

use docket_domain::{EventKind, RegisterId, Subject};

use arrivals::Arrivals;
use numbers::Numbers;
pub(crate) use registers::{Rank, RegisterOrder, RegisterSubjects};
pub use row::{Printed, Row, RowBounds, RowError, RowFact, RowTarget};
use statements::{Place, Slot, UNKNOWN};
pub(crate) use subject::{NumberedBy, Shown, SubjectIndex};
use table::FingerprintTable;
pub(crate) use values::Shapes;

/// Every so many entries the time of recording is kept; those between are found by reading.
pub(crate) const TIMES_APART: u32 = 64;

/// The index of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) size: u32,
    /// When every [`TIMES_APART`]th entry was recorded, in microseconds.
    pub(crate) times: Vec<i64>,
    pub(crate) ids: FingerprintTable,
    /// The first event of each command.
    pub(crate) commands: FingerprintTable,
    pub(crate) subjects: Vec<SubjectIndex>,
    numbers: Numbers,
    pub(crate) registers: BTreeMap<RegisterId, RegisterSubjects>,
    /// The corrections, retractions and redactions that name each event, by its index.
    modifications: HashMap<u32, Vec<Modification>>,
    /// What each of these speaks about.
    targets: HashMap<u32, RowTarget>,
    /// What each correction changes in a status.
    corrections: HashMap<u32, Correction>,
    pub(crate) shapes: Shapes,
    arrivals: Arrivals,
}

/// A correction, retraction or redaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Modification {
    pub(crate) index: u32,
    pub(crate) kind: EventKind,
}

/// What a correction changes in a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Correction {
    pub(crate) value: Option<u32>,
    /// Start and end.
    pub(crate) bounds: Option<(i64, i64)>,
}

impl RowBounds {
    const fn ends(self) -> (i64, i64) {
        let from = match self.from {
            Some(from) => from,
            None => UNKNOWN,
        };
        match self.to {
            Some(to) => (from, to),
            None => (from, UNKNOWN),
        }
    }
}

impl Index {
    pub(crate) fn number_of(&self, subject: &Subject) -> Option<u32> {
        self.numbers.get(subject, &self.subjects)
    }

    pub(crate) fn subject(&self, subject: &Subject) -> Option<&SubjectIndex> {
        self.number_of(subject).and_then(|number| self.subjects.get(number as usize))
    }

    /// The number of a subject, which is new if it was never spoken of.
    pub(crate) fn intern(&mut self, subject: &Subject) -> u32 {
        if let Some(number) = self.number_of(subject) {
            return number;
        }
        // There are at most as many subjects as events.
        let number = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        let subject = self.sharing(subject);
        if let Some(register) = subject.register() {
            self.registers.entry(register.clone()).or_default().add(&subject);
        }
        self.numbers.insert(&subject, number);
        self.subjects.push(SubjectIndex::new(subject));
        number
    }

    /// The subject, with the same copy of its register's name as all others: it is compared whenever a subject is looked up.
    fn sharing(&self, subject: &Subject) -> Subject {
        match subject {
            Subject::Recommendation(register, key) => match self.registers.get_key_value(register) {
                Some((shared, _)) => Subject::Recommendation(shared.clone(), key.clone()),
                None => subject.clone(),
            },
            _ => subject.clone(),
        }
    }

    /// The corrections, retractions and redactions that name an event, oldest first.
    pub(crate) fn modifications_of(&self, index: u64) -> &[Modification] {
        let found = u32::try_from(index).ok().and_then(|index| self.modifications.get(&index));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// The index of every redaction, in no order.
    pub(crate) fn redactions(&self) -> impl Iterator<Item = u32> + '_ {
        let all = self.modifications.values().flatten();
        all.filter(|by| by.kind == EventKind::TextRedacted).map(|by| by.index)
    }

    /// What a correction, retraction or redaction speaks about, if that is an earlier event.
    pub(crate) fn target(&self, index: u64) -> Option<RowTarget> {
        u32::try_from(index).ok().and_then(|index| self.targets.get(&index)).copied()
    }

    pub(crate) fn correction(&self, index: u32) -> Option<&Correction> {
        self.corrections.get(&index)
    }

    /// The statement that a status makes by its own word, if its row is that of an event that was applied.
    pub(crate) fn slot(&self, index: u32, fact: RowFact) -> Option<Slot> {
        let RowFact::Status { bounds, value } = fact else { return None };
        let (from, end) = bounds.ends();
        Some(Slot { from, index, shape: self.shapes.number(from, end, value)? })
    }

    /// Whether a row can come next; what it says must be there already.
    pub(crate) fn check(&self, row: &Row) -> Result<(), &'static str> {
        let number = |value: u32| self.shapes.values.get(value).map(drop).ok_or("it has an unknown value");
        if self.subjects.get(row.subject as usize).is_none() {
            return Err("it has an unknown subject");
        }
        match row.fact {
            RowFact::Status { value, .. } | RowFact::Corrected { value: Some(value), .. } => number(value)?,
            _ => {}
        }
        match row.fact.target() {
            Some(target) if target.index >= self.size || target.subject as usize >= self.subjects.len() => {
                Err("it speaks about an unknown event")
            }
            _ => Ok(()),
        }
    }

    /// Adds the next row, which was checked.
    pub(crate) fn push(&mut self, row: &Row) {
        self.ids.insert(row.id, self.size);
        if let Some(command) = row.command {
            self.commands.insert(command, self.size);
        }
        self.push_fact(row);
    }

    /// The same for many rows at once: they are found only when the index is settled.
    pub(crate) fn push_many(&mut self, row: &Row) {
        self.ids.put_off(row.id, self.size);
        if let Some(command) = row.command {
            self.commands.put_off(command, self.size);
        }
        let index = self.count(row);
        if is_numbered(row.fact.kind()) {
            if self.arrivals.wait_for(row.subject) {
                self.bring_in();
            }
            self.add_numbered(index, row);
        } else {
            self.add_later(index, row);
        }
        if let Some(status) = self.modify(index, row.fact) {
            self.take_out_later(status);
        }
    }

    fn push_fact(&mut self, row: &Row) {
        let index = self.count(row);
        if is_numbered(row.fact.kind()) {
            self.add_numbered(index, row);
        } else if let Some(subject) = self.subjects.get_mut(row.subject as usize) {
            subject.add(index, row);
            if let RowFact::Status { bounds, value } = row.fact {
                let (from, end) = bounds.ends();
                let shape = self.shapes.intern(from, end, value, index);
                subject.statements.insert(Slot { from, index, shape }, |slot| self.shapes.reach(slot));
            }
        }
        if let Some(status) = self.modify(index, row.fact)
            && let Some(subject) = self.subjects.get_mut(status.subject as usize)
        {
            let place = place_of(status);
            let taken = subject.statements.remove(place, |slot| self.shapes.reach(slot));
            subject.modified.extend(taken.map(|slot| (slot.index, slot)));
        }
    }

    /// Counts one more row: its index.
    fn count(&mut self, row: &Row) -> u32 {
        let index = self.size;
        self.size += 1;
        if index.is_multiple_of(TIMES_APART) {
            self.times.push(row.recorded_at);
        }
        index
    }

    /// Adds what registers or amends a recommendation.
    fn add_numbered(&mut self, index: u32, row: &Row) {
        self.leave_order(row.subject);
        if let Some(subject) = self.subjects.get_mut(row.subject as usize) {
            subject.add(index, row);
        }
        self.enter_order(row.subject);
    }

    /// Takes note of what a row says of another event, which is given back if it is a status that no longer stands by its own word.
    fn modify(&mut self, index: u32, fact: RowFact) -> Option<RowTarget> {
        let target = fact.target()?;
        let kind = fact.kind();
        self.targets.insert(index, target);
        if let RowFact::Corrected { value, bounds, .. } = fact {
            self.corrections.insert(index, Correction { value, bounds: bounds.map(RowBounds::ends) });
        }
        let reorders = is_numbered(target.kind) && kind == EventKind::EventRetracted;
        if reorders {
            self.leave_order(target.subject);
        }
        self.modifications.entry(target.index).or_default().push(Modification { index, kind });
        if reorders {
            self.enter_order(target.subject);
        }
        (target.kind == EventKind::StatusReported && kind != EventKind::TextRedacted).then_some(target)
    }

    /// Takes back the newest row.
    pub(crate) fn pop(&mut self, row: &Row) {
        let Some(index) = self.size.checked_sub(1) else { return };
        self.unmodify(index, row.fact);
        self.size = index;
        self.ids.remove(row.id, index);
        if let Some(command) = row.command {
            self.commands.remove(command, index);
        }
        if index.is_multiple_of(TIMES_APART) {
            self.times.pop();
        }
        self.leave_order(row.subject);
        if let Some(subject) = self.subjects.get_mut(row.subject as usize) {
            subject.take(index, row.fact.kind());
            if let RowFact::Status { bounds, .. } = row.fact {
                let place = Place { from: bounds.ends().0, index: u64::from(index) };
                subject.statements.remove(place, |slot| self.shapes.reach(slot));
            }
        }
        self.enter_order(row.subject);
        self.shapes.truncate(index);
        self.forget_newest_subject();
    }

    fn unmodify(&mut self, index: u32, fact: RowFact) {
        let Some(target) = fact.target() else { return };
        self.targets.remove(&index);
        self.corrections.remove(&index);
        let reorders = is_numbered(target.kind);
        if reorders {
            self.leave_order(target.subject);
        }
        let mut left: &[Modification] = &[];
        if let Some(modifications) = self.modifications.get_mut(&target.index) {
            modifications.retain(|modification| modification.index < index);
            left = modifications;
        }
        let stands = left.iter().all(|modification| modification.kind == EventKind::TextRedacted);
        if left.is_empty() {
            self.modifications.remove(&target.index);
        }
        if reorders {
            self.enter_order(target.subject);
        }
        if stands
            && let Some(subject) = self.subjects.get_mut(target.subject as usize)
            && let Some(slot) = subject.modified.remove(&target.index)
        {
            subject.statements.insert(slot, |slot| self.shapes.reach(slot));
        }
    }

    /// The newest subject goes with its last event.
    fn forget_newest_subject(&mut self) {
        let Some(newest) = self.subjects.pop_if(|subject| subject.is_empty()) else { return };
        let number = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        self.numbers.remove(&newest.subject, number);
        let Some(register) = newest.subject.register() else { return };
        if let Some(subjects) = self.registers.get_mut(register) {
            subjects.take(&newest.subject);
            if subjects.is_empty() {
                self.registers.remove(register);
            }
        }
    }

    fn leave_order(&mut self, number: u32) {
        let Some(subject) = self.subjects.get(number as usize) else { return };
        let Some(register) = subject.subject.register() else { return };
        if let (Subject::Recommendation(..), Some(register)) =
            (&subject.subject, self.registers.get_mut(register))
        {
            register.order.leave(number, subject);
        }
    }

    fn enter_order(&mut self, number: u32) {
        let Some(subject) = self.subjects.get(number as usize) else { return };
        let Some(register) = subject.subject.register() else { return };
        let is_retracted = subject.numbers.iter().any(|numbered| {
            let modifications = self.modifications.get(&numbered.index);
            modifications.is_some_and(|by| by.iter().any(|by| by.kind == EventKind::EventRetracted))
        });
        if let (Subject::Recommendation(..), Some(register)) =
            (&subject.subject, self.registers.get_mut(register))
        {
            register.order.enter(number, subject, is_retracted);
        }
    }
}

const fn is_numbered(kind: EventKind) -> bool {
    matches!(kind, EventKind::RecommendationRegistered | EventKind::RecommendationAmended)
}

fn place_of(target: RowTarget) -> Place {
    Place { from: target.from.unwrap_or(UNKNOWN), index: u64::from(target.index) }
}

/// Makes room for one more value: an eighth more, where doubling would leave up to half of the index unused.
pub(crate) fn make_room<V>(values: &mut Vec<V>) {
    if values.len() == values.capacity() {
        values.reserve_exact((values.len() / 8).max(4));
    }
}

/// Makes room for so many more values, which are about to come.
pub(crate) fn make_room_for<V>(values: &mut Vec<V>, more: usize) {
    if values.capacity() - values.len() < more {
        values.reserve_exact((values.len() / 8).max(more));
    }
}
