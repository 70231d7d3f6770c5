//! What every target asks.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

static ACCEPTED: AtomicU64 = AtomicU64::new(0);

/// Counts that an input was accepted, and what it says was checked.
pub(crate) fn accept() {
    ACCEPTED.fetch_add(1, Ordering::Relaxed);
}

/// How often an input was accepted so far: a corpus that is refused as a whole reaches nothing.
pub fn accepted() -> u64 {
    ACCEPTED.load(Ordering::Relaxed)
}

/// Panics unless an error and each of its causes is one line: a line break out of a hostile file would make another message of its rest.
/// (What else could command a terminal is written out by whoever prints to one.)
pub(crate) fn one_line(error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        line(&error.to_string());
        next = error.source();
    }
}

/// Panics unless a text is one line.
pub(crate) fn line(text: &str) {
    assert!(!text.trim().is_empty(), "an error says nothing");
    assert!(!text.contains(['\n', '\r']), "an error text is not one line: {text:?}");
}

/// Panics unless two byte strings are the same, with the place where they part.
pub(crate) fn same(what: &str, read: &[u8], written: &[u8]) {
    let place = read.iter().zip(written).position(|(a, b)| a != b);
    assert!(
        read == written,
        "{what}: {} bytes were read and {} written, which first differ at {:?}",
        read.len(),
        written.len(),
        place.unwrap_or(read.len().min(written.len()))
    );
}

/// The first byte of an input, which chooses something, and the rest.
pub(crate) fn choice(data: &[u8]) -> (usize, &[u8]) {
    data.split_first().map_or((0, data), |(first, rest)| (usize::from(*first), rest))
}

/// One of several, by a choice.
pub(crate) fn pick<T>(from: &[T], choice: usize) -> &T {
    from.get(choice % from.len()).expect("the remainder is below the length")
}
