//! Commands about the command line itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket completions bash > /etc/bash_completion.d/docket
  docket completions zsh > ~/.zfunc/_docket
  docket completions fish > ~/.config/fish/completions/docket.fish")]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print the command-line reference, or write man pages
///
/// Both are made from the same definitions as --help, so they say what this program does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket manual > docs/cli.md
  docket manual --man /usr/local/share/man/man1")]
pub(crate) struct ManualArguments {
    /// Write one man page a command into this directory, instead of the reference to standard output
    #[arg(long, value_name = "DIR")]
    pub(crate) man: Option<PathBuf>,
}
