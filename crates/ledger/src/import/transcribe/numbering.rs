//! Numbers for rows that bear none, and rows for numbers that no line bears.
//!
//! Both follow from the printed numbers around them and the expected count. Where they don't follow, that is reported, and nothing is
//! given a number.

use std::collections::BTreeSet;

use super::{
    super::{
        manifest::Manifest,
        model::{LineRange, Problem},
    },
    number::PrintedNumber,
    problem::{About as _, Code, report},
    row::{DraftRow, Origin},
};

/// Numbers the rows afresh: undoes what an earlier numbering inferred, then sets inferred numbers, lost rows and keys.
pub(crate) fn assign(rows: &mut Vec<DraftRow>, manifest: &Manifest) -> Vec<Problem> {
    rows.retain(|row| row.origin != Origin::Lost);
    rows.sort_by_key(|row| row.line);
    for row in rows.iter_mut() {
        row.inferred = None;
    }
    let mut problems = Vec::new();
    let reliable = reliable(rows, manifest, &mut problems);
    let mut numbering = Numbering::new(rows, &reliable, manifest);
    let edges = std::iter::once(None).chain(reliable.iter().copied().map(Some));
    let ends = reliable.iter().copied().map(Some).chain(std::iter::once(None));
    for (above, below) in edges.zip(ends) {
        numbering.fill(above, below);
    }
    let Numbering { inferred, lost, problems: filling, .. } = numbering;
    problems.extend(filling);
    for (row, number) in inferred {
        if let Some(row) = rows.get_mut(row) {
            row.inferred = Some(number);
        }
    }
    insert(rows, lost);
    set_keys(rows);
    problems.extend(count(rows, manifest));
    problems
}

/// What numbers rise by: the section by its first appearance, the integer, the letter.
type Order = (usize, u32, Option<char>);

/// The rows whose numbers rise through the document, as far as possible; every other printed number is reported.
fn reliable(rows: &[DraftRow], manifest: &Manifest, problems: &mut Vec<Problem>) -> Vec<usize> {
    let expected = manifest.register.expected_count;
    let mut seen = std::collections::BTreeMap::new();
    let mut sections: Vec<&str> = Vec::new();
    let mut candidates: Vec<(usize, Order)> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(number) = &row.number else {
            if let Some(printed) = &row.printed {
                let message =
                    format!("{printed:?} stands in the number column, but is no number of this register");
                problems.push(report(Code::NumberUnreadable, LineRange::one(row.line), message));
            }
            continue;
        };
        let key = number.key();
        if let Some(line) = seen.get(&key) {
            let message = format!("the number {key} stands on line {line} already");
            problems.push(report(Code::NumberDuplicate, LineRange::one(row.line), message));
            continue;
        }
        seen.insert(key.clone(), row.line);
        if number.section.is_empty() && number.value > expected {
            let message = format!("the number {key} is above the expected count of {expected}");
            problems.push(report(Code::NumberAboveCount, LineRange::one(row.line), message));
            continue;
        }
        let section = sections.iter().position(|section| *section == number.section).unwrap_or_else(|| {
            sections.push(&number.section);
            sections.len() - 1
        });
        candidates.push((index, (section, number.value, number.letter)));
    }
    let kept = longest_rising(&candidates.iter().map(|(_, order)| *order).collect::<Vec<_>>());
    for (place, (index, _)) in candidates.iter().enumerate() {
        let misplaced = !kept.contains(&place);
        if let Some((row, number)) =
            rows.get(*index).and_then(|row| Some((row, row.number.as_ref()?))).filter(|_| misplaced)
        {
            let message =
                format!("the number {} does not fit between those before and after it", number.key());
            problems.push(report(Code::NumberOutOfOrder, LineRange::one(row.line), message));
        }
    }
    kept.into_iter().filter_map(|place| candidates.get(place)).map(|(index, _)| *index).collect()
}

/// The places of one longest strictly rising subsequence (patience sorting, O(n log n)).
fn longest_rising<T: Ord>(values: &[T]) -> BTreeSet<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    for (place, value) in values.iter().enumerate() {
        let length = ends.partition_point(|end| values.get(*end).is_some_and(|other| other < value));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter)).copied());
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let mut kept = BTreeSet::new();
    let mut next = ends.last().copied();
    while let Some(place) = next {
        kept.insert(place);
        next = before.get(place).copied().flatten();
    }
    kept
}

/// How many numbers are free between two neighbours.
enum Room {
    Exactly(u32),
    /// The section ends above, and nothing tells how far it went.
    Open,
    Unknown,
}

struct Numbering<'a> {
    rows: &'a [DraftRow],
    manifest: &'a Manifest,
    /// Every number that some line bears, reliable or not.
    borne: BTreeSet<String>,
    all_plain: bool,
    inferred: Vec<(usize, PrintedNumber)>,
    /// Lost rows, each with the index of the row it stands before.
    lost: Vec<(usize, DraftRow)>,
    problems: Vec<Problem>,
}

