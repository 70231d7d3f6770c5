//! The decisions of a plan, checked: every one must be taken, and every one must be possible.

use std::collections::BTreeMap;

use docket_domain::{Key, Label};

use super::file::PlanStep;
use crate::next::error::NextError;
use crate::next::step::{NextTable, Step, StepKind};

/// What was decided about a step, with the reviewer's reason where one was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// Why; always there for a refusal or change.
    pub reason: Option<String>,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is recorded as derived.
    Accept,
    /// It is recorded with other values.
    Change(Change),
    /// It is not recorded.
    Refuse,
    /// It is not recorded, because a step that it depends on is not.
    RefusedWith(String),
}

/// The values that a reviewer gives instead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Another status label.
    pub label: Option<Label>,
    /// Other words.
    pub text: Option<String>,
    /// The recommendation that it is really about.
    pub recommendation: Option<Key>,
}

pub(super) fn decide<'t>(
    planned: &[PlanStep],
    table: &'t NextTable,
) -> Result<Vec<(&'t Step, Decided)>, NextError> {
    let by_id: BTreeMap<&str, &PlanStep> = planned.iter().map(|step| (step.id.as_str(), step)).collect();
    let mut undecided = Vec::new();
    let mut wrong = Vec::new();
    let mut decided: Vec<(&Step, Decided)> = Vec::new();
    for step in &table.steps {
        let Some(planned) = by_id.get(step.id.as_str()) else { continue };
        if planned.is_undecided() {
            undecided.push(step.id.clone());
            continue;
        }
        match decision(step, planned) {
            Ok(decision) => {
                decided.push((step, Decided { decision, reason: given(planned.reason.as_ref()) }));
            }
            Err(problem) => wrong.push(format!("{}: {problem}", step.id)),
        }
    }
    if !undecided.is_empty() {
        return Err(NextError::Undecided { steps: undecided });
    }
    if !wrong.is_empty() {
        return Err(NextError::Decisions { decisions: wrong });
    }
    refuse_dependents(&mut decided);
    Ok(decided)
}

fn decision(step: &Step, planned: &PlanStep) -> Result<Decision, String> {
    let changes = [&planned.new_label, &planned.new_text, &planned.new_recommendation];
    let changed = changes.iter().any(|change| change.is_some());
    if planned.decision != "change" && changed {
        return Err("it has new values, but its decision is not \"change\"".to_owned());
    }
    match planned.decision.as_str() {
        "accept" => Ok(Decision::Accept),
        "refuse" | "change" if given(planned.reason.as_ref()).is_none() => {
            Err(format!("\"{}\" needs a reason", planned.decision))
        }
        "refuse" => Ok(Decision::Refuse),
        "change" => change(step, planned).map(Decision::Change),
        other => Err(format!("{other:?} is no decision; write accept, refuse or change")),
    }
}

fn change(step: &Step, planned: &PlanStep) -> Result<Change, String> {
    if planned.new_label.is_none() && planned.new_text.is_none() && planned.new_recommendation.is_none() {
        return Err("\"change\" needs new_label, new_text or new_recommendation".to_owned());
    }
    if planned.new_label.is_some() && !step.kind.is_status() {
        return Err(format!("new_label does not go with {}", step.kind.as_str()));
    }
    let numbers = matches!(step.kind, StepKind::Numbered | StepKind::Renumbered);
    if planned.new_text.is_some() && (step.kind.is_status() || numbers) {
        return Err(format!("new_text does not go with {}", step.kind.as_str()));
    }
    if planned.new_text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err("new_text is empty".to_owned());
    }
    // Elsewhere the step says what is wrong with one recommendation, which another one does not share.
    let moves =
        step.kind.is_status() || matches!(step.kind, StepKind::Note | StepKind::Repeated | StepKind::New);
    if planned.new_recommendation.is_some() && !moves {
        return Err(format!(
            "new_recommendation does not go with {}, only with statuses, notes and new ones; refuse the step and use `docket amend`",
            step.kind.as_str()
        ));
    }
    Ok(Change {
        label: planned.new_label.as_deref().map(Label::new).transpose().map_err(|error| error.to_string())?,
        text: planned.new_text.clone(),
        recommendation: planned
            .new_recommendation
            .as_deref()
            .map(Key::new)
            .transpose()
            .map_err(|error| error.to_string())?,
    })
}

/// What depends on a refused step is refused with it.
fn refuse_dependents(decided: &mut [(&Step, Decided)]) {
    let refused: Vec<String> = decided
        .iter()
        .filter(|(_, decided)| decided.decision == Decision::Refuse)
        .map(|(step, _)| step.id.clone())
        .collect();
    for (step, decided) in decided {
        if let Some(required) = step.requires.as_ref().filter(|required| refused.contains(*required)) {
            // A statement that goes to another recommendation does not need the new one.
            let elsewhere =
                matches!(&decided.decision, Decision::Change(change) if change.recommendation.is_some());
            if !elsewhere && decided.decision != Decision::Refuse {
                decided.decision = Decision::RefusedWith(required.clone());
            }
        }
    }
}

fn given(reason: Option<&String>) -> Option<String> {
    reason.filter(|reason| !reason.trim().is_empty()).cloned()
}
