//! The log that is measured. Everything that the benchmark asks of ledger, log and projection is asked here, and nowhere else.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_domain::{Command, Event, Origin, RegisterId, Subject, Timestamp};
use docket_ledger::{Ledger, LedgerError, OpenOptions, Reader};
use docket_log::fs::RealFileSystem;
use docket_log::journal::{FrameHeader, SECTOR_BYTES};
use docket_log::record::StoredEvent;
use docket_log::seal::SealedText;
use docket_log::store::image::BUNDLE_ENTRIES;
use docket_log::{DataDirectory, LogError, LogReader, VerifyReport};

use docket_projection::{Audience, Page, Projection};

use super::error::BenchError;
use super::processor;

/// The name of every log that the benchmark makes.
const ORIGIN: &str = "docket.example/bench";

/// How many entries or recommendations a page shows.
const PAGE: usize = 50;

/// The newest events that a replayed projection keeps besides its index: as many as that of an open log.
const REPLAY_KEPT: u64 = 16 * 1024;

/// Between two looks at how far sled has come.
const CATCH_UP_POLL: Duration = Duration::from_millis(1);

/// How long sled may take to catch up before that is an error.
const CATCH_UP_WAIT: Duration = Duration::from_mins(10);

/// A log that is open for recording.
pub(super) struct BenchLog {
    /// Shared with the tasks of a round.
    ledger: Arc<Ledger>,
    reader: Reader,
}

/// How long parts of an answer took.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageTimes {
    /// From the question to the page without the words of its texts.
    pub(super) page: Duration,
    /// The same with the words, read from the journal and checked against their digests.
    pub(super) words: Duration,
}

impl BenchLog {
    /// Opens the log in a directory, or begins one.
    pub(super) fn open(directory: &Path) -> Result<Self, BenchError> {
        let origin = Origin::new(ORIGIN).map_err(super::events::EventsError::from)?;
        let ledger = Arc::new(Ledger::open(OpenOptions::new(directory).or_begin(origin))?);
        let reader = ledger.reader();
        Ok(Self { ledger, reader })
    }

    /// How many entries are committed and shown.
    pub(super) fn size(&self) -> u64 {
        self.reader.size()
    }

    /// When the last entry was recorded.
    pub(super) fn last_recorded_at(&self) -> Timestamp {
        let last = self.size().saturating_sub(1);
        self.reader.projection().event_at(last).map_or(Timestamp::EPOCH, |event| event.recorded_at)
    }

    /// How many committed entries sled lacks that it could have: the last bundle is unfinished and never counts.
    pub(super) fn lag(&self) -> u64 {
        let finished = self.size() / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        finished.saturating_sub(self.reader.log().stored_size())
    }

    /// Waits until sled has every finished bundle, and says how long that took.
    pub(super) fn catch_up(&self) -> Result<Duration, BenchError> {
        let started = Instant::now();
        while self.lag() > 0 {
            if started.elapsed() > CATCH_UP_WAIT {
                return Err(BenchError::StoreStands { lag: self.lag() });
            }
            std::thread::sleep(CATCH_UP_POLL);
        }
        Ok(started.elapsed())
    }

    /// Records commands as one request and waits until they are durable. A full queue is asked again.
    pub(super) fn submit(&self, commands: Vec<Command>) -> Result<(), BenchError> {
        Ok(self.ledger.submit(commands).map(drop)?)
    }

    /// What a task submits to.
    pub(super) fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.ledger)
    }

    /// The status of a recommendation today; true if it has one.
    pub(super) fn current_state(&self, subject: &Subject, at: Timestamp) -> bool {
        self.reader.projection().knowledge(self.reader.size()).held_status(subject, at).is_some()
    }

    /// The same with who stated it, when and why, which the event itself says.
    pub(super) fn current_statement(&self, subject: &Subject, at: Timestamp) -> bool {
        self.reader.projection().knowledge(self.reader.size()).status(subject, at).is_some()
    }

    /// The first page of a recommendation's timeline, as of a position.
    pub(super) fn timeline_page(&self, subject: &Subject, known_at: u64) -> Result<PageTimes, BenchError> {
        let started = Instant::now();
        let page = Page { skip: 0, take: PAGE };
        let entries = self.reader.projection().knowledge(known_at).timeline(subject, Audience::Public, page);
        let taken = started.elapsed();
        for entry in &entries {
            std::hint::black_box(self.reader.texts(entry.provenance.index)?);
        }
        Ok(PageTimes { page: taken, words: started.elapsed() })
    }

    /// The first page of a register, as of a position on both clocks, and how many recommendations are on it.
    pub(super) fn register_page(&self, register: &RegisterId, known_at: u64, at: Timestamp) -> usize {
        let projection = self.reader.projection();
        let knowledge = projection.knowledge(known_at);
        knowledge.list_page(register, at, Audience::Public, Page { skip: 0, take: PAGE }).len()
    }

    /// Seconds for each signature of the last checkpoints, verified one by one, newest first.
    pub(super) fn signature_times(&self, count: usize) -> Result<Vec<f64>, BenchError> {
        let log = self.reader.log();
        let Some(key) = log.verifier() else { return Ok(Vec::new()) };
        let (mut times, mut size) = (Vec::with_capacity(count), self.size());
        while times.len() < count && size > 0 {
            if let Some(note) = log.checkpoint_from(size)? {
                let started = Instant::now();
                let good = std::hint::black_box(note.verify(std::slice::from_ref(key))).is_ok();
                if good {
                    times.push(started.elapsed().as_secs_f64());
                }
            }
            size = size.saturating_sub(BUNDLE_ENTRIES);
        }
        Ok(times)
    }

    /// The lengths of the frames that a range of entries takes in commits of `batch`: what `rawlog` writes.
    ///
    /// Where the commits of the range were of that size, these are the frames in the journal.
    pub(super) fn frames(&self, range: std::ops::Range<u64>, batch: usize) -> Result<Vec<u32>, BenchError> {
        let log = self.reader.log();
        let entries: Vec<(u32, u32)> =
            range.map(|index| entry_lengths(log, index)).collect::<Result<_, _>>()?;
        Ok(entries.chunks(batch.max(1)).map(super::frames::frame_bytes).collect())
    }

    /// Closes the log and says how long that took.
    pub(super) fn close(self) -> Result<Duration, BenchError> {
        let Self { ledger, reader } = self;
        drop(reader);
        let started = Instant::now();
        // No task outlives its round, so that this is the last that has it.
        Arc::into_inner(ledger).map_or(Ok(()), Ledger::close)?;
        Ok(started.elapsed())
    }
}

