//! Directories in which nothing is wrong, and what is told of them; and files that are missing.

use std::fs;
use std::sync::Arc;

use super::super::{Observer, verify};
use super::{checked, codes, notices};
use crate::blobs::digest_of;
use crate::progress::{Progress, Stage};
use crate::record::StoredEvent;
use crate::store::mark::{Mark, MarkState};
use crate::testing::{
    ORIGIN, Place, correction, erase, finished, id, note, recommendation, redaction, retraction, snapshot,
    source, status,
};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::hash::empty_root;

#[derive(Default)]
struct Seen {
    journal: Vec<Arc<StoredEvent>>,
    store: Vec<Arc<StoredEvent>>,
    progress: Vec<Progress>,
}

impl Observer for Seen {
    fn journal_entry(&mut self, stored: &Arc<StoredEvent>) {
        self.journal.push(Arc::clone(stored));
    }

    fn store_entry(&mut self, stored: &Arc<StoredEvent>) {
        self.store.push(Arc::clone(stored));
    }

    fn progress(&mut self, progress: Progress) {
        self.progress.push(progress);
    }
}

#[test]
fn a_whole_log_is_read_whole_and_left_as_it_was() {
    let place = Place::new();
    let mut recorder = place.open();
    place.data().blobs().put(b"the document").unwrap();
    recorder.commit(vec![
        source(b"the document"),
        (recommendation(1), status("IN PROGRESS")),
        (recommendation(1), note("first")),
    ]);
    recorder.commit(vec![
        (recommendation(1), correction(id(0, 2), "corrected")),
        (recommendation(1), retraction(id(0, 1))),
    ]);
    recorder.notes(200);
    recorder.notes(1);
    let head = recorder.log.reader().head();
    let expected = recorder.entries.clone();
    recorder.close();
    let before = snapshot(&place.path());
    let mut seen = Seen::default();
    let report = verify(&place.data(), &mut seen).unwrap();
    assert_eq!(snapshot(&place.path()), before, "verify writes nothing");
    assert_eq!((report.findings.as_slice(), report.notices.as_slice()), ([].as_slice(), [].as_slice()));
    assert!(report.is_good());
    assert_eq!((report.size, report.root, report.entries), (206, head.root, 206));
    // Three in the frames, the last one in the mark.
    assert_eq!((report.commits, report.segments, report.signatures), (4, 1, 4));
    assert_eq!((report.blobs, report.store_size, report.unsigned), (1, Some(finished(206)), 0));
    assert_eq!((report.openings_intact, report.openings_erased), (1 + 2 + 2 + 1 + 201 * 2, 0));
    assert_eq!(report.origin.as_ref().map(docket_domain::Origin::as_str), Some(ORIGIN));
    let last = Checkpoint::parse(report.last_checkpoint.unwrap().text()).unwrap().checkpoint;
    assert_eq!(last.size(), 206);
    assert_eq!(seen.journal, expected);
    assert_eq!(seen.store, expected[..crate::testing::place(finished(206))]);
    assert!(
        seen.progress
            .iter()
            .any(|progress| progress.stage == Stage::Blobs && progress.done == progress.total)
    );
    assert!(report.bytes > 1024 * 1024, "the zeros behind the frames are read too: {}", report.bytes);
}

#[test]
fn the_last_signature_of_a_log_that_ends_with_a_bundle_is_checked_in_the_store() {
    let place = Place::with_commits(&[100, 28]);
    let report = checked(&place);
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!((report.store_size, report.signatures, report.unsigned), (Some(128), 2, 0));
    // The last frame reaches over the end of the store: its bundles lack no signature that they could have.
    let place = Place::with_commits(&[60, 101]);
    let report = checked(&place);
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(
        (report.store_size, report.unsigned),
        (Some(finished(161)), 0),
        "the mark has the last signature"
    );
    // Without the mark's signature the last commit counts as unsigned.
    let mark = Mark::read(&crate::fs::RealFileSystem, &place.data().mark()).unwrap().unwrap();
    mark_as(&place, &Mark { signature: None, ..mark.clone() });
    assert_eq!(checked(&place).unsigned, 101);
    // A signature of another log's key is found.
    let signature =
        mark.signature.map(|signed| crate::record::BundleCheckpoint { signature: [7; 64], ..signed });
    mark_as(&place, &Mark { signature, ..mark });
    assert!(!checked(&place).is_good());
}

