//! The problems that rules report: their stable codes, and what a person can do about each.

use super::super::{
    manifest::ColumnRole,
    model::{LineRange, Problem, Resolution},
};

macro_rules! codes {
    ($($(#[$meta:meta])* $code:ident = $name:literal, $suggestion:literal;)+) => {
        /// The kinds of problems. Their names are stable: curation files and reports carry them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$meta])* $code,)+ }

        impl Code {
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// The name in files and reports.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            const fn suggestion(self) -> &'static str {
                match self { $(Self::$code => $suggestion,)+ }
            }
        }
    };
}

codes! {
    /// A line that repeats the headers of the layout.
    TableHead = "table-head", "nothing to do: it is set aside by rule";
    /// A line that almost does.
    TableHeadSuspected = "table-head-suspected", "quarantine the line, or correct the headers of the layout";
    /// A line before the first table head.
    AboveTable = "above-table", "quarantine the line, or assign its cells";
    /// A line whose cells cannot be told apart.
    LooseLine = "loose-line", "quarantine the line, or assign it to a row";
    LineTooLong = "line-too-long", "quarantine the line";
    ControlCharacter = "control-character", "keep it, or quarantine the line";
    TooManyCells = "too-many-cells", "assign the cells beyond the last column, or quarantine the line";
    TooFewCells = "too-few-cells", "keep it if cells at the end are really empty";
    NumberUnreadable = "number-unreadable", "state the number with the action number";
    NumberDuplicate = "number-duplicate", "quarantine one of the lines, or state the number with the action number";
    NumberOutOfOrder = "number-out-of-order", "state the number with the action number, or keep it";
    NumberAboveCount = "number-above-count", "state the number with the action number, or correct the expected count";
    /// Rows without a number whose neighbours tell it.
    NumbersInferred = "numbers-inferred", "nothing to do unless the inference is wrong";
    /// Rows without a number whose neighbours don't tell it.
    NumbersUnknown = "numbers-unknown", "state the numbers with the action number";
    /// Numbers that no line bears and no row can have.
    RowsLost = "rows-lost", "nothing to do unless another source has them";
    /// Another count of rows than the register has.
    RowCount = "row-count", "look for rows that are really one, or correct the expected count";
    /// A cell between two rows that either may own.
    AmbiguousOwner = "ambiguous-owner", "assign the cell to a row";
    /// A cell that goes on from one row and runs on into the next.
    RunsIntoBoth = "runs-into-both", "split the cell between the rows";
    /// Text that is the end of a row whose beginning is lost.
    OrphanTail = "orphan-tail", "nothing to do unless the inference is wrong";
    /// A line that says again what stands above it.
    RepeatsEarlierLines = "repeats-earlier-lines", "quarantine the line";
    StatusBlank = "status-blank", "nothing can be concluded; keep it";
    LabelUnknown = "label-unknown", "add the label to the vocabulary, or state how it reads with the action label";
    LabelTooLong = "label-too-long", "assign the cell elsewhere, or quarantine the line";
    TextTooLong = "text-too-long", "quarantine lines that don't belong to the row";
    TextBlank = "text-blank", "assign a cell, or keep it";
    BeginningLostSuspected = "beginning-lost-suspected", "assign what begins it, keep it as the rest of a text, or dismiss";
    LeakedNoteSuspected = "leaked-note-suspected", "take the words out with the action leaked-note or repeated-note, or keep them";
    TwoNotesSuspected = "two-notes-suspected", "separate them with the action separate-notes, or keep one";
    LostHyphenSuspected = "lost-hyphen-suspected", "restore it with the action restore-hyphen, or keep the word";
    CutOffSuspected = "cut-off-suspected", "keep it as printed";
    IdenticalNotes = "identical-notes", "annotate one of the rows, or keep them";
}

/// A problem about whole lines.
pub(crate) fn report(code: Code, lines: LineRange, message: impl Into<String>) -> Problem {
    Problem {
        code: code.as_str(),
        lines,
        column: None,
        row: None,
        message: message.into(),
        suggestion: code.suggestion().to_owned(),
        resolution: Resolution::Open,
    }
}

/// Additions to a problem.
pub(crate) trait About {
    /// The same problem about one column.
    fn about_column(self, column: ColumnRole) -> Self;
    /// The same problem about one row.
    fn about_row(self, key: &str) -> Self;
    /// The same problem, settled by a rule.
    fn by_rule(self) -> Self;
}

impl About for Problem {
    fn about_column(mut self, column: ColumnRole) -> Self {
        self.column = Some(column);
        self
    }

    fn about_row(mut self, key: &str) -> Self {
        self.row = Some(key.to_owned());
        self
    }

    fn by_rule(mut self) -> Self {
        self.resolution = Resolution::ByRule;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let names: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
