//! The accountability report.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use docket_domain::RegisterId;

use super::read::Readers;

/// What became of the recommendations, and how good the record of it is
///
/// Counts on every axis over all recommendations and over the known ones; what moved since another basis; time in status; staleness; notes;
/// promises; corrections; public claims against the log; findings; data quality. Every figure names the events behind it. The html is one
/// page that prints, with charts and without any script.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket report
  docket report --effective-at 2025-04-30 --since-effective-at 2025-03-19
  docket report --known-at 228 --since-known-at 100 --format json
  docket report --format html --output report.html
  docket report --format csv --section staleness > staleness.csv")]
pub(crate) struct ReportArguments {
    /// The register; needed where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// What was known: a number of entries, a day or a time [default: all entries]
    #[arg(long, value_name = "SIZE|TIME")]
    pub(crate) known_at: Option<String>,
    /// What was true: a day or a time, in the register's zone [default: today]
    #[arg(long, value_name = "DAY|TIME")]
    pub(crate) effective_at: Option<String>,
    /// Compare with what was known then [default: what is known in the report]
    #[arg(long, value_name = "SIZE|TIME")]
    pub(crate) since_known_at: Option<String>,
    /// Compare with what was true then [default: the end of the interval of the document before the newest one]
    #[arg(long, value_name = "DAY|TIME")]
    pub(crate) since_effective_at: Option<String>,
    /// For whom: internal notes are left out of answers for the public
    #[arg(long, value_enum, default_value_t = Readers::Public)]
    pub(crate) audience: Readers,
    /// How the report is printed
    #[arg(long, value_enum, default_value_t = ReportOutput::Table)]
    pub(crate) format: ReportOutput,
    /// Only this section; tables and csv only
    #[arg(long, value_name = "NAME", value_enum)]
    pub(crate) section: Option<ReportSection>,
    /// Write to this file instead of standard output; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// How the report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportOutput {
    /// For people, on a terminal
    Table,
    /// For programs
    Json,
    /// For spreadsheets: one value a row, or one section with --section
    Csv,
    /// A workbook with a sheet for each section
    Xlsx,
    /// One page that prints
    Html,
}

/// A section of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportSection {
    /// Counts on every axis
    Counts,
    /// What moved since the other basis
    Moved,
    /// How long each recommendation has stood where it stands
    TimeInStatus,
    /// For how long nothing was heard
    Staleness,
    /// Who says anything
    Notes,
    /// What was promised, and what waits
    Promises,
    /// What was corrected, and what came late
    Corrections,
    /// Public claims against the log
    Claims,
    /// What reviewers found
    Findings,
    /// What the figures rest on
    DataQuality,
    /// Every event that a figure names
    Events,
}
