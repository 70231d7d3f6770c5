//! The list and the page of a recommendation: shape, dates, names, denominators.

use docket_domain::RegisterId;
use docket_projection::Audience;

use super::{Book, REGISTER, at, json, now, on, register, small};
use crate::LedgerError;
use crate::answer::{Query, counts, list, show, timeline};

/// The top-level keys of printed JSON objects in their order: the parsed form sorts them.
fn keys(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let (mut depth, mut string, mut escaped, mut word) = (0, false, false, String::new());
    for character in text.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if string => escaped = true,
            '"' => {
                string = !string;
                if string {
                    word.clear();
                }
            }
            ':' if !string && depth == 1 => keys.push(word.clone()),
            '{' | '[' if !string => depth += 1,
            '}' | ']' if !string => depth -= 1,
            other if string => word.push(other),
            _ => {}
        }
    }
    keys
}

fn starts_with(text: &str, expected: &str) {
    let expected: Vec<&str> = expected.split(' ').collect();
    assert_eq!(keys(text).get(..expected.len()).unwrap(), expected.as_slice(), "{text}");
}

#[test]
fn the_json_has_the_keys_of_the_design_in_their_order() {
    let book = small();
    let answer = list(&book.reader(), &on("2025-06-30"), now()).unwrap();
    let text = |value: &dyn erased::Json| value.text();
    starts_with(&text(&answer), "basis recommendations");
    let basis = "format origin size root known_at effective_at audience";
    assert_eq!(keys(&text(&answer.basis)).join(" "), basis);
    let fixed =
        "register key number number_basis text text_basis version status verified notes source damage";
    let status = "label state state_event reporting certainty effective event recorded_at actor asserted_by";
    for recommendation in &answer.recommendations {
        starts_with(&text(recommendation), fixed);
        let stated = recommendation.status.as_ref().unwrap();
        starts_with(&text(stated), status);
        assert_eq!(keys(&text(&stated.effective)).join(" "), "from to precision phrase basis");
    }
    let [first, second, third] = answer.recommendations.as_slice() else { panic!("{answer:?}") };
    starts_with(&text(first.verified.as_ref().unwrap()), "agrees state event actor");
    starts_with(&text(&second.notes[0]), "text role event recorded_at effective");
    assert_eq!(keys(&text(first.source.as_ref().unwrap())).join(" "), "sha256 lines");
    assert_eq!(json(&first.source)["lines"], serde_json::json!([[2, 2]]));
    assert_eq!(json(&third.damage), serde_json::json!([{"code": "row-lost", "note": "no line bears it"}]));
}

