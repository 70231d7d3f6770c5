//! Bulk commits, opening, a full read, and verify, measured once each: `cargo bench -p docket-log --bench bulk`.
//!
//! `DOCKET_BENCH_EVENTS` (default 1,000,000) events over `DOCKET_BENCH_SUBJECTS` (default 82) subjects in commits of `DOCKET_BENCH_COMMIT`
//! (default 256), in a temporary directory below `DOCKET_BENCH_DIR`. A process of its own fills the log and dies without
//! closing it, so that the opening is one after a crash.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::cast_precision_loss, reason = "rates are printed, not kept")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_domain::effective::Effective;
use docket_domain::event::{Data, NoteRecorded};
use docket_domain::term::{ActorBasis, NoteRole, Visibility};
use docket_domain::{
    Actor, Asserter, CommandId, Event, EventId, Key, Origin, RegisterId, Subject, Timestamp,
};
use docket_log::entry::Entry;
use docket_log::fs::RealFileSystem;
use docket_log::seal::{BufferedSalts, seal};
use docket_log::{DataDirectory, Draft, Log, LogError, open, verify};

type Failure = Box<dyn std::error::Error>;

/// What the process that fills and dies is told by.
const FILL: &str = "DOCKET_BENCH_FILL";
const ORIGIN: &str = "docket.example/bench";
/// Texts of about 290 characters, as the targets say.
const WORDS: &str = "The department reports that the recruitment drive continues, that two of the four posts have been filled, \
    and that the remaining interviews are planned for the coming month; the committee was told of the delay, asked for a written \
    account of its causes, and expects the next report in time for the meeting in June, number ";

fn main() -> Result<(), Failure> {
    let events = number("DOCKET_BENCH_EVENTS", 1_000_000);
    if let Ok(path) = std::env::var(FILL) {
        return fill(&directory(Path::new(&path)), events);
    }
    let place = match std::env::var("DOCKET_BENCH_DIR") {
        Ok(path) => tempfile::tempdir_in(path)?,
        Err(_) => tempfile::tempdir()?,
    };
    let path = place.path().join("data");
    let status = Command::new(std::env::current_exe()?).env(FILL, &path).status()?;
    println!("the process that filled the log ended with {status}, as it should: it died");
    let data = directory(&path);
    let (started, used) = (Instant::now(), processor_seconds());
    let opened = open(&data, None)?;
    let (took, used) = (started.elapsed().as_secs_f64(), processor_seconds() - used);
    println!("open after the crash: {took:.3} s, {used:.2} s of processor time, {:?}", opened.notices);
    let reader = opened.log.reader();
    say_rate("read and authenticate everything", events, || {
        reader.visit(0, &mut |_| Ok(()))?;
        Ok(())
    })?;
    let asked = 20_000;
    say_rate("read single entries", asked, || {
        (0..asked).try_for_each(|turn| reader.event(turn * 7_919 * 64 % events).map(drop))
    })?;
    drop(reader);
    opened.log.close()?;
    let started = Instant::now();
    open(&data, None)?.log.close()?;
    println!("open and close again: {:.3} s", started.elapsed().as_secs_f64());
    for name in ["journal", "sled"] {
        println!("{name}: {:.2} GB", size_of(&path.join(name))? as f64 / 1e9);
    }
    say_rate("verify, both stores", events, || {
        let report = verify(&data, &mut ())?;
        let took = report.signatures_took.as_secs_f64();
        println!("findings: {}, {} signatures in {took:.2} s", report.findings_count, report.signatures);
        Ok(())
    })?;
    Ok(())
}

