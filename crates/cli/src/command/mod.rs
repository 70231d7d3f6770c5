//! What each command does: parse what was typed, ask the ledger, print the answer.

mod backup;
mod changes;
mod correct;
mod export;
mod hold;
mod import;
mod keygen;
mod list;
mod read;
mod rebuild;
mod receipt;
mod record;
mod redact;
mod restore;
mod retract;
mod show;
mod timeline;
mod verify;
mod write;

use crate::args::{Arguments, Command, HoldCommand, RecordCommand};
use crate::error::{CliError, Verdict};

/// Does what was asked.
pub(crate) fn run(arguments: &Arguments) -> Result<Verdict, CliError> {
    let Arguments { data, color, command } = arguments;
    match command {
        Command::List(list) => list::run(data, *color, list),
        Command::Show(show) => show::run(data, *color, show),
        Command::Timeline(timeline) => timeline::run(data, *color, timeline),
        Command::Changes(changes) => changes::run(data, *color, changes),
        Command::Receipt(receipt) => receipt::run(data, receipt),
        Command::Verify(verify) => verify::run(data, verify),
        Command::Export(export) => export::run(data, export),
        Command::Import(import) => import::run(data, import),
        Command::Record(RecordCommand::Status(status)) => record::status::run(data, status),
        Command::Record(RecordCommand::Note(note)) => record::note::run(data, note),
        Command::Record(RecordCommand::Verification(finding)) => record::verification::run(data, finding),
        Command::Correct(correct) => correct::run(data, correct),
        Command::Retract(retract) => retract::run(data, retract),
        Command::Redact(redact) => redact::run(data, redact),
        Command::Hold(HoldCommand::Place(place)) => hold::place(data, place),
        Command::Hold(HoldCommand::Lift(lift)) => hold::lift(data, lift),
        Command::Rebuild => rebuild::run(data),
        Command::Keygen(keygen) => keygen::run(data, keygen),
        Command::Backup(backup) => backup::run(data, backup),
        Command::Restore(restore) => restore::run(data, restore),
    }
}
