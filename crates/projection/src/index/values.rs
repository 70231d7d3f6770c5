//! What statuses say, each value kept once.

use std::collections::HashMap;
use std::hash::Hash;

use docket_domain::event::StatusValue;
use docket_domain::term::Reporting;

use super::statements::{Reach, Slot, UNKNOWN};

/// Values by number, in the order in which the log first said them.
#[derive(Debug, Clone)]
pub(crate) struct Interned<V> {
    values: Vec<(V, u32)>,
    numbers: HashMap<V, u32>,
}

impl<V> Default for Interned<V> {
    fn default() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new() }
    }
}

impl<V: PartialEq> PartialEq for Interned<V> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<V: Eq> Eq for Interned<V> {}

impl<V: Clone + Eq + Hash> Interned<V> {
    /// The number of a value, which is first said by the event at `index` if it is new.
    pub(crate) fn intern(&mut self, value: V, index: u32) -> u32 {
        if let Some(&number) = self.numbers.get(&value) {
            return number;
        }
        // There are at most as many values as events.
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push((value.clone(), index));
        self.numbers.insert(value, number);
        number
    }

    pub(crate) fn number(&self, value: &V) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&V> {
        self.values.get(number as usize).map(|(value, _)| value)
    }

    /// Takes out what was first said by the event at `index` or later.
    pub(crate) fn truncate(&mut self, index: u32) {
        while let Some((value, _)) = self.values.pop_if(|(_, first)| *first >= index) {
            self.numbers.remove(&value);
        }
    }
}

/// A value and how long after its start a statement ends: with the start, all that its own event says of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// From start to end in microseconds; the end itself where the start is unknown; [`UNKNOWN`] without an end.
    length: i64,
    /// The number of the value.
    pub(crate) value: u32,
}

impl Shape {
    const fn new(from: i64, end: i64, value: u32) -> Self {
        let length = if from == UNKNOWN || end == UNKNOWN { end } else { end.saturating_sub(from) };
        Self { length, value }
    }
}

/// The values of statuses, and the shapes of statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shapes {
    pub(crate) values: Interned<StatusValue>,
    shapes: Interned<Shape>,
}

impl Shapes {
    pub(crate) fn intern(&mut self, from: i64, end: i64, value: u32, index: u32) -> u32 {
        self.shapes.intern(Shape::new(from, end, value), index)
    }

    pub(crate) fn number(&self, from: i64, end: i64, value: u32) -> Option<u32> {
        self.shapes.number(&Shape::new(from, end, value))
    }

    pub(crate) fn truncate(&mut self, index: u32) {
        self.values.truncate(index);
        self.shapes.truncate(index);
    }

    /// The end of a statement and the number of its value.
    pub(crate) fn end_and_value(&self, slot: Slot) -> (i64, u32) {
        let Some(shape) = self.shapes.get(slot.shape) else { return (UNKNOWN, u32::MAX) };
        let relative = slot.from != UNKNOWN && shape.length != UNKNOWN;
        let end = if relative { slot.from.saturating_add(shape.length) } else { shape.length };
        (end, shape.value)
    }

    /// Whether a value states a state. "No update" and damage say nothing about the work, whatever a vocabulary maps them to.
    pub(crate) fn states(&self, value: u32) -> bool {
        self.values
            .get(value)
            .is_some_and(|value| value.reporting == Reporting::Reported && value.state.is_some())
    }

    pub(crate) fn reach(&self, slot: Slot) -> Reach {
        let (end, value) = self.end_and_value(slot);
        Reach { end, states: self.states(value) }
    }
}
