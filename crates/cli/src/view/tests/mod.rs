//! Snapshots of every view over a small ledger, at the widths of real terminals.

mod book;
mod report;
mod workbook;

use docket_domain::time::Moment;
use docket_ledger::answer::{
    Audience, Basis, Query, Span, changes_effective, changes_recorded, list as ask_list, show as ask_show,
    timeline as ask_timeline,
};

use super::*;
use book::{Book, now};

const WIDTHS: [u16; 4] = [60, 80, 120, 200];
const DATE: &str = "2025-06-30";

fn query(audience: Audience) -> Query {
    Query { effective_at: Some(DATE.to_owned()), audience, ..Query::default() }
}

/// Salts are random, so the root differs in each run: the snapshots show another one.
fn fixed(basis: &mut Basis) {
    basis.root = "ZGkJ9qIEYjOyCRkHQkWRfLJNEjS7dMxyhTP1qKQ3Yb8=".to_owned();
}

fn look(width: u16) -> Look {
    Look::new(width, Style::PLAIN)
}

/// Every view of the small ledger.
fn views(look: Look) -> Vec<(&'static str, String)> {
    let book = Book::small();
    let reader = book.reader();
    let query = query(Audience::Public);
    let span = |from: &str| Span { from: Some(from.to_owned()), ..Span::default() };
    let mut listed = ask_list(&reader, &query, now()).unwrap();
    fixed(&mut listed.basis);
    let mut shown = ask_show(&reader, &query, "7", now()).unwrap();
    fixed(&mut shown.basis);
    let mut lost = ask_show(&reader, &query, "24", now()).unwrap();
    fixed(&mut lost.basis);
    let mut told = ask_timeline(&reader, &query, "7", now()).unwrap();
    fixed(&mut told.basis);
    let mut recorded = changes_recorded(&reader, &query, &span("6"), now()).unwrap();
    fixed(&mut recorded.basis);
    let mut happened = changes_effective(&reader, &query, &span("2025-03-01"), now()).unwrap();
    fixed(&mut happened.basis);
    vec![
        ("list", list(&listed, look)),
        ("show", show(&shown, Cells::Shown, look)),
        ("show_lost", show(&lost, Cells::Hidden, look)),
        ("timeline", timeline(&told, look)),
        ("changes_recorded", recorded_changes(&recorded, look)),
        ("changes_effective", effective_changes(&happened, look)),
    ]
}

#[test]
fn views_at_80_and_120_columns() {
    for width in [80, 120] {
        for (name, page) in views(look(width)) {
            insta::assert_snapshot!(format!("{name}_{width}"), page);
        }
    }
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for width in WIDTHS {
        for (name, page) in views(look(width)) {
            for line in page.lines().filter(|line| !line.contains("column ")) {
                assert!(text::columns(line) <= usize::from(width), "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn colour_comes_only_when_asked_for_and_adds_nothing_else() {
    for ((name, plain), (_, coloured)) in
        views(look(100)).into_iter().zip(views(Look::new(100, Style::COLOURED)))
    {
        assert!(!plain.contains('\u{1b}'), "{name}");
        assert!(coloured.contains('\u{1b}'), "{name}");
        let lines = |page: &str| page.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        assert_eq!(lines(&anstream::adapter::strip_str(&coloured).to_string()), lines(&plain), "{name}");
    }
}

#[test]
fn what_is_recorded_cannot_command_the_terminal() {
    let mut book = Book::small();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\r\u{202e}x";
    book.row("9", Some(evil));
    book.status_because("9", "IN PROGRESS", evil);
    book.note("9", evil, Audience::Public);
    let reader = book.reader();
    let all = query(Audience::Public);
    let pages = [
        list(&ask_list(&reader, &all, now()).unwrap(), look(80)),
        show(&ask_show(&reader, &all, "9", now()).unwrap(), Cells::Shown, look(80)),
        timeline(&ask_timeline(&reader, &all, "9", now()).unwrap(), look(80)),
        recorded_changes(&changes_recorded(&reader, &all, &Span::default(), now()).unwrap(), look(80)),
        effective_changes(&changes_effective(&reader, &all, &Span::default(), now()).unwrap(), look(80)),
    ];
    for page in pages {
        assert!(!page.contains(|character: char| character != '\n' && character.is_control()), "{page:?}");
        assert!(!page.contains('\u{202e}'));
        assert!(page.contains("u{1b}"), "{page}");
    }
}

#[test]
fn internal_notes_are_shown_as_such() {
    let mut book = Book::small();
    book.note("7", "Keep this to ourselves", Audience::Internal);
    let reader = book.reader();
    let page =
        |audience| show(&ask_show(&reader, &query(audience), "7", now()).unwrap(), Cells::Hidden, look(80));
    assert!(!page(Audience::Public).contains("ourselves"));
    let internal = page(Audience::Internal);
    assert!(internal.contains("ourselves") && internal.contains("internal notes included"), "{internal}");
}

#[test]
fn an_empty_log_has_a_page_too() {
    let book = Book::empty();
    let answer = ask_list(&book.reader(), &Query::default(), now()).unwrap();
    assert!(list(&answer, look(80)).contains("Nothing is known yet."));
    let changes = changes_recorded(&book.reader(), &Query::default(), &Span::default(), now()).unwrap();
    assert!(recorded_changes(&changes, look(80)).contains("Nothing changed."));
    assert_eq!(csv::list(&answer).unwrap().lines().count(), 1);
}

#[test]
fn an_instant_is_captioned_as_one() {
    let book = Book::small();
    let query = Query { effective_at: Some("2025-03-19T16:00".to_owned()), ..Query::default() };
    let answer = ask_list(&book.reader(), &query, now()).unwrap();
    assert!(matches!(answer.basis.effective_at, Moment::Instant(_)));
    assert!(list(&answer, look(200)).starts_with("true at 2025-03-19T21:00:00.000000Z / known at "));
}

#[test]
fn rows_of_csv_are_flat_and_end_with_the_basis() {
    let book = Book::small();
    let reader = book.reader();
    let query = query(Audience::Public);
    let mut listed = ask_list(&reader, &query, now()).unwrap();
    fixed(&mut listed.basis);
    let mut told = ask_timeline(&reader, &query, "7", now()).unwrap();
    fixed(&mut told.basis);
    let mut happened = changes_effective(&reader, &query, &Span::default(), now()).unwrap();
    fixed(&mut happened.basis);
    insta::assert_snapshot!("list_csv", csv::list(&listed).unwrap());
    insta::assert_snapshot!("timeline_csv", csv::timeline(&told).unwrap());
    insta::assert_snapshot!("changes_csv", csv::effective_changes(&happened).unwrap());
    let shown = ask_show(&reader, &query, "7", now()).unwrap();
    let recorded = changes_recorded(&reader, &query, &Span::default(), now()).unwrap();
    let rows = csv::recorded_changes(&recorded).unwrap();
    let count =
        |rows: &str| ::csv::Reader::from_reader(rows.as_bytes()).records().map(Result::unwrap).count();
    assert_eq!(count(&rows), recorded.changes.len());
    assert_eq!(count(&csv::show(&shown.basis, &shown.recommendation).unwrap()), 1);
}
