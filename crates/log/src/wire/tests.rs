use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::Digest;
use docket_domain::event::EventKind;
use proptest::prelude::{prop_assert_eq, proptest};

use super::envelope::Envelope;
use super::{generate, samples};
use crate::entry::Entry;

/// Compares lines with the golden file of this name, which freezes what version 1 wrote.
///
/// To add lines for something new, run the tests once with `DOCKET_WRITE_GOLDEN=1`. Even then a line that is there is never replaced:
/// bytes like it are in every log.
pub(crate) fn assert_golden(name: &str, lines: &[String]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests-data/golden").join(name);
    if std::env::var_os("DOCKET_WRITE_GOLDEN").is_some() {
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        let replaced = known.lines().find(|known| !lines.iter().any(|line| line == known));
        assert_eq!(replaced, None, "this line of {name} would be lost");
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let golden = golden(name);
    for (number, (golden, found)) in (1..).zip(golden.iter().zip(lines)) {
        assert_eq!(
            golden, found,
            "line {number} of {name} changed: logs in use hold such bytes, so the format of version 1 must not change"
        );
    }
    assert_eq!(golden.len(), lines.len(), "{name} and the samples differ in number");
}

/// The lines of a golden file.
pub(crate) fn golden(name: &str) -> Vec<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests-data/golden").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(str::to_owned).collect()
}

/// The digests of the sealed texts in an entry, in the order of the bytes. An unescaped quote cannot occur within a JSON string.
fn sealed_in_order(json: &str) -> Vec<Digest> {
    let base64 = json.split("\"sealed\":\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    base64.map(|text| Digest::from_bytes(STANDARD.decode(text).unwrap().try_into().unwrap())).collect()
}

fn texts_in_order(entry: &Entry) -> Vec<Digest> {
    entry.event.data.texts().iter().map(|text| text.digest).collect()
}

#[test]
fn texts_stand_in_the_order_in_which_they_are_sealed() {
    let mut counts = Vec::new();
    for &kind in EventKind::ALL {
        let entry = samples::full(kind);
        let json = String::from_utf8(entry.encode().unwrap()).unwrap();
        let texts = texts_in_order(&entry);
        assert_eq!(sealed_in_order(&json), texts, "{}", kind.short());
        // The digests of a sample all differ, or the comparison above would show no exchange.
        let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len(), "{}", kind.short());
        counts.push(texts.len());
    }
    assert_eq!(counts, [1, 1, 3, 5, 3, 3, 3, 4, 2, 4, 3, 1, 2, 4, 1, 2, 1, 1, 1, 1, 1, 2, 1]);
}

/// The entry as the serialiser writes it, from the fields of the frozen structs.
fn serialised(entry: &Entry) -> String {
    serde_json::to_string(&Envelope::of(entry)).unwrap()
}

#[test]
fn samples_are_printed_as_the_serialiser_writes_them() {
    for entry in samples::all() {
        assert_eq!(String::from_utf8(entry.encode().unwrap()).unwrap(), serialised(&entry));
    }
}

proptest! {
    #[test]
    fn any_entry_is_printed_as_the_serialiser_writes_it(entry in generate::entries()) {
        prop_assert_eq!(String::from_utf8(entry.encode().unwrap()).unwrap(), serialised(&entry));
    }

    #[test]
    fn texts_of_any_entry_stand_in_that_order(entry in generate::entries()) {
        let json = String::from_utf8(entry.encode().unwrap()).unwrap();
        prop_assert_eq!(sealed_in_order(&json), texts_in_order(&entry));
    }
}
