//! The bounded queue in front of the writer, and whose turn it is to write.
//!
//! There is one writer. Clients that are threads need none of its own: whoever finds nobody writing writes, for everybody who waits, and then
//! hands the turn to the first of those who came meanwhile. So a lone client waits for the disk and for no other thread, and every client
//! that waits is woken once. Clients that are tasks must not wait for the disk on their runtime's threads: a thread of the writer's own,
//! started by the first of them, takes turns for them, in the same line.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use docket_domain::Command;
use docket_log::LogError;
use docket_log::journal::FRAME_ENTRIES_MAX;
use tokio::sync::oneshot;

use crate::error::LedgerError;
use crate::writer::{Outcome, State};

/// Requests that may wait. A full queue answers "busy": about four full frames of single commands.
const QUEUE_REQUESTS_MAX: usize = 1024;

/// How often in a row a client that writes lets others run without one of them joining, before it takes those who wait: see [`Queue::gather`].
const IDLE_YIELDS_MAX: u32 = 2;

/// How long the thread that writes for tasks sleeps for those whom it has answered together to come back: less than a commit takes.
const GATHERING_MAX: Duration = Duration::from_micros(100);

/// What became of the commands of a request.
pub(crate) type Answer = Result<Vec<Outcome>, LedgerError>;

/// A request, and what it is told.
pub(crate) type Reply = (Request, Answer);

/// Commands that are checked whole before anything of them is recorded.
pub(crate) struct Request {
    /// Shared with the planner for as long as they are not durable.
    pub(crate) commands: Vec<Arc<Command>>,
    client: Client,
}

/// Who waits for the answer.
enum Client {
    /// A thread, which can be told to write. It takes two words, a turn and an answer, so that giving them never waits.
    Thread(SyncSender<Word>),
    /// A task, which must never wait for the disk.
    Task(oneshot::Sender<Answer>),
}

/// What a thread that waits is told.
enum Word {
    /// It is its turn to write: its request is the first that waits.
    Turn,
    /// What became of its request.
    Answer(Answer),
}

impl Request {
    fn new(commands: Vec<Command>, client: Client) -> Self {
        Self { commands: commands.into_iter().map(Arc::new).collect(), client }
    }

    /// Says what became of it. A caller that no longer waits has its answer in the log.
    pub(crate) fn answer(self, answer: Answer) {
        match self.client {
            Client::Thread(word) => drop(word.send(Word::Answer(answer))),
            Client::Task(told) => call(|| drop(told.send(answer))),
        }
    }
}

/// The writer, with those who wait for it.
pub(crate) struct Writer {
    queue: Arc<Queue>,
}

/// What clients, tasks and the thread that writes for tasks share.
struct Queue {
    line: Mutex<Line>,
    /// Where the thread that writes for tasks sleeps until it is its turn.
    called: Condvar,
    /// What writing needs; nothing once it was stopped. Held by the client whose turn it is.
    state: Mutex<Option<State>>,
}

#[derive(Default)]
struct Line {
    requests: VecDeque<Request>,
    turn: Turn,
    /// The requests of the last group: about as many are expected again.
    expected: usize,
    /// What writes for tasks, from the first of them on.
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Turn {
    /// Nobody writes: whoever comes next does.
    #[default]
    Free,
    /// The thread that writes for tasks sleeps for a moment until those come back whom it has answered. A client that comes need not wait for that.
    Gathering,
    /// A client writes, or was told to.
    Client,
    /// The thread that writes for tasks does, or was told to.
    Thread,
    /// Nobody writes any more.
    Over(End),
}

/// What a client does that has joined those who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entered {
    /// It is a thread, and nobody writes: it does.
    Writes,
    /// It waits for an answer, or for its turn.
    Waits,
}

/// Why nobody writes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Panicked,
    Closed,
}

impl Writer {
    pub(crate) fn new(state: State) -> Self {
        let (line, called) = (Mutex::default(), Condvar::new());
        Self { queue: Arc::new(Queue { line, called, state: Mutex::new(Some(state)) }) }
    }

