//! Commands that record.

use clap::Args;
use docket_domain::term::{NoteRole, Visibility};
use docket_domain::{Actor, Asserter, CommandId, Label, RegisterId, StateName};

use super::ReportFormat;

/// Who records, under which conditions, and how the outcome is printed.
#[derive(Debug, Args)]
pub(crate) struct WriteOptions {
    /// Who records it [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) by: Option<Actor>,
    /// The register; needed where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// Refuse if the recommendation is not at this version (as `show` prints it)
    #[arg(long, value_name = "N")]
    pub(crate) expect_version: Option<u64>,
    /// An id for this command: repeated with the same id, it is recorded once
    #[arg(long, value_name = "UUID", value_parser = command_id)]
    pub(crate) command_id: Option<CommandId>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// What every statement can say of itself.
#[derive(Debug, Args)]
pub(crate) struct StatementOptions {
    /// When it began: 2025-04-01, 2025-04, 2025-04-01T16:00, A/B or unknown, in the register's zone [default: when recorded]
    #[arg(long, value_name = "WHEN")]
    pub(crate) effective: Option<String>,
    /// On whose word [default: the register's publisher; for a finding, who records it]
    #[arg(long, value_name = "NAME", value_parser = Asserter::new)]
    pub(crate) asserted_by: Option<Asserter>,
    /// Where it can be read
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: Option<String>,
}

/// Record a status by its label
///
/// The label must be in the register's vocabulary, exactly. A step back needs --reason.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record status 7 \"IN PROGRESS\"
  docket record status 7 \"IN PLANNING\" --effective 2025-04 --reason \"the contract was cancelled\"
  docket record status 7 \"IN PROGRESS\" --command-id 0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b")]
pub(crate) struct StatusArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// The label, exactly as the register's vocabulary has it
    #[arg(value_parser = Label::new)]
    pub(crate) label: Label,
    /// Why; needed where the work goes back
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) statement: StatementOptions,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Record a note
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record note 7 \"Contract signed\" --effective 2025-04-01
  docket record note 7 - < minutes.txt
  docket record note 7 \"Scan is hard to read\" --role annotation --visibility internal")]
pub(crate) struct NoteArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// The words, at most 64 KiB; `-` reads standard input
    pub(crate) text: String,
    /// What kind of note it is: progress, earlier-answer or annotation
    #[arg(long, default_value = "progress", value_parser = role)]
    pub(crate) role: NoteRole,
    /// Who may read it: public or internal
    #[arg(long, default_value = "public", value_parser = visibility)]
    pub(crate) visibility: Visibility,
    /// Why it is recorded, where that needs saying
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) statement: StatementOptions,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Record a finding on a claimed status
///
/// Who recorded or corrected the claim cannot record the finding on it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record verification 7 --agrees --by reviewer
  docket record verification 7 --claim 7@3 --disagrees --state planning --comment \"no contract was found\" --by reviewer")]
pub(crate) struct VerificationArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// The claim: an event id, or 7@3 [default: the status that holds today]
    #[arg(long, value_name = "EVENT")]
    pub(crate) claim: Option<String>,
    /// The finding agrees with the claim
    #[arg(long, required_unless_present = "disagrees", conflicts_with = "disagrees")]
    pub(crate) agrees: bool,
    /// The finding does not agree with the claim
    #[arg(long)]
    pub(crate) disagrees: bool,
    /// The state that was found
    #[arg(long, value_name = "STATE", value_parser = StateName::new)]
    pub(crate) state: Option<StateName>,
    /// What was found, in words; `-` reads standard input
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    #[command(flatten)]
    pub(crate) statement: StatementOptions,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Correct an earlier status or note
///
/// The corrected event stays in the log, and answers at an earlier --known-at stay as they were.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket correct 7@3 --label \"IN PLANNING\" --reason \"typing error\"
  docket correct 7@4 --effective 2025-03-15 --reason \"the minutes name the day\"")]
#[command(group(clap::ArgGroup::new("change").args(["label", "text", "effective"]).required(true).multiple(true)))]
pub(crate) struct CorrectArguments {
    /// The event: its id, or a recommendation and a version such as 7@3
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// The right label
    #[arg(long, value_parser = Label::new)]
    pub(crate) label: Option<Label>,
    /// The right words; `-` reads standard input
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// The right date: 2025-04-01, 2025-04, 2025-04-01T16:00, A/B or unknown
    #[arg(long, value_name = "WHEN")]
    pub(crate) effective: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Where it can be read
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Withdraw an earlier event
///
/// The event stays in the log with the mark; to reinstate it, retract the retraction.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket retract 7@4 --reason \"recorded for the wrong recommendation\"
  docket retract 0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"recorded twice\"")]
pub(crate) struct RetractArguments {
    /// The event: its id, or a recommendation and a version such as 7@3
    #[arg(value_name = "EVENT")]
    pub(crate) event: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Any spelling of a UUID is the same command.
pub(super) fn command_id(value: &str) -> Result<CommandId, uuid::Error> {
    uuid::Uuid::try_parse(value).map(CommandId::from)
}

fn role(value: &str) -> Result<NoteRole, String> {
    NoteRole::from_name(value).ok_or_else(|| names(NoteRole::ALL))
}

fn visibility(value: &str) -> Result<Visibility, String> {
    Visibility::from_name(value).ok_or_else(|| names(Visibility::ALL))
}

pub(super) fn names<T: ToString>(values: &[T]) -> String {
    format!("expected one of {}", values.iter().map(T::to_string).collect::<Vec<_>>().join(", "))
}
