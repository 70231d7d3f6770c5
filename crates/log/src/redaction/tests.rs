//! Redactions on a real disk, and on one that fails at every step.

use std::path::Path;
use std::sync::Arc;

use docket_domain::Digest;

use crate::fs::{Access, Effect, Fault, FaultError, FaultyFileSystem, FileSystem, Trigger};
use crate::receipt::{Openings, verify_receipt};
use crate::seal::OpeningState;
use crate::testing::{Place, Recorder, copy, edit, note, recommendation, snapshot, source};
use crate::verify::verify;
use crate::{DataDirectory, LogError, Notice, open_read_only, rebuild};

/// Long enough that its opening spans several sectors, so that a power cut can zero it in part.
fn secret() -> String {
    "the name of the witness is Jane Roe; ".repeat(60)
}

const DOCUMENT: &[u8] = b"the name of the witness is Jane Roe\n";

fn holds_secret(files: &[(std::path::PathBuf, Vec<u8>)]) -> Vec<std::path::PathBuf> {
    let holds = |bytes: &[u8]| bytes.windows(8).any(|window| window == b"Jane Roe");
    files.iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path.clone()).collect()
}

/// A log of a document (0), notes (1, 2) of which the first is the secret, and a commit after them.
fn with_secret(data: &DataDirectory) -> (Recorder, Digest) {
    let mut recorder = Recorder::open(data).unwrap();
    let document = data.blobs().put(DOCUMENT).unwrap();
    recorder.commit(vec![source(DOCUMENT)]);
    recorder.commit(vec![(recommendation(1), note(&secret())), (recommendation(2), note("nothing to hide"))]);
    (recorder, document)
}

#[test]
fn words_are_destroyed_in_every_file_and_every_proof_stays() {
    let place = Place::new();
    let (mut recorder, document) = with_secret(&place.data());
    assert!(!holds_secret(&snapshot(&place.path())).is_empty());
    let reader = recorder.log.reader();
    let before = reader.receipt(1, None, Openings::Withheld).unwrap().to_string();
    // The text stands in the second commit, which is not the last one once the redaction is there.
    recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]).unwrap();
    let openings = reader.openings(&reader.event(1).unwrap()).unwrap();
    assert!(matches!(openings.as_slice(), [OpeningState::Intact(_), OpeningState::Erased]));
    let keys = [reader.verifier().unwrap().clone()];
    verify_receipt(before.as_bytes(), &keys).unwrap();
    let now = reader.receipt(1, None, Openings::Included).unwrap().to_string();
    verify_receipt(now.as_bytes(), &keys).unwrap();
    drop(reader);
    recorder.notes(70);
    recorder.close();
    assert_eq!(holds_secret(&snapshot(&place.path())), Vec::<std::path::PathBuf>::new());
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good() && report.notices.is_empty(), "{report:?}");
    assert_eq!((report.openings_erased, report.blobs), (1, 0));
    assert_eq!(place.open().notices, []);
    assert!(matches!(place.data().blobs().put(DOCUMENT), Err(crate::blobs::BlobError::Redacted { .. })));
}

#[test]
fn what_cannot_be_carried_out_is_not_recorded() {
    let place = Place::new();
    let (mut recorder, document) = with_secret(&place.data());
    let size = recorder.log.reader().size();
    for wrong in [
        (1, Some(9), None),
        (1, None, Some(document)),
        (0, None, Some(Digest::from_bytes([1; 32]))),
        (1, None, None),
        (1, Some(0), Some(document)),
    ] {
        assert!(matches!(recorder.redact(&[wrong]), Err(LogError::NotRedactable { .. })), "{wrong:?}");
    }
    assert!(matches!(recorder.log.redact(Vec::new(), &[]), Err(LogError::NotRedactable { .. })));
    assert_eq!(recorder.log.reader().size(), size);
    recorder.notes(1);
    recorder.close();
    assert!(verify(&place.data(), &mut ()).unwrap().is_good());
}

