//! From the cells of a row to what it asks to have recorded: every cell that cannot be used is a problem of its own.

use docket_domain::effective::{Effective, parse_effective};
use docket_domain::term::{NoteRole, Visibility};
use docket_domain::{Asserter, Key, Label, RegisterId, Subject, Zone};

use super::table::Row;
use super::{Defaults, Problem};
use crate::ledger::Reader;

/// A column of the file, by the name in its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    Key,
    Status,
    Note,
    Effective,
    AssertedBy,
    Reason,
    SourceUrl,
    NoteRole,
    Visibility,
    ExpectVersion,
}

impl Column {
    const ALL: [Self; 11] = [
        Self::Number,
        Self::Key,
        Self::Status,
        Self::Note,
        Self::Effective,
        Self::AssertedBy,
        Self::Reason,
        Self::SourceUrl,
        Self::NoteRole,
        Self::Visibility,
        Self::ExpectVersion,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Key => "key",
            Self::Status => "status",
            Self::Note => "note",
            Self::Effective => "effective",
            Self::AssertedBy => "asserted_by",
            Self::Reason => "reason",
            Self::SourceUrl => "source_url",
            Self::NoteRole => "note_role",
            Self::Visibility => "visibility",
            Self::ExpectVersion => "expect_version",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == name)
    }
}

/// The columns of a file, in its order.
pub(super) fn columns(head: &Row) -> Result<Vec<Column>, Vec<Problem>> {
    let mut columns: Vec<Column> = Vec::new();
    let mut problems = Vec::new();
    for name in &head.cells {
        let name = name.trim();
        match Column::from_name(name) {
            Some(column) if columns.contains(&column) => {
                problems.push(Problem::new(
                    head.line,
                    Some(name),
                    "this column is there twice",
                    Some("keep one of them"),
                ));
            }
            Some(column) => columns.push(column),
            None => problems.push(unknown(head.line, name)),
        }
    }
    let has = |column| columns.contains(&column);
    if problems.is_empty() {
        let missing = |what, hint| Problem::new(head.line, None, what, Some(hint));
        match (has(Column::Number), has(Column::Key)) {
            (false, false) => problems.push(missing(
                "no column says which recommendation is meant",
                "add a column `number` or `key`",
            )),
            (true, true) => problems.push(missing(
                "the columns `number` and `key` both say which recommendation is meant",
                "keep one of them",
            )),
            _ => {}
        }
        if !has(Column::Status) && !has(Column::Note) {
            problems.push(missing(
                "no column says what is to be recorded",
                "add a column `status`, a column `note`, or both",
            ));
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

fn unknown(line: u64, name: &str) -> Problem {
    let names = Column::ALL.map(Column::as_str).join(", ");
    let hint = if name.contains(';') || name.contains('\t') {
        "save the file with commas between the cells".to_owned()
    } else {
        format!("the columns are {names}")
    };
    let problem = if name.is_empty() {
        "a column has no name".to_owned()
    } else {
        format!("there is no such column: {name:?}")
    };
    Problem { line, column: None, problem, hint: Some(hint) }
}

/// What a line asks to have recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) line: u64,
    pub(super) subject: Subject,
    pub(super) status: Option<Label>,
    pub(super) note: Option<String>,
    pub(super) effective: Option<Effective<String>>,
    pub(super) asserter: Option<Asserter>,
    pub(super) reason: Option<String>,
    pub(super) source_url: Option<String>,
    pub(super) role: NoteRole,
    pub(super) visibility: Visibility,
    pub(super) expect_version: Option<u64>,
}

/// What is needed to read a line.
pub(super) struct Reading<'a> {
    pub(super) reader: &'a Reader,
    pub(super) register: &'a RegisterId,
    pub(super) zone: Zone,
    pub(super) columns: &'a [Column],
    pub(super) defaults: &'a Defaults,
    /// The interval of lines that give none.
    pub(super) effective: Option<Effective<String>>,
}

impl Reading<'_> {
    /// A row as a draft, or everything that is wrong with it.
    pub(super) fn draft(&self, row: &Row) -> Result<Draft, Vec<Problem>> {
        let mut line = Line { row, columns: self.columns, problems: Vec::new() };
        line.length();
        let subject = self.subject(&mut line);
        let status =
            line.parsed(Column::Status, "", |label| Label::new(label).map_err(|error| error.to_string()));
        let note = line.words(Column::Note);
        if status.is_none() && note.is_none() && line.problems.is_empty() {
            let hint = "give a status, a note, or both; or take the line out";
            line.problem(None, "the line says nothing".to_owned(), hint);
        }
        let effective = line.parsed(Column::Effective, "", |date| {
            parse_effective(date, self.zone).map_err(|error| format!("{error} (read in {})", self.zone))
        });
        let asserter = line
            .parsed(Column::AssertedBy, "", |name| Asserter::new(name).map_err(|error| error.to_string()));
        let role = line.parsed(Column::NoteRole, "", |name| {
            NoteRole::from_name(name).ok_or_else(|| one_of(name, NoteRole::ALL))
        });
        let visibility = line.parsed(Column::Visibility, "", |name| {
            Visibility::from_name(name).ok_or_else(|| one_of(name, Visibility::ALL))
        });
        if note.is_none() {
            for (column, given) in
                [(Column::NoteRole, role.is_some()), (Column::Visibility, visibility.is_some())]
            {
                if given {
                    let hint = "give the note, or leave this cell empty";
                    line.problem(Some(column), "the line has no note that this is about".to_owned(), hint);
                }
            }
        }
        let expect_version =
            line.parsed(Column::ExpectVersion, "give the version that `docket show` prints", |version| {
                version.parse::<u64>().map_err(|_| format!("{version:?} is no version"))
            });
        let (reason, source_url) = (line.words(Column::Reason), line.words(Column::SourceUrl));
        match subject {
            Some(subject) if line.problems.is_empty() => Ok(Draft {
                line: row.line,
                subject,
                status,
                note,
                effective: effective.or_else(|| self.effective.clone()),
                asserter: asserter.or_else(|| self.defaults.asserter.clone()),
                reason,
                source_url: source_url.or_else(|| self.defaults.source_url.clone()),
                role: role.unwrap_or(NoteRole::Progress),
                visibility: visibility.unwrap_or(Visibility::Public),
                expect_version,
            }),
            _ => Err(line.problems),
        }
    }

    /// The recommendation that a line is about.
    fn subject(&self, line: &mut Line<'_>) -> Option<Subject> {
        let column = if self.columns.contains(&Column::Key) { Column::Key } else { Column::Number };
        let hint = "`docket list` shows numbers and keys";
        let Some(wanted) = line.trimmed(column) else {
            line.problem(
                Some(column),
                "the line does not say which recommendation is meant".to_owned(),
                hint,
            );
            return None;
        };
        let found = match column {
            Column::Key => self.by_key(wanted),
            _ => self.reader.recommendation(self.register, wanted).map_err(|error| error.to_string()),
        };
        match found {
            Ok(subject) => Some(subject),
            Err(problem) => {
                line.problem(Some(column), problem, hint);
                None
            }
        }
    }

    fn by_key(&self, wanted: &str) -> Result<Subject, String> {
        let key = Key::new(wanted).map_err(|error| error.to_string())?;
        let subject = Subject::Recommendation(self.register.clone(), key);
        let known = self.reader.projection().knowledge(self.reader.size()).version(&subject) > 0;
        known
            .then_some(subject)
            .ok_or_else(|| format!("there is no recommendation with the key {wanted} in {}", self.register))
    }
}

