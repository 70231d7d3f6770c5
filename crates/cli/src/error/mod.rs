//! Failures at the edge: one line that says what is wrong, one that says what to do, and the exit code (DESIGN section 10).

mod ending;

use std::error::Error;
use std::io;
use std::path::PathBuf;

use docket_domain::time::TimeError;
use docket_domain::{EventId, Origin, Subject, TEXT_BYTES_MAX, Zone};
use docket_ledger::{ErrorKind, LedgerError};
use docket_log::LogError;
use docket_log::backup::BackupError;
use docket_log::export::ExportError;
use docket_log::fs::LockError;
use docket_log::keys::KeyFileError;
use docket_log::receipt::ReceiptError;
use docket_log::tlog::key::KeyError;
use docket_projection::ProjectionError;

use crate::bench::BenchError;
use crate::text;
pub(crate) use ending::{conclude, usage};

/// How a command ended that did what it was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is wrong: exit 0.
    Done,
    /// Something was found that should not be: exit 1.
    Finding,
}

/// A command that could not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The ledger or the log refused.
    #[error(transparent)]
    Ledger(Box<LedgerError>),
    /// A date that cannot be read.
    #[error("{problem}")]
    Date {
        /// The zone in which it was read.
        zone: Zone,
        /// Why.
        problem: TimeError,
    },
    /// Nobody to record as.
    #[error("the operating system does not name its user")]
    NoUser {
        /// What it said.
        #[source]
        source: whoami::Error,
    },
    /// The user's name cannot be an actor.
    #[error("the name of the operating system's user cannot be recorded")]
    UserName {
        /// Why.
        #[source]
        source: docket_domain::id::IdError,
    },
    /// The log holds no register.
    #[error("the log in {} holds no register yet", data.display())]
    NoRegister {
        /// The data directory.
        data: PathBuf,
    },
    /// No status that a finding could be about.
    #[error("{subject} has no status today that a finding could judge")]
    NoClaim {
        /// The recommendation.
        subject: Subject,
    },
    /// There is no receipt.
    #[error(transparent)]
    Receipt(Box<ReceiptError>),
    /// There is no export.
    #[error(transparent)]
    Export(Box<ExportError>),
    /// There is no backup, or it was not restored.
    #[error(transparent)]
    Backup(Box<BackupError>),
    /// The target lies in the directory that is read.
    #[error("{} lies in {}, which is only read: nothing may be written there", target.display(), directory.display())]
    TargetInside {
        /// What was named.
        target: PathBuf,
        /// Where it lies.
        directory: PathBuf,
    },
    /// A tree or bundle needs a directory.
    #[error("this format is a directory of files: name a new or empty one")]
    ExportDirectory,
    /// No source where one was looked for.
    #[error("there is no source.toml in {} or in a folder in it", path.display())]
    NoSource {
        /// The folder.
        path: PathBuf,
    },
    /// A plan is about one source.
    #[error("a plan is about one source; there are {sources} in the folder")]
    OneSource {
        /// How many there are.
        sources: usize,
    },
    /// A plan cannot be written.
    #[error("cannot write the plan to {}", path.display())]
    PlanFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The log has another name than the one asked for.
    #[error("the log is {origin}, not {wanted}")]
    OtherOrigin {
        /// What was asked for.
        wanted: Origin,
        /// What the log is.
        origin: Origin,
    },
    /// The same words stand elsewhere, and nothing was said about that.
    #[error("the same words stand in {} besides: nothing was redacted", crate::text::counted(*places, "place"))]
    OtherPlaces {
        /// How many places.
        places: u64,
    },
    /// A part of an event is not named as EVENT:FIELD.
    #[error("{given:?} names no part of an event: expected EVENT:FIELD, such as 7@3:text")]
    PartForm {
        /// What was given.
        given: String,
    },
    /// A text on standard input or in a file is over the limit.
    #[error("the text {place} is over {TEXT_BYTES_MAX} bytes")]
    TextTooLong {
        /// Where it stands.
        place: String,
    },
    /// A text on standard input or in a file is no text.
    #[error("the text {place} is not valid UTF-8 at byte {offset}")]
    TextNotUtf8 {
        /// Where it stands.
        place: String,
        /// The first bad byte, counted from 0.
        offset: usize,
    },
    /// A file or standard input cannot be read.
    #[error("cannot read {what}")]
    Unreadable {
        /// What was to be read.
        what: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file or directory cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file is larger than any that is read for this purpose.
    #[error("{} is over {bytes_max} bytes", file.display())]
    FileTooLarge {
        /// The file.
        file: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// Lines of a file cannot be recorded, so nothing of it is.
    #[error("{} in {}: nothing was recorded", text::counted(*problems, "problem"), file.display())]
    BatchRefused {
        /// The file.
        file: PathBuf,
        /// How many problems there are.
        problems: u64,
        /// Whether the file as a whole cannot be read as a table.
        malformed: bool,
    },
    /// A file was recorded before, but with other options.
    #[error("{} was recorded before with other options, as event {event}", file.display())]
    BatchOtherwise {
        /// The file.
        file: PathBuf,
        /// An event that says something else.
        event: EventId,
    },
    /// A public key cannot be used.
    #[error("{given} is neither a public key (vkey) nor a file that holds one")]
    VerifierKey {
        /// What was given.
        given: String,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// A key is there already.
    #[error("there is a key in {} already", data.display())]
    KeyExists {
        /// The data directory.
        data: PathBuf,
    },
    /// What belongs to a key is there, and the key is not.
    #[error("log.key is missing from {}, where a log or its public key stands", data.display())]
    KeyLost {
        /// The data directory.
        data: PathBuf,
    },
    /// No public key to show.
    #[error("there is no key in {}", data.display())]
    NoVerifierKey {
        /// The data directory.
        data: PathBuf,
    },
    /// A workbook is no text for a terminal.
    #[error("a workbook cannot be shown on a terminal")]
    WorkbookOnTerminal,
    /// Standard output takes nothing more.
    #[error("cannot write to standard output")]
    Output {
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// An answer cannot be printed.
    #[error("the answer cannot be printed as {format}")]
    Print {
        /// The format.
        format: &'static str,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A benchmark cannot go on.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// Whoever read standard output has seen enough. Not an error: the command ends quietly.
    #[error("standard output is closed")]
    OutputClosed,
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(Box::new(error))
    }
}

impl From<LogError> for CliError {
    fn from(error: LogError) -> Self {
        LedgerError::from(error).into()
    }
}

impl From<ReceiptError> for CliError {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Log(error) => error.into(),
            error => Self::Receipt(Box::new(error)),
        }
    }
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Log(error) => error.into(),
            error => Self::Export(Box::new(error)),
        }
    }
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Log(error) => error.into(),
            error => Self::Backup(Box::new(error)),
        }
    }
}

