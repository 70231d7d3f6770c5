//! Tables at the edge of being tables.

use super::*;
use crate::import::{LINE_BYTES_MAX, NumberBasis, Resolution, TextBasis, vocabulary::Reporting};

const HEAD: &str = "No\tItem\tNote\tState\n";

#[test]
fn a_document_without_rows_is_a_register_of_lost_rows() {
    for document in ["", "\n", " \n\t\t\t\n\r\n", "\u{feff}"] {
        let transcript = transcribed(document, 3);
        assert_eq!(transcript.reconciliation.numbers.missing, 3, "{document:?}");
        assert_eq!(problems(&transcript), ["rows-lost 1"], "{document:?}");
        assert_eq!(transcript.reconciliation.lines.unaccounted, 0);
    }
}

#[test]
fn one_line_is_enough() {
    for document in
        ["1\tMend it.\tSoon.\tOPEN", "1\tMend it.\tSoon.\tOPEN\r\n", "\u{feff}1.\tMend it.\tSoon.\tOPEN\n"]
    {
        let transcript = transcribed(document, 1);
        assert!(transcript.reconciliation.is_complete(), "{:?}", transcript.problems);
        assert_eq!(
            (text(&transcript, "1"), row(&transcript, "1").state.as_deref()),
            ("Mend it.", Some("open"))
        );
    }
}

#[test]
fn carriage_returns_alone_end_lines_only_where_there_are_no_line_feeds() {
    let transcript = transcribed("1\tA.\t\tOPEN\r2\tB.\t\tOPEN\r", 2);
    assert!(transcript.reconciliation.is_complete(), "{:?}", transcript.problems);
    assert_eq!(problems(&transcribed("1\tA.\rB.\t\tOPEN\n", 1)), ["control-character 1"]);
}

#[test]
fn each_table_of_problems_names_its_lines() {
    for (document, expected_count, found) in [
        ("1\tA.\t\tOPEN\n2\tB.\t\t\n", 2, vec!["status-blank 2"]),
        ("1\tA.\t\tOPEN\n2\tB.\n", 2, vec!["too-few-cells 2", "status-blank 2"]),
        ("1\tA.\t\tOPEN\textra\n", 1, vec!["too-many-cells 1"]),
        ("1\tA.\t\tOPNE\n", 1, vec!["label-unknown 1"]),
        ("1\tA.\t\tOPEN\n3\tC.\t\tOPEN\n2\tB.\t\tOPEN\n4\tD.\t\tOPEN\n", 4, vec!["number-out-of-order 2"]),
        ("1\tA.\t\tOPEN\n1\tB.\t\tOPEN\n", 1, vec!["row-count 1-2", "number-duplicate 2"]),
        ("1\tA.\t\tOPEN\n9\tB.\t\tOPEN\n", 2, vec!["number-above-count 2"]),
        (
            "1\tA.\t\tOPEN\nl2\tB.\t\tOPEN\n3\tC.\t\tOPEN\n",
            3,
            vec!["number-unreadable 2", "numbers-inferred 2"],
        ),
        ("1\t\t\tOPEN\n", 1, vec!["text-blank 1"]),
        ("1\tA\u{7}.\t\tOPEN\n", 1, vec!["control-character 1"]),
        ("Page 1\n1\tA.\t\tOPEN\n", 1, vec!["loose-line 1"]),
        (
            "A title\tof it\t\t\nNo\tItem\tNote\tState\n1\tA.\t\tOPEN\n",
            1,
            vec!["above-table 1", "table-head 2"],
        ),
        ("No\tItcm\tNote\tStato\n1\tA.\t\tOPEN\n", 1, vec!["table-head-suspected 1"]),
        ("1\tA.\t\tOPEN\nNo\tItem\tNote\tState\n2\tB.\t\tOPEN\n", 2, vec!["table-head 2"]),
        ("just words\n", 1, vec!["rows-lost 1", "loose-line 1"]),
        ("\tThis has no row.\t\t\n", 1, vec!["ambiguous-owner 1", "rows-lost 1"]),
    ] {
        let transcript = transcribed(document, expected_count);
        let mut told = problems(&transcript);
        let mut found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        told.sort();
        found.sort();
        assert_eq!(told, found, "{document:?}");
    }
}

#[test]
fn an_unknown_label_names_the_nearest_known_one_and_is_never_read_as_it() {
    let transcript = transcribed("1\tA.\t\tOPNE\n", 1);
    assert!(transcript.problems[0].message.contains("\"OPEN\""), "{}", transcript.problems[0].message);
    let row = row(&transcript, "1");
    assert_eq!(
        (row.label.as_deref(), row.state.as_deref(), row.reporting),
        (Some("OPNE"), None, Reporting::Unknown)
    );
}

#[test]
fn a_nul_is_never_recorded_and_an_over_long_line_is_never_split() {
    let transcript = transcribed("1\tA\0B.\t\tOPEN\n", 1);
    assert_eq!(
        (text(&transcript, "1"), problems(&transcript)),
        ("A\u{fffd}B.", vec!["control-character 1".to_owned()])
    );
    let long = format!("1\t{}\t\tOPEN\n2\tB.\t\tOPEN\n", "x".repeat(LINE_BYTES_MAX));
    let transcript = transcribed(&long, 2);
    assert_eq!(problems(&transcript), ["line-too-long 1", "rows-lost 1"]);
    assert_eq!(transcript.reconciliation.unaccounted_lines, [1]);
}

