//! Folding a log into a projection when it is opened: the snapshot first, then the entries that it does not have.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use docket_domain::Event;
use docket_log::seal::SealedText;
use docket_log::{DataDirectory, LogError, LogReader, Notice};
use docket_projection::Projection;

use crate::error::LedgerError;
use crate::events::{LogEvents, RECENT_EVENTS, event_of};
use crate::snapshot::{self, Written};

/// From so many entries on, a second thread reads and decodes while this one folds.
const PARALLEL_FROM: u64 = 4096;
/// Events handed over together, and how many such batches may wait.
const BATCH_EVENTS: usize = 512;
const BATCHES_MAX: usize = 8;

/// An opened projection, and how far its snapshot goes.
pub(crate) struct Folded {
    pub(crate) projection: Projection<SealedText>,
    pub(crate) events: Arc<LogEvents>,
    pub(crate) written: Written,
    /// That a snapshot was left aside.
    pub(crate) notice: Option<Notice>,
}

/// The projection of everything that is committed.
///
/// A snapshot whose rows the entries behind it do not follow is left aside and written anew: what the log says holds, once and from its
/// first entry. Only what fails then is an error of the log.
pub(crate) fn fold(directory: &DataDirectory, log: &LogReader) -> Result<Folded, LedgerError> {
    let events = LogEvents::of(log.clone());
    let (mut projection, written) = snapshot::load(directory, log, &|| over(&events));
    match fold_to(&mut projection, &events, log, log.size()) {
        Ok(()) => Ok(Folded { projection, events, written, notice: None }),
        Err(error) if written == Written::default() => Err(error),
        Err(error) => {
            let reason = docket_log::error::chain(&error);
            let events = LogEvents::of(log.clone());
            let projection = fold_entries(&events, log, log.size())?;
            let notice = Some(Notice::SnapshotDiscarded { reason });
            Ok(Folded { projection, events, written: Written::default(), notice })
        }
    }
}

/// The projection of the first entries of a log, from nothing but these entries.
pub(crate) fn fold_entries(
    events: &Arc<LogEvents>,
    log: &LogReader,
    size: u64,
) -> Result<Projection<SealedText>, LedgerError> {
    let mut projection = over(events);
    fold_to(&mut projection, events, log, size)?;
    Ok(projection)
}

fn over(events: &Arc<LogEvents>) -> Projection<SealedText> {
    Projection::over(Arc::clone(events) as Arc<dyn docket_projection::Events<SealedText>>)
}

fn fold_to(
    projection: &mut Projection<SealedText>,
    events: &LogEvents,
    log: &LogReader,
    size: u64,
) -> Result<(), LedgerError> {
    let first = projection.size();
    events.checked(|| {
        if size.saturating_sub(first) < PARALLEL_FROM {
            log.visit_range(first..size, &mut |stored| apply(projection, event_of(stored)))
        } else {
            fold_on_two_threads(projection, log, size)
        }
    })?
}

fn apply(projection: &mut Projection<SealedText>, event: Arc<Event<SealedText>>) -> Result<(), LedgerError> {
    let index = event.index;
    projection.apply(event)?;
    projection.forget_before((index + 1).saturating_sub(RECENT_EVENTS));
    Ok(())
}

fn fold_on_two_threads(
    projection: &mut Projection<SealedText>,
    log: &LogReader,
    size: u64,
) -> Result<(), LedgerError> {
    let first = projection.size();
    let (sender, batches) = sync_channel(BATCHES_MAX);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || read(log, first..size, &sender));
        // The batches end with the folding of them, so that a refused event ends the reading, too.
        let applied = batches.into_iter().flatten().try_for_each(|event| apply(projection, event));
        match reading.join() {
            Ok(read) => read.map_err(LedgerError::from).and(applied),
            Err(_) => {
                Err(LedgerError::Unread { reason: "the thread that reads the log panicked".to_owned() })
            }
        }
    })
}

/// Hands the events of a range over in batches; it ends early when nobody takes them any more.
fn read(
    log: &LogReader,
    range: std::ops::Range<u64>,
    sender: &SyncSender<Vec<Arc<Event<SealedText>>>>,
) -> Result<(), LogError> {
    /// Why the reading ended: an error of the log, or that its taker has refused an event.
    enum Ended {
        Log(LogError),
        Refused,
    }
    impl From<LogError> for Ended {
        fn from(error: LogError) -> Self {
            Self::Log(error)
        }
    }
    let mut batch = Vec::with_capacity(BATCH_EVENTS);
    let ended = log.visit_range(range, &mut |stored| {
        batch.push(event_of(stored));
        if batch.len() < BATCH_EVENTS {
            return Ok(());
        }
        let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_EVENTS));
        sender.send(full).map_err(|_| Ended::Refused)
    });
    match ended {
        Err(Ended::Log(error)) => Err(error),
        Err(Ended::Refused) => Ok(()),
        Ok(()) => {
            drop(sender.send(batch));
            Ok(())
        }
    }
}
