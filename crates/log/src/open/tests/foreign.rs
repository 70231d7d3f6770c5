//! Frames that somebody wrote without the key: well-formed, with right check sums and roots.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::{Foreign, Notice, open_read_only, rebuild};
use crate::journal::{Frame, FrameKey, JournalError};
use crate::store::mark::Mark;
use crate::testing::{Place, copy, edit, reframed, snapshot};
use crate::tlog::key::{KeyName, SignerKey};
use crate::{LogError, verify};

/// The key of a log of the same name that somebody made.
fn other_key() -> FrameKey {
    FrameKey::of(&SignerKey::from_seed(KeyName::new(crate::testing::ORIGIN).unwrap(), &[66; 32]))
}

/// Where each frame of the first segment begins and ends.
fn frames(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Ok(frame) = Frame::decode(&bytes[at..]) {
        let end = at + frame.header.frame_bytes() as usize;
        frames.push((at, end));
        at = end;
    }
    frames
}

/// The segment of the same log, gone on with otherwise behind its first `kept` commits, by the real code.
fn fork(place: &Place, kept: usize, counts: &[u64]) -> Vec<u8> {
    let other = Place::new();
    copy(&place.path(), &other.path());
    drop_caches(&other);
    edit(&other.segment(), |bytes| {
        if let Some((start, _)) = frames(bytes).get(kept).copied() {
            bytes[start..].fill(0);
        }
    });
    let mut recorder = other.open();
    recorder.history = 1;
    for count in counts {
        recorder.notes(*count);
    }
    drop(recorder);
    fs::read(other.segment()).unwrap()
}

fn drop_caches(place: &Place) {
    fs::remove_dir_all(place.data().store()).unwrap();
    fs::remove_file(place.data().mark()).unwrap();
}

/// Every file but sled's, which is a cache, and the mark, which says that somebody tried to open.
fn record_of(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let is_cache = |path: &Path| path.starts_with(place.data().store()) || path == place.data().mark();
    snapshot(&place.path()).into_iter().filter(|(path, _)| !is_cache(path)).collect()
}

/// Tries every way to open a log that ends with a frame of others.
fn assert_refused(place: &Place, entries: (u64, u64), offset: usize, why: Foreign, case: &str) {
    let before = (record_of(place), Mark::read(place.data().file_system(), &place.data().mark()).unwrap());
    let is_it = |refused: LogError| {
        let found = match &refused {
            LogError::ForeignFrame { first, last, offset, why, .. } => (*first, *last, *offset, *why),
            _ => panic!("{case}: {refused:?}"),
        };
        assert_eq!(found, (entries.0, entries.1, offset as u64, why), "{case}");
        assert!(refused.hint().unwrap().contains("operations.md"));
    };
    for _ in 0..2 {
        is_it(place.try_open().unwrap_err());
        is_it(rebuild(&place.data(), &mut |_| {}).unwrap_err());
        is_it(open_read_only(&place.data()).unwrap_err());
    }
    assert_eq!(record_of(place), before.0, "{case}: nothing was written");
    let after = Mark::read(place.data().file_system(), &place.data().mark()).unwrap();
    if let (Some(before), Some(after)) = (before.1, after) {
        assert_eq!((after.size, after.root, after.signature), (before.size, before.root, before.signature));
    }
    let report = verify(&place.data(), &mut ()).unwrap();
    let finding = report.findings.iter().find(|finding| finding.code == "frame-seal");
    let finding = finding.unwrap_or_else(|| panic!("{case}: {:?}", report.findings));
    assert_eq!((finding.entry, finding.offset), (Some(entries.0), Some(offset as u64)), "{case}");
    assert_eq!(finding.file, place.segment());
}

/// Without the key answers are given, and nothing beyond what was really signed counts as signed.
fn assert_unsigned_without_the_key(place: &Place, size: u64, signed: u64, case: &str) {
    fs::rename(place.file("log.key"), place.beside("log.key")).unwrap();
    let reader = open_read_only(&place.data()).unwrap();
    assert_eq!(reader.size(), size, "{case}");
    let last = reader.last_checkpoint().unwrap().map_or(0, |note| {
        let size = note.text().lines().nth(1).unwrap().parse().unwrap();
        note.verify(std::slice::from_ref(reader.verifier().unwrap())).unwrap();
        size
    });
    assert_eq!(last, signed, "{case}");
    assert_eq!(reader.checkpoint_from(signed + 1).unwrap(), None, "{case}");
    assert_eq!(verify(&place.data(), &mut ()).unwrap().unsigned, size - signed, "{case}");
    fs::rename(place.beside("log.key"), place.file("log.key")).unwrap();
}

