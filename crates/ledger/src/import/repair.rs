//! Text that remembers its lines, and the repairs that rules may make in interpreted text.

use std::{borrow::Cow, ops::Range};

use super::model::LineRange;

/// Words after which a hyphen stays suspended: "pre- and post-release".
const SUSPENDING_WORDS: [&str; 5] = ["and", "or", "to", "nor", "but"];

/// Text in which every character knows the line it was printed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Traced {
    characters: Vec<(char, u32)>,
}

/// The repairs that a rule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repair {
    /// `\$` became `$`.
    EscapedDollar,
    /// "high- risk" became "high-risk".
    LineBreakHyphen,
}

impl Traced {
    /// The text of one cell, or of a part of one.
    pub(crate) fn new(text: &str, line: u32) -> Self {
        Self { characters: text.trim().chars().map(|character| (character, line)).collect() }
    }

    /// Appends what continues this text, after a single space.
    pub(crate) fn push(&mut self, more: &Self) {
        if let (Some(_), Some((_, line))) = (self.characters.last(), more.characters.first()) {
            self.characters.push((' ', *line));
        }
        self.characters.extend_from_slice(&more.characters);
    }

    /// The text.
    pub(crate) fn text(&self) -> String {
        self.characters.iter().map(|(character, _)| character).collect()
    }

    /// Whether there is no text.
    pub(crate) fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    /// The lines that it was printed on.
    pub(crate) fn lines(&self) -> Vec<LineRange> {
        LineRange::covering(self.characters.iter().map(|(_, line)| *line))
    }

    /// The words line by line.
    pub(crate) fn by_line(&self) -> Vec<(u32, String)> {
        let same_line = |one: &(char, u32), other: &(char, u32)| one.1 == other.1;
        let runs = self.characters.chunk_by(same_line);
        let words = |run: &[(char, u32)]| {
            run.iter().map(|(character, _)| *character).collect::<String>().trim().to_owned()
        };
        runs.filter_map(|run| Some((run.first()?.1, words(run)))).collect()
    }

    /// Where `phrase` stands, in characters, each place that begins and ends at the edge of a word.
    pub(crate) fn find(&self, phrase: &str) -> Vec<Range<usize>> {
        let wanted: Vec<char> = phrase.chars().collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let at_word_edge = |place: &Range<usize>| {
            let letter = |index: usize| self.characters.get(index).is_some_and(|(c, _)| c.is_alphanumeric());
            let inside = |index: usize| index > 0 && letter(index) && letter(index - 1);
            !inside(place.start) && !inside(place.end)
        };
        self.characters
            .windows(wanted.len())
            .enumerate()
            .filter(|(_, window)| window.iter().map(|(character, _)| character).eq(&wanted))
            .map(|(start, _)| start..start + wanted.len())
            .filter(at_word_edge)
            .collect()
    }

