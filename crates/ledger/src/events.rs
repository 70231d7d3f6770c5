//! The older events of the projection, read from the log; a read that fails is never taken for "nothing there".

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::Event;
use docket_log::seal::SealedText;
use docket_log::{LogError, LogReader};
use docket_projection::Events;

use crate::error::LedgerError;

/// How many of the newest events stay in memory beside the index: about 16 MB. Most questions are about these.
pub(crate) const RECENT_EVENTS: u64 = 16 * 1024;

type Read = dyn Fn(u64) -> Result<Arc<Event<SealedText>>, LogError> + Send + Sync;

/// Reads events, and counts the reads that fail.
pub(crate) struct LogEvents {
    read: Box<Read>,
    /// The log, if that is what is read.
    log: Option<LogReader>,
    failures: AtomicU64,
    last: Mutex<Option<String>>,
}

impl LogEvents {
    /// The events of a log.
    pub(crate) fn of(log: LogReader) -> Arc<Self> {
        let fetched = Some(log.clone());
        let read = move |index| log.event(index).map(|stored| Arc::clone(&stored.entry.event));
        Self::with_log(Box::new(read), fetched)
    }

    #[cfg(test)]
    pub(crate) fn new(read: Box<Read>) -> Arc<Self> {
        Self::with_log(read, None)
    }

    fn with_log(read: Box<Read>, log: Option<LogReader>) -> Arc<Self> {
        Arc::new(Self { read, log, failures: AtomicU64::new(0), last: Mutex::new(None) })
    }

    /// Asks the projection something. The answer is given only if no read has failed meanwhile: one that failed may be missing from it.
    pub(crate) fn checked<R>(&self, ask: impl FnOnce() -> R) -> Result<R, LedgerError> {
        let before = self.failures.load(Ordering::SeqCst);
        let answer = ask();
        if self.failures.load(Ordering::SeqCst) == before {
            return Ok(answer);
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Err(LedgerError::Unread { reason: last.clone().unwrap_or_default() })
    }
}

impl Events<SealedText> for LogEvents {
    fn event(&self, index: u64) -> Option<Arc<Event<SealedText>>> {
        match (self.read)(index) {
            Ok(event) => Some(event),
            Err(error) => {
                let reason = format!("entry {index}: {}", docket_log::error::chain(&error));
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                self.failures.fetch_add(1, Ordering::SeqCst);
                None
            }
        }
    }

    fn fetch(&self, places: &[(u64, u64)]) {
        if let Some(log) = &self.log {
            log.fetch(places);
        }
    }
}
