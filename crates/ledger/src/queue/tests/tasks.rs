//! Tasks as clients: they wait beside threads, in one line, and each of them is told what became of its commands, whatever happens.

mod endings;

use std::pin::Pin;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::*;

/// How long a task may wait before the test says that it was forgotten.
const FORGOTTEN: Duration = Duration::from_mins(1);

type Submitted = Pin<Box<dyn Future<Output = Answer> + Send>>;

fn submitted(ledger: &Ledger, command: Command) -> Submitted {
    Box::pin(ledger.submit_async(vec![command]))
}

/// A task with an executor of its own: whoever joins it.
struct Task {
    future: Submitted,
    bell: Arc<Bell>,
}

#[derive(Default)]
struct Bell {
    has_rung: Mutex<bool>,
    rung: Condvar,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        *self.has_rung.lock().unwrap() = true;
        self.rung.notify_all();
    }
}

impl Task {
    /// Submits, and does not wait for the answer.
    fn begin(ledger: &Ledger, command: Command) -> Self {
        let mut task = Self { future: submitted(ledger, command), bell: Arc::default() };
        if let Poll::Ready(answer) = task.poll() {
            task.future = Box::pin(std::future::ready(answer));
            task.bell.wake_by_ref();
        }
        task
    }

    fn poll(&mut self) -> Poll<Answer> {
        let waker = Waker::from(Arc::clone(&self.bell));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// Waits until the task is woken, which is to be once, and for its answer.
    fn join(mut self) -> Answer {
        let has_rung = self.bell.has_rung.lock().unwrap();
        let (has_rung, _) =
            self.bell.rung.wait_timeout_while(has_rung, FORGOTTEN, |has_rung| !*has_rung).unwrap();
        assert!(*has_rung, "a task was forgotten");
        drop(has_rung);
        match self.poll() {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("a task was woken for nothing"),
        }
    }
}

/// A client that was told nothing yet.
enum Waiting<'scope> {
    Thread(ScopedJoinHandle<'scope, Answer>),
    Task(Task),
}

impl Waiting<'_> {
    fn join(self) -> Answer {
        match self {
            Self::Thread(thread) => thread.join().unwrap(),
            Self::Task(task) => task.join(),
        }
    }
}

/// Which clients of a line are tasks.
#[derive(Debug, Clone, Copy)]
enum Mix {
    Tasks,
    /// Task, thread, thread, task, and so on: each follows on each.
    TasksFirst,
    /// Thread, thread, task, task, and so on.
    ThreadsFirst,
}

const MIXES: [Mix; 3] = [Mix::Tasks, Mix::TasksFirst, Mix::ThreadsFirst];

impl Mix {
    fn is_task(self, place: usize) -> bool {
        match self {
            Self::Tasks => true,
            Self::TasksFirst => matches!(place % 4, 0 | 3),
            Self::ThreadsFirst => matches!(place % 4, 2 | 3),
        }
    }
}

/// Lets clients come one after the other while the writer stands still: the first is being written, the others wait behind it.
fn line_up<'scope>(
    scope: &'scope std::thread::Scope<'scope, '_>,
    ledger: &'scope Ledger,
    gate: &Gate,
    mix: Mix,
    commands: &[Command],
) -> Vec<Waiting<'scope>> {
    gate.shut();
    let mut clients = Vec::new();
    for (place, command) in commands.iter().cloned().enumerate() {
        clients.push(if mix.is_task(place) {
            Waiting::Task(Task::begin(ledger, command))
        } else {
            Waiting::Thread(scope.spawn(move || ledger.submit(vec![command])))
        });
        while !(ledger.is_being_written() && ledger.clients_waiting() == place) {
            yield_now();
        }
    }
    clients
}

fn numbered(count: u128) -> Vec<Command> {
    (0..count).map(|n| notes(100 + n, 1)).collect()
}

fn is_stopped(answer: &Answer) -> bool {
    matches!(answer, Err(LedgerError::Stopped { .. }))
}

