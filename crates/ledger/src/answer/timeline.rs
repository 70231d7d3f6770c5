//! Everything recorded about a recommendation: who, what, when on both clocks, on whose word, from which lines, old and new.

use docket_domain::term::ActorBasis;
use docket_domain::{Actor, Asserter, Data, EventId, EventKind, Key, RegisterId, Subject, Timestamp, Zone};
use docket_log::seal::SealedText;
use docket_projection::{Difference, Page, TimelineEntry};
use serde::Serialize;

use super::content::{Content, NumberAndText};
use super::query::{Asked, Basis, Query};
use super::statement::Statement;
use super::text::{Finder, Text};
use super::wire::{Interval, Reference, SourceReference, shown, shown_if};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// The timeline of a recommendation, as known at the basis. It shows all that is known, whatever the date asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineAnswer {
    /// What it was computed from.
    pub basis: Basis,
    /// The register.
    #[serde(serialize_with = "shown")]
    pub register: RegisterId,
    /// The permanent key of the recommendation.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// Its number as known at the basis.
    pub number: Option<u32>,
    /// What was recorded, oldest first. For the public, internal notes are left out with what speaks about them; versions then have gaps.
    pub timeline: Vec<Entry>,
    /// The zone in which to print times.
    #[serde(skip)]
    pub zone: Zone,
}

/// One recorded event: what it says, what it changed, and what later became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The event: id, index, type, subject, version, name.
    #[serde(flatten)]
    pub event: Reference,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// How that was established.
    #[serde(serialize_with = "shown")]
    pub actor_basis: ActorBasis,
    /// On whose word.
    #[serde(serialize_with = "shown_if")]
    pub asserted_by: Option<Asserter>,
    /// When what it states began.
    pub effective: Option<Interval>,
    /// From which lines of which document.
    pub source: Option<SourceReference>,
    /// Where it can be read.
    pub source_url: Option<Text>,
    /// Why.
    pub reason: Option<Text>,
    /// Whether it is in force: false once it is retracted.
    pub in_force: bool,
    /// Whether it is a status that was recorded as going back to a lower state.
    pub regress: bool,
    /// What it said when it was recorded.
    pub says: Content,
    /// The earlier event that it speaks about.
    pub target: Option<Reference>,
    /// For a correction or retraction, the event that it speaks about in the end.
    pub root: Option<Reference>,
    /// Old and new, as known just before and just after it; null where it changes no answer.
    pub change: Option<Change>,
    /// The corrections, retractions and redactions of it, oldest first, withdrawn ones included.
    pub marks: Vec<Mark>,
}

/// Old and new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// As known before; null where there was nothing.
    pub before: Option<Content>,
    /// As known after; null where nothing is left.
    pub after: Option<Content>,
}

/// A correction, retraction or redaction, beside what it speaks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The event: id, index, type, subject, version, name.
    #[serde(flatten)]
    pub event: Reference,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// Whether it is in force itself.
    pub in_force: bool,
    /// What it says.
    pub says: Content,
    /// Why.
    pub reason: Option<Text>,
}

/// The timeline of the recommendation meant by a number or key.
pub fn timeline(
    reader: &Reader,
    query: &Query,
    wanted: &str,
    now: Timestamp,
) -> Result<TimelineAnswer, LedgerError> {
    let asked = Asked::new(reader, query, now)?;
    let subject = asked.recommendation(wanted)?;
    let Subject::Recommendation(register, key) = subject.clone() else {
        return Err(LedgerError::NoEvent { wanted: wanted.to_owned() });
    };
    let (number, entries) = asked.known(|knowledge| {
        let facts = knowledge.recommendation_facts(&subject);
        (facts.and_then(|facts| facts.number), knowledge.timeline(&subject, asked.audience, Page::ALL))
    })?;
    let timeline = Entry::all(entries, &mut Finder::new(reader))?;
    Ok(TimelineAnswer { basis: asked.basis()?, register, key, number, timeline, zone: asked.zone })
}

