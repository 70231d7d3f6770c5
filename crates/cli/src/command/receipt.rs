//! `docket receipt`: the proof that an event stands in the log.

use std::path::Path;

use docket_log::receipt::Openings;

use super::read;
use crate::args::ReceiptArguments;
use crate::error::{CliError, Verdict};
use crate::{output, session};

pub(super) fn run(data: &Path, arguments: &ReceiptArguments) -> Result<Verdict, CliError> {
    let ReceiptArguments { event, withhold_texts, register, known_at } = arguments;
    let openings = if *withhold_texts { Openings::Withheld } else { Openings::Included };
    let receipt = session::reading(data, |ledger| {
        let reader = ledger.reader();
        let zone = reader.zone(reader.register(register.as_ref()).ok().flatten().as_ref());
        let size = reader.known_at(known_at.as_deref(), zone)?;
        let event = read::event(&reader, register.as_ref(), event, reader.size())?;
        Ok(reader.log().receipt(event.index, known_at.as_ref().map(|_| size), openings)?)
    })?;
    output::print(&receipt.to_string())?;
    Ok(Verdict::Done)
}
