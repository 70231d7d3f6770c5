//! How a command ends: what is said on standard error, and the exit code.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use docket_ledger::{ErrorKind, LedgerError};
use docket_log::error::chain;

use super::{CliError, Verdict};
use crate::output;

/// Prints what went wrong, if anything did, and gives the exit code.
pub(crate) fn conclude(result: Result<Verdict, CliError>) -> ExitCode {
    match result {
        Ok(Verdict::Done) | Err(CliError::OutputClosed) => ExitCode::SUCCESS,
        Ok(Verdict::Finding) => ExitCode::from(1),
        Err(error) => {
            output::say("error", &message(&error));
            if let Some(hint) = error.hint() {
                output::say("hint", &hint);
            }
            code(error.kind())
        }
    }
}

/// The error in one line. A refusal that names its subject needs no second name in front.
fn message(error: &CliError) -> String {
    if let CliError::Ledger(error) = error
        && let LedgerError::Refused { what, refusal } = &**error
        && refusal.to_string().contains(what)
    {
        return chain(refusal.as_ref());
    }
    chain(error)
}

fn code(kind: ErrorKind) -> ExitCode {
    ExitCode::from(match kind {
        ErrorKind::Usage => 2,
        ErrorKind::Refused => 3,
        ErrorKind::Environment => 4,
    })
}

/// What clap has to say: help and version go to standard output and are no failure, everything else is a usage error.
pub(crate) fn usage(problem: &clap::Error) -> ExitCode {
    if problem.kind() == clap::error::ErrorKind::InvalidUtf8
        && let Some((position, argument)) = first_invalid(std::env::args_os())
    {
        let offset = valid_up_to(&argument);
        let shown = argument.to_string_lossy();
        output::say("error", &format!("argument {position} is not valid UTF-8 at byte {offset}: {shown:?}"));
        output::say(
            "hint",
            "give arguments as UTF-8; a text can also come from a file, through standard input with `-`",
        );
        return code(ErrorKind::Usage);
    }
    match (problem.print(), problem.use_stderr()) {
        // A reader that has seen enough of the help is none of our business; a full disk is.
        (Err(error), false) if error.kind() != io::ErrorKind::BrokenPipe => {
            conclude(Err(CliError::Output { source: error }))
        }
        (_, true) => code(ErrorKind::Usage),
        (_, false) => ExitCode::SUCCESS,
    }
}

/// The first argument that is not UTF-8, counted from 1 after the name of the program.
fn first_invalid(arguments: impl Iterator<Item = OsString>) -> Option<(usize, OsString)> {
    arguments.enumerate().skip(1).find(|(_, argument)| argument.to_str().is_none())
}

fn valid_up_to(argument: &OsString) -> usize {
    match std::str::from_utf8(argument.as_encoded_bytes()) {
        Ok(valid) => valid.len(),
        Err(error) => error.valid_up_to(),
    }
}
