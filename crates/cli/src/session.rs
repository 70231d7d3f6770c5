//! Opening a ledger, and closing it on every path.

use std::path::Path;

use docket_ledger::{Ledger, LedgerError, OpenOptions};
use docket_log::error::chain;

use crate::error::CliError;
use crate::output;

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
    if let Err(error) = ledger.close() {
        output::say(
            "warning",
            &format!("nothing recorded is lost, but the store was not closed: {}", chain(&error)),
        );
    }
    result
}
