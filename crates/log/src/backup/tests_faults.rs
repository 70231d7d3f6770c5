//! Backups and restores of several segments on a disk that fails at every step: what was backed up is untouched, and what is there afterwards
//! is whole or says of itself that it is not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::Timestamp;

use super::{BackedUp, BackupError, MANIFEST_FILE, backup, is_restored, restore};
use crate::fs::{Effect, Fault, FaultError, FaultyFileSystem, FileSystem, Operation, Trigger};
use crate::testing::{Recorder, note, recommendation, source};
use crate::verify::verify;
use crate::{DataDirectory, LogError};

const DOCUMENT: &[u8] = b"a document that names Jane Roe\n";

/// Every kind of operation.
const OPERATIONS: [Operation; 10] = [
    Operation::Open,
    Operation::Create,
    Operation::CreateDirectory,
    Operation::Rename,
    Operation::Remove,
    Operation::SyncDirectory,
    Operation::List,
    Operation::Read,
    Operation::Write,
    Operation::Sync,
];

/// A log, closed, on a disk of which each attempt gets a copy. Locks and sled are on the real disk, which has the same directories.
struct Disk {
    place: tempfile::TempDir,
    files: FaultyFileSystem,
}

impl Disk {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let files = FaultyFileSystem::new(place.path());
        for directory in ["data", "backup", "again", "elsewhere"] {
            std::fs::create_dir(place.path().join(directory)).unwrap();
        }
        files.create_directory(&place.path().join("data")).unwrap();
        files.sync_directory(place.path()).unwrap();
        Self { place, files }
    }

    /// A copy of the disk as it is, the same directories of the real one.
    fn fork(&self) -> Fork<'_> {
        Fork { disk: self, files: self.files.fork() }
    }

    fn here(&self) -> Fork<'_> {
        Fork { disk: self, files: self.files.clone() }
    }

    /// A log of two segments: a document, a name in a note, and long notes behind it.
    fn with_two_segments() -> Self {
        Self::with_long_notes(25)
    }

    fn with_long_notes(count: u64) -> Self {
        let disk = Self::new();
        let mut recorder = Recorder::open(&disk.here().directory("data")).unwrap();
        disk.here().directory("data").blobs().put(DOCUMENT).unwrap();
        recorder.commit(vec![source(DOCUMENT)]);
        recorder.commit(vec![(recommendation(1), note("said by Jane Roe"))]);
        let long = "word ".repeat(10_000);
        for _ in 0..count {
            recorder.commit(vec![(recommendation(1), note(&long))]);
        }
        recorder.close();
        disk
    }

    /// The same, backed up, and then a redaction of the name and of the document, whose words stand in the first segment.
    fn with_a_backup_and_a_redaction() -> Self {
        let disk = Self::with_two_segments();
        disk.here().back_up().unwrap();
        let mut recorder = Recorder::open(&disk.here().directory("data")).unwrap();
        let document = crate::blobs::digest_of(DOCUMENT);
        recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]).unwrap();
        recorder.close();
        disk
    }
}

struct Fork<'a> {
    disk: &'a Disk,
    files: FaultyFileSystem,
}

impl Fork<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.disk.place.path().join(name)
    }

    fn files(&self) -> Arc<dyn FileSystem> {
        Arc::new(self.files.clone())
    }

    fn directory(&self, name: &str) -> DataDirectory {
        DataDirectory::new(&self.path(name), self.files())
    }

    fn back_up(&self) -> Result<BackedUp, BackupError> {
        backup(&self.directory("data"), &self.path("backup"), Timestamp::EPOCH)
    }

    fn restore_into(&self, name: &str) -> Result<u64, BackupError> {
        restore(&self.files(), &self.path("backup"), &self.directory(name)).map(|restored| restored.head.size)
    }

    /// Every file in a directory of the disk, as a process sees it.
    fn contents(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let top = self.path(name);
        let list = |directory: &Path| {
            let names = self.files.list(directory).unwrap_or_default();
            names.into_iter().map(|name| directory.join(name)).collect::<Vec<_>>()
        };
        let below = [top.clone(), top.join("journal"), top.join("blobs")];
        let paths = below.iter().flat_map(|directory| list(directory));
        paths.filter_map(|path| Some((path.clone(), self.files.contents(&path)?))).collect()
    }

    fn holds_name(&self, name: &str) -> bool {
        self.contents(name).values().any(|bytes| bytes.windows(8).any(|window| window == b"Jane Roe"))
    }

    /// How often an attempt does each operation.
    fn count(&self, attempt: impl FnOnce(&Self)) -> BTreeMap<Operation, u64> {
        let before = self.files.operations().len();
        attempt(self);
        let mut counts = BTreeMap::new();
        for operation in self.files.operations().drain(before..) {
            *counts.entry(operation).or_default() += 1;
        }
        counts
    }

    fn assert_verifies(&self, name: &str, size: u64, context: &str) {
        let report = verify(&self.directory(name), &mut ()).unwrap();
        assert!(report.is_good(), "{context}: {:?}", report.findings);
        assert_eq!(report.size, size, "{context}");
    }

    /// The backup can be restored whole, with at least so many entries; where none was ever finished, that is said.
    fn assert_backup(&self, at_least: u64, context: &str) {
        let is_there = self.files.contents(&self.path("backup").join(MANIFEST_FILE)).is_some();
        match self.restore_into("again") {
            Ok(size) => {
                // It has verified what it copied.
                assert!(size >= at_least, "{context}: {size} of {at_least}");
            }
            Err(error) => {
                let is_clear = matches!(error, BackupError::NoManifest { .. }) && error.hint().is_some();
                assert!(at_least == 0 && !is_there && is_clear, "{context}: {error:?}");
            }
        }
    }

    /// What a restore left behind is whole, or nothing that anybody takes for a log.
    fn assert_restored_or_not(&self, name: &str, size: u64, context: &str) {
        let directory = self.directory(name);
        match is_restored(&directory) {
            Ok(Some(restored)) => {
                assert_eq!(restored.size, size, "{context}");
                self.assert_verifies(name, size, context);
            }
            Ok(None) => assert!(!directory.holds_a_log().unwrap(), "{context}"),
            Err(error) => {
                assert!(matches!(error, LogError::RestoreUnfinished { .. }), "{context}: {error:?}");
                assert!(error.hint().is_some(), "{context}");
                assert!(Recorder::open(&directory).is_err(), "{context}");
            }
        }
    }
}

