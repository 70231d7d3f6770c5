//! What an opening that went well has to tell.

use crate::journal::Damage;

/// Something that an operator wants to know about an opening that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The store was made anew from the journal.
    StoreRebuilt {
        /// Why it could not be used.
        reason: String,
        /// The entries that it holds now.
        size: u64,
    },
    /// The store was older than the journal and has been caught up.
    StoreCaughtUp {
        /// The entries that it had.
        from: u64,
        /// The entries of the journal.
        to: u64,
    },
    /// The log was closed cleanly with fewer entries than the journal has: mark or journal are not those that were closed.
    BeyondMark {
        /// The entries that it was closed with, by the mark.
        closed: u64,
        /// The entries of the journal.
        size: u64,
    },
    /// The last write was torn, is not known to have been acknowledged, and has been cut.
    TornTail(Damage),
    /// Entries that were recorded are not in the journal, and a rebuild has gone on without them: nothing can be recorded.
    EntriesLost {
        /// The entries that the log had.
        known: u64,
        /// The entries in the journal.
        journal: u64,
    },
    /// The directory was restored from a backup and not shown a checkpoint yet: nothing can be recorded.
    Restored {
        /// The entries that were restored.
        size: u64,
    },
    /// The log goes on in another directory under this name: nothing can be recorded here.
    WentOn(String),
    /// Redactions that were recorded and perhaps not carried out are carried out now.
    RedactionsFinished(u64),
    /// The snapshot of the projection did not fit the entries behind it: it was left aside, and every entry was read.
    SnapshotDiscarded {
        /// What did not fit.
        reason: String,
    },
    /// The directory can only be read.
    ReadOnly {
        /// Why.
        reason: String,
    },
}

impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::StoreRebuilt { reason, size } => {
                write!(f, "sled was made anew from the journal ({size} entries): {reason}")
            }
            Self::StoreCaughtUp { from, to } => {
                write!(f, "sled was at {from} entries and has been caught up with the journal's {to}")
            }
            Self::BeyondMark { closed, size } => write!(
                f,
                "the log was last closed with {closed} entries, and the journal has {size}: sled.mark or the journal was exchanged; compare with a checkpoint kept elsewhere (`docket verify --checkpoint FILE`)"
            ),
            Self::TornTail(damage) => write!(
                f,
                "a torn write at byte {} of {} was cut: it is not known to have been acknowledged",
                damage.offset,
                damage.path.display()
            ),
            Self::EntriesLost { known, journal } => write!(
                f,
                "entries up to {known} were recorded, and the journal ends at {journal}: this log can only be read"
            ),
            Self::Restored { size } => write!(
                f,
                "restored from a backup ({size} entries): this log can only be read until it is shown a checkpoint kept elsewhere"
            ),
            Self::WentOn(origin) => {
                write!(f, "this log went on as {origin} in another directory: this one can only be read")
            }
            Self::RedactionsFinished(count) => write!(
                f,
                "the words of {count} recorded redaction(s) were destroyed again: it was not certain that they were"
            ),
            Self::SnapshotDiscarded { reason } => write!(
                f,
                "the snapshot does not fit this log and was left aside ({reason}); every entry was read instead, and nothing is lost: run `docket verify`"
            ),
            Self::ReadOnly { reason } => write!(f, "opened for reading only: {reason}"),
        }
    }
}
