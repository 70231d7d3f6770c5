//! What tasks are told when the writer ends: it panics, the log is closed or dropped, or a task that is woken does something of the kind.

use std::sync::atomic::AtomicBool;

use super::*;

/// The writer panics with its first request, in the midst of a group, and between two groups.
#[test]
fn a_panic_is_told_to_all_tasks_and_threads() {
    let cases = [(1, 0, 0), (12, 0, 0), (12, 6, 1), (300, 280, 257)];
    for (mix, (clients, readings, durable)) in MIXES.into_iter().flat_map(|mix| cases.map(|case| (mix, case)))
    {
        let context = format!("{mix:?}, {clients} clients, {readings} readings");
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let ledger = begin(directory.path(), &gate);
        let commands = numbered(clients);
        scope(|scope| {
            let clients = line_up(scope, &ledger, &gate, mix, &commands);
            gate.panic_after(readings);
            gate.open();
            for (place, client) in clients.into_iter().enumerate() {
                let answer = client.join();
                assert!(
                    if place < durable { answer.is_ok() } else { is_stopped(&answer) },
                    "{context}: {answer:?}"
                );
            }
        });
        gate.panic_after(u64::MAX);
        assert!(is_stopped(&Task::begin(&ledger, notes(90, 1)).join()), "{context}");
        assert!(ledger.close().is_err(), "{context}");
        let ledger = Ledger::open(OpenOptions::new(directory.path())).unwrap();
        assert_eq!(recorded(&ledger).len(), OPENING_ENTRIES + durable, "{context}");
        for (place, command) in commands.into_iter().enumerate().skip(durable.saturating_sub(1)) {
            let repeated = Task::begin(&ledger, command).join().unwrap()[0].repeated;
            assert_eq!(repeated, place < durable, "{context}");
        }
        ledger.close().unwrap();
    }
}

/// A task whose command is being written, for as long as the gate is shut.
fn being_written(ledger: &Ledger, gate: &Gate) -> Task {
    gate.shut();
    let task = Task::begin(ledger, notes(100, 1));
    while ledger.clients_waiting() > 0 {
        yield_now();
    }
    task
}

/// How a ledger goes away while tasks wait.
#[derive(Debug, Clone, Copy)]
enum Farewell {
    Close,
    Drop,
}

#[test]
fn who_waits_when_the_log_is_closed_is_told_and_what_is_being_written_is_finished() {
    for farewell in [Farewell::Close, Farewell::Drop] {
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let ledger = begin(directory.path(), &gate);
        let first = being_written(&ledger, &gate);
        let waiting: Vec<Task> = (101..106).map(|number| Task::begin(&ledger, notes(number, 1))).collect();
        let later = submitted(&ledger, notes(106, 1));
        let leaving = std::thread::spawn(move || match farewell {
            Farewell::Close => ledger.close(),
            Farewell::Drop => {
                drop(ledger);
                Ok(())
            }
        });
        // They are told while the disk is still being waited for.
        for task in waiting {
            let answer = task.join();
            assert!(
                matches!(&answer, Err(LedgerError::Stopped { reason }) if reason == "the log was closed")
            );
        }
        gate.open();
        leaving.join().unwrap().unwrap();
        assert!(first.join().is_ok(), "{farewell:?}");
        assert!(is_stopped(&Task { future: later, bell: Arc::new(rung()) }.join()), "{farewell:?}");
        let ledger = begin(directory.path(), &gate);
        assert!(ledger.notices().is_empty(), "{:?}", ledger.notices());
        assert_eq!(recorded(&ledger).len(), OPENING_ENTRIES + 1, "{farewell:?}");
    }
}

/// A bell for a task that was never polled.
fn rung() -> Bell {
    Bell { has_rung: Mutex::new(true), rung: Condvar::new() }
}

/// The thread that writes for tasks ends at once also where it has nothing to do, or waits for others to come back.
#[test]
fn a_ledger_whose_tasks_are_all_answered_closes() {
    for tasks in [1, 2, 64] {
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let ledger = begin(directory.path(), &gate);
        assert!(!ledger.has_thread(), "threads write for themselves");
        let commands = numbered(tasks);
        scope(|scope| {
            let clients = line_up(scope, &ledger, &gate, Mix::Tasks, &commands);
            gate.open();
            for client in clients {
                client.join().unwrap();
            }
        });
        assert!(ledger.has_thread());
        ledger.close().unwrap();
    }
}

/// A waker is the code of whoever waits: it may ask again on the spot, panic, or let go of the ledger.
#[test]
fn wakers_may_do_as_they_like() {
    type Deed = fn(&mut Option<Ledger>);
    let deeds: [(&str, Deed, usize); 3] = [
        (
            "asks",
            |ledger| {
                let ledger = ledger.as_ref().unwrap();
                let mut again = submitted(ledger, notes(90, 1));
                assert!(again.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            },
            1,
        ),
        ("panics", |_| panic!("a waker that panics, for a test"), 0),
        ("drops", |ledger| drop(ledger.take()), 0),
    ];
    for (name, deed, more) in deeds {
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let ledger = begin(directory.path(), &gate);
        let first = being_written(&ledger, &gate);
        let mut doer = submitted(&ledger, notes(101, 1));
        let ledger = Arc::new(Mutex::new(Some(ledger)));
        let waker = Waker::from(Arc::new(Doer {
            ledger: Arc::clone(&ledger),
            deed,
            is_done: AtomicBool::new(false),
        }));
        assert!(doer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let last = Task::begin(ledger.lock().unwrap().as_ref().unwrap(), notes(102, 1));
        gate.open();
        assert!(first.join().is_ok() && last.join().is_ok(), "{name}");
        let answered = doer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(answered, Poll::Ready(Ok(_))), "{name}");
        drop((doer, waker));
        let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ledger) = ledger {
            assert!(Task::begin(&ledger, notes(103, 1)).join().is_ok(), "{name}");
            assert_eq!(recorded(&ledger).len(), OPENING_ENTRIES + 4 + more, "{name}");
            ledger.close().unwrap();
        }
        let ledger = begin(directory.path(), &gate);
        assert!(ledger.notices().is_empty(), "{name}: {:?}", ledger.notices());
    }
}

struct Doer {
    ledger: Arc<Mutex<Option<Ledger>>>,
    deed: fn(&mut Option<Ledger>),
    is_done: AtomicBool,
}

impl Wake for Doer {
    fn wake(self: Arc<Self>) {
        if !self.is_done.swap(true, Ordering::SeqCst) {
            (self.deed)(&mut self.ledger.lock().unwrap());
        }
    }
}
