//! How good the record is, as it is answered: corrections, claims, findings, data quality.

use docket_domain::{Asserter, Key, StateName};
use serde::Serialize;

use super::super::text::Text;
use super::super::wire::{Interval, shown, shown_if};
use super::cite::{Citation, Figure};

/// What was corrected, and what came late, over everything known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrectionsSection {
    /// Entries about the register.
    pub entries: u64,
    /// Corrections in force.
    pub corrections: Figure,
    /// Retractions in force.
    pub retractions: Figure,
    /// Redactions.
    pub redactions: Figure,
    /// From how many days on an entry counts as late.
    pub late_after_days: u64,
    /// By the month of recording.
    pub months: Vec<Month>,
}

/// What was recorded in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Month {
    /// The month, as `2025-07`.
    pub month: String,
    /// Entries of every type.
    pub entries: u64,
    /// Statements that say when they began.
    pub dated: u64,
    /// Statements of unknown date.
    pub undated: u64,
    /// Those that came late.
    pub late: Figure,
    /// The middle lag in days.
    pub median_days: Option<u64>,
    /// The longest lag in days.
    pub max_days: Option<u64>,
}

/// A public claim beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimSection {
    /// The claim.
    pub event: Citation,
    /// Who made it.
    #[serde(serialize_with = "shown")]
    pub asserted_by: Asserter,
    /// The day that it speaks of.
    pub effective: Interval,
    /// Its words.
    pub text: Text,
    /// Where it can be read.
    pub source_url: Option<Text>,
    /// Its figures.
    pub figures: Vec<ClaimedFigure>,
    /// Rows that are lost with a damaged source at that date.
    pub unknown: Figure,
    /// Rows that the log states nothing about at that date.
    pub not_yet_stated: Figure,
    /// What the figures come to together: `agrees`, `cannot-be-refuted`, `contradicts` or `not-comparable`.
    pub verdict: &'static str,
    /// The same, as known when the claim was recorded.
    pub verdict_then: &'static str,
}

/// One figure of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimedFigure {
    /// What is counted.
    pub name: String,
    /// What is claimed.
    pub claimed: u64,
    /// What the log says; null where it cannot be compared.
    pub logged: Option<Figure>,
    /// What the log said when the claim was recorded.
    pub logged_then: Option<u64>,
    /// How much more is claimed than the log says; negative where less is.
    pub difference: Option<i64>,
    /// What the figure alone comes to.
    pub verdict: &'static str,
}

/// What reviewers found about the statements that stand. The four figures add up to all recommendations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingsSection {
    /// A reviewer agrees.
    pub agrees: Figure,
    /// A reviewer disagrees.
    pub disagrees: Figure,
    /// Nobody judged it.
    pub unreviewed: Figure,
    /// There is no known statement to judge.
    pub nothing_to_review: Figure,
    /// The disagreements.
    pub disagreements: Vec<Disagreement>,
    /// Findings on a statement that was corrected afterwards.
    pub claim_corrected_since: Figure,
}

/// A finding that disagrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The recommendation.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// The state claimed.
    #[serde(serialize_with = "shown_if")]
    pub claimed: Option<StateName>,
    /// The state found.
    #[serde(serialize_with = "shown_if")]
    pub found: Option<StateName>,
    /// The claim.
    pub claim: Citation,
    /// The finding.
    pub finding: Citation,
}

/// What the figures rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QualitySection {
    /// How much of each text is known.
    pub texts: Vec<NamedFigure>,
    /// Rows without damage.
    pub undamaged: Figure,
    /// Rows by what is damaged.
    pub damage: Vec<NamedFigure>,
    /// Statements and notes by where their date comes from; the last is those of unknown date.
    pub dates: Vec<NamedFigure>,
    /// Documents, oldest recorded first.
    pub sources: Vec<Source>,
    /// Notes that stand word for word in several recommendations of different states.
    pub contradictions: Vec<Contradiction>,
}

/// A figure with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedFigure {
    /// What is counted.
    pub name: String,
    /// How many.
    #[serde(flatten)]
    pub figure: Figure,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its event.
    pub event: Citation,
    /// Its title.
    pub title: Text,
    /// Its SHA-256.
    pub sha256: String,
    /// Who published it.
    #[serde(serialize_with = "shown")]
    pub publisher: Asserter,
    /// When what it states was true.
    pub effective: Interval,
    /// How that was derived.
    pub derivation: Option<Text>,
    /// Its lines that belong to no recommendation.
    pub fragments: Figure,
}

/// The same words under different states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// The words.
    pub text: Text,
    /// Where they stand.
    pub recommendations: Vec<ContradictingNote>,
}

/// One place of the same words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContradictingNote {
    /// The recommendation.
    #[serde(serialize_with = "shown")]
    pub key: Key,
    /// The state that stands.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// The note.
    pub note: Citation,
}
