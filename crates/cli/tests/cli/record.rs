//! What is recorded, and what is said about it.

use serde_json::Value;

use super::support::Docket;

const COMMAND: &str = "0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b";

fn version_of(docket: &Docket, number: u64) -> u64 {
    docket.json(&["show", &number.to_string()])["recommendation"]["version"].as_u64().unwrap()
}

#[test]
fn a_command_that_records_says_what_it_recorded() {
    let docket = Docket::imported();
    let (size, version) = (docket.size(), version_of(&docket, 7));
    let recorded =
        docket.json(&["record", "status", "7", "IN PROGRESS", "--effective", "2025-04-01", "--by", "ann"]);
    let keys: Vec<&String> = recorded.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 5, "{recorded}");
    let event = &recorded["events"][0];
    assert_eq!(event["index"], size);
    assert_eq!(event["version"], version + 1);
    assert_eq!(event["subject"], "birmingham-crime-commission/recommendation/7");
    assert_eq!(recorded["repeated"], false);
    assert_eq!(recorded["size"], size + 1);
    let checkpoint = recorded["checkpoint"].as_str().unwrap();
    let lines: Vec<&str> = checkpoint.lines().collect();
    assert_eq!(lines.get(1), Some(&(size + 1).to_string().as_str()));
    assert_eq!(lines.get(2).copied(), recorded["root"].as_str());

    let line = docket.run(["record", "note", "7", "Contract signed", "--by", "ann"]).done().stdout;
    let expected = format!("recorded 7@{} (event ", version + 2);
    assert!(line.starts_with(&expected) && line.ends_with("=\n"), "{line}");
    assert!(line.contains(&format!("; the log has {} entries, root ", size + 2)), "{line}");
}

#[test]
fn a_retry_with_the_same_id_is_recorded_once() {
    let docket = Docket::imported();
    let size = docket.size();
    let status = ["record", "status", "7", "IN PROGRESS", "--by", "ann", "--command-id", COMMAND];
    let first = docket.json(&status);
    // A default that has moved on since is still the same command.
    docket.run(["record", "note", "7", "meanwhile", "--by", "ann"]).done();
    let again = docket.json(&status);
    assert_eq!(again["events"], first["events"]);
    assert_eq!((&first["repeated"], &again["repeated"]), (&Value::Bool(false), &Value::Bool(true)));
    let shouted = COMMAND.to_uppercase();
    let line =
        docket.run(["record", "status", "7", "IN PROGRESS", "--by", "ann", "--command-id", &shouted]).done();
    assert!(line.stdout.starts_with("already recorded 7@"), "{line:?}");
    docket
        .run(["record", "status", "7", "PRE-LAUNCH", "--reason", "x", "--by", "ann", "--command-id", COMMAND])
        .fails(3, "was recorded before with other content");
    assert_eq!(docket.size(), size + 2);
    // Ids are scoped to their actor.
    docket.run(["record", "status", "7", "IN PROGRESS", "--by", "bob", "--command-id", COMMAND]).done();
    assert_eq!(docket.size(), size + 3);
}

#[test]
fn a_retried_finding_judges_the_claim_that_it_judged() {
    let docket = Docket::imported();
    let finding = ["record", "verification", "7", "--agrees", "--by", "reviewer", "--command-id", COMMAND];
    let first = docket.json(&finding);
    docket.run(["record", "status", "7", "IN PROGRESS", "--effective", "2025-06-01", "--by", "ann"]).done();
    let again = docket.json(&finding);
    assert_eq!((&again["events"], &again["repeated"]), (&first["events"], &Value::Bool(true)));
}

#[test]
fn statements_reach_the_answers() {
    let docket = Docket::imported();
    let reason = "the contract was cancelled";
    let status = [
        "record",
        "status",
        "7",
        "IN PLANNING",
        "--effective",
        "2025-04-01",
        "--reason",
        reason,
        "--by",
        "ann",
    ];
    docket.run(status).done();
    let finding =
        ["record", "verification", "7", "--disagrees", "--comment", "work was seen", "--by", "reviewer"];
    docket.run(finding).done();
    let seven = docket.json(&["show", "7"])["recommendation"].clone();
    assert_eq!(seven["status"]["label"], "IN PLANNING");
    assert_eq!(seven["status"]["actor"], "ann");
    assert_eq!(seven["status"]["asserted_by"], "City of Birmingham, Alabama");
    assert_eq!(seven["verified"]["agrees"], false);
    assert_eq!(
        (&seven["verified"]["actor"], &seven["verified"]["asserted_by"]),
        (&"reviewer".into(), &"reviewer".into())
    );
    let before = docket.json(&["show", "7", "--effective-at", "2025-03-31"])["recommendation"].clone();
    assert_eq!((&before["status"]["label"], &before["verified"]), (&"IN PROGRESS".into(), &Value::Null));
}

#[test]
fn a_note_comes_from_standard_input_and_may_be_internal() {
    let docket = Docket::imported();
    let note =
        ["record", "note", "7", "-", "--visibility", "internal", "--role", "annotation", "--by", "ann"];
    docket.run_with("two\nlines é\r\n".as_bytes(), &note).done();
    let has = |arguments: &[&str]| {
        let notes = docket.json(arguments)["recommendation"]["notes"].as_array().unwrap().clone();
        notes.iter().any(|note| note["text"] == "two\nlines é")
    };
    assert!(!has(&["show", "7"]));
    assert!(has(&["show", "7", "--audience", "internal"]));
}

#[test]
fn corrections_and_retractions_leave_earlier_answers_as_they_were() {
    let docket = Docket::imported();
    let status =
        docket.json(&["record", "status", "7", "IN PROGRESS", "--effective", "2025-04-01", "--by", "ann"]);
    let name = format!("7@{}", status["events"][0]["version"]);
    let id = status["events"][0]["event"].as_str().unwrap();
    let known_at = status["size"].to_string();
    let at = ["list", "--known-at", &known_at, "--effective-at", "2025-06-01", "--format", "json"];
    let before = docket.run(at).done().stdout;
    docket
        .run(["correct", &name, "--effective", "2025-07-01", "--reason", "typing error", "--by", "ann"])
        .done();
    docket.run(["retract", id, "--reason", "recorded for the wrong one", "--by", "ann"]).done();
    assert_eq!(docket.run(at).done().stdout, before);
    docket.run(["retract", id, "--reason", "twice", "--by", "ann"]).fails(3, "is retracted already");
}
