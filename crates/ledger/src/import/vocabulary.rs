//! The labels that a register prints and what each means (DESIGN section 3).

use serde::Deserialize;

use super::model::names;

/// What a label says about the reporting, as distinct from the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reporting {
    /// Something was reported.
    Reported,
    /// The publisher says that there is nothing new.
    NoUpdate,
    /// Not known: the cell is lost, empty or unreadable.
    Unknown,
}

names! { Reporting { Reported = "reported", NoUpdate = "no-update", Unknown = "unknown" } }

/// A state of the work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The name, a slug.
    pub name: String,
    /// Its place in the order of progress; higher is further.
    pub order: u32,
    /// Whether the work is over in this state.
    #[serde(default)]
    pub closed: bool,
}

/// What one printed label means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelMeaning {
    /// The label exactly as printed.
    pub printed: String,
    /// The state it stands for; none if it says nothing about the work.
    pub state: Option<String>,
    /// What it says about the reporting.
    pub reporting: Reporting,
}

/// The states and labels of a register.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// The states, in the order of the file.
    pub states: Vec<State>,
    /// The labels, in the order of the file.
    pub labels: Vec<LabelMeaning>,
}

impl Vocabulary {
    /// What a label means; labels are matched exactly.
    #[must_use]
    pub fn meaning(&self, printed: &str) -> Option<&LabelMeaning> {
        self.labels.iter().find(|label| label.printed == printed)
    }

    /// The known label most like an unknown one, if any is at all like it.
    #[must_use]
    pub fn nearest(&self, printed: &str) -> Option<&str> {
        let wanted = printed.to_lowercase();
        self.labels
            .iter()
            .map(|label| {
                (strsim::jaro_winkler(&label.printed.to_lowercase(), &wanted), label.printed.as_str())
            })
            .filter(|(likeness, _)| *likeness > 0.6)
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
            .map(|(_, label)| label)
    }
}
