//! Turns at writing, as clients see them: who is answered what, in which order, and what is left when the writer panics.

mod tasks;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{ScopedJoinHandle, scope, yield_now};

use docket_domain::event::{NoteRecorded, RecommendationRegistered, RegisterOpened};
use docket_domain::term::{ActorBasis, NoteRole, NumberBasis, TextBasis, Visibility};
use docket_domain::{
    Action, Actor, Asserter, CommandId, Data, Effective, EventId, Key, Origin, RegisterId, Step, Subject,
    Timestamp, Vocabulary, Zone,
};
use docket_log::fs::{Effect, Fault, FaultError, FaultyFileSystem, FileSystem as _, Trigger};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::clock::{Clock, Reading, SystemClock};
use crate::{Ledger, OpenOptions};

/// A clock at which the writer can be made to wait, and can be made to panic. The writer reads it once for each request that it plans.
struct Gate {
    clock: SystemClock,
    is_shut: Mutex<bool>,
    opened: Condvar,
    /// After so many more readings the clock panics.
    readings_left: AtomicU64,
    /// After so many more readings something else happens, once.
    alarm: Mutex<Option<(u64, Deed)>>,
}

type Deed = Box<dyn FnOnce() + Send>;

impl Gate {
    fn new() -> Arc<Self> {
        let (is_shut, opened) = (Mutex::new(false), Condvar::new());
        let readings_left = AtomicU64::new(u64::MAX);
        let alarm = Mutex::new(None);
        Arc::new(Self { clock: SystemClock::new(), is_shut, opened, readings_left, alarm })
    }

    fn shut(&self) {
        *self.is_shut.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.is_shut.lock().unwrap() = false;
        self.opened.notify_all();
    }

    fn panic_after(&self, readings: u64) {
        self.readings_left.store(readings, Ordering::SeqCst);
    }

    fn run_after(&self, readings: u64, deed: impl FnOnce() + Send + 'static) {
        *self.alarm.lock().unwrap() = Some((readings, Box::new(deed)));
    }

