//! The writer: it takes commands from a bounded queue, in turns ([`crate::queue`]), and commits them in groups.
//!
//! Plan, persist, publish. Whatever waits in the queue when the writer is free goes into one frame; the reply comes when the frame is
//! durable, and a repeat of a command of the same group waits for it too.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use docket_domain::{Command, Event, EventId, EventKind, Subject, Timestamp};
use docket_log::journal::{FRAME_ENTRIES_BYTES_MAX, FRAME_ENTRIES_MAX, FRAME_OPENINGS_BYTES_MAX};
use docket_log::seal::{BufferedSalts, SealedText, resolve};
use docket_log::tlog::proof::TreeHead;
use docket_log::{Draft, Log, LogError, LogReader};

use crate::clock::{Clock, Reading};
use crate::error::LedgerError;
use crate::plan::{Planner, SharedProjection, Span};
use crate::queue::{Reply, Request};
use crate::repeat::is_same;
use crate::snapshot;

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

/// What writing needs: one at a time has it.
pub(crate) struct State {
    pub(crate) log: Log,
    pub(crate) reader: LogReader,
    pub(crate) planner: Planner<BufferedSalts>,
    pub(crate) projection: SharedProjection,
    /// The size that readers may see.
    pub(crate) published: Arc<AtomicU64>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What appends to the snapshot; nothing where the log has lost its key.
    pub(crate) snapshot: Option<snapshot::Behind>,
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

/// A request that was planned, with what each of its commands comes to.
struct Planned {
    request: Request,
    decided: Vec<Decided>,
}

/// What a command comes to once it is durable.
struct Decided {
    span: Span,
    events: Vec<Recorded>,
    repeat: Repeat,
}

impl Decided {
    /// A command that was not known before.
    fn first(drafts: &[Draft]) -> Self {
        let first = drafts.first().map_or(0, |draft| draft.entry.event.index);
        let span = Span { first, count: drafts.len() as u64 };
        let events = drafts.iter().map(|draft| recorded(&draft.entry.event)).collect();
        Self { span, events, repeat: Repeat::First }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    First,
    Again,
}

impl State {
    /// Closes the log.
    pub(crate) fn close(self) -> Result<(), LogError> {
        // Whatever else reads the log lets go of it first: the snapshot is finished, and the projection reads older events from the log.
        let Self { log, reader, planner, projection, snapshot, .. } = self;
        drop(snapshot);
        drop((planner, projection, reader));
        log.close()
    }

    /// Plans, persists and publishes what waits together. Nobody is answered before the disk has: a refusal may rest on entries of the
    /// same group, too.
    pub(crate) fn group(&mut self, waiting: Vec<Request>) -> Vec<Reply> {
        let bookmark = self.planner.bookmark();
        let mut planned = Vec::new();
        let mut refused = Vec::new();
        let mut groups: Vec<Vec<Draft>> = Vec::new();
        for request in waiting {
            match self.plan(&request, &mut groups) {
                Ok(decided) => planned.push(Planned { request, decided }),
                Err(error) => refused.push((request, Err(error))),
            }
        }
        match self.persist(groups) {
            Ok(()) => {
                self.planner.settle();
                let head = self.reader.head();
                let mut replies = refused;
                replies.extend(
                    planned
                        .into_iter()
                        .map(|Planned { request, decided }| (request, Ok(outcomes(decided, head)))),
                );
                if let Some(snapshot) = &mut self.snapshot {
                    snapshot.wake(head.size);
                }
                replies
            }
            Err(error) => {
                // What is durable of the group stays; the rest is taken back from memory.
                self.planner.rewind_to(bookmark, self.reader.size());
                self.fail(planned, refused, error)
            }
        }
    }

    fn plan(&mut self, request: &Request, groups: &mut Vec<Vec<Draft>>) -> Result<Vec<Decided>, LedgerError> {
        let bookmark = self.planner.bookmark();
        let before = groups.len();
        let now = self.clock.read();
        let decided: Result<Vec<Decided>, LedgerError> =
            request.commands.iter().map(|command| self.decide(command, now, groups)).collect();
        decided.inspect_err(|_| {
            groups.truncate(before);
            self.planner.rewind(bookmark);
        })
    }

    /// What a command comes to: what was recorded for it before, or what is planned for it now, which is added to the groups.
    fn decide(
        &mut self,
        command: &Arc<Command>,
        now: Reading,
        groups: &mut Vec<Vec<Draft>>,
    ) -> Result<Decided, LedgerError> {
        if let Some(span) = self.planner.recorded(command)? {
            self.check_repeat(command, span)?;
            return Ok(Decided { span, events: self.recorded(span)?, repeat: Repeat::Again });
        }
        let drafts = self.planner.plan(command, now)?;
        self.log.fits(&drafts)?;
        let decided = Decided::first(&drafts);
        groups.push(drafts);
        Ok(decided)
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

    fn recorded(&self, span: Span) -> Result<Vec<Recorded>, LedgerError> {
        let projection = self.projection.read().unwrap_or_else(PoisonError::into_inner);
        let events = (span.first..span.end()).filter_map(|index| projection.event_at(index));
        self.planner.checked(|| events.map(|event| recorded(&event)).collect())
    }

    /// A repeat must say the same as what was recorded; it is answered from that.
    fn check_repeat(&self, command: &Command, span: Span) -> Result<(), LedgerError> {
        let conflict = |event| LedgerError::CommandConflict { command: command.id, event };
        if let Some(planned) = self.planner.planned(span) {
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
                Event::clone(&stored.entry.event);
            let data = resolve(data, self.reader.openings(&stored)?)?;
            let event = Event { index, id, subject, version, recorded_at, actor, actor_basis, command, data };
            if !is_same(step, &event) {
                return Err(conflict(id));
            }
        }
        Ok(())
    }

    fn fail(&self, planned: Vec<Planned>, refused: Vec<Reply>, error: LogError) -> Vec<Reply> {
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
        let mut replies = Vec::with_capacity(planned.len() + refused.len());
        for Planned { request, decided } in planned {
            let recorded = decided.iter().filter(|decided| decided.span.end() <= durable).count();
            let new =
                decided.iter().any(|decided| decided.repeat == Repeat::First && decided.span.first < durable);
            // Words that are not destroyed are no success, though their redaction is recorded.
            let is_unfinished = unfinished.is_some_and(|index| {
                decided.iter().any(|decided| (decided.span.first..decided.span.end()).contains(&index))
            });
            let answer = if is_unfinished {
                Err(failure())
            } else if recorded == decided.len() {
                Ok(outcomes(decided, self.reader.head()))
            } else if new {
                let (of, reason) = (decided.len(), reason.clone());
                Err(LedgerError::PartlyRecorded { durable: recorded, of, reason })
            } else {
                Err(failure())
            };
            replies.push((request, answer));
        }
        // They were refused in the sight of entries that are not there: nobody knows whether they would be refused without them.
        replies.extend(refused.into_iter().map(|(request, _)| (request, Err(failure()))));
        replies
    }
}

/// An event as it is told to whoever asked for it.
fn recorded(event: &Event<SealedText>) -> Recorded {
    Recorded {
        event: event.id,
        index: event.index,
        subject: event.subject.clone(),
        version: event.version,
        recorded_at: event.recorded_at,
    }
}

/// What became of the commands of a request, all of which are durable in the tree of this head.
fn outcomes(decided: Vec<Decided>, head: TreeHead) -> Vec<Outcome> {
    let outcome =
        |Decided { events, repeat, .. }| Outcome { events, repeated: repeat == Repeat::Again, head };
    decided.into_iter().map(outcome).collect()
}
