//! Every durable step against every fault, and what is found afterwards: everything that was acknowledged, nothing that was
//! never submitted, and a journal that goes on.

use super::*;
use crate::fs::{Effect, Fault, FaultError, Trigger};

const EFFECTS: [Effect; 5] =
    [Effect::NotPersisted, Effect::Persisted, Effect::Partly(1), Effect::Partly(2), Effect::Partly(3)];

/// What a caller was told.
#[derive(Debug, Clone, Default)]
struct Told {
    acknowledged: Vec<Commit>,
    /// A commit whose outcome is unknown: it may be there.
    unknown: Option<Commit>,
}

impl Told {
    /// Opens the journal, compares, and takes over what it found. `None`: a fault hit the opening.
    fn open(&mut self, fixture: &Fixture, context: &str) -> Option<Journal> {
        let known = count(&self.acknowledged);
        let (scan, found) = match fixture.scan(known) {
            Ok(scanned) => scanned,
            Err(JournalError::Io { .. }) => return None,
            Err(error) => panic!("{context}: {error}"),
        };
        assert!(scan.damage().is_none(), "{context}: {:?}", scan.damage());
        let with_unknown = [self.acknowledged.as_slice(), self.unknown.as_slice()].concat();
        assert!(found == self.acknowledged || found == with_unknown, "{context}: {} found", found.len());
        match Journal::open(scan) {
            Ok(journal) => {
                *self = Self { acknowledged: found, unknown: None };
                Some(journal)
            }
            Err(JournalError::Io { .. }) => None,
            Err(error) => panic!("{context}: {error}"),
        }
    }

    /// Appends until the first failure; whether all went well.
    fn append_all(&mut self, journal: &mut Journal, commits: &[Commit]) -> bool {
        for commit in commits {
            match append(journal, commit) {
                Ok(_) => self.acknowledged.push(commit.clone()),
                Err(JournalError::NoSpace { .. }) => assert!(!journal.is_poisoned()),
                Err(error) => {
                    assert!(matches!(append(journal, commit), Err(JournalError::Poisoned { .. })));
                    if matches!(error, JournalError::OutcomeUnknown { .. }) {
                        self.unknown = Some(commit.clone());
                    }
                    return false;
                }
            }
        }
        true
    }

    /// The journal opens, goes on, and keeps all of it through another power cut.
    fn assert_goes_on(&mut self, fixture: &Fixture, seed: u64, context: &str) {
        let mut journal =
            self.open(fixture, context).unwrap_or_else(|| panic!("{context}: no fault is armed"));
        fixture.disk.power_cut(seed);
        drop(journal);
        journal = self.open(fixture, context).expect("what was opened once is there for good");
        assert!(self.append_all(&mut journal, &[vec![pair(900, 700, 30)], vec![pair(901, 3000, 0)]]));
        fixture.disk.power_cut(seed + 1);
        let journal = self.open(fixture, context).expect("no fault is armed");
        assert_eq!(journal.end().index, count(&self.acknowledged));
    }
}

#[derive(Debug, Clone, Copy)]
enum Crash {
    Kill,
    PowerCut(u64),
}

impl Crash {
    fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Kill).chain((0..6).map(Self::PowerCut))
    }

    fn happen(self, fixture: &Fixture) {
        match self {
            Self::Kill => fixture.disk.kill(),
            Self::PowerCut(seed) => fixture.disk.power_cut(seed),
        }
    }
}

/// Every fault at every mutation, passing or final.
fn faults(mutations: u64) -> impl Iterator<Item = Fault> {
    (1..=mutations).flat_map(|n| {
        [Trigger::NthMutation(n), Trigger::DeadFromMutation(n)].into_iter().flat_map(|trigger| {
            [FaultError::Io, FaultError::NoSpace].into_iter().flat_map(move |error| {
                EFFECTS.into_iter().map(move |effect| Fault { trigger, error, effect })
            })
        })
    })
}

