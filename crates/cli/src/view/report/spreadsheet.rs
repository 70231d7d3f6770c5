//! The report as CSV: one section with its own columns, or the whole report with one value a row.
//!
//! A cell that a spreadsheet would take for a formula begins with an apostrophe, as in every other CSV of this command.

use docket_ledger::answer::report::ReportAnswer;

use super::super::csv::{BASIS, basis_cells, safe};
use super::all_sheets;
use super::sheet::{Section, Sheet, Value};

/// The columns of the whole report: the value in `column` of the row `row` of a section.
const VALUES: [&str; 4] = ["section", "row", "column", "value"];

/// One section, or all of them. Every row ends with the basis, so that one cut out of its file still says what it rests on.
pub(crate) fn csv(answer: &ReportAnswer, section: Option<Section>) -> Result<String, csv::Error> {
    let sheets = all_sheets(answer);
    let mut writer = csv::Writer::from_writer(Vec::new());
    if let Some(sheet) = section.and_then(|section| sheets.iter().find(|sheet| sheet.section == section)) {
        writer.write_record(sheet.columns.iter().map(|column| column.title).chain(BASIS))?;
        for row in &sheet.rows {
            write(&mut writer, row.iter().map(Value::text), answer)?;
        }
    } else {
        writer.write_record(VALUES.iter().chain(&BASIS))?;
        for sheet in &sheets {
            write_values(&mut writer, sheet, answer)?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Every value of a section, one a row.
fn write_values(
    writer: &mut csv::Writer<Vec<u8>>,
    sheet: &Sheet,
    answer: &ReportAnswer,
) -> Result<(), csv::Error> {
    for (number, row) in (1_u64..).zip(&sheet.rows) {
        for (column, value) in sheet.columns.iter().zip(row).filter(|(_, value)| **value != Value::Empty) {
            let cells =
                [sheet.section.name().to_owned(), number.to_string(), column.title.to_owned(), value.text()];
            write(writer, cells.into_iter(), answer)?;
        }
    }
    Ok(())
}

fn write(
    writer: &mut csv::Writer<Vec<u8>>,
    cells: impl Iterator<Item = String>,
    answer: &ReportAnswer,
) -> Result<(), csv::Error> {
    writer.write_record(cells.chain(basis_cells(&answer.basis)).map(safe))
}
