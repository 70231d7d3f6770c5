//! A status statement with its words: the `status` of DESIGN section 10.

use docket_domain::term::Reporting;
use docket_domain::{Actor, Asserter, EventId, Label, StateName, Timestamp};
use docket_log::seal::SealedText;
use docket_projection::{Certainty, StatementView, StatusView};
use serde::Serialize;

use super::text::{Finder, Text};
use super::timeline::Mark;
use super::wire::{Interval, SourceReference, certainty, shown, shown_if};
use crate::error::LedgerError;

/// A status statement, corrections applied, with what earlier ones leave standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The label exactly as printed; null where the source is damaged.
    #[serde(serialize_with = "shown_if")]
    pub label: Option<Label>,
    /// The state from the last statement up to this one that states one.
    #[serde(serialize_with = "shown_if")]
    pub state: Option<StateName>,
    /// The event that states it.
    #[serde(serialize_with = "shown_if")]
    pub state_event: Option<EventId>,
    /// What the statement says about the reporting.
    #[serde(serialize_with = "shown")]
    pub reporting: Reporting,
    /// Whether it is certain at the date asked about; absent in a change, which is not about one date.
    #[serde(serialize_with = "certainty", skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
    /// When it began.
    pub effective: Interval,
    /// The statement's event.
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
    /// The version of its event within its recommendation.
    pub version: u64,
    /// Whether the interval is inferred: then "certain" reads "certain (date inferred)".
    pub inferred: bool,
    /// Whether it was recorded as going back to a lower state.
    pub regress: bool,
    /// Why, where a reason was given.
    pub reason: Option<Text>,
    /// Where it can be read.
    pub source_url: Option<Text>,
    /// From which lines of which document.
    pub source: Option<SourceReference>,
    /// The corrections in force that made it what it is, oldest first.
    pub corrected: Vec<Mark>,
    /// The last certain statement, where this one is only possible and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_certain: Option<Box<Statement>>,
}

impl Statement {
    /// A statement without regard to a date.
    pub(super) fn new(view: StatementView<SealedText>, words: &mut Finder<'_>) -> Result<Self, LedgerError> {
        let provenance = view.provenance;
        let corrected =
            view.corrected_by.into_iter().map(|mark| Mark::new(mark, words)).collect::<Result<_, _>>()?;
        Ok(Self {
            label: view.label,
            state: view.state,
            state_event: view.state_event,
            reporting: view.reporting,
            certainty: None,
            effective: view.effective.try_map(&mut |text| words.text(text))?.into(),
            event: provenance.event,
            recorded_at: provenance.recorded_at,
            actor: provenance.actor,
            asserted_by: provenance.asserted_by,
            version: provenance.version,
            inferred: view.inferred,
            regress: view.regress,
            reason: words.text_if(view.reason)?,
            source_url: words.text_if(view.source_url)?,
            source: provenance.source.as_ref().map(SourceReference::from),
            corrected,
            last_certain: None,
        })
    }

    /// The status at a date.
    pub(super) fn of_status(
        view: StatusView<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let last_certain = match view.last_certain {
            Some(last) => {
                let statement = Self::new(*last, words)?;
                Some(Box::new(Self { certainty: Some(Certainty::Certain), ..statement }))
            }
            None => None,
        };
        let statement = Self::new(view.statement, words)?;
        Ok(Self { certainty: Some(view.certainty), last_certain, ..statement })
    }
}
