//! Entries that were recorded and signed, and that the journal does not have any more.

use std::fs;
use std::path::PathBuf;

use super::super::{Notice, rebuild};
use crate::LogError;
use crate::testing::{Place, Recorder, copy, finished};
use crate::verify::verify;

/// A log of 150 entries whose journal was replaced by the one from before the last 50, with the newer one put aside.
fn with_an_older_journal() -> (Place, PathBuf) {
    let place = Place::with_commits(&[100]);
    let (older, newer) = (place.beside("older"), place.beside("newer"));
    copy(place.data().journal().path(), &older);
    let mut recorder = place.open();
    recorder.notes(50);
    recorder.close();
    copy(place.data().journal().path(), &newer);
    copy(&older, place.data().journal().path());
    (place, newer)
}

/// Opens, and sees that the log says what it lost and takes nothing.
fn read_only(place: &Place) -> Recorder {
    let mut recorder = place.open();
    assert_eq!(recorder.notices, [Notice::EntriesLost { known: 150, journal: 100 }]);
    assert_eq!(recorder.log.reader().size(), 100);
    let drafts = recorder.drafts(vec![(crate::testing::recommendation(1), crate::testing::note("other"))]);
    let refused = recorder.append(drafts).unwrap_err();
    assert!(matches!(refused, LogError::EntriesLost { known: 150, journal: 100 }), "{refused:?}");
    recorder
}

/// Two signed roots of one size would be a fork that no receipt survives.
#[test]
fn a_log_that_lost_entries_is_read_only_until_they_are_back() {
    let (place, newer) = with_an_older_journal();
    assert!(matches!(place.try_open(), Err(LogError::JournalBehind { known: 150, journal: 100, .. })));
    for _ in 0..2 {
        assert_eq!(rebuild(&place.data(), &mut |_| {}).unwrap().head.size, 100);
        read_only(&place).close();
        // As after a crash.
        drop(read_only(&place));
        fs::remove_dir_all(place.data().store()).unwrap();
        let notices = place.open().notices;
        assert!(notices.contains(&Notice::EntriesLost { known: 150, journal: 100 }), "{notices:?}");
        // Neither a damaged mark nor a missing one makes it forget.
        fs::write(place.data().mark(), b"x").unwrap();
        drop(place.open());
        fs::remove_file(place.data().mark()).unwrap();
        fs::remove_dir_all(place.data().store()).unwrap();
        let notices = place.open().notices;
        assert!(notices.contains(&Notice::EntriesLost { known: 150, journal: 100 }), "{notices:?}");
        assert!(!verify(&place.data(), &mut ()).unwrap().is_good());
    }
    let lost = fs::read(place.data().lost()).unwrap();
    fs::write(place.data().lost(), b"x").unwrap();
    assert!(matches!(place.try_open(), Err(LogError::LostFileDamaged { .. })));
    fs::write(place.data().lost(), lost).unwrap();
    copy(&newer, place.data().journal().path());
    let mut recorder = place.open();
    assert_eq!(recorder.notices, [Notice::StoreCaughtUp { from: finished(100), to: 150 }]);
    recorder.notes(1);
    recorder.close();
    assert_eq!(place.open().notices, []);
    assert!(!place.data().lost().exists());
}

/// A journal that went on otherwise, put beside the mark of what was signed here.
#[test]
fn a_rebuild_is_no_way_to_another_history() {
    let place = Place::with_commits(&[100]);
    let other = Place::new();
    copy(&place.path(), &other.path());
    let mut recorder = other.open();
    recorder.history = 1;
    recorder.notes(9);
    recorder.close();
    let mut recorder = place.open();
    recorder.notes(5);
    recorder.close();
    copy(other.data().journal().path(), place.data().journal().path());
    assert!(matches!(place.try_open(), Err(LogError::Contradiction { .. })));
    assert!(matches!(rebuild(&place.data(), &mut |_| {}), Err(LogError::Contradiction { .. })));
}

#[test]
fn what_the_mark_does_not_know_the_store_does() {
    let (place, newer) = with_an_older_journal();
    fs::remove_file(place.data().mark()).unwrap();
    rebuild(&place.data(), &mut |_| {}).unwrap();
    read_only(&place).close();
    copy(&newer, place.data().journal().path());
    rebuild(&place.data(), &mut |_| {}).unwrap();
    let mut recorder = place.open();
    assert_eq!(recorder.notices, []);
    recorder.notes(1);
}

#[test]
fn a_journal_that_comes_back_with_another_history_is_refused_even_by_a_rebuild() {
    let (place, _) = with_an_older_journal();
    rebuild(&place.data(), &mut |_| {}).unwrap();
    let mark = fs::read(place.data().mark()).unwrap();
    // The same log at 100 entries, gone on with otherwise: in one commit, so that 150 is in the middle of a frame.
    let other = Place::new();
    copy(&place.path(), &other.path());
    fs::remove_file(other.data().mark()).unwrap();
    fs::remove_file(other.data().lost()).unwrap();
    let mut recorder = other.open();
    recorder.history = 1;
    recorder.notes(92);
    recorder.close();
    copy(other.data().journal().path(), place.data().journal().path());
    for _ in 0..2 {
        let refused = place.try_open().unwrap_err();
        assert!(matches!(refused, LogError::Contradiction { index: 149, .. }), "{refused:?}");
        let refused = rebuild(&place.data(), &mut |_| {}).unwrap_err();
        assert!(matches!(refused, LogError::Contradiction { index: 149, .. }), "{refused:?}");
    }
    // Its store beside it changes nothing.
    copy(&other.data().store(), &place.data().store());
    fs::write(place.data().mark(), mark).unwrap();
    assert!(matches!(place.try_open(), Err(LogError::Contradiction { index: 149, .. })));
}

/// `log.lost` and the mark both say what was lost: a journal of another history is let in by neither alone.
#[test]
fn two_words_about_what_was_lost_that_differ_are_found() {
    let (place, _) = with_an_older_journal();
    rebuild(&place.data(), &mut |_| {}).unwrap();
    read_only(&place).close();
    let codes = || {
        let report = verify(&place.data(), &mut ()).unwrap();
        let found = report.findings.into_iter().map(|finding| (finding.code, finding.file));
        found.collect::<Vec<_>>()
    };
    assert!(codes().iter().all(|(code, _)| *code == "journal-behind"));
    let lost = |size, root| {
        super::super::lost::write_lost(&place.data(), crate::store::Meta { size, root }).unwrap();
    };
    lost(150, crate::tlog::hash::Hash([7; 32]));
    assert!(codes().contains(&("lost-contradicts", place.data().lost())));
    // One that says that nothing is missing: the mark remembers.
    lost(100, place.open().log.reader().head().root);
    assert!(codes().contains(&("lost-contradicts", place.data().lost())));
    read_only(&place).close();
    // A later loss that the mark was not told of yet.
    lost(160, crate::tlog::hash::Hash([7; 32]));
    assert!(codes().iter().all(|(code, _)| *code == "journal-behind"));
}
