//! What is recorded of a decided plan: once, whole, and only on the state that it was made against.

use docket_domain::event::NoteRecorded;
use docket_domain::term::{NoteRole, Visibility};
use docket_domain::{
    Action, Actor, Asserter, Command, Data, Effective, EventKind, Key, Step, Subject, Timestamp,
};
use uuid::Uuid;

use super::{Book, FIRST, Line, accepted, decided, folder, importer, words};
use crate::error::LedgerError;
use crate::next::record::{Held, commands, wanted};
use crate::next::{NextError, Plan, Standing, record, standing};
use crate::source::expected::Builder;
use crate::source::{Importer, Prepared, prepare};

pub(super) fn next(lines: &[Line<'_>]) -> Prepared {
    prepare(folder(lines, "2024-02-29").path()).unwrap()
}

pub(super) fn subject(source: &Prepared, key: &str) -> Subject {
    Subject::Recommendation(source.register().clone(), Key::new(key).unwrap())
}

/// A note that somebody records meanwhile.
pub(super) fn remark(book: &Book, source: &Prepared, key: &str) {
    let data = Data::NoteRecorded(NoteRecorded {
        asserter: Asserter::new("P").unwrap(),
        effective: Effective::recorded(Timestamp::EPOCH),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: "Meanwhile.".to_owned(),
        visibility: Visibility::Public,
    });
    let id = Uuid::from_u128(u128::from(book.size()) + 1);
    let step = Step {
        event: id.into(),
        subject: subject(source, key),
        expect_version: None,
        action: Action::Record(data),
    };
    let Importer { actor, actor_basis } = importer();
    book.ledger.submit(vec![Command { id: id.into(), actor, actor_basis, steps: vec![step] }]).unwrap();
}

/// A new row, a changed one, a row gone.
pub(super) fn mixed() -> Vec<Line<'static>> {
    let mut lines = FIRST.to_vec();
    lines[1].3 = "DONE";
    lines[3] = ("6", "Inspect the culverts below the railway twice a year.", "First round done.", "STARTED");
    lines.swap(3, 4);
    lines
}

