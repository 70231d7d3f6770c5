//! What distinguishes the steps of a row.

use docket_domain::EventId;

use super::Target;
use crate::import::{LineRange, Row};
use crate::next::step::{Agreement, StepKind};

/// What distinguishes one step of a row.
pub(super) struct Piece<'p> {
    pub(super) row: String,
    pub(super) suffix: &'p str,
    pub(super) kind: StepKind,
    pub(super) recommendation: String,
    pub(super) lines: Vec<LineRange>,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
    pub(super) regress: bool,
    pub(super) repeats: Option<EventId>,
    pub(super) evidence: String,
    pub(super) agreement: Option<Agreement>,
    pub(super) problem: Option<String>,
    pub(super) difference: Option<String>,
    pub(super) requires: Option<String>,
    pub(super) copy: Option<String>,
}

impl Piece<'_> {
    pub(super) fn named(row: String, recommendation: String) -> Self {
        Self {
            row,
            suffix: "",
            kind: StepKind::Note,
            recommendation,
            lines: Vec::new(),
            old: None,
            new: None,
            regress: false,
            repeats: None,
            evidence: String::new(),
            agreement: None,
            problem: None,
            difference: None,
            requires: None,
            copy: None,
        }
    }

    pub(super) fn of(row: &Row, target: &Target<'_>) -> Self {
        Self {
            lines: row.lines.clone(),
            evidence: target.evidence.clone(),
            agreement: target.agreement.clone(),
            problem: target.problem.clone(),
            requires: target.requires.clone(),
            copy: target.copy.clone(),
            ..Self::named(row.key.clone(), target.key())
        }
    }
}
