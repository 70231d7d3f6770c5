//! Which statement holds, found in the index alone: no event is read, and no statement looked at that does not matter.

use docket_domain::event::StatusValue;
use docket_domain::{Event, EventKind, Subject, Timestamp};

use crate::fold::Knowledge;
use crate::index::statements::{Place, Slot, UNKNOWN, Walk};
use crate::index::{Shapes, SubjectIndex};
use crate::status::Certainty;

/// A status statement as known, corrections applied, by numbers. A corrected one keeps its own index: a correction does not make it newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The index of its event.
    pub(crate) index: u64,
    /// When it began, in microseconds, or [`UNKNOWN`].
    pub(crate) from: i64,
    /// The end of the interval in which it began, or [`UNKNOWN`].
    pub(crate) end: i64,
    /// The number of its value.
    value: u32,
    /// The index of the event whose interval holds: its own, or a correction of it.
    pub(crate) dated_by: u64,
}

/// What holds as of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The last counted statement.
    pub(crate) last: Statement,
    pub(crate) certainty: Certainty,
}

impl Statement {
    pub(crate) fn place(self) -> Place {
        Place { from: self.from, index: self.index }
    }

    pub(crate) fn counts_at(self, at: Timestamp) -> bool {
        self.place() < bound(at)
    }

    pub(crate) fn begun_by(self, at: Timestamp) -> bool {
        self.end != UNKNOWN && self.end <= at.as_micros()
    }

    fn of(slot: Slot, shapes: &Shapes) -> Self {
        let index = u64::from(slot.index);
        let (end, value) = shapes.end_and_value(slot);
        Self { index, from: slot.from, end, value, dated_by: index }
    }
}

/// Everything before this place counts as of the bound `at`.
fn bound(at: Timestamp) -> Place {
    Place { from: at.as_micros(), index: 0 }
}

/// The statements of a subject as known.
pub(crate) struct Board<'a> {
    subject: &'a SubjectIndex,
    shapes: &'a Shapes,
    known_at: u64,
    /// Those of the known ones that were ever corrected or retracted, as far as they are in force, in order.
    modified: Vec<Statement>,
}

impl<'a, T> Knowledge<'a, T> {
    pub(crate) fn board(self, subject: &Subject) -> Option<Board<'a>> {
        let index = self.index();
        let subject = index.subject(subject)?;
        let known = subject.modified.values().filter(|slot| u64::from(slot.index) < self.known_at());
        let mut modified: Vec<Statement> = known
            .filter(|slot| self.in_force(u64::from(slot.index)))
            .map(|slot| self.corrected_statement(*slot))
            .collect();
        modified.sort_unstable_by_key(|statement| statement.place());
        Some(Board { subject, shapes: &index.shapes, known_at: self.known_at(), modified })
    }

    fn corrected_statement(self, slot: Slot) -> Statement {
        let mut statement = Statement::of(slot, &self.index().shapes);
        for index in self.correction_indexes_of(statement.index) {
            let correction = u32::try_from(index).ok().and_then(|index| self.index().correction(index));
            let Some(correction) = correction else { continue };
            statement.value = correction.value.unwrap_or(statement.value);
            if let Some((from, end)) = correction.bounds {
                statement = Statement { from, end, dated_by: index, ..statement };
            }
        }
        statement
    }

    /// The statement that an event makes, corrections applied, whether or not it is in force; `None` for other events.
    pub(crate) fn statement(self, event: &Event<T>) -> Option<Statement> {
        if event.data.kind() != EventKind::StatusReported {
            return None;
        }
        let row = self.projection().row(event, None)?;
        let slot = self.index().slot(u32::try_from(event.index).ok()?, row.fact)?;
        Some(self.corrected_statement(slot))
    }

    /// What a statement states.
    pub(crate) fn value_of(self, statement: Statement) -> Option<&'a StatusValue> {
        self.index().shapes.values.get(statement.value)
    }

    /// Whether a statement states a state.
    pub(crate) fn states(self, statement: Statement) -> bool {
        self.index().shapes.states(statement.value)
    }
}

