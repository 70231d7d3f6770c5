//! What somebody asks to have recorded.

use crate::effective::Effective;
use crate::event::{Data, SourceLines};
use crate::id::{Actor, Asserter, CommandId, EventId, Label};
use crate::subject::Subject;
use crate::term::ActorBasis;

/// Steps that are recorded all or none, under an id that makes a repeat harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its id, scoped to its actor.
    pub id: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
    /// What is to be recorded, in order; a later step sees the earlier ones.
    pub steps: Vec<Step>,
}

/// One event to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The id that the event will have: fixed when the command is accepted, so that retries keep it.
    pub event: EventId,
    /// What it is about.
    pub subject: Subject,
    /// The version that the subject must have now, where the recorder says.
    pub expect_version: Option<u64>,
    /// What is to be said.
    pub action: Action,
}

/// What a step says: in full, or to be completed from what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A status by its label; state and reporting come from the register's vocabulary.
    ReportStatus(ReportStatus),
    /// Changes to an earlier status or note.
    Correct(Change),
    /// Data as it will stand in the event; intervals of basis `recorded` are filled in.
    Record(Data<String>),
}

/// A status as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportStatus {
    /// The label, exactly as the register's vocabulary has it.
    pub label: Label,
    /// When it began; nothing for "when it was recorded".
    pub effective: Option<Effective<String>>,
    /// On whose word; nothing for the register's publisher.
    pub asserter: Option<Asserter>,
    /// Why; needed where the state goes back.
    pub reason: Option<String>,
    /// Where it can be read.
    pub source_url: Option<String>,
    /// The source that prints it: then a step back needs no reason, it is recorded and flagged.
    pub source: Option<SourceLines>,
}

/// What changes in an earlier event. What is absent stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The event.
    pub target: EventId,
    /// The right label.
    pub label: Option<Label>,
    /// The right words.
    pub text: Option<String>,
    /// The right interval.
    pub effective: Option<Effective<String>>,
    /// Why.
    pub reason: String,
    /// Where it can be read.
    pub source_url: Option<String>,
    /// From which source.
    pub source: Option<SourceLines>,
}
