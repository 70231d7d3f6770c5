//! Every target over its corpus, over what fuzzers once found, and over seeded mutations of all of it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says on what"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use docket_fuzz_targets::corpus::{files, folder};
use docket_fuzz_targets::mutate::{Dice, mutated};
use docket_fuzz_targets::{TARGETS, Target, accepted};

/// The files of a folder by name.
fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
    };
    entries.map(file).collect()
}

fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).unwrap()
}

/// Memory is counted for the whole process: one target runs at a time.
static TURN: Mutex<()> = Mutex::new(());

/// What failed once fails here by its name; a mutation fails with its number, so that it can be made again.
fn run(name: &str) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let target = target(name);
    let corpus = read(&folder().join(name));
    assert!(!corpus.is_empty(), "{name} has no corpus");
    let before = accepted();
    for (file, bytes) in &corpus {
        attempt(target, bytes, &format!("{name}/{file}"));
    }
    assert!(
        accepted() > before,
        "nothing of the corpus of {name} is accepted: whatever is behind is not reached"
    );
    let seeds: Vec<&Vec<u8>> = corpus.values().collect();
    for number in 0..target.mutations {
        let mut dice = Dice::new(name, u64::from(number));
        let (seed, other) = (seeds[dice.below(seeds.len())], seeds[dice.below(seeds.len())]);
        attempt(target, &mutated(seed, other, &mut dice), &format!("{name}, mutation {number}"));
    }
}

fn attempt(target: &Target, bytes: &[u8], what: &str) {
    let run = std::panic::AssertUnwindSafe(|| (target.run)(bytes));
    if let Err(cause) = std::panic::catch_unwind(run) {
        eprintln!("{what} failed on {} bytes: {:?}", bytes.len(), String::from_utf8_lossy(bytes));
        std::panic::resume_unwind(cause);
    }
}

macro_rules! tests {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name));
            }
        )+

        #[test]
        fn every_target_is_tested_and_fuzzed() {
            let tested = [$(stringify!($name)),+];
            let mut names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, tested);
            names.sort_unstable();
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
            let fuzzers: Vec<String> = read(&root.join("fuzz_targets")).into_keys().collect();
            let expected: Vec<String> = names.iter().map(|name| format!("{name}.rs")).collect();
            assert_eq!(fuzzers, expected, "tests/fuzz/fuzz_targets has one file for each target");
            let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
            for name in names {
                assert!(manifest.contains(&format!("name = \"{name}\"")), "tests/fuzz/Cargo.toml names {name}");
            }
        }
    };
}

tests! {
    journal_frame journal_segment entry openings record bundle checkpoint key_line receipt tile source_table manifest claims curation
    next_plan csv_batch date snapshot
}

#[test]
fn the_committed_corpus_is_what_is_made() {
    let folder = folder();
    let made = files();
    let mut bytes = 0;
    for ((target, name), made) in &made {
        let path = folder.join(target).join(name);
        let found = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        bytes += found.len();
        assert!(&found == made, "{} is another: run the binary `corpus` of this package", path.display());
    }
    assert!(bytes <= 300 * 1024, "the corpus has {bytes} bytes");
}

#[test]
fn the_same_seed_gives_the_same_mutation() {
    let (seed, other) = (b"2025-03-19T16:00".as_slice(), b"unknown".as_slice());
    let make = |number| mutated(seed, other, &mut Dice::new("date", number));
    let first: Vec<Vec<u8>> = (0..50).map(make).collect();
    assert_eq!(first, (0..50).map(make).collect::<Vec<_>>());
    assert!(first.iter().collect::<std::collections::BTreeSet<_>>().len() > 30);
}
