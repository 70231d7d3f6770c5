//! A file of statuses and notes about many recommendations, recorded in one commit or not at all.
//!
//! The file is comma-separated values with a head that names its columns. It is checked whole: every problem of every line is listed,
//! and nothing is recorded while there is one. What the file would change is worked out beforehand, by the rules that record it, on a
//! copy of what is known of the recommendations that it names; see [`Preview`].

mod line;
mod preview;
mod scratch;
mod steps;
mod table;

#[cfg(test)]
mod tests;

use std::fmt;

use docket_domain::effective::parse_effective;
use docket_domain::term::ActorBasis;
use docket_domain::{Actor, Asserter, Command, CommandId, RegisterId, Timestamp};
use docket_log::blobs::digest_of;
use docket_log::journal::FRAME_ENTRIES_MAX;
use serde::Serialize;
use uuid::Uuid;

use crate::error::LedgerError;
use crate::ledger::{Ledger, Reader};
use crate::repeat::is_same;
use crate::writer::{Outcome, Recorded};
use line::{Draft, Reading, columns};

pub use preview::{Line, Moved, NoteLine, Preview, RecordedBefore, Repeats, Shown, StatusLine};

/// The largest file that is read, in bytes: 256 entries with the longest texts that fit one commit, twice over.
pub const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Who records a file, and what holds for lines that do not say otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// Who records.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
    /// When it began, as typed.
    pub effective: Option<String>,
    /// On whose word; nothing for the register's publisher.
    pub asserter: Option<Asserter>,
    /// Where it can be read.
    pub source_url: Option<String>,
}

/// Something in a file that keeps it from being recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    /// The column, where it is about one.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    fn new(line: u64, column: Option<&str>, problem: &str, hint: Option<&str>) -> Self {
        Self {
            line,
            column: column.map(ToOwned::to_owned),
            problem: problem.to_owned(),
            hint: hint.map(ToOwned::to_owned),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.problem)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Everything that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// Whether the file as a whole is no table that can be read.
    pub malformed: bool,
    /// By line.
    pub problems: Vec<Problem>,
}

/// What a look at a file comes to.
#[derive(Debug)]
pub enum Checked {
    /// It can be recorded as it is.
    Ready(Box<Batch>),
    /// It cannot.
    Refused(Problems),
}

/// A file that can be recorded.
#[derive(Debug)]
pub struct Batch {
    preview: Preview,
    command: Command,
}

/// Reads a file and works out what it would change. Nothing is recorded. `now` is what "today" is in the preview.
///
/// # Errors
/// Where the log cannot be read or the register is not known, and where the default date cannot be read. What is wrong with the file is
/// no error but [`Checked::Refused`].
pub fn check(
    reader: &Reader,
    register: &RegisterId,
    bytes: &[u8],
    defaults: &Defaults,
    now: Timestamp,
) -> Result<Checked, LedgerError> {
    let zone = reader.zone(Some(register));
    let effective = defaults.effective.as_deref().map(|typed| parse_effective(typed, zone)).transpose()?;
    let drafts = match drafts(reader, register, bytes, defaults, effective)? {
        Ok(drafts) => drafts,
        Err(problems) => return Ok(Checked::Refused(problems)),
    };
    let id = command_id(register, bytes);
    let publisher = publisher(reader, register)?;
    let steps = steps::steps(&drafts, id, &publisher);
    let first = steps.first().map(|step| step.step.event);
    let size = reader.size();
    let before = reader.ask(|projection| {
        let recorded = projection.knowledge(size).event(first?)?;
        Some((recorded.actor.clone(), recorded.recorded_at))
    })?;
    let mut command = Command {
        id,
        actor: defaults.actor.clone(),
        actor_basis: defaults.actor_basis,
        steps: steps.iter().map(|step| step.step.clone()).collect(),
    };
    let looked = preview::Looked { reader, register, zone, now, sha256: digest_of(bytes), command: id };
    if let Some((actor, recorded_at)) = before {
        let recorded = RecordedBefore { actor, recorded_at, entries: steps.len() as u64 };
        return Ok(Checked::Ready(Box::new(Batch { preview: looked.recorded(recorded), command })));
    }
    match looked.preview(&drafts, &steps, &command)? {
        Ok((preview, versions)) => {
            // What was looked at is what is recorded: a recommendation that moved on in between is refused.
            for (step, version) in command.steps.iter_mut().zip(versions) {
                step.expect_version = Some(version);
            }
            Ok(Checked::Ready(Box::new(Batch { preview, command })))
        }
        Err(problems) => Ok(Checked::Refused(Problems { malformed: false, problems })),
    }
}

impl Batch {
    /// What it would change.
    #[must_use]
    pub fn preview(&self) -> &Preview {
        &self.preview
    }

    /// Records it in one commit. A file that was recorded before is answered from what was recorded.
    pub fn record(&self, ledger: &Ledger) -> Result<Outcome, LedgerError> {
        if self.preview.recorded.as_ref().is_some_and(|before| before.actor != self.command.actor) {
            return self.recorded_by_another(&ledger.reader());
        }
        let outcomes = ledger.submit(vec![self.command.clone()])?;
        outcomes.into_iter().next().ok_or(LedgerError::Empty)
    }