impl<'a> Numbering<'a> {
    fn new(rows: &'a [DraftRow], reliable: &[usize], manifest: &'a Manifest) -> Self {
        let numbers = || reliable.iter().filter_map(|index| rows.get(*index)?.number.as_ref());
        Self {
            rows,
            manifest,
            borne: rows.iter().filter_map(|row| Some(row.number.as_ref()?.key())).collect(),
            all_plain: numbers().all(|number| number.integer().is_some()),
            inferred: Vec::new(),
            lost: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn number(&self, row: Option<usize>) -> Option<&'a PrintedNumber> {
        self.rows.get(row?)?.number.as_ref()
    }

    /// Fills the gap between two rows with reliable numbers, or an edge of the document.
    fn fill(&mut self, above: Option<usize>, below: Option<usize>) {
        let first = above.map_or(0, |row| row + 1);
        let last = below.unwrap_or(self.rows.len());
        let unnumbered: Vec<usize> =
            (first..last).filter(|row| self.rows.get(*row).is_some_and(|row| row.number.is_none())).collect();
        let only_unnumbered = unnumbered.len() == last - first;
        let count = u32::try_from(unnumbered.len()).unwrap_or(u32::MAX);
        let room = self.room(above, below, last - first);
        // Numbers count up from the row above; in the first gap from zero, in the section of the row below.
        let zero = || {
            let section = self.number(below).map_or(String::new(), |number| number.section.clone());
            PrintedNumber { section, value: 0, letter: None }
        };
        let base = self.number(above).cloned().unwrap_or_else(zero);
        match room {
            Room::Exactly(free) if only_unnumbered && count <= free => {
                let Some(offset) = self.offset(above, below, &unnumbered, free - count) else {
                    return self.unknown(&unnumbered, above, below);
                };
                self.infer(&unnumbered, &base.plus(offset));
                let places = (1..=offset).chain(offset + count + 1..=free);
                self.lose(places.map(|place| base.plus(place)), above, below, offset, (first, last));
            }
            Room::Open if only_unnumbered => self.infer(&unnumbered, &base),
            _ => self.unknown(&unnumbered, above, below),
        }
    }

    fn room(&self, above: Option<usize>, below: Option<usize>, within: usize) -> Room {
        let expected = self.manifest.register.expected_count;
        match (self.number(above), self.number(below)) {
            (Some(above), Some(below)) if above.section == below.section => {
                Room::Exactly(below.value.saturating_sub(above.value).saturating_sub(1))
            }
            (Some(_), Some(below)) if below.value == 1 => Room::Open,
            (None, Some(below)) => Room::Exactly(below.value.saturating_sub(1)),
            (None, None) => Room::Exactly(expected),
            (Some(above), None) if self.all_plain => Room::Exactly(expected.saturating_sub(above.value)),
            (Some(above), None) if above.section.is_empty() => {
                let elsewhere = self.rows.len() - within + self.lost.len();
                Room::Exactly(expected.saturating_sub(u32::try_from(elsewhere).unwrap_or(u32::MAX)))
            }
            (Some(_), _) => Room::Unknown,
        }
    }

    /// How many of the spare numbers come before the unnumbered rows: none or all, whichever side no page break separates.
    fn offset(
        &self,
        above: Option<usize>,
        below: Option<usize>,
        unnumbered: &[usize],
        spare: u32,
    ) -> Option<u32> {
        let page = |row: Option<usize>| row.and_then(|row| self.rows.get(row)).map(|row| row.page);
        let (Some(first), Some(last)) = (unnumbered.first(), unnumbered.last()) else { return Some(0) };
        if spare == 0 {
            return Some(0);
        }
        let first_page = self.rows.first().map(|row| row.page);
        let last_page = self.rows.last().map(|row| row.page);
        let joins_above = page(above).or(first_page) == page(Some(*first));
        let joins_below = page(below).or(last_page) == page(Some(*last));
        match (joins_above, joins_below) {
            (true, false) => Some(0),
            (false, true) => Some(spare),
            _ => None,
        }
    }

    fn infer(&mut self, unnumbered: &[usize], base: &PrintedNumber) {
        let numbers: Vec<PrintedNumber> = (1..).zip(unnumbered).map(|(place, _)| base.plus(place)).collect();
        if let (Some(lines), Some(first), Some(last)) =
            (self.lines_of(unnumbered), numbers.first(), numbers.last())
        {
            let rows = counted(unnumbered.len(), "row");
            let message =
                format!("{rows} without a readable number, read as {} by the neighbours", span(first, last));
            self.problems.push(report(Code::NumbersInferred, lines, message).by_rule());
        }
        self.inferred.extend(unnumbered.iter().copied().zip(numbers));
    }

    fn lose(
        &mut self,
        numbers: impl Iterator<Item = PrintedNumber>,
        above: Option<usize>,
        below: Option<usize>,
        offset: u32,
        (first, last): (usize, usize),
    ) {
        let numbers: Vec<PrintedNumber> =
            numbers.filter(|number| !self.borne.contains(&number.key())).collect();
        let (Some(one), Some(other)) = (numbers.first(), numbers.last()) else { return };
        // Rows without a number stand on the other side of the gap that was lost.
        let (above, below) = match (first == last, offset > 0) {
            (true, _) => (above, below),
            (false, true) => (above, Some(first)),
            (false, false) => (last.checked_sub(1), below),
        };
        let lines = self.lines_between(above, below);
        let message = format!("no line bears {}: {} lost", span(one, other), counted(numbers.len(), "row"));
        self.problems.push(report(Code::RowsLost, lines, message).by_rule());
        for number in numbers {
            let mut row = DraftRow::new(Origin::Lost, lines.last);
            row.inferred = Some(number);
            self.lost.push((if offset > 0 { first } else { last }, row));
        }
    }

    fn unknown(&mut self, unnumbered: &[usize], above: Option<usize>, below: Option<usize>) {
        let Some(lines) = self.lines_of(unnumbered) else { return };
        let edge = |row: Option<usize>, edge: &str| {
            self.number(row).map_or_else(|| edge.to_owned(), PrintedNumber::key)
        };
        let message = format!(
            "{} without a readable number between {} and {}, and the numbers there don't tell which they are",
            counted(unnumbered.len(), "row"),
            edge(above, "the beginning"),
            edge(below, "the end"),
        );
        self.problems.push(report(Code::NumbersUnknown, lines, message));
    }

    fn lines_of(&self, rows: &[usize]) -> Option<LineRange> {
        let extent = |row: Option<&usize>| Some(self.rows.get(*row?)?.extent());
        Some(LineRange { first: extent(rows.first())?.first, last: extent(rows.last())?.last })
    }

    /// The lines between two rows; if there are none, the lines of both.
    fn lines_between(&self, above: Option<usize>, below: Option<usize>) -> LineRange {
        let extent = |row: Option<usize>| self.rows.get(row?).map(DraftRow::extent);
        let first = extent(above).map_or(0, |extent| extent.last);
        let last = extent(below).map_or(first, |extent| extent.first).max(first);
        if last - first >= 2 {
            LineRange { first: first + 1, last: last - 1 }
        } else {
            LineRange { first: first.max(1), last: last.max(1) }
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn span(first: &PrintedNumber, last: &PrintedNumber) -> String {
    if first == last { first.key() } else { format!("{} to {}", first.key(), last.key()) }
}

/// Inserts lost rows before the rows whose index they carry; they come in rising order of their numbers.
fn insert(rows: &mut Vec<DraftRow>, lost: Vec<(usize, DraftRow)>) {
    let mut lost = lost.into_iter().peekable();
    let mut filled = Vec::with_capacity(rows.len() + lost.len());
    for (index, row) in std::mem::take(rows).into_iter().enumerate() {
        while let Some((_, missing)) = lost.next_if(|(at, _)| *at <= index) {
            filled.push(missing);
        }
        filled.push(row);
    }
    filled.extend(lost.map(|(_, missing)| missing));
    *rows = filled;
}

fn set_keys(rows: &mut [DraftRow]) {
    let mut taken = BTreeSet::new();
    for row in rows {
        let mut key = row.any_number().map_or_else(|| format!("line-{}", row.line), PrintedNumber::key);
        while taken.contains(&key) {
            key = format!("{key}-line-{}", row.line);
        }
        taken.insert(key.clone());
        row.key = key;
    }
}

fn count(rows: &[DraftRow], manifest: &Manifest) -> Option<Problem> {
    let expected = manifest.register.expected_count;
    let lines = rows
        .iter()
        .map(DraftRow::extent)
        .reduce(|whole, row| LineRange { first: whole.first.min(row.first), last: whole.last.max(row.last) });
    let message = format!(
        "the document has {}, lost ones included, but the register {expected}",
        counted(rows.len(), "row")
    );
    (u32::try_from(rows.len()) != Ok(expected))
        .then(|| report(Code::RowCount, lines.unwrap_or(LineRange::one(1)), message))
}

#[cfg(test)]
mod tests {
    use super::longest_rising;

    #[test]
    fn one_misread_number_does_not_unsettle_the_others() {
        let kept = |values: &[u32]| longest_rising(values).into_iter().collect::<Vec<_>>();
        assert_eq!(kept(&[9, 10, 71, 12, 13]), [0, 1, 3, 4]);
        assert_eq!(kept(&[1, 2, 2, 3]), [0, 2, 3]);
        assert_eq!(kept(&[3, 2, 1]).len(), 1);
        assert!(kept(&[]).is_empty());
    }
}
