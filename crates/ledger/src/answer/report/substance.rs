//! What the words of notes come to: news, no news, or the same again.

use std::collections::{HashMap, HashSet};

use docket_domain::Vocabulary;
use docket_log::seal::SealedText;
use docket_projection::report::{ReportRow, Substance};

use super::super::text::{Finder, Text, repeats};
use crate::error::LedgerError;
use crate::next::wording::{is_no_update, spaced};

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
        let mut found = Self { texts: HashMap::new(), substances: HashMap::new() };
        for row in rows {
            let mut earlier = HashSet::new();
            for note in &row.notes {
                let text = words.text(note.content.text)?;
                let reason = words.text_if(note.content.reason)?;
                // Words that were corrected since are no longer those of the earlier note.
                let repeats_event = note.corrected_by.is_empty() && repeats(reason.as_ref()).is_some();
                let substance = match &text {
                    Text::Redacted { .. } => Substance::Redacted,
                    Text::Words(words) if is_no_update(words, vocabulary) => Substance::NoUpdate,
                    Text::Words(words) if !earlier.insert(spaced(words)) || repeats_event => {
                        Substance::Repeats
                    }
                    Text::Words(_) => Substance::Says,
                };
                found.texts.insert(note.provenance.index, text);
                found.substances.insert(note.provenance.index, substance);
            }
        }
        Ok(found)
    }
}
