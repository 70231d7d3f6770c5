//! `curation.toml`: what a person decided about the problems of one document (DESIGN section 8, step 2).
//!
//! Each decision names the problem that it answers and quotes the words as printed. One that answers no reported problem, or whose
//! words are not there, is refused: curation repairs, it never restates. Decisions about cells and numbers are taken first, those
//! about the wording of rows after them, each kind in the order of the file.

mod apply;
mod structure;
mod wording;

use serde::Deserialize;

use super::{
    error::{ImportError, RefusedDecision},
    manifest::ColumnRole,
    model::LineRange,
    raw,
};

pub(crate) use apply::apply;

/// The decisions of a curation file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Curation {
    /// The file they were read from.
    pub file: String,
    /// In the order of the file.
    pub decisions: Vec<Decision>,
}

/// A decision that a person took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The lines it is about.
    pub lines: LineRange,
    /// The column of the cell it is about.
    pub cell: Option<ColumnRole>,
    /// The code of the problem that it answers.
    pub problem: String,
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: String,
}

/// What a decision does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The lines belong to no row.
    Quarantine {
        /// How each of the lines begins, leading white space apart.
        printed: Vec<String>,
    },
    /// A whole cell belongs to a row.
    Assign {
        /// The whole cell.
        printed: String,
        /// The key of the row.
        row: String,
        /// The column it is read as, if not its own.
        to: Option<ColumnRole>,
    },
    /// Parts of one cell belong to several rows.
    SplitCell {
        /// The whole cell.
        printed: String,
        /// Its parts in printed order; together they are the whole cell.
        parts: Vec<Part>,
    },
    /// The number of the row on the line.
    Number {
        /// What the number cell holds; none if it is empty or lost.
        printed: Option<String>,
        /// The number that it stands for.
        reads: String,
    },
    /// The label of the row on the line, where its printed form is a misprint or misreading.
    Label {
        /// What the status cells hold.
        printed: String,
        /// A label of the vocabulary.
        reads: String,
    },
    /// Words in a text are an older answer: they become a note of their own.
    LeakedNote {
        /// The key of the row.
        row: String,
        /// The words.
        printed: String,
    },
    /// Words in a text are those of the row's own note: they are taken out, and the note bears their lines too.
    RepeatedNote {
        /// The key of the row.
        row: String,
        /// The words.
        printed: String,
    },
    /// One notes cell holds several notes.
    SeparateNotes {
        /// The key of the row.
        row: String,
        /// The notes in printed order; together they are the whole cell.
        printed: Vec<String>,
    },
    /// A word lost its hyphen.
    RestoreHyphen {
        /// The key of the row.
        row: String,
        /// The word.
        printed: String,
        /// The word with its hyphen.
        reads: String,
    },
    /// A remark for readers is attached to the row; its texts stay as printed.
    Annotate {
        /// The key of the row.
        row: String,
        /// Words of the row that the remark is about.
        printed: String,
        /// The remark.
        note: String,
    },
    /// The damage is real, and what is printed stays as it is.
    Keep {
        /// Words on the lines.
        printed: String,
    },
    /// There is no damage: the rule was wrong to suspect any.
    Dismiss {
        /// Words on the lines.
        printed: String,
    },
}

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The key of the row it belongs to.
    pub row: String,
    /// The words.
    pub printed: String,
    /// The column they are read as, if not the cell's own.
    pub to: Option<ColumnRole>,
}