/// Somebody puts the journal of a backup back, from before the redaction was carried out but after it was recorded.
#[test]
fn an_older_copy_of_a_segment_is_redacted_again_by_a_rebuild() {
    let place = Place::new();
    let (mut recorder, _) = with_secret(&place.data());
    let original = std::fs::read(place.segment()).unwrap();
    recorder.redact(&[(1, Some(1), None)]).unwrap();
    recorder.notes(3);
    recorder.close();
    // The frames of the two first commits as they were, the later ones as they are.
    let end = original.iter().rposition(|byte| *byte != 0).unwrap();
    edit(&place.segment(), |bytes| bytes[..end].copy_from_slice(&original[..end]));
    let words_in_journal = || holds_secret(&snapshot(place.data().journal().path()));
    assert_eq!(words_in_journal().len(), 1, "the test needs the words back");
    let report = verify(&place.data(), &mut ()).unwrap();
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.code, finding.entry)).collect();
    assert_eq!(found, [("redacted-words", Some(1))], "{report:?}");
    let at = usize::try_from(report.findings[0].offset.unwrap()).unwrap();
    let segment = std::fs::read(&report.findings[0].file).unwrap();
    assert!(segment[at + crate::seal::SALT_BYTES..].starts_with(b"the name of the witness"));
    let rebuilt = rebuild(&place.data(), &mut |_| {}).unwrap();
    assert!(rebuilt.notices.contains(&Notice::RedactionsFinished(1)), "{:?}", rebuilt.notices);
    assert_eq!(words_in_journal(), Vec::<std::path::PathBuf>::new());
    assert_eq!(place.open().notices, []);
}

/// A log whose redaction of entry 1 was carried out, and into which the segment of before was copied back.
fn with_words_back() -> Place {
    let place = Place::new();
    let (mut recorder, _) = with_secret(&place.data());
    let original = std::fs::read(place.segment()).unwrap();
    recorder.redact(&[(1, Some(1), None)]).unwrap();
    recorder.close();
    let end = original.iter().rposition(|byte| *byte != 0).unwrap();
    edit(&place.segment(), |bytes| bytes[..end].copy_from_slice(&original[..end]));
    place
}

#[test]
fn words_that_are_back_are_never_served() {
    let place = with_words_back();
    let erased = |reader: &crate::LogReader| {
        let states = reader.openings(&reader.event(1).unwrap()).unwrap();
        states.iter().map(|state| *state == OpeningState::Erased).collect::<Vec<_>>()
    };
    let reader = open_read_only(&place.data()).unwrap();
    assert_eq!(erased(&reader), [false, false], "the test needs the words back");
    reader.know_redacted(&[(1, 1), (1, 1)]);
    assert_eq!(erased(&reader), [false, true]);
    let receipt = reader.receipt(1, None, Openings::Included).unwrap().to_string();
    assert!(!receipt.contains("Jane Roe"));
}

#[test]
fn words_that_are_back_are_destroyed_again_by_who_knows_of_their_redaction() {
    let place = with_words_back();
    let mut recorder = place.open();
    assert_eq!(recorder.log.uphold_redactions(&[(1, 1), (9, 0), (1, 9)]).unwrap(), 1);
    assert_eq!(holds_secret(&snapshot(place.data().journal().path())), Vec::<std::path::PathBuf>::new());
    assert_eq!(recorder.log.uphold_redactions(&[(1, 1)]).unwrap(), 0);
    recorder.notes(1);
    recorder.close();
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good() && report.notices.is_empty(), "{report:?}");
    assert_eq!(place.open().notices, []);
}

/// A data directory of which the part that goes through the seam is on a faulty disk; sled is on the real one.
struct Disk {
    files: FaultyFileSystem,
    place: tempfile::TempDir,
}

impl Disk {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let files = FaultyFileSystem::new(place.path());
        let data = place.path().join("data");
        std::fs::create_dir(&data).unwrap();
        files.create_directory(&data).unwrap();
        files.sync_directory(place.path()).unwrap();
        Self { files, place }
    }

    fn data(&self) -> DataDirectory {
        DataDirectory::new(&self.place.path().join("data"), Arc::new(self.files.clone()))
    }

    /// Every file on the faulty disk as a process sees it.
    fn contents(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let data = self.place.path().join("data");
        let directories = [data.clone(), data.join("journal"), data.join("blobs")];
        let names = |directory: &Path| {
            let names = self.files.list(directory).unwrap_or_default();
            names.into_iter().map(|name| directory.join(name)).collect::<Vec<_>>()
        };
        let paths = directories.iter().flat_map(|directory| names(directory));
        paths.filter_map(|path| Some((path.clone(), self.files.contents(&path)?))).collect()
    }
}

/// Redacts on a disk that dies at its n-th change, cuts the power, and says whether the redaction was acknowledged.
fn redact_and_die(n: u64, effect: Effect, seed: u64) -> (Disk, bool) {
    let disk = Disk::new();
    let (mut recorder, document) = with_secret(&disk.data());
    disk.files.arm(Fault { trigger: Trigger::DeadFromMutation(n), error: FaultError::Io, effect });
    let done = recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]).is_ok();
    // What the dying process still does to sled is nothing: its thread has no whole bundle to write.
    drop(recorder);
    disk.files.power_cut(seed);
    (disk, done)
}

