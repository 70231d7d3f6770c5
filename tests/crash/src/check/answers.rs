//! Invariant 6: an answer at an old size has the same bytes as when it was first given.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use uuid::Uuid;

use crate::docket::{Docket, Run};
use crate::error::{CrashError, Invariant, demand};
use crate::files;
use crate::recipe::MARKER;
use crate::witness::WitnessDirectory;

/// How many earlier answers are asked for again by one check.
const ANSWERS_MAX: usize = 3;
/// The day that is asked for: before the recordings, so that only backdated statuses count; and one after them.
const DAYS: [&str; 2] = ["2025-06-01", "2099-01-01"];

/// Compares earlier answers with today's, and keeps today's answer at this size. Gives how many were compared.
pub(super) fn check(
    data: &Path,
    witness: &WitnessDirectory,
    docket: &Docket,
    erased: &BTreeSet<Uuid>,
    size: u64,
) -> Result<u64, CrashError> {
    let kept = files::all(&witness.answers())?;
    // The first one and the newest ones; all others were compared by earlier checks.
    let newest = kept.len().saturating_sub(ANSWERS_MAX - 1).max(1);
    let chosen: Vec<&PathBuf> = kept.iter().take(1).chain(kept.iter().skip(newest)).collect();
    for path in &chosen {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (known_at, day) = name.split_once('@').unwrap_or((&name, "2099-01-01"));
        let before = std::fs::read_to_string(path).map_err(CrashError::io("read", path))?;
        let now = answer(data, docket, known_at.trim_start_matches('0'), day)?;
        demand(before == now || only_redacted(&before, &now, erased), Invariant::Answers, || {
            format!("the answer at size {known_at} as of {day} has changed")
        })?;
    }
    let day = if size.is_multiple_of(2) { DAYS[0] } else { DAYS[1] };
    let path = witness.answers().join(format!("{size:020}@{day}"));
    if !path.exists() {
        let now = answer(data, docket, &size.to_string(), day)?;
        std::fs::write(&path, now).map_err(CrashError::io("write", &path))?;
    }
    Ok(chosen.len() as u64)
}

fn answer(data: &Path, docket: &Docket, known_at: &str, day: &str) -> Result<String, CrashError> {
    let known_at = if known_at.is_empty() { "0" } else { known_at };
    let arguments = ["list", "--known-at", known_at, "--effective-at", day, "--format", "json"];
    let Run { code, stdout, stderr } = docket.run(data, &arguments)?;
    demand(code == Some(0), Invariant::Answers, || {
        format!("docket list --known-at {known_at} ended with {code:?}: {stderr}")
    })?;
    Ok(stdout)
}

/// Whether two answers differ in nothing but words that were redacted since: the one exception of the design.
fn only_redacted(before: &str, now: &str, erased: &BTreeSet<Uuid>) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    parsed(before).zip(parsed(now)).is_some_and(|(before, now)| same(&before, &now, erased))
}

fn same(before: &Value, now: &Value, erased: &BTreeSet<Uuid>) -> bool {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            before.len() == now.len()
                && before
                    .iter()
                    .all(|(key, before)| now.get(key).is_some_and(|now| same(before, now, erased)))
        }
        (Value::Array(before), Value::Array(now)) => {
            before.len() == now.len() && before.iter().zip(now).all(|(before, now)| same(before, now, erased))
        }
        (Value::String(words), Value::Object(now)) => {
            let id = words.strip_prefix(MARKER).and_then(|rest| rest.get(..36));
            let id = id.and_then(|id| Uuid::try_parse(id).ok());
            now.contains_key("redacted") && id.is_some_and(|id| erased.contains(&id))
        }
        (before, now) => before == now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_were_redacted_may_differ() {
        let id = Uuid::from_u128(7);
        let before = format!(r#"{{"size": 3, "notes": [{{"text": "{MARKER}{id} and"}}]}}"#);
        let redacted = r#"{"size": 3, "notes": [{"text": {"redacted": "00"}}]}"#;
        let erased = BTreeSet::from([id]);
        assert!(only_redacted(&before, redacted, &erased));
        assert!(!only_redacted(&before, redacted, &BTreeSet::new()), "it was not redacted");
        assert!(!only_redacted(&before, &redacted.replace('3', "4"), &erased), "something else differs, too");
        assert!(!only_redacted(&before, r#"{"size": 3, "notes": []}"#, &erased), "the note is gone");
    }
}
