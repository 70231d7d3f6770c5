//! Commands that keep a log: backup and restore.

use std::path::PathBuf;

use clap::Args;
use docket_domain::{Actor, Origin};

use super::ReportFormat;

/// Copy the log into a backup, also while it is being written
///
/// Run again with the same directory, it copies only what changed, and takes out what was redacted since. The secret key is never part of it:
/// keep log.key elsewhere. Keep the checkpoint that is printed elsewhere too: a restore needs one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket backup /mnt/backup/docket
  docket backup /mnt/backup/docket --format json > backup-report.json")]
pub(crate) struct BackupArguments {
    /// A new or empty directory, or that of an earlier backup of this log
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// Restore a backup into a new directory, or release a restored one
///
/// The backup is verified whole first. The restored log can be read, and nothing can be recorded, until it is shown the newest signed checkpoint
/// that is known: one of exactly its size, kept elsewhere, releases it. An older one, or the one that lies in the backup, cannot show that nothing
/// is missing: with it you must say that nobody holds a later one, with --no-later-checkpoint-is-known. If it is later than the backup, entries
/// that were acknowledged are lost: then the log goes on only under a new name, with --continue-as, into a new directory. The same way is open
/// to a data directory that lost entries or its key: name it as BACKUP.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket --data /srv/docket-new restore /mnt/backup/docket
  docket --data /srv/docket-new restore --checkpoint newest-checkpoint.txt
  docket --data /srv/docket-new restore /mnt/backup/docket --checkpoint newest-checkpoint.txt
  docket --data /srv/docket-new restore --checkpoint newest-checkpoint.txt --no-later-checkpoint-is-known
  docket --data /srv/docket-new restore /mnt/backup/docket --checkpoint newest-checkpoint.txt --continue-as docket.example.org/birmingham-2026 --reason \"the disk was lost\"")]
pub(crate) struct RestoreArguments {
    /// The backup; without it, the directory named by --data was restored before
    #[arg(value_name = "BACKUP", required_unless_present = "checkpoint")]
    pub(crate) backup: Option<PathBuf>,
    /// The newest checkpoint of this log that is known, kept elsewhere; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// State that nobody holds a checkpoint or receipt of more entries than were restored: if one turns up later, there are two histories
    #[arg(long, requires = "checkpoint", conflicts_with = "continue_as")]
    pub(crate) no_later_checkpoint_is_known: bool,
    /// Let a log that lost entries or its key go on in a new directory under this name, with a new key
    #[arg(long, value_name = "ORIGIN", value_parser = Origin::new, requires_all = ["backup", "checkpoint", "reason"])]
    pub(crate) continue_as: Option<Origin>,
    /// Why it goes on under another name
    #[arg(long, value_name = "TEXT", requires = "continue_as")]
    pub(crate) reason: Option<String>,
    /// Who lets it go on [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new, requires = "continue_as")]
    pub(crate) by: Option<Actor>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}
