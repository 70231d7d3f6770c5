//! A redacted text reads as redacted wherever it stood, also in answers about the time before.

use std::os::unix::fs::FileExt as _;

use docket_domain::event::TextRedacted;
use docket_domain::term::Visibility;
use docket_domain::{Data, EventId};
use docket_log::record::Location;

use super::{Book, at, json, now, small};
use crate::answer::{Query, list, timeline};
use crate::{Ledger, OpenOptions, Reader};

/// Does what carrying out a redaction does: zeros where the opening stands.
fn erase(book: Book, location: Location) -> (Ledger, tempfile::TempDir) {
    let Book { ledger, directory, .. } = book;
    ledger.close().unwrap();
    let data = directory.path().join("data");
    let segment = std::fs::read_dir(data.join("journal")).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::OpenOptions::new().write(true).open(segment).unwrap();
    let zeros = vec![0; usize::try_from(location.openings_len).unwrap()];
    file.write_all_at(&zeros, location.openings_offset).unwrap();
    (Ledger::open(OpenOptions::new(&data)).unwrap(), directory)
}

fn redact(book: &mut Book, target: EventId) {
    let redaction = TextRedacted {
        authority: "the court".to_owned(),
        blob: None,
        field: Some(0),
        reason: "a name".to_owned(),
        target,
    };
    book.record(book.about("2"), Data::TextRedacted(redaction));
}

#[test]
fn the_digest_stands_for_the_words() {
    let mut book = small();
    let note = book.note("2", "The name of a witness", "2025-03-20", Visibility::Public);
    let before = book.size();
    redact(&mut book, note);
    let stored = book.reader().log().event(before - 1).unwrap();
    let digest = stored.entry.event.data.texts().first().unwrap().digest.to_string();
    let shown = |reader: &Reader, query: &Query| {
        json(&list(reader, query, now()).unwrap())["recommendations"][1]["notes"][2]["text"].clone()
    };
    assert_eq!(shown(&book.reader(), &Query::default()), "The name of a witness");

    let (ledger, _directory) = erase(book, stored.location);
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
