//! What a directory may hold where a log is begun, and that its names are durable.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use docket_domain::Origin;

use super::super::{open, open_read_only};
use crate::fs::{
    Access, Effect, Fault, FaultError, FaultyFileSystem, FileHandle, FileSystem, Privacy, RealFileSystem,
    Trigger,
};
use crate::testing::{ORIGIN, Place};
use crate::{DataDirectory, LogError};

/// A key that goes on with an empty journal would sign a second history.
#[test]
fn a_log_that_lost_its_journal_is_not_begun_again() {
    for trace in ["sled", "sled.mark", "blobs"] {
        let place = Place::new();
        let mut recorder = place.open();
        place.data().blobs().put(b"a document").unwrap();
        recorder.notes(3);
        drop(recorder);
        fs::remove_dir_all(place.file("journal")).unwrap();
        let (sled, mark, blobs) = (place.file("sled"), place.file("sled.mark"), place.file("blobs"));
        for other in [sled, mark, blobs].iter().filter(|path| !path.ends_with(trace)) {
            if other.is_dir() { fs::remove_dir_all(other).unwrap() } else { fs::remove_file(other).unwrap() }
        }
        for _ in 0..2 {
            let refused = place.try_open().unwrap_err();
            assert!(matches!(refused, LogError::JournalBehind { journal: 0, known: 1.., .. }), "{refused:?}");
            assert!(!place.file("journal").exists(), "{trace}");
        }
    }
    let place = Place::with_commits(&[]);
    let key = fs::read(place.file("log.key")).unwrap();
    for directory in ["journal", "sled"] {
        fs::remove_dir_all(place.file(directory)).unwrap();
    }
    fs::remove_file(place.file("sled.mark")).unwrap();
    fs::create_dir(place.file("blobs")).unwrap();
    place.open().close();
    assert_eq!(fs::read(place.file("log.key")).unwrap(), key, "a key alone is taken over");
}

#[test]
fn a_journal_that_cannot_be_listed_is_not_a_missing_one() {
    let place = Place::with_commits(&[3]);
    let journal = place.beside("journal");
    fs::rename(place.file("journal"), &journal).unwrap();
    fs::write(place.file("journal"), b"").unwrap();
    assert!(matches!(place.try_open(), Err(LogError::Io { operation: "list", .. })));
    assert!(matches!(open_read_only(&place.data()), Err(LogError::Io { operation: "list", .. })));
    fs::remove_file(place.file("journal")).unwrap();
    fs::rename(&journal, place.file("journal")).unwrap();
    assert_eq!(place.open().entries.len(), 3);
}

/// The lock is a name for everybody to meet at. sled has one of its own, so that a second writer is kept out without it.
#[test]
fn a_second_writer_is_kept_out_also_where_the_lock_was_deleted() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.notes(2);
    fs::remove_file(place.file("lock")).unwrap();
    let segment = fs::read(place.segment()).unwrap();
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, LogError::Store(crate::store::StoreError::InUse { .. })), "{refused:?}");
    assert!(fs::read(place.segment()).unwrap() == segment, "nothing was written");
    recorder.notes(1);
    recorder.close();
    let report = crate::verify::verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good() && report.size == 3, "{report:?}");
}

/// The real file system, remembering which directories were synced.
#[derive(Debug, Default)]
struct Watched {
    synced: Mutex<Vec<PathBuf>>,
}

impl FileSystem for Watched {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FileHandle>> {
        RealFileSystem.open(path, access)
    }

    fn create_new(&self, path: &Path, privacy: Privacy) -> io::Result<Box<dyn FileHandle>> {
        RealFileSystem.create_new(path, privacy)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        RealFileSystem.create_directory(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealFileSystem.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealFileSystem.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.synced.lock().unwrap().push(path.to_owned());
        RealFileSystem.sync_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        RealFileSystem.list(path)
    }
}

#[test]
fn the_names_of_all_directories_that_are_made_are_durable() {
    let place = tempfile::tempdir().unwrap();
    let files = Arc::new(Watched::default());
    let data = DataDirectory::new(&place.path().join("a/b/data"), Arc::clone(&files) as Arc<dyn FileSystem>);
    open(&data, Some(&Origin::new(ORIGIN).unwrap())).unwrap().log.close().unwrap();
    let synced = files.synced.lock().unwrap();
    for holder in [place.path().to_owned(), place.path().join("a"), place.path().join("a/b")] {
        assert!(synced.contains(&holder), "{} in {synced:?}", holder.display());
    }
}

/// A process that was killed has made some of the directories, and the last of them perhaps in the page cache only.
#[test]
fn the_directories_that_a_killed_process_made_are_durable_too() {
    let top = Path::new("/disk");
    let data = top.join("a/b/data");
    for step in 1..=6 {
        for seed in 0..8 {
            let files = FaultyFileSystem::new(top);
            let directory = DataDirectory::new(&data, Arc::new(files.clone()));
            let trigger = Trigger::DeadFromMutation(step);
            files.arm(Fault { trigger, error: FaultError::Io, effect: Effect::Persisted });
            let _: Result<(), LogError> = directory.create();
            files.kill();
            directory.create().unwrap();
            files.power_cut(seed);
            assert!(files.list(&data).is_ok(), "step {step}");
        }
    }
}
