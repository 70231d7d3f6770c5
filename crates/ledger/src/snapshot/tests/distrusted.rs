//! Forged rows: without the key none is taken. And even one that was sealed with the key does not decide what may be destroyed.

use std::time::Duration;

use docket_domain::Refusal;
use docket_domain::event::{HoldLifted, HoldPlaced, TextRedacted};

use super::*;
use crate::clock::{Clock, Reading};

const ORIGIN: &str = "docket.example/test";

/// A clock that stands still, so that two logs differ in nothing but what they say.
struct Standing;

impl Clock for Standing {
    fn read(&self) -> Reading {
        Reading { wall_micros: 1_700_000_000_000_000, monotonic: Duration::ZERO }
    }
}

fn open_standing(directory: &Path) -> Ledger {
    let options = OpenOptions { clock: Arc::new(Standing), ..OpenOptions::new(directory) };
    Ledger::open(options.or_begin(Origin::new(ORIGIN).unwrap())).unwrap()
}

fn hold(number: u128) -> Command {
    let hold = HoldPlaced { authority: "Roe v. City".to_owned(), reason: "discovery".to_owned() };
    command(number, vec![(seven(), Action::Record(Data::HoldPlaced(hold)))])
}

fn lift(number: u128, target: u128) -> Command {
    let target = EventId::from(Uuid::from_u128(target * 1000));
    let lifted = HoldLifted { reason: "the case is closed".to_owned(), target };
    command(number, vec![(seven(), Action::Record(Data::HoldLifted(lifted)))])
}

fn redact(number: u128, target: u128) -> Command {
    let redaction = TextRedacted {
        authority: "a court".to_owned(),
        blob: None,
        field: Some(0),
        reason: "a name".to_owned(),
        target: EventId::from(Uuid::from_u128(target * 1000)),
    };
    command(number, vec![(seven(), Action::Record(Data::TextRedacted(redaction)))])
}

/// Eight entries, two blocks: a register, a row, a note that a hold keeps, and what stands in the place of that hold in a forged snapshot.
fn log(directory: &Path, fourth: Command) {
    let ledger = open_standing(directory);
    let rest = [status(5), status(6), status(7), status(8)];
    ledger.submit(vec![opening(), note(3, Visibility::Public), fourth]).unwrap();
    ledger.submit(rest.into()).unwrap();
    ledger.close().unwrap();
}

fn holds_known(ledger: &Ledger) -> usize {
    let reader = ledger.reader();
    let size = reader.size();
    reader.ask(|projection| projection.knowledge(size).holds(&seven()).len()).unwrap()
}

fn is_held<T: std::fmt::Debug>(answer: Result<T, LedgerError>) -> bool {
    match answer {
        Err(LedgerError::Refused { refusal, .. }) => matches!(*refusal, Refusal::UnderHold { .. }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_forged_row_lets_no_redaction_pass_a_hold() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log(one.path(), hold(4));
    log(other.path(), note(4, Visibility::Public));
    assert!(std::fs::read(snapshot_of(one.path())).unwrap().len() > 100);
    for other_commands in [vec![], vec![note(20, Visibility::Public), redact(21, 20)]] {
        forge(one.path(), other.path(), key_of(one.path()));
        let ledger = open_standing(one.path());
        assert_eq!(ledger.notices(), [], "nothing is noticed at the start");
        assert_eq!(holds_known(&ledger), 0, "the test needs a hold that the snapshot hides");
        // Alone, and in one request with what is planned and not yet recorded.
        let before = ledger.reader().size();
        let commands = other_commands.iter().take(1).cloned().chain([redact(10, 3)]).collect();
        assert!(is_held(ledger.submit(commands)));
        assert_eq!(ledger.reader().size(), before);
        assert_eq!(holds_known(&ledger), 1, "from here on the entries are believed");
        assert!(is_held(ledger.submit(vec![redact(11, 3)])));
        // What is recorded next fits what was there.
        ledger.submit(vec![status(30 + u128::from(before))]).unwrap();
        ledger.close().unwrap();
    }
    assert!(crate::redact::check(&open_standing(one.path()).reader(), &[]).is_ok());
}

/// The check that the command line asks before it lists anything reads the entries, too.
#[test]
fn a_forged_row_does_not_deceive_who_asks_beforehand() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log(one.path(), hold(4));
    log(other.path(), note(4, Visibility::Public));
    forge(one.path(), other.path(), key_of(one.path()));
    let ledger = open_standing(one.path());
    let reader = ledger.reader();
    let size = reader.size();
    let reference = reader.ask(|projection| projection.knowledge(size).reference(2)).unwrap().unwrap();
    let part = crate::redact::part(&reader, &reference, Some("text")).unwrap();
    assert_eq!(holds_known(&ledger), 0, "the test needs a hold that the snapshot hides");
    assert!(is_held(crate::redact::check(&reader, &[part])));
}

/// A forged snapshot that invents a hold, or its lifting, stops and allows nothing: the entries decide.
#[test]
fn a_forged_row_neither_invents_nor_lifts_a_hold() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log(one.path(), note(4, Visibility::Public));
    log(other.path(), hold(4));
    forge(one.path(), other.path(), key_of(one.path()));
    let ledger = open_standing(one.path());
    ledger.submit(vec![redact(10, 3)]).unwrap();
    ledger.close().unwrap();

    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (place, fifth) in [(&one, note(5, Visibility::Public)), (&other, lift(5, 4))] {
        let ledger = open_standing(place.path());
        ledger.submit(vec![opening(), note(3, Visibility::Public), hold(4)]).unwrap();
        ledger.submit(vec![fifth, status(6), status(7), status(8)]).unwrap();
        ledger.close().unwrap();
    }
    forge(one.path(), other.path(), key_of(one.path()));
    let ledger = open_standing(one.path());
    assert!(is_held(ledger.submit(vec![redact(10, 3)])));
    ledger.close().unwrap();
}

