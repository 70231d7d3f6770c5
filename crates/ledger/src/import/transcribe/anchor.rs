//! Which lines begin rows: those that bear a number, and those that bear a status of their own.

use super::{
    super::manifest::{ColumnRole, Manifest},
    junction::{Junction, junction},
    line::{Line, Shape},
    number,
    row::{DraftRow, Origin, Piece},
};

/// Makes a row of every line that bears a number or a status of its own; `free` are the lines not set aside.
///
/// A status that wraps stays with its row, and so does one printed on a line below a number without a status, or above it.
pub(crate) fn rows(free: &[&Line], manifest: &Manifest) -> Vec<DraftRow> {
    let mut rows: Vec<DraftRow> = Vec::new();
    let number = manifest.layout.place(ColumnRole::Number);
    let status = manifest.layout.place(ColumnRole::Status);
    for line in free {
        let bears_number = !line.text(number).is_empty();
        let bears_status = !line.text(status).is_empty();
        let last = rows.last_mut();
        if bears_number {
            let mut row = DraftRow::anchored(line, &manifest.layout);
            row.number = number::read(line.text(number), manifest.layout.number_style);
            match last {
                Some(above) if begins(above, line, free, manifest) => join_number(above, row),
                _ => rows.push(row),
            }
        } else if bears_status {
            match last.filter(|above| takes_status(above, line, manifest)) {
                Some(above) => above.pieces.extend(status_piece(line, status)),
                None => rows.push(DraftRow::anchored(line, &manifest.layout)),
            }
        }
    }
    rows
}

fn status_piece(line: &Line, status: Option<usize>) -> Option<Piece> {
    let column = status?;
    let cell = line.cells.iter().find(|cell| cell.column == Some(column))?;
    Some(Piece::whole(cell, column, line.page))
}

/// Whether the status of a line without a number belongs to the row above: it completes a known label, or that row has none.
fn takes_status(above: &DraftRow, line: &Line, manifest: &Manifest) -> bool {
    let Some(status) = manifest.layout.place(ColumnRole::Status) else { return false };
    let own = above.column(status).text();
    let joined = format!("{own} {}", line.text(Some(status)));
    let known = |label: &str| manifest.vocabulary.meaning(label).is_some();
    if !own.is_empty() {
        return !known(&own) && known(&joined);
    }
    let text = manifest.layout.place(ColumnRole::Text);
    let own_text = text.map(|column| above.column(column).text()).unwrap_or_default();
    let begins_anew = junction(&own_text, line.text(text)) == Junction::Breaks;
    above.printed.is_some() && line.shape == Shape::Aligned && line.page == above.page && !begins_anew
}

/// Whether a row that so far has a status and no number is the beginning of the row whose number stands on the next line.
fn begins(above: &DraftRow, line: &Line, free: &[&Line], manifest: &Manifest) -> bool {
    let layout = &manifest.layout;
    let Some(text) = layout.place(ColumnRole::Text) else { return false };
    let above_is_headless = above.origin == Origin::Anchor && above.printed.is_none();
    let adjacent = above.extent().last + 1 == line.number && above.line == above.extent().last;
    let aligned = free
        .binary_search_by_key(&above.line, |line| line.number)
        .is_ok_and(|at| free.get(at).is_some_and(|line| line.shape == Shape::Aligned));
    above_is_headless
        && adjacent
        && aligned
        && line.text(layout.place(ColumnRole::Status)).is_empty()
        && junction(&above.column(text).text(), line.text(Some(text))) == Junction::Runs
}

/// Gives a row that began above its number the line that bears it.
fn join_number(above: &mut DraftRow, numbered: DraftRow) {
    above.line = numbered.line;
    above.printed = numbered.printed;
    above.number = numbered.number;
    above.pieces.extend(numbered.pieces);
}
