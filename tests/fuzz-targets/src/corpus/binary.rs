//! The formats that are not made for reading: frames, entries, openings, records, bundles, tiles, snapshots.

use docket_domain::term::{NumberBasis, Reporting};
use docket_domain::{EventKind, Subject};
use docket_log::entry::Entry;
use docket_log::record::{Bundle, BundleCheckpoint, Location, encode_record};
use docket_log::tlog::bundle::write_bundle;
use docket_log::tlog::hash::leaf_hash;
use docket_log::tlog::tile::{Tile, TileKind};

use super::{Add, golden};
use crate::journal::genuine_frames;
use crate::specimen::{ORIGIN, id, register, specimen};

pub(super) fn add(add: Add<'_>) {
    journal(add);
    entries(add);
    store(add);
    tiles(add);
    add("snapshot", "two-blocks", snapshot());
}

fn journal(add: Add<'_>) {
    let frames = genuine_frames();
    for (commit, frame) in frames.iter().enumerate() {
        add("journal_frame", &format!("commit-{commit}"), frame.clone());
    }
    // A byte to flip by, the first index, and entries and openings between line feeds.
    let lines = b"\x01\x07first entry\nits opening\nsecond entry\n\nthird entry\nanother opening".to_vec();
    add("journal_frame", "built", lines);
    let whole = frames.concat();
    add("journal_segment", "whole", [&[0], whole.as_slice()].concat());
    add("journal_segment", "whole-summed", [&[1], whole.as_slice()].concat());
    add("journal_segment", "torn", [&[0], whole.get(..whole.len() - 1024).unwrap_or_default()].concat());
    // The words of the fourth entry are gone, as after a redaction.
    let erased = specimen().entries.get(3).expect("an entry").openings.as_slice();
    let at = whole.windows(erased.len()).position(|window| window == erased).expect("its openings");
    let mut redacted = whole.clone();
    redacted.get_mut(at..at + erased.len()).expect("a part").fill(0);
    add("journal_segment", "redacted", [&[0], redacted.as_slice()].concat());
    add("journal_segment", "one-frame", [&[0], frames.first().expect("a frame").as_slice()].concat());
}

fn entries(add: Add<'_>) {
    for (place, line) in golden("entries.v1.jsonl").into_iter().enumerate() {
        add("entry", &format!("golden-{place:02}"), line.into_bytes());
    }
    for (index, recorded) in specimen().entries.iter().enumerate() {
        add("entry", &format!("specimen-{index}"), recorded.bytes.clone());
        add("openings", &format!("intact-{index}"), recorded.openings.clone());
        let erased = vec![0; recorded.openings.len()];
        add("openings", &format!("erased-{index}"), erased);
        let beside = [recorded.bytes.as_slice(), b"\n", recorded.openings.as_slice()].concat();
        add("openings", &format!("beside-{index}"), beside);
    }
}

fn store(add: Add<'_>) {
    let unhex = |digits: &str| -> Vec<u8> {
        let (pairs, _) = digits.as_bytes().as_chunks::<2>();
        let byte =
            |pair: &[u8; 2]| std::str::from_utf8(pair).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        pairs.iter().map(|pair| byte(pair).expect("golden bytes are in hexadecimal")).collect()
    };
    let last_word = |line: &str| line.split(' ').next_back().unwrap_or_default().to_owned();
    for (place, line) in golden("records.v1.txt").iter().enumerate() {
        add("record", &format!("golden-{place:02}"), unhex(&last_word(line)));
    }
    for (place, line) in golden("bundles.v1.txt").iter().enumerate() {
        add("bundle", &format!("golden-{place:02}"), unhex(&last_word(line)));
    }
    let mut records = Vec::new();
    for (index, recorded) in specimen().entries.iter().enumerate() {
        let entry = Entry::decode(&recorded.bytes).expect("an entry");
        let location = Location { segment: 0, offset: 512, openings_offset: 4096, openings_len: 64 };
        let mut record = Vec::new();
        encode_record(&entry, location, &mut record).expect("a record");
        add("record", &format!("specimen-{index}"), record.clone());
        records.push(record);
    }
    let checkpoint = |size| BundleCheckpoint { size, key_id: [1, 2, 3, 4], signature: [9; 64] };
    let bundle = Bundle {
        first: 0,
        records: records.iter().map(Vec::as_slice).collect(),
        checkpoints: vec![checkpoint(1), checkpoint(7)],
    };
    add("bundle", "specimen", bundle.encode().expect("a bundle"));
}

