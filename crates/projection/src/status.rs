//! The status of a recommendation as of any date, as known at any size (DESIGN sections 2 and 3).

use docket_domain::event::StatusReported;
use docket_domain::term::{Basis, Reporting};
use docket_domain::{Data, Effective, Event, EventId, EventKind, Label, StateName, Subject, Timestamp};

use crate::fact::{Mark, Provenance};
use crate::fold::Knowledge;
use crate::text::{TextRef, locate};

/// Whether the winning statement had certainly begun and stands alone in its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It had begun, and no other counted statement may have begun in the same interval.
    Certain,
    /// It may not have begun yet, or another one may have begun after it.
    Possible,
}

/// A status statement in force, corrections applied, with what earlier ones leave standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementView<T> {
    /// The label exactly as printed; nothing where the source is damaged.
    pub label: Option<Label>,
    /// What the statement says about the reporting.
    pub reporting: Reporting,
    /// The state from the last statement up to this one that states one.
    pub state: Option<StateName>,
    /// The event that states it.
    pub state_event: Option<EventId>,
    /// When it began.
    pub effective: Effective<TextRef<T>>,
    /// Whether that interval is inferred: then "certain" reads "certain (date inferred)".
    pub inferred: bool,
    /// Whether it was recorded as going back to a lower state than the one before it.
    pub regress: bool,
    /// Where the statement comes from.
    pub provenance: Provenance,
    /// Why, where a reason was asked for.
    pub reason: Option<TextRef<T>>,
    /// Where it can be read.
    pub source_url: Option<TextRef<T>>,
    /// The corrections in force, oldest first.
    pub corrected_by: Vec<Mark<T>>,
}

/// The status of a recommendation: the winning statement and how sure it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView<T> {
    /// The last counted statement by (`from`, index), one of unknown date first.
    pub statement: StatementView<T>,
    /// Whether it is certain.
    pub certainty: Certainty,
    /// The last certain statement, where the winner is only possible and there is one.
    pub last_certain: Option<Box<StatementView<T>>>,
}

/// A state with its place in the register's vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateInOrder {
    /// The state.
    pub state: StateName,
    /// Its place; nothing if the newest vocabulary no longer defines it.
    pub order: Option<u32>,
}

/// What statements are ordered by: the start, an unknown one first, then the index of the event.
pub(crate) type Order = (Option<Timestamp>, u64);

/// A status statement with its corrections laid over it, by reference.
#[derive(Debug)]
pub(crate) struct Statement<'a, T> {
    pub(crate) event: &'a Event<T>,
    own: &'a StatusReported<T>,
    corrections: Vec<&'a Event<T>>,
    label: Option<&'a Label>,
    reporting: Reporting,
    state: Option<&'a StateName>,
    effective: &'a Effective<T>,
    /// The event whose interval holds: the statement itself or a correction of it.
    dated_by: &'a Event<T>,
}

impl<'a, T> Statement<'a, T> {
    fn new(event: &'a Event<T>, corrections: Vec<&'a Event<T>>) -> Option<Self> {
        let Data::StatusReported(own) = &event.data else { return None };
        let mut statement = Self {
            event,
            own,
            corrections,
            label: own.label.as_ref(),
            reporting: own.reporting,
            state: own.state.as_ref(),
            effective: &own.effective,
            dated_by: event,
        };
        statement.correct();
        Some(statement)
    }

    fn correct(&mut self) {
        for &correction in &self.corrections {
            let Data::EventCorrected(change) = &correction.data else { continue };
            if let Some(status) = &change.status {
                self.label = status.label.as_ref();
                self.reporting = status.reporting;
                self.state = status.state.as_ref();
            }
            if let Some(effective) = &change.effective {
                self.effective = effective;
                self.dated_by = correction;
            }
        }
    }

    /// A corrected statement keeps its own index: a correction does not make it newer.
    pub(crate) const fn order(&self) -> Order {
        (self.effective.order(), self.event.index)
    }

    /// The state that it states. "No update" and damage say nothing about the work, whatever a vocabulary maps them to.
    fn states(&self) -> Option<&'a StateName> {
        self.state.filter(|_| self.reporting == Reporting::Reported)
    }

    fn counts_at(&self, at: Timestamp) -> bool {
        self.effective.counts_at(at)
    }
}