/// The changes that a redaction makes to the disk.
fn changes_of_a_redaction() -> u64 {
    let disk = Disk::new();
    let (mut recorder, document) = with_secret(&disk.data());
    let count = || disk.files.operations().iter().filter(|operation| operation.is_mutation()).count() as u64;
    let before = count();
    recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]).unwrap();
    count() - before
}

#[test]
fn a_power_cut_at_any_step_leaves_it_whole_or_not_begun() {
    let changes = changes_of_a_redaction();
    assert!(changes > 10, "{changes}");
    let mut unfinished = 0;
    for n in 1..=changes + 1 {
        for (effect, seed) in [
            (Effect::NotPersisted, 1),
            (Effect::Persisted, 2),
            (Effect::Partly(n), 3),
            (Effect::Partly(n + 100), 4),
        ] {
            let context = format!("change {n}, {effect:?}");
            let (disk, done) = redact_and_die(n, effect, seed);
            assert!(done || n <= changes, "{context}");
            // A reader sees the log at every moment.
            open_read_only(&disk.data()).unwrap_or_else(|error| panic!("{context}: {error:?}"));
            let mut recorder =
                Recorder::open(&disk.data()).unwrap_or_else(|error| panic!("{context}: {error:?}"));
            let committed = recorder.log.reader().size() == 5;
            assert!(committed || !done, "{context}: an acknowledged redaction is lost");
            let left = holds_secret(&disk.contents());
            assert_eq!(left.is_empty(), committed, "{context}: {left:?}");
            unfinished += u64::from(
                recorder.notices.iter().any(|notice| matches!(notice, Notice::RedactionsFinished(2))),
            );
            let reader = recorder.log.reader();
            for index in 0..reader.size() {
                let stored = reader.event(index).unwrap();
                reader.openings(&stored).unwrap_or_else(|error| panic!("{context}: {error:?}"));
            }
            drop(reader);
            // It is not asked for again, and what comes next is recorded.
            recorder.notes(1);
            recorder.close();
            let again = Recorder::open(&disk.data()).unwrap();
            assert_eq!(again.notices, [], "{context}");
            again.close();
            let report = verify(&disk.data(), &mut ()).unwrap();
            assert!(report.is_good(), "{context}: {:?}", report.findings);
            assert!(!report.notices.iter().any(|notice| notice.code == "redaction-pending"), "{context}");
        }
    }
    assert!(unfinished > 5, "the table has crashes between the commit and its end: {unfinished}");
}

#[test]
fn a_redaction_that_fails_half_way_closes_the_log_until_it_is_finished() {
    let changes = changes_of_a_redaction();
    let mut failed = 0;
    for n in 1..=changes {
        let disk = Disk::new();
        let (mut recorder, document) = with_secret(&disk.data());
        let fault =
            Fault { trigger: Trigger::NthMutation(n), error: FaultError::Io, effect: Effect::NotPersisted };
        disk.files.arm(fault);
        let result = recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]);
        if let Err(LogError::RedactionUnfinished { index: 3, .. }) = result {
            failed += 1;
            assert!(recorder.log.is_poisoned(), "{n}");
        }
        drop(recorder);
        disk.files.kill();
        let recorder = Recorder::open(&disk.data()).unwrap();
        let committed = recorder.log.reader().size() == 5;
        assert_eq!(holds_secret(&disk.contents()).is_empty(), committed, "{n}");
    }
    assert!(failed > 3, "{failed}");
}

/// A copy of a data directory is complete without the file that says that all is done.
#[test]
fn without_the_mark_everything_is_looked_at_again() {
    let place = Place::new();
    let (mut recorder, document) = with_secret(&place.data());
    recorder.redact(&[(1, Some(1), None), (0, None, Some(document))]).unwrap();
    recorder.close();
    let other = Place::new();
    copy(&place.path(), &other.path());
    std::fs::remove_file(other.data().redactions()).unwrap();
    std::fs::remove_file(other.file("blobs").join(format!("{document}.redacted"))).unwrap();
    std::fs::write(other.data().blobs().path(document), DOCUMENT).unwrap();
    assert_eq!(other.open().notices, [Notice::RedactionsFinished(2)]);
    assert_eq!(holds_secret(&snapshot(&other.path())), Vec::<std::path::PathBuf>::new());
    assert!(other.data().file_system().open(&other.data().blobs().path(document), Access::Read).is_err());
    assert_eq!(other.open().notices, []);
}