#[test]
fn a_subject_that_moved_on_is_named_and_nothing_is_recorded() {
    let book = Book::small();
    let source = next(&mixed());
    let plan = accepted(&book.table(&source));
    remark(&book, &source, "2");
    let size = book.size();
    let refused = book.record(&source, &plan);
    let Err(LedgerError::Next(NextError::Conflicts { subjects, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(subjects, ["2 has 1 event since"]);
    assert_eq!(book.size(), size);
    // Against the log as it is, the same decisions hold.
    book.record(&source, &accepted(&book.table(&source))).unwrap();
    book.verify();
}

#[test]
fn what_happens_after_a_plan_was_recorded_does_not_open_it_again() {
    let book = Book::small();
    let source = next(&mixed());
    let plan = accepted(&book.table(&source));
    assert_eq!(standing(&book.ledger.reader(), &source, &importer()).unwrap(), Standing::Next);
    book.record(&source, &plan).unwrap();
    assert_eq!(standing(&book.ledger.reader(), &source, &importer()).unwrap(), Standing::Recorded);
    remark(&book, &source, "2");
    let size = book.size();
    assert_eq!(book.record(&source, &plan).unwrap().recorded_count(), 0);
    assert_eq!(book.size(), size);
}

#[test]
fn wherever_a_run_stops_the_next_one_finishes_it_whoever_runs_it() {
    let whole = Book::small();
    let source = next(&mixed());
    let plan = accepted(&whole.table(&source));
    whole.record(&source, &plan).unwrap();
    let mut stopped = 0;
    loop {
        let book = Book::small();
        let table = book.table(&source);
        let parsed = Plan::parse(&accepted(&table), "plan.toml").unwrap();
        let reader = book.ledger.reader();
        let builder = Builder::new(&source, &importer()).unwrap();
        let wanted = wanted(&builder, &table, &parsed.decide(&table).unwrap(), &|_, _| false);
        let held = Held::look(&reader, &wanted).unwrap();
        let (mut all, _) = commands(&reader, &importer(), &wanted, &held);
        if stopped > all.len() {
            break;
        }
        all.truncate(stopped);
        if !all.is_empty() {
            book.ledger.blobs().put(&source.folder().document).unwrap();
            book.ledger.submit(all).unwrap();
            assert_eq!(standing(&reader, &source, &importer()).unwrap(), Standing::Begun);
        }
        let other = Importer { actor: Actor::new("colleague").unwrap(), ..importer() };
        record(&book.ledger, &source, &other, &parsed).unwrap();
        assert_eq!(book.size(), whole.size(), "stopped after {stopped}");
        assert_eq!(record(&book.ledger, &source, &other, &parsed).unwrap().recorded_count(), 0);
        book.verify();
        stopped += 1;
    }
    assert!(stopped > 4, "{stopped}");
}

#[test]
fn other_decisions_on_a_recorded_document_are_refused() {
    let book = Book::small();
    let source = next(&mixed());
    let table = book.table(&source);
    book.record(&source, &accepted(&table)).unwrap();
    let size = book.size();
    let other = decided(&table, |_| "decision = \"refuse\"\nreason = \"no\"".to_owned());
    assert!(matches!(book.record(&source, &other), Err(LedgerError::Next(NextError::OtherDecisions))));
    assert_eq!(book.size(), size);
}

#[test]
fn a_refused_row_takes_its_statements_with_it_and_the_review_keeps_why() {
    let book = Book::small();
    let source = next(&mixed());
    let table = book.table(&source);
    let plan = decided(&table, |id| match id {
        "6/new" => "decision = \"refuse\"\nreason = \"a heading, no recommendation\"".to_owned(),
        _ => "decision = \"accept\"".to_owned(),
    });
    let report = book.record(&source, &plan).unwrap();
    assert_eq!((report.refused, report.changed), (3, 0));
    assert!(!report.recorded.contains_key(&EventKind::RecommendationRegistered));
    let findings = words(&book, book.size() - 1);
    assert!(findings.contains("3 refused"), "{findings}");
    assert!(
        findings.contains("6/new (new, recommendation 6)")
            && findings.contains("a heading, no recommendation"),
        "{findings}"
    );
    assert!(findings.contains("refused with 6/new"), "{findings}");
    // The words are in the document: a quotation would outlive their redaction.
    assert!(!findings.contains("culverts") && findings.contains(" of the document"), "{findings}");
    book.verify();
}

#[test]
fn a_new_row_can_be_named_as_the_recommendation_that_it_is() {
    let book = Book::small();
    let source = next(&mixed());
    let table = book.table(&source);
    let plan = decided(&table, |id| match id {
        "6/new" => {
            "decision = \"change\"\nnew_recommendation = \"4\"\nreason = \"4 in other words\"".to_owned()
        }
        "4/vanished" => "decision = \"refuse\"\nreason = \"it is row 6\"".to_owned(),
        _ => "decision = \"accept\"".to_owned(),
    });
    book.record(&source, &plan).unwrap();
    let reader = book.ledger.reader();
    let keys = reader.projection().newest().recommendation_keys(source.register());
    assert_eq!(keys.len(), 5);
    assert_eq!(book.record(&source, &plan).unwrap().recorded_count(), 0);
    let four = subject(&source, "4");
    let status = reader
        .projection()
        .newest()
        .status(&four, Timestamp::EPOCH.plus_micros(4_000_000_000_000_000))
        .unwrap();
    assert_eq!(status.statement.label.unwrap().as_str(), "STARTED");
    book.verify();
}

#[test]
fn changed_values_are_recorded_with_the_reviewers_reason() {
    let book = Book::small();
    let mut lines = FIRST.to_vec();
    lines[2] = ("3", FIRST[2].1, "Parts orderd.", "OPEN");
    let source = next(&lines);
    let table = book.table(&source);
    let change = |plan: String, id: &str, value: &str| {
        let (before, after) = plan.split_once(&format!("id = \"{id}\"")).unwrap();
        let decision = format!("decision = \"change\"\nreason = \"by telephone\"\n{value}");
        format!("{before}id = \"{id}\"{}", after.replacen("decision = \"accept\"", &decision, 1))
    };
    let plan = change(accepted(&table), "3/status", "new_label = \"STARTED\"");
    let plan = change(plan, "3/note-1", "new_text = \"Parts ordered.\"");
    let report = book.record(&source, &plan).unwrap();
    assert_eq!(report.changed, 2);
    let events: Vec<u64> = {
        let reader = book.ledger.reader();
        let projection = reader.projection();
        projection.newest().events_of(&subject(&source, "3")).map(|event| event.index).collect()
    };
    let said = events.iter().rev().take(2).map(|index| words(&book, *index)).collect::<Vec<_>>().join(" ");
    assert!(said.contains("read as STARTED by the reviewer, printed as \"OPEN\": by telephone"), "{said}");
    assert!(
        said.contains("Parts ordered.") && said.contains("words given by the reviewer: by telephone"),
        "{said}"
    );
    let wrong = change(accepted(&table), "3/status", "new_label = \"PAUSED\"");
    let other = Book::small();
    let size = other.size();
    assert!(matches!(other.record(&source, &wrong), Err(LedgerError::Refused { .. } | LedgerError::Next(_))));
    assert_eq!(other.size(), size);
}

#[test]
fn a_row_that_stands_for_two_recommendations_speaks_for_each_that_is_accepted() {
    let book = Book::small();
    let both = format!("{} {}", FIRST[1].1, FIRST[2].1);
    let lines = [FIRST[0], ("2", &both, "All done.", "DONE"), FIRST[3], FIRST[4]];
    let source = next(&lines);
    let table = book.table(&source);
    let problems: Vec<&str> = table.problems().map(|step| step.id.as_str()).collect();
    assert_eq!(problems, ["2/merged", "2/status", "2/note-1", "2/merged/3", "2/status/3", "2/note-1/3"],);
    let plan = decided(&table, |id| match id {
        "2/note-1/3" => "decision = \"refuse\"\nreason = \"the note is about timetables\"".to_owned(),
        _ => "decision = \"accept\"".to_owned(),
    });
    book.record(&source, &plan).unwrap();
    let at = Timestamp::EPOCH.plus_micros(4_000_000_000_000_000);
    for key in ["2", "3"] {
        let status = book.ledger.reader().projection().newest().status(&subject(&source, key), at).unwrap();
        assert_eq!(status.statement.label.unwrap().as_str(), "DONE", "{key}");
    }
    assert_eq!(book.record(&source, &plan).unwrap().recorded_count(), 0);
    book.verify();
}