    fn due(&self) -> Option<Deed> {
        let mut alarm = self.alarm.lock().unwrap();
        match &mut *alarm {
            Some((0, _)) => alarm.take().map(|(_, deed)| deed),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }
}

impl Clock for Gate {
    fn read(&self) -> Reading {
        let mut is_shut = self.is_shut.lock().unwrap();
        while *is_shut {
            is_shut = self.opened.wait(is_shut).unwrap();
        }
        drop(is_shut);
        let before = self.readings_left.fetch_sub(1, Ordering::SeqCst);
        assert!(before > 0, "a writer that panics, for a test");
        if let Some(deed) = self.due() {
            deed();
        }
        self.clock.read()
    }
}

/// The entries of [`opening`].
const OPENING_ENTRIES: usize = 2;

fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

fn seven() -> Subject {
    Subject::Recommendation(register(), Key::new("7").unwrap())
}

/// A command with one step for each subject, whose ids follow from its number.
fn command(number: u128, actions: Vec<(Subject, Action)>) -> Command {
    let step = |(place, (subject, action)): (u128, (Subject, Action))| Step {
        event: EventId::from(Uuid::from_u128((number << 16) + place)),
        subject,
        expect_version: None,
        action,
    };
    Command {
        id: CommandId::from(Uuid::from_u128(number)),
        actor: Actor::new("ann").unwrap(),
        actor_basis: ActorBasis::Os,
        steps: (0..).zip(actions).map(step).collect(),
    }
}

fn opening() -> Command {
    let opened = Data::RegisterOpened(RegisterOpened {
        expected_count: None,
        publisher: Asserter::new("City").unwrap(),
        time_zone: Zone::UTC,
        title: "A register".to_owned(),
        vocabulary: Vocabulary { labels: vec![], states: vec![] },
    });
    let row = Data::RecommendationRegistered(RecommendationRegistered {
        cells: vec![],
        damage: vec![],
        key: Key::new("7").unwrap(),
        number: Some(7),
        number_basis: NumberBasis::Printed,
        number_printed: Some("7".to_owned()),
        source: None,
        text: None,
        text_basis: TextBasis::Unknown,
    });
    command(1, vec![(Subject::Register(register()), Action::Record(opened)), (seven(), Action::Record(row))])
}

/// So many notes, all in one command.
fn notes(number: u128, count: usize) -> Command {
    let note = Data::NoteRecorded(NoteRecorded {
        asserter: Asserter::new("City").unwrap(),
        effective: Effective::recorded(Timestamp::EPOCH),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: format!("words of {number}"),
        visibility: Visibility::Public,
    });
    command(number, vec![(seven(), Action::Record(note)); count])
}

/// A command that the rules refuse: its subject is not there.
fn refused(number: u128) -> Command {
    let mut command = notes(number, 1);
    for step in &mut command.steps {
        step.subject = Subject::Recommendation(register(), Key::new("9").unwrap());
    }
    command
}

fn begin(directory: &Path, gate: &Arc<Gate>) -> Ledger {
    let clock = Arc::clone(gate) as Arc<dyn Clock>;
    begin_with(OpenOptions { clock, ..OpenOptions::new(directory) })
}

fn begin_with(options: OpenOptions) -> Ledger {
    let ledger = Ledger::open(options.or_begin(Origin::new("docket.example/test").unwrap())).unwrap();
    ledger.submit(vec![opening()]).unwrap();
    ledger
}

/// A data directory on a disk that can die and lose its power.
struct Frail {
    directory: TempDir,
    disk: FaultyFileSystem,
    clock: Arc<dyn Clock>,
}

impl Frail {
    fn new(gate: &Arc<Gate>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let disk = FaultyFileSystem::new(directory.path());
        let frail = Self { directory, disk, clock: Arc::clone(gate) as Arc<dyn Clock> };
        std::fs::create_dir(frail.data()).unwrap();
        frail.disk.create_directory(&frail.data()).unwrap();
        frail.disk.sync_directory(frail.directory.path()).unwrap();
        frail
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn options(&self) -> OpenOptions {
        OpenOptions {
            clock: Arc::clone(&self.clock),
            file_system: Arc::new(self.disk.clone()),
            ..OpenOptions::new(&self.data())
        }
    }

    /// From here on nothing reaches the disk.
    fn die(&self) {
        let trigger = Trigger::DeadFromMutation(1);
        self.disk.arm(Fault { trigger, error: FaultError::Io, effect: Effect::NotPersisted });
    }
}

/// The ids of all entries, in the order of the log.
fn recorded(ledger: &Ledger) -> Vec<EventId> {
    let mut ids = Vec::new();
    let log = ledger.reader().log().clone();
    log.visit(0, &mut |stored| {
        ids.push(stored.entry.event.id);
        Ok::<(), LogError>(())
    })
    .unwrap();
    ids
}

fn ids(command: &Command) -> Vec<EventId> {
    command.steps.iter().map(|step| step.event).collect()
}

/// Lets clients come one after the other while the writer stands still: the first has the turn, the others wait behind it.
fn line_up<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    ledger: &'scope Ledger,
    gate: &Gate,
    commands: impl Iterator<Item = Command>,
) -> Vec<ScopedJoinHandle<'scope, Answer>> {
    gate.shut();
    let mut clients = Vec::new();
    for (waiting, command) in commands.enumerate() {
        clients.push(scope.spawn(move || ledger.submit(vec![command])));
        // The first one has left the line when it waits at the gate.
        let is_in_line = || match waiting {
            0 => ledger.clients_waiting() == 0 && ledger.is_being_written(),
            _ => ledger.clients_waiting() == waiting,
        };
        while !is_in_line() {
            yield_now();
        }
    }
    clients
}

