//! Which tails are cut and which are refused.

use super::*;

/// A journal whose last frame has four sectors and more: header, body, an opening and the mark.
fn with_long_last() -> (Fixture, FramePosition, Vec<Commit>) {
    let mut commits = sample_commits(3);
    commits.push(vec![pair(90, 1500, 900)]);
    let (fixture, positions) = Fixture::with(&commits);
    let last = *positions.last().unwrap();
    assert!(last.bytes >= 6 * 512);
    commits.pop();
    (fixture, last, commits)
}

fn tail_of(fixture: &Fixture, known_size: u64) -> Tail {
    fixture.scan(known_size).unwrap().0.tail().clone()
}

/// Opens and sees exactly these commits, and zeros behind them.
fn assert_cut_to(fixture: &Fixture, known_size: u64, commits: &[Commit]) {
    let journal = fixture.open(known_size).unwrap();
    let (scan, found) = fixture.scan(known_size).unwrap();
    assert_eq!((scan.tail(), found.as_slice()), (&Tail::Clean, commits));
    let end = journal.end();
    assert!(fixture.segment(end.segment.0)[end.offset as usize..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_last_frame_with_any_dropped_sectors_is_cut() {
    let (fixture, last, commits) = with_long_last();
    let sectors = last.bytes as usize / 512;
    for dropped in 1..1_u32 << sectors {
        let fixture = fixture.fork();
        fixture.change_segment(last.segment.0, |bytes| {
            for sector in (0..sectors).filter(|sector| dropped & (1 << sector) != 0) {
                bytes[last.offset as usize + sector * 512..][..512].fill(0);
            }
        });
        let all = dropped == (1 << sectors) - 1;
        match tail_of(&fixture, last.first_index) {
            Tail::Clean => assert!(all, "sectors {dropped:b}"),
            Tail::Torn(damage) => {
                assert!(!all);
                assert_eq!(damage.path, fixture.directory.segment_path(last.segment));
                assert_eq!(damage.offset, last.offset);
            }
            Tail::Corrupt(damage) => panic!("sectors {dropped:b}: {damage}"),
        }
        assert_cut_to(&fixture, last.first_index, &commits);
    }
}

#[test]
fn a_torn_frame_whose_entries_are_known_is_refused_and_left_alone() {
    let (fixture, last, _) = with_long_last();
    for sector in 0..last.bytes as usize / 512 {
        let fixture = fixture.fork();
        fixture.change_segment(last.segment.0, |bytes| {
            bytes[last.offset as usize + sector * 512..][..512].fill(0);
        });
        let before = fixture.files();
        let refused = fixture.open(last.end_index()).unwrap_err();
        let JournalError::Damaged(damage) = refused else { panic!("{refused}") };
        let known = JournalFault::KnownElsewhere { expected: last.first_index, known_size: last.end_index() };
        assert_eq!((damage.offset, damage.fault), (last.offset, known));
        assert_eq!(fixture.files(), before);
    }
}

#[test]
fn a_journal_that_ends_before_what_is_known_is_refused() {
    let commits = sample_commits(9);
    let (fixture, positions) = Fixture::with(&commits);
    let before = fixture.files();
    let refused = fixture.open(count(&commits) + 1).unwrap_err();
    assert!(matches!(refused, JournalError::Behind { .. }), "{refused}");
    assert_eq!(fixture.files(), before);
    let last = positions.last().unwrap();
    fixture.disk.tamper_remove(&fixture.directory.segment_path(last.segment));
    assert!(matches!(fixture.open(count(&commits)), Err(JournalError::Behind { .. })));
}

/// Damage beside the dropped sector, in a part of the frame that the dropped sector does not explain.
#[test]
fn a_dropped_sector_does_not_excuse_other_damage() {
    let (fixture, last, _) = with_long_last();
    let (start, end) = (last.offset as usize, last.end().offset as usize);
    let body_sector = start + 512..start + 1024;
    // It holds the end of the opening, the mark and the padding.
    let last_sector = end - 512..end;
    let mark = end - 32;
    let cases: [(&str, Range<usize>, usize); 6] = [
        ("padding", body_sector.clone(), end - 1),
        ("behind the frame", body_sector.clone(), end + 512),
        ("header", body_sector.clone(), start + 20),
        ("magic", body_sector.clone(), start),
        ("end mark", body_sector, mark),
        ("body", last_sector, start + 600),
    ];
    assert_eq!(fixture.segment(last.segment.0)[mark..mark + 4], *b"END\n");
    for (name, dropped, flipped) in cases {
        let fixture = fixture.fork();
        fixture.change_segment(last.segment.0, |bytes| {
            bytes[dropped].fill(0);
            bytes[flipped] ^= 0x10;
        });
        assert!(matches!(tail_of(&fixture, 0), Tail::Corrupt(_)), "{name}");
        let before = fixture.files();
        assert!(matches!(fixture.open(0), Err(JournalError::Damaged(_))));
        assert_eq!(fixture.files(), before);
    }
}

/// A zero run within one sector is not a dropped sector.
#[test]
fn a_zeroed_opening_in_the_last_frame_is_refused_unless_a_whole_sector_is_zero() {
    let (fixture, positions) = Fixture::with(&[vec![pair(1, 60, 300)]]);
    let frame = positions[0];
    let mut buffer = Vec::new();
    let reader = JournalReader::new(fixture.directory.clone());
    let entry = reader.read_frame(frame, &mut buffer).unwrap().entries().next().unwrap();
    let start = entry.openings_offset as usize;
    fixture.change_segment(0, |bytes| bytes[start..start + 300].fill(0));
    let Tail::Corrupt(damage) = tail_of(&fixture, 0) else { panic!("a torn write cannot do this") };
    assert!(matches!(damage.fault, JournalFault::Frame(FrameFault::Opening { entry: 0, bytes: 300, .. })));
}

#[test]
fn remains_without_a_header_are_cut_only_if_nothing_valid_follows() {
    let commits = sample_commits(1);
    let (fixture, positions) = Fixture::with(&commits);
    let end = positions[0].end();
    let offset = end.offset as usize;
    let frame = fixture.segment(0)[..positions[0].bytes as usize].to_vec();
    let remains = fixture.fork();
    remains.change_segment(0, |bytes| bytes[offset + 1024..offset + 1030].fill(b'r'));
    assert!(matches!(tail_of(&remains, 0), Tail::Torn(damage) if damage.offset == end.offset));
    assert_cut_to(&remains, end.index, &commits);
    for at in [offset + 512, offset + 1024] {
        let followed = fixture.fork();
        followed.change_segment(0, |bytes| bytes[at..at + frame.len()].copy_from_slice(&frame));
        let Tail::Corrupt(damage) = tail_of(&followed, 0) else { panic!("a frame follows") };
        assert_eq!(damage.fault, JournalFault::FrameMissing { expected: end.index });
        assert_eq!(damage.offset, end.offset);
    }
}

/// No single frame reaches from the end to there.
#[test]
fn remains_beyond_the_longest_frame_are_refused() {
    let disk = FaultyFileSystem::new(Path::new(ROOT));
    let geometry = SegmentGeometry { first_bytes: 8 << 20, doublings: 0 };
    let directory = JournalDirectory::new(Arc::new(disk.clone()), Path::new(JOURNAL)).with_geometry(geometry);
    directory.create().unwrap();
    let fixture = Fixture { disk, directory };
    let mut journal = fixture.open(0).unwrap();
    let frame = append(&mut journal, &vec![pair(0, 30, 0)]).unwrap();
    let longest = frame.end().offset + u64::from(FRAME_BYTES_MAX);
    for (at, is_torn) in [(longest - 1, true), (longest, false)] {
        let fixture = Fixture { disk: fixture.disk.fork(), directory: fixture.directory.clone() };
        let directory = JournalDirectory::new(Arc::new(fixture.disk.clone()), Path::new(JOURNAL));
        let fixture = Fixture { directory: directory.with_geometry(geometry), ..fixture };
        fixture.change_segment(0, |bytes| bytes[at as usize] = 1);
        assert_eq!(matches!(tail_of(&fixture, 0), Tail::Torn(_)), is_torn);
        assert_eq!(fixture.open(0).is_ok(), is_torn);
        assert_eq!(fixture.segment(0)[at as usize], u8::from(!is_torn));
    }
}

/// The last frame stands in one segment, what follows in the next.
#[test]
fn tails_across_a_segment_boundary() {
    let first = vec![vec![pair(0, 3000, 0)]];
    let second = vec![pair(1, 1500, 600)];
    let mut both = first.clone();
    both.push(second);
    let (fixture, positions) = Fixture::with(&both);
    let torn = positions[1];
    assert_eq!((torn.segment.0, torn.offset), (1, 0));
    let sectors = torn.bytes as usize / 512;
    for dropped in 1..1_u32 << sectors {
        let fixture = fixture.fork();
        fixture.change_segment(1, |bytes| {
            for sector in (0..sectors).filter(|sector| dropped & (1 << sector) != 0) {
                bytes[sector * 512..][..512].fill(0);
            }
        });
        assert!(!matches!(tail_of(&fixture, 1), Tail::Corrupt(_)), "sectors {dropped:b}");
        assert_cut_to(&fixture, 1, &first);
        assert!(fixture.segment(1).iter().all(|byte| *byte == 0));
        let mut journal = fixture.open(1).unwrap();
        let short = append(&mut journal, &vec![pair(2, 10, 0)]).unwrap();
        assert_eq!(short.segment.0, 1, "1 sector is left in segment 0, a frame needs 2");
    }
    let remains_in_both = fixture.fork();
    remains_in_both.change_segment(1, |bytes| bytes[..512].fill(0));
    remains_in_both.change_segment(0, |bytes| bytes[4095] = 1);
    assert!(matches!(tail_of(&remains_in_both, 0), Tail::Corrupt(_)));
}

#[test]
fn empty_segments_at_the_end_are_normal_and_in_between_are_not() {
    let (fixture, positions) = Fixture::with(&sample_commits(3));
    let last = positions.last().unwrap().segment.0;
    for empty in 1..3 {
        fixture.set_segment(last + empty, vec![0; 8192]);
    }
    assert_eq!(tail_of(&fixture, 0), Tail::Clean);
    let filled = fixture.fork();
    let frame = filled.segment(0);
    filled.change_segment(last + 2, |bytes| bytes[..4096].copy_from_slice(&frame));
    assert!(matches!(tail_of(&filled, 0), Tail::Corrupt(_)));
    let mut journal = fixture.open(0).unwrap();
    let mut commits = sample_commits(3);
    for commit in sample_commits(12) {
        append(&mut journal, &commit).unwrap();
        commits.push(commit);
    }
    assert_eq!(fixture.scan(0).unwrap().1, commits);
    let empty_first = Fixture::new();
    empty_first.set_segment(0, vec![0; 4096]);
    empty_first.fork().open(0).unwrap();
    let (source, _) = Fixture::with(&sample_commits(1));
    empty_first.set_segment(1, [source.segment(0), vec![0; 4096]].concat());
    let Tail::Corrupt(damage) = tail_of(&empty_first, 0) else { panic!("segment 0 lost its frames") };
    assert_eq!(damage.fault, JournalFault::FrameMissing { expected: 0 });
}

#[test]
fn a_reader_writes_nothing_and_a_writer_deletes_only_its_own_temporaries() {
    let (fixture, last, _) = with_long_last();
    fixture.change_segment(last.segment.0, |bytes| bytes[last.offset as usize..][..512].fill(0));
    let temporary = Path::new(JOURNAL).join("00000000000000000007.seg.tmp");
    fixture.disk.tamper(&temporary, vec![1; 100]);
    let before = (fixture.files(), fixture.disk.operations().len());
    assert!(matches!(tail_of(&fixture, 0), Tail::Torn(_)));
    assert!(matches!(fixture.survey().0.tail, Tail::Torn(_)));
    let changes =
        fixture.disk.operations()[before.1..].iter().filter(|operation| operation.is_mutation()).count();
    assert_eq!((fixture.files(), changes), (before.0, 0));
    fixture.open(0).unwrap();
    assert_eq!(fixture.disk.contents(&temporary), None);
    for name in ["notes.txt", "x.tmp", "7.seg", "00000000000000000007.seg.bak", "99999999999999999999.seg"] {
        let fixture = fixture.fork();
        fixture.disk.tamper(&Path::new(JOURNAL).join(name), vec![1]);
        let Tail::Corrupt(damage) = tail_of(&fixture, 0) else { panic!("{name} is no segment") };
        assert_eq!((damage.path, damage.fault), (Path::new(JOURNAL).join(name), JournalFault::UnknownFile));
        assert!(fixture.open(0).is_err());
    }
}

#[test]
fn a_corrupt_previous_frame_is_never_cut() {
    let commits = sample_commits(4);
    let (fixture, positions) = Fixture::with(&commits);
    for position in &positions[..3] {
        for sector in 0..position.bytes as usize / 512 {
            let fixture = fixture.fork();
            fixture.change_segment(position.segment.0, |bytes| {
                bytes[position.offset as usize + sector * 512..][..512].fill(0);
            });
            let refused = fixture.open(0).unwrap_err();
            let JournalError::Damaged(damage) = refused else { panic!("{refused}") };
            assert_eq!(damage.offset, position.offset, "sector {sector}: {damage}");
        }
    }
}

#[test]
fn the_remains_of_the_very_first_frame_are_cut() {
    let (fixture, positions) = Fixture::with(&[vec![pair(1, 900, 700)]]);
    for sector in 0..positions[0].bytes as usize / 512 {
        let fixture = fixture.fork();
        fixture.change_segment(0, |bytes| bytes[sector * 512..][..512].fill(0));
        assert!(matches!(tail_of(&fixture, 0), Tail::Torn(damage) if damage.offset == 0));
        assert_cut_to(&fixture, 0, &[]);
    }
}
