use super::*;
use crate::fs::{Effect, Fault, FaultError, Operation, Trigger};

#[test]
fn what_was_appended_is_read_back_across_segments_and_openings() {
    let commits = sample_commits(30);
    let fixture = Fixture::new();
    let mut positions = Vec::new();
    for part in commits.chunks(7) {
        let known = positions.last().map_or(0, FramePosition::end_index);
        let mut journal = fixture.open(known).unwrap();
        assert_eq!(journal.end().index, known);
        positions.extend(part.iter().map(|commit| append(&mut journal, commit).unwrap()));
    }
    assert!(positions.last().unwrap().segment > SegmentId(3));
    let (scan, found) = fixture.scan(count(&commits)).unwrap();
    assert_eq!(found, commits);
    assert_eq!((scan.tail(), scan.last()), (&Tail::Clean, positions.last().copied()));
    let reader = JournalReader::new(fixture.directory.clone());
    let (mut frame_bytes, mut opening_bytes) = (Vec::new(), Vec::new());
    let mut index = 0;
    for (position, commit) in positions.iter().zip(&commits) {
        assert_eq!(position.first_index, index);
        let frame = reader.read_frame(*position, &mut frame_bytes).unwrap();
        assert_eq!(frame.root, &root_for(index));
        for (entry, pair) in frame.entries().zip(commit) {
            assert_eq!(entry.index, index);
            let bytes = entry.openings.len() as u32;
            let opening =
                OpeningPosition { frame: *position, entry: index, offset: entry.openings_offset, bytes };
            reader.read_opening(&opening, &mut opening_bytes).unwrap();
            assert_eq!((entry.bytes, &opening_bytes), (&pair.0[..], &pair.1));
            index += 1;
        }
    }
}

#[test]
fn a_scan_from_a_known_frame_sees_it_and_what_follows() {
    let commits = sample_commits(12);
    let (fixture, positions) = Fixture::with(&commits);
    for (number, position) in positions.iter().enumerate() {
        let (scan, found) = fixture.scan_from(position.start(), count(&commits)).unwrap();
        assert_eq!(found, commits[number..]);
        assert_eq!(scan.end(), positions.last().unwrap().end());
        Journal::open(scan).unwrap();
    }
    let behind_end = positions.last().unwrap().end();
    let nowhere = JournalPosition { segment: SegmentId(99), offset: 0, index: 5 };
    for start in [behind_end, nowhere] {
        let (scan, found) = fixture.scan_from(start, 0).unwrap();
        assert!(found.is_empty());
        assert!(matches!(scan.tail(), Tail::Corrupt(_)), "a known frame is missing at {start:?}");
        assert!(Journal::open(scan).is_err());
    }
}

#[test]
fn segments_have_the_documented_lengths_and_names() {
    let lengths = [1, 2, 4, 8, 16, 32, 64, 64, 64];
    for (id, mebibytes) in (0..).zip(lengths) {
        assert_eq!(SegmentGeometry::V1.bytes(SegmentId(id)), mebibytes << 20);
    }
    assert_eq!(SegmentGeometry::V1.bytes(SegmentId(u64::MAX)), 64 << 20);
    let disk = FaultyFileSystem::new(Path::new(ROOT));
    let directory = JournalDirectory::new(Arc::new(disk.clone()), Path::new(JOURNAL));
    directory.create().unwrap();
    let none = |_: &SeenFrame<'_>| Ok::<_, JournalError>(());
    let mut journal =
        Journal::open(directory.scan(JournalPosition::START, 0, &check, none).unwrap()).unwrap();
    append(&mut journal, &vec![pair(1, 100, 0)]).unwrap();
    let contents = disk.contents(Path::new("/data/journal/00000000000000000000.seg")).unwrap();
    assert_eq!(contents.len(), 1 << 20);
    assert!(directory.create().is_err(), "a journal that exists is not made again");
}

