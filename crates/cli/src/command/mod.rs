//! What each command does: parse what was typed, ask the ledger, print the answer.

mod amend;
mod backup;
mod changes;
mod completions;
mod correct;
mod export;
mod hold;
mod import;
mod keygen;
mod list;
mod manual;
mod read;
mod rebuild;
mod receipt;
mod record;
mod redact;
mod report;
mod restore;
mod retract;
mod show;
mod timeline;
mod verify;
mod vocabulary;
mod write;

use crate::args::{Arguments, Command, HoldCommand, VocabularyCommand};
use crate::error::{CliError, Verdict};

/// Does what was asked.
pub(crate) fn run(arguments: &Arguments) -> Result<Verdict, CliError> {
    let Arguments { data, color, command } = arguments;
    match command {
        Command::List(list) => list::run(data, *color, list),
        Command::Show(show) => show::run(data, *color, show),
        Command::Timeline(timeline) => timeline::run(data, *color, timeline),
        Command::Changes(changes) => changes::run(data, *color, changes),
        Command::Report(report) => report::run(data, *color, report),
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
        Command::Redact(redact) => redact::run(data, redact),
        Command::Hold(HoldCommand::Place(place)) => hold::place(data, place),
        Command::Hold(HoldCommand::Lift(lift)) => hold::lift(data, lift),
        Command::Rebuild => rebuild::run(data),
        Command::Keygen(keygen) => keygen::run(data, keygen),
        Command::Backup(backup) => backup::run(data, backup),
        Command::Restore(restore) => restore::run(data, restore),
        Command::Completions(completions) => completions::run(completions),
        Command::Manual(manual) => manual::run(data, manual),
        Command::Bench(bench) => crate::bench::run(bench),
    }
}