    /// Commands are scoped to their actor, the events of a file are not: they stand in the log, whoever brings the file again.
    /// They must say what the file says now, with today's defaults, as the writer asks of the same actor.
    fn recorded_by_another(&self, reader: &Reader) -> Result<Outcome, LedgerError> {
        for step in &self.command.steps {
            let recorded = crate::next::resolved(reader, step.event)?;
            if !recorded.is_some_and(|recorded| is_same(step, &recorded)) {
                return Err(LedgerError::CommandConflict { command: self.command.id, event: step.event });
            }
        }
        let size = reader.size();
        let events = reader.ask(|projection| {
            let knowledge = projection.knowledge(size);
            let found = self.command.steps.iter().filter_map(|step| knowledge.event(step.event));
            let recorded = found.map(|event| Recorded {
                event: event.id,
                index: event.index,
                subject: event.subject.clone(),
                version: event.version,
                recorded_at: event.recorded_at,
            });
            recorded.collect()
        })?;
        Ok(Outcome { events, repeated: true, head: reader.log().head() })
    }
}

/// The lines of a file as drafts, or what is wrong with them.
fn drafts(
    reader: &Reader,
    register: &RegisterId,
    bytes: &[u8],
    defaults: &Defaults,
    effective: Option<docket_domain::Effective<String>>,
) -> Result<Result<Vec<Draft>, Problems>, LedgerError> {
    let malformed = |problems| Ok(Err(Problems { malformed: true, problems }));
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = crate::import::raw::line_at(before) as u64;
            let problem = format!("the file is not valid UTF-8 at byte {}", error.valid_up_to());
            let hint = Some("save it as \"CSV UTF-8\"".to_owned());
            return malformed(vec![Problem { line, column: None, problem, hint }]);
        }
    };
    let (rows, faults) = table::rows(text);
    if !faults.is_empty() {
        let problem = |fault: &table::Fault| Problem::new(fault.line, None, fault.problem, Some(fault.hint));
        return malformed(faults.iter().map(problem).collect());
    }
    let Some((head, lines)) = rows.split_first() else {
        let hint = "the first line names the columns, for example number,status,note,effective";
        return malformed(vec![Problem::new(1, None, "the file is empty", Some(hint))]);
    };
    let columns = match columns(head) {
        Ok(columns) => columns,
        Err(problems) => return malformed(problems),
    };
    if lines.is_empty() {
        return malformed(vec![Problem::new(head.line, None, "no line follows the head", None)]);
    }
    let zone = reader.zone(Some(register));
    let reading = Reading { reader, register, zone, columns: &columns, defaults, effective };
    let mut drafts: Vec<Draft> = Vec::new();
    let mut problems = Vec::new();
    // A line is at least one entry: what lies beyond can never be in the same commit, and is not read.
    for row in lines.iter().take(FRAME_ENTRIES_MAX) {
        match reading.draft(row) {
            Ok(draft) => match drafts.iter().find(|earlier| same(earlier, &draft)) {
                Some(earlier) => {
                    let problem = format!("the line says the same as line {}", earlier.line);
                    problems.push(Problem::new(row.line, None, &problem, Some("take one of them out")));
                }
                None => drafts.push(draft),
            },
            Err(found) => problems.extend(found),
        }
    }
    if lines.len() > FRAME_ENTRIES_MAX {
        problems.extend(beyond(lines, &drafts));
    }
    Ok(if problems.is_empty() { Ok(drafts) } else { Err(Problems { malformed: false, problems }) })
}

/// That a file has more lines than one commit can have entries, with how many of them can fit. A faulty line is counted as one entry.
fn beyond(lines: &[table::Row], drafts: &[Draft]) -> Option<Problem> {
    let entries = |row: &table::Row| {
        let both = |draft: &&Draft| draft.line == row.line && draft.status.is_some() && draft.note.is_some();
        if drafts.iter().any(|draft| both(&draft)) { 2 } else { 1 }
    };
    let mut sum = 0;
    let fitting = lines.iter().take_while(|row| {
        sum += entries(row);
        sum <= FRAME_ENTRIES_MAX
    });
    let place = fitting.count();
    let first = lines.get(place)?;
    let problem = format!(
        "the file is too large for one commit (at most {FRAME_ENTRIES_MAX} entries fit): at most the first {place} of its {} lines fit",
        lines.len()
    );
    Some(Problem::new(first.line, None, &problem, Some(&split_before(first.line))))
}

/// How to make two files of one that is too large. Not "after" a line: the last line that fits may go on in further lines of the file.
fn split_before(line: u64) -> String {
    format!("split the file before line {line}, repeat the head in each part, and record one after the other")
}

fn same(a: &Draft, b: &Draft) -> bool {
    a.subject == b.subject && Draft { line: b.line, ..a.clone() } == *b
}

/// Follows from register and file, so that the same file is recorded once, by whomever and however often it is brought.
fn command_id(register: &RegisterId, bytes: &[u8]) -> CommandId {
    let name = format!("docket/batch/v1\0{register}\0{}", digest_of(bytes));
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).into()
}

fn publisher(reader: &Reader, register: &RegisterId) -> Result<Asserter, LedgerError> {
    let size = reader.size();
    let view = reader.ask(|projection| projection.knowledge(size).register(register))?;
    view.map(|view| view.opened.content.publisher)
        .ok_or_else(|| LedgerError::NoRegister { register: register.clone() })
}
