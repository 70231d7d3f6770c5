//! A whole working month, as the people who do it would: the clerk imports and decides, counsel redacts, a reviewer disagrees, an auditor is
//! handed a bundle and needs nothing but the public key.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::docket::{Docket, binary, recommendation};

/// The note of recommendation 7 in the first source, as it is printed there.
const REDACTED: &str =
    "An MOU is being reviewed by legal; training of hospital violence interrupters is March 17-21.";

/// Every file below a directory whose bytes contain the words.
fn files_with(words: &str, directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(words, &path));
        } else if std::fs::read(&path).unwrap().windows(words.len()).any(|part| part == words.as_bytes()) {
            found.push(path);
        }
    }
    found
}

/// Decides every step of a plan that waits: steps whose id is in `refused` are refused, the others accepted.
fn decide(plan: &Path, refused: &[&str]) {
    let text = std::fs::read_to_string(plan).unwrap();
    let steps = text.split("[[step]]").map(|step| {
        let is_refused = refused.iter().any(|id| step.contains(&format!("id = \"{id}\"")));
        let decided = if is_refused { "refuse\"\nreason = \"it speaks of a part only" } else { "accept" };
        step.replace("decision = \"decide\"", &format!("decision = \"{decided}\""))
    });
    let decided = steps.collect::<Vec<_>>().join("[[step]]");
    assert!(!decided.contains("\"decide\""));
    std::fs::write(plan, decided).unwrap();
}

/// The size of the log now.
fn size(docket: &Docket) -> u64 {
    docket.json(&["list"])["basis"]["size"].as_u64().unwrap()
}

/// How many recommendations stand on a value of an axis of the report.
fn counted(report: &Value, axis: &str, value: &str) -> (u64, u64) {
    let rows =
        report["counts"][axis].as_array().unwrap_or_else(|| panic!("{axis} is in {}", report["counts"]));
    let row =
        rows.iter().find(|row| row["value"] == value).unwrap_or_else(|| panic!("{value} is in {rows:?}"));
    (row["count"].as_u64().unwrap(), row["events"].as_array().unwrap().len() as u64)
}

/// The seed, the claims, and the April table as decided.
fn recorded_month(docket: &Docket, scratch: &Path) {
    docket.ok(&["record", "claims", "seeds/birmingham-crime-commission/claims.toml", "--by", "clerk"]);
    let plan = scratch.join("april.toml");
    let path = plan.to_str().unwrap();
    docket.ok(&["import", "tests/fixtures/birmingham-april", "--plan-to", path]);
    let before = size(docket);
    let (code, message) = docket.fails(&["import", "tests/fixtures/birmingham-april", "--plan", path]);
    assert_eq!(code, 3, "a plan with open decisions is refused: {message}");
    assert_eq!(size(docket), before);
    decide(&plan, &["57/status", "57/note-1"]);
    docket.ok(&["import", "tests/fixtures/birmingham-april", "--plan", path, "--by", "clerk"]);
    let after = size(docket);
    assert!(after > before + 100, "{before} to {after}");
    docket.ok(&["import", "tests/fixtures/birmingham-april", "--plan", path, "--by", "clerk"]);
    assert_eq!(size(docket), after, "a second run records nothing");
}

#[test]
fn a_scripted_month() {
    let docket = Docket::seeded();
    let scratch = tempfile::tempdir().unwrap();
    let seed_size = size(&docket);
    let at_seed_size = seed_size.to_string();
    let seed_basis = ["list", "--known-at", &at_seed_size, "--effective-at", "2025-03-20"];
    let seed_list = docket.json(&seed_basis);
    recorded_month(&docket, scratch.path());

    // What the table printed with another label is there, what it left out is as it was, and 17 went back.
    let april = docket.json(&["list", "--effective-at", "2025-04-30"]);
    assert_eq!(recommendation(&april, "2")["status"]["label"], "IN PROGRESS");
    assert_eq!(recommendation(&april, "72")["status"]["label"], "COMPLETE");
    assert_eq!(recommendation(&april, "17")["status"]["state"], "planning");
    let march = docket.json(&["list", "--effective-at", "2025-03-31"]);
    assert_eq!(recommendation(&march, "2")["status"]["label"], "PRE-LAUNCH");

    docket.ok(&[
        "correct",
        "2@5",
        "--text",
        "Four of the specific actions are active.",
        "--reason",
        "misread",
        "--by",
        "clerk",
    ]);
    docket.ok(&["retract", "9@5", "--reason", "it belongs to 10", "--by", "clerk"]);
    docket.ok(&[
        "record",
        "verification",
        "72",
        "--disagrees",
        "--by",
        "reviewer",
        "--effective",
        "2025-04-30",
    ]);
    redact(&docket);

    let report = |effective: &str, known: &[&str]| {
        let basis: Vec<&str> =
            ["report", "--effective-at", effective].into_iter().chain(known.iter().copied()).collect();
        docket.json(&basis)
    };
    let then = report("2025-03-18", &["--known-at", &seed_size.to_string()]);
    assert_eq!(then["basis"]["size"], seed_size);
    assert_eq!(counted(&then, "labels", "NO UPDATE AVAILABLE"), (25, 25));
    assert_eq!(counted(&then, "states", "in-progress"), (22, 22));
    let now = report("2025-04-30", &["--since-effective-at", "2025-03-31"]);
    assert_eq!(counted(&now, "labels", "COMPLETE"), (1, 1));
    assert_eq!(now["moved"]["regressions"].as_array().unwrap().len(), 1, "{}", now["moved"]);
    assert_eq!(now["claims"].as_array().unwrap().len(), 2);
    let page = scratch.path().join("report.html");
    docket.ok(&[
        "report",
        "--effective-at",
        "2025-04-30",
        "--format",
        "html",
        "--output",
        page.to_str().unwrap(),
    ]);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.contains("default-src 'none'") && !html.contains("<script"));
    assert!(!html.contains(REDACTED));

    // Nothing of this changed what the log would have answered when only the seed was known, but for the words that are gone.
    let again = docket.json(&seed_basis);
    assert_eq!(again["basis"], seed_list["basis"]);
    for (old, new) in list_of(&seed_list).iter().zip(list_of(&again)) {
        assert_eq!(old == new, old["key"] != "7", "{}", old["key"]);
    }
    assert!(recommendation(&again, "7").to_string().contains("redacted"));
    hand_over(&docket, scratch.path());
}

