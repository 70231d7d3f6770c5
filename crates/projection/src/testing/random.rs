//! Random logs: every kind of statement, about three recommendations, corrected and retracted at any depth.

use docket_domain::term::{AssignmentAttribute, AssignmentChange, Visibility};
use docket_domain::vocabulary::StateDefinition;
use docket_domain::{EventKind, StateName, Subject};
use proptest::prelude::*;

use super::{LABELS, Log, When, vocabulary};

pub(crate) const KEYS: [&str; 3] = ["a", "2", "III.2"];
pub(crate) const ACTORS: [&str; 2] = ["ann", "bob"];

/// Dates lie on days 0 to 9; recording comes long after.
pub(crate) const DAYS: std::ops::RangeInclusive<i64> = 0..=10;

/// One recorded event, as numbers that are reduced to what the log so far allows.
pub(crate) type Move = (u8, [u8; 5]);

pub(crate) fn logs() -> impl Strategy<Value = Log> {
    proptest::collection::vec((0..16_u8, any::<[u8; 5]>()), 0..26).prop_map(|moves| build(&moves))
}

/// Many statements about one recommendation, dated in any order and over each other, here and there corrected or retracted.
pub(crate) fn statements() -> impl Strategy<Value = Log> {
    let moves = proptest::collection::vec((0..24_u8, any::<[u8; 5]>()), 0..90);
    (moves, 1..4_i64).prop_map(|(moves, longest)| {
        let mut log = Log::new();
        log.open();
        for name in KEYS {
            log.recommendation(name, None);
        }
        for (kind, bytes) in moves {
            let [_, b, c, d, _] = bytes;
            let from = i64::from(c % 40);
            let to = from + 1 + i64::from(d) % longest;
            let label = LABELS[usize::from(b) % LABELS.len()].0;
            let when = if d == 0 { None } else { Some((from, to)) };
            let now = log.size().cast_signed();
            let when = match kind {
                // As most are recorded: each a moment after the one before it.
                0..=7 => Some((now, now + 1)),
                8 => Some((from, from + 30)),
                _ => when,
            };
            if kind < 20 {
                let _index = log.status(KEYS[0], label, when);
            } else {
                apply(&mut log, (6 + kind % 4, bytes));
            }
        }
        log
    })
}

fn build(moves: &[Move]) -> Log {
    let mut log = Log::new();
    log.by(ACTORS[0]);
    log.open();
    for (number, name) in (1..).zip(KEYS) {
        log.recommendation(name, (number != 3).then_some(4 - number));
    }
    for movement in moves {
        apply(&mut log, *movement);
    }
    log
}

fn apply(log: &mut Log, (kind, bytes): Move) {
    let [name, b, c, d, e] = bytes;
    let name = KEYS[usize::from(name) % KEYS.len()];
    let label = LABELS[usize::from(b) % LABELS.len()].0;
    let when = when(c, d);
    log.by(ACTORS[usize::from(e) % ACTORS.len()]);
    let text = format!("words {}", log.size());
    let any_event = u64::from(b) % log.size();
    let recent = log.size() - 1 - u64::from(b) % log.size().min(4);
    let _index = match kind {
        0..=4 => log.status(name, label, when),
        5 => log.note_for(
            name,
            &text,
            when,
            if b.is_multiple_of(3) { Visibility::Internal } else { Visibility::Public },
        ),
        6 | 7 => correct(log, recent, label, [c, d, e], &text),
        8 => correct(log, any_event, label, [c, d, e], &text),
        9 | 10 => log.retract(recent),
        11 => log.retract(any_event),
        12 => judge(log, b, c.is_multiple_of(2), when),
        13 => log.amend(
            name,
            (c.is_multiple_of(2)).then_some(u32::from(c % 5)),
            (d.is_multiple_of(2)).then_some(text.as_str()),
        ),
        14 => assign(log, name, [b, c, e], when),
        _ => match b % 4 {
            0 => log.redact(recent),
            1 => log.evidence(name, (c.is_multiple_of(2)).then_some(any_event)),
            2 => revise(log, c),
            _ => log.finding(name, recent, c.is_multiple_of(2), when),
        },
    };
}

fn when(from: u8, length: u8) -> When {
    let from = i64::from(from % 10);
    (!length.is_multiple_of(8)).then(|| (from, from + 1 + i64::from(length % 4)))
}

fn correct(log: &mut Log, target: u64, label: &str, [c, d, e]: [u8; 3], text: &str) -> u64 {
    let (label, when) = ((e & 1 != 0).then_some(label), (e & 2 != 0).then(|| when(c, d)));
    log.correct(target, label, when, (e & 4 != 0).then_some(text))
}

/// A finding on one of the statements, where there are any.
fn judge(log: &mut Log, choice: u8, agrees: bool, when: When) -> u64 {
    let statements = log.events.iter().filter(|event| event.data.kind() == EventKind::StatusReported);
    let statements: Vec<(u64, Subject)> =
        statements.map(|event| (event.index, event.subject.clone())).collect();
    match statements.get(usize::from(choice) % statements.len().max(1)) {
        Some((claim, subject)) => log.finding(subject.key().unwrap().as_str(), *claim, agrees, when),
        None => log.finding(KEYS[0], 0, agrees, when),
    }
}

fn assign(log: &mut Log, name: &str, [b, c, e]: [u8; 3], when: When) -> u64 {
    let attribute = AssignmentAttribute::ALL[usize::from(b) % AssignmentAttribute::ALL.len()];
    let change = AssignmentChange::ALL[usize::from(c.is_multiple_of(3))];
    let value = KEYS[usize::from(e) % KEYS.len()];
    log.assign(name, attribute, change, value, when)
}

fn revise(log: &mut Log, c: u8) -> u64 {
    let mut revised = vocabulary();
    revised.labels.truncate(usize::from(c) % 6);
    revised.states.push(StateDefinition {
        closed: true,
        name: StateName::new("abandoned").unwrap(),
        order: u32::from(c),
    });
    log.revise(revised)
}
