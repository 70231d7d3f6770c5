//! `docket vocabulary`: the labels and states of a register.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ReadOptions, WriteOptions};

/// Show or revise the labels and states of a register
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  docket vocabulary show
  docket vocabulary revise vocabulary.toml --reason \"the city prints a new label\" --dry-run")]
pub(crate) enum VocabularyCommand {
    Show(VocabularyShowArguments),
    Revise(VocabularyReviseArguments),
}

/// What each label means, and the order of the states
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket vocabulary show
  docket vocabulary show --known-at 100 --format json")]
pub(crate) struct VocabularyShowArguments {
    #[command(flatten)]
    pub(crate) read: ReadOptions,
}

/// Replace the labels and states of a register
///
/// The file holds a table named vocabulary with states and labels, as source.toml does, and all of it: what is left out goes. Recorded
/// statements keep the label and state that they were recorded with. A state that one of them uses must stay.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket vocabulary revise vocabulary.toml --reason \"the city prints a new label\" --dry-run
  docket vocabulary revise vocabulary.toml --reason \"the city prints a new label\" --by clerk")]
pub(crate) struct VocabularyReviseArguments {
    /// The file
    #[arg(value_name = "FILE.toml")]
    pub(crate) file: PathBuf,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Show what would change, and record nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}
