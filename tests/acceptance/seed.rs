//! The first source: what its import prints and what the log then holds. The figures are those counted by hand in the notes on the source.

use serde_json::Value;

use crate::docket::{Docket, recommendation};

fn keys(answer: &Value, wanted: impl Fn(&Value) -> bool) -> Vec<u64> {
    let all = answer["recommendations"].as_array().unwrap();
    all.iter().filter(|found| wanted(found)).map(|found| found["number"].as_u64().unwrap()).collect()
}

#[test]
fn the_import_reconciles_and_a_second_one_records_nothing() {
    let docket = Docket::new();
    let first = docket.ok(&["import", "seeds"]);
    // Wrapped to the width of the terminal: compared without the line breaks.
    let words = first.split_whitespace().collect::<Vec<_>>().join(" ");
    for account in [
        "lines 102 = 20 blank + 76 owned + 6 quarantined",
        "recommendations 82: 57 numbers printed, 12 inferred, 13 missing",
        "25 NO UPDATE AVAILABLE, 22 IN PROGRESS, 12 IN PLANNING, 4 DEVELOPMENT, 4 PRE-LAUNCH, 1 IN DEVELOPMENT, 14 unknown",
        "0 open",
        "verified: 228 entries, root ",
        "checkpoint: docket.example/birmingham-crime-commission 228 ",
    ] {
        assert!(words.contains(account), "{account} is in\n{first}");
    }
    let listed = docket.ok(&["list", "--format", "json"]);
    let again = docket.ok(&["import", "seeds"]);
    assert!(again.contains("nothing"), "{again}");
    assert_eq!(docket.ok(&["list", "--format", "json"]), listed);
    docket.ok(&["verify"]);
}

#[test]
fn all_82_are_there_with_their_labels() {
    let docket = Docket::seeded();
    let answer = docket.json(&["list"]);
    let numbers = keys(&answer, |_| true);
    assert_eq!(numbers, (1..=82).collect::<Vec<u64>>());
    let labelled = |label: &str| keys(&answer, |found| found["status"]["label"] == label);
    assert_eq!(
        labelled("NO UPDATE AVAILABLE"),
        [13, 14, 15, 16, 18, 19, 21, 22, 23, 40, 41, 48, 49, 50, 53, 59, 60, 61, 65, 66, 70, 71, 75, 80, 81]
    );
    assert_eq!(
        labelled("IN PROGRESS"),
        [1, 4, 5, 6, 7, 8, 11, 17, 38, 39, 42, 43, 45, 46, 55, 68, 69, 72, 73, 74, 76, 78]
    );
    assert_eq!(labelled("IN PLANNING"), [10, 12, 20, 51, 52, 54, 56, 58, 62, 63, 77, 79]);
    assert_eq!(labelled("PRE-LAUNCH"), [2, 9, 44, 47]);
    assert_eq!(labelled("DEVELOPMENT"), [3, 57, 64, 67]);
    assert_eq!(labelled("IN DEVELOPMENT"), [82]);
    let lost: Vec<u64> = (24..=37).collect();
    assert_eq!(keys(&answer, |found| found["status"]["reporting"] == "unknown"), lost);
    for number in lost {
        let status = &recommendation(&answer, &number.to_string())["status"];
        assert!(status["label"].is_null() && status["state"].is_null(), "{number}: {status}");
    }
    let state = |key: &str| recommendation(&answer, key)["status"]["state"].clone();
    assert_eq!((state("3"), state("82")), ("development".into(), "development".into()));
    // "No update" says nothing about the work.
    assert_eq!(state("13"), Value::Null);
}

#[test]
fn numbers_say_how_they_are_known() {
    let docket = Docket::seeded();
    let answer = docket.json(&["list"]);
    let by_basis = |basis: &str| keys(&answer, |found| found["number_basis"] == basis);
    assert_eq!(by_basis("missing"), (24..=36).collect::<Vec<u64>>());
    assert_eq!(by_basis("inferred"), [37, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79]);
    assert_eq!(by_basis("printed").len(), 57);
}

