//! What is refused, and how it is said.

use std::{fs, path::Path};

use super::*;
use crate::import::{CURATION_FILE, ImportError, MANIFEST_FILE, curation, manifest};

fn first_source(file: &str) -> String {
    fs::read_to_string(workspace().join("seeds/birmingham-crime-commission").join(file)).unwrap()
}

fn refused_curation(change: impl FnOnce(&str) -> String) -> String {
    let mut source = source("seeds/birmingham-crime-commission");
    let text = change(&first_source(CURATION_FILE));
    let error = match curation::parse(&text, CURATION_FILE) {
        Ok(curation) => {
            source.curation = curation;
            source.work_out().expect_err("the curation no longer applies")
        }
        Err(error) => error,
    };
    assert!(!error.to_string().contains('\n'), "{error}");
    error.to_string()
}

#[test]
fn a_manifest_is_refused_with_its_line_or_key() {
    let sound = first_source(MANIFEST_FILE);
    for (from, to, said) in [
        (
            "expected_count = 82 ",
            "expected_count = 0 ",
            "`register.expected_count` is 0; it must be 1 to 10000",
        ),
        ("\"America/Chicago\"", "\"America/Springfield\"", "`register.time_zone` is \"America/Springfield\""),
        (
            "to = \"2025-03-19\"",
            "to = \"2025-03-32\"",
            "`source.interval.to` is \"2025-03-32\", which is no date",
        ),
        (
            "to = \"2025-03-19\"",
            "to = \"2025-03-01\"",
            "`source.interval.to` is 2025-03-01, before the first day",
        ),
        ("origin = \"docket", "origin = \"https://docket", "`register.origin` is \"https://docket"),
        ("origin = \"docket", "origin = \"dock et", "`register.origin` is \"dock et"),
        ("id = \"birm", "id = \"Birm", "`register.id` is \"Birm"),
        ("file = \"000_", "file = \"../000_", "`document.file` is \"../000_"),
        ("sha256 = \"cc", "sha256 = \"CC", "`document.sha256` must be 64"),
        (
            "state = \"pre-launch\"",
            "state = \"launch\"",
            "`vocabulary.labels.state` maps \"PRE-LAUNCH\" to \"launch\"",
        ),
        (
            "printed = \"COMPLETED\"",
            "printed = \"COMPLETE\"",
            "`vocabulary.labels` defines \"COMPLETE\" twice",
        ),
        (
            "role = \"notes\"",
            "role = \"text\"",
            "`layout.columns` must have exactly one column with role \"text\"",
        ),
        ("role = \"notes\"", "role = \"remarks\"", "unknown variant `remarks`"),
        ("publisher = ", "publsher = ", "unknown field `publsher`"),
        ("basis = \"inferred\"", "basis = \"guessed\"", "unknown variant `guessed`"),
    ] {
        let changed = sound.replacen(from, to, 1);
        assert_ne!(changed, sound, "{from}");
        let error = manifest::parse(&changed, MANIFEST_FILE).expect_err(to).to_string();
        assert!(error.starts_with("source.toml") && error.contains(said) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn an_inferred_interval_needs_its_reasons() {
    let sound = first_source(MANIFEST_FILE);
    let start = sound.find("derivation = [").unwrap();
    let end = start + sound[start..].find("]\n").unwrap();
    let changed = format!("{}derivation = [{}", &sound[..start], &sound[end..]);
    let error = manifest::parse(&changed, MANIFEST_FILE).unwrap_err().to_string();
    assert!(error.contains("`source.interval.derivation` must give the reasons"), "{error}");
}

fn copied(to: &Path) {
    let from = workspace().join("seeds/birmingham-crime-commission");
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn another_document_is_refused_with_both_digests() {
    let folder = tempfile::tempdir().unwrap();
    copied(folder.path());
    let document = folder.path().join("000_66732e4ab12be8fc.txt");
    let mut bytes = fs::read(&document).unwrap();
    bytes[100] ^= 1;
    fs::write(&document, bytes).unwrap();
    let error = load_folder(folder.path()).unwrap_err();
    let ImportError::OtherDocument { stated, found, .. } = &error else { panic!("{error}") };
    assert!(stated.starts_with("cc165ecf") && found != stated);
    assert!(error.to_string().contains(stated.as_str()) && error.to_string().contains(found.as_str()));
}

#[test]
fn files_are_needed_and_bounded_but_curation_is_optional() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(load_folder(folder.path()), Err(ImportError::Unreadable { .. })));
    copied(folder.path());
    fs::remove_file(folder.path().join(CURATION_FILE)).unwrap();
    assert!(load_folder(folder.path()).unwrap().curation.decisions.is_empty());
    fs::write(folder.path().join(CURATION_FILE), "#".repeat(1024 * 1024 + 1)).unwrap();
    assert!(matches!(load_folder(folder.path()), Err(ImportError::TooLarge { .. })));
}

#[test]
fn invalid_utf8_is_refused_with_line_and_offset() {
    let error = super::super::transcribe(b"1\tA.\n2\tB\xff.\n", &small_manifest(2)).unwrap_err();
    let ImportError::NotUtf8 { line, offset, .. } = error else { panic!("{error}") };
    assert_eq!((line, offset), (2, 8));
}

#[test]
fn a_decision_must_answer_a_reported_problem_on_existing_lines() {
    let error = refused_curation(|text| {
        text.replacen("lines = \"95\"", "lines = \"950\"", 1)
            .replacen("problem = \"loose-line\"", "problem = \"loose-lines\"", 1)
            .replacen("lines = \"74\"", "lines = \"73-74\"", 1)
    });
    assert!(error.starts_with("curation.toml: 3 decisions are refused: "), "{error}");
    for said in [
        "decision 17 (quarantine, lines 950): the document has 102 lines",
        "decision 2 (quarantine, lines 34-37): no problem \"loose-lines\" is reported there; only loose-line, rows-lost",
        "decision 8 (leaked-note, lines 73-74): no problem is reported on line 73",
    ] {
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_decision_whose_words_are_not_there_is_refused() {
    for (from, to, said) in [
        ("printed = \"In March 2025, the", "printed = \"In March 2026, the", "no such cell on line 42"),
        ("printed = [\"'AILABLE 'AILABLE\"", "printed = [\"'AILABLE'\"", "line 34 does not begin with"),
        (
            "printed = \"available\" }",
            "printed = \"availabl\" }",
            "the parts together are not the whole cell",
        ),
        ("printed = \"Reviewing.\"", "printed = \"Reviewed.\"", "the text of 64 does not hold \"Reviewed.\""),
        ("printed = \"highrisk\"", "printed = \"high\"", "is not \"high\" with a hyphen"),
        ("reads = \"high-risk\"", "reads = \"high-rise\"", "is not \"highrisk\" with a hyphen"),
        ("row = \"77\"", "row = \"78\"", "row 78 has nothing on these lines"),
        ("row = \"77\"", "row = \"83\"", "there is no row \"83\""),
        ("\"Awarded the 2024 ", "\"Awarded the 2025 ", "row 55 has no note that is"),
        (
            "printed = \"No update available\"",
            "printed = \"No update\"",
            "row 53 has no note that says just \"No update\"",
        ),
        ("sharing updates and strategi\"", "sharing updates and strategies\"", "the lines do not hold"),
        (
            "printed = \"Bpd established",
            "printed = \"BPD established",
            "row 77 does not hold \"BPD established",
        ),
    ] {
        let error = refused_curation(|text| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            changed
        });
        assert!(error.contains(said), "{to}: {error}");
    }
}

#[test]
fn a_decision_must_be_well_formed() {
    for (from, to, said) in [
        ("action = \"keep\"", "action = \"kept\"", "there is no action \"kept\"; the nearest is \"keep\""),
        ("row = \"38\"", "note = \"38\"", "the key `row` is missing"),
        (
            "reads = \"high-risk\"",
            "reads = \"high-risk\"\nto = \"notes\"",
            "the action restore-hyphen has no key `to`",
        ),
        ("lines = \"34-37\"", "lines = \"37-34\"", "`lines` is \"37-34\""),
        ("lines = \"34-37\"", "lines = \"0\"", "`lines` is \"0\""),
        ("reason = \"The note of 11", "reasons = \"The note of 11", "unknown field `reasons`"),
        ("printed = \"Reviewing.\"", "printed = \" \"", "`printed` is empty"),
    ] {
        let error = refused_curation(|text| text.replacen(from, to, 1));
        assert!(error.contains(said), "{to}: {error}");
    }
}

#[test]
fn a_decision_taken_twice_is_refused_the_second_time() {
    let error = refused_curation(|text| {
        let start = text.find("[[decision]]\nlines = \"34-37\"").unwrap();
        let end = start + 12 + text[start + 12..].find("[[decision]]").unwrap();
        format!("{text}\n{}", &text[start..end])
    });
    assert!(
        error.contains("decision 18 (quarantine, lines 34-37): line 34 is quarantined already"),
        "{error}"
    );
}