#[test]
fn a_status_may_wrap_stand_below_its_number_or_above_it() {
    let wrapped = transcribed("1\tA long\t\tNO\n\titem.\t\tNEWS\n2\tB.\t\tOPEN\n", 2);
    assert!(wrapped.reconciliation.is_complete(), "{:?}", wrapped.problems);
    assert_eq!(row(&wrapped, "1").label.as_deref(), Some("NO NEWS"));
    let below = transcribed("1\tA long\t\t\n\titem.\t\tOPEN\n2\tB.\t\tOPEN\n", 2);
    assert!(below.reconciliation.is_complete(), "{:?}", below.problems);
    let above = transcribed("\tA long\tNote\tOPEN\n1\titem.\there.\t\n2\tB.\t\tOPEN\n", 2);
    assert!(above.reconciliation.is_complete(), "{:?}", above.problems);
    assert_eq!(
        (text(&above, "1"), notes(&above, "1")),
        ("A long item.", vec!["progress: Note here.".to_owned()])
    );
}

#[test]
fn numbers_are_inferred_only_where_their_neighbours_tell_them() {
    let page_break = "\n\n\n";
    let unnumbered = "\tX.\t\tOPEN\n";
    let table = |parts: &[&str]| parts.concat();
    for (document, keys) in [
        // As many rows as numbers.
        (
            table(&["1\tA.\t\tOPEN\n", unnumbered, "3\tC.\t\tOPEN\n", "4\tD.\t\tOPEN\n"]),
            vec!["1", "2", "3", "4"],
        ),
        // Fewer rows than numbers, and a page break shows on which side the lost ones were.
        (table(&["1\tA.\t\tOPEN\n", page_break, unnumbered, "4\tD.\t\tOPEN\n"]), vec!["1", "2", "3", "4"]),
        // Nothing shows it.
        (table(&["1\tA.\t\tOPEN\n", unnumbered, "4\tD.\t\tOPEN\n"]), vec!["1", "line-2", "4"]),
        // More rows than numbers.
        (
            table(&["1\tA.\t\tOPEN\n", unnumbered, "2\tB.\t\tOPEN\n3\tC.\t\tOPEN\n4\tD.\t\tOPEN\n"]),
            vec!["1", "line-2", "2", "3", "4"],
        ),
    ] {
        let transcript = transcribed(&document, 4);
        let found: Vec<&str> = transcript.rows.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(found, keys, "{document:?}");
    }
    let behind_break =
        transcribed(&table(&["1\tA.\t\tOPEN\n", page_break, unnumbered, "4\tD.\t\tOPEN\n"]), 4);
    assert_eq!(row(&behind_break, "2").number_basis, NumberBasis::Missing);
    assert_eq!(row(&behind_break, "3").number_basis, NumberBasis::Inferred);
}

#[test]
fn rows_lost_at_the_end_of_a_page_are_missing() {
    let transcript =
        transcribed(&format!("{HEAD}1\tA.\t\tOPEN\n2\tB.\t\tOPEN\n\n\n{HEAD}5\tE.\t\tOPEN\n"), 6);
    let missing: Vec<&str> = transcript
        .rows
        .iter()
        .filter(|row| row.number_basis == NumberBasis::Missing)
        .map(|row| row.key.as_str())
        .collect();
    assert_eq!(missing, ["3", "4", "6"]);
    assert!(transcript.reconciliation.is_complete());
}

#[test]
fn the_end_of_a_lost_row_is_the_row_before_the_next_number() {
    let transcript =
        transcribed("1\tA.\t\tOPEN\n2\tB is done.\t\tOPEN\n\n\n\tof the river.\t\t\n5\tE.\t\tOPEN\n", 5);
    let tail = row(&transcript, "4");
    assert_eq!((tail.text.as_deref(), tail.text_basis), (Some("of the river."), TextBasis::Partial));
    assert_eq!(
        (tail.number_basis, row(&transcript, "3").number_basis),
        (NumberBasis::Inferred, NumberBasis::Missing)
    );
    assert_eq!((tail.label.as_deref(), tail.reporting), (None, Reporting::Unknown));
}

#[test]
fn a_small_letter_after_a_full_stop_stays_with_its_row_where_no_other_can_be() {
    let transcript = transcribed("1\tBuy lamps etc.\t\tOPEN\n\tfor the yard.\t\t\n2\tB.\t\tOPEN\n", 2);
    assert_eq!(text(&transcript, "1"), "Buy lamps etc. for the yard.");
}

#[test]
fn a_whole_sentence_on_a_new_page_may_be_a_row_and_is_left_to_a_person() {
    let transcript = transcribed("1\tA is done.\t\tOPEN\n\n\n\tPaint the hall.\t\t\n2\tB.\t\tOPEN\n", 2);
    assert_eq!(problems(&transcript), ["ambiguous-owner 4"]);
    assert_eq!(transcript.problems[0].resolution, Resolution::Open);
    assert_eq!(transcript.reconciliation.unaccounted_lines, [4]);
}

#[test]
fn a_page_read_twice_is_reported_and_makes_no_rows() {
    let first = "\tRepair the northern bridge before the winter storms.\tAsked.\tOPEN\n";
    let transcript = transcribed(&format!("1\tA.\t\tOPEN\n{first}{first}3\tC.\t\tOPEN\n"), 3);
    assert_eq!(problems(&transcript), ["numbers-inferred 2", "repeats-earlier-lines 3"]);
}

#[test]
fn texts_that_begin_with_small_letters_throughout_tell_nothing() {
    let transcript = transcribed(
        "1\tbuild it.\t\tOPEN\n2\tpaint it.\t\tOPEN\n3\tsell it and\t\tOPEN\n\tgo home.\t\t\n",
        3,
    );
    assert!(transcript.reconciliation.is_complete(), "{:?}", transcript.problems);
    assert_eq!(text(&transcript, "3"), "sell it and go home.");
}
