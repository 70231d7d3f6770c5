//! The accountability report for people, spreadsheets and printers: pure functions from the answer to bytes.
//!
//! Every section is one flat [`Sheet`]; the terminal, CSV, XLSX and the tables of the HTML page all print that. Charts are drawn by
//! [`chart`], from the answer. No recorded text reaches a terminal, a spreadsheet or a browser as anything but text.

mod chart;
mod html;
mod references;
mod sheet;
mod sheets;
mod spreadsheet;
mod strip;
mod terminal;
mod workbook;

use docket_ledger::answer::report::ReportAnswer;

pub(crate) use html::html;
pub(crate) use sheet::Section;
pub(crate) use spreadsheet::csv;
pub(crate) use terminal::table;
pub(crate) use workbook::xlsx;

use sheet::Sheet;

/// Every section, in the order of the report; the last is the appendix.
fn all_sheets(answer: &ReportAnswer) -> Vec<Sheet> {
    let standing = sheets::standing::sheets(answer);
    standing.into_iter().chain(sheets::record::sheets(answer)).collect()
}
