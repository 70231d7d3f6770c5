//! Every other place that holds the same words: the texts of all events, and the documents.

use std::collections::HashMap;

use docket_domain::Digest;
use docket_log::LogError;
use docket_log::blobs::{BlobError, Blobs, TOMBSTONE_SUFFIX};
use docket_log::record::StoredEvent;
use docket_log::redaction::text_names;
use docket_log::seal::OpeningState;

use super::words::{Overlap, Rows, WORDS_IN_DOCUMENTS, WORDS_IN_TEXTS, Words};
use super::{Part, What, document_of};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// How another place relates to what is to be redacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It says the same, but for line breaks.
    Same,
    /// It holds these words among others.
    Holds,
    /// Its words are a part of these.
    Part,
    /// It holds some of these words in a row: a quotation, or a document that has them in other lines or columns.
    HoldsParts,
    /// A document from whose lines these words were read, by what their event says; they were not found in it as they are.
    Source,
}

impl Relation {
    /// In words, for a listing.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "says the same",
            Self::Holds => "holds these words",
            Self::Part => "is a part of these words",
            Self::HoldsParts => "holds parts of these words",
            Self::Source => "is named as the source of these words",
        }
    }
}

impl From<Overlap> for Relation {
    fn from(overlap: Overlap) -> Self {
        match overlap {
            Overlap::Equal => Self::Same,
            Overlap::Within => Self::Holds,
            Overlap::Covers => Self::Part,
        }
    }
}

/// Another place that holds the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What could be redacted there.
    pub part: Part,
    /// How it relates.
    pub relation: Relation,
}

/// A file among the documents that could not be searched, or that no event brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsearched {
    /// Its name in `blobs/`.
    pub file: String,
    /// What is to be known of it.
    pub why: &'static str,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The other places, in the order of the log, documents last.
    pub places: Vec<Place>,
    /// Files that a person must look at.
    pub unsearched: Vec<Unsearched>,
}

/// Lists every other place that holds the words of a part.
///
/// Texts and documents are compared with white space, line breaks, quotation marks, escapes and the bars of tables made equal. A document that is not plain text
/// (a scan, a PDF) can hide words from this search; it is listed as unsearched.
pub fn survey(reader: &Reader, blobs: &Blobs, part: &Part) -> Result<Survey, LedgerError> {
    let words = words_of(reader, blobs, part)?;
    let mut search = Search {
        reader,
        blobs,
        part,
        in_texts: words.as_ref().map(|words| words.rows(WORDS_IN_TEXTS)),
        in_documents: words.as_ref().map(|words| words.rows(WORDS_IN_DOCUMENTS)),
        words,
        places: Vec::new(),
        documents: HashMap::new(),
        sources: Vec::new(),
    };
    reader.log().visit_range(0..reader.size(), &mut |stored| search.event(&stored))?;
    let unsearched = search.files()?;
    Ok(Survey { places: search.places, unsearched })
}

/// Whether a text holds the words of a part, or many of them in a row.
pub(super) fn repeats(reader: &Reader, blobs: &Blobs, part: &Part, text: &str) -> Result<bool, LedgerError> {
    let Some(words) = words_of(reader, blobs, part)? else { return Ok(false) };
    let text = Words::of(text);
    let is_whole = matches!(words.overlap(&text), Some(Overlap::Equal | Overlap::Within));
    Ok(is_whole || words.rows(WORDS_IN_TEXTS).stand_in(&text))
}

/// The words of a part; nothing where they are destroyed already.
fn words_of(reader: &Reader, blobs: &Blobs, part: &Part) -> Result<Option<Words>, LedgerError> {
    match part.what {
        What::Text { field, .. } => {
            let stored = reader.log().event(part.index)?;
            let openings = reader.log().openings(&stored)?;
            Ok(openings.get(field as usize).and_then(words))
        }
        What::Document { sha256 } => {
            let bytes = blobs.get(sha256).map_err(LogError::from)?;
            Ok(bytes.map(|bytes| Words::of(&String::from_utf8_lossy(&bytes))))
        }
    }
}

fn words(opening: &OpeningState) -> Option<Words> {
    match opening {
        OpeningState::Intact(opening) => Some(Words::of(&opening.text)),
        OpeningState::Erased => None,
    }
}

