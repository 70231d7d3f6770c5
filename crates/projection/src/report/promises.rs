//! What was promised for a date that has passed, and what waits for what.

use std::collections::HashMap;

use docket_domain::event::AssignmentChanged;
use docket_domain::{Key, Vocabulary};

use super::age::{Calendar, Days, Span};
use super::row::ReportRow;
use crate::{Fact, TextRef};

/// The most recommendations that a printed chain names; a longer one says that it goes on.
pub const CHAIN_MAX: usize = 12;

/// A promise whose date has passed, or may have, while the work is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The recommendation.
    pub key: Key,
    /// The assignment of the date.
    pub event: u64,
    /// The date promised.
    pub target: Span,
    /// For how many days it has passed; 0 at least where its interval is not over.
    pub days: Days,
    /// Whether the whole interval has passed.
    pub certain: bool,
}

/// A recommendation that waits for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The recommendation.
    pub key: Key,
    /// What it waits for that is not closed, each with the assignment that says so.
    pub by: Vec<(Key, u64)>,
    /// The longest chain of what waits for what, beginning with what it waits for itself; at most [`CHAIN_MAX`] of it.
    pub chain: Vec<Key>,
    /// How many recommendations that chain has.
    pub chain_length: u64,
    /// Whether the chain leads back to itself.
    pub circular: bool,
}

/// Promises and what holds them up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promises {
    /// Target dates that hold for recommendations that are not closed.
    pub open: Vec<u64>,
    /// Those that have passed, or may have.
    pub overdue: Vec<Overdue>,
    /// Those of no known date.
    pub undated: Vec<u64>,
    /// Recommendations that wait for others.
    pub blocked: Vec<Blocked>,
}

/// The promises of rows, as of the calendar's day.
#[must_use]
pub fn promises<T: Clone>(rows: &[ReportRow<T>], vocabulary: &Vocabulary, calendar: Calendar) -> Promises {
    let closed: Vec<bool> = rows.iter().map(|row| is_closed(row, vocabulary)).collect();
    let mut found = Promises::default();
    for (row, _) in rows.iter().zip(&closed).filter(|(_, closed)| !**closed) {
        if let Some(promise) = &row.assignments.target_date {
            promised(&mut found, row, promise, calendar);
        }
    }
    found.blocked = blocked(rows, &closed);
    found
}

/// Whether the state that stands is one in which the work is over.
#[must_use]
pub fn is_closed<T>(row: &ReportRow<T>, vocabulary: &Vocabulary) -> bool {
    row.state().is_some_and(|state| {
        vocabulary.states.iter().any(|definition| definition.name == *state && definition.closed)
    })
}

fn promised<T: Clone>(
    found: &mut Promises,
    row: &ReportRow<T>,
    promise: &Fact<T, AssignmentChanged<TextRef<T>>>,
    calendar: Calendar,
) {
    let event = promise.provenance.index;
    found.open.push(event);
    let target = promise.content.target.as_ref().map(Span::from);
    let Some((target, from, to)) = target.and_then(|span| Some((span, span.from?, span.to?))) else {
        found.undated.push(event);
        return;
    };
    // A promise for the day asked about is kept until that day is over, so that day itself is not overdue.
    if to < calendar.at || from < calendar.at && calendar.at < to {
        let days = calendar.since(target);
        found.overdue.push(Overdue { key: row.key.clone(), event, target, days, certain: to < calendar.at });
    }
}

/// What is known of the chain that begins at a row.
#[derive(Clone, Copy)]
enum Chain {
    Unvisited,
    /// On the path that is being followed.
    Open,
    /// Followed to its end: how long it is, the next row in it, whether it leads back to itself.
    Done(u64, Option<usize>, bool),
}

fn blocked<T: Clone>(rows: &[ReportRow<T>], closed: &[bool]) -> Vec<Blocked> {
    let places: HashMap<&Key, usize> = rows.iter().zip(0..).map(|(row, place)| (&row.key, place)).collect();
    let is_open = |place: &usize| closed.get(*place) == Some(&false);
    // What each open row waits for: recommendations that are there and not closed.
    let waits: Vec<Vec<(usize, u64)>> = rows
        .iter()
        .zip(closed)
        .map(|(row, closed)| {
            let dependencies = row.assignments.dependencies.iter().filter(|_| !closed);
            dependencies
                .filter_map(|wait| {
                    let place = places.get(wait.content.dependency.as_ref()?)?;
                    Some((*place, wait.provenance.index)).filter(|_| is_open(place))
                })
                .collect()
        })
        .collect();
    let chains = chains(&waits);
    let key = |place: usize| rows.get(place).map(|row| row.key.clone());
    let waiting = rows.iter().zip(&waits).zip(0..).filter(|((_, waits), _)| !waits.is_empty());
    waiting
        .map(|((row, waits), place)| {
            let (chain_length, circular) = match chains.get(place) {
                Some(Chain::Done(length, _, circular)) => (*length, *circular),
                _ => (0, false),
            };
            Blocked {
                key: row.key.clone(),
                by: waits.iter().filter_map(|(place, event)| Some((key(*place)?, *event))).collect(),
                chain: follow(&chains, place).filter_map(key).take(CHAIN_MAX).collect(),
                chain_length,
                circular,
            }
        })
        .collect()
}

/// The rows of the chain after a row. It may go on for ever where it is circular.
fn follow(chains: &[Chain], place: usize) -> impl Iterator<Item = usize> {
    let next = |place: &usize| match chains.get(*place) {
        Some(Chain::Done(_, next, _)) => *next,
        _ => None,
    };
    std::iter::successors(next(&place), next)
}

/// The longest chain from each row, each wait looked at once; without recursion, for chains are as long as somebody records.
fn chains(waits: &[Vec<(usize, u64)>]) -> Vec<Chain> {
    let mut chains = vec![Chain::Unvisited; waits.len()];
    for start in 0..waits.len() {
        let mut path = vec![(start, 0)];
        while let Some((place, step)) = path.pop() {
            let done = matches!(chains.get(place), Some(Chain::Done(..)));
            let Some(next) = waits.get(place).filter(|_| !done) else { continue };
            if let Some((wait, _)) = next.get(step) {
                set(&mut chains, place, Chain::Open);
                path.push((place, step + 1));
                if matches!(chains.get(*wait), Some(Chain::Unvisited)) {
                    path.push((*wait, 0));
                }
            } else {
                let longest = longest(next, &chains);
                set(&mut chains, place, longest);
            }
        }
    }
    chains
}

fn set(chains: &mut [Chain], place: usize, chain: Chain) {
    if let Some(known) = chains.get_mut(place) {
        *known = chain;
    }
}

/// The longest chain through one of the waits. One that is still open lies on the path itself: the chain is circular there, and ends.
fn longest(waits: &[(usize, u64)], chains: &[Chain]) -> Chain {
    let ahead = waits.iter().filter_map(|(wait, _)| match chains.get(*wait)? {
        Chain::Done(length, _, circular) => Some((*length + 1, *wait, *circular)),
        Chain::Open => Some((1, *wait, true)),
        Chain::Unvisited => None,
    });
    let circular = waits.iter().any(|(wait, _)| match chains.get(*wait) {
        Some(Chain::Done(_, _, circular)) => *circular,
        found => matches!(found, Some(Chain::Open)),
    });
    match ahead.max_by_key(|(length, wait, _)| (*length, std::cmp::Reverse(*wait))) {
        Some((length, wait, _)) => Chain::Done(length, Some(wait), circular),
        None => Chain::Done(0, None, false),
    }
}
