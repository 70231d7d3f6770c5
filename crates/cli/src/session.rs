//! Opening a ledger, and closing it on every path.

use std::path::Path;

use docket_ledger::{Ledger, LedgerError, OpenOptions};
use docket_log::error::chain;

use crate::error::CliError;
use crate::output;

/// What is said where sled was found damaged while it was read.
const STORE_DAMAGED: &str = "sled is damaged; what was answered came from the journal, and nothing is lost: run `docket rebuild` to make sled anew";

/// Runs on the log in a data directory, which may be readable only.
pub(crate) fn reading<T>(
    data: &Path,
    run: impl FnOnce(&Ledger) -> Result<T, CliError>,
) -> Result<T, CliError> {
    within(Ledger::open_to_read(OpenOptions::new(data)), run)
}

/// Runs on the log in a data directory, open for recording.
pub(crate) fn writing<T>(
    options: OpenOptions,
    run: impl FnOnce(&Ledger) -> Result<T, CliError>,
) -> Result<T, CliError> {
    within(Ledger::open(options), run)
}

fn within<T>(
    opened: Result<Ledger, LedgerError>,
    run: impl FnOnce(&Ledger) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let ledger = opened?;
    for notice in ledger.notices() {
        output::say("note", &notice.to_string());
    }
    let result = run(&ledger);
    if ledger.reader().log().store_damaged() {
        output::say("note", STORE_DAMAGED);
    }
    if let Err(error) = ledger.close() {
        output::say(
            "warning",
            &format!("nothing recorded is lost, but the store was not closed: {}", chain(&error)),
        );
    }
    result
}