/// Serialisation of values of several types in one table.
mod erased {
    pub(super) trait Json {
        fn text(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn text(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

#[test]
fn values_are_those_of_the_design() {
    let book = small();
    let answer = json(&list(&book.reader(), &on("2025-06-30"), now()).unwrap());
    let basis = &answer["basis"];
    assert_eq!(basis["format"], 1);
    assert_eq!(basis["origin"], "log.example/test");
    assert_eq!((&basis["size"], &basis["known_at"]), (&13.into(), &13.into()));
    assert_eq!(basis["root"].as_str().unwrap(), book.reader().log().head().root.to_base64());
    assert_eq!((&basis["effective_at"], &basis["audience"]), (&"2025-06-30".into(), &"public".into()));
    let first = &answer["recommendations"][0];
    assert_eq!((&first["key"], &first["number"], &first["version"]), (&"1".into(), &1.into(), &4.into()));
    let status = &first["status"];
    assert_eq!((&status["label"], &status["state"]), (&"IN PROGRESS".into(), &"in-progress".into()));
    assert_eq!((&status["reporting"], &status["certainty"]), (&"reported".into(), &"certain".into()));
    assert_eq!((&status["actor"], &status["asserted_by"]), (&"ann".into(), &"City".into()));
    assert_eq!(status["recorded_at"], "2025-07-01T12:00:05.000000Z");
    assert_eq!(status["effective"]["from"], "2025-03-06T06:00:00.000000Z");
    assert_eq!(status["effective"]["to"], "2025-03-20T05:00:00.000000Z");
    assert_eq!(first["verified"]["agrees"], false);
    assert_eq!(first["assignments"]["owner"]["value"], "Police");
    let lost = &answer["recommendations"][2];
    assert!(lost["text"].is_null() && lost["source"].is_null());
    assert!(lost["status"]["label"].is_null() && lost["status"]["state"].is_null());
    assert_eq!(lost["status"]["reporting"], "unknown");
}

#[test]
fn notes_come_oldest_first_and_internal_ones_only_for_the_register() {
    let book = small();
    let notes = |audience| {
        let query = Query { audience, ..on("2025-06-30") };
        let answer = json(&show(&book.reader(), &query, "2", now()).unwrap());
        let notes = answer["recommendation"]["notes"].as_array().unwrap().clone();
        notes.iter().map(|note| note["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(notes(Audience::Public), ["An older answer", "Launches in April"]);
    assert_eq!(notes(Audience::Internal), ["An older answer", "Launches in April", "Do not tell"]);
    let texts = json(&timeline(&book.reader(), &Query::default(), "2", now()).unwrap()).to_string();
    assert!(texts.contains("Launches in April") && !texts.contains("Do not tell"));
}

#[test]
fn certainty_grows_with_the_date_and_overlap_leaves_it_open() {
    let book = small();
    let status = |day: &str, place: usize| {
        let answer = json(&list(&book.reader(), &on(day), now()).unwrap());
        answer["recommendations"][place]["status"].clone()
    };
    assert!(status("2025-02-01", 0).is_null());
    assert_eq!(status("2025-03-15", 0)["certainty"], "possible");
    assert_eq!(status("2025-03-19", 0)["certainty"], "certain");
    let open = status("2025-04-15", 1);
    assert_eq!((&open["label"], &open["certainty"]), (&"IN PROGRESS".into(), &"possible".into()));
    let last = &open["last_certain"];
    assert_eq!((&last["label"], &last["certainty"]), (&"IN PLANNING".into(), &"certain".into()));
    assert_eq!(status("2025-05-31", 1)["certainty"], "certain");
}

#[test]
fn no_update_takes_over_label_and_reporting_but_not_the_state() {
    let mut book = small();
    book.status("1", "NO UPDATE AVAILABLE", "2025-06-01", None);
    let answer = json(&show(&book.reader(), &on("2025-06-30"), "1", now()).unwrap());
    let status = &answer["recommendation"]["status"];
    assert_eq!((&status["label"], &status["state"]), (&"NO UPDATE AVAILABLE".into(), &"in-progress".into()));
    assert_eq!(status["reporting"], "no-update");
    assert_ne!(status["event"], status["state_event"]);
}

#[test]
fn unknown_is_counted_apart_under_both_denominators() {
    let book = small();
    let answer = json(&counts(&book.reader(), &on("2025-06-30"), now()).unwrap());
    let counts = &answer["counts"];
    assert_eq!(
        (&counts["recommendations"], &counts["known"], &counts["unknown"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!(counts["labels"]["values"][1], serde_json::json!({"value": "IN PROGRESS", "count": 2}));
    assert_eq!(counts["labels"]["unknown"], 1);
    assert_eq!(counts["numbers"], serde_json::json!({"printed": 2, "inferred": 0, "missing": 1}));
    assert_eq!(counts["verified"]["disagrees"], 1);
    let early = json(&super::super::counts(&book.reader(), &on("2025-01-01"), now()).unwrap());
    assert_eq!(early["counts"]["not_yet_stated"], 3);
}

#[test]
fn nothing_is_known_before_the_first_entry_and_in_an_empty_log() {
    let empty_root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    for book in [Book::empty(), small()] {
        let query = Query { known_at: Some("0".to_owned()), ..Query::default() };
        let answer = json(&list(&book.reader(), &query, now()).unwrap());
        assert_eq!(answer["recommendations"], serde_json::json!([]));
        assert_eq!((&answer["basis"]["size"], &answer["basis"]["root"]), (&0.into(), &empty_root.into()));
        assert_eq!(answer["basis"]["origin"], "log.example/test");
    }
    // Today is a day of the register's zone, and of UTC where there is none.
    let today =
        |book: &Book| list(&book.reader(), &Query::default(), now()).unwrap().basis.effective_at.to_string();
    assert_eq!(today(&Book::empty()), "2025-07-02");
    assert_eq!(today(&small()), "2025-07-01");
}

#[test]
fn a_time_on_the_recorded_clock_stands_for_what_was_recorded_by_then() {
    let book = small();
    let size = |known_at: &str| {
        let query = Query { known_at: Some(known_at.to_owned()), ..Query::default() };
        list(&book.reader(), &query, now()).map(|answer| answer.basis.size)
    };
    assert_eq!(size("2025-07-01T12:00:04Z").unwrap(), 4);
    assert_eq!(size("2025-06-30").unwrap(), 0);
    assert_eq!(size("2025-07-01").unwrap(), 13);
    assert!(matches!(size("14"), Err(LedgerError::Future { size: 13, .. })));
    assert!(matches!(size("soon"), Err(LedgerError::KnownAt { .. })));
    assert!(matches!(list(&book.reader(), &on("2025-02-30"), now()), Err(LedgerError::Time(_))));
}

#[test]
fn an_instant_is_asked_for_just_after_it() {
    let book = small();
    let stated = |instant: &str| {
        let answer = list(&book.reader(), &on(instant), now()).unwrap();
        assert_eq!(answer.basis.effective_at.to_string(), instant);
        answer.recommendations[0].status.is_some()
    };
    assert!(!stated("2025-03-06T05:59:59.999999Z"));
    assert!(stated("2025-03-06T06:00:00.000000Z"));
}

#[test]
fn several_registers_need_a_name_unless_only_one_was_known() {
    let mut book = small();
    let before = book.size();
    book.open("other");
    book.row("1", Some("Elsewhere."));
    let reader = book.reader();
    assert!(matches!(list(&reader, &Query::default(), now()), Err(LedgerError::WhichRegister { .. })));
    let named = Query { register: Some(RegisterId::new("other").unwrap()), ..Query::default() };
    assert_eq!(list(&reader, &named, now()).unwrap().recommendations.len(), 1);
    let unnamed = list(&reader, &at(before, "2025-06-30"), now()).unwrap();
    assert_eq!(unnamed.recommendations.len(), 3);
    let named = Query { register: Some(register()), ..at(before, "2025-06-30") };
    assert_eq!(unnamed, list(&reader, &named, now()).unwrap());
    let early = Query { register: Some(RegisterId::new("other").unwrap()), ..at(before, "2025-06-30") };
    assert!(list(&reader, &early, now()).unwrap().recommendations.is_empty());
    assert!(list(&reader, &at(0, "2025-06-30"), now()).unwrap().recommendations.is_empty());
    let unknown = Query { register: Some(RegisterId::new("none").unwrap()), ..Query::default() };
    assert!(matches!(list(&reader, &unknown, now()), Err(LedgerError::NoRegister { .. })));
}

#[test]
fn counts_at_a_size_that_knows_no_register_name_none() {
    let mut book = small();
    let before = json(&counts(&book.reader(), &at(0, "2025-06-30"), now()).unwrap());
    assert_eq!(before["register"], serde_json::Value::Null);
    book.open("another");
    assert_eq!(json(&counts(&book.reader(), &at(0, "2025-06-30"), now()).unwrap()), before);
    let named = Query { register: Some(register()), ..at(0, "2025-06-30") };
    assert_eq!(json(&counts(&book.reader(), &named, now()).unwrap())["register"], REGISTER);
}

#[test]
fn a_day_that_ends_between_two_registers_is_refused_as_its_size_is() {
    let mut book = small();
    // The day ends in Auckland before this register was opened, and in Chicago after it.
    book.open_in("other", "Pacific/Auckland");
    let reader = book.reader();
    let day = Query { known_at: Some("2025-07-01".to_owned()), ..on("2025-06-30") };
    let size = at(book.size(), "2025-06-30");
    for query in [day, size] {
        let answer = list(&reader, &query, now());
        assert!(matches!(answer, Err(LedgerError::WhichRegister { .. })), "{query:?}: {answer:?}");
    }
}

#[test]
fn names_are_looked_up_as_known_at_the_basis() {
    let mut book = small();
    book.row("line-57", Some("Without a number."));
    let before = book.size();
    book.amend("line-57", Some(4), None);
    let reader = book.reader();
    let found = show(&reader, &Query::default(), "4", now()).unwrap();
    assert_eq!(found.recommendation.key.as_str(), "line-57");
    assert_eq!(found.amendments.len(), 1);
    let error = show(&reader, &at(before, "2025-06-30"), "4", now()).unwrap_err();
    assert!(matches!(error, LedgerError::NoRecommendation { .. }), "{error}");
    assert!(matches!(
        show(&reader, &at(0, "2025-06-30"), "1", now()),
        Err(LedgerError::NotKnownYet { known_at: 0, since: 2, .. })
    ));
    assert!(show(&Book::empty().reader(), &Query::default(), "1", now()).is_err());
    book.amend("3", Some(4), None);
    assert!(matches!(
        show(&book.reader(), &Query::default(), "4", now()),
        Err(LedgerError::WhichRecommendation { .. })
    ));
}

#[test]
fn a_page_has_the_cells_as_printed_and_amendments_beside_the_original() {
    let mut book = small();
    book.amend("1", None, Some("Open an office soon."));
    let page = json(&show(&book.reader(), &Query::default(), "1", now()).unwrap());
    assert_eq!(page["recommendation"]["text"], "Open an office soon.");
    assert_eq!(page["recommendation"]["text_basis"], "partial");
    assert_eq!(page["registered"]["says"]["text"], "Open an office.");
    assert_eq!(page["registered"]["cells"][0]["text"], " Open an office. ");
    assert_eq!(page["amendments"][0]["reason"], "found in the press");
    assert_eq!(page["amendments"][0]["source_url"], "https://press.example/37");
}
