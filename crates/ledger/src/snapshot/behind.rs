//! The thread that appends to the snapshot, behind the writer.

use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::{Appender, BLOCK_ROWS};
use crate::plan::SharedProjection;

/// The running thread. The snapshot is a cache: if it cannot be written, it ends where it ends, and the next start folds the rest.
pub(crate) struct Behind {
    wake: Option<SyncSender<()>>,
    /// The blocks that were there when it was last woken: a commit that ends none is not worth a change of threads.
    blocks: Option<u64>,
    thread: Option<JoinHandle<()>>,
}

impl Behind {
    pub(crate) fn start(appender: Appender, projection: SharedProjection) -> std::io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("snapshot".to_owned())
            .spawn(move || run(appender, &projection, &woken))?;
        Ok(Self { wake: Some(wake), blocks: None, thread: Some(thread) })
    }

    /// Says how many entries are committed. It never waits.
    pub(crate) fn wake(&mut self, size: u64) {
        let blocks = Some(size / u64::from(BLOCK_ROWS));
        if let Some(wake) = self.wake.as_ref().filter(|_| self.blocks != blocks) {
            self.blocks = blocks;
            // A full channel says the same already.
            let _: Result<(), _> = wake.try_send(());
        }
    }
}

impl Drop for Behind {
    /// Lets it finish what is committed, so that the next start need not fold it.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run(mut appender: Appender, projection: &SharedProjection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let read = || projection.read().unwrap_or_else(PoisonError::into_inner);
        if appender.catch_up(read).is_err() {
            return;
        }
    }
}
