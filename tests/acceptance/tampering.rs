//! Tampering with every file that Docket writes: one table says what comes of each kind of tampering with each kind of file, and the real
//! binary on copies of real directories must show it. docs/threat-model.md says the same in words.
//!
//! A file that Docket writes and that the table does not know fails the test, and so does a row that fits no file.

mod check;
mod damage;
mod rows;
mod table;
mod whole;
mod world;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use check::{Answers, Questions, Seen, Untouched, look};
use damage::{Change, Tampering, changes};
use rows::ROWS;
use table::{Expected, Place, Row, matches};
use world::{DATA_DIRECTORIES, Worlds};

use crate::docket::copy;

/// One change, and what must come of it.
struct Case {
    row: &'static Row,
    file: String,
    tampering: Tampering,
    expected: Expected,
    change: Change,
}

#[test]
fn whatever_is_done_to_a_file_is_found_refused_or_of_no_effect() {
    let worlds = Worlds::build();
    let mut wrong = unknown_files(&worlds);
    let cases = cases(&worlds, &mut wrong);
    let untouched = Untouched::of(&worlds);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(message) = judge(case, &see(&worlds, &untouched, case)) {
                        found.lock().unwrap().push(message);
                    }
                }
            });
        }
    });
    wrong.extend(found.into_inner().unwrap());
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} of {} are not as the table says:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// The files of a row, from the world's root.
fn files_of(row: &Row, files: &[String]) -> Vec<String> {
    let pattern = format!("{}/{}", row.place.directory(), row.files);
    let is_named = |file: &&String| matches(&pattern, file) && is_most_exact(row, file);
    files.iter().filter(is_named).cloned().collect()
}

/// Whether no other row of the place names the file by a longer pattern.
fn is_most_exact(row: &Row, file: &str) -> bool {
    let others = ROWS.iter().filter(|other| other.place.directory() == row.place.directory());
    let pattern = |other: &Row| format!("{}/{}", other.place.directory(), other.files);
    others.filter(|other| matches(&pattern(other), file)).all(|other| other.files.len() <= row.files.len())
}

/// Files that no row names. What stands in one data directory is named for all of them.
fn unknown_files(worlds: &Worlds) -> Vec<String> {
    let is_known = |file: &String| {
        ROWS.iter().any(|row| match row.place {
            Place::Data(_) => {
                DATA_DIRECTORIES.iter().any(|data| matches(&format!("{data}/{}", row.files), file))
            }
            place => matches(&format!("{}/{}", place.directory(), row.files), file),
        })
    };
    let unknown = worlds.newest.files().into_iter().filter(|file| !is_known(file));
    unknown.map(|file| format!("{file} is in no row of the table")).collect()
}

fn cases(worlds: &Worlds, wrong: &mut Vec<String>) -> Vec<Case> {
    let all = worlds.newest.files();
    let mut cases = Vec::new();
    for row in &ROWS {
        let files = files_of(row, &all);
        let Some(file) = files.first() else {
            wrong.push(format!("{:?} {} names no file", row.place, row.files));
            continue;
        };
        if matches!(row.place, Place::Export(_)) {
            continue;
        }
        for (tampering, expected) in Tampering::ALL.into_iter().zip(*row.expected) {
            let changes = changes(worlds, row, file, tampering);
            // When sled makes a new file of its own is its business: another version may have none.
            let is_certain = !(changes.is_empty() && expected == Expected::Cache);
            if is_certain && changes.is_empty() != (expected == Expected::Nothing) {
                wrong.push(format!("{tampering:?} {file}: {} changes, {expected:?}", changes.len()));
            }
            let case = |change| Case { row, file: file.clone(), tampering, expected, change };
            cases.extend(changes.into_iter().map(case));
        }
    }
    cases
}

/// Makes a copy of what is looked at, with the change, and looks.
fn see(worlds: &Worlds, untouched: &Untouched, case: &Case) -> Seen {
    let place = tempfile::tempdir().unwrap();
    copy_of(worlds, case.row.place, place.path());
    case.change.apply(place.path());
    let questions = if case.tampering == Tampering::Flip { Questions::One } else { Questions::All };
    look(worlds, untouched, case.row.place, place.path(), questions)
}

fn copy_of(worlds: &Worlds, place: Place, to: &Path) {
    match place {
        Place::Receipt(_) | Place::Checkpoint(_) | Place::Export(_) => {
            for file in worlds.newest.files().into_iter().filter(|file| !file.contains('/')) {
                std::fs::copy(worlds.newest.path(&file), to.join(&file)).unwrap();
            }
        }
        _ => copy(&worlds.newest.path(place.directory()), &to.join(place.directory())),
    }
    std::fs::copy(worlds.newest.path("data/log.key"), to.join("key")).unwrap();
}

/// Compares what was seen with what the table says.
fn judge(case: &Case, seen: &Seen) -> Result<(), String> {
    let Case { file, expected, change, .. } = case;
    let wrong = |what: &str| {
        let Seen { code, findings, notices, answers, is_let_loose, said } = seen;
        Err(format!(
            "{}: {expected:?} expected, {what}; exit {code}, {findings:?}, notices {notices:?}, answers {answers:?}, let loose: {is_let_loose}, {}",
            change.what,
            said.lines().next().unwrap_or_default()
        ))
    };
    let names = |file: &str, codes: &[&str]| {
        let is_wanted =
            |found: &&(String, String)| codes.contains(&found.0.as_str()) && is_in(file, &found.1);
        seen.code == 1 && seen.findings.iter().any(|found| is_wanted(&found))
    };
    let is_harmless = seen.code == 0 && seen.answers == Answers::Same;
    let is_refused = |words: &str| seen.code > 1 && seen.said.contains(words);
    if matches!(seen.answers, Answers::Differ(_)) {
        return wrong("another answer was given");
    }
    if seen.is_let_loose != (*expected == Expected::LetsLoose) {
        return wrong("recording");
    }
    let is_right = match expected {
        Expected::Nothing => false,
        Expected::Found(codes) => names(file, codes),
        Expected::FoundIn(other, codes) => names(other, codes),
        Expected::FoundBeside(codes) => file.rsplit_once('/').is_some_and(|(directory, _)| {
            let is_wanted = |found: &&(String, String)| codes.contains(&found.0.as_str());
            let is_beside = |found: &(String, String)| {
                found.1.rsplit_once('/').is_some_and(|(found, _)| found.ends_with(directory))
            };
            seen.code == 1 && seen.findings.iter().filter(is_wanted).any(is_beside)
        }),
        Expected::Unseen | Expected::LetsLoose => is_harmless && seen.notices.is_empty(),
        Expected::Harmless => is_harmless,
        Expected::Noted(code) => is_harmless && seen.notices.iter().any(|notice| notice == code),
        Expected::Cache => {
            is_harmless || (seen.code == 1 && seen.findings.iter().all(|found| is_in(file, &found.1)))
        }
        Expected::Refused(words) => is_refused(words),
        Expected::RefusedOrWhole(words) => is_refused(words) || is_harmless,
    };
    if is_right { Ok(()) } else { wrong("this was seen") }
}

/// Whether a finding's file is this one, or the directory of a cache that it is in.
fn is_in(file: &str, found: &str) -> bool {
    let directory = file.rsplit_once('/').map_or(file, |(directory, _)| directory);
    found.ends_with(file) || (directory.contains('/') && found.ends_with(directory))
}