impl Action {
    /// The name in files.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Quarantine { .. } => "quarantine",
            Self::Assign { .. } => "assign",
            Self::SplitCell { .. } => "split-cell",
            Self::Number { .. } => "number",
            Self::Label { .. } => "label",
            Self::LeakedNote { .. } => "leaked-note",
            Self::RepeatedNote { .. } => "repeated-note",
            Self::SeparateNotes { .. } => "separate-notes",
            Self::RestoreHyphen { .. } => "restore-hyphen",
            Self::Annotate { .. } => "annotate",
            Self::Keep { .. } => "keep",
            Self::Dismiss { .. } => "dismiss",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCuration {
    #[serde(default)]
    decision: Vec<RawDecision>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDecision {
    lines: String,
    cell: Option<ColumnRole>,
    problem: String,
    action: String,
    reason: String,
    row: Option<String>,
    printed: Option<OneOrMore>,
    parts: Option<Vec<Part>>,
    to: Option<ColumnRole>,
    reads: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Reads `curation.toml`.
///
/// # Errors
/// [`ImportError::Toml`] with the line, or [`ImportError::Refused`] with every decision that makes no sense on its own.
pub fn parse(text: &str, file: &str) -> Result<Curation, ImportError> {
    let parsed: RawCuration = raw::read(text, file)?;
    let mut decisions = Vec::new();
    let mut refused = Vec::new();
    for (ordinal, raw) in (1..).zip(parsed.decision) {
        let (action, lines) = (raw.action.clone(), raw.lines.clone());
        match raw.check() {
            Ok(decision) => decisions.push(decision),
            Err(reason) => refused.push(RefusedDecision { ordinal, action, lines, reason }),
        }
    }
    if refused.is_empty() {
        return Ok(Curation { file: file.to_owned(), decisions });
    }
    Err(ImportError::Refused { file: file.to_owned(), refused })
}

impl RawDecision {
    fn check(mut self) -> Result<Decision, String> {
        let lines = read_lines(&self.lines)?;
        if self.reason.trim().is_empty() {
            return Err("the reason is empty".to_owned());
        }
        let action = self.action()?;
        let left = [
            ("row", self.row.is_some()),
            ("printed", self.printed.is_some()),
            ("parts", self.parts.is_some()),
            ("to", self.to.is_some()),
            ("reads", self.reads.is_some()),
            ("note", self.note.is_some()),
        ];
        if let Some((key, _)) = left.iter().find(|(_, given)| *given) {
            return Err(format!("the action {} has no key `{key}`", self.action));
        }
        Ok(Decision { lines, cell: self.cell, problem: self.problem, action, reason: self.reason })
    }

    /// The action with its keys, which are taken out of the raw form: what is left does not belong to it.
    fn action(&mut self) -> Result<Action, String> {
        Ok(match self.action.as_str() {
            "quarantine" => Action::Quarantine { printed: self.printed_list()? },
            "assign" => Action::Assign { printed: self.printed()?, row: self.row()?, to: self.to.take() },
            "split-cell" => Action::SplitCell {
                printed: self.printed()?,
                parts: self
                    .parts
                    .take()
                    .filter(|parts| parts.len() > 1)
                    .ok_or("`parts` must name at least two parts")?,
            },
            "number" => {
                let printed = if self.printed.is_some() { Some(self.printed()?) } else { None };
                Action::Number { printed, reads: self.reads()? }
            }
            "label" => Action::Label { printed: self.printed()?, reads: self.reads()? },
            "leaked-note" => Action::LeakedNote { row: self.row()?, printed: self.printed()? },
            "repeated-note" => Action::RepeatedNote { row: self.row()?, printed: self.printed()? },
            "separate-notes" => Action::SeparateNotes { row: self.row()?, printed: self.printed_list()? },
            "restore-hyphen" => {
                Action::RestoreHyphen { row: self.row()?, printed: self.printed()?, reads: self.reads()? }
            }
            "annotate" => Action::Annotate {
                row: self.row()?,
                printed: self.printed()?,
                note: self
                    .note
                    .take()
                    .filter(|note| !note.trim().is_empty())
                    .ok_or("the key `note` is missing")?,
            },
            "keep" => Action::Keep { printed: self.printed()? },
            "dismiss" => Action::Dismiss { printed: self.printed()? },
            other => return Err(unknown_action(other)),
        })
    }

    fn row(&mut self) -> Result<String, String> {
        self.row.take().ok_or_else(|| "the key `row` is missing".to_owned())
    }

    fn reads(&mut self) -> Result<String, String> {
        self.reads.take().ok_or_else(|| "the key `reads` is missing".to_owned())
    }

    fn printed(&mut self) -> Result<String, String> {
        match self.printed.take() {
            Some(OneOrMore::One(words)) if !words.trim().is_empty() => Ok(words),
            Some(OneOrMore::One(_)) => Err("`printed` is empty".to_owned()),
            Some(OneOrMore::More(_)) => Err("`printed` must be one text".to_owned()),
            None => Err("the key `printed` is missing".to_owned()),
        }
    }

    fn printed_list(&mut self) -> Result<Vec<String>, String> {
        let list = match self.printed.take() {
            Some(OneOrMore::One(words)) => vec![words],
            Some(OneOrMore::More(list)) => list,
            None => return Err("the key `printed` is missing".to_owned()),
        };
        let filled = !list.is_empty() && list.iter().all(|words| !words.trim().is_empty());
        if filled { Ok(list) } else { Err("`printed` is empty".to_owned()) }
    }
}

fn unknown_action(action: &str) -> String {
    const KNOWN: [&str; 12] = [
        "quarantine",
        "assign",
        "split-cell",
        "number",
        "label",
        "leaked-note",
        "repeated-note",
        "separate-notes",
        "restore-hyphen",
        "annotate",
        "keep",
        "dismiss",
    ];
    let nearest = KNOWN
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(a, action).total_cmp(&strsim::jaro_winkler(b, action)));
    format!("there is no action {action:?}; the nearest is {:?}", nearest.unwrap_or(&"keep"))
}

/// Reads "95" or "34-37".
fn read_lines(text: &str) -> Result<LineRange, String> {
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|line| *line > 0);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(LineRange { first, last }),
        _ => Err(format!("`lines` is {text:?}; it must be a line such as \"95\" or lines such as \"34-37\"")),
    }
}
