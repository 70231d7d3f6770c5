//! How one printed line runs on into the next.

use super::words::ends_sentence;

/// The share of cells that begin with anything but a small letter, from which on a small letter marks the rest of a sentence.
pub(crate) const CAPITALS_PERCENT_MIN: usize = 80;

/// What the end of one text and the beginning of the next tell about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Junction {
    /// An open end and a small letter: one text.
    Runs,
    /// An open end and no small letter: one text or two.
    Open,
    /// A closed sentence and no small letter: two sentences, of one text or of two.
    Breaks,
    /// A closed sentence and a small letter: two texts, and the second lacks its beginning.
    Torn,
    /// There is nothing on one of the sides.
    Nothing,
}

/// The junction between two texts that follow each other in a column.
pub(crate) fn junction(before: &str, after: &str) -> Junction {
    let (before, after) = (before.trim(), after.trim());
    if before.is_empty() || after.is_empty() {
        return Junction::Nothing;
    }
    match (ends_sentence(before), starts_small(after)) {
        _ if before.ends_with('-') => Junction::Runs,
        (false, true) => Junction::Runs,
        (false, false) => Junction::Open,
        (true, false) => Junction::Breaks,
        (true, true) => Junction::Torn,
    }
}

/// Whether a text begins with a small letter, as the rest of a sentence does.
pub(crate) fn starts_small(text: &str) -> bool {
    text.trim_start().starts_with(char::is_lowercase)
}
