//! Planning: commands become drafts of entries, or are refused. Nothing is written here.
//!
//! What is planned is applied to the projection at once, so that later commands of the same batch see it; readers do not, because they
//! are pinned to the published size. If a command is refused half-way, or nothing could be written, it is taken back.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use docket_domain::{Action, Command, Data, Event, EventKind, Refusal, Step, Timestamp, decide};
use docket_log::entry::Entry;
use docket_log::seal::{BufferedSalts, SALT_BYTES, SaltSource, SealedText, seal};
use docket_log::tlog::proof::NodeReader;
use docket_log::{Draft, LogReader};
use docket_projection::Projection;

use crate::clock::{Reading, Stamps};
use crate::error::LedgerError;
use crate::events::{LogEvents, RECENT_EVENTS};

/// How many leaf hashes the planner keeps of what it planned: 4 MB.
const LEAVES_MAX: usize = 128 * 1024;

/// A projection shared between the writer and the readers.
pub(crate) type SharedProjection = Arc<RwLock<Projection<SealedText>>>;

/// Where the events of a command stand: from the first index, so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) count: u64,
}

impl Span {
    /// The index after the last one.
    pub(crate) const fn end(self) -> u64 {
        self.first + self.count
    }
}

/// The state that planning needs besides the projection.
pub(crate) struct Planner<S> {
    projection: SharedProjection,
    /// The source of the projection's older events, by which a failed read is noticed.
    events: Arc<LogEvents>,
    log: LogReader,
    salts: S,
    stamps: Stamps,
    /// How many entries are durable.
    durable: u64,
    /// What is planned behind these, in the order of the log.
    planned: Vec<Planned>,
    /// Leaf hashes of the newest durable entries, up to the last one: one of them is the predecessor of most of what comes. Without
    /// them each event of a subject that rests for long costs the reading of a tile.
    leaves: VecDeque<[u8; 32]>,
    /// Whether the projection began with a snapshot: its rows are sealed, and still no ground to destroy anything on.
    from_snapshot: bool,
}

/// One planned event.
struct Planned {
    /// Its leaf hash: the predecessor of what is planned next about its subject.
    leaf: [u8; 32],
    /// A repeat of it in the same group is compared with it.
    command: Arc<Command>,
}

/// A place to go back to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bookmark {
    planned: usize,
    last: Option<Timestamp>,
}

impl Planner<BufferedSalts> {
    pub(crate) fn new(
        projection: SharedProjection,
        events: Arc<LogEvents>,
        log: LogReader,
        stamps: Stamps,
    ) -> Self {
        let durable = log.size();
        Self {
            projection,
            events,
            log,
            salts: BufferedSalts::new(),
            stamps,
            durable,
            planned: Vec::new(),
            leaves: VecDeque::new(),
            from_snapshot: false,
        }
    }

    /// The same, for a projection that began with a snapshot.
    pub(crate) fn begun_with_snapshot(self) -> Self {
        Self { from_snapshot: true, ..self }
    }
}

impl<S: SaltSource> Planner<S> {
    /// Asks the projection something; an entry that cannot be read is an error, never "nothing there".
    pub(crate) fn checked<R>(&self, ask: impl FnOnce() -> R) -> Result<R, LedgerError> {
        self.events.checked(ask)
    }

    /// The events of a command that was recorded or planned before.
    pub(crate) fn recorded(&self, command: &Command) -> Result<Option<Span>, LedgerError> {
        let projection = self.projection.read().unwrap_or_else(PoisonError::into_inner);
        let found = self.checked(|| projection.command(&command.actor, command.id))?;
        Ok(found.map(|indexes| Span { first: indexes.start, count: indexes.end - indexes.start }))
    }

    /// The command whose events stand here, if it is planned and not durable yet.
    pub(crate) fn planned(&self, span: Span) -> Option<&Command> {
        let place = usize::try_from(span.first.checked_sub(self.durable)?).ok()?;
        self.planned.get(place).map(|planned| planned.command.as_ref())
    }

    pub(crate) fn bookmark(&self) -> Bookmark {
        Bookmark { planned: self.planned.len(), last: self.stamps.last() }
    }

    /// Forgets how to take back: what was planned is durable. Older events are left to the log.
    pub(crate) fn settle(&mut self) {
        let size = self.log.size();
        if self.planned.len() as u64 == size.saturating_sub(self.durable) {
            self.leaves.extend(self.planned.drain(..).map(|planned| planned.leaf));
            self.leaves.drain(..self.leaves.len().saturating_sub(LEAVES_MAX));
        } else {
            // They must end with the last durable entry, else each would be taken for another one's: the log has them all.
            self.planned.clear();
            self.leaves.clear();
        }
        self.durable = size;
        let mut projection = self.projection.write().unwrap_or_else(PoisonError::into_inner);
        projection.forget_before(self.durable.saturating_sub(RECENT_EVENTS));
    }

    /// Takes back what was planned since the bookmark, but for the entries before `durable`.
    pub(crate) fn rewind_to(&mut self, bookmark: Bookmark, durable: u64) {
        let size = self.projection.read().unwrap_or_else(PoisonError::into_inner).size();
        let taken_back = usize::try_from(size.saturating_sub(durable)).unwrap_or(usize::MAX);
        let planned = self.planned.len().saturating_sub(taken_back).max(bookmark.planned);
        let last = if planned == bookmark.planned { bookmark.last } else { self.stamps.last() };
        self.rewind(Bookmark { planned, last });
        self.settle();
    }

