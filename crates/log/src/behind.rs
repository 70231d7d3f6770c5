//! The thread that writes the store: behind the commits, in finished bundles.
//!
//! No acknowledgement waits for it and none rests on it. If it fails, the log goes on: the tail stays in memory, and the next start
//! catches up or rebuilds. sled can also hang for ever, on a full disk for one: every wait for it has an end.

#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::LogError;
use crate::record::{BundleCheckpoint, StoredEvent};
use crate::store::image::{BUNDLE_ENTRIES, Image};
use crate::store::{Store, StoreError, panic_message};
use crate::tail::Tail;
use crate::tlog::hash::Hash;

/// Commits that may wait for the store before the writer waits for it.
const QUEUE_COMMITS_MAX: usize = 1024;

/// Bytes of entries that may wait for the store: as many as must be read from the journal again after a crash, some 20,000 entries. In
/// memory they take three times that.
const QUEUE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// How long the writer waits for a place in a full queue. One place is free once one commit is taken: at most 256 entries of half a
/// MiB together, a second's work for the slowest disk. Ten such commits later, sled hangs.
const STORE_WAIT: Duration = Duration::from_secs(10);

/// How long the end of the writing waits for the store. A full queue of the usual commits, a few KiB each, is written within
/// a second, and one of the longest, 512 MiB, by a disk of 20 MB/s within this time; a person at the terminal waits no longer.
const STORE_STOP_WAIT: Duration = Duration::from_secs(30);

/// How often a writer that found the queue full looks again.
const QUEUE_POLL: Duration = Duration::from_millis(1);

/// Entries that the thread writes at once: 32 bundles, some 300 KB. What waits is taken together, because each batch costs as much again
/// as a bundle or two, and because the thread takes the processor from those who commit whenever it is woken.
const GATHERED_ENTRIES_MAX: usize = 512;

/// How long more are waited for where there are fewer. Readers find what waits in the tail; closing takes so much longer at most.
const GATHERING: Duration = Duration::from_millis(5);

/// The limits of the thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Commits in the queue.
    pub(crate) queue_commits: usize,
    /// Bytes of entries in the queue; a single commit may have more.
    pub(crate) queue_bytes: u64,
    /// How long the writer waits for a place in it.
    pub(crate) queue_wait: Duration,
    /// How long the end of the writing waits for each of its steps.
    pub(crate) stop_wait: Duration,
}

impl Limits {
    const V1: Self = Self {
        queue_commits: QUEUE_COMMITS_MAX,
        queue_bytes: QUEUE_BYTES_MAX,
        queue_wait: STORE_WAIT,
        stop_wait: STORE_STOP_WAIT,
    };
}

/// What a commit hands over, or some that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    pub(crate) events: Vec<(Arc<StoredEvent>, Hash)>,
    pub(crate) checkpoints: Vec<BundleCheckpoint>,
    /// The bytes of the entries.
    pub(crate) bytes: u64,
}

impl Committed {
    /// The same with the commit that follows.
    fn and(mut self, next: Self) -> Self {
        if self.events.is_empty() && self.checkpoints.is_empty() {
            return next;
        }
        self.events.extend(next.events);
        self.checkpoints.extend(next.checkpoints);
        Self { bytes: self.bytes + next.bytes, ..self }
    }

    /// Whether the store can do nothing with it yet: no bundle ends in it.
    fn can_wait(&self) -> bool {
        let bundle = |(stored, _): &(Arc<StoredEvent>, Hash), after| {
            (stored.entry.event.index + after) / BUNDLE_ENTRIES
        };
        let ends = self.events.first().zip(self.events.last());
        ends.is_some_and(|(first, last)| bundle(first, 0) == bundle(last, 1))
    }
}

/// What the thread does with commits. It is an interface so that tests have a store that hangs.
pub(crate) trait Apply: Send + 'static {
    /// Entries that the store has.
    fn finished(&self) -> u64;

    /// Takes a commit and says how far the store has come.
    fn take(&mut self, committed: Committed) -> Result<u64, LogError>;

    /// Hands everything to the operating system.
    fn flush(&mut self) -> Result<(), LogError>;
}

