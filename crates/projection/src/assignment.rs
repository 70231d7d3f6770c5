//! Who is responsible, in which group, by when, and waiting for what, as of any date.

use std::collections::BTreeMap;

use docket_domain::event::AssignmentChanged;
use docket_domain::term::{AssignmentAttribute, AssignmentChange};
use docket_domain::{Key, Subject, Timestamp};

use crate::fact::Fact;
use crate::fold::Knowledge;
use crate::text::TextRef;

/// The assignments of a recommendation that hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignments<T> {
    /// Who is responsible.
    pub owner: Option<Assignment<T>>,
    /// Which group of recommendations it is counted in.
    pub category: Option<Assignment<T>>,
    /// When it is promised for.
    pub target_date: Option<Assignment<T>>,
    /// Which other recommendations it waits for, by key.
    pub dependencies: Vec<Assignment<T>>,
}

/// One assignment with where it comes from.
pub type Assignment<T> = Fact<T, AssignmentChanged<TextRef<T>>>;

impl<T: Clone> Knowledge<'_, T> {
    /// The assignments of a subject that hold as of the bound `at`: for each attribute, and for each dependency, what the last
    /// counted change by (`from`, index) sets.
    #[must_use]
    pub fn assignments(self, subject: &Subject, at: Timestamp) -> Assignments<T> {
        let mut changes: Vec<Assignment<T>> = self
            .facts(subject)
            .filter(|change: &Assignment<T>| change.content.effective.counts_at(at))
            .collect();
        changes.sort_by_key(|change| (change.content.effective.order(), change.provenance.index));
        let mut single = BTreeMap::new();
        let mut dependencies: BTreeMap<Key, Assignment<T>> = BTreeMap::new();
        for change in changes {
            match (change.content.attribute, change.content.change, change.content.dependency.clone()) {
                (AssignmentAttribute::Dependency, AssignmentChange::Set, Some(key)) => {
                    dependencies.insert(key, change);
                }
                (AssignmentAttribute::Dependency, AssignmentChange::Cleared, Some(key)) => {
                    dependencies.remove(&key);
                }
                // A dependency on nothing cannot be set; clearing without naming one clears them all.
                (AssignmentAttribute::Dependency, AssignmentChange::Set, None) => {}
                (AssignmentAttribute::Dependency, AssignmentChange::Cleared, None) => dependencies.clear(),
                (attribute, AssignmentChange::Set, _) => {
                    single.insert(attribute, change);
                }
                (attribute, AssignmentChange::Cleared, _) => {
                    single.remove(&attribute);
                }
            }
        }
        Assignments {
            owner: single.remove(&AssignmentAttribute::Owner),
            category: single.remove(&AssignmentAttribute::Category),
            target_date: single.remove(&AssignmentAttribute::TargetDate),
            dependencies: dependencies.into_values().collect(),
        }
    }
}
