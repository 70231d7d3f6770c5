//! What is refused, and that a refusal changes nothing of the record.

use std::fs;
use std::sync::Arc;

use docket_domain::Origin;

use super::super::{Notice, open, open_read_only, rebuild};
use crate::LogError;
use crate::fs::{LockError, RealFileSystem};
use crate::journal::JournalError;
use crate::testing::{ORIGIN, Place, copy, edit};
use crate::{DataDirectory, verify};

#[test]
fn a_directory_without_a_log_is_no_log() {
    let place = Place::new();
    assert!(matches!(open(&place.data(), None), Err(LogError::NoLog { .. })));
    assert!(matches!(open_read_only(&place.data()), Err(LogError::NoLog { .. })));
    assert!(matches!(rebuild(&place.data(), &mut |_| {}), Err(LogError::NoLog { .. })));
    assert!(matches!(verify(&place.data(), &mut ()), Err(LogError::NoLog { .. })));
    assert!(!place.path().exists(), "nothing was made");
}

#[test]
fn a_second_writer_is_locked_out_and_readers_are_not() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.notes(3);
    assert!(matches!(place.try_open(), Err(LogError::Lock(LockError::Locked { .. }))));
    assert!(matches!(rebuild(&place.data(), &mut |_| {}), Err(LogError::Lock(LockError::Locked { .. }))));
    assert!(matches!(verify(&place.data(), &mut ()), Err(LogError::Lock(LockError::Locked { .. }))));
    assert_eq!(open_read_only(&place.data()).unwrap().size(), 3);
    recorder.close();
    assert_eq!(place.open().entries.len(), 3);
}

#[test]
fn a_log_without_its_key_can_be_read_and_not_written() {
    let place = Place::with_commits(&[100, 28]);
    fs::rename(place.file("log.key"), place.beside("log.key")).unwrap();
    let mut recorder = place.open();
    assert_eq!(recorder.entries.len(), 128);
    let drafts = recorder.drafts(vec![]);
    assert!(matches!(recorder.append(drafts), Err(LogError::NoKey { .. })));
    assert!(recorder.log.reader().checkpoint_from(128).unwrap().is_some(), "it stands in the store");
    recorder.close();
    assert!(verify(&place.data(), &mut ()).unwrap().is_good());
    fs::rename(place.beside("log.key"), place.file("log.key")).unwrap();
    assert_eq!(place.open().notices, []);
}

#[test]
fn a_lost_public_key_is_written_again() {
    let place = Place::with_commits(&[1]);
    let public = fs::read(place.file("log.vkey")).unwrap();
    fs::remove_file(place.file("log.vkey")).unwrap();
    place.open().close();
    assert_eq!(fs::read(place.file("log.vkey")).unwrap(), public);
}

#[test]
fn a_new_log_does_not_take_another_logs_key_nor_replace_a_lost_one() {
    let place = Place::with_commits(&[1]);
    for name in ["journal", "sled"] {
        fs::remove_dir_all(place.file(name)).unwrap();
    }
    fs::remove_file(place.data().mark()).unwrap();
    let other = Origin::new("docket.example/other").unwrap();
    assert!(matches!(open(&place.data(), Some(&other)), Err(LogError::OtherKey { .. })));
    fs::remove_file(place.file("log.key")).unwrap();
    let same = Origin::new(ORIGIN).unwrap();
    assert!(matches!(open(&place.data(), Some(&same)), Err(LogError::NoKey { .. })));
    assert!(!place.file("journal").exists());
}

#[test]
fn another_logs_key_is_refused() {
    let place = Place::with_commits(&[1]);
    let other = tempfile::tempdir().unwrap();
    let origin = Origin::new("docket.example/other").unwrap();
    let data = DataDirectory::new(other.path(), Arc::new(RealFileSystem));
    open(&data, Some(&origin)).unwrap().log.close().unwrap();
    for name in ["log.key", "log.vkey"] {
        fs::copy(other.path().join(name), place.file(name)).unwrap();
    }
    assert!(matches!(place.try_open(), Err(LogError::OtherKey { .. })));
}

