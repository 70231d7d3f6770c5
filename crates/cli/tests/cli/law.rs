//! Redaction and legal hold, as a clerk and an auditor see them.

use std::path::{Path, PathBuf};

use super::support::Docket;

const WORDS: &str = "The witness Jane Roe was heard on Tuesday";
const ORDER: [&str; 6] =
    ["--authority", "court order 25-117", "--reason", "names a witness", "--by", "counsel"];

/// The files below a directory that hold some bytes.
fn holders(directory: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holders(&path, bytes));
        } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes) {
            found.push(path);
        }
    }
    found
}

/// The seed, with a note on 7 that says the words, and one on 8 that holds them.
fn with_words() -> Docket {
    let docket = Docket::imported();
    docket.run(["record", "note", "7", WORDS, "--by", "ann"]).done();
    let longer = format!("Minutes: {WORDS}\nand left early.");
    docket.run(["record", "note", "8", &longer, "--by", "ann"]).done();
    docket
}

fn redact<'a>(event: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    ["redact", event].into_iter().chain(ORDER).chain(more.iter().copied()).collect()
}

fn version(docket: &Docket, number: &str) -> u64 {
    docket.json(&["show", number])["recommendation"]["version"].as_u64().unwrap()
}

#[test]
fn nothing_is_redacted_before_something_is_said_about_every_other_place() {
    let docket = with_words();
    let (size, name) = (docket.size(), format!("7@{}", version(&docket, "7")));
    let other = format!("8@{}:text", version(&docket, "8"));
    let refused = docket.run(redact(&name, &[]));
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains(&format!("{other} (note.recorded")), "{refused:?}");
    assert!(refused.stderr.contains("--all-listed"), "{refused:?}");
    assert!(!refused.stderr.contains("Jane Roe"), "{refused:?}");
    let preview = docket.run(["redact", &name, "--dry-run"]).done().stdout;
    assert!(preview.contains("would redact") && preview.contains("holds these words"), "{preview}");
    assert_eq!(docket.size(), size);
    docket.run(redact(&name, &["--also", "8"])).fails(2, "names no part of an event");
    docket.run(redact(&name, &["--field", "source_url"])).fails(2, "has no part");
    docket
        .run([
            "redact",
            &name,
            "--authority",
            "x",
            "--reason",
            "about Tuesday: The witness Jane Roe was heard on Tuesday",
        ])
        .fails(2, "the same words stand in 1 place besides");
    docket
        .run(["redact", &name, "--authority", "x", "--reason", WORDS, "--only-this"])
        .fails(3, "the reason repeats the words");

    let done = docket.json(&redact(&name, &["--only-this"]));
    assert_eq!(done["declined"][0]["part"], other.as_str());
    let journal = docket.data().join("journal");
    let left = holders(&docket.data(), b"Jane Roe");
    assert!(!left.is_empty() && left.iter().all(|path| path.starts_with(&journal)), "{left:?}");
    let again = docket.run(redact(&name, &["--only-this"]));
    again.fails(3, "is redacted already, by event");
    docket.run(redact(other.strip_suffix(":text").unwrap(), &[])).done();
    assert_eq!(holders(&docket.data(), b"Jane Roe"), Vec::<PathBuf>::new());
}

#[test]
fn a_redaction_shows_who_when_and_why_and_leaves_every_proof() {
    let docket = with_words();
    let number = version(&docket, "7");
    let name = format!("7@{number}");
    let receipt = docket.run(["receipt", &name, "--withhold-texts"]).done().stdout;
    let file = docket.around().join("before.tlog-proof");
    std::fs::write(&file, receipt).unwrap();
    docket.run(redact(&name, &["--all-listed"])).done();
    assert_eq!(holders(&docket.data(), b"Jane Roe"), Vec::<PathBuf>::new());
    docket.run(["verify"]).done();
    let key = docket.data().join("log.vkey");
    let verify = ["verify", "--receipt", file.to_str().unwrap(), "--key", key.to_str().unwrap()];
    docket.run(verify).done();
    let timeline = docket.run(["timeline", "7"]).done().stdout;
    let line = |text: &str| timeline.split_whitespace().collect::<Vec<_>>().join(" ").contains(text);
    assert!(line(&format!("redacts {name}: text 0, under court order 25-117")), "{timeline}");
    assert!(line("└ redacted (text 0, under court order 25-117) by 7@"), "{timeline}");
    assert!(line("by counsel: “names a witness”"), "{timeline}");
    let shown = docket.json(&["show", "7"]);
    let notes = shown["recommendation"]["notes"].as_array().unwrap();
    assert!(notes.last().unwrap()["text"]["redacted"].is_string(), "{shown}");
    let mark = &docket.json(&["timeline", "7"])["timeline"][usize::try_from(number).unwrap() - 1]["marks"][0];
    assert_eq!(mark["says"]["authority"], "court order 25-117");
}

