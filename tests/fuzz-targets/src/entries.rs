//! Entries and the openings beside them.

use docket_domain::event::Data;
use docket_log::entry::{ENTRY_BYTES_MAX, Entry};
use docket_log::seal::{OpeningState, SealedText, read_openings};
use docket_log::tlog::hash::leaf_hash;

use crate::check::{accept, one_line, same};
use crate::specimen::specimen;

pub(crate) fn entry(data: &[u8]) {
    let entry = match Entry::decode(data) {
        Ok(entry) => entry,
        Err(error) => return one_line(&error),
    };
    assert!(data.len() <= ENTRY_BYTES_MAX);
    same("an entry", data, &entry.encode().expect("what was decoded can be encoded"));
    // Canonical by another reader and printer too: sorted keys, no duplicates, the shortest escapes. No number has a fraction.
    let value: serde_json::Value = serde_json::from_slice(data).expect("an entry is JSON");
    assert!(value.is_object());
    same("an entry, by another printer", data, value.to_string().as_bytes());
    // Nothing but its own bytes has its leaf hash, so an altered entry is never taken for one that was recorded.
    let (known, leaf) = (&specimen().entries, leaf_hash(data));
    assert!(known.iter().all(|known| (leaf_hash(&known.bytes) == leaf) == (known.bytes == data)));
    accept();
}

/// The input is taken for the openings of each entry of the specimen, and after `\n` for those of any entry.
pub(crate) fn openings(data: &[u8]) {
    for known in &specimen().entries {
        check_openings(&known.texts, data);
    }
    let split = data.iter().position(|byte| *byte == b'\n');
    if let Some((bytes, rest)) = split.and_then(|at| data.split_at_checked(at))
        && let Ok(entry) = Entry::decode(bytes)
    {
        let texts: Vec<SealedText> = texts_of(&entry.event.data);
        check_openings(&texts, rest.strip_prefix(b"\n").unwrap_or(rest));
    }
}

fn texts_of(data: &Data<SealedText>) -> Vec<SealedText> {
    data.texts().into_iter().copied().collect()
}

/// What opens is what was sealed, or was destroyed; and it is written as it was read.
fn check_openings(texts: &[SealedText], bytes: &[u8]) {
    let texts: Vec<&SealedText> = texts.iter().collect();
    let states = match read_openings(&texts, bytes) {
        Ok(states) => states,
        Err(error) => return one_line(&error),
    };
    assert_eq!(states.len(), texts.len());
    let mut again = Vec::with_capacity(bytes.len());
    for (state, sealed) in states.iter().zip(texts) {
        match state {
            OpeningState::Erased => again.resize(again.len() + sealed.opening_bytes(), 0),
            OpeningState::Intact(opening) => {
                assert!(opening.check(sealed), "words were opened that were not sealed");
                opening.encode_into(&mut again);
            }
        }
    }
    same("openings", bytes, &again);
    if !again.is_empty() {
        accept();
    }
}
