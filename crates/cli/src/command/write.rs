//! What all commands that record share: who, under which id, and what is said about the outcome.

use std::path::Path;

use docket_domain::effective::{Effective, parse_effective};
use docket_domain::term::ActorBasis;
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, EventId, RegisterId, Step, Subject, Timestamp, Zone,
};
use docket_ledger::clock::{Clock as _, SystemClock};
use docket_ledger::{Ledger, OpenOptions, Outcome, Reader};
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
    reader: Reader,
    actor: Actor,
    /// What this command recorded when it was given before.
    earlier: Option<Earlier>,
}

/// An event that a command with the same id recorded.
struct Earlier {
    event: EventId,
    target: Option<EventId>,
}

/// Records one statement as one command, and prints what became of it.
pub(super) fn record(
    data: &Path,
    options: &WriteOptions,
    state: impl FnOnce(&Recorder<'_>) -> Result<Statement, CliError>,
) -> Result<Verdict, CliError> {
    let (actor, actor_basis) = actor::resolve(options.by.as_ref())?;
    let recorded = session::writing(OpenOptions::new(data), |ledger| {
        let reader = ledger.reader();
        let earlier = options.command_id.and_then(|id| earlier(&reader, &actor, id));
        let recorder = Recorder { data, options, reader, actor: actor.clone(), earlier };
        let statement = state(&recorder)?;
        recorder.submit(ledger, actor_basis, statement)
    })?;
    match options.format {
        ReportFormat::Json => output::print_json(&recorded)?,
        ReportFormat::Table => output::print(&recorded.to_string())?,
    }
    Ok(Verdict::Done)
}

/// The event that this command recorded before. Its id is kept, so that a retry is recognised by its content, and its target, so that a default
/// that has moved on since does not make another command of it.
fn earlier(reader: &Reader, actor: &Actor, command: CommandId) -> Option<Earlier> {
    let size = reader.size();
    let projection = reader.projection();
    let knowledge = projection.knowledge(size);
    let mut events = (0..size).filter_map(|index| knowledge.event_at(index));
    let event = events.find(|event| event.command == command && event.actor == *actor)?;
    Some(Earlier { event: event.id, target: event.data.target() })
}

impl Recorder<'_> {
    /// Who records, as the asserter of a finding.
    pub(super) fn asserter(&self) -> Result<Asserter, CliError> {
        Asserter::new(self.actor.as_str()).map_err(|source| CliError::UserName { source })
    }

    /// The event that this command spoke about when it was given before.
    pub(super) fn earlier_target(&self) -> Option<EventId> {
        self.earlier.as_ref().and_then(|earlier| earlier.target)
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
        let projection = self.reader.projection();
        let view = subject.register().and_then(|register| projection.knowledge(size).register(register));
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
        let status = self.reader.projection().knowledge(size).status(subject, tomorrow);
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

    fn submit(
        &self,
        ledger: &Ledger,
        actor_basis: ActorBasis,
        statement: Statement,
    ) -> Result<Recorded, CliError> {
        let event = self.earlier.as_ref().map_or_else(|| new_id().into(), |earlier| earlier.event);
        let step = Step {
            event,
            subject: statement.subject,
            expect_version: self.options.expect_version,
            action: statement.action,
        };
        let id = self.options.command_id.unwrap_or_else(|| new_id().into());
        let command = Command { id, actor: self.actor.clone(), actor_basis, steps: vec![step] };
        let outcomes = ledger.submit(vec![command])?;
        Recorded::new(outcomes, |size| {
            Ok(self.reader.log().checkpoint_from(size)?.map(|note| note.to_string()))
        })
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
struct Recorded {
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
