//! The journal against a disk that fails, tears and lies, and against damage done by others.

#![expect(clippy::cast_possible_truncation, reason = "test journals are a few kilobytes long")]

mod append;
mod damage;
mod debug;
mod faults;
mod frame;
mod prepare;
mod tail;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::fs::FaultyFileSystem;

const ROOT: &str = "/data";
const JOURNAL: &str = "/data/journal";

/// Small segments, so that a few frames cross from one to the next: 4 KiB, then 8 KiB.
const SMALL: SegmentGeometry = SegmentGeometry { first_bytes: 4096, doublings: 1 };

/// An entry with its openings.
type Pair = (Vec<u8>, Vec<u8>);
/// The entries of a frame.
type Commit = Vec<Pair>;

/// An entry of about `entry` bytes; with `opening` bytes of an opening, if any, and their checksum in the entry.
fn pair(label: u64, entry: usize, opening: usize) -> Pair {
    let opening: Vec<u8> = (0..opening).map(|i| (i as u64 * 31 + label * 7) as u8 | 1).collect();
    let mut text = format!("{label}:{:08x}:{}:", crc32c::crc32c(&opening), opening.len()).into_bytes();
    text.resize(text.len().max(entry), b'x');
    (text, opening)
}

/// Commits of one to three entries, small and large, with and without openings.
fn sample_commits(count: u64) -> Vec<Commit> {
    let sizes: [(usize, usize); 7] =
        [(60, 0), (300, 40), (90, 900), (700, 0), (1500, 200), (80, 1600), (250, 70)];
    let commit = |number: u64| {
        (0..=number % 3)
            .map(|ordinal| {
                let (entry, opening) = sizes[(number + 2 * ordinal) as usize % sizes.len()];
                pair(number * 10 + ordinal, entry, opening)
            })
            .collect()
    };
    (0..count).map(commit).collect()
}

/// The check that goes with [`pair`].
fn check(entry: &[u8], openings: &[u8]) -> Vec<Range<usize>> {
    let text = String::from_utf8_lossy(entry);
    let mut parts = text.split(':').skip(1);
    let checksum = parts.next().and_then(|part| u32::from_str_radix(part, 16).ok());
    let length = parts.next().and_then(|part| part.parse().ok());
    if checksum == Some(crc32c::crc32c(openings)) && length == Some(openings.len()) {
        vec![]
    } else {
        std::iter::once(0..openings.len()).collect()
    }
}

fn root_for(index: u64) -> [u8; 32] {
    let mut root = [0xA5; 32];
    root[..8].copy_from_slice(&index.to_le_bytes());
    root
}

fn append(journal: &mut Journal, commit: &Commit) -> Result<FramePosition, JournalError> {
    let entries: Vec<NewEntry<'_>> =
        commit.iter().map(|(bytes, openings)| NewEntry { bytes, openings }).collect();
    let first_index = journal.end().index;
    let previous_checkpoint = (first_index > 0).then_some(CheckpointSignature {
        size: first_index,
        key_id: [7; 4],
        signature: [9; 64],
    });
    journal.append(&NewFrame {
        first_index,
        entries: &entries,
        root: root_for(first_index),
        previous_checkpoint,
        key: None,
    })
}

struct Fixture {
    disk: FaultyFileSystem,
    directory: JournalDirectory,
}

impl Fixture {
    fn on(disk: FaultyFileSystem) -> Self {
        let directory =
            JournalDirectory::new(Arc::new(disk.clone()), Path::new(JOURNAL)).with_geometry(SMALL);
        Self { disk, directory }
    }

    /// An empty journal.
    fn new() -> Self {
        let fixture = Self::on(FaultyFileSystem::new(Path::new(ROOT)));
        fixture.directory.create().unwrap();
        fixture
    }

    /// A journal with these commits, and their positions.
    fn with(commits: &[Commit]) -> (Self, Vec<FramePosition>) {
        let fixture = Self::new();
        let mut journal = fixture.open(0).unwrap();
        let positions = commits.iter().map(|commit| append(&mut journal, commit).unwrap()).collect();
        (fixture, positions)
    }

    fn fork(&self) -> Self {
        Self::on(self.disk.fork())
    }

    fn scan_from(
        &self,
        start: JournalPosition,
        known_size: u64,
    ) -> Result<(Scan, Vec<Commit>), JournalError> {
        let mut commits = Vec::new();
        let scan = self.directory.scan(start, known_size, &check, |seen| {
            commits.push(commit_of(seen));
            Ok::<_, JournalError>(())
        })?;
        Ok((scan, commits))
    }

    fn scan(&self, known_size: u64) -> Result<(Scan, Vec<Commit>), JournalError> {
        self.scan_from(JournalPosition::START, known_size)
    }

    fn open(&self, known_size: u64) -> Result<Journal, JournalError> {
        Journal::open(self.scan(known_size)?.0)
    }

    fn survey(&self) -> (Survey, Vec<u64>, Vec<Damage>) {
        let (mut indexes, mut damages) = (Vec::new(), Vec::new());
        let survey = self
            .directory
            .survey(0, &check, |seen| {
                match seen {
                    Seen::Frame(seen) => {
                        indexes.push(seen.position.first_index);
                        damages.extend(seen.mismatched.iter().map(|opening| Damage {
                            path: self.directory.segment_path(opening.frame.segment),
                            offset: opening.frame.offset,
                            fault: tail_fault(opening),
                        }));
                    }
                    Seen::Damage(damage) => damages.push(damage),
                }
                Ok::<_, JournalError>(())
            })
            .unwrap();
        (survey, indexes, damages)
    }

    fn segment(&self, id: u64) -> Vec<u8> {
        self.disk.contents(&self.directory.segment_path(SegmentId(id))).unwrap()
    }

    fn set_segment(&self, id: u64, bytes: Vec<u8>) {
        self.disk.tamper(&self.directory.segment_path(SegmentId(id)), bytes);
    }

    fn change_segment(&self, id: u64, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.segment(id);
        change(&mut bytes);
        self.set_segment(id, bytes);
    }

    /// Every file of the journal, to see that nothing was touched.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let names = crate::fs::FileSystem::list(&self.disk, Path::new(JOURNAL)).unwrap();
        names
            .into_iter()
            .map(|name| {
                let contents = self.disk.contents(&Path::new(JOURNAL).join(&name)).unwrap();
                (name.into_string().unwrap(), contents)
            })
            .collect()
    }
}

fn tail_fault(opening: &OpeningPosition) -> JournalFault {
    super::tail::opening_fault(opening).into()
}

fn commit_of(seen: &SeenFrame<'_>) -> Commit {
    seen.frame.entries().map(|entry| (entry.bytes.to_vec(), entry.openings.to_vec())).collect()
}

fn count(commits: &[Commit]) -> u64 {
    commits.iter().map(|commit| commit.len() as u64).sum()
}
