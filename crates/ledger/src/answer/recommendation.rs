//! A recommendation and the list of a register: the JSON of DESIGN section 10, with what adds to it after the fixed fields.

use docket_domain::event::{NoteRecorded, StatusVerified};
use docket_domain::term::{NoteRole, NumberBasis, TextBasis, Visibility};
use docket_domain::{Actor, Asserter, EventId, Key, RegisterId, StateName, Timestamp, Zone};
use docket_log::seal::SealedText;
use docket_projection::{Fact, Page, Provenance, RecommendationView};
use serde::Serialize;

use super::content::{Assigned, AttachedEvidence};
use super::counts::Counts;
use super::query::{Asked, Basis, Query};
use super::statement::Statement;
use super::text::{Finder, Text, repeats};
use super::timeline::Mark;
use super::wire::{Interval, SourceReference, shown, shown_each, shown_if};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// The recommendations of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListAnswer {
    /// What it was computed from.
    pub basis: Basis,
    /// In the order of the register: by number, those without one after them.
    pub recommendations: Vec<Recommendation>,
    /// How many stand where.
    pub counts: Counts,
    /// The zone in which to print times.
    #[serde(skip)]
    pub zone: Zone,
}

/// A recommendation at a date, as known at a size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// Its register.
    #[serde(serialize_with = "shown")]
    pub register: RegisterId,
    /// Its permanent key.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// Its number; null where it has none or it is not known.
    pub number: Option<u32>,
    /// How the number is known.
    #[serde(serialize_with = "shown")]
    pub number_basis: NumberBasis,
    /// Its text, as far as it is known; null where nothing is.
    pub text: Option<Text>,
    /// How much of the text is known.
    #[serde(serialize_with = "shown")]
    pub text_basis: TextBasis,
    /// How many events about it are known.
    pub version: u64,
    /// Its status; null where nothing is stated yet.
    pub status: Option<Statement>,
    /// The latest finding on the statement that its status is.
    pub verified: Option<Finding>,
    /// Its notes, oldest first, one of unknown date before all others.
    pub notes: Vec<Note>,
    /// The lines of its row; null where it was not read from a source.
    pub source: Option<SourceReference>,
    /// What is damaged in its row.
    pub damage: Vec<Damage>,
    /// The number as printed.
    pub number_printed: Option<String>,
    /// The assignments that hold.
    pub assignments: Assignments,
    /// The evidence attached, oldest recorded first.
    pub evidence: Vec<Evidence>,
}

/// A reviewer's finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether it agrees with the claim.
    pub agrees: bool,
    /// The state that was found.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// Its event.
    #[serde(serialize_with = "shown")]
    pub event: EventId,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// Whose finding it is.
    #[serde(serialize_with = "shown")]
    pub asserted_by: Asserter,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// When it was found.
    pub effective: Interval,
    /// What was found.
    pub comment: Option<Text>,
    /// Where it can be read.
    pub source_url: Option<Text>,
    /// The evidence that was looked at.
    #[serde(serialize_with = "shown_each")]
    pub evidence: Vec<EventId>,
    /// Whether the claim was corrected after it was judged: what was judged is not what now stands.
    pub claim_corrected_since: bool,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Its words, corrections applied.
    pub text: Text,
    /// What kind of note it is.
    #[serde(serialize_with = "shown")]
    pub role: NoteRole,
    /// Its event.
    #[serde(serialize_with = "shown")]
    pub event: EventId,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// When what it says was true.
    pub effective: Interval,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// On whose word.
    #[serde(serialize_with = "shown")]
    pub asserted_by: Asserter,
    /// Who may read it.
    #[serde(serialize_with = "shown")]
    pub visibility: Visibility,
    /// The version of its event within its recommendation.
    pub version: u64,
    /// From which lines of which document.
    pub source: Option<SourceReference>,
    /// Where it can be read.
    pub source_url: Option<Text>,
    /// Why it was recorded, where that was said.
    pub reason: Option<Text>,
    /// The event of the earlier note that it repeats word for word; left out for a note with words of its own.
    #[serde(serialize_with = "shown_if", skip_serializing_if = "Option::is_none")]
    pub repeats: Option<EventId>,
    /// The corrections in force that made it what it is, oldest first.
    pub corrected: Vec<Mark>,
}

/// Something that is damaged in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// What kind of damage.
    pub code: String,
    /// What exactly, and what was decided.
    pub note: Option<Text>,
}

/// The assignments that hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignments {
    /// Who is responsible.
    pub owner: Option<Assignment>,
    /// Which group it is counted in.
    pub category: Option<Assignment>,
    /// When it is promised for.
    pub target_date: Option<Assignment>,
    /// Which other recommendations it waits for.
    pub dependencies: Vec<Assignment>,
}

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// What is assigned: attribute, change, value, target, dependency.
    #[serde(flatten)]
    pub assigned: Assigned,
    /// Its event.
    #[serde(serialize_with = "shown")]
    pub event: EventId,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Since when it holds.
    pub effective: Interval,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// On whose word.
    #[serde(serialize_with = "shown")]
    pub asserted_by: Asserter,
    /// From which lines of which document.
    pub source: Option<SourceReference>,
    /// Why.
    pub reason: Option<Text>,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it is: title, url, sha256, size, `media_type`, supports.
    #[serde(flatten)]
    pub attached: AttachedEvidence,
    /// Its event.
    #[serde(serialize_with = "shown")]
    pub event: EventId,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// On whose word.
    #[serde(serialize_with = "shown_if")]
    pub asserted_by: Option<Asserter>,
}