#[test]
fn a_frame_longer_than_a_segment_gets_a_segment_of_its_own_length() {
    let large: Commit = (0..3).map(|label| pair(label, 5000, 0)).collect();
    for commits in [vec![large.clone()], vec![sample_commits(1).remove(0), large.clone(), large]] {
        let (fixture, positions) = Fixture::with(&commits);
        let last = positions.last().unwrap();
        assert_eq!(fixture.segment(last.segment.0).len(), last.bytes as usize);
        assert_eq!(fixture.scan(0).unwrap().1, commits);
        let mut journal = fixture.open(count(&commits)).unwrap();
        let next = append(&mut journal, &vec![pair(9, 50, 0)]).unwrap();
        assert_eq!((next.segment.0, next.offset), (last.segment.0 + 1, 0));
    }
}

#[test]
fn a_frame_with_another_index_or_beyond_a_limit_is_refused_and_changes_nothing() {
    let (fixture, _) = Fixture::with(&sample_commits(2));
    let mut journal = fixture.open(0).unwrap();
    let before = fixture.files();
    let bytes = vec![b'x'; 70_000];
    for (first_index, length) in [(2, 10), (4, 10), (3, 70_000), (3, 0)] {
        let entries = [NewEntry { bytes: &bytes[..length], openings: b"" }];
        let frame =
            NewFrame { first_index, entries: &entries, root: [1; 32], previous_checkpoint: None, key: None };
        let refused = journal.append(&frame).unwrap_err();
        assert!(matches!(refused, JournalError::WrongIndex { .. } | JournalError::Limit(_)), "{refused}");
    }
    assert_eq!(fixture.files(), before);
    append(&mut journal, &vec![pair(1, 20, 0)]).expect("the journal is not poisoned");
}

/// One write and one fdatasync, of whole sectors, into space that was written before.
#[test]
fn an_append_costs_one_write_and_one_sync() {
    let fixture = Fixture::new();
    let mut journal = fixture.open(0).unwrap();
    append(&mut journal, &vec![pair(0, 10, 0)]).unwrap();
    let before = fixture.disk.operations().len();
    append(&mut journal, &vec![pair(1, 600, 10)]).unwrap();
    assert_eq!(fixture.disk.operations()[before..], [Operation::Write, Operation::Sync]);
}

#[test]
fn without_space_for_a_segment_the_commit_is_refused_and_the_journal_stays_usable() {
    let commits = sample_commits(3);
    let large = vec![pair(77, 3900, 0)];
    for operation in [Operation::Create, Operation::Write, Operation::Sync] {
        for effect in [Effect::NotPersisted, Effect::Persisted, Effect::Partly(5)] {
            let (fixture, _) = Fixture::with(&commits);
            let mut journal = fixture.open(0).unwrap();
            fixture.disk.arm(Fault {
                trigger: Trigger::Nth(operation, 1),
                error: FaultError::NoSpace,
                effect,
            });
            let refused = append(&mut journal, &large).unwrap_err();
            assert!(matches!(refused, JournalError::NoSpace { .. }), "{operation:?}: {refused}");
            assert_eq!(fixture.scan(0).unwrap().1, commits, "nothing was recorded");
            append(&mut journal, &vec![pair(78, 10, 0)]).expect("a small frame still fits");
            append(&mut journal, &large).expect("the space is back");
            fixture.disk.power_cut(1);
            assert_eq!(fixture.scan(0).unwrap().1.len(), commits.len() + 2);
        }
    }
}

