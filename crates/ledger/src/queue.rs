//! The bounded queue in front of the writer, and whose turn it is to write.
//!
//! There is one writer and no thread of its own: whoever finds nobody writing writes, for everybody who waits, and then hands the turn to
//! the first of those who came meanwhile. So a lone client waits for the disk and for no other thread, and every client that waits is
//! woken once.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use docket_domain::Command;
use docket_log::LogError;
use docket_log::journal::FRAME_ENTRIES_MAX;

use crate::error::LedgerError;
use crate::writer::{Outcome, State};

/// Requests that may wait. A full queue answers "busy": about four full frames of single commands.
const QUEUE_REQUESTS_MAX: usize = 1024;

/// How often in a row the writer lets others run without one of them joining, before it takes those who wait: see [`Writer::gather`].
const IDLE_YIELDS_MAX: u32 = 2;

/// What became of the commands of a request.
pub(crate) type Answer = Result<Vec<Outcome>, LedgerError>;

/// A request, and what it is told.
pub(crate) type Reply = (Request, Answer);

/// Commands that are checked whole before anything of them is recorded.
pub(crate) struct Request {
    /// Shared with the planner for as long as they are not durable.
    pub(crate) commands: Vec<Arc<Command>>,
    /// It takes two words, a turn and an answer, so that giving them never waits.
    word: SyncSender<Word>,
}

/// What a client that waits is told.
enum Word {
    /// It is its turn to write: its request is the first that waits.
    Turn,
    /// What became of its request.
    Answer(Answer),
}

impl Request {
    /// Says what became of it.
    pub(crate) fn answer(self, answer: Answer) {
        // A caller that no longer waits has its answer in the log.
        drop(self.word.send(Word::Answer(answer)));
    }
}

/// The writer, with those who wait for it.
pub(crate) struct Writer {
    waiting: Mutex<Waiting>,
    /// What writing needs; nothing once it was stopped. Held by the client whose turn it is.
    state: Mutex<Option<State>>,
}

#[derive(Default)]
struct Waiting {
    requests: VecDeque<Request>,
    turn: Turn,
    /// The requests of the last group: about as many are expected again.
    expected: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Turn {
    /// Nobody writes: whoever comes next does.
    #[default]
    Free,
    /// Somebody writes, or was told to.
    Taken,
    /// The writer has panicked: nobody writes any more.
    Over,
}

impl Writer {
    pub(crate) fn new(state: State) -> Self {
        Self { waiting: Mutex::default(), state: Mutex::new(Some(state)) }
    }

    /// Hands over commands and waits for what becomes of them. A full queue is refused at once.
    pub(crate) fn submit(&self, commands: Vec<Command>) -> Answer {
        let (word, words) = sync_channel(2);
        let commands = commands.into_iter().map(Arc::new).collect();
        if self.enter(Request { commands, word })? == Turn::Free {
            self.write();
        }
        loop {
            match words.recv() {
                Ok(Word::Turn) => self.write(),
                Ok(Word::Answer(answer)) => return answer,
                Err(_) => return Err(stopped()),
            }
        }
    }

    /// Joins those who wait. If the turn was free it is taken now, by the caller.
    fn enter(&self, request: Request) -> Result<Turn, LedgerError> {
        let mut waiting = self.waiting();
        if waiting.turn == Turn::Over {
            return Err(stopped());
        }
        if waiting.requests.len() >= QUEUE_REQUESTS_MAX {
            return Err(LedgerError::Busy);
        }
        waiting.requests.push_back(request);
        Ok(std::mem::replace(&mut waiting.turn, Turn::Taken))
    }

    /// Writes what waits, the caller's own request first, hands the turn on, and only then answers, so that the next group can be
    /// planned while clients are told. It shows where the disk takes no time; on a disk it made no difference (docs/performance.md).
    fn write(&self) {
        self.gather();
        let group = self.waiting().take_group();
        let written = catch_unwind(AssertUnwindSafe(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            // It is there until the writer is stopped, and then nobody has a request.
            state.as_mut().map_or_else(Vec::new, |state| state.group(group))
        }));
        let replies = {
            let mut waiting = self.waiting();
            let Ok(replies) = written else {
                // What it was about to do is unknown. Those who wait are told by the end of their channels.
                waiting.turn = Turn::Over;
                waiting.requests.clear();
                return;
            };
            match waiting.requests.front() {
                Some(next) => drop(next.word.send(Word::Turn)),
                None => waiting.turn = Turn::Free,
            }
            replies
        };
        for (request, answer) in replies {
            request.answer(answer);
        }
    }

    /// Lets those who are answered together come back before the next group is taken: else the first of them would write alone, and all
    /// others wait for it. Half of them are enough: the others may still be on their way to be answered. It waits for nobody who does not come at once.
    fn gather(&self) {
        let mut idle = 0;
        let mut before = 0;
        while idle < IDLE_YIELDS_MAX {
            let (now, expected) = {
                let waiting = self.waiting();
                (waiting.requests.len(), waiting.expected)
            };
            if now >= expected.div_ceil(2) {
                return;
            }
            idle = if now == before { idle + 1 } else { 0 };
            before = now;
            std::thread::yield_now();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the log.
    pub(crate) fn stop(&mut self) -> Result<(), LogError> {
        let has_panicked = self.waiting().turn == Turn::Over;
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        match state {
            // What it left is not trusted: the next start looks at the journal.
            Some(_) if has_panicked => Err(LogError::Io {
                operation: "finish writing to",
                path: "journal".into(),
                source: std::io::Error::other("the writer panicked"),
            }),
            Some(state) => state.close(),
            None => Ok(()),
        }
    }
}

impl Drop for Writer {
    /// Closes the log where nobody has asked for it, and nobody is told how that went: nothing acknowledged rests on it.
    fn drop(&mut self) {
        drop(self.stop());
    }
}

impl Waiting {
    /// The requests of the next group: those who wait, until they have enough commands for a frame.
    fn take_group(&mut self) -> Vec<Request> {
        let mut commands = 0;
        let mut count = 0;
        while let Some(request) = self.requests.get(count).filter(|_| commands < FRAME_ENTRIES_MAX) {
            commands += request.commands.len();
            count += 1;
        }
        self.expected = count;
        self.requests.drain(..count).collect()
    }
}

fn stopped() -> LedgerError {
    LedgerError::Stopped { reason: "the writer panicked".to_owned() }
}

#[cfg(test)]
impl Writer {
    /// How many clients wait for somebody else to write what they want.
    pub(crate) fn clients_waiting(&self) -> usize {
        self.waiting().requests.len()
    }

    /// Whether it is somebody's turn.
    pub(crate) fn is_being_written(&self) -> bool {
        self.waiting().turn == Turn::Taken
    }
}