/// Faults at every change that an attempt makes, and at every fourth look.
fn each_fault(counts: &BTreeMap<Operation, u64>) -> impl Iterator<Item = Fault> {
    let counted = OPERATIONS.into_iter().flat_map(|operation| {
        let step = if operation.is_mutation() { 1 } else { 4 };
        (1..=counts.get(&operation).copied().unwrap_or(0)).step_by(step).map(move |n| (operation, n))
    });
    counted.map(|(operation, n)| {
        let error = if n % 2 == 0 { FaultError::NoSpace } else { FaultError::Io };
        Fault { trigger: Trigger::Nth(operation, n), error, effect: effect_of(n) }
    })
}

/// What the failing operation does all the same: each in turn.
fn effect_of(n: u64) -> Effect {
    match n % 3 {
        0 => Effect::Persisted,
        1 => Effect::NotPersisted,
        _ => Effect::Partly(n),
    }
}

/// Each call of a run fails once: of a first run, and of one that must take words out of the first segment.
#[test]
fn a_call_that_fails_in_a_backup_harms_neither_log_nor_earlier_backup() {
    for (disk, earlier, size) in
        [(Disk::with_two_segments(), 0, 27), (Disk::with_a_backup_and_a_redaction(), 27, 29)]
    {
        let counts = disk.fork().count(|fork| assert_eq!(fork.back_up().unwrap().manifest.size, size));
        let before = disk.fork().contents("data");
        let mut failed = 0;
        for fault in each_fault(&counts) {
            let context = format!("{fault:?}");
            let fork = disk.fork();
            fork.files.arm(fault);
            let result = fork.back_up();
            fork.files.disarm();
            assert!(fork.contents("data") == before, "{context}: the log was changed");
            match result {
                Ok(done) => assert_eq!(done.manifest.size, size, "{context}"),
                Err(error) => {
                    failed += 1;
                    let told = crate::error::chain(&error);
                    assert!(told.contains(&*disk.place.path().to_string_lossy()), "{context}: {told}");
                    fork.fork_again().assert_backup(earlier, &context);
                }
            }
            assert_eq!(fork.back_up().unwrap().manifest.size, size, "{context}");
            assert_eq!(fork.holds_name("backup"), earlier == 0, "{context}");
            fork.assert_verifies("backup", size, &context);
        }
        assert!(failed > 20, "{failed}");
    }
}

/// The power is cut at each change that a run makes to the disk.
#[test]
fn a_power_cut_in_a_backup_leaves_the_earlier_one_or_the_new_one() {
    for (disk, earlier, size) in
        [(Disk::with_two_segments(), 0, 27), (Disk::with_a_backup_and_a_redaction(), 27, 29)]
    {
        let counts = disk.fork().count(|fork| assert_eq!(fork.back_up().unwrap().manifest.size, size));
        let changes: u64 =
            counts.iter().filter(|(operation, _)| operation.is_mutation()).map(|(_, count)| count).sum();
        let before = disk.fork().contents("data");
        for n in 1..=changes {
            {
                let effect = effect_of(n);
                let context = format!("change {n}, {effect:?}");
                let fork = disk.fork();
                let trigger = Trigger::DeadFromMutation(n);
                fork.files.arm(Fault { trigger, error: FaultError::Io, effect });
                drop(fork.back_up());
                fork.files.power_cut(n);
                assert!(fork.contents("data") == before, "{context}: the log was changed");
                fork.fork_again().assert_backup(earlier, &context);
                assert_eq!(fork.back_up().unwrap().manifest.size, size, "{context}");
                assert_eq!(fork.holds_name("backup"), earlier == 0, "{context}");
                fork.assert_verifies("backup", size, &context);
            }
        }
    }
}