type View = RecommendationView<SealedText>;

/// The recommendations of the register meant; none where there is no register yet.
pub fn list(reader: &Reader, query: &Query, now: Timestamp) -> Result<ListAnswer, LedgerError> {
    list_page(reader, query, Page::ALL, now)
}

/// A page of them; the counts are of all.
pub fn list_page(
    reader: &Reader,
    query: &Query,
    page: Page,
    now: Timestamp,
) -> Result<ListAnswer, LedgerError> {
    let asked = Asked::new(reader, query, now)?;
    let at = asked.bound()?;
    let views = match &asked.register {
        Some(register) => asked.known(|knowledge| knowledge.list_page(register, at, asked.audience, page))?,
        None => Vec::new(),
    };
    let words = &mut Finder::new(reader);
    let recommendations =
        views.into_iter().map(|view| Recommendation::new(view, words)).collect::<Result<_, _>>()?;
    Ok(ListAnswer { basis: asked.basis()?, recommendations, counts: Counts::of(&asked)?, zone: asked.zone })
}

impl Recommendation {
    pub(super) fn new(view: View, words: &mut Finder<'_>) -> Result<Self, LedgerError> {
        let registered = view.registered;
        let damage = registered.content.damage.into_iter().map(|damage| {
            let damage = damage.try_map(&mut |text| words.text(text))?;
            Ok::<_, LedgerError>(Damage { code: damage.code, note: damage.note })
        });
        Ok(Self {
            damage: damage.collect::<Result<_, _>>()?,
            register: view.register,
            key: view.key,
            number: view.facts.number,
            number_basis: view.facts.number_basis,
            number_printed: view.facts.number_printed,
            text: words.text_if(view.facts.text)?,
            text_basis: view.facts.text_basis,
            version: view.version,
            status: view.status.map(|status| Statement::of_status(status, words)).transpose()?,
            verified: view.verified.map(|finding| Finding::new(finding, words)).transpose()?,
            notes: view.notes.into_iter().map(|note| Note::new(note, words)).collect::<Result<_, _>>()?,
            source: registered.provenance.source.as_ref().map(SourceReference::from),
            assignments: Assignments::new(view.assignments, words)?,
            evidence: view
                .evidence
                .into_iter()
                .map(|evidence| Evidence::new(evidence, words))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Finding {
    fn new(
        finding: docket_projection::Finding<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let Fact { provenance, content, .. } = finding.finding;
        let content: StatusVerified<Text> = content.try_map(&mut |text| words.text(text))?;
        Ok(Self {
            agrees: content.agrees,
            state: content.state,
            event: provenance.event,
            actor: provenance.actor,
            asserted_by: content.asserter,
            recorded_at: provenance.recorded_at,
            effective: content.effective.into(),
            comment: content.comment,
            source_url: content.source_url,
            evidence: content.evidence,
            claim_corrected_since: finding.claim_corrected_since,
        })
    }
}

impl Note {
    fn new(note: docket_projection::Note<SealedText>, words: &mut Finder<'_>) -> Result<Self, LedgerError> {
        let Fact { provenance, content, corrected_by } = note;
        let content: NoteRecorded<Text> = content.try_map(&mut |text| words.text(text))?;
        Ok(Self {
            text: content.text,
            role: content.role,
            event: provenance.event,
            recorded_at: provenance.recorded_at,
            effective: content.effective.into(),
            actor: provenance.actor,
            asserted_by: content.asserter,
            visibility: content.visibility,
            version: provenance.version,
            source: content.source.as_ref().map(SourceReference::from),
            source_url: content.source_url,
            // Words that were corrected since are no longer those of the earlier note.
            repeats: repeats(content.reason.as_ref()).filter(|_| corrected_by.is_empty()),
            reason: content.reason,
            corrected: corrected_by
                .into_iter()
                .map(|mark| Mark::new(mark, words))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl Assignments {
    fn new(
        assignments: docket_projection::Assignments<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let docket_projection::Assignments { owner, category, target_date, dependencies } = assignments;
        let mut assignment = |assignment| Assignment::new(assignment, words);
        Ok(Self {
            owner: owner.map(&mut assignment).transpose()?,
            category: category.map(&mut assignment).transpose()?,
            target_date: target_date.map(&mut assignment).transpose()?,
            dependencies: dependencies.into_iter().map(&mut assignment).collect::<Result<_, _>>()?,
        })
    }
}

impl Assignment {
    fn new(
        assignment: docket_projection::Assignment<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let Provenance { event, recorded_at, actor, .. } = assignment.provenance;
        let content = assignment.content.try_map(&mut |text| words.text(text))?;
        Ok(Self {
            event,
            recorded_at,
            effective: content.effective.clone().into(),
            actor,
            asserted_by: content.asserter.clone(),
            source: content.source.as_ref().map(SourceReference::from),
            reason: content.reason.clone(),
            assigned: content.into(),
        })
    }
}

impl Evidence {
    fn new(
        evidence: docket_projection::Evidence<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let Provenance { event, recorded_at, actor, asserted_by, .. } = evidence.provenance;
        let content = evidence.content.try_map(&mut |text| words.text(text))?;
        Ok(Self { attached: content.into(), event, recorded_at, actor, asserted_by })
    }
}