/// Fills a new log and dies.
fn fill(data: &DataDirectory, events: u64) -> Result<(), Failure> {
    let subjects = number("DOCKET_BENCH_SUBJECTS", 82);
    let commit = number("DOCKET_BENCH_COMMIT", 256).max(1);
    let mut log = open(data, Some(&Origin::new(ORIGIN)?))?.log;
    let mut heads: Vec<Option<(u64, [u8; 32])>> = vec![None; usize::try_from(subjects)?];
    let mut salts = BufferedSalts::new();
    let mut appending = Duration::ZERO;
    let mut slowest = Duration::ZERO;
    let mut bytes = 0;
    let started = Instant::now();
    for first in (0..events).step_by(usize::try_from(commit)?) {
        let drafts = drafts(first, commit.min(events - first), subjects, &mut heads, &mut salts)?;
        bytes += drafts.iter().map(|draft| draft.bytes.len() + draft.openings.len()).sum::<usize>();
        let began = Instant::now();
        append(&mut log, drafts)?;
        appending += began.elapsed();
        slowest = slowest.max(began.elapsed());
    }
    let all = started.elapsed();
    println!(
        "{events} events over {subjects} subjects, {:.2} GB of entries and openings: {:.0} events/s with the making of drafts, \
         {:.0} events/s in append, slowest append {slowest:?}, {:.2} s of processor time, most memory {}",
        bytes as f64 / 1e9,
        events as f64 / all.as_secs_f64(),
        events as f64 / appending.as_secs_f64(),
        processor_seconds(),
        most_memory()
    );
    std::process::abort();
}

fn append(log: &mut Log, drafts: Vec<Draft>) -> Result<(), LogError> {
    log.append(drafts).map(drop)
}

fn drafts(
    first: u64,
    count: u64,
    subjects: u64,
    heads: &mut [Option<(u64, [u8; 32])>],
    salts: &mut BufferedSalts,
) -> Result<Vec<Draft>, Failure> {
    let register = RegisterId::new("bench")?;
    let mut drafts = Vec::new();
    for index in first..first + count {
        let number = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) % subjects;
        let subject = Subject::Recommendation(register.clone(), Key::new(&number.to_string())?);
        let data = Data::NoteRecorded(NoteRecorded {
            asserter: Asserter::new("City of Benches")?,
            effective: Effective::unknown(),
            reason: None,
            role: NoteRole::Progress,
            source: None,
            source_url: None,
            text: format!("{WORDS}{index}"),
            visibility: Visibility::Public,
        });
        let (data, openings) = seal(data, salts)?;
        let place = usize::try_from(number)?;
        let head = heads.get(place).copied().flatten();
        let mut id = [0; 16];
        id.iter_mut().zip(index.to_be_bytes().iter().cycle()).for_each(|(to, from)| *to = *from);
        let event = Event {
            index,
            id: EventId::from_bytes(id),
            version: head.map_or(1, |(version, _)| version + 1),
            recorded_at: Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(index)?)?,
            actor: Actor::new("ann")?,
            actor_basis: ActorBasis::Os,
            command: CommandId::from_bytes(id),
            subject,
            data,
        };
        let entry = Entry {
            origin: Origin::new(ORIGIN)?,
            previous: head.map(|(_, leaf)| leaf),
            event: Arc::new(event),
        };
        let mut stored = Vec::with_capacity(512);
        for opening in &openings {
            opening.encode_into(&mut stored);
        }
        let draft = Draft::new(entry, stored)?;
        if let Some(head) = heads.get_mut(place) {
            *head = Some((draft.entry.event.version, draft.leaf.0));
        }
        drafts.push(draft);
    }
    Ok(drafts)
}

fn say_rate(what: &str, count: u64, work: impl FnOnce() -> Result<(), LogError>) -> Result<(), Failure> {
    let (started, used) = (Instant::now(), processor_seconds());
    work()?;
    let (seconds, used) = (started.elapsed().as_secs_f64(), processor_seconds() - used);
    let micros = used * 1e6 / count as f64;
    println!(
        "{what}: {seconds:.2} s, {:.0} per s; {used:.2} s of processor time, {micros:.2} us each, most memory {}",
        count as f64 / seconds,
        most_memory()
    );
    Ok(())
}

/// The time that processors have worked for this process: what a shared machine leaves comparable. In hundredths of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn directory(path: &Path) -> DataDirectory {
    DataDirectory::new(path, Arc::new(RealFileSystem))
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn size_of(path: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let is_directory = entry.file_type()?.is_dir();
        bytes += if is_directory { size_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

/// The most memory that this process had, as the system prints it.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |line| line.trim().to_owned())
}
