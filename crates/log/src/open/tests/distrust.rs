//! What sled and the mark say is checked before it is shown, signed or written on.

use std::fs;
use std::sync::Arc;

use super::super::Notice;
use crate::behind::Stopped;
use crate::fs::{FileSystem, RealFileSystem};
use crate::journal::JournalError;
use crate::record::{Bundle, BundleCheckpoint};
use crate::store::image::{BUNDLE_ENTRIES, bundle_key};
use crate::store::mark::{Mark, MarkState};
use crate::store::{Store, StoreError};
use crate::testing::{Place, edit, finished, note, recommendation, silence_sled};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::leaf_hash;
use crate::verify;
use crate::{LogError, open_read_only};

/// Changes the value of a key in the store of a closed log, and leaves tags and meta data.
pub(super) fn tamper_closed(place: &Place, key: &[u8], change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let store = Store::open(&place.data().store()).unwrap();
    store.forge(key, change);
    store.close().unwrap();
}

pub(super) fn shortened(value: &[u8]) -> Vec<u8> {
    let mut bundle = Bundle::decode(value).unwrap();
    bundle.records.truncate(10);
    bundle.checkpoints.clear();
    bundle.encode().unwrap()
}

pub(super) fn replaced(mut value: Vec<u8>, old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = value.windows(old.len()).position(|window| window == old).unwrap();
    value[at..at + new.len()].copy_from_slice(new);
    value
}

/// Opens, sees that the store was made anew and that every entry is the journal's, records another, and verifies.
fn is_made_anew(place: &Place, before: &[std::sync::Arc<crate::record::StoredEvent>], because: &str) {
    let mut recorder = place.open();
    assert!(
        matches!(recorder.notices.as_slice(), [Notice::StoreRebuilt { reason, .. }] if reason.contains(because)),
        "{because}: {:?}",
        recorder.notices
    );
    assert_eq!(recorder.entries, before, "{because}");
    recorder.notes(1);
    recorder.close();
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{because}: {:?}", report.findings);
}

#[test]
fn a_changed_record_or_signature_in_sled_is_never_served_nor_written_on() {
    silence_sled();
    // 320 entries: the first bundles lie before the last tile boundary, and the last checkpoint is in the last bundle.
    let place = Place::with_commits(&[100, 200, 20]);
    let recorder = place.open();
    let before = recorder.entries.clone();
    recorder.close();
    tamper_closed(&place, &bundle_key(0), |value| replaced(value, b"ann", b"bob"));
    is_made_anew(&place, &before, "an unchanged record of every entry");

    let place = Place::with_commits(&[100, 200, 20]);
    let recorder = place.open();
    let before = recorder.entries.clone();
    recorder.close();
    tamper_closed(&place, &bundle_key(finished(319)), |value| {
        let last = Bundle::decode(&value).unwrap().checkpoints.last().copied().unwrap();
        assert_eq!(last.size, 320);
        let mut signature = last.signature;
        signature[5] ^= 1;
        replaced(value, &last.signature, &signature)
    });
    is_made_anew(&place, &before, "an unchanged signature");

    let place = Place::with_commits(&[100, 200, 20]);
    let recorder = place.open();
    let before = recorder.entries.clone();
    recorder.close();
    tamper_closed(&place, &bundle_key(64), |value| shortened(&value));
    is_made_anew(&place, &before, "the bundle at entry 64");
}

#[test]
fn what_a_short_bundle_lacks_is_read_from_the_journal() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.notes(100);
    recorder.notes(100);
    let reader = recorder.log.reader();
    // Pruning is over when the thread that writes sled has been waited for.
    assert!(matches!(recorder.log.behind.stop(), Stopped::Written));
    reader.shared.stored.as_ref().unwrap().store.forge(&bundle_key(0), |value| shortened(&value));
    for first in [BUNDLE_ENTRIES, BUNDLE_ENTRIES - 1, 10, 0] {
        let mut seen = Vec::new();
        let visited = reader.visit(first, &mut |stored| {
            seen.push(stored);
            Ok(())
        });
        visited.unwrap();
        assert_eq!(seen, recorder.entries[crate::testing::place(first)..]);
        assert_eq!(reader.store_damaged(), first < BUNDLE_ENTRIES);
    }
}

/// Of two journals that disagree with what they say of themselves, none is gone on with.
#[test]
fn a_frame_that_says_something_else_of_its_place_is_refused() {
    let place = Place::with_commits(&[3]);
    let mut recorder = place.open();
    let other = recorder.log.signed.unwrap();
    recorder.log.signed = Some(BundleCheckpoint { size: 2, ..other });
    recorder.notes(1);
    drop(recorder);
    fs::remove_dir_all(place.data().store()).unwrap();
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, LogError::FrameCheckpoint { index: 3, size: 2 }), "{refused:?}");

    let place = Place::with_commits(&[3]);
    let mut recorder = place.open();
    let mut drafts = recorder.drafts(vec![(recommendation(1), note("elsewhere"))]);
    let mut entry = drafts[0].entry.clone();
    Arc::make_mut(&mut entry.event).index = 7;
    drafts[0].bytes = entry.encode().unwrap();
    drafts[0].leaf = leaf_hash(&drafts[0].bytes);
    recorder.append(drafts).unwrap();
    drop(recorder);
    fs::remove_dir_all(place.data().store()).unwrap();
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, LogError::EntryIndex { index: 3, found: 7 }), "{refused:?}");
}

