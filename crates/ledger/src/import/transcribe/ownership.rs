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
    junction::{Junction, junction, starts_small},
    line::{Line, LineCell, Shape},
    problem::{About as _, Code, report},
    row::{DraftRow, Origin, Piece},
};

/// The longest run of lines in which the end of a lost row is looked for; it takes every pair of lines.
const TAIL_LINES_MAX: usize = 200;

/// The share of cells that begin with anything but a small letter, from which on a small letter marks the rest of a sentence.
const CAPITALS_PERCENT_MIN: usize = 80;

/// Where a cell belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Above,
    Below,
    /// A row between the two whose beginning is lost.
    Tail,
    /// It runs on from the row above into the row below.
    Both,
}

/// What the junctions of a column say about one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Certain(Owner),
    Open { above: bool, below: bool },
}

/// The lines between two rows.
struct Gap<'a> {
    above: Option<&'a DraftRow>,
    below: Option<&'a DraftRow>,
    lines: Vec<&'a Line>,
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
    let small_means_rest = columns_in_capitals(rows, manifest);
    let mut problems = Vec::new();
    let mut placed: Vec<(Owner, usize, Vec<Piece>)> = Vec::new();
    let gaps = gaps(rows, free);
    let judged: Vec<Vec<Loose<'_>>> = gaps.iter().map(|(_, gap)| judge(gap, &small_means_rest, manifest)).collect();
    let numbers_on_top = !judged.iter().flatten().any(begins_above_its_number);
    for (cells, (at, gap)) in judged.iter().zip(&gaps) {
        let owners = settle(cells, gap, numbers_on_top);
        for owner in [Owner::Above, Owner::Below, Owner::Tail] {
            let taken = cells.iter().zip(&owners).filter(|(_, settled)| **settled == Some(owner));
            let pieces: Vec<Piece> = taken.map(|(cell, _)| Piece::whole(cell.cell, cell.column, cell.line.page)).collect();
            if !pieces.is_empty() {
                placed.push((owner, *at, pieces));
            }
        }
        let open = cells.iter().zip(&owners).filter(|(_, settled)| settled.is_none_or(|owner| owner == Owner::Both));
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

/// For each column, whether its cells begin with capitals, so that a small letter marks the rest of a sentence.
fn columns_in_capitals(rows: &[DraftRow], manifest: &Manifest) -> Vec<bool> {
    let in_capitals = |column: usize| {
        let first = |row: &DraftRow| row.pieces.iter().find(|piece| piece.column == column).map(|p| starts_small(&p.words));
        let begins: Vec<bool> = rows.iter().filter_map(first).collect();
        let capitals = begins.iter().filter(|small| !**small).count();
        capitals * 100 >= begins.len() * CAPITALS_PERCENT_MIN
    };
    (0..manifest.layout.columns.len()).map(in_capitals).collect()
}

/// What the junctions say about every cell of a gap, column by column.
fn judge<'a>(gap: &Gap<'a>, small_means_rest: &[bool], manifest: &Manifest) -> Vec<Loose<'a>> {
    let mut judged = Vec::new();
    for (column, small_means_rest) in small_means_rest.iter().enumerate() {
        let role = manifest.layout.role(column);
        if matches!(role, ColumnRole::Number | ColumnRole::Status) {
            continue;
        }
        let owned = |row: &DraftRow, line: &Line| row.pieces.iter().any(|piece| piece.cell.line == line.number && piece.column == column);
        let cells: Vec<(&Line, &LineCell)> = gap
            .lines
            .iter()
            .filter(|line| !gap.above.is_some_and(|row| owned(row, line)) && !gap.below.is_some_and(|row| owned(row, line)))
            .filter_map(|line| Some((*line, line.cells.iter().find(|cell| cell.column == Some(column))?)))
            .collect();
        let chain = Chain::new(gap, column, &cells, *small_means_rest, free_numbers(gap, manifest));
        let verdicts = chain.verdicts(role == ColumnRole::Text);
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

/// The texts of one column from the row above to the row below, and how each joins the next.
struct Chain {
    /// `joints[0]` joins the row above with the first cell, and the last one the last cell with the row below.
    joints: Vec<Junction>,
    /// Whether each cell begins with a small letter that marks the rest of a sentence.
    rests: Vec<bool>,
    above_exists: bool,
    below_exists: bool,
    /// Whether a row may stand between the two.
    room: Option<bool>,
}

impl Chain {
    fn new(gap: &Gap<'_>, column: usize, cells: &[(&Line, &LineCell)], small_means_rest: bool, free: Option<u32>) -> Self {
        let own = |row: Option<&DraftRow>| row.map(|row| row.column(column).text()).unwrap_or_default();
        let (above, below) = (own(gap.above), own(gap.below));
        let texts: Vec<&str> = std::iter::once(above.as_str())
            .chain(cells.iter().map(|(_, cell)| cell.cell.text.trim()))
            .chain(std::iter::once(below.as_str()))
            .collect();
        let room = free.map(|free| free > 0);
        let joints = texts.windows(2).map(|pair| match pair {
            [before, after] => match junction(before, after) {
                Junction::Runs | Junction::Torn if !small_means_rest => Junction::Open,
                // No row can stand between the two, so a small letter after a full stop is an abbreviation or an error.
                Junction::Torn if room == Some(false) => Junction::Breaks,
                other => other,
            },
            _ => Junction::Nothing,
        });
        Self {
            joints: joints.collect(),
            rests: cells.iter().map(|(_, cell)| small_means_rest && starts_small(&cell.cell.text)).collect(),
            above_exists: gap.above.is_some(),
            below_exists: gap.below.is_some(),
            room,
        }
    }

    fn joint(&self, index: usize) -> Junction {
        self.joints.get(index).copied().unwrap_or(Junction::Nothing)
    }

    fn cells(&self) -> usize {
        self.rests.len()
    }

    fn is_rest(&self, cell: usize) -> bool {
        self.rests.get(cell).copied().unwrap_or(false)
    }

    /// Whether the first `count` cells can go on from the row above.
    fn above_takes(&self, count: usize) -> bool {
        count == 0
            || (self.above_exists
                && !(self.joint(0) == Junction::Nothing && self.is_rest(0))
                && (0..count).all(|index| self.joint(index) != Junction::Torn))
    }

    /// Whether the cells from `start` on can begin the row below.
    fn below_takes(&self, start: usize) -> bool {
        let relaxed = self.room == Some(false) && self.joint(start) == Junction::Breaks;
        start == self.cells()
            || (self.below_exists
                && (relaxed || !self.is_rest(start))
                && (start + 1..=self.cells()).all(|index| self.joint(index) != Junction::Torn))
    }

    fn can_cut(&self, index: usize) -> bool {
        self.joint(index) != Junction::Runs
    }

    fn verdicts(&self, tails_possible: bool) -> Vec<Verdict> {
        let cuts: Vec<usize> = (0..=self.cells())
            .filter(|cut| self.can_cut(*cut))
            .collect();
        let cuts: Vec<usize> = self.possible(cuts);
        let (Some(first), Some(last)) = (cuts.first().copied(), cuts.last().copied()) else {
            return self.without_a_cut(tails_possible);
        };
        let runs_on = self.joint(0) == Junction::Runs;
        let runs_in = self.joint(self.cells()) == Junction::Runs;
        let verdict = |cell: usize| {
            let owner = if cell < first { Owner::Above } else { Owner::Below };
            let open = Verdict::Open { above: cell < last, below: cell >= first };
            let evident = match owner {
                Owner::Above => self.below_exists || runs_on,
                _ => self.above_exists || runs_in,
            };
            let decided = cell < first || cell >= last;
            if decided && evident { Verdict::Certain(owner) } else { open }
        };
        (0..self.cells()).map(verdict).collect()
    }

    /// Those cuts at which each side can take its cells; the checks of both sides are made once for all cuts.
    fn possible(&self, cuts: Vec<usize>) -> Vec<usize> {
        let above_max = (0..=self.cells()).take_while(|count| *count == 0 || self.joint(count - 1) != Junction::Torn).last();
        let below_min = (0..=self.cells()).rev().take_while(|at| *at == self.cells() || self.joint(at + 1) != Junction::Torn).last();
        let (above_max, below_min) = (above_max.unwrap_or(0), below_min.unwrap_or(self.cells()));
        let edges = |cut: &usize| {
            let above = *cut == 0 || self.above_takes(1);
            let relaxed = self.room == Some(false) && self.joint(*cut) == Junction::Breaks;
            let below = *cut == self.cells() || (self.below_exists && (relaxed || !self.is_rest(*cut)));
            above && below && *cut <= above_max && *cut >= below_min
        };
        cuts.into_iter().filter(edges).collect()
    }

    /// No cut leaves two sound rows: the last cell runs into both, or a row between them lost its beginning.
    fn without_a_cut(&self, tails_possible: bool) -> Vec<Verdict> {
        let cells = self.cells();
        if self.joints.iter().all(|joint| *joint == Junction::Runs) {
            let verdict = |cell: usize| if cell + 1 == cells { Owner::Both } else { Owner::Above };
            return (0..cells).map(|cell| Verdict::Certain(verdict(cell))).collect();
        }
        let tail = (tails_possible && self.room == Some(true) && cells <= TAIL_LINES_MAX).then(|| self.tail()).flatten();
        let verdict = |cell: usize| match tail {
            Some((start, end)) if cell < start || cell >= end => {
                Verdict::Certain(if cell < start { Owner::Above } else { Owner::Below })
            }
            Some(_) => Verdict::Certain(Owner::Tail),
            None => Verdict::Open { above: false, below: false },
        };
        (0..cells).map(verdict).collect()
    }

    /// The shortest run of cells that, taken as the end of a row of its own, leaves the rest to the two neighbours.
    fn tail(&self) -> Option<(usize, usize)> {
        let starts = || (0..self.cells()).filter(|start| self.is_rest(*start) && self.can_cut(*start) && self.above_takes(*start));
        let fits = |start: usize, end: usize| {
            self.can_cut(end)
                && self.below_takes(end)
                && (start + 1..end).all(|index| self.joint(index) != Junction::Torn)
        };
        (1..=self.cells()).find_map(|length| {
            starts().map(|start| (start, start + length)).find(|(start, end)| *end <= self.cells() && fits(*start, *end))
        })
    }
}

/// Where the cells of a gap go, if their junctions, the rest of their lines, or the habit of the document settle it.
fn settle(cells: &[Loose<'_>], gap: &Gap<'_>, numbers_on_top: bool) -> Vec<Option<Owner>> {
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
            let habit = || on_line.iter().all(|owner| *owner == Owner::Above).then_some(())
                .and_then(|()| by_habit(cell, gap, (above, below), numbers_on_top));
            by_line(cell, gap, (above, below), on_line).or_else(habit)
        }
    };
    let mut owners: Vec<Option<Owner>> = cells.iter().map(settled).collect();
    agree(cells, &mut owners);
    owners
}