#[test]
fn every_request_has_its_own_answer_whoever_writes_it() {
    const CLIENTS: u128 = 8;
    const ROUNDS: u128 = 30;
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), &Gate::new());
    let recorded_of = |client: u128| {
        let mut mine = Vec::new();
        for round in 0..ROUNDS {
            let number = 100 + client * ROUNDS + round;
            // Refusals, repeats and requests of several commands and sizes stand between plain ones.
            let request = match round % 5 {
                0 => vec![refused(number)],
                1 => vec![notes(number, 3), notes(number + 1_000_000, 1)],
                2 => vec![notes(number, 1), refused(number + 1_000_000)],
                // Every client says this: one records it.
                3 => vec![notes(50 + round, 2)],
                _ => vec![notes(number, 1)],
            };
            let answer = ledger.submit(request.clone());
            if matches!(round % 5, 0 | 2) {
                assert!(matches!(answer, Err(LedgerError::Refused { .. })), "{answer:?}");
                continue;
            }
            let outcomes = answer.unwrap();
            assert_eq!(outcomes.len(), request.len());
            for (outcome, command) in outcomes.iter().zip(&request) {
                let told: Vec<EventId> = outcome.events.iter().map(|event| event.event).collect();
                assert_eq!(told, ids(command));
                let last = outcome.events.last().unwrap().index;
                assert!(last < outcome.head.size && outcome.head.size <= ledger.reader().size());
                mine.push((round, outcome.clone()));
            }
        }
        mine
    };
    let answers: Vec<_> = scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || recorded_of(client))).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let log = recorded(&ledger);
    let (mut first, mut events) = (0, OPENING_ENTRIES);
    for (round, outcome) in &answers {
        assert!(!outcome.repeated || round % 5 == 3);
        if round % 5 == 3 {
            first += u128::from(!outcome.repeated);
        }
        events += if outcome.repeated { 0 } else { outcome.events.len() };
        for event in &outcome.events {
            assert_eq!(log[usize::try_from(event.index).unwrap()], event.event);
        }
    }
    assert_eq!((first, events), (ROUNDS / 5, log.len()), "what all say is recorded once");
    ledger.close().unwrap();
    assert!(crate::verify::verify(directory.path(), &mut |_| ()).unwrap().is_good());
}