#[test]
fn a_failed_write_sync_or_rename_poisons() {
    for (operation, error) in [
        (Operation::Write, FaultError::NoSpace),
        (Operation::Write, FaultError::Io),
        (Operation::Sync, FaultError::NoSpace),
        (Operation::Sync, FaultError::Io),
    ] {
        let (fixture, _) = Fixture::with(&sample_commits(2));
        let mut journal = fixture.open(0).unwrap();
        let effect = Effect::NotPersisted;
        fixture.disk.arm(Fault { trigger: Trigger::Nth(operation, 1), error, effect });
        let commit = vec![pair(5, 50, 0)];
        let unknown = append(&mut journal, &commit).unwrap_err();
        assert!(matches!(unknown, JournalError::OutcomeUnknown { first_index: 3, .. }));
        let before = fixture.disk.operations().len();
        assert!(journal.is_poisoned());
        assert!(matches!(append(&mut journal, &commit), Err(JournalError::Poisoned { .. })));
        assert_eq!(fixture.disk.operations().len(), before, "no sync is tried again");
    }
    for operation in [Operation::Rename, Operation::SyncDirectory] {
        let (fixture, _) = Fixture::with(&sample_commits(2));
        let mut journal = fixture.open(0).unwrap();
        let (error, effect) = (FaultError::NoSpace, Effect::NotPersisted);
        fixture.disk.arm(Fault { trigger: Trigger::Nth(operation, 1), error, effect });
        let large = vec![pair(5, 3900, 0)];
        assert!(matches!(append(&mut journal, &large), Err(JournalError::Io { .. })));
        assert!(matches!(append(&mut journal, &large), Err(JournalError::Poisoned { .. })));
    }
}

/// The opening of an entry, as a redaction names it.
fn opening_of(fixture: &Fixture, frame: FramePosition, ordinal: usize) -> OpeningPosition {
    let mut bytes = Vec::new();
    let reader = JournalReader::new(fixture.directory.clone());
    let entry = reader.read_frame(frame, &mut bytes).unwrap().entries().nth(ordinal).unwrap();
    OpeningPosition {
        frame,
        entry: entry.index,
        offset: entry.openings_offset,
        bytes: entry.openings.len() as u32,
    }
}

#[test]
fn an_overwritten_opening_is_zero_and_nothing_else_is_changed() {
    let commits = vec![vec![pair(1, 60, 900), pair(2, 60, 33), pair(3, 60, 1200)], vec![pair(4, 60, 0)]];
    let (fixture, positions) = Fixture::with(&commits);
    for ordinal in 0..3 {
        for seed in 0..8 {
            let fixture = fixture.fork();
            let opening = opening_of(&fixture, positions[0], ordinal);
            let mut expected = fixture.segment(0);
            let start = (opening.frame.offset + u64::from(opening.offset)) as usize;
            expected[start..start + opening.bytes as usize].fill(0);
            fixture.open(0).unwrap().overwrite_opening(&opening).unwrap();
            fixture.disk.power_cut(seed);
            assert_eq!(fixture.segment(0), expected);
            let (mut scan, found) = fixture.scan(count(&commits)).unwrap();
            assert_eq!((found.len(), scan.unresolved()), (2, &[opening][..]));
            scan.resolve(|unresolved| *unresolved == opening);
            let mut journal = Journal::open(scan).unwrap();
            journal.overwrite_opening(&opening).expect("zeroing again is allowed");
            let refused = fixture.open(0).unwrap_err();
            assert!(matches!(refused, JournalError::Damaged(_)), "no redaction names it: {refused}");
        }
    }
}

/// A power cut leaves an opening zeroed in part, which the redaction that names it excuses until it is zeroed again.
#[test]
fn an_interrupted_overwrite_is_named_and_can_be_repeated() {
    let commits = vec![vec![pair(1, 60, 3000)], vec![pair(4, 60, 0)]];
    let (fixture, positions) = Fixture::with(&commits);
    for seed in 0..16 {
        let fixture = fixture.fork();
        let opening = opening_of(&fixture, positions[0], 0);
        let mut journal = fixture.open(0).unwrap();
        let (error, effect) = (FaultError::Io, Effect::Partly(seed));
        fixture.disk.arm(Fault { trigger: Trigger::Nth(Operation::Sync, 1), error, effect });
        assert!(journal.overwrite_opening(&opening).is_err());
        assert!(journal.is_poisoned());
        fixture.disk.power_cut(seed);
        let (mut scan, found) = fixture.scan(2).unwrap();
        assert_eq!(found.len(), 2);
        scan.resolve(|unresolved| *unresolved == opening);
        let mut journal = Journal::open(scan).unwrap();
        journal.overwrite_opening(&opening).unwrap();
        let mut bytes = Vec::new();
        journal.reader().read_opening(&opening, &mut bytes).unwrap();
        assert_eq!(bytes, vec![0; 3000]);
    }
}

