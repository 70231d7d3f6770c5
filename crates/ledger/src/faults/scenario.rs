//! What is done to a log: commands of every kind that leaves another trace on the disk.

use std::path::Path;

use docket_domain::command::ReportStatus;
use docket_domain::event::{
    EventRetracted, NoteRecorded, RecommendationRegistered, RegisterOpened, TextRedacted,
};
use docket_domain::term::{ActorBasis, NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Change, Command, CommandId, Data, Effective, EventId, EventKind, Key, Label,
    Origin, RegisterId, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};
use docket_log::blobs::digest_of;
use uuid::Uuid;

use crate::source::{Importer, Prepared, prepare};
use crate::{Ledger, LedgerError, Outcome};

/// The words that are redacted.
pub(super) const SECRET: &str = "the name of the witness is Jane Roe";

/// The document that is imported and redacted. No text of an event holds two of its cells.
pub(super) const DOCUMENT: &str =
    "No\tItem\tNote\tState\n1\tMend it.\tsoon\tOPEN\n2\tSell it.\t\tOPEN\n3\tOpen it.\tnever\tNO NEWS\n";

/// The notes of [`Act::Fill`]: with them sled has a finished bundle.
const FILL_NOTES: u128 = 66;

/// The notes of [`Act::Long`], of 61 KiB each: together longer than what is left of the first segment, which is 1 MiB long.
const LONG_NOTES: u128 = 16;

/// One thing that somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// A register with two recommendations.
    Open,
    Status,
    /// Notes in one command, enough for a bundle of sled.
    Fill,
    /// Two notes in one command, one of them with the words that are redacted later.
    Secret,
    Correct,
    Retract,
    Import,
    Redact,
    RedactDocument,
    /// A command that needs the next segment.
    Long,
    /// A status that expects a version.
    Versioned,
    /// A status that expects a version which is not the newest.
    Stale,
    /// A note, each number another one.
    Note(u128),
}

impl Act {
    /// The number of its command and how many events it has; nothing for an import, whose ids follow from its document.
    pub(super) fn extent(self) -> Option<(u128, usize)> {
        let events = match self {
            Self::Import => return None,
            Self::RedactDocument => 1,
            act => steps_of(act).len(),
        };
        Some((number(self), events))
    }
}

/// The acts, with what they need.
pub(super) struct Scenario {
    source: Prepared,
    importer: Importer,
}

impl Scenario {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_source(folder.path());
        let importer = Importer { actor: Actor::new("clerk").unwrap(), actor_basis: ActorBasis::Os };
        Self { source: prepare(folder.path()).unwrap(), importer }
    }

    /// Does it. An import says nothing of its events.
    pub(super) fn perform(&self, ledger: &Ledger, act: Act) -> Result<Vec<Outcome>, LedgerError> {
        if act == Act::Import {
            return self.source.record(ledger, &self.importer).map(|_| Vec::new());
        }
        let Some(command) = command_of(ledger, act)? else { return Ok(Vec::new()) };
        ledger.submit(vec![command])
    }
}

pub(super) fn origin() -> Origin {
    Origin::new("docket.example/faults").unwrap()
}

pub(super) fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

fn subject(key: &str) -> Subject {
    Subject::Recommendation(register(), Key::new(key).unwrap())
}

/// The event of a command: commands have the numbers 1, 2, 3, and the events of each are counted from a multiple of 1000.
pub(super) fn event(command: u128, place: u128) -> EventId {
    EventId::from(Uuid::from_u128(command * 1000 + place))
}

fn number(act: Act) -> u128 {
    match act {
        Act::Open => 1,
        Act::Status => 2,
        Act::Fill => 3,
        Act::Secret => 4,
        Act::Correct => 5,
        Act::Retract => 6,
        Act::Import => 7,
        Act::Redact => 8,
        Act::RedactDocument => 9,
        Act::Long => 10,
        Act::Versioned => 11,
        Act::Stale => 12,
        Act::Note(number) => 100 + number,
    }
}

/// The command of an act; nothing where there is no document to redact.
fn command_of(ledger: &Ledger, act: Act) -> Result<Option<Command>, LedgerError> {
    let number = number(act);
    let steps = match act {
        Act::RedactDocument => match source_event(ledger)? {
            None => return Ok(None),
            Some((target, subject)) => {
                vec![(subject, redaction(target, None, Some(digest_of(DOCUMENT.as_bytes()))))]
            }
        },
        act => steps_of(act),
    };
    let step = |(place, (subject, action))| Step {
        event: event(number, place),
        subject,
        expect_version: matches!(act, Act::Versioned | Act::Stale).then_some(1),
        action,
    };
    Ok(Some(Command {
        id: CommandId::from(Uuid::from_u128(number)),
        actor: Actor::new("ann").unwrap(),
        actor_basis: ActorBasis::Os,
        steps: (0..).zip(steps).map(step).collect(),
    }))
}

