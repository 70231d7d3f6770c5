//! What a file would change: for each line old and new, on both clocks.

use std::collections::HashMap;

use docket_domain::effective::Effective;
use docket_domain::term::{NoteRole, Reporting, Visibility};
use docket_domain::{
    Action, Actor, Command, CommandId, Data, Digest, EventId, Key, Label, Refusal, RegisterId, StateName,
    Subject, Timestamp, Zone,
};
use docket_log::journal::{FRAME_ENTRIES_MAX, FRAME_OPENINGS_BYTES_MAX};
use docket_log::seal::{ResolvedText, SealedText};
use docket_projection::{Audience, Certainty, Knowledge, StatusView};
use serde::Serialize;

use super::line::{Column, Draft};
use super::scratch::Scratch;
use super::steps::LineStep;
use super::{Problem, split_before};
use crate::answer::{FORMAT, Interval, Text, certainty, shown, shown_if};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// What a file would change. "Before" is what the log answers now, "after" what it will answer with the whole file recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The version of this form.
    pub format: u32,
    /// The register.
    #[serde(serialize_with = "shown")]
    pub register: RegisterId,
    /// The SHA-256 of the file.
    #[serde(serialize_with = "shown")]
    pub sha256: Digest,
    /// The id of the command that records it.
    #[serde(serialize_with = "shown")]
    pub command: CommandId,
    /// How many entries are known now.
    pub known_before: u64,
    /// How many will be.
    pub known_after: u64,
    /// The day on which the preview was made, in the register's zone.
    #[serde(serialize_with = "shown")]
    pub today: chrono::NaiveDate,
    /// By whom and when the same file was recorded, if it was: then it is not recorded again, and no line is listed.
    pub recorded: Option<RecordedBefore>,
    /// The lines, in the order of the file.
    pub lines: Vec<Line>,
    /// The register's zone.
    #[serde(skip)]
    pub zone: Zone,
}

/// That a file was recorded before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedBefore {
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// When.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// How many entries it took.
    pub entries: u64,
}

/// What a line of the file would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The line, counted from 1.
    pub line: u64,
    /// The key of the recommendation.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// Its number.
    pub number: Option<u32>,
    /// When what it states began; nothing for when it is recorded.
    pub effective: Option<Interval>,
    /// Its status, if it has one.
    pub status: Option<StatusLine>,
    /// Its note, if it has one.
    pub note: Option<NoteLine>,
}

/// A status that would be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusLine {
    /// The label.
    #[serde(serialize_with = "shown")]
    pub label: Label,
    /// Whether it goes back to a lower state.
    pub regress: bool,
    /// Why, as the line says.
    pub reason: Option<String>,
    /// The status on the last day of its interval.
    pub then: Moved,
    /// The status today.
    pub today: Moved,
}

/// A status on one day, as known before and after the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The day, in the register's zone.
    #[serde(serialize_with = "shown")]
    pub true_on: chrono::NaiveDate,
    /// As known now; nothing where nothing is stated yet.
    pub before: Option<Shown>,
    /// As it will be known.
    pub after: Option<Shown>,
}

/// A status in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The label; null where the source is damaged.
    #[serde(serialize_with = "shown_if")]
    pub label: Option<Label>,
    /// The last state that was stated.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// What it says about the reporting.
    #[serde(serialize_with = "shown")]
    pub reporting: Reporting,
    /// Whether it is certain.
    #[serde(serialize_with = "certainty")]
    pub certainty: Option<Certainty>,
    /// The event that states it.
    #[serde(serialize_with = "shown")]
    pub event: EventId,
}

/// A note that would be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteLine {
    /// Its words.
    pub text: String,
    /// What kind of note it is.
    #[serde(serialize_with = "shown")]
    pub role: NoteRole,
    /// Who may read it.
    #[serde(serialize_with = "shown")]
    pub visibility: Visibility,
    /// The last note of this role about the same recommendation, if this one repeats it word for word.
    pub repeats: Option<Repeats>,
}

/// Which note is repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeats {
    /// A recorded one, by its short name such as `7@3`.
    Event(String),
    /// One of this file, by its line.
    Line(u64),
}

/// What is looked at, and when.
pub(super) struct Looked<'a> {
    pub(super) reader: &'a Reader,
    pub(super) register: &'a RegisterId,
    pub(super) zone: Zone,
    pub(super) now: Timestamp,
    pub(super) sha256: Digest,
    pub(super) command: CommandId,
}

