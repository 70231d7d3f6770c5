//! What folding and asking cost: `cargo bench -p docket-projection --bench fold [EVENTS [SUBJECTS]]`.
//!
//! Events are made as they are needed, so that what is measured is the index and not where the events are kept. Half of them are
//! statuses and half are notes, each from a command of its own, the subjects in turn.

#![expect(clippy::print_stdout, reason = "a measurement prints what it found")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that fails panics")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use docket_domain::event::{NoteRecorded, RecommendationRegistered, RegisterOpened, StatusReported};
use docket_domain::term::{ActorBasis, NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Actor, Asserter, CommandId, Data, Effective, Event, EventId, Key, Label, RegisterId, StateName, Subject,
    Timestamp, Vocabulary, Zone,
};
use docket_projection::{Audience, Events, Page, Projection};

const SECOND: i64 = 1_000_000;
const LABELS: [&str; 3] = ["PLANNED", "IN PROGRESS", "DONE"];

/// Makes event after event of one and the same log.
struct Maker {
    register: RegisterId,
    keys: Vec<Key>,
    actor: Actor,
    city: Asserter,
    labels: Vec<(Label, StateName)>,
}

impl Maker {
    fn new(subjects: u64) -> Self {
        Self {
            register: RegisterId::new("r").unwrap(),
            keys: (0..subjects).map(|number| Key::new(&number.to_string()).unwrap()).collect(),
            actor: Actor::new("clerk").unwrap(),
            city: Asserter::new("city").unwrap(),
            labels: (LABELS.iter().zip(["planned", "in-progress", "done"]))
                .map(|(label, state)| (Label::new(label).unwrap(), StateName::new(state).unwrap()))
                .collect(),
        }
    }

    fn subject(&self, number: u64) -> Subject {
        let place = usize::try_from(number).unwrap() % self.keys.len();
        Subject::Recommendation(self.register.clone(), self.keys[place].clone())
    }

    fn make(&self, index: u64) -> Arc<Event<u64>> {
        let subjects = self.keys.len() as u64;
        let recorded_at = recorded_at(index);
        let (subject, version, data) = match index.checked_sub(1) {
            None => (Subject::Register(self.register.clone()), 1, self.opening()),
            Some(place) => (
                self.subject(place),
                place / subjects + 1,
                if place < subjects { self.registration(place) } else { self.statement(index, recorded_at) },
            ),
        };
        Arc::new(Event {
            index,
            id: EventId::from_bytes(scattered(index)),
            subject,
            version,
            recorded_at,
            actor: self.actor.clone(),
            actor_basis: ActorBasis::Os,
            command: CommandId::from_bytes(scattered(index + (1 << 40))),
            data,
        })
    }

    fn opening(&self) -> Data<u64> {
        let labels = self.labels.iter().map(|(label, state)| LabelMeaning {
            label: label.clone(),
            reporting: Reporting::Reported,
            state: Some(state.clone()),
        });
        let states = (1..).zip(&self.labels).map(|(order, (_, state))| StateDefinition {
            closed: false,
            name: state.clone(),
            order,
        });
        Data::RegisterOpened(RegisterOpened {
            expected_count: None,
            publisher: self.city.clone(),
            time_zone: Zone::UTC,
            title: 0,
            vocabulary: Vocabulary { labels: labels.collect(), states: states.collect() },
        })
    }

    fn registration(&self, place: u64) -> Data<u64> {
        Data::RecommendationRegistered(RecommendationRegistered {
            cells: Vec::new(),
            damage: Vec::new(),
            key: self.keys[usize::try_from(place).unwrap()].clone(),
            number: u32::try_from(place).ok(),
            number_basis: NumberBasis::Printed,
            number_printed: None,
            source: None,
            text: Some(place),
            text_basis: TextBasis::Printed,
        })
    }

    fn statement(&self, index: u64, recorded_at: Timestamp) -> Data<u64> {
        let effective = Effective::recorded(recorded_at);
        if (index / self.keys.len() as u64).is_multiple_of(2) {
            return Data::NoteRecorded(NoteRecorded {
                asserter: self.city.clone(),
                effective,
                reason: None,
                role: NoteRole::Progress,
                source: None,
                source_url: None,
                text: index,
                visibility: Visibility::Public,
            });
        }
        let (label, state) = self.labels[usize::try_from(index % 3).unwrap()].clone();
        Data::StatusReported(StatusReported {
            asserter: self.city.clone(),
            effective,
            label: Some(label),
            reason: None,
            regress: false,
            reporting: Reporting::Reported,
            source: None,
            source_url: None,
            state: Some(state),
        })
    }
}

impl Events<u64> for Maker {
    fn event(&self, index: u64) -> Option<Arc<Event<u64>>> {
        Some(self.make(index))
    }
}

