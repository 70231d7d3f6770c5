//! The thread that writes the store: behind the commits, in finished bundles.
//!
//! No acknowledgement waits for it and none rests on it. If it fails, the log goes on: the tail stays in memory, and the next start
//! catches up or rebuilds.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use crate::error::LogError;
use crate::record::{BundleCheckpoint, StoredEvent};
use crate::store::Store;
use crate::store::image::Image;
use crate::tail::Tail;
use crate::tlog::hash::Hash;

/// Commits that may wait for the store before the writer waits for it.
const QUEUE_COMMITS_MAX: usize = 1024;

/// What a commit hands over.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) events: Vec<(Arc<StoredEvent>, Hash)>,
    pub(crate) checkpoint: Option<BundleCheckpoint>,
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
        if let Some(checkpoint) = committed.checkpoint {
            self.signed = self.signed.max(checkpoint.size);
            self.image.sign(checkpoint);
        }
        while let Some(batch) = self.image.next_batch(self.signed)? {
            self.store.apply(&batch)?;
        }
        Ok(self.image.finished())
    }
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Behind {
    queue: Option<SyncSender<Committed>>,
    thread: Option<JoinHandle<()>>,
    failure: Arc<Mutex<Option<LogError>>>,
}

impl Behind {
    /// Starts the thread. It prunes the tail of what the store has.
    pub(crate) fn start(applier: Applier, tail: Arc<RwLock<Tail>>) -> std::io::Result<Self> {
        let (queue, commits) = sync_channel(QUEUE_COMMITS_MAX);
        let failure = Arc::new(Mutex::new(None));
        let reported = Arc::clone(&failure);
        let thread = std::thread::Builder::new().name("sled-behind".to_owned()).spawn(move || {
            if let Err(error) = run(applier, &commits, &tail) {
                *reported.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                // The writer must never wait for a store that has failed.
                while commits.recv().is_ok() {}
            }
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread), failure })
    }

    /// Hands over a commit that is durable.
    pub(crate) fn send(&self, committed: Committed) {
        if let Some(queue) = &self.queue {
            // It fails only if the thread has panicked: then the store is caught up at the next start.
            drop(queue.send(committed));
        }
    }

    /// Waits until everything is written and says what failed, if anything did.
    pub(crate) fn stop(&mut self) -> Option<LogError> {
        self.queue = None;
        let panicked = self.thread.take().is_some_and(|thread| thread.join().is_err());
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.or_else(|| {
            panicked.then(|| LogError::Io {
                operation: "finish writing to",
                path: "sled".into(),
                source: std::io::Error::other("the thread panicked"),
            })
        })
    }
}

fn run(mut applier: Applier, commits: &Receiver<Committed>, tail: &RwLock<Tail>) -> Result<(), LogError> {
    let mut stored = applier.image.finished();
    while let Ok(committed) = commits.recv() {
        let reached = applier.take(committed)?;
        if reached > stored {
            stored = reached;
            tail.write().unwrap_or_else(PoisonError::into_inner).prune(stored);
        }
    }
    applier.store.flush()?;
    Ok(())
}
