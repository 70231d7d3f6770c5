//! A store that hangs, fails or panics: the writer goes on, the end comes, and the reason is told.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::*;
use crate::open::open_read_only;
use crate::store::mark::{Mark, MarkState};
use crate::testing::Place;
use crate::tlog::compact::CompactRange;

/// Waits that a test can afford, and that are over only if something really hangs or there is nothing to wait for.
const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_mins(1);

/// A store that does with each commit what the test says.
#[derive(Debug)]
enum Scripted {
    /// Says that it has begun, and returns when the test lets go of the other end.
    Hanging {
        begun: Sender<()>,
        gate: Receiver<()>,
    },
    Failing,
    Panicking,
    PanickingAtTheEnd,
}

impl Apply for Scripted {
    fn finished(&self) -> u64 {
        0
    }

    fn take(&mut self, _: Committed) -> Result<u64, LogError> {
        match self {
            Self::Hanging { begun, gate } => {
                begun.send(()).unwrap();
                // The other end gone means the same as a word through it.
                let _ = gate.recv();
                Ok(0)
            }
            Self::Failing => Err(LogError::NotSigned { index: 7 }),
            Self::Panicking => panic!("the cache is upside down"),
            Self::PanickingAtTheEnd => Ok(0),
        }
    }

    fn flush(&mut self) -> Result<(), LogError> {
        assert!(!matches!(self, Self::PanickingAtTheEnd), "the cache is upside down");
        Ok(())
    }
}

fn hanging() -> (Scripted, Receiver<()>, Sender<()>) {
    let (begun, has_begun) = channel();
    let (let_go, gate) = channel();
    (Scripted::Hanging { begun, gate }, has_begun, let_go)
}

fn start(applier: Scripted, queue_wait: Duration, stop_wait: Duration) -> Behind {
    let tail = Arc::new(RwLock::new(Tail::new(CompactRange::new(), &[])));
    Behind::start_with(applier, tail, Limits { queue_commits: 1, queue_bytes: 0, queue_wait, stop_wait })
        .unwrap()
}

fn nothing() -> Committed {
    Committed::default()
}

#[test]
fn a_store_that_hangs_is_fed_no_more_and_not_waited_for() {
    let (applier, begun, let_go) = hanging();
    let mut behind = start(applier, SHORT, SHORT);
    behind.send(nothing());
    begun.recv().unwrap();
    behind.send(nothing());
    assert!(behind.queue.is_some(), "one commit is in work and one waits: nothing is wrong yet");
    behind.send(nothing());
    assert!(behind.queue.is_none(), "the queue stayed full");
    behind.limits.queue_wait = LONG;
    let before = Instant::now();
    behind.send(nothing());
    let stopped = behind.stop();
    assert!(matches!(stopped, Stopped::Hangs(LogError::StoreHangs { waited: SHORT })), "{stopped:?}");
    assert!(before.elapsed() < LONG);
    drop(let_go);
}

#[test]
fn bytes_that_wait_are_bounded_and_one_long_commit_passes() {
    let (applier, begun, let_go) = hanging();
    let tail = Arc::new(RwLock::new(Tail::new(CompactRange::new(), &[])));
    let limits = Limits { queue_commits: 9, queue_bytes: 100, queue_wait: SHORT, stop_wait: LONG };
    let mut behind = Behind::start_with(applier, tail, limits).unwrap();
    let of = |bytes| Committed { bytes, ..nothing() };
    behind.send(of(1000));
    begun.recv().unwrap();
    let_go.send(()).unwrap();
    // It is in work no longer once the next one has been begun.
    behind.limits.queue_wait = LONG;
    behind.send(of(40));
    begun.recv().unwrap();
    behind.limits.queue_wait = SHORT;
    behind.send(of(60));
    assert!(behind.queue.is_some(), "there was room for exactly so much");
    behind.send(of(1));
    assert!(behind.queue.is_none(), "and no more");
    drop(let_go);
    behind.stop();
}

#[test]
fn a_store_that_hangs_only_at_the_end_is_not_waited_for() {
    let (applier, begun, let_go) = hanging();
    let mut behind = start(applier, LONG, SHORT);
    behind.send(nothing());
    begun.recv().unwrap();
    let stopped = behind.stop();
    assert!(matches!(stopped, Stopped::Hangs(LogError::StoreHangs { .. })), "{stopped:?}");
    drop(let_go);
}

#[test]
fn a_store_that_was_given_up_and_got_on_is_not_called_whole() {
    let (applier, begun, let_go) = hanging();
    let mut behind = start(applier, Duration::ZERO, LONG);
    behind.send(nothing());
    begun.recv().unwrap();
    behind.send(nothing());
    behind.send(nothing());
    drop(let_go);
    let stopped = behind.stop();
    assert!(matches!(stopped, Stopped::Failed(LogError::StoreHangs { .. })), "{stopped:?}");
}

#[test]
fn a_writer_waits_for_a_store_that_is_only_slow() {
    let (applier, begun, let_go) = hanging();
    let mut behind = start(applier, LONG, LONG);
    behind.send(nothing());
    begun.recv().unwrap();
    behind.send(nothing());
    let_go.send(()).unwrap();
    behind.send(nothing());
    drop(let_go);
    assert!(matches!(behind.stop(), Stopped::Written));
}

#[test]
fn an_error_and_a_panic_are_told_and_the_writer_never_waits() {
    for (applier, told) in [
        (Scripted::Failing, "no signed checkpoint covers entry 7"),
        (Scripted::Panicking, "the cache is upside down"),
        (Scripted::PanickingAtTheEnd, "the cache is upside down"),
    ] {
        let mut behind = start(applier, LONG, LONG);
        for _ in 0..10 {
            behind.send(nothing());
        }
        match behind.stop() {
            Stopped::Failed(error) => assert!(error.to_string().contains(told), "{error}"),
            stopped => panic!("{stopped:?}"),
        }
    }
}

