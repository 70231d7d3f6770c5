//! Decisions about cells and numbers: which cell belongs to which row, and what a row is called.

use super::{
    super::{
        manifest::{ColumnRole, Manifest},
        model::{Damage, LineRange},
        transcribe::{
            Draft, Quarantine,
            line::LineCell,
            number,
            row::{DraftRow, Origin, Piece},
        },
    },
    Action, Decision, Part,
};

/// Applies one decision to the draft, and tells what was done.
pub(super) fn decide(
    draft: &mut Draft,
    manifest: &Manifest,
    index: usize,
    decision: &Decision,
) -> Result<String, String> {
    let outcome = match &decision.action {
        Action::Quarantine { printed } => quarantine(draft, index, decision, printed),
        Action::Assign { printed, row, to } => {
            let part = Part { row: row.clone(), printed: printed.clone(), to: *to };
            distribute(draft, manifest, decision, printed, &[part])
        }
        Action::SplitCell { printed, parts } => distribute(draft, manifest, decision, printed, parts),
        Action::Number { printed, reads } => set_number(draft, manifest, decision, printed.as_deref(), reads),
        Action::Label { printed, reads } => set_label(draft, manifest, decision, printed, reads),
        _ => Err("the action is none about cells".to_owned()),
    }?;
    // Later decisions name rows by their keys, which follow from what this one changed.
    draft.renumber(manifest);
    Ok(outcome)
}

fn quarantine(
    draft: &mut Draft,
    index: usize,
    decision: &Decision,
    printed: &[String],
) -> Result<String, String> {
    let lines = decision.lines;
    let filled: Vec<_> = draft.filled(lines).collect();
    if filled.len() != printed.len() {
        return Err(format!(
            "`printed` has {} beginnings for {} lines that hold text",
            printed.len(),
            filled.len()
        ));
    }
    if let Some((line, words)) =
        filled.iter().zip(printed).find(|(line, words)| !line.raw.trim().starts_with(words.trim()))
    {
        return Err(format!("line {} does not begin with {words:?}", line.number));
    }
    if let Some(line) = filled.iter().find(|line| draft.is_quarantined(line.number)) {
        return Err(format!("line {} is quarantined already", line.number));
    }
    for row in &mut draft.rows {
        row.pieces.retain(|piece| !lines.contains(piece.cell.line));
        if lines.contains(row.line) && row.origin == Origin::Anchor {
            // What is left has neither number nor status of its own.
            row.origin = Origin::Tail;
            (row.number, row.printed) = (None, None);
        }
    }
    draft.rows.retain(|row| !row.pieces.is_empty());
    for row in draft.rows.iter_mut().filter(|row| lines.contains(row.line)) {
        row.line = row.extent().first;
    }
    draft.quarantined.push(Quarantine {
        lines,
        reason: decision.reason.clone(),
        decided_by: Decision::by(index),
    });
    Ok("quarantined".to_owned())
}

/// Gives a cell, whole or in parts, to rows, instead of the rows that rules gave it to.
fn distribute(
    draft: &mut Draft,
    manifest: &Manifest,
    decision: &Decision,
    printed: &str,
    parts: &[Part],
) -> Result<String, String> {
    let cell = find_cell(draft, decision, printed)?;
    let page = draft.line(cell.cell.line).map_or(0, |line| line.page);
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = parts.iter().map(|part| spaced(&part.printed)).collect::<Vec<_>>().join(" ");
    if whole != spaced(&cell.cell.text) {
        return Err("the parts together are not the whole cell".to_owned());
    }
    let mut pieces = Vec::new();
    for part in parts {
        let row = draft.rows.iter().position(|row| row.key == part.row);
        let row = row.ok_or_else(|| format!("there is no row {:?}", part.row))?;
        let words = part.printed.trim().to_owned();
        pieces.push((
            row,
            Piece {
                column: column(&cell, part.to, manifest)?,
                cell: cell.cell.clone(),
                words,
                page,
                decided: true,
            },
        ));
    }
    for row in &mut draft.rows {
        row.pieces.retain(|piece| (piece.cell.line, piece.cell.column) != (cell.cell.line, cell.cell.column));
    }
    for (index, piece) in pieces {
        let Some(row) = draft.rows.get_mut(index) else { continue };
        row.extend([piece]);
        let code = decision.action.as_str().to_owned();
        row.decided.push(Damage { code, note: decision.reason.clone() });
    }
    draft.rows.retain(|row| !row.pieces.is_empty() || row.origin == Origin::Lost);
    let keys: Vec<&str> = parts.iter().map(|part| part.row.as_str()).collect();
    Ok(format!("given to {}", keys.join(" and ")))
}

