//! What goes over the whole log: replay, verify, signatures, and the space that it takes.

use std::path::Path;
use std::time::{Duration, Instant};

use super::error::BenchError;
use super::log::{self, BenchLog, ReplayThreads, Replayed};
use super::machine::{self, PageCache};
use super::processor;
use super::row::{Detail, Measured, Unit};
use super::summary::{Summary, figure};

/// Rounds, as far as the time allows.
const ROUNDS: usize = 5;

/// No round is begun after this time.
const ROUNDS_TIME_MAX: Duration = Duration::from_mins(2);

/// Signatures that are verified one by one.
const SIGNATURES: usize = 2000;

/// Does rounds until there are enough or the time is over; at least one.
fn rounds(mut round: impl FnMut() -> Result<(), BenchError>) -> Result<(), BenchError> {
    let began = Instant::now();
    for count in 0..ROUNDS {
        if count > 0 && began.elapsed() > ROUNDS_TIME_MAX {
            break;
        }
        round()?;
    }
    Ok(())
}

/// Replays the store into projections.
pub(super) fn replay(data: &Path, threads: ReplayThreads) -> Result<Measured, BenchError> {
    let (mut rates, mut raw, mut cache) = (Vec::new(), Vec::new(), PageCache::Cold);
    let (mut worked, mut replayed) = (0.0, 0);
    rounds(|| {
        let Replayed { size, taken, processor_seconds } = log::replay(data, threads, || {
            cache = machine::drop_page_cache(data);
        })?;
        rates.push(figure(size) / taken.as_secs_f64());
        worked += processor_seconds;
        replayed += size;
        machine::drop_page_cache(data);
        raw.push(figure(size) / machine::read_through(&data.join("journal"))?.as_secs_f64());
        Ok(())
    })?;
    let how = match threads {
        ReplayThreads::One => "read, decoded and folded by one thread",
        ReplayThreads::All => "read and proven by a thread for each core but one, decoded and folded by one",
    };
    Ok(Measured {
        unit: Unit::EventsPerSecond,
        figure: Summary::of(&rates).ok_or(BenchError::NoAnswer)?,
        rawlog: Summary::of(&raw),
        method: format!("the store {how}, {}; rawlog: reading the journal's bytes", cache.words()),
        details: processor::details(worked, replayed),
    })
}

/// Verifies the log: journal, store, signatures, openings, projections.
pub(super) fn verify(data: &Path) -> Result<Measured, BenchError> {
    let (mut seconds, mut raw, mut cache) = (Vec::new(), Vec::new(), PageCache::Cold);
    let (mut entries, mut signatures, mut checked, mut worked) = (0, 0, 0, 0.0);
    rounds(|| {
        cache = machine::drop_page_cache(data);
        let (started, began) = (Instant::now(), processor::seconds());
        let report = log::verify(data)?;
        worked += processor::seconds() - began;
        checked += report.entries;
        seconds.push(started.elapsed().as_secs_f64());
        if let Some(finding) = report.findings.first() {
            let (count, first) = (report.findings_count, finding.message.clone());
            return Err(BenchError::Findings { count, first });
        }
        (entries, signatures) = (report.entries, report.signatures);
        machine::drop_page_cache(data);
        raw.push(machine::read_through(data)?.as_secs_f64());
        Ok(())
    })?;
    let measured = Summary::of(&seconds).ok_or(BenchError::NoAnswer)?;
    let rate = figure(entries) / measured.median;
    let mut details = vec![
        Detail { name: "entries", value: rate, unit: Some(Unit::EventsPerSecond) },
        Detail { name: "signatures checked", value: figure(signatures), unit: None },
    ];
    details.extend(processor::details(worked, checked));
    Ok(Measured {
        unit: Unit::Seconds,
        figure: measured,
        rawlog: Summary::of(&raw),
        method: format!(
            "everything that `docket verify` checks, {}; rawlog: reading all files",
            cache.words()
        ),
        details,
    })
}

/// Verifies signatures of checkpoints one by one.
pub(super) fn signatures(log: &BenchLog) -> Result<Measured, BenchError> {
    let times = log.signature_times(SIGNATURES)?;
    let rates: Vec<f64> = times
        .chunks((times.len() / ROUNDS).max(1))
        .map(|round| figure(round.len() as u64) / round.iter().sum::<f64>())
        .collect();
    Ok(Measured {
        unit: Unit::SignaturesPerSecond,
        figure: Summary::of(&rates).ok_or(BenchError::NoAnswer)?,
        rawlog: None,
        method: format!("Ed25519 over the last {} checkpoints, one by one, one core", times.len()),
        details: Vec::new(),
    })
}

/// The space that a closed log takes.
pub(super) fn disk(data: &Path) -> Result<Measured, BenchError> {
    let payload = log::payload_bytes(data)?.max(1);
    let ratio = |place: &str| figure(machine::allocated_bytes(&data.join(place))) / figure(payload);
    let (journal, store) = (ratio("journal"), ratio("sled"));
    let part = |name, value| Detail { name, value, unit: Some(Unit::Ratio) };
    Ok(Measured {
        unit: Unit::Ratio,
        figure: Summary::of(&[journal + store]).ok_or(BenchError::NoAnswer)?,
        rawlog: None,
        method: "allocated bytes of a closed log to the bytes of all entries and openings".to_owned(),
        details: vec![
            part("journal", journal),
            part("sled", store),
            part("snapshots", ratio("snapshots")),
            Detail { name: "entries and openings", value: figure(payload), unit: Some(Unit::Bytes) },
        ],
    })
}
