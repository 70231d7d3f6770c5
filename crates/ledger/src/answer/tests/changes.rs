//! Changes on both clocks.

use docket_domain::{Actor, RegisterId};

use super::{Book, at, json, now, on, small};
use crate::LedgerError;
use crate::answer::{Query, Span, changes_effective, changes_recorded};

fn span(from: &str, to: &str) -> Span {
    Span { from: Some(from.to_owned()), to: Some(to.to_owned()), actor: None }
}

fn effective(book: &Book, span: &Span) -> serde_json::Value {
    json(&changes_effective(&book.reader(), &Query::default(), span, now()).unwrap())
}

#[test]
fn the_recorded_clock_gives_the_entries_between_two_sizes() {
    let mut book = small();
    book.revise();
    let reader = book.reader();
    let all = json(&changes_recorded(&reader, &Query::default(), &Span::default(), now()).unwrap());
    // The internal note is not among them.
    assert_eq!((all["changes"].as_array().unwrap().len(), &all["to"]), (13, &14.into()));
    assert_eq!(all["changes"][0]["says"]["title"], "The register");
    let revised = &all["changes"].as_array().unwrap().last().unwrap()["change"];
    assert_eq!(revised["before"]["labels"].as_array().unwrap().len(), 4);
    assert_eq!(revised["after"]["labels"].as_array().unwrap().len(), 5);
    let some = json(
        &changes_recorded(&reader, &Query::default(), &span("4", "2025-07-01T12:00:06Z"), now()).unwrap(),
    );
    assert_eq!((&some["clock"], &some["from"], &some["to"]), (&"recorded".into(), &4.into(), &6.into()));
    assert_eq!((&some["basis"]["size"], &some["basis"]["known_at"]), (&6.into(), &6.into()));
    let names: Vec<_> = some["changes"].as_array().unwrap().iter().map(|change| &change["name"]).collect();
    assert_eq!(names, ["1@2", "2@2"]);
}

#[test]
fn what_the_query_knows_bounds_the_recorded_span() {
    let book = small();
    let reader = book.reader();
    let narrow = at(6, "2025-06-30");
    let all = changes_recorded(&reader, &narrow, &Span::default(), now()).unwrap();
    assert_eq!((all.from, all.to, all.changes.len()), (0, 6, 6));
    let error = |query: &Query, span: &Span| changes_recorded(&reader, query, span, now()).unwrap_err();
    assert!(matches!(error(&narrow, &span("0", "7")), LedgerError::Future { size: 6, .. }));
    assert!(matches!(error(&Query::default(), &span("0", "99")), LedgerError::Future { .. }));
    assert!(matches!(error(&Query::default(), &span("3", "2")), LedgerError::ChangesBackwards { .. }));
}

#[test]
fn an_actor_and_a_register_narrow_the_changes() {
    let mut book = small();
    let by_eve = Span { actor: Some(Actor::new("eve").unwrap()), ..Span::default() };
    let changes = changes_recorded(&book.reader(), &Query::default(), &by_eve, now()).unwrap();
    assert_eq!(changes.changes.len(), 1);
    assert!(changes_effective(&book.reader(), &Query::default(), &by_eve, now()).unwrap().changes.is_empty());
    book.open("other");
    let other = Query { register: Some(RegisterId::new("other").unwrap()), ..Query::default() };
    assert_eq!(changes_recorded(&book.reader(), &other, &Span::default(), now()).unwrap().changes.len(), 1);
}

#[test]
fn the_effective_clock_gives_what_began_between_two_dates() {
    let book = small();
    let march = effective(&book, &span("2025-02-28", "2025-03-05"));
    assert_eq!((&march["from"], &march["to"]), (&"2025-02-28".into(), &"2025-03-05".into()));
    assert_eq!(march["basis"]["effective_at"], "2025-03-05");
    assert_eq!(march["changes"].as_array().unwrap().len(), 1);
    let change = &march["changes"][0];
    assert_eq!((&change["name"], &change["type"]), (&"2@3".into(), &"status.reported".into()));
    assert_eq!(
        (&change["before"]["label"], &change["after"]["label"]),
        (&"IN PLANNING".into(), &"IN PROGRESS".into())
    );
    let sum = &march["recommendations"][0];
    assert_eq!(
        (&sum["before"]["certainty"], &sum["after"]["certainty"]),
        (&"certain".into(), &"possible".into())
    );
    // A day is asked for as of its end: what began on the first one is known at it already.
    assert!(effective(&book, &span("2025-03-01", "2025-03-05"))["changes"].as_array().unwrap().is_empty());
    let all = effective(&book, &Span { to: Some("2025-06-30".to_owned()), ..Span::default() });
    assert_eq!((&all["from"], all["changes"].as_array().unwrap().len()), (&serde_json::Value::Null, 4));
    assert!(all["changes"][0]["before"].is_null());
}

#[test]
fn the_effective_span_ends_where_the_query_looks() {
    let book = small();
    let answer = changes_effective(&book.reader(), &on("2025-02-10"), &Span::default(), now()).unwrap();
    assert_eq!((answer.to.to_string(), answer.changes.len()), ("2025-02-10".to_owned(), 1));
    let error =
        changes_effective(&book.reader(), &on("2025-02-10"), &span("2025-02-11", "2025-02-10"), now())
            .unwrap_err();
    assert_eq!(error.to_string(), "\"2025-02-11/2025-02-10\" ends before it begins");
}
