//! The plan as TOML.

use serde::{Deserialize, Serialize};

use super::PLAN_FORMAT;
use crate::next::error::NextError;
use crate::next::step::{NextTable, Step};

/// What stands on top of every plan.
const HEAD: &str = "\
# A plan for the next table of a register. Look at every step, decide, and record it with
#
#     docket import FOLDER --plan THIS-FILE
#
# Each [[step]] is one event. What it is about, `old` (recorded) and `new` (printed in the document) are checked and must stay as
# they are. `decision` is what you decide:
#
#   accept   record it
#   refuse   do not record it; say why in `reason`
#   change   record it with other values; say why in `reason`, and give at least one of
#              new_label           another status label of the register's vocabulary
#              new_text            other words of a note, remark or recommendation
#              new_recommendation  the key of the recommendation that it is really about; for statuses, notes and new ones only
#   decide   not decided yet: `problem` says why it waits, and nothing is recorded while one is left
#
# A step that `requires` a refused one is refused with it. Refused and changed steps are kept, with their reasons, in a review that
# is recorded after the others. The log may grow meanwhile, as long as nothing is recorded about the same recommendations.

";

/// The decision of a step that waits.
const DECIDE: &str = "decide";

/// A plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanFile {
    pub(super) format: u32,
    pub(super) register: String,
    pub(super) document: String,
    pub(super) sha256: String,
    pub(super) basis: Basis,
    #[serde(rename = "step", default)]
    pub(super) steps: Vec<PlanStep>,
}

/// Size and root of the log that the plan was made against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Basis {
    pub(super) size: u64,
    pub(super) root: String,
}

/// One step with its decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanStep {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) recommendation: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) lines: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) difference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) regress: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) repeats: Option<String>,
    #[serde(default)]
    pub(super) evidence: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) requires: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
    pub(super) decision: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new_label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new_recommendation: Option<String>,
}

impl PlanFile {
    pub(super) fn new(table: &NextTable, document: &str) -> Self {
        Self {
            format: PLAN_FORMAT,
            register: table.register.to_string(),
            document: document.to_owned(),
            sha256: table.document.to_string(),
            basis: Basis { size: table.head.size, root: table.head.root.to_base64() },
            steps: table.steps.iter().map(PlanStep::from).collect(),
        }
    }

    pub(super) fn to_toml(&self) -> Result<String, NextError> {
        let body = toml::to_string_pretty(self).map_err(|source| NextError::Unwritable { source })?;
        Ok(format!("{HEAD}{body}"))
    }
}

impl From<&Step> for PlanStep {
    fn from(step: &Step) -> Self {
        let lines: Vec<String> = step.lines.iter().map(ToString::to_string).collect();
        Self {
            id: step.id.clone(),
            kind: step.kind.as_str().to_owned(),
            recommendation: step.recommendation.clone(),
            lines: lines.join(", "),
            old: step.old.clone(),
            new: step.new.clone(),
            difference: step.difference.clone(),
            regress: step.regress.then_some(true),
            repeats: step.repeats.map(|event| event.to_string()),
            evidence: step.evidence.clone(),
            requires: step.requires.clone(),
            problem: step.problem.clone(),
            decision: if step.problem.is_some() { DECIDE } else { "accept" }.to_owned(),
            reason: None,
            new_label: None,
            new_text: None,
            new_recommendation: None,
        }
    }
}

impl PlanStep {
    pub(super) fn is_undecided(&self) -> bool {
        self.decision == DECIDE
    }

    /// The first of the values that must stay which is another one in `found`. What only explains (evidence, problem, difference) may be
    /// edited or struck out.
    pub(super) fn differs_from(&self, found: &Self) -> Option<&'static str> {
        let fields = [
            ("kind", self.kind == found.kind),
            ("recommendation", self.recommendation == found.recommendation),
            ("lines", self.lines == found.lines),
            ("old", self.old == found.old),
            ("new", self.new == found.new),
            ("regress", self.regress == found.regress),
            ("repeats", self.repeats == found.repeats),
            ("requires", self.requires == found.requires),
        ];
        fields.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
    }
}
