//! What opening does not read is checked when it is read: nothing that was changed in sled is ever served.

use std::fs;
use std::sync::Arc;

use super::super::{Notice, Opened, open};
use super::distrust::{replaced, shortened, tamper_closed};
use crate::journal::{JournalError, SegmentId};
use crate::reader::LogReader;
use crate::record::{Bundle, Location, StoredEvent, encode_record};
use crate::seal::OpeningState;
use crate::store::image::{BUNDLE_ENTRIES, CLOSED_KEY, META_KEY, bundle_key, index_key, tile_key};
use crate::testing::{Place, copy, edit, finished, recommendation, silence_sled};
use crate::tlog::hash::Hash;
use crate::{LogError, verify};

/// Past a block of the subject index, so that what opening reads at the end of the store does not reach back to its beginning.
const COMMITS: [u64; 17] = [256; 17];

/// Everything that a reader can be asked, to be compared.
#[derive(Debug, PartialEq)]
struct Answers {
    entries: Vec<(Arc<StoredEvent>, Hash)>,
    texts: Vec<Vec<OpeningState>>,
    roots: Vec<Hash>,
    checkpoints: Vec<Option<String>>,
    last: Option<String>,
    versions: Vec<Vec<(u64, u64)>>,
}

fn answers(reader: &LogReader) -> Answers {
    let mut entries = Vec::new();
    let visited = reader.visit_leaves::<LogError>(0..reader.size(), &mut |stored, leaf| {
        entries.push((stored, leaf));
        Ok(())
    });
    visited.unwrap();
    for (stored, _) in entries.iter().step_by(31) {
        assert_eq!(reader.event(stored.entry.event.index).unwrap(), *stored);
    }
    let sizes = (0..=reader.size()).step_by(61);
    Answers {
        texts: entries.iter().step_by(7).map(|(stored, _)| reader.openings(stored).unwrap()).collect(),
        entries,
        roots: sizes.clone().map(|size| reader.root_at(size).unwrap()).collect(),
        checkpoints: sizes
            .map(|size| reader.checkpoint_from(size).unwrap().map(|note| note.to_string()))
            .collect(),
        last: reader.last_checkpoint().unwrap().map(|note| note.to_string()),
        versions: (0..8)
            .map(|number| reader.versions(&recommendation(number), reader.size()).unwrap())
            .collect(),
    }
}

/// The same bundle with other places in the journal for some of its records.
fn displaced(value: &[u8], displace: impl Fn(&mut Location)) -> Vec<u8> {
    let bundle = Bundle::decode(value).unwrap();
    let records: Vec<Vec<u8>> = (bundle.first..bundle.first + BUNDLE_ENTRIES)
        .map(|index| {
            let mut stored = bundle.event(index).unwrap();
            displace(&mut stored.location);
            let mut record = Vec::new();
            encode_record(&stored.entry, stored.location, &mut record).unwrap();
            record
        })
        .collect();
    Bundle { records: records.iter().map(Vec::as_slice).collect(), ..bundle }.encode().unwrap()
}

fn without_checkpoints(value: &[u8]) -> Vec<u8> {
    Bundle { checkpoints: Vec::new(), ..Bundle::decode(value).unwrap() }.encode().unwrap()
}

