//! The worked-out content of a source: what an import records.

use std::fmt;

use super::{manifest::ColumnRole, vocabulary::Reporting};

/// Lines of the document from the first to the last, both counted, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineRange {
    /// The first line.
    pub first: u32,
    /// The last line; not before the first.
    pub last: u32,
}

impl LineRange {
    /// The range of one line.
    #[must_use]
    pub const fn one(line: u32) -> Self {
        Self { first: line, last: line }
    }

    /// Whether a line lies in the range.
    #[must_use]
    pub const fn contains(self, line: u32) -> bool {
        self.first <= line && line <= self.last
    }

    /// Whether two ranges share a line.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// The ranges that cover exactly these lines, in order, adjacent lines in one range.
    #[must_use]
    pub fn covering(lines: impl IntoIterator<Item = u32>) -> Vec<Self> {
        let sorted: std::collections::BTreeSet<u32> = lines.into_iter().collect();
        let mut ranges: Vec<Self> = Vec::new();
        for line in sorted {
            match ranges.last_mut() {
                Some(range) if range.last.saturating_add(1) == line => range.last = line,
                _ => ranges.push(Self::one(line)),
            }
        }
        ranges
    }
}

impl fmt::Display for LineRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

/// How the number of a row is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberBasis {
    /// A line bears it.
    Printed,
    /// The row is there without a readable number; its neighbours or a person's decision tell it.
    Inferred,
    /// No line bears it. With a number: no row is there either, and the expected count says that it existed. Without one: a row is
    /// there, but its neighbours don't tell its number.
    Missing,
}

/// How much of the text of a row is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextBasis {
    /// All that was printed is there.
    Printed,
    /// Only a part survives.
    Partial,
    /// Nothing survives.
    Unknown,
}

/// What a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteRole {
    /// The content of a notes cell.
    Progress,
    /// Words of an older answer that survive elsewhere in the row.
    EarlierAnswer,
    /// A curator's remark about the record. It is not in the document.
    Annotation,
}

/// A cell exactly as printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Its line.
    pub line: u32,
    /// Its place among the cells of the line, counted from 0. In a line that lost its number column the text is at 0.
    pub column: u32,
    /// The column of the layout that it belongs to, where that is known.
    pub role: Option<ColumnRole>,
    /// The characters between the separators, untrimmed.
    pub text: String,
}

/// A note of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The interpreted text.
    pub text: String,
    /// What it is.
    pub role: NoteRole,
    /// The lines that it was read from; of an annotation, the lines that it is about.
    pub lines: Vec<LineRange>,
}

/// Something about a row that is not as a sound table would have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// A stable code in kebab-case.
    pub code: String,
    /// One sentence for a reader.
    pub note: String,
}

/// One recommendation as the source has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key: the printed number without closing punctuation ("7", "7a", "III.2"), the inferred one, or `line-57` for a row whose
    /// number is not known. Unique within the transcript.
    pub key: String,
    /// The integer, if the number is a plain one; "7a" and "III.2" have none.
    pub number: Option<u32>,
    /// What the number cell holds, trimmed.
    pub number_printed: Option<String>,
    /// How the number is known.
    pub number_basis: NumberBasis,
    /// The place in the register's order, from 1.
    pub position: u32,
    /// The interpreted text; none if nothing survives.
    pub text: Option<String>,
    /// How much of the text is known.
    pub text_basis: TextBasis,
    /// The notes, earlier answers first, annotations last.
    pub notes: Vec<Note>,
    /// The status label as printed; none if the cell is lost or empty.
    pub label: Option<String>,
    /// The state that the vocabulary maps the label to.
    pub state: Option<String>,
    /// What the label says about the reporting; `unknown` where no label is known.
    pub reporting: Reporting,
    /// The lines that the row has cells on, one range for each run of adjacent lines.
    pub lines: Vec<LineRange>,
    /// Its cells as printed, by line and column. A cell shared by two rows stands whole in both.
    pub cells: Vec<Cell>,
    /// What is damaged or was repaired.
    pub damage: Vec<Damage>,
}

/// Who decided something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecidedBy {
    /// A rule of the transcriber.
    Rule,
    /// The decision of `curation.toml` at this index of [`Transcript::decisions`].
    Decision(usize),
}

/// Lines that belong to no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The lines.
    pub lines: LineRange,
    /// The lines as printed, without their ends, joined by line feeds.
    pub text: String,
    /// Why they belong to no row.
    pub reason: String,
    /// Who said so.
    pub decided_by: DecidedBy,
}

/// What became of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing: it waits for a person.
    Open,
    /// A rule settled it, and the message says how. A person may still decide otherwise.
    ByRule,
    /// These decisions settle it, as indices of [`Transcript::decisions`].
    Decided(Vec<usize>),
}

/// Something that a rule could not read with certainty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable code in kebab-case.
    pub code: &'static str,
    /// The lines concerned.
    pub lines: LineRange,
    /// The column concerned, if it is about one.
    pub column: Option<ColumnRole>,
    /// The key of the row concerned, if it is about one.
    pub row: Option<String>,
    /// What is wrong, in one line.
    pub message: String,
    /// What a person can do about it.
    pub suggestion: String,
    /// What became of it.
    pub resolution: Resolution,
}

/// A decision of `curation.toml` that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedDecision {
    /// Its place in the file, counted from 1.
    pub ordinal: usize,
    /// Its action.
    pub action: String,
    /// The lines it is about.
    pub lines: LineRange,
    /// The column it is about, if it is about one.
    pub column: Option<ColumnRole>,
    /// The code of the problem that it answers.
    pub problem: String,
    /// What was done, in one line.
    pub outcome: String,
    /// Why, in the curator's words.
    pub reason: String,
}

/// Everything that was read from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// The rows in the register's order, lost ones included.
    pub rows: Vec<Row>,
    /// What belongs to no row.
    pub fragments: Vec<Fragment>,
    /// Every problem, by line.
    pub problems: Vec<Problem>,
    /// The decisions that were applied, in the order of the file.
    pub decisions: Vec<AppliedDecision>,
    /// The counts.
    pub reconciliation: super::Reconciliation,
}

macro_rules! names {
    ($($type:ident { $($value:ident = $name:literal),+ $(,)? })+) => { $(
        impl $type {
            /// The name as written in files and events.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+ };
}
pub(crate) use names;

names! {
    NumberBasis { Printed = "printed", Inferred = "inferred", Missing = "missing" }
    TextBasis { Printed = "printed", Partial = "partial", Unknown = "unknown" }
    NoteRole { Progress = "progress", EarlierAnswer = "earlier-answer", Annotation = "annotation" }
}