/// Where the snapshot is good the fold of the entries changes nothing: what is planned in the same request stays.
#[test]
fn a_redaction_after_a_start_from_a_snapshot_joins_what_is_planned_with_it() {
    let directory = tempfile::tempdir().unwrap();
    log(directory.path(), note(4, Visibility::Internal));
    let ledger = open_standing(directory.path());
    let request = vec![note(20, Visibility::Public), status(21), redact(22, 20), status(23)];
    let outcomes = ledger.submit(request).unwrap();
    let versions: Vec<u64> = outcomes.iter().map(|outcome| outcome.events[0].version).collect();
    assert_eq!(versions, [8, 9, 10, 11]);
    assert!(matches!(&ledger.reader().texts(8).unwrap()[0], docket_log::seal::ResolvedText::Redacted(_)));
    ledger.close().unwrap();
    let (with, written) = answers(directory.path());
    assert_eq!(written.size, 12);
    std::fs::remove_file(snapshot_of(directory.path())).unwrap();
    assert_eq!(answers(directory.path()).0, with);
}

/// At every start, words that are back after their redaction are destroyed again; which ones the entries say, and no row of the snapshot.
#[test]
fn a_forged_row_has_no_words_destroyed_that_no_redaction_names() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (place, target) in [(&one, 3), (&other, 4)] {
        let ledger = open_standing(place.path());
        ledger.submit(vec![opening(), note(3, Visibility::Public), note(4, Visibility::Public)]).unwrap();
        ledger.submit(vec![redact(5, target), status(6), status(7), status(8)]).unwrap();
        ledger.close().unwrap();
    }
    forge(one.path(), other.path(), key_of(one.path()));
    let ledger = open_standing(one.path());
    assert_eq!(ledger.notices(), []);
    let text = |index| ledger.reader().texts(index).unwrap().remove(0);
    assert_eq!(text(3), docket_log::seal::ResolvedText::Words("words".to_owned()));
    assert!(matches!(text(2), docket_log::seal::ResolvedText::Redacted(_)));
    ledger.close().unwrap();
}

/// One row of another subject, under the log's own roots: what was recorded next would bear a wrong version, for ever.
#[test]
fn rows_that_were_not_sealed_with_the_key_are_not_taken() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    log(one.path(), note(4, Visibility::Public));
    let elsewhere = Subject::Register(register());
    let moved = Data::HoldPlaced(HoldPlaced { authority: "a".to_owned(), reason: "b".to_owned() });
    log(other.path(), command(4, vec![(elsewhere, Action::Record(moved))]));
    let good = std::fs::read(snapshot_of(one.path())).unwrap();
    let wrong_key = key_of(other.path());
    forge(one.path(), other.path(), wrong_key);
    let ledger = open_standing(one.path());
    let recorded = ledger.submit(vec![status(20)]).unwrap();
    assert_eq!(recorded[0].events[0].version, 8, "seven events are about it already");
    ledger.close().unwrap();
    let mended = std::fs::read(snapshot_of(one.path())).unwrap();
    assert_eq!(mended.get(..good.len()), Some(good.as_slice()), "the snapshot was made anew");
    assert!(crate::verify::verify(one.path(), &mut |_| ()).unwrap().findings.is_empty());
}

/// Blocks that were sealed with the key, but in another order or behind others.
#[test]
fn sealed_blocks_count_only_in_their_places() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open_standing(directory.path());
    ledger.submit([opening()].into_iter().chain((3..20).map(status)).collect()).unwrap();
    ledger.close().unwrap();
    let data = DataDirectory::new(directory.path(), Arc::new(RealFileSystem));
    let good = std::fs::read(snapshot_of(directory.path())).unwrap();
    let file = data.file_system().open(&file::path(&data), docket_log::fs::Access::Read).unwrap();
    let (mut blocks, mut payload) = (Vec::new(), Vec::new());
    let mut offset = header(ORIGIN).len() as u64;
    while let Some(block) = read_block(file.as_ref(), offset, good.len() as u64, &mut payload) {
        offset += block.length();
        blocks.push((block, payload.clone()));
    }
    assert!(blocks.len() > 3);
    for (place, other) in [(1, 2), (2, 1), (0, 1), (3, 2)] {
        let mut forged = header(ORIGIN);
        for (number, (block, payload)) in blocks.iter().enumerate() {
            let (chosen, rows) = if number == place { &blocks[other] } else { &(*block, payload.clone()) };
            // Rows of another block under the head that is due, with the seal that they had.
            let head = Block { payload: chosen.payload, seal: chosen.seal, ..*block };
            forged.extend(head.bytes(rows));
        }
        std::fs::write(snapshot_of(directory.path()), &forged).unwrap();
        assert_eq!(answers(directory.path()).1.size, place as u64 * u64::from(BLOCK_ROWS));
    }
}
