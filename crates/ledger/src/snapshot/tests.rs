//! The snapshot changes no answer: not when it is damaged, missing, older, of another log, or written in several goes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::command::ReportStatus;
use docket_domain::event::{EventRetracted, NoteRecorded, RecommendationRegistered, RegisterOpened};
use docket_domain::term::{ActorBasis, NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Change, Command, CommandId, Data, Effective, EventId, EventKind, Key, Label,
    Origin, RegisterId, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};
use docket_log::DataDirectory;
use docket_log::fs::RealFileSystem;
use docket_log::keys::KeyFiles;
use docket_projection::{Audience, Page, Printed, Row, RowBounds, RowFact, RowTarget};
use uuid::Uuid;

mod beside;
mod distrusted;
mod verifying;

use super::codec::{Encoder, decode};
use super::*;
use crate::events::LogEvents;
use crate::{Ledger, OpenOptions};

fn register() -> RegisterId {
    RegisterId::new("r").unwrap()
}

fn seven() -> Subject {
    Subject::Recommendation(register(), Key::new("7").unwrap())
}

fn command(number: u128, steps: Vec<(Subject, Action)>) -> Command {
    let step = |(place, (subject, action)): (u128, (Subject, Action))| Step {
        event: EventId::from(Uuid::from_u128(number * 1000 + place)),
        subject,
        expect_version: None,
        action,
    };
    Command {
        id: CommandId::from(Uuid::from_u128(number)),
        actor: Actor::new("ann").unwrap(),
        actor_basis: ActorBasis::Os,
        steps: (0..).zip(steps).map(step).collect(),
    }
}

fn opening() -> Command {
    let opened = Data::RegisterOpened(RegisterOpened {
        expected_count: Some(1),
        publisher: Asserter::new("City").unwrap(),
        time_zone: Zone::UTC,
        title: "A register".to_owned(),
        vocabulary: Vocabulary {
            labels: vec![LabelMeaning {
                label: Label::new("DONE").unwrap(),
                reporting: Reporting::Reported,
                state: Some(StateName::new("done").unwrap()),
            }],
            states: vec![StateDefinition { closed: true, name: StateName::new("done").unwrap(), order: 1 }],
        },
    });
    let row = Data::RecommendationRegistered(RecommendationRegistered {
        cells: vec![],
        damage: vec![],
        key: Key::new("7").unwrap(),
        number: Some(7),
        number_basis: NumberBasis::Printed,
        number_printed: Some("VII".to_owned()),
        source: None,
        text: Some("Do it.".to_owned()),
        text_basis: TextBasis::Printed,
    });
    command(1, vec![(Subject::Register(register()), Action::Record(opened)), (seven(), Action::Record(row))])
}

fn note(number: u128, visibility: Visibility) -> Command {
    let note = Data::NoteRecorded(NoteRecorded {
        asserter: Asserter::new("City").unwrap(),
        effective: Effective::recorded(Timestamp::EPOCH),
        reason: None,
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: "words".to_owned(),
        visibility,
    });
    command(number, vec![(seven(), Action::Record(note))])
}

fn status(number: u128) -> Command {
    let report = ReportStatus {
        label: Label::new("DONE").unwrap(),
        effective: None,
        asserter: None,
        reason: None,
        source_url: None,
        source: None,
    };
    command(number, vec![(seven(), Action::ReportStatus(report))])
}

fn correct(number: u128, target: u128) -> Command {
    let change = Change {
        target: EventId::from(Uuid::from_u128(target * 1000)),
        label: None,
        text: None,
        effective: Some(Effective::unknown()),
        reason: "a slip".to_owned(),
        source_url: None,
        source: None,
    };
    command(number, vec![(seven(), Action::Correct(change))])
}

fn retract(number: u128, target: u128) -> Command {
    let target = EventId::from(Uuid::from_u128(target * 1000));
    let retracted = Data::EventRetracted(EventRetracted { reason: "a mistake".to_owned(), target });
    command(number, vec![(seven(), Action::Record(retracted))])
}

fn open(directory: &Path, origin: &str) -> Ledger {
    Ledger::open(OpenOptions::new(directory).or_begin(Origin::new(origin).unwrap())).unwrap()
}

