//! Redacting: which part of which event, where else the same words stand, and the commands that destroy what was chosen (DESIGN section 5).
//!
//! The words themselves never leave this module: places are named, and shown by what they are. Nothing here decides; the rules do, and the
//! writer carries a redaction out as it commits it.

mod search;
mod words;

use docket_domain::decide::check_redaction;
use docket_domain::event::TextRedacted;
use docket_domain::term::ActorBasis;
use docket_domain::{Action, Actor, Command, CommandId, Data, Digest, EventId, EventKind, Step, Subject};
use docket_log::blobs::Blobs;
use docket_log::record::StoredEvent;
use docket_log::redaction::text_names;
use docket_projection::EventReference;

use crate::error::LedgerError;
use crate::events::LogEvents;
use crate::ledger::Reader;

pub use search::{Place, Relation, Survey, Unsearched, survey};

/// The name of the document of a source or of evidence, where texts have the names of their fields.
pub const DOCUMENT: &str = "document";

/// How many parts one commit redacts: with their reasons and authorities they stay far below the limits of a frame.
const PARTS_PER_COMMIT: usize = 64;

/// A part of an event that can be destroyed: one of its texts, or the document that it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The event.
    pub event: EventId,
    /// Its place in the log.
    pub index: u64,
    /// What it is about.
    pub subject: Subject,
    /// Its version within its subject.
    pub version: u64,
    /// Its type.
    pub kind: EventKind,
    /// What of it.
    pub what: What,
}

/// What of an event is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A text.
    Text {
        /// Its number within the event, from 0.
        field: u32,
        /// Its name, such as `text` or `cells.0.text`.
        name: String,
    },
    /// The document.
    Document {
        /// Its SHA-256.
        sha256: Digest,
    },
}

impl Part {
    fn new(stored: &StoredEvent, what: What) -> Self {
        let event = &stored.entry.event;
        Self {
            event: event.id,
            index: event.index,
            subject: event.subject.clone(),
            version: event.version,
            kind: event.data.kind(),
            what,
        }
    }

    /// The name by which `--also` takes it: `7@3:text`, or the event's id where its subject is no recommendation.
    #[must_use]
    pub fn name(&self) -> String {
        let event = self.subject.key().map(|key| format!("{key}@{}", self.version));
        let event = event.unwrap_or_else(|| self.event.to_string());
        match &self.what {
            What::Text { name, .. } => format!("{event}:{name}"),
            What::Document { .. } => format!("{event}:{DOCUMENT}"),
        }
    }

    fn redaction(&self, authority: &str, reason: &str) -> TextRedacted<String> {
        let (field, blob) = match self.what {
            What::Text { field, .. } => (Some(field), None),
            What::Document { sha256 } => (None, Some(sha256)),
        };
        TextRedacted {
            authority: authority.to_owned(),
            blob,
            field,
            reason: reason.to_owned(),
            target: self.event,
        }
    }
}

/// The document that an event brought.
fn document_of<T>(data: &Data<T>) -> Option<Digest> {
    match data {
        Data::SourceReceived(source) => Some(source.sha256),
        Data::EvidenceAttached(evidence) => evidence.sha256,
        _ => None,
    }
}

/// Every part of an event.
fn parts_of(stored: &StoredEvent) -> Vec<Part> {
    let texts = (0..).zip(text_names(&stored.entry)).map(|(field, name)| What::Text { field, name });
    let document = document_of(&stored.entry.event.data).map(|sha256| What::Document { sha256 });
    texts.chain(document).map(|what| Part::new(stored, what)).collect()
}

/// The part meant by a field's name or number, or by `document`; without one, the event's own words, or the only part that it has.
pub fn part(reader: &Reader, event: &EventReference, field: Option<&str>) -> Result<Part, LedgerError> {
    let stored = reader.log().event(event.index)?;
    let parts = parts_of(&stored);
    let named = |wanted: &str| {
        parts.iter().find(|part| match &part.what {
            What::Text { field, name } => name == wanted || field.to_string() == wanted,
            What::Document { .. } => wanted == DOCUMENT,
        })
    };
    let names = || {
        let name = |part: &Part| part.name().rsplit_once(':').map(|(_, name)| name.to_owned());
        parts.iter().filter_map(name).collect::<Vec<_>>()
    };
    let found = match field {
        Some(wanted) => named(wanted).cloned(),
        None => named("text").or_else(|| parts.first().filter(|_| parts.len() == 1)).cloned(),
    };
    let event = event.event;
    match (found, field) {
        (Some(part), _) => Ok(part),
        (None, Some(wanted)) => {
            Err(LedgerError::NoSuchPart { event, wanted: wanted.to_owned(), parts: names() })
        }
        (None, None) if parts.is_empty() => {
            Err(LedgerError::NoSuchPart { event, wanted: "text".to_owned(), parts: names() })
        }
        (None, None) => Err(LedgerError::WhichPart { event, parts: names() }),
    }
}

/// Whether the rules allow these redactions: so that a command is refused before it lists anything. The writer asks again.
///
/// The holds are read from the entries themselves, not from a projection that may have begun with a snapshot.
pub fn check(reader: &Reader, parts: &[Part]) -> Result<(), LedgerError> {
    let size = reader.size();
    let events = LogEvents::of(reader.log().clone());
    let projection = crate::fold::fold_entries(&events, reader.log(), size)?;
    for part in parts {
        let allowed = events.checked(|| {
            check_redaction(&projection.knowledge(size), &part.subject, &part.redaction("", ""))
        })?;
        let what = || part.subject.to_string();
        allowed.map_err(|refusal| LedgerError::Refused { what: what(), refusal: Box::new(refusal) })?;
    }
    Ok(())
}

/// Refuses an authority or reason that repeats the words which are to be destroyed: they would stand in the log again.
pub fn check_order(reader: &Reader, blobs: &Blobs, part: &Part, order: &Order) -> Result<(), LedgerError> {
    let is_text = matches!(part.what, What::Text { .. });
    for (what, text) in [("authority", &order.authority), ("reason", &order.reason)] {
        if is_text && search::repeats(reader, blobs, part, text)? {
            return Err(LedgerError::RepeatsWords { what });
        }
    }
    Ok(())
}

/// Who redacts, under which authority and why.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
    /// Under which authority.
    pub authority: String,
    /// Why.
    pub reason: String,
}

/// The commands that redact these parts, each a commit of its own.
#[must_use]
pub fn commands(parts: &[Part], order: &Order, mut new_id: impl FnMut() -> uuid::Uuid) -> Vec<Command> {
    let step = |part: &Part, id: uuid::Uuid| Step {
        event: id.into(),
        subject: part.subject.clone(),
        expect_version: None,
        action: Action::Record(Data::TextRedacted(part.redaction(&order.authority, &order.reason))),
    };
    let commands = parts.chunks(PARTS_PER_COMMIT).map(|chunk| Command {
        id: CommandId::from(new_id()),
        actor: order.actor.clone(),
        actor_basis: order.actor_basis,
        steps: chunk.iter().map(|part| step(part, new_id())).collect(),
    });
    commands.collect()
}
