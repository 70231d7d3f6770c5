//! Frames and segments of the journal.

mod disk;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use docket_log::journal::{
    CheckpointSignature, Frame, FrameHeader, FrameLimit, Journal, JournalDirectory, JournalError,
    JournalPosition, NewEntry, NewFrame, SECTOR_BYTES, Scan, Seen, SegmentGeometry, SegmentId, Survey, Tail,
    encode,
};

use crate::check::{accept, choice, one_line, same};
use crate::specimen::{COMMITS, specimen};
use disk::MemoryDisk;

/// Reads a frame from the raw input, from the input with its check sums made right, and one that is built from the input.
pub(crate) fn frame(data: &[u8]) {
    check_frame(data);
    check_frame(&with_right_sums(data));
    check_built(data);
}

/// What decodes is, byte for byte, what encoding its parts again gives.
fn check_frame(bytes: &[u8]) {
    let frame = match Frame::decode(bytes) {
        Ok(frame) => frame,
        Err(fault) => return one_line(&fault),
    };
    let length = frame.header.frame_bytes() as usize;
    let own = bytes.get(..length).expect("a frame is no longer than the bytes that it was read from");
    let found: Vec<_> = frame.entries().collect();
    assert_eq!(found.len(), frame.header.entry_count as usize);
    for (index, entry) in (frame.header.first_index..).zip(&found) {
        assert_eq!(entry.index, index);
        let at =
            |offset: u32, part: &[u8]| own.get(offset as usize..offset as usize + part.len()) == Some(part);
        assert!(at(entry.entry_offset, entry.bytes) && at(entry.openings_offset, entry.openings));
    }
    let entries: Vec<NewEntry<'_>> =
        found.iter().map(|entry| NewEntry { bytes: entry.bytes, openings: entry.openings }).collect();
    let again = new_frame(frame.header.first_index, &entries, *frame.root, frame.previous_checkpoint);
    let mut buffer = Vec::new();
    match encode(&again, frame.header.segment, &mut buffer) {
        Ok(header) => {
            assert_eq!(lengths(&header), lengths(&frame.header));
            same("a frame behind its header", behind(own), behind(&buffer));
            // What shows who wrote a frame follows from a key, and not from the frame.
            if header == frame.header {
                same("a frame", own, &buffer);
            }
            accept();
        }
        // A frame as first written has no zero sector; erased openings are what makes one, and then there is nothing to compare.
        Err(FrameLimit::ZeroSector { offset }) => {
            assert!(own.get(offset..offset + SECTOR_BYTES).is_some_and(is_zero));
        }
        Err(limit) => one_line(&limit),
    }
}

/// Builds a frame out of the input, reads it back, and alters one byte: only openings, which are under no check sum, may be altered and
/// still be read. The entries never.
fn check_built(data: &[u8]) {
    let (flip, rest) = choice(data);
    let (place, rest) = choice(rest);
    let pieces: Vec<&[u8]> = rest.split(|byte| *byte == b'\n').collect();
    let entries: Vec<NewEntry<'_>> = pieces
        .chunks(2)
        .filter_map(|pair| {
            let (bytes, openings) = (pair.first()?, pair.get(1).copied().unwrap_or_default());
            (!bytes.is_empty()).then_some(NewEntry { bytes, openings })
        })
        .collect();
    let head = specimen().heads.first().expect("a commit");
    let new = new_frame(place as u64, &entries, head.root.0, None);
    let mut bytes = Vec::new();
    match encode(&new, SegmentId(3), &mut bytes) {
        Ok(_) => check_frame(&bytes),
        Err(limit) => return one_line(&limit),
    }
    let written = Frame::decode(&bytes).expect("what was written can be read");
    let openings = opening_ranges(&written);
    // Every 256th byte, so that a run takes little and the choice of the fuzzer reaches all of them.
    let altered: Vec<usize> = (place..bytes.len()).step_by(256).collect();
    for at in altered {
        let mut altered = bytes.clone();
        if let Some(byte) = altered.get_mut(at) {
            *byte ^= u8::try_from(flip).unwrap_or(1).max(1);
        }
        match Frame::decode(&altered) {
            Ok(_) => assert!(
                openings.iter().any(|range| range.contains(&at)),
                "a frame was read although byte {at} of {} was altered",
                bytes.len()
            ),
            Err(fault) => one_line(&fault),
        }
    }
}

