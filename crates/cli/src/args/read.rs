//! Commands that answer.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use docket_domain::{Actor, RegisterId};
use docket_projection::Audience;

use super::{Format, ReportFormat};

/// From which register, known and true when, and how printed.
#[derive(Debug, Args)]
pub(crate) struct ReadOptions {
    /// The register; needed where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// What was known: a number of entries, a day or a time [default: all entries]
    #[arg(long, value_name = "SIZE|TIME")]
    pub(crate) known_at: Option<String>,
    /// What was true: a day or a time, in the register's zone [default: today]
    #[arg(long, value_name = "DAY|TIME")]
    pub(crate) effective_at: Option<String>,
    /// For whom: internal notes are left out of answers for the public
    #[arg(long, value_enum, default_value_t = Readers::Public)]
    pub(crate) audience: Readers,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// Who reads the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Readers {
    /// Everyone
    Public,
    /// The register's own staff
    Internal,
}

impl From<Readers> for Audience {
    fn from(readers: Readers) -> Self {
        match readers {
            Readers::Public => Self::Public,
            Readers::Internal => Self::Internal,
        }
    }
}

/// Every recommendation of a register with its status
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket list
  docket list --effective-at 2025-03-15
  docket list --known-at 2025-06-01 --format json
  docket list --register birmingham-crime-commission --format csv > list.csv")]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) read: ReadOptions,
}

/// One recommendation with its text, status, findings and notes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket show 7
  docket show 7 --verbatim
  docket show line-57 --effective-at 2025-03-15 --format json")]
pub(crate) struct ShowArguments {
    /// Its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// Show the cells of its row exactly as printed, too
    #[arg(long)]
    pub(crate) verbatim: bool,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
}

/// Everything that was recorded about a recommendation
///
/// Who, what, when on both clocks, on whose word, from which lines; corrections stand beside what they correct.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket timeline 7
  docket timeline 7 --known-at 100
  docket timeline 7 --format csv > timeline.csv")]
pub(crate) struct TimelineArguments {
    /// Its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
}

/// On which clock changes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangesClock {
    /// What was restated: between two sizes or times of recording
    Recorded,
    /// What happened: between two dates on which it was true
    Effective,
}

/// What changed between two points of one of the two clocks
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket changes --from 211 --to 240
  docket changes --from 2025-06-01 --to 2025-06-30
  docket changes --from 2025-03-01 --to 2025-04-30 --clock effective
  docket changes --from 0 --to 240 --actor ann --format csv > changes.csv")]
pub(crate) struct ChangesArguments {
    /// The first point: a size, a day or a time
    #[arg(long, value_name = "SIZE|TIME")]
    pub(crate) from: String,
    /// The last point: a size, a day or a time
    #[arg(long, value_name = "SIZE|TIME")]
    pub(crate) to: String,
    /// The clock on which both points lie
    #[arg(long, value_enum, default_value_t = ChangesClock::Recorded)]
    pub(crate) clock: ChangesClock,
    /// Only what this actor recorded
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) actor: Option<Actor>,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
}

/// The receipt of an event: it proves, offline, that the event stands in the log
///
/// The receipt goes to standard output: the entry, its texts, the inclusion proof and the signed checkpoint.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket receipt 7@3 > 7-3.tlog-proof
  docket receipt 0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b --withhold-texts
  docket verify --receipt 7-3.tlog-proof --key log.vkey")]
pub(crate) struct ReceiptArguments {
    /// The event: its id, or a recommendation and a version such as 7@3
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Leave out the words; the entry and its proof stay whole
    #[arg(long)]
    pub(crate) withhold_texts: bool,
    /// The register; needed for 7@3 where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// Prove it against the first signed checkpoint of at least this size [default: the first that covers the event]
    #[arg(long, value_name = "SIZE|TIME")]
    pub(crate) known_at: Option<String>,
}

/// Read and hash again everything that is stored, or check a receipt, bundle or checkpoint
///
/// Without an option the data directory is verified; nothing in it is changed. A receipt or bundle is checked offline, without a data
/// directory; with --checkpoint the log is compared with what it signed earlier. Exit code 1 if anything is found.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket verify
  docket verify --format json
  docket verify --receipt 7-3.tlog-proof --key log.vkey
  docket verify --bundle ./published --key 'docket.example+1a2b3c4d+AY...'
  docket verify --checkpoint kept-elsewhere.txt")]
#[command(group(clap::ArgGroup::new("offline").args(["receipt", "bundle"])))]
pub(crate) struct VerifyArguments {
    /// Check this receipt; `-` reads standard input
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) receipt: Option<PathBuf>,
    /// Check this exported bundle
    #[arg(long, value_name = "DIR")]
    pub(crate) bundle: Option<PathBuf>,
    /// Compare the log with this signed checkpoint of it, kept elsewhere; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["receipt", "bundle"])]
    pub(crate) checkpoint: Option<PathBuf>,
    /// The public key of the log: the line itself, or a file that holds it
    #[arg(long, value_name = "VKEY", requires = "offline")]
    pub(crate) key: Option<String>,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// The entries, one canonical line each, without the words of their texts
    Jsonl,
    /// A C2SP tile tree at the last signed checkpoint
    Tiles,
    /// Tiles with texts, source documents and the public key
    Bundle,
}

/// Copy the log out, in forms that others can verify
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket export --format jsonl > entries.jsonl
  docket export --format tiles ./published
  docket export --format bundle ./bundle && docket verify --bundle ./bundle")]
pub(crate) struct ExportArguments {
    /// What is exported
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// A new or empty directory, or for jsonl a new file; `-` or nothing is standard output, for jsonl only
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}
