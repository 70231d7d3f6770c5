//! What can end a run: an invariant that does not hold, or a machine on which the suite cannot work. Both end in a failure; nothing is skipped.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use docket_ledger::LedgerError;
use docket_log::LogError;

/// What must hold after every reopening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invariant {
    /// 1: every acknowledged commit is present and byte-identical.
    Kept,
    /// 2: what is present was submitted, and commands are there wholly or not at all.
    NoPhantom,
    /// 3: indexes are dense and times of recording strictly increase.
    Ordered,
    /// 4: the tree matches every checkpoint that was acknowledged.
    Checkpoints,
    /// 5: the store equals what the journal rebuilds, and no erased words are back.
    Rebuilt,
    /// 6: an answer at an old size has the same bytes as before.
    Answers,
    /// 7: repeats are recognised, and an old expected version is refused.
    Idempotent,
    /// A run ends as documented: done, refused, or exit code 4 for the environment; never with a panic.
    Ending,
    /// Recording goes on when the fault is gone.
    GoesOn,
    /// The instrument itself: a fault that was ordered took place, a cut loses what was not synced.
    Bites,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "1, every acknowledged commit is present and byte-identical",
            Self::NoPhantom => "2, what is present was submitted, each command wholly",
            Self::Ordered => "3, indexes are dense and times strictly increase",
            Self::Checkpoints => "4, the tree matches every acknowledged checkpoint",
            Self::Rebuilt => "5, the store equals what the journal rebuilds, and no erased words are back",
            Self::Answers => "6, an old answer has the same bytes",
            Self::Idempotent => "7, repeats and expected versions are recognised",
            Self::Ending => "a run ends as documented",
            Self::GoesOn => "recording goes on when the fault is gone",
            Self::Bites => "the instrument bites",
        })
    }
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum CrashError {
    /// Something that was promised does not hold.
    #[error("VIOLATION of \"{invariant}\": {detail}")]
    Violation {
        /// What.
        invariant: Invariant,
        /// Where it shows.
        detail: String,
    },
    /// The data directory, or the log in it, could not be used after a fault.
    #[error("the ledger cannot be used: {}", docket_log::error::chain(.0))]
    Ledger(#[from] LedgerError),
    /// The same, of the log.
    #[error("the log cannot be used: {}", docket_log::error::chain(.0))]
    Log(#[from] LogError),
    /// A file or process could not be used.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A line of the witness's ledger cannot be read.
    #[error("line {number} of {} cannot be read: {source}", path.display())]
    Line {
        /// The ledger file.
        path: PathBuf,
        /// Which line, from 1.
        number: usize,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A recipe does not make a command: an error of this suite.
    #[error("the recipe of command {command} makes no command: {reason}")]
    Recipe {
        /// The command.
        command: uuid::Uuid,
        /// Why not.
        reason: String,
    },
    /// A mutant cannot be tried, or the code is red without one.
    #[error("mutant {name}: {problem}")]
    Mutant {
        /// The patch.
        name: String,
        /// Why not.
        problem: String,
    },
    /// A tool that the suite needs is missing or not allowed.
    #[error(
        "{tool} cannot be used: {reason}; run tests/setup.sh, and run this as root or where user namespaces are allowed"
    )]
    Tool {
        /// The tool.
        tool: &'static str,
        /// What happened.
        reason: String,
    },
}

impl CrashError {
    /// A violation.
    pub(crate) fn violation(invariant: Invariant, detail: impl Into<String>) -> Self {
        Self::Violation { invariant, detail: detail.into() }
    }

    /// Wraps an I/O error with what was tried on which file.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { operation, path: path.to_owned(), source }
    }

    /// The same failure, with what was done to bring it about.
    #[must_use]
    pub fn during(self, what: &str) -> Self {
        match self {
            Self::Violation { invariant, detail } => {
                Self::Violation { invariant, detail: format!("{detail} [{what}]") }
            }
            other => Self::Violation { invariant: Invariant::GoesOn, detail: format!("{other} [{what}]") },
        }
    }
}

/// Demands something that was promised.
pub(crate) fn demand(
    holds: bool,
    invariant: Invariant,
    detail: impl FnOnce() -> String,
) -> Result<(), CrashError> {
    if holds { Ok(()) } else { Err(CrashError::violation(invariant, detail())) }
}
