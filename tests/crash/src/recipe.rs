//! Commands as the witness notes them: short, and complete enough to make the very same command again.
//!
//! A command that was acknowledged is submitted once more after each crash, and must be answered as a repeat. So what a recipe makes depends
//! on the recipe alone.

use docket_domain::command::ReportStatus;
use docket_domain::effective::{Effective, parse_effective};
use docket_domain::event::{EventRetracted, NoteRecorded, TextRedacted};
use docket_domain::id::IdError;
use docket_domain::term::{ActorBasis, NoteRole, Visibility};
use docket_domain::{
    Action, Actor, Asserter, Change, Command, Data, EventId, Key, Label, RegisterId, Step, Subject,
    Timestamp, Zone,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::CrashError;

/// The register that is recorded about: that of the seed.
pub const REGISTER: &str = "birmingham-crime-commission";
/// Who the recorder records as.
pub const ACTOR: &str = "recorder";
/// What every text of the suite begins with; the id of its event follows.
pub const MARKER: &str = "sealed-words-of-";

/// Who submits a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// The recorder, through the library. Ids of events are those of the recipe.
    Library,
    /// The `docket` binary. It makes the ids of events itself; those of the recipe only name the words.
    Binary,
}

/// A command, as the witness notes it before it is submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The id of the command.
    pub command: Uuid,
    /// Who submits it.
    pub via: Via,
    /// Its steps.
    pub steps: Vec<Ingredient>,
}

/// A step of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingredient {
    /// The id of the event.
    pub event: Uuid,
    /// The key of the recommendation.
    pub key: String,
    /// The version that the recommendation must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect_version: Option<u64>,
    /// What is recorded.
    pub act: Act,
}

/// What a step records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A note of about so many bytes; with a day, it is backdated to it.
    Note {
        /// The length of its text.
        bytes: usize,
        /// The day on which it became true.
        day: Option<String>,
    },
    /// A status.
    Status {
        /// The label.
        label: String,
        /// The day on which it began.
        day: Option<String>,
    },
    /// Other words for an earlier note.
    Correct {
        /// The note.
        target: Uuid,
        /// The length of the new words.
        bytes: usize,
    },
    /// An earlier note is taken back.
    Retract {
        /// The note.
        target: Uuid,
    },
    /// The words of an earlier note are destroyed.
    Redact {
        /// The note.
        target: Uuid,
    },
}

/// The words of an event: they name it, so that they can be searched for, and are found nowhere else.
#[must_use]
pub fn words(event: Uuid, bytes: usize) -> String {
    let mut text = format!("{MARKER}{event}");
    while text.len() + 23 <= bytes {
        text.push_str(" and so on for a while.");
    }
    text
}

impl Recipe {
    /// A note for the binary to record.
    #[must_use]
    pub fn note_by_binary(key: &str, bytes: usize) -> Self {
        let act = Act::Note { bytes, day: None };
        let step = Ingredient { event: Uuid::now_v7(), key: key.to_owned(), expect_version: None, act };
        Self { command: Uuid::now_v7(), via: Via::Binary, steps: vec![step] }
    }

    /// A redaction of a note's words by the binary.
    #[must_use]
    pub fn redaction_by_binary(key: &str, target: Uuid) -> Self {
        let act = Act::Redact { target };
        let step = Ingredient { event: Uuid::now_v7(), key: key.to_owned(), expect_version: None, act };
        Self { command: Uuid::now_v7(), via: Via::Binary, steps: vec![step] }
    }

    /// What the recipe makes.
    pub fn to_command(&self) -> Result<Command, CrashError> {
        let error = |reason: String| CrashError::Recipe { command: self.command, reason };
        Ok(Command {
            id: self.command.into(),
            actor: Actor::new(ACTOR).map_err(|source| error(source.to_string()))?,
            actor_basis: ActorBasis::Os,
            steps: self.steps.iter().map(|step| step.to_step().map_err(error)).collect::<Result<_, _>>()?,
        })
    }

    /// The notes whose words this command destroys.
    pub fn redacts(&self) -> impl Iterator<Item = Uuid> {
        self.steps.iter().filter_map(|step| match step.act {
            Act::Redact { target } => Some(target),
            _ => None,
        })
    }
}

impl Ingredient {
    /// The words that the event holds as its own text, where it has one.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        match &self.act {
            Act::Note { bytes, .. } | Act::Correct { bytes, .. } => Some(words(self.event, *bytes)),
            _ => None,
        }
    }

    fn to_step(&self) -> Result<Step, String> {
        let key = Key::new(&self.key).map_err(|error| said(&error))?;
        Ok(Step {
            event: self.event.into(),
            subject: Subject::Recommendation(RegisterId::new(REGISTER).map_err(|error| said(&error))?, key),
            expect_version: self.expect_version,
            action: self.action()?,
        })
    }

    fn action(&self) -> Result<Action, String> {
        Ok(match &self.act {
            Act::Note { day, .. } => Action::Record(Data::NoteRecorded(NoteRecorded {
                asserter: Asserter::new("City of Birmingham").map_err(|error| said(&error))?,
                effective: match day {
                    Some(day) => on(day)?,
                    None => Effective::recorded(Timestamp::EPOCH),
                },
                reason: None,
                role: NoteRole::Progress,
                source: None,
                source_url: None,
                text: self.words().unwrap_or_default(),
                visibility: Visibility::Public,
            })),
            Act::Status { label, day } => Action::ReportStatus(ReportStatus {
                label: Label::new(label).map_err(|error| said(&error))?,
                effective: day.as_deref().map(on).transpose()?,
                asserter: None,
                reason: Some("as the crash suite says".to_owned()),
                source_url: None,
                source: None,
            }),
            Act::Correct { target, .. } => Action::Correct(Change {
                target: EventId::from(*target),
                label: None,
                text: self.words(),
                effective: None,
                reason: "other words".to_owned(),
                source_url: None,
                source: None,
            }),
            Act::Retract { target } => Action::Record(Data::EventRetracted(EventRetracted {
                reason: "taken back".to_owned(),
                target: EventId::from(*target),
            })),
            Act::Redact { target } => Action::Record(Data::TextRedacted(TextRedacted {
                authority: "order of the crash suite".to_owned(),
                blob: None,
                field: Some(0),
                reason: "to be destroyed".to_owned(),
                target: EventId::from(*target),
            })),
        })
    }
}

/// A day as an interval, in the zone of the seed's register.
fn on(day: &str) -> Result<Effective<String>, String> {
    let zone = Zone::parse("America/Chicago").map_err(|source| source.to_string())?;
    parse_effective(day, zone).map_err(|source| source.to_string())
}

fn said(error: &IdError) -> String {
    error.to_string()
}