#[test]
fn whatever_is_changed_in_sled_every_answer_is_the_journals() {
    type Change = fn(Vec<u8>) -> Vec<u8>;
    silence_sled();
    let good = Place::with_commits(&COMMITS);
    let recorder = good.open();
    let expected = answers(&recorder.log.reader());
    assert!(!recorder.log.reader().store_damaged());
    recorder.close();
    let table: [(&str, Vec<u8>, Change); 8] = [
        ("a record", bundle_key(0).to_vec(), |value| replaced(value, b"ann", b"bob")),
        ("a short bundle", bundle_key(1024).to_vec(), |value| shortened(&value)),
        ("no bundle", bundle_key(1024).to_vec(), |_| b"x".to_vec()),
        ("a signature", bundle_key(finished(255)).to_vec(), |value| {
            let signature = Bundle::decode(&value).unwrap().checkpoints[0].signature;
            let mut changed = signature;
            changed[7] ^= 1;
            replaced(value, &signature, &changed)
        }),
        ("no signature", bundle_key(finished(255)).to_vec(), |value| without_checkpoints(&value)),
        ("a leaf", tile_key(0, 3).to_vec(), |mut value| {
            value[100] ^= 1;
            value
        }),
        ("the subject index", index_key(0).to_vec(), |mut value| {
            let last = value.len() - 1;
            value[last] ^= 1;
            value
        }),
        ("an empty subject index", index_key(0).to_vec(), |_| vec![0, 0]),
    ];
    let place = Place::new();
    for ((name, key, change), while_open) in
        table.into_iter().flat_map(|row| [(row.clone(), true), (row, false)])
    {
        copy(&good.path(), &place.path());
        // Every tile of so short a log leads to the right edge directly, so that opening reads it.
        if name == "a leaf" && !while_open {
            continue;
        }
        if !while_open {
            tamper_closed(&place, &key, change);
        }
        let Opened { log, notices } = open(&place.data(), None).unwrap();
        assert_eq!(notices, [], "{name}: opening does not read it");
        if while_open {
            log.reader().shared.stored.as_ref().unwrap().store.forge(&key, change);
        }
        assert_eq!(answers(&log.reader()), expected, "{name}");
        assert!(log.reader().store_damaged(), "{name}");
        log.close().unwrap();
        // What follows is the same for all.
        if while_open {
            continue;
        }
        assert!(!verify(&place.data(), &mut ()).unwrap().is_good(), "{name}");
        let Opened { log, notices } = open(&place.data(), None).unwrap();
        assert!(
            matches!(notices.as_slice(), [Notice::StoreRebuilt { reason, .. }] if reason.contains("found damaged")),
            "{name}: {notices:?}"
        );
        log.close().unwrap();
        let report = verify(&place.data(), &mut ()).unwrap();
        assert!(report.is_good(), "{name}: {:?}", report.findings);
    }
}

/// A tag only saves work: one that is wrong, missing, or from before the log had this key, costs time and no answer.
#[test]
fn wrong_tags_change_no_answer_and_no_trust() {
    use crate::store::without_tags;
    let good = Place::with_commits(&COMMITS);
    let recorder = good.open();
    let expected = answers(&recorder.log.reader());
    recorder.close();
    let changes: [fn(&mut [u8]); 3] =
        [|tags| tags.fill(0), |tags| tags.reverse(), |tags| tags.iter_mut().for_each(|byte| *byte ^= 0x40)];
    let place = Place::new();
    for change in changes {
        copy(&good.path(), &place.path());
        let database = crate::store::database(&place.data().store());
        for key in (0..1024).step_by(16).map(bundle_key) {
            let value = database.get(key).unwrap().unwrap();
            let (bundle, tags) = without_tags(&value);
            let mut tags = tags.to_vec();
            assert!(tags.iter().any(|byte| *byte != 0), "they were written");
            change(&mut tags);
            database.insert(key, [bundle, &tags].concat()).unwrap();
        }
        database.flush().unwrap();
        drop(database);
        assert!(verify(&place.data(), &mut ()).unwrap().is_good());
        let Opened { log, notices } = open(&place.data(), None).unwrap();
        assert_eq!(notices, []);
        assert_eq!(answers(&log.reader()), expected);
        assert!(!log.reader().store_damaged());
        log.close().unwrap();
    }
}

