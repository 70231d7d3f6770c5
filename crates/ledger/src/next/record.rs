//! Recording a decided plan: the document first, new rows as printed, then what was accepted, and last the review that tells what was
//! refused or changed.
//!
//! Every event has an id that follows from the document, so a run that was interrupted is finished by the next one, and a run after
//! that records nothing.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::command::ReportStatus;
use docket_domain::event::ReviewPerformed;
use docket_domain::term::NoteRole;
use docket_domain::{Action, Command, Data, Event, EventId, EventKind, Key, Step as DomainStep, Subject};
use docket_log::seal::{ResolvedText, resolve};
use uuid::Uuid;

use super::error::NextError;
use super::plan::{Change, Decided, Decision, Plan};
use super::step::{NextTable, Step, StepKind};
use super::{Standing, next_table, standing};
use crate::error::LedgerError;
use crate::ledger::{Ledger, Reader};
use crate::repeat::is_same;
use crate::source::expected::Builder;
use crate::source::{Importer, Prepared};

/// The longest reason in a review, in characters: the plan has it whole.
const REASON_CHARACTERS_MAX: usize = 600;

/// The longest findings of one review event, in bytes; longer ones go on in another. A text of the log is at most 64 KiB.
const FINDINGS_BYTES_MAX: usize = 60_000;

/// What recording a plan did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanReport {
    /// New events, by type.
    pub recorded: BTreeMap<EventKind, u64>,
    /// Events that an earlier run recorded.
    pub unchanged: u64,
    /// Steps that were accepted as derived.
    pub accepted: usize,
    /// Steps that were recorded with other values.
    pub changed: usize,
    /// Steps that were refused, or refused with another.
    pub refused: usize,
}

impl PlanReport {
    /// How many events were recorded.
    #[must_use]
    pub fn recorded_count(&self) -> u64 {
        self.recorded.values().sum()
    }
}

/// The id of the event that receives a source.
pub(super) fn source_event(builder: &Builder<'_>) -> EventId {
    builder.event("source", EventKind::SourceReceived, 0)
}

/// The id of a review of a plan.
pub(super) fn review_event(builder: &Builder<'_>, ordinal: usize) -> EventId {
    builder.event("plan", EventKind::ReviewPerformed, ordinal)
}

/// Records a plan whose every step is decided. All of it is checked before any of it is recorded.
///
/// # Errors
/// A plan for another document, log or state of it; steps without a decision; and subjects about which something was recorded since the
/// plan was made, each named.
pub fn record(
    ledger: &Ledger,
    prepared: &Prepared,
    importer: &Importer,
    plan: &Plan,
) -> Result<PlanReport, LedgerError> {
    let reader = ledger.reader();
    if standing(&reader, prepared, importer)? == Standing::First {
        let (register, document) = (prepared.register().clone(), prepared.sha256());
        return Err(NextError::FirstSource { register, document }.into());
    }
    let size = plan.size();
    let root = if size <= reader.size() { Some(reader.log().root_at(size)?.to_base64()) } else { None };
    plan.check(prepared.register().as_str(), prepared.sha256(), root.as_deref())?;
    let table = next_table(&reader, prepared, importer, size)?;
    let decided = plan.decide(&table)?;
    let builder = Builder::new(prepared, importer)?;
    let wanted = wanted(&builder, &table, &decided, &exists(&reader, prepared));
    let review = Findings { table: &table, decided: &decided }.texts();
    let held = Held::look(&reader, &wanted)?;
    let reviewed = held_reviews(&reader, &builder, &review)?;
    held.refuse_conflicts(&reader, &wanted, size)?;
    let (commands, mut recorded) = commands(&reader, importer, &wanted, &held);
    if !commands.is_empty() {
        // The document is durable before the first commit that names it.
        ledger.blobs().put(&prepared.folder().document).map_err(docket_log::LogError::from)?;
        ledger.submit(commands)?;
    }
    let unchanged = held.events.len() + reviewed;
    if reviewed < review.len() {
        let reviews = review_commands(&reader, prepared, importer, &builder, &wanted, review)?;
        *recorded.entry(EventKind::ReviewPerformed).or_default() += reviews.len() as u64;
        ledger.submit(reviews)?;
    }
    let count = |wanted: fn(&Decision) -> bool| {
        decided.iter().filter(|(_, decided)| wanted(&decided.decision)).count()
    };
    Ok(PlanReport {
        recorded,
        unchanged: unchanged as u64,
        accepted: count(|decision| *decision == Decision::Accept),
        changed: count(|decision| matches!(decision, Decision::Change(_))),
        refused: count(|decision| matches!(decision, Decision::Refuse | Decision::RefusedWith(_))),
    })
}