fn mutations_of(fixture: &Fixture, work: impl FnOnce(&Fixture)) -> u64 {
    let fixture = fixture.fork();
    let before = fixture.disk.operations().len();
    work(&fixture);
    fixture.disk.operations()[before..].iter().filter(|operation| operation.is_mutation()).count() as u64
}

/// Opening, the first segment, appends, a rollover, a frame longer than its segment.
#[test]
fn every_step_of_writing_survives_every_fault_and_crash() {
    let commits = [
        vec![pair(1, 60, 0)],
        vec![pair(2, 900, 700), pair(3, 60, 600)],
        vec![pair(4, 1400, 0)],
        vec![pair(5, 60, 1500), pair(6, 4000, 4000)],
        vec![pair(7, 60, 10)],
    ];
    let base = Fixture::new();
    base.disk.power_cut(0);
    base.disk.tamper(&Path::new(JOURNAL).join("00000000000000000001.seg.tmp"), vec![1; 512]);
    let mutations = mutations_of(&base, |fixture| {
        let mut told = Told::default();
        let mut journal = told.open(fixture, "dry run").unwrap();
        assert!(told.append_all(&mut journal, &commits));
    });
    assert!(mutations > 20, "{mutations}");
    for fault in faults(mutations) {
        for crash in Crash::all() {
            let fixture = base.fork();
            let context = format!("{fault:?} {crash:?}");
            let mut told = Told::default();
            fixture.disk.arm(fault);
            if let Some(mut journal) = told.open(&fixture, &context) {
                told.append_all(&mut journal, &commits);
            }
            crash.happen(&fixture);
            told.assert_goes_on(&fixture, 17, &context);
        }
    }
}

/// A crash within the opening that cuts a torn frame, in the last segment or at the start of the next.
#[test]
fn every_step_of_cutting_a_tail_survives_every_fault_and_crash() {
    for torn in [vec![pair(5, 1000, 700)], vec![pair(5, 2200, 1500)]] {
        let base = Fixture::new();
        let mut told = Told::default();
        let mut journal = told.open(&base, "base").unwrap();
        assert!(told.append_all(&mut journal, &[vec![pair(1, 60, 0)], vec![pair(2, 600, 40)]]));
        // The segment for the torn frame is made before its write is torn.
        assert!(append(&mut journal, &torn).is_ok());
        let position = journal.last().unwrap();
        base.change_segment(position.segment.0, |bytes| {
            for sector in [1, 3] {
                bytes[position.offset as usize + sector * 512..][..512].fill(0);
            }
        });
        let mutations = mutations_of(&base, |fixture| {
            told.clone().open(fixture, "dry run").unwrap();
        });
        for fault in faults(mutations) {
            for crash in Crash::all() {
                let fixture = base.fork();
                let context = format!("{fault:?} {crash:?}");
                let mut told = told.clone();
                fixture.disk.arm(fault);
                told.open(&fixture, &context);
                crash.happen(&fixture);
                told.assert_goes_on(&fixture, 5, &context);
            }
        }
    }
}

/// The power fails while a frame is being written: its sectors arrive in any combination.
#[test]
fn a_power_cut_during_any_write_tears_only_that_frame() {
    let commits = sample_commits(9);
    let mut torn = 0;
    for step in 0..commits.len() {
        let (base, _) = Fixture::with(&commits[..step]);
        for seed in 0..48 {
            let fixture = base.fork();
            let mut told = Told { acknowledged: commits[..step].to_vec(), unknown: None };
            let mut journal = told.open(&fixture, "before").unwrap();
            let syncs = mutations_of(&fixture, |fixture| {
                let mut journal = fixture.open(0).unwrap();
                append(&mut journal, &commits[step]).unwrap();
            }) - mutations_of(&fixture, |fixture| drop(fixture.open(0).unwrap()));
            fixture.disk.arm(Fault {
                trigger: Trigger::DeadFromMutation(syncs),
                error: FaultError::Io,
                effect: Effect::Partly(seed * 3),
            });
            assert!(!told.append_all(&mut journal, &commits[step..]));
            assert!(told.unknown.is_some(), "the last step of an append is its sync");
            fixture.disk.power_cut(seed);
            torn += u64::from(matches!(fixture.scan(0).unwrap().0.tail(), Tail::Torn(_)));
            told.assert_goes_on(&fixture, seed, "torn");
        }
    }
    assert!(torn > 100, "only {torn} of the cuts tore a frame");
}

