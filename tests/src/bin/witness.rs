//! Records notes as fast as it can and prints each acknowledgement, until it is killed.
//!
//! A line on standard output is a promise of the ledger: `<index> <event id>`. The kill test reads the lines that got out before the kill,
//! and then looks for every one of them in the log.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use docket_domain::effective::Effective;
use docket_domain::event::NoteRecorded;
use docket_domain::term::{ActorBasis, NoteRole, Visibility};
use docket_domain::{
    Action, Actor, Asserter, Command, Data, EventId, Key, RegisterId, Step, Subject, Timestamp,
};
use docket_ledger::{Ledger, LedgerError, OpenOptions};
use uuid::Uuid;

/// How many recommendations of the register take turns.
const RECOMMENDATIONS: u64 = 23;

fn main() -> ExitCode {
    let Some(directory) = std::env::args_os().nth(1) else { return ExitCode::from(2) };
    match record(Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(std::io::stderr(), "error: {error}"));
            ExitCode::from(4)
        }
    }
}

fn record(directory: &Path) -> Result<(), LedgerError> {
    let ledger = Ledger::open(OpenOptions::new(directory))?;
    std::thread::scope(|scope| {
        for client in 0..4 {
            let ledger = &ledger;
            scope.spawn(move || {
                let mut round = client;
                while send(ledger, round).is_some() {
                    round += 4;
                }
            });
        }
    });
    ledger.close()
}

/// Records one note and says so; nothing when either fails.
fn send(ledger: &Ledger, round: u64) -> Option<()> {
    let key = Key::new(&(round % RECOMMENDATIONS + 1).to_string()).ok()?;
    let event: EventId = Uuid::now_v7().into();
    let note = NoteRecorded {
        asserter: Asserter::new("City of Birmingham").ok()?,
        effective: Effective::recorded(Timestamp::EPOCH),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: format!(
            "round {round}: {}",
            "a note of some length ".repeat(usize::try_from(round % 40).ok()?)
        ),
        visibility: Visibility::Public,
    };
    let command = Command {
        id: Uuid::now_v7().into(),
        actor: Actor::new("witness").ok()?,
        actor_basis: ActorBasis::Os,
        steps: vec![Step {
            event,
            subject: Subject::Recommendation(RegisterId::new("birmingham-crime-commission").ok()?, key),
            expect_version: None,
            action: Action::Record(Data::NoteRecorded(note)),
        }],
    };
    let outcome = ledger.submit(vec![command]).ok()?;
    let recorded = outcome.first()?.events.first()?;
    // One write, so that a kill leaves no half line of two acknowledgements.
    std::io::stdout().lock().write_all(format!("{} {}\n", recorded.index, recorded.event).as_bytes()).ok()
}