/// Whether a recommendation was there when the plan was made; what the plan registers itself does not count.
fn exists(reader: &Reader, prepared: &Prepared) -> impl Fn(&NextTable, &Key) -> bool {
    let (reader, register) = (reader.clone(), prepared.register().clone());
    move |table, key| {
        let subject = Subject::Recommendation(register.clone(), key.clone());
        reader.projection().knowledge(table.head.size).version(&subject) > 0
    }
}

/// The steps to be recorded, grouped into commands: the document with its fragments, registrations, and then one command for each
/// recommendation.
pub(super) fn wanted(
    builder: &Builder<'_>,
    table: &NextTable,
    decided: &[(&Step, Decided)],
    exists: &impl Fn(&NextTable, &Key) -> bool,
) -> Vec<Vec<DomainStep>> {
    let mut groups = vec![builder.source().steps.into_iter().map(|step| step.step).collect::<Vec<_>>()];
    let mut redirected: BTreeMap<&str, Subject> = BTreeMap::new();
    let mut statements: Vec<Vec<DomainStep>> = Vec::new();
    let mut places: BTreeMap<Subject, usize> = BTreeMap::new();
    for (step, decided) in decided {
        let change = match &decided.decision {
            Decision::Accept => Change::default(),
            Decision::Change(change) => change.clone(),
            Decision::Refuse | Decision::RefusedWith(_) => continue,
        };
        let required = step.requires.as_deref().and_then(|required| redirected.get(required));
        let mut subject = required.unwrap_or(&step.subject).clone();
        if let Some(key) = &change.recommendation {
            let register = table.register.clone();
            subject = Subject::Recommendation(register, key.clone());
            if step.kind == StepKind::New {
                redirected.insert(&step.id, subject.clone());
                if exists(table, key) {
                    // The row is another printing of that recommendation: there is nothing to register.
                    continue;
                }
            }
        }
        let action = changed(step, &change, decided.reason.as_deref(), &subject);
        let domain = DomainStep { event: step.event, subject: subject.clone(), expect_version: None, action };
        if step.kind == StepKind::New {
            groups.push(vec![domain]);
        } else {
            let place = *places.entry(subject).or_insert(statements.len());
            match statements.get_mut(place) {
                Some(group) => group.push(domain),
                None => statements.push(vec![domain]),
            }
        }
    }
    groups.extend(statements);
    groups
}

