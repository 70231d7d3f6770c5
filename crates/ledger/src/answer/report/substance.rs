//! What the words of notes come to: news, no news, or the same again.

use std::collections::{HashMap, HashSet};

use docket_domain::Vocabulary;
use docket_domain::term::Reporting;
use docket_log::seal::SealedText;
use docket_projection::report::{ReportRow, Substance};

use super::super::text::{Finder, Text};
use crate::error::LedgerError;

/// Phrases that only say that there is no update, beside the register's own labels that say so. A note is one only if it says nothing else:
/// case, punctuation and spaces aside, its words are one of these.
pub const NO_UPDATE_PHRASES: [&str; 12] = [
    "no update",
    "no updates",
    "no update available",
    "no updates available",
    "no update at this time",
    "no updates at this time",
    "no update available at this time",
    "no updates available at this time",
    "no new update",
    "no new updates",
    "no change",
    "no changes",
];

/// The words of every note and what they come to, by the index of the note.
pub(super) struct Words {
    pub(super) texts: HashMap<u64, Text>,
    pub(super) substances: HashMap<u64, Substance>,
}

impl Words {
    /// Reads every note of these rows once.
    pub(super) fn read(
        rows: &[ReportRow<SealedText>],
        vocabulary: &Vocabulary,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let silent = silent_phrases(vocabulary);
        let mut found = Self { texts: HashMap::new(), substances: HashMap::new() };
        for row in rows {
            let mut earlier = HashSet::new();
            for note in &row.notes {
                let text = words.text(note.content.text)?;
                let substance = match &text {
                    Text::Redacted { .. } => Substance::Redacted,
                    Text::Words(words) if silent.contains(&plain(words)) => Substance::NoUpdate,
                    Text::Words(words) if !earlier.insert(spaced(words)) => Substance::Repeats,
                    Text::Words(_) => Substance::Says,
                };
                found.texts.insert(note.provenance.index, text);
                found.substances.insert(note.provenance.index, substance);
            }
        }
        Ok(found)
    }
}

fn silent_phrases(vocabulary: &Vocabulary) -> HashSet<String> {
    let labels = vocabulary.labels.iter().filter(|meaning| meaning.reporting == Reporting::NoUpdate);
    let labels = labels.map(|meaning| plain(meaning.label.as_str()));
    labels.chain(NO_UPDATE_PHRASES.iter().map(|phrase| (*phrase).to_owned())).collect()
}

/// The words in small letters, without punctuation, one space between them.
fn plain(text: &str) -> String {
    let letters: String =
        text.chars().map(|character| if character.is_alphanumeric() { character } else { ' ' }).collect();
    spaced(&letters.to_lowercase())
}

/// The words with one space between them: line breaks of a page are no difference.
pub(super) fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_silent_only_if_it_says_nothing_else() {
        let silent = silent_phrases(&super::super::super::tests::vocabulary());
        for words in ["No update available", "NO UPDATE AVAILABLE.", " no   updates\n", "No change!"] {
            assert!(silent.contains(&plain(words)), "{words}");
        }
        for words in [
            "No update available concerning fleet leasing program. 75 vehicles were purchased.",
            "Updated",
            "No update available; meeting on 3 May",
            "",
            "IN PROGRESS",
        ] {
            assert!(!silent.contains(&plain(words)), "{words}");
        }
    }
}
