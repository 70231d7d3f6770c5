//! Planning: commands become drafts of entries, or are refused. Nothing is written here.
//!
//! What is planned is applied to the projection at once, so that later commands of the same batch see it; readers do not, because they
//! are pinned to the published size. If a command is refused half-way, or nothing could be written, it is taken back.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use docket_domain::{
    Action, Actor, Command, CommandId, Data, Event, EventKind, Origin, Refusal, Step, Subject, Timestamp,
    decide,
};
use docket_log::Draft;
use docket_log::entry::Entry;
use docket_log::seal::{SaltSource, SealedText, seal};
use docket_projection::Projection;

use crate::clock::{Reading, Stamps};
use crate::error::LedgerError;

/// A projection shared between the writer and the readers.
pub(crate) type SharedProjection = Arc<RwLock<Projection<SealedText>>>;

/// Where the events of a command stand: from the first index, so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// The state that planning needs besides the projection.
pub(crate) struct Planner<S> {
    projection: SharedProjection,
    origin: Origin,
    salts: S,
    stamps: Stamps,
    /// The leaf hash of each subject's last entry.
    heads: HashMap<Subject, [u8; 32]>,
    commands: HashMap<(Actor, CommandId), Span>,
    /// The commands that are planned, but not durable: a repeat of one in the same group is compared with it.
    fresh: HashMap<(Actor, CommandId), Command>,
    undo: Vec<Undo>,
}

/// How to take back one planned event.
struct Undo {
    subject: Subject,
    head: Option<[u8; 32]>,
    /// The command, if this was its first event.
    begins: Option<(Actor, CommandId)>,
}

/// A place to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bookmark {
    planned: usize,
    last: Option<Timestamp>,
}

impl<S: SaltSource> Planner<S> {
    pub(crate) fn new(projection: SharedProjection, origin: Origin, salts: S, stamps: Stamps) -> Self {
        Self {
            projection,
            origin,
            salts,
            stamps,
            heads: HashMap::new(),
            commands: HashMap::new(),
            fresh: HashMap::new(),
            undo: Vec::new(),
        }
    }

    /// Takes note of an event that is already recorded.
    pub(crate) fn remember(&mut self, event: &Event<SealedText>, leaf: [u8; 32]) {
        self.heads.insert(event.subject.clone(), leaf);
        let key = (event.actor.clone(), event.command);
        let span = self.commands.entry(key).or_insert(Span { first: event.index, count: 0 });
        span.count += 1;
    }

    /// The events of a command that was recorded or planned before.
    pub(crate) fn recorded(&self, command: &Command) -> Option<Span> {
        self.commands.get(&(command.actor.clone(), command.id)).copied()
    }

    /// The command of this id, if it is planned and not durable yet.
    pub(crate) fn planned(&self, command: &Command) -> Option<&Command> {
        self.fresh.get(&(command.actor.clone(), command.id))
    }

    pub(crate) fn bookmark(&self) -> Bookmark {
        Bookmark { planned: self.undo.len(), last: self.stamps.last() }
    }

    /// Forgets how to take back: what was planned is durable.
    pub(crate) fn settle(&mut self) {
        self.undo.clear();
        self.fresh.clear();
    }

    /// Takes back what was planned since the bookmark, but for the entries before `durable`.
    pub(crate) fn rewind_to(&mut self, bookmark: Bookmark, durable: u64) {
        let size = self.projection.read().unwrap_or_else(PoisonError::into_inner).size();
        let taken_back = usize::try_from(size.saturating_sub(durable)).unwrap_or(usize::MAX);
        let planned = self.undo.len().saturating_sub(taken_back).max(bookmark.planned);
        let last = if planned == bookmark.planned { bookmark.last } else { self.stamps.last() };
        self.rewind(Bookmark { planned, last });
        self.settle();
    }

