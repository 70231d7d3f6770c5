//! From bytes to rows, by rule only (DESIGN section 8, step 1).
//!
//! Lines, pages and cells; lines that are no part of a row; rows by their numbers and statuses; continuations; numbers. Nothing stops
//! at the first problem: every cell that is not white space ends in a row, or its line in a problem. Nothing here is about one document.

mod anchor;
mod aside;
mod chain;
pub(super) mod interpret;
mod junction;
pub(super) mod line;
pub(super) mod number;
mod numbering;
mod ownership;
pub(super) mod problem;
pub(super) mod row;
mod suspicion;
mod words;

use std::collections::BTreeSet;

use super::{
    curation::{self, Curation},
    error::ImportError,
    manifest::{ColumnRole, Manifest},
    model::{Cell, DecidedBy, LineRange, Problem, Transcript},
};
use interpret::WorkRow;
use line::{Line, Shape};
use problem::{About as _, Code, report};
use row::DraftRow;

/// Lines that belong to no row.
#[derive(Debug, Clone)]
pub(crate) struct Quarantine {
    pub(crate) lines: LineRange,
    pub(crate) reason: String,
    pub(crate) decided_by: DecidedBy,
}

/// What rules made of a document; a curator's decisions change it before it is interpreted.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) lines: Vec<Line>,
    pub(crate) rows: Vec<DraftRow>,
    pub(crate) quarantined: Vec<Quarantine>,
    /// The problems of lines and cells. Those of numbers and of interpreted text follow from the rows: see [`Draft::derive`].
    pub(crate) problems: Vec<Problem>,
}

/// Reads a document by rule only, without any curation.
///
/// # Errors
/// [`ImportError::NotUtf8`]; anything else that is wrong with a document is a problem of the transcript.
pub fn transcribe(document: &[u8], manifest: &Manifest) -> Result<Transcript, ImportError> {
    curation::apply(draft(document, manifest)?, manifest, &Curation::default())
}

/// Reads a document as far as rules go.
pub(crate) fn draft(document: &[u8], manifest: &Manifest) -> Result<Draft, ImportError> {
    let (lines, mut problems) = line::read(document, manifest)?;
    let aside = aside::set_aside(&lines, manifest);
    problems.extend(aside.problems);
    let free: Vec<&Line> = lines
        .iter()
        .filter(|line| line.shape != Shape::Blank && !aside.lines.contains(&line.number))
        .collect();
    let mut rows = anchor::rows(&free, manifest);
    problems.extend(short_rows(&rows, &free, manifest));
    problems.extend(ownership::place(&mut rows, &free, manifest));
    Ok(Draft { lines, rows, quarantined: aside.quarantined, problems })
}

/// The rows whose line ends before the column of the text or status. Notes and the like may be empty and trimmed.
fn short_rows(rows: &[DraftRow], free: &[&Line], manifest: &Manifest) -> Vec<Problem> {
    let layout = &manifest.layout;
    let columns = layout.columns.len();
    let short = |row: &DraftRow| {
        let at = free.binary_search_by_key(&row.line, |line| line.number).ok()?;
        let line = free.get(at)?;
        let number = layout.place(ColumnRole::Number).filter(|_| line.shape == Shape::NumberLost);
        let needed = |role: ColumnRole| {
            layout.place(role).map_or(0, |at| at + 1 - usize::from(number.is_some_and(|lost| lost < at)))
        };
        let message =
            format!("the line has {} cells, but the table has {columns} columns", line.printed_cells);
        let short = line.printed_cells < needed(ColumnRole::Text).max(needed(ColumnRole::Status));
        short.then(|| report(Code::TooFewCells, line.range(), message))
    };
    rows.iter().filter_map(short).collect()
}

impl Draft {
    /// Numbers and interprets the rows, and reports what is suspicious about numbers and texts.
    pub(crate) fn derive(&mut self, manifest: &Manifest) -> (Vec<WorkRow>, Vec<Problem>) {
        let mut problems = numbering::assign(&mut self.rows, manifest);
        let rows: Vec<WorkRow> = self.rows.iter().map(|row| WorkRow::new(row, manifest)).collect();
        problems.extend(suspicion::all(&rows, manifest));
        (rows, problems)
    }

    /// Numbers the rows afresh, so that their keys follow from them again.
    pub(crate) fn renumber(&mut self, manifest: &Manifest) {
        numbering::assign(&mut self.rows, manifest);
    }

    /// The lines of a range that hold more than white space.
    pub(crate) fn filled(&self, lines: LineRange) -> impl Iterator<Item = &Line> {
        (lines.first..=lines.last)
            .filter_map(|line| self.line(line))
            .filter(|line| line.shape != Shape::Blank)
    }

    /// A line by its number.
    pub(crate) fn line(&self, number: u32) -> Option<&Line> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(index)
    }

    /// Whether a line is set aside as a fragment.
    pub(crate) fn is_quarantined(&self, line: u32) -> bool {
        self.quarantined.iter().any(|quarantine| quarantine.lines.contains(line))
    }

    /// The lines that are set aside as fragments.
    pub(crate) fn quarantined_lines(&self) -> BTreeSet<u32> {
        self.quarantined
            .iter()
            .flat_map(|quarantine| quarantine.lines.first..=quarantine.lines.last)
            .collect()
    }

    /// The cells that belong to rows, as line and cell.
    pub(crate) fn placed(&self) -> BTreeSet<(u32, u32)> {
        let pieces = self.rows.iter().flat_map(|row| &row.pieces);
        pieces.map(|piece| (piece.cell.line, piece.cell.column)).collect()
    }

    /// The cells that belong to no row, nor to a fragment.
    pub(crate) fn unplaced(&self) -> Vec<&Cell> {
        let placed = self.placed();
        let quarantined = self.quarantined_lines();
        self.lines
            .iter()
            .filter(|line| !quarantined.contains(&line.number))
            .flat_map(|line| &line.cells)
            .map(|cell| &cell.cell)
            .filter(|cell| !placed.contains(&(cell.line, cell.column)))
            .collect()
    }

    /// A problem for each cell that no row has although nothing was reported about it. Rules should leave none; this makes it certain.
    pub(crate) fn unreported(&self) -> Vec<Problem> {
        let ranges = self.problems.iter().map(|problem| problem.lines);
        let reported: BTreeSet<u32> = ranges.flat_map(|lines| lines.first..=lines.last).collect();
        let orphans = self.unplaced().into_iter().filter(|cell| !reported.contains(&cell.line));
        orphans
            .map(|cell| {
                let message = "no rule gave the cell to a row";
                let problem = report(Code::AmbiguousOwner, LineRange::one(cell.line), message);
                problem.about_column(cell.role.unwrap_or(ColumnRole::Other))
            })
            .collect()
    }
}
