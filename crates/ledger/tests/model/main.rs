//! The model check: random histories of a whole ledger, against a naive model that is written from the design and from nothing else.
//!
//! The ledger is the real one, in a directory of its own: it is written, corrected, redacted, closed, killed, rebuilt and asked. The model is
//! a list of facts that is filtered and sorted anew for each question ([`facts`], [`status`], [`answers`]), with its own rules for what must
//! be refused ([`rules`]). Answers are compared as whole JSON documents, at points on both clocks that lie before, after, between and exactly
//! on what was recorded; and every answer that was given is asked for again, and must be the same bytes.
//!
//! `PROPTEST_CASES` says how many histories each test plays, `PROPTEST_RNG_SEED` which ones; without it each run plays others, and a failure
//! says which.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and an index beyond its list is a failure"
)]

mod answers;
mod build;
mod calendar;
mod facts;
mod found;
mod machine;
mod moves;
mod pool;
mod questions;
mod repeat;
mod rules;
mod status;
mod views;
mod world;

use std::hash::{BuildHasher as _, RandomState};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use moves::{About, Happens, Question, Turn, history, questions, statements};
use world::World;

/// The histories of a test, unless the environment says otherwise.
const CASES: u32 = 40;

/// So many histories unless the environment says otherwise, and other ones in each run unless it says which.
#[expect(clippy::print_stdout, reason = "a test that fails shows what it printed")]
fn config(cases: u32) -> Config {
    let number = |variable: &str| {
        let value = std::env::var(variable).ok()?;
        Some(value.parse::<u64>().unwrap_or_else(|_| panic!("{variable} is no number: {value}")))
    };
    let cases = number("PROPTEST_CASES").map_or(cases, |cases| u32::try_from(cases).unwrap());
    let seed = number("PROPTEST_RNG_SEED").unwrap_or_else(|| RandomState::new().hash_one(cases));
    // A test that fails prints this.
    println!("PROPTEST_CASES={cases} PROPTEST_RNG_SEED={seed}");
    Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 4096,
        max_shrink_time: 60_000,
        ..Config::default()
    }
}

/// Plays a history, asks at its end, and looks at what it leaves on the disk.
fn play(turns: &[Turn], questions: &[Question]) {
    play_on(World::new(), turns, questions);
}

fn play_on(mut world: World, turns: &[Turn], questions: &[Question]) {
    for turn in turns {
        world.turn(turn);
    }
    for question in questions {
        world.ask(question);
    }
    world.ask_again();
    world.close();
    let report = docket_ledger::verify::verify(world.directory(), &mut |_| {}).unwrap();
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(report.size, world.facts.len() as u64);
}

proptest! {
    #![proptest_config(config(CASES))]

    #[test]
    fn a_ledger_answers_and_refuses_as_the_model_does(turns in history(60), asked in questions(24)) {
        play(&turns.0, &asked.0);
    }
}

proptest! {
    #![proptest_config(config(CASES))]

    /// Statements close together and over each other, corrected and withdrawn at any depth, asked for on their very bounds.
    #[test]
    fn statuses_over_each_other_are_those_of_the_model(turns in statements(40), asked in questions(24)) {
        play(&turns.0, &asked.0);
    }
}

/// The entries of a block of the snapshot (docs/formats.md): a log that has fewer has none.
const SNAPSHOT_BLOCK_ENTRIES: usize = 4096;

/// What a snapshot holds, what is read from the log behind it, and what stands on both sides of its end.
#[test]
fn a_ledger_with_a_snapshot_answers_as_the_model_does() {
    // Each takes as long as twenty of the others. The macro would set the number to that of the environment.
    let usual = config(CASES);
    let few = Config { cases: usual.cases.div_ceil(20), ..usual };
    let strategy = (history(60), history(40), questions(24));
    let played = TestRunner::new(few).run(&strategy, |(before, after, asked)| {
        let mut world = World::new();
        for turn in without_all_restated(&before.0) {
            world.turn(&turn);
        }
        world.fill(SNAPSHOT_BLOCK_ENTRIES + 8);
        world.turn(&Turn { happens: Happens::Restart, asked: Vec::new() });
        prop_assert!(world.directory().join("snapshots/projection.v2").exists());
        let asked: Vec<Question> = asked.0.into_iter().filter(|asked| !is_all_restated(asked)).collect();
        play_on(world, &without_all_restated(&after.0), &asked);
        Ok(())
    });
    played.unwrap_or_else(|error| panic!("{error}"));
}

/// Whether the whole log could be the answer, which is long here, and asked for elsewhere.
fn is_all_restated(question: &Question) -> bool {
    matches!(question.about, About::Restated { .. })
}

fn without_all_restated(turns: &[Turn]) -> Vec<Turn> {
    let mut turns = turns.to_vec();
    for turn in &mut turns {
        turn.asked.retain(|question| !is_all_restated(question));
    }
    turns
}