/// The store with its builder: what a finished batch is applied to.
#[derive(Debug)]
pub(crate) struct Applier {
    pub(crate) store: Store,
    pub(crate) image: Image,
    pub(crate) signed: u64,
}

impl Applier {
    /// Takes a commit, writes every batch that it finishes, and says how far the store has come.
    pub(crate) fn take(&mut self, committed: Committed) -> Result<u64, LogError> {
        for (stored, leaf) in committed.events {
            self.image.push(stored, leaf);
        }
        for checkpoint in committed.checkpoints {
            self.signed = self.signed.max(checkpoint.size);
            self.image.sign(checkpoint);
        }
        let mut batches = Vec::new();
        while let Some(batch) = self.image.next_batch(self.signed)? {
            batches.push(batch);
        }
        self.store.apply(batches)?;
        Ok(self.image.finished())
    }
}

impl Apply for Applier {
    fn finished(&self) -> u64 {
        self.image.finished()
    }

    fn take(&mut self, committed: Committed) -> Result<u64, LogError> {
        Self::take(self, committed)
    }

    fn flush(&mut self) -> Result<(), LogError> {
        Ok(self.store.flush()?)
    }
}

/// How the thread ended.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The store has every finished bundle.
    Written,
    /// The store lacks some, and the thread has let go of it.
    Failed(LogError),
    /// The thread still holds the store and may hold it for ever.
    Hangs(LogError),
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Behind {
    /// Absent once the store is given up.
    queue: Option<SyncSender<Committed>>,
    /// What finishes no bundle yet: the thread is not woken for it.
    held: Committed,
    thread: Option<JoinHandle<()>>,
    outcome: Receiver<Result<(), LogError>>,
    /// The bytes that were handed over and are not taken yet.
    waiting: Arc<AtomicU64>,
    /// Why the writer gave the store up.
    failure: Option<LogError>,
    limits: Limits,
}

impl Behind {
    /// Starts the thread. It prunes the tail of what the store has.
    pub(crate) fn start(applier: impl Apply, tail: Arc<RwLock<Tail>>) -> std::io::Result<Self> {
        Self::start_with(applier, tail, Limits::V1)
    }

    fn start_with(applier: impl Apply, tail: Arc<RwLock<Tail>>, limits: Limits) -> std::io::Result<Self> {
        let (queue, commits) = sync_channel(limits.queue_commits);
        let (report, outcome) = sync_channel(1);
        let waiting = Arc::new(AtomicU64::new(0));
        let taken = Arc::clone(&waiting);
        let thread = std::thread::Builder::new().name("sled-behind".to_owned()).spawn(move || {
            // `run` consumes its arguments: when the outcome is told, the store is let go, and the queue refuses what comes.
            let result = catch_unwind(AssertUnwindSafe(|| run(applier, commits, &tail, &taken)))
                .unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
            // What was in the queue went with it: a writer that waits for room learns why there will be none.
            taken.store(0, Ordering::Relaxed);
            // Nobody listens if the log was dropped without being closed.
            drop(report.send(result));
        })?;
        let held = Committed::default();
        Ok(Self { queue: Some(queue), held, thread: Some(thread), outcome, waiting, failure: None, limits })
    }

    /// How long each step of closing the store may take.
    pub(crate) fn stop_wait(&self) -> Duration {
        self.limits.stop_wait
    }

    /// Hands over a commit that is durable. A store that takes nothing for too long is fed no more: the tail keeps everything.
    pub(crate) fn send(&mut self, committed: Committed) {
        let committed = std::mem::take(&mut self.held).and(committed);
        if committed.can_wait() {
            self.held = committed;
        } else {
            self.hand_over(committed);
        }
    }

    fn hand_over(&mut self, committed: Committed) {
        let Some(queue) = &self.queue else { return };
        match offer(queue, committed, &self.waiting, self.limits) {
            Offer::Taken => {}
            // The thread has ended; `stop` learns why.
            Offer::Refused => self.queue = None,
            Offer::Full => {
                self.queue = None;
                self.failure = Some(LogError::StoreHangs { waited: self.limits.queue_wait });
            }
        }
    }

