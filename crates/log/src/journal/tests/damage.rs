//! Damage done by others: found, located, and never repaired.

use super::*;

/// Frames in three segments, with the bytes that each frame owns.
fn journal() -> (Fixture, Vec<FramePosition>, Vec<Commit>) {
    let commits = sample_commits(7);
    let (fixture, positions) = Fixture::with(&commits);
    assert_eq!(positions.last().unwrap().segment, SegmentId(2));
    (fixture, positions, commits)
}

fn owner(positions: &[FramePosition], segment: u64, byte: u64) -> Option<FramePosition> {
    positions
        .iter()
        .find(|frame| frame.segment.0 == segment && (frame.offset..frame.end().offset).contains(&byte))
        .copied()
}

/// In a frame: refused, named by file and frame, and every other frame is still read. In never-written space: named.
#[test]
fn a_flipped_bit_in_any_byte_is_found_and_located() {
    let (fixture, positions, _) = journal();
    let all: Vec<u64> = positions.iter().map(|frame| frame.first_index).collect();
    let end = positions.last().unwrap().end();
    for segment in 0..3 {
        let path = fixture.directory.segment_path(SegmentId(segment));
        let original = fixture.segment(segment);
        for byte in 0..original.len() {
            let mut bytes = original.clone();
            bytes[byte] ^= 1 << (byte % 8);
            fixture.set_segment(segment, bytes);
            let byte = byte as u64;
            let (scan, _) = fixture.scan(0).unwrap();
            let (survey, seen, damages) = fixture.survey();
            if let Some(frame) = owner(&positions, segment, byte) {
                let damage = scan.damage().unwrap_or_else(|| panic!("byte {byte} of {segment} not found"));
                assert_eq!((&damage.path, damage.offset), (&path, frame.offset), "byte {byte}: {damage}");
                assert_eq!(damages, [damage], "byte {byte} of {segment}");
                let unseen: Vec<_> = all.iter().filter(|index| !seen.contains(index)).collect();
                assert!(unseen.is_empty() || unseen == [&frame.first_index], "byte {byte}: {unseen:?}");
            } else if segment < end.segment.0 {
                let damage = scan.damage().unwrap();
                assert_eq!(damage.path, path);
                assert_eq!((damages, seen), (vec![damage], all.clone()));
            } else if byte < end.offset + 512 {
                let damage = scan.damage().expect("a header that is not one");
                assert_eq!((&damage.path, damage.offset), (&path, end.offset));
                assert_eq!((damages, seen), (vec![damage], all.clone()));
            } else {
                let Tail::Torn(damage) = survey.tail else { panic!("trailing garbage is named") };
                assert_eq!((damage.path, damage.offset, damages), (path.clone(), end.offset, vec![]));
            }
        }
        fixture.set_segment(segment, original);
    }
}

#[test]
fn a_segment_of_any_other_length_is_refused() {
    let (fixture, _, _) = journal();
    for segment in 0..3 {
        let original = fixture.segment(segment);
        let too_long = FRAME_BYTES_MAX as usize + 512;
        let others = [original.len() - 512, original.len() + 1, too_long];
        let lengths = (0..original.len()).step_by(7).chain(others);
        for length in lengths {
            let mut bytes = original.clone();
            bytes.resize(length, 0);
            fixture.set_segment(segment, bytes);
            let Tail::Corrupt(damage) = fixture.scan(0).unwrap().0.tail().clone() else {
                panic!("length {length} of segment {segment}")
            };
            assert_eq!(damage.path, fixture.directory.segment_path(SegmentId(segment)));
            let (expected, found) = (original.len() as u64, length as u64);
            assert_eq!(damage.fault, JournalFault::SegmentLength { expected, found });
            let (survey, _, damages) = fixture.survey();
            assert!(damages.contains(&damage) && survey.damages >= 1);
        }
        fixture.set_segment(segment, original);
    }
}

#[test]
fn a_missing_segment_is_named() {
    let (fixture, positions, _) = journal();
    for segment in 0..2 {
        let fixture = fixture.fork();
        fixture.disk.tamper_remove(&fixture.directory.segment_path(SegmentId(segment)));
        let Tail::Corrupt(damage) = fixture.scan(0).unwrap().0.tail().clone() else { panic!("a gap") };
        assert_eq!(damage.fault, JournalFault::SegmentMissing(SegmentId(segment)));
        let (_, seen, damages) = fixture.survey();
        assert!(damages.contains(&damage));
        let expected: Vec<_> = positions
            .iter()
            .filter(|frame| frame.segment.0 != segment)
            .map(|frame| frame.first_index)
            .collect();
        assert_eq!(seen, expected, "the other segments are still read");
    }
}

/// A frame by its number, and the segment and offset that it is copied to.
type Copied = (usize, u64, u64);