#[test]
fn an_empty_log_is_whole() {
    let place = Place::new();
    place.open().close();
    let report = checked(&place);
    assert_eq!((codes(&report), report.size, report.root), (vec![], 0, empty_root()));
    assert_eq!((report.origin, report.last_checkpoint), (None, None));
}

#[test]
fn a_lost_or_older_store_is_a_notice_and_one_below_its_clean_mark_a_finding() {
    let place = Place::with_commits(&[70]);
    let old = place.beside("old");
    crate::testing::copy(&place.data().store(), &old);
    let old_mark = fs::read(place.data().mark()).unwrap();
    let mut recorder = place.open();
    recorder.notes(130);
    recorder.close();
    let mark = Mark::read(place.data().file_system(), &place.data().mark()).unwrap().unwrap();
    crate::testing::copy(&old, &place.data().store());
    assert_eq!(codes(&checked(&place)), ["store-behind"], "the mark says that more was there at the close");
    mark_as(&place, &Mark { state: MarkState::Open, ..mark.clone() });
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report)), (vec![], vec!["store-behind"]));
    assert_eq!(report.store_size, Some(finished(70)));
    fs::write(place.data().mark(), old_mark).unwrap();
    assert_eq!(notices(&checked(&place)), ["mark-behind", "store-behind"]);
    mark_as(&place, &Mark { state: MarkState::Open, boot: "another".to_owned(), ..mark });
    assert_eq!(notices(&checked(&place)), ["mark-open", "store-behind"]);
    fs::remove_file(place.data().mark()).unwrap();
    assert_eq!(notices(&checked(&place)), ["mark-missing", "store-behind"]);
    fs::remove_dir_all(place.data().store()).unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report)), (vec![], vec!["store-missing"]));
}

fn mark_as(place: &Place, mark: &Mark) {
    mark.write(place.data().file_system(), &place.data().mark()).unwrap();
}

#[test]
fn a_mark_of_another_history_contradicts() {
    let place = Place::with_commits(&[70, 10]);
    let mark = Mark::read(place.data().file_system(), &place.data().mark()).unwrap().unwrap();
    for size in [mark.size, 75, 1] {
        mark_as(&place, &Mark { root: empty_root(), size, ..mark.clone() });
        assert_eq!(codes(&checked(&place)), ["mark-contradicts"]);
    }
    mark_as(&place, &Mark { size: 81, ..mark });
    assert_eq!(codes(&checked(&place)), ["journal-behind"]);
}

#[test]
fn the_key_files_must_be_there_and_belong_together() {
    let place = Place::with_commits(&[1, 1]);
    let other = Place::with_commits(&[1]);
    let (secret, public) = (place.file("log.key"), place.file("log.vkey"));
    let (good_secret, good_public) = (fs::read(&secret).unwrap(), fs::read(&public).unwrap());
    fs::remove_file(&public).unwrap();
    assert_eq!(codes(&checked(&place)), ["vkey-missing"]);
    fs::copy(other.file("log.vkey"), &public).unwrap();
    assert_eq!(codes(&checked(&place)), ["key-mismatch", "signature-bad"]);
    fs::remove_file(&secret).unwrap();
    assert_eq!(codes(&checked(&place)), ["signature-bad"]);
    fs::remove_file(&public).unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), report.signatures, report.unsigned), (vec!["no-key"], 0, 2));
    fs::write(&public, &good_public).unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report)), (vec![], vec!["key-missing"]));
    fs::write(&secret, b"no key").unwrap();
    assert_eq!(codes(&checked(&place)), ["key-unreadable"]);
    fs::write(&secret, &good_secret).unwrap();
    assert_eq!(codes(&checked(&place)), Vec::<&str>::new());
}

