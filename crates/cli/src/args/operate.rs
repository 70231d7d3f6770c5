//! Commands that run a log.

use std::path::PathBuf;

use clap::Args;
use docket_domain::{Actor, Origin};

use super::ReportFormat;

/// Import source folders
///
/// Transcribes, curates, records and reconciles. PATH is a source folder (it holds source.toml) or a folder of such folders, which are
/// imported in the order of their names. Everything is checked before anything is recorded; importing again records nothing.
///
/// The next table of a register that has a source already is aligned with what is recorded and shown; it is recorded with a plan in which
/// every step is decided: `accept` records it as shown; `refuse`, with a reason, leaves it out; `change`, with a reason and `new_label`,
/// `new_text` or `new_recommendation`, records that instead. While a step says `decide`, nothing is recorded (exit code 3).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket import seeds
  docket import seeds/birmingham-crime-commission --origin docket.example.org/birmingham
  docket import seeds --format json
  docket import sources/april --plan-to april-plan.toml   align the next table, and write what it calls for
  docket import sources/april --plan april-plan.toml      record it as decided")]
pub(crate) struct ImportArguments {
    /// A source folder, or a folder of source folders
    pub(crate) path: PathBuf,
    /// The name of a new log; chosen once, then frozen [default: what the manifest says]
    #[arg(long, value_parser = Origin::new)]
    pub(crate) origin: Option<Origin>,
    /// Who records it [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) by: Option<Actor>,
    /// Write the steps of the next table to a new file, to be decided
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    pub(crate) plan_to: Option<PathBuf>,
    /// Record the next table as this plan decides
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// How the reconciliation is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// Make the key of a new log, or show the public key
///
/// A key is never overwritten, and never made for a log that lost its own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket keygen --origin docket.example.org/birmingham
  docket keygen --show
  docket verify --receipt 7-3.tlog-proof --key \"$(docket keygen --show)\"")]
pub(crate) struct KeygenArguments {
    /// The name of the new log: a schema-less URL
    #[arg(long, value_parser = Origin::new, required_unless_present = "show", conflicts_with = "show")]
    pub(crate) origin: Option<Origin>,
    /// Print the public key (vkey) of the log that is there, and nothing else
    #[arg(long)]
    pub(crate) show: bool,
}
