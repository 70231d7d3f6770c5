//! What is under the ledger: its clock and its files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use docket_domain::Timestamp;
use docket_ledger::clock::{Clock, Reading};

/// A clock that stands where it is put.
#[derive(Debug)]
pub(crate) struct HandClock {
    wall_micros: AtomicI64,
    monotonic_micros: AtomicI64,
}

impl Clock for HandClock {
    fn read(&self) -> Reading {
        let monotonic = u64::try_from(self.monotonic_micros.load(Ordering::SeqCst)).unwrap();
        Reading {
            wall_micros: self.wall_micros.load(Ordering::SeqCst),
            monotonic: Duration::from_micros(monotonic),
        }
    }
}

impl HandClock {
    pub(crate) fn at(time: Timestamp) -> Self {
        Self { wall_micros: AtomicI64::new(time.as_micros()), monotonic_micros: AtomicI64::new(0) }
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set_by(&self, micros: i64) {
        self.wall_micros.fetch_add(micros, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.wall_micros.load(Ordering::SeqCst)).unwrap()
    }

    /// Time passes.
    pub(crate) fn wait(&self, micros: i64) {
        self.wall_micros.fetch_add(micros, Ordering::SeqCst);
        self.monotonic_micros.fetch_add(micros, Ordering::SeqCst);
    }
}

/// Copies what stands in a directory, the journal last: it is what the other files follow.
pub(crate) fn copy(from: &Path, to: &Path) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort_by_key(|path| path.file_name().is_some_and(|name| name == "journal"));
    for path in entries {
        let place = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir(&place).unwrap();
            copy(&path, &place);
        } else {
            std::fs::copy(&path, &place).unwrap();
        }
    }
}

/// Removes a directory, if it is there.
pub(crate) fn remove(path: &Path) {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{}: {error}", path.display()),
        _ => {}
    }
}