/// One row, and what is wrong with it.
struct Line<'a> {
    row: &'a Row,
    columns: &'a [Column],
    problems: Vec<Problem>,
}

impl<'a> Line<'a> {
    fn problem(&mut self, column: Option<Column>, problem: String, hint: &str) {
        self.problems.push(Problem {
            line: self.row.line,
            column: column.map(|column| column.as_str().to_owned()),
            problem,
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        });
    }

    /// A row has as many cells as the head; empty ones at the end may be left out.
    fn length(&mut self) {
        let (cells, columns) = (self.row.cells.len(), self.columns.len());
        let beyond = self.row.cells.iter().skip(columns);
        if beyond.filter(|cell| !cell.trim().is_empty()).count() > 0 {
            let problem = format!("the line has {cells} cells, but the head names {columns} columns");
            self.problem(None, problem, "put a cell that holds a comma into quotation marks");
        }
    }

    fn cell(&self, column: Column) -> Option<&'a str> {
        let place = self.columns.iter().position(|known| *known == column)?;
        self.row.cells.get(place).map(String::as_str).filter(|cell| !cell.trim().is_empty())
    }

    fn trimmed(&self, column: Column) -> Option<&'a str> {
        self.cell(column).map(str::trim)
    }

    /// Words exactly as they stand in the cell.
    fn words(&self, column: Column) -> Option<String> {
        self.cell(column).map(ToOwned::to_owned)
    }

    fn parsed<T>(
        &mut self,
        column: Column,
        hint: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(self.trimmed(column)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem(Some(column), problem, hint);
                None
            }
        }
    }
}

fn one_of<T: ToString>(name: &str, values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(T::to_string).collect();
    format!("{name:?} is none of {}", values.join(", "))
}
