//! Where the trials happen: a faulty disk, and beside it the real directory of sled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use docket_log::DataDirectory;
use docket_log::fs::{Effect, Fault, FaultError, FaultyFileSystem, FileSystem as _, Trigger};

use super::scenario::{Act, Scenario, origin};
use super::told::Told;
use crate::clock::{Clock, Reading};
use crate::{Ledger, LedgerError, OpenOptions};

/// A clock that stands still, also over restarts: times of recording increase all the same.
struct StillClock;

impl Clock for StillClock {
    fn read(&self) -> Reading {
        Reading { wall_micros: 1_751_371_200_000_000, monotonic: Duration::from_secs(1) }
    }
}

/// A data directory as each trial finds it.
pub(super) struct Bench {
    place: tempfile::TempDir,
    disk: FaultyFileSystem,
    told: Told,
}

/// What a crash leaves of sled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SledFound {
    AsItWas,
    /// The copy that was there when the trial began.
    Older,
    Gone,
}

impl Bench {
    /// An empty directory.
    pub(super) fn empty() -> Self {
        let place = tempfile::tempdir().unwrap();
        let disk = FaultyFileSystem::new(place.path());
        for (name, is_on_disk) in [("data", true), ("sled.before", false)] {
            let path = place.path().join(name);
            std::fs::create_dir(&path).unwrap();
            if is_on_disk {
                disk.create_directory(&path).unwrap();
            }
        }
        disk.sync_directory(place.path()).unwrap();
        Self { place, disk, told: Told::default() }
    }

    /// A closed log with a register, a status, and notes enough for a bundle of sled.
    pub(super) fn with_a_log(scenario: &Scenario) -> Self {
        let mut bench = Self::empty();
        let (attempt, mut told) = bench.attempt();
        let ledger = attempt.begin().unwrap();
        for act in [Act::Open, Act::Status, Act::Fill] {
            told.attempt(&ledger, scenario, act).unwrap();
        }
        ledger.close().unwrap();
        copy_files(&attempt.data.join("sled"), &bench.place.path().join("sled.before"));
        bench.disk = attempt.disk;
        bench.told = told;
        bench
    }

    /// A fresh copy of the disk and of sled, and what was told of the log so far.
    pub(super) fn attempt(&self) -> (Attempt, Told) {
        let attempt = Attempt {
            data: self.place.path().join("data"),
            before: self.place.path().join("sled.before"),
            disk: self.disk.fork(),
        };
        attempt.find_sled(SledFound::Older);
        (attempt, self.told.clone())
    }
}

/// One trial's disk.
pub(super) struct Attempt {
    pub(super) data: PathBuf,
    before: PathBuf,
    pub(super) disk: FaultyFileSystem,
}

impl Attempt {
    fn options(&self) -> OpenOptions {
        OpenOptions {
            clock: Arc::new(StillClock),
            file_system: Arc::new(self.disk.clone()),
            ..OpenOptions::new(&self.data)
        }
    }

    pub(super) fn open(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(self.options())
    }

    pub(super) fn begin(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(self.options().or_begin(origin()))
    }

    pub(super) fn directory(&self) -> DataDirectory {
        DataDirectory::new(&self.data, Arc::new(self.disk.clone()))
    }

    /// The process dies: nothing that its end still does reaches the disk. sled is closed by it, which the next opening cannot know.
    pub(super) fn die(&self, ledger: Ledger) {
        let trigger = Trigger::DeadFromMutation(1);
        self.disk.arm(Fault { trigger, error: FaultError::Io, effect: Effect::NotPersisted });
        drop(ledger);
    }

    /// Puts sled where the crash left it.
    pub(super) fn find_sled(&self, found: SledFound) {
        let sled = self.data.join("sled");
        if found == SledFound::AsItWas {
            return;
        }
        for name in ["sled", "sled.discarded"] {
            let path = self.data.join(name);
            if path.exists() {
                std::fs::remove_dir_all(path).unwrap();
            }
        }
        if found == SledFound::Older && std::fs::read_dir(&self.before).unwrap().next().is_some() {
            copy_files(&self.before, &sled);
        }
    }

    /// The files that hold these words, on both disks.
    pub(super) fn holding(&self, words: &str) -> Vec<PathBuf> {
        let mut files = self.disk.files();
        read_files(&self.data, &mut files);
        let holds = |bytes: &[u8]| holds(bytes, words.as_bytes());
        files.into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
    }

    /// The files of the journal.
    pub(super) fn journal(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let journal = self.data.join("journal");
        self.disk.files().into_iter().filter(|(path, _)| path.starts_with(&journal)).collect()
    }
}

/// Whether the words stand in the bytes (Horspool's search: the files have megabytes, and tests are not optimised).
fn holds(bytes: &[u8], words: &[u8]) -> bool {
    let last = words.len() - 1;
    let mut skips = [words.len(); 256];
    for (place, byte) in words[..last].iter().enumerate() {
        skips[usize::from(*byte)] = last - place;
    }
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + words.len()) {
        if window == words {
            return true;
        }
        at += skips[usize::from(window[last])];
    }
    false
}

fn read_files(directory: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(&path, files);
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy_files(&path, &target);
        } else {
            std::fs::copy(path, target).unwrap();
        }
    }
}
