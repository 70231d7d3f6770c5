//! What all commands that answer share.

use std::path::Path;

use docket_domain::{RegisterId, Timestamp};
use docket_ledger::answer::Query;
use docket_ledger::{LedgerError, Reader};
use docket_projection::EventReference;

use crate::args::{ColorWhen, ReadOptions};
use crate::error::CliError;
use crate::view::{Look, Style};
use crate::{session, terminal};

/// Opens the log, puts a question to it, and closes it.
pub(super) fn answer<T>(
    data: &Path,
    options: &ReadOptions,
    ask: impl FnOnce(&Reader, &Query, Timestamp) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let ReadOptions { register, known_at, effective_at, audience, format: _ } = options;
    let query = Query {
        register: register.clone(),
        known_at: known_at.clone(),
        effective_at: effective_at.clone(),
        audience: (*audience).into(),
    };
    session::reading(data, |ledger| {
        let reader = ledger.reader();
        ask(&reader, &query, super::write::now()).map_err(|error| dated(error, &reader, register.as_ref()))
    })
}

/// A date that cannot be read says in which zone it would have been.
fn dated(error: CliError, reader: &Reader, register: Option<&RegisterId>) -> CliError {
    match error {
        CliError::Ledger(error) => match *error {
            LedgerError::Time(problem) => {
                let register = reader.register(register).ok().flatten();
                CliError::Date { zone: reader.zone(register.as_ref()), problem }
            }
            error => error.into(),
        },
        error => error,
    }
}

/// The event meant by an id or `7@3`, among the first `known_at` entries.
pub(super) fn event(
    reader: &Reader,
    register: Option<&RegisterId>,
    wanted: &str,
    known_at: u64,
) -> Result<EventReference, CliError> {
    let found = reader.ask(|projection| projection.knowledge(known_at).resolve_event(register, wanted))?;
    Ok(found.map_err(LedgerError::from)?)
}

/// How tables look here and now.
pub(super) fn look(color: ColorWhen) -> Look {
    let style = if terminal::is_coloured(color) { Style::COLOURED } else { Style::PLAIN };
    Look::new(terminal::columns(), style)
}

/// Text for a spreadsheet.
pub(super) fn csv(text: Result<String, csv::Error>) -> Result<String, CliError> {
    text.map_err(|source| CliError::Print { format: "CSV", source: source.into() })
}