#[test]
fn threads_and_tasks_wait_in_one_line_until_it_is_full() {
    for mix in MIXES {
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let ledger = begin(directory.path(), &gate);
        // Several frames. As many threads as there may be in a line need too much: the others are tasks.
        let commands = numbered(1 + QUEUE_REQUESTS_MAX as u128);
        scope(|scope| {
            let (few, many) = commands.split_at(300);
            let mut clients = line_up(scope, &ledger, &gate, mix, few);
            clients.extend(many.iter().map(|command| Waiting::Task(Task::begin(&ledger, command.clone()))));
            for answer in [Task::begin(&ledger, notes(90, 1)).join(), ledger.submit(vec![notes(90, 1)])] {
                assert!(matches!(answer, Err(LedgerError::Busy)), "{mix:?}");
            }
            assert_eq!(ledger.reader().size(), OPENING_ENTRIES as u64, "{mix:?}");
            gate.open();
            for (place, client) in clients.into_iter().enumerate() {
                let outcomes = client.join().unwrap();
                assert_eq!(outcomes[0].events[0].index, (OPENING_ENTRIES + place) as u64, "{mix:?}");
            }
        });
        let expected: Vec<EventId> =
            ids(&opening()).into_iter().chain(commands.iter().flat_map(ids)).collect();
        assert!(recorded(&ledger) == expected, "{mix:?}: in the order in which they came");
        assert!(!Task::begin(&ledger, notes(90, 1)).join().unwrap()[0].repeated, "{mix:?}");
        ledger.close().unwrap();
    }
}

/// Clients that come back as soon as they are answered, some as tasks of two executors and some as threads.
#[test]
fn every_command_is_answered_once_with_a_place_of_its_own() {
    const TASKS: u128 = 12;
    const THREADS: u128 = 3;
    const ROUNDS: u128 = 40;
    let directory = tempfile::tempdir().unwrap();
    let ledger = &begin(directory.path(), &Gate::new());
    let number = |client: u128, round: u128| 100 + client * ROUNDS + round;
    let index_of = |outcomes: &[Outcome], command: &Command| {
        assert!(!outcomes[0].repeated && outcomes[0].head.size <= ledger.reader().size());
        assert_eq!(outcomes[0].events[0].event, ids(command)[0]);
        outcomes[0].events[0].index
    };
    let told: Vec<u64> = scope(|scope| {
        let executors = [0..TASKS / 2, TASKS / 2..TASKS].map(|clients| {
            scope.spawn(move || {
                let (ready, woken) = channel();
                let submit = |client: u128, round: u128| {
                    let command = notes(number(client, round), 1);
                    let waker = Waker::from(Arc::new(Ready { client, ready: Mutex::new(ready.clone()) }));
                    let mut future = submitted(ledger, command.clone());
                    if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                        future = Box::pin(std::future::ready(answer));
                        waker.wake();
                    }
                    (client, round, command, future)
                };
                let mut running: Vec<_> = clients.map(|client| submit(client, 0)).collect();
                let mut told = Vec::new();
                while !running.is_empty() {
                    let client = woken.recv_timeout(FORGOTTEN).unwrap();
                    let place = running.iter().position(|(other, ..)| *other == client).unwrap();
                    let (_, round, command, mut future) = running.swap_remove(place);
                    let answered = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    let Poll::Ready(answer) = answered else { panic!("woken for nothing") };
                    told.push(index_of(&answer.unwrap(), &command));
                    if round + 1 < ROUNDS {
                        running.push(submit(client, round + 1));
                    }
                }
                told
            })
        });
        let threads: Vec<_> = (TASKS..TASKS + THREADS)
            .map(|client| {
                scope.spawn(move || {
                    let commands = (0..ROUNDS).map(|round| notes(number(client, round), 1));
                    commands
                        .map(|command| index_of(&ledger.submit(vec![command.clone()]).unwrap(), &command))
                        .collect::<Vec<u64>>()
                })
            })
            .collect();
        executors.into_iter().chain(threads).flat_map(|client| client.join().unwrap()).collect()
    });
    let mut indexes = told;
    indexes.sort_unstable();
    let opening = OPENING_ENTRIES as u128;
    let expected = opening..opening + (TASKS + THREADS) * ROUNDS;
    assert!(indexes.into_iter().map(u128::from).eq(expected), "each place in the log is one client's");
}

