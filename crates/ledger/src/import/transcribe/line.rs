//! Bytes to lines, pages and cells: what each cell is of, by the shape of its line alone.

use super::{
    super::{
        LINE_BYTES_MAX, LINES_MAX,
        error::ImportError,
        manifest::{ColumnRole, Layout, Manifest},
        model::{Cell, LineRange, Problem},
        raw,
        repair::without_nul,
    },
    number,
    problem::{Code, report},
};

/// How the cells of a line were matched with the columns of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing but white space and separators.
    Blank,
    /// Cell by cell from the left.
    Aligned,
    /// The number column is gone, and the cells are those of the other columns.
    NumberLost,
    /// One cell where the table has several columns, or an over-long line: nothing tells which column it is of.
    Loose,
}

/// One line of the document.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Counted from 1.
    pub(crate) number: u32,
    /// Counted from 1; a page with nothing on it is not counted.
    pub(crate) page: u32,
    /// The line without its end.
    pub(crate) raw: String,
    pub(crate) shape: Shape,
    /// How many cells are printed, empty ones included.
    pub(crate) printed_cells: usize,
    /// The cells that hold more than white space.
    pub(crate) cells: Vec<LineCell>,
}

/// A cell of a line.
#[derive(Debug, Clone)]
pub(crate) struct LineCell {
    pub(crate) cell: Cell,
    /// Its column in the layout, if the shape of the line tells it.
    pub(crate) column: Option<usize>,
}

impl Line {
    /// The cell of a layout column, trimmed; empty if there is none.
    pub(crate) fn text(&self, column: Option<usize>) -> &str {
        let of_column = |cell: &&LineCell| column.is_some() && cell.column == column;
        self.cells.iter().find(of_column).map_or("", |cell| cell.cell.text.trim())
    }

    pub(crate) fn range(&self) -> LineRange {
        LineRange::one(self.number)
    }
}

/// Reads the lines of a document, and reports what is wrong with single lines.
pub(crate) fn read(bytes: &[u8], manifest: &Manifest) -> Result<(Vec<Line>, Vec<Problem>), ImportError> {
    let text = raw::utf8(bytes, &manifest.document.file)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut problems = Vec::new();
    let mut pages = Pages { page: 1, blank_run: manifest.layout.page_break_blank_lines, used: false };
    let texts = split(text);
    if texts.len() > LINES_MAX {
        return Err(ImportError::TooManyLines { file: manifest.document.file.clone(), lines: texts.len() });
    }
    for (number, raw) in (1..).zip(texts) {
        let mut line = cut(number, raw, manifest);
        line.page = pages.page_of(&line, manifest.layout.page_break_blank_lines);
        complain(&line, raw, manifest, &mut problems);
        lines.push(line);
    }
    Ok((lines, problems))
}

/// The lines of a text: LF or CRLF, and CR alone only where a document has no LF at all.
fn split(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    let end = if text.contains('\n') || !text.contains('\r') { '\n' } else { '\r' };
    text.strip_suffix(end)
        .unwrap_or(text)
        .split(end)
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect()
}

/// Counts pages.
struct Pages {
    page: u32,
    blank_run: u32,
    used: bool,
}

impl Pages {
    fn page_of(&mut self, line: &Line, blank_lines: u32) -> u32 {
        let fed = line.raw.contains('\u{c}');
        if line.shape == Shape::Blank {
            self.blank_run = if fed { blank_lines } else { self.blank_run.saturating_add(1) };
        } else {
            if self.used && (fed || self.blank_run >= blank_lines) {
                self.page += 1;
            }
            self.blank_run = 0;
            self.used = true;
        }
        self.page
    }
}

fn cut(number: u32, raw: &str, manifest: &Manifest) -> Line {
    let raw = without_nul(raw).into_owned();
    let mut line = Line { number, page: 0, shape: Shape::Loose, printed_cells: 0, cells: Vec::new(), raw };
    if line.raw.len() > LINE_BYTES_MAX {
        return line;
    }
    let texts: Vec<&str> = line.raw.split(manifest.layout.separator.character()).collect();
    if texts.iter().all(|text| text.trim().is_empty()) {
        line.shape = Shape::Blank;
        return line;
    }
    line.shape = shape(&texts, manifest);
    line.printed_cells = texts.len();
    let columns = columns(line.shape, &manifest.layout);
    let cell = |(at, text): (usize, &&str)| {
        let column = columns.get(at).copied();
        let role = column.map(|column| manifest.layout.role(column));
        let cell = Cell {
            line: number,
            column: u32::try_from(at).unwrap_or(u32::MAX),
            role,
            text: (*text).to_owned(),
        };
        LineCell { cell, column }
    };
    line.cells = texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(cell).collect();
    line
}

fn shape(texts: &[&str], manifest: &Manifest) -> Shape {
    let layout = &manifest.layout;
    let columns = layout.columns.len();
    if columns > 1 && texts.len() == 1 {
        return Shape::Loose;
    }
    match layout.place(ColumnRole::Number) {
        Some(place)
            if layout.number_column_may_be_lost
                && texts.len() < columns
                && number_is_lost(texts, place, manifest) =>
        {
            Shape::NumberLost
        }
        _ => Shape::Aligned,
    }
}

/// Whether a line that is short of cells lacks its number rather than cells at its end: what stands in the number's place is no
/// number, not even a misread one, or the status is found only by counting without it.
fn number_is_lost(texts: &[&str], place: usize, manifest: &Manifest) -> bool {
    let at_number = texts.get(place).map_or("", |text| text.trim());
    if !at_number.is_empty() {
        let misread = at_number.len() <= 8 && at_number.contains(|c: char| c.is_ascii_digit());
        return !misread && number::read(at_number, manifest.layout.number_style).is_none();
    }
    let status = manifest.layout.place(ColumnRole::Status).map(|column| column - usize::from(column > place));
    let at_status = status.and_then(|column| texts.get(column)).map_or("", |text| text.trim());
    manifest.vocabulary.meaning(at_status).is_some()
}

/// The layout columns of a line's cells, from the left.
fn columns(shape: Shape, layout: &Layout) -> Vec<usize> {
    let kept = |column: &usize| match shape {
        Shape::Aligned => true,
        Shape::NumberLost => layout.role(*column) != ColumnRole::Number,
        Shape::Loose | Shape::Blank => false,
    };
    (0..layout.columns.len()).filter(kept).collect()
}

fn complain(line: &Line, raw: &str, manifest: &Manifest, problems: &mut Vec<Problem>) {
    let range = line.range();
    if line.raw.len() > LINE_BYTES_MAX {
        let message = format!(
            "the line has {} bytes; a line of at most {LINE_BYTES_MAX} is split into cells",
            line.raw.len()
        );
        problems.push(report(Code::LineTooLong, range, message));
        return;
    }
    if let Some(control) = raw.chars().find(|c| c.is_control() && !matches!(c, '\t' | '\u{c}')) {
        let read_as = if control == '\0' { "; NUL is read as U+FFFD" } else { "" };
        let message = format!("the line holds the control character U+{:04X}{read_as}", u32::from(control));
        problems.push(report(Code::ControlCharacter, range, message));
    }
    let overflow = line.shape != Shape::Loose && line.cells.iter().any(|cell| cell.column.is_none());
    if overflow {
        let message = format!(
            "the line has {} cells, but the table has {} columns",
            line.printed_cells,
            manifest.layout.columns.len()
        );
        problems.push(report(Code::TooManyCells, range, message));
    }
}