fn tiles(add: Add<'_>) {
    let entries: Vec<&[u8]> = specimen().entries.iter().map(|entry| entry.bytes.as_slice()).collect();
    let width = u16::try_from(entries.len()).expect("a few");
    let tile = |kind, index, width| Tile::new(kind, index, width).expect("a tile").to_string();
    let hashes: Vec<u8> = entries.iter().flat_map(|entry| *leaf_hash(entry).as_bytes()).collect();
    let with = |path: String, bytes: &[u8]| [path.as_bytes(), b"\n", bytes].concat();
    add("tile", "hashes", with(tile(TileKind::Hashes(0), 0, width), &hashes));
    let bundle = write_bundle(&entries).expect("a bundle");
    add("tile", "entries", with(tile(TileKind::Entries, 0, width), &bundle));
    for (place, index) in [0, 999, 1000, 123_456_789, u64::MAX].into_iter().enumerate() {
        add("tile", &format!("full-{place}"), tile(TileKind::Hashes(7), index, 256).into_bytes());
        add("tile", &format!("partial-{place}"), tile(TileKind::Entries, index, 1).into_bytes());
    }
}

/// A snapshot, written here after docs/formats.md: the writer of the ledger makes blocks of 4,096 rows only.
fn snapshot() -> Vec<u8> {
    let mut bytes = b"docketp2".to_vec();
    bytes.extend(u16::try_from(ORIGIN.len()).expect("a short name").to_le_bytes());
    bytes.extend(ORIGIN.as_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    let register = Subject::Register(register());
    let recommendation = "harbour-panel/recommendation/7";
    let mut first = subject(&register.to_string());
    row(&mut first, EventKind::RegisterOpened, 0x20, 0, &[]);
    first.extend(subject(recommendation));
    row(&mut first, EventKind::RecommendationRegistered, 0x20, 1, &[NumberBasis::Printed.tag(), 8]);
    first.extend(value("IN PROGRESS", "in-progress"));
    row(&mut first, EventKind::StatusReported, 0, 1, &[3, 0x81, 0x01, 0x40, 0]);
    row(&mut first, EventKind::NoteRecorded, 0x40, 1, &[]);
    block(&mut bytes, 0, 4, &first);
    let mut second = Vec::new();
    row(&mut second, EventKind::EventCorrected, 0xa0, 1, &[2, 1, 0x86, 0x11, 0, 1, 2, 0x10]);
    row(&mut second, EventKind::EventRetracted, 0x80, 1, &[3, 1, 8]);
    row(&mut second, EventKind::RecommendationAmended, 0, 1, &[0]);
    row(&mut second, EventKind::TextRedacted, 0, 1, &[]);
    block(&mut bytes, 4, 4, &second);
    bytes
}

fn subject(name: &str) -> Vec<u8> {
    [&[0x1e, u8::try_from(name.len()).expect("a short name")], name.as_bytes()].concat()
}

fn value(label: &str, state: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    [vec![0x1f], text(label), text(state), vec![Reporting::Reported.tag()]].concat()
}

fn row(bytes: &mut Vec<u8>, kind: EventKind, flags: u8, subject: u8, fact: &[u8]) {
    let tag = u8::try_from(kind.tag()).expect("types are few");
    let fingerprint = id(u64::from(tag)).to_bytes();
    bytes.push(tag | flags);
    bytes.extend(fingerprint.last_chunk::<4>().expect("16 bytes"));
    if flags & 0x20 != 0 {
        bytes.extend([7, 0, 0, subject]);
    }
    // The subject, and twice the microseconds since the row before; the first of a block counts from 0, and
    // a correction begins the second one.
    let after = if kind == EventKind::EventCorrected { 120 } else { 2 * tag };
    bytes.extend([subject, after]);
    bytes.extend(fact);
}

fn block(bytes: &mut Vec<u8>, first: u64, rows: u32, records: &[u8]) {
    let mut head = first.to_le_bytes().to_vec();
    head.extend(rows.to_le_bytes());
    head.extend(u32::try_from(records.len()).expect("a small block").to_le_bytes());
    head.extend([0x11; 32]);
    head.extend([0x22; 32]);
    let sum = crc32c::crc32c_append(crc32c::crc32c(&head), records);
    head.extend(sum.to_le_bytes());
    bytes.extend(head);
    bytes.extend(records);
}
