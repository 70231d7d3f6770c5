//! What is derived from small tables, and what a plan may and may not say.

use super::{Book, FIRST, Line, StepKind, accepted, count, decided, folder, kinds, step};
use crate::error::LedgerError;
use crate::next::{NextError, Plan};
use crate::source::{Prepared, prepare};

fn next(lines: &[Line<'_>]) -> Prepared {
    prepare(folder(lines, "2024-02-29").path()).unwrap()
}

/// The first table with some rows replaced.
fn with(changes: &[(usize, Line<'static>)]) -> Vec<Line<'static>> {
    let mut lines = FIRST.to_vec();
    for (place, line) in changes {
        lines[*place] = *line;
    }
    lines
}

#[test]
fn statuses_are_changed_unchanged_or_without_news_and_a_step_back_is_flagged() {
    let book = Book::small();
    let lines = with(&[
        (0, ("1", FIRST[0].1, "", "DONE")),
        (1, ("2", FIRST[1].1, "Printer  bankrupt.", "OPEN")),
        (4, ("5", FIRST[4].1, "Two lines run.", "NO NEWS")),
    ]);
    let table = book.table(&next(&lines));
    assert_eq!(
        kinds(&table),
        [
            "1/status changed",
            "2/status changed",
            "2/note-1 note",
            "3/status no-update",
            "4/status no-update",
            "4/note-1 repeated",
            "5/status no-update",
            "5/note-1 repeated",
        ]
    );
    assert!(step(&table, "2/status").regress && !step(&table, "1/status").regress);
    assert_eq!(step(&table, "5/status").old.as_deref(), Some("DONE"));
    assert!(step(&table, "4/note-1").evidence.ends_with("says that there is no update"));
    assert_eq!(table.problems().count(), 0);
}

#[test]
fn a_repetition_is_of_the_last_note_only() {
    let book = Book::small();
    let second = next(&with(&[(0, ("1", FIRST[0].1, "Three delivered.", "OPEN"))]));
    book.record(&second, &accepted(&book.table(&second))).unwrap();
    let third = prepare(folder(&FIRST, "2024-03-31").path());
    // The same bytes as the first table are the first table, whatever the manifest says of their date.
    assert!(matches!(
        book.record(&third.unwrap(), &accepted(&book.table(&second))),
        Err(LedgerError::Next(NextError::FirstSource { .. }))
    ));
    let lines = with(&[(2, ("3", FIRST[2].1, "Parts ordered.", "OPEN"))]);
    let table = book.table(&prepare(folder(&lines, "2024-03-31").path()).unwrap());
    let [first, second] = [step(&table, "1/note-1"), step(&table, "2/note-1")];
    assert_eq!((first.kind, first.old.as_deref()), (StepKind::Note, Some("Three delivered.")));
    assert_eq!(second.kind, StepKind::Repeated);
}

#[test]
fn rows_that_moved_are_followed_and_new_numbers_are_questions() {
    let book = Book::small();
    let shifted: Vec<Line<'_>> =
        std::iter::once(("1", "Paint the depot green again next spring.", "", "OPEN"))
            .chain(
                FIRST
                    .iter()
                    .zip(["2", "3", "4", "5", "6"])
                    .map(|(line, number)| (number, line.1, line.2, line.3)),
            )
            .collect();
    let table = book.table(&next(&shifted));
    assert_eq!((count(&table, StepKind::New), count(&table, StepKind::Renumbered)), (1, 5));
    assert_eq!(count(&table, StepKind::Vanished), 0);
    assert_eq!(step(&table, "2/status").recommendation, "1");
    assert!(step(&table, "2/number").problem.is_some());
    // The key is taken, so the new one gets another.
    assert_eq!(step(&table, "1/new").recommendation, "1.2");
    assert_eq!(step(&table, "1/status").requires.as_deref(), Some("1/new"));
}

#[test]
fn twice_as_many_rows_are_as_many_new_ones() {
    let book = Book::small();
    let more = ["6", "7", "8", "9", "10"].iter().zip(["sirens", "culverts", "wardens", "ledgers", "bridges"]);
    let texts: Vec<(String, String)> = more
        .map(|(number, word)| ((*number).to_owned(), format!("Inspect the {word} {word} at {number} places")))
        .collect();
    let mut lines = FIRST.to_vec();
    lines.extend(texts.iter().map(|(number, text)| (number.as_str(), text.as_str(), "", "OPEN")));
    let table = book.table(&next(&lines));
    assert_eq!((table.rows, table.aligned, count(&table, StepKind::New)), (10, 5, 5));
}

#[test]
fn a_misprint_is_told_apart_from_a_rewording() {
    let book = Book::small();
    let lines = with(&[
        (0, ("1", "Buy twe1ve low- floor buses for the northern lines", "", "OPEN")),
        (1, ("2", "Print timetables in very large type and hang them at every stop.", "", "STARTED")),
    ]);
    let table = book.table(&next(&lines));
    assert_eq!(table.print_differences.len(), 1);
    let reworded = step(&table, "2/text");
    assert_eq!(
        reworded.difference.as_deref(),
        Some("Print timetables in {+very+} large type and hang them at every stop.")
    );
    assert!(reworded.problem.is_some());
    assert!(step(&table, "2/status").problem.is_none(), "the status does not wait for the words");
}

#[test]
fn labels_beyond_the_registers_vocabulary_are_all_named() {
    let book = Book::small();
    let folder = folder(&with(&[(0, ("1", FIRST[0].1, "", "PAUSED"))]), "2024-02-29");
    let manifest = folder.path().join("source.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let text = text.replace(
        "printed = \"OPEN\"",
        "printed = \"PAUSED\", state = \"open\", reporting = \"reported\" }, { printed = \"OPEN\"",
    );
    std::fs::write(&manifest, text).unwrap();
    let source = prepare(folder.path()).unwrap();
    let refused = crate::next::next_table(&book.ledger.reader(), &source, &super::importer(), book.size());
    let Err(LedgerError::Next(NextError::UnknownLabels { labels, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(labels, ["\"PAUSED\" in row 1 (line 2)"]);
}

#[test]
fn a_plan_reads_back_as_it_was_written_whatever_the_words_hold() {
    let book = Book::small();
    let hostile = "Say \"\"\"no\"\"\" to '''quotes''', \\backslashes, #hashes and [[step]] = \"x\"; caf\u{e9} \u{2013} \u{1f68d}";
    let table = book.table(&next(&with(&[(0, ("1", FIRST[0].1, hostile, "OPEN"))])));
    assert_eq!(step(&table, "1/note-1").new.as_deref(), Some(hostile));
    let plan = Plan::new(&table, "table.txt");
    assert_eq!(Plan::parse(&plan.to_toml().unwrap(), "plan.toml").unwrap(), plan);
    assert_eq!(plan.undecided(), 0);
}

#[test]
fn a_plan_that_was_tampered_with_or_is_not_decided_records_nothing() {
    let book = Book::small();
    let source = next(&with(&[(
        0,
        ("1", "Buy thirteen low-floor buses for the northern lines.", "Four delivered.", "STARTED"),
    )]));
    let table = book.table(&source);
    let good = accepted(&table);
    let other = "00".repeat(32);
    let reason = "decision = \"accept\"\nreason = \"x\"";
    for (plan, message) in [
        (decided(&table, |_| "decision = \"decide\"".to_owned()), "1 step is not decided: 1/text"),
        (decided(&table, |_| "decision = \"refuse\"".to_owned()), "1/text: \"refuse\" needs a reason"),
        (decided(&table, |_| "decision = \"yes\"".to_owned()), "\"yes\" is no decision"),
        (decided(&table, |_| "decision = \"change\"\nreason = \"x\"".to_owned()), "needs new_label"),
        (decided(&table, |_| "decision = \"accept\"\nnew_text = \"x\"".to_owned()), "not \"change\""),
        (
            decided(&table, |_| "decision = \"change\"\nreason = \"x\"\nnew_label = \"DONE\"".to_owned()),
            "new_label does not go",
        ),
        (good.replace("new = \"STARTED\"", "new = \"DONE\""), "`new` of step 1/status is another one"),
        (
            good.replace("id = \"1/status\"", "id = \"9/status\""),
            "step 1/status is not in it; step 9/status is not called for",
        ),
        (good.replace("format = 1", "format = 2"), "format 2"),
        (good.replace("register = \"small\"", "register = \"large\""), "register large"),
        (good.replace(&source.sha256().to_string(), &other), "SHA-256 0000"),
        (good.replace(&format!("size = {}", book.size()), "size = 3"), "another log"),
        (good.replace(&format!("size = {}", book.size()), "size = 3000"), "another log"),
    ] {
        let size = book.size();
        let error = book.record(&source, &plan).unwrap_err();
        assert!(error.to_string().contains(message), "{message:?} not in {error}");
        assert_eq!(book.size(), size, "{message}");
    }
    let unknown = good.replace("decision = \"accept\"", "verdict = \"accept\"");
    assert!(Plan::parse(&unknown, "plan.toml").unwrap_err().to_string().starts_with("plan.toml, line "));
    book.record(&source, &good.replacen("decision = \"accept\"", reason, 1)).unwrap();
}