#[test]
fn a_frame_that_the_key_did_not_write_is_never_signed() {
    // Commits, whether the log was closed, whether mark and sled are gone, how many commits the forger keeps.
    let table: [(&str, &[u64], bool, bool, usize); 6] = [
        ("appended after a clean close", &[3, 2], true, false, 2),
        ("appended after a crash", &[3, 2], false, false, 2),
        ("appended to a log whose store has every entry", &[16, 16], true, false, 2),
        ("appended, mark and sled removed", &[3, 2], true, true, 2),
        ("cut back and replaced, mark and sled removed", &[3, 2, 4], true, true, 1),
        ("a log of one frame replaced whole", &[5], true, true, 0),
    ];
    for (case, commits, is_closed, without_caches, kept) in table {
        for (key, has_key) in [(Some(other_key()), true), (None, false)] {
            let place = Place::with_commits(&[]);
            let mut recorder = place.open();
            for count in commits {
                recorder.notes(*count);
            }
            if is_closed {
                recorder.close();
            } else {
                drop(recorder);
            }
            let forged = fork(&place, kept, &[4]);
            let (start, end) = frames(&forged)[kept];
            if without_caches {
                drop_caches(&place);
            }
            edit(&place.segment(), |bytes| {
                bytes[start..].fill(0);
                bytes[start..end].copy_from_slice(&reframed(&forged[start..end], key.as_ref()));
            });
            let first: u64 = commits[..kept].iter().sum();
            let why = match (has_key, kept) {
                (true, _) => Foreign::Authenticator,
                (false, 0) => Foreign::Unsigned,
                (false, _) => Foreign::Downgraded,
            };
            assert_refused(&place, (first, first + 3), start, why, case);
            // The signature of the frame before it stands in the forged one, which copied it: it is genuine.
            assert_unsigned_without_the_key(&place, first + 4, first, case);
        }
    }
}

#[test]
fn a_redaction_that_the_key_did_not_write_destroys_nothing() {
    let place = Place::with_commits(&[3]);
    let other = Place::new();
    copy(&place.path(), &other.path());
    let mut recorder = other.open();
    recorder.redact(&[(0, Some(1), None)]).unwrap();
    drop(recorder);
    let forged = fs::read(other.segment()).unwrap();
    let (start, end) = frames(&forged)[1];
    edit(&place.segment(), |bytes| {
        bytes[start..end].copy_from_slice(&reframed(&forged[start..end], Some(&other_key())));
    });
    // Nothing says that recorded redactions are carried out: an opening looks for them all.
    fs::remove_file(place.file("log.redactions")).ok();
    assert_refused(&place, (3, 3), start, Foreign::Authenticator, "a redaction");
}

#[test]
fn a_forged_signature_in_a_frame_counts_for_nothing() {
    // Two forged frames; the second says that the first is signed: by the log's key, or by one of another id.
    for byte_of_the_slot in [12, 70] {
        let place = Place::with_commits(&[3]);
        let mut forged = fork(&place, 1, &[2, 1]);
        let [_, first, second] = frames(&forged)[..] else { panic!("three frames") };
        for (start, end) in [first, second] {
            let frame = reframed(&forged[start..end], None);
            forged[start..end].copy_from_slice(&frame);
        }
        let slot =
            second.0 + 512 + Frame::decode(&forged[second.0..]).unwrap().header.body_bytes as usize - 80;
        forged[slot + byte_of_the_slot] ^= 1;
        let checked = with_checksums(forged[second.0..second.1].to_vec());
        forged[second.0..second.1].copy_from_slice(&checked);
        fs::write(place.segment(), forged).unwrap();
        assert_refused(&place, (3, 4), first.0, Foreign::Downgraded, "two frames");
        assert_unsigned_without_the_key(&place, 6, 3, "a forged slot");
    }
}

