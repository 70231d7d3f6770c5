//! Figures against a naive recount, and tables of the cases that rules are about.

mod claims;
mod recount;
mod rules;

use docket_domain::event::{AssignmentChanged, ClaimRecorded, Figure};
use docket_domain::term::{AssignmentAttribute, AssignmentChange};
use docket_domain::{Data, Subject, Timestamp, Zone};

use super::{Calendar, ReportRow};
use crate::testing::{Log, When, city, effective, instant, recommendation, register};
use crate::{Audience, Knowledge};

/// The bound of a day, counted from the epoch: everything that began before the day after it.
fn bound(day: i64) -> Timestamp {
    instant(day + 1)
}

fn calendar(day: i64) -> Calendar {
    Calendar { at: bound(day), zone: Zone::UTC }
}

fn rows(knowledge: Knowledge<'_, String>, day: i64) -> Vec<ReportRow<String>> {
    knowledge.report_rows(&register(), bound(day), Audience::Public)
}

/// A register with some recommendations, by number.
fn log(count: u32) -> Log {
    let mut log = Log::new();
    log.open();
    for number in 1..=count {
        log.recommendation(&number.to_string(), Some(number));
    }
    log
}

fn promise(log: &mut Log, name: &str, target: When) -> u64 {
    let data = AssignmentChanged {
        asserter: city(),
        attribute: AssignmentAttribute::TargetDate,
        change: AssignmentChange::Set,
        dependency: None,
        effective: effective(Some((0, 1))),
        reason: None,
        source: None,
        target: Some(effective(target)),
        value: None,
    };
    log.push(recommendation(name), Data::AssignmentChanged(data))
}

fn wait(log: &mut Log, name: &str, other: &str) -> u64 {
    log.assign(name, AssignmentAttribute::Dependency, AssignmentChange::Set, other, Some((0, 1)))
}

fn claim(log: &mut Log, figures: &[(&str, u64)], when: When) -> u64 {
    let figures = figures.iter().map(|(name, value)| Figure { name: (*name).to_owned(), value: *value });
    let id = uuid::Uuid::from_u128(u128::from(log.size()) + 1000);
    let data = ClaimRecorded {
        asserter: city(),
        effective: effective(when),
        figures: figures.collect(),
        source_url: None,
        text: "as the mayor said".to_owned(),
    };
    log.push(Subject::Claim(register(), id), Data::ClaimRecorded(data))
}
