//! Folding a log into a projection when it is opened: the snapshot first, then the entries that it does not have.

use std::sync::Arc;

use docket_domain::Event;
use docket_log::seal::SealedText;
use docket_log::tlog::derived::DerivedKey;
use docket_log::{DataDirectory, LogReader, Notice};
use docket_projection::Projection;

use crate::error::LedgerError;
use crate::events::{LogEvents, RECENT_EVENTS};
use crate::snapshot::{self, Written};

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
pub(crate) fn fold(
    directory: &DataDirectory,
    log: &LogReader,
    key: Option<&DerivedKey>,
) -> Result<Folded, LedgerError> {
    let events = LogEvents::of(log.clone());
    let (mut projection, written) = snapshot::load(directory, log, key, &|| over(&events));
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
        log.visit_ahead(first..size, &mut |stored| apply(projection, Arc::clone(&stored.entry.event)))
    })?
}

fn apply(projection: &mut Projection<SealedText>, event: Arc<Event<SealedText>>) -> Result<(), LedgerError> {
    let index = event.index;
    projection.apply(event)?;
    projection.forget_before((index + 1).saturating_sub(RECENT_EVENTS));
    Ok(())
}
