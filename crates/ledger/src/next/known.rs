//! What the log holds about a register at one size: what the next table is laid beside.

use std::collections::HashMap;

use docket_domain::term::{NoteRole, NumberBasis, TextBasis};
use docket_domain::{EventId, Key, Label, RegisterId, StateName, Subject, Timestamp, Vocabulary};
use docket_log::seal::{ResolvedText, SealedText};
use docket_log::tlog::proof::TreeHead;
use docket_projection::{Audience, Knowledge, TextRef};

use crate::error::LedgerError;
use crate::ledger::Reader;

/// A register as recorded.
pub(crate) struct Known {
    /// Size and root of the log.
    pub(crate) head: TreeHead,
    pub(crate) vocabulary: Vocabulary,
    /// In the order of the register.
    pub(crate) recommendations: Vec<Recommendation>,
}

/// One recommendation as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recommendation {
    pub(crate) key: Key,
    pub(crate) number: Option<u32>,
    pub(crate) number_basis: NumberBasis,
    pub(crate) text: KnownText,
    pub(crate) status: Option<KnownStatus>,
    /// Its notes, oldest first.
    pub(crate) notes: Vec<KnownNote>,
}

/// The text of a recommendation, as far as it can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KnownText {
    Whole(String),
    /// A part of it survived.
    Partial(String),
    Unknown,
    Redacted,
}

impl KnownText {
    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::Whole(words) | Self::Partial(words) => Some(words),
            Self::Unknown | Self::Redacted => None,
        }
    }
}

/// What was last said about the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownStatus {
    pub(crate) label: Option<Label>,
    pub(crate) state: Option<StateName>,
}

/// A recorded note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownNote {
    pub(crate) event: EventId,
    pub(crate) role: NoteRole,
    /// Its words, unless they are redacted.
    pub(crate) words: Option<String>,
    /// When what it says began.
    pub(crate) from: Option<Timestamp>,
}

impl Recommendation {
    /// The notes of a role that were given last: all of the same date, because one table may hold several of a row.
    pub(crate) fn last_notes(&self, role: NoteRole) -> impl Iterator<Item = &KnownNote> {
        let of_role = move |note: &&KnownNote| note.role == role;
        let last = self.notes.iter().filter(of_role).map(|note| note.from).max();
        self.notes.iter().filter(of_role).filter(move |note| Some(note.from) == last)
    }
}

/// Reads a register as known at a size, with what counts as of the bound `at`.
pub(crate) fn read(
    reader: &Reader,
    register: &RegisterId,
    size: u64,
    at: Timestamp,
) -> Result<Option<Known>, LedgerError> {
    let head = TreeHead { size, root: reader.log().root_at(size)? };
    reader.ask(|projection| {
        let knowledge = projection.knowledge(size);
        let Some(vocabulary) = knowledge.vocabulary(register).cloned() else { return Ok(None) };
        let mut words = Words { reader, found: HashMap::new() };
        let mut recommendations = Vec::new();
        for key in knowledge.recommendation_keys(register) {
            recommendations.extend(recommendation(knowledge, register, key, at, &mut words)?);
        }
        Ok(Some(Known { head, vocabulary, recommendations }))
    })?
}

fn recommendation(
    knowledge: Knowledge<'_, SealedText>,
    register: &RegisterId,
    key: Key,
    at: Timestamp,
    words: &mut Words<'_>,
) -> Result<Option<Recommendation>, LedgerError> {
    let subject = Subject::Recommendation(register.clone(), key.clone());
    let Some(facts) = knowledge.recommendation_facts(&subject) else { return Ok(None) };
    let text = match facts.text.as_ref().map(|text| words.of(text)).transpose()? {
        None => KnownText::Unknown,
        Some(None) => KnownText::Redacted,
        Some(Some(words)) if facts.text_basis == TextBasis::Partial => KnownText::Partial(words),
        Some(Some(words)) => KnownText::Whole(words),
    };
    let status = knowledge.status(&subject, at).map(|status| KnownStatus {
        label: status.statement.label.clone(),
        state: status.statement.state.clone(),
    });
    let mut notes = Vec::new();
    for note in knowledge.notes(&subject, at, Audience::Public) {
        notes.push(KnownNote {
            event: note.provenance.event,
            role: note.content.role,
            words: words.of(&note.content.text)?,
            from: note.content.effective.order(),
        });
    }
    let (number, number_basis) = (facts.number, facts.number_basis);
    Ok(Some(Recommendation { key, number, number_basis, text, status, notes }))
}

/// The words of texts, each event's read once.
struct Words<'a> {
    reader: &'a Reader,
    found: HashMap<u64, Vec<ResolvedText>>,
}

impl Words<'_> {
    /// The words; nothing if they are redacted.
    fn of(&mut self, text: &TextRef<SealedText>) -> Result<Option<String>, LedgerError> {
        if !self.found.contains_key(&text.event_index) {
            self.found.insert(text.event_index, self.reader.texts(text.event_index)?);
        }
        let place = usize::try_from(text.ordinal).unwrap_or(usize::MAX);
        let found = self.found.get(&text.event_index).and_then(|texts| texts.get(place));
        Ok(match found {
            Some(ResolvedText::Words(words)) => Some(words.clone()),
            Some(ResolvedText::Redacted(_)) | None => None,
        })
    }
}
