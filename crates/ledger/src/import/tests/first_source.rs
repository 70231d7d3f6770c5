//! The first source: the exact outcome of what rules and its curation make of it.

use std::fmt::Write as _;

use super::*;
use crate::import::{
    DecidedBy, NoteRole, NumberBasis, Problem, Resolution, TextBasis, transcribe, vocabulary::Reporting,
};

const FOLDER: &str = "seeds/birmingham-crime-commission";

fn transcript() -> Transcript {
    source(FOLDER).work_out().expect("every decision applies")
}

#[test]
fn the_account_is_exact() {
    let transcript = transcript();
    let account = &transcript.reconciliation;
    let lines = account.lines;
    assert_eq!(
        (lines.read, lines.blank, lines.owned, lines.quarantined, lines.unaccounted),
        (102, 20, 76, 6, 0)
    );
    let numbers = account.numbers;
    assert_eq!((account.rows, numbers.printed, numbers.inferred, numbers.missing), (82, 57, 12, 13));
    let labels: Vec<(&str, u32)> =
        account.labels.iter().map(|(label, count)| (label.as_str(), *count)).collect();
    assert_eq!(
        labels,
        [
            ("NO UPDATE AVAILABLE", 25),
            ("IN PROGRESS", 22),
            ("IN PLANNING", 12),
            ("DEVELOPMENT", 4),
            ("PRE-LAUNCH", 4),
            ("IN DEVELOPMENT", 1)
        ]
    );
    assert_eq!((account.labels_unknown, account.rows_with_notes, account.earlier_answers), (14, 49, 7));
    assert_eq!((account.problems_open, account.problems_by_rule, account.problems_decided), (0, 5, 19));
    assert!(account.is_complete());
}

#[test]
fn rows_stand_in_order_under_their_numbers() {
    let transcript = transcript();
    for (position, row) in (1..).zip(&transcript.rows) {
        assert_eq!(
            (row.number, row.position, row.key.clone()),
            (Some(position), position, position.to_string())
        );
        let basis = match position {
            24..=36 => NumberBasis::Missing,
            37 | 69..=79 => NumberBasis::Inferred,
            _ => NumberBasis::Printed,
        };
        assert_eq!(row.number_basis, basis, "{position}");
        assert_eq!(row.number_printed.is_some(), basis == NumberBasis::Printed, "{position}");
    }
}

#[test]
fn statuses_keep_label_state_and_reporting_apart() {
    let transcript = transcript();
    let status = |key: u32| {
        let row = row(&transcript, &key.to_string());
        (row.label.as_deref(), row.state.as_deref(), row.reporting)
    };
    assert_eq!(status(1), (Some("IN PROGRESS"), Some("in-progress"), Reporting::Reported));
    assert_eq!(status(82), (Some("IN DEVELOPMENT"), Some("development"), Reporting::Reported));
    assert_eq!(status(3), (Some("DEVELOPMENT"), Some("development"), Reporting::Reported));
    assert_eq!(status(13), (Some("NO UPDATE AVAILABLE"), None, Reporting::NoUpdate));
    for lost in 24..=37 {
        assert_eq!(status(lost), (None, None, Reporting::Unknown), "{lost}");
    }
}

#[test]
fn lost_rows_claim_nothing() {
    let transcript = transcript();
    for lost in 24..=36 {
        let row = row(&transcript, &lost.to_string());
        assert_eq!((row.text.as_deref(), row.text_basis), (None, TextBasis::Unknown));
        assert!(row.notes.is_empty() && row.lines.is_empty() && row.cells.is_empty());
    }
}

#[test]
fn texts_and_notes_are_what_the_document_says() {
    let transcript = transcript();
    let mut told = String::new();
    for key in [
        "5", "8", "9", "11", "37", "38", "39", "43", "48", "53", "54", "55", "62", "63", "64", "68", "70",
        "73", "74", "75", "76", "77", "79", "82",
    ] {
        let row = row(&transcript, key);
        writeln!(told, "{key} [{}] {}", lines(&row.lines), row.text.as_deref().unwrap_or_default()).unwrap();
        for note in &row.notes {
            writeln!(told, "    {} [{}] {}", note.role, lines(&note.lines), note.text).unwrap();
        }
    }
    insta::assert_snapshot!("texts_and_notes", told);
}

