//! When two texts say the same: exactly, but for the printing, but for misread letters, or not.
//!
//! Pure, and without any word of a particular register. What is folded away here is never written anywhere: it only decides whether a
//! difference is shown as one of wording or as one of print.

use std::collections::BTreeSet;
use std::iter::Peekable;

use docket_domain::term::Reporting;
use docket_domain::{EventId, Vocabulary};
use similar::{ChangeTag, TextDiff};

/// Full agreement, in per mille.
pub const ALIKE_MAX: u16 = 1000;

/// How a printed text differs from the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wording {
    /// Word for word, white space aside.
    Same,
    /// White space, hyphens, quotation marks, case or punctuation: the print differs, not the words.
    Typographic,
    /// Also letters that recognition confuses, such as `l` and `1` or `rn` and `m`.
    Recognition,
    /// Other words.
    Reworded,
}

impl Wording {
    /// The name in plans and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Typographic => "typographic",
            Self::Recognition => "recognition",
            Self::Reworded => "reworded",
        }
    }

    /// How `printed` differs from `recorded`.
    #[must_use]
    pub fn of(recorded: &str, printed: &str) -> Self {
        if word_for_word(recorded, printed) {
            return Self::Same;
        }
        let (recorded, printed) = (fold(recorded), fold(printed));
        if recorded == printed {
            Self::Typographic
        } else if confused(&recorded) == confused(&printed) {
            Self::Recognition
        } else {
            Self::Reworded
        }
    }
}

/// Whether two texts are the same but for white space.
#[must_use]
pub fn word_for_word(left: &str, right: &str) -> bool {
    left.split_whitespace().eq(right.split_whitespace())
}

/// The words with one space between them: two texts have the same ones if, and only if, they are the same [`word_for_word`].
#[must_use]
pub fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a note says nothing but that there is no update: a contact, and no news.
///
/// It begins with "no" or "nothing" and every other word is one of the few that such an answer is made of, so that "No current update.
/// Dependent on external partners." is news, and "No update available at this time." is none.
#[must_use]
pub fn says_no_update(note: &str) -> bool {
    const SUBJECTS: [&str; 8] =
        ["update", "updates", "news", "change", "changes", "progress", "report", "information"];
    const FILLERS: [&str; 20] = [
        "no",
        "nothing",
        "new",
        "current",
        "currently",
        "further",
        "available",
        "at",
        "this",
        "the",
        "time",
        "moment",
        "yet",
        "to",
        "so",
        "far",
        "is",
        "there",
        "present",
        "reported",
    ];
    let words: Vec<String> = note
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let known = |word: &String| SUBJECTS.contains(&word.as_str()) || FILLERS.contains(&word.as_str());
    let (Some(first), true) = (words.first(), words.iter().all(known)) else { return false };
    match first.as_str() {
        "no" => words.iter().any(|word| SUBJECTS.contains(&word.as_str())),
        "nothing" => true,
        _ => false,
    }
}

/// Whether a note says nothing but that there is no update, by its words ([`says_no_update`]) or because it is nothing but a label of the
/// register that says so, print aside. The report and the next table go by this one rule.
#[must_use]
pub fn is_no_update(note: &str, vocabulary: &Vocabulary) -> bool {
    let mut labels = vocabulary.labels.iter().filter(|meaning| meaning.reporting == Reporting::NoUpdate);
    says_no_update(note)
        || labels.any(|meaning| Wording::of(meaning.label.as_str(), note) <= Wording::Typographic)
}

/// The reason of a note that says again what an earlier one said. Frozen: [`repeated_event`] reads it back from recorded events.
#[must_use]
pub fn repetition_reason(earlier: EventId) -> String {
    format!("{REPEATS}{earlier}{WORD_FOR_WORD}")
}

/// The event that a note repeats, as its reason says; `None` for any other reason.
#[must_use]
pub fn repeated_event(reason: &str) -> Option<EventId> {
    EventId::parse(reason.strip_prefix(REPEATS)?.strip_suffix(WORD_FOR_WORD)?).ok()
}

const REPEATS: &str = "repeats event ";
const WORD_FOR_WORD: &str = " word for word";