impl From<KeyFileError> for CliError {
    fn from(error: KeyFileError) -> Self {
        LogError::from(error).into()
    }
}

impl From<LockError> for CliError {
    fn from(error: LockError) -> Self {
        LogError::from(error).into()
    }
}

impl CliError {
    /// Usage 2, refused by a rule 3, environment 4.
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Ledger(error) => error.kind(),
            Self::Receipt(error) => match **error {
                ReceiptError::NotKnown { .. } | ReceiptError::TooLong { .. } => ErrorKind::Refused,
                _ => ErrorKind::Environment,
            },
            Self::Export(error) => match **error {
                ExportError::NotEmpty { .. } => ErrorKind::Usage,
                _ => ErrorKind::Environment,
            },
            Self::PlanFile { source, .. } => match source.kind() {
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound => ErrorKind::Usage,
                _ => ErrorKind::Environment,
            },
            Self::Backup(error) => match **error {
                BackupError::NotEmpty { .. } | BackupError::NotABackup { .. } => ErrorKind::Usage,
                BackupError::OtherHistory { .. }
                | BackupError::NotRestored { .. }
                | BackupError::Checkpoint { .. }
                | BackupError::EntriesMissing { .. }
                | BackupError::HistoryDiffers { .. }
                | BackupError::OlderCheckpoint { .. }
                | BackupError::OwnCheckpoint { .. }
                | BackupError::WentOn { .. }
                | BackupError::SameOrigin { .. }
                | BackupError::Reason { .. } => ErrorKind::Refused,
                _ => ErrorKind::Environment,
            },
            Self::Unreadable { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => ErrorKind::Usage,
                _ => ErrorKind::Environment,
            },
            Self::BatchRefused { malformed: true, .. }
            | Self::Date { .. }
            | Self::NoUser { .. }
            | Self::UserName { .. }
            | Self::NoSource { .. }
            | Self::OneSource { .. }
            | Self::OtherPlaces { .. }
            | Self::PartForm { .. }
            | Self::TextNotUtf8 { .. }
            | Self::VerifierKey { .. }
            | Self::ExportDirectory
            | Self::TargetInside { .. }
            | Self::WorkbookOnTerminal => ErrorKind::Usage,
            Self::NoRegister { .. }
            | Self::NoClaim { .. }
            | Self::FileTooLarge { .. }
            | Self::BatchRefused { .. }
            | Self::BatchOtherwise { .. }
            | Self::OtherOrigin { .. }
            | Self::TextTooLong { .. }
            | Self::KeyExists { .. }
            | Self::KeyLost { .. } => ErrorKind::Refused,
            Self::Unwritable { .. }
            | Self::Bench(_)
            | Self::NoVerifierKey { .. }
            | Self::Output { .. }
            | Self::Print { .. }
            | Self::OutputClosed => ErrorKind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Ledger(error) => match &**error {
                LedgerError::Projection(error) => projection_hint(error),
                LedgerError::Log(error) if is_forbidden(error) => {
                    "this directory can only be read by this user: change its permissions, or name another --data"
                }
                error => error.hint()?,
            },
            Self::Receipt(error) if matches!(**error, ReceiptError::TooLong { .. }) => "add --withhold-texts",
            Self::Backup(error) => error.hint()?,
            Self::Export(error) if matches!(**error, ExportError::NotEmpty { .. }) => "name a new directory",
            Self::Date { zone, .. } => return Some(format!("dates are read in the register's zone, {zone}")),
            Self::NoUser { .. } | Self::UserName { .. } => "say who records with --by",
            Self::NoRegister { .. } => "import a source first: `docket import PATH`",
            Self::NoClaim { .. } => "`docket timeline N` shows its statuses; name one with --claim",
            Self::TargetInside { .. } => "name a place outside of it, best on another disk",
            Self::ExportDirectory => "for example `docket export --format bundle ./bundle`",
            Self::NoSource { .. } => "name a source folder, or a folder of source folders such as seeds",
            Self::OneSource { .. } => "name the folder of the source",
            Self::PlanFile { .. } => {
                "name a new file in a directory that is there; a plan is never overwritten"
            }
            Self::OtherOrigin { .. } => {
                "a log keeps its name: leave --origin out, or begin another log with --data"
            }
            Self::OtherPlaces { .. } => {
                "they are listed above: add --also EVENT:FIELD for each that is to go too, --all-listed for all of them, or --only-this to leave them"
            }
            Self::PartForm { .. } => "`docket redact EVENT --dry-run` lists the parts of an event",
            Self::TextTooLong { .. } => {
                "shorten it, record it as several notes, or attach it with `docket record evidence N FILE`"
            }
            Self::TextNotUtf8 { .. } => "save it as UTF-8, for example with iconv",
            Self::BatchRefused { .. } => {
                "mend the lines that are named and repeat; `--dry-run` checks the file without recording"
            }
            Self::BatchOtherwise { .. } => {
                "a file is recorded once; what it did not say goes into another file"
            }
            Self::FileTooLarge { .. } => "split it, or shorten it",
            Self::VerifierKey { .. } => "`docket keygen --show` prints the public key of a log",
            Self::KeyExists { .. } => {
                "a key is never overwritten; `docket keygen --show` prints its public key"
            }
            Self::KeyLost { .. } => {
                "put log.key back from where it is kept; a log that lost its key can be read and verified"
            }
            Self::NoVerifierKey { .. } => {
                "make one with `docket keygen --origin ORIGIN`, or name another --data"
            }
            Self::WorkbookOnTerminal => "name a file: `docket report --format xlsx --output report.xlsx`",
            Self::Output { .. } => {
                "free some space where the output goes, then repeat; what was recorded stays recorded"
            }
            Self::Unwritable { .. } => "name a place that can be written and has space",
            Self::Bench(_) => {
                "remove the directory named by --dir and run it again; no other data is touched by a benchmark"
            }
            Self::Receipt(_)
            | Self::Export(_)
            | Self::Unreadable { .. }
            | Self::Print { .. }
            | Self::OutputClosed => return None,
        };
        Some(hint.to_owned())
    }
}

/// Whether the operating system forbids what the log needs.
fn is_forbidden(error: &LogError) -> bool {
    match error {
        LogError::Lock(LockError::Io { source, .. }) | LogError::Io { source, .. } => {
            matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
        }
        _ => false,
    }
}

const fn projection_hint(error: &ProjectionError) -> &'static str {
    match error {
        ProjectionError::EventForm { .. }
        | ProjectionError::UnknownEvent { .. }
        | ProjectionError::UnknownVersion { .. } => {
            "`docket timeline N` shows ids and versions; 7@3 is the third event of recommendation 7"
        }
        ProjectionError::RegisterNeeded { .. } => "add --register ID",
        ProjectionError::UnknownRecommendation { .. } | ProjectionError::AmbiguousRecommendation { .. } => {
            "`docket list` shows numbers and keys"
        }
        _ => "run `docket verify`",
    }
}