/// What is planned together is planned in the sight of entries that are not durable yet: a repeat of one of them, and a refusal because of
/// one of them, are as uncertain as they are.
#[test]
fn nobody_is_answered_from_entries_that_did_not_become_durable() {
    let gate = Gate::new();
    let frail = Frail::new(&gate);
    let ledger = begin_with(frail.options());
    let (said, mut otherwise) = (notes(200, 2), notes(200, 2));
    otherwise.steps.pop();
    let group = [notes(100, 1), said.clone(), said.clone(), otherwise];
    let answers: Vec<Answer> = scope(|scope| {
        let clients = line_up(scope, &ledger, &gate, group.into_iter());
        frail.die();
        gate.open();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    for answer in &answers {
        let is_refused = matches!(
            answer,
            Err(LedgerError::CommandConflict { .. }
                | LedgerError::Refused { .. }
                | LedgerError::EventExists { .. })
        );
        assert!(answer.is_err() && !is_refused, "answered from what is not durable: {answer:?}");
    }
    drop(ledger);
    frail.disk.power_cut(1);
    let ledger = Ledger::open(frail.options()).unwrap();
    assert_eq!(ledger.reader().size(), OPENING_ENTRIES as u64, "nothing of the group is there");
    assert!(!ledger.submit(vec![said]).unwrap()[0].repeated);
    ledger.close().unwrap();
}

#[test]
fn first_come_first_written_until_the_queue_is_full() {
    let directory = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let ledger = begin(directory.path(), &gate);
    // The first one is being written while the others fill the queue; they are several frames.
    let commands: Vec<Command> = (0..=QUEUE_REQUESTS_MAX as u128).map(|n| notes(100 + n, 1)).collect();
    scope(|scope| {
        let clients = line_up(scope, &ledger, &gate, commands.iter().cloned());
        let busy = ledger.submit(vec![notes(90, 1)]).unwrap_err();
        assert!(matches!(busy, LedgerError::Busy) && busy.hint().is_some(), "{busy}");
        assert_eq!(ledger.reader().size(), OPENING_ENTRIES as u64, "nothing is shown before it is durable");
        gate.open();
        for client in clients {
            client.join().unwrap().unwrap();
        }
    });
    let expected: Vec<EventId> = ids(&opening()).into_iter().chain(commands.iter().flat_map(ids)).collect();
    assert!(recorded(&ledger) == expected, "in the order in which they came");
    // Busy says nothing about later.
    assert!(!ledger.submit(vec![notes(90, 1)]).unwrap()[0].repeated);
    ledger.close().unwrap();
}

/// The writer panics with its first request, in the midst of a group, and between two groups.
#[test]
fn a_panic_answers_all_who_wait_and_loses_nothing_acknowledged() {
    // One is written alone; the others are one group, or two: the second begins after 256 commands.
    for (clients, readings) in [(1, 0), (12, 0), (12, 1), (12, 6), (300, 280)] {
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let ledger = begin(directory.path(), &gate);
        ledger.submit(vec![notes(50, 1)]).unwrap();
        let before = OPENING_ENTRIES + 1;
        let commands: Vec<Command> = (0..clients).map(|n| notes(100 + n, 1)).collect();
        let acknowledged: Vec<bool> = scope(|scope| {
            let clients = line_up(scope, &ledger, &gate, commands.iter().cloned());
            gate.panic_after(readings);
            gate.open();
            let answers = clients.into_iter().map(|client| client.join().unwrap());
            let is_recorded = answers.map(|answer| match answer {
                Ok(outcomes) => !outcomes[0].repeated,
                Err(LedgerError::Stopped { .. }) => false,
                Err(other) => panic!("{other}"),
            });
            is_recorded.collect()
        });
        let context = format!("{clients} clients, {readings} readings");
        let count = acknowledged.iter().filter(|acknowledged| **acknowledged).count();
        let expected = match readings {
            0 => 0,
            280 => 257,
            _ => 1,
        };
        assert_eq!(count, expected, "{context}");
        // Nobody writes any more, also where the clock is right again; what is durable can be read.
        gate.panic_after(u64::MAX);
        assert!(matches!(ledger.submit(vec![notes(90, 1)]), Err(LedgerError::Stopped { .. })), "{context}");
        assert_eq!(ledger.reader().size(), (before + count) as u64, "{context}");
        assert!(ledger.close().is_err(), "{context}");

        let ledger = Ledger::open(OpenOptions::new(directory.path())).unwrap();
        let found = recorded(&ledger);
        assert_eq!(found.len(), before + count, "{context}");
        for (command, acknowledged) in commands.iter().zip(&acknowledged) {
            assert_eq!(found.contains(&ids(command)[0]), *acknowledged, "{context}");
            // Whoever was not answered asks again, and it is recorded once.
            assert_eq!(ledger.submit(vec![command.clone()]).unwrap()[0].repeated, *acknowledged, "{context}");
        }
        assert_eq!(recorded(&ledger).len(), before + commands.len(), "{context}");
        ledger.close().unwrap();
        assert!(crate::verify::verify(directory.path(), &mut |_| ()).unwrap().is_good(), "{context}");
    }
}

/// A client that has gone away is written all the same, and nobody waits for it: dropping the ledger closes the log.
#[test]
fn a_ledger_that_is_dropped_leaves_a_closed_log() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = begin(directory.path(), &Gate::new());
    ledger.submit(vec![notes(50, 3)]).unwrap();
    drop(ledger);
    let ledger = begin(directory.path(), &Gate::new());
    assert!(ledger.notices().is_empty(), "{:?}", ledger.notices());
    assert_eq!(recorded(&ledger).len(), OPENING_ENTRIES + 3);
}
