//! Whether words stand in other words, however they are broken into lines.

use std::collections::HashSet;

/// The shortest text, in characters, that counts as a part of another: a shorter one, such as a number or "Yes", is found everywhere.
const PART_CHARS_MIN: usize = 12;

/// How many words in a row must stand in a document that it holds a part of a text: rows of a table are cut into lines of a few words.
pub(super) const WORDS_IN_DOCUMENTS: usize = 4;

/// How many must stand in another text. A sentence shares a few words with many others; with a quotation of it, more.
pub(super) const WORDS_IN_TEXTS: usize = 8;

/// Words with every run of white space, of quotation marks, ellipses and backslashes, and of the bars between the columns of a table, as one space:
/// so that words are found again where they are quoted, escaped (`\"`, `""`, `\n`) or set in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(String);

/// How two texts overlap, from the point of view of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlap {
    /// They are the same.
    Equal,
    /// The other one holds these words.
    Within,
    /// The other one is a part of these words.
    Covers,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let (mut words, mut is_escape) = (String::with_capacity(text.len()), false);
        for character in text.chars() {
            let is_control = is_escape && matches!(character, 'n' | 'r' | 't');
            is_escape = character == '\\' && !is_escape;
            if !is_control && !separates(character) {
                words.push(character);
            } else if !words.is_empty() && !words.ends_with(' ') {
                words.push(' ');
            }
        }
        words.truncate(words.trim_end().len());
        Self(words)
    }

    /// How these words overlap with others, if they do.
    pub(super) fn overlap(&self, other: &Self) -> Option<Overlap> {
        if self.0.is_empty() || other.0.is_empty() {
            return None;
        }
        if self.0 == other.0 {
            return Some(Overlap::Equal);
        }
        if other.0.contains(&self.0) {
            return Some(Overlap::Within);
        }
        let is_part = other.0.chars().count() >= PART_CHARS_MIN && self.0.contains(&other.0);
        is_part.then_some(Overlap::Covers)
    }

    /// Every so many words in a row.
    pub(super) fn rows(&self, length: usize) -> Rows {
        Rows { length, rows: self.each_row(length).map(str::to_owned).collect() }
    }

    fn each_row(&self, length: usize) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.0.match_indices(' ').map(|(space, _)| space + 1));
        let ends = self.0.match_indices(' ').map(|(space, _)| space).chain([self.0.len()]);
        starts.zip(ends.skip(length.saturating_sub(1))).filter_map(|(start, end)| self.0.get(start..end))
    }
}

/// Words in a row, by which a part of a text is found.
#[derive(Debug)]
pub(super) struct Rows {
    length: usize,
    rows: HashSet<String>,
}

impl Rows {
    /// Whether any of them stands in a text.
    pub(super) fn stand_in(&self, text: &Words) -> bool {
        !self.rows.is_empty() && text.each_row(self.length).any(|row| self.rows.contains(row))
    }
}

fn separates(character: char) -> bool {
    character.is_whitespace() || matches!(character, '|' | '"' | '\\' | '“' | '”' | '„' | '«' | '»' | '…')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_hide_no_words() {
        let table = [
            ("Jane Roe was heard", "Jane  Roe\n was\theard ", Some(Overlap::Equal)),
            ("Jane Roe", "then Jane\r\nRoe was heard", Some(Overlap::Within)),
            ("Jane Roe", "7 | Jane | Roe", Some(Overlap::Within)),
            ("then Jane Roe was heard", "Jane Roe was", Some(Overlap::Covers)),
            ("then Jane Roe was heard", "Jane", None),
            ("Jane Roe", "John Roe", None),
            ("", "Jane Roe", None),
            ("Jane Roe", " \n", None),
            ("said \"Jane Roe\" twice", r#"note: "said \"Jane Roe\" twice""#, Some(Overlap::Within)),
            ("said \"Jane Roe\" twice", r#""said ""Jane Roe"" twice""#, Some(Overlap::Equal)),
            ("then\nJane Roe", r#""then\nJane Roe""#, Some(Overlap::Equal)),
        ];
        for (these, other, expected) in table {
            assert_eq!(Words::of(these).overlap(&Words::of(other)), expected, "{these:?} {other:?}");
        }
    }

    #[test]
    fn a_text_that_is_cut_into_rows_is_found_by_its_rows() {
        let text = Words::of("the name of the witness is known to us");
        let shares = |length: usize, other: &str| text.rows(length).stand_in(&Words::of(other));
        assert!(shares(4, "7 the name of the | open\n  witness is | late\n"));
        assert!(!shares(4, "the name of a witness is not known to us"));
        assert!(shares(9, &format!("{:?}", "the name of the witness is known to us")));
        assert!(shares(8, "\"name of the witness is known to us…\""));
        assert!(!shares(9, "\"name of the witness is known to us…\""));
        assert!(!Words::of("too short").rows(4).stand_in(&Words::of("too short")));
        assert!(!Words::of("").rows(1).stand_in(&Words::of("x")) && !text.rows(1).stand_in(&Words::of("")));
    }
}
