//! Whether words stand in other words, however they are broken into lines.

use std::collections::HashSet;

/// The shortest text, in characters, that counts as a part of another: a shorter one, such as a number or "Yes", is found everywhere.
const PART_CHARS_MIN: usize = 12;

/// How many words in a row must stand in a document that it holds a part of a text: rows of a table are cut into lines of a few words.
const WORDS_IN_A_ROW: usize = 4;

/// Words with every run of white space, and of the bars between the columns of a table, as one space.
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
        let words = text.split(|character: char| character.is_whitespace() || character == '|');
        Self(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
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

    /// Whether some words in a row of these stand in the other text, too.
    pub(super) fn shares_a_row_with(&self, other: &Self) -> bool {
        let rows = |words: &Self| -> HashSet<Vec<String>> {
            let words: Vec<String> = words.0.split(' ').map(str::to_owned).collect();
            words.windows(WORDS_IN_A_ROW).map(<[String]>::to_vec).collect()
        };
        let own = rows(self);
        !own.is_empty() && !own.is_disjoint(&rows(other))
    }
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
        ];
        for (these, other, expected) in table {
            assert_eq!(Words::of(these).overlap(&Words::of(other)), expected, "{these:?} {other:?}");
        }
    }

    #[test]
    fn a_text_that_is_cut_into_rows_is_found_by_its_rows() {
        let text = Words::of("the name of the witness is known to us");
        assert!(text.shares_a_row_with(&Words::of("7 the name of the | open\n  witness is | late\n")));
        assert!(!text.shares_a_row_with(&Words::of("the name of a witness is not known to us")));
        assert!(!Words::of("too short").shares_a_row_with(&Words::of("too short")));
    }
}