/// A preview with the version that each step finds, or the problems.
pub(super) type Worked = Result<(Preview, Vec<u64>), Vec<Problem>>;

impl Looked<'_> {
    /// The preview of a file that was recorded before.
    pub(super) fn recorded(&self, recorded: RecordedBefore) -> Preview {
        Preview { recorded: Some(recorded), ..self.empty(0) }
    }

    fn empty(&self, entries: u64) -> Preview {
        let known_before = self.reader.size();
        Preview {
            format: FORMAT,
            register: self.register.clone(),
            sha256: self.sha256,
            command: self.command,
            known_before,
            known_after: known_before + entries,
            today: self.now.day_in(self.zone),
            recorded: None,
            lines: Vec::new(),
            zone: self.zone,
        }
    }

    /// Tries out all steps, and compares.
    pub(super) fn preview(
        &self,
        drafts: &[Draft],
        steps: &[LineStep],
        command: &Command,
    ) -> Result<Worked, LedgerError> {
        let subjects = || drafts.iter().map(|draft| &draft.subject);
        let before = Scratch::new(self.reader, self.register, subjects(), self.now)?;
        let mut after = Scratch::new(self.reader, self.register, subjects(), self.now)?;
        let mut problems: Vec<Problem> =
            drafts.iter().filter_map(|draft| conflict(&before.knowledge(), draft)).collect();
        let (mut versions, mut regresses) = (Vec::new(), vec![false; drafts.len()]);
        let mut too_large = None;
        for LineStep { draft: place, step } in steps {
            let Some(draft) = drafts.get(*place) else { continue };
            versions.push(after.knowledge().version(&step.subject));
            match after.accept(command, step)? {
                Ok(event) => {
                    if let (Data::StatusReported(status), Some(regress)) =
                        (&event.data, regresses.get_mut(*place))
                    {
                        *regress = status.regress;
                    }
                }
                Err(refusal) => problems.push(refused(draft, &step.action, &refusal)),
            }
            if !after.size().fits() && too_large.is_none() {
                too_large = Some(*place);
            }
        }
        problems.extend(too_large.and_then(|place| larger(drafts, place, steps.len())));
        if !problems.is_empty() {
            problems.sort_by_key(|problem| problem.line);
            return Ok(Err(problems));
        }
        let mut notes = LastNotes { reader: self.reader, of_file: HashMap::new() };
        let mut preview = self.empty(steps.len() as u64);
        for (draft, regress) in drafts.iter().zip(regresses) {
            preview.lines.push(Line {
                note: notes.line(draft)?,
                ..self.line(draft, regress, &before.knowledge(), &after.knowledge())?
            });
        }
        Ok(Ok((preview, versions)))
    }

    fn line(
        &self,
        draft: &Draft,
        regress: bool,
        before: &Knowledge<'_, SealedText>,
        after: &Knowledge<'_, SealedText>,
    ) -> Result<Line, LedgerError> {
        let today = self.now.day_in(self.zone);
        let last = draft.effective.as_ref().and_then(|effective| effective.to);
        let then = last.map_or(today, |to| to.plus_micros(-1).day_in(self.zone));
        let moved = |true_on| -> Result<Moved, LedgerError> {
            let bound = self.zone.end_of(true_on)?;
            let shown = |knowledge: &Knowledge<'_, SealedText>| {
                knowledge.status(&draft.subject, bound).map(|status| Shown::new(&status))
            };
            Ok(Moved { true_on, before: shown(before), after: shown(after) })
        };
        let status = match &draft.status {
            Some(label) => Some(StatusLine {
                label: label.clone(),
                regress,
                reason: draft.reason.clone(),
                then: moved(then)?,
                today: moved(today)?,
            }),
            None => None,
        };
        let key = draft.subject.key().cloned().ok_or_else(|| LedgerError::NoRecommendation {
            wanted: draft.subject.to_string(),
            register: self.register.clone(),
        })?;
        Ok(Line {
            line: draft.line,
            key,
            number: before.recommendation_facts(&draft.subject).and_then(|facts| facts.number),
            effective: draft.effective.as_ref().map(interval),
            status,
            note: None,
        })
    }
}

fn interval(effective: &Effective<String>) -> Interval {
    let Effective { basis, from, phrase, precision, to } = effective.clone();
    Interval { from, to, precision, phrase: phrase.map(Text::Words), basis }
}