/// A frame to be written: the one place that names all of its parts.
fn new_frame<'a>(
    first_index: u64,
    entries: &'a [NewEntry<'a>],
    root: [u8; 32],
    previous_checkpoint: Option<CheckpointSignature>,
) -> NewFrame<'a> {
    NewFrame { first_index, entries, root, previous_checkpoint, key: Some(&specimen().frame_key) }
}

/// What a header says of its frame.
fn lengths(header: &FrameHeader) -> [u64; 7] {
    let FrameHeader { entry_count, entries_bytes, body_bytes, openings_bytes, body_checksum, .. } = *header;
    let counted = [entry_count, entries_bytes, body_bytes, openings_bytes, body_checksum].map(u64::from);
    let [count, entries, body, openings, sum] = counted;
    [header.segment.0, header.first_index, count, entries, body, openings, sum]
}

fn behind(frame: &[u8]) -> &[u8] {
    frame.get(SECTOR_BYTES..).unwrap_or_default()
}

fn opening_ranges(frame: &Frame<'_>) -> Vec<Range<usize>> {
    let range = |offset: u32, length: usize| offset as usize..offset as usize + length;
    frame.entries().map(|entry| range(entry.openings_offset, entry.openings.len())).collect()
}

/// The same bytes with the check sums of every header and body made right, so that what lies behind the sums is reached.
///
/// The sum of a header stands in the last bytes of its sector. That of a body is found in the header by its value: nothing here knows
/// where it stands.
fn with_right_sums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    let sectors = bytes.len() / SECTOR_BYTES;
    for sector in 0..sectors {
        let start = sector * SECTOR_BYTES;
        if sum_header(&mut bytes, start).is_some() {
            sum_body(&mut bytes, start);
        }
    }
    bytes
}

fn sum_header(bytes: &mut [u8], start: usize) -> Option<FrameHeader> {
    let sector: &mut [u8; SECTOR_BYTES] = bytes.get_mut(start..)?.first_chunk_mut()?;
    // Any sector that begins as the headers of the specimen do; the others hold bodies and openings.
    let magic = genuine_frames().first()?.first_chunk::<8>()?;
    if !sector.starts_with(magic) {
        return None;
    }
    let (covered, sum) = sector.split_last_chunk_mut::<4>()?;
    *sum = crc32c::crc32c(covered).to_le_bytes();
    FrameHeader::decode(sector).ok()
}

fn sum_body(bytes: &mut [u8], start: usize) -> Option<()> {
    let header = FrameHeader::decode(bytes.get(start..)?).ok()?;
    let body = start + SECTOR_BYTES..start + SECTOR_BYTES + header.body_bytes as usize;
    let right = crc32c::crc32c(bytes.get(body)?).to_le_bytes();
    let stated = header.body_checksum.to_le_bytes();
    let sector = bytes.get_mut(start..start + SECTOR_BYTES)?;
    let at = sector.windows(4).position(|window| window == stated)?;
    sector.get_mut(at..at + 4)?.copy_from_slice(&right);
    sum_header(bytes, start)?;
    Some(())
}

/// The frames of the specimen, one a commit.
pub(crate) fn genuine_frames() -> &'static [Vec<u8>] {
    static FRAMES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    FRAMES.get_or_init(|| {
        let specimen = specimen();
        let (mut first, mut frames) = (0, Vec::new());
        for (commit, count) in COMMITS.into_iter().enumerate() {
            let recorded = specimen.entries.get(first..first + count).expect("a commit");
            let entries: Vec<NewEntry<'_>> = recorded
                .iter()
                .map(|entry| NewEntry { bytes: &entry.bytes, openings: &entry.openings })
                .collect();
            let mut bytes = Vec::new();
            let root = specimen.heads.get(commit).expect("a commit").root.0;
            let signed = commit.checked_sub(1).and_then(|before| specimen.signature(before));
            let frame = new_frame(first as u64, &entries, root, signed);
            encode(&frame, SegmentId(0), &mut bytes).expect("a small frame");
            frames.push(bytes);
            first += count;
        }
        frames
    })
}

