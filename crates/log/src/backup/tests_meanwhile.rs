//! What happens while a backup or a restore runs: other runs, redactions at every moment, documents that go away.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use docket_domain::Timestamp;

use super::tests::{back_up, real, with_words};
use super::{BackedUp, BackupError, backup, restore};
use crate::fs::{Access, FileHandle, FileSystem, LockError, Privacy, RealFileSystem};
use crate::testing::{Place, Recorder, snapshot};
use crate::verify::verify;
use crate::{DataDirectory, LogError};

type Hook = dyn FnMut(&Path) + Send;

/// The real disk, on which something may happen just before each operation on a name.
struct Meanwhile(Mutex<Box<Hook>>);

impl Meanwhile {
    fn new(hook: impl FnMut(&Path) + Send + 'static) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Box::new(hook))))
    }

    fn happens(&self, path: &Path) {
        self.0.lock().unwrap()(path);
    }
}

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

impl FileSystem for Meanwhile {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn FileHandle>> {
        self.happens(path);
        RealFileSystem.open(path, access)
    }

    fn create_new(&self, path: &Path, privacy: Privacy) -> io::Result<Box<dyn FileHandle>> {
        self.happens(path);
        RealFileSystem.create_new(path, privacy)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.happens(path);
        RealFileSystem.create_directory(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.happens(from);
        RealFileSystem.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.happens(path);
        RealFileSystem.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.happens(path);
        RealFileSystem.sync_directory(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        self.happens(path);
        RealFileSystem.list(path)
    }
}

/// Something that happens once, before the operation of which this is true.
fn once(
    mut is_time: impl FnMut(&Path) -> bool + Send + 'static,
    happens: impl FnOnce() + Send + 'static,
) -> Arc<Meanwhile> {
    let mut happens = Some(happens);
    Meanwhile::new(move |path| {
        if happens.is_some() && is_time(path) {
            happens.take().unwrap()();
        }
    })
}

fn is_staged_segment(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".seg.tmp")
}

fn back_up_with(place: &Place, files: Arc<Meanwhile>) -> Result<BackedUp, BackupError> {
    backup(&DataDirectory::new(&place.path(), files), &place.beside("backup"), Timestamp::EPOCH)
}

fn restore_anew(place: &Place) -> u64 {
    restore(&real(), &place.beside("backup"), &Place::new().data()).unwrap().head.size
}

fn holding(directory: &Path, words: &[u8]) -> Vec<PathBuf> {
    let holds = |bytes: &[u8]| bytes.windows(words.len()).any(|window| window == words);
    snapshot(directory).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

/// What another run into the same place is told.
type Told = Arc<Mutex<Option<Result<BackedUp, BackupError>>>>;

fn another_run(place: &Place) -> (Told, impl FnOnce() + Send + 'static) {
    let told = Told::default();
    let (tell, data, target) = (Arc::clone(&told), place.data(), place.beside("backup"));
    (told, move || *tell.lock().unwrap() = Some(backup(&data, &target, Timestamp::EPOCH)))
}

fn assert_refused(told: &Told, place: &Place, context: &str) {
    let told = told.lock().unwrap().take();
    let Some(Err(BackupError::Log(LogError::Lock(LockError::Locked { directory })))) = &told else {
        panic!("{context}: {told:?}");
    };
    assert_eq!(*directory, place.beside("backup"), "{context}");
}

#[test]
fn of_two_runs_into_one_place_the_second_is_refused_and_the_first_is_whole() {
    for moment in ["backup.json", ".seg.tmp", "backup.json.next.tmp", "backup.json.next"] {
        let (place, mut recorder) = with_words();
        back_up(&place);
        recorder.notes(1);
        let (told, run) = another_run(&place);
        let files = once(move |path| path.to_string_lossy().ends_with(moment), run);
        let done = back_up_with(&place, files).unwrap();
        assert_refused(&told, &place, moment);
        assert_eq!(done.manifest.size, 4, "{moment}");
        assert_eq!(restore_anew(&place), 4, "{moment}");
        assert_eq!(back_up(&place).copied_files, 0, "{moment}: nothing was left undone");
    }
}

/// What was verified is what is restored: a run that would change it in between is refused.
#[test]
fn no_run_changes_a_backup_that_is_being_restored() {
    let (place, mut recorder) = with_words();
    back_up(&place);
    recorder.redact(&[(1, Some(1), None)]).unwrap();
    let target = Place::new();
    let (told, run) = another_run(&place);
    let files: Arc<dyn FileSystem> = once(is_staged_segment, run);
    let restored =
        restore(&files, &place.beside("backup"), &DataDirectory::new(&target.path(), Arc::clone(&files)));
    let restored = restored.unwrap();
    assert_refused(&told, &place, "restore");
    let report = verify(&target.data(), &mut ()).unwrap();
    assert!(report.is_good() && report.size == 3, "{report:?}");
    assert_eq!(restored.head.size, 3);
    assert_eq!(back_up(&place).manifest.size, 4);
}

/// Something that happens before the n-th operation of a run.
fn before_operation(n: u64, happens: impl FnOnce() + Send + 'static) -> Arc<Meanwhile> {
    let mut count = 0;
    let is_time = move |_: &Path| {
        count += 1;
        count == n
    };
    once(is_time, happens)
}

#[test]
fn a_redaction_at_any_moment_of_a_run_leaves_a_backup_that_can_be_restored() {
    let document = crate::blobs::digest_of(b"a document that names Jane Roe\n");
    let prepared = || {
        let (place, mut recorder) = with_words();
        back_up(&place);
        recorder.notes(1);
        (place, recorder)
    };
    let redact = move |mut recorder: Recorder| {
        recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]).unwrap();
        recorder.close();
    };
    let mut sizes = Vec::new();
    for n in 1.. {
        let (place, recorder) = prepared();
        let files = before_operation(n, move || redact(recorder));
        let done = back_up_with(&place, files).unwrap_or_else(|error| panic!("{n}: {error}"));
        let holds = holding(&place.beside("backup"), b"Jane Roe");
        // Words may be there where their redaction is not, or where the run says so itself.
        assert!(done.manifest.size == 4 || done.is_redacting || holds.is_empty(), "{n}: {holds:?}");
        assert_eq!(restore_anew(&place), done.manifest.size, "{n}");
        sizes.push(done.manifest.size);
        if !holding(&place.path(), b"Jane Roe").is_empty() {
            // The run ended before that moment came.
            break;
        }
        assert!(!back_up(&place).is_redacting, "{n}");
        assert_eq!(holding(&place.beside("backup"), b"Jane Roe"), Vec::<PathBuf>::new(), "{n}");
        assert_eq!(restore_anew(&place), 6, "{n}");
    }
    assert!(sizes.len() > 20 && sizes.contains(&4) && sizes.contains(&6), "{sizes:?}");
}

