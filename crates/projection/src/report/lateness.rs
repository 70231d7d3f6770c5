//! What was corrected, withdrawn and redacted, and how long after the fact entries were recorded.

use std::collections::BTreeMap;

use docket_domain::{Event, EventKind, RegisterId, Subject, Timestamp, Zone};

use super::age::{Span, days_between};
use crate::{Audience, Knowledge};

/// From how many days on an entry counts as late.
pub const LATE_DAYS: u64 = 30;

/// What was recorded about a register, by what became of it and by how late it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lateness {
    /// Every entry shown to the audience.
    pub entries: u64,
    /// Corrections in force.
    pub corrections: Vec<u64>,
    /// Retractions in force.
    pub retractions: Vec<u64>,
    /// Redactions.
    pub redactions: Vec<u64>,
    /// By the month of recording, oldest first.
    pub months: Vec<Month>,
}

/// What was recorded in one month of the register's zone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// The month, from 1.
    pub month: u32,
    /// Entries of every type.
    pub entries: u64,
    /// Statements that say when they began: the ones that lags are counted over.
    pub dated: u64,
    /// Statements of unknown date.
    pub undated: u64,
    /// Those that began over [`LATE_DAYS`] days before they were recorded.
    pub late: Vec<u64>,
    /// The middle lag in days, the lower of two middle ones; nothing where none is dated.
    pub median_days: Option<u64>,
    /// The longest lag in days.
    pub max_days: Option<u64>,
}

/// A month under way.
#[derive(Default)]
struct Tally {
    month: Month,
    lags: Vec<u64>,
}

impl<T> Knowledge<'_, T> {
    /// How a register's entries were corrected, and how late they came, over everything known.
    ///
    /// A lag is counted from the last day on which what is stated can have begun, as recorded: an entry is at least that late.
    #[must_use]
    pub fn lateness(self, register: &RegisterId, zone: Zone, audience: Audience) -> Lateness {
        let Some(subjects) = self.register_subjects().get(register) else { return Lateness::default() };
        let mut found = Lateness::default();
        let mut months: BTreeMap<(i32, u32), Tally> = BTreeMap::new();
        let own = Subject::Register(register.clone());
        let all = std::iter::once(&own)
            .chain(&subjects.sources)
            .chain(&subjects.recommendations)
            .chain(&subjects.claims)
            .chain(&subjects.reviews);
        for event in all.flat_map(|subject| self.events_of(subject)) {
            let event: &Event<T> = event.as_ref();
            if !self.is_shown(event, audience) {
                continue;
            }
            found.entries += 1;
            match event.data.kind() {
                EventKind::EventCorrected if self.in_force(event.index) => {
                    found.corrections.push(event.index);
                }
                EventKind::EventRetracted if self.in_force(event.index) => {
                    found.retractions.push(event.index);
                }
                EventKind::TextRedacted => found.redactions.push(event.index),
                _ => {}
            }
            months.entry(month_of(event.recorded_at, zone)).or_default().add(event, zone);
        }
        for events in [&mut found.corrections, &mut found.retractions, &mut found.redactions] {
            events.sort_unstable();
        }
        found.months = months.into_iter().map(|(month, tally)| tally.finish(month)).collect();
        found
    }
}

impl Tally {
    fn add<T>(&mut self, event: &Event<T>, zone: Zone) {
        self.month.entries += 1;
        // The date in a correction is about another event, and was late there or not.
        let stated = event.data.effective().filter(|_| event.data.kind() != EventKind::EventCorrected);
        let Some(stated) = stated.map(Span::from) else { return };
        let Some(to) = stated.to else {
            self.month.undated += 1;
            return;
        };
        let lag = days_between(to.plus_micros(-1), event.recorded_at, zone);
        self.month.dated += 1;
        self.lags.push(lag);
        if lag > LATE_DAYS {
            self.month.late.push(event.index);
        }
    }

    fn finish(self, (year, month): (i32, u32)) -> Month {
        let Self { month: mut found, mut lags } = self;
        (found.year, found.month) = (year, month);
        lags.sort_unstable();
        found.late.sort_unstable();
        found.median_days = lags.get(lags.len().saturating_sub(1) / 2).copied();
        found.max_days = lags.last().copied();
        found
    }
}

fn month_of(instant: Timestamp, zone: Zone) -> (i32, u32) {
    let printed = instant.day_in(zone).to_string();
    let mut parts = printed.split('-');
    let year = parts.next().and_then(|year| year.parse().ok()).unwrap_or_default();
    (year, parts.next().and_then(|month| month.parse().ok()).unwrap_or_default())
}
