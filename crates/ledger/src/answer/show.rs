//! One recommendation with all that its row printed and what was amended since.

use docket_domain::event::{RecommendationAmended, RecommendationRegistered};
use docket_domain::{Actor, Subject, Timestamp, Zone};
use docket_log::seal::SealedText;
use docket_projection::{Fact, TextRef};
use serde::Serialize;

use super::content::NumberAndText;
use super::hold::Hold;
use super::query::{Asked, Basis, Query};
use super::recommendation::Recommendation;
use super::text::{Finder, Text};
use super::wire::{Reference, SourceReference, shown};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// One recommendation, with the cells of its row as printed and what was amended since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShowAnswer {
    /// What it was computed from.
    pub basis: Basis,
    /// The recommendation.
    pub recommendation: Recommendation,
    /// How it was entered.
    pub registered: Registration,
    /// The amendments in force, in the order of recording.
    pub amendments: Vec<Amendment>,
    /// The legal holds in force on it as known at the basis, those on the whole register first.
    pub holds: Vec<Hold>,
    /// The zone in which to print times.
    #[serde(skip)]
    pub zone: Zone,
}

/// How a recommendation was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// The event: id, index, type, subject, version, name.
    #[serde(flatten)]
    pub event: Reference,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// The number and text as first entered.
    pub says: NumberAndText,
    /// The cells of its row as printed, by line and column.
    pub cells: Vec<Cell>,
}

/// A cell exactly as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The characters between the separators.
    pub text: Text,
}

/// An amendment of number or text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Amendment {
    /// The event: id, index, type, subject, version, name.
    #[serde(flatten)]
    pub event: Reference,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// What it changes; what it leaves alone is null.
    pub says: NumberAndText,
    /// Why.
    pub reason: Text,
    /// From which lines of which document.
    pub source: Option<SourceReference>,
    /// Where it can be read.
    pub source_url: Option<Text>,
}

/// The recommendation meant by a number or key.
pub fn show(reader: &Reader, query: &Query, wanted: &str, now: Timestamp) -> Result<ShowAnswer, LedgerError> {
    let asked = Asked::new(reader, query, now)?;
    let at = asked.bound()?;
    let subject = asked.recommendation(wanted)?;
    let view = match &subject {
        Subject::Recommendation(register, key) => {
            asked.known(|knowledge| knowledge.recommendation(register, key, at, asked.audience))?
        }
        _ => None,
    };
    let view = match (view, &asked.register) {
        (Some(view), _) => view,
        (None, Some(register)) => {
            return Err(LedgerError::NoRecommendation {
                wanted: wanted.to_owned(),
                register: register.clone(),
            });
        }
        (None, None) => return Err(LedgerError::NoEvent { wanted: wanted.to_owned() }),
    };
    let words = &mut Finder::new(reader);
    let amendments = view.amendments.iter().cloned();
    let amendments =
        amendments.map(|amendment| Amendment::new(amendment, words)).collect::<Result<_, _>>()?;
    let registered = Registration::new(view.registered.clone(), words)?;
    let holds = asked.known(|knowledge| knowledge.holds(&subject))?;
    let holds = holds.into_iter().map(|hold| Hold::new(hold, words)).collect::<Result<_, _>>()?;
    let recommendation = Recommendation::new(view, words)?;
    Ok(ShowAnswer { basis: asked.basis()?, recommendation, registered, amendments, holds, zone: asked.zone })
}

impl Registration {
    fn new(
        registered: Fact<SealedText, RecommendationRegistered<TextRef<SealedText>>>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let Fact { provenance, content, .. } = registered;
        let mut content: RecommendationRegistered<Text> = content.try_map(&mut |text| words.text(text))?;
        let cells = std::mem::take(&mut content.cells);
        let mut cells: Vec<Cell> = cells
            .into_iter()
            .map(|cell| Cell { line: cell.line, column: cell.column, text: cell.text })
            .collect();
        cells.sort_by_key(|cell| (cell.line, cell.column));
        Ok(Self {
            event: Reference::from(&provenance),
            recorded_at: provenance.recorded_at,
            actor: provenance.actor,
            says: content.into(),
            cells,
        })
    }
}

impl Amendment {
    fn new(
        amendment: Fact<SealedText, RecommendationAmended<TextRef<SealedText>>>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let Fact { provenance, content, .. } = amendment;
        let content: RecommendationAmended<Text> = content.try_map(&mut |text| words.text(text))?;
        Ok(Self {
            event: Reference::from(&provenance),
            recorded_at: provenance.recorded_at,
            actor: provenance.actor,
            reason: content.reason.clone(),
            source: content.source.as_ref().map(SourceReference::from),
            source_url: content.source_url.clone(),
            says: content.into(),
        })
    }
}