#[test]
fn an_older_journal_beside_a_newer_store_is_refused_by_what_either_knows() {
    for without_mark in [false, true] {
        let place = Place::with_commits(&[100]);
        let journal = place.beside("journal");
        copy(place.data().journal().path(), &journal);
        let mut recorder = place.open();
        recorder.notes(200);
        recorder.close();
        let newer = fs::read(place.segment()).unwrap();
        copy(&journal, place.data().journal().path());
        if without_mark {
            fs::remove_file(place.data().mark()).unwrap();
        }
        let store = crate::testing::snapshot(&journal);
        for _ in 0..2 {
            let refused = place.try_open().unwrap_err();
            assert!(matches!(refused, LogError::JournalBehind { journal: 100, .. }), "{refused:?}");
        }
        assert_eq!(fs::read(place.segment()).unwrap(), store[0].1, "the journal was left alone");
        if !without_mark {
            assert!(matches!(open_read_only(&place.data()), Err(LogError::JournalBehind { .. })));
        }
        let report = verify(&place.data(), &mut ()).unwrap();
        assert!(
            report.findings.iter().any(|finding| finding.code == "journal-behind"),
            "{:?}",
            report.findings
        );
        // The newer journal back in its place: nothing was lost.
        fs::write(place.segment(), newer).unwrap();
        assert_eq!(place.open().entries.len(), 300);
    }
}

#[test]
fn a_store_of_another_history_is_refused() {
    let place = Place::with_commits(&[200]);
    let other = Place::new();
    fs::create_dir(other.path()).unwrap();
    for name in ["log.key", "log.vkey"] {
        fs::copy(place.file(name), other.file(name)).unwrap();
    }
    let mut recorder = other.open();
    recorder.history = 1;
    recorder.notes(200);
    recorder.close();
    copy(&other.data().store(), &place.data().store());
    for _ in 0..2 {
        let refused = place.try_open().unwrap_err();
        assert!(matches!(refused, LogError::Contradiction { .. }), "{refused:?}");
    }
    let report = verify(&place.data(), &mut ()).unwrap();
    for code in ["store-differs", "record-differs", "store-meta"] {
        assert!(report.findings.iter().any(|finding| finding.code == code), "{code}");
    }
    assert_eq!(rebuild(&place.data(), &mut |_| {}).unwrap().head.size, 200);
    assert!(verify(&place.data(), &mut ()).unwrap().is_good());
    assert_eq!(place.open().notices, []);
}

/// The offset and length of the last frame of a log with two commits.
fn last_frame(place: &Place) -> (usize, usize) {
    let recorder = place.open();
    let location = recorder.entries.last().unwrap().location;
    recorder.close();
    let bytes = fs::read(place.segment()).unwrap();
    let start = usize::try_from(location.offset).unwrap();
    let sectors =
        bytes[start..].chunks(512).take_while(|sector| sector.iter().any(|byte| *byte != 0)).count();
    (start, sectors * 512)
}

#[test]
fn a_torn_write_is_cut_and_said_unless_somebody_knows_its_entries() {
    let place = Place::with_commits(&[3]);
    let mark = fs::read(place.data().mark()).unwrap();
    let store = place.beside("store");
    crate::testing::copy(&place.data().store(), &store);
    let mut recorder = place.open();
    recorder.notes(2);
    recorder.close();
    let (start, length) = last_frame(&place);
    let whole = fs::read(place.segment()).unwrap();
    for sector in (start..start + length).step_by(512) {
        fs::write(place.segment(), &whole).unwrap();
        edit(&place.segment(), |bytes| bytes[sector..sector + 512].fill(0));
        let refused = place.try_open().unwrap_err();
        assert!(
            matches!(refused, LogError::Journal(JournalError::Damaged(_)) | LogError::JournalBehind { .. }),
            "the clean mark knows five entries: {refused:?}"
        );
        assert!(!verify(&place.data(), &mut ()).unwrap().is_good());
    }
    // As if the process had died in the write: mark and sled are those from before.
    fs::write(place.data().mark(), mark).unwrap();
    fs::remove_dir_all(place.data().store()).unwrap();
    crate::testing::copy(&store, &place.data().store());
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{:?}", report.findings);
    assert!(report.notices.iter().any(|notice| notice.code == "torn-tail"));
    assert_eq!(open_read_only(&place.data()).unwrap().size(), 3);
    let mut recorder = place.open();
    assert!(matches!(recorder.notices.as_slice(), [Notice::TornTail(_)]), "{:?}", recorder.notices);
    recorder.notes(4);
    recorder.close();
    assert_eq!(place.open().notices, []);
}

#[test]
fn what_a_process_that_died_had_committed_is_signed_again_to_the_same_bytes() {
    let place = Place::with_commits(&[3]);
    let mut recorder = place.open();
    let commit = recorder.notes(2);
    drop(recorder);
    let reader = open_read_only(&place.data()).unwrap();
    assert_eq!(reader.checkpoint_from(4).unwrap(), None, "nothing is signed by a reader");
    let recorder = place.open();
    assert_eq!(recorder.log.reader().checkpoint_from(4).unwrap(), Some(commit.checkpoint));
}
