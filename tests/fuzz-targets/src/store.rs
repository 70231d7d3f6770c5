//! Records and bundles, as sled holds them.

use docket_log::entry::Entry;
use docket_log::record::{Bundle, StoredEvent, decode_record, encode_record, record_matches_entry};

use crate::check::{accept, one_line, same};
use crate::specimen::specimen;

pub(crate) fn record(data: &[u8]) {
    match decode_record(data) {
        Ok(stored) => check_record(data, &stored),
        Err(error) => one_line(&error),
    }
    // A record goes with no entry but its own.
    for known in &specimen().entries {
        match record_matches_entry(data, &known.bytes) {
            Ok(stored) => {
                let entry = Entry::decode(&known.bytes).expect("an entry of the specimen");
                assert_eq!(stored.entry, entry, "a record was taken for that of another entry");
            }
            Err(error) => one_line(&error),
        }
    }
}

fn check_record(bytes: &[u8], stored: &StoredEvent) {
    let mut again = Vec::new();
    encode_record(&stored.entry, stored.location, &mut again).expect("what was decoded can be encoded");
    same("a record", bytes, &again);
    accept();
    // What the store says of an event can be said in an entry, and says the same there.
    match stored.entry.encode() {
        Ok(entry) => {
            let matched = record_matches_entry(bytes, &entry).expect("a record goes with its own entry");
            assert_eq!(&matched, stored);
        }
        // A record may be of more bytes than an entry can have.
        Err(error) => one_line(&error),
    }
}

pub(crate) fn bundle(data: &[u8]) {
    let bundle = match Bundle::decode(data) {
        Ok(bundle) => bundle,
        Err(error) => return one_line(&error),
    };
    same("a bundle", data, &bundle.encode().expect("what was decoded can be encoded"));
    for (index, record) in (bundle.first..).zip(&bundle.records) {
        match bundle.event(index) {
            Ok(stored) => {
                assert_eq!(stored.entry.event.index, index);
                check_record(record, &stored);
            }
            Err(error) => one_line(&error),
        }
    }
    let end = bundle.first + bundle.records.len() as u64;
    assert!(bundle.event(end).is_err(), "a bundle answers for a record that it does not hold");
}