fn list_of(answer: &Value) -> &Vec<Value> {
    answer["recommendations"].as_array().unwrap()
}

/// Redacts a note of the seed wherever its words stand, under an authority.
fn redact(docket: &Docket) {
    let arguments = [
        "redact",
        "7@3",
        "--authority",
        "court order 25-117",
        "--reason",
        "names a patient",
        "--by",
        "counsel",
    ];
    let (code, listing) = docket.fails(&arguments);
    assert_eq!(code, 2, "{listing}");
    assert!(listing.contains("7@1:") && listing.contains(":document"), "{listing}");
    assert_ne!(files_with(REDACTED, &docket.data()), Vec::<PathBuf>::new());
    docket.ok(&[&arguments[..], &["--all-listed"]].concat());
    assert_eq!(files_with(REDACTED, &docket.data()), Vec::<PathBuf>::new());
    docket.ok(&["verify"]);
    let timeline = docket.ok(&["timeline", "7"]);
    for word in ["counsel", "court order 25-117", "names a patient", "redacted"] {
        assert!(timeline.contains(word), "{word} is in {timeline}");
    }
}

/// A bundle, a receipt and a checkpoint, verified in an empty directory with the public key only.
fn hand_over(docket: &Docket, scratch: &Path) {
    let bundle = scratch.join("bundle");
    docket.ok(&["export", "--format", "bundle", bundle.to_str().unwrap()]);
    assert_eq!(files_with(REDACTED, &bundle), Vec::<PathBuf>::new());
    let key = docket.ok(&["keygen", "--show"]);
    std::fs::write(scratch.join("receipt"), docket.run(&["receipt", "2@4"]).stdout).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    for arguments in [["verify", "--bundle"], ["verify", "--receipt"]] {
        let subject = if arguments[1] == "--bundle" { "bundle" } else { "receipt" };
        let output = Command::new(binary("docket-cli", "docket"))
            .args(arguments)
            .arg(scratch.join(subject))
            .args(["--key", key.trim()])
            .env_remove("DOCKET_DATA")
            .current_dir(elsewhere.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0, "verifying leaves nothing behind");
}

#[test]
fn what_the_user_declined_to_redact_is_all_that_is_left_of_the_words() {
    let docket = Docket::seeded();
    let command =
        ["redact", "7@3", "--authority", "court order 25-117", "--reason", "names a patient", "--only-this"];
    let run = docket.run(&command);
    let said = [run.stdout, run.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(run.status.success(), "{said}");
    assert!(said.contains("7@1:") && said.contains(":document"), "{said}");
    // The row as printed stands in the journal, the document in its blob: both were listed.
    let left = files_with(REDACTED, &docket.data());
    let kinds: Vec<&str> = left
        .iter()
        .map(|path| {
            path.strip_prefix(docket.data())
                .unwrap()
                .components()
                .next()
                .unwrap()
                .as_os_str()
                .to_str()
                .unwrap()
        })
        .collect();
    assert_eq!(kinds.len(), 2, "{left:?}");
    assert!(kinds.contains(&"journal") && kinds.contains(&"blobs"), "{left:?}");
    docket.ok(&["verify"]);
}

#[test]
fn a_legal_hold_refuses_a_redaction_until_it_is_lifted() {
    let docket = Docket::seeded();
    let redact = ["redact", "7@3", "--authority", "a", "--reason", "b", "--only-this"];
    let placed = docket.json(&["hold", "place", "7", "--authority", "Roe v. City", "--reason", "discovery"]);
    let hold = placed["events"][0]["event"].as_str().unwrap().to_owned();
    let before = size(&docket);
    let (code, message) = docket.fails(&redact);
    assert_eq!(code, 3, "{message}");
    assert!(message.contains(&hold), "{message}");
    assert_eq!(size(&docket), before);
    docket.ok(&["hold", "lift", &hold, "--reason", "the case is closed"]);
    docket.ok(&redact);
}
