//! Everything that can go wrong in the application.

use std::path::PathBuf;

use docket_domain::{CommandId, EventId, Refusal, RegisterId};
use docket_log::LogError;
use docket_log::blobs::BlobError;
use docket_log::entry::EntryError;
use docket_log::journal::FrameLimit;
use docket_log::seal::SealError;
use docket_projection::ProjectionError;

use crate::clock::ClockError;
use crate::import::ImportError;

/// A failed operation of the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The log refused.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A rule refuses a step. Nothing was recorded.
    #[error("{}", refused(what, refusal))]
    Refused {
        /// Which step, in words.
        what: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The command id was used by this actor for something else.
    #[error("command {command} was recorded before with other content (event {event})")]
    CommandConflict {
        /// The command.
        command: CommandId,
        /// Its first event.
        event: EventId,
    },
    /// The event id is in the log already, from another command.
    #[error("event {event} is in the log already, from another command")]
    EventExists {
        /// The event.
        event: EventId,
    },
    /// The clocks cannot be trusted.
    #[error("no time of recording can be given")]
    Clock(#[from] ClockError),
    /// A command does not fit into one commit.
    #[error("this is too large for one commit")]
    TooLarge(#[from] FrameLimit),
    /// An entry cannot be made.
    #[error("no entry can be made for {what}")]
    Entry {
        /// Its subject.
        what: String,
        /// Why.
        #[source]
        source: EntryError,
    },
    /// Labels of a source are not in its vocabulary.
    #[error("{} of the source {} not in the vocabulary: {}", count(labels.len()), if labels.len() == 1 { "is" } else { "are" }, labels.join("; "))]
    UnknownLabels {
        /// Each with its lines and the nearest known one.
        labels: Vec<String>,
    },
    /// A text cannot be sealed.
    #[error("a text cannot be sealed")]
    Seal(#[from] SealError),
    /// Stored events do not fit together, or there is no such event or recommendation.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// An entry that the answer rests on could not be read.
    #[error("an entry could not be read, so that there is no answer: {reason}")]
    Unread {
        /// Which entry, and why.
        reason: String,
    },
    /// The queue of the writer is full.
    #[error("the writer is busy")]
    Busy,
    /// The writer has stopped.
    #[error("the writer has stopped: {reason}")]
    Stopped {
        /// What made it stop.
        reason: String,
    },
    /// The commit that this would have been part of was refused. Nothing of it was recorded.
    #[error("nothing was recorded: {reason}")]
    NotRecorded {
        /// Why.
        reason: String,
    },
    /// A request that takes several commits was interrupted between them.
    #[error("{durable} of {of} commands were recorded, then: {reason}")]
    PartlyRecorded {
        /// The commands that are durable.
        durable: usize,
        /// The commands of the request.
        of: usize,
        /// Why the others are not.
        reason: String,
    },
    /// A command without steps.
    #[error("a command without steps records nothing")]
    Empty,
    /// A command that redacts and says something else.
    #[error("a redaction is a command of its own: it cannot be recorded together with other events")]
    RedactionNotAlone,
    /// What is said about a redaction holds the words that it destroys.
    #[error("the {what} repeats the words that are to be destroyed, and would keep them in the log")]
    RepeatsWords {
        /// Which text.
        what: &'static str,
    },
    /// The event has no such part to redact.
    #[error("event {event} has no part {wanted:?}: it has {}", if parts.is_empty() { "none that can be redacted".to_owned() } else { parts.join(", ") })]
    NoSuchPart {
        /// The event.
        event: EventId,
        /// What was asked for.
        wanted: String,
        /// Those that it has.
        parts: Vec<String>,
    },
    /// The event has several parts that could be meant.
    #[error("event {event} has several parts ({}): name one", parts.join(", "))]
    WhichPart {
        /// The event.
        event: EventId,
        /// Those that it has.
        parts: Vec<String>,
    },
    /// A value of a source's manifest is no valid name.
    #[error("{key} of the source cannot be used")]
    Manifest {
        /// The key in `source.toml`.
        key: &'static str,
        /// Why.
        #[source]
        source: docket_domain::id::IdError,
    },
    /// A row's number is no valid key.
    #[error("the number {key:?} of a row cannot be the key of a recommendation")]
    RowKey {
        /// The number.
        key: String,
        /// Why.
        #[source]
        source: docket_domain::id::IdError,
    },
    /// A source cannot be imported.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The next table of a register, or its plan, cannot be used.
    #[error(transparent)]
    Next(#[from] crate::next::NextError),
    /// The directory can only be read.
    #[error("{} can only be read: {reason}", path.display())]
    ReadOnly {
        /// The data directory.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No such register.
    #[error("there is no register {register} in this log")]
    NoRegister {
        /// The register.
        register: RegisterId,
    },
    /// Several registers, and none was named.
    #[error("this log holds several registers ({}): name one", registers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    WhichRegister {
        /// Those that there are.
        registers: Vec<RegisterId>,
    },
    /// No such recommendation.
    #[error("there is no recommendation {} in {register}", wanted.escape_debug())]
    NoRecommendation {
        /// What was asked for.
        wanted: String,
        /// The register.
        register: RegisterId,
    },
    /// Several recommendations bear the number.
    #[error("several recommendations are meant by {wanted:?} ({}): name the key", keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    WhichRecommendation {
        /// What was asked for.
        wanted: String,
        /// The keys of those that it may mean.
        keys: Vec<docket_domain::Key>,
    },
    /// The recommendation was recorded later than the size asked about.
    #[error(
        "recommendation {} of {register} was not known yet at size {known_at}: it is known since size {since}",
        wanted.escape_debug()
    )]
    NotKnownYet {
        /// What was asked for.
        wanted: String,
        /// The register.
        register: RegisterId,
        /// The size asked about.
        known_at: u64,
        /// The first size at which it is known.
        since: u64,
    },
    /// No such event.
    #[error("there is no event {}", wanted.escape_debug())]
    NoEvent {
        /// What was asked for.
        wanted: String,
    },
    /// A size beyond the log.
    #[error("the log has {size} entries, so nothing is known at {wanted}")]
    Future {
        /// What was asked for.
        wanted: String,
        /// The entries that there are.
        size: u64,
    },
    /// A report is compared with a point on the recorded clock that lies beyond its own.
    #[error(
        "a report that knows {known_at} entries cannot be compared with {}, which is later: name an earlier one",
        wanted.escape_debug()
    )]
    SinceLater {
        /// What was asked for.
        wanted: String,
        /// The entries that the report knows.
        known_at: u64,
    },
    /// Changes that would end before they begin, on the recorded clock.
    #[error(
        "from entry {from} to entry {to} runs backwards: name the smaller number, or the earlier time, first"
    )]
    ChangesBackwards {
        /// The entries known at the beginning.
        from: u64,
        /// The entries known at the end.
        to: u64,
    },
    /// Not a point on the recorded clock.
    #[error("{wanted:?} is no point on the recorded clock: expected a number of entries, a day or a time")]
    KnownAt {
        /// What was asked for.
        wanted: String,
    },
    /// A date that cannot be read.
    #[error(transparent)]
    Time(#[from] docket_domain::time::TimeError),
}

