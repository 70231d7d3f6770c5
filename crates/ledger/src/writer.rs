//! The writer: one thread that takes commands from a bounded queue and commits them in groups.
//!
//! Plan, persist, publish. Whatever waits in the queue when the writer is free goes into one frame; the reply comes when the frame is
//! durable, and a repeat of a command of the same group waits for it too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use docket_domain::{Command, Event, EventId, EventKind, Subject, Timestamp};
use docket_log::journal::{FRAME_ENTRIES_BYTES_MAX, FRAME_ENTRIES_MAX, FRAME_OPENINGS_BYTES_MAX};
use docket_log::seal::{SealedText, SystemSalts, resolve};
use docket_log::tlog::proof::TreeHead;
use docket_log::{Draft, Log, LogError, LogReader};

use crate::clock::Clock;
use crate::error::LedgerError;
use crate::plan::{Planner, SharedProjection, Span};
use crate::repeat::is_same;
use crate::snapshot;

/// Requests that may wait. A full queue answers "busy": about four full frames of single commands.
const QUEUE_REQUESTS_MAX: usize = 1024;

/// An event as recorded, for the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its id.
    pub event: EventId,
    /// Its place in the log.
    pub index: u64,
    /// What it is about.
    pub subject: Subject,
    /// Its version within its subject.
    pub version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Its events.
    pub events: Vec<Recorded>,
    /// Whether they had been recorded before: then this command changed nothing.
    pub repeated: bool,
    /// Size and root of a durable tree that holds them.
    pub head: TreeHead,
}

/// Commands that are checked whole before anything of them is recorded.
pub(crate) struct Request {
    pub(crate) commands: Vec<Command>,
    pub(crate) reply: SyncSender<Result<Vec<Outcome>, LedgerError>>,
}

/// The running thread.
pub(crate) struct Writer {
    queue: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<Result<(), LogError>>>,
}

impl Writer {
    pub(crate) fn start(state: State) -> std::io::Result<Self> {
        let (queue, requests) = sync_channel(QUEUE_REQUESTS_MAX);
        let thread =
            std::thread::Builder::new().name("writer".to_owned()).spawn(move || state.run(&requests))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands over commands and waits for what becomes of them. A full queue is refused at once.
    pub(crate) fn submit(&self, commands: Vec<Command>) -> Result<Vec<Outcome>, LedgerError> {
        let stopped = || LedgerError::Stopped { reason: "its thread has ended".to_owned() };
        let (reply, answer) = sync_channel(1);
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(Request { commands, reply }).map_err(|error| match error {
            TrySendError::Full(_) => LedgerError::Busy,
            TrySendError::Disconnected(_) => stopped(),
        })?;
        answer.recv().map_err(|_| stopped())?
    }

    /// Lets the writer finish what waits, then closes the log.
    pub(crate) fn stop(&mut self) -> Result<(), LogError> {
        self.queue = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(LogError::Io {
                operation: "finish writing to",
                path: "journal".into(),
                source: std::io::Error::other("the writer panicked"),
            }),
            None => Ok(()),
        }
    }
}

/// What the thread owns.
pub(crate) struct State {
    pub(crate) log: Log,
    pub(crate) reader: LogReader,
    pub(crate) planner: Planner<SystemSalts>,
    pub(crate) projection: SharedProjection,
    /// The size that readers may see.
    pub(crate) published: Arc<AtomicU64>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) snapshot: snapshot::Behind,
}

/// What a frame still has room for (DESIGN section 6). Measuring a whole frame again for each group would make the cost of a commit grow with
/// the square of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    entries: usize,
    entries_bytes: usize,
    openings_bytes: usize,
}

impl Room {
    const EMPTY_FRAME: Self = Self {
        entries: FRAME_ENTRIES_MAX,
        entries_bytes: FRAME_ENTRIES_BYTES_MAX,
        openings_bytes: FRAME_OPENINGS_BYTES_MAX,
    };

    const NONE: Self = Self { entries: 0, entries_bytes: 0, openings_bytes: 0 };

    /// What is left when these drafts are in the frame, too; `None` if they do not fit.
    fn without(self, drafts: &[Draft]) -> Option<Self> {
        let sum = |length: fn(&Draft) -> usize| drafts.iter().map(length).sum::<usize>();
        Some(Self {
            entries: self.entries.checked_sub(drafts.len())?,
            entries_bytes: self.entries_bytes.checked_sub(sum(|draft| draft.bytes.len()))?,
            openings_bytes: self.openings_bytes.checked_sub(sum(|draft| draft.openings.len()))?,
        })
    }
}

