//! What the next table calls for: one step for each event, with what speaks for it.

use std::collections::BTreeMap;

use docket_domain::{Action, Digest, EventId, RegisterId, Subject};
use docket_log::tlog::proof::TreeHead;

use super::wording::Wording;
use crate::import::LineRange;

/// What a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// Another status label than the last one.
    Changed,
    /// The same label as the last one, said again.
    Unchanged,
    /// The source says that there is no update.
    NoUpdate,
    /// The row is there, its status is not readable.
    Unreadable,
    /// A note with words of its own.
    Note,
    /// A note that says again, word for word, what the last one said.
    Repeated,
    /// The recommendation is printed with other words.
    Reworded,
    /// A text that was unknown or known in part is printed.
    Supplemented,
    /// A number that was inferred or missing is printed.
    Numbered,
    /// A recommendation bears another number.
    Renumbered,
    /// A recommendation has no row.
    Vanished,
    /// A row belongs to no recommendation.
    New,
    /// One recommendation is printed as two rows.
    Split,
    /// Two recommendations are printed as one row.
    Merged,
}

impl StepKind {
    /// Every kind, in the order in which they are counted.
    pub const ALL: [Self; 14] = [
        Self::Changed,
        Self::Unchanged,
        Self::NoUpdate,
        Self::Unreadable,
        Self::Note,
        Self::Repeated,
        Self::Reworded,
        Self::Supplemented,
        Self::Numbered,
        Self::Renumbered,
        Self::Vanished,
        Self::New,
        Self::Split,
        Self::Merged,
    ];

    /// The name in plans and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::NoUpdate => "no-update",
            Self::Unreadable => "unreadable",
            Self::Note => "note",
            Self::Repeated => "repeated",
            Self::Reworded => "reworded",
            Self::Supplemented => "supplemented",
            Self::Numbered => "numbered",
            Self::Renumbered => "renumbered",
            Self::Vanished => "vanished",
            Self::New => "new",
            Self::Split => "split",
            Self::Merged => "merged",
        }
    }

    /// Whether it states a status.
    pub(crate) const fn is_status(self) -> bool {
        matches!(self, Self::Changed | Self::Unchanged | Self::NoUpdate | Self::Unreadable)
    }
}

/// How well a row agrees with the recommendation that it is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Whether it bears the same number.
    pub same_number: bool,
    /// How alike the words are, in per mille; nothing where one side has none.
    pub per_mille: Option<u16>,
    /// The key of the next best recommendation, and how alike its words are, in per mille.
    pub runner_up: Option<(String, u16)>,
}

/// One event that the table calls for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name in the plan: the row or recommendation, and what it is: `7/status`, `7/note-1`, `20/vanished`.
    pub id: String,
    /// What it is about.
    pub kind: StepKind,
    /// The key of the recommendation.
    pub recommendation: String,
    /// The id that its event will have.
    pub event: EventId,
    /// The lines of the document that it was read from; none where nothing is printed.
    pub lines: Vec<LineRange>,
    /// What is recorded; nothing where that is unknown.
    pub old: Option<String>,
    /// What the table says; nothing where that cannot be read.
    pub new: Option<String>,
    /// Whether the work goes back to an earlier state.
    pub regress: bool,
    /// The event of the last note, if this one repeats it word for word.
    pub repeats: Option<EventId>,
    /// What the alignment rests on, in words.
    pub evidence: String,
    /// The same in figures, where a row stands for one recommendation.
    pub agreement: Option<Agreement>,
    /// Why a person must decide; nothing for a step that is safe to accept.
    pub problem: Option<String>,
    /// The difference of the words, where words differ.
    pub difference: Option<String>,
    /// The step that it depends on: it is refused with it.
    pub requires: Option<String>,
    /// What it is about.
    pub(crate) subject: Subject,
    /// What is recorded if it is accepted.
    pub(crate) action: Action,
}

/// A recommendation whose words are the same, printed otherwise. Nothing is recorded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintDifference {
    /// The key of the recommendation.
    pub recommendation: String,
    /// The lines of the row.
    pub lines: Vec<LineRange>,
    /// How the print differs; `Reworded` stands for a part of the recorded words.
    pub wording: Wording,
    /// The difference of the words.
    pub difference: String,
}

/// The next table of a register, aligned with what the log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextTable {
    /// The register.
    pub register: RegisterId,
    /// The document.
    pub document: Digest,
    /// Size and root of the log that it was compared with.
    pub head: TreeHead,
    /// How many rows the document has.
    pub rows: usize,
    /// How many of them stand for a recommendation.
    pub aligned: usize,
    /// Everything that the table calls for, row by row, and then what has no row.
    pub steps: Vec<Step>,
    /// The same words in another print.
    pub print_differences: Vec<PrintDifference>,
    /// Recommendations of which no table had a row yet, and this one neither.
    pub never_printed: Vec<String>,
    /// Labels that the source's manifest explains otherwise than the register's vocabulary, which holds.
    pub vocabulary_differences: Vec<String>,
}

impl NextTable {
    /// How many steps there are of each kind, every kind named.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<StepKind, usize> {
        let mut counts: BTreeMap<StepKind, usize> = StepKind::ALL.into_iter().map(|kind| (kind, 0)).collect();
        for step in &self.steps {
            *counts.entry(step.kind).or_default() += 1;
        }
        counts
    }

    /// The steps that a person must decide.
    pub fn problems(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.problem.is_some())
    }
}