/// An open cell goes with the certain cells of its line, unless its column is empty in that row and not in the other.
fn by_line(cell: &Loose<'_>, gap: &Gap<'_>, (above, below): (bool, bool), on_line: &[Owner]) -> Option<Owner> {
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
fn by_habit(
    cell: &Loose<'_>,
    gap: &Gap<'_>,
    (above, below): (bool, bool),
    numbers_on_top: bool,
) -> Option<Owner> {
    let other_page = gap.above.is_some_and(|row| row.page != cell.line.page);
    let may_be_a_row = cell.joint == Junction::Breaks && (other_page || cell.line.shape == Shape::NumberLost);
    match (above, below) {
        (true, _) if numbers_on_top && !may_be_a_row => Some(Owner::Above),
        (false, true) if !numbers_on_top => Some(Owner::Below),
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
        highest = if highest.0 == column { (column, highest.1.max(rank(last))) } else { (column, rank(last)) };
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
        _ => (Code::AmbiguousOwner, format!("the cell stands between {above} and {below}, and rules don't tell whose it is")),
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
            problems.push(report(Code::OrphanTail, tail.extent(), message).about_column(ColumnRole::Text).by_rule());
            tails.push(tail);
        }
    }
    rows.extend(tails);
    rows.sort_by_key(|row| row.line);
    problems
}
