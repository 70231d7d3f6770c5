//! The sections of the report as they are answered. Every figure names the events behind it.

use docket_domain::term::Reporting;
use docket_domain::{Asserter, Key, Label, RegisterId, StateName, Zone};
use docket_projection::Certainty;
use docket_projection::report::Days as KnownDays;
use serde::Serialize;

use super::super::query::Basis;
use super::super::text::Text;
use super::super::wire::{Interval, Reference, certainty, shown, shown_each, shown_if};
pub use super::accounts::{
    ClaimSection, ClaimedFigure, ContradictingNote, Contradiction, CorrectionsSection, Disagreement,
    FindingsSection, Month, NamedFigure, QualitySection, Source,
};
use super::cite::{Citation, Figure, Place};

/// The accountability report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportAnswer {
    /// What it was computed from.
    pub basis: Basis,
    /// What it is compared with; null where there is nothing to compare with.
    pub since: Option<Basis>,
    /// The register; null where there is none yet.
    pub register: Option<ReportedRegister>,
    /// How many stand where.
    pub counts: CountsSection,
    /// What moved since the other basis; null where there is none.
    pub moved: Option<MovedSection>,
    /// Where each recommendation stands, for how long, and when it was last heard of.
    pub recommendations: Vec<RecommendationStanding>,
    /// For how long nothing was heard.
    pub staleness: StalenessSection,
    /// Who says anything at all.
    pub notes: NotesSection,
    /// What was promised, and what waits.
    pub promises: PromisesSection,
    /// What was corrected, and what came late.
    pub corrections: CorrectionsSection,
    /// What was claimed in public, beside the log.
    pub claims: Vec<ClaimSection>,
    /// What reviewers found.
    pub findings: FindingsSection,
    /// What all of this rests on.
    pub data_quality: QualitySection,
    /// Every event that a figure names, in the order of the log.
    pub events: Vec<Reference>,
    /// The zone in which to print times.
    #[serde(skip)]
    pub zone: Zone,
}

/// Whose report it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedRegister {
    /// Its id.
    #[serde(serialize_with = "shown")]
    pub register: RegisterId,
    /// Its title.
    pub title: Text,
    /// Whose recommendations they are.
    #[serde(serialize_with = "shown")]
    pub publisher: Asserter,
    /// The zone in which its dates are read.
    #[serde(serialize_with = "shown")]
    pub time_zone: Zone,
    /// How many recommendations it is known to have.
    pub expected_count: Option<u32>,
    /// Its opening.
    pub event: Citation,
}

/// Counts on every axis. Each axis adds up to `recommendations`, its `of_known` to `known`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountsSection {
    /// All recommendations: the first denominator.
    pub recommendations: Figure,
    /// Those whose status is known: the second denominator.
    pub known: Figure,
    /// Those whose status is lost with a damaged source.
    pub unknown: Figure,
    /// Those that nothing is stated about yet.
    pub not_yet_stated: Figure,
    /// The label exactly as printed.
    pub labels: Vec<AxisCount>,
    /// The mapped state.
    pub states: Vec<AxisCount>,
    /// What is said about the reporting.
    pub reporting: Vec<AxisCount>,
    /// What reviewers found.
    pub verified: Vec<AxisCount>,
    /// How certain the status is at the date asked about.
    pub certainty: Vec<AxisCount>,
    /// How the number is known.
    pub numbers: Vec<AxisCount>,
}

/// How many stand at one place of an axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AxisCount {
    /// The place.
    #[serde(flatten)]
    pub place: Place,
    /// How many, of all.
    #[serde(flatten)]
    pub figure: Figure,
    /// How many, of those whose status is known.
    pub of_known: u64,
}

/// What moved. The cells of a matrix add up to the recommendations that both bases know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedSection {
    /// From state to state.
    pub states: Vec<MatrixCell>,
    /// From reporting to reporting.
    pub reporting: Vec<MatrixCell>,
    /// Those that stand in a lower state.
    pub regressions: Vec<Regression>,
    /// Amended texts.
    pub reworded: Vec<Named>,
    /// Recommendations that came.
    pub added: Vec<Named>,
    /// Recommendations that were withdrawn.
    pub vanished: Vec<Named>,
    /// Recommendations of which an earlier document speaks and the newest one does not.
    pub absent_from_newest: Vec<Named>,
}

/// Recommendations that stood at one place and stand at another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatrixCell {
    /// Where they stood.
    pub from: Place,
    /// Where they stand.
    pub to: Place,
    /// How many.
    #[serde(flatten)]
    pub figure: Figure,
}

/// A recommendation that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Regression {
    /// Its key.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// The state before.
    #[serde(serialize_with = "shown")]
    pub from: StateName,
    /// The state after.
    #[serde(serialize_with = "shown")]
    pub to: StateName,
    /// The event that states it.
    pub event: Citation,
}

/// A recommendation with the event that is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its key.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// The event.
    pub event: Citation,
}

/// A number of days, as far as the dates allow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Days {
    /// No fewer than these; null where no date is known.
    pub at_least: Option<u64>,
    /// No more than these; null where it may be longer than anything recorded.
    pub at_most: Option<u64>,
}

impl From<KnownDays> for Days {
    fn from(KnownDays { at_least, at_most }: KnownDays) -> Self {
        Self { at_least, at_most }
    }
}

