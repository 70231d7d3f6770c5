//! Invariant 7: a command that comes again is answered as a repeat with the same events, and a version that has passed is refused.

use docket_domain::EventId;
use docket_ledger::{Ledger, LedgerError};
use uuid::Uuid;

use super::entries::{Present, recipes};
use crate::error::{CrashError, Invariant, demand};
use crate::recipe::{Act, Ingredient, Recipe, Via};
use crate::witness::Testimony;

/// How many of the commands are submitted again, the newest first; the ones in flight at the last fault are among them.
const AGAIN_MAX: usize = 60;

/// Submits commands again. Nothing of this may change the log. Gives how many were answered as repeats.
pub(super) fn check(ledger: &Ledger, testimony: &Testimony, present: &Present) -> Result<u64, CrashError> {
    let reader = ledger.reader();
    let before = reader.log().head();
    let mut known: Vec<(&Recipe, &[u64])> =
        recipes(testimony, present).filter(|(recipe, _)| recipe.via == Via::Library).collect();
    known.sort_by_key(|(_, indexes)| std::cmp::Reverse(indexes.first().copied()));
    let mut repeats = 0;
    for (recipe, indexes) in known.into_iter().take(AGAIN_MAX) {
        repeated(ledger, recipe, indexes)?;
        repeats += 1;
    }
    passed(ledger, testimony)?;
    let after = reader.log().head();
    demand(before == after, Invariant::Idempotent, || {
        format!(
            "repeats and refusals changed the log: it had {} entries, and has {}",
            before.size, after.size
        )
    })?;
    Ok(repeats)
}

fn repeated(ledger: &Ledger, recipe: &Recipe, indexes: &[u64]) -> Result<(), CrashError> {
    let command = recipe.command;
    let wrong = |detail: String| {
        CrashError::violation(Invariant::Idempotent, format!("command {command}, submitted again: {detail}"))
    };
    let outcomes = ledger.submit(vec![recipe.to_command()?]).map_err(|error| wrong(error.to_string()))?;
    let outcome = outcomes.first().ok_or_else(|| wrong("no answer".to_owned()))?;
    let places: Vec<u64> = outcome.events.iter().map(|recorded| recorded.index).collect();
    let events = outcome.events.iter().map(|recorded| recorded.event);
    let expected = recipe.steps.iter().map(|step| EventId::from(step.event));
    let same = outcome.repeated && places == indexes && events.eq(expected);
    if same { Ok(()) } else { Err(wrong(format!("{outcome:?}, where {indexes:?} was recorded"))) }
}

/// A new command that expects the version before the newest one.
fn passed(ledger: &Ledger, testimony: &Testimony) -> Result<(), CrashError> {
    let acknowledged = testimony.acknowledged.iter().rev();
    let Some(key) = acknowledged
        .filter_map(|promise| testimony.intents.get(&promise.command))
        .find_map(|recipe| recipe.steps.first().map(|step| step.key.clone()))
    else {
        return Ok(());
    };
    // Every recommendation of the seed has versions, so that version 1 has always passed.
    let act = Act::Note { bytes: 60, day: None };
    let step = Ingredient { event: Uuid::now_v7(), key, expect_version: Some(1), act };
    let recipe = Recipe { command: Uuid::now_v7(), via: Via::Library, steps: vec![step] };
    match ledger.submit(vec![recipe.to_command()?]) {
        Err(LedgerError::Refused { .. }) => Ok(()),
        other => Err(CrashError::violation(
            Invariant::Idempotent,
            format!("a version that has passed was expected, and the answer was {other:?}"),
        )),
    }
}
