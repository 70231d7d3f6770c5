//! The `docket` binary as a recorder: one command a process, noted by the harness, which reads what the process prints.

use std::path::Path;

use docket_log::tlog::hash::Hash;
use serde::Deserialize;
use uuid::Uuid;

use crate::docket::{Docket, Run};
use crate::error::{CrashError, Invariant, demand};
use crate::recipe::{Act, Recipe, words};
use crate::witness::{Acknowledgement, Kept, Line, Testimony, WitnessDirectory};

/// What `--format json` prints of an outcome.
#[derive(Debug, Deserialize)]
struct Printed {
    #[serde(default)]
    events: Vec<PrintedEvent>,
    #[serde(default)]
    repeated: bool,
    size: u64,
    root: Option<String>,
    checkpoint: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum PrintedEvent {
    /// Of a record.
    Placed { event: Uuid, index: u64 },
    /// Of a redaction: only the id.
    Named(#[expect(dead_code, reason = "read so that nothing else is taken for it")] Uuid),
}

/// The arguments with which the binary records what a recipe says: a note, or a redaction.
#[must_use]
pub fn arguments(recipe: &Recipe) -> Vec<String> {
    let own = |arguments: &[&str]| arguments.iter().map(|argument| (*argument).to_owned()).collect();
    let command = recipe.command.to_string();
    let Some(step) = recipe.steps.first() else { return Vec::new() };
    match &step.act {
        Act::Redact { target } => own(&[
            "redact",
            &target.to_string(),
            "--only-this",
            "--authority",
            "order of the crash suite",
            "--reason",
            "to be destroyed",
            "--format",
            "json",
        ]),
        Act::Note { bytes, .. } => own(&[
            "record",
            "note",
            &step.key,
            &words(step.event, *bytes),
            "--command-id",
            &command,
            "--format",
            "json",
        ]),
        Act::Status { .. } | Act::Correct { .. } | Act::Retract { .. } => Vec::new(),
    }
}

/// Records a note with the binary, which must succeed: the machine is well again.
pub fn must_record(
    docket: &Docket,
    data: &Path,
    witness: &WitnessDirectory,
    recipe: &Recipe,
) -> Result<(), CrashError> {
    witness.note(&Line::Intent { recipe: recipe.clone() })?;
    let arguments = arguments(recipe);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Run { code, stdout, stderr } = docket.run(data, &arguments)?;
    demand(code == Some(0), Invariant::GoesOn, || {
        format!("docket {} ended with {code:?}\n{stderr}", arguments.first().unwrap_or(&""))
    })?;
    acknowledge(witness, recipe, &stdout)
}

/// Notes what the binary printed before it ended with exit code 0.
pub fn acknowledge(witness: &WitnessDirectory, recipe: &Recipe, stdout: &str) -> Result<(), CrashError> {
    let unreadable = |reason: String| {
        CrashError::violation(
            Invariant::Ending,
            format!("what docket printed cannot be read: {reason}\n{stdout}"),
        )
    };
    let Printed { events, repeated, size, root, checkpoint } =
        serde_json::from_str(stdout).map_err(|error| unreadable(error.to_string()))?;
    let root = root.map(|root| Hash::from_base64(&root).map(|root| root.to_string())).transpose();
    let root = root.map_err(|error| unreadable(error.to_string()))?;
    let kept = |printed| match printed {
        PrintedEvent::Placed { event, index } => Some(Kept { index, event, leaf: None }),
        PrintedEvent::Named(_) => None,
    };
    witness.note(&Line::Acknowledged(Acknowledgement {
        command: recipe.command,
        repeated,
        size,
        root,
        checkpoint,
        entries: events.into_iter().filter_map(kept).collect(),
    }))
}

/// An acknowledged note of the library's that was not redacted, with the key of its recommendation: something to redact.
#[must_use]
pub fn redactable(testimony: &Testimony, nth: u64) -> Option<(Uuid, String)> {
    let told = testimony.acknowledged.iter().filter_map(|promise| testimony.intents.get(&promise.command));
    let redacted: std::collections::BTreeSet<Uuid> =
        testimony.intents.values().flat_map(Recipe::redacts).collect();
    let notes = told
        .filter(|recipe| recipe.via == crate::recipe::Via::Library)
        .flat_map(|recipe| recipe.steps.iter().filter(|step| matches!(step.act, Act::Note { .. })));
    let mut notes = notes.filter(|step| !redacted.contains(&step.event)).collect::<Vec<_>>();
    notes.dedup_by_key(|step| step.event);
    let nth = usize::try_from(nth.checked_rem(notes.len() as u64)?).ok()?;
    notes.get(nth).map(|step| (step.event, step.key.clone()))
}
