//! What is true when: DESIGN section 2 ("A statement counts if ...") and section 3, sentence by sentence.

use docket_domain::event::{
    AssignmentChanged, NoteRecorded, RecommendationAmended, RecommendationRegistered, StatusReported,
    StatusVerified,
};
use docket_domain::term::{AssignmentAttribute, AssignmentChange, NumberBasis, TextBasis, Visibility};
use docket_domain::{Data, Effective, EventId, Key, StateName, Subject, Timestamp};

use crate::facts::{Fact, Known};

/// A status statement in force, corrections applied.
pub(crate) type Statement<'a> = (&'a Fact, StatusReported<String>);

/// What holds at a date.
pub(crate) struct Standing<'a> {
    /// The statements that count, the winner last.
    pub(crate) counted: Vec<Statement<'a>>,
    pub(crate) is_certain: bool,
    /// How many of the counted ones there are up to the last certain one, where the winner is not certain.
    pub(crate) last_certain: Option<usize>,
}

/// Number and text, as amended.
#[derive(Debug, Clone)]
pub(crate) struct NumberAndText {
    pub(crate) number: Option<u32>,
    pub(crate) number_basis: NumberBasis,
    pub(crate) number_printed: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) text_basis: TextBasis,
}

/// The assignments that hold: for each attribute and each dependency the one that set it.
pub(crate) type Assignments<'a> = Vec<(&'a Fact, AssignmentChanged<String>)>;

/// "A statement counts if `from < T`"; an unknown one always counts.
pub(crate) fn counts(effective: &Effective<String>, at: Timestamp) -> bool {
    effective.from.is_none_or(|from| from < at)
}

