//! Every other place that holds the same words: the texts of all events, and the documents.

use std::collections::HashMap;

use docket_domain::{Digest, Subject};
use docket_log::LogError;
use docket_log::blobs::{Blobs, TOMBSTONE_SUFFIX};
use docket_log::record::StoredEvent;
use docket_log::redaction::text_names;
use docket_log::seal::OpeningState;

use super::words::{Overlap, Words};
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
    /// A document that holds rows of these words, in other lines or columns.
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
/// Texts and documents are compared with white space, line breaks and the bars of tables made equal. A document that is not plain text
/// (a scan, a PDF) can hide words from this search; it is listed as unsearched.
pub fn survey(reader: &Reader, blobs: &Blobs, part: &Part) -> Result<Survey, LedgerError> {
    let words = words_of(reader, blobs, part)?;
    let mut search = Search {
        reader,
        blobs,
        part,
        words,
        places: Vec::new(),
        documents: HashMap::new(),
        sources: Vec::new(),
    };
    reader.log().visit_range(0..reader.size(), &mut |stored| search.event(&stored))?;
    let unsearched = search.files()?;
    Ok(Survey { places: search.places, unsearched })
}

/// The subjects of all events that brought a document.
pub(super) fn holders(reader: &Reader, document: Digest) -> Result<Vec<Subject>, LedgerError> {
    let mut subjects = Vec::new();
    reader.log().visit_range::<LedgerError>(0..reader.size(), &mut |stored| {
        let event = &stored.entry.event;
        subjects.extend((document_of(&event.data) == Some(document)).then(|| event.subject.clone()));
        Ok(())
    })?;
    Ok(subjects)
}

/// Whether a text holds the words of a part.
pub(super) fn repeats(reader: &Reader, blobs: &Blobs, part: &Part, text: &str) -> Result<bool, LedgerError> {
    let words = words_of(reader, blobs, part)?;
    let overlap = words.and_then(|words| words.overlap(&Words::of(text)));
    Ok(matches!(overlap, Some(Overlap::Equal | Overlap::Within)))
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
            let relation = match (&self.words, words(opening)) {
                (Some(words), Some(other)) => words.overlap(&other),
                _ => None,
            };
            let Some(relation) = relation else { continue };
            let is_itself = stored.entry.event.id == self.part.event
                && matches!(self.part.what, What::Text { field: own, .. } if own == field);
            if is_itself || relation == Overlap::Equal {
                self.sources.extend(data.source().map(|source| source.sha256));
            }
            if is_itself {
                continue;
            }
            if names.is_empty() {
                names = text_names(&stored.entry);
            }
            let name = names.get(field as usize).cloned().unwrap_or_else(|| field.to_string());
            let relation = match relation {
                Overlap::Equal => Relation::Same,
                Overlap::Within => Relation::Holds,
                Overlap::Covers => Relation::Part,
            };
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
            let Some(bytes) = self.blobs.get(sha256).map_err(LogError::from)? else { continue };
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

    fn relation(&self, sha256: Digest, text: &str) -> Option<Relation> {
        let words = self.words.as_ref()?;
        let document = Words::of(text);
        match words.overlap(&document) {
            Some(Overlap::Equal) => Some(Relation::Same),
            Some(Overlap::Within) => Some(Relation::Holds),
            Some(Overlap::Covers) => Some(Relation::Part),
            None if words.shares_a_row_with(&document) => Some(Relation::HoldsParts),
            None => self.sources.contains(&sha256).then_some(Relation::Source),
        }
    }
}
