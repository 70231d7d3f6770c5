//! SIGKILL at random moments: nothing acknowledged is lost, and nothing else appears.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use docket_ledger::{Ledger, OpenOptions};

use crate::docket::{Docket, binary};

/// Rounds of starting, killing and starting again.
const ROUNDS: u64 = 110;
/// Acknowledgements after which a round is killed at the latest.
const ACKNOWLEDGEMENTS_MAX: u64 = 24;
/// How many events the witness can have in flight when it is killed: one a client.
const IN_FLIGHT_MAX: u64 = 4;

/// A small generator, so that a failing run can be repeated (Steele, Lea, Flood: `SplitMix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }
}

#[test]
fn sigkill_at_random_moments_loses_nothing_acknowledged() {
    let docket = Docket::seeded();
    let mut acknowledged: BTreeMap<u64, String> = BTreeMap::new();
    let mut dice =
        Dice(std::env::var("DOCKET_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_250_306));
    let mut size = docket.json(&["list"])["basis"]["size"].as_u64().unwrap();
    for round in 0..ROUNDS {
        kill_one(&docket.data(), &mut dice, &mut acknowledged);
        if round % 10 == 9 || round + 1 == ROUNDS {
            size = check(&docket.data(), &acknowledged, size, round);
        }
    }
    assert!(
        acknowledged.len() as u64 > ROUNDS,
        "{} acknowledgements were put to the test",
        acknowledged.len()
    );
    docket.ok(&["verify"]);
}

/// Starts the witness, lets it acknowledge a random number of events or run for a random time, and kills it.
fn kill_one(data: &Path, dice: &mut Dice, acknowledged: &mut BTreeMap<u64, String>) {
    let mut witness = Command::new(binary("docket-tests", "witness"))
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(witness.stdout.take().unwrap()).lines();
    let wanted = dice.roll(ACKNOWLEDGEMENTS_MAX);
    // A third of the rounds dies while the log is being opened.
    let opening = dice.roll(3) == 0;
    if opening {
        std::thread::sleep(Duration::from_millis(dice.roll(60)));
    } else {
        for line in lines.by_ref().take(usize::try_from(wanted).unwrap()) {
            remember(&line.unwrap(), acknowledged);
        }
        std::thread::sleep(Duration::from_micros(dice.roll(1500)));
    }
    witness.kill().unwrap();
    witness.wait().unwrap();
    // What was acknowledged before the kill is still in the pipe.
    for line in lines.map_while(Result::ok) {
        remember(&line, acknowledged);
    }
}

fn remember(line: &str, acknowledged: &mut BTreeMap<u64, String>) {
    let (index, event) = line.split_once(' ').unwrap();
    assert_eq!(event.len(), 36, "{line}");
    let previous = acknowledged.insert(index.parse().unwrap(), event.to_owned());
    assert_eq!(previous, None, "entry {index} is acknowledged once");
}

/// Every acknowledged event is in its place, and no more than what was in flight is there beside them.
fn check(data: &Path, acknowledged: &BTreeMap<u64, String>, size: u64, round: u64) -> u64 {
    let ledger = Ledger::open(OpenOptions::new(data)).unwrap();
    let reader = ledger.reader();
    let grown = reader.size();
    for (&index, event) in acknowledged {
        let stored = reader.log().event(index).unwrap();
        assert_eq!(stored.entry.event.id.to_string(), *event, "entry {index} after round {round}");
        assert!(reader.texts(index).unwrap().len() == 1);
    }
    let new = acknowledged.range(size..).count() as u64;
    assert!(grown - size <= new + 10 * IN_FLIGHT_MAX, "{grown} entries, {new} acknowledged since {size}");
    drop(reader);
    ledger.close().unwrap();
    grown
}
