//! Counts on each of the four axes, with certainty and number basis apart, under both denominators.

use std::collections::HashMap;

use docket_domain::term::{NumberBasis, Reporting};
use docket_domain::{Label, StateName, Vocabulary};

use super::row::ReportRow;
use crate::status::Certainty;

/// A place on an axis.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A value of the axis.
    Value(String),
    /// Stated, but without a value on this axis.
    None,
    /// The source is damaged, and nothing earlier gives a value.
    Unknown,
    /// Nothing is stated yet.
    NotYetStated,
}

/// How many stand at one place of an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisValue {
    /// The place.
    pub slot: Slot,
    /// The event behind each recommendation that stands there: its registration where nothing is stated yet.
    pub events: Vec<u64>,
    /// How many of them have a known status.
    pub known: u64,
}

/// The counts of a register. Each axis adds up to all recommendations, and its `known` to those of known status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axes {
    /// The registration of each recommendation: the first denominator.
    pub recommendations: Vec<u64>,
    /// The winning statement of each whose status is known: the second denominator.
    pub known: Vec<u64>,
    /// The winning statement of each whose status is lost with a damaged source.
    pub unknown: Vec<u64>,
    /// The registration of each that nothing is stated about yet.
    pub not_yet_stated: Vec<u64>,
    /// By label, exactly as printed.
    pub labels: Vec<AxisValue>,
    /// By state.
    pub states: Vec<AxisValue>,
    /// By reporting.
    pub reporting: Vec<AxisValue>,
    /// By the finding on the winning statement.
    pub verified: Vec<AxisValue>,
    /// By certainty.
    pub certainty: Vec<AxisValue>,
    /// By how the number is known.
    pub numbers: Vec<AxisValue>,
}

/// The counts over rows; values stand in the order of the vocabulary, zeros included, others after them.
#[must_use]
pub fn axes<T>(rows: &[ReportRow<T>], vocabulary: &Vocabulary) -> Axes {
    let labels = vocabulary.labels.iter().map(|meaning| meaning.label.to_string());
    let states = vocabulary.states.iter().map(|state| state.name.to_string());
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let of = |wanted: fn(&ReportRow<T>) -> bool| rows.iter().filter(move |row| wanted(row));
    Axes {
        recommendations: rows.iter().map(|row| row.registered.event).collect(),
        known: of(ReportRow::is_known).map(status_event).collect(),
        unknown: of(ReportRow::is_lost).map(status_event).collect(),
        not_yet_stated: of(|row| row.standings.is_empty()).map(status_event).collect(),
        labels: axis(labels, rows, label_slot),
        states: axis(states, rows, state_slot),
        reporting: axis(names(&["reported", "no-update"]), rows, reporting_slot),
        verified: axis(names(&["agrees", "disagrees"]), rows, verified_slot),
        certainty: axis(names(&["certain", "possible"]), rows, certainty_slot),
        numbers: axis(NumberBasis::ALL.iter().map(ToString::to_string), rows, |row| {
            (Slot::Value(row.facts.number_basis.to_string()), row.registered.event)
        }),
    }
}

fn axis<T>(
    names: impl IntoIterator<Item = String>,
    rows: &[ReportRow<T>],
    slot_of: fn(&ReportRow<T>) -> (Slot, u64),
) -> Vec<AxisValue> {
    let mut places: HashMap<Slot, (Vec<u64>, u64)> = HashMap::new();
    for row in rows {
        let (slot, event) = slot_of(row);
        let (events, known) = places.entry(slot).or_default();
        events.push(event);
        *known += u64::from(row.is_known());
    }
    let mut take = |slot: Slot| {
        let (events, known) = places.remove(&slot).unwrap_or_default();
        AxisValue { slot, events, known }
    };
    let mut values: Vec<AxisValue> = names.into_iter().map(|name| take(Slot::Value(name))).collect();
    let last = [take(Slot::None), take(Slot::Unknown), take(Slot::NotYetStated)];
    let mut others: Vec<AxisValue> =
        places.into_iter().map(|(slot, (events, known))| AxisValue { slot, events, known }).collect();
    others.sort_by(|a, b| a.slot.cmp(&b.slot));
    values.extend(others);
    values.extend(last.into_iter().filter(|value| !value.events.is_empty()));
    values
}

/// The winning statement, or the registration where nothing is stated yet.
fn status_event<T>(row: &ReportRow<T>) -> u64 {
    row.status().map_or(row.registered.event, |status| status.event)
}

fn slot(value: Option<String>, reporting: Reporting) -> Slot {
    match (value, reporting) {
        (Some(value), _) => Slot::Value(value),
        (None, Reporting::Unknown) => Slot::Unknown,
        (None, _) => Slot::None,
    }
}

fn label_slot<T>(row: &ReportRow<T>) -> (Slot, u64) {
    let Some(status) = row.status() else { return (Slot::NotYetStated, row.registered.event) };
    (slot(status.label.as_ref().map(Label::to_string), status.reporting), status.event)
}

/// The state that stands, with the event that states it.
pub(super) fn state_slot<T>(row: &ReportRow<T>) -> (Slot, u64) {
    let Some(status) = row.status() else { return (Slot::NotYetStated, row.registered.event) };
    let stating = row.stating().unwrap_or(status);
    (slot(stating.states.as_ref().map(StateName::to_string), status.reporting), stating.event)
}

/// What the latest statement says about the reporting.
pub(super) fn reporting_slot<T>(row: &ReportRow<T>) -> (Slot, u64) {
    let Some(status) = row.status() else { return (Slot::NotYetStated, row.registered.event) };
    let value = Some(status.reporting).filter(|reporting| *reporting != Reporting::Unknown);
    (slot(value.map(|reporting| reporting.to_string()), status.reporting), status.event)
}

fn certainty_slot<T>(row: &ReportRow<T>) -> (Slot, u64) {
    let (Some(status), Some(certainty)) = (row.status(), row.certainty) else {
        return (Slot::NotYetStated, row.registered.event);
    };
    let value = match (status.reporting, certainty) {
        (Reporting::Unknown, _) => None,
        (_, Certainty::Certain) => Some("certain".to_owned()),
        (_, Certainty::Possible) => Some("possible".to_owned()),
    };
    (slot(value, status.reporting), status.event)
}

fn verified_slot<T>(row: &ReportRow<T>) -> (Slot, u64) {
    let Some(status) = row.status() else { return (Slot::NotYetStated, row.registered.event) };
    match &row.finding {
        Some(finding) => {
            let value = if finding.agrees { "agrees" } else { "disagrees" };
            (Slot::Value(value.to_owned()), finding.event)
        }
        None => (slot(None, status.reporting), status.event),
    }
}