/// Each change moves whole good frames; their checksums all hold.
#[test]
fn frames_that_are_swapped_repeated_or_copied_are_refused() {
    let commits: Vec<Commit> = (0..6).map(|label| vec![pair(label, 300, 0)]).collect();
    let (fixture, positions) = Fixture::with(&commits);
    assert_eq!((positions[3].segment.0, positions[4].segment.0), (0, 1));
    let frame = |number: usize| {
        let position = positions[number];
        let bytes = fixture.segment(position.segment.0);
        bytes[position.offset as usize..position.end().offset as usize].to_vec()
    };
    let put = |fixture: &Fixture, segment: u64, offset: u64, frame: &[u8]| {
        fixture.change_segment(segment, |bytes| {
            bytes[offset as usize..][..frame.len()].copy_from_slice(frame);
        });
    };
    let gap = |expected, found| FrameFault::IndexGap { expected, found };
    let foreign =
        |expected, found| FrameFault::WrongSegment { expected: SegmentId(expected), found: SegmentId(found) };
    // Which frame is copied to which place, and the fault at which frame.
    let cases: [(&str, &[Copied], u64, FrameFault); 6] = [
        (
            "swapped",
            &[(1, 0, positions[2].offset), (2, 0, positions[1].offset)],
            positions[1].offset,
            gap(1, 2),
        ),
        ("repeated over the next", &[(1, 0, positions[2].offset)], positions[2].offset, gap(2, 1)),
        ("repeated at the end", &[(5, 1, positions[5].end().offset)], positions[5].end().offset, gap(6, 5)),
        ("from a later segment", &[(4, 0, positions[3].offset)], positions[3].offset, foreign(0, 1)),
        ("from an earlier segment", &[(0, 1, 0)], 0, foreign(1, 0)),
        (
            "from an earlier segment to the end",
            &[(0, 1, positions[5].end().offset)],
            positions[5].end().offset,
            foreign(1, 0),
        ),
    ];
    for (name, copies, offset, fault) in cases {
        let changed = fixture.fork();
        for (number, segment, at) in copies {
            put(&changed, *segment, *at, &frame(*number));
        }
        let before = changed.files();
        let Tail::Corrupt(damage) = changed.scan(0).unwrap().0.tail().clone() else { panic!("{name}") };
        assert_eq!((damage.offset, damage.fault), (offset, fault.into()), "{name}");
        assert!(changed.open(0).is_err());
        assert!(!changed.survey().2.is_empty());
        assert_eq!(changed.files(), before, "nothing is touched");
    }
}

#[test]
fn swapped_segment_files_are_refused() {
    let (fixture, _, _) = journal();
    let (one, two) = (fixture.segment(1), fixture.segment(2));
    fixture.set_segment(1, two);
    fixture.set_segment(2, one);
    let Tail::Corrupt(damage) = fixture.scan(0).unwrap().0.tail().clone() else { panic!("swapped") };
    assert!(matches!(damage.fault, JournalFault::Frame(FrameFault::WrongSegment { .. })));
    assert!(fixture.survey().0.damages >= 2);
}

#[test]
fn a_survey_names_several_damages_and_sees_everything_between() {
    let (fixture, positions, _) = journal();
    let bad_frames = [1, 3, 6];
    for number in bad_frames {
        let position = positions[number];
        // The body of one, the header of the others.
        let at = position.offset as usize + if number == 3 { 512 } else { 100 };
        fixture.change_segment(position.segment.0, |bytes| bytes[at] ^= 1);
    }
    let (survey, seen, damages) = fixture.survey();
    let places = |frame: &FramePosition| (fixture.directory.segment_path(frame.segment), frame.offset);
    let expected: Vec<_> = bad_frames.iter().map(|number| places(&positions[*number])).collect();
    let found: Vec<_> = damages.iter().map(|damage| (damage.path.clone(), damage.offset)).collect();
    assert_eq!((found, survey.damages), (expected, 3));
    let good: Vec<_> = (0..7).filter(|n| !bad_frames.contains(n)).map(|n| positions[n].first_index).collect();
    assert_eq!(seen, good);
    assert!(matches!(survey.tail, Tail::Corrupt(_)));
}

/// A hole in the entries is told even where every frame that is left is good.
#[test]
fn a_zeroed_frame_in_the_middle_is_missing_by_name() {
    let (fixture, positions, _) = journal();
    for (number, position) in positions.iter().enumerate().take(6) {
        let fixture = fixture.fork();
        let range = position.offset as usize..position.end().offset as usize;
        fixture.change_segment(position.segment.0, |bytes| bytes[range].fill(0));
        let refused = fixture.open(0).unwrap_err();
        let JournalError::Damaged(damage) = refused else { panic!("{refused}") };
        let is_followed_in_segment = positions[number + 1].segment == position.segment;
        if is_followed_in_segment {
            let missing = JournalFault::FrameMissing { expected: position.first_index };
            assert_eq!((damage.offset, damage.fault), (position.offset, missing));
        }
        assert_eq!(fixture.survey().1.len(), 6, "the other frames are read");
    }
}

#[test]
fn the_error_says_file_offset_and_cause() {
    let (fixture, positions, _) = journal();
    fixture.change_segment(0, |bytes| bytes[positions[1].offset as usize + 600] ^= 1);
    let error = fixture.open(0).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        error.to_string(),
        format!(
            "the journal is damaged at byte {} of {JOURNAL}/00000000000000000000.seg",
            positions[1].offset
        )
    );
    assert_eq!(source, "the checksum of the frame's body is wrong");
}