    /// Takes back everything planned since the bookmark.
    pub(crate) fn rewind(&mut self, bookmark: Bookmark) {
        let taken_back: Vec<Undo> = self.undo.drain(bookmark.planned..).collect();
        let mut projection = self.projection.write().unwrap_or_else(PoisonError::into_inner);
        let size = projection.size() - taken_back.len() as u64;
        projection.truncate(size);
        for undo in taken_back.into_iter().rev() {
            match undo.head {
                Some(head) => self.heads.insert(undo.subject, head),
                None => self.heads.remove(&undo.subject),
            };
            if let Some(command) = undo.begins {
                self.commands.remove(&command);
                self.fresh.remove(&command);
            }
        }
        self.stamps.rewind(bookmark.last);
    }

    /// Plans a command: one draft a step. A refusal takes its earlier steps back.
    pub(crate) fn plan(&mut self, command: &Command, now: Reading) -> Result<Vec<Draft>, LedgerError> {
        if command.steps.is_empty() {
            return Err(LedgerError::Empty);
        }
        let redactions = command.steps.iter().filter(|step| is_redaction(step)).count();
        if redactions > 0 && redactions < command.steps.len() {
            return Err(LedgerError::RedactionNotAlone);
        }
        let bookmark = self.bookmark();
        let drafts: Result<Vec<Draft>, LedgerError> =
            command.steps.iter().map(|step| self.plan_step(command, step, now)).collect();
        match &drafts {
            Ok(_) => drop(self.fresh.insert((command.actor.clone(), command.id), command.clone())),
            Err(_) => self.rewind(bookmark),
        }
        drafts
    }

    fn plan_step(&mut self, command: &Command, step: &Step, now: Reading) -> Result<Draft, LedgerError> {
        refuse_acts(step)?;
        let recorded_at = self.stamps.next(now)?;
        let mut projection = self.projection.write().unwrap_or_else(PoisonError::into_inner);
        if projection.event(step.event).is_some() {
            return Err(LedgerError::EventExists { event: step.event });
        }
        let data = decide(&projection.newest(), &command.actor, step, recorded_at).map_err(|refusal| {
            LedgerError::Refused { what: step.subject.to_string(), refusal: Box::new(refusal) }
        })?;
        let (data, openings) = seal(data, &mut self.salts)?;
        let event = Event {
            index: projection.size(),
            id: step.event,
            subject: step.subject.clone(),
            version: projection.newest().version(&step.subject) + 1,
            recorded_at,
            actor: command.actor.clone(),
            actor_basis: command.actor_basis,
            command: command.id,
            data,
        };
        let head = self.heads.get(&step.subject).copied();
        let entry = Entry { origin: self.origin.clone(), previous: head, event };
        let mut bytes = Vec::new();
        for opening in &openings {
            opening.encode_into(&mut bytes);
        }
        let draft = Draft::new(entry, bytes)
            .map_err(|source| LedgerError::Entry { what: step.subject.to_string(), source })?;
        projection.apply(Arc::new(draft.entry.event.clone()))?;
        drop(projection);
        self.note(&draft, head);
        Ok(draft)
    }

    fn note(&mut self, draft: &Draft, head: Option<[u8; 32]>) {
        let event = &draft.entry.event;
        let key = (event.actor.clone(), event.command);
        let begins = (!self.commands.contains_key(&key)).then_some(key);
        self.undo.push(Undo { subject: event.subject.clone(), head, begins });
        self.remember(event, draft.leaf.0);
    }
}

fn is_redaction(step: &Step) -> bool {
    matches!(step.action, Action::Record(Data::TextRedacted(_)))
}

/// Administrative acts are recorded by whoever carries them out, never by saying that they happened. A redaction is carried out by the writer
/// as it commits it.
fn refuse_acts(step: &Step) -> Result<(), LedgerError> {
    let Action::Record(data) = &step.action else { return Ok(()) };
    match data.kind() {
        kind @ (EventKind::AccessGranted
        | EventKind::AccessRevoked
        | EventKind::KeyChanged
        | EventKind::ClockOverridden
        | EventKind::LogContinued) => {
            let refusal = Box::new(Refusal::NeedsAct { kind });
            Err(LedgerError::Refused { what: step.subject.to_string(), refusal })
        }
        _ => Ok(()),
    }
}
