//! Every durable step of a log's life against every fault and every crash, in process: what is found afterwards is what was promised.
//!
//! The disk is the faulty one of `docket_log::fs`. Only sled and the lock are on the real one, in a directory of the same path; after a
//! crash sled is found as it was, older, or gone.
//!
//! The whole product of steps, faults and crashes takes hours, so that each step gets a few trials, chosen by a fixed seed.
//! `DOCKET_FAULTS=60 cargo test -p docket-ledger --lib faults` runs sixty of each step, `DOCKET_FAULTS_SEED=2` chooses others.

mod bench;
mod scenario;
mod told;
mod trial;

use bench::Bench;
use scenario::{Act, Scenario};
use trial::Work;

/// The trials of each step, unless the environment says another number.
fn trials_per_step(usual: u64) -> u64 {
    number_in("DOCKET_FAULTS").unwrap_or(usual)
}

fn number_in(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} is no number: {value}")))
}

#[test]
fn a_log_that_is_begun_survives_every_fault_and_crash() {
    let scenario = Scenario::new();
    let bench = Bench::empty();
    trial::table(&bench, &scenario, Work::Begin(&[Act::Open, Act::Status]), trials_per_step(3));
}

#[test]
fn a_month_of_work_survives_every_fault_and_crash() {
    let scenario = Scenario::new();
    let bench = Bench::with_a_log(&scenario);
    let acts = [
        Act::Secret,
        Act::Correct,
        Act::Retract,
        Act::Import,
        Act::Redact,
        Act::RedactDocument,
        Act::Long,
        Act::Versioned,
    ];
    trial::table(&bench, &scenario, Work::Record(&acts), trials_per_step(2));
}

#[test]
fn a_rebuild_survives_every_fault_and_crash() {
    let scenario = Scenario::new();
    let bench = Bench::with_a_log(&scenario);
    trial::table(&bench, &scenario, Work::Rebuild, trials_per_step(2));
}