/// The difference of two texts, word by word: `[-gone-]` and `{+new+}`.
#[must_use]
pub fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_whitespace().collect(), new.split_whitespace().collect());
    let diff = TextDiff::from_slices(&old, &new);
    let mut parts: Vec<(ChangeTag, Vec<&str>)> = Vec::new();
    for change in diff.iter_all_changes() {
        match parts.last_mut() {
            Some((tag, words)) if *tag == change.tag() => words.push(change.value()),
            _ => parts.push((change.tag(), vec![change.value()])),
        }
    }
    let shown = parts.into_iter().map(|(tag, words)| match tag {
        ChangeTag::Equal => words.join(" "),
        ChangeTag::Delete => format!("[-{}-]", words.join(" ")),
        ChangeTag::Insert => format!("{{+{}+}}", words.join(" ")),
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// A text prepared for being compared with many: its letters without the accidents of printing, and what they are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) folded: String,
    /// Every run of three characters, sorted, repeated ones repeated.
    grams: Vec<u64>,
}

impl Signature {
    pub(crate) fn of(text: &str) -> Self {
        let folded = confused(&fold(text));
        let characters: Vec<u64> = folded.chars().map(|c| u64::from(u32::from(c))).collect();
        // A character takes 21 bits, so three fit; a shorter text is one run by itself.
        let mut grams: Vec<u64> = if characters.len() < 3 {
            characters.iter().copied().reduce(|run, c| run << 21 | c).into_iter().collect()
        } else {
            characters.windows(3).map(|run| run.iter().fold(0, |packed, c| packed << 21 | c)).collect()
        };
        grams.sort_unstable();
        Self { folded, grams }
    }

    /// The different runs.
    pub(crate) fn distinct(&self) -> BTreeSet<u64> {
        self.grams.iter().copied().collect()
    }

    /// How alike two texts are, in per mille: twice the runs of three characters that they share, of all that they have (the coefficient
    /// of Dice). It takes time in proportion to their lengths, and a misread letter costs three runs only.
    pub(crate) fn alike(&self, other: &Self) -> u16 {
        if self.folded == other.folded {
            return ALIKE_MAX;
        }
        // Only equal texts are fully alike.
        per_mille(2 * self.shared(other), self.grams.len() + other.grams.len()).min(ALIKE_MAX - 1)
    }

    /// How much of this text is found in `whole`, in per mille of its runs.
    pub(crate) fn within(&self, whole: &Self) -> u16 {
        per_mille(self.shared(whole), self.grams.len())
    }

    fn shared(&self, other: &Self) -> usize {
        let (mut left, mut right) = (self.grams.iter().peekable(), other.grams.iter().peekable());
        let mut shared = 0;
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(left.next()),
                std::cmp::Ordering::Greater => drop(right.next()),
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    left.next();
                    right.next();
                }
            }
        }
        shared
    }
}

fn per_mille(part: usize, whole: usize) -> u16 {
    if whole == 0 {
        return 0;
    }
    u16::try_from(part.min(whole) * usize::from(ALIKE_MAX) / whole).unwrap_or(ALIKE_MAX)
}

/// The letters and digits in lower case, without what print adds. What stands between two digits stays, because 1.5 is not 15 and 17-21
/// is not 1721, and so do signs that are read as words.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut characters = text.chars().flat_map(unligated).peekable();
    while let Some(character) = characters.next() {
        if character.is_alphanumeric() || is_sign(character) {
            folded.extend(character.to_lowercase());
            if character.is_ascii_digit() {
                let between = separator(&mut characters);
                if characters.peek().is_some_and(char::is_ascii_digit) {
                    folded.push_str(&between);
                }
            }
        }
    }
    folded
}

/// Takes what is neither letter, digit nor sign; white space counts only where nothing else stands.
fn separator(characters: &mut Peekable<impl Iterator<Item = char>>) -> String {
    let mut marks = String::new();
    let mut spaced = false;
    while let Some(&character) = characters.peek()
        && !character.is_alphanumeric()
        && !is_sign(character)
    {
        match character {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => marks.push('-'),
            _ if character.is_whitespace() => spaced = true,
            _ => marks.push(character),
        }
        characters.next();
    }
    if marks.is_empty() && spaced { " ".to_owned() } else { marks }
}

const fn is_sign(character: char) -> bool {
    matches!(character, '%' | '$' | '€' | '£' | '¥' | '+' | '<' | '>' | '=' | '&' | '/')
}

fn unligated(character: char) -> impl Iterator<Item = char> {
    let letters = match character {
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        _ => "",
    };
    let alone = letters.is_empty().then_some(character);
    letters.chars().chain(alone)
}