/// A request that was planned: its drafts, one group a command, and where each command's events stand.
struct Planned {
    request: Request,
    spans: Vec<(Span, Repeat)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    First,
    Again,
}

impl State {
    fn run(mut self, requests: &Receiver<Request>) -> Result<(), LogError> {
        while let Ok(first) = requests.recv() {
            let mut waiting = vec![first];
            let mut commands = waiting.iter().map(|request| request.commands.len()).sum::<usize>();
            while commands < FRAME_ENTRIES_MAX
                && let Ok(request) = requests.try_recv()
            {
                commands += request.commands.len();
                waiting.push(request);
            }
            self.group(waiting);
        }
        // Whatever else reads the log lets go of it first: the snapshot is finished, and the projection reads older events from the log.
        let Self { log, reader, planner, projection, snapshot, .. } = self;
        drop(snapshot);
        drop((planner, projection, reader));
        log.close()
    }

    /// Plans, persists and publishes what waits together. Nobody is answered before the disk has: a refusal may rest on entries of the
    /// same group, too.
    fn group(&mut self, waiting: Vec<Request>) {
        let bookmark = self.planner.bookmark();
        let mut planned = Vec::new();
        let mut refused = Vec::new();
        let mut groups: Vec<Vec<Draft>> = Vec::new();
        for request in waiting {
            match self.plan(&request, &mut groups) {
                Ok(spans) => planned.push(Planned { request, spans }),
                Err(error) => refused.push((request, error)),
            }
        }
        match self.persist(groups) {
            Ok(()) => {
                self.planner.settle();
                for Planned { request, spans } in planned {
                    reply(&request, self.outcomes(&spans));
                }
                for (request, error) in refused {
                    reply(&request, Err(error));
                }
                self.snapshot.wake();
            }
            Err(error) => {
                // What is durable of the group stays; the rest is taken back from memory.
                self.planner.rewind_to(bookmark, self.reader.size());
                self.fail(planned, refused, error);
            }
        }
    }

    fn plan(
        &mut self,
        request: &Request,
        groups: &mut Vec<Vec<Draft>>,
    ) -> Result<Vec<(Span, Repeat)>, LedgerError> {
        let bookmark = self.planner.bookmark();
        let now = self.clock.read();
        let mut new = Vec::new();
        let mut spans = Vec::new();
        for command in &request.commands {
            match self.earlier(command) {
                Ok(Some(span)) => {
                    spans.push((span, Repeat::Again));
                    continue;
                }
                Ok(None) => {}
                Err(error) => {
                    self.planner.rewind(bookmark);
                    return Err(error);
                }
            }
            let drafts = self.planner.plan(command, now).and_then(|drafts| {
                self.log.fits(&drafts)?;
                Ok(drafts)
            });
            match drafts {
                Ok(drafts) => {
                    let first = drafts.first().map_or(0, |draft| draft.entry.event.index);
                    spans.push((Span { first, count: drafts.len() as u64 }, Repeat::First));
                    new.push(drafts);
                }
                Err(error) => {
                    self.planner.rewind(bookmark);
                    return Err(error);
                }
            }
        }
        groups.extend(new);
        Ok(spans)
    }

    /// The events of a command that was recorded or planned before, and says the same.
    fn earlier(&self, command: &Command) -> Result<Option<Span>, LedgerError> {
        let span = self.planner.recorded(command)?;
        if let Some(span) = span {
            self.check_repeat(command, span)?;
        }
        Ok(span)
    }

    /// Commits the groups in order, as many to a frame as fit. A group is never split.
    fn persist(&mut self, groups: Vec<Vec<Draft>>) -> Result<(), LogError> {
        let mut frame: Vec<Draft> = Vec::new();
        let mut room = Room::EMPTY_FRAME;
        for group in groups {
            if group.iter().any(|draft| draft.entry.event.data.kind() == EventKind::TextRedacted) {
                // A redaction is a commit of its own: what it destroys must stand in an earlier one.
                if !frame.is_empty() {
                    self.commit(std::mem::take(&mut frame))?;
                }
                room = Room::EMPTY_FRAME;
                self.redact(group)?;
                continue;
            }
            // Each group alone was found to fit when it was planned.
            room = if let Some(left) = room.without(&group) {
                left
            } else {
                self.commit(std::mem::take(&mut frame))?;
                Room::EMPTY_FRAME.without(&group).unwrap_or(Room::NONE)
            };
            frame.extend(group);
        }
        if frame.is_empty() { Ok(()) } else { self.commit(frame) }
    }

    fn commit(&mut self, drafts: Vec<Draft>) -> Result<(), LogError> {
        let commit = self.log.append(drafts)?;
        // Durable and signed: only now may readers see it.
        self.published.store(commit.head.size, Ordering::Release);
        Ok(())
    }