    /// The part at a range of characters, trimmed.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let characters = self.characters.get(range).unwrap_or_default();
        let blank = |(character, _): &&(char, u32)| character.is_whitespace();
        let start = characters.iter().take_while(blank).count();
        let end = characters.len() - characters.iter().rev().take_while(blank).count();
        Self { characters: characters.get(start..end).unwrap_or_default().to_vec() }
    }

    /// Takes the part at a range out; what stood before and after it is joined by a single space.
    pub(crate) fn take(&mut self, range: Range<usize>) -> Self {
        let taken = self.part(range.clone());
        let mut rest = self.part(0..range.start);
        rest.push(&self.part(range.end..self.characters.len()));
        *self = rest;
        taken
    }

    /// Replaces the part at a range by other words on the line where it began.
    pub(crate) fn replace(&mut self, range: Range<usize>, words: &str) {
        let line = self.characters.get(range.start).map_or(0, |(_, line)| *line);
        self.characters.splice(range, words.chars().map(|character| (character, line)));
    }

    /// Makes the repairs that rules may make, and tells which were needed.
    pub(crate) fn repair(&mut self) -> Vec<Repair> {
        let mut made = Vec::new();
        let mut repaired: Vec<(char, u32)> = Vec::with_capacity(self.characters.len());
        for (index, &(character, line)) in self.characters.iter().enumerate() {
            let repair = match character {
                '\\' if self.at(index + 1) == Some('$') => Some(Repair::EscapedDollar),
                ' ' if self.is_line_break_hyphen(index) => Some(Repair::LineBreakHyphen),
                _ => None,
            };
            match repair {
                Some(repair) if made.contains(&repair) => {}
                Some(repair) => made.push(repair),
                None => repaired.push((character, line)),
            }
        }
        self.characters = repaired;
        made
    }

    fn at(&self, index: usize) -> Option<char> {
        self.characters.get(index).map(|(character, _)| *character)
    }

    /// Whether the space at `index` stands between a letter with a hyphen and a word in small letters that the hyphen belongs to.
    fn is_line_break_hyphen(&self, index: usize) -> bool {
        let before = |distance: usize| index.checked_sub(distance).and_then(|at| self.at(at));
        let hyphen_after_letter = before(1) == Some('-') && before(2).is_some_and(char::is_alphabetic);
        let next: String = self
            .characters
            .iter()
            .skip(index + 1)
            .map(|(character, _)| *character)
            .take_while(|character| character.is_alphanumeric())
            .collect();
        hyphen_after_letter
            && next.starts_with(char::is_lowercase)
            && !SUSPENDING_WORDS.contains(&next.as_str())
    }
}

/// NUL cannot be recorded; every other character stays as printed.
pub(crate) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> (String, Vec<Repair>) {
        let mut traced = Traced::new(text, 1);
        let made = traced.repair();
        (traced.text(), made)
    }

    #[test]
    fn only_escaped_dollars_and_line_break_hyphens_are_repaired() {
        for (printed, interpreted) in [
            (r"cost \$15.8 million", "cost $15.8 million"),
            ("high- risk, out- of-county", "high-risk, out-of-county"),
            ("pre- and post-release", "pre- and post-release"),
            ("short- or long-term", "short- or long-term"),
            ("two- to three-year, neither- nor, first- but", "two- to three-year, neither- nor, first- but"),
            ("pre- organised", "pre-organised"),
            ("Prevention - codified", "Prevention - codified"),
            ("Non- Violence 7- day high-  risk", "Non- Violence 7- day high-  risk"),
            (r"a\b \ $", r"a\b \ $"),
            ("ends in high-", "ends in high-"),
        ] {
            assert_eq!(repaired(printed).0, interpreted);
        }
        assert_eq!(repaired(r"a- b \$ c- d").1, [Repair::LineBreakHyphen, Repair::EscapedDollar]);
    }

    #[test]
    fn a_phrase_keeps_its_lines_when_it_is_taken_out() {
        let mut text = Traced::new(" evidence. No update", 62);
        text.push(&Traced::new("available Workshops", 63));
        let [place] = text.find("No update available").try_into().unwrap();
        let taken = text.take(place);
        assert_eq!(
            (taken.text().as_str(), taken.lines()),
            ("No update available", vec![LineRange { first: 62, last: 63 }])
        );
        assert_eq!(text.text(), "evidence. Workshops");
    }

    #[test]
    fn a_phrase_is_found_between_word_edges_only() {
        let text = Traced::new("reviewing, Reviewing. preReviewing Reviewings", 1);
        assert_eq!(text.find("Reviewing").len(), 1);
        assert_eq!(text.find("Reviewing.").len(), 1);
        assert!(text.find("").is_empty() && text.find(&"long ".repeat(50)).is_empty());
    }

    #[test]
    fn joining_never_leaves_stray_spaces() {
        let mut text = Traced::default();
        text.push(&Traced::new("a", 1));
        text.push(&Traced::new("  ", 2));
        text.push(&Traced::new("b", 3));
        assert_eq!((text.text().as_str(), text.lines()), ("a b", vec![LineRange::one(1), LineRange::one(3)]));
    }
}