impl<'a> Board<'a> {
    /// All statements in force, in order.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        let known = self.subject.statements.iter().filter(|slot| u64::from(slot.index) < self.known_at);
        let mut statements: Vec<Statement> = known.map(|slot| Statement::of(slot, self.shapes)).collect();
        if !self.modified.is_empty() {
            statements.extend(&self.modified);
            statements.sort_by_key(|statement| statement.place());
        }
        statements
    }

    /// The last statement before a place.
    pub(crate) fn last_before(&self, place: Place) -> Option<Statement> {
        self.backwards(place).next()
    }

    /// The last statement before a place that states a state.
    pub(crate) fn stating_before(&self, place: Place) -> Option<Statement> {
        let main = self.walk(place).find_stating(|slot| self.shapes.reach(slot));
        let modified = self.modified_before(place).iter().rev();
        let modified = modified.copied().find(|statement| self.shapes.states(statement.value));
        let main = main.map(|slot| Statement::of(slot, self.shapes));
        main.into_iter().chain(modified).max_by_key(|statement| statement.place())
    }

    /// What holds as of the bound `at`.
    pub(crate) fn standing(&self, at: Timestamp) -> Option<Standing> {
        let last = self.last_before(bound(at))?;
        let is_certain = last.begun_by(at) && self.overlapping_before(last).is_none();
        Some(Standing { last, certainty: if is_certain { Certainty::Certain } else { Certainty::Possible } })
    }

    /// The last certain statement, where the one that holds as of the bound `at` is only possible and there is one.
    pub(crate) fn last_certain(&self, standing: Standing, at: Timestamp) -> Option<Statement> {
        match standing.certainty {
            Certainty::Certain => None,
            Certainty::Possible => self.last_certain_before(standing.last, at),
        }
    }

    /// The last certain statement before one that follows it.
    ///
    /// Intervals are closed-open and sorted by their start. So a later one overlaps this one exactly if it starts before this one ends;
    /// the next one starts first. An earlier one overlaps it exactly if it ends after this one starts, and then it overlaps all between
    /// the two as well: the search goes on before it.
    fn last_certain_before(&self, follower: Statement, at: Timestamp) -> Option<Statement> {
        let mut walk = self.backwards(follower.place());
        let mut next_start = follower.from;
        loop {
            next_start = walk.skip_uncertain().unwrap_or(next_start);
            let statement = walk.next()?;
            let is_free = next_start == UNKNOWN || statement.end <= next_start;
            next_start = statement.from;
            if !is_free || !statement.begun_by(at) {
                continue;
            }
            match self.overlapping_before(statement) {
                None => return Some(statement),
                Some(earlier) => {
                    walk = self.backwards(earlier.place());
                    next_start = earlier.from;
                }
            }
        }
    }

    /// The last earlier statement in the order that overlaps one.
    fn overlapping_before(&self, statement: Statement) -> Option<Statement> {
        let place = statement.place();
        let start = statement.from;
        let main = self.walk(place).find_ending_after(start, |slot| self.shapes.reach(slot));
        let modified = self.modified_before(place).iter().rev().copied();
        let modified = modified.filter(|earlier| earlier.end > start).max_by_key(|earlier| earlier.place());
        let main = main.map(|slot| Statement::of(slot, self.shapes));
        main.into_iter().chain(modified).max_by_key(|earlier| earlier.place())
    }

    fn walk(&self, place: Place) -> Walk<'a> {
        self.subject.statements.walk(place, self.known_at)
    }

    fn modified_before(&self, place: Place) -> &[Statement] {
        let end = self.modified.partition_point(|statement| statement.place() < place);
        self.modified.get(..end).unwrap_or_default()
    }

    fn backwards(&self, place: Place) -> Backwards<'_> {
        let modified = self.modified_before(place);
        Backwards { walk: self.walk(place), shapes: self.shapes, ahead: None, modified }
    }
}

/// The statements before a place, the last first: the modified ones merged with the others.
struct Backwards<'b> {
    walk: Walk<'b>,
    shapes: &'b Shapes,
    /// The next of the others, where it was looked at and is not the next of all.
    ahead: Option<Statement>,
    modified: &'b [Statement],
}

impl Backwards<'_> {
    /// Leaves out whole blocks in which nothing is certain, and gives the start of the earliest statement that was left out.
    fn skip_uncertain(&mut self) -> Option<i64> {
        if self.modified.is_empty() && self.ahead.is_none() { self.walk.skip_uncertain() } else { None }
    }
}

impl Iterator for Backwards<'_> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        let ahead = self.ahead.take();
        let ahead = ahead.or_else(|| self.walk.next().map(|slot| Statement::of(slot, self.shapes)));
        match (self.modified.split_last(), ahead) {
            (Some((last, _)), Some(next)) if last.place() < next.place() => Some(next),
            (Some((last, others)), ahead) => {
                self.modified = others;
                self.ahead = ahead;
                Some(*last)
            }
            (None, ahead) => ahead,
        }
    }
}