#[test]
fn documents_must_be_there_with_their_bytes_unless_they_are_redacted() {
    let place = Place::new();
    let mut recorder = place.open();
    let blobs = place.data().blobs();
    let digest = blobs.put(b"the document").unwrap();
    recorder.commit(vec![source(b"the document")]);
    recorder.close();
    fs::write(place.file("blobs/extra"), b"").unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report), report.blobs), (vec![], vec!["blob-unknown"], 1));
    fs::remove_file(place.file("blobs/extra")).unwrap();
    for bit in 0.."the document".len() * 8 {
        crate::testing::edit(&blobs.path(digest), |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let report = checked(&place);
        assert_eq!(codes(&report), ["blob-altered"]);
        assert_eq!((&report.findings[0].file, report.findings[0].entry), (&blobs.path(digest), Some(0)));
        crate::testing::edit(&blobs.path(digest), |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
    }
    fs::remove_file(blobs.path(digest)).unwrap();
    assert_eq!(codes(&checked(&place)), ["blob-missing"]);
    let mut recorder = place.open();
    recorder.redact(&[(0, None, Some(digest))]).unwrap();
    recorder.close();
    let report = checked(&place);
    assert_eq!((codes(&report), report.blobs), (vec![], 0));
    fs::write(blobs.path(digest), b"the document").unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report)), (vec!["redacted-document"], vec![]));
    assert_eq!((&report.findings[0].file, report.findings[0].entry), (&blobs.path(digest), Some(0)));
    // Where it is not certain that the redaction was carried out, it is only not deleted yet.
    fs::remove_file(place.data().redactions()).unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report)), (vec![], vec!["redaction-pending"]));
    place.open().close();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report), report.blobs), (vec![], vec![], 0));
    assert!(!blobs.path(digest).exists(), "the next opening deletes it");
}

/// The empty file in the place of a redacted document is what keeps it from being written again.
#[test]
fn a_redacted_document_that_may_be_written_again_is_found() {
    let place = Place::new();
    let mut recorder = place.open();
    let blobs = place.data().blobs();
    let digest = blobs.put(b"the document").unwrap();
    recorder.commit(vec![source(b"the document")]);
    recorder.redact(&[(0, None, Some(digest))]).unwrap();
    recorder.close();
    let guard = place.file("blobs").join(format!("{digest}.redacted"));
    fs::remove_file(&guard).unwrap();
    let report = checked(&place);
    assert_eq!(codes(&report), ["redaction-unguarded"]);
    assert_eq!((&report.findings[0].file, report.findings[0].entry), (&guard, Some(0)));
    crate::rebuild(&place.data(), &mut |_| {}).unwrap();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report)), (vec![], vec![]));
    assert!(matches!(blobs.put(b"the document"), Err(crate::blobs::BlobError::Redacted { .. })));
}

/// A mark that says that all redactions are carried out, while one was interrupted: what is left of the words is found.
#[test]
fn a_forged_end_of_an_interrupted_redaction_is_found() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.commit(vec![(recommendation(1), note("a name"))]);
    let done = fs::read(place.data().redactions()).unwrap();
    recorder.commit(vec![(recommendation(1), redaction(id(0, 0), Some(1), None))]);
    recorder.close();
    let pending = String::from_utf8(done.clone()).unwrap().replace("done", "pending");
    fs::write(place.data().redactions(), pending).unwrap();
    assert_eq!(notices(&checked(&place)), ["redaction-pending"]);
    fs::write(place.data().redactions(), &done).unwrap();
    assert_eq!(codes(&checked(&place)), ["redacted-words"]);
    // In the middle of the zeroing.
    let target = place.open().entries[0].clone();
    let texts = target.entry.event.data.texts();
    let at = crate::testing::place(target.location.openings_offset) + texts[0].opening_bytes();
    let half = texts[1].opening_bytes() / 2;
    crate::testing::edit(&place.segment(), |bytes| bytes[at..at + half].fill(0));
    let report = checked(&place);
    assert_eq!(codes(&report), ["opening-mismatch", "redacted-words"]);
    assert!(report.findings.iter().all(|finding| finding.entry == Some(0)), "{:?}", report.findings);
    // Without the mark's word the next opening carries it out.
    fs::remove_file(place.data().redactions()).unwrap();
    place.open().close();
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report), report.openings_erased), (vec![], vec![], 1));
}

