//! How long ago, in whole days, never more precisely than the dates allow.

use docket_domain::term::{Basis, Precision};
use docket_domain::{Effective, Timestamp, Zone};

/// When something began, without its words: somewhere in `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first instant at which it can have begun; nothing where the date is unknown.
    pub from: Option<Timestamp>,
    /// The first instant at which it certainly had begun.
    pub to: Option<Timestamp>,
    /// How finely the date is known.
    pub precision: Precision,
    /// Where it comes from.
    pub basis: Basis,
}

/// A number of days, as far as the dates allow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// No fewer than these; nothing where no date is known.
    pub at_least: Option<u64>,
    /// No more than these; nothing where the beginning may lie further back than anything recorded.
    pub at_most: Option<u64>,
}

/// The day asked about, in the register's zone, and the bound T that it stands for (DESIGN section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// The bound T: what began before it counts.
    pub at: Timestamp,
    /// The zone in which days are counted.
    pub zone: Zone,
}

impl<T> From<&Effective<T>> for Span {
    fn from(effective: &Effective<T>) -> Self {
        let &Effective { basis, from, precision, to, .. } = effective;
        Self { from, to, precision, basis }
    }
}

impl Calendar {
    /// The days from a span to the day asked about: from its last day at least, from its first day at most.
    #[must_use]
    pub fn since(self, span: Span) -> Days {
        let at_least = span.to.map(|to| self.days_since(to.plus_micros(-1)));
        Days { at_least, at_most: span.from.map(|from| self.days_since(from)) }
    }

    /// The days from the day of an instant to the day asked about; 0 where it lies later.
    fn days_since(self, instant: Timestamp) -> u64 {
        days_between(instant, self.at.plus_micros(-1), self.zone)
    }
}

/// The whole days from the day of one instant to the day of a later one; 0 where it is not later.
pub(super) fn days_between(earlier: Timestamp, later: Timestamp, zone: Zone) -> u64 {
    let days = (later.day_in(zone) - earlier.day_in(zone)).num_days();
    u64::try_from(days).unwrap_or_default()
}
