use std::sync::Arc;

use docket_domain::event::{Data, EventKind};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use super::{
    BUNDLE_RECORDS_MAX, Bundle, BundleCheckpoint, BundleError, Location, RECORD_BYTES_MAX, RecordError,
    StoredEvent, decode_record, encode_record, record_matches_entry,
};
use crate::entry::Entry;
use crate::wire::samples::LOCATION;
use crate::wire::tests::{assert_golden, golden};
use crate::wire::{generate, samples};

const GOLDEN: &str = "records.v1.txt";

fn record(entry: &Entry) -> Vec<u8> {
    let mut out = Vec::new();
    encode_record(entry, LOCATION, &mut out).unwrap();
    out
}

fn status() -> Entry {
    samples::full(EventKind::StatusReported)
}

#[test]
fn the_bytes_of_version_1_are_frozen() {
    let lines: Vec<String> = samples::all()
        .map(|entry| format!("{} {}", entry.event.data.kind().as_str(), hex::encode(record(&entry))))
        .collect();
    assert_golden(GOLDEN, &lines);
}

/// The golden entries and the golden records were written by two encoders; here each is read by its own decoder.
#[test]
fn the_bytes_of_version_1_stay_readable_and_say_what_the_entries_say() {
    let entries = golden("entries.v1.jsonl");
    let records = golden(GOLDEN);
    assert_eq!(entries.len(), records.len());
    for ((line, entry), sample) in records.iter().zip(&entries).zip(samples::all()) {
        let bytes = hex::decode(line.split_once(' ').unwrap().1).unwrap();
        let stored = record_matches_entry(&bytes, entry.as_bytes()).unwrap();
        assert_eq!(stored, StoredEvent { location: LOCATION, entry: sample });
    }
}

#[test]
fn a_record_begins_with_format_and_type() {
    for entry in samples::all() {
        let [low, high] = entry.event.data.kind().tag().to_le_bytes();
        assert_eq!(record(&entry)[..3], [1, low, high]);
    }
}

#[test]
fn newer_formats_and_types_are_named_as_such() {
    let mut bytes = record(&status());
    bytes[1] = 200;
    assert!(matches!(decode_record(&bytes), Err(RecordError::UnknownType { tag: 200 })));
    bytes[2] = 1;
    assert!(matches!(decode_record(&bytes), Err(RecordError::UnknownType { tag: 456 })));
    bytes[0] = 2;
    assert!(matches!(decode_record(&bytes), Err(RecordError::UnknownFormat { format: 2 })));
    assert!(matches!(decode_record(&bytes[..2]), Err(RecordError::CutOff { bytes: 2 })));
    assert!(matches!(decode_record(&[]), Err(RecordError::CutOff { bytes: 0 })));
}

#[test]
fn records_are_read_to_their_exact_end() {
    for entry in samples::all() {
        let bytes = record(&entry);
        for length in 3..bytes.len() {
            let result = decode_record(&bytes[..length]);
            assert!(matches!(result, Err(RecordError::Malformed { .. })), "{length}: {result:?}");
        }
        let trailing = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(decode_record(&trailing), Err(RecordError::Malformed { .. })));
    }
}

#[test]
fn oversized_records_are_neither_written_nor_read() {
    let mut entry = samples::full(EventKind::AccessRevoked);
    let used = record(&entry).len();
    let Data::AccessRevoked(data) = &mut Arc::make_mut(&mut entry.event).data else { unreachable!() };
    data.role.push_str(&"x".repeat(RECORD_BYTES_MAX - used));
    let longest = record(&entry);
    assert_eq!(longest.len(), RECORD_BYTES_MAX);
    assert_eq!(decode_record(&longest).unwrap().entry, entry);

    let Data::AccessRevoked(data) = &mut Arc::make_mut(&mut entry.event).data else { unreachable!() };
    data.role.push('x');
    let mut out = b"before".to_vec();
    let result = encode_record(&entry, LOCATION, &mut out);
    assert!(matches!(result, Err(RecordError::Unwritable { .. })), "{result:?}");
    assert_eq!(out, b"before");

    // A length that no memory holds: the subject's, after format, type, index and id.
    let mut lying = record(&status());
    lying[27..35].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(decode_record(&lying), Err(RecordError::Malformed { .. })));
}

#[test]
fn unknown_tags_of_terms_are_refused() {
    let bytes = record(&status());
    // The actor basis stands before the command id, 16 bytes of 0xc0.
    let command = bytes.windows(16).position(|window| window == [0xc0; 16]).unwrap();
    for tag in [0, 4, 255] {
        let mut bytes = bytes.clone();
        bytes[command - 1] = tag;
        assert!(matches!(decode_record(&bytes), Err(RecordError::Malformed { .. })), "{tag}");
    }
}

