//! A recommendation and the list of a register: the JSON of DESIGN section 10, with what adds to it after the fixed fields.

use docket_domain::event::{NoteRecorded, RecommendationAmended, RecommendationRegistered, StatusVerified};
use docket_domain::term::{NoteRole, NumberBasis, TextBasis, Visibility};
use docket_domain::{Actor, Asserter, EventId, Key, RegisterId, StateName, Subject, Timestamp, Zone};
use docket_log::seal::SealedText;
use docket_projection::{Fact, Page, Provenance, RecommendationView, TextRef};
use serde::Serialize;

use super::content::{Assigned, AttachedEvidence, NumberAndText};
use super::counts::Counts;
use super::hold::Hold;
use super::query::{Asked, Basis, Query};
use super::statement::Statement;
use super::text::{Finder, Text, repeats};
use super::timeline::Mark;
use super::wire::{Interval, Reference, SourceReference, shown, shown_each, shown_if};
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

impl Recommendation {
    fn new(view: View, words: &mut Finder<'_>) -> Result<Self, LedgerError> {
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