#[test]
fn every_problem_and_what_became_of_it() {
    let transcript = transcript();
    let mut told = String::new();
    for problem in &transcript.problems {
        let column = problem.column.map(|column| format!(" {column}")).unwrap_or_default();
        let resolution = match &problem.resolution {
            Resolution::Open => "open".to_owned(),
            Resolution::ByRule => "by rule".to_owned(),
            Resolution::Decided(decisions) => {
                let outcome = |index: &usize| transcript.decisions[*index].outcome.clone();
                decisions.iter().map(outcome).collect::<Vec<_>>().join("; ")
            }
        };
        let Problem { lines, code, message, .. } = problem;
        writeln!(told, "{lines}{column} {code}: {message} -> {resolution}").unwrap();
    }
    insta::assert_snapshot!("problems", told);
}

#[test]
fn fragments_are_the_head_the_word_ends_and_the_repeat() {
    let transcript = transcript();
    let found: Vec<(String, bool)> = transcript
        .fragments
        .iter()
        .map(|fragment| (fragment.lines.to_string(), fragment.decided_by == DecidedBy::Rule))
        .collect();
    assert_eq!(found, [("3".to_owned(), true), ("34-37".to_owned(), false), ("95".to_owned(), false)]);
    assert_eq!(transcript.fragments[1].text, "'AILABLE 'AILABLE\nAILABLE\n'AILABLE\n'AILABLE");
    assert_eq!(transcript.fragments[2].text.len(), "\t\t".len() + 2039 + 2038);
}

#[test]
fn the_words_of_a_row_are_in_its_cells_verbatim() {
    let folder = source(FOLDER);
    let document = String::from_utf8(folder.document.clone()).unwrap();
    let printed: Vec<Vec<&str>> = document.split('\n').map(|line| line.split('\t').collect()).collect();
    for row in &folder.work_out().unwrap().rows {
        for cell in &row.cells {
            assert_eq!(printed[cell.line as usize - 1][cell.column as usize], cell.text, "{}", row.key);
        }
    }
}

#[test]
fn shared_lines_stand_in_both_rows() {
    let transcript = transcript();
    for (line, keys) in [(42, ["37", "38"]), (63, ["53", "54"])] {
        for key in keys {
            assert!(row(&transcript, key).cells.iter().any(|cell| cell.line == line), "{line} {key}");
        }
    }
    let number_lost = row(&transcript, "68").cells.iter().find(|cell| cell.line == 83).unwrap();
    assert_eq!(number_lost.column, 0);
}

#[test]
fn nothing_is_repaired_beyond_the_rules_and_the_decisions() {
    let transcript = transcript();
    for (key, words) in
        [("74", "Bpd established"), ("82", "12 Crime Analyst"), ("11", "updates and strategi")]
    {
        assert!(notes(&transcript, key).iter().any(|note| note.contains(words)), "{key}");
    }
    assert!(
        text(&transcript, "60").contains("BOSPD's")
            && text(&transcript, "15").contains("Prevention - codified")
    );
    let earlier: Vec<&str> = transcript
        .rows
        .iter()
        .filter(|row| row.notes.iter().any(|note| note.role == NoteRole::EarlierAnswer))
        .map(|row| row.key.as_str())
        .collect();
    assert_eq!(earlier, ["54", "63", "64", "73", "74", "76", "77"]);
    let damaged = transcript.rows.iter().filter(|row| !row.damage.is_empty()).count();
    assert_eq!(damaged, 39);
    assert_eq!(damage(&transcript, "75"), ["number-inferred", "line-break-hyphen"]);
}

#[test]
fn without_curation_nothing_is_decided_and_nothing_disappears() {
    let folder = source(FOLDER);
    let transcript = transcribe(&folder.document, &folder.manifest).unwrap();
    let account = &transcript.reconciliation;
    assert_eq!(account.unaccounted_lines, [34, 35, 36, 37, 42, 63, 95]);
    assert_eq!((account.lines.owned, account.lines.quarantined, account.problems_decided), (74, 1, 0));
    assert!(text(&transcript, "73").ends_with("Pardons and Paroles Command Staff."));
    assert_eq!(row(&transcript, "54").text_basis, TextBasis::Partial);
}
