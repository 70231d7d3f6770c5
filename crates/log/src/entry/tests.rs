use std::sync::Arc;

use docket_domain::event::{Data, EventKind};
use docket_domain::{Subject, Timestamp};
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use super::canonical::canonicalise;
use super::{ENTRY_BYTES_MAX, Entry, EntryError};
use crate::error::chain;
use crate::wire::tests::{assert_golden, golden};
use crate::wire::{generate, samples};

const GOLDEN: &str = "entries.v1.jsonl";

fn json(entry: &Entry) -> String {
    String::from_utf8(entry.encode().unwrap()).unwrap()
}

fn status() -> String {
    json(&samples::full(EventKind::StatusReported))
}

#[test]
fn the_bytes_of_version_1_are_frozen() {
    let lines: Vec<String> = samples::all().map(|entry| json(&entry)).collect();
    assert_golden(GOLDEN, &lines);
}

#[test]
fn the_bytes_of_version_1_stay_readable() {
    let lines = golden(GOLDEN);
    assert_eq!(lines.len(), 2 * EventKind::ALL.len());
    for (line, sample) in lines.iter().zip(samples::all()) {
        assert_eq!(Entry::decode(line.as_bytes()).unwrap(), sample);
        assert_eq!(canonicalise(line), *line);
    }
}

#[test]
fn an_entry_reads_as_design_section_5_says() {
    let entry = json(&samples::sparse(EventKind::EventRetracted));
    assert_eq!(
        entry,
        concat!(
            r#"{"actor":"ann \"the clerk\" \\ Ø 😀","actorbasis":"os","commandid":"c0c0c0c0-c0c0-c0c0-c0c0-c0c0c0c0c0c0","#,
            r#""data":{"reason":{"bytes":100,"sealed":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="},"#,
            r#""target":"51515151-5151-5151-5151-515151515151"},"datacontenttype":"application/json","#,
            r#""id":"1c1c1c1c-1c1c-1c1c-1c1c-1c1c1c1c1c1c","sequence":"00000000000000000028","#,
            r#""source":"docket.example/samples","specversion":"1.0","subject":"birmingham/recommendation/7a","#,
            r#""subjectversion":1,"time":"2025-03-19T21:00:00.000001Z","type":"docket.event.retracted.v1"}"#
        )
    );
}

#[test]
fn encoding_appends_and_an_error_leaves_nothing_behind() {
    let entry = samples::full(EventKind::StatusReported);
    let mut out = b"before".to_vec();
    let bytes = entry.encode_into(&mut out).unwrap();
    assert_eq!(out.len(), 6 + bytes);
    assert_eq!(out[6..], *status().as_bytes());

    let mut late = samples::full(EventKind::EvidenceAttached);
    let Data::EvidenceAttached(data) = &mut Arc::make_mut(&mut late.event).data else { unreachable!() };
    data.size = Some(1 << 53);
    assert!(matches!(late.encode_into(&mut out), Err(EntryError::Unwritable { .. })));
    assert_eq!(out.len(), 6 + bytes);
}

