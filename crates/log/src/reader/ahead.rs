//! Reading a range in order with threads that read ahead: decoding and proving take longer than what is usually done with an entry.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::LogReader;
use crate::error::LogError;
use crate::record::StoredEvent;
use crate::store::image::BUNDLE_ENTRIES;

/// Entries that one thread reads at once, from a multiple of their number on: a page of sled has so many, and should be read by one.
const SPAN_ENTRIES: u64 = 16 * BUNDLE_ENTRIES;

/// Spans that wait to be taken from each thread: some 2 MB.
const SPANS_WAITING: usize = 2;

/// More threads than this have to wait for the visitor.
const THREADS_MAX: usize = 8;

type Span = Result<Vec<Arc<StoredEvent>>, LogError>;

impl LogReader {
    /// The same as [`Self::visit_range`], for long ranges: the visitor stays on this thread, and as many others as the machine runs at once
    /// read ahead of it, each a span of its own in turn. Memory is bounded by the spans that wait.
    pub fn visit_ahead<E: From<LogError>>(
        &self,
        range: Range<u64>,
        visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
    ) -> Result<(), E> {
        let stored = range.start..range.end.min(self.stored_size());
        let mut next = range.start;
        if stored.end.saturating_sub(stored.start) > SPAN_ENTRIES {
            self.visit_stored(stored, &mut |stored| {
                next = stored.entry.event.index + 1;
                visit(stored)
            })?;
        }
        // What is in memory only, and whatever the threads did not come to.
        self.visit_range(next..range.end, visit)
    }

    /// Shows the entries of a range that the store has, up to the first that no thread has read.
    fn visit_stored<E: From<LogError>>(
        &self,
        range: Range<u64>,
        visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
    ) -> Result<(), E> {
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        std::thread::scope(|scope| {
            let (mut threads, mut spans) = (Vec::new(), Vec::new());
            for turn in 0..count {
                let (sender, receiver) = sync_channel(SPANS_WAITING);
                let mine = spans_of(&range).skip(turn).step_by(count);
                let work = move || self.read_spans(mine, &sender);
                // Without a thread the spans of this turn end before the first.
                threads
                    .extend(std::thread::Builder::new().name("reading".to_owned()).spawn_scoped(scope, work));
                spans.push(receiver);
            }
            let visited = in_turn(&spans, visit);
            // Whoever still reads finds nobody that listens, and ends. One that panicked has ended its spans, which is all there is to it.
            drop(spans);
            for thread in threads {
                drop(thread.join());
            }
            visited
        })
    }

    /// Reads spans and hands them over, until one cannot be read or nobody takes them any more.
    fn read_spans(&self, spans: impl Iterator<Item = Range<u64>>, sender: &SyncSender<Span>) {
        for range in spans {
            let mut span = Vec::with_capacity(usize::try_from(range.end - range.start).unwrap_or(0));
            let read = self.visit_range::<LogError>(range, &mut |stored| {
                span.push(stored);
                Ok(())
            });
            let has_failed = read.is_err();
            if sender.send(read.map(|()| span)).is_err() || has_failed {
                return;
            }
        }
    }
}

/// The spans of a range; the first and the last may be short.
fn spans_of(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + Send + use<> {
    let Range { start, end } = range.clone();
    let numbers = start / SPAN_ENTRIES..end.div_ceil(SPAN_ENTRIES);
    numbers.map(move |number| (number * SPAN_ENTRIES).max(start)..((number + 1) * SPAN_ENTRIES).min(end))
}

/// Shows the spans of all threads, one after the other, up to the first that is missing.
fn in_turn<E: From<LogError>>(
    threads: &[Receiver<Span>],
    visit: &mut dyn FnMut(Arc<StoredEvent>) -> Result<(), E>,
) -> Result<(), E> {
    for thread in threads.iter().cycle() {
        let Ok(span) = thread.recv() else { break };
        span?.into_iter().try_for_each(&mut *visit)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
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
        for (start, end) in [(0, 1), (0, 5000), (1023, 1025), (1024, 2048), (700, 9000), (5, 5)] {
            let spans: Vec<_> = spans_of(&(start..end)).collect();
            let entries: Vec<u64> = spans.iter().cloned().flatten().collect();
            assert_eq!(entries, (start..end).collect::<Vec<_>>());
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