fn entry_lengths(log: &LogReader, index: u64) -> Result<(u32, u32), BenchError> {
    let stored = log.event(index)?;
    let entry = stored.entry.encode().map_err(|source| LogError::Entry { index, source })?;
    Ok((u32::try_from(entry.len()).unwrap_or(u32::MAX), stored.location.openings_len))
}

/// On how many threads a log is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplayThreads {
    /// Read, decode and fold on one.
    One,
    /// Read and decode on as many as the machine runs at once, fold on one of them.
    All,
}

/// What a replay came to.
pub(super) struct Replayed {
    /// Entries.
    pub(super) size: u64,
    pub(super) taken: Duration,
    /// What processors worked meanwhile.
    pub(super) processor_seconds: f64,
}

/// Replays the store into an empty projection.
///
/// The log is opened first, and `before` is called when that is done: it may drop what the opening left in the page cache.
pub(super) fn replay(
    directory: &Path,
    threads: ReplayThreads,
    before: impl FnOnce(),
) -> Result<Replayed, BenchError> {
    let directory = DataDirectory::new(directory, Arc::new(RealFileSystem));
    let opened = docket_log::open(&directory, None)?;
    let reader = opened.log.reader();
    before();
    let (started, began) = (Instant::now(), processor::seconds());
    let projection = match threads {
        ReplayThreads::One => replay_on_one(&reader)?,
        ReplayThreads::All => replay_on_all(&reader)?,
    };
    let (taken, processor_seconds) = (started.elapsed(), processor::seconds() - began);
    let size = projection.size();
    drop((projection, reader));
    opened.log.close()?;
    Ok(Replayed { size, taken, processor_seconds })
}

/// An empty projection that lets go of what the log has, as that of a log that is opened does.
fn projection_of(reader: &LogReader) -> Projection<SealedText> {
    Projection::over(Arc::new(Older(reader.clone())))
}

/// The older events of a log. What cannot be read is missing: the fold asks for them only where two ids seem to be the same.
struct Older(LogReader);

impl docket_projection::Events<SealedText> for Older {
    fn event(&self, index: u64) -> Option<Arc<Event<SealedText>>> {
        let stored = self.0.event(index).ok()?;
        Some(Arc::clone(&stored.entry.event))
    }
}

fn fold(projection: &mut Projection<SealedText>, stored: &StoredEvent) -> Result<(), LedgerError> {
    let event = Arc::clone(&stored.entry.event);
    let kept_from = event.index.saturating_sub(REPLAY_KEPT);
    projection.apply(event)?;
    projection.forget_before(kept_from);
    Ok(())
}

fn replay_on_one(reader: &LogReader) -> Result<Projection<SealedText>, BenchError> {
    let mut projection = projection_of(reader);
    reader.visit_range(0..reader.size(), &mut |stored| fold(&mut projection, &stored))?;
    Ok(projection)
}

fn replay_on_all(reader: &LogReader) -> Result<Projection<SealedText>, BenchError> {
    let mut projection = projection_of(reader);
    reader.visit_ahead(0..reader.size(), &mut |stored| fold(&mut projection, &stored))?;
    Ok(projection)
}

/// Verifies the log in a directory.
pub(super) fn verify(directory: &Path) -> Result<VerifyReport, BenchError> {
    Ok(docket_ledger::verify::verify(directory, &mut |_| {})?)
}

/// The bytes of all entries and openings in a journal, from its frame headers.
pub(super) fn payload_bytes(directory: &Path) -> Result<u64, BenchError> {
    let mut total = 0;
    for path in super::machine::files(&directory.join("journal")) {
        let io = |source| BenchError::Io { what: "read the journal", source };
        let file = File::open(&path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let (mut offset, mut sector) = (0, [0; SECTOR_BYTES]);
        while offset < length {
            file.read_exact_at(&mut sector, offset).map_err(io)?;
            // What follows the last frame of a segment is zero.
            let Ok(header) = FrameHeader::decode(&sector) else { break };
            total += u64::from(header.entries_bytes) + u64::from(header.openings_bytes);
            offset += u64::from(header.frame_bytes());
        }
    }
    Ok(total)
}
