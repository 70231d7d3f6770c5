//! Tables of other registers, with other layouts, vocabularies and damage, through the same code.

use super::*;
use crate::import::{NumberBasis, vocabulary::Reporting};

fn worked_out(name: &str) -> Transcript {
    source(&format!("tests/fixtures/{name}")).work_out().expect("every decision applies")
}

fn numbers(transcript: &Transcript, basis: NumberBasis) -> Vec<&str> {
    transcript.rows.iter().filter(|row| row.number_basis == basis).map(|row| row.key.as_str()).collect()
}

#[test]
fn heads_on_every_page_and_numbers_lost_inside_a_page() {
    let transcript = worked_out("harbour-flood-panel");
    assert!(transcript.reconciliation.is_complete(), "{:?}", transcript.problems);
    assert_eq!(
        problems(&transcript),
        [
            "table-head 1",
            "table-head 8",
            "numbers-inferred 9-10",
            "number-duplicate 12",
            "label-unknown 12",
            "table-head 18",
            "loose-line 20",
            "rows-lost 20"
        ]
    );
    assert_eq!(numbers(&transcript, NumberBasis::Printed), ["1", "2", "3", "6", "8", "9", "11", "12"]);
    assert_eq!(numbers(&transcript, NumberBasis::Inferred), ["4", "5", "7"]);
    assert_eq!(numbers(&transcript, NumberBasis::Missing), ["10"]);
    assert_eq!(
        text(&transcript, "2"),
        "Replace the sluice gates at the old harbour and train volunteers to operate them at night."
    );
    assert_eq!(notes(&transcript, "2"), ["progress: Contract signed, works begin after Easter."]);
    assert_eq!(
        text(&transcript, "8"),
        "Offer households grants for flood gates, door seals and non-return valves."
    );
    let misprinted = row(&transcript, "7");
    assert_eq!((misprinted.number, misprinted.number_printed.as_deref()), (Some(7), Some("6")));
    assert_eq!(
        (misprinted.label.as_deref(), misprinted.state.as_deref()),
        (Some("Not started"), Some("not-started"))
    );
    assert!(misprinted.cells.iter().any(|cell| cell.text == "Not startd"));
    assert_eq!(row(&transcript, "5").reporting, Reporting::NoUpdate);
}

#[test]
fn sections_pipes_and_carriage_returns() {
    let transcript = worked_out("school-inquiry");
    assert!(transcript.reconciliation.is_complete(), "{:?}", transcript.problems);
    let keys: Vec<&str> = transcript.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["I.1", "I.2", "I.3", "II.1", "II.2", "II.3", "II.4"]);
    assert!(transcript.rows.iter().all(|row| row.number.is_none()));
    assert_eq!(numbers(&transcript, NumberBasis::Inferred), ["I.3"]);
    assert_eq!(numbers(&transcript, NumberBasis::Missing), ["II.2"]);
    assert_eq!(
        text(&transcript, "I.2"),
        "Record absences on the day they occur and call the family the same morning."
    );
    assert_eq!(notes(&transcript, "I.2"), ["progress: Pilot in two schools since May."]);
    assert_eq!(row(&transcript, "II.4").label.as_deref(), Some("No response yet"));
    assert!(
        transcript.rows.iter().flat_map(|row| &row.cells).all(|cell| !cell.text.contains(['\r', '\u{feff}']))
    );
}

#[test]
fn letters_cells_centred_on_their_number_and_a_number_in_the_second_column() {
    let transcript = worked_out("transit-audit");
    assert!(transcript.reconciliation.is_complete(), "{:?}", transcript.problems);
    let keys: Vec<&str> = transcript.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["1", "2", "3", "4", "5", "6", "7a", "7b", "8", "9"]);
    assert_eq!(numbers(&transcript, NumberBasis::Inferred), ["5", "6", "8"]);
    assert_eq!(text(&transcript, "2"), "Print timetables in large type and hang them at every stop.");
    assert_eq!(notes(&transcript, "2"), ["progress: Proof with the printer."]);
    assert_eq!(lines(&row(&transcript, "2").lines), "3-4");
    assert_eq!(notes(&transcript, "4"), ["earlier-answer: Waiting for staff.", "progress: Doors ordered."]);
    assert_eq!((row(&transcript, "7a").number, row(&transcript, "8").number), (None, Some(8)));
    assert_eq!(row(&transcript, "8").number_printed.as_deref(), Some("B"));
    let blank = row(&transcript, "9");
    assert_eq!((blank.label.as_deref(), blank.reporting), (None, Reporting::Unknown));
}
