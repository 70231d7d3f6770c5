//! Commands that the law asks for: redaction and legal hold.

use clap::{Args, Subcommand};
use docket_domain::{Actor, Digest, RegisterId};

use super::{ReportFormat, WriteOptions};

/// Destroy the words of a text, or a document, under a stated authority
///
/// The event stays, and every proof of it: only its words are gone, in every file of the data directory, and for good. First every other
/// place that holds the same words is listed; nothing is redacted until you say what is to become of those. A legal hold refuses it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket redact 7@3 --dry-run
  docket redact 7@3 --authority \"court order 25-117\" --reason \"names a witness\"
  docket redact 7@3 --authority \"court order 25-117\" --reason \"names a witness\" --also 7@1:cells.2.text
  docket redact 0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b --field document --authority \"court order 25-117\" --reason \"names a witness\" --only-this")]
#[command(group(clap::ArgGroup::new("others").args(["also", "all_listed", "only_this"])))]
pub(crate) struct RedactArguments {
    /// The event: its id, or a recommendation and a version such as 7@3
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Which text, by name or number, or `document` [default: `text`, or the only part there is]
    #[arg(long, value_name = "N|NAME")]
    pub(crate) field: Option<String>,
    /// Under which authority: a court order, a statute, a decision
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) authority: Option<String>,
    /// Why; it stays readable, so it must not repeat the words
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) reason: Option<String>,
    /// Redact this place too; can be repeated. Listed places that are not named stay as they are
    #[arg(long, value_name = "EVENT:FIELD")]
    pub(crate) also: Vec<String>,
    /// Redact every place that is listed
    #[arg(long)]
    pub(crate) all_listed: bool,
    /// Redact nothing else, whatever is listed
    #[arg(long)]
    pub(crate) only_this: bool,
    /// List the other places and record nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Who redacts [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) by: Option<Actor>,
    /// The register; needed for 7@3 where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// Place or lift a legal hold
///
/// While a hold is in force, nothing that it covers can be redacted. Both are events: who, when and under what authority stays on record.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  docket hold place 7 --authority \"Roe v. City, 25-CV-117\" --reason \"discovery\"
  docket hold lift 7@9 --reason \"the case is closed\"")]
pub(crate) enum HoldCommand {
    Place(PlaceArguments),
    Lift(LiftArguments),
}

/// Place a legal hold on a recommendation, a source or a whole register
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket hold place 7 --authority \"Roe v. City, 25-CV-117\" --reason \"discovery\"
  docket hold place --register-wide --authority \"public records request 2025-31\" --reason \"appeal pending\"")]
#[command(group(clap::ArgGroup::new("covers").args(["recommendation", "register_wide", "source"]).required(true)))]
pub(crate) struct PlaceArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: Option<String>,
    /// Hold everything of the register
    #[arg(long)]
    pub(crate) register_wide: bool,
    /// Hold a source document: its SHA-256
    #[arg(long, value_name = "SHA256", value_parser = Digest::parse)]
    pub(crate) source: Option<Digest>,
    /// Under which authority: a case, a court order, a request
    #[arg(long, value_name = "TEXT")]
    pub(crate) authority: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Lift a legal hold
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket hold lift 7@9 --reason \"the case is closed\"
  docket hold lift 0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"the request was withdrawn\"")]
pub(crate) struct LiftArguments {
    /// The event that placed it: its id, or a recommendation and a version such as 7@9; `docket show N` lists the holds in force
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}
