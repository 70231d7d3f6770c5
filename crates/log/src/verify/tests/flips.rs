//! One flipped bit, anywhere.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::super::ahead::Ahead;
use super::super::journal::JournalPass;
use super::super::keys;
use super::super::report::{Finding, Findings};
use super::super::store::StoreCheck;
use super::{checked, codes};
use crate::journal::SegmentGeometry;
use crate::testing::{Place, erase, id, note, recommendation, redaction, source};

/// A small log with everything in its frames: texts, an erased one, signatures.
fn small() -> (Place, usize) {
    let place = Place::new();
    let mut recorder = place.open();
    place.data().blobs().put(b"the document").unwrap();
    recorder.commit(vec![source(b"the document"), (recommendation(1), note("a name"))]);
    recorder.commit(vec![(recommendation(1), redaction(id(0, 1), Some(1), None))]);
    recorder.commit(vec![(recommendation(2), note("the last one, long enough to end in another sector"))]);
    let last = recorder.entries.last().unwrap().location;
    let erased = recorder.entries[1].clone();
    recorder.close();
    erase(&place, &erased, 1);
    let bytes = fs::read(place.segment()).unwrap();
    let start = usize::try_from(last.offset).unwrap();
    let frame = crate::journal::Frame::decode(&bytes[start..]).unwrap();
    (place, start + frame.header.frame_bytes() as usize)
}

/// What the pass over the journal finds in a segment of this length: verify without sled, blobs and a megabyte of zeros.
fn findings_of(place: &Place, first_bytes: u64) -> Vec<Finding> {
    let directory = place.data();
    let mut findings = Findings::default();
    let keys = keys::read_keys(&directory, &mut findings);
    let store = StoreCheck::open(&directory, None, &mut Findings::default()).unwrap();
    let ahead = Ahead::default();
    let mut pass = JournalPass::new(&directory, keys, None, store, first_bytes);
    let journal = directory.journal().with_geometry(SegmentGeometry { first_bytes, doublings: 0 });
    let survey = journal.survey::<crate::LogError>(0, &ahead, |seen| {
        pass.take(seen, &ahead, &mut findings, &mut ());
        Ok(())
    });
    survey.unwrap();
    pass.finish(&mut findings, &mut ());
    findings.into_parts().0
}

#[test]
fn every_flipped_bit_of_every_written_byte_of_the_journal_is_found_in_its_file() {
    let (place, written) = small();
    assert!(checked(&place).is_good());
    fs::remove_dir_all(place.data().store()).unwrap();
    let length = (written + 4096).next_multiple_of(512);
    let file = fs::File::options().write(true).open(place.segment()).unwrap();
    file.set_len(length as u64).unwrap();
    assert_eq!(findings_of(&place, length as u64), []);
    let good = fs::read(place.segment()).unwrap();
    for bit in 0..written * 8 {
        let (at, flipped) = (bit / 8, good[bit / 8] ^ (1 << (bit % 8)));
        file.write_all_at(&[flipped], at as u64).unwrap();
        let findings = findings_of(&place, length as u64);
        assert!(!findings.is_empty(), "bit {} of byte {at} of {written}", bit % 8);
        for finding in &findings {
            assert_eq!(finding.file, place.segment(), "{finding:?}");
            // The place is the start of what holds the byte: never behind it, unless the frames behind it no longer follow.
            assert!(finding.offset.is_some(), "{finding:?}");
        }
        let first = findings.iter().filter_map(|finding| finding.offset).min().unwrap();
        assert!(first <= at as u64, "the fault at {at} is first found at {first}: {findings:?}");
        file.write_all_at(&[good[at]], at as u64).unwrap();
    }
    assert_eq!(findings_of(&place, length as u64), []);
}