#[test]
fn texts_and_notes_are_repaired_as_the_notes_on_the_source_allow_and_no_further() {
    let docket = Docket::seeded();
    let answer = docket.json(&["list"]);
    let text = |key: &str| recommendation(&answer, key)["text"].as_str().unwrap_or("").to_owned();
    assert_eq!(text("37"), "without a license and prevent brandishing of weapons in public).");
    assert_eq!(recommendation(&answer, "37")["text_basis"], "partial");
    assert!(recommendation(&answer, "24")["text"].is_null());
    assert!(text("8").contains("high-risk individuals") && !text("8").contains("high- "));
    assert!(text("43").contains("$15.8M") && !text("43").contains('\\'));
    assert!(text("77").contains("high-risk operations"), "{}", text("77"));
    assert!(text("75").contains("out-of-county"), "{}", text("75"));
    assert!(text("60").contains("BOSPD"));
    assert_eq!(
        text("53"),
        "Mock Trial Simulations: Conduct regular mock trials to refine testimony skills and improve detectives' confidence in presenting evidence."
    );
    assert_eq!(
        text("54"),
        "Prosecutor-Led Workshops: Facilitate workshops to align investigative practices with prosecutorial requirements."
    );
    assert!(text("63").ends_with("public safety events."), "{}", text("63"));
    assert!(text("64").ends_with("community advisory boards."), "{}", text("64"));
    assert!(text("68").ends_with("stricter penalties for violent crimes"), "{}", text("68"));
    assert!(
        text("79").ends_with("identify trends that may influence supervision strategies."),
        "{}",
        text("79")
    );
    for leaked in ["73", "74", "76", "77"] {
        assert!(!text(leaked).contains("Planning and developing"), "{leaked}: {}", text(leaked));
    }
    // A sentence that fits another row stays where it was printed.
    assert!(text("74").contains("This window would allow"));
}

#[test]
fn leaked_answers_are_notes_of_their_own_without_a_date() {
    let docket = Docket::seeded();
    let answer = docket.json(&["list"]);
    let earlier = keys(&answer, |found| {
        found["notes"].as_array().unwrap().iter().any(|note| note["role"] == "earlier-answer")
    });
    for key in [54, 63, 64, 73, 74, 76, 77] {
        assert!(earlier.contains(&key), "{key} has an earlier answer: {earlier:?}");
    }
    let notes = recommendation(&answer, "73")["notes"].as_array().unwrap();
    let leaked = notes.iter().find(|note| note["role"] == "earlier-answer").unwrap();
    assert_eq!(
        leaked["text"],
        "Planning and developing. BPD has set meeting with Pardons and Paroles Command Staff."
    );
    assert_eq!(leaked["effective"]["precision"], "unknown");
    assert!(leaked["effective"]["from"].is_null());
    let progress = |key: &str| -> Vec<String> {
        let notes = recommendation(&answer, key)["notes"].as_array().unwrap();
        let progress = notes.iter().filter(|note| note["role"] == "progress");
        progress.map(|note| note["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(progress("55"), ["Awarded the 2024 Justice Assistance Grant", "Applied for the ADECA Grant"]);
    let long = progress("11");
    assert!(
        long.len() == 1 && long[0].starts_with("Met this month") && long[0].ends_with("strategi"),
        "{long:?}"
    );
    let joined = progress("38");
    assert!(
        joined.len() == 1 && joined[0].starts_with("In March 2025, the Alabama House of Representatives"),
        "{joined:?}"
    );
    assert_eq!(progress("48"), ["No update available"]);
    assert_eq!(progress("13"), Vec::<String>::new());
    // Two rows of the source bear the same note, word for word: it is kept in both.
    assert_eq!(progress("77"), progress("76"));
    assert!(progress("76")[0].ends_with("narcotics related incidents."), "{:?}", progress("76"));
}