#[test]
fn a_redaction_in_every_attempt_ends_the_run_and_leaves_the_earlier_backup() {
    let (place, mut recorder) = with_words();
    back_up(&place);
    let before = snapshot(&place.beside("backup").join("journal"));
    recorder.notes(1);
    let recorder = Arc::new(Mutex::new(Some(recorder)));
    let redactions = Arc::clone(&recorder);
    let mut next = 1;
    // One redaction whenever the first segment is about to be copied: those that are there, and new notes after them.
    let files = Meanwhile::new(move |path| {
        if is_staged_segment(path)
            && let Some(recorder) = redactions.lock().unwrap().as_mut()
        {
            recorder.redact(&[(next, Some(1), None)]).unwrap();
            recorder.notes(1);
            next = recorder.entries.len() as u64 - 1;
        }
    });
    let error = back_up_with(&place, files).unwrap_err();
    assert!(matches!(error, BackupError::Redacting { runs: 5 }), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("run the same backup again")));
    assert_eq!(restore_anew(&place), 3);
    let after = snapshot(&place.beside("backup").join("journal"));
    let unfinished = |(path, _): &(PathBuf, Vec<u8>)| !path.to_string_lossy().ends_with(".tmp");
    assert!(after.into_iter().filter(unfinished).eq(before));
    recorder.lock().unwrap().take().unwrap().close();
    back_up(&place);
    assert_eq!(holding(&place.beside("backup"), b"Jane Roe").len(), 1, "the document was not redacted");
    restore_anew(&place);
}

/// A document that goes away without a redaction is damage of the log, and is not hidden by the backup.
#[test]
fn a_document_that_was_deleted_by_hand_is_named() {
    let (place, mut recorder) = with_words();
    back_up(&place);
    recorder.notes(1);
    let document = place.data().blobs().path(crate::blobs::digest_of(b"a document that names Jane Roe\n"));
    let (name, delete) = (document.clone(), document.clone());
    let files = once(move |path| path == name, move || std::fs::remove_file(delete).unwrap());
    let told = crate::error::chain(&back_up_with(&place, files).unwrap_err());
    assert!(told.contains(&*document.to_string_lossy()), "{told}");
    assert_eq!(restore_anew(&place), 3, "the earlier backup is as it was");
}