/// Ten entries: two blocks, and two entries that no block holds yet.
fn recorded(directory: &Path, origin: &str) {
    let ledger = open(directory, origin);
    let commands =
        [opening(), status(2), note(3, Visibility::Internal), status(4), note(5, Visibility::Public)];
    ledger.submit(commands.into()).unwrap();
    ledger.submit(vec![correct(6, 4), retract(7, 2), status(8), retract(9, 7)]).unwrap();
    ledger.close().unwrap();
}

fn snapshot_of(directory: &Path) -> PathBuf {
    directory.join("snapshots/projection.v2")
}

/// The key that seals the snapshot of a log.
fn key_of(directory: &Path) -> DerivedKey {
    let keys = KeyFiles::read(&RealFileSystem, directory).unwrap();
    key(|purpose| keys.signer.map(|signer| signer.derive(purpose))).unwrap()
}

/// The rows of one log's snapshot under the roots of another log and sealed with a key, with good check sums.
fn forge(of: &Path, rows: &Path, key: DerivedKey) {
    let data = DataDirectory::new(of, Arc::new(RealFileSystem));
    let log = docket_log::open_read_only(&data).unwrap();
    let foreign = DataDirectory::new(rows, Arc::new(RealFileSystem));
    let file = foreign.file_system().open(&file::path(&foreign), docket_log::fs::Access::Read).unwrap();
    let mut forged = header(log.origin().as_str());
    let sealer = Sealer::new(key);
    let mut seal = sealer.begin(&forged);
    let (length, mut payload) = (file.length().unwrap(), Vec::new());
    while let Some(mut block) = read_block(file.as_ref(), forged.len() as u64, length, &mut payload) {
        block.root = log.root_at(block.first + u64::from(block.rows)).unwrap().0;
        seal = sealer.seal(&seal, &block, &payload);
        forged.extend(Block { seal, ..block }.bytes(&payload));
    }
    std::fs::write(snapshot_of(of), &forged).unwrap();
}

/// What an opened log answers at every size, and what its snapshot covers.
fn answers(directory: &Path) -> (Vec<String>, Written) {
    let data = DataDirectory::new(directory, Arc::new(RealFileSystem));
    let log = docket_log::open_read_only(&data).unwrap();
    let folded = crate::fold::fold(&data, &log, Some(&key_of(directory))).unwrap();
    let at = Timestamp::EPOCH.plus_micros(i64::MAX);
    let answer = |known_at| {
        let knowledge = folded.projection.knowledge(known_at);
        let list = knowledge.list(&register(), at, Audience::Internal);
        let timeline = knowledge.timeline(&seven(), Audience::Public, Page::ALL);
        let command = folded.projection.command(&Actor::new("ann").unwrap(), status(8).id);
        format!("{list:?} {timeline:?} {:?} {command:?}", knowledge.counts(&register(), at))
    };
    ((0..=log.size()).map(answer).collect(), folded.written)
}

#[test]
fn a_snapshot_is_written_behind_and_its_bytes_follow_from_the_log() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), "docket.example/test");
    let first = std::fs::read(snapshot_of(directory.path())).unwrap();
    let (expected, written) = answers(directory.path());
    assert_eq!((written.size, written.offset), (8, first.len() as u64));
    // Deleted, it is made again, byte for byte.
    std::fs::remove_file(snapshot_of(directory.path())).unwrap();
    let (found, none) = answers(directory.path());
    assert_eq!((found, none), (expected, Written::default()));
    open(directory.path(), "docket.example/test").close().unwrap();
    assert_eq!(std::fs::read(snapshot_of(directory.path())).unwrap(), first);
    // What is recorded later goes behind it.
    let ledger = open(directory.path(), "docket.example/test");
    ledger.submit(vec![note(20, Visibility::Public), status(21), status(22)]).unwrap();
    ledger.close().unwrap();
    let grown = std::fs::read(snapshot_of(directory.path())).unwrap();
    assert!(grown.starts_with(&first) && grown.len() > first.len());
    assert_eq!(answers(directory.path()).1.size, 12);
    let text = grown.windows(5).any(|window| window == b"words");
    assert!(!text, "no text is in a snapshot");
}

