//! Which row a continuation belongs to: the lines between two rows that bear neither a number nor a status.
//!
//! In each column the lines between two rows are cut in two: what goes on from the row above, and what begins the row below. Where
//! sentences run on tells where they can be cut. What is left open is settled by the other cells of the same line, then by the habit of
//! the document; and what is still open is reported and left to a person.

use std::collections::BTreeMap;

use super::{
    super::{
        manifest::{ColumnRole, Manifest},
        model::{LineRange, Problem},
    },
    chain::{Chain, Owner, SmallLetters, Verdict},
    junction::{CAPITALS_PERCENT_MIN, Junction, starts_small},
    line::{Line, LineCell, Shape},
    problem::{About as _, Code, report},
    row::{DraftRow, Origin, Piece},
};

/// The lines between two rows.
struct Gap<'a> {
    above: Option<&'a DraftRow>,
    below: Option<&'a DraftRow>,
    lines: Vec<&'a Line>,
}

/// Where the rows of a document have their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// On their first line.
    NumbersOnTop,
    /// Beside the middle of their cells.
    NumbersCentred,
}

/// A cell to be placed.
struct Loose<'a> {
    line: &'a Line,
    cell: &'a LineCell,
    column: usize,
    verdict: Verdict,
    /// How the run of cells that it is part of joins what stands above it in the column.
    joint: Junction,
    /// Whether it runs on from the cell before it.
    runs_on: bool,
}

/// Gives each cell of `free` that no row has yet to a row, makes rows of orphaned tails, and reports what stays open.
pub(crate) fn place(rows: &mut Vec<DraftRow>, free: &[&Line], manifest: &Manifest) -> Vec<Problem> {
    rows.sort_by_key(|row| row.line);
    let small_letters = small_letters(rows, manifest);
    let mut problems = Vec::new();
    let mut placed: Vec<(Owner, usize, Vec<Piece>)> = Vec::new();
    let gaps = gaps(rows, free);
    let judged: Vec<Vec<Loose<'_>>> =
        gaps.iter().map(|(_, gap)| judge(gap, &small_letters, manifest)).collect();
    let centred = judged.iter().flatten().any(begins_above_its_number);
    let habit = if centred { Habit::NumbersCentred } else { Habit::NumbersOnTop };
    for (cells, (at, gap)) in judged.iter().zip(&gaps) {
        let owners = settle(cells, gap, habit);
        for owner in [Owner::Above, Owner::Below, Owner::Tail] {
            let taken = cells.iter().zip(&owners).filter(|(_, settled)| **settled == Some(owner));
            let pieces: Vec<Piece> =
                taken.map(|(cell, _)| Piece::whole(cell.cell, cell.column, cell.line.page)).collect();
            if !pieces.is_empty() {
                placed.push((owner, *at, pieces));
            }
        }
        let open =
            cells.iter().zip(&owners).filter(|(_, settled)| settled.is_none_or(|owner| owner == Owner::Both));
        problems.extend(open.map(|(cell, _)| complain(cell, gap, manifest.layout.role(cell.column))));
    }
    problems.extend(give(rows, placed));
    problems
}

/// Whether the cell shows that rows of this document can begin on a line above their number.
fn begins_above_its_number(cell: &Loose<'_>) -> bool {
    matches!(cell.verdict, Verdict::Certain(Owner::Below | Owner::Both))
}

