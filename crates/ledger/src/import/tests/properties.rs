//! Whatever the bytes: no panic, every line in the account, every line that rules don't place in a problem.

use proptest::prelude::*;

use super::*;
use crate::import::{TextBasis, transcribe};

/// A row of the model: the lines its text and its note are printed on.
#[derive(Debug, Clone)]
struct ModelRow {
    text: Vec<String>,
    note: Vec<String>,
    label: &'static str,
    page_break_before: bool,
    page_break_inside: bool,
}

fn sentence() -> impl Strategy<Value = Vec<String>> {
    // Words without meaning, so that no suspicion about words is raised; the number in them makes each text different.
    proptest::collection::vec("[a-z]{3,9}( [a-z]{3,9}){1,4}", 1..4)
}

fn model_row() -> impl Strategy<Value = ModelRow> {
    let label = prop_oneof![Just("OPEN"), Just("NO NEWS")];
    (sentence(), proptest::option::of(sentence()), label, proptest::bool::weighted(0.2), any::<bool>())
        .prop_map(|(text, note, label, page_break_before, page_break_inside)| ModelRow {
            text: closed("T", text),
            note: note.map(|note| closed("N", note)).unwrap_or_default(),
            label,
            page_break_before,
            page_break_inside,
        })
}

/// Printed lines that begin with a capital and end with a full stop.
fn closed(first: &str, mut lines: Vec<String>) -> Vec<String> {
    if let Some(line) = lines.first_mut() {
        line.insert_str(0, first);
    }
    if let Some(line) = lines.last_mut() {
        line.push('.');
    }
    lines
}

#[derive(Debug, Clone, Copy)]
enum Lost {
    Nothing,
    /// The number cell of this row.
    Number(usize),
    /// This whole row.
    Row(usize),
}

fn print(rows: &[ModelRow], lost: Lost, line_end: &str) -> String {
    let mut lines = vec!["No\tItem\tNote\tState".to_owned()];
    for (index, row) in rows.iter().enumerate() {
        if matches!(lost, Lost::Row(gone) if gone == index) {
            continue;
        }
        if row.page_break_before && index > 0 {
            lines.extend(["", "", "No\tItem\tNote\tState"].map(str::to_owned));
        }
        let numbered = !matches!(lost, Lost::Number(gone) if gone == index);
        let number = if numbered { (index + 1).to_string() } else { String::new() };
        let cell = |cells: &[String], at: usize| cells.get(at).cloned().unwrap_or_default();
        lines.push(format!("{number}\t{}\t{}\t{}", cell(&row.text, 0), cell(&row.note, 0), row.label));
        for at in 1..row.text.len().max(row.note.len()) {
            if row.page_break_inside && at == 1 {
                lines.extend([String::new(), String::new()]);
            }
            lines.push(format!("\t{}\t{}\t", cell(&row.text, at), cell(&row.note, at)));
        }
    }
    lines.join(line_end)
}

fn check_account(transcript: &Transcript) -> Result<(), TestCaseError> {
    let lines = transcript.reconciliation.lines;
    prop_assert_eq!(lines.read, lines.blank + lines.owned + lines.quarantined + lines.unaccounted);
    for line in &transcript.reconciliation.unaccounted_lines {
        prop_assert!(
            transcript.problems.iter().any(|problem| problem.lines.contains(*line)),
            "line {}",
            line
        );
    }
    let keys: std::collections::BTreeSet<&str> = transcript.rows.iter().map(|row| row.key.as_str()).collect();
    prop_assert_eq!(keys.len(), transcript.rows.len());
    for row in &transcript.rows {
        prop_assert_eq!(row.text.is_none(), row.text_basis == TextBasis::Unknown);
        prop_assert!(
            row.text.iter().chain(row.notes.iter().map(|note| &note.text)).all(|text| !text.contains('\0'))
        );
        prop_assert!(row.cells.iter().all(|cell| row.lines.iter().any(|lines| lines.contains(cell.line))));
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_table_printed_from_a_model_reads_back(
        rows in proptest::collection::vec(model_row(), 1..12),
        lost in prop_oneof![Just(None), (any::<bool>(), any::<prop::sample::Index>()).prop_map(Some)],
        crlf in any::<bool>(),
    ) {
        let lost = match lost {
            None => Lost::Nothing,
            Some((true, index)) => Lost::Number(index.index(rows.len())),
            Some((false, index)) => Lost::Row(index.index(rows.len())),
        };
        let document = print(&rows, lost, if crlf { "\r\n" } else { "\n" });
        let transcript = transcribed(&document, u32::try_from(rows.len()).unwrap());
        check_account(&transcript)?;
        prop_assert_eq!(transcript.reconciliation.lines.unaccounted, 0);
        prop_assert_eq!(transcript.rows.len(), rows.len());
        for (index, (read, model)) in transcript.rows.iter().zip(&rows).enumerate() {
            prop_assert_eq!(read.number, Some(u32::try_from(index + 1).unwrap()));
            if matches!(lost, Lost::Row(gone) if gone == index) {
                prop_assert_eq!(&read.text, &None);
                continue;
            }
            prop_assert_eq!(read.text.clone(), Some(model.text.join(" ")));
            prop_assert_eq!(read.label.as_deref(), Some(model.label));
            let notes: Vec<String> = read.notes.iter().map(|note| note.text.clone()).collect();
            let expected: Vec<String> = if model.note.is_empty() { vec![] } else { vec![model.note.join(" ")] };
            prop_assert_eq!(notes, expected);
        }
    }

    #[test]
    fn any_text_with_the_signs_of_a_table_is_accounted_for(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("\t".to_owned()), Just("\t".to_owned()), Just("\n".to_owned()), Just("\n".to_owned()), Just("\r\n".to_owned()),
                Just("\u{c}".to_owned()), Just("\0".to_owned()), Just("OPEN".to_owned()), Just("NO".to_owned()), Just("NEWS".to_owned()),
                Just("No\tItem\tNote\tState\n".to_owned()), Just("and so on".to_owned()), Just("Ends here.".to_owned()),
                Just("pre- and".to_owned()), Just("\\$5".to_owned()), (0u32..30).prop_map(|number| number.to_string()),
                "[ -~]{0,12}", "\\PC{0,6}",
            ],
            0..80,
        ),
        expected_count in 1u32..20,
    ) {
        check_account(&transcribed(&parts.concat(), expected_count))?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(transcript) = transcribe(&bytes, &small_manifest(4)) {
            check_account(&transcript)?;
        } else {
            prop_assert!(std::str::from_utf8(&bytes).is_err());
        }
    }

    #[test]
    fn any_table_under_other_layouts_is_accounted_for(
        lines in proptest::collection::vec("[|;\t 1-3aIV.]{0,9}(text|Open)?[|;\t]{0,3}[a-z.]{0,4}", 0..30),
        folder in prop::sample::select(vec!["harbour-flood-panel", "school-inquiry", "transit-audit"]),
    ) {
        let manifest = source(&format!("tests/fixtures/{folder}")).manifest;
        check_account(&transcribe(lines.join("\n").as_bytes(), &manifest).unwrap())?;
    }
}
