//! The recommendation that a step is really about: where a reviewer may send it, and what is refused.

use docket_domain::Timestamp;

use super::recording::{mixed, next, remark, subject};
use super::{Book, accepted, decided, step};
use crate::error::LedgerError;
use crate::next::{NextError, NextTable};
use crate::source::Prepared;

fn book() -> (Book, Prepared, NextTable) {
    let (book, source) = (Book::small(), next(&mixed()));
    let table = book.table(&source);
    (book, source, table)
}

/// The accepted plan in which some steps go to other recommendations.
fn moved(table: &NextTable, moves: &[(&str, &str)]) -> String {
    moves.iter().fold(accepted(table), |plan, (id, key)| {
        let (before, after) = plan.split_once(&format!("id = \"{id}\"")).unwrap();
        let change =
            format!("decision = \"change\"\nreason = \"by telephone\"\nnew_recommendation = \"{key}\"");
        format!("{before}id = \"{id}\"{}", after.replacen("decision = \"accept\"", &change, 1))
    })
}

fn refusal(book: &Book, source: &Prepared, plan: &str) -> String {
    let size = book.size();
    let error = book.record(source, plan).unwrap_err();
    assert_eq!(book.size(), size, "{error}");
    docket_log::error::chain(&error)
}

fn label(book: &Book, source: &Prepared, key: &str) -> Option<String> {
    let reader = book.ledger.reader();
    let projection = reader.projection();
    let at = Timestamp::EPOCH.plus_micros(4_000_000_000_000_000);
    let status = projection.newest().status(&subject(source, key), at)?;
    status.statement.label.map(|label| label.as_str().to_owned())
}

#[test]
fn what_cannot_go_elsewhere_stays_and_a_key_must_be_one() {
    let (book, source, table) = book();
    let ids: Vec<&str> = table.steps.iter().map(|step| step.id.as_str()).collect();
    assert!(ids.contains(&"4/vanished") && ids.contains(&"6/new") && ids.contains(&"2/status"), "{ids:?}");
    let long = "7".repeat(2000);
    let table_of_refusals = [
        ("4/vanished", "5", "4/vanished: new_recommendation does not go with vanished"),
        ("2/status", "", "2/status: "),
        ("2/status", "a/b", "2/status: "),
        ("2/status", " 5", "2/status: "),
        ("2/status", long.as_str(), "2/status: "),
        // One that nobody registered, and that no step registers.
        ("2/status", "99", "99"),
    ];
    for (id, key, message) in table_of_refusals {
        let told = refusal(&book, &source, &moved(&table, &[(id, key)]));
        assert!(told.contains(message), "{id} to {key:?}: {told}");
    }
    let kept = decided(&table, |_| "decision = \"accept\"\nnew_recommendation = \"5\"".to_owned());
    assert!(refusal(&book, &source, &kept).contains("its decision is not \"change\""));
    book.record(&source, &accepted(&table)).unwrap();
}

#[test]
fn a_status_goes_where_it_is_sent_and_nowhere_else() {
    let (book, source, table) = book();
    assert_eq!(step(&table, "2/status").new.as_deref(), Some("DONE"));
    let before = label(&book, &source, "2");
    // The table does not print 4, so that no other statement about it follows.
    let plan = moved(&table, &[("2/status", "4")]);
    assert_eq!(book.record(&source, &plan).unwrap().changed, 1);
    assert_eq!(label(&book, &source, "4").as_deref(), Some("DONE"));
    assert_eq!(label(&book, &source, "2"), before);
    assert_eq!(book.record(&source, &plan).unwrap().recorded_count(), 0, "recorded once");
    book.verify();
}

#[test]
fn a_new_row_takes_its_statements_along_under_another_key() {
    let (book, source, table) = book();
    let plan = moved(&table, &[("6/new", "6a")]);
    book.record(&source, &plan).unwrap();
    assert_eq!(label(&book, &source, "6a").as_deref(), Some("STARTED"));
    assert_eq!(label(&book, &source, "6"), None);
    assert_eq!(book.record(&source, &plan).unwrap().recorded_count(), 0, "recorded once");
    book.verify();

    // One of the statements may go its own way, also where the row is refused.
    let (book, source, table) = self::book();
    let refused = moved(&table, &[("6/status", "4")]);
    let (before, after) = refused.split_once("id = \"6/new\"").unwrap();
    let refuse = "decision = \"refuse\"\nreason = \"a heading\"";
    let plan = format!("{before}id = \"6/new\"{}", after.replacen("decision = \"accept\"", refuse, 1));
    book.record(&source, &plan).unwrap();
    assert_eq!(label(&book, &source, "4").as_deref(), Some("STARTED"));
    assert_eq!(label(&book, &source, "6"), None);
    book.verify();
}

/// What matters is whether the recommendation moved on to which a step is sent, not the one from which.
#[test]
fn a_recommendation_that_moved_on_takes_no_step_of_a_plan_that_did_not_see_it() {
    let (book, source, table) = book();
    let away = moved(&table, &[("2/status", "5")]);
    remark(&book, &source, "5");
    let told = refusal(&book, &source, &away);
    assert!(told.contains("5 has 1 event since"), "{told}");
    let error = book.record(&source, &away).unwrap_err();
    assert!(matches!(error, LedgerError::Next(NextError::Conflicts { .. })) && error.hint().is_some());
}

#[test]
fn two_new_rows_cannot_take_one_key() {
    let book = Book::small();
    let mut lines = mixed();
    lines.push(("7", "Paint the depot green again next spring.", "", "OPEN"));
    let source = next(&lines);
    let table = book.table(&source);
    let told = refusal(&book, &source, &moved(&table, &[("6/new", "8"), ("7/new", "8")]));
    assert!(told.contains('8'), "{told}");
    // The key of a row that the plan itself registers is taken, too.
    let told = refusal(&book, &source, &moved(&table, &[("7/new", "6")]));
    assert!(told.contains('6'), "{told}");
    book.record(&source, &moved(&table, &[("6/new", "7"), ("7/new", "6")])).unwrap();
    assert_eq!(label(&book, &source, "6").as_deref(), Some("OPEN"));
    assert_eq!(label(&book, &source, "7").as_deref(), Some("STARTED"));
    book.verify();
}
