//! The vocabulary of a register: what each label means, and the order of the states.

use docket_domain::{Actor, RegisterId, Timestamp, Zone};
use docket_projection::ProjectionError;
use serde::Serialize;

use super::content::Words;
use super::query::{Asked, Basis, Query};
use super::text::{Finder, Text};
use super::wire::{Reference, shown};
use crate::error::LedgerError;
use crate::ledger::Reader;

/// A vocabulary as known at the basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VocabularyAnswer {
    /// What it was computed from.
    pub basis: Basis,
    /// The register.
    #[serde(serialize_with = "shown")]
    pub register: RegisterId,
    /// Labels and states that hold.
    pub vocabulary: Words,
    /// The events that gave it, oldest first; the last one holds.
    pub versions: Vec<VocabularyVersion>,
    /// The register's zone.
    #[serde(skip)]
    pub zone: Zone,
}

/// One version of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VocabularyVersion {
    /// The event that gives it.
    pub event: Reference,
    /// When it was recorded.
    #[serde(serialize_with = "shown")]
    pub recorded_at: Timestamp,
    /// Who recorded it.
    #[serde(serialize_with = "shown")]
    pub actor: Actor,
    /// Why it was revised; null for the first.
    pub reason: Option<Text>,
    /// All of it.
    pub vocabulary: Words,
}

/// The vocabulary of a register.
pub fn vocabulary(reader: &Reader, query: &Query, now: Timestamp) -> Result<VocabularyAnswer, LedgerError> {
    let asked = Asked::new(reader, query, now)?;
    let Some(register) = asked.register.clone() else {
        return Err(
            ProjectionError::RegisterNeeded { value: "the vocabulary".to_owned(), registers: 0 }.into()
        );
    };
    let view = asked
        .known(|knowledge| knowledge.register(&register))
        .ok_or_else(|| LedgerError::NoRegister { register: register.clone() })?;
    let mut words = Finder::new(reader);
    let mut versions = Vec::new();
    for version in view.vocabulary_versions {
        versions.push(VocabularyVersion {
            event: (&version.provenance).into(),
            recorded_at: version.provenance.recorded_at,
            actor: version.provenance.actor.clone(),
            reason: words.text_if(version.reason)?,
            vocabulary: (&version.vocabulary).into(),
        });
    }
    Ok(VocabularyAnswer {
        basis: asked.basis()?,
        vocabulary: (&view.vocabulary).into(),
        register,
        versions,
        zone: asked.zone,
    })
}