/// The runs of lines with cells that no row has, each with the index of the row below it.
fn gaps<'a>(rows: &'a [DraftRow], free: &[&'a Line]) -> Vec<(usize, Gap<'a>)> {
    let mut gaps: Vec<(usize, Gap<'a>)> = Vec::new();
    for line in free {
        if rows.binary_search_by_key(&line.number, |row| row.line).is_ok() {
            continue;
        }
        let at = rows.partition_point(|row| row.line < line.number);
        if let Some((_, gap)) = gaps.last_mut().filter(|(last, _)| *last == at) {
            gap.lines.push(line);
        } else {
            let above = at.checked_sub(1).and_then(|index| rows.get(index));
            gaps.push((at, Gap { above, below: rows.get(at), lines: vec![line] }));
        }
    }
    gaps
}

/// For each column, what a small letter at the beginning of a cell means: where nearly all begin with capitals, the rest of a sentence.
fn small_letters(rows: &[DraftRow], manifest: &Manifest) -> Vec<SmallLetters> {
    let meaning = |column: usize| {
        let first = |row: &DraftRow| {
            row.pieces.iter().find(|piece| piece.column == column).map(|p| starts_small(&p.words))
        };
        let begins: Vec<bool> = rows.iter().filter_map(first).collect();
        let capitals = begins.iter().filter(|small| !**small).count();
        let rare = capitals * 100 >= begins.len() * CAPITALS_PERCENT_MIN;
        if rare { SmallLetters::MeanTheRest } else { SmallLetters::MeanNothing }
    };
    (0..manifest.layout.columns.len()).map(meaning).collect()
}

/// What the junctions say about every cell of a gap, column by column.
fn judge<'a>(gap: &Gap<'a>, small_letters: &[SmallLetters], manifest: &Manifest) -> Vec<Loose<'a>> {
    let mut judged = Vec::new();
    for (column, small_letters) in small_letters.iter().enumerate() {
        let role = manifest.layout.role(column);
        if matches!(role, ColumnRole::Number | ColumnRole::Status) {
            continue;
        }
        let owned = |row: &DraftRow, line: &Line| {
            row.pieces.iter().any(|piece| piece.cell.line == line.number && piece.column == column)
        };
        let cells: Vec<(&Line, &LineCell)> = gap
            .lines
            .iter()
            .filter(|line| {
                !gap.above.is_some_and(|row| owned(row, line))
                    && !gap.below.is_some_and(|row| owned(row, line))
            })
            .filter_map(|line| Some((*line, line.cells.iter().find(|cell| cell.column == Some(column))?)))
            .collect();
        let texts = |row: Option<&DraftRow>| row.map(|row| row.column(column).text());
        let chain = Chain::new(
            texts(gap.above).as_deref(),
            &cells.iter().map(|(_, cell)| cell.cell.text.trim()).collect::<Vec<_>>(),
            texts(gap.below).as_deref(),
            *small_letters,
            free_numbers(gap, manifest).map(|free| free > 0),
        );
        let verdicts = chain.verdicts(role);
        let mut joint = Junction::Nothing;
        for (index, ((line, cell), verdict)) in cells.iter().zip(verdicts).enumerate() {
            let runs_on = index > 0 && chain.joint(index) == Junction::Runs;
            if !runs_on {
                joint = chain.joint(index);
            }
            judged.push(Loose { line, cell, column, verdict, joint, runs_on });
        }
    }
    judged
}

/// How many numbers are free between the rows of a gap, where both neighbours tell it.
fn free_numbers(gap: &Gap<'_>, manifest: &Manifest) -> Option<u32> {
    let number = |row: Option<&DraftRow>, edge: u32| match row {
        None => Some((String::new(), edge)),
        Some(row) => row.number.as_ref().map(|number| (number.section.clone(), number.value)),
    };
    let (above_section, above) = number(gap.above, 0)?;
    let (below_section, below) = number(gap.below, manifest.register.expected_count.saturating_add(1))?;
    (above_section == below_section && above <= below).then(|| below.saturating_sub(above).saturating_sub(1))
}

/// Where the cells of a gap go, if their junctions, the rest of their lines, or the habit of the document settle it.
fn settle(cells: &[Loose<'_>], gap: &Gap<'_>, habit: Habit) -> Vec<Option<Owner>> {
    let mut certain: BTreeMap<u32, Vec<Owner>> = BTreeMap::new();
    for cell in cells {
        if let Verdict::Certain(owner) = cell.verdict {
            certain.entry(cell.line.number).or_default().push(owner);
        }
    }
    let settled = |cell: &Loose<'_>| match cell.verdict {
        Verdict::Certain(owner) => Some(owner),
        Verdict::Open { above, below } => {
            let on_line = certain.get(&cell.line.number).map_or(&[][..], Vec::as_slice);
            let by_habit_of_document = || {
                on_line
                    .iter()
                    .all(|owner| *owner == Owner::Above)
                    .then_some(())
                    .and_then(|()| by_habit(cell, gap, (above, below), habit))
            };
            by_line(cell, gap, (above, below), on_line).or_else(by_habit_of_document)
        }
    };
    let mut owners: Vec<Option<Owner>> = cells.iter().map(settled).collect();
    agree(cells, &mut owners);
    owners
}

