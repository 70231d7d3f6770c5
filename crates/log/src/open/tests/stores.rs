//! A store that is lost, old, damaged or distrusted costs time and no record.

use std::fs;

use super::super::{Notice, rebuild};
use crate::LogError;
use crate::fs::{FileSystem, RealFileSystem};
use crate::store::mark::{Mark, MarkState};
use crate::testing::{Place, copy, edit, finished, silence_sled};

/// Opens, sees that all entries are there and that another can be recorded, closes, and returns the notices.
fn reopened(place: &Place, size: usize) -> Vec<Notice> {
    silence_sled();
    let mut recorder = place.open();
    assert_eq!(recorder.entries.len(), size);
    let notices = recorder.notices.clone();
    recorder.notes(1);
    recorder.close();
    notices
}

fn mark(place: &Place) -> Mark {
    Mark::read(place.data().file_system(), &place.data().mark()).unwrap().unwrap()
}

fn write_mark(place: &Place, mark: &Mark) {
    mark.write(place.data().file_system(), &place.data().mark()).unwrap();
}

fn rebuilt(notices: &[Notice], because: &str) {
    assert!(
        matches!(notices, [Notice::StoreRebuilt { reason, .. }] if reason.contains(because)),
        "{because}: {notices:?}"
    );
}

#[test]
fn a_clean_close_and_opening_says_nothing() {
    let place = Place::with_commits(&[100, 50, 1]);
    assert_eq!(mark(&place).state, MarkState::Clean);
    assert_eq!(mark(&place).size, 151);
    assert_eq!(reopened(&place, 151), []);
    assert_eq!(mark(&place).size, 152);
}

#[test]
fn a_store_that_is_gone_is_made_from_the_journal() {
    let place = Place::with_commits(&[100, 50]);
    fs::remove_dir_all(place.data().store()).unwrap();
    rebuilt(&reopened(&place, 150), "there was none");
    fs::remove_file(place.data().mark()).unwrap();
    rebuilt(&reopened(&place, 151), "its mark is missing");
    fs::remove_dir_all(place.data().store()).unwrap();
    fs::remove_file(place.data().mark()).unwrap();
    rebuilt(&reopened(&place, 152), "there was none");
    assert_eq!(reopened(&place, 153), []);
}

#[test]
fn an_older_store_is_caught_up() {
    let place = Place::with_commits(&[100]);
    let old = place.beside("old");
    copy(&place.data().store(), &old);
    let mut recorder = place.open();
    recorder.notes(200);
    recorder.close();
    copy(&old, &place.data().store());
    assert_eq!(reopened(&place, 300), [Notice::StoreCaughtUp { from: finished(100), to: 300 }]);
    assert_eq!(reopened(&place, 301), []);
}

#[test]
fn a_store_that_was_open_when_the_machine_restarted_is_distrusted_until_it_is_gone() {
    let place = Place::with_commits(&[200]);
    let before = Mark { boot: "an earlier boot".to_owned(), state: MarkState::Open, ..mark(&place) };
    write_mark(&place, &before);
    // An opening that refuses, here because the journal is damaged, must not make the store trusted.
    let good = fs::read(place.segment()).unwrap();
    edit(&place.segment(), |bytes| bytes[600] ^= 1);
    assert!(place.try_open().is_err());
    assert_eq!(mark(&place), before);
    fs::write(place.segment(), good).unwrap();
    rebuilt(&reopened(&place, 200), "not closed before the machine restarted");
    assert_eq!(mark(&place).boot, RealFileSystem.boot_id());
    assert_eq!(reopened(&place, 201), []);
}

#[test]
fn under_the_same_boot_a_store_that_was_not_closed_is_trusted() {
    let place = Place::with_commits(&[200]);
    write_mark(&place, &Mark { state: MarkState::Open, ..mark(&place) });
    assert_eq!(reopened(&place, 200), []);
}

#[test]
fn garbage_in_the_files_of_sled_is_made_anew() {
    silence_sled();
    let place = Place::with_commits(&[256, 256]);
    let (good, files) = (place.beside("good"), place.data().store());
    copy(&files, &good);
    let length = usize::try_from(fs::metadata(files.join("db")).unwrap().len()).unwrap();
    for (name, change) in [
        ("all zero", Box::new(|bytes: &mut Vec<u8>| bytes.fill(0)) as Box<dyn Fn(&mut Vec<u8>)>),
        ("empty", Box::new(Vec::clear)),
        ("half", Box::new(move |bytes| bytes.truncate(length / 2))),
        (
            "noise",
            Box::new(|bytes| {
                bytes.iter_mut().zip((0..=255).cycle()).for_each(|(byte, noise)| *byte ^= noise);
            }),
        ),
        ("a hole", Box::new(move |bytes| bytes[length / 4..length / 2].fill(0xff))),
    ] {
        copy(&good, &files);
        edit(&files.join("db"), |bytes| change(bytes));
        let recorder = place.open();
        assert_eq!(recorder.entries.len(), 512, "{name}");
        for index in 0..512 {
            assert_eq!(
                recorder.log.reader().event(index).unwrap(),
                recorder.entries[crate::testing::place(index)],
                "{name}"
            );
        }
        recorder.close();
        assert_eq!(place.open().notices, [], "{name}");
    }
}

#[test]
fn an_empty_snapshot_of_sled_stops_nothing() {
    silence_sled();
    let place = Place::with_commits(&[200]);
    fs::write(place.data().store().join("snap.0000000000000000"), b"").unwrap();
    reopened(&place, 200);
    assert_eq!(reopened(&place, 201), []);
}

#[test]
fn a_half_removed_store_is_finished_off() {
    let place = Place::with_commits(&[100]);
    fs::rename(place.data().store(), place.file("sled.discarded")).unwrap();
    rebuilt(&reopened(&place, 100), "there was none");
    assert!(!place.file("sled.discarded").exists());
}

#[test]
fn a_rebuild_is_the_way_out_of_a_journal_that_is_behind() {
    let place = Place::with_commits(&[100]);
    let journal = place.beside("journal");
    copy(place.data().journal().path(), &journal);
    let mut recorder = place.open();
    recorder.notes(200);
    recorder.close();
    copy(&journal, place.data().journal().path());
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, LogError::JournalBehind { journal: 100, known: 300, .. }), "{refused:?}");
    let mut seen = Vec::new();
    let done = rebuild(&place.data(), &mut |progress| seen.push(progress)).unwrap();
    let lost = Notice::EntriesLost { known: 300, journal: 100 };
    assert_eq!((done.head.size, done.notices), (100, vec![lost.clone()]));
    assert_eq!(seen.last().map(|last| (last.done, last.total)), Some((100, 100)));
    let recorder = place.open();
    assert_eq!((recorder.entries.len(), recorder.notices.as_slice()), (100, [lost].as_slice()));
}

#[test]
fn a_rebuild_refuses_a_damaged_journal_and_leaves_the_store() {
    let place = Place::with_commits(&[100, 1]);
    edit(&place.segment(), |bytes| bytes[600] ^= 1);
    let before = crate::testing::snapshot(&place.data().store());
    let refused = rebuild(&place.data(), &mut |_| {}).unwrap_err();
    assert!(matches!(refused, LogError::Journal(crate::journal::JournalError::Damaged(_))), "{refused:?}");
    assert_eq!(crate::testing::snapshot(&place.data().store()), before);
    assert_eq!(mark(&place).state, MarkState::Clean);
}