/// The action with the reviewer's values and, where the event has a place for it, the reason.
fn changed(step: &Step, change: &Change, reason: Option<&str>, subject: &Subject) -> Action {
    let mut action = step.action.clone();
    let is_change = *change != Change::default();
    let why = reason.unwrap_or_default();
    let read = step.new.as_deref().unwrap_or("unreadable");
    let reviewed = |what: &str| format!("read as {what} by the reviewer, printed as {read:?}: {why}");
    match &mut action {
        Action::Record(Data::StatusReported(status)) => {
            if let Some(label) = &change.label {
                return Action::ReportStatus(ReportStatus {
                    label: label.clone(),
                    effective: Some(status.effective.clone()),
                    asserter: Some(status.asserter.clone()),
                    reason: Some(reviewed(label.as_str())),
                    source_url: None,
                    source: status.source.clone(),
                });
            }
        }
        Action::ReportStatus(report) if is_change => {
            if let Some(label) = &change.label {
                report.label = label.clone();
            }
            report.reason = Some(match &change.label {
                Some(label) => reviewed(label.as_str()),
                None => format!("aligned by the reviewer: {why}"),
            });
        }
        Action::Record(Data::NoteRecorded(note)) if is_change => {
            if let Some(text) = &change.text {
                note.text.clone_from(text);
            }
            note.reason = Some(match &change.text {
                Some(_) => format!("words given by the reviewer: {why}"),
                None => format!("aligned by the reviewer: {why}"),
            });
        }
        Action::Record(Data::RecommendationAmended(amendment)) => {
            if let Some(text) = &change.text {
                amendment.text = Some(text.clone());
            }
            if !why.is_empty() {
                amendment.reason = format!("{}; the reviewer: {why}", amendment.reason);
            }
        }
        Action::Record(Data::RecommendationRegistered(row)) => {
            if let Some(key) = subject.key() {
                row.key = key.clone();
            }
            if let Some(text) = &change.text {
                row.text = Some(text.clone());
            }
        }
        _ => {}
    }
    action
}

/// The wanted events that the log holds already.
pub(super) struct Held {
    events: BTreeSet<EventId>,
    /// Those of them that say something else there.
    altered: Vec<EventId>,
}

/// A remark is on the word of whoever began to record the plan; who finishes it makes no difference.
fn by_whoever_recorded(step: &DomainStep, recorded: &Event<ResolvedText>) -> DomainStep {
    let mut step = step.clone();
    if let (Action::Record(Data::NoteRecorded(note)), Data::NoteRecorded(there)) =
        (&mut step.action, &recorded.data)
        && note.role == NoteRole::Annotation
    {
        note.asserter = there.asserter.clone();
    }
    step
}

impl Held {
    pub(super) fn look(reader: &Reader, wanted: &[Vec<DomainStep>]) -> Result<Self, LedgerError> {
        let mut held = Self { events: BTreeSet::new(), altered: Vec::new() };
        for step in wanted.iter().flatten() {
            let Some(recorded) = resolved(reader, step.event)? else { continue };
            if is_same(&by_whoever_recorded(step, &recorded), &recorded) {
                held.events.insert(step.event);
            } else {
                held.altered.push(step.event);
            }
        }
        Ok(held)
    }

    /// A subject that still lacks events must not have moved on since the plan was made, but by the plan itself.
    fn refuse_conflicts(
        &self,
        reader: &Reader,
        wanted: &[Vec<DomainStep>],
        size: u64,
    ) -> Result<(), NextError> {
        if !self.altered.is_empty() {
            return Err(NextError::OtherDecisions);
        }
        let projection = reader.projection();
        let (then, now) = (projection.knowledge(size), projection.knowledge(reader.size()));
        let mut open: BTreeMap<&Subject, u64> = BTreeMap::new();
        let mut own: BTreeMap<&Subject, u64> = BTreeMap::new();
        for step in wanted.iter().flatten() {
            let counts = if self.events.contains(&step.event) { &mut own } else { &mut open };
            *counts.entry(&step.subject).or_default() += 1;
        }
        let moved = open.keys().filter_map(|&subject| {
            let own = own.get(subject).copied().unwrap_or(0);
            let foreign = now.version(subject).saturating_sub(then.version(subject) + own);
            let name = subject.key().map_or_else(|| subject.to_string(), ToString::to_string);
            let events = if foreign == 1 { "event" } else { "events" };
            (foreign > 0).then(|| format!("{name} has {foreign} {events} since"))
        });
        let subjects: Vec<String> = moved.collect();
        if subjects.is_empty() { Ok(()) } else { Err(NextError::Conflicts { size, subjects }) }
    }
}