    /// Takes back everything planned since the bookmark.
    pub(crate) fn rewind(&mut self, bookmark: Bookmark) {
        let mut projection = self.projection.write().unwrap_or_else(PoisonError::into_inner);
        let taken_back = self.planned.len() - bookmark.planned;
        let size = projection.size() - taken_back as u64;
        projection.truncate(size);
        self.planned.truncate(bookmark.planned);
        self.stamps.rewind(bookmark.last);
    }

    /// Plans a command: one draft a step. A refusal takes its earlier steps back.
    pub(crate) fn plan(&mut self, command: &Arc<Command>, now: Reading) -> Result<Vec<Draft>, LedgerError> {
        if command.steps.is_empty() {
            return Err(LedgerError::Empty);
        }
        let redactions = command.steps.iter().filter(|step| is_redaction(step)).count();
        if redactions > 0 && redactions < command.steps.len() {
            return Err(LedgerError::RedactionNotAlone);
        }
        if redactions > 0 {
            self.fold_entries()?;
        }
        let bookmark = self.bookmark();
        let shared = Arc::clone(&self.projection);
        let drafts: Result<Vec<Draft>, LedgerError> = {
            let mut projection = shared.write().unwrap_or_else(PoisonError::into_inner);
            let plan = |step| self.plan_step(&mut projection, command, step, now);
            command.steps.iter().map(plan).collect()
        };
        drafts.inspect_err(|_| self.rewind(bookmark))
    }

    /// Folds the entries anew where the projection began with a snapshot. What a redaction destroys cannot be brought back, so that the
    /// holds which forbid it are taken from the entries and never from a cache, though its rows are sealed.
    fn fold_entries(&mut self) -> Result<(), LedgerError> {
        if !self.from_snapshot {
            return Ok(());
        }
        let mut anew = crate::fold::fold_entries(&self.events, &self.log, self.durable)?;
        let mut projection = self.projection.write().unwrap_or_else(PoisonError::into_inner);
        // What is planned and not durable yet is in no log, and always in memory.
        for index in self.durable..projection.size() {
            let planned = projection.event_at(index).ok_or_else(|| LedgerError::Unread {
                reason: format!("entry {index} is not in the projection"),
            })?;
            anew.apply(planned)?;
        }
        *projection = anew;
        self.from_snapshot = false;
        Ok(())
    }

    fn plan_step(
        &mut self,
        projection: &mut Projection<SealedText>,
        command: &Arc<Command>,
        step: &Step,
        now: Reading,
    ) -> Result<Draft, LedgerError> {
        refuse_acts(step)?;
        let recorded_at = self.stamps.next(now)?;
        let data = self.events.checked(|| decide_step(projection, command, step, recorded_at))??;
        let (data, openings) = seal(data, &mut self.salts)?;
        let newest = projection.newest();
        let event = Arc::new(Event {
            index: projection.size(),
            id: step.event,
            subject: step.subject.clone(),
            version: newest.version(&step.subject) + 1,
            recorded_at,
            actor: command.actor.clone(),
            actor_basis: command.actor_basis,
            command: command.id,
            data,
        });
        let previous = newest.last_index(&step.subject);
        let previous = previous.map(|index| self.leaf_at(index)).transpose()?;
        let entry = Entry { origin: self.log.origin().clone(), previous, event };
        let openings_len = openings.iter().map(|opening| SALT_BYTES + opening.text.len()).sum();
        let mut bytes = Vec::with_capacity(openings_len);
        for opening in &openings {
            opening.encode_into(&mut bytes);
        }
        let draft = Draft::new(entry, bytes)
            .map_err(|source| LedgerError::Entry { what: step.subject.to_string(), source })?;
        let event = Arc::clone(&draft.entry.event);
        let index = event.index;
        let applied = self.events.checked(|| projection.apply(event)).and_then(|applied| Ok(applied?));
        if let Err(error) = applied {
            projection.truncate(index);
            return Err(error);
        }
        self.planned.push(Planned { leaf: draft.leaf.0, command: Arc::clone(command) });
        Ok(draft)
    }

    /// The leaf hash of an entry: one of the planned ones, one of those kept of the newest durable entries, or one of the log.
    fn leaf_at(&self, index: u64) -> Result<[u8; 32], LedgerError> {
        let place = |distance: u64| usize::try_from(distance).ok();
        let found = if let Some(ahead) = index.checked_sub(self.durable) {
            place(ahead).and_then(|ahead| self.planned.get(ahead)).map(|planned| planned.leaf)
        } else {
            let back = place(self.durable - index).and_then(|back| self.leaves.len().checked_sub(back));
            back.and_then(|place| self.leaves.get(place)).copied()
        };
        found.map_or_else(|| Ok(self.log.node(0, index)?.0), Ok)
    }
}

fn decide_step(
    projection: &Projection<SealedText>,
    command: &Command,
    step: &Step,
    recorded_at: Timestamp,
) -> Result<Data<String>, LedgerError> {
    if projection.event(step.event).is_some() {
        return Err(LedgerError::EventExists { event: step.event });
    }
    decide(&projection.newest(), &command.actor, step, recorded_at).map_err(|refusal| LedgerError::Refused {
        what: step.subject.to_string(),
        refusal: Box::new(refusal),
    })
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
