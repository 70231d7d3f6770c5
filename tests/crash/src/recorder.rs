//! The process under test: it opens the ledger and records from several clients, until its commands are used up or it is killed.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use docket_ledger::{Ledger, LedgerError, OpenOptions, Outcome, Reader};
use uuid::Uuid;

use crate::cook::{Mix, Target, cook};
use crate::dice::Dice;
use crate::error::CrashError;
use crate::recipe::{ACTOR, Act, Recipe};
use crate::witness::{Acknowledgement, Kept, Line, say};

/// How many of the newest entries are looked at for notes to speak about.
const LOOK_BACK: u64 = 48;
/// One in so many commands is submitted twice.
const TWICE: u64 = 8;

/// What a recorder is to do.
#[derive(Debug, Clone, Copy)]
pub struct Orders {
    /// What its commands follow from.
    pub seed: u64,
    /// How many clients submit at the same time.
    pub clients: u64,
    /// How many commands there are in all.
    pub commands: u64,
    /// Of which kinds.
    pub mix: Mix,
}

/// How a recorder ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Everything was answered, and the log is closed.
    Wholly,
    /// The log answered with an error that leaves an outcome unknown, or could not be opened or closed.
    Environment,
}

/// How a command was answered.
enum Answer {
    Acknowledged,
    Refused,
    Unknown,
}

/// Records as ordered and tells the witness, on standard output.
pub fn record(data: &Path, orders: Orders) -> Result<Ended, CrashError> {
    let ledger = Ledger::open(OpenOptions::new(data))?;
    tell(&Line::Opened);
    let session = Session {
        reader: ledger.reader(),
        ledger: &ledger,
        left: AtomicU64::new(orders.commands),
        targets: Mutex::new(targets(&ledger.reader())?),
        orders,
    };
    let mut dice = Dice::new(orders.seed);
    let seeds: Vec<Dice> = (0..orders.clients).map(|_| dice.split()).collect();
    let ended = std::thread::scope(|scope| {
        let clients: Vec<_> = seeds.into_iter().map(|dice| scope.spawn(|| session.run(dice))).collect();
        let ends: Vec<_> = clients.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        if ends.iter().all(|end| matches!(end, Ok(Ended::Wholly))) {
            Ended::Wholly
        } else {
            Ended::Environment
        }
    });
    drop(session);
    tell(&Line::Closing);
    ledger.close()?;
    tell(&Line::Closed);
    Ok(ended)
}

/// Tells the witness. If nobody listens, there is nothing left to promise to anybody.
fn tell(line: &Line) {
    drop(say(&mut io::stdout().lock(), line));
}

/// Notes of the log that can be corrected, taken back or redacted.
pub(crate) fn targets(reader: &Reader) -> Result<Vec<Target>, CrashError> {
    let size = reader.size();
    let mut found = Vec::new();
    for index in size.saturating_sub(LOOK_BACK)..size {
        let stored = reader.log().event(index)?;
        let event = &stored.entry.event;
        let is_note = event.data.kind() == docket_domain::EventKind::NoteRecorded;
        if let (true, ACTOR, Some(key)) = (is_note, event.actor.as_str(), event.subject.key()) {
            found.push((Uuid::from_bytes(event.id.to_bytes()), key.to_string()));
        }
    }
    Ok(found)
}

struct Session<'a> {
    ledger: &'a Ledger,
    reader: Reader,
    left: AtomicU64,
    targets: Mutex<Vec<Target>>,
    orders: Orders,
}

impl Session<'_> {
    /// One client.
    fn run(&self, mut dice: Dice) -> Ended {
        let take = |left: u64| left.checked_sub(1);
        while self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            let recipe = {
                let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
                cook(self.orders.mix, &mut dice, &targets)
            };
            let times = if dice.one_in(TWICE) { 2 } else { 1 };
            for _ in 0..times {
                match self.submit(&recipe) {
                    Answer::Acknowledged => {}
                    // Once more it might be accepted: the log has grown.
                    Answer::Refused => break,
                    Answer::Unknown => return Ended::Environment,
                }
            }
        }
        Ended::Wholly
    }

    fn submit(&self, recipe: &Recipe) -> Answer {
        tell(&Line::Intent { recipe: recipe.clone() });
        let command = recipe.command;
        let answer = recipe.to_command().and_then(|made| Ok(self.ledger.submit(vec![made])?));
        let promise = answer.and_then(|outcomes| match outcomes.first() {
            Some(outcome) => promise(&self.reader, recipe, outcome),
            None => Err(CrashError::Recipe { command, reason: "it was not answered".to_owned() }),
        });
        match promise {
            Ok(promise) => {
                self.remember(recipe);
                tell(&Line::Acknowledged(promise));
                Answer::Acknowledged
            }
            Err(CrashError::Ledger(LedgerError::Refused { .. })) => {
                tell(&Line::Refused { command });
                Answer::Refused
            }
            Err(error) => {
                tell(&Line::Unknown { command, error: error.to_string() });
                Answer::Unknown
            }
        }
    }

    fn remember(&self, recipe: &Recipe) {
        let notes = recipe.steps.iter().filter(|step| matches!(step.act, Act::Note { .. }));
        let notes = notes.map(|step| (step.event, step.key.clone()));
        self.targets.lock().unwrap_or_else(PoisonError::into_inner).extend(notes);
    }
}

/// What was promised about a command: its entries as they can be read now, and the checkpoint.
pub(crate) fn promise(
    reader: &Reader,
    recipe: &Recipe,
    outcome: &Outcome,
) -> Result<Acknowledgement, CrashError> {
    let log = reader.log();
    let entries = outcome.events.iter().map(|recorded| {
        let bytes = log.entry_bytes(recorded.index)?;
        let leaf = docket_log::tlog::hash::leaf_hash(&bytes).to_string();
        Ok(Kept {
            index: recorded.index,
            event: Uuid::from_bytes(recorded.event.to_bytes()),
            leaf: Some(leaf),
        })
    });
    Ok(Acknowledgement {
        command: recipe.command,
        repeated: outcome.repeated,
        size: outcome.head.size,
        root: Some(outcome.head.root.to_string()),
        entries: entries.collect::<Result<_, CrashError>>()?,
        checkpoint: log.checkpoint_from(outcome.head.size)?.map(|note| note.to_string()),
    })
}
