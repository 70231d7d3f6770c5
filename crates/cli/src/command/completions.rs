//! `docket completions`: what a shell needs to complete this command line.

use clap::CommandFactory as _;

use crate::args::{Arguments, CompletionsArguments};
use crate::error::{CliError, Verdict};
use crate::output;

pub(super) fn run(arguments: &CompletionsArguments) -> Result<Verdict, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "docket", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Done)
}