#[test]
fn what_no_entry_can_say_is_refused() {
    let mut entry = status();
    entry.previous = None;
    let result = encode_record(&entry, LOCATION, &mut Vec::new());
    assert!(matches!(result, Err(RecordError::Entry { .. })));

    let mut bytes = record(&status());
    let subject = bytes.windows(10).position(|window| window == b"birmingham").unwrap();
    bytes[subject..subject + 29].copy_from_slice(b"birmingham/sommendation/7a/xx");
    assert!(matches!(decode_record(&bytes), Err(RecordError::Malformed { .. })));
}

/// A change to an entry.
type Edit = fn(&mut Entry);

#[test]
fn a_record_that_differs_from_its_entry_is_found_and_named() {
    let entry = status();
    let bytes = entry.encode().unwrap();
    let table: [(&str, Edit); 11] = [
        ("index", |entry| Arc::make_mut(&mut entry.event).index += 1),
        ("id", |entry| Arc::make_mut(&mut entry.event).id = docket_domain::EventId::from_bytes([1; 16])),
        ("origin", |entry| entry.origin = docket_domain::Origin::new("elsewhere").unwrap()),
        ("subject", |entry| {
            Arc::make_mut(&mut entry.event).subject =
                docket_domain::Subject::parse("birmingham/recommendation/8").unwrap();
        }),
        ("version", |entry| Arc::make_mut(&mut entry.event).version += 1),
        ("previous entry", |entry| entry.previous = Some([1; 32])),
        ("time", |entry| {
            Arc::make_mut(&mut entry.event).recorded_at = entry.event.recorded_at.plus_micros(1);
        }),
        ("actor", |entry| Arc::make_mut(&mut entry.event).actor = docket_domain::Actor::new("ben").unwrap()),
        ("actor basis", |entry| {
            Arc::make_mut(&mut entry.event).actor_basis = docket_domain::term::ActorBasis::Token;
        }),
        ("command", |entry| {
            Arc::make_mut(&mut entry.event).command = docket_domain::CommandId::from_bytes([1; 16]);
        }),
        ("data", |entry| {
            let Data::StatusReported(data) = &mut Arc::make_mut(&mut entry.event).data else {
                unreachable!()
            };
            data.regress = !data.regress;
        }),
    ];
    for (name, edit) in table {
        let mut other = entry.clone();
        edit(&mut other);
        match record_matches_entry(&record(&other), &bytes) {
            Err(RecordError::Differs { field, .. }) => assert_eq!(field, name),
            result => panic!("{name}: {result:?}"),
        }
    }
    assert_eq!(record_matches_entry(&record(&entry), &bytes).unwrap().entry, entry);
    let no_entry = record_matches_entry(&record(&entry), b"{}");
    assert!(matches!(no_entry, Err(RecordError::Entry { .. })));
}