#[test]
fn nothing_but_an_earlier_opening_can_be_overwritten() {
    let commits = vec![vec![pair(1, 60, 100), pair(2, 60, 100)], vec![pair(4, 60, 50)]];
    let (fixture, positions) = Fixture::with(&commits);
    let opening = opening_of(&fixture, positions[0], 0);
    let mut journal = fixture.open(0).unwrap();
    let before = fixture.files();
    let cases = [
        OpeningPosition { offset: opening.offset - 1, ..opening },
        OpeningPosition { bytes: opening.bytes + 1, ..opening },
        OpeningPosition { entry: 1, ..opening },
        OpeningPosition { offset: u32::MAX, bytes: u32::MAX, ..opening },
        opening_of(&fixture, positions[1], 0),
    ];
    for case in cases {
        assert!(matches!(journal.overwrite_opening(&case), Err(JournalError::NotAnOpening(_))));
    }
    let elsewhere = FramePosition { offset: 512, ..positions[0] };
    let wrong_frame = OpeningPosition { frame: elsewhere, ..opening };
    assert!(matches!(journal.overwrite_opening(&wrong_frame), Err(JournalError::Damaged(_))));
    let wrong_index = FramePosition { first_index: 7, ..positions[0] };
    let wrong_frame = OpeningPosition { frame: wrong_index, ..opening };
    assert!(matches!(journal.overwrite_opening(&wrong_frame), Err(JournalError::Damaged(_))));
    assert_eq!(fixture.files(), before);
    assert!(!journal.is_poisoned());
}

#[test]
fn a_read_is_bounded() {
    let (fixture, positions) = Fixture::with(&sample_commits(1));
    let reader = JournalReader::new(fixture.directory.clone());
    let mut bytes = Vec::new();
    let too_long = reader.read_range(SegmentId(0), 0, FRAME_BYTES_MAX + 1, &mut bytes);
    assert!(matches!(too_long, Err(JournalError::ReadTooLong { .. })));
    assert!(reader.read_range(SegmentId(0), 4000, 512, &mut bytes).is_err());
    assert!(reader.read_range(SegmentId(8), 0, 1, &mut bytes).is_err());
    let short = FramePosition { bytes: 512, ..positions[0] };
    assert!(matches!(reader.read_frame(short, &mut bytes), Err(JournalError::Damaged(_))));
}

/// The same on the operating system's files, with the segments of format version 1.
#[test]
fn a_journal_on_real_files_crosses_segments_and_reopens() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("journal");
    let directory = JournalDirectory::new(Arc::new(crate::fs::RealFileSystem), &path);
    directory.create().unwrap();
    let large: Commit = (0..8).map(|label| pair(label, 60_000, 1000)).collect();
    let commits = [vec![pair(1, 80, 20)], large.clone(), large.clone(), large];
    let mut found = Vec::new();
    for commit in &commits {
        found.clear();
        let scan = directory
            .scan(JournalPosition::START, 0, &check, |seen| {
                found.push(commit_of(seen));
                Ok::<_, JournalError>(())
            })
            .unwrap();
        let known = found.len();
        assert_eq!(found, commits[..known]);
        append(&mut Journal::open(scan).unwrap(), commit).unwrap();
    }
    assert_eq!(found.len(), 3);
    let lengths = [0, 1].map(|id| std::fs::metadata(directory.segment_path(SegmentId(id))).unwrap().len());
    assert_eq!(lengths, [1 << 20, 2 << 20]);
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 2, "no temporaries are left");
}
