//! Entries of one subject that are read together: each is proven by the one after it.

use std::sync::Arc;

use super::super::{Opened, open};
use super::distrust::replaced;
use crate::reader::LogReader;
use crate::record::StoredEvent;
use crate::store::image::{bundle_key, tile_key};
use crate::testing::{Place, Recorder, place, silence_sled};

/// A log of 600 notes about seven subjects in turn, of which two tiles are full.
fn long_log() -> (Place, Vec<Arc<StoredEvent>>) {
    let place = Place::with_commits(&[200, 200, 200]);
    let recorder: Recorder = place.open();
    let entries = recorder.entries.clone();
    recorder.close();
    (place, entries)
}

/// The places of a subject from its first entry to the last one in a full tile.
fn places(subject: u64) -> Vec<(u64, u64)> {
    (1..).zip((subject..512).step_by(7)).map(|(version, index)| (index, version)).collect()
}

fn forge(reader: &LogReader, key: &[u8], change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    reader.shared.stored.as_ref().unwrap().store.forge(key, change);
}

fn spoilt(mut value: Vec<u8>) -> Vec<u8> {
    for byte in &mut value {
        *byte ^= 1;
    }
    value
}

#[test]
fn entries_of_a_subject_are_proven_by_those_after_them_and_no_tile_is_read() {
    silence_sled();
    let (here, entries) = long_log();
    let Opened { log, .. } = open(&here.data(), None).unwrap();
    let reader = log.reader();
    // Whoever reads a leaf of the first 256 finds the store damaged.
    forge(&reader, &tile_key(0, 0), spoilt);
    reader.fetch(&places(3));
    for (index, _) in places(3) {
        assert_eq!(reader.event(index).unwrap(), entries[place(index)], "{index}");
    }
    assert!(!reader.store_damaged());
    // Not after it: the next subject's entry is proven by nothing but its leaf.
    assert_eq!(reader.event(4).unwrap(), entries[4]);
    assert!(reader.store_damaged());
    log.close().unwrap();
}

#[test]
fn what_does_not_follow_is_read_as_if_it_were_asked_for_alone() {
    silence_sled();
    let (here, entries) = long_log();
    let all = places(3);
    let (first, last) = (all[0], all[all.len() - 1]);
    let table: [(&str, Vec<(u64, u64)>); 7] = [
        ("none", Vec::new()),
        ("a gap", vec![first, all[2], all[3], last]),
        ("another order", all.iter().rev().copied().collect()),
        ("wrong versions", all.iter().map(|(index, version)| (*index, version + 1)).collect()),
        ("another subject between", vec![first, (4, 2), all[2], all[3]]),
        ("one place twice", vec![first, first, all[1], all[1], all[2]]),
        ("beyond the end", vec![last, (599, last.1 + 1), (600, last.1 + 2), (u64::MAX, u64::MAX)]),
    ];
    for (name, places) in table {
        let Opened { log, .. } = open(&here.data(), None).unwrap();
        let reader = log.reader();
        reader.fetch(&places);
        for index in 0..600 {
            assert_eq!(reader.event(index).unwrap(), entries[place(index)], "{name}: {index}");
        }
        assert!(!reader.store_damaged(), "{name}");
        log.close().unwrap();
    }
}

#[test]
fn a_changed_record_is_seen_although_its_leaf_is_named_by_the_next() {
    silence_sled();
    let (here, entries) = long_log();
    let Opened { log, .. } = open(&here.data(), None).unwrap();
    let reader = log.reader();
    forge(&reader, &bundle_key(0), |value| replaced(value, b"ann", b"bob"));
    // The record that is changed is the first of the bundle.
    reader.fetch(&places(0));
    assert!(reader.store_damaged());
    for index in 0..600 {
        assert_eq!(reader.event(index).unwrap(), entries[place(index)], "{index}");
    }
    log.close().unwrap();
}