/// Each is the same event to a lenient reader, or close to one.
#[test]
fn other_spellings_are_refused_and_the_first_byte_that_differs_is_named() {
    let canonical = status();
    let table = [
        ("space", r#""regress":true"#, r#""regress": true"#),
        ("leading space", r#"{"actor""#, r#" {"actor""#),
        ("newline at the end", r#"status.reported.v1"}"#, "status.reported.v1\"}\n"),
        (
            "order of keys",
            r#""actorbasis":"os","commandid":"c0c0c0c0-c0c0-c0c0-c0c0-c0c0c0c0c0c0""#,
            r#""commandid":"c0c0c0c0-c0c0-c0c0-c0c0-c0c0c0c0c0c0","actorbasis":"os""#,
        ),
        (
            "order of keys in data",
            r#""regress":true,"reporting":"reported""#,
            r#""reporting":"reported","regress":true"#,
        ),
        ("needless escape", "City", "\\u0043ity"),
        ("escaped solidus", "docket.example/samples", "docket.example\\/samples"),
        ("escaped letter", "Ø", "\\u00d8"),
        ("surrogate pair", "😀", "\\ud83d\\ude00"),
        ("long escape", r#"\"the"#, "\\u0022the"),
        ("escaped key", r#""regress""#, r#""r\u0065gress""#),
        ("unknown attribute", r#""type""#, r#""traceparent":"x","type""#),
        ("null for an absent attribute", r#""subjectversion":2"#, r#""subjectversion":2,"zz":null"#),
    ];
    for (name, from, to) in table {
        let other = canonical.replacen(from, to, 1);
        assert_ne!(other, canonical, "{name}");
        let differs = other.bytes().zip(canonical.bytes()).take_while(|(a, b)| a == b).count();
        match Entry::decode(other.as_bytes()) {
            Err(EntryError::NotCanonical { offset }) => assert_eq!(offset, differs, "{name}"),
            result => panic!("{name}: {result:?}"),
        }
    }
}

#[test]
fn malformed_bytes_are_refused() {
    let canonical = status();
    let table = [
        ("duplicate attribute", r#""specversion":"1.0""#, r#""specversion":"1.0","specversion":"1.0""#),
        ("duplicate key in data", r#""regress":true"#, r#""regress":true,"regress":true"#),
        ("duplicate data", r#""data":"#, r#""data":null,"data":"#),
        ("unknown key in data", r#""regress":true"#, r#""regres":false,"regress":true"#),
        ("line break in a key in data", r#""regress":true"#, r#""regress\r\n":false,"regress":true"#),
        ("unknown key in a text", r#""bytes":100"#, r#""bytes":100,"salt":"""#),
        ("missing attribute", r#""specversion":"1.0","#, ""),
        ("missing key in data", r#""regress":true,"#, ""),
        ("missing optional key in data", r#""label":"IN PROGRESS","#, ""),
        ("fraction", r#""bytes":100"#, r#""bytes":100.0"#),
        ("exponent", r#""bytes":100"#, r#""bytes":1e2"#),
        ("leading zero", r#""bytes":100"#, r#""bytes":0100"#),
        ("negative", r#""bytes":100"#, r#""bytes":-100"#),
        ("number as string", r#""bytes":100"#, r#""bytes":"100""#),
        ("integer over 2^53-1", r#""subjectversion":2"#, r#""subjectversion":9007199254740992"#),
        ("text over 64 KiB", r#""bytes":100"#, r#""bytes":65537"#),
        ("other specversion", r#""specversion":"1.0""#, r#""specversion":"0.3""#),
        ("other content type", "application/json", "text/json"),
        ("short sequence", r#""sequence":"0000"#, r#""sequence":"000"#),
        ("signed sequence", r#""sequence":"0000"#, r#""sequence":"+000"#),
        ("time without fraction", "21:00:00.000001Z", "21:00:00Z"),
        ("time with an offset", "21:00:00.000001Z", "21:00:00.000001+00:00"),
        ("upper-case id", "c0c0c0c0-", "C0C0C0C0-"),
        ("upper-case hash", "abab", "ABAB"),
        ("base64 without padding", "AQE=", "AQE"),
        ("base64 with stray bits", "AQE=", "AQF="),
        ("base64 of the URL alphabet", "AwMDAw", "-wMDAw"),
        ("unknown term", r#""basis":"inferred""#, r#""basis":"guessed""#),
        ("control character in a name", "City", "\\u0001ity"),
        ("empty name", "City of Birmingham", ""),
        ("bad subject", "birmingham/recommendation/", "birmingham/recommendations/"),
        ("interval backwards", r#""to":"2025-03-20"#, r#""to":"2024-03-20"#),
        ("interval without its end", r#""to":"2025-03-20T05:00:00.000000Z""#, r#""to":null"#),
        ("basis recorded over days", r#""basis":"inferred""#, r#""basis":"recorded""#),
        ("lone surrogate", "City", "\\ud800ity"),
        ("byte order mark", r#"{"actor""#, "\u{feff}{\"actor\""),
        ("second value", r#"status.reported.v1"}"#, r#"status.reported.v1"}{}"#),
        ("cut off", r#"status.reported.v1"}"#, r#"status.reported.v1""#),
    ];
    for (name, from, to) in table {
        let other = canonical.replacen(from, to, 1);
        assert_ne!(other, canonical, "{name}");
        let result = Entry::decode(other.as_bytes());
        assert!(matches!(result, Err(EntryError::Malformed { .. })), "{name}: {result:?}");
        assert!(!chain(&result.unwrap_err()).contains(['\r', '\n']), "{name}");
    }
    assert!(matches!(Entry::decode(b""), Err(EntryError::Malformed { .. })));
    assert!(matches!(Entry::decode(b"{\"actor\":\"\xff\"}"), Err(EntryError::Malformed { .. })));
    assert!(matches!(Entry::decode("[".repeat(60_000).as_bytes()), Err(EntryError::Malformed { .. })));
}

#[test]
fn a_newer_entry_is_named_as_such() {
    let canonical = status();
    let newer = "docket.status.reported.v2";
    let renamed = canonical.replace("docket.status.reported.v1", newer);
    // Its envelope may be newer too.
    let other_envelope = renamed.replace(r#""actorbasis":"os""#, r#""actorbasis":"passkey""#);
    for bytes in [renamed.as_str(), &other_envelope, r#"{"type":"docket.status.reported.v2"}"#] {
        match Entry::decode(bytes.as_bytes()) {
            Err(EntryError::UnknownType { name }) => assert_eq!(name, newer),
            result => panic!("{bytes}: {result:?}"),
        }
    }
    // Data of another type is not mistaken for data of this one.
    let mistyped = canonical.replace("status.reported", "status.verified");
    assert!(matches!(Entry::decode(mistyped.as_bytes()), Err(EntryError::Malformed { .. })));
}

#[test]
fn a_null_previous_entry_is_not_the_same_as_none() {
    let canonical = json(&samples::sparse(EventKind::StatusReported));
    let null = canonical.replace(r#""subjectversion":1"#, r#""subjectprev":null,"subjectversion":1"#);
    let offset = canonical.find("subjectversion").unwrap() + "subject".len();
    match Entry::decode(null.as_bytes()) {
        Err(EntryError::NotCanonical { offset: found }) => assert_eq!(found, offset),
        result => panic!("{result:?}"),
    }
}

#[test]
fn version_and_previous_entry_go_together() {
    let entry = samples::full(EventKind::NoteRecorded);
    for (version, previous, fits) in [
        (0, false, false),
        (0, true, false),
        (1, false, true),
        (1, true, false),
        (2, false, false),
        (2, true, true),
    ] {
        let mut entry = entry.clone();
        Arc::make_mut(&mut entry.event).version = version;
        entry.previous = previous.then_some([1; 32]);
        match entry.encode() {
            Ok(_) => assert!(fits, "{version} {previous}"),
            Err(EntryError::Version { .. }) => assert!(!fits, "{version} {previous}"),
            Err(error) => panic!("{error}"),
        }
    }
    let without = status().replace(&format!(r#""subjectprev":"{}","#, "ab".repeat(32)), "");
    assert!(matches!(Entry::decode(without.as_bytes()), Err(EntryError::Version { version: 2, .. })));
}

/// The samples bear the subjects that fit; every kind is tried on the subject of every other.
#[test]
fn a_type_stands_only_on_subjects_that_it_can_be_about() {
    let subjects: Vec<Subject> =
        ["register", "recommendation/7a", "claim/c1c1c1c1-c1c1-c1c1-c1c1-c1c1c1c1c1c1"]
            .into_iter()
            .map(|rest| Subject::parse(&format!("birmingham/{rest}")).unwrap())
            .chain([
                samples::full(EventKind::SourceReceived).event.subject.clone(),
                samples::full(EventKind::ReviewPerformed).event.subject.clone(),
                Subject::Log,
            ])
            .collect();
    let fitting = |kind| {
        let mut entry = samples::full(kind);
        subjects
            .iter()
            .map(|subject| {
                Arc::make_mut(&mut entry.event).subject = subject.clone();
                if entry.encode().is_ok() { 'x' } else { '.' }
            })
            .collect::<String>()
    };
    let table: Vec<String> =
        EventKind::ALL.iter().map(|&kind| format!("{} {}", fitting(kind), kind.short())).collect();
    // Columns: register, recommendation, claim, source, review, log.
    let expected = [
        "x..... register.opened",
        "x..... vocabulary.revised",
        "...x.. source.received",
        ".x.... recommendation.registered",
        ".x.... recommendation.amended",
        ".x.... status.reported",
        ".x.... status.verified",
        "xxxxx. note.recorded",
        "xxxxx. evidence.attached",
        ".x.... assignment.changed",
        "..x... claim.recorded",
        "....x. review.performed",
        "...x.. fragment.quarantined",
        "xxxxxx event.corrected",
        "xxxxxx event.retracted",
        "xxxxxx text.redacted",
        "x....x access.granted",
        "x....x access.revoked",
        ".....x key.changed",
        ".....x clock.overridden",
        ".....x log.continued",
        "xxxxx. hold.placed",
        "xxxxx. hold.lifted",
    ];
    assert_eq!(table, expected);

    let other_key =
        json(&samples::full(EventKind::RecommendationRegistered)).replace("dation/7a", "dation/7b");
    assert!(matches!(Entry::decode(other_key.as_bytes()), Err(EntryError::Subject { .. })));
    let other_source = json(&samples::full(EventKind::SourceReceived)).replacen("d0d0", "d0d1", 1);
    assert!(matches!(Entry::decode(other_source.as_bytes()), Err(EntryError::Subject { .. })));
}

#[test]
fn integers_and_lengths_have_their_limits() {
    let mut entry = samples::full(EventKind::ClockOverridden);
    Arc::make_mut(&mut entry.event).index = (1 << 53) - 1;
    for (drift_micros, fits) in [
        ((1 << 53) - 1, true),
        (1 - (1 << 53), true),
        (1 << 53, false),
        (-(1 << 53), false),
        (i64::MIN, false),
    ] {
        let Data::ClockOverridden(data) = &mut Arc::make_mut(&mut entry.event).data else { unreachable!() };
        data.drift_micros = drift_micros;
        assert_eq!(entry.encode().is_ok(), fits, "{drift_micros}");
    }
    Arc::make_mut(&mut entry.event).index = 1 << 53;
    assert!(matches!(entry.encode(), Err(EntryError::Index { .. })));

    let mut entry = samples::full(EventKind::AccessRevoked);
    let room = ENTRY_BYTES_MAX - entry.encode().unwrap().len();
    let Data::AccessRevoked(data) = &mut Arc::make_mut(&mut entry.event).data else { unreachable!() };
    data.role.push_str(&"x".repeat(room));
    let longest = entry.encode().unwrap();
    assert_eq!(longest.len(), ENTRY_BYTES_MAX);
    assert_eq!(Entry::decode(&longest).unwrap(), entry);
    let Data::AccessRevoked(data) = &mut Arc::make_mut(&mut entry.event).data else { unreachable!() };
    data.role.push('x');
    assert!(matches!(entry.encode(), Err(EntryError::TooLong { bytes: 65_536 })));
    let too_long = String::from_utf8(longest).unwrap().replace("xxx", "xxxx");
    assert!(matches!(Entry::decode(too_long.as_bytes()), Err(EntryError::TooLong { .. })));
}

#[test]
fn an_inconsistent_interval_is_not_written() {
    let mut entry = samples::full(EventKind::StatusReported);
    let Data::StatusReported(data) = &mut Arc::make_mut(&mut entry.event).data else { unreachable!() };
    data.effective.to = Some(Timestamp::EPOCH);
    let error = entry.encode().unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("to 1970-01-01T00:00:00.000000Z does not go with precision range"), "{cause}");
}

proptest! {
    #[test]
    fn what_is_written_is_canonical_and_reads_back(entry in generate::entries()) {
        let text = json(&entry);
        prop_assert_eq!(&canonicalise(&text), &text);
        prop_assert_eq!(Entry::decode(text.as_bytes()).unwrap(), entry);
    }

    #[test]
    fn reading_any_bytes_gives_an_error_or_the_one_event_that_has_them(
        entry in generate::entries(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3, any::<u8>()), 1..4),
    ) {
        let mut bytes = entry.encode().unwrap();
        for (place, how, byte) in cuts {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => bytes.truncate(place.max(1)),
            }
        }
        if let Ok(read) = Entry::decode(&bytes) {
            prop_assert_eq!(read.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_are_no_entry(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Entry::decode(&bytes).is_err());
    }
}
