//! Three made-up tables of other registers, with other layouts, vocabularies and damage, through the same code.

use crate::docket::{Docket, recommendation};

#[test]
fn every_fixture_imports_reconciles_and_verifies() {
    let docket = Docket::new();
    let said = docket.ok(&["import", "tests/fixtures", "--origin", "docket.example/fixtures"]);
    assert!(
        said.contains("harbour-flood-panel")
            && said.contains("school-inquiry")
            && said.contains("transit-audit")
    );
    for (register, count) in [("harbour-flood-panel", 12), ("school-inquiry", 7), ("transit-audit", 10)] {
        let answer = docket.json(&["list", "--register", register]);
        assert_eq!(answer["recommendations"].as_array().unwrap().len(), count, "{register}");
        assert_eq!(answer["basis"]["origin"], "docket.example/fixtures");
    }
    let again = docket.ok(&["import", "tests/fixtures"]);
    assert!(again.contains("nothing"), "{again}");
    docket.ok(&["verify"]);
    let (code, message) = docket.fails(&["list"]);
    assert_eq!(code, 2, "{message}");
    assert!(message.contains("--register"), "{message}");
}

#[test]
fn a_wrapped_row_of_another_layout_is_put_together() {
    let docket = Docket::new();
    docket.ok(&["import", "tests/fixtures/harbour-flood-panel"]);
    let answer = docket.json(&["list"]);
    let second = recommendation(&answer, "2");
    assert_eq!(
        second["text"],
        "Replace the sluice gates at the old harbour and train volunteers to operate them at night."
    );
    assert_eq!(second["status"]["state"], "under-way");
    assert_eq!(recommendation(&answer, "4")["number_basis"], "inferred");
    assert_eq!(recommendation(&answer, "10")["number_basis"], "missing");
    assert!(recommendation(&answer, "10")["status"]["label"].is_null());
}

#[test]
fn a_source_that_was_altered_is_refused_and_nothing_is_made() {
    let docket = Docket::new();
    let folder = tempfile::tempdir().unwrap();
    crate::docket::copy(&crate::docket::workspace().join("tests/fixtures/school-inquiry"), folder.path());
    let table = folder.path().join("table.txt");
    let text = std::fs::read_to_string(&table).unwrap().replace("Rejected", "Accepted");
    std::fs::write(&table, text).unwrap();
    let (code, message) = docket.fails(&["import", folder.path().to_str().unwrap()]);
    assert_eq!(code, 3, "{message}");
    assert!(message.contains("SHA-256") && message.contains("table.txt"), "{message}");
    assert!(!docket.data().exists());
}

#[test]
fn changed_curation_is_recorded_as_corrections() {
    let docket = Docket::seeded();
    let folder = tempfile::tempdir().unwrap();
    crate::docket::copy(&crate::docket::workspace().join("seeds/birmingham-crime-commission"), folder.path());
    let size = docket.json(&["list"])["basis"]["size"].as_u64().unwrap();
    let curation = folder.path().join("curation.toml");
    let text = std::fs::read_to_string(&curation).unwrap();
    // Without the decision on the lost hyphen the word stays as it was printed.
    let parts: Vec<&str> = text.split("\n[[decision]]").collect();
    let left: Vec<&str> = parts
        .iter()
        .copied()
        .enumerate()
        .filter(|(place, part)| *place == 0 || !part.contains("restore-hyphen"))
        .map(|(_, part)| part)
        .collect();
    assert_eq!(left.len() + 1, parts.len(), "there is one decision to leave out");
    std::fs::write(&curation, left.join("\n[[decision]]")).unwrap();
    let said = docket.ok(&["import", folder.path().to_str().unwrap()]);
    assert!(said.contains("77"), "{said}");
    let answer = docket.json(&["list"]);
    let text = recommendation(&answer, "77")["text"].as_str().unwrap().to_owned();
    assert!(text.contains("highrisk operations"), "{text}");
    let before = docket.json(&["list", "--known-at", &size.to_string()]);
    assert!(recommendation(&before, "77")["text"].as_str().unwrap().contains("high-risk operations"));
    let again = docket.ok(&["import", folder.path().to_str().unwrap()]);
    assert!(again.contains("nothing"), "{again}");
}
