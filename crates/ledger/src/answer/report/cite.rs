//! The events behind figures: named by id in the figures, described once in the appendix.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_projection::report::{Slot, Span};
use serde::{Serialize, Serializer};

use super::super::query::Asked;
use super::super::wire::{Interval, Reference};
use crate::error::LedgerError;

/// An event behind a figure. In JSON its full id; what it is stands in the appendix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation(pub(super) Arc<Reference>);

impl Citation {
    /// The event.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.0
    }
}

impl Serialize for Citation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.event)
    }
}

/// A number with the events behind it: it is their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The number.
    pub count: u64,
    /// The events, in the order of the register.
    pub events: Vec<Citation>,
}

/// A place on an axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What kind of place: `value`, `none`, `unknown` or `not-yet-stated`.
    pub kind: &'static str,
    /// The value, where it is one.
    pub value: Option<String>,
}

impl From<Slot> for Place {
    fn from(slot: Slot) -> Self {
        match slot {
            Slot::Value(value) => Self { kind: "value", value: Some(value) },
            Slot::None => Self { kind: "none", value: None },
            Slot::Unknown => Self { kind: "unknown", value: None },
            Slot::NotYetStated => Self { kind: "not-yet-stated", value: None },
        }
    }
}

/// The events named so far, so that each is looked up once. An event that cannot be read is told at the end: [`Self::appendix`].
pub(super) struct Citations<'a> {
    asked: &'a Asked<'a>,
    found: BTreeMap<u64, Arc<Reference>>,
    failure: Option<LedgerError>,
}

impl<'a> Citations<'a> {
    pub(super) fn new(asked: &'a Asked<'a>) -> Self {
        Self { asked, found: BTreeMap::new(), failure: None }
    }

    /// The event with this index; nothing if the basis does not know it, which no figure names.
    pub(super) fn find(&mut self, index: u64) -> Option<Citation> {
        if let Some(found) = self.found.get(&index) {
            return Some(Citation(Arc::clone(found)));
        }
        let reference = match self.asked.known(|knowledge| knowledge.reference(index)) {
            Ok(reference) => reference?,
            Err(error) => {
                self.failure.get_or_insert(error);
                return None;
            }
        };
        let found = Arc::new(Reference::from(&reference));
        self.found.insert(index, Arc::clone(&found));
        Some(Citation(found))
    }

    pub(super) fn all(&mut self, indexes: &[u64]) -> Vec<Citation> {
        indexes.iter().filter_map(|&index| self.find(index)).collect()
    }

    pub(super) fn figure(&mut self, indexes: &[u64]) -> Figure {
        Figure { count: indexes.len() as u64, events: self.all(indexes) }
    }

    /// Every event that a figure names, in the order of the log; an error if one of them could not be read.
    pub(super) fn appendix(self) -> Result<Vec<Reference>, LedgerError> {
        match self.failure {
            Some(error) => Err(error),
            None => Ok(self.found.into_values().map(|found| Reference::clone(&found)).collect()),
        }
    }
}

/// An interval without its words.
pub(super) fn interval(span: Span) -> Interval {
    let Span { from, to, precision, basis } = span;
    Interval { from, to, precision, phrase: None, basis }
}
