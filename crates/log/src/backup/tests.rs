//! Backups beside a writer, across redactions, on a disk that fails; and what may be done with a restored one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::Timestamp;

use super::{
    BackedUp, BackupError, LaterCheckpoint, MANIFEST_FILE, Manifest, backup, confirm, is_restored, restore,
};
use crate::fs::{Effect, Fault, FaultError, FaultyFileSystem, FileSystem, RealFileSystem, Trigger};
use crate::testing::{Place, Recorder, edit, note, recommendation, snapshot, source};
use crate::verify::checkpoint::{Shown, compare_checkpoint};
use crate::verify::verify;
use crate::{DataDirectory, LogError, Notice};

const DOCUMENT: &[u8] = b"a document that names Jane Roe\n";

pub(super) fn real() -> Arc<dyn FileSystem> {
    Arc::new(RealFileSystem)
}

pub(super) fn back_up(place: &Place) -> BackedUp {
    backup(&place.data(), &place.beside("backup"), Timestamp::EPOCH).unwrap()
}

/// Restores the backup of a place into a new one, with the key put back.
fn restored(from: &Place) -> Place {
    let place = Place::new();
    restore(&real(), &from.beside("backup"), &place.data()).unwrap();
    std::fs::copy(from.file("log.key"), place.file("log.key")).unwrap();
    place
}

pub(super) fn with_words() -> (Place, Recorder) {
    let place = Place::new();
    let mut recorder = place.open();
    place.data().blobs().put(DOCUMENT).unwrap();
    recorder.commit(vec![source(DOCUMENT)]);
    recorder.commit(vec![(recommendation(1), note("said by Jane Roe")), (recommendation(2), note("other"))]);
    (place, recorder)
}

