//! A redacted text reads as redacted wherever it stood, also in answers about the time before.

use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use docket_domain::event::TextRedacted;
use docket_domain::term::{ActorBasis, Visibility};
use docket_domain::{Actor, Data, Event, EventId};
use docket_log::entry::Entry;
use docket_log::fs::RealFileSystem;
use docket_log::record::Location;
use docket_log::seal::{FixedSalts, seal};
use docket_log::tlog::hash::leaf_hash;
use docket_log::{DataDirectory, Draft};

use super::{Book, at, json, now, small};
use crate::answer::{Query, list, timeline};
use crate::{Ledger, OpenOptions, Reader};

/// Does what carrying out a redaction does: zeros where the opening stands.
fn erase(book: Book, target: EventId, location: Location) -> (Ledger, tempfile::TempDir) {
    let Book { ledger, directory, .. } = book;
    ledger.close().unwrap();
    let data = directory.path().join("data");
    redact(&data, target);
    let segment = std::fs::read_dir(data.join("journal")).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::OpenOptions::new().write(true).open(segment).unwrap();
    let zeros = vec![0; usize::try_from(location.openings_len).unwrap()];
    file.write_all_at(&zeros, location.openings_offset).unwrap();
    (Ledger::open(OpenOptions::new(&data)).unwrap(), directory)
}

/// Commits the redaction of the first text of an event.
fn redact(data: &Path, target: EventId) {
    let directory = DataDirectory::new(data, Arc::new(RealFileSystem));
    let mut log = docket_log::open(&directory, None).unwrap().log;
    let last = log.reader().size().checked_sub(1).map(|last| log.reader().event(last).unwrap());
    let redaction = TextRedacted {
        authority: "the court".to_owned(),
        blob: None,
        field: Some(0),
        reason: "a name".to_owned(),
        target,
    };
    let (data, openings) = seal(Data::TextRedacted(redaction), &mut FixedSalts::default()).unwrap();
    let before = &last.unwrap().entry;
    let event = Event {
        index: before.event.index + 1,
        id: EventId::from_bytes([7; 16]),
        subject: before.event.subject.clone(),
        version: before.event.version + 1,
        recorded_at: before.event.recorded_at.plus_micros(1),
        actor: Actor::new("officer").unwrap(),
        actor_basis: ActorBasis::Os,
        command: docket_domain::CommandId::from_bytes([8; 16]),
        data,
    };
    let previous = Some(leaf_hash(&before.encode().unwrap()).0);
    let entry = Entry { origin: before.origin.clone(), previous, event: Arc::new(event) };
    let openings = openings.iter().flat_map(docket_log::seal::Opening::encode).collect();
    log.append(vec![Draft::new(entry, openings).unwrap()]).unwrap();
    log.close().unwrap();
}

#[test]
fn the_digest_stands_for_the_words() {
    let mut book = small();
    let note = book.note("2", "The name of a witness", "2025-03-20", Visibility::Public);
    let before = book.size();
    let stored = book.reader().log().event(before - 1).unwrap();
    let digest = stored.entry.event.data.texts().first().unwrap().digest.to_string();
    let shown = |reader: &Reader, query: &Query| {
        json(&list(reader, query, now()).unwrap())["recommendations"][1]["notes"][2]["text"].clone()
    };
    assert_eq!(shown(&book.reader(), &Query::default()), "The name of a witness");

    let (ledger, _directory) = erase(book, note, stored.location);
    let expected = serde_json::json!({"redacted": digest});
    assert_eq!(shown(&ledger.reader(), &Query::default()), expected);
    assert_eq!(shown(&ledger.reader(), &at(before, "2025-06-30")), expected);
    let answer = json(&timeline(&ledger.reader(), &Query::default(), "2", now()).unwrap());
    let entries = answer["timeline"].as_array().unwrap();
    let [.., noted, redacted] = entries.as_slice() else { panic!("{answer}") };
    assert_eq!((&noted["says"]["text"], &noted["marks"][0]["type"]), (&expected, &"text.redacted".into()));
    assert_eq!(
        (&redacted["says"]["authority"], &redacted["reason"]),
        (&"the court".into(), &"a name".into())
    );
    assert!(redacted["change"].is_null());
}
