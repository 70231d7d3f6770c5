//! What moved between two bases: from where to where, what went back, what reads otherwise, what came and went.

use std::collections::{BTreeMap, HashMap, HashSet};

use docket_domain::{Digest, Key, StateName, Timestamp, Vocabulary};

use super::axes::{Slot, reporting_slot, state_slot};
use super::row::{Placed, ReportRow};

/// A basis as far as it matters for what moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// The number of entries known.
    pub known_at: u64,
    /// The bound T.
    pub at: Timestamp,
}

/// Recommendations that stood at one place and stand at another, or still at the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Where they stood.
    pub from: Slot,
    /// Where they stand.
    pub to: Slot,
    /// The event behind where each stands.
    pub events: Vec<u64>,
}

/// A recommendation that stands in a lower state than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regression {
    /// Its key.
    pub key: Key,
    /// The state before.
    pub from: StateName,
    /// The state after.
    pub to: StateName,
    /// The event that states it.
    pub event: u64,
}

/// What moved. The cells of each matrix add up to the recommendations of both bases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moved {
    /// From state to state.
    pub states: Vec<Move>,
    /// From reporting to reporting.
    pub reporting: Vec<Move>,
    /// Those that went back.
    pub regressions: Vec<Regression>,
    /// Amendments of texts: recorded in between, or read from a document whose interval begins in between.
    pub reworded: Vec<(Key, u64)>,
    /// Recommendations that came in between, by the same rule, with their registration.
    pub added: Vec<(Key, u64)>,
    /// Recommendations whose registration was withdrawn in between, with that registration.
    pub vanished: Vec<(Key, u64)>,
    /// Recommendations that an earlier document speaks of and the newest one does not, with the last event from a document.
    pub absent: Vec<(Key, u64)>,
}

/// What moved from one basis to another. `newest` is the document whose absent rows are wanted, if there is one.
#[must_use]
pub fn moved<T>(
    before: (&[ReportRow<T>], Compared),
    after: (&[ReportRow<T>], Compared),
    vocabulary: &Vocabulary,
    newest: Option<Digest>,
) -> Moved {
    let ((before, since), (after, now)) = (before, after);
    let earlier: HashMap<&Key, &ReportRow<T>> = before.iter().map(|row| (&row.key, row)).collect();
    let mut found = Moved::default();
    let (mut states, mut reporting) = (BTreeMap::new(), BTreeMap::new());
    for row in after {
        // One whose registration was withdrawn before, and is in force again, came too.
        let came = is_between(&row.registered, since, now) || !earlier.contains_key(&row.key);
        if came {
            found.added.push((row.key.clone(), row.registered.event));
        }
        let reworded = row.rewordings.iter().filter(|rewording| is_between(rewording, since, now));
        found.reworded.extend(reworded.map(|rewording| (row.key.clone(), rewording.event)));
        if let Some(newest) = newest
            && let Some(event) = absent_from(row, newest)
        {
            found.absent.push((row.key.clone(), event));
        }
        let Some(earlier) = earlier.get(&row.key).filter(|_| !came) else { continue };
        add(&mut states, state_slot(earlier).0, state_slot(row));
        add(&mut reporting, reporting_slot(earlier).0, reporting_slot(row));
        found.regressions.extend(regression(earlier, row, vocabulary));
    }
    let keys: HashSet<&Key> = after.iter().map(|row| &row.key).collect();
    let gone = before.iter().filter(|row| !keys.contains(&row.key));
    found.vanished = gone.map(|row| (row.key.clone(), row.registered.event)).collect();
    found.states = cells(states);
    found.reporting = cells(reporting);
    found
}

type Cells = BTreeMap<(Slot, Slot), Vec<u64>>;

fn add(cells: &mut Cells, from: Slot, (to, event): (Slot, u64)) {
    cells.entry((from, to)).or_default().push(event);
}

fn cells(cells: Cells) -> Vec<Move> {
    cells.into_iter().map(|((from, to), events)| Move { from, to, events }).collect()
}

fn is_between(placed: &Placed, since: Compared, now: Compared) -> bool {
    let began = placed.document.as_ref().and_then(|document| document.from);
    placed.event >= since.known_at || began.is_some_and(|from| since.at <= from && from < now.at)
}

fn regression<T>(before: &ReportRow<T>, after: &ReportRow<T>, vocabulary: &Vocabulary) -> Option<Regression> {
    let (from, stating) = (before.state()?, after.stating()?);
    let to = stating.states.as_ref()?;
    let lower = vocabulary.order(to)? < vocabulary.order(from)?;
    lower.then(|| Regression {
        key: after.key.clone(),
        from: from.clone(),
        to: to.clone(),
        event: stating.event,
    })
}

/// The last event that was read from another document, if none was read from this one.
fn absent_from<T>(row: &ReportRow<T>, newest: Digest) -> Option<u64> {
    let registered = row.registered.document.as_ref().map(|document| (document.sha256, row.registered.event));
    let notes = row
        .notes
        .iter()
        .filter_map(|note| note.content.source.as_ref().map(|source| (source.sha256, note.provenance.index)));
    let statements =
        row.standings.iter().filter_map(|standing| standing.document.map(|sha256| (sha256, standing.event)));
    let mut last = None;
    for (document, event) in registered.into_iter().chain(statements).chain(notes) {
        if document == newest {
            return None;
        }
        last = last.max(Some(event));
    }
    last
}
