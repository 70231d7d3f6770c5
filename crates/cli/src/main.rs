//! The `docket` command.
//!
//! Parses the command line, opens the ledger, and prints. Standard output is data, standard error everything else. This crate knows
//! nothing of files in the data directory, of hashes and of rules: it asks the ledger and the log.

mod actor;
mod args;
mod bench;
mod command;
mod error;
mod output;
mod progress;
mod session;
mod target;
mod terminal;
mod text;
mod view;

use std::process::ExitCode;

fn main() -> ExitCode {
    silence_expected_panics();
    match args::Arguments::typed() {
        Ok(arguments) => error::conclude(command::run(&arguments)),
        Err(problem) => error::usage(&problem),
    }
}

/// sled panics on some damaged files. The log catches that, rebuilds the store and says so: the panic is no news of its own.
fn silence_expected_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(docket_log::store::OPENING_THREAD) {
            usual(panic);
        }
    }));
}