impl<'a, T> Knowledge<'a, T> {
    /// The statement that an event makes, corrections applied, whether or not it is in force; `None` for other events.
    pub(crate) fn statement(self, event: &'a Event<T>) -> Option<Statement<'a, T>> {
        Statement::new(event, self.corrections_of(event.index))
    }

    /// The statements in force about a subject, in their order.
    pub(crate) fn statements(self, subject: &Subject) -> Vec<Statement<'a, T>> {
        let mut statements: Vec<_> = self
            .events_of_kind(subject, EventKind::StatusReported)
            .filter(|event| self.in_force(event.index))
            .filter_map(|event| self.statement(event))
            .collect();
        statements.sort_by_key(Statement::order);
        statements
    }

    /// The state in force just before a new statement that begins at `from`, `None` for one of unknown date. A statement that begins
    /// at the same instant comes before the new one, because it has the lower index.
    #[must_use]
    pub fn state_before(self, subject: &Subject, from: Option<Timestamp>) -> Option<StateInOrder> {
        let statements = self.statements(subject);
        let earlier = upto(&statements, (from, u64::MAX));
        let state = earlier.iter().rev().find_map(Statement::states)?.clone();
        let vocabulary = subject.register().and_then(|register| self.vocabulary(register));
        Some(StateInOrder { order: vocabulary.and_then(|vocabulary| vocabulary.order(&state)), state })
    }
}

impl<T: Clone> Knowledge<'_, T> {
    /// The status of a subject as of the bound `at` (T of DESIGN section 2); `None` where nothing is stated yet.
    #[must_use]
    pub fn status(self, subject: &Subject, at: Timestamp) -> Option<StatusView<T>> {
        self.status_of(&self.statements(subject), at)
    }

    /// The same, from statements in their order.
    pub(crate) fn status_of(self, statements: &[Statement<'_, T>], at: Timestamp) -> Option<StatusView<T>> {
        let counted = counted(statements, at);
        let statement = self.statement_view(counted)?;
        let certain = certain(counted, at);
        if certain.last() == Some(&true) {
            return Some(StatusView { statement, certainty: Certainty::Certain, last_certain: None });
        }
        let last_certain = certain
            .iter()
            .rposition(|&certain| certain)
            .and_then(|place| counted.get(..=place))
            .and_then(|upto| self.statement_view(upto))
            .map(Box::new);
        Some(StatusView { statement, certainty: Certainty::Possible, last_certain })
    }

    /// The last of these statements, with the state that they leave standing.
    pub(crate) fn statement_view(self, statements: &[Statement<'_, T>]) -> Option<StatementView<T>> {
        let last = statements.last()?;
        let stating = statements.iter().rev().find(|statement| statement.states().is_some());
        let Data::StatusReported(located) = locate(last.event) else { return None };
        let effective = if last.dated_by.index == last.event.index {
            located.effective
        } else {
            locate(last.dated_by).effective()?.clone()
        };
        Some(StatementView {
            label: last.label.cloned(),
            reporting: last.reporting,
            state: stating.and_then(Statement::states).cloned(),
            state_event: stating.map(|statement| statement.event.id),
            inferred: effective.basis == Basis::Inferred,
            effective,
            regress: last.own.regress,
            provenance: Provenance::of(last.event),
            reason: located.reason,
            source_url: located.source_url,
            corrected_by: self.marks(&last.corrections),
        })
    }
}

/// Those of the ordered statements that count as of the bound `at`.
pub(crate) fn counted<'s, 'a, T>(
    statements: &'s [Statement<'a, T>],
    at: Timestamp,
) -> &'s [Statement<'a, T>] {
    let end = statements.partition_point(|statement| statement.counts_at(at));
    statements.get(..end).unwrap_or_default()
}

/// Those of the ordered statements up to a place in their order, that place included.
pub(crate) fn upto<'s, 'a, T>(statements: &'s [Statement<'a, T>], order: Order) -> &'s [Statement<'a, T>] {
    let end = statements.partition_point(|statement| statement.order() <= order);
    statements.get(..end).unwrap_or_default()
}

/// Which of the counted statements, in their order, are certain as of the bound `at`.
///
/// Intervals are closed-open and sorted by their start. So an earlier one overlaps this one exactly if it ends after this one starts,
/// and a later one exactly if it starts before this one ends; the next one starts first.
fn certain<T>(counted: &[Statement<'_, T>], at: Timestamp) -> Vec<bool> {
    let mut latest_end = None;
    let followers = counted.iter().skip(1).map(|next| next.effective.from).chain([None]);
    counted
        .iter()
        .zip(followers)
        .map(|(statement, next_start)| {
            let (start, end) = (statement.effective.from, statement.effective.to);
            let alone = latest_end <= start && next_start.is_none_or(|next| end <= Some(next));
            latest_end = latest_end.max(end);
            statement.effective.begun_by(at) && alone
        })
        .collect()
}
