//! What all commands that record share: who, under which id, and what is said about the outcome.

use std::path::Path;

use docket_domain::effective::{Effective, parse_effective};
use docket_domain::term::ActorBasis;
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, EventId, RegisterId, Step, Subject, Timestamp, Zone, decide,
};
use docket_ledger::clock::{Clock as _, SystemClock};
use docket_ledger::{Ledger, LedgerError, OpenOptions, Outcome, Reader};
use docket_log::LogError;
use docket_projection::EventReference;
use serde::Serialize;
use uuid::Uuid;

use crate::args::{ReportFormat, WriteOptions};
use crate::error::{CliError, Verdict};
use crate::{actor, output, session};

/// What is to be said about which subject.
pub(super) struct Statement {
    pub(super) subject: Subject,
    pub(super) action: Action,
}

/// An open log, asked while a statement is put together.
pub(super) struct Recorder<'a> {
    data: &'a Path,
    options: &'a WriteOptions,
    ledger: &'a Ledger,
    reader: Reader,
    actor: Actor,
    /// What this command recorded when it was given before, in order.
    earlier: Vec<Earlier>,
}

/// An event that a command with the same id recorded.
struct Earlier {
    event: EventId,
    subject: Subject,
    target: Option<EventId>,
}

/// Records one statement as one command, and prints what became of it.
pub(super) fn record(
    data: &Path,
    options: &WriteOptions,
    state: impl FnOnce(&Recorder<'_>) -> Result<Statement, CliError>,
) -> Result<Verdict, CliError> {
    record_all(data, options, |recorder| Ok(vec![state(recorder)?]))
}

/// Records several statements as one command, all or none, and prints what became of them.
pub(super) fn record_all(
    data: &Path,
    options: &WriteOptions,
    state: impl FnOnce(&Recorder<'_>) -> Result<Vec<Statement>, CliError>,
) -> Result<Verdict, CliError> {
    let (actor, actor_basis) = actor::resolve(options.by.as_ref())?;
    let recorded = session::writing(OpenOptions::new(data), |ledger| {
        let reader = ledger.reader();
        let earlier = match options.command_id {
            Some(id) => earlier(&reader, &actor, id)?,
            None => Vec::new(),
        };
        let recorder = Recorder { data, options, ledger, reader, actor: actor.clone(), earlier };
        let statements = state(&recorder)?;
        recorder.submit(actor_basis, statements)
    })?;
    recorded.print(options.format)?;
    Ok(Verdict::Done)
}

/// The events that this command recorded before. Their ids are kept, so that a retry is recognised by its content, and what they are about,
/// so that a default that has moved on since does not make another command of it.
fn earlier(reader: &Reader, actor: &Actor, command: CommandId) -> Result<Vec<Earlier>, LedgerError> {
    let size = reader.size();
    reader.ask(|projection| {
        let knowledge = projection.knowledge(size);
        let events = projection.command(actor, command).into_iter().flatten();
        events
            .filter_map(|index| knowledge.event_at(index))
            .map(|event| Earlier {
                event: event.id,
                subject: event.subject.clone(),
                target: event.data.target(),
            })
            .collect()
    })
}

impl Recorder<'_> {
    /// Who records, as the asserter of a finding.
    pub(super) fn asserter(&self) -> Result<Asserter, CliError> {
        Asserter::new(self.actor.as_str()).map_err(|source| CliError::UserName { source })
    }

    /// The event that this command spoke about when it was given before.
    pub(super) fn earlier_target(&self) -> Option<EventId> {
        self.earlier.first().and_then(|earlier| earlier.target)
    }

    /// The subject of a statement that is the first about it: a new one, or the one that this command made when it was given before.
    pub(super) fn new_subject(&self, ordinal: usize, make: impl FnOnce(Uuid) -> Subject) -> Subject {
        match self.earlier.get(ordinal) {
            Some(earlier) => earlier.subject.clone(),
            None => make(Uuid::from_bytes(self.event_id(ordinal).to_bytes())),
        }
    }

    /// What is open, for commands that ask it themselves.
    pub(super) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Makes a document durable, after looking whether the statement about it would be recorded: one that is refused leaves nothing behind.
    pub(super) fn keep(&self, statement: &Statement, document: &[u8]) -> Result<(), CliError> {
        if self.earlier.is_empty() {
            let step = self.step(0, statement, self.options.expect_version);
            let size = self.reader.size();
            let decided = self
                .reader
                .ask(|projection| decide(&projection.knowledge(size), &self.actor, &step, now()))?;
            decided.map_err(|refusal| LedgerError::Refused {
                what: statement.subject.to_string(),
                refusal: Box::new(refusal),
            })?;
        }
        self.ledger.blobs().put(document).map_err(LogError::from)?;
        Ok(())
    }

    /// The recommendation meant by a number or key.
    pub(super) fn recommendation(&self, wanted: &str) -> Result<Subject, CliError> {
        Ok(self.reader.recommendation(&self.register()?, wanted)?)
    }

    /// The event meant by an id or `7@3`.
    pub(super) fn event(&self, wanted: &str) -> Result<EventReference, CliError> {
        super::read::event(&self.reader, self.options.register.as_ref(), wanted, self.reader.size())
    }

    /// The publisher of the subject's register: on whose word things are stated by default.
    pub(super) fn publisher(&self, subject: &Subject) -> Result<Asserter, CliError> {
        let size = self.reader.size();
        let view = self.reader.ask(|projection| {
            subject.register().and_then(|register| projection.knowledge(size).register(register))
        })?;
        view.map(|view| view.opened.content.publisher).ok_or_else(|| self.no_register())
    }

    /// An interval as typed, in the zone of the subject's register.
    pub(super) fn effective(
        &self,
        subject: &Subject,
        typed: Option<&str>,
    ) -> Result<Option<Effective<String>>, CliError> {
        let zone = self.zone(subject);
        let parse = |typed| parse_effective(typed, zone).map_err(|problem| CliError::Date { zone, problem });
        typed.map(parse).transpose()
    }

    /// The same where data must bear an interval: without one, it begins when it is recorded.
    pub(super) fn effective_or_recorded(
        &self,
        subject: &Subject,
        typed: Option<&str>,
    ) -> Result<Effective<String>, CliError> {
        // The moment of recording is filled in by the rules; this one only stands in its place.
        Ok(self.effective(subject, typed)?.unwrap_or_else(|| Effective::recorded(Timestamp::EPOCH)))
    }

    /// The event that states the status which holds today.
    pub(super) fn claim_today(&self, subject: &Subject) -> Result<EventId, CliError> {
        let zone = self.zone(subject);
        let date = |problem| CliError::Date { zone, problem };
        let tomorrow = zone.end_of(now().day_in(zone)).map_err(date)?;
        let size = self.reader.size();
        let status = self.reader.ask(|projection| projection.knowledge(size).status(subject, tomorrow))?;
        status
            .map(|status| status.statement.provenance.event)
            .ok_or_else(|| CliError::NoClaim { subject: subject.clone() })
    }

    fn zone(&self, subject: &Subject) -> Zone {
        self.reader.zone(subject.register())
    }

    /// The one register, or the one named.
    pub(super) fn register(&self) -> Result<RegisterId, CliError> {
        self.reader.register(self.options.register.as_ref())?.ok_or_else(|| self.no_register())
    }

    fn no_register(&self) -> CliError {
        CliError::NoRegister { data: self.data.to_owned() }
    }

    fn submit(&self, actor_basis: ActorBasis, statements: Vec<Statement>) -> Result<Recorded, CliError> {
        let mut subjects: Vec<Subject> = Vec::new();
        let mut steps = Vec::new();
        for (ordinal, statement) in statements.into_iter().enumerate() {
            // The version is that of before the command: its own statements move it on.
            let first = !subjects.contains(&statement.subject);
            steps.push(self.step(ordinal, &statement, self.options.expect_version.filter(|_| first)));
            subjects.push(statement.subject);
        }
        let id = self.options.command_id.unwrap_or_else(|| new_id().into());
        let command = Command { id, actor: self.actor.clone(), actor_basis, steps };
        Recorded::of(self.ledger.submit(vec![command])?, &self.reader)
    }

    fn step(&self, ordinal: usize, statement: &Statement, expect_version: Option<u64>) -> Step {
        let Statement { subject, action } = statement;
        Step {
            event: self.event_id(ordinal),
            subject: subject.clone(),
            expect_version,
            action: action.clone(),
        }
    }

    /// The id of the event that a statement makes: the one of before for a retry, a new one otherwise.
    fn event_id(&self, ordinal: usize) -> EventId {
        match self.earlier.get(ordinal) {
            Some(earlier) => earlier.event,
            None => new_id().into(),
        }
    }
}

/// Now, by the one wall clock.
pub(super) fn now() -> Timestamp {
    Timestamp::EPOCH.plus_micros(SystemClock::new().read().wall_micros)
}

/// A UUID v7 of this moment.
pub(super) fn new_id() -> Uuid {
    let micros = u64::try_from(now().as_micros()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000 * 1000).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, micros / 1_000_000, nanos))
}

