//! The legal holds in force on a recommendation: who placed each, when, under what authority.

use docket_domain::event::HoldPlaced;
use docket_domain::{Actor, Timestamp};
use docket_log::seal::SealedText;
use serde::Serialize;

use super::text::{Finder, Text};
use super::wire::{Reference, shown};
use crate::error::LedgerError;

/// A legal hold in force. While it is, nothing of what it covers is redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// The event that placed it; its subject is what it covers: the recommendation, or the whole register.
    #[serde(flatten)]
    pub event: Reference,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who placed it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// Under which authority.
    pub authority: Text,
    /// Why.
    pub reason: Text,
}

impl Hold {
    pub(super) fn new(
        hold: docket_projection::Hold<SealedText>,
        words: &mut Finder<'_>,
    ) -> Result<Self, LedgerError> {
        let HoldPlaced { authority, reason } = hold.content;
        Ok(Self {
            event: Reference::from(&hold.provenance),
            recorded_at: hold.provenance.recorded_at,
            actor: hold.provenance.actor,
            authority: words.text(authority)?,
            reason: words.text(reason)?,
        })
    }
}
