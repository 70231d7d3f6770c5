//! Logs whose checksums, roots and signatures are right, and whose entries still break a rule; and frames that were written anew.

use std::sync::Arc;

use docket_domain::{Event, Timestamp};

use super::{checked, codes};
use crate::journal::{CheckpointSignature, Frame, NewEntry, NewFrame, SegmentId, encode};
use crate::record::StoredEvent;
use crate::seal::SealedText;
use crate::testing::{Place, edit, id, note, recommendation, retraction};
use crate::tlog::hash::leaf_hash;
use crate::writer::Draft;

type Forge = fn(&mut Draft);

/// The event of a draft, to be changed.
fn event(draft: &mut Draft) -> &mut Event<SealedText> {
    Arc::make_mut(&mut draft.entry.event)
}

/// Prints a changed draft again, as a forger with the key would.
fn again(draft: &mut Draft) {
    *draft = Draft::new(draft.entry.clone(), std::mem::take(&mut draft.openings)).unwrap();
}

#[test]
fn entries_that_break_a_rule_are_found_whoever_signed_them() {
    let table: [(&str, Forge); 9] = [
        ("entry-index", |draft| event(draft).index += 1),
        ("entry-time", |draft| {
            event(draft).recorded_at = Timestamp::from_micros(1_600_000_000_000_000).unwrap();
        }),
        ("entry-version", |draft| event(draft).version += 1),
        ("entry-previous", |draft| draft.entry.previous = Some([1; 32])),
        ("entry-origin", |draft| {
            draft.entry.origin = docket_domain::Origin::new("docket.example/other").unwrap();
        }),
        ("entry-id-repeated", |draft| event(draft).id = id(0, 1)),
        ("entry-target", |draft| {
            if let docket_domain::Data::EventRetracted(retraction) = &mut event(draft).data {
                retraction.target = id(0, 77);
            }
        }),
        // An event cannot speak about itself.
        ("entry-target", |draft| {
            let own = draft.entry.event.id;
            if let docket_domain::Data::EventRetracted(retraction) = &mut event(draft).data {
                retraction.target = own;
            }
        }),
        ("entry-not-canonical", |draft| {
            draft.bytes.insert(1, b' ');
            draft.leaf = leaf_hash(&draft.bytes);
        }),
    ];
    for (code, forge) in table {
        let place = Place::with_commits(&[20]);
        let mut recorder = place.open();
        let mut drafts = recorder.drafts(vec![(recommendation(3), retraction(id(0, 2)))]);
        forge(&mut drafts[0]);
        if code != "entry-not-canonical" {
            again(&mut drafts[0]);
        }
        recorder.forge(drafts);
        drop(recorder);
        let report = checked(&place);
        assert!(codes(&report).contains(&code), "{code}: {:?}", report.findings);
        assert!(
            report.findings.iter().any(|finding| finding.code == code && finding.entry == Some(20)),
            "{code}: {:?}",
            report.findings
        );
    }
}

#[test]
fn openings_of_another_entry_are_found() {
    let place = Place::new();
    let mut recorder = place.open();
    let mut drafts =
        recorder.drafts(vec![(recommendation(1), note("same")), (recommendation(2), note("size"))]);
    let (first, second) = drafts.split_at_mut(1);
    std::mem::swap(&mut first[0].openings, &mut second[0].openings);
    recorder.forge(drafts);
    let next = recorder.log.append(vec![]);
    assert!(next.is_err(), "an empty commit is refused");
    drop(recorder);
    assert_eq!(codes(&checked(&place)), ["journal-damage"], "in the last frame it is damage of the frame");
}