/// Good check sums and another root: written by somebody who has another history in mind, or by a mistake of ours.
#[test]
fn a_frame_that_states_another_root_than_that_of_its_entries_is_refused() {
    let place = Place::with_commits(&[3]);
    let mut recorder = place.open();
    let mut other = CompactRange::new();
    for number in 0..3_u8 {
        other.append(leaf_hash(&[number]));
    }
    recorder.log.range = other;
    let drafts = recorder.drafts(vec![(recommendation(1), note("after another history"))]);
    recorder.append(drafts).unwrap();
    drop(recorder);
    let is_refused = |opened: Result<(), LogError>, how: &str| {
        assert!(matches!(opened, Err(LogError::Root { size: 4, .. })), "{how}, another root: {opened:?}");
    };
    is_refused(open_read_only(&place.data()).map(drop), "for reading");
    is_refused(place.try_open().map(drop), "with the store");
    fs::remove_dir_all(place.data().store()).unwrap();
    is_refused(place.try_open().map(drop), "without the store");
}

#[test]
fn another_key_of_the_same_name_is_refused() {
    let other = Place::with_commits(&[1]);
    // The last signature is in the mark, in the last bundle, and in the last frame.
    for (commits, without_mark) in [(vec![1], false), (vec![64], true), (vec![30, 40], true)] {
        for without_secret in [false, true] {
            let place = Place::with_commits(&commits);
            if without_mark {
                let (data, mark) = (place.data(), place.data().mark());
                let signed = Mark::read(data.file_system(), &mark).unwrap().unwrap();
                Mark { signature: None, ..signed }.write(data.file_system(), &mark).unwrap();
            }
            for name in ["log.key", "log.vkey"] {
                fs::rename(place.file(name), place.beside(name)).unwrap();
                fs::copy(other.file(name), place.file(name)).unwrap();
            }
            if without_secret {
                fs::remove_file(place.file("log.key")).unwrap();
            }
            let refused = place.try_open().unwrap_err();
            assert!(matches!(refused, LogError::OtherKey { .. }), "{commits:?}: {refused:?}");
            for name in ["log.key", "log.vkey"] {
                fs::rename(place.beside(name), place.file(name)).unwrap();
            }
            place.open().notes(1);
        }
    }
}

#[test]
fn what_an_opening_has_committed_is_known() {
    let place = Place::with_commits(&[3]);
    let mut recorder = place.open();
    recorder.notes(2);
    drop(recorder);
    let recorder = place.open();
    let start = usize::try_from(recorder.entries[4].location.offset).unwrap();
    drop(recorder);
    // Without a word of the mark this would be a torn write.
    edit(&place.segment(), |bytes| bytes[start..start + 512].fill(0));
    for _ in 0..2 {
        let refused = place.try_open().unwrap_err();
        assert!(matches!(refused, LogError::Journal(JournalError::Damaged(_))), "{refused:?}");
    }
}

#[test]
fn a_bad_store_is_kept_while_the_journal_is_damaged() {
    silence_sled();
    // Past a block of the subject index: what is read at the end of the store does not reach back to the bundle that is bad.
    let place = Place::with_commits(&[256; 17]);
    tamper_closed(&place, &bundle_key(64), |value| shortened(&value));
    edit(&place.segment(), |bytes| bytes[700] ^= 1);
    for _ in 0..2 {
        let refused = place.try_open().unwrap_err();
        assert!(matches!(refused, LogError::Journal(JournalError::Damaged(_))), "{refused:?}");
        let store = Store::open(&place.data().store()).unwrap();
        assert_eq!(store.meta().unwrap().map(|meta| meta.size), Some(4352));
        store.close().unwrap();
    }
    // What the journal and sled both have is not concerned, until the end of sled cannot be trusted either.
    let opened = crate::open(&place.data(), None).unwrap();
    assert_eq!(opened.log.reader().event(4000).unwrap().entry.event.index, 4000);
    assert!(opened.log.reader().event(70).is_err());
    opened.log.close().unwrap();
    let mark = Mark::read(place.data().file_system(), &place.data().mark()).unwrap().unwrap();
    let mark = Mark { boot: RealFileSystem.boot_id(), state: MarkState::Clean, ..mark };
    mark.write(place.data().file_system(), &place.data().mark()).unwrap();
    tamper_closed(&place, &bundle_key(4288), |value| shortened(&value));
    for _ in 0..2 {
        let refused = crate::open(&place.data(), None).unwrap_err();
        assert!(matches!(refused, LogError::Journal(JournalError::Damaged(_))), "{refused:?}");
        assert!(place.data().store().join("db").exists());
    }
}

#[test]
fn a_store_that_is_in_use_is_not_discarded() {
    let place = Place::with_commits(&[200]);
    let recorder = place.open();
    let reader = recorder.log.reader();
    recorder.close();
    let refused = place.try_open().unwrap_err();
    assert!(matches!(refused, LogError::Store(StoreError::InUse { .. })), "{refused:?}");
    assert_eq!(reader.event(3).unwrap().entry.event.index, 3);
    drop(reader);
    assert_eq!(place.open().notices, []);
}
