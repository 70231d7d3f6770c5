//! `docket manual`: the command-line reference and the man pages, made from the definitions that parse the command line.

use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::args::{Arguments, ManualArguments};
use crate::error::{CliError, Verdict};
use crate::output;

/// The width of the reference, in columns, whatever terminal it is made in.
const WIDTH: usize = 100;

pub(super) fn run(data: &Path, arguments: &ManualArguments) -> Result<Verdict, CliError> {
    let root = Arguments::command().term_width(WIDTH).bin_name("docket");
    match &arguments.man {
        Some(directory) => {
            crate::target::outside(data, directory)?;
            write_pages(root, directory)?;
        }
        None => output::print(&reference(root))?,
    }
    Ok(Verdict::Done)
}

/// The reference in Markdown: the help of every command, in the order of `docket --help`.
fn reference(mut root: Command) -> String {
    root.build();
    let mut text = String::from(
        "# The command line\n\nMade by `docket manual`; a test keeps it as the program is. Global options stand with the first command only.\n",
    );
    describe(&root, "docket", &mut text);
    text
}

fn describe(command: &Command, name: &str, text: &mut String) {
    let mut shown = command.clone().term_width(WIDTH);
    if name != "docket" {
        // Global options are the same everywhere.
        let globals: Vec<String> =
            shown.get_arguments().filter(|it| it.is_global_set()).map(|it| it.get_id().to_string()).collect();
        for global in globals {
            shown = shown.mut_arg(global, |argument| argument.hide(true));
        }
    }
    let help = shown.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.extend(["\n## ", name, "\n\n```text\n", lines.join("\n").trim_end(), "\n```\n"]);
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        describe(below, &format!("{name} {}", below.get_name()), text);
    }
}

/// One page a command, `docket.1`, `docket-record-status.1` and so on, as `man` expects them.
fn write_pages(root: Command, directory: &Path) -> Result<(), CliError> {
    let failed = |source| CliError::Unwritable { path: directory.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(root.disable_help_subcommand(true), directory).map_err(failed)
}
