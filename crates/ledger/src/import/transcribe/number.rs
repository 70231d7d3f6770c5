//! Printed numbers: reading one, and what comes after it.

use super::super::manifest::NumberStyle;

/// The longest number that is readable, in bytes: it becomes a key.
const NUMBER_BYTES_MAX: usize = 40;

/// A readable number: "7", "7a", "III.2".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrintedNumber {
    /// What stands before the last integer, with its dot: "III.", or nothing.
    pub(crate) section: String,
    /// The last integer.
    pub(crate) value: u32,
    /// The letter after it.
    pub(crate) letter: Option<char>,
}

impl PrintedNumber {
    /// The number so many places further in the same section.
    pub(crate) fn plus(&self, places: u32) -> Self {
        Self { section: self.section.clone(), value: self.value.saturating_add(places), letter: None }
    }

    /// The number without closing punctuation; it is made of what a key allows.
    pub(crate) fn key(&self) -> String {
        let letter = self.letter.map(String::from).unwrap_or_default();
        format!("{}{}{letter}", self.section, self.value)
    }

    /// The integer, if the number is nothing but one.
    pub(crate) fn integer(&self) -> Option<u32> {
        (self.section.is_empty() && self.letter.is_none()).then_some(self.value)
    }
}

/// Reads the content of a number cell; `None` if it is no number of this style. A closing dot, parenthesis or colon is allowed.
pub(crate) fn read(printed: &str, style: NumberStyle) -> Option<PrintedNumber> {
    let bare = printed.trim().trim_end_matches(['.', ')', ':']);
    if bare.len() > NUMBER_BYTES_MAX {
        return None;
    }
    let without_letter = bare.strip_suffix(|c: char| c.is_ascii_alphabetic());
    let (body, letter) = match without_letter {
        Some(body) if body.ends_with(|c: char| c.is_ascii_digit()) => (body, bare.chars().last()),
        _ => (bare, None),
    };
    let section = body.trim_end_matches(|c: char| c.is_ascii_digit());
    let value = body.strip_prefix(section)?.parse().ok()?;
    let number = PrintedNumber { section: section.to_owned(), value, letter };
    permitted(&number, style).then_some(number)
}

fn permitted(number: &PrintedNumber, style: NumberStyle) -> bool {
    let in_section = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    match style {
        NumberStyle::Integer => number.section.is_empty() && number.letter.is_none(),
        NumberStyle::Lettered => number.section.is_empty(),
        NumberStyle::Sectioned => {
            let section = number.section.as_str();
            let closed = section.ends_with(['.', '-']) && !section.starts_with(['.', '-']);
            section.is_empty() || (closed && section.chars().all(in_section))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_style_of_the_layout_only() {
        use NumberStyle::{Integer, Lettered, Sectioned};
        for (printed, style, key) in [
            ("7", Integer, Some("7")),
            (" 007. ", Integer, Some("7")),
            ("7)", Integer, Some("7")),
            ("7a", Integer, None),
            ("7a", Lettered, Some("7a")),
            ("7B.", Lettered, Some("7B")),
            ("III.2", Lettered, None),
            ("III.2", Sectioned, Some("III.2")),
            ("4.1a:", Sectioned, Some("4.1a")),
            ("A-12", Sectioned, Some("A-12")),
            ("III", Sectioned, None),
            (".2", Sectioned, None),
            ("l2", Integer, None),
            ("l2", Sectioned, None),
            ("", Integer, None),
            ("4294967296", Integer, None),
            ("Strategies", Lettered, None),
            ("ü.2", Sectioned, None),
        ] {
            assert_eq!(read(printed, style).map(|number| number.key()).as_deref(), key, "{printed:?}");
        }
    }
}