/// The input, after a byte that says whether its check sums are made right, is the beginning of the only segment.
pub(crate) fn segment(data: &[u8]) {
    let (mode, bytes) = choice(data);
    let length = usize::try_from(SegmentGeometry::V1.bytes(SegmentId(0))).expect("1 MiB");
    let mut segment = if mode % 2 == 0 { bytes.to_vec() } else { with_right_sums(bytes) };
    segment.resize(length.max(segment.len().next_multiple_of(SECTOR_BYTES)), 0);
    let disk = MemoryDisk::with_file("00000000000000000000.seg", segment.clone());
    let directory = JournalDirectory::new(Arc::new(disk.clone()), Path::new(disk::DIRECTORY));
    let scan = scanned(&directory);
    let survey = surveyed(&directory);
    assert!(disk.is_unwritten(), "reading a journal wrote in it");
    assert!(survey.end.index >= scan.end().index, "a survey sees what a scan sees, and goes on");
    match (scan.tail(), scan.damage()) {
        (Tail::Clean | Tail::Torn(_), None) => {
            assert_eq!(survey.damages, 0, "a survey names damage that a scan lets pass");
            opened(&directory, &disk, &segment, scan);
        }
        (_, damage) => {
            if let Tail::Corrupt(damage) = scan.tail() {
                one_line(&damage.fault);
            }
            assert!(damage.is_some());
            refused(&disk, scan);
        }
    }
}

/// An opening that is all zero is one that was redacted; everything else passes, so that the frames themselves are what is looked at.
fn erased(_entry: &[u8], openings: &[u8]) -> Vec<Range<usize>> {
    let whole = (!openings.is_empty() && is_zero(openings)).then_some(0..openings.len());
    whole.into_iter().collect()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Reads the journal as an opening does. Frames follow each other without a gap.
fn scanned(directory: &JournalDirectory) -> Scan {
    let mut next = 0;
    let scan = directory.scan::<JournalError>(JournalPosition::START, 0, &erased, |seen| {
        assert_eq!(seen.position.first_index, next, "a scan shows frames in their order");
        next = seen.position.end_index();
        Ok(())
    });
    let scan = scan.expect("a disk in memory can be read");
    assert_eq!(scan.end().index, next);
    scan
}

/// Reads it as `verify` does.
fn surveyed(directory: &JournalDirectory) -> Survey {
    let survey = directory.survey::<JournalError>(0, &erased, |seen| {
        if let Seen::Damage(damage) = seen {
            one_line(&damage.fault);
        }
        Ok(())
    });
    survey.expect("a disk in memory can be read")
}

/// A journal that may be opened holds afterwards what it held before, and is clean.
fn opened(directory: &JournalDirectory, disk: &MemoryDisk, before: &[u8], scan: Scan) {
    let end = scan.end();
    let kept = usize::try_from(end.offset).expect("an offset in a small segment");
    let journal = Journal::open(scan).expect("what was found sound can be opened");
    assert_eq!(journal.end().index, end.index);
    drop(journal);
    let after = disk.content();
    same(
        "the frames of an opened journal",
        before.get(..kept).unwrap_or_default(),
        after.get(..kept).unwrap_or_default(),
    );
    assert!(after.get(kept..).is_none_or(is_zero), "something is left behind the last frame");
    let again = scanned(directory);
    assert_eq!(again.tail(), &Tail::Clean, "a journal that was opened is clean");
    assert_eq!(again.end().index, end.index);
    if end.index > 0 {
        accept();
    }
}

/// A journal that is damaged is refused, and left as it is.
fn refused(disk: &MemoryDisk, scan: Scan) {
    match Journal::open(scan) {
        Ok(_) => panic!("a damaged journal was opened for writing"),
        Err(error) => one_line(&error),
    }
    assert!(disk.is_unwritten(), "a journal was changed that was refused");
}
