//! Second tables of other registers: other separators, numbers, columns and damage, through the same code.

use super::{Book, StepKind, accepted, count, edited, kinds, step, workspace};
use crate::source::prepare;

const REGISTERS: [(&str, usize); 3] = [
    ("tests/fixtures/harbour-flood-panel", 11),
    ("tests/fixtures/school-inquiry", 6),
    ("tests/fixtures/transit-audit", 10),
];

#[test]
fn the_same_table_again_confirms_and_changes_nothing() {
    for (register, rows) in REGISTERS {
        let book = Book::begun(&prepare(&workspace().join(register)).unwrap());
        // Another document with the same content: a line end more.
        let folder = edited(register, |table| format!("{table}\n"));
        let source = prepare(folder.path()).unwrap();
        let table = book.table(&source);
        assert_eq!((table.rows, table.aligned), (rows, rows), "{register}");
        for kind in
            [StepKind::Changed, StepKind::Reworded, StepKind::Vanished, StepKind::New, StepKind::Split]
        {
            assert_eq!(count(&table, kind), 0, "{register}: {:?}", kinds(&table));
        }
        assert_eq!(count(&table, StepKind::Note), 0, "{register}: every note says again what it said");
        assert!(table.print_differences.is_empty(), "{register}: {:?}", table.print_differences);
        // What waits is what nobody can read: an empty status cell.
        for problem in table.problems() {
            assert_eq!(problem.kind, StepKind::Unreadable, "{register}: {problem:?}");
        }
        book.record(&source, &accepted(&table)).unwrap();
        book.verify();
    }
}

#[test]
fn a_table_without_rows_leaves_every_recommendation_where_it_was() {
    for (register, rows) in REGISTERS {
        let book = Book::begun(&prepare(&workspace().join(register)).unwrap());
        let folder = edited(register, |table| {
            let head = table.lines().find(|line| line.contains("Recommendation") || line.contains("Action"));
            format!("{}\n", head.unwrap().trim_start_matches('\u{feff}'))
        });
        std::fs::remove_file(folder.path().join("curation.toml")).unwrap();
        let source = prepare(folder.path()).unwrap();
        let table = book.table(&source);
        assert_eq!((table.rows, table.steps.len()), (0, rows), "{register}");
        assert_eq!(count(&table, StepKind::Vanished), rows, "{register}");
        assert_eq!(table.problems().count(), rows);
        let report = book.record(&source, &accepted(&table)).unwrap();
        assert!(!report.recorded.contains_key(&docket_domain::EventKind::StatusReported), "{report:?}");
        book.verify();
    }
}

#[test]
fn numbers_of_other_styles_and_changed_cells_are_followed() {
    let book = Book::begun(&prepare(&workspace().join("tests/fixtures/school-inquiry")).unwrap());
    let folder = edited("tests/fixtures/school-inquiry", |table| {
        table
            .replace(
                "II.4|Report to parents in plain words.|No response yet|",
                "II.5|Report to parents in plain words.|Rejected|",
            )
            .replace("Names published.", "Names  published.")
            .replace("Forty trained.", "Sixty trained.")
            .replace("Inspect every building once a year", "Inspect every building twice a year")
    });
    let table = book.table(&prepare(folder.path()).unwrap());
    assert_eq!(step(&table, "I.1/note-1").kind, StepKind::Repeated);
    assert_eq!(step(&table, "II.1/note-1").kind, StepKind::Note);
    let reworded = step(&table, "II.3/text");
    assert_eq!(reworded.kind, StepKind::Reworded);
    assert_eq!(reworded.difference.as_deref(), Some("Inspect every building [-once-] {+twice+} a year."));
    let moved = step(&table, "II.5/status");
    assert_eq!((moved.kind, moved.recommendation.as_str()), (StepKind::Changed, "II.4"));
    assert!(
        moved.evidence.starts_with("number II.4 is II.5 here, words 100.0 % alike"),
        "{}",
        moved.evidence
    );
}