/// An open cell goes with the certain cells of its line, unless its column is empty in that row and not in the other.
fn by_line(
    cell: &Loose<'_>,
    gap: &Gap<'_>,
    (above, below): (bool, bool),
    on_line: &[Owner],
) -> Option<Owner> {
    let all = |owner: Owner| !on_line.is_empty() && on_line.iter().all(|other| *other == owner);
    let filled = |row: Option<&DraftRow>| {
        row.is_some_and(|row| row.pieces.iter().any(|piece| piece.column == cell.column))
    };
    if above && all(Owner::Above) && (filled(gap.above) || !filled(gap.below)) {
        return Some(Owner::Above);
    }
    (below && all(Owner::Below) && (filled(gap.below) || !filled(gap.above))).then_some(Owner::Below)
}

/// A document that shows no row beginning above its number prints numbers on the first line of a row; only a whole sentence on
/// another page, or beside a lost number, may be a row of its own all the same.
fn by_habit(cell: &Loose<'_>, gap: &Gap<'_>, (above, below): (bool, bool), habit: Habit) -> Option<Owner> {
    let other_page = gap.above.is_some_and(|row| row.page != cell.line.page);
    let may_be_a_row = cell.joint == Junction::Breaks && (other_page || cell.line.shape == Shape::NumberLost);
    match (above, below) {
        (true, _) if habit == Habit::NumbersOnTop && !may_be_a_row => Some(Owner::Above),
        (false, true) if habit == Habit::NumbersCentred => Some(Owner::Below),
        _ => None,
    }
}

/// Cells that run on into each other go together, and in a column nothing goes up after something went down.
fn agree(cells: &[Loose<'_>], owners: &mut [Option<Owner>]) {
    let rank = |owner: Option<Owner>| match owner {
        Some(Owner::Above) => 0,
        None | Some(Owner::Tail | Owner::Both) => 1,
        Some(Owner::Below) => 2,
    };
    let mut start = 0;
    let mut highest = (usize::MAX, 0);
    for end in 1..=cells.len() {
        if cells.get(end).is_some_and(|cell| cell.runs_on) {
            continue;
        }
        let Some(group) = owners.get_mut(start..end) else { break };
        let column = cells.get(start).map_or(usize::MAX, |cell| cell.column);
        let certain = cells.get(start).is_some_and(|cell| matches!(cell.verdict, Verdict::Certain(_)));
        if !certain {
            let one = group.iter().flatten().next().copied();
            let agreed = one.filter(|one| group.iter().flatten().all(|other| other == one));
            group.fill(agreed);
            if highest.0 == column && rank(agreed) < highest.1 {
                group.fill(None);
            }
        }
        let last = group.last().copied().flatten();
        highest =
            if highest.0 == column { (column, highest.1.max(rank(last))) } else { (column, rank(last)) };
        start = end;
    }
}

fn complain(cell: &Loose<'_>, gap: &Gap<'_>, role: ColumnRole) -> Problem {
    let row = |row: Option<&DraftRow>, edge: &str| {
        row.map_or_else(|| edge.to_owned(), |row| format!("the row of line {}", row.line))
    };
    let (above, below) = (row(gap.above, "nothing"), row(gap.below, "nothing"));
    let (code, message) = match cell.verdict {
        Verdict::Certain(Owner::Both) => {
            (Code::RunsIntoBoth, format!("the cell goes on from {above} and runs on into {below}"))
        }
        _ => (
            Code::AmbiguousOwner,
            format!("the cell stands between {above} and {below}, and rules don't tell whose it is"),
        ),
    };
    report(code, LineRange::one(cell.line.number), message).about_column(role)
}

/// Hands out the cells, and makes rows of the tails.
fn give(rows: &mut Vec<DraftRow>, placed: Vec<(Owner, usize, Vec<Piece>)>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tails = Vec::new();
    for (owner, below, pieces) in placed {
        let target = match owner {
            Owner::Above => below.checked_sub(1).and_then(|above| rows.get_mut(above)),
            Owner::Below => rows.get_mut(below),
            Owner::Tail | Owner::Both => None,
        };
        if let Some(row) = target {
            row.extend(pieces);
        } else if let Some(line) = pieces.iter().map(|piece| piece.cell.line).min() {
            let mut tail = DraftRow::new(Origin::Tail, line);
            tail.page = pieces.first().map_or(0, |piece| piece.page);
            tail.extend(pieces);
            let message = "the text begins in the middle of a sentence that no row above leaves open: \
                           it is read as the end of a row whose beginning is lost";
            problems.push(
                report(Code::OrphanTail, tail.extent(), message).about_column(ColumnRole::Text).by_rule(),
            );
            tails.push(tail);
        }
    }
    rows.extend(tails);
    rows.sort_by_key(|row| row.line);
    problems
}
