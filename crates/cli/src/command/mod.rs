//! What each command does: parse what was typed, ask the ledger, print the answer.

mod amend;
mod changes;
mod correct;
mod export;
mod import;
mod keygen;
mod list;
mod read;
mod rebuild;
mod receipt;
mod record;
mod retract;
mod show;
mod timeline;
mod verify;
mod vocabulary;
mod write;

use crate::args::{Arguments, Command, VocabularyCommand};
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
        Command::Record(arguments) => record::run(data, *color, arguments),
        Command::Amend(amend) => amend::run(data, amend),
        Command::Correct(correct) => correct::run(data, correct),
        Command::Retract(retract) => retract::run(data, retract),
        Command::Vocabulary(VocabularyCommand::Show(show)) => vocabulary::show(data, *color, show),
        Command::Vocabulary(VocabularyCommand::Revise(revise)) => vocabulary::revise(data, *color, revise),
        Command::Rebuild => rebuild::run(data),
        Command::Keygen(keygen) => keygen::run(data, keygen),
    }
}
