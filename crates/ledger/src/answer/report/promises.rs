//! Promises that have passed, what waits for what, and who is responsible.

use std::collections::{BTreeMap, HashSet};

use docket_domain::Key;
use docket_projection::report;

use super::super::text::{Finder, Text};
use super::Material;
use super::cite::{Citations, interval};
use super::sections::named;
use super::wire::{Blocked, Overdue, Owner, PromisesSection};
use crate::error::LedgerError;

/// What an owner has, by event.
#[derive(Default)]
struct Tally {
    all: Vec<u64>,
    open: Vec<u64>,
    overdue: Vec<u64>,
}

/// What each owner has, and the registrations of what has none.
type Owners = (Vec<(Text, Tally)>, Vec<u64>);

pub(super) fn section(
    material: &Material<'_>,
    finder: &mut Finder<'_>,
    cite: &mut Citations<'_>,
) -> Result<PromisesSection, LedgerError> {
    let found = report::promises(material.rows, material.vocabulary, material.calendar);
    let late: HashSet<&Key> = found.overdue.iter().map(|overdue| &overdue.key).collect();
    let (owners, without_owner) = owners(material, &late, finder)?;
    let rows = material.rows.iter().filter(|row| late.contains(&row.key));
    let mut overdue = Vec::new();
    // Both are in the order of the register.
    for (row, promise) in rows.zip(&found.overdue) {
        let Some(event) = cite.find(promise.event) else { continue };
        let owner = row.assignments.owner.as_ref().and_then(|owner| owner.content.value);
        overdue.push(Overdue {
            key: promise.key.clone(),
            target: interval(promise.target),
            days: promise.days.into(),
            certain: promise.certain,
            state: row.state().cloned(),
            owner: finder.text_if(owner)?,
            event,
        });
    }
    let blocked = found.blocked.into_iter().map(|blocked| Blocked {
        key: blocked.key,
        by: named(blocked.by, cite),
        chain: blocked.chain,
        chain_length: blocked.chain_length,
        circular: blocked.circular,
    });
    Ok(PromisesSection {
        overdue,
        blocked: blocked.collect(),
        open: cite.figure(&found.open),
        undated: cite.figure(&found.undated),
        owners: owners
            .into_iter()
            .map(|(owner, tally)| Owner {
                owner,
                recommendations: cite.figure(&tally.all),
                open: cite.figure(&tally.open),
                overdue: cite.figure(&tally.overdue),
            })
            .collect(),
        without_owner: cite.figure(&without_owner),
    })
}

/// What each owner has, the one with the most open work first, and the registrations of what has none.
fn owners(
    material: &Material<'_>,
    late: &HashSet<&Key>,
    finder: &mut Finder<'_>,
) -> Result<Owners, LedgerError> {
    let mut owners: BTreeMap<String, (Text, Tally)> = BTreeMap::new();
    let mut without = Vec::new();
    for row in material.rows {
        let assigned = row.assignments.owner.as_ref();
        let Some((assignment, name)) = assigned.and_then(|it| Some((it, it.content.value?))) else {
            without.push(row.registered.event);
            continue;
        };
        let owner = finder.text(name)?;
        let name = match &owner {
            Text::Words(words) => words.clone(),
            Text::Redacted { redacted } => redacted.to_string(),
        };
        let (_, tally) = owners.entry(name).or_insert_with(|| (owner, Tally::default()));
        let event = assignment.provenance.index;
        tally.all.push(event);
        if !report::is_closed(row, material.vocabulary) {
            tally.open.push(event);
        }
        if late.contains(&row.key) {
            tally.overdue.push(event);
        }
    }
    let mut owners: Vec<(Text, Tally)> = owners.into_values().collect();
    owners.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.open.len()));
    Ok((owners, without))
}