#[test]
fn work_on_the_store_has_an_end_and_its_panic_is_told() {
    assert_eq!(within(LONG, || Ok(5)).unwrap(), 5);
    let (let_go, gate) = channel::<()>();
    let hangs = within(SHORT, move || Ok(gate.recv().is_ok())).unwrap_err();
    assert!(matches!(hangs, LogError::StoreHangs { waited: SHORT }), "{hangs}");
    drop(let_go);
    let panicked = within::<()>(LONG, || panic!("the cache is upside down")).unwrap_err();
    assert!(panicked.to_string().contains("the cache is upside down"), "{panicked}");
}

#[test]
fn a_log_whose_store_hangs_goes_on_and_closes_without_a_clean_mark() {
    let place = Place::new();
    let mut recorder = place.open();
    assert!(matches!(recorder.log.behind.stop(), Stopped::Written));
    let (applier, _begun, let_go) = hanging();
    recorder.log.behind = start(applier, SHORT, SHORT);
    for _ in 0..5 {
        recorder.notes(BUNDLE_ENTRIES);
    }
    let reader = recorder.log.reader();
    let closed = recorder.log.close().unwrap_err();
    assert!(matches!(closed, LogError::StoreHangs { .. }), "{closed}");
    assert_eq!(reader.event(79).unwrap().entry.event.index, 79, "the tail has what the store never got");
    let data = place.data();
    let mark = Mark::read(data.file_system(), &data.mark()).unwrap().unwrap();
    assert_eq!(mark.state, MarkState::Open);
    assert_eq!(open_read_only(&data).unwrap().size(), 80, "the journal has everything");
    drop(let_go);
}

/// What waits, or comes while more is waited for, is taken together, in order and with all of its bytes, though never without end.
#[test]
fn commits_that_wait_are_taken_together() {
    let place = Place::new();
    let mut recorder = place.open();
    let sizes = [256_u64, 1, 255, 256, 256, 256, 7];
    for size in sizes {
        recorder.notes(size);
    }
    let mut entries = recorder.entries.iter().map(|stored| (Arc::clone(stored), Hash([0; 32])));
    let (sender, commits) = sync_channel(64);
    let mut end = 0;
    let mut last = None;
    for size in sizes {
        end += size;
        let checkpoints = vec![BundleCheckpoint { size: end, key_id: [0; 4], signature: [0; 64] }];
        let events = entries.by_ref().take(crate::testing::place(size)).collect();
        let earlier = last.replace(Committed { events, checkpoints, bytes: size });
        if let Some(earlier) = earlier {
            sender.send(earlier).unwrap();
        }
    }
    let (mut next, mut signed, mut taken) = (0, Vec::new(), Vec::new());
    while let Ok(first) = commits.try_recv() {
        let (gathered, bytes) = gather(first, &commits, || {
            if let Some(last) = last.take() {
                sender.send(last).unwrap();
            }
        });
        assert_eq!(gathered.events.len() as u64, bytes);
        for (stored, _) in &gathered.events {
            assert_eq!(stored.entry.event.index, next);
            next += 1;
        }
        signed.extend(gathered.checkpoints.iter().map(|checkpoint| checkpoint.size));
        taken.push(bytes);
    }
    assert_eq!(taken, [512, 512, 263]);
    assert_eq!(signed, [256, 257, 512, 768, 1024, 1280, 1287]);
}

/// The thread that writes sled is woken once a bundle, however small the commits are; what it gets is complete and in order.
#[test]
fn commits_wait_until_a_bundle_ends() {
    for (sizes, expected) in [
        (vec![1; 33], vec![16, 16]),
        (vec![15, 1, 1], vec![16]),
        (vec![16, 16], vec![16, 16]),
        (vec![10, 10, 10, 10], vec![20, 20]),
        (vec![256, 5], vec![256]),
    ] {
        let place = Place::new();
        let mut recorder = place.open();
        let sizes: Vec<u64> = sizes;
        for size in &sizes {
            recorder.notes(*size);
        }
        let mut entries = recorder.entries.iter().map(|stored| (Arc::clone(stored), Hash([0; 32])));
        let (sender, taken) = sync_channel(64);
        let mut behind = Behind {
            queue: Some(sender),
            held: Committed::default(),
            thread: None,
            outcome: sync_channel(1).1,
            waiting: Arc::default(),
            failure: None,
            limits: Limits::V1,
        };
        let mut end = 0;
        for size in &sizes {
            end += size;
            let checkpoints = vec![BundleCheckpoint { size: end, key_id: [0; 4], signature: [0; 64] }];
            let events = entries.by_ref().take(crate::testing::place(*size)).collect();
            behind.send(Committed { events, checkpoints, bytes: *size });
        }
        let taken: Vec<Committed> = taken.try_iter().collect();
        assert_eq!(taken.iter().map(|committed| committed.bytes).collect::<Vec<_>>(), expected, "{sizes:?}");
        let indexes =
            taken.iter().flat_map(|committed| &committed.events).map(|(stored, _)| stored.entry.event.index);
        assert!(indexes.eq(0..expected.iter().sum()));
        assert!(taken.iter().all(|committed| {
            let last = committed.events.last().map(|(stored, _)| stored.entry.event.index + 1);
            committed.checkpoints.last().map(|checkpoint| checkpoint.size) == last
        }));
    }
}