#[test]
fn a_redacted_document_is_gone_and_never_imported_again() {
    let docket = Docket::imported();
    let preview = docket.json(&["redact", "7@3", "--dry-run"]);
    let places = preview["declined"].as_array().unwrap();
    let document =
        places.iter().find(|place| place["type"] == "source.received").expect("the source holds it");
    let event = document["event"].as_str().unwrap();
    let size = docket.size();
    docket.run(redact(event, &["--field", "document", "--only-this"])).done();
    assert_eq!(docket.size(), size + 1);
    let blobs = docket.data().join("blobs");
    let left: Vec<_> = std::fs::read_dir(&blobs).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().ends_with(".redacted")), "{left:?}");
    docket.run(["verify"]).done();
    // Importing again is still nothing new, and does not bring the document back.
    docket.run(["import", super::support::source("seeds").to_str().unwrap(), "--by", "importer"]).done();
    assert_eq!(std::fs::read_dir(&blobs).unwrap().count(), left.len());
    assert_eq!(docket.size(), size + 1);
}

#[test]
fn a_legal_hold_refuses_redaction_until_it_is_lifted() {
    let docket = with_words();
    let name = format!("7@{}", version(&docket, "7"));
    let hold =
        ["hold", "place", "7", "--authority", "Roe v. City", "--reason", "discovery", "--by", "counsel"];
    let placed = docket.json(&hold)["events"][0]["event"].as_str().unwrap().to_owned();
    let refused = docket.run(redact(&name, &["--only-this"]));
    refused.fails(3, &format!("is under the legal hold {placed}"));
    docket.run(redact(&name, &["--dry-run"])).fails(3, "is under the legal hold");
    let shown = docket.json(&["show", "7"]);
    assert_eq!(shown["holds"][0]["event"], placed.as_str());
    assert_eq!(shown["holds"][0]["authority"], "Roe v. City");
    let page = docket.run(["show", "7"]).done().stdout;
    assert!(page.contains("Legal holds") && page.contains("under Roe v. City"), "{page}");
    assert_eq!(docket.json(&["show", "8"])["holds"].as_array().unwrap().len(), 0);

    docket.run(["hold", "lift", &name, "--reason", "x"]).fails(3, "only a legal hold can be lifted");
    docket.run(["hold", "lift", &placed, "--reason", "the case is closed", "--by", "counsel"]).done();
    docket.run(["hold", "lift", &placed, "--reason", "again"]).fails(3, "is lifted already");
    let wide = ["hold", "place", "--register-wide", "--authority", "appeal", "--reason", "pending"];
    let wide = docket.json(&wide)["events"][0]["event"].as_str().unwrap().to_owned();
    docket.run(redact(&name, &["--only-this"])).fails(3, &format!("is under the legal hold {wide}"));
    docket.run(["hold", "lift", &wide, "--reason", "decided"]).done();
    docket.run(redact(&name, &["--only-this"])).done();
    let timeline = docket.run(["timeline", "7"]).done().stdout;
    assert!(timeline.contains("legal hold, under Roe v. City"), "{timeline}");
    assert!(timeline.contains("lifts the legal hold 7@"), "{timeline}");
    docket.run(["hold", "place"]).is_usage("required");
}

