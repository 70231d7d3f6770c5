//! What a person or a city hands in: source tables, manifests, curation, claims, plans.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::OnceLock;

use docket_domain::{Asserter, Label, Origin, RegisterId, StateName, Zone};
use docket_ledger::import::{
    CURATION_FILE, EXPECTED_COUNT_MAX, ImportError, MANIFEST_FILE, Resolution, SourceFolder, Transcript,
    curation::{self as curations, Curation},
    load_folder,
    manifest::{self as manifests, Manifest},
    transcribe,
};
use docket_ledger::next::Plan;

use crate::check::{accept, choice, one_line, pick};
use crate::desk::fixture;

/// The sources of the tests: pipes, semicolons and tabs, with and without numbers.
pub(crate) const SOURCES: [&str; 4] =
    ["school-inquiry", "transit-audit", "harbour-flood-panel", "birmingham-april"];

fn folders() -> &'static [SourceFolder] {
    static FOLDERS: OnceLock<Vec<SourceFolder>> = OnceLock::new();
    FOLDERS.get_or_init(|| {
        let load = |name: &&str| load_folder(&fixture(name)).expect("a source of the tests");
        SOURCES.iter().map(load).collect()
    })
}

fn refused(error: impl Error + 'static) {
    one_line(&error);
    let error: &dyn Error = &error;
    if let Some(ImportError::Refused { refused, .. }) = error.downcast_ref() {
        for decision in refused {
            one_line(decision);
        }
    }
}

/// The input: a byte that chooses the manifest, and the document.
pub(crate) fn table(data: &[u8]) {
    let (chosen, document) = choice(data);
    let manifest = &pick(folders(), chosen).manifest;
    match transcribe(document, manifest) {
        Ok(transcript) => {
            let text = std::str::from_utf8(document).expect("only UTF-8 is transcribed");
            check_transcript(&transcript, text, manifest);
        }
        Err(error) => refused(error),
    }
}

/// Every line ends somewhere, every total adds up, and no word is there that was not printed.
fn check_transcript(transcript: &Transcript, document: &str, manifest: &Manifest) {
    let account = &transcript.reconciliation;
    let lines = &account.lines;
    assert_eq!(lines.read, lines.blank + lines.owned + lines.quarantined + lines.unaccounted);
    assert_eq!(lines.unaccounted as usize, account.unaccounted_lines.len());
    let covered = |line: &u32| {
        let open = transcript.problems.iter().filter(|problem| problem.resolution == Resolution::Open);
        open.into_iter().any(|problem| problem.lines.contains(*line))
    };
    assert!(account.unaccounted_lines.iter().all(covered), "a line is lost without an open problem");
    let rows = transcript.rows.len();
    assert_eq!(account.rows as usize, rows);
    assert_eq!((account.numbers.printed + account.numbers.inferred + account.numbers.missing) as usize, rows);
    let labels: u32 = account.labels.iter().map(|(_, count)| count).sum();
    assert_eq!((labels + account.labels_unknown) as usize, rows);
    let problems = account.problems_open + account.problems_by_rule + account.problems_decided;
    assert_eq!(problems as usize, transcript.problems.len());
    let keys: BTreeSet<&str> = transcript.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys.len(), rows, "two rows have the same key");
    let most = document.lines().count() + manifest.register.expected_count as usize;
    assert!(rows <= most, "{rows} rows were made of {most} lines and numbers");
    // NUL, which no text may hold, is read as U+FFFD, and reported.
    let document = document.replace('\0', "\u{fffd}");
    for cell in transcript.rows.iter().flat_map(|row| &row.cells) {
        assert!(document.contains(cell.text.as_str()), "a cell says what was not printed: {:?}", cell.text);
        assert!((1..=lines.read).contains(&cell.line));
    }
    for problem in &transcript.problems {
        assert!(problem.lines.first <= problem.lines.last);
        crate::check::line(&problem.message);
    }
    accept();
}

/// What a manifest may say the log can record: its names are names there, too.
pub(crate) fn manifest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let manifest = match manifests::parse(text, MANIFEST_FILE) {
        Ok(manifest) => manifest,
        Err(error) => return refused(error),
    };
    let register = &manifest.register;
    assert!((1..=EXPECTED_COUNT_MAX).contains(&register.expected_count));
    RegisterId::new(&register.id).expect("the register's id");
    Origin::new(&register.origin).expect("the origin");
    Zone::parse(&register.time_zone).expect("the time zone");
    for name in [&register.publisher, &manifest.source.publisher] {
        Asserter::new(name).expect("the publisher");
    }
    for state in &manifest.vocabulary.states {
        StateName::new(&state.name).expect("a state");
    }
    for label in &manifest.vocabulary.labels {
        Label::new(&label.printed).expect("a label");
    }
    let interval = &manifest.source.interval;
    assert!(interval.from <= interval.to);
    assert!(
        interval.to.to_string().len() == "2025-03-06".len(),
        "{} has no year of four digits",
        interval.to
    );
    let file = std::path::Path::new(&manifest.document.file);
    assert_eq!(file.file_name(), Some(file.as_os_str()), "the document is in the folder");
    // A layout that is accepted can be used, whatever the document.
    match transcribe(b"1|Fix the roof|Done\nIII.2;Fix the wall;;NO UPDATE\n7a\tFix the door\n", &manifest) {
        Ok(transcript) => {
            assert!(transcript.reconciliation.lines.read >= 3);
            accept();
        }
        Err(error) => refused(error),
    }
}

pub(crate) fn claims(data: &[u8]) {
    match docket_ledger::claims::parse(data, "claims.toml") {
        Ok(claims) => {
            let again = docket_ledger::claims::parse(data, "elsewhere.toml").expect("the same file");
            accept();
            assert_eq!(claims, again, "the same file is the same command");
            assert!(claims.claims.iter().all(|claim| !claim.source_url.trim().is_empty()));
        }
        Err(error) => refused(error),
    }
}

/// The input: a byte that chooses the source, and the curation of it.
pub(crate) fn curation(data: &[u8]) {
    let (chosen, text) = choice(data);
    let Ok(text) = std::str::from_utf8(text) else { return };
    let curation = match curations::parse(text, CURATION_FILE) {
        Ok(curation) => curation,
        Err(error) => return refused(error),
    };
    for decision in &curation.decisions {
        assert!(decision.lines.first > 0 && decision.lines.first <= decision.lines.last);
        assert!(!decision.reason.trim().is_empty(), "a decision without a reason");
    }
    let folder = pick(folders(), chosen);
    let decisions = curation.decisions.len();
    match with(folder, curation).work_out() {
        Ok(transcript) => {
            assert_eq!(transcript.decisions.len(), decisions, "every decision is applied or refused");
            let text = std::str::from_utf8(&folder.document).expect("a document of the tests");
            check_transcript(&transcript, text, &folder.manifest);
        }
        Err(error) => refused(error),
    }
}

fn with(folder: &SourceFolder, curation: Curation) -> SourceFolder {
    SourceFolder { manifest: folder.manifest.clone(), document: folder.document.clone(), curation }
}

/// A plan that is read is written and read as the same plan.
pub(crate) fn next_plan(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let plan = match Plan::parse(text, "plan.toml") {
        Ok(plan) => plan,
        Err(error) => return refused(error),
    };
    let written = match plan.to_toml() {
        Ok(written) => written,
        Err(error) => return refused(error),
    };
    let again = Plan::parse(&written, "plan.toml").expect("a written plan can be read");
    assert_eq!(plan, again, "a plan says something else when it is written");
    assert_eq!(written, again.to_toml().expect("it could be written"), "a plan is written in one way");
    accept();
}
