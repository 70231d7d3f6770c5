//! The report as a workbook: a sheet for each section, real numbers and dates, text that stays text.
//!
//! Every text is written as a string: none of them becomes a formula, whatever it begins with. The properties hold no clock and no user, so
//! the same basis gives the same bytes.

use docket_ledger::answer::report::ReportAnswer;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::super::csv::{BASIS, basis_cells};
use super::all_sheets;
use super::sheet::{Kind, Sheet, Value};

/// The longest text that a cell takes, in characters, is 32,767; what is longer ends with a word on that.
const CELL_CHARACTERS_MAX: usize = 32_700;
/// A sheet takes 1,048,576 rows.
const ROWS_MAX: usize = 1_048_000;
/// The moment that the file says it was made: fixed, so that no clock is read.
const CREATED: &str = "2000-01-01";

/// The bytes of the workbook.
pub(crate) fn xlsx(answer: &ReportAnswer) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::parse_from_str(CREATED)?;
    book.set_properties(
        &DocProperties::new().set_title("Accountability report").set_creation_datetime(&created),
    );
    basis(book.add_worksheet(), answer)?;
    for sheet in &all_sheets(answer) {
        write(book.add_worksheet(), sheet)?;
    }
    book.save_to_buffer()
}

fn basis(page: &mut Worksheet, answer: &ReportAnswer) -> Result<(), XlsxError> {
    page.set_name("basis")?;
    let strong = Format::new().set_bold();
    page.write_string_with_format(0, 0, "Basis", &strong)?;
    page.write_string_with_format(0, 1, "Report", &strong)?;
    page.write_string_with_format(0, 2, "Compared with", &strong)?;
    let (report, since) = (basis_cells(&answer.basis), answer.since.as_ref().map(basis_cells));
    for (row, (name, value)) in (1..).zip(BASIS.iter().zip(&report)) {
        page.write_string(row, 0, *name)?;
        page.write_string(row, 1, value)?;
    }
    for (row, value) in (1..).zip(since.iter().flatten()) {
        page.write_string(row, 2, value)?;
    }
    page.set_column_width(0, 16)?.set_column_width(1, 48)?.set_column_width(2, 48)?;
    page.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    page.set_name(sheet.section.name())?;
    let strong = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let day = Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Top);
    let plain = Format::new().set_align(FormatAlign::Top);
    for (column, shown) in (0..).zip(&sheet.columns) {
        page.write_string_with_format(0, column, shown.title, &strong)?;
        page.set_column_width(column, width(shown.kind))?;
    }
    page.set_freeze_panes(1, 0)?;
    for (row, cells) in (1..).zip(sheet.rows.iter().take(ROWS_MAX)) {
        for (column, (value, shown)) in (0..).zip(cells.iter().zip(&sheet.columns)) {
            match value {
                Value::Empty => {}
                Value::Number(number) => {
                    page.write_number_with_format(row, column, exact(*number), &plain)?;
                }
                Value::Signed(number) => {
                    let size = exact(number.unsigned_abs());
                    let number = if *number < 0 { -size } else { size };
                    page.write_number_with_format(row, column, number, &plain)?;
                }
                Value::Day(text) => match ExcelDateTime::parse_from_str(text) {
                    Ok(date) => {
                        page.write_datetime_with_format(row, column, &date, &day)?;
                    }
                    // A workbook knows no day before 1900.
                    Err(_) => {
                        page.write_string_with_format(row, column, text, &plain)?;
                    }
                },
                Value::Text(_) | Value::Events(_) => {
                    let format = if shown.kind == Kind::Name { &plain } else { &wrapped };
                    page.write_string_with_format(row, column, fitting(value.text()), format)?;
                }
            }
        }
    }
    if let (Some(left), Ok(behind)) =
        (sheet.rows.len().checked_sub(ROWS_MAX + 1), u32::try_from(ROWS_MAX + 1))
    {
        page.write_string(behind, 0, format!("… (cut: {} more rows, whole in json)", left + 1))?;
    }
    let (rows, columns) = (sheet.rows.len().min(ROWS_MAX), sheet.columns.len());
    if let (Ok(last), Ok(columns)) = (u32::try_from(rows), u16::try_from(columns))
        && rows > 0
    {
        page.autofilter(0, 0, last, columns.saturating_sub(1))?;
    }
    Ok(())
}

const fn width(kind: Kind) -> f64 {
    match kind {
        Kind::Name => 24.0,
        Kind::Words => 60.0,
        Kind::Number | Kind::Day => 12.0,
        Kind::Events => 40.0,
        Kind::Detail => 18.0,
    }
}

/// A count as a workbook keeps numbers: exact up to 2^53, and no log holds more entries.
#[expect(clippy::cast_precision_loss, reason = "counts of entries are far below 2^53")]
const fn exact(number: u64) -> f64 {
    number as f64
}

/// The text as far as a cell takes it.
fn fitting(text: String) -> String {
    match text.char_indices().nth(CELL_CHARACTERS_MAX) {
        None => text,
        Some((end, _)) => format!("{} … (cut: whole in json)", text.get(..end).unwrap_or_default()),
    }
}
