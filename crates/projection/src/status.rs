//! The status of a recommendation as of any date, as known at any size (DESIGN sections 2 and 3).

use docket_domain::term::{Basis, Reporting};
use docket_domain::{Data, Effective, EventId, Label, StateName, Subject, Timestamp};

use crate::fact::{Mark, Provenance};
use crate::fold::Knowledge;
use crate::index::statements::{Place, UNKNOWN};
use crate::standing::{Board, Standing, Statement};
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

/// The status of a recommendation without what only the event itself says (who, when, why), so that no event is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldStatus<'a> {
    /// The index of the winning statement, corrections applied.
    pub index: u64,
    /// Whether it is certain.
    pub certainty: Certainty,
    /// The label exactly as printed; nothing where the source is damaged.
    pub label: Option<&'a Label>,
    /// What the statement says about the reporting.
    pub reporting: Reporting,
    /// The state from the last statement up to this one that states one.
    pub state: Option<&'a StateName>,
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

impl<'a, T> Knowledge<'a, T> {
    /// The statements in force about a subject, in their order.
    pub(crate) fn statements(self, subject: &Subject) -> Vec<Statement> {
        self.board(subject).map(|board| board.statements()).unwrap_or_default()
    }

    /// The status of a subject as of the bound `at`, from the index alone: some hundred nanoseconds, however long ago it was stated.
    #[must_use]
    pub fn held_status(self, subject: &Subject, at: Timestamp) -> Option<HeldStatus<'a>> {
        let board = self.board(subject)?;
        let Standing { last, certainty } = board.standing(at)?;
        let value = self.value_of(last)?;
        let state = self.stating(&board, last).and_then(|stating| self.value_of(stating)?.state.as_ref());
        let label = value.label.as_ref();
        Some(HeldStatus { index: last.index, certainty, label, reporting: value.reporting, state })
    }

    /// The last statement up to this one that states a state.
    fn stating(self, board: &Board<'_>, last: Statement) -> Option<Statement> {
        let place = last.place();
        let behind = Place { index: place.index.saturating_add(1), ..place };
        if self.states(last) { Some(last) } else { board.stating_before(behind) }
    }

    /// The state in force just before a new statement that begins at `from`, `None` for one of unknown date. A statement that begins
    /// at the same instant comes before the new one, because it has the lower index.
    #[must_use]
    pub fn state_before(self, subject: &Subject, from: Option<Timestamp>) -> Option<StateInOrder> {
        let state = self.stated_before(subject, from)?.clone();
        let vocabulary = subject.register().and_then(|register| self.vocabulary(register));
        Some(StateInOrder { order: vocabulary.and_then(|vocabulary| vocabulary.order(&state)), state })
    }

    /// The same state without its place, which the rules of recording do not ask for.
    pub(crate) fn stated_before(self, subject: &Subject, from: Option<Timestamp>) -> Option<&'a StateName> {
        let place = Place { from: from.map_or(UNKNOWN, Timestamp::as_micros), index: u64::MAX };
        let stating = self.board(subject)?.stating_before(place)?;
        self.value_of(stating)?.state.as_ref()
    }
}

impl<T: Clone> Knowledge<'_, T> {
    /// The status of a subject as of the bound `at` (T of DESIGN section 2); `None` where nothing is stated yet.
    #[must_use]
    pub fn status(self, subject: &Subject, at: Timestamp) -> Option<StatusView<T>> {
        let board = self.board(subject)?;
        let standing = board.standing(at)?;
        let last_certain = board.last_certain(standing, at);
        Some(StatusView {
            statement: self.held(&board, standing.last)?,
            certainty: standing.certainty,
            last_certain: last_certain.and_then(|last| self.held(&board, last)).map(Box::new),
        })
    }

    /// The same, from statements in their order.
    pub(crate) fn status_of(self, statements: &[Statement], at: Timestamp) -> Option<StatusView<T>> {
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
    pub(crate) fn statement_view(self, statements: &[Statement]) -> Option<StatementView<T>> {
        let stating = statements.iter().rev().find(|statement| self.states(**statement));
        self.view(*statements.last()?, stating.copied())
    }

    /// The last statement about a subject up to a place in the order, that place included.
    pub(crate) fn held_upto(self, subject: &Subject, place: Place) -> Option<StatementView<T>> {
        let board = self.board(subject)?;
        let behind = Place { index: place.index.saturating_add(1), ..place };
        self.held(&board, board.last_before(behind)?)
    }

    fn held(self, board: &Board<'_>, last: Statement) -> Option<StatementView<T>> {
        self.view(last, self.stating(board, last))
    }

    fn view(self, last: Statement, stating: Option<Statement>) -> Option<StatementView<T>> {
        let event = self.event_at(last.index)?;
        let value = self.value_of(last)?;
        let Data::StatusReported(located) = locate(&event) else { return None };
        let effective = if last.dated_by == last.index {
            located.effective
        } else {
            locate(self.event_at(last.dated_by)?.as_ref()).effective()?.clone()
        };
        let state_event = match stating {
            Some(stating) if stating.index == last.index => Some(event.id),
            Some(stating) => Some(self.event_at(stating.index)?.id),
            None => None,
        };
        Some(StatementView {
            label: value.label.clone(),
            reporting: value.reporting,
            state: stating.and_then(|stating| self.value_of(stating)?.state.clone()),
            state_event,
            inferred: effective.basis == Basis::Inferred,
            effective,
            regress: located.regress,
            provenance: Provenance::of(&event),
            reason: located.reason,
            source_url: located.source_url,
            corrected_by: self.marks(&self.corrections_of(last.index)),
        })
    }
}

/// Those of the ordered statements that count as of the bound `at`.
pub(crate) fn counted(statements: &[Statement], at: Timestamp) -> &[Statement] {
    let end = statements.partition_point(|statement| statement.counts_at(at));
    statements.get(..end).unwrap_or_default()
}

/// Which of the counted statements, in their order, are certain as of the bound `at`.
///
/// Intervals are closed-open and sorted by their start. So an earlier one overlaps this one exactly if it ends after this one starts,
/// and a later one exactly if it starts before this one ends; the next one starts first.
fn certain(counted: &[Statement], at: Timestamp) -> Vec<bool> {
    let mut latest_end = UNKNOWN;
    let followers = counted.iter().skip(1).map(|next| next.from).chain([UNKNOWN]);
    counted
        .iter()
        .zip(followers)
        .map(|(statement, next_start)| {
            let alone =
                latest_end <= statement.from && (next_start == UNKNOWN || statement.end <= next_start);
            latest_end = latest_end.max(statement.end);
            statement.begun_by(at) && alone
        })
        .collect()
}
