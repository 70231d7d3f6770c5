//! What many rows add to the lists of their subjects, brought to one subject after the other.
//!
//! The rows of a snapshot come in the order of the log: with many subjects, each goes to lists that the processor has not seen for long.
//! So what a row adds is kept for a while, and brought to its subject together with all else that waits for it: the lists are fetched
//! once, and their room is asked for once.

use docket_domain::EventKind;

use super::statements::{Place, Slot, UNKNOWN};
use super::subject::tag;
use super::{Index, Row, RowFact, RowTarget, Shapes, SubjectIndex};

/// How many additions wait for each subject on average before they are brought in.
const WAITING_EACH: usize = if cfg!(test) { 2 } else { 16 };

/// The fewest and the most additions that wait: the most take 28 MB.
const WAITING_MIN: usize = if cfg!(test) { 3 } else { 4096 };
const WAITING_MAX: usize = 1 << 20;

/// What waits for a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Addition {
    /// An event that is no status, by its mark (see [`RowFact::mark`]).
    Event { mark: u8 },
    /// A status and its statement.
    Status { from: i64, shape: u32 },
    /// The statement at this place was corrected or retracted.
    Modified { from: i64 },
}

/// An addition to the lists of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arrival {
    subject: u32,
    /// The index of the event that is added, or that was corrected or retracted.
    index: u32,
    addition: Addition,
}

/// Additions that wait, in the order of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Arrivals {
    waiting: Vec<Arrival>,
    /// How many wait for each subject, by its number.
    counts: Vec<u32>,
}

impl Arrivals {
    fn push(&mut self, arrival: Arrival) {
        let subject = arrival.subject as usize;
        if self.counts.len() <= subject {
            self.counts.resize(subject + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(subject) {
            *count += 1;
        }
        self.waiting.push(arrival);
    }

    /// Whether anything waits for a subject.
    pub(super) fn wait_for(&self, subject: u32) -> bool {
        self.counts.get(subject as usize).is_some_and(|count| *count > 0)
    }

    /// Whether so much waits that it should be brought in.
    fn are_enough(&self, subjects: usize) -> bool {
        self.waiting.len() >= subjects.saturating_mul(WAITING_EACH).clamp(WAITING_MIN, WAITING_MAX)
    }

    /// The places of what waits, subject by subject; what waits for one subject stays in its order.
    fn by_subject(&self) -> Vec<u32> {
        let mut end = 0;
        let starts = self.counts.iter().map(|count| {
            end += count;
            end - count
        });
        let mut places: Vec<u32> = starts.collect();
        let mut order = vec![0; self.waiting.len()];
        for (number, arrival) in (0..).zip(&self.waiting) {
            let Some(place) = places.get_mut(arrival.subject as usize) else { continue };
            if let Some(here) = order.get_mut(*place as usize) {
                *here = number;
            }
            *place += 1;
        }
        order
    }
}

impl Index {
    /// Lets what a row adds to the lists of its subject wait, and brings in what waits if that is enough.
    pub(super) fn add_later(&mut self, index: u32, row: &Row) {
        let addition = match row.fact {
            RowFact::Status { bounds, value } => {
                let (from, end) = bounds.ends();
                Addition::Status { from, shape: self.shapes.intern(from, end, value, index) }
            }
            fact => Addition::Event { mark: fact.mark() },
        };
        self.arrivals.push(Arrival { subject: row.subject, index, addition });
        if self.arrivals.are_enough(self.subjects.len()) {
            self.bring_in();
        }
    }

    /// Lets it wait that a status was corrected or retracted.
    pub(super) fn take_out_later(&mut self, target: RowTarget) {
        let addition = Addition::Modified { from: target.from.unwrap_or(UNKNOWN) };
        self.arrivals.push(Arrival { subject: target.subject, index: target.index, addition });
    }

    /// Brings in what waits.
    pub(super) fn bring_in(&mut self) {
        let arrivals = &mut self.arrivals;
        let order = arrivals.by_subject();
        let mut rest = order.as_slice();
        for (subject, count) in self.subjects.iter_mut().zip(&mut arrivals.counts) {
            let Some((here, behind)) = rest.split_at_checked(std::mem::take(count) as usize) else { break };
            rest = behind;
            let here = here.iter().filter_map(|place| arrivals.waiting.get(*place as usize));
            add_all(subject, &self.shapes, here);
        }
        arrivals.waiting.clear();
    }

    /// Brings in what waits, after which nothing more is put off.
    pub(crate) fn settle(&mut self) {
        self.bring_in();
        self.arrivals = Arrivals::default();
        self.ids.settle();
        self.commands.settle();
    }
}

/// Adds what waits for a subject, in the order of the log.
fn add_all<'a>(
    subject: &mut SubjectIndex,
    shapes: &Shapes,
    arrivals: impl Iterator<Item = &'a Arrival> + Clone,
) {
    let (mut events, mut statuses) = (0, 0);
    for arrival in arrivals.clone() {
        events += usize::from(!matches!(arrival.addition, Addition::Modified { .. }));
        statuses += usize::from(matches!(arrival.addition, Addition::Status { .. }));
    }
    subject.make_room_for(events, statuses);
    let reach = |slot| shapes.reach(slot);
    for &Arrival { index, addition, .. } in arrivals {
        match addition {
            Addition::Event { mark } => subject.add_event(index, mark),
            Addition::Status { from, shape } => {
                subject.add_event(index, tag(EventKind::StatusReported));
                subject.statements.insert(Slot { from, index, shape }, reach);
            }
            Addition::Modified { from } => {
                let taken = subject.statements.remove(Place { from, index: u64::from(index) }, reach);
                subject.modified.extend(taken.map(|slot| (slot.index, slot)));
            }
        }
    }
}
