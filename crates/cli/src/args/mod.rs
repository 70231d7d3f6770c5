//! The command line: what can be typed, with its help. Nothing is opened or worked out here.

mod acts;
mod bench;
mod handbook;
mod keep;
mod law;
mod operate;
mod read;
mod record;
mod report;
mod vocabulary;
mod write;

use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub(crate) use acts::{
    AmendArguments, AssignmentArguments, ClaimArguments, ClaimsArguments, Cleared, EvidenceArguments,
    ReviewArguments,
};
pub(crate) use bench::{BenchArguments, BenchFormat};
pub(crate) use handbook::{CompletionsArguments, ManualArguments};
pub(crate) use keep::{BackupArguments, RestoreArguments};
pub(crate) use law::{HoldCommand, LiftArguments, PlaceArguments, RedactArguments};
pub(crate) use operate::{ImportArguments, KeygenArguments};
pub(crate) use read::{
    ChangesArguments, ChangesClock, ExportArguments, ExportFormat, ListArguments, ReadOptions,
    ReceiptArguments, ShowArguments, TimelineArguments, VerifyArguments,
};
pub(crate) use record::{FileArguments, RecordArguments, RecordCommand};
pub(crate) use report::{ReportArguments, ReportOutput, ReportSection};
pub(crate) use vocabulary::{VocabularyCommand, VocabularyReviseArguments, VocabularyShowArguments};
pub(crate) use write::{
    CorrectArguments, NoteArguments, RetractArguments, StatementOptions, StatusArguments,
    VerificationArguments, WriteOptions,
};

/// Keeps the public record of what became of a commission's recommendations.
///
/// Every status change and note is an immutable event in a tamper-evident log. Answers can be asked for as of any date, in two senses: what
/// was true then (--effective-at), and what was known then (--known-at).
#[derive(Debug, Parser)]
#[command(
    name = "docket",
    version,
    max_term_width = 100,
    after_help = "Examples:
  docket import seeds                     begin a log with the sources in a folder
  docket list                             every recommendation with its status today
  docket list --effective-at 2025-03-15   what was true on that day, as known now
  docket list --known-at 100              what this log would have answered at its 100th entry
  docket record status 7 \"IN PROGRESS\" --effective 2025-04-01
  docket timeline 7                       everything that was recorded about number 7
  docket verify                           read and hash again everything that is stored

Exit codes: 0 done, 1 a finding (verify failed), 2 usage, 3 refused by a rule, 4 environment."
)]
pub(crate) struct Arguments {
    /// The data directory
    #[arg(
        long,
        global = true,
        help_heading = "Global options",
        value_name = "DIR",
        env = "DOCKET_DATA",
        hide_env_values = true,
        default_value = "./docket-data"
    )]
    pub(crate) data: PathBuf,
    #[arg(
        help = "When to use colour: auto is on a terminal, unless NO_COLOR is set",
        long,
        global = true,
        help_heading = "Global options",
        value_name = "WHEN",
        value_enum,
        default_value_t = ColorWhen::Auto
    )]
    pub(crate) color: ColorWhen,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// What was typed. Errors: it is no command, or options are combined that do not go together.
    pub(crate) fn typed() -> Result<Self, clap::Error> {
        let mut root = Self::command();
        let matches = root.try_get_matches_from_mut(std::env::args_os())?;
        record::check(&mut root, &matches)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut root))
    }
}

/// When to use colour: `Auto` on a terminal, unless `NO_COLOR` is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// How a command that records, or an answer without rows, is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(ListArguments),
    Show(ShowArguments),
    Timeline(TimelineArguments),
    Changes(ChangesArguments),
    Report(ReportArguments),
    Receipt(ReceiptArguments),
    Verify(VerifyArguments),
    Export(ExportArguments),
    Import(ImportArguments),
    Record(Box<RecordArguments>),
    Amend(AmendArguments),
    Correct(CorrectArguments),
    Retract(RetractArguments),
    #[command(subcommand)]
    Vocabulary(VocabularyCommand),
    Redact(RedactArguments),
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Make the sled store anew from the journal
    ///
    /// The journal is checked whole first, and refused if it is damaged. Nothing lives only in sled, so nothing is lost; this is also the way on
    /// when sled and journal contradict each other and the journal is the true one.
    #[command(after_help = "Examples:
  docket rebuild
  docket --data /srv/docket rebuild")]
    Rebuild,
    Keygen(KeygenArguments),
    Completions(CompletionsArguments),
    Manual(ManualArguments),
    Bench(BenchArguments),
    Backup(BackupArguments),
    Restore(RestoreArguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent_and_every_command_has_examples() {
        let mut root = super::Arguments::command();
        root.build();
        root.clone().debug_assert();
        let mut waiting = vec![root];
        while let Some(command) = waiting.pop() {
            if command.get_name() == "help" {
                continue;
            }
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("docket "), "{} has no examples", command.get_name());
            waiting.extend(command.get_subcommands().cloned());
        }
    }

    /// What follows the name of the program, after a backtick, in the sources of all crates: hints and messages name commands in that form.
    fn named(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                named(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                let marked = source.split("`docket ").skip(1);
                found.extend(marked.filter_map(|rest| rest.split('`').next()).map(ToOwned::to_owned));
            }
        }
    }

    #[test]
    fn every_command_that_a_hint_names_exists() {
        let root = super::Arguments::command();
        let mut found = Vec::new();
        named(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut found);
        assert!(found.len() > 10, "{found:?}");
        for line in found {
            let words: Vec<&str> = line
                .split_whitespace()
                .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase()))
                .collect();
            let mut command = &root;
            for word in words {
                let next = command.find_subcommand(word);
                // What follows a command without subcommands is an argument.
                assert!(next.is_some() || (!command.has_subcommands()), "`docket {line}` names no command");
                let Some(next) = next else { break };
                command = next;
            }
        }
    }
}