/// Each call of a restore fails once: the backup is as it was, and what lies in the target is never taken for the log.
#[test]
fn a_call_that_fails_in_a_restore_leaves_nothing_that_passes_for_a_log() {
    let disk = Disk::with_two_segments();
    disk.here().back_up().unwrap();
    let counts = disk.fork().count(|fork| assert_eq!(fork.restore_into("again").unwrap(), 27));
    let before = disk.fork().contents("backup");
    let mut failed = 0;
    for fault in each_fault(&counts) {
        let context = format!("{fault:?}");
        let fork = disk.fork();
        fork.files.arm(fault);
        let result = fork.restore_into("again");
        fork.files.disarm();
        assert!(fork.contents("backup") == before, "{context}: the backup was changed");
        if let Err(error) = &result {
            failed += 1;
            let told = crate::error::chain(error);
            assert!(told.contains(&*disk.place.path().to_string_lossy()), "{context}: {told}");
        }
        fork.assert_restored_or_not("again", 27, &context);
        // It is not gone on with by mistake.
        match fork.restore_into("again") {
            Ok(size) => assert!(result.is_err() && size == 27, "{context}"),
            Err(error) => assert!(matches!(error, BackupError::NotEmpty { .. }), "{context}: {error:?}"),
        }
        assert_eq!(fork.restore_into("elsewhere").unwrap(), 27, "{context}");
        fork.assert_verifies("elsewhere", 27, &context);
    }
    assert!(failed > 20, "{failed}");
}

#[test]
fn a_power_cut_in_a_restore_leaves_nothing_that_passes_for_a_log() {
    let disk = Disk::with_two_segments();
    disk.here().back_up().unwrap();
    let counts = disk.fork().count(|fork| assert_eq!(fork.restore_into("again").unwrap(), 27));
    let changes: u64 =
        counts.iter().filter(|(operation, _)| operation.is_mutation()).map(|(_, count)| count).sum();
    let before = disk.fork().contents("backup");
    for n in 1..=changes + 1 {
        {
            let effect = effect_of(n);
            let context = format!("change {n}, {effect:?}");
            let fork = disk.fork();
            fork.files.arm(Fault { trigger: Trigger::DeadFromMutation(n), error: FaultError::Io, effect });
            let result = fork.restore_into("again");
            fork.files.power_cut(n);
            assert!(fork.contents("backup") == before, "{context}: the backup was changed");
            if result.is_ok() {
                assert!(is_restored(&fork.directory("again")).unwrap().is_some(), "{context}");
            }
            fork.assert_restored_or_not("again", 27, &context);
            assert_eq!(fork.restore_into("elsewhere").unwrap(), 27, "{context}");
            fork.assert_verifies("elsewhere", 27, &context);
        }
    }
}

/// The writer died, or the disk failed, in the midst of a redaction: the backup says so, verifies, and the restored log finishes it.
#[test]
fn a_backup_of_a_redaction_that_was_interrupted_is_finished_where_it_is_restored() {
    let document = crate::blobs::digest_of(DOCUMENT);
    let parts = [(1, Some(1), None), (0, None, Some(document))];
    let mut interrupted = 0;
    for n in 1.. {
        let (context, disk) = (format!("change {n}"), Disk::with_long_notes(1));
        let here = disk.here();
        here.back_up().unwrap();
        let mut recorder = Recorder::open(&here.directory("data")).unwrap();
        let trigger = Trigger::DeadFromMutation(n);
        here.files.arm(Fault { trigger, error: FaultError::Io, effect: Effect::Partly(n) });
        let is_done = recorder.redact(&parts).is_ok();
        drop(recorder);
        here.files.kill();
        let done = here.back_up().unwrap();
        let is_recorded = done.manifest.size == 5;
        interrupted += u64::from(is_recorded && !is_done);
        assert!(done.is_redacting || !is_recorded || !here.holds_name("backup"), "{context}");
        assert_eq!(here.restore_into("again").unwrap(), done.manifest.size, "{context}");
        here.assert_verifies("again", done.manifest.size, &context);
        drop(Recorder::open(&here.directory("again")).unwrap());
        assert_eq!(here.holds_name("again"), !is_recorded, "{context}");
        // Who comes back to the log finishes it, and the next run takes the words out.
        Recorder::open(&here.directory("data")).unwrap().close();
        assert!(!here.back_up().unwrap().is_redacting, "{context}");
        assert_eq!(here.holds_name("backup"), !is_recorded, "{context}");
        if is_done {
            break;
        }
    }
    assert!(interrupted > 3, "{interrupted}");
}

impl Fork<'_> {
    /// A copy in which something can be tried out.
    fn fork_again(&self) -> Self {
        Self { disk: self.disk, files: self.files.fork() }
    }
}