/// sled promises nothing of what a power cut leaves of it, and the next opening throws it away.
#[test]
fn what_a_power_cut_left_of_sled_is_no_fault() {
    crate::testing::silence_sled();
    let place = Place::with_commits(&[100, 28]);
    let good = place.beside("good");
    crate::testing::copy(&place.data().store(), &good);
    let mark = Mark::read(place.data().file_system(), &place.data().mark()).unwrap().unwrap();
    let open = |boot: &str| Mark { state: MarkState::Open, boot: boot.to_owned(), ..mark.clone() };
    let here = place.data().file_system().boot_id();
    let damages = [
        (crate::store::image::tile_key(0, 9).to_vec(), "store-extra-key"),
        (crate::store::image::META_KEY.to_vec(), "store-unreadable"),
    ];
    for (key, code) in damages {
        crate::testing::copy(&good, &place.data().store());
        crate::store::database(&place.data().store()).insert(key, b"x").unwrap();
        for trusted in [mark.clone(), open(&here)] {
            mark_as(&place, &trusted);
            assert_eq!(codes(&checked(&place)), [code], "{trusted:?}");
        }
        mark_as(&place, &open("another"));
        let report = checked(&place);
        assert_eq!(codes(&report), Vec::<&str>::new());
        assert!(notices(&report).contains(&"mark-open"), "{:?}", report.notices);
        assert_eq!(notices(&report).contains(&"store-unreadable"), code == "store-unreadable");
    }
    // What it says of the log's size still counts: it is known before it is thrown away.
    crate::testing::copy(&good, &place.data().store());
    let shorter = Place::with_commits(&[100]);
    fs::copy(shorter.segment(), place.segment()).unwrap();
    assert!(codes(&checked(&place)).contains(&"journal-behind"));
    assert!(matches!(place.try_open(), Err(crate::LogError::JournalBehind { known: 128, journal: 100, .. })));
}

#[test]
fn an_event_that_states_another_size_than_its_document_has_is_found() {
    let place = Place::new();
    let mut recorder = place.open();
    let (subject, mut data) = source(b"the document");
    place.data().blobs().put(b"the document").unwrap();
    if let docket_domain::Data::SourceReceived(source) = &mut data {
        source.size += 1;
    }
    recorder.commit(vec![(subject, data)]);
    recorder.close();
    assert_eq!(codes(&checked(&place)), ["blob-size"]);
    assert_eq!(digest_of(b"the document").to_string().len(), 64);
}

#[test]
fn a_destroyed_text_needs_a_redaction_that_names_it() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.commit(vec![(recommendation(1), note("a name")), (recommendation(2), note("words"))]);
    recorder.notes(1);
    let target = recorder.entries[0].clone();
    recorder.close();
    let good = fs::read(place.segment()).unwrap();
    erase(&place, &target, 1);
    let report = checked(&place);
    assert_eq!(codes(&report), ["opening-mismatch"]);
    let finding = &report.findings[0];
    let reason = u64::from(target.entry.event.data.texts()[0].bytes) + 32;
    assert_eq!(finding.entry, Some(0));
    assert_eq!(finding.offset, Some(target.location.openings_offset + reason));
    assert_eq!(finding.file, place.segment());
    fs::write(place.segment(), good).unwrap();
    let mut recorder = place.open();
    recorder.commit(vec![(recommendation(1), redaction(id(0, 0), Some(1), None))]);
    recorder.close();
    assert_eq!(
        codes(&checked(&place)),
        ["redacted-words"],
        "the redaction is recorded as carried out, and the words stand"
    );
    erase(&place, &target, 1);
    let report = checked(&place);
    assert_eq!((codes(&report), notices(&report), report.openings_erased), (vec![], vec![], 1));
    erase(&place, &target, 0);
    assert_eq!(codes(&checked(&place)), ["opening-mismatch"], "the other text is not named");
}