#[test]
fn flipped_bits_are_found_by_the_whole_of_verify_too() {
    let (place, written) = small();
    for at in (0..written).step_by(149) {
        flip(&place.segment(), at, at % 8);
        let report = checked(&place);
        assert!(report.findings.iter().any(|finding| finding.file == place.segment()), "byte {at}");
        flip(&place.segment(), at, at % 8);
    }
    assert!(checked(&place).is_good());
}

#[test]
fn every_flipped_bit_of_the_mark_and_of_the_public_key_is_found() {
    // Without sled it is quicker; every bit of the mark is flipped in its own test.
    let (place, _) = small();
    fs::remove_dir_all(place.data().store()).unwrap();
    for (name, step) in [("sled.mark", 5), ("log.vkey", 1), ("log.key", 7)] {
        let path = place.file(name);
        let length = fs::read(&path).unwrap().len();
        for bit in (0..length * 8).step_by(step) {
            flip(&path, bit / 8, bit % 8);
            let report = checked(&place);
            assert!(
                report.findings.iter().any(|finding| finding.file == path),
                "{name}, bit {bit}: {:?}",
                report.findings
            );
            flip(&path, bit / 8, bit % 8);
        }
    }
    assert!(checked(&place).is_good());
}

fn flip(path: &Path, at: usize, bit: usize) {
    crate::testing::edit(path, |bytes| bytes[at] ^= 1 << bit);
}

/// Every place where a value, or a long enough part of it, stands in a file.
fn places_of(file: &[u8], value: &[u8]) -> Vec<usize> {
    let part = &value[value.len() / 2..][..value.len().min(64) / 2];
    file.windows(part.len()).enumerate().filter(|(_, window)| *window == part).map(|(at, _)| at).collect()
}

#[test]
fn a_flipped_bit_in_a_value_of_sled_in_use_is_found() {
    crate::testing::silence_sled();
    let place = Place::with_commits(&[200, 200]);
    let files = place.data().store();
    let database = crate::store::database(&files);
    let values: Vec<_> = database.iter().map(|pair| pair.unwrap()).collect();
    drop(database);
    let good = place.beside("good");
    crate::testing::copy(&files, &good);
    assert!(checked(&place).is_good());
    let bytes = fs::read(files.join("db")).unwrap();
    assert!(values.len() > 6);
    for (key, value) in &values {
        let places = places_of(&bytes, value);
        assert!(!places.is_empty(), "the value of {key:?} stands in the file");
        let mut damaged = bytes.clone();
        // Older copies of a page are dead: which one is in use is sled's business, so each of them is hit.
        for at in &places {
            damaged[*at] ^= 0x10;
        }
        crate::testing::copy(&good, &files);
        fs::write(files.join("db"), damaged).unwrap();
        let report = checked(&place);
        assert!(!report.is_good(), "the value of {key:?} at {places:?}");
        assert!(report.findings.iter().all(|finding| finding.file == files), "{:?}", report.findings);
    }
}

#[test]
fn flipped_bits_anywhere_in_the_files_of_sled_never_stop_verify() {
    crate::testing::silence_sled();
    let place = Place::with_commits(&[200, 200]);
    let files = place.data().store();
    let good = place.beside("good");
    crate::testing::copy(&files, &good);
    assert!(checked(&place).is_good());
    let (mut found, mut used) = (0, 0);
    for (path, bytes) in crate::testing::snapshot(&good) {
        let name = path.strip_prefix(&good).unwrap();
        for at in (0..bytes.len()).filter(|at| bytes[*at] != 0).step_by(bytes.len() / 100 + 7) {
            crate::testing::copy(&good, &files);
            flip(&files.join(name), at, at % 8);
            let report = checked(&place);
            assert_eq!((report.size, report.entries), (400, 400));
            assert!(
                codes(&report).iter().all(|code| code.starts_with("store") || code.starts_with("record"))
            );
            used += 1;
            found += u64::from(!report.is_good());
        }
    }
    eprintln!("{found} of {used} flipped bits in sled's files were found; the others lie in dead space");
    assert!(found * 2 > used, "{found} of {used}");
}