/// What kind of error it is: the exit codes of DESIGN section 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The caller asked for something impossible: exit 2.
    Usage,
    /// A rule refuses: exit 3.
    Refused,
    /// Locked, unreachable, disk, damaged: exit 4.
    Environment,
}

impl LedgerError {
    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { .. }
            | Self::Import(
                ImportError::TooLarge { .. }
                | ImportError::NotUtf8 { .. }
                | ImportError::TooManyLines { .. }
                | ImportError::Toml { .. }
                | ImportError::Value { .. }
                | ImportError::OtherDocument { .. }
                | ImportError::Refused { .. },
            )
            | Self::CommandConflict { .. }
            | Self::EventExists { .. }
            | Self::TooLarge(_)
            | Self::Entry { .. }
            | Self::UnknownLabels { .. }
            | Self::Seal(_)
            | Self::Manifest { .. }
            | Self::RowKey { .. }
            | Self::NoRegister { .. }
            | Self::RedactionNotAlone
            | Self::RepeatsWords { .. }
            | Self::Log(
                LogError::Blob(BlobError::Redacted { .. })
                | LogError::NotRedactable { .. }
                | LogError::Restored { .. }
                | LogError::WentOn { .. },
            )
            | Self::NoRecommendation { .. }
            | Self::NotKnownYet { .. }
            | Self::NoEvent { .. }
            | Self::Future { .. }
            | Self::Projection(
                ProjectionError::UnknownEvent { .. }
                | ProjectionError::UnknownVersion { .. }
                | ProjectionError::UnknownRecommendation { .. },
            )
            | Self::Empty => ErrorKind::Refused,
            Self::Next(error) => error.kind(),
            Self::Import(ImportError::Unreadable { source, .. }) => match source.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::Usage,
                _ => ErrorKind::Environment,
            },
            Self::WhichRegister { .. }
            | Self::SinceLater { .. }
            | Self::ChangesBackwards { .. }
            | Self::NoSuchPart { .. }
            | Self::WhichPart { .. }
            | Self::WhichRecommendation { .. }
            | Self::KnownAt { .. }
            | Self::Time(_)
            | Self::Projection(
                ProjectionError::EventForm { .. }
                | ProjectionError::RegisterNeeded { .. }
                | ProjectionError::AmbiguousRecommendation { .. },
            )
            | Self::Log(LogError::Name { .. }) => ErrorKind::Usage,
            Self::Log(_)
            | Self::Clock(_)
            | Self::Projection(_)
            | Self::Unread { .. }
            | Self::Busy
            | Self::NotRecorded { .. }
            | Self::PartlyRecorded { .. }
            | Self::Stopped { .. }
            | Self::ReadOnly { .. } => ErrorKind::Environment,
        }
    }

    /// What to do next, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Log(LogError::Blob(BlobError::Redacted { .. })) => {
                Some("its words were ordered destroyed: record what may still be said without that document")
            }
            Self::Log(error) => error.hint(),
            Self::RepeatsWords { .. } => Some("say it without them: what was redacted, not what it said"),
            Self::NoSuchPart { .. } | Self::WhichPart { .. } => {
                Some("name one with --field; a source or evidence has the part `document`")
            }
            Self::Refused { refusal, .. } => refusal.hint(),
            Self::Next(error) => error.hint(),
            Self::UnknownLabels { .. } => Some(
                "add a label to the vocabulary in source.toml, or decide which one is meant in curation.toml",
            ),
            Self::CommandConflict { .. } => Some("give a new command its own id"),
            Self::EventExists { .. } => {
                Some("somebody recorded it meanwhile: look at it with `docket timeline N`, then repeat")
            }
            Self::Clock(_) => Some("set the clock of this machine right, then repeat"),
            Self::TooLarge(_) => Some("record it in several commands"),
            Self::Unread { .. } => Some(
                "`docket verify` names what is damaged; `docket rebuild` makes sled anew from the journal",
            ),
            Self::Busy | Self::NotRecorded { .. } => Some("repeat in a moment"),
            Self::PartlyRecorded { .. } => {
                Some("mend the cause and repeat: what is recorded is not recorded twice")
            }
            Self::Stopped { .. } => {
                Some("start again: the log is checked, and a repeat records nothing twice")
            }
            Self::WhichRegister { .. } => Some("add --register ID"),
            Self::NoRecommendation { .. } => Some("`docket list` shows those that there are"),
            Self::NotKnownYet { .. } => Some("leave --known-at out, or give it that size or a later one"),
            Self::NoEvent { .. } => {
                Some("`docket timeline N` shows ids; 7@3 is the third event of recommendation 7")
            }
            Self::NoRegister { .. } => Some("import a source of it first"),
            _ => None,
        }
    }
}

fn count(labels: usize) -> String {
    if labels == 1 { "1 status label".to_owned() } else { format!("{labels} status labels") }
}

/// The refusal, after its subject where it does not name it itself.
fn refused(what: &str, refusal: &Refusal) -> String {
    let text = refusal.to_string();
    if text.contains(what) { text } else { format!("{what}: {text}") }
}