    /// Waits until everything is written, though not for ever, and says what failed, if anything did.
    pub(crate) fn stop(&mut self) -> Stopped {
        // What is held finishes no bundle: the journal has it, and the next opening reads it from there.
        self.queue = None;
        let outcome = match self.outcome.recv_timeout(self.limits.stop_wait) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => {
                // Without its handle the thread is detached, and ends with the process.
                self.thread = None;
                let hangs = || LogError::StoreHangs { waited: self.limits.stop_wait };
                return Stopped::Hangs(self.failure.take().unwrap_or_else(hangs));
            }
            // It always tells its outcome, except when it is asked again.
            Err(RecvTimeoutError::Disconnected) => Ok(()),
        };
        // It has told its outcome and ends by itself.
        let joined = self.thread.take().map_or(Ok(()), JoinHandle::join);
        let joined = joined.map_err(|panic| panicked(panic.as_ref()));
        match self.failure.take().map_or(Ok(()), Err).and(outcome).and(joined) {
            Ok(()) => Stopped::Written,
            Err(error) => Stopped::Failed(error),
        }
    }
}

enum Offer {
    Taken,
    Refused,
    Full,
}

fn offer(
    queue: &SyncSender<Committed>,
    mut committed: Committed,
    waiting: &AtomicU64,
    limits: Limits,
) -> Offer {
    let started = Instant::now();
    let bytes = committed.bytes;
    loop {
        let before = waiting.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before == 0 || before.saturating_add(bytes) <= limits.queue_bytes;
        let refused = if has_room { queue.try_send(committed) } else { Err(TrySendError::Full(committed)) };
        if refused.is_err() {
            waiting.fetch_sub(bytes, Ordering::Relaxed);
        }
        match refused {
            Ok(()) => return Offer::Taken,
            Err(TrySendError::Disconnected(_)) => return Offer::Refused,
            Err(TrySendError::Full(_)) if started.elapsed() >= limits.queue_wait => return Offer::Full,
            Err(TrySendError::Full(refused)) => committed = refused,
        }
        std::thread::sleep(QUEUE_POLL);
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "when it returns, the store is let go and the queue is closed"
)]
fn run(
    mut applier: impl Apply,
    commits: Receiver<Committed>,
    tail: &RwLock<Tail>,
    waiting: &AtomicU64,
) -> Result<(), LogError> {
    let mut stored = applier.finished();
    while let Ok(committed) = commits.recv() {
        let (committed, bytes) = gather(committed, &commits, || std::thread::sleep(GATHERING));
        let reached = applier.take(committed);
        waiting.fetch_sub(bytes, Ordering::Relaxed);
        let reached = reached?;
        if reached > stored {
            stored = reached;
            let forgotten = tail.write().unwrap_or_else(PoisonError::into_inner).prune(stored);
            // Readers have the tail again.
            drop(forgotten);
        }
    }
    applier.flush()
}

/// What waits together with a commit, or comes during one `wait` for more, and the bytes of all of it.
fn gather(first: Committed, commits: &Receiver<Committed>, wait: impl FnOnce()) -> (Committed, u64) {
    let mut bytes = first.bytes;
    let mut gathered = first;
    let mut wait = Some(wait);
    while gathered.events.len() < GATHERED_ENTRIES_MAX {
        match commits.try_recv() {
            Ok(next) => {
                bytes += next.bytes;
                gathered = gathered.and(next);
            }
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => match wait.take() {
                Some(wait) => wait(),
                None => break,
            },
        }
    }
    (gathered, bytes)
}

/// Does something with sled that may hang, and waits for it no longer than `wait`. After that it goes on by itself, in a thread of its
/// own that ends with the process at the latest.
pub(crate) fn within<T: Send + 'static>(
    wait: Duration,
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    let (report, outcome) = sync_channel(1);
    let spawned = std::thread::Builder::new().name("sled-closing".to_owned()).spawn(move || {
        let result =
            catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
        // Nobody listens any more if it took too long.
        drop(report.send(result));
    });
    spawned.map_err(|source| LogError::Io {
        operation: "start the thread that closes",
        path: path(),
        source,
    })?;
    outcome.recv_timeout(wait).unwrap_or(Err(LogError::StoreHangs { waited: wait }))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> LogError {
    LogError::Store(StoreError::Panicked { path: path(), message: panic_message(panic) })
}

fn path() -> PathBuf {
    PathBuf::from("sled")
}