    /// Hands over commands and waits for what becomes of them. A full queue is refused at once.
    pub(crate) fn submit(&self, commands: Vec<Command>) -> Answer {
        let (word, words) = sync_channel(2);
        let queue = &self.queue;
        if queue.enter(Request::new(commands, Client::Thread(word)))? == Entered::Writes {
            queue.write(Turn::Client);
        }
        loop {
            match words.recv() {
                Ok(Word::Turn) => queue.write(Turn::Client),
                Ok(Word::Answer(answer)) => return answer,
                Err(_) => return Err(queue.stopped()),
            }
        }
    }

    /// The same for a task: a thread of the writer's own waits for the disk.
    pub(crate) fn submit_async(&self, commands: Vec<Command>) -> impl Future<Output = Answer> + Send + use<> {
        let queue = Arc::clone(&self.queue);
        async move {
            let (told, answer) = oneshot::channel();
            queue.start()?;
            queue.enter(Request::new(commands, Client::Task(told)))?;
            answer.await.unwrap_or_else(|_| Err(queue.stopped()))
        }
    }

    /// Closes the log. Who waits is told that it has stopped, and the thread that writes for tasks ends with the group that it writes.
    pub(crate) fn stop(&mut self) -> Result<(), LogError> {
        let thread = self.queue.end(End::Closed);
        // A waker may drop the ledger: then this is that thread, which ends by itself.
        let others = thread.filter(|thread| thread.thread().id() != thread::current().id());
        if let Some(thread) = others {
            // What panicked in it was caught, and is told below.
            drop(thread.join());
        }
        let has_panicked = self.queue.line().turn == Turn::Over(End::Panicked);
        let state = self.queue.state.lock().unwrap_or_else(PoisonError::into_inner).take();
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

impl Queue {
    /// Starts the thread that writes for tasks, where there is none yet: a process that has no tasks has no such thread.
    fn start(self: &Arc<Self>) -> Result<(), LedgerError> {
        let mut line = self.line();
        if line.thread.is_some() || matches!(line.turn, Turn::Over(_)) {
            return Ok(());
        }
        let queue = Arc::clone(self);
        let started = thread::Builder::new().name("docket-writer".to_owned()).spawn(move || queue.serve());
        let cannot_start =
            |source| LogError::Io { operation: "start the writer of", path: "journal".into(), source };
        line.thread = Some(started.map_err(cannot_start)?);
        Ok(())
    }

    /// Joins those who wait, and calls the thread that writes for tasks where it is its turn now.
    fn enter(&self, request: Request) -> Result<Entered, LedgerError> {
        let mut line = self.line();
        if let Turn::Over(end) = line.turn {
            return Err(stopped(end));
        }
        if line.requests.len() >= QUEUE_REQUESTS_MAX {
            return Err(LedgerError::Busy);
        }
        let is_task = matches!(request.client, Client::Task(_));
        line.requests.push_back(request);
        match (line.turn, is_task) {
            (Turn::Free | Turn::Gathering, false) => {
                line.turn = Turn::Client;
                Ok(Entered::Writes)
            }
            (Turn::Gathering, true) if line.requests.len() < line.expected => Ok(Entered::Waits),
            (Turn::Free | Turn::Gathering, true) => {
                line.turn = Turn::Thread;
                drop(line);
                self.called.notify_one();
                Ok(Entered::Waits)
            }
            _ => Ok(Entered::Waits),
        }
    }

    /// Writes for tasks until the end.
    fn serve(&self) {
        while self.is_called() {
            self.write(Turn::Thread);
        }
    }

    /// Sleeps until it is the thread's turn, or the end.
    fn is_called(&self) -> bool {
        let mut line = self.line();
        if line.turn == Turn::Gathering {
            let is_gathering = |line: &mut Line| line.turn == Turn::Gathering;
            let (gathered, _) = self
                .called
                .wait_timeout_while(line, GATHERING_MAX, is_gathering)
                .unwrap_or_else(PoisonError::into_inner);
            line = gathered;
            if line.turn == Turn::Gathering {
                line.turn = if line.requests.is_empty() { Turn::Free } else { Turn::Thread };
            }
        }
        let is_others = |line: &mut Line| !matches!(line.turn, Turn::Thread | Turn::Over(_));
        let line = self.called.wait_while(line, is_others).unwrap_or_else(PoisonError::into_inner);
        line.turn == Turn::Thread
    }

    /// Writes what waits, the first who came first, hands the turn on, and only then answers, so that the next group can be
    /// planned while clients are told. It shows where the disk takes no time; on a disk it made no difference (docs/performance.md).
    fn write(&self, by: Turn) {
        if by == Turn::Client {
            self.gather();
        }
        let group = self.line().take_group();
        let written = catch_unwind(AssertUnwindSafe(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            // It is there until the writer is stopped, and then nobody has a request.
            state.as_mut().map_or_else(Vec::new, |state| state.group(group))
        }));
        let Ok(replies) = written else {
            // What it was about to do is unknown. Those who wait are told by the end of their channels.
            drop(self.end(End::Panicked));
            return;
        };
        let next = self.line().hand_on(by);
        if next == Turn::Thread && by != Turn::Thread {
            self.called.notify_one();
        }
        for (request, answer) in replies {
            request.answer(answer);
        }
    }

    /// Lets threads that are answered together come back before the next group is taken: else the first of them would write alone, and all
    /// others wait for it. Half of them are enough: the others may still be on their way to be answered. It waits for nobody who does not come at once.
    fn gather(&self) {
        let mut idle = 0;
        let mut before = 0;
        while idle < IDLE_YIELDS_MAX {
            let (now, expected) = {
                let line = self.line();
                (line.requests.len(), line.expected)
            };
            if now >= expected.div_ceil(2) {
                return;
            }
            idle = if now == before { idle + 1 } else { 0 };
            before = now;
            thread::yield_now();
        }
    }

    /// Nobody writes any more. The thread that wrote for tasks is handed over, for whoever waits for it.
    fn end(&self, end: End) -> Option<JoinHandle<()>> {
        let (requests, thread) = {
            let mut line = self.line();
            // Of a panic it is said for ever.
            if line.turn != Turn::Over(End::Panicked) {
                line.turn = Turn::Over(end);
            }
            let thread = if end == End::Closed { line.thread.take() } else { None };
            (std::mem::take(&mut line.requests), thread)
        };
        self.called.notify_one();
        // The end of its channel tells each. A task that is woken may well ask again: nothing is locked here.
        for request in requests {
            call(|| drop(request));
        }
        thread
    }

    fn stopped(&self) -> LedgerError {
        match self.line().turn {
            Turn::Over(end) => stopped(end),
            _ => stopped(End::Panicked),
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
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

    /// Gives the turn to whoever came first, when a group was written.
    fn hand_on(&mut self, by: Turn) -> Turn {
        if matches!(self.turn, Turn::Over(_)) {
            return self.turn;
        }
        // Those whom it is about to answer all come back at once, if they do; a lone task is not waited for.
        let gathers = by == Turn::Thread && self.expected > 1 && self.requests.len() < self.expected;
        self.turn = match self.requests.front().map(|first| &first.client) {
            Some(Client::Thread(word)) => {
                drop(word.send(Word::Turn));
                Turn::Client
            }
            Some(Client::Task(_)) | None if gathers => Turn::Gathering,
            Some(Client::Task(_)) => Turn::Thread,
            None => Turn::Free,
        };
        self.turn
    }
}

/// Runs what may wake a task. A waker is the code of whoever waits: where it panics, the others are told all the same.
fn call(wake: impl FnOnce()) {
    drop(catch_unwind(AssertUnwindSafe(wake)));
}

fn stopped(end: End) -> LedgerError {
    let reason = match end {
        End::Panicked => "the writer panicked",
        End::Closed => "the log was closed",
    };
    LedgerError::Stopped { reason: reason.to_owned() }
}

#[cfg(test)]
impl Writer {
    /// How many clients wait for somebody else to write what they want.
    pub(crate) fn clients_waiting(&self) -> usize {
        self.queue.line().requests.len()
    }

    /// Whether it is somebody's turn.
    pub(crate) fn is_being_written(&self) -> bool {
        matches!(self.queue.line().turn, Turn::Client | Turn::Thread)
    }

    /// Whether there is a thread that writes for tasks.
    pub(crate) fn has_thread(&self) -> bool {
        self.queue.line().thread.is_some()
    }
}
