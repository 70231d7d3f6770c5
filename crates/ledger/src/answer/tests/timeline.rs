//! Timelines: corrections beside what they correct, retraction marks, old and new.

use docket_domain::Label;

use super::{at, correction, effective, json, now, small};
use crate::answer::{Query, timeline};

#[test]
fn an_entry_says_who_what_when_on_whose_word_and_from_where() {
    let book = small();
    let answer = json(&timeline(&book.reader(), &Query::default(), "2", now()).unwrap());
    assert_eq!((&answer["key"], &answer["number"]), (&"2".into(), &2.into()));
    let note = &answer["timeline"][3];
    assert_eq!(
        (&note["type"], &note["name"], &note["version"]),
        (&"note.recorded".into(), &"2@4".into(), &4.into())
    );
    assert_eq!(note["subject"], "crime-commission/recommendation/2");
    assert_eq!((&note["actor"], &note["actor_basis"]), (&"ann".into(), &"os".into()));
    assert_eq!(
        (&note["asserted_by"], &note["source"]["lines"]),
        (&"City".into(), &serde_json::json!([[2, 3]]))
    );
    assert_eq!(note["effective"]["precision"], "range");
    assert_eq!(note["says"]["text"], "Launches in April");
    assert!(note["change"]["before"].is_null());
    assert_eq!(note["change"]["after"]["text"], "Launches in April");
    let status = &answer["timeline"][2];
    assert_eq!(status["change"]["before"]["label"], "IN PLANNING");
    assert_eq!(status["change"]["after"]["label"], "IN PROGRESS");
    assert!(status["change"]["after"].get("certainty").is_none());
}

#[test]
fn a_step_back_is_flagged() {
    let mut book = small();
    book.status("2", "IN PLANNING", "2025-06-01", Some("the contract fell through"));
    let answer = json(&timeline(&book.reader(), &Query::default(), "2", now()).unwrap());
    let last = answer["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["regress"], &last["reason"]), (&true.into(), &"the contract fell through".into()));
}

#[test]
fn corrections_and_retractions_stand_beside_what_they_speak_about() {
    let mut book = small();
    let claim = book.status("1", "COMPLETE", "2025-06-01", None);
    let corrected = book.size();
    let change = docket_domain::Change {
        label: Some(Label::new("IN PLANNING").unwrap()),
        effective: Some(effective("2025-06-02")),
        ..correction(claim)
    };
    let fix = book.correct("1", change);
    book.retract("1", fix);
    book.retract("1", claim);
    let answer = json(&timeline(&book.reader(), &Query::default(), "1", now()).unwrap());
    let entries = answer["timeline"].as_array().unwrap();
    let [claimed, fixed, withdrawn, retracted] = entries.get(4..).unwrap() else { panic!("{answer}") };
    assert_eq!(claimed["says"]["label"], "COMPLETE");
    assert_eq!((&claimed["in_force"], &fixed["in_force"]), (&false.into(), &false.into()));
    let marks = claimed["marks"].as_array().unwrap();
    let kinds: Vec<_> =
        marks.iter().map(|mark| (mark["type"].as_str().unwrap(), mark["in_force"] == true)).collect();
    assert_eq!(kinds, [("event.corrected", false), ("event.retracted", true)]);
    assert_eq!(marks[0]["says"]["status"]["label"], "IN PLANNING");
    assert_eq!((&marks[0]["reason"], &marks[1]["reason"]), (&"a slip".into(), &"entered by mistake".into()));
    assert_eq!(fixed["target"]["event"], claim.to_string());
    assert_eq!(fixed["change"]["before"]["label"], "COMPLETE");
    assert_eq!(fixed["change"]["after"]["label"], "IN PLANNING");
    assert_eq!(fixed["change"]["after"]["corrected"][0]["event"], fix.to_string());
    assert_eq!(withdrawn["target"]["event"], fix.to_string());
    assert_eq!(withdrawn["root"]["event"], claim.to_string());
    assert_eq!(retracted["change"]["before"]["label"], "COMPLETE");
    assert_eq!(retracted["change"]["after"]["label"], "IN PROGRESS");
    let before = json(&timeline(&book.reader(), &at(corrected, "2025-06-30"), "1", now()).unwrap());
    assert_eq!(before["timeline"][4]["marks"], serde_json::json!([]));
    assert_eq!(before["timeline"][4]["in_force"], true);
}

#[test]
fn every_kind_of_content_has_its_words() {
    let mut book = small();
    book.amend("1", Some(11), Some("Open two offices."));
    let answer = json(&timeline(&book.reader(), &Query::default(), "1", now()).unwrap());
    let says: Vec<_> = answer["timeline"].as_array().unwrap().iter().map(|entry| &entry["says"]).collect();
    assert_eq!(says[0]["text"], "Open an office.");
    assert_eq!((&says[2]["attribute"], &says[2]["value"]), (&"owner".into(), &"Police".into()));
    assert_eq!((&says[3]["agrees"], &says[3]["comment"]), (&false.into(), &"looked at it".into()));
    assert_eq!((&says[4]["number"], &says[4]["text"]), (&11.into(), &"Open two offices.".into()));
    let change = &answer["timeline"][4]["change"];
    assert_eq!((&change["before"]["number"], &change["after"]["number"]), (&1.into(), &11.into()));
    assert_eq!(change["after"]["number_basis"], "printed");
}
