use proptest::prelude::*;

use super::super::encode::header_sector;
use super::*;

fn encoded(frame: &NewFrame<'_>) -> Vec<u8> {
    let mut buffer = Vec::new();
    encode(frame, SegmentId(3), &mut buffer).unwrap();
    buffer
}

fn golden_frame() -> Vec<u8> {
    golden_frame_with(None)
}

fn golden_frame_with(key: Option<&FrameKey>) -> Vec<u8> {
    let entries = [
        NewEntry { bytes: b"{\"first\":1}", openings: b"" },
        NewEntry { bytes: b"{\"second\":2}", openings: b"salt and text" },
    ];
    encoded(&NewFrame {
        first_index: 41,
        entries: &entries,
        root: std::array::from_fn(|i| i as u8 + 1),
        previous_checkpoint: Some(CheckpointSignature {
            size: 41,
            key_id: [0xDE, 0xAD, 0xBE, 0xEF],
            signature: std::array::from_fn(|i| i as u8 + 0x80),
        }),
        key,
    })
}

/// Format version 1, frozen: these bytes are on disks. Only a new version may differ.
#[test]
fn golden_bytes_of_version_1() {
    // Every byte that is not listed is zero.
    const SPANS: [(usize, &str); 10] = [
        (
            0,
            "93444f434b45540a010000000200000003000000000000002900000000000000170000009f0000000d000000606e0426",
        ),
        (508, "fa31cbc1"),
        (512, "0b000000000000000c0000000d000000"),
        (528, "7b226669727374223a317d7b227365636f6e64223a327d"),
        (551, "2b00000000000000"),
        (559, "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
        (591, "010000002900000000000000deadbeef"),
        (
            607,
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
        ),
        (671, "73616c7420616e642074657874"),
        (684, "454e440a"),
    ];
    let mut golden = vec![0; 1024];
    for (offset, text) in SPANS {
        let bytes = hex::decode(text).unwrap();
        golden[offset..offset + bytes.len()].copy_from_slice(&bytes);
    }
    assert_eq!(hex::encode(golden_frame()), hex::encode(&golden));
    let frame = Frame::decode(&golden).unwrap();
    let entries: Vec<_> = frame.entries().collect();
    assert_eq!(entries[0].bytes, b"{\"first\":1}");
    assert_eq!((entries[1].index, entries[1].bytes), (42, b"{\"second\":2}".as_slice()));
    assert_eq!(&golden[entries[1].openings_offset as usize..][..13], b"salt and text");
    assert_eq!(entries[1].openings, b"salt and text");
    assert_eq!(frame.root[31], 32);
    assert_eq!(frame.previous_checkpoint.unwrap().key_id, [0xDE, 0xAD, 0xBE, 0xEF]);
}

fn frame_key(seed: u8) -> FrameKey {
    let name = crate::tlog::key::KeyName::new("docket.example/frames").unwrap();
    FrameKey::of(&crate::tlog::key::SignerKey::from_seed(name, &[seed; 32]))
}

/// Format version 2, frozen: as version 1, but for the version itself, the authenticator and the header's check sum. The authenticator
/// was computed by another implementation of HMAC, from docs/formats.md.
#[test]
fn golden_bytes_of_version_2() {
    const SPANS: [(usize, &str); 3] = [
        (8, "02000000"),
        (48, "83b3f3b57f95eb14d981cfce94deddf7d5ff2b131fa12019bdac609464d8da54"),
        (508, "0e82ccc3"),
    ];
    let key = frame_key(7);
    let mut golden = golden_frame();
    for (offset, text) in SPANS {
        let bytes = hex::decode(text).unwrap();
        golden[offset..offset + bytes.len()].copy_from_slice(&bytes);
    }
    assert_eq!(hex::encode(golden_frame_with(Some(&key))), hex::encode(&golden));
    let frame = Frame::decode(&golden).unwrap();
    assert_eq!(frame.header.authenticator.unwrap()[..], golden[48..80]);
    assert_eq!(key.judge(&frame), Authenticity::Good);
    assert_eq!(frame_key(8).judge(&frame), Authenticity::Bad);
    assert_eq!(key.judge(&Frame::decode(&golden_frame()).unwrap()), Authenticity::Absent);
    assert_eq!(format!("{key:?}"), "FrameKey { origin: \"docket.example/frames\", .. }");
}

/// Whatever somebody without the key changes and gives new check sums: it is no frame, or not this log's.
#[test]
fn no_byte_of_header_or_body_is_changed_without_the_key() {
    let key = frame_key(7);
    let golden = golden_frame_with(Some(&key));
    let body = 512..512 + 16 + 23 + 120;
    for bit in (0..508 * 8).chain(body.start * 8..body.end * 8) {
        let mut bytes = golden.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // The check sum of the body itself is changed, too, and then does not fit.
        if body.contains(&(bit / 8)) {
            let checksum = crc32c::crc32c(&bytes[body.clone()]);
            bytes[44..48].copy_from_slice(&checksum.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&bytes[..508]);
        bytes[508..512].copy_from_slice(&checksum.to_le_bytes());
        let judged = Frame::decode(&bytes).map(|frame| key.judge(&frame));
        assert!(!matches!(judged, Ok(Authenticity::Good | Authenticity::Absent)), "bit {bit}: {judged:?}");
    }
    let openings = body.end..body.end + 13;
    let mut redacted = golden;
    redacted[openings].fill(0);
    assert_eq!(key.judge(&Frame::decode(&redacted).unwrap()), Authenticity::Good);
}

#[test]
fn every_flipped_bit_outside_the_openings_is_a_fault() {
    let golden = golden_frame();
    let openings = 512 + 16 + 23 + 120..512 + 16 + 23 + 120 + 13;
    for bit in 0..golden.len() * 8 {
        let mut bytes = golden.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let expected = match bit / 8 {
            0..8 => Err(FrameFault::BadMagic),
            8..512 => Err(FrameFault::HeaderChecksum),
            byte if byte < openings.start => Err(FrameFault::BodyChecksum),
            byte if byte < openings.end => Ok(()),
            byte if byte < openings.end + 4 => Err(FrameFault::EndMark),
            _ => Err(FrameFault::Padding),
        };
        assert_eq!(Frame::decode(&bytes).map(drop), expected, "bit {bit}");
    }
}

#[test]
fn a_frame_cut_short_is_incomplete() {
    let golden = golden_frame();
    for length in 0..golden.len() {
        let needed = if length < 512 { 512 } else { 1024 };
        let fault = FrameFault::Incomplete { needed, available: length as u64 };
        assert_eq!(Frame::decode(&golden[..length]).map(drop), Err(fault));
    }
}

#[test]
fn a_header_that_lies_is_refused_by_the_field_that_lies() {
    let header = FrameHeader::decode(&golden_frame()).unwrap();
    let length = |field, found| FrameFault::Length { field, found };
    let cases = [
        (FrameHeader { entry_count: 0, ..header }, length("entry count", 0)),
        (FrameHeader { entry_count: 257, ..header }, length("entry count", 257)),
        (FrameHeader { entries_bytes: 1, ..header }, length("length of entries", 1)),
        (FrameHeader { entries_bytes: 524_289, ..header }, length("length of entries", 524_289)),
        (FrameHeader { body_bytes: u32::MAX, ..header }, length("length of the body", u64::from(u32::MAX))),
        (FrameHeader { openings_bytes: 4_194_305, ..header }, length("length of openings", 4_194_305)),
        (FrameHeader { first_index: u64::MAX, ..header }, length("first index", u64::MAX)),
    ];
    for (header, fault) in cases {
        assert_eq!(FrameHeader::decode(&header_sector(&header)), Err(fault));
    }
    for (offset, fault) in [(8, FrameFault::Version(3)), (48, FrameFault::HeaderReserved)] {
        let mut sector = header_sector(&header);
        sector[offset] = 3;
        let checksum = crc32c::crc32c(&sector[..508]);
        sector[508..].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(FrameHeader::decode(&sector), Err(fault));
    }
}

/// A body that lies although its checksum is right.
#[test]
fn a_body_that_lies_is_refused_by_the_field_that_lies() {
    let length = |field, found| FrameFault::Length { field, found };
    let tail = 512 + 16 + 23;
    let cases: [(usize, &[u8], FrameFault); 6] = [
        (512, &[0, 0], length("length of an entry", 0)),
        (514, &[1], length("length of an entry", 65_536 + 11)),
        (512, &[12], length("sum of entry lengths", 24)),
        (516, &[1], length("sum of opening lengths", 14)),
        (tail, &[44], FrameFault::Size { expected: 43, found: 44 }),
        (tail + 40, &[2], FrameFault::CheckpointSlot),
    ];
    for (offset, change, fault) in cases {
        let mut bytes = golden_frame();
        bytes[offset..offset + change.len()].copy_from_slice(change);
        let mut header = FrameHeader::decode(&bytes).unwrap();
        header.body_checksum = crc32c::crc32c(&bytes[512..512 + header.body_bytes as usize]);
        bytes[..512].copy_from_slice(&header_sector(&header));
        assert_eq!(Frame::decode(&bytes).map(drop), Err(fault), "offset {offset}");
    }
}

#[test]
fn limits_are_refused_by_name() {
    let long = vec![b'x'; 65_536];
    let entry =
        |bytes: usize, openings: usize| NewEntry { bytes: &long[..bytes], openings: &long[..openings] };
    let cases = [
        (vec![], FrameLimit::NoEntries),
        (vec![entry(1, 0); 257], FrameLimit::Entries { count: 257, max: 256 }),
        (vec![entry(0, 0)], FrameLimit::EntryBytes { index: 5, bytes: 0, max: 65_535 }),
        (
            vec![entry(1, 0), entry(65_536, 0)],
            FrameLimit::EntryBytes { index: 6, bytes: 65_536, max: 65_535 },
        ),
        (vec![entry(65_535, 0); 9], FrameLimit::EntriesBytes { bytes: 589_815, max: 524_288 }),
        (vec![entry(1, 65_536); 65], FrameLimit::OpeningsBytes { bytes: 4_259_840, max: 4_194_304 }),
    ];
    for (entries, limit) in cases {
        let frame = NewFrame {
            first_index: 5,
            entries: &entries,
            root: [1; 32],
            previous_checkpoint: None,
            key: None,
        };
        assert_eq!(FrameLengths::of(&frame), Err(limit));
    }
    let entries = [entry(1, 0)];
    let frame = NewFrame {
        first_index: u64::MAX,
        entries: &entries,
        root: [1; 32],
        previous_checkpoint: None,
        key: None,
    };
    assert_eq!(FrameLengths::of(&frame), Err(FrameLimit::Index { first_index: u64::MAX }));
}

/// The torn-frame rule rests on this: what no writer writes must not be written.
#[test]
fn a_frame_with_a_zero_sector_is_refused() {
    for (bytes, openings) in [(vec![0; 2000], vec![]), (vec![b'x'; 10], vec![0; 2000])] {
        let entries = [NewEntry { bytes: &bytes, openings: &openings }];
        let frame = NewFrame {
            first_index: 0,
            entries: &entries,
            root: [0; 32],
            previous_checkpoint: None,
            key: None,
        };
        let refused = encode(&frame, SegmentId(0), &mut Vec::new()).unwrap_err();
        assert!(matches!(refused, FrameLimit::ZeroSector { .. }));
    }
}

/// At every alignment of the absent checkpoint's zeros to the sectors, no sector of an ordinary frame is zero.
#[test]
fn ordinary_frames_of_every_length_have_no_zero_sector() {
    let mut buffer = Vec::new();
    for length in 1..1100 {
        let bytes = vec![b'x'; length];
        for openings in [&b""[..], b"o"] {
            let entries = [NewEntry { bytes: &bytes, openings }];
            let frame = NewFrame {
                first_index: 0,
                entries: &entries,
                root: [0; 32],
                previous_checkpoint: None,
                key: None,
            };
            encode(&frame, SegmentId(0), &mut buffer).unwrap();
            Frame::decode(&buffer).unwrap();
        }
    }
}

#[test]
fn the_largest_frame_has_the_documented_length() {
    let entry = vec![b'x'; 2048];
    let opening = vec![b'o'; 16_384];
    let entries = vec![NewEntry { bytes: &entry, openings: &opening }; 256];
    let bytes = encoded(&NewFrame {
        first_index: 0,
        entries: &entries,
        root: [1; 32],
        previous_checkpoint: None,
        key: None,
    });
    assert_eq!(bytes.len(), FRAME_BYTES_MAX as usize);
    assert_eq!(Frame::decode(&bytes).unwrap().entries().count(), 256);
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        pairs in prop::collection::vec(
            (prop::collection::vec(1_u8.., 1..700), prop::collection::vec(1_u8.., 0..700)), 1..20),
        first_index in 0_u64..u64::MAX / 2,
        root: [u8; 32],
        checkpoint in prop::option::of((any::<u64>(), any::<[u8; 4]>(), any::<u8>())),
    ) {
        let entries: Vec<_> =
            pairs.iter().map(|(bytes, openings)| NewEntry { bytes, openings }).collect();
        let previous_checkpoint = checkpoint
            .map(|(size, key_id, fill)| CheckpointSignature { size, key_id, signature: [fill; 64] });
        let bytes = encoded(&NewFrame { first_index, entries: &entries, root, previous_checkpoint, key: None });
        let frame = Frame::decode(&bytes).unwrap();
        prop_assert_eq!(frame.header.frame_bytes() as usize, bytes.len());
        prop_assert_eq!(frame.root, &root);
        prop_assert_eq!(frame.previous_checkpoint, previous_checkpoint);
        prop_assert_eq!(frame.entries().count(), pairs.len());
        for ((entry, pair), index) in frame.entries().zip(&pairs).zip(first_index..) {
            prop_assert_eq!(entry.index, index);
            prop_assert_eq!(entry.bytes, &pair.0);
            prop_assert_eq!(entry.openings, &pair.1);
            prop_assert_eq!(&bytes[entry.entry_offset as usize..][..pair.0.len()], &pair.0);
            prop_assert_eq!(&bytes[entry.openings_offset as usize..][..pair.1.len()], &pair.1);
        }
    }

    /// Whatever a header with a right checksum claims, decoding answers and never panics.
    #[test]
    fn hostile_frames_are_answered(
        counts in (0_u32..300, prop_oneof![0_u32..4000, any::<u32>()], prop_oneof![0_u32..4000, any::<u32>()]),
        first_index: u64,
        body in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..3000),
    ) {
        let (entry_count, entries_bytes, openings_bytes) = counts;
        let body_bytes = (u64::from(entry_count) * 8 + u64::from(entries_bytes) + 120) as u32;
        let body_checksum = crc32c::crc32c(body.get(..body_bytes as usize).unwrap_or_default());
        let header = FrameHeader {
            segment: SegmentId(0), first_index, entry_count, entries_bytes, body_bytes, openings_bytes, body_checksum,
            authenticator: None,
        };
        let bytes = [&header_sector(&header)[..], &body].concat();
        if let Ok(frame) = Frame::decode(&bytes) {
            prop_assert_eq!(frame.entries().count(), entry_count as usize);
        }
        prop_assert!(Frame::decode(&body).is_err());
    }
}