/// No hash covers where an entry stands: a wrong place must not make a text look destroyed, nor like another.
#[test]
fn a_record_that_names_another_place_in_the_journal_hides_no_text() {
    let good = Place::with_commits(&COMMITS);
    let recorder = good.open();
    let expected = answers(&recorder.log.reader());
    recorder.close();
    let changes: [fn(&mut Location); 5] = [
        // The zeros at the end of the first segment.
        |location| location.openings_offset = 1024 * 1024 - 4096,
        |location| location.openings_offset += 1,
        |location| location.openings_len = 0,
        |location| location.segment = 77,
        |location| location.offset += 512,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let place = Place::new();
        copy(&good.path(), &place.path());
        tamper_closed(&place, &bundle_key(finished(183)), |value| displaced(&value, change));
        let Opened { log, .. } = open(&place.data(), None).unwrap();
        let found = answers(&log.reader());
        assert_eq!(
            (found.texts, found.checkpoints),
            (expected.texts.clone(), expected.checkpoints.clone()),
            "{number}"
        );
        // A checkpoint is asked for where the commit of entry 183 ends.
        assert!(log.reader().store_damaged(), "{number}");
        log.close().unwrap();
    }
}

/// What a redaction names is destroyed where it stands, not where a forged record says: there is another text.
#[test]
fn a_record_that_names_another_place_has_no_other_text_destroyed() {
    let texts = |place: &Place| -> Vec<Vec<OpeningState>> {
        let Opened { log, .. } = open(&place.data(), None).unwrap();
        let reader = log.reader();
        let openings = |index| reader.openings(&reader.event(index).unwrap()).unwrap();
        let texts = (0..300).map(openings).collect();
        drop(reader);
        log.close().unwrap();
        texts
    };
    let place = Place::with_commits(&COMMITS);
    let mut expected = texts(&place);
    tamper_closed(&place, &bundle_key(finished(183)), |value| {
        displaced(&value, |location| location.openings_offset = location.openings_offset.saturating_sub(100))
    });
    let index =
        (crate::testing::place(finished(183))..192).find(|index| !expected[*index].is_empty()).unwrap();
    let mut recorder = place.open();
    recorder.redact(&[(index as u64, Some(0), None)]).unwrap();
    recorder.close();
    expected[index][0] = OpeningState::Erased;
    assert_eq!(texts(&place), expected);
}

#[test]
fn what_neither_sled_nor_the_journal_has_unchanged_is_an_error() {
    let place = Place::with_commits(&COMMITS);
    tamper_closed(&place, &bundle_key(0), |value| replaced(value, b"ann", b"bob"));
    // Byte 700 is in the first frame: its checksum fails. The others are not concerned.
    edit(&place.segment(), |bytes| bytes[700] ^= 1);
    let Opened { log, .. } = open(&place.data(), None).unwrap();
    let reader = log.reader();
    let failed = (0..256).filter(|index| match reader.event(*index) {
        Ok(stored) => {
            assert_eq!(stored.entry.event.actor.as_str(), "ann");
            false
        }
        Err(error) => {
            assert!(matches!(error, LogError::Journal(JournalError::Damaged(_))), "{error:?}");
            true
        }
    });
    assert_eq!(failed.count(), 1, "one record was changed");
    assert!(reader.event(256).is_ok());
}

#[test]
fn a_segment_that_is_missing_or_not_itself_is_refused_at_once() {
    let good = Place::with_commits(&COMMITS);
    let data = good.data();
    let segment = |number| data.journal().segment_path(SegmentId(number));
    assert!(segment(2).exists(), "the log reaches over three segments");
    let changes: [(&str, &dyn Fn()); 4] = [
        ("missing", &|| fs::remove_file(segment(0)).unwrap()),
        ("headless", &|| edit(&segment(1), |bytes| bytes[..512].fill(0))),
        ("of other entries", &|| {
            edit(&segment(1), |bytes| {
                let mut header = crate::journal::FrameHeader::decode(bytes).unwrap();
                header.first_index = 0;
                bytes[..512].copy_from_slice(&crate::journal::header_sector(&header));
            });
        }),
        ("another", &|| {
            let bytes = fs::read(segment(1)).unwrap();
            edit(&segment(0), |first| {
                let length = first.len();
                first.copy_from_slice(&bytes[..length]);
            });
        }),
    ];
    let kept = good.beside("kept");
    copy(&good.path(), &kept);
    for (name, change) in changes {
        copy(&kept, &good.path());
        change();
        let before = crate::testing::snapshot(data.journal().path());
        let refused = open(&data, None).unwrap_err();
        assert!(matches!(refused, LogError::Journal(JournalError::Damaged(_))), "{name}: {refused:?}");
        assert_eq!(crate::testing::snapshot(data.journal().path()), before, "{name}: nothing was changed");
    }
}