    /// Commits redactions and carries them out.
    fn redact(&mut self, drafts: Vec<Draft>) -> Result<(), LogError> {
        let index_of = |target: Option<EventId>| {
            let projection = self.projection.read().unwrap_or_else(PoisonError::into_inner);
            // The rules have seen the target; where it were gone, the log would refuse a place that is none.
            target.and_then(|target| projection.event(target)).map_or(u64::MAX, |event| event.index)
        };
        let targets: Vec<u64> =
            drafts.iter().map(|draft| index_of(draft.entry.event.data.target())).collect();
        let result = self.log.redact(drafts, &targets);
        // Recorded is recorded, whether or not all of it is destroyed yet.
        self.published.store(self.reader.size(), Ordering::Release);
        result.map(drop)
    }

    fn outcomes(&self, spans: &[(Span, Repeat)]) -> Result<Vec<Outcome>, LedgerError> {
        let head = self.reader.head();
        let outcome = |&(span, repeat): &(Span, Repeat)| {
            Ok(Outcome { events: self.recorded(span)?, repeated: repeat == Repeat::Again, head })
        };
        spans.iter().map(outcome).collect()
    }

    fn recorded(&self, span: Span) -> Result<Vec<Recorded>, LedgerError> {
        let projection = self.projection.read().unwrap_or_else(PoisonError::into_inner);
        let recorded = |event: Arc<Event<SealedText>>| Recorded {
            event: event.id,
            index: event.index,
            subject: event.subject.clone(),
            version: event.version,
            recorded_at: event.recorded_at,
        };
        let indexes = span.first..span.first + span.count;
        self.planner
            .checked(|| indexes.filter_map(|index| projection.event_at(index)).map(recorded).collect())
    }

    /// A repeat must say the same as what was recorded; it is answered from that.
    fn check_repeat(&self, command: &Command, span: Span) -> Result<(), LedgerError> {
        let conflict = |event| LedgerError::CommandConflict { command: command.id, event };
        if let Some(planned) = self.planner.planned(command) {
            let event = planned.steps.first().map(|step| step.event);
            return match event.filter(|_| planned.steps != command.steps) {
                Some(event) => Err(conflict(event)),
                None => Ok(()),
            };
        }
        let first = self.reader.event(span.first)?.entry.event.id;
        if command.steps.len() as u64 != span.count {
            return Err(conflict(first));
        }
        for (step, index) in command.steps.iter().zip(span.first..) {
            let stored = self.reader.event(index)?;
            let Event { id, subject, version, recorded_at, actor, actor_basis, command, data, index } =
                stored.entry.event.clone();
            let data = resolve(data, self.reader.openings(&stored)?)?;
            let event = Event { index, id, subject, version, recorded_at, actor, actor_basis, command, data };
            if !is_same(step, &event) {
                return Err(conflict(id));
            }
        }
        Ok(())
    }

    fn fail(&self, planned: Vec<Planned>, refused: Vec<(Request, LedgerError)>, error: LogError) {
        let durable = self.reader.size();
        let unfinished = match &error {
            LogError::RedactionUnfinished { index, .. } => Some(*index),
            _ => None,
        };
        let reason = docket_log::error::chain(&error);
        let mut first = Some(error);
        let mut failure = || match first.take() {
            Some(error) => error.into(),
            None if self.log.is_poisoned() => LedgerError::Stopped { reason: reason.clone() },
            None => LedgerError::NotRecorded { reason: reason.clone() },
        };
        for Planned { request, spans } in planned {
            let recorded = spans.iter().filter(|(span, _)| span.first + span.count <= durable).count();
            let new = spans.iter().any(|(span, repeat)| *repeat == Repeat::First && span.first < durable);
            // Words that are not destroyed are no success, though their redaction is recorded.
            let is_unfinished = unfinished.is_some_and(|index| {
                spans.iter().any(|(span, _)| (span.first..span.first + span.count).contains(&index))
            });
            let answer = if is_unfinished {
                Err(failure())
            } else if recorded == spans.len() {
                self.outcomes(&spans)
            } else if new {
                let (of, reason) = (spans.len(), reason.clone());
                Err(LedgerError::PartlyRecorded { durable: recorded, of, reason })
            } else {
                Err(failure())
            };
            reply(&request, answer);
        }
        // They were refused in the sight of entries that are not there: nobody knows whether they would be refused without them.
        for (request, _) in refused {
            reply(&request, Err(failure()));
        }
    }
}

fn reply(request: &Request, answer: Result<Vec<Outcome>, LedgerError>) {
    // A caller that no longer waits has its answer in the log.
    drop(request.reply.send(answer));
}
