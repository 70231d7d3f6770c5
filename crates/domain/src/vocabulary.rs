//! A register's vocabulary: which labels it prints, what they mean, and the order of states (DESIGN section 3).

use crate::id::{Label, StateName};
use crate::term::Reporting;

/// The labels and states of a register, as data. Versioned by events.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Vocabulary {
    /// What each printed label means.
    pub labels: Vec<LabelMeaning>,
    /// The states, each with its place in the order of progress.
    pub states: Vec<StateDefinition>,
}

/// What one printed label means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelMeaning {
    /// The label exactly as printed.
    pub label: Label,
    /// What it says about the reporting.
    pub reporting: Reporting,
    /// What it says about the work; nothing for a label such as "NO UPDATE AVAILABLE".
    pub state: Option<StateName>,
}

/// A state and its place in the order of progress: going to a lower one is a regress.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StateDefinition {
    /// Whether the work is over in this state.
    pub closed: bool,
    /// The state.
    pub name: StateName,
    /// Its place; higher is further.
    pub order: u32,
}

/// Why a vocabulary cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// A label or state is defined twice.
    #[error("{name:?} is defined twice in the vocabulary")]
    Duplicate {
        /// The label or state.
        name: String,
    },
    /// A label that reports nothing states something.
    #[error("label {label} reports nothing ({reporting}), so it cannot state {state}")]
    StateWithoutReport {
        /// The label.
        label: Label,
        /// What it says about the reporting.
        reporting: Reporting,
        /// The state.
        state: StateName,
    },
    /// A label maps to a state that is not defined.
    #[error("label {label} maps to the state {state}, which the vocabulary does not define")]
    UndefinedState {
        /// The label.
        label: Label,
        /// The state.
        state: StateName,
    },
}

impl Vocabulary {
    /// Checks that every name is defined once and that labels map to defined states.
    pub fn check(&self) -> Result<(), VocabularyError> {
        let mut seen = std::collections::BTreeSet::new();
        for state in &self.states {
            if !seen.insert(state.name.as_str()) {
                return Err(VocabularyError::Duplicate { name: state.name.to_string() });
            }
        }
        let mut labels = std::collections::BTreeSet::new();
        for meaning in &self.labels {
            if !labels.insert(meaning.label.as_str()) {
                return Err(VocabularyError::Duplicate { name: meaning.label.to_string() });
            }
            let (label, reporting) = (meaning.label.clone(), meaning.reporting);
            if let Some(state) = meaning.state.clone().filter(|_| reporting != Reporting::Reported) {
                return Err(VocabularyError::StateWithoutReport { label, reporting, state });
            }
            if let Some(state) = meaning.state.as_ref().filter(|state| !seen.contains(state.as_str())) {
                return Err(VocabularyError::UndefinedState {
                    label: meaning.label.clone(),
                    state: state.clone(),
                });
            }
        }
        Ok(())
    }

    /// What a label means; labels are matched exactly.
    #[must_use]
    pub fn meaning(&self, label: &str) -> Option<&LabelMeaning> {
        self.labels.iter().find(|meaning| meaning.label.as_str() == label)
    }

    /// The place of a state in the order of progress.
    #[must_use]
    pub fn order(&self, state: &StateName) -> Option<u32> {
        self.states.iter().find(|definition| definition.name == *state).map(|definition| definition.order)
    }

    /// The label most like an unknown one, if the vocabulary has any.
    #[must_use]
    pub fn nearest(&self, label: &str) -> Option<&Label> {
        let wanted = label.to_lowercase();
        self.labels.iter().map(|meaning| &meaning.label).max_by(|a, b| {
            let likeness = |known: &Label| strsim::jaro_winkler(&known.as_str().to_lowercase(), &wanted);
            likeness(a).total_cmp(&likeness(b)).then_with(|| b.cmp(a))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let state =
            |name: &str, order| StateDefinition { closed: false, name: StateName::new(name).unwrap(), order };
        let label = |label: &str, state: Option<&str>| LabelMeaning {
            label: Label::new(label).unwrap(),
            reporting: Reporting::Reported,
            state: state.map(|name| StateName::new(name).unwrap()),
        };
        Vocabulary {
            labels: vec![
                label("IN PLANNING", Some("planning")),
                label("IN PROGRESS", Some("in-progress")),
                label("NO UPDATE AVAILABLE", None),
            ],
            states: vec![state("planning", 1), state("in-progress", 4)],
        }
    }

    #[test]
    fn an_unknown_label_has_a_nearest_known_one() {
        let vocabulary = vocabulary();
        assert_eq!(vocabulary.nearest("in progres").unwrap().as_str(), "IN PROGRESS");
        assert_eq!(vocabulary.nearest("NO UPDATES").unwrap().as_str(), "NO UPDATE AVAILABLE");
        assert_eq!(Vocabulary::default().nearest("X"), None);
    }

    #[test]
    fn duplicates_and_undefined_states_are_refused() {
        let mut twice = vocabulary();
        twice.labels.push(twice.labels[0].clone());
        assert!(matches!(twice.check(), Err(VocabularyError::Duplicate { .. })));
        let mut undefined = vocabulary();
        undefined.states.clear();
        assert!(matches!(undefined.check(), Err(VocabularyError::UndefinedState { .. })));
        let mut silent = vocabulary();
        silent.labels[0].reporting = Reporting::NoUpdate;
        assert!(matches!(silent.check(), Err(VocabularyError::StateWithoutReport { .. })));
        assert_eq!(vocabulary().check(), Ok(()));
    }
}
