//! The made-up April table after the first source.

use docket_domain::{EventKind, Subject};

use super::{Book, StepKind, accepted, count, kinds, step, workspace};
use crate::next::wording::Wording;
use crate::source::prepare;

#[test]
fn every_kind_of_step_is_derived_with_its_evidence() {
    let book = Book::begun(&prepare(&workspace().join("seeds/birmingham-crime-commission")).unwrap());
    let source = prepare(&workspace().join("tests/fixtures/birmingham-april")).unwrap();
    let account = source.transcript().reconciliation.lines;
    assert_eq!(account.read, account.blank + account.owned + account.quarantined, "{account:?}");
    let table = book.table(&source);
    assert_eq!((table.rows, table.aligned), (74, 74));
    let counts: Vec<(&str, usize)> = table
        .counts()
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| (kind.as_str(), count))
        .collect();
    assert_eq!(
        counts,
        [
            ("changed", 17),
            ("unchanged", 29),
            ("no-update", 28),
            ("note", 27),
            ("repeated", 27),
            ("reworded", 1),
            ("supplemented", 6),
            ("numbered", 17),
            ("vanished", 1),
            ("split", 1),
        ]
    );
    let back: Vec<&str> =
        table.steps.iter().filter(|step| step.regress).map(|step| step.id.as_str()).collect();
    assert_eq!(back, ["17/status"]);
    let problems: Vec<&str> = table.problems().map(|step| step.id.as_str()).collect();
    assert_eq!(
        problems,
        ["39/text", "57/split", "57/status", "57/note-1", "83/status", "83/note-1", "20/vanished"]
    );
    assert!(step(&table, "39/text").difference.as_ref().unwrap().contains("[-233-] {+218+}"));
    assert_eq!(step(&table, "83/status").recommendation, "57");
    assert_eq!(table.never_printed, ["29", "30", "31", "32", "33", "34", "35", "36"]);
    let printed: Vec<(&str, Wording)> =
        table.print_differences.iter().map(|found| (found.recommendation.as_str(), found.wording)).collect();
    assert_eq!(printed, [("42", Wording::Recognition)]);
}

#[test]
fn the_april_table_is_recorded_once_and_the_log_verifies() {
    let book = Book::begun(&prepare(&workspace().join("seeds/birmingham-crime-commission")).unwrap());
    let source = prepare(&workspace().join("tests/fixtures/birmingham-april")).unwrap();
    let table = book.table(&source);
    let before = book.size();
    let plan = accepted(&table);
    let report = book.record(&source, &plan).unwrap();
    // Every step is an event, and so are the document, two fragments and the review.
    assert_eq!(report.recorded_count(), table.steps.len() as u64 + 4, "{:?}", kinds(&table));
    assert_eq!(book.size(), before + report.recorded_count());
    let again = book.record(&source, &plan).unwrap();
    assert_eq!((again.recorded_count(), again.unchanged), (0, report.recorded_count()));
    {
        let reader = book.ledger.reader();
        let projection = reader.projection();
        let knowledge = projection.newest();
        let seventeen =
            Subject::Recommendation(source.register().clone(), docket_domain::Key::new("17").unwrap());
        let status = knowledge.status(&seventeen, table_end(&source)).unwrap();
        assert!(status.statement.regress);
        let reviews = knowledge.register(source.register()).unwrap().reviews;
        assert_eq!(reviews.len(), 1);
        assert_eq!(reviews[0].content.from_index, before);
        assert_eq!(reviews[0].content.to_index, book.size() - 2);
        assert!(
            knowledge
                .events_of(&seventeen)
                .all(|event| event.data.kind() != EventKind::RecommendationAmended)
        );
    }
    assert_eq!(count(&table, StepKind::Split), 1);
    book.verify();
}

fn table_end(source: &crate::source::Prepared) -> docket_domain::Timestamp {
    let day = source.folder().manifest.source.interval.to;
    docket_domain::Zone::parse("America/Chicago").unwrap().end_of(day).unwrap()
}
