//! Exports, and what is found when they are changed.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ExportError, KeysUsed, export_bundle, export_jsonl, export_tiles, verify_bundle};
use crate::entry::Entry;
use crate::export::BundleReport;
use crate::open::open_read_only;
use crate::testing::{Place, Recorder, edit, erase, id, note, recommendation, redaction, snapshot, source};
use crate::tlog::bundle::parse_bundle;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::key::{KeyName, SignerKey, VerifierKey};
use crate::tlog::tile::{entry_bundles, hash_tiles};

/// A log with documents, a redaction of a text and one of a document, and more entries than a tile holds.
fn full(place: &Place, notes: u64) -> Recorder {
    let mut recorder = place.open();
    let blobs = place.data().blobs();
    let lost = blobs.put(b"a redacted document").unwrap();
    blobs.put(b"the document").unwrap();
    recorder.commit(vec![
        source(b"the document"),
        source(b"a redacted document"),
        (recommendation(1), note("a name, \"quoted\" \u{1}\u{2028}😀")),
    ]);
    recorder.commit(vec![
        (recommendation(1), redaction(id(0, 2), Some(0), None)),
        (recommendation(1), redaction(id(0, 1), None, Some(lost))),
    ]);
    fs::remove_file(blobs.path(lost)).unwrap();
    let stored = recorder.entries[2].clone();
    erase(place, &stored, 0);
    for first in (0..notes).step_by(200) {
        recorder.notes(200.min(notes - first));
    }
    recorder
}

fn bundle_of(place: &Place, recorder: &Recorder) -> PathBuf {
    let directory = place.beside("bundle");
    export_bundle(&recorder.log.reader(), &place.data().blobs(), &directory).unwrap();
    directory
}

fn codes(report: &BundleReport) -> Vec<&'static str> {
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn json_lines_are_the_entries_that_were_hashed() {
    let place = Place::new();
    let recorder = full(&place, 300);
    let mut out = Vec::new();
    let exported = export_jsonl(&recorder.log.reader(), &mut out).unwrap();
    assert_eq!((exported.entries, exported.unsigned), (305, 0));
    let lines: Vec<_> = out.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 305);
    for (line, stored) in lines.iter().zip(&recorder.entries) {
        assert_eq!(Entry::decode(line.strip_suffix(b"\n").unwrap()).unwrap(), stored.entry);
    }
    recorder.close();
    // A reader signs nothing: the last commit is left out.
    let reader = open_read_only(&place.data()).unwrap();
    let mut shorter = Vec::new();
    let exported = export_jsonl(&reader, &mut shorter).unwrap();
    assert_eq!((exported.entries, exported.unsigned), (205, 100));
    assert!(out.starts_with(&shorter));
}

#[test]
fn nothing_signed_is_nothing_exported() {
    let place = Place::with_commits(&[5]);
    let reader = open_read_only(&place.data()).unwrap();
    let mut out = Vec::new();
    assert_eq!(export_jsonl(&reader, &mut out).unwrap().unsigned, 5);
    assert!(out.is_empty());
    let directory = place.beside("tiles");
    assert!(matches!(export_tiles(&reader, &directory), Err(ExportError::NothingSigned { .. })));
    assert!(!directory.exists());
}

#[test]
fn a_tile_tree_is_complete_for_every_shape_of_tree() {
    for size in [1, 2, 255, 256, 257, 511, 512, 513] {
        let place = Place::new();
        let mut recorder = place.open();
        for first in (0..size).step_by(256) {
            recorder.notes(256.min(size - first));
        }
        let reader = recorder.log.reader();
        let directory = place.beside("tiles");
        assert_eq!(export_tiles(&reader, &directory).unwrap().entries, size);
        let mut expected: Vec<PathBuf> = hash_tiles(size)
            .chain(entry_bundles(size))
            .map(|tile| directory.join(tile.to_string()))
            .collect();
        expected.push(directory.join("checkpoint"));
        expected.sort();
        let found: Vec<PathBuf> = snapshot(&directory).into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, expected, "size {size}");
        for tile in hash_tiles(size) {
            let bytes = fs::read(directory.join(tile.to_string())).unwrap();
            assert_eq!(bytes, tile.read_hashes(&reader).unwrap().unwrap(), "{tile} of size {size}");
        }
        let mut index = 0;
        for tile in entry_bundles(size) {
            let bytes = fs::read(directory.join(tile.to_string())).unwrap();
            for entry in parse_bundle(&bytes, usize::from(tile.width())).unwrap() {
                assert_eq!(entry, reader.entry_bytes(index).unwrap());
                index += 1;
            }
        }
        let note = fs::read(directory.join("checkpoint")).unwrap();
        let keys = [reader.verifier().unwrap().clone()];
        let opened = Checkpoint::open(&note, &keys, reader.origin().as_str()).unwrap();
        assert_eq!(opened.checkpoint.head(), reader.head());
    }
}