fn holds(directory: &Path, words: &[u8]) -> Vec<PathBuf> {
    let holds = |bytes: &[u8]| bytes.windows(words.len()).any(|window| window == words);
    snapshot(directory).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

pub(super) fn checkpoint(recorder: &Recorder) -> Vec<u8> {
    recorder.log.reader().last_checkpoint().unwrap().unwrap().to_string().into_bytes()
}

#[test]
fn a_backup_is_taken_beside_a_writer_and_copies_what_changed() {
    let (place, mut recorder) = with_words();
    let first = back_up(&place);
    assert_eq!((first.manifest.size, first.is_redacting), (3, false));
    assert_eq!(first.manifest.root, recorder.log.reader().head().root.to_base64());
    let paths: Vec<_> =
        first.manifest.files.iter().map(|file| file.path.split('/').next().unwrap()).collect();
    assert_eq!(paths, ["blobs", "journal", "log.vkey"], "neither sled nor a secret key");
    assert_eq!(first.copied_files, 3);
    assert_eq!(back_up(&place).copied_files, 0);
    // Enough for a second segment: then only what is new is copied.
    let long = "word ".repeat(10_000);
    for _ in 0..30 {
        recorder.commit(vec![(recommendation(1), note(&long))]);
    }
    assert!(
        back_up(&place).manifest.files.iter().filter(|file| file.path.starts_with("journal/")).count() > 1
    );
    recorder.notes(1);
    let last = back_up(&place);
    assert_eq!((last.copied_files, last.manifest.size), (1, 34));
    let checked = DataDirectory::new(&place.beside("backup"), real());
    let report = verify(&checked, &mut ()).unwrap();
    assert!(report.is_good(), "{report:?}");
    assert_eq!((report.size, report.blobs), (34, 1));
}

#[test]
fn a_later_run_leaves_no_redacted_words_behind() {
    let (place, mut recorder) = with_words();
    back_up(&place);
    assert_eq!(holds(&place.beside("backup"), b"Jane Roe").len(), 2);
    let digest = crate::blobs::digest_of(DOCUMENT);
    recorder.redact(&[(1, Some(1), None), (0, None, Some(digest))]).unwrap();
    back_up(&place);
    assert_eq!(holds(&place.beside("backup"), b"Jane Roe"), Vec::<PathBuf>::new());
    let other = restored(&place);
    let report = verify(&other.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{report:?}");
    // The restored directory knows what may never be written again.
    assert!(matches!(other.data().blobs().put(DOCUMENT), Err(crate::blobs::BlobError::Redacted { .. })));
}

#[test]
fn only_its_own_log_goes_into_a_backup() {
    let (place, recorder) = with_words();
    back_up(&place);
    recorder.close();
    let other = Place::with_commits(&[5]);
    let into = |target: &Path| backup(&other.data(), target, Timestamp::EPOCH);
    assert!(matches!(into(&place.beside("backup")), Err(BackupError::OtherHistory { size: 3, .. })));
    let elsewhere = other.beside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("letter.txt"), b"x").unwrap();
    assert!(matches!(into(&elsewhere), Err(BackupError::NotABackup { .. })));
    let empty = Place::new();
    assert!(matches!(
        backup(&empty.data(), &elsewhere, Timestamp::EPOCH),
        Err(BackupError::Log(LogError::NoLog { .. }))
    ));
}

#[test]
fn a_restored_log_is_only_read_until_it_is_shown_a_checkpoint() {
    let (place, recorder) = with_words();
    let earlier = checkpoint(&recorder);
    let mut recorder = recorder;
    recorder.notes(4);
    let newest = checkpoint(&recorder);
    recorder.close();
    let done = back_up(&place);
    let mut recorder = place.open();
    recorder.notes(2);
    let later = checkpoint(&recorder);
    recorder.close();

    let other = restored(&place);
    for _ in 0..2 {
        let mut refused = other.open();
        assert!(refused.notices.contains(&Notice::Restored { size: 7 }), "{:?}", refused.notices);
        let drafts = refused.drafts(vec![(recommendation(1), note("new"))]);
        assert!(matches!(refused.append(drafts), Err(LogError::Restored { size: 7 })));
        assert!(matches!(refused.redact(&[(1, Some(1), None)]), Err(LogError::Restored { .. })));
        assert_eq!(refused.log.reader().size(), 7);
        refused.close();
    }
    let report = verify(&other.data(), &mut ()).unwrap();
    assert!(report.is_good() && report.notices.iter().any(|notice| notice.code == "restored"), "{report:?}");

    // Entries were acknowledged that are not here: one root per size, ever.
    let show = |checkpoint: &[u8]| confirm(&other.data(), checkpoint, LaterCheckpoint::NothingStated);
    let missing = show(&later).unwrap_err();
    assert!(matches!(missing, BackupError::EntriesMissing { signed: 9, restored: 7 }), "{missing}");
    let stated = confirm(&other.data(), &later, LaterCheckpoint::NoneIsKnown);
    assert!(
        matches!(stated, Err(BackupError::EntriesMissing { .. })),
        "no statement helps against a signature"
    );
    let foreign = Place::with_commits(&[7]);
    let foreign = checkpoint(&foreign.open());
    assert!(matches!(show(&foreign), Err(BackupError::Checkpoint { .. })));
    assert!(matches!(show(b"nonsense"), Err(BackupError::Checkpoint { .. })));
    // An older one, and the backup's own, agree with it also where entries are missing.
    let older = show(&earlier).unwrap_err();
    assert!(matches!(older, BackupError::OlderCheckpoint { signed: 3, restored: 7 }), "{older}");
    let of_backup = done.manifest.checkpoint.unwrap();
    for own in [of_backup.as_bytes(), &newest] {
        // The log signs the same bytes for the same size, so that neither says more than the backup.
        assert!(show(own).is_err());
    }
    assert!(is_restored(&other.data()).unwrap().is_some());
    confirm(&other.data(), &earlier, LaterCheckpoint::NoneIsKnown).unwrap();
    assert!(matches!(show(&newest), Err(BackupError::NotRestored { .. })));
    let mut writable = other.open();
    assert_eq!(writable.notices, []);
    writable.notes(1);
    writable.close();
}

/// The same size, signed by the same key over another history: what a rolled-back and continued log would show.
#[test]
fn another_history_under_the_same_key_is_named() {
    let place = Place::with_commits(&[5]);
    back_up(&place);
    let other = restored(&place);
    let mut recorder = place.open();
    recorder.notes(2);
    recorder.close();
    let forked = Place::new();
    crate::testing::copy(&place.beside("backup"), &forked.path());
    std::fs::remove_file(forked.file(MANIFEST_FILE)).unwrap();
    std::fs::copy(place.file("log.key"), forked.file("log.key")).unwrap();
    let mut fork = forked.open();
    fork.history = 1;
    fork.notes(2);
    let signed_by_fork = checkpoint(&fork);
    fork.close();
    let shown = compare_checkpoint(&place.data(), &signed_by_fork).unwrap();
    assert!(matches!(shown, Shown::HistoryDiffers { .. }), "{shown:?}");
    let shown = compare_checkpoint(&other.data(), &signed_by_fork).unwrap();
    assert!(matches!(shown, Shown::EntriesMissing { .. }), "{shown:?}");
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let (place, recorder) = with_words();
    back_up(&place);
    recorder.close();
    let target = Place::new();
    let try_restore = || restore(&real(), &place.beside("backup"), &target.data());
    let files = snapshot(&place.beside("backup")).into_iter().filter(|(_, bytes)| !bytes.is_empty());
    for (file, _) in files {
        let whole = std::fs::read(&file).unwrap();
        let written = whole.iter().rposition(|byte| *byte != 0).unwrap();
        // The manifest's word on a segment is only a hint, because the frames tell what is true; that it is no manifest is found.
        let places = if file.ends_with(MANIFEST_FILE) { vec![0] } else { vec![0, written / 2, written] };
        for at in places {
            edit(&file, |bytes| bytes[at] ^= 1);
            let refused = try_restore();
            assert!(refused.is_err(), "byte {at} of {}", file.display());
            assert!(!target.path().exists(), "nothing was written");
            std::fs::write(&file, &whole).unwrap();
        }
        std::fs::remove_file(&file).unwrap();
        assert!(try_restore().is_err(), "without {}", file.display());
        std::fs::write(&file, &whole).unwrap();
    }
    try_restore().unwrap();
    assert!(matches!(try_restore(), Err(BackupError::NotEmpty { .. })));
    edit(&target.data().restored(), |bytes| bytes[30] ^= 1);
    assert!(matches!(target.try_open(), Err(LogError::RestoreUnfinished { .. })));
}

/// What no signature in the backup covers is checked by form, root and order, and counted; a checkpoint that was not signed so is refused.
#[test]
fn a_restore_says_what_no_signature_covers_and_checks_the_one_of_the_manifest() {
    let (place, mut recorder) = with_words();
    recorder.notes(2);
    // Beside its writer: nothing has stored the signature of the last commit yet.
    let beside = back_up(&place);
    assert_eq!(restore(&real(), &place.beside("backup"), &Place::new().data()).unwrap().unsigned, 2);
    recorder.close();
    let closed = back_up(&place);
    assert_eq!(restore(&real(), &place.beside("backup"), &Place::new().data()).unwrap().unsigned, 0);

    let other = Place::with_commits(&[5]);
    let foreign = checkpoint(&other.open());
    let foreign = String::from_utf8(foreign).unwrap();
    let earlier = beside.manifest.checkpoint.clone().unwrap();
    let signed = closed.manifest.checkpoint.clone().unwrap();
    let size = |note: &str, size: &str| note.replacen("\n5\n", &format!("\n{size}\n"), 1);
    for forged in [foreign, size(&signed, "4"), signed.replacen('\n', "\nx", 1), String::new()] {
        let manifest = Manifest { checkpoint: Some(forged), ..closed.manifest.clone() };
        let text = serde_json::to_vec(&manifest).unwrap();
        std::fs::write(place.beside("backup").join(MANIFEST_FILE), text).unwrap();
        let target = Place::new();
        let refused = restore(&real(), &place.beside("backup"), &target.data()).unwrap_err();
        assert!(
            matches!(&refused, BackupError::Damaged { first, .. } if first.contains("backup.json")),
            "{refused}"
        );
        assert!(!target.path().exists(), "nothing was written");
    }
    // An earlier one that is good covers less.
    let manifest = Manifest { checkpoint: Some(earlier), ..closed.manifest };
    std::fs::write(place.beside("backup").join(MANIFEST_FILE), serde_json::to_vec(&manifest).unwrap())
        .unwrap();
    assert_eq!(restore(&real(), &place.beside("backup"), &Place::new().data()).unwrap().unsigned, 2);
}

/// The same key signed another history: the signature is good, and the root is not that of the entries.
#[test]
fn a_manifest_with_a_checkpoint_of_another_history_is_refused() {
    let place = Place::with_commits(&[5]);
    let forked = Place::new();
    crate::testing::copy(&place.path(), &forked.path());
    let mut recorder = place.open();
    recorder.notes(1);
    recorder.close();
    let manifest = back_up(&place).manifest;
    let mut fork = forked.open();
    fork.history = 1;
    fork.notes(1);
    let forged = Some(String::from_utf8(checkpoint(&fork)).unwrap());
    let manifest = Manifest { checkpoint: forged, ..manifest };
    std::fs::write(place.beside("backup").join(MANIFEST_FILE), serde_json::to_vec(&manifest).unwrap())
        .unwrap();
    let refused = restore(&real(), &place.beside("backup"), &Place::new().data()).unwrap_err();
    assert!(
        matches!(&refused, BackupError::Damaged { first, .. } if first.contains("has signed")),
        "{refused}"
    );
}

/// A data directory on a disk that fails at every step of a second backup: the first one can be restored at every moment.
#[test]
fn an_interrupted_run_leaves_a_backup_that_can_be_restored() {
    let steps = |disk: &FaultyFileSystem| {
        disk.operations().iter().filter(|operation| operation.is_mutation()).count() as u64
    };
    let prepare = || {
        let place = tempfile::tempdir().unwrap();
        let (data, target) = (place.path().join("data"), place.path().join("backup"));
        let disk = FaultyFileSystem::new(place.path());
        std::fs::create_dir(&data).unwrap();
        // The locks are taken on the real disk.
        std::fs::create_dir(&target).unwrap();
        disk.create_directory(&data).unwrap();
        disk.sync_directory(place.path()).unwrap();
        let directory = DataDirectory::new(&data, Arc::new(disk.clone()));
        let mut recorder = Recorder::open(&directory).unwrap();
        recorder.notes(3);
        backup(&directory, &target, Timestamp::EPOCH).unwrap();
        recorder.notes(2);
        recorder.redact(&[(1, Some(1), None)]).unwrap();
        (place, disk, directory, target)
    };
    let (_place, disk, directory, target) = prepare();
    let before = steps(&disk);
    backup(&directory, &target, Timestamp::EPOCH).unwrap();
    let changes = steps(&disk) - before;
    assert!(changes > 5, "{changes}");
    for n in 1..=changes {
        let (place, disk, directory, target) = prepare();
        let fault =
            Fault { trigger: Trigger::DeadFromMutation(n), error: FaultError::Io, effect: Effect::Partly(n) };
        disk.arm(fault);
        drop(backup(&directory, &target, Timestamp::EPOCH));
        disk.power_cut(n);
        let files: Arc<dyn FileSystem> = Arc::new(disk.clone());
        let manifest = Manifest::read(files.as_ref(), &target, MANIFEST_FILE).unwrap().unwrap();
        let data = place.path().join("again");
        std::fs::create_dir(&data).unwrap();
        let again = DataDirectory::new(&data, Arc::clone(&files));
        let restored = restore(&files, &target, &again).unwrap_or_else(|error| panic!("{n}: {error:?}"));
        assert!(restored.head.size >= manifest.size && restored.head.size >= 3, "{n}");
        let again = backup(&directory, &target, Timestamp::EPOCH).unwrap();
        assert_eq!(again.manifest.size, 6, "{n}");
    }
}

/// As the test above, with the redacted words in another segment than their redaction.
#[test]
fn an_interrupted_run_over_two_segments_leaves_a_backup_that_can_be_restored() {
    let (place, mut recorder) = with_words();
    let long = "word ".repeat(10_000);
    for _ in 0..30 {
        recorder.commit(vec![(recommendation(1), note(&long))]);
    }
    back_up(&place);
    recorder.redact(&[(1, Some(1), None)]).unwrap();
    // The second segment cannot be copied.
    let obstacle = place.beside("backup").join("journal").join("00000000000000000001.seg.tmp");
    std::fs::create_dir(&obstacle).unwrap();
    assert!(backup(&place.data(), &place.beside("backup"), Timestamp::EPOCH).is_err());
    std::fs::remove_dir(&obstacle).unwrap();
    restore(&real(), &place.beside("backup"), &Place::new().data()).unwrap();
}