impl Entry {
    pub(super) fn all(
        entries: Vec<TimelineEntry<SealedText>>,
        words: &mut Finder<'_>,
    ) -> Result<Vec<Self>, LedgerError> {
        entries.into_iter().map(|entry| Self::new(entry, words)).collect()
    }

    fn new(entry: TimelineEntry<SealedText>, words: &mut Finder<'_>) -> Result<Self, LedgerError> {
        let provenance = &entry.provenance;
        let regress = entry.is_regress();
        let effective = entry.effective().cloned();
        let reason = entry.reason().copied();
        let marks = entry.marks.into_iter().map(|mark| Mark::new(mark, words)).collect::<Result<_, _>>()?;
        let says = entry.says.try_map(&mut |text| words.text(text))?;
        Ok(Self {
            event: Reference::from(provenance),
            recorded_at: provenance.recorded_at,
            actor: provenance.actor.clone(),
            actor_basis: provenance.actor_basis,
            asserted_by: provenance.asserted_by.clone(),
            effective: match effective {
                Some(effective) => Some(effective.try_map(&mut |text| words.text(text))?.into()),
                None => None,
            },
            source: provenance.source.as_ref().map(SourceReference::from),
            source_url: source_url(&says).cloned(),
            reason: words.text_if(reason)?,
            in_force: entry.in_force,
            regress,
            says: Content::of(says),
            target: entry.target.as_ref().map(Reference::from),
            root: entry.root.as_ref().map(Reference::from),
            change: entry.difference.map(|difference| Change::new(difference, words)).transpose()?,
            marks,
        })
    }
}

/// Where an event says that it can be read; evidence says so in its content.
const fn source_url(data: &Data<Text>) -> Option<&Text> {
    match data {
        Data::RecommendationAmended(data) => data.source_url.as_ref(),
        Data::StatusReported(data) => data.source_url.as_ref(),
        Data::StatusVerified(data) => data.source_url.as_ref(),
        Data::NoteRecorded(data) => data.source_url.as_ref(),
        Data::ClaimRecorded(data) => data.source_url.as_ref(),
        Data::EventCorrected(data) => data.source_url.as_ref(),
        _ => None,
    }
}

impl Change {
    fn new(difference: Difference<SealedText>, words: &mut Finder<'_>) -> Result<Self, LedgerError> {
        let (before, after) = match difference {
            Difference::Status { before, after } => {
                let mut statement =
                    |view| Ok::<_, LedgerError>(Content::Statement(Box::new(Statement::new(view, words)?)));
                let before = before.map(|view| statement(*view)).transpose()?;
                (before, after.map(|view| statement(*view)).transpose()?)
            }
            Difference::Recommendation { before, after } => {
                let mut facts =
                    |facts| Ok::<_, LedgerError>(Content::Recommendation(NumberAndText::new(facts, words)?));
                let before = before.map(&mut facts).transpose()?;
                (before, after.map(&mut facts).transpose()?)
            }
            Difference::Vocabulary { before, after } => (
                before.map(|before| Content::Words((&before).into())),
                after.map(|after| Content::Words((&after).into())),
            ),
            Difference::Content { before, after } => {
                let mut content = |data: Data<_>| {
                    Ok::<_, LedgerError>(Content::of(data.try_map(&mut |text| words.text(text))?))
                };
                let before = before.map(|data| content(*data)).transpose()?;
                (before, after.map(|data| content(*data)).transpose()?)
            }
        };
        Ok(Self { before, after })
    }
}

impl Mark {
    pub(super) fn new(
        mark: docket_projection::Mark<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let reason = mark.data.reason().copied();
        Ok(Self {
            event: Reference::from(&mark.provenance),
            recorded_at: mark.provenance.recorded_at,
            actor: mark.provenance.actor,
            in_force: mark.in_force,
            says: Content::of(mark.data.try_map(&mut |text| words.text(text))?),
            reason: words.text_if(reason)?,
        })
    }

    /// The id of its event.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.event.event
    }

    /// The type of its event.
    #[must_use]
    pub const fn kind(&self) -> EventKind {
        self.event.kind
    }
}