/// An event of the log with its words.
pub(crate) fn resolved(reader: &Reader, id: EventId) -> Result<Option<Event<ResolvedText>>, LedgerError> {
    let size = reader.size();
    let found = reader.ask(|projection| projection.knowledge(size).event(id).map(|event| event.index))?;
    let Some(index) = found else { return Ok(None) };
    let stored = reader.log().event(index)?;
    let event = Event::clone(&stored.entry.event);
    let data = resolve(event.data, reader.log().openings(&stored)?)?;
    Ok(Some(Event {
        index,
        id: event.id,
        subject: event.subject,
        version: event.version,
        recorded_at: event.recorded_at,
        actor: event.actor,
        actor_basis: event.actor_basis,
        command: event.command,
        data,
    }))
}

/// The commands for what is missing, each with the version that its subject must still have.
pub(super) fn commands(
    reader: &Reader,
    importer: &Importer,
    wanted: &[Vec<DomainStep>],
    held: &Held,
) -> (Vec<Command>, BTreeMap<EventKind, u64>) {
    let projection = reader.projection();
    let knowledge = projection.knowledge(reader.size());
    let mut recorded: BTreeMap<EventKind, u64> = BTreeMap::new();
    let mut commands = Vec::new();
    let mut registered: BTreeSet<&Subject> = BTreeSet::new();
    for group in wanted {
        let mut steps: Vec<DomainStep> =
            group.iter().filter(|step| !held.events.contains(&step.event)).cloned().collect();
        for step in &steps {
            *recorded.entry(kind(&step.action)).or_default() += 1;
        }
        if let Some(first) = steps.first_mut() {
            // Of a subject that this very request registers the version is only known to the writer.
            if !registered.contains(&first.subject) {
                first.expect_version = Some(knowledge.version(&first.subject));
            }
            registered.extend(group.first().map(|step| &step.subject));
            commands.push(command(importer, steps));
        }
    }
    (commands, recorded)
}

fn command(importer: &Importer, steps: Vec<DomainStep>) -> Command {
    let events: Vec<u8> = steps.iter().flat_map(|step| step.event.to_bytes()).collect();
    Command {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &events).into(),
        actor: importer.actor.clone(),
        actor_basis: importer.actor_basis,
        steps,
    }
}

fn kind(action: &Action) -> EventKind {
    match action {
        Action::ReportStatus(_) => EventKind::StatusReported,
        Action::Correct(_) => EventKind::EventCorrected,
        Action::Record(data) => data.kind(),
    }
}

/// What was decided, in words, for whoever reads the log later.
struct Findings<'a> {
    table: &'a NextTable,
    decided: &'a [(&'a Step, Decided)],
}

impl Findings<'_> {
    /// The findings, in texts that each fit into an event.
    fn texts(&self) -> Vec<String> {
        let count = |wanted: fn(&Decision) -> bool| {
            self.decided.iter().filter(|(_, decided)| wanted(&decided.decision)).count()
        };
        let mut texts = vec![format!(
            "Decisions on the document with SHA-256 {}, planned at size {}: {} steps accepted, {} changed, {} refused.",
            self.table.document,
            self.table.head.size,
            count(|decision| *decision == Decision::Accept),
            count(|decision| matches!(decision, Decision::Change(_))),
            count(|decision| matches!(decision, Decision::Refuse | Decision::RefusedWith(_))),
        )];
        for line in self.decided.iter().filter_map(|(step, decided)| line_of(step, decided)) {
            match texts.last_mut() {
                Some(text) if text.len() + line.len() < FINDINGS_BYTES_MAX => {
                    text.push('\n');
                    text.push_str(&line);
                }
                _ => texts.push(line),
            }
        }
        texts
    }
}