/// "certain if its `to <= T` and no other counted statement's interval overlaps it"; unknown "is never certain" and has no interval.
fn is_certain(counted: &[Statement<'_>], place: usize, at: Timestamp) -> bool {
    let interval = |statement: &Statement<'_>| statement.1.effective.from.zip(statement.1.effective.to);
    let Some((from, to)) = interval(&counted[place]) else { return false };
    let overlaps = |other: &usize| {
        interval(&counted[*other])
            .is_some_and(|(other_from, other_to)| from.max(other_from) < to.min(other_to))
    };
    to <= at && !(0..counted.len()).filter(|other| *other != place).any(|other| overlaps(&other))
}

impl<'a> Known<'a> {
    /// The statements in force about a subject, "the last by (`from`, index)" last; unknown "sorts first".
    pub(crate) fn statements(self, subject: &Subject) -> Vec<Statement<'a>> {
        let mut statements = Vec::new();
        for (fact, data) in self.said(subject) {
            if let Data::StatusReported(status) = data {
                statements.push((fact, status));
            }
        }
        statements.sort_by_key(|(fact, status)| (status.effective.from, fact.index));
        statements
    }

    /// The status as of T; nothing where nothing is stated yet.
    pub(crate) fn standing(self, subject: &Subject, at: Timestamp) -> Option<Standing<'a>> {
        let mut counted = self.statements(subject);
        counted.retain(|(_, status)| counts(&status.effective, at));
        let last = counted.len().checked_sub(1)?;
        let certain: Vec<usize> =
            (0..counted.len()).filter(|place| is_certain(&counted, *place, at)).collect();
        let is_certain = certain.contains(&last);
        let last_certain = certain.last().filter(|_| !is_certain).map(|place| place + 1);
        Some(Standing { counted, is_certain, last_certain })
    }

    /// "state from the last that states one".
    pub(crate) fn state(statements: &[Statement<'_>]) -> Option<(StateName, EventId)> {
        statements.iter().rev().find_map(|(fact, status)| Some((status.state.clone()?, fact.id)))
    }

    /// The state in which a subject is before a new statement that begins at `from`. What begins at the same instant comes before the
    /// new one, because it was recorded before it.
    pub(crate) fn state_before(self, subject: &Subject, from: Option<Timestamp>) -> Option<StateName> {
        let mut earlier = self.statements(subject);
        earlier.retain(|(_, status)| status.effective.from <= from);
        Self::state(&earlier).map(|(state, _)| state)
    }

    /// The latest finding in force on a claim, by (`from`, index), that counts.
    pub(crate) fn finding(self, claim: &Fact, at: Timestamp) -> Option<(&'a Fact, StatusVerified<String>)> {
        let mut findings = Vec::new();
        for (fact, data) in self.said(&claim.subject) {
            if let Data::StatusVerified(finding) = data
                && finding.claim == claim.id
                && counts(&finding.effective, at)
            {
                findings.push((fact, finding));
            }
        }
        findings.into_iter().max_by_key(|(fact, finding)| (finding.effective.from, fact.index))
    }

    /// Notes that count, oldest first, unknown before all others.
    pub(crate) fn notes(
        self,
        subject: &Subject,
        at: Timestamp,
        internal: bool,
    ) -> Vec<(&'a Fact, NoteRecorded<String>)> {
        let mut notes = Vec::new();
        for (fact, data) in self.said(subject) {
            if let Data::NoteRecorded(note) = data
                && counts(&note.effective, at)
                && (internal || note.visibility == Visibility::Public)
            {
                notes.push((fact, note));
            }
        }
        notes.sort_by_key(|(fact, note)| (note.effective.from, fact.index));
        notes
    }

    /// The assignments that hold; dependencies last, by key.
    pub(crate) fn assignments(self, subject: &Subject, at: Timestamp) -> Assignments<'a> {
        let mut changes = Vec::new();
        for (fact, data) in self.said(subject) {
            if let Data::AssignmentChanged(change) = data
                && counts(&change.effective, at)
            {
                changes.push((fact, change));
            }
        }
        changes.sort_by_key(|(fact, change)| (change.effective.from, fact.index));
        let mut held: Assignments<'a> = Vec::new();
        for (fact, change) in changes {
            let clears_all = change.change == AssignmentChange::Cleared && change.dependency.is_none();
            held.retain(|(_, other)| {
                let same = other.attribute == change.attribute;
                let dependency = change.attribute == AssignmentAttribute::Dependency;
                !same || (dependency && !clears_all && other.dependency != change.dependency)
            });
            if change.change == AssignmentChange::Set {
                held.push((fact, change));
            }
        }
        held.sort_by_key(|(_, change)| (change.attribute, change.dependency.clone()));
        held
    }

    /// The registration of a recommendation.
    pub(crate) fn registered(
        self,
        subject: &Subject,
    ) -> Option<(&'a Fact, RecommendationRegistered<String>)> {
        self.said(subject).into_iter().find_map(|(fact, data)| match data {
            Data::RecommendationRegistered(registered) => Some((fact, registered)),
            _ => None,
        })
    }

    /// The amendments in force, in the order of recording.
    pub(crate) fn amendments(self, subject: &Subject) -> Vec<(&'a Fact, RecommendationAmended<String>)> {
        let amendment = |(fact, data)| match data {
            Data::RecommendationAmended(amended) => Some((fact, amended)),
            _ => None,
        };
        self.said(subject).into_iter().filter_map(amendment).collect()
    }

    /// Number and text, an amendment winning over what was before it, field by field.
    pub(crate) fn number_and_text(self, subject: &Subject) -> Option<NumberAndText> {
        let (_, registered) = self.registered(subject)?;
        let mut held = NumberAndText {
            number: registered.number,
            number_basis: registered.number_basis,
            number_printed: registered.number_printed,
            text: registered.text,
            text_basis: registered.text_basis,
        };
        for (_, amended) in self.amendments(subject) {
            held.number = amended.number.or(held.number);
            held.number_basis = amended.number_basis.unwrap_or(held.number_basis);
            held.number_printed = amended.number_printed.or(held.number_printed);
            held.text = amended.text.or(held.text);
            held.text_basis = amended.text_basis.unwrap_or(held.text_basis);
        }
        Some(held)
    }

    /// The recommendations of a register: by number, those without one last, equal ones as they were first recorded.
    pub(crate) fn recommendations(self, register: &docket_domain::RegisterId) -> Vec<(Key, NumberAndText)> {
        let mut found = Vec::new();
        for fact in self.0 {
            if let (Data::RecommendationRegistered(registered), Some(of)) =
                (&fact.data, fact.subject.register())
                && of == register
            {
                found.push((registered.key.clone(), self.number_and_text(&fact.subject).unwrap()));
            }
        }
        found.sort_by_key(|(_, held)| (held.number.is_none(), held.number));
        found
    }

    /// What somebody means who types a key, a number, or a number as printed: the first of these that is there.
    pub(crate) fn meant(self, register: &docket_domain::RegisterId, wanted: &str) -> Vec<Key> {
        let all = self.recommendations(register);
        let those = |is_meant: &dyn Fn(&Key, &NumberAndText) -> bool| -> Vec<Key> {
            all.iter().filter(|(key, held)| is_meant(key, held)).map(|(key, _)| key.clone()).collect()
        };
        let by_key = those(&|key, _| key.as_str() == wanted);
        let by_number = those(&|_, held| held.number.is_some_and(|number| number.to_string() == wanted));
        let printed = those(&|_, held| held.number_printed.as_deref() == Some(wanted));
        [by_key, by_number, printed].into_iter().find(|found| !found.is_empty()).unwrap_or_default()
    }
}
