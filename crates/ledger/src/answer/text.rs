//! Texts as shown, and where their words are found.

use std::collections::HashMap;

use docket_domain::{Digest, EventId};
use docket_log::seal::{ResolvedText, SealError, SealedText};
use docket_projection::TextRef;
use serde::Serialize;

use super::wire::shown;
use crate::error::LedgerError;
use crate::ledger::Reader;
use crate::next::wording::repeated_event;

/// A recorded text: its words, or what a redaction left of them. In JSON a string or `{"redacted": "<digest>"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Text {
    /// The words.
    Words(String),
    /// The words were destroyed.
    Redacted {
        /// The digest by which they were sealed.
        #[serde(serialize_with = "shown")]
        redacted: Digest,
    },
}

impl From<ResolvedText> for Text {
    fn from(text: ResolvedText) -> Self {
        match text {
            ResolvedText::Words(words) => Self::Words(words),
            ResolvedText::Redacted(sealed) => Self::Redacted { redacted: sealed.digest },
        }
    }
}

/// The earlier note that a note repeats word for word, as its reason says.
pub(super) fn repeats(reason: Option<&Text>) -> Option<EventId> {
    match reason? {
        Text::Words(words) => repeated_event(words),
        Text::Redacted { .. } => None,
    }
}

/// The words of one answer: the openings of each event are read once.
pub(super) struct Finder<'a> {
    reader: &'a Reader,
    found: HashMap<u64, Vec<Text>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(reader: &'a Reader) -> Self {
        Self { reader, found: HashMap::new() }
    }

    /// The words of a text.
    pub(super) fn text(&mut self, place: TextRef<SealedText>) -> Result<Text, LedgerError> {
        let texts = match self.found.entry(place.event_index) {
            std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(self.reader.texts(place.event_index)?.into_iter().map(Text::from).collect())
            }
        };
        let ordinal = usize::try_from(place.ordinal).unwrap_or(usize::MAX);
        let text = texts.get(ordinal).cloned();
        text.ok_or_else(|| {
            SealError::Count { texts: ordinal.saturating_add(1), openings: texts.len() }.into()
        })
    }

    /// The words of a text that may be absent.
    pub(super) fn text_if(
        &mut self,
        place: Option<TextRef<SealedText>>,
    ) -> Result<Option<Text>, LedgerError> {
        place.map(|place| self.text(place)).transpose()
    }
}
