//! The texts of one column between two rows, and where that chain can be cut.

use super::{
    super::manifest::ColumnRole,
    junction::{Junction, junction, starts_small},
};

/// The longest run of lines in which the end of a lost row is looked for; it takes every pair of lines.
const TAIL_LINES_MAX: usize = 50;

/// Where a cell belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Above,
    Below,
    /// A row between the two whose beginning is lost.
    Tail,
    /// It runs on from the row above into the row below.
    Both,
}

/// What the junctions of a column say about one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Certain(Owner),
    Open { above: bool, below: bool },
}

/// What a small letter at the beginning of a cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SmallLetters {
    /// The cell is the rest of a sentence.
    MeanTheRest,
    /// Nothing: cells of this column often begin with one.
    MeanNothing,
}

/// The texts of one column from the row above to the row below, and how each joins the next.
pub(super) struct Chain {
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
    /// The chain of a column: the text of the row above, the cells, the text of the row below. `room` is whether a row may stand
    /// between the two, where that is known.
    pub(super) fn new(
        above: Option<&str>,
        cells: &[&str],
        below: Option<&str>,
        small_letters: SmallLetters,
        room: Option<bool>,
    ) -> Self {
        let texts: Vec<&str> = std::iter::once(above.unwrap_or_default())
            .chain(cells.iter().copied())
            .chain(std::iter::once(below.unwrap_or_default()))
            .collect();
        let means_rest = small_letters == SmallLetters::MeanTheRest;
        let joints = texts.windows(2).map(|pair| match pair {
            [before, after] => match junction(before, after) {
                Junction::Runs | Junction::Torn if !means_rest => Junction::Open,
                // No row can stand between the two, so a small letter after a full stop is an abbreviation or an error.
                Junction::Torn if room == Some(false) => Junction::Breaks,
                other => other,
            },
            _ => Junction::Nothing,
        });
        Self {
            joints: joints.collect(),
            rests: cells.iter().map(|cell| means_rest && starts_small(cell)).collect(),
            above_exists: above.is_some(),
            below_exists: below.is_some(),
            room,
        }
    }

    /// How the cell at `index` joins what stands before it.
    pub(super) fn joint(&self, index: usize) -> Junction {
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

    /// What the chain says about each cell. Only a text can be the end of a row whose beginning is lost.
    pub(super) fn verdicts(&self, role: ColumnRole) -> Vec<Verdict> {
        let cuts: Vec<usize> = (0..=self.cells()).filter(|cut| self.can_cut(*cut)).collect();
        let cuts: Vec<usize> = self.possible(cuts);
        let (Some(first), Some(last)) = (cuts.first().copied(), cuts.last().copied()) else {
            return self.without_a_cut(role);
        };
        let goes_on = self.joint(0) == Junction::Runs;
        let enters_below = self.joint(self.cells()) == Junction::Runs;
        let verdict = |cell: usize| {
            let owner = if cell < first { Owner::Above } else { Owner::Below };
            let open = Verdict::Open { above: cell < last, below: cell >= first };
            let evident = match owner {
                Owner::Above => self.below_exists || goes_on,
                _ => self.above_exists || enters_below,
            };
            let decided = cell < first || cell >= last;
            if decided && evident { Verdict::Certain(owner) } else { open }
        };
        (0..self.cells()).map(verdict).collect()
    }

    /// Those cuts at which each side can take its cells; the checks of both sides are made once for all cuts.
    fn possible(&self, cuts: Vec<usize>) -> Vec<usize> {
        let above_max = (0..=self.cells())
            .take_while(|count| *count == 0 || self.joint(count - 1) != Junction::Torn)
            .last();
        let below_min = (0..=self.cells())
            .rev()
            .take_while(|at| *at == self.cells() || self.joint(at + 1) != Junction::Torn)
            .last();
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
    fn without_a_cut(&self, role: ColumnRole) -> Vec<Verdict> {
        let cells = self.cells();
        if self.joints.iter().all(|joint| *joint == Junction::Runs) {
            let verdict = |cell: usize| if cell + 1 == cells { Owner::Both } else { Owner::Above };
            return (0..cells).map(|cell| Verdict::Certain(verdict(cell))).collect();
        }
        let tail = (role == ColumnRole::Text && self.room == Some(true) && cells <= TAIL_LINES_MAX)
            .then(|| self.tail())
            .flatten();
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
        let starts = || {
            (0..self.cells())
                .filter(|start| self.is_rest(*start) && self.can_cut(*start) && self.above_takes(*start))
        };
        let fits = |start: usize, end: usize| {
            self.can_cut(end)
                && self.below_takes(end)
                && (start + 1..end).all(|index| self.joint(index) != Junction::Torn)
        };
        (1..=self.cells()).find_map(|length| {
            starts()
                .map(|start| (start, start + length))
                .find(|(start, end)| *end <= self.cells() && fits(*start, *end))
        })
    }
}
