//! Segments that are filled ahead of need.

use super::*;
use crate::fs::{Effect, Fault, FaultError, FileSystem as _, Operation, Trigger};

/// Long enough to be filled ahead.
const LONG: SegmentGeometry = SegmentGeometry { first_bytes: 4 * 1024 * 1024, doublings: 0 };

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    Fixture { directory: fixture.directory.clone().with_geometry(LONG), disk: fixture.disk }
}

/// A commit of more than half a MiB: seven of them fill a segment.
fn long(label: u64) -> Commit {
    vec![pair(label, 60, 560_000)]
}

fn names(fixture: &Fixture) -> Vec<String> {
    let names = fixture.disk.list(Path::new(JOURNAL)).unwrap();
    names.iter().map(|name| name.to_string_lossy().into_owned()).collect()
}

fn no_space(fixture: &Fixture) {
    fixture.disk.arm(Fault {
        trigger: Trigger::Nth(Operation::Create, 1),
        error: FaultError::NoSpace,
        effect: Effect::NotPersisted,
    });
}

#[test]
fn the_next_segment_is_there_before_it_is_needed_and_used() {
    let fixture = fixture();
    let mut journal = fixture.open(0).unwrap();
    let commits: Vec<Commit> = (0..18).map(long).collect();
    for (number, commit) in commits.iter().enumerate() {
        append(&mut journal, commit).unwrap();
        if number == 5 {
            // Letting the journal go waits for what it has begun.
            drop(journal);
            assert_eq!(names(&fixture), ["00000000000000000000.seg", "00000000000000000001.seg.tmp"]);
            journal = fixture.open(6).unwrap();
            assert_eq!(names(&fixture), ["00000000000000000000.seg"]);
        }
    }
    assert_eq!(journal.end().segment, SegmentId(2));
    let (scan, found) = fixture.scan(18).unwrap();
    assert_eq!((found, scan.tail()), (commits, &Tail::Clean));
    for id in 0..3 {
        assert_eq!(fixture.segment(id).len() as u64, LONG.first_bytes);
    }
}

#[test]
fn without_space_the_commit_that_needs_the_segment_is_refused_and_no_other() {
    let fixture = fixture();
    let mut journal = fixture.open(0).unwrap();
    append(&mut journal, &long(0)).unwrap();
    // The filling ahead fails; the commit that needs the segment makes it itself.
    no_space(&fixture);
    for number in 1..8 {
        append(&mut journal, &long(number)).unwrap();
    }
    assert_eq!(journal.end().segment, SegmentId(1));
    // Fills ahead, and fails; then there is no space for the commit either.
    no_space(&fixture);
    for number in 8..14 {
        append(&mut journal, &long(number)).unwrap();
    }
    drop(journal.prepared.take());
    no_space(&fixture);
    let refused = append(&mut journal, &long(14)).unwrap_err();
    assert!(matches!(refused, JournalError::NoSpace { .. }), "{refused:?}");
    assert!(!journal.is_poisoned());
    append(&mut journal, &long(14)).unwrap();
    drop(journal);
    let (scan, found) = fixture.scan(15).unwrap();
    assert_eq!((found, scan.tail()), ((0..15).map(long).collect(), &Tail::Clean));
}
