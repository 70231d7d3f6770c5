//! One fault, one crash, and what comes after.

use docket_log::fs::{Effect, Fault, FaultError, Operation, Trigger};
use docket_log::journal::JournalError;
use docket_log::{LogError, Progress};

use super::bench::{Attempt, Bench, SledFound};
use super::number_in;
use super::scenario::{Act, Scenario};
use super::told::Told;
use crate::verify::verify_on;
use crate::{Ledger, LedgerError};

/// What is being done when the fault strikes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work<'a> {
    /// A log is begun, and this is done.
    Begin(&'a [Act]),
    /// A log is opened, and this is done.
    Record(&'a [Act]),
    /// sled is made anew.
    Rebuild,
}

impl Work<'_> {
    fn acts(&self) -> &[Act] {
        match self {
            Work::Begin(acts) | Work::Record(acts) => acts,
            Work::Rebuild => &[],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    Kill,
    PowerCut(u64),
    /// On a disk that does not keep sectors whole: opening may be refused, and nothing else.
    PowerCutWithinSectors(u64),
}

/// Whether the log was closed before the crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Open,
}

#[derive(Debug, Clone, Copy)]
struct Trial {
    fault: Fault,
    end: End,
    crash: Crash,
    sled: SledFound,
}

/// A small deterministic generator (`SplitMix64`).
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

impl Trial {
    /// One of the trials of the n-th change. The first of each step is the plain power cut at that step.
    fn chosen(n: u64, ordinal: u64, seed: u64) -> Self {
        let mut seeded = Seeded(n.wrapping_mul(1_000_003).wrapping_add(ordinal).wrapping_add(seed << 40));
        let trigger = if ordinal == 0 || seeded.below(2) == 0 {
            Trigger::DeadFromMutation(n)
        } else {
            Trigger::NthMutation(n)
        };
        let error = if seeded.below(3) == 0 { FaultError::NoSpace } else { FaultError::Io };
        let part = seeded.below(1000);
        let effect = match seeded.below(6) {
            0 | 1 => Effect::NotPersisted,
            2 => Effect::Persisted,
            3 | 4 => Effect::Partly(part),
            _ => Effect::Torn(part * 7),
        };
        let crash = match seeded.below(8) {
            0 | 1 if ordinal > 0 => Crash::Kill,
            2 if ordinal > 0 => Crash::PowerCutWithinSectors(seeded.below(1000)),
            _ => Crash::PowerCut(seeded.below(1000)),
        };
        let end = if seeded.below(2) == 0 { End::Closed } else { End::Open };
        let sled = match seeded.below(4) {
            0 => SledFound::Older,
            1 => SledFound::Gone,
            _ => SledFound::AsItWas,
        };
        Self { fault: Fault { trigger, error, effect }, end, crash, sled }
    }

    /// Whether bytes can be torn within a sector, which no real disk does: then opening may be refused.
    fn tears_sectors(&self) -> bool {
        matches!(self.crash, Crash::PowerCutWithinSectors(_)) || matches!(self.fault.effect, Effect::Torn(_))
    }
}

/// Runs some trials of every step of the work.
pub(super) fn table(bench: &Bench, scenario: &Scenario, work: Work<'_>, trials_per_step: u64) {
    let seed = number_in("DOCKET_FAULTS_SEED").unwrap_or(1);
    println!("DOCKET_FAULTS={trials_per_step} DOCKET_FAULTS_SEED={seed}");
    let changes = changes_of(bench, scenario, work);
    assert!(changes > 20, "{changes}");
    let (mut trials, mut refused) = (0, 0);
    for n in 1..=changes {
        for ordinal in 0..trials_per_step {
            let trial = Trial::chosen(n, ordinal, seed);
            refused += u64::from(run(bench, scenario, work, trial) == Found::Refused);
            trials += 1;
        }
    }
    println!("{changes} steps, {trials} trials, {refused} refused after torn sectors");
    assert!(refused * 8 < trials, "{refused} of {trials}");
}

/// The changes that the work makes to a sound disk.
fn changes_of(bench: &Bench, scenario: &Scenario, work: Work<'_>) -> u64 {
    let (attempt, mut told) = bench.attempt();
    let count = || attempt.disk.operations().into_iter().filter(|operation| operation.is_mutation()).count();
    let before = count();
    do_work(&attempt, &mut told, scenario, work, End::Closed).unwrap();
    told.check(&attempt, &attempt.open().unwrap(), "without a fault");
    assert!(work.acts().iter().all(|act| told.is_acknowledged(*act)), "{work:?}");
    (count() - before) as u64
}

/// Does it all, as far as it goes. The error is the opening's.
fn do_work(
    attempt: &Attempt,
    told: &mut Told,
    scenario: &Scenario,
    work: Work<'_>,
    end: End,
) -> Result<(), LedgerError> {
    let ledger = match work {
        Work::Begin(_) => attempt.begin()?,
        Work::Record(_) => attempt.open()?,
        Work::Rebuild => {
            return docket_log::rebuild(&attempt.directory(), &mut |_: Progress| {})
                .map(drop)
                .map_err(LedgerError::from);
        }
    };
    for act in work.acts() {
        // Whoever gets an error goes on with what is next.
        drop(told.attempt(&ledger, scenario, *act));
    }
    match end {
        // An error of closing loses nothing.
        End::Closed => drop(ledger.close()),
        End::Open => attempt.die(ledger),
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Whole,
    /// The log was refused as damaged, and its journal left as it was.
    Refused,
}

fn run(bench: &Bench, scenario: &Scenario, work: Work<'_>, trial: Trial) -> Found {
    let context = format!("{trial:?}");
    let (attempt, mut told) = bench.attempt();
    attempt.disk.arm(trial.fault);
    if let Err(error) = do_work(&attempt, &mut told, scenario, work, trial.end) {
        assert!(matches!(error, LedgerError::Log(_)), "{context}: {error:?}");
    }
    match trial.crash {
        Crash::Kill => attempt.disk.kill(),
        Crash::PowerCut(seed) => attempt.disk.power_cut(seed),
        Crash::PowerCutWithinSectors(seed) => attempt.disk.power_cut_within_sectors(seed),
    }
    attempt.find_sled(trial.sled);
    let journal = if trial.tears_sectors() { attempt.journal() } else { Vec::new() };
    let opened = match work {
        Work::Begin(_) => attempt.begin(),
        _ => attempt.open(),
    };
    let ledger = match opened {
        Ok(ledger) => ledger,
        Err(LedgerError::Log(LogError::Journal(JournalError::Damaged(damage)))) if trial.tears_sectors() => {
            assert!(attempt.journal() == journal, "{context}: {damage:?} was touched");
            return Found::Refused;
        }
        Err(error) => panic!("{context}: {error:?}"),
    };
    told.check(&attempt, &ledger, &context);
    told.submit_again(&ledger, scenario, work.acts(), &context);
    go_on(&attempt, ledger, &mut told, scenario, &context);
    Found::Whole
}

/// Recording goes on; the power fails once more, and nothing is lost; everything verifies.
fn go_on(attempt: &Attempt, ledger: Ledger, told: &mut Told, scenario: &Scenario, context: &str) {
    if ledger.reader().size() > 0 {
        for number in 0..2 {
            told.attempt(&ledger, scenario, Act::Note(number))
                .unwrap_or_else(|error| panic!("{context}: going on: {error:?}"));
        }
    }
    attempt.die(ledger);
    attempt.disk.power_cut(told.entries_count());
    let context = format!("{context}, after the second crash");
    let ledger = attempt.open().unwrap_or_else(|error| panic!("{context}: {error:?}"));
    told.check(attempt, &ledger, &context);
    ledger.close().unwrap_or_else(|error| panic!("{context}: {error:?}"));
    let report =
        verify_on(&attempt.directory(), &mut |_| {}).unwrap_or_else(|error| panic!("{context}: {error:?}"));
    assert!(report.is_good(), "{context}: {:?}", report.findings);
    assert!(attempt.disk.operations().contains(&Operation::SyncDirectory));
}
