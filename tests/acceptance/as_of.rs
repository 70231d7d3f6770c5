//! The two clocks: what was true then, and what was known then.

use serde_json::Value;

use crate::docket::{Docket, recommendation};

/// Who the operating system says is running the tests.
fn os_user() -> String {
    let output = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn status(docket: &Docket, key: &str, options: &[&str]) -> Value {
    let arguments: Vec<&str> = ["list"].into_iter().chain(options.iter().copied()).collect();
    recommendation(&docket.json(&arguments), key)["status"].clone()
}

#[test]
fn the_seed_is_possible_within_its_interval_and_certain_after_it() {
    let docket = Docket::seeded();
    let at = |date: &str| status(&docket, "7", &["--effective-at", date]);
    assert!(at("2025-02-01").is_null());
    assert!(at("2025-03-05").is_null());
    assert_eq!(at("2025-03-06")["certainty"], "possible");
    assert_eq!(at("2025-03-15")["certainty"], "possible");
    assert_eq!(at("2025-03-19")["certainty"], "certain");
    assert_eq!(at("2025-03-20")["certainty"], "certain");
    assert_eq!(at("2025-03-20")["effective"]["from"], "2025-03-06T06:00:00.000000Z");
    assert_eq!(at("2025-03-20")["effective"]["to"], "2025-03-20T05:00:00.000000Z");
    assert_eq!(at("2025-03-20")["effective"]["basis"], "inferred");
    let nothing = docket.json(&["list", "--known-at", "0"]);
    assert_eq!(nothing["recommendations"], Value::Array(vec![]));
    assert_eq!(nothing["basis"]["size"], 0);
    assert_eq!(nothing["basis"]["root"], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn a_backdated_status_changes_only_what_it_is_effective_for() {
    let docket = Docket::seeded();
    docket.ok(&["record", "status", "7", "COMPLETE", "--effective", "2025-04-01"]);
    assert_eq!(status(&docket, "7", &["--effective-at", "2025-03-31"])["label"], "IN PROGRESS");
    let june = status(&docket, "7", &["--effective-at", "2025-06-01"]);
    assert_eq!((&june["label"], &june["certainty"]), (&"COMPLETE".into(), &"certain".into()));
    assert_eq!(june["actor"], os_user());
}

#[test]
fn corrections_and_retractions_leave_every_earlier_answer_as_it_was() {
    let docket = Docket::seeded();
    let size = docket.json(&["list"])["basis"]["size"].as_u64().unwrap().to_string();
    let dates = ["2025-02-01", "2025-03-15", "2025-03-31", "2025-06-01"];
    let answers = |known: &str| -> Vec<String> {
        let all = dates.iter().flat_map(|date| {
            ["list", "timeline 7"].map(|query| {
                let mut arguments: Vec<&str> = query.split(' ').collect();
                arguments.extend(["--effective-at", date, "--known-at", known, "--format", "json"]);
                docket.ok(&arguments)
            })
        });
        all.collect()
    };
    let before = answers(&size);
    let changed = docket.json(&["record", "status", "7", "COMPLETE", "--effective", "2025-04-01"]);
    let event = changed["events"][0]["event"].as_str().unwrap().to_owned();
    let version = changed["events"][0]["version"].as_u64().unwrap();
    let after_first = docket.json(&["list"])["basis"]["size"].as_u64().unwrap().to_string();
    let middle = answers(&after_first);
    docket.ok(&["correct", &event, "--effective", "2025-05-02", "--reason", "the minutes say 2 May"]);
    assert_eq!(status(&docket, "7", &["--effective-at", "2025-05-01"])["label"], "IN PROGRESS");
    assert_eq!(status(&docket, "7", &["--effective-at", "2025-05-02"])["label"], "COMPLETE");
    docket.ok(&["retract", &format!("7@{version}"), "--reason", "it was another recommendation"]);
    assert_eq!(status(&docket, "7", &["--effective-at", "2025-06-01"])["label"], "IN PROGRESS");
    assert_eq!(answers(&size), before);
    assert_eq!(answers(&after_first), middle);
    let end = docket.json(&["list"])["basis"]["size"].as_u64().unwrap().to_string();
    let changes = docket.ok(&["changes", "--from", &size, "--to", &end, "--format", "json"]);
    for word in
        ["the minutes say 2 May", "it was another recommendation", &os_user(), "status.reported", "COMPLETE"]
    {
        assert!(changes.contains(word), "{word} is in {changes}");
    }
    let happened =
        docket.ok(&["changes", "--clock", "effective", "--from", "2025-02-01", "--to", "2025-06-01"]);
    assert!(happened.contains('7'), "{happened}");
    docket.ok(&["verify"]);
}

#[test]
fn a_regress_needs_a_reason_and_a_finding_another_actor() {
    let docket = Docket::seeded();
    let (code, message) = docket.fails(&["record", "status", "7", "IN PLANNING"]);
    assert_eq!(code, 3, "{message}");
    assert!(message.contains("reason"), "{message}");
    docket.ok(&["record", "status", "7", "IN PLANNING", "--reason", "the grant fell through"]);
    let (code, message) = docket.fails(&["record", "verification", "7", "--agrees"]);
    assert_eq!(code, 3, "{message}");
    docket.ok(&["record", "verification", "7", "--agrees", "--by", "auditor"]);
    let verified = recommendation(&docket.json(&["list"]), "7")["verified"].clone();
    assert_eq!((&verified["agrees"], &verified["actor"]), (&true.into(), &"auditor".into()));
}
