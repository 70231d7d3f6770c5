//! What is seen of tampering: by `docket verify`, by whoever restores, and in the answers.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use super::table::Place;
use super::world::{REGISTER, Run, Worlds, docket};
use crate::docket::copy;

/// What is seen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The exit code of the command that looks.
    pub(super) code: i32,
    /// Code and file of each finding that is not there without tampering.
    pub(super) findings: Vec<(String, String)>,
    /// The codes of the notices that are not there without tampering.
    pub(super) notices: Vec<String>,
    /// All that was said.
    pub(super) said: String,
    pub(super) answers: Answers,
    /// Whether something could be recorded where nothing should be.
    pub(super) is_let_loose: bool,
}

/// What is answered afterwards.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Answers {
    /// The same bytes, or nothing answers from this file.
    #[default]
    Same,
    /// Nothing: the opening refused, with these words.
    Refused(String),
    /// Something else.
    Differ(String),
}

/// What is answered, and what is found, without tampering; made when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Untouched {
    seen: [OnceLock<Seen>; 4],
    answers: [OnceLock<Vec<String>>; 4],
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Questions {
    One,
    All,
}

impl Questions {
    fn list(self) -> Vec<Vec<&'static str>> {
        let all = vec![
            vec!["list", "--effective-at", "2026-06-01"],
            vec!["timeline", "9"],
            vec!["timeline", "7"],
            vec!["changes", "--from", "2", "--to", "228", "--clock", "recorded"],
        ];
        all.into_iter().take(if self == Self::One { 1 } else { 4 }).collect()
    }
}

/// Looks at a place below `root`, which holds a copy of what the place needs.
pub(super) fn look(
    worlds: &Worlds,
    untouched: &Untouched,
    place: Place,
    root: &Path,
    questions: Questions,
) -> Seen {
    let at = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let key = worlds.newest.path("data/log.vkey").to_str().unwrap().to_owned();
    let data = worlds.newest.path("data");
    match place {
        Place::Data(directory) => data_directory(untouched, directory, root, questions),
        Place::Backup => restore(untouched, root),
        Place::Bundle => {
            report(&docket(&data, &["verify", "--bundle", &at("bundle"), "--key", &key, "--format", "json"]))
        }
        Place::Receipt(name) => verdict(
            name,
            docket(&data, &["verify", "--receipt", &at(name), "--key", &key, "--format", "json"]),
        ),
        Place::Checkpoint(name) => {
            verdict(name, docket(&data, &["verify", "--checkpoint", &at(name), "--format", "json"]))
        }
        Place::Export(_) => Seen::default(),
    }
}

/// The findings and notices that a run of `verify` prints.
fn report(run: &Run) -> Seen {
    let said = format!("{}{}", run.stdout, run.stderr);
    let mut seen = Seen { code: run.code, said, ..Seen::default() };
    if run.code <= 1 {
        let report = run.json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let findings = report["findings"].as_array().unwrap().iter();
        seen.findings = findings.map(|found| (text(&found["code"]), text(&found["file"]))).collect();
        seen.notices =
            report["notices"].as_array().unwrap().iter().map(|notice| text(&notice["code"])).collect();
    }
    seen
}

/// One file that verifies or does not.
fn verdict(name: &str, run: Run) -> Seen {
    if run.code > 1 {
        return Seen { code: run.code, said: run.stderr, ..Seen::default() };
    }
    let report = run.json();
    let code = report["code"].as_str().unwrap_or("not-verified").to_owned();
    let findings = if run.code == 1 { vec![(code, name.to_owned())] } else { vec![] };
    Seen { code: run.code, findings, said: run.stdout, ..Seen::default() }
}

fn number(directory: &str) -> usize {
    super::world::DATA_DIRECTORIES.iter().position(|known| *known == directory).unwrap()
}

impl Untouched {
    /// Looks at the data directories as they are.
    pub(super) fn of(worlds: &Worlds) -> Self {
        let untouched = Self::default();
        for directory in super::world::DATA_DIRECTORIES {
            let place = tempfile::tempdir().unwrap();
            copy(&worlds.newest.path(directory), &place.path().join(directory));
            let data = place.path().join(directory);
            let seen = report(&docket(&data, &["verify", "--format", "json"]));
            assert_eq!(seen.code, i32::from(directory == "lost"), "{seen:?}");
            let answers: Vec<String> =
                Questions::All.list().iter().map(|question| ask(&data, question).done().stdout).collect();
            untouched.answers[number(directory)].set(answers).unwrap();
            untouched.seen[number(directory)].set(seen).unwrap();
        }
        untouched
    }
}

fn ask(data: &Path, question: &[&str]) -> Run {
    docket(data, &[question, ["--register", REGISTER, "--format", "json"].as_slice()].concat())
}

fn data_directory(untouched: &Untouched, directory: &str, root: &Path, questions: Questions) -> Seen {
    let data = root.join(directory);
    let mut seen = report(&docket(&data, &["verify", "--format", "json"]));
    let before = untouched.seen[number(directory)].get().unwrap();
    let is_known = |found: &(String, String)| before.findings.iter().any(|known| known.0 == found.0);
    seen.findings.retain(|found| !is_known(found));
    seen.notices.retain(|notice| !before.notices.contains(notice));
    if seen.code == before.code && seen.findings.is_empty() {
        seen.code = 0;
    }
    let before = untouched.answers[number(directory)].get().unwrap();
    // What is found is told by whoever looks: then one answer shows that none is wrong.
    seen.answers = match (questions, seen.findings.is_empty()) {
        (Questions::One, false) => Answers::Same,
        (questions, true) => answers(&data, before, questions),
        (Questions::All, false) => answers(&data, before, Questions::One),
    };
    seen.is_let_loose = directory != "data" && is_let_loose(&data);
    seen
}

fn answers(data: &Path, before: &[String], questions: Questions) -> Answers {
    for (question, before) in questions.list().iter().zip(before) {
        let run = ask(data, question);
        if run.code != 0 {
            return Answers::Refused(run.stderr);
        }
        if run.stdout != *before {
            return Answers::Differ(format!("{question:?}: {}", run.stderr));
        }
    }
    Answers::Same
}

/// Whether something is recorded in a directory where nothing may be.
fn is_let_loose(data: &Path) -> bool {
    if !data.join("log.key").exists() {
        // Put back by the operator, as after a restore.
        let key = data.parent().unwrap().join("key");
        fs::copy(key, data.join("log.key")).unwrap();
    }
    docket(data, &["record", "note", "9", "Let loose.", "--register", REGISTER, "--by", "ann"]).code == 0
}

/// Restores a backup, and asks the restored directory.
fn restore(untouched: &Untouched, root: &Path) -> Seen {
    let target = root.join("target");
    let run = docket(&target, &["restore", root.join("backup").to_str().unwrap()]);
    let answers = match run.code {
        0 => answers(&target, untouched.answers[number("restored")].get().unwrap(), Questions::One),
        _ => Answers::Same,
    };
    Seen { code: run.code, said: format!("{}{}", run.stdout, run.stderr), answers, ..Seen::default() }
}
