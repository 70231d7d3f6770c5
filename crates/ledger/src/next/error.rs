//! Why the next table of a register, or its plan, cannot be used.

use docket_domain::{Digest, RegisterId};

use crate::error::ErrorKind;

/// Why a plan is refused. Nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum NextError {
    /// The source is the one that began the register.
    #[error("{document} is the first source of {register}: it is imported without a plan")]
    FirstSource {
        /// The register.
        register: RegisterId,
        /// The document.
        document: Digest,
    },
    /// Labels of the table are not in the register's vocabulary.
    #[error("{} not in the vocabulary of {register}: {}", count(labels.len(), "status label"), labels.join("; "))]
    UnknownLabels {
        /// The register.
        register: RegisterId,
        /// Each with its row and lines.
        labels: Vec<String>,
    },
    /// The plan was made by another version.
    #[error("the plan has format {format}; this version reads format {}", super::plan::PLAN_FORMAT)]
    Format {
        /// The format that it states.
        format: u32,
    },
    /// The plan is about something else.
    #[error("the plan is for {what} {}, not for {found}", planned.escape_debug())]
    OtherPlan {
        /// What differs.
        what: &'static str,
        /// What the plan says.
        planned: String,
        /// What is to be imported.
        found: String,
    },
    /// The plan was made against another log.
    #[error("the plan was made against another log: at size {size} this one does not have the root {}", root.escape_debug())]
    OtherLog {
        /// The size in the plan.
        size: u64,
        /// The root in the plan.
        root: String,
    },
    /// The steps of the plan are not those that document and log call for.
    #[error("the plan is not what document and log call for: {}", differences.join("; "))]
    OtherSteps {
        /// Each with the name of its step.
        differences: Vec<String>,
    },
    /// Steps are not decided.
    #[error("{} not decided: {}", count(steps.len(), "step"), steps.join(", "))]
    Undecided {
        /// Their names.
        steps: Vec<String>,
    },
    /// Decisions cannot be carried out.
    #[error("{} refused: {}", count(decisions.len(), "decision"), decisions.join("; "))]
    Decisions {
        /// Each with the name of its step and what is wrong.
        decisions: Vec<String>,
    },
    /// The log moved on since the plan was made.
    #[error("the log moved on since the plan was made at size {size}: {}", subjects.join("; "))]
    Conflicts {
        /// The size in the plan.
        size: u64,
        /// Each subject with what happened to it.
        subjects: Vec<String>,
    },
    /// A plan for this document was recorded before, with other decisions.
    #[error("this document was recorded before with other decisions")]
    OtherDecisions,
    /// The plan cannot be written as TOML.
    #[error("the plan cannot be written")]
    Unwritable {
        /// Why.
        #[source]
        source: toml::ser::Error,
    },
}

impl NextError {
    /// What kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::FirstSource { .. } | Self::OtherPlan { .. } => ErrorKind::Usage,
            _ => ErrorKind::Refused,
        }
    }

    /// What to do next, where something can be done.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::FirstSource { .. } => Some("leave --plan and --plan-to out"),
            Self::UnknownLabels { .. } => Some(
                "add them to the register's vocabulary first, or decide in curation.toml which label is meant",
            ),
            Self::Format { .. }
            | Self::OtherLog { .. }
            | Self::OtherSteps { .. }
            | Self::Conflicts { .. } => {
                Some("nothing was recorded; make a new plan with --plan-to and decide again")
            }
            Self::OtherPlan { .. } => Some("name the source folder that the plan was made from"),
            Self::Undecided { .. } => Some(
                "write a decision for each in the plan: \"accept\" records it as shown; \"refuse\", with a reason, leaves it out; \"change\", with a reason and new_label, new_text or new_recommendation, records that instead",
            ),
            Self::Decisions { .. } => Some("mend them in the plan; docs/import.md tells what each needs"),
            Self::OtherDecisions => {
                Some("what is recorded is corrected with `docket correct`, `retract` or `amend`")
            }
            Self::Unwritable { .. } => None,
        }
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what} is") } else { format!("{number} {what}s are") }
}
