//! Everything that can go wrong with a log as a whole.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use docket_domain::Origin;

use crate::blobs::BlobError;
use crate::entry::EntryError;
use crate::fs::LockError;
use crate::journal::JournalError;
use crate::keys::KeyFileError;
use crate::open::Foreign;
use crate::seal::OpeningFault;
use crate::store::StoreError;
use crate::store::image::ImageError;
use crate::tlog::checkpoint::CheckpointError;
use crate::tlog::compact::CompactError;
use crate::tlog::hash::Hash;
use crate::tlog::key::KeyError;

/// A failed operation on a log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The lock was not taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A document cannot be used.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The origin is no key name.
    #[error("{origin} cannot be the name of a key")]
    Name {
        /// The origin.
        origin: Origin,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// There is no log in the directory.
    #[error("there is no log in {}", path.display())]
    NoLog {
        /// The data directory.
        path: PathBuf,
    },
    /// A log is there, and its key is not.
    #[error("{} is missing: without it nothing can be signed or recorded", path.display())]
    NoKey {
        /// Where the key must be.
        path: PathBuf,
    },
    /// The key has another name than the log.
    #[error("the key {} is of {found}, but the log is {origin}", path.display())]
    OtherKey {
        /// The key file.
        path: PathBuf,
        /// Whose key it is.
        found: String,
        /// The log's origin.
        origin: String,
    },
    /// A part of the journal was not written with this log's key. Nothing was changed, signed or shown.
    #[error("entries {first} to {last} (byte {offset} of {}) were not written with this log's key: {why}", path.display())]
    ForeignFrame {
        /// The segment.
        path: PathBuf,
        /// The byte in it at which the first such frame begins.
        offset: u64,
        /// Its first entry.
        first: u64,
        /// The last entry that is concerned.
        last: u64,
        /// What shows it.
        why: Foreign,
    },
    /// An operation on the data directory failed.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A stored entry cannot be read.
    #[error("entry {index} in the journal cannot be read")]
    Entry {
        /// Its index.
        index: u64,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// A stored text cannot be opened.
    #[error("the texts of entry {index} cannot be opened")]
    Opening {
        /// The entry's index.
        index: u64,
        /// Why.
        #[source]
        source: OpeningFault,
    },
    /// A record cannot be printed.
    #[error("a bundle of records cannot be made")]
    Image(#[from] ImageError),
    /// The journal's root does not follow from its entries.
    #[error("the entries of the journal up to {size} have the root {found}, but the journal says {stated}")]
    Root {
        /// The size.
        size: u64,
        /// What the frame says.
        stated: Hash,
        /// What its entries give.
        found: Hash,
    },
    /// The journal ends before entries that the store or its mark knows.
    #[error("the journal in {} ends at {journal} entries, but {known} were recorded: it is an older copy, or entries were lost", path.display())]
    JournalBehind {
        /// The data directory.
        path: PathBuf,
        /// The entries in the journal.
        journal: u64,
        /// The entries that are known.
        known: u64,
    },
    /// A rebuild went on with a journal that lacks entries which were recorded and signed.
    #[error(
        "entries up to {known} were recorded and are lost: this log can only be read (the journal has {journal})"
    )]
    EntriesLost {
        /// The entries that the log had.
        known: u64,
        /// The entries in the journal.
        journal: u64,
    },
    /// The directory was restored from a backup, and nothing shows yet that it is the newest state of its log.
    #[error(
        "this log was restored from a backup ({size} entries) and can only be read until it is shown a checkpoint kept elsewhere"
    )]
    Restored {
        /// The entries that were restored.
        size: u64,
    },
    /// The log goes on in another directory under another name.
    #[error("this log went on as {origin} in another directory: this one can only be read")]
    WentOn {
        /// The name under which it goes on.
        origin: String,
    },
    /// A restore into the directory did not finish, or the file that says so is damaged.
    #[error("the restore into {} did not finish", path.display())]
    RestoreUnfinished {
        /// The data directory.
        path: PathBuf,
    },
    /// An entry says that it stands in another place.
    #[error("entry {index} in the journal says that it is entry {found}")]
    EntryIndex {
        /// Where it stands.
        index: u64,
        /// What it says.
        found: u64,
    },
    /// A frame carries the signature of another checkpoint than the one before it.
    #[error(
        "the frame of entry {index} in the journal carries the signature of size {size} instead of its own start"
    )]
    FrameCheckpoint {
        /// The frame's first entry.
        index: u64,
        /// The size that the signature is of.
        size: u64,
    },
    /// Store and journal hold different histories.
    #[error("sled and journal in {} contradict each other at entry {index}", path.display())]
    Contradiction {
        /// The data directory.
        path: PathBuf,
        /// The first entry that differs, as far as known.
        index: u64,
    },
    /// A tree could not be put together.
    #[error("the tree cannot be put together")]
    Tree {
        /// Why.
        #[source]
        source: CompactError,
    },
    /// A checkpoint cannot be made.
    #[error("the checkpoint cannot be made")]
    Checkpoint {
        /// Why.
        #[source]
        source: CheckpointError,
    },
    /// An entry to be committed does not continue this log. Nothing was recorded.
    #[error("entry {found} of {origin} cannot be committed: this log goes on with its entry {expected}")]
    ForeignDraft {
        /// The next index.
        expected: u64,
        /// The entry's.
        found: u64,
        /// The log that the entry says it is of.
        origin: Origin,
    },
    /// sled takes nothing any more. Nothing is lost: the journal has it all.
    #[error("sled has not got on for {} ms", waited.as_millis())]
    StoreHangs {
        /// How long it was waited for.
        waited: Duration,
    },
    /// Neither sled nor the journal has an entry as it was hashed.
    #[error("entry {index} cannot be read as it was recorded: sled is damaged there, and so is the journal")]
    Unproven {
        /// The first entry that is concerned.
        index: u64,
    },
    /// The file that says which entries were lost cannot be read.
    #[error("{} cannot be read: it says which entries this log has lost", path.display())]
    LostFileDamaged {
        /// The file.
        path: PathBuf,
    },
    /// A redaction speaks about something else than what stands there. Nothing was recorded.
    #[error("entry {index} cannot be redacted so: {what}")]
    NotRedactable {
        /// The entry that it names.
        index: u64,
        /// What does not fit.
        what: &'static str,
    },
    /// A redaction is recorded, and what it names is not all destroyed.
    #[error("the redaction is recorded as entry {index}, but the words are not all destroyed yet")]
    RedactionUnfinished {
        /// The first entry of the redaction.
        index: u64,
        /// What stopped it.
        #[source]
        source: Box<LogError>,
    },
    /// There is no such entry.
    #[error("there is no entry {index}: the log has {size}")]
    NoEntry {
        /// What was asked for.
        index: u64,
        /// The entries that there are.
        size: u64,
    },
    /// No signed checkpoint covers what was asked for.
    #[error("no signed checkpoint covers entry {index}")]
    NotSigned {
        /// The entry.
        index: u64,
    },
}