fn steps_of(act: Act) -> Vec<(Subject, Action)> {
    let seven = || subject("7");
    match act {
        Act::Open => vec![
            (Subject::Register(register()), Action::Record(opened())),
            (seven(), row("7")),
            (subject("8"), row("8")),
        ],
        Act::Status => vec![(seven(), status("PLANNED"))],
        Act::Versioned | Act::Stale => vec![(subject("8"), status("DONE"))],
        Act::Fill => (0..FILL_NOTES).map(|n| (seven(), note(&format!("note {n}")))).collect(),
        Act::Secret => vec![(seven(), note(SECRET)), (seven(), note("entered by mistake"))],
        Act::Long => {
            (0..LONG_NOTES).map(|n| (seven(), internal_note(&format!("{n:04}").repeat(61 * 256)))).collect()
        }
        Act::Note(n) => vec![(seven(), note(&format!("a later note {n}")))],
        Act::Correct => vec![(
            seven(),
            Action::Correct(Change {
                target: event(2, 0),
                label: Some(Label::new("DONE").unwrap()),
                text: None,
                effective: None,
                reason: "a slip".to_owned(),
                source_url: None,
                source: None,
            }),
        )],
        Act::Retract => {
            let retracted = EventRetracted { reason: "a mistake".to_owned(), target: event(4, 1) };
            vec![(seven(), Action::Record(Data::EventRetracted(retracted)))]
        }
        Act::Redact => vec![(seven(), redaction(event(4, 0), Some(0), None))],
        Act::Import | Act::RedactDocument => Vec::new(),
    }
}

/// The event that brought the document.
fn source_event(ledger: &Ledger) -> Result<Option<(EventId, Subject)>, LedgerError> {
    let mut found = None;
    ledger.reader().log().visit(0, &mut |stored| {
        let event = &stored.entry.event;
        if event.data.kind() == EventKind::SourceReceived {
            found = Some((event.id, event.subject.clone()));
        }
        Ok(())
    })?;
    Ok(found)
}

fn redaction(target: EventId, field: Option<u32>, blob: Option<docket_domain::Digest>) -> Action {
    let (authority, reason) = ("the court".to_owned(), "a person's name".to_owned());
    Action::Record(Data::TextRedacted(TextRedacted { authority, blob, field, reason, target }))
}

fn status(label: &str) -> Action {
    Action::ReportStatus(ReportStatus {
        label: Label::new(label).unwrap(),
        effective: None,
        asserter: None,
        reason: None,
        source_url: None,
        source: None,
    })
}

fn note(text: &str) -> Action {
    note_for(Visibility::Public, text)
}

/// A note that no answer shows.
fn internal_note(text: &str) -> Action {
    note_for(Visibility::Internal, text)
}

fn note_for(visibility: Visibility, text: &str) -> Action {
    Action::Record(Data::NoteRecorded(NoteRecorded {
        asserter: Asserter::new("City").unwrap(),
        effective: Effective::recorded(Timestamp::EPOCH),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: text.to_owned(),
        visibility,
    }))
}

fn opened() -> Data<String> {
    let state =
        |name: &str, order| StateDefinition { closed: false, name: StateName::new(name).unwrap(), order };
    let label = |text: &str, name: &str| LabelMeaning {
        label: Label::new(text).unwrap(),
        reporting: Reporting::Reported,
        state: Some(StateName::new(name).unwrap()),
    };
    Data::RegisterOpened(RegisterOpened {
        expected_count: Some(2),
        publisher: Asserter::new("City").unwrap(),
        time_zone: Zone::UTC,
        title: "A register".to_owned(),
        vocabulary: Vocabulary {
            labels: vec![label("PLANNED", "planned"), label("DONE", "done")],
            states: vec![state("planned", 1), state("done", 2)],
        },
    })
}

fn row(key: &str) -> Action {
    Action::Record(Data::RecommendationRegistered(RecommendationRegistered {
        cells: vec![],
        damage: vec![],
        key: Key::new(key).unwrap(),
        number: key.parse().ok(),
        number_basis: NumberBasis::Printed,
        number_printed: Some(key.to_owned()),
        source: None,
        text: Some("Do it.".to_owned()),
        text_basis: TextBasis::Printed,
    }))
}

fn write_source(folder: &Path) {
    let manifest = format!(
        r#"
        register = {{ id = "small", title = "Small", publisher = "P", time_zone = "UTC", origin = "example/small", expected_count = 3 }}
        document = {{ file = "table.txt", sha256 = "{}", bytes = {}, media_type = "text/plain" }}
        source = {{ title = "S", publisher = "P", interval = {{ from = "2020-01-01", to = "2020-01-01", basis = "stated" }} }}
        layout = {{ separator = "tab", page_break_blank_lines = 2, number_style = "integer", number_column_may_be_lost = true, columns = [
            {{ role = "number", header = "No" }}, {{ role = "text", header = "Item" }},
            {{ role = "notes", header = "Note" }}, {{ role = "status", header = "State" }} ] }}
        vocabulary = {{ states = [{{ name = "open", order = 1 }}], labels = [
            {{ printed = "OPEN", state = "open", reporting = "reported" }}, {{ printed = "NO NEWS", reporting = "no-update" }} ] }}
        "#,
        digest_of(DOCUMENT.as_bytes()),
        DOCUMENT.len()
    );
    std::fs::write(folder.join("source.toml"), manifest).unwrap();
    std::fs::write(folder.join("table.txt"), DOCUMENT).unwrap();
}