#[test]
fn damage_at_any_byte_changes_no_answer() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), "docket.example/test");
    let good = std::fs::read(snapshot_of(directory.path())).unwrap();
    let (expected, _) = answers(directory.path());
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x15;
        std::fs::write(snapshot_of(directory.path()), &bad).unwrap();
        let (found, written) = answers(directory.path());
        assert_eq!(found, expected, "byte {place}");
        assert!(written.size < 8, "byte {place}");
    }
    for length in 0..good.len() {
        std::fs::write(snapshot_of(directory.path()), &good[..length]).unwrap();
        assert_eq!(answers(directory.path()).0, expected, "{length} bytes");
    }
    // The next writer mends it.
    let mut bad = good.clone();
    bad[good.len() - 1] ^= 1;
    std::fs::write(snapshot_of(directory.path()), &bad).unwrap();
    open(directory.path(), "docket.example/test").close().unwrap();
    assert_eq!(std::fs::read(snapshot_of(directory.path())).unwrap(), good);
}

#[test]
fn a_snapshot_of_another_log_or_another_time_changes_no_answer() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    recorded(one.path(), "docket.example/test");
    let (expected, _) = answers(one.path());
    let good = std::fs::read(snapshot_of(one.path())).unwrap();
    // Under the same name, with other entries: the roots differ.
    let ledger = open(other.path(), "docket.example/test");
    ledger.submit(vec![opening(), status(2), status(3), status(4), status(5), status(6), status(7)]).unwrap();
    ledger.close().unwrap();
    std::fs::copy(snapshot_of(other.path()), snapshot_of(one.path())).unwrap();
    let (found, written) = answers(one.path());
    assert_eq!((found, written), (expected.clone(), Written::default()));
    // An older one: the rest is folded.
    std::fs::write(snapshot_of(one.path()), &good).unwrap();
    let short = tempfile::tempdir().unwrap();
    copy(one.path(), short.path());
    let ledger = open(one.path(), "docket.example/test");
    ledger.submit(vec![status(30), status(31), status(32)]).unwrap();
    ledger.close().unwrap();
    let longer = std::fs::read(snapshot_of(one.path())).unwrap();
    let (after, whole) = answers(one.path());
    std::fs::write(snapshot_of(one.path()), &good).unwrap();
    let (found, written) = answers(one.path());
    assert_eq!((found, written.size, whole.size), (after, 8, 12));
    // A longer one beside a shorter log, as after a restored backup: only what the log has is taken.
    std::fs::write(snapshot_of(short.path()), &longer).unwrap();
    let (found, written) = answers(short.path());
    assert_eq!((found, written.size), (expected, 8));
    // With another name in its header.
    recorded(other.path().join("renamed").as_path(), "docket.example/else");
    std::fs::copy(snapshot_of(&other.path().join("renamed")), snapshot_of(short.path())).unwrap();
    assert_eq!(answers(short.path()).1, Written::default());
}

