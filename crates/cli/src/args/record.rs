//! `docket record`: one statement by a command of its own, or a file of them.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Subcommand};
use docket_domain::{Actor, Asserter, RegisterId};

use super::ReportFormat;
use super::acts::{AssignmentArguments, ClaimArguments, ClaimsArguments, EvidenceArguments, ReviewArguments};
use super::write::{NoteArguments, StatusArguments, VerificationArguments};

/// Record one statement, or a file of statuses and notes
///
/// With --from, a month's statuses and notes about many recommendations are recorded in one commit or not at all. The file is
/// comma-separated values in UTF-8; its first line names the columns, in any order: `number` (or `key`), `status`, `note`, `effective`, `asserted_by`,
/// `reason`, `source_url`, `note_role`, `visibility`, `expect_version`. A line has a status, a note, or both. Every problem of every line is
/// listed, and while there is one, nothing is recorded. The same file is recorded once.
#[derive(Debug, Args)]
#[command(
    subcommand_negates_reqs = true,
    after_help = "Examples:
  docket record status 7 \"IN PROGRESS\" --effective 2025-04-01
  docket record note 7 \"Contract signed\" --source-url https://example.org/minutes
  docket record verification 7 --agrees --by reviewer
  docket record --from april.csv --dry-run
  docket record --from april.csv --effective 2025-04-30 --by clerk"
)]
pub(crate) struct RecordArguments {
    #[command(subcommand)]
    pub(crate) command: Option<RecordCommand>,
    #[command(flatten)]
    pub(crate) file: FileArguments,
}

/// A file, and what holds for its lines that do not say otherwise.
#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// The file
    #[arg(long, value_name = "FILE.csv", required = true)]
    pub(crate) from: Option<PathBuf>,
    /// Show what it would change, and record nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// When it began, for lines without a date of their own [default: when recorded]
    #[arg(long, value_name = "WHEN")]
    pub(crate) effective: Option<String>,
    /// On whose word, for lines that do not say [default: the register's publisher]
    #[arg(long, value_name = "NAME", value_parser = Asserter::new)]
    pub(crate) asserted_by: Option<Asserter>,
    /// Where it can be read, for lines that do not say
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: Option<String>,
    /// Who records it [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) by: Option<Actor>,
    /// The register; needed where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// How the preview or the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// What is recorded by a command of its own.
#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    Status(StatusArguments),
    Note(NoteArguments),
    Verification(VerificationArguments),
    Evidence(EvidenceArguments),
    Assignment(AssignmentArguments),
    Claim(ClaimArguments),
    Claims(ClaimsArguments),
    Review(ReviewArguments),
}

/// Refuses an option of the file form in front of a subcommand, where it would be ignored. Options that go with every command, such as
/// `--data`, may stand there: clap's own `args_conflicts_with_subcommands` would refuse them, too.
pub(super) fn check(root: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some(("record", record)) = matches.subcommand() else { return Ok(()) };
    let Some((name, _)) = record.subcommand() else { return Ok(()) };
    let options = FileArguments::augment_args(Command::new("record"));
    let typed = options
        .get_arguments()
        .filter(|option| record.value_source(option.get_id().as_str()) == Some(ValueSource::CommandLine))
        .find_map(|option| option.get_long());
    let Some(typed) = typed else { return Ok(()) };
    let problem = if typed == "from" {
        format!("--from records a file, and cannot be used together with `record {name}`")
    } else {
        format!(
            "--{typed} goes with `record --from FILE.csv`; for `record {name}`, write its options after {name}"
        )
    };
    let command = root.find_subcommand_mut("record");
    Err(command.map_or_else(
        || clap::Error::new(ErrorKind::ArgumentConflict),
        |command| command.error(ErrorKind::ArgumentConflict, problem),
    ))
}
