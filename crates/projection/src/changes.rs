//! What changed between two positions of the log, or between two dates.

use std::ops::Range;

use docket_domain::{Actor, RegisterId, Subject, Timestamp};

use crate::fold::{Knowledge, Projection};
use crate::recommendation::Audience;
use crate::status::{Order, StatementView, StatusView, counted};
use crate::timeline::TimelineEntry;

/// Which changes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeScope<'a> {
    /// Of this register only; nothing for all of them and the log itself.
    pub register: Option<&'a RegisterId>,
    /// Recorded by this actor only.
    pub actor: Option<&'a Actor>,
    /// For whom.
    pub audience: Audience,
}

/// What happened between two dates, as known at a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveChanges<T> {
    /// The statements that began to count between the bounds, by (`from`, index).
    pub statements: Vec<EffectiveChange<T>>,
    /// The subjects of these statements, in the order of their first one, with their status at both bounds.
    pub subjects: Vec<SubjectChange<T>>,
}

/// One statement that began to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveChange<T> {
    /// Its subject.
    pub subject: Subject,
    /// The statement before it in the order of its subject; `None` if it is the first.
    pub before: Option<StatementView<T>>,
    /// The statement, with the state that it leaves standing.
    pub after: StatementView<T>,
}

/// The status of a subject at both bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectChange<T> {
    /// The subject.
    pub subject: Subject,
    /// Its status at the first bound; `None` where nothing was stated yet.
    pub before: Option<StatusView<T>>,
    /// Its status at the second bound.
    pub after: Option<StatusView<T>>,
}

impl<T: Clone> Projection<T> {
    /// What was restated between two sizes (the recorded clock): each event with an index in `known`, in the order of the log, with what it
    /// changed as known just before and just after it, and what became of it as known at the end of the range.
    #[must_use]
    pub fn changes_recorded(&self, scope: ChangeScope<'_>, known: Range<u64>) -> Vec<TimelineEntry<T>> {
        let knowledge = self.knowledge(known.end);
        (known.start..knowledge.known_at())
            .filter_map(|index| knowledge.event_at(index))
            .filter(|event| scope.register.is_none_or(|register| event.subject.register() == Some(register)))
            .filter(|event| scope.actor.is_none_or(|actor| event.actor == *actor))
            .filter(|event| knowledge.is_shown(event, scope.audience))
            .map(|event| knowledge.entry(&event))
            .collect()
    }
}

impl<T: Clone> Knowledge<'_, T> {
    /// What happened between two bounds (the effective clock), as known: the statements in force with `bounds.start <= from <
    /// bounds.end`. One of unknown date never appears: it always counts.
    #[must_use]
    pub fn changes_effective(self, scope: ChangeScope<'_>, bounds: Range<Timestamp>) -> EffectiveChanges<T> {
        let subjects = self
            .register_subjects()
            .iter()
            .filter(|(register, _)| scope.register.is_none_or(|wanted| wanted == *register))
            .flat_map(|(_, subjects)| &subjects.recommendations);
        let mut changes: Vec<(SubjectChange<T>, Vec<EffectiveChange<T>>)> =
            subjects.filter_map(|subject| self.subject_changes(subject, scope.actor, &bounds)).collect();
        changes.sort_by_key(|(_, statements)| statements.first().map(EffectiveChange::order));
        let (subjects, statements): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
        let mut statements: Vec<EffectiveChange<T>> = statements.into_iter().flatten().collect();
        statements.sort_by_key(EffectiveChange::order);
        EffectiveChanges { statements, subjects }
    }

    /// The changes of one subject, in order; `None` if there are none.
    fn subject_changes(
        self,
        subject: &Subject,
        actor: Option<&Actor>,
        bounds: &Range<Timestamp>,
    ) -> Option<(SubjectChange<T>, Vec<EffectiveChange<T>>)> {
        let statements = self.statements(subject);
        let between = counted(&statements, bounds.start).len()..counted(&statements, bounds.end).len();
        let changes: Vec<EffectiveChange<T>> = between
            .filter(|&place| {
                let recorded_by = |actor: &Actor| {
                    let event = statements.get(place).and_then(|statement| self.event_at(statement.index));
                    event.is_some_and(|event| event.actor == *actor)
                };
                actor.is_none_or(recorded_by)
            })
            .filter_map(|place| {
                Some(EffectiveChange {
                    subject: subject.clone(),
                    before: self.statement_view(statements.get(..place)?),
                    after: self.statement_view(statements.get(..=place)?)?,
                })
            })
            .collect();
        if changes.is_empty() {
            return None;
        }
        let before = self.status_of(&statements, bounds.start);
        let after = self.status_of(&statements, bounds.end);
        Some((SubjectChange { subject: subject.clone(), before, after }, changes))
    }
}

impl<T> EffectiveChange<T> {
    fn order(&self) -> Order {
        (self.after.effective.order(), self.after.provenance.index)
    }
}
