//! Why a benchmark cannot go on.

use std::io;

use docket_ledger::LedgerError;
use docket_log::LogError;

use super::events::EventsError;

/// Why a benchmark cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The log that is measured refused or failed.
    #[error(transparent)]
    Ledger(Box<LedgerError>),
    /// The generator of events is refused by the rules of names and times.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// A file or process of the benchmark itself failed.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// sled no longer takes anything.
    #[error("sled lacks {lag} entries and has not taken any for ten minutes")]
    StoreStands {
        /// How many entries it lacks.
        lag: u64,
    },
    /// The serving child ended before it answered.
    #[error("the process that serves the log ended without an answer")]
    NoAnswer,
    /// The log that was measured does not verify.
    #[error("the measured log has {count} findings; the first: {first}")]
    Findings {
        /// How many.
        count: u64,
        /// The first one.
        first: String,
    },
    /// A prepared log is of other events.
    #[error("the log prepared for {events} events holds {found}")]
    OtherLog {
        /// How many it should hold at least.
        events: u64,
        /// How many it holds.
        found: u64,
    },
}

impl From<LedgerError> for BenchError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(Box::new(error))
    }
}

impl From<LogError> for BenchError {
    fn from(error: LogError) -> Self {
        LedgerError::from(error).into()
    }
}

/// What was tried, for an error of the operating system.
pub(super) fn io(what: &'static str) -> impl FnOnce(io::Error) -> BenchError {
    move |source| BenchError::Io { what, source }
}