/// After a failed sync the page cache shows a frame that the disk lacks. Once it was served, no power cut may take it away.
#[test]
fn a_frame_seen_only_in_the_page_cache_is_committed_before_it_is_served() {
    for seed in 0..32 {
        let (fixture, _) = Fixture::with(&sample_commits(3));
        let mut told = Told { acknowledged: sample_commits(3), unknown: None };
        let mut journal = told.open(&fixture, "before").unwrap();
        let trigger = Trigger::Nth(crate::fs::Operation::Sync, 1);
        fixture.disk.arm(Fault { trigger, error: FaultError::Io, effect: Effect::NotPersisted });
        assert!(!told.append_all(&mut journal, &[vec![pair(50, 900, 300)]]));
        fixture.disk.kill();
        assert_eq!(fixture.scan(0).unwrap().1.len(), 4, "the cache shows it");
        told.assert_goes_on(&fixture, seed, "served from the cache");
        assert_eq!(told.acknowledged.len(), 6);
    }
}

/// Faults, kills and power cuts one after the other, also within recoveries, for many seeds.
#[test]
fn random_histories_lose_nothing_and_invent_nothing() {
    for seed in 0..400_u64 {
        let fixture = Fixture::new();
        let mut told = Told::default();
        let mut state = seed;
        let mut random = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for round in 0..8 {
            let context = format!("seed {seed} round {round}");
            let n = 1 + random(24);
            let trigger = if random(2) == 0 { Trigger::NthMutation(n) } else { Trigger::DeadFromMutation(n) };
            let error = if random(3) == 0 { FaultError::NoSpace } else { FaultError::Io };
            let effect =
                [Effect::NotPersisted, Effect::Persisted, Effect::Partly(random(1000))][random(3) as usize];
            fixture.disk.arm(Fault { trigger, error, effect });
            if let Some(mut journal) = told.open(&fixture, &context) {
                let commits: Vec<Commit> = (0..=random(5))
                    .map(|_| {
                        (0..=random(3))
                            .map(|_| pair(random(100_000), random(2000) as usize, random(1500) as usize))
                            .collect()
                    })
                    .collect();
                told.append_all(&mut journal, &commits);
            }
            if random(2) == 0 { fixture.disk.kill() } else { fixture.disk.power_cut(random(1 << 20)) }
        }
        told.assert_goes_on(&fixture, seed, &format!("seed {seed}"));
    }
}

/// The process that made the directory was killed before it could sync its name.
#[test]
fn a_journal_whose_directory_was_never_synced_is_durable_once_opened() {
    for seed in 0..16 {
        let fixture = Fixture::on(FaultyFileSystem::new(Path::new(ROOT)));
        crate::fs::FileSystem::create_directory(&fixture.disk, Path::new(JOURNAL)).unwrap();
        fixture.disk.kill();
        Told::default().assert_goes_on(&fixture, seed, "unsynced directory");
    }
}

/// Bytes that changed between the scan and the opening are not written back as if they had been checked.
#[test]
fn the_last_frame_is_checked_again_before_it_is_rewritten() {
    let (fixture, positions) = Fixture::with(&sample_commits(2));
    let (scan, _) = fixture.scan(0).unwrap();
    fixture.change_segment(0, |bytes| bytes[positions[1].offset as usize + 600] ^= 1);
    let before = fixture.files();
    assert!(matches!(Journal::open(scan), Err(JournalError::Damaged(_))));
    assert_eq!(fixture.files(), before);
}
