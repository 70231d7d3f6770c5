//! Which commands a recorder submits: drawn from a seed and from what is in the log.

use uuid::Uuid;

use crate::dice::Dice;
use crate::recipe::{Act, Ingredient, Recipe, Via};

/// The recommendations that take turns: few, so that versions grow.
const KEYS: u64 = 9;
/// The longest text of a mix of big events: near the limit of 64 KiB, so that segments of the journal fill up.
const BIG_BYTES: u64 = 60_000;
/// Labels of the seed's vocabulary.
const LABELS: [&str; 5] =
    ["IN PLANNING", "IN DEVELOPMENT", "IN PROGRESS", "NO UPDATE AVAILABLE", "COMPLETED"];
/// Days before the recording.
const DAYS: [&str; 4] = ["2025-03-07", "2025-04", "2024-02-29", "2025-05-01/2025-06-30"];

/// What kinds of commands there are many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mix {
    /// A little of everything.
    Mixed,
    /// Long texts: the journal goes from segment to segment.
    Big,
    /// Half of the commands destroy words.
    Redactions,
    /// Commands of many events: the store and the snapshot are written often.
    Many,
}

/// A note that can be spoken about: its event and the key of its recommendation.
pub type Target = (Uuid, String);

/// The next command.
pub fn cook(mix: Mix, dice: &mut Dice, targets: &[Target]) -> Recipe {
    let wanted = if mix == Mix::Many { 60 + dice.roll(60) } else { several(dice) };
    let first = step(mix, dice, targets);
    // A redaction is a commit of its own.
    let alone = matches!(first.act, Act::Redact { .. });
    let more = if alone { 1 } else { wanted };
    let rest = (1..more).map(|_| note(dice, 200));
    Recipe { command: Uuid::now_v7(), via: Via::Library, steps: std::iter::once(first).chain(rest).collect() }
}

fn several(dice: &mut Dice) -> u64 {
    if dice.one_in(6) { 2 + dice.roll(9) } else { 1 }
}

fn step(mix: Mix, dice: &mut Dice, targets: &[Target]) -> Ingredient {
    let limit = if mix == Mix::Big { BIG_BYTES } else { 900 };
    let kind = if mix == Mix::Redactions && dice.one_in(2) { 9 } else { dice.roll(12) };
    match (kind, dice.pick(targets)) {
        (0, _) => status(dice, None),
        (1, _) => {
            let day = day(dice);
            status(dice, day)
        }
        (2, _) => {
            let day = day(dice);
            Ingredient { act: Act::Note { bytes: length(dice, limit), day }, ..note(dice, limit) }
        }
        // Nobody is at this version: it is refused, and must leave nothing.
        (3, _) => Ingredient { expect_version: Some(1 + dice.roll(3)), ..note(dice, limit) },
        (4 | 5, Some(target)) => {
            about(target, |event| Act::Correct { target: event, bytes: length(dice, limit) })
        }
        (6, Some(target)) => about(target, |event| Act::Retract { target: event }),
        (9, Some(target)) => about(target, |event| Act::Redact { target: event }),
        _ => note(dice, limit),
    }
}

fn note(dice: &mut Dice, limit: u64) -> Ingredient {
    let act = Act::Note { bytes: length(dice, limit), day: None };
    Ingredient { event: Uuid::now_v7(), key: key(dice), expect_version: None, act }
}

fn status(dice: &mut Dice, day: Option<String>) -> Ingredient {
    let label = dice.pick(&LABELS).map_or_else(String::new, |label| (*label).to_owned());
    Ingredient {
        event: Uuid::now_v7(),
        key: key(dice),
        expect_version: None,
        act: Act::Status { label, day },
    }
}

fn about((target, key): &Target, act: impl FnOnce(Uuid) -> Act) -> Ingredient {
    Ingredient { event: Uuid::now_v7(), key: key.clone(), expect_version: None, act: act(*target) }
}

fn day(dice: &mut Dice) -> Option<String> {
    dice.pick(&DAYS).map(|day| (*day).to_owned())
}

fn key(dice: &mut Dice) -> String {
    (dice.roll(KEYS) + 1).to_string()
}

fn length(dice: &mut Dice, limit: u64) -> usize {
    usize::try_from(60 + dice.roll(limit)).unwrap_or(60)
}
