//! Answers as JSON, CSV and tables.

use super::support::{Docket, Run};

#[test]
fn the_list_has_the_shape_that_people_script_against() {
    let docket = Docket::imported();
    let answer = docket.json(&["list", "--effective-at", "2025-06-01"]);
    let basis = answer["basis"].as_object().unwrap();
    let keys: Vec<&str> = basis.keys().map(String::as_str).collect();
    for key in ["format", "origin", "size", "root", "known_at", "effective_at", "audience"] {
        assert!(keys.contains(&key), "{key} is not in {keys:?}");
    }
    assert_eq!(basis["effective_at"], "2025-06-01");
    let rows = answer["recommendations"].as_array().unwrap();
    assert_eq!(rows.len(), 82);
    let seven = rows.iter().find(|row| row["key"] == "7").unwrap();
    assert_eq!(seven["status"]["label"], "IN PROGRESS");
    assert_eq!(seven["status"]["certainty"], "certain");
    let lost = rows.iter().find(|row| row["key"] == "30").unwrap();
    assert_eq!(
        (&lost["text"], &lost["status"]["label"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(lost["status"]["reporting"], "unknown");
}

#[test]
fn both_clocks_and_nothing_at_all() {
    let docket = Docket::imported();
    let status_of_seven =
        |day: &str| docket.json(&["show", "7", "--effective-at", day])["recommendation"]["status"].clone();
    assert_eq!(status_of_seven("2025-02-01"), serde_json::Value::Null);
    assert_eq!(status_of_seven("2025-03-15")["certainty"], "possible");
    assert_eq!(status_of_seven("2025-03-20")["certainty"], "certain");
    let nothing = docket.json(&["list", "--known-at", "0"]);
    assert_eq!(nothing["basis"]["size"], 0);
    assert_eq!(nothing["basis"]["root"], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(nothing["recommendations"], serde_json::json!([]));
}

#[test]
fn tables_fit_and_are_coloured_only_when_asked() {
    let docket = Docket::imported();
    let list = |columns: Option<&str>, color: &str| {
        let mut command = docket.command(["list", "--effective-at", "2025-06-01", "--color", color]);
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        Run::of(command.output().unwrap()).done().stdout
    };
    for (columns, width) in [(Some("60"), 60), (Some("80"), 80), (None, 100), (Some("160"), 160)] {
        let table = list(columns, "auto");
        let widest = table.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= width, "{widest} of {width}: {table}");
        assert!(!table.contains('\u{1b}'), "a pipe is not coloured");
    }
    assert!(list(None, "always").contains('\u{1b}'));
    assert!(!list(None, "never").contains('\u{1b}'));
}

#[test]
fn every_answer_comes_in_every_format() {
    let docket = Docket::imported();
    let commands: [&[&str]; 5] = [
        &["list"],
        &["show", "7"],
        &["timeline", "7"],
        &["changes", "--from", "0", "--to", "100"],
        &["changes", "--from", "2025-01-01", "--to", "2025-12-31", "--clock", "effective"],
    ];
    for arguments in commands {
        assert!(docket.json(arguments)["basis"].is_object(), "{arguments:?}");
        let printed = |format| docket.run(arguments.iter().chain(&["--format", format])).done().stdout;
        let (csv, table) = (printed("csv"), printed("table"));
        assert!(csv.lines().count() >= 2 && csv.lines().next().unwrap().contains(','), "{csv}");
        assert!(table.ends_with('\n') && table != csv, "{table}");
    }
}

#[test]
fn changes_by_one_actor() {
    let docket = Docket::imported();
    let size = docket.size();
    docket.run(["record", "note", "7", "by ann", "--by", "ann"]).done();
    docket.run(["record", "note", "8", "by bob", "--by", "bob"]).done();
    let (from, to) = (size.to_string(), (size + 2).to_string());
    let of = |actor: &str| {
        let changes = docket.json(&["changes", "--from", &from, "--to", &to, "--actor", actor]);
        changes["changes"].as_array().unwrap().len()
    };
    assert_eq!((of("ann"), of("bob"), of("eve")), (1, 1, 0));
}
