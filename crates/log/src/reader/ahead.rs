//! Reading a range in order with threads that read ahead: they find bundles and prove them, and the visitor's own thread decodes.
//!
//! Entries that one thread decodes and another one lets go of cost more than both threads gain: every one of them is made of a dozen
//! allocations (measured: docs/performance.md). So bundles are handed over as they stand in the store.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::LogReader;
use crate::error::LogError;
use crate::record::StoredEvent;
use crate::store::image::BUNDLE_ENTRIES;
use crate::stored::{ReadBundle, Stored};

/// Bundles that one thread reads at once, from a multiple of their number on: a page of sled has so many, and should be read by one.
const SPAN_BUNDLES: u64 = 16;

/// Entries of a span.
const SPAN_ENTRIES: u64 = SPAN_BUNDLES * BUNDLE_ENTRIES;

/// Spans that wait to be taken from each thread: some 1 MB.
const SPANS_WAITING: usize = 8;

/// More threads than this have to wait for the visitor.
const THREADS_MAX: usize = 8;

/// The bundles of a span, up to the first that cannot be read, or is not what was hashed.
type Span = Vec<ReadBundle>;

impl LogReader {
    /// The same as [`Self::visit_range`], for long ranges: the visitor stays on this thread, and one other for each further core
    /// reads ahead of it, each a span of its own in turn. Memory is bounded by the spans that wait.
    pub fn visit_ahead<E: From<LogError>>(
        &self,
        range: Range<u64>,
        visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Range { start: mut next, end } = range;
        let stored_end = end.min(self.stored_size());
        if let Some(stored) =
            self.shared.stored.as_ref().filter(|_| stored_end.saturating_sub(next) > SPAN_ENTRIES)
        {
            visit_stored(stored, next..stored_end, &mut |stored| {
                next = stored.entry.event.index + 1;
                visit(stored)
            })?;
        }
        // What is in memory only, whatever the threads did not come to, and what the store does not prove.
        self.visit_range(next..end, visit)
    }
}

/// Shows the entries of a range that the store has, up to the first that no thread has read.
fn visit_stored<E>(
    stored: &Stored,
    range: Range<u64>,
    visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
) -> Result<(), E> {
    // The visitor takes a core, too: readers that share it would slow down what all of them wait for.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let count = cores.saturating_sub(1).clamp(1, THREADS_MAX);
    std::thread::scope(|scope| {
        let (mut threads, mut spans) = (Vec::new(), Vec::new());
        for turn in 0..count {
            let (sender, receiver) = sync_channel(SPANS_WAITING);
            let mine = spans_of(&range).skip(turn).step_by(count);
            let work = move || read_spans(stored, mine, &sender);
            // Without a thread the spans of this turn end before the first.
            threads.extend(std::thread::Builder::new().name("reading".to_owned()).spawn_scoped(scope, work));
            spans.push(receiver);
        }
        let visited = in_turn(stored, &range, &spans, visit);
        // Whoever still reads finds nobody that listens, and ends. One that panicked has ended its spans, which is all there is to it.
        drop(spans);
        for thread in threads {
            drop(thread.join());
        }
        visited
    })
}

/// Reads spans and hands them over, until one cannot be read whole or nobody takes them any more.
fn read_spans(stored: &Stored, spans: impl Iterator<Item = Range<u64>>, sender: &SyncSender<Span>) {
    for range in spans {
        let firsts = (range.start..range.end).step_by(usize::try_from(BUNDLE_ENTRIES).unwrap_or(1));
        let span: Span = firsts.clone().map_while(|first| stored.bundle_of_store(first).ok()).collect();
        let has_failed = span.len() < firsts.count();
        if sender.send(span).is_err() || has_failed {
            return;
        }
    }
}

