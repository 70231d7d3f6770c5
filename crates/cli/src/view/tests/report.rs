//! The report in every format.

use docket_domain::EventId;
use docket_ledger::answer::report::{ReportAnswer, Since, report as ask};

use super::book::{Book, now};
use super::{fixed, look, query};
use crate::view::report::{Section, csv, html, table, xlsx};
use docket_ledger::answer::Audience;

pub(super) fn answer(book: &Book) -> ReportAnswer {
    let since = Since { known_at: None, effective_at: Some("2025-05-01".to_owned()) };
    let mut answer = ask(&book.reader(), &query(Audience::Public), &since, now()).unwrap();
    fixed(&mut answer.basis);
    answer.since.iter_mut().for_each(fixed);
    answer
}

/// A register whose texts try to be something else.
pub(super) fn hostile() -> Book {
    let mut book = Book::small();
    book.row("80", Some("=HYPERLINK(\"http://x\",\"y\") <script>alert('1')</script> & \u{202e}evil"));
    book.status_because("80", "IN PROGRESS", "because");
    book.note("80", "</td></table><img src=http://x onerror=alert(1)>", Audience::Public);
    book
}

#[test]
fn tables_and_json_look_as_they_should() {
    let book = Book::small();
    let answer = answer(&book);
    for width in [80, 120] {
        insta::assert_snapshot!(format!("report_{width}"), table(&answer, None, look(width)));
    }
    insta::assert_snapshot!("report_json", serde_json::to_string_pretty(&answer).unwrap());
    insta::assert_snapshot!("report_csv", csv(&answer, Some(Section::Staleness)).unwrap());
}

#[test]
fn nothing_is_wider_than_the_terminal_and_every_section_can_be_had_alone() {
    let answer = answer(&Book::small());
    for width in [60, 80, 100, 120, 200] {
        for section in [None, Some(Section::TimeInStatus), Some(Section::Events), Some(Section::DataQuality)]
        {
            let page = table(&answer, section, look(width));
            let widest = page.lines().map(|line| line.chars().count()).max().unwrap_or_default();
            assert!(widest <= usize::from(width), "{widest} of {width}:\n{page}");
        }
    }
    let one = table(&answer, Some(Section::Staleness), look(80));
    assert!(one.contains("How long nothing was heard") && !one.contains("Where the recommendations stand"));
}

#[test]
fn the_page_stands_alone_and_no_text_becomes_markup() {
    let page = html(&answer(&hostile())).unwrap();
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    for outside in [
        "<script",
        "<img",
        "<link",
        "<iframe",
        "<object",
        " src=",
        "@import",
        "url(http",
        "javascript:",
        " onload",
    ] {
        assert!(!page.contains(outside), "{outside} is in the page");
    }
    assert!(page.contains("&#60;script") || page.contains("&lt;script"), "the words are there, as words");
    assert!(!page.contains('\u{202e}'), "nothing turns the order of reading around");
    // Links lead to places of the page itself, and each of these exists once.
    for target in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let id = target.strip_prefix('#').expect("no link leads outside");
        assert_eq!(page.matches(&format!(" id=\"{id}\"")).count(), 1, "{id}");
    }
    balanced(&page);
}

/// Every element is closed where it should be.
fn balanced(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = page.split_once("</style>").map_or(page, |(_, body)| body);
    let mut rest = body;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').expect("every tag ends");
        rest = after;
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            let last = open.pop().unwrap_or_default();
            // The head began before what is looked at.
            assert!(last == name || ["head", "html"].contains(&name), "{last} is closed by {name}");
        } else if !tag.ends_with('/') && !tag.starts_with('!') && name != "meta" {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
}

#[test]
fn no_cell_of_the_csv_begins_a_formula_and_rows_are_flat() {
    let answer = answer(&hostile());
    for section in [None, Some(Section::TimeInStatus), Some(Section::Claims), Some(Section::Events)] {
        let text = csv(&answer, section).unwrap();
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let columns = reader.headers().unwrap().len();
        for record in reader.records().map(Result::unwrap) {
            assert_eq!(record.len(), columns);
            assert!(record.iter().all(|cell| !cell.starts_with(['=', '@', '\t'])), "{record:?}");
        }
    }
    assert!(csv(&answer, None).unwrap().contains("'=HYPERLINK"));
}

#[test]
fn the_same_answer_gives_the_same_bytes_in_every_format() {
    let book = Book::small();
    let (one, two) = (answer(&book), answer(&book));
    assert_eq!(html(&one).unwrap(), html(&two).unwrap());
    let (first, second) = (xlsx(&one).unwrap(), xlsx(&two).unwrap());
    assert!(first == second && first.starts_with(b"PK"), "a workbook is a zip file, and holds no clock");
    assert!(one.events.iter().any(|event| event.event == EventId::from_bytes(2_u128.to_be_bytes())));
}

#[test]
fn an_empty_log_has_a_report_too() {
    let answer = answer(&Book::empty());
    assert!(table(&answer, None, look(80)).contains("Nothing is known yet."));
    assert!(html(&answer).unwrap().contains("No register yet"));
    assert!(xlsx(&answer).is_ok() && csv(&answer, None).is_ok());
}