fn find_cell(draft: &Draft, decision: &Decision, printed: &str) -> Result<LineCell, String> {
    let line = one_line(decision.lines)?;
    if draft.is_quarantined(line) {
        return Err(format!("line {line} is quarantined"));
    }
    let cells = draft.line(line).map_or(&[][..], |line| line.cells.as_slice());
    let matches = |cell: &&LineCell| {
        (decision.cell.is_none() || cell.cell.role == decision.cell)
            && cell.cell.text.trim() == printed.trim()
    };
    match cells.iter().filter(matches).collect::<Vec<_>>().as_slice() {
        [cell] => Ok((*cell).clone()),
        [] => Err(format!("no such cell on line {line} holds exactly {printed:?}")),
        _ => Err(format!("several cells of line {line} hold {printed:?}; name one with `cell`")),
    }
}

fn one_line(lines: LineRange) -> Result<u32, String> {
    if lines.first == lines.last { Ok(lines.first) } else { Err("the action is about one line".to_owned()) }
}

/// The column that a cell is to be read as.
fn column(cell: &LineCell, to: Option<ColumnRole>, manifest: &Manifest) -> Result<usize, String> {
    match (to, cell.column) {
        (None, Some(own)) => Ok(own),
        (Some(role), Some(own)) if manifest.layout.role(own) == role => Ok(own),
        (Some(ColumnRole::Number), _) => Err("a number is stated with the action number".to_owned()),
        (Some(role), _) => {
            manifest.layout.place(role).ok_or_else(|| format!("the table has no column {role}"))
        }
        (None, None) => Err("nothing tells the column of the cell; name one with `to`".to_owned()),
    }
}

fn row_on(rows: &mut [DraftRow], line: u32) -> Result<&mut DraftRow, String> {
    rows.iter_mut()
        .find(|row| row.line == line && row.origin != Origin::Lost)
        .ok_or_else(|| format!("no row has its number or status on line {line}"))
}

fn set_number(
    draft: &mut Draft,
    manifest: &Manifest,
    decision: &Decision,
    printed: Option<&str>,
    reads: &str,
) -> Result<String, String> {
    let number = number::read(reads, manifest.layout.number_style);
    let number = number.ok_or_else(|| format!("{reads:?} is no number of this register"))?;
    let row = row_on(&mut draft.rows, one_line(decision.lines)?)?;
    if row.printed.as_deref() != printed.map(str::trim) {
        let held = row.printed.as_deref().map_or_else(|| "nothing".to_owned(), |held| format!("{held:?}"));
        return Err(format!("the number cell holds {held}"));
    }
    row.number = Some(number);
    row.number_stated = true;
    Ok(format!("read as {reads}"))
}

fn set_label(
    draft: &mut Draft,
    manifest: &Manifest,
    decision: &Decision,
    printed: &str,
    reads: &str,
) -> Result<String, String> {
    if manifest.vocabulary.meaning(reads).is_none() {
        return Err(format!("the label {reads:?} is not in the vocabulary"));
    }
    let status = manifest.layout.place(ColumnRole::Status).ok_or("the table has no status column")?;
    let row = row_on(&mut draft.rows, one_line(decision.lines)?)?;
    let held = row.column(status).text();
    if held != printed.trim() {
        return Err(format!("the status cell holds {held:?}"));
    }
    row.label_read = Some(reads.to_owned());
    row.decided.push(Damage { code: "label".to_owned(), note: decision.reason.clone() });
    Ok(format!("read as {reads:?}"))
}