impl LogError {
    /// What to do next, where something can be done.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoLog { .. } => {
                Some("begin one with `docket import PATH`, or name another directory with --data")
            }
            Self::NoKey { .. } => Some(
                "put log.key back from where it is kept; a log that lost its key can only be read, or goes on under a new name: see `docket restore --help`",
            ),
            Self::LostFileDamaged { .. } => Some("put it back from a backup of the data directory"),
            Self::OtherKey { .. } => Some(
                "put the key of this log back; if it is the right one, somebody else wrote into the journal: see \"An end that is not this log's\" in docs/operations.md",
            ),
            Self::ForeignFrame { .. } => Some(
                "nothing was signed: keep the directory as it is, run `docket verify`, compare with a checkpoint kept elsewhere, and restore the newest backup; if log.key was exchanged, put the right one back. See \"An end that is not this log's\" in docs/operations.md",
            ),
            Self::JournalBehind { .. } => Some(
                "put the newer journal back; after `docket rebuild` the entries that are there can be read, and nothing can be recorded",
            ),
            Self::EntriesLost { .. } => Some(
                "put the newer journal back; a log that lost entries goes on in a new directory under a new origin: `docket restore OLD --data NEW --checkpoint FILE --continue-as ORIGIN --reason TEXT`",
            ),
            Self::WentOn { .. } => Some("record there: name that directory with --data"),
            Self::Restored { .. } => {
                Some("show it the newest checkpoint that is known: `docket restore --checkpoint FILE`")
            }
            Self::RestoreUnfinished { .. } => {
                Some("remove that directory and restore again: the backup is untouched")
            }
            Self::Store(StoreError::InUse { .. }) => {
                Some("close what still reads or writes this log, then repeat")
            }
            Self::Contradiction { .. } => Some(
                "run `docket verify`; `docket rebuild` makes sled anew if only sled differs. A journal of another history than the one that was signed here is refused: put the right one back",
            ),
            Self::Store(StoreError::OpeningHangs { .. }) => Some(
                "see whether the disk is full or failing; the journal has everything. If the disk is well, move sled/ away and repeat: it is made anew",
            ),
            Self::Unproven { .. }
            | Self::Journal(JournalError::Damaged(_))
            | Self::Root { .. }
            | Self::Entry { .. }
            | Self::EntryIndex { .. }
            | Self::FrameCheckpoint { .. } => Some(
                "nothing was changed: run `docket verify` for every fault, and restore the journal from a backup",
            ),
            Self::Journal(JournalError::NoSpace { .. }) => {
                Some("free some space and repeat: nothing was recorded")
            }
            Self::Journal(JournalError::OutcomeUnknown { .. }) => Some(
                "free some space or mend the disk, then repeat the same command: if it was recorded, it is not recorded twice",
            ),
            Self::RedactionUnfinished { .. } => Some(
                "free some space or mend the disk, then run any command that opens this log: the redaction is finished before anything else is written",
            ),
            Self::StoreHangs { .. } => Some(
                "see whether the disk is full; the journal has everything, and the next start catches up",
            ),
            _ => None,
        }
    }
}

/// An error with its causes, in one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A text with its control characters written out, as `\r` or `\u{1b}`, but for those that are kept.
#[must_use]
pub fn escape_controls(text: &str, kept: &[char]) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, character| {
        if character.is_control() && !kept.contains(&character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
        line
    })
}

#[cfg(test)]
mod tests {
    use super::escape_controls;

    #[test]
    fn a_message_stays_on_its_line_and_commands_no_terminal() {
        assert_eq!(escape_controls("a\nb\u{1b}[31mé", &[]), "a\\nb\\u{1b}[31mé");
        assert_eq!(escape_controls("a\nb\r", &['\n']), "a\nb\\r");
    }
}