/// A frame with its check sums made anew.
fn with_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    let body_bytes = u32::from_le_bytes(*bytes[36..].first_chunk().unwrap()) as usize;
    let checksum = crc32c::crc32c(&bytes[512..512 + body_bytes]);
    bytes[44..48].copy_from_slice(&checksum.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[..508]);
    bytes[508..512].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

#[test]
fn frames_of_version_1_count_where_a_stored_signature_covers_them() {
    let place = Place::with_commits(&[20, 3]);
    let older = |bytes: &mut Vec<u8>| {
        for (start, end) in frames(bytes) {
            let frame = reframed(&bytes[start..end], None);
            bytes[start..end].copy_from_slice(&frame);
        }
    };
    edit(&place.segment(), older);
    assert!(verify(&place.data(), &mut ()).unwrap().is_good());
    let mark = fs::read(place.data().mark()).unwrap();
    let start = frames(&fs::read(place.segment()).unwrap())[1].0;
    // The signature of the first frame is in the second, that of the second in the mark alone.
    drop_caches(&place);
    assert_refused(&place, (20, 22), start, Foreign::Unsigned, "without the mark");
    let forged = Mark::read(place.data().file_system(), &place.data().mark()).unwrap();
    assert_eq!(forged, None, "the mark is not made anew");
    fs::write(place.data().mark(), String::from_utf8(mark.clone()).unwrap()).unwrap();
    let mut signed = Mark::read(place.data().file_system(), &place.data().mark()).unwrap().unwrap();
    let genuine = signed.signature;
    signed.signature.as_mut().unwrap().signature[9] ^= 1;
    signed.write(place.data().file_system(), &place.data().mark()).unwrap();
    assert_refused(&place, (20, 22), start, Foreign::Unsigned, "with a forged mark");
    signed.signature = genuine;
    signed.write(place.data().file_system(), &place.data().mark()).unwrap();
    rebuild(&place.data(), &mut |_| {}).unwrap();
    let mut recorder = place.open();
    recorder.notes(1);
    drop(recorder);
    drop_caches(&place);
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(place.open().entries.len(), 24);
}

#[test]
fn a_mark_that_was_put_back_is_told() {
    let place = Place::with_commits(&[3]);
    let mark = fs::read(place.data().mark()).unwrap();
    let mut recorder = place.open();
    recorder.notes(2);
    recorder.close();
    fs::write(place.data().mark(), mark).unwrap();
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good() && report.notices.iter().any(|notice| notice.code == "mark-behind"));
    let notices = place.open().notices;
    assert!(notices.contains(&Notice::BeyondMark { closed: 3, size: 5 }), "{notices:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any byte of the last frame's header or body, with new check sums, through the real opening.
    #[test]
    fn no_byte_of_the_last_frame_is_changed_without_the_key(at: prop::sample::Index, change in 1_u8..) {
        let place = Place::with_commits(&[2, 1]);
        let bytes = fs::read(place.segment()).unwrap();
        let (start, end) = frames(&bytes)[1];
        let header = Frame::decode(&bytes[start..end]).unwrap().header;
        let at = at.index(512 + header.body_bytes as usize - 4);
        let at = if at < 508 { at } else { at + 4 };
        let mut frame = bytes[start..end].to_vec();
        frame[at] ^= change;
        let is_length = (36..40).contains(&at);
        let forged = if is_length { frame } else { with_checksums(frame) };
        drop_caches(&place);
        edit(&place.segment(), |bytes| bytes[start..end].copy_from_slice(&forged));
        let before = record_of(&place);
        let refused = place.try_open().map(|recorder| recorder.entries.len());
        prop_assert!(
            // The four bytes of the body's check sum are made anew: nothing was changed.
            (44..48).contains(&at) && refused.is_ok()
                || matches!(
                    refused,
                    Err(LogError::ForeignFrame { .. } | LogError::Journal(JournalError::Damaged(_)) | LogError::Entry { .. } | LogError::OtherKey { .. })
                ),
            "byte {}: {:?}", at, refused
        );
        prop_assert_eq!(record_of(&place), before);
    }
}