/// Where a recommendation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecommendationStanding {
    /// Its permanent key.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// Its number.
    pub number: Option<u32>,
    /// Its text, as far as it is known.
    pub text: Option<Text>,
    /// The label exactly as printed.
    #[serde(serialize_with = "shown_if")]
    pub label: Option<Label>,
    /// The state that stands.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// What the latest statement says about the reporting.
    #[serde(serialize_with = "shown_if")]
    pub reporting: Option<Reporting>,
    /// Whether that is certain at the date asked about.
    #[serde(serialize_with = "certainty")]
    pub certainty: Option<Certainty>,
    /// Since when it stands there; null where nothing is stated yet.
    pub since: Option<StandsSince>,
    /// When a note last said something.
    pub last_substance: Heard,
    /// When anything was last heard.
    pub last_contact: Heard,
    /// Every counted statement, in order.
    pub history: Vec<HistoryEntry>,
}

/// Since when a recommendation stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandsSince {
    /// The statement with which it came there.
    pub event: Citation,
    /// When that began.
    pub effective: Interval,
    /// For how many days.
    pub days: Days,
    /// Whether it certainly had begun by the day asked about.
    pub begun: bool,
    /// The last statement that says so.
    pub last_stated: Citation,
}

/// When something was last heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// `dated`, `undated`, `never`, or `lost` where the source is damaged.
    pub kind: &'static str,
    /// How many days ago.
    pub days: Days,
    /// What was heard.
    pub event: Option<Citation>,
}

/// A statement in the history of a recommendation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// The statement.
    pub event: Citation,
    /// When it began.
    pub effective: Interval,
    /// The label exactly as printed.
    #[serde(serialize_with = "shown_if")]
    pub label: Option<Label>,
    /// The state that it states itself.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// What it says about the reporting.
    #[serde(serialize_with = "shown")]
    pub reporting: Reporting,
    /// Whether it was recorded as going back.
    pub regress: bool,
}

/// For how long nothing was heard, in two senses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StalenessSection {
    /// Since a note last said something.
    pub substance: StalenessBands,
    /// Since anything was heard: "no update" and repetitions included.
    pub contact: StalenessBands,
}

/// Recommendations by days. Bands, undated, never and lost add up to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StalenessBands {
    /// By the fewest days that the dates allow.
    pub bands: Vec<Band>,
    /// Heard, at no known date.
    pub undated: Figure,
    /// Never heard.
    pub never: Figure,
    /// The source is damaged: not known.
    pub lost: Figure,
}

/// Recommendations in one band of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    /// The fewest days.
    pub from_days: u64,
    /// The most days; null for the last band.
    pub to_days: Option<u64>,
    /// How many.
    #[serde(flatten)]
    pub figure: Figure,
    /// How many of them may belong to an older band.
    pub may_be_older: u64,
}

/// Who says anything. With a note, empty, lost and not yet stated add up to all recommendations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotesSection {
    /// Recommendations with a progress note: the sum of the two below it.
    pub with_note: Figure,
    /// Those with a progress note that says something.
    pub with_substance: Figure,
    /// Those whose progress notes only say that there is no update.
    pub only_no_update: Figure,
    /// Recommendations of known status without a progress note.
    pub empty: Figure,
    /// Those that are lost with a damaged source: whether there was a note is not known.
    pub lost: Figure,
    /// Those that nothing is stated about yet, without a note.
    pub not_yet_stated: Figure,
    /// Notes that only say that there is no update, by the rule of the report.
    pub no_update_notes: Figure,
    /// Notes that repeat an earlier one of the same recommendation word for word.
    pub repeated_notes: Figure,
    /// Older answers that survive elsewhere in a source.
    pub earlier_answers: Figure,
    /// Remarks of the register's keeper.
    pub annotations: Figure,
    /// Notes whose words were destroyed.
    pub redacted_notes: Figure,
}

/// Promises and what holds them up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromisesSection {
    /// Target dates of work that is not closed.
    pub open: Figure,
    /// Those that have passed, or may have.
    pub overdue: Vec<Overdue>,
    /// Those of no known date.
    pub undated: Figure,
    /// Recommendations that wait for others.
    pub blocked: Vec<Blocked>,
    /// By owner, the owner with the most open work first.
    pub owners: Vec<Owner>,
    /// Recommendations without a recorded owner.
    pub without_owner: Figure,
}

/// A promise whose date has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// The recommendation.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// The date promised.
    pub target: Interval,
    /// For how many days.
    pub days: Days,
    /// Whether the whole interval has passed.
    pub certain: bool,
    /// The state that stands.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// Who is responsible.
    pub owner: Option<Text>,
    /// The promise.
    pub event: Citation,
}

/// A recommendation that waits for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The recommendation.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// What it waits for.
    pub by: Vec<Named>,
    /// The longest chain of what waits for what, as far as it is printed.
    #[serde(serialize_with = "shown_each")]
    pub chain: Vec<Key>,
    /// How many recommendations it has.
    pub chain_length: u64,
    /// Whether it leads back to itself.
    pub circular: bool,
}

/// What an owner is responsible for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// Who.
    pub owner: Text,
    /// Recommendations, by their assignment.
    pub recommendations: Figure,
    /// Those that are not closed.
    pub open: Figure,
    /// Those whose promise has passed, or may have.
    pub overdue: Figure,
}
