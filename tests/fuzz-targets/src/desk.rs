//! A log with a small register, opened once, for what can only be read beside one: CSV files, and sizes as typed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use docket_domain::term::ActorBasis;
use docket_domain::{Actor, RegisterId, Timestamp};
use docket_ledger::batch::{Checked, Defaults, Problems, check};
use docket_ledger::source::{Importer, prepare};
use docket_ledger::{Ledger, OpenOptions};
use docket_log::fs::{FaultyFileSystem, FileSystem as _};

use crate::check::{accept, line};

/// An open log, and who works with it.
pub(crate) struct Desk {
    pub(crate) ledger: Ledger,
    register: RegisterId,
    defaults: Defaults,
    now: Timestamp,
}

static DESK: OnceLock<Desk> = OnceLock::new();

/// The open log.
pub(crate) fn desk() -> &'static Desk {
    DESK.get_or_init(Desk::new)
}

/// Opens the log, so that opening it does not count as the memory of a target.
pub(crate) fn prepare_desk() {
    desk();
}

/// A folder with a source of the tests.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let source = prepare(&fixture("school-inquiry")).expect("a source of the tests");
        let data = directory.path().join("data");
        // sled and the lock are files of the operating system's, which live on without a name; everything else is in memory.
        let disk = FaultyFileSystem::new(directory.path());
        std::fs::create_dir(&data).and_then(|()| disk.create_directory(&data)).expect("an empty directory");
        let options = OpenOptions { file_system: Arc::new(disk), ..OpenOptions::new(&data) };
        let options = options.or_begin(source.origin().clone());
        let ledger = Ledger::open(options).expect("a new log");
        let actor = Actor::new("clerk").expect("an actor");
        let importer = Importer { actor: actor.clone(), actor_basis: ActorBasis::Os };
        source.record(&ledger, &importer).expect("a source that can be imported");
        let defaults = Defaults {
            actor,
            actor_basis: ActorBasis::Os,
            effective: None,
            asserter: None,
            source_url: None,
        };
        let now = Timestamp::parse("2025-06-01T12:00:00.000000Z").expect("a time");
        // Nobody ends a fuzzer in good order: nothing may be left that has to be removed then.
        directory.close().expect("a directory that can be removed");
        Self { ledger, register: source.register().clone(), defaults, now }
    }

    fn check(&self, bytes: &[u8]) -> Result<String, Problems> {
        let reader = self.ledger.reader();
        match check(&reader, &self.register, bytes, &self.defaults, self.now) {
            Ok(Checked::Ready(batch)) => {
                Ok(serde_json::to_string(batch.preview()).expect("a preview can be printed"))
            }
            Ok(Checked::Refused(problems)) => Err(problems),
            Err(error) => panic!("what is wrong with a file is no error of the log: {error}"),
        }
    }
}

/// A file is looked at: it can be recorded, or every problem is named with its line. The same file gets the same answer.
pub(crate) fn csv_batch(data: &[u8]) {
    let desk = desk();
    let first = desk.check(data);
    assert_eq!(first, desk.check(data), "the same file was answered in two ways");
    let Err(problems) = first else {
        assert!(std::str::from_utf8(data).is_ok());
        accept();
        return;
    };
    assert!(!problems.problems.is_empty(), "a file was refused without a reason");
    let lines = data.split(|byte| *byte == b'\n').count() as u64;
    let mut before = 0;
    for problem in &problems.problems {
        line(&problem.to_string());
        assert!((1..=lines).contains(&problem.line), "{problem}: the file has {lines} lines");
        assert!(before <= problem.line, "problems are listed by line");
        before = problem.line;
    }
}