#[test]
fn rows_that_the_entries_do_not_follow_are_left_aside_once() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    recorded(one.path(), "docket.example/test");
    let (expected, _) = answers(one.path());
    // Rows of another log, in which recommendation 7 is two versions ahead, under the roots of this one, sealed by who has the key.
    let ledger = open(other.path(), "docket.example/test");
    ledger
        .submit((1..9).map(|number| if number == 1 { opening() } else { status(number) }).collect())
        .unwrap();
    ledger.close().unwrap();
    forge(one.path(), other.path(), key_of(one.path()));
    let (found, written) = answers(one.path());
    assert_eq!(
        (found.last().unwrap().clone(), written),
        (expected.last().unwrap().clone(), Written::default())
    );
    // A writer says so and writes it anew.
    let ledger = open(one.path(), "docket.example/test");
    assert!(
        ledger.notices().iter().any(|notice| matches!(notice, docket_log::Notice::SnapshotDiscarded { .. }))
    );
    ledger.close().unwrap();
    assert_eq!(answers(one.path()).1.size, 8);
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn every_kind_of_row_reads_back_as_it_was_written() {
    let bounds = |from, to| RowBounds { from, to };
    let target = |kind, from| Some(RowTarget { index: 1, subject: 1, kind, from });
    let status = |from, to| RowFact::Status { bounds: bounds(from, to), value: 0 };
    let facts = [
        RowFact::Other(EventKind::RegisterOpened),
        status(Some(-5), Some(i64::MAX / 4)),
        status(None, None),
        status(None, Some(7)),
        status(Some(7), None),
        RowFact::PublicNote,
        RowFact::InternalNote,
        RowFact::Registered { number: None, basis: NumberBasis::Missing, printed: Printed::Otherwise },
        RowFact::Registered {
            number: Some(u32::MAX),
            basis: NumberBasis::Printed,
            printed: Printed::Plainly,
        },
        RowFact::Amended { number: Some(0) },
        RowFact::Corrected { target: None, value: None, bounds: None },
        RowFact::Corrected {
            target: target(EventKind::StatusReported, Some(-5)),
            value: Some(0),
            bounds: Some(bounds(Some(1), Some(2))),
        },
        RowFact::Retracted { target: target(EventKind::NoteRecorded, None) },
        RowFact::Redacted { target: target(EventKind::StatusReported, None) },
        RowFact::Other(EventKind::LogContinued),
    ];
    let rows: Vec<Row> = (0..)
        .zip(facts)
        .map(|(number, fact)| Row {
            id: number * 7919,
            command: number.is_multiple_of(2).then_some(u32::MAX - number),
            subject: number.min(1),
            recorded_at: i64::from(number) * 1_000_003 - 3_000_000,
            fact,
        })
        .collect();
    let mut encoder = Encoder::default();
    let value = docket_domain::event::StatusValue { label: None, reporting: Reporting::Unknown, state: None };
    encoder.subject(&Subject::Register(register()));
    encoder.row(&rows[0]);
    encoder.subject(&seven());
    encoder.value(&value);
    rows[1..].iter().for_each(|row| encoder.row(row));
    let unread = || Arc::new(Nothing) as Arc<dyn docket_projection::Events<SealedText>>;
    let (mut found, mut expected) = (Projection::over(unread()), Projection::over(unread()));
    let count = u32::try_from(rows.len()).unwrap();
    assert_eq!(decode(&encoder.bytes, count, &mut found).unwrap(), Named { subjects: 2, values: 1 });
    expected.push_subject(&Subject::Register(register())).unwrap();
    expected.push_row(&rows[0]).unwrap();
    expected.push_subject(&seven()).unwrap();
    expected.push_value(value).unwrap();
    rows[1..].iter().for_each(|row| expected.push_row(row).unwrap());
    assert_eq!(found, expected);
    // Version 1 stands for ever: another form takes another name.
    let sum = crc32c::crc32c(&encoder.bytes);
    assert_eq!((encoder.bytes.len(), sum), (261, 3_504_405_687));
    // Whatever the bytes are, they are refused or read, never worse.
    for length in 0..encoder.bytes.len() {
        let mut cut = Projection::over(unread());
        assert!(decode(&encoder.bytes[..length], count, &mut cut).is_err(), "{length}");
    }
}

struct Nothing;

impl docket_projection::Events<SealedText> for Nothing {
    fn event(&self, _: u64) -> Option<Arc<Event<SealedText>>> {
        None
    }
}

#[test]
fn an_entry_that_cannot_be_read_is_an_error_and_never_an_answer() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), "docket.example/test");
    let ledger = open(directory.path(), "docket.example/test");
    let reader = ledger
        .reader()
        .over(LogEvents::new(Box::new(|index| Err(docket_log::LogError::NoEntry { index, size: 0 }))));
    let query = crate::answer::Query::default();
    let now = Timestamp::EPOCH.plus_micros(1_800_000_000_000_000);
    let refused = |error: LedgerError| {
        assert!(matches!(&error, LedgerError::Unread { reason } if reason.contains("entry ")), "{error}");
        assert!(error.hint().is_some() && error.kind() == crate::ErrorKind::Environment);
    };
    refused(crate::answer::list(&reader, &query, now).unwrap_err());
    refused(crate::answer::show(&reader, &query, "7", now).unwrap_err());
    refused(crate::answer::timeline(&reader, &query, "7", now).unwrap_err());
    refused(
        reader
            .known_at(Some("1970-01-01"), Zone::UTC)
            .map(drop)
            .err()
            .unwrap_or_else(|| reader.ask(|projection| projection.event_at(0)).unwrap_err()),
    );
    ledger.close().unwrap();
}