/// One decision that is worth a line: every one that is no plain acceptance, and every acceptance of a problem.
///
/// Words are named by their place, never quoted: a quotation would outlive the redaction of what it quotes. Labels are vocabulary.
fn line_of(step: &Step, decided: &Decided) -> Option<String> {
    let (verb, reason) = match (&decided.decision, &decided.reason) {
        (Decision::Accept, reason) => match (&step.problem, reason) {
            (None, None) => return None,
            (None, reason) => ("accepted".to_owned(), reason),
            // The problem is the one derived from the log and the document: the plan's own can be struck out.
            (Some(problem), reason) => (format!("accepted, although {problem}"), reason),
        },
        (Decision::Change(change), reason) => (changed_to(change), reason),
        (Decision::Refuse, reason) => ("refused".to_owned(), reason),
        (Decision::RefusedWith(other), reason) => (format!("refused with {other}"), reason),
    };
    let Step { id, kind, recommendation, event, lines, .. } = step;
    let lines: Vec<String> = lines.iter().map(|lines| format!("{}-{}", lines.first, lines.last)).collect();
    let lines = if lines.is_empty() {
        String::new()
    } else {
        format!(", lines {} of the document", lines.join(", "))
    };
    let reason = reason.as_ref().map(|reason| format!(" Reason: {}", shortened(reason))).unwrap_or_default();
    let kind = kind.as_str();
    Some(format!("{id} ({kind}, recommendation {recommendation}), event {event}{lines}: {verb}.{reason}"))
}

fn changed_to(change: &Change) -> String {
    let label = change.label.as_ref().map(|label| format!("status {label}"));
    let text = change.text.as_ref().map(|_| "the words of that event".to_owned());
    let recommendation = change.recommendation.as_ref().map(|key| format!("recommendation {key}"));
    let parts: Vec<String> = [label, text, recommendation].into_iter().flatten().collect();
    format!("changed to {}", parts.join(", "))
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(REASON_CHARACTERS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// How many of the reviews are recorded. Another review of the same document is refused: its decisions were others.
fn held_reviews(reader: &Reader, builder: &Builder<'_>, texts: &[String]) -> Result<usize, LedgerError> {
    let mut held = 0;
    for (ordinal, text) in texts.iter().enumerate() {
        let Some(event) = resolved(reader, review_event(builder, ordinal))? else { break };
        match &event.data {
            Data::ReviewPerformed(review) => match &review.findings {
                ResolvedText::Words(words) if words != text => return Err(NextError::OtherDecisions.into()),
                ResolvedText::Words(_) | ResolvedText::Redacted(_) => held += 1,
            },
            _ => return Err(NextError::OtherDecisions.into()),
        }
    }
    Ok(held)
}

/// The reviews that are missing. Their range is that of the plan's events, from the document to the last statement.
fn review_commands(
    reader: &Reader,
    prepared: &Prepared,
    importer: &Importer,
    builder: &Builder<'_>,
    wanted: &[Vec<DomainStep>],
    texts: Vec<String>,
) -> Result<Vec<Command>, LedgerError> {
    let size = reader.size();
    let indexes: Vec<u64> = reader.ask(|projection| {
        let knowledge = projection.knowledge(size);
        let steps = wanted.iter().flatten();
        steps.filter_map(|step| knowledge.event(step.event).map(|event| event.index)).collect()
    })?;
    let (first, last) = (indexes.iter().min(), indexes.iter().max());
    let (Some(&from_index), Some(&to_index)) = (first, last) else { return Err(LedgerError::Empty) };
    let recorded = reader.ask(|projection| {
        let knowledge = projection.knowledge(size);
        let is_there = |ordinal: &usize| knowledge.event(review_event(builder, *ordinal)).is_some();
        (0..texts.len()).filter(is_there).collect::<BTreeSet<usize>>()
    })?;
    let missing = texts.into_iter().enumerate().filter_map(|(ordinal, findings)| {
        let event = review_event(builder, ordinal);
        if recorded.contains(&ordinal) {
            return None;
        }
        let data = ReviewPerformed { asserter: builder.curator().clone(), findings, from_index, to_index };
        let subject = Subject::Review(prepared.register().clone(), Uuid::from_bytes(event.to_bytes()));
        let action = Action::Record(Data::ReviewPerformed(data));
        Some(command(importer, vec![DomainStep { event, subject, expect_version: None, action }]))
    });
    Ok(missing.collect())
}