proptest! {
    #[test]
    fn what_is_written_reads_back(entry in generate::entries(), place: [u64; 3], openings_len: u32) {
        let [segment, offset, openings_offset] = place;
        let location = Location { segment, offset, openings_offset, openings_len };
        let mut bytes = b"before".to_vec();
        let length = encode_record(&entry, location, &mut bytes).unwrap();
        prop_assert_eq!(bytes.len(), 6 + length);
        let stored = record_matches_entry(&bytes[6..], &entry.encode().unwrap()).unwrap();
        prop_assert_eq!(stored, StoredEvent { location, entry });
    }

    #[test]
    fn reading_any_bytes_gives_an_error_or_the_one_record_that_has_them(
        entry in generate::entries(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = record(&entry);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.map_or(usize::MAX, |cut| cut.index(bytes.len())));
        if let Ok(stored) = decode_record(&bytes) {
            let mut again = Vec::new();
            encode_record(&stored.entry, stored.location, &mut again).unwrap();
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_bundle_or_encode_again(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(bundle) = Bundle::decode(&bytes) {
            prop_assert_eq!(bundle.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn bundles_read_back_and_no_other_length_does(count in 1..=BUNDLE_RECORDS_MAX, length in 1..40_usize, signed in 0..5_u64) {
        let record = vec![7; length];
        let bundle = Bundle {
            first: 640,
            records: vec![&record; count],
            checkpoints: (0..signed).map(|place| checkpoint(641 + place * 15)).collect(),
        };
        let mut bytes = bundle.encode().unwrap();
        prop_assert_eq!(Bundle::decode(&bytes).unwrap(), bundle);
        bytes.push(0);
        prop_assert!(Bundle::decode(&bytes).is_err(), "a trailing byte");
        bytes.truncate(bytes.len() - 2);
        prop_assert!(Bundle::decode(&bytes).is_err(), "a missing byte");
    }
}

fn checkpoint(size: u64) -> BundleCheckpoint {
    let mut signature = [0; 64];
    signature.iter_mut().zip(1..).for_each(|(byte, value)| *byte = value);
    BundleCheckpoint { size, key_id: [0xa0, 0xa1, 0xa2, 0xa3], signature }
}

#[test]
fn a_bundle_of_version_1_is_frozen_and_gives_its_events() {
    let entries = [samples::full(EventKind::StatusReported), samples::sparse(EventKind::StatusVerified)].map(
        |mut entry| {
            Arc::make_mut(&mut entry.event).index = 64 + (entry.event.version + 1) % 2;
            entry
        },
    );
    let [second, first] = entries.each_ref().map(record);
    let bundle = Bundle {
        first: 64,
        records: vec![&second, &first],
        checkpoints: vec![checkpoint(65), checkpoint(128)],
    };
    assert_eq!(entries.each_ref().map(|entry| entry.event.index), [65, 64]);
    let misplaced = bundle.event(64);
    assert!(matches!(misplaced, Err(BundleError::Misplaced { index: 64, found: 65 })), "{misplaced:?}");

    let bundle = Bundle { records: vec![&first, &second], ..bundle };
    let bytes = bundle.encode().unwrap();
    assert_golden("bundles.v1.txt", &[hex::encode(&bytes)]);
    let read = Bundle::decode(&bytes).unwrap();
    assert_eq!(read, bundle);
    assert_eq!(read.event(64).unwrap().entry, entries[1]);
    assert_eq!(read.event(65).unwrap().entry, entries[0]);
    for index in [0, 63, 66, u64::MAX] {
        assert!(matches!(read.event(index), Err(BundleError::Absent { first: 64, .. })), "{index}");
    }
    let mut newer = bytes;
    newer[0] = 2;
    assert!(matches!(Bundle::decode(&newer), Err(BundleError::UnknownFormat { format: 2 })));
}

#[test]
fn counts_and_sizes_of_bundles_have_their_limits() {
    let record: &[u8] = &[7];
    let too_long = vec![0; RECORD_BYTES_MAX + 1];
    let base = Bundle { first: 64, records: vec![record], checkpoints: vec![] };
    let sizes = |sizes: &[u64]| Bundle {
        checkpoints: sizes.iter().map(|&size| checkpoint(size)).collect(),
        ..base.clone()
    };
    assert!(base.encode().is_ok());
    assert!(sizes(&[65, 66, 128]).encode().is_ok());
    for bad in [[64, 65], [65, 129], [66, 65], [65, 65], [0, 65]] {
        assert!(matches!(sizes(&bad).encode(), Err(BundleError::CheckpointSize { .. })), "{bad:?}");
    }
    let with = |records: Vec<&'static [u8]>| Bundle { first: 0, records, checkpoints: vec![] }.encode();
    assert!(matches!(with(vec![]), Err(BundleError::Count { records: 0, .. })));
    assert!(matches!(with(vec![b"x"; 65]), Err(BundleError::Count { records: 65, .. })));
    assert!(matches!(with(vec![b"x", b""]), Err(BundleError::RecordLength { index: 1, bytes: 0 })));
    let long = Bundle { records: vec![&too_long], ..base.clone() }.encode();
    assert!(matches!(long, Err(BundleError::RecordLength { index: 64, .. })));
    let far = Bundle { first: u64::MAX, ..base.clone() }.encode();
    assert!(matches!(far, Err(BundleError::First { .. })));

    // The same in bytes that lie: the counts are refused before anything is read by them.
    let bytes = base.encode().unwrap();
    let lie = |place: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[place] = value;
        Bundle::decode(&bytes).unwrap_err()
    };
    assert!(matches!(lie(10, 0xff), BundleError::Count { records: 0xff01, .. }));
    assert!(matches!(lie(12, 0xff), BundleError::Count { checkpoints: 0xff00, .. }));
    assert!(matches!(lie(11, 1), BundleError::Length { .. }));
    assert!(matches!(lie(16, 0xff), BundleError::Length { .. }));
    assert!(matches!(lie(8, 0xff), BundleError::First { .. }));
    assert!(matches!(Bundle::decode(&[]), Err(BundleError::Length { expected: 13, found: 0 })));
    let mut no_record = bytes[..bytes.len() - 1].to_vec();
    no_record[13] = 0;
    let result = Bundle::decode(&no_record);
    assert!(matches!(result, Err(BundleError::RecordLength { index: 64, bytes: 0 })), "{result:?}");
    let mut outside = sizes(&[65]).encode().unwrap();
    outside[17] = 64;
    let result = Bundle::decode(&outside);
    assert!(matches!(result, Err(BundleError::CheckpointSize { first: 64, size: 64 })), "{result:?}");
}