/// What a command that records says in JSON.
#[derive(Debug, Serialize)]
pub(super) struct Recorded {
    events: Vec<RecordedEvent>,
    repeated: bool,
    size: u64,
    root: String,
    checkpoint: Option<String>,
}

#[derive(Debug, Serialize)]
struct RecordedEvent {
    event: String,
    index: u64,
    subject: String,
    version: u64,
    recorded_at: String,
    #[serde(skip)]
    name: String,
}

impl Recorded {
    /// What became of commands, with the checkpoint that covers them.
    pub(super) fn of(outcomes: Vec<Outcome>, reader: &Reader) -> Result<Self, CliError> {
        Self::new(outcomes, |size| Ok(reader.log().checkpoint_from(size)?.map(|note| note.to_string())))
    }

    /// Prints it.
    pub(super) fn print(&self, format: ReportFormat) -> Result<(), CliError> {
        match format {
            ReportFormat::Json => output::print_json(self),
            ReportFormat::Table => output::print(&self.to_string()),
        }
    }

    fn new(
        outcomes: Vec<Outcome>,
        checkpoint: impl Fn(u64) -> Result<Option<String>, CliError>,
    ) -> Result<Self, CliError> {
        let mut recorded =
            Self { events: Vec::new(), repeated: true, size: 0, root: String::new(), checkpoint: None };
        for outcome in outcomes {
            recorded.repeated &= outcome.repeated;
            recorded.size = outcome.head.size;
            recorded.root = outcome.head.root.to_base64();
            recorded.events.extend(outcome.events.iter().map(RecordedEvent::from));
        }
        recorded.checkpoint = checkpoint(recorded.size)?;
        Ok(recorded)
    }
}

impl From<&docket_ledger::Recorded> for RecordedEvent {
    fn from(recorded: &docket_ledger::Recorded) -> Self {
        let subject = recorded.subject.to_string();
        let short = recorded.subject.key().map_or_else(|| subject.clone(), ToString::to_string);
        Self {
            event: recorded.event.to_string(),
            index: recorded.index,
            name: format!("{short}@{}", recorded.version),
            subject,
            version: recorded.version,
            recorded_at: recorded.recorded_at.to_string(),
        }
    }
}

impl std::fmt::Display for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let done = if self.repeated { "already recorded" } else { "recorded" };
        for RecordedEvent { name, event, recorded_at, .. } in &self.events {
            writeln!(
                f,
                "{done} {name} (event {event}) at {recorded_at}; the log has {} entries, root {}",
                self.size, self.root
            )?;
        }
        Ok(())
    }
}
