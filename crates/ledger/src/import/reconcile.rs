//! The counts that show that nothing was lost on the way (DESIGN section 8, step 4).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    manifest::Manifest,
    model::{NoteRole, NumberBasis, Problem, Resolution, Row},
    transcribe::{Draft, line::Shape},
};

/// What became of the lines of a document: `read = blank + owned + quarantined + unaccounted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineAccount {
    /// All lines.
    pub read: u32,
    /// Lines of nothing but white space and separators.
    pub blank: u32,
    /// Lines of which every cell belongs to a row; a line shared by two rows counts once.
    pub owned: u32,
    /// Lines that were set aside as fragments.
    pub quarantined: u32,
    /// Lines with a cell that belongs neither to a row nor to a fragment. Each is in a problem.
    pub unaccounted: u32,
}

/// How the numbers of rows are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NumberAccount {
    /// Printed.
    pub printed: u32,
    /// Inferred from the neighbours or stated by a person.
    pub inferred: u32,
    /// Borne by no line.
    pub missing: u32,
}

/// The counts of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// What became of the lines.
    pub lines: LineAccount,
    /// The lines that are not accounted for.
    pub unaccounted_lines: Vec<u32>,
    /// How many recommendations the register has.
    pub expected_count: u32,
    /// How many rows the transcript has, lost ones included.
    pub rows: u32,
    /// How their numbers are known.
    pub numbers: NumberAccount,
    /// How many rows have each label, most frequent first, then by label.
    pub labels: Vec<(String, u32)>,
    /// How many rows have no known label.
    pub labels_unknown: u32,
    /// How many rows have a note from a notes cell.
    pub rows_with_notes: u32,
    /// How many earlier answers were found.
    pub earlier_answers: u32,
    /// How many problems wait for a person.
    pub problems_open: u32,
    /// How many problems a rule settled.
    pub problems_by_rule: u32,
    /// How many problems decisions settle.
    pub problems_decided: u32,
}

impl Reconciliation {
    /// Whether every line is accounted for, the rows are as many as expected, and no problem is open.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.lines.unaccounted == 0 && self.rows == self.expected_count && self.problems_open == 0
    }

    pub(crate) fn new(draft: &Draft, rows: &[Row], problems: &[Problem], manifest: &Manifest) -> Self {
        let unaccounted: BTreeSet<u32> = draft.unplaced().iter().map(|cell| cell.line).collect();
        let (lines, unaccounted_lines) = account(draft, &unaccounted);
        let mut labels: BTreeMap<&str, u32> = BTreeMap::new();
        for label in rows.iter().filter_map(|row| row.label.as_deref()) {
            *labels.entry(label).or_default() += 1;
        }
        let mut labels: Vec<(String, u32)> =
            labels.into_iter().map(|(label, count)| (label.to_owned(), count)).collect();
        labels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let basis = |basis: NumberBasis| count(rows.iter().filter(|row| row.number_basis == basis));
        let has_progress = |row: &&Row| row.notes.iter().any(|note| note.role == NoteRole::Progress);
        let earlier =
            rows.iter().flat_map(|row| &row.notes).filter(|note| note.role == NoteRole::EarlierAnswer);
        let resolved = |wanted: fn(&Resolution) -> bool| {
            count(problems.iter().filter(|problem| wanted(&problem.resolution)))
        };
        Self {
            lines,
            unaccounted_lines,
            expected_count: manifest.register.expected_count,
            rows: count(rows.iter()),
            numbers: NumberAccount {
                printed: basis(NumberBasis::Printed),
                inferred: basis(NumberBasis::Inferred),
                missing: basis(NumberBasis::Missing),
            },
            labels,
            labels_unknown: count(rows.iter().filter(|row| row.label.is_none())),
            rows_with_notes: count(rows.iter().filter(has_progress)),
            earlier_answers: count(earlier),
            problems_open: resolved(|resolution| *resolution == Resolution::Open),
            problems_by_rule: resolved(|resolution| *resolution == Resolution::ByRule),
            problems_decided: resolved(|resolution| matches!(resolution, Resolution::Decided(_))),
        }
    }
}

/// Counts each line once, in the first of these that holds: blank, quarantined, not accounted for, owned.
fn account(draft: &Draft, unplaced: &BTreeSet<u32>) -> (LineAccount, Vec<u32>) {
    let placed: BTreeSet<u32> = draft.placed().into_iter().map(|(line, _)| line).collect();
    let quarantined = draft.quarantined_lines();
    let mut lines = LineAccount::default();
    let mut unaccounted = Vec::new();
    for line in &draft.lines {
        lines.read += 1;
        if line.shape == Shape::Blank {
            lines.blank += 1;
        } else if quarantined.contains(&line.number) {
            lines.quarantined += 1;
        } else if unplaced.contains(&line.number) || !placed.contains(&line.number) {
            lines.unaccounted += 1;
            unaccounted.push(line.number);
        } else {
            lines.owned += 1;
        }
    }
    (lines, unaccounted)
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