#[test]
fn an_export_needs_a_directory_of_its_own() {
    let place = Place::with_commits(&[1]);
    let recorder = place.open();
    let (reader, directory) = (recorder.log.reader(), place.beside("taken"));
    fs::create_dir(&directory).unwrap();
    export_tiles(&reader, &directory).unwrap();
    let before = snapshot(&directory);
    assert!(matches!(export_tiles(&reader, &directory), Err(ExportError::NotEmpty { .. })));
    let bundle = export_bundle(&reader, &place.data().blobs(), &directory);
    assert!(matches!(bundle, Err(ExportError::NotEmpty { .. })));
    assert_eq!(snapshot(&directory), before);
}

#[test]
fn a_bundle_verifies_on_its_own_and_says_with_which_key() {
    let place = Place::new();
    let recorder = full(&place, 600);
    let directory = bundle_of(&place, &recorder);
    let own = recorder.log.reader().verifier().unwrap().clone();
    let report = verify_bundle(&directory, &[]).unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.notices, []);
    assert_eq!(report.keys, KeysUsed::OfBundle(own.clone()));
    assert_eq!((report.size, report.entries, report.root), (605, 605, recorder.log.reader().head().root));
    assert_eq!((report.tiles, report.sources, report.redacted), (4, 1, 1));
    assert_eq!(report.openings, 2 + 1 + 4 + 600 * 2);
    let given = verify_bundle(&directory, std::slice::from_ref(&own)).unwrap();
    assert_eq!((given.keys, given.findings), (KeysUsed::Given(vec![own]), vec![]));
    let other: VerifierKey =
        SignerKey::from_seed(KeyName::new(crate::testing::ORIGIN).unwrap(), &[1; 32]).verifier().clone();
    assert_eq!(codes(&verify_bundle(&directory, &[other]).unwrap()), ["checkpoint"]);
    fs::write(directory.join("extra"), b"").unwrap();
    assert_eq!(verify_bundle(&directory, &[]).unwrap().notices.len(), 1);
}

#[test]
fn a_document_that_is_lost_and_not_redacted_stops_a_bundle() {
    let place = Place::new();
    let recorder = full(&place, 1);
    fs::remove_file(place.data().blobs().path(crate::blobs::digest_of(b"the document"))).unwrap();
    let directory = place.beside("bundle");
    let refused = export_bundle(&recorder.log.reader(), &place.data().blobs(), &directory);
    assert!(matches!(refused, Err(ExportError::BlobMissing { entry: 0, .. })));
    assert!(!directory.join("checkpoint").exists(), "what did not finish has no checkpoint");
}

#[test]
fn every_changed_byte_of_a_bundle_is_found_in_its_file() {
    let place = Place::new();
    let recorder = full(&place, 255);
    let directory = bundle_of(&place, &recorder);
    for (path, bytes) in snapshot(&directory) {
        if path.ends_with("README.txt") {
            continue;
        }
        // Each small file at every byte, each large one at some.
        for at in (0..bytes.len()).step_by(bytes.len() / 20 + 1) {
            for bit in [1, 32] {
                edit(&path, |bytes| bytes[at] ^= bit);
                let report = verify_bundle(&directory, &[]).unwrap();
                assert!(!report.is_good(), "byte {at} of {}", path.display());
                edit(&path, |bytes| bytes[at] ^= bit);
            }
        }
        remove_and_see(&directory, &path, &bytes);
    }
    assert_eq!(verify_bundle(&directory, &[]).unwrap().findings, []);
}

fn remove_and_see(directory: &Path, path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    let report = verify_bundle(directory, &[]).unwrap();
    let named = |place: &Path| place == path || path.ends_with("log.vkey");
    assert!(
        report.findings.iter().any(|finding| named(&finding.file)),
        "{}: {:?}",
        path.display(),
        report.findings
    );
    fs::write(path, bytes).unwrap();
}

#[test]
fn openings_that_are_left_out_moved_or_added_are_found() {
    let place = Place::new();
    let recorder = full(&place, 3);
    let directory = bundle_of(&place, &recorder);
    let path = directory.join("openings.jsonl");
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = good.split_inclusive('\n').collect();
    let null = {
        let start = lines[0].find("{\"salt\"").unwrap();
        format!("{}null]}}\n{}", &lines[0][..start], lines[1..].concat())
    };
    for (changed, code) in [
        (null, "opening-missing"),
        (lines[1..].concat(), "openings"),
        (lines[..lines.len() - 1].concat(), "openings"),
        (format!("{good}{}", lines[0]), "openings"),
        (format!("{}{}{}", lines[1], lines[0], lines[2..].concat()), "openings"),
        (good.replacen("note 6", "note 7", 1), "opening-mismatch"),
        (good.replacen(',', ", ", 1), "openings"),
        (good.trim_end().to_owned(), "openings"),
    ] {
        fs::write(&path, &changed).unwrap();
        let report = verify_bundle(&directory, &[]).unwrap();
        assert!(codes(&report).contains(&code), "{code}: {:?}\n{changed}", report.findings);
    }
}