fn recorded_at(index: u64) -> Timestamp {
    Timestamp::EPOCH.plus_micros(1_700_000_000 * SECOND + i64::try_from(index).unwrap() * SECOND)
}

fn scattered(number: u64) -> [u8; 16] {
    let mixed =
        |seed: u64| (number ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(seed);
    ((u128::from(mixed(0xbf58_476d_1ce4_e5b9)) << 64) | u128::from(mixed(0x94d0_49bb_1331_11eb)))
        .to_be_bytes()
}

/// Resident memory in bytes, where the operating system says so.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The time that this process was on a processor, in seconds: what it would take on a machine that does nothing else. Wall time where
/// the operating system does not say.
fn on_processor(began: Instant) -> f64 {
    let nanoseconds =
        || std::fs::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse::<u64>().ok();
    nanoseconds().map_or_else(|| began.elapsed().as_secs_f64(), |nanoseconds| nanoseconds as f64 / 1e9)
}

/// Median and 99th percentile of many calls, in microseconds.
fn timed(name: &str, calls: u64, mut call: impl FnMut(u64)) {
    let mut times: Vec<u128> = (0..calls)
        .map(|number| {
            let start = Instant::now();
            call(u64::from_be_bytes(scattered(number)[..8].try_into().unwrap()));
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100] as f64 / 1000.0;
    println!("{name}: p50 {:.2} us, p99 {:.2} us", at(50), at(99));
}

fn fold(maker: &Arc<Maker>, events: u64) -> Projection<u64> {
    let before = resident();
    let mut projection = Projection::over(Arc::clone(maker) as Arc<dyn Events<u64>>);
    let (began, mut seconds) = (Instant::now(), 0.0);
    for first in (0..events).step_by(10_000) {
        let batch: Vec<_> = (first..events.min(first + 10_000)).map(|index| maker.make(index)).collect();
        let start = on_processor(began);
        for event in batch {
            projection.apply(event).unwrap();
        }
        projection.forget_before((first + 10_000).saturating_sub(1000));
        seconds += on_processor(began) - start;
    }
    println!("apply: {:.2}M events/s", events as f64 / seconds / 1e6);
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("memory: {:.1} bytes an event", after.saturating_sub(before) as f64 / events as f64);
    }
    projection
}

fn load(maker: &Arc<Maker>, whole: &Projection<u64>) {
    let mut loaded = Projection::over(Arc::clone(maker) as Arc<dyn Events<u64>>);
    loaded.reserve(whole.size());
    let (began, mut seconds, mut subjects, mut values) = (Instant::now(), 0.0, 0, 0);
    for first in (0..whole.size()).step_by(10_000) {
        let events: Vec<_> =
            (first..whole.size().min(first + 10_000)).map(|index| maker.make(index)).collect();
        let rows: Vec<_> = events.iter().map(|event| whole.row(event, None).unwrap()).collect();
        let start = on_processor(began);
        for row in &rows {
            if row.subject == subjects {
                loaded.push_subject(whole.subject(subjects).unwrap()).unwrap();
                subjects += 1;
            }
            if row.fact.value() == Some(values) {
                loaded.push_value(whole.value(values).unwrap().clone()).unwrap();
                values += 1;
            }
            loaded.push_row(row).unwrap();
        }
        seconds += on_processor(began) - start;
    }
    let start = on_processor(began);
    loaded.finish_rows().unwrap();
    seconds += on_processor(began) - start;
    println!("rows: {:.2}M/s", whole.size() as f64 / seconds / 1e6);
    assert!(loaded == *whole, "rows give the same index");
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let events = numbers.first().copied().unwrap_or(1_000_000);
    let subjects = numbers.get(1).copied().unwrap_or(82);
    println!("{events} events about {subjects} subjects");
    let maker = Arc::new(Maker::new(subjects));
    let projection = fold(&maker, events);
    load(&maker, &projection);
    let newest = projection.newest();
    timed("status now", 100_000, |number| {
        black_box(newest.status(&maker.subject(number % subjects), recorded_at(events)));
    });
    timed("status as of any time, as known at any size", 20_000, |number| {
        let knowledge = projection.knowledge(number % events);
        black_box(knowledge.status(&maker.subject(number % subjects), recorded_at((number >> 20) % events)));
    });
    timed("timeline, first 50, as known at any size", 500, |number| {
        let page = Page { skip: 0, take: 50 };
        let subject = maker.subject((number >> 20) % subjects);
        black_box(projection.knowledge(number % events).timeline(&subject, Audience::Public, page));
    });
    timed("register, first 50, as known at any size", 20, |number| {
        let page = Page { skip: 0, take: 50 };
        let knowledge = projection.knowledge(number % events);
        black_box(knowledge.recommendation_page(&maker.register, page));
    });
    timed("counts now", 3, |_| {
        black_box(newest.counts(&maker.register, recorded_at(events)));
    });
}