/// Writes the frame that holds an entry anew, with right checksums, after a change.
fn reframe(
    place: &Place,
    stored: &StoredEvent,
    change: impl FnOnce(&mut [u8; 32], &mut Option<CheckpointSignature>),
) {
    let start = usize::try_from(stored.location.offset).unwrap();
    edit(&place.segment(), |bytes| {
        let frame = Frame::decode(&bytes[start..]).unwrap();
        let key = place.frame_key();
        let (mut root, mut previous_checkpoint) = (*frame.root, frame.previous_checkpoint);
        change(&mut root, &mut previous_checkpoint);
        let parts: Vec<_> = frame.entries().collect();
        let entries: Vec<_> =
            parts.iter().map(|part| NewEntry { bytes: part.bytes, openings: part.openings }).collect();
        let frame = NewFrame {
            first_index: frame.header.first_index,
            entries: &entries,
            root,
            previous_checkpoint,
            key: key.as_ref(),
        };
        let mut encoded = Vec::new();
        encode(&frame, SegmentId(0), &mut encoded).unwrap();
        let end = start + encoded.len();
        bytes[start..end].copy_from_slice(&encoded);
    });
}

#[test]
fn frames_with_another_root_or_signature_are_found() {
    type Change = fn(&mut [u8; 32], &mut Option<CheckpointSignature>);
    let table: [(&str, u64, Change); 7] = [
        ("frame-root", 0, |root, _| root[0] ^= 1),
        ("frame-root", 2, |root, _| root[31] ^= 1),
        ("signature-missing", 1, |_, signature| *signature = None),
        ("signature-bad", 1, |_, signature| signature.as_mut().unwrap().signature[5] ^= 1),
        ("signature-bad", 2, |_, signature| signature.as_mut().unwrap().key_id[0] ^= 1),
        ("signature-size", 2, |_, signature| signature.as_mut().unwrap().size += 1),
        ("signature-size", 0, |_, signature| {
            *signature = Some(CheckpointSignature { size: 0, key_id: [0; 4], signature: [0; 64] });
        }),
    ];
    for (code, index, change) in table {
        let place = Place::with_commits(&[1, 1, 1]);
        let recorder = place.open();
        let stored = recorder.entries[usize::try_from(index).unwrap()].clone();
        recorder.close();
        reframe(&place, &stored, change);
        let report = checked(&place);
        assert_eq!(codes(&report), [code], "{:?}", report.findings);
        assert_eq!(report.findings[0].offset, Some(stored.location.offset));
        assert_eq!(report.findings[0].file, place.segment());
    }
}

#[test]
fn a_value_that_was_changed_added_or_removed_in_sled_is_found() {
    use crate::store::image::{META_KEY, bundle_key, index_key, tile_key};
    type Change = fn(&sled::Db);
    let table: [(&[&str], Change); 9] = [
        (&["store-extra-key"], |database| drop(database.insert(bundle_key(4608), b"x").unwrap())),
        (&["store-extra-key"], |database| drop(database.insert(b"anything", b"x").unwrap())),
        (&["store-extra-key"], |database| drop(database.insert(tile_key(0, 17), b"x").unwrap())),
        (&["store-extra-key"], |database| {
            drop(database.insert(index_key(1), &[0; 2]).unwrap());
        }),
        (&["store-missing-key"], |database| {
            drop(database.remove(index_key(0)).unwrap());
        }),
        (&["store-differs"], |database| {
            let mut value = database.get(index_key(0)).unwrap().unwrap().to_vec();
            *value.last_mut().unwrap() ^= 1;
            database.insert(index_key(0), value).unwrap();
        }),
        (&["store-missing-key"], |database| drop(database.remove(tile_key(0, 3)).unwrap())),
        (&["record-unreadable", "store-differs"], |database| {
            let value = database.get(bundle_key(64)).unwrap().unwrap();
            let mut value = value.to_vec();
            value.truncate(value.len() - 1);
            database.insert(bundle_key(64), value).unwrap();
        }),
        (&["store-meta"], |database| {
            let mut value = database.get(META_KEY).unwrap().unwrap().to_vec();
            value[20] ^= 1;
            database.insert(META_KEY, value).unwrap();
        }),
    ];
    let good = Place::with_commits(&[256; 17]);
    let place = Place::with_commits(&[1]);
    for (expected, change) in table {
        crate::testing::copy(&good.path(), &place.path());
        let database = crate::store::database(&place.data().store());
        change(&database);
        database.flush().unwrap();
        drop(database);
        let report = checked(&place);
        assert_eq!(codes(&report), expected, "{:?}", report.findings);
        assert!(report.findings.iter().all(|finding| finding.file == place.data().store()));
    }
}

