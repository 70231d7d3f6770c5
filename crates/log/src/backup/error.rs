//! Why there is no backup, or none that can be restored.

use std::io;
use std::path::PathBuf;

use docket_domain::Origin;

use crate::error::LogError;
use crate::seal::SealError;
use crate::tlog::checkpoint::CheckpointError;

/// A failed backup or restore.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An operation on a file failed.
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
    /// The directory holds something that is no backup.
    #[error("{} holds {name}, which belongs to no backup", path.display())]
    NotABackup {
        /// The directory.
        path: PathBuf,
        /// What it holds.
        name: String,
    },
    /// There is no manifest, so no run was ever finished here.
    #[error("{} holds no finished backup: backup.json is missing", path.display())]
    NoManifest {
        /// The directory.
        path: PathBuf,
    },
    /// The manifest cannot be read.
    #[error("{} is no manifest of a backup", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why; nothing where its format is another one, or where it names a file that no backup holds.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// The backup is of another log, or of a later state of this one.
    #[error("{} holds a backup of {size} entries that are not the first ones of this log", path.display())]
    OtherHistory {
        /// The directory of the backup.
        path: PathBuf,
        /// Its size.
        size: u64,
    },
    /// The backup is damaged. Nothing was restored.
    #[error("the backup in {} is damaged: {first}", path.display())]
    Damaged {
        /// The directory of the backup.
        path: PathBuf,
        /// The first fault found, and where.
        first: String,
    },
    /// Something was redacted in every run.
    #[error("words were redacted during each of {runs} attempts: what was copied does not belong together")]
    Redacting {
        /// How many runs there were.
        runs: u32,
    },
    /// The place to restore to is not empty.
    #[error("{} is not empty: a backup is restored into a new or empty directory only", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing was restored here, or it was confirmed before.
    #[error("{} was not restored from a backup, or is released already", path.display())]
    NotRestored {
        /// The data directory.
        path: PathBuf,
    },
    /// The restore did not finish.
    #[error("the restore into {} did not finish", path.display())]
    Unfinished {
        /// The data directory.
        path: PathBuf,
    },
    /// The checkpoint shown is not one of this log.
    #[error("this is no checkpoint that this log signed")]
    Checkpoint {
        /// Why.
        #[source]
        source: CheckpointError,
    },
    /// The checkpoint shown is later than what was restored.
    #[error(
        "entries are missing: the checkpoint has {signed} entries and what was restored {restored}, so acknowledged entries are lost"
    )]
    EntriesMissing {
        /// The size of the checkpoint.
        signed: u64,
        /// The size of the restored log.
        restored: u64,
    },
    /// The checkpoint shown is older than what was restored.
    #[error(
        "the checkpoint has {signed} entries and what was restored {restored}: an older checkpoint does not show that no entry is missing"
    )]
    OlderCheckpoint {
        /// The size of the checkpoint.
        signed: u64,
        /// The size of the restored log.
        restored: u64,
    },
    /// The checkpoint shown is the one that lies in the backup.
    #[error(
        "this is the checkpoint of the backup itself ({size} entries): it cannot show that nothing was recorded after the backup"
    )]
    OwnCheckpoint {
        /// Its size.
        size: u64,
    },
    /// The log of that directory goes on elsewhere already.
    #[error("the log in {} went on as {origin}: it cannot go on twice", path.display())]
    WentOn {
        /// The old data directory.
        path: PathBuf,
        /// The name under which it goes on.
        origin: String,
    },
    /// The new origin is one that the log had.
    #[error("{origin} is a name that this log had: after a loss it goes on under another one only")]
    SameOrigin {
        /// The origin.
        origin: Origin,
    },
    /// The reason cannot be recorded.
    #[error("the reason cannot be recorded")]
    Reason {
        /// Why.
        #[source]
        source: SealError,
    },
    /// The checkpoint shown is of another history.
    #[error("history differs: at {size} entries the checkpoint has another root than what was restored")]
    HistoryDiffers {
        /// The size of the checkpoint.
        size: u64,
    },
}

impl BackupError {
    /// What to do next, where something can be done.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Log(error) => error.hint(),
            Self::Redacting { .. } => Some(
                "run the same backup again when nothing is being redacted; the earlier backup is untouched",
            ),
            Self::NotABackup { .. } => Some("name a new or empty directory, or that of an earlier backup"),
            Self::OtherHistory { .. } => Some("keep that backup, and name another directory for this log"),
            Self::NoManifest { .. } => Some("run `docket backup DIR` until it ends without an error"),
            Self::Damaged { .. } => Some("nothing was restored: take an earlier backup"),
            Self::Manifest { .. } => {
                Some("nothing was changed: restore an earlier backup, or back up into a new directory")
            }
            Self::NotEmpty { .. } => Some("name a new directory with --data"),
            Self::Unfinished { .. } => {
                Some("remove that directory and restore again: the backup is untouched")
            }
            Self::EntriesMissing { .. } => Some(
                "look for a later backup; if there is none, the log goes on in a new directory under a new name: add --continue-as ORIGIN --reason TEXT",
            ),
            Self::OlderCheckpoint { .. } | Self::OwnCheckpoint { .. } => Some(
                "bring the newest checkpoint that was kept elsewhere, and ask those who hold receipts; if you can say that nobody holds a later one, add --no-later-checkpoint-is-known",
            ),
            Self::WentOn { .. } => Some(
                "use that log; only if the run that made it was interrupted (its directory says that the restore did not finish): remove that directory and the file log.continued-as here, and repeat",
            ),
            Self::HistoryDiffers { .. } => {
                Some("keep both: one of them was altered. `docket verify` and an older checkpoint tell which")
            }
            Self::Checkpoint { .. } => Some(
                "show a checkpoint of this log that was kept elsewhere: `docket verify` prints the newest, receipts and bundles end with one",
            ),
            Self::SameOrigin { .. } => Some("choose a new one, such as the old one with a year behind it"),
            Self::Io { .. } | Self::NotRestored { .. } | Self::Reason { .. } => None,
        }
    }
}