/// The spans of the bundles that a range touches; each begins and ends with a bundle, and all but the first and the last have equally many.
fn spans_of(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + Send + use<> {
    let (start, end) =
        (range.start / BUNDLE_ENTRIES * BUNDLE_ENTRIES, range.end.next_multiple_of(BUNDLE_ENTRIES));
    let numbers = start / SPAN_ENTRIES..end.div_ceil(SPAN_ENTRIES);
    numbers.map(move |number| (number * SPAN_ENTRIES).max(start)..((number + 1) * SPAN_ENTRIES).min(end))
}

/// Shows what of a range is in the spans of all threads, one span after the other, up to the first entry that is missing or not proven.
fn in_turn<E>(
    stored: &Stored,
    range: &Range<u64>,
    threads: &[Receiver<Span>],
    visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
) -> Result<(), E> {
    let mut next = range.start;
    for thread in threads.iter().cycle() {
        let Ok(span) = thread.recv() else { break };
        for bundle in span {
            let Ok(events) = stored.decoded(&bundle) else { return Ok(()) };
            for (event, _) in events {
                if event.entry.event.index == next && next < range.end {
                    visit(event)?;
                    next += 1;
                }
            }
        }
        // A span that is not whole was the last of its thread, and what follows is not the next.
        if next < range.end && !next.is_multiple_of(SPAN_ENTRIES) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::image::bundle_key;
    use crate::testing::Place;

    /// Why a visit ended before its end.
    #[derive(Debug)]
    enum Ended {
        Log(LogError),
        Enough,
    }

    impl From<LogError> for Ended {
        fn from(error: LogError) -> Self {
            Self::Log(error)
        }
    }

    #[test]
    fn spans_follow_each_other_and_end_where_pages_do() {
        for (start, end) in [(0, 1), (0, 5000), (1023, 1025), (1024, 2048), (700, 9000), (16, 16)] {
            let spans: Vec<_> = spans_of(&(start..end)).collect();
            let entries: Vec<u64> = spans.iter().cloned().flatten().collect();
            let bundles = start / BUNDLE_ENTRIES * BUNDLE_ENTRIES..end.next_multiple_of(BUNDLE_ENTRIES);
            assert_eq!(entries, bundles.collect::<Vec<_>>());
            assert!(spans.iter().skip(1).all(|span| span.start.is_multiple_of(SPAN_ENTRIES)), "{spans:?}");
        }
    }

    #[test]
    fn the_same_entries_are_read_in_the_same_order_as_by_one_thread() {
        let place = Place::with_commits(&[256; 17]);
        let mut recorder = place.open();
        // The last one stays in memory.
        recorder.notes(1);
        let reader = recorder.log.reader();
        for range in [0..4353, 0..4352, 1000..4353, 1030..1040, 64..3001, 4352..4353, 7..7] {
            let (mut expected, mut seen) = (Vec::new(), Vec::new());
            let one = reader.visit_range::<LogError>(range.clone(), &mut |stored| {
                expected.push(stored);
                Ok(())
            });
            one.unwrap();
            let all = reader.visit_ahead::<LogError>(range.clone(), &mut |stored| {
                seen.push(stored);
                Ok(())
            });
            all.unwrap();
            assert_eq!(expected.len() as u64, range.end - range.start);
            assert_eq!(seen, expected, "{range:?}");
        }
    }

    #[test]
    fn what_the_store_has_damaged_is_read_from_the_journal_and_so_is_the_rest() {
        for (first, damage) in [(0, 0), (2048, 9), (2048, 4000), (2064, 4000), (4336, 300)] {
            let place = Place::with_commits(&[256; 17]);
            let reader = place.open().log.reader();
            let mut expected = Vec::new();
            let before = reader.visit_range::<LogError>(0..4352, &mut |stored| {
                expected.push(stored);
                Ok(())
            });
            before.unwrap();
            reader.shared.stored.as_ref().unwrap().store.forge(&bundle_key(first), |mut value| {
                value[damage] ^= 1;
                value
            });
            let mut seen = Vec::new();
            let visited = reader.visit_ahead::<LogError>(0..4352, &mut |stored| {
                seen.push(stored);
                Ok(())
            });
            visited.unwrap();
            assert_eq!(seen, expected, "{first}, byte {damage}");
            assert!(reader.store_damaged(), "{first}, byte {damage}");
        }
    }

    #[test]
    fn a_visitor_that_has_enough_ends_the_reading() {
        let place = Place::with_commits(&[256; 17]);
        let reader = place.open().log.reader();
        for last in [0, 1500, 4000] {
            let mut seen = 0;
            let visited = reader.visit_ahead(0..4352, &mut |stored| {
                seen += 1;
                if stored.entry.event.index == last { Err(Ended::Enough) } else { Ok(()) }
            });
            assert!(matches!(visited, Err(Ended::Enough)), "{visited:?}");
            assert_eq!(seen, last + 1);
        }
        let beyond = reader.visit_ahead(0..4353, &mut |_| Ok::<(), Ended>(()));
        assert!(matches!(beyond, Err(Ended::Log(LogError::NoEntry { index: 4352, .. }))), "{beyond:?}");
    }
}