#[test]
fn a_record_that_says_something_else_than_its_entry_is_named() {
    use crate::record::{Bundle, encode_record};
    use crate::store::image::bundle_key;
    let place = Place::with_commits(&[64]);
    let database = crate::store::database(&place.data().store());
    crate::store::forge(&database, &bundle_key(0), |value| {
        let mut bundle = Bundle::decode(&value).unwrap();
        let mut stored = bundle.event(9).unwrap();
        Arc::make_mut(&mut stored.entry.event).actor = docket_domain::Actor::new("bob").unwrap();
        let mut record = Vec::new();
        encode_record(&stored.entry, stored.location, &mut record).unwrap();
        bundle.records[9] = &record;
        bundle.encode().unwrap()
    });
    drop(database);
    let report = checked(&place);
    assert_eq!(codes(&report), ["record-differs", "store-differs"]);
    let finding = report.findings.iter().find(|finding| finding.code == "record-differs").unwrap();
    assert_eq!(finding.entry, Some(9));
    assert!(finding.message.contains("actor"), "{}", finding.message);
}

#[test]
fn a_flipped_bit_in_any_part_of_a_bundle_is_found() {
    use crate::store::image::bundle_key;
    let place = Place::with_commits(&[30, 50, 40, 40]);
    let good = place.beside("good");
    crate::testing::copy(&place.data().store(), &good);
    let database = crate::store::database(&place.data().store());
    let value = database.get(bundle_key(64)).unwrap().unwrap();
    // What is wrong with a tag changes nothing: then the record is printed and hashed.
    let value = crate::store::without_tags(&value).0.to_vec();
    drop(database);
    let records_start = 13 + crate::testing::place(crate::store::image::BUNDLE_ENTRIES) * 4 + 76;
    let head_and_checkpoints = (0..records_start).step_by(11);
    for at in head_and_checkpoints.chain((records_start..value.len()).step_by(value.len() / 60)) {
        crate::testing::copy(&good, &place.data().store());
        let database = crate::store::database(&place.data().store());
        crate::store::forge(&database, &bundle_key(64), |mut value| {
            value[at] ^= 1 << (at % 8);
            value
        });
        drop(database);
        let report = checked(&place);
        assert!(codes(&report).contains(&"store-differs"), "byte {at}: {:?}", report.findings);
    }
}

#[test]
fn a_bundle_whose_records_are_right_needs_its_own_checkpoints_too() {
    use crate::record::Bundle;
    use crate::store::image::bundle_key;
    type Forge = fn(&mut Bundle<'_>);
    let table: [(bool, Forge); 5] = [
        (true, |_| {}),
        (false, |bundle| {
            bundle.checkpoints.remove(0);
        }),
        (false, |bundle| bundle.checkpoints[1].signature[63] ^= 1),
        (false, |bundle| bundle.checkpoints[0].size += 1),
        (false, |bundle| bundle.records.swap(3, 4)),
    ];
    for (is_good, forge) in table {
        let place = Place::with_commits(&[5, 7, 40]);
        let database = crate::store::database(&place.data().store());
        crate::store::forge(&database, &bundle_key(0), |value| {
            let mut forged = Bundle::decode(&value).unwrap();
            forge(&mut forged);
            forged.encode().unwrap()
        });
        drop(database);
        let report = checked(&place);
        assert_eq!(report.is_good(), is_good, "{:?}", report.findings);
        assert_eq!(codes(&report).contains(&"store-differs"), !is_good);
    }
}