/// The document is one file: the hold on 7 keeps it, whoever is named as the place where it stands.
#[test]
fn a_hold_keeps_a_document_that_is_listed_under_another_recommendation() {
    let docket = Docket::imported();
    let file = docket.around().join("minutes.txt");
    std::fs::write(&file, format!("Minutes: {WORDS}.")).unwrap();
    for number in ["8", "7"] {
        docket.run(["record", "evidence", number, file.to_str().unwrap(), "--by", "ann"]).done();
    }
    docket.run(["record", "note", "9", WORDS, "--by", "ann"]).done();
    docket.run(["hold", "place", "7", "--authority", "Roe v. City", "--reason", "discovery"]).done();
    let note = format!("9@{}", version(&docket, "9"));
    let refused = docket.run(redact(&note, &["--all-listed"]));
    assert_eq!(refused.code, 3, "{refused:?}");
    assert_ne!(holders(&docket.data().join("blobs"), b"Jane Roe"), Vec::<PathBuf>::new());
}

/// The document that a recommendation was read from goes with the recommendation: what it said stands in it.
#[test]
fn a_hold_keeps_the_document_that_a_recommendation_was_read_from() {
    let docket = Docket::imported();
    let preview = docket.json(&["redact", "7@3", "--dry-run"]);
    let places = preview["declined"].as_array().unwrap();
    let document = places.iter().find(|place| place["type"] == "source.received").unwrap();
    let event = document["event"].as_str().unwrap();
    docket.run(["hold", "place", "9", "--authority", "Roe v. City", "--reason", "discovery"]).done();
    let refused = docket.run(redact(event, &["--field", "document", "--only-this"]));
    refused.fails(3, "is under the legal hold");
}

/// Somebody copies the segment of before the redaction back over the journal.
#[test]
fn words_that_are_back_are_a_finding_and_are_not_shown() {
    let docket = with_words();
    let segments = || -> Vec<PathBuf> {
        let journal = std::fs::read_dir(docket.data().join("journal")).unwrap();
        journal.map(|entry| entry.unwrap().path()).collect()
    };
    let before: Vec<(PathBuf, Vec<u8>)> =
        segments().into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    let name = format!("7@{}", version(&docket, "7"));
    docket.run(redact(&name, &["--all-listed"])).done();
    for (path, old) in before {
        let mut bytes = std::fs::read(&path).unwrap();
        let end = old.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        bytes[..end].copy_from_slice(&old[..end]);
        std::fs::write(&path, bytes).unwrap();
    }
    assert_ne!(holders(&docket.data(), b"Jane Roe"), Vec::<PathBuf>::new());
    let verified = docket.run(["verify"]);
    assert_eq!(verified.code, 1, "{verified:?}");
    let said = format!("{}{}", verified.stdout, verified.stderr);
    assert!(said.contains("redacted words are back"), "{said}");
    let shown = docket.run(["timeline", "7"]).done();
    assert!(!shown.stdout.contains("Jane Roe") && shown.stderr.contains("destroyed again"), "{shown:?}");
    assert_eq!(holders(&docket.data(), b"Jane Roe"), Vec::<PathBuf>::new());
    docket.run(["verify"]).done();
}

/// A quotation in other words, escaped, is listed like the words themselves.
#[test]
fn a_quotation_is_listed() {
    let docket = Docket::imported();
    let words = "The witness said \"my name is Jane Roe and I live at 12 Elm Street\" on Tuesday";
    docket.run(["record", "note", "7", words, "--by", "ann"]).done();
    let quoted = format!("refused: {:?}", &words[..60]);
    docket.run(["record", "note", "8", &quoted, "--by", "ann"]).done();
    let preview = docket.run(["redact", &format!("7@{}", version(&docket, "7")), "--dry-run"]).done().stdout;
    let other = format!("8@{}:text", version(&docket, "8"));
    assert!(preview.contains(&other) && preview.contains("holds parts of these words"), "{preview}");
}

/// What an authority orders destroyed does not wait until another document is mended; who looks is told which one.
#[test]
fn a_damaged_document_hinders_no_redaction_and_is_named() {
    let docket = with_words();
    let name = format!("7@{}", version(&docket, "7"));
    let blobs = docket.data().join("blobs");
    let document = std::fs::read_dir(&blobs).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&document, "other bytes").unwrap();
    let file = document.file_name().unwrap().to_str().unwrap();
    let preview = docket.run(["redact", &name, "--dry-run"]).done().stdout;
    assert!(preview.contains(file) && preview.contains("look yourself"), "{preview}");
    docket.run(redact(&name, &["--all-listed"])).done();
    assert!(holders(&docket.data().join("journal"), b"Jane Roe").is_empty());
}