/// A task that tells its executor that it is ready.
struct Ready {
    client: u128,
    ready: Mutex<std::sync::mpsc::Sender<u128>>,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.ready.lock().unwrap().send(self.client).unwrap();
    }
}

#[test]
fn tasks_are_woken_in_the_order_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let ledger = begin(directory.path(), &gate);
    gate.shut();
    let (ready, woken) = channel();
    let mut futures: Vec<_> = (0..600).map(|client| submitted(&ledger, notes(100 + client, 1))).collect();
    for (client, future) in (0..).zip(&mut futures) {
        let waker = Waker::from(Arc::new(Ready { client, ready: Mutex::new(ready.clone()) }));
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    gate.open();
    for client in 0..600 {
        assert_eq!(woken.recv_timeout(FORGOTTEN).unwrap(), client);
    }
    ledger.close().unwrap();
}

/// The journal fails under the first group, which is one command, under the second, or under the third.
#[test]
fn a_journal_that_fails_is_told_to_every_client_of_the_group_and_after() {
    for (mix, durable) in MIXES.into_iter().flat_map(|mix| [0, 1, 257].map(|durable| (mix, durable))) {
        let context = format!("{mix:?}, {durable} durable");
        let gate = Gate::new();
        let frail = Arc::new(Frail::new(&gate));
        let ledger = begin_with(frail.options());
        let commands = numbered(300);
        let answers: Vec<Answer> = scope(|scope| {
            let clients = line_up(scope, &ledger, &gate, mix, &commands);
            let dying = Arc::clone(&frail);
            gate.run_after(durable, move || dying.die());
            gate.open();
            clients.into_iter().map(Waiting::join).collect()
        });
        let durable = usize::try_from(durable).unwrap();
        for (place, answer) in answers.iter().enumerate() {
            assert_eq!(answer.is_ok(), place < durable, "{context}: {place}: {answer:?}");
        }
        // One of the group is told the cause itself; the others, and all who wait behind it, that the writer has stopped.
        let causes = answers.iter().filter(|answer| matches!(answer, Err(LedgerError::Log(_)))).count();
        let stopped = answers.iter().filter(|answer| is_stopped(answer)).count();
        assert!(causes > 0 && causes + stopped == 300 - durable, "{context}: {causes}, {stopped}");
        drop(ledger);
        frail.disk.power_cut(1);
        let ledger = Ledger::open(frail.options()).unwrap();
        assert_eq!(recorded(&ledger).len(), OPENING_ENTRIES + durable, "{context}");
        for (place, command) in commands.into_iter().enumerate().skip(durable.saturating_sub(1)) {
            let repeated = Task::begin(&ledger, command).join().unwrap()[0].repeated;
            assert_eq!(repeated, place < durable, "{context}");
        }
        ledger.close().unwrap();
    }
}

#[test]
fn a_future_that_is_dropped_takes_nothing_back_once_it_was_polled() {
    let directory = tempfile::tempdir().unwrap();
    let gate = Gate::new();
    let ledger = begin(directory.path(), &gate);
    scope(|scope| {
        let clients = line_up(scope, &ledger, &gate, Mix::Tasks, &numbered(4));
        drop(submitted(&ledger, notes(200, 1)));
        assert_eq!(ledger.clients_waiting(), 3, "nothing happens before it is polled");
        let answered = clients.into_iter().enumerate().filter(|(place, _)| place % 2 == 1);
        // The first, which is being written, and the third go away.
        let answered: Vec<_> = answered.map(|(_, client)| client).collect();
        gate.open();
        for client in answered {
            client.join().unwrap();
        }
    });
    let expected: Vec<EventId> = [opening()].iter().chain(&numbered(4)).flat_map(ids).collect();
    assert_eq!(recorded(&ledger), expected);
    for command in numbered(4) {
        assert!(Task::begin(&ledger, command).join().unwrap()[0].repeated, "its answer is in the log");
    }
    ledger.close().unwrap();
}