/// Letters that recognition confuses, as one. Two different digits never become the same, so no figure is taken for another.
fn confused(folded: &str) -> String {
    let single: String = folded
        .chars()
        .map(|character| match character {
            '0' => 'o',
            '1' | 'i' => 'l',
            '5' => 's',
            '8' => 'b',
            '2' => 'z',
            _ => character,
        })
        .collect();
    single.replace("rn", "m").replace("vv", "w")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_print_are_told_from_differences_of_wording() {
        for (recorded, printed, wording) in [
            ("Buy twelve buses.", " Buy  twelve buses. ", Wording::Same),
            ("high-risk cases", "high- risk cases", Wording::Typographic),
            ("BPD's \"plan\"", "Bpd\u{2019}s \u{201c}plan\u{201d}", Wording::Typographic),
            ("a highrisk operation", "a high-risk operation.", Wording::Typographic),
            ("850-1,000 officers", "850\u{2013}1,000 officers", Wording::Typographic),
            ("of\u{fb01}cers", "officers", Wording::Typographic),
            ("fill the vacancies", "fi1l the vacancies", Wording::Recognition),
            ("a modern fleet", "a modem fleet", Wording::Recognition),
            ("fill 233 vacancies", "fill 238 vacancies", Wording::Reworded),
            ("$1.5 million", "$15 million", Wording::Reworded),
            ("in 17-21 days", "in 1721 days", Wording::Reworded),
            ("6 20", "620", Wording::Reworded),
            ("5 percent", "5 %", Wording::Reworded),
            ("shall", "shall not", Wording::Reworded),
            ("10", "18", Wording::Reworded),
        ] {
            assert_eq!(Wording::of(recorded, printed), wording, "{recorded:?} {printed:?}");
            assert_eq!(Wording::of(printed, recorded), wording, "{printed:?} {recorded:?}");
        }
    }

    #[test]
    fn a_note_without_news_says_nothing_else() {
        for note in [
            "No update available",
            "NO UPDATE AVAILABLE.",
            "No new updates at this time",
            "Nothing to report",
        ] {
            assert!(says_no_update(note), "{note}");
        }
        for note in [
            "",
            "No",
            "No current update. Dependent on external partners within criminal justice system.",
            "No update available concerning fleet leasing program.",
            "Update available",
            "In progress",
            "Notable progress",
        ] {
            assert!(!says_no_update(note), "{note}");
        }
    }

    #[test]
    fn a_label_of_the_register_that_says_so_is_no_news_either() {
        let meaning = |label, reporting| docket_domain::vocabulary::LabelMeaning {
            label: docket_domain::Label::new(label).unwrap(),
            reporting,
            state: None,
        };
        let labels = vec![meaning("NO WORD YET", Reporting::NoUpdate), meaning("OPEN", Reporting::Reported)];
        let vocabulary = Vocabulary { labels, states: Vec::new() };
        for (note, expected) in [
            ("no word yet.", true),
            ("No word  yet", true),
            ("No word yet from the mayor", false),
            ("No update", true),
            ("OPEN", false),
        ] {
            assert_eq!(is_no_update(note, &vocabulary), expected, "{note}");
        }
    }

    #[test]
    fn the_reason_of_a_repetition_reads_back() {
        let event = EventId::from_bytes([7; 16]);
        assert_eq!(
            repetition_reason(event),
            "repeats event 07070707-0707-0707-0707-070707070707 word for word"
        );
        assert_eq!(repeated_event(&repetition_reason(event)), Some(event));
        assert_eq!(repeated_event("repeats event 7 word for word"), None);
        assert_eq!(repeated_event("typed wrongly"), None);
    }

    #[test]
    fn the_difference_shows_words() {
        assert_eq!(
            difference("fill the 233 current vacancies", "fill the 240 current open vacancies"),
            "fill the [-233-] {+240+} current {+open+} vacancies"
        );
        assert_eq!(difference("same words", "same  words"), "same words");
    }

    #[test]
    fn likeness_is_whole_only_for_equal_texts_and_none_for_foreign_ones() {
        let [left, misread, foreign, part] = [
            "Replace the sluice gates at the old harbour",
            "Replace the sluicc gates at the old harbour",
            "Inspect every building once",
            "sluice gates at the old",
        ]
        .map(Signature::of);
        assert_eq!(left.alike(&left), 1000);
        assert!((850..1000).contains(&left.alike(&misread)), "{}", left.alike(&misread));
        assert!(left.alike(&foreign) < 200, "{}", left.alike(&foreign));
        assert_eq!(part.within(&left), 1000);
        assert!(left.within(&part) < 700);
        assert_eq!(Signature::of("").alike(&left), 0);
        assert_eq!(Signature::of("ab").alike(&Signature::of("ab")), 1000);
    }
}