struct Search<'a> {
    reader: &'a Reader,
    blobs: &'a Blobs,
    part: &'a Part,
    words: Option<Words>,
    /// What a text must hold of the words to be listed for a part of them.
    in_texts: Option<Rows>,
    /// The same for a document.
    in_documents: Option<Rows>,
    places: Vec<Place>,
    /// The first event that brought each document.
    documents: HashMap<Digest, Part>,
    /// The documents that events with the same words name as their source.
    sources: Vec<Digest>,
}

impl Search<'_> {
    fn event(&mut self, stored: &StoredEvent) -> Result<(), LedgerError> {
        let data = &stored.entry.event.data;
        if let Some(sha256) = document_of(data) {
            let part = || Part::new(stored, What::Document { sha256 });
            self.documents.entry(sha256).or_insert_with(part);
        }
        if data.texts().is_empty() {
            return Ok(());
        }
        let openings = self.reader.log().openings(stored)?;
        let mut names: Vec<String> = Vec::new();
        for (field, opening) in (0..).zip(&openings) {
            let Some(relation) = words(opening).and_then(|other| self.relation_of_text(&other)) else {
                continue;
            };
            let is_itself = stored.entry.event.id == self.part.event
                && matches!(self.part.what, What::Text { field: own, .. } if own == field);
            if is_itself || relation == Relation::Same {
                self.sources.extend(data.source().map(|source| source.sha256));
            }
            if is_itself {
                continue;
            }
            if names.is_empty() {
                names = text_names(&stored.entry);
            }
            let name = names.get(field as usize).cloned().unwrap_or_else(|| field.to_string());
            self.places.push(Place { part: Part::new(stored, What::Text { field, name }), relation });
        }
        Ok(())
    }

    /// Searches every file among the documents, and says which could not be.
    fn files(&mut self) -> Result<Vec<Unsearched>, LedgerError> {
        let mut unsearched = Vec::new();
        for file in self.blobs.names().map_err(LogError::from)? {
            let Ok(sha256) = Digest::parse(&file) else {
                if !file.ends_with(TOMBSTONE_SUFFIX) {
                    unsearched.push(Unsearched {
                        file,
                        why: "was left by an interrupted write: delete it by hand",
                    });
                }
                continue;
            };
            if matches!(self.part.what, What::Document { sha256: own } if own == sha256) {
                continue;
            }
            let bytes = match self.blobs.get(sha256) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                // What an authority orders destroyed does not wait until another document is mended.
                Err(BlobError::Altered { .. } | BlobError::TooLarge { .. }) => {
                    let why =
                        "is not the document that was received: look yourself whether it shows these words";
                    unsearched.push(Unsearched { file, why });
                    continue;
                }
                Err(error) => return Err(LogError::from(error).into()),
            };
            let text = std::str::from_utf8(&bytes);
            let (relation, is_text) = (self.relation(sha256, &String::from_utf8_lossy(&bytes)), text.is_ok());
            match (relation, self.documents.get(&sha256)) {
                (Some(relation), Some(part)) => self.places.push(Place { part: part.clone(), relation }),
                (Some(_), None) => {
                    unsearched.push(Unsearched {
                        file,
                        why: "holds these words, and no event brought it: delete it by hand",
                    });
                }
                (None, _) if !is_text => {
                    unsearched.push(Unsearched {
                        file,
                        why: "is not plain text: look yourself whether it shows these words",
                    });
                }
                (None, _) => {}
            }
        }
        Ok(unsearched)
    }

    fn relation_of_text(&self, text: &Words) -> Option<Relation> {
        let overlap = self.words.as_ref()?.overlap(text).map(Relation::from);
        overlap.or_else(|| self.in_texts.as_ref()?.stand_in(text).then_some(Relation::HoldsParts))
    }

    fn relation(&self, sha256: Digest, text: &str) -> Option<Relation> {
        let document = Words::of(text);
        let overlap = self.words.as_ref()?.overlap(&document).map(Relation::from);
        let part = || self.in_documents.as_ref()?.stand_in(&document).then_some(Relation::HoldsParts);
        let source = || self.sources.contains(&sha256).then_some(Relation::Source);
        overlap.or_else(part).or_else(source)
    }
}