/// Until version 2 the subject index had one value for each subject and block.
#[test]
fn a_store_of_an_older_layout_is_made_anew_and_its_size_counts() {
    let place = Place::with_commits(&[100]);
    let older = place.beside("older");
    copy(place.data().journal().path(), &older);
    let mut recorder = place.open();
    recorder.notes(200);
    recorder.close();
    let database = crate::store::database(&place.data().store());
    for key in [META_KEY, CLOSED_KEY] {
        let mut value = database.get(key).unwrap().unwrap().to_vec();
        value[0] = 1;
        database.insert(key, value).unwrap();
    }
    database.flush().unwrap();
    drop(database);
    let newer = place.beside("newer");
    copy(&place.path(), &newer);
    let report = verify(&place.data(), &mut ()).unwrap();
    assert!(report.is_good(), "{:?}", report.findings);
    assert_eq!(report.notices.iter().map(|notice| notice.code).collect::<Vec<_>>(), ["store-older-layout"]);
    // Without the mark only the store knows that there was more.
    fs::remove_file(place.data().mark()).unwrap();
    copy(&older, place.data().journal().path());
    let refused = open(&place.data(), None).unwrap_err();
    assert!(matches!(refused, LogError::JournalBehind { journal: 100, known: 300, .. }), "{refused:?}");
    copy(&newer, &place.path());
    let recorder = place.open();
    assert!(
        matches!(recorder.notices.as_slice(), [Notice::StoreRebuilt { reason, .. }] if reason.contains("layout 1")),
        "{:?}",
        recorder.notices
    );
    assert_eq!(recorder.entries.len(), 300);
    recorder.close();
    assert_eq!(place.open().notices, []);
}

#[test]
fn the_frame_of_every_entry_is_found_by_headers_alone() {
    let place = Place::with_commits(&[1, 200, 3, 256, 256, 256, 256, 256, 256, 256, 7, 1]);
    let recorder = place.open();
    let reader = recorder.log.reader();
    for stored in recorder.entries.iter().rev() {
        let index = stored.entry.event.index;
        let found = reader.shared.journal.find(index).unwrap().unwrap();
        assert_eq!(
            (found.segment.0, found.offset),
            (stored.location.segment, stored.location.offset),
            "{index}"
        );
    }
    assert_eq!(reader.shared.journal.find(reader.size()).unwrap(), None);
    // The third frame has lost its header: those behind it are found all the same, and its own are not.
    let start = usize::try_from(recorder.entries[201].location.offset).unwrap();
    recorder.close();
    edit(&place.segment(), |bytes| bytes[start] ^= 1);
    let journal = crate::journal::JournalReader::new(place.data().journal());
    for (index, is_there) in [(200, true), (201, false), (203, false), (204, true), (2000, true)] {
        assert_eq!(journal.find(index).unwrap().is_some(), is_there, "{index}");
    }
}

/// Tiles of tiles, hashed anew from the entries of the journal: past 65,536 of them.
#[test]
fn a_tile_of_tiles_that_was_changed_is_hashed_again_from_the_journal() {
    let place = Place::new();
    let mut recorder = place.open();
    let mut roots = Vec::new();
    for _ in 0..257 {
        roots.push(recorder.notes(256).head);
    }
    recorder.close();
    let Opened { log, notices } = open(&place.data(), None).unwrap();
    assert_eq!(notices, []);
    let stored = log.reader();
    let store = &stored.shared.stored.as_ref().unwrap().store;
    for key in [tile_key(1, 0), tile_key(0, 7)] {
        store.forge(&key, |mut value| {
            value[32 * 7] ^= 1;
            value
        });
    }
    for head in roots {
        assert_eq!(log.reader().root_at(head.size).unwrap(), head.root);
    }
    assert!(log.reader().store_damaged());
}