impl Shown {
    fn new(status: &StatusView<SealedText>) -> Self {
        let statement = &status.statement;
        Self {
            label: statement.label.clone(),
            state: statement.state.clone(),
            reporting: statement.reporting,
            certainty: Some(status.certainty),
            event: statement.provenance.event,
        }
    }
}

/// A version that was expected of a recommendation and is not its version now.
fn conflict(known: &Knowledge<'_, SealedText>, draft: &Draft) -> Option<Problem> {
    let (expected, found) = (draft.expect_version?, known.version(&draft.subject));
    let refusal = Refusal::VersionConflict { subject: draft.subject.clone(), expected, found };
    (expected != found).then(|| Problem {
        line: draft.line,
        column: Some(Column::ExpectVersion.as_str().to_owned()),
        problem: refusal.to_string(),
        hint: refusal.hint().map(ToOwned::to_owned),
    })
}

/// A refusal by a rule, with the column that it is about.
fn refused(draft: &Draft, action: &Action, refusal: &Refusal) -> Problem {
    let own = if matches!(action, Action::ReportStatus(_)) { Column::Status } else { Column::Note };
    let (column, hint) = match refusal {
        Refusal::RegressWithoutReason { .. } => (Column::Reason, Some("say why in the column reason")),
        Refusal::Blank { what: "the reason" } => (Column::Reason, refusal.hint()),
        _ => (own, refusal.hint()),
    };
    Problem {
        line: draft.line,
        column: Some(column.as_str().to_owned()),
        problem: refusal.to_string(),
        hint: hint.map(ToOwned::to_owned),
    }
}

/// That the file does not fit one commit, with how much of it would.
fn larger(drafts: &[Draft], place: usize, entries: usize) -> Option<Problem> {
    let draft = drafts.get(place)?;
    let hint = if place == 0 { "shorten it".to_owned() } else { split_before(draft.line) };
    Some(Problem {
        line: draft.line,
        column: None,
        problem: format!(
            "the file is too large for one commit ({entries} entries; it takes {FRAME_ENTRIES_MAX}, and {} MiB of words): the first {place} of its {} lines fit",
            FRAME_OPENINGS_BYTES_MAX / (1024 * 1024),
            drafts.len()
        ),
        hint: Some(hint),
    })
}

/// The last note of each recommendation and role, in this file and before it.
struct LastNotes<'a> {
    reader: &'a Reader,
    of_file: HashMap<(Subject, NoteRole), (u64, String)>,
}

impl LastNotes<'_> {
    fn line(&mut self, draft: &Draft) -> Result<Option<NoteLine>, LedgerError> {
        let Some(text) = &draft.note else { return Ok(None) };
        let place = (draft.subject.clone(), draft.role);
        let repeats = match self.of_file.get(&place) {
            Some((line, words)) => is_repeated(words, text).then_some(Repeats::Line(*line)),
            None => self.recorded(draft, text)?,
        };
        self.of_file.insert(place, (draft.line, text.clone()));
        Ok(Some(NoteLine { text: text.clone(), role: draft.role, visibility: draft.visibility, repeats }))
    }

    fn recorded(&self, draft: &Draft, text: &str) -> Result<Option<Repeats>, LedgerError> {
        let end = Timestamp::EPOCH.plus_micros(i64::MAX);
        let size = self.reader.size();
        let notes = self
            .reader
            .ask(|projection| projection.knowledge(size).notes(&draft.subject, end, Audience::Internal))?;
        let Some(last) = notes.into_iter().rfind(|note| note.content.role == draft.role) else {
            return Ok(None);
        };
        let texts = self.reader.texts(last.content.text.event_index)?;
        let words = usize::try_from(last.content.text.ordinal).ok().and_then(|ordinal| texts.get(ordinal));
        let repeated = matches!(words, Some(ResolvedText::Words(words)) if is_repeated(words, text));
        let key = draft.subject.key().map(ToString::to_string).unwrap_or_default();
        Ok(repeated.then(|| Repeats::Event(format!("{key}@{}", last.provenance.version))))
    }
}

/// Word for word: how the words are broken into lines and spaced says nothing.
fn is_repeated(recorded: &str, new: &str) -> bool {
    recorded.split_whitespace().eq(new.split_whitespace())
}
