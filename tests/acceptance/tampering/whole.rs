//! Several files at once, up to the whole directory: how far that can go before nothing inside the directory tells, and what a checkpoint kept
//! elsewhere shows then.

use std::fs;
use std::path::{Path, PathBuf};

use super::world::docket;
use crate::docket::{Docket, copy};

/// Copies of one log, closed, and the newest checkpoint, which somebody else keeps.
struct Versions {
    place: tempfile::TempDir,
}

/// What a file or directory becomes.
#[derive(Debug, Clone, Copy)]
enum Becomes {
    Older,
    Fork,
    Foreign,
    Gone,
}

use Becomes::{Foreign, Fork, Gone, Older};

impl Versions {
    fn build() -> Self {
        let versions = Self { place: tempfile::tempdir().unwrap() };
        for name in ["data", "foreign"] {
            let data = versions.path(name);
            docket(&data, &["import", "seeds", "--by", "importer"]).done();
            docket(&data, &["record", "note", "7", "Known to all.", "--by", "ann"]).done();
        }
        copy(&versions.path("data"), &versions.path("older"));
        copy(&versions.path("data"), &versions.path("fork"));
        for (name, words) in [("data", "Built."), ("fork", "Never built."), ("foreign", "Built.")] {
            let file = versions.path("letter.txt");
            fs::write(&file, words).unwrap();
            let data = versions.path(name);
            docket(&data, &["record", "evidence", "7", file.to_str().unwrap(), "--by", "ann"]).done();
            docket(&data, &["record", "note", "7", words, "--by", "ann"]).done();
        }
        keep_checkpoint(&versions.path("data"), &versions.path("kept"));
        versions
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A copy of the newest version in which some files and directories became others.
    fn with(&self, changes: &[(&str, Becomes)]) -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        copy(&self.path("data"), &data);
        for (name, becomes) in changes {
            let version = match becomes {
                Older => "older",
                Fork => "fork",
                Foreign => "foreign",
                Gone => "nowhere",
            };
            replace(&self.path(version).join(name), &data.join(name));
        }
        place
    }
}

fn replace(from: &Path, to: &Path) {
    if to.is_dir() {
        fs::remove_dir_all(to).unwrap();
    } else if to.exists() {
        fs::remove_file(to).unwrap();
    }
    if from.is_dir() {
        copy(from, to);
    } else if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

fn keep_checkpoint(data: &Path, file: &Path) {
    let report = docket(data, &["verify", "--format", "json"]).done().json();
    fs::write(file, report["checkpoint"].as_str().unwrap()).unwrap();
}

/// What `verify --checkpoint` says: its code.
fn shown(data: &Path, checkpoint: &Path) -> String {
    let run = docket(data, &["verify", "--checkpoint", checkpoint.to_str().unwrap(), "--format", "json"]);
    assert_eq!(run.code, i32::from(run.json()["code"] != "consistent"), "{run:?}");
    run.json()["code"].as_str().unwrap().to_owned()
}

fn codes(report: &serde_json::Value, which: &str) -> Vec<String> {
    let all = report[which].as_array().unwrap().iter();
    all.map(|found| found["code"].as_str().unwrap().to_owned()).collect()
}

/// What is changed; a finding that there must be, or none where nothing inside the directory tells; whether opening refuses; what the
/// checkpoint shows.
type Set = (&'static [(&'static str, Becomes)], Option<&'static str>, Opens, &'static str);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opens {
    Yes,
    Refuses,
}

const ALL: [&str; 7] = ["journal", "sled", "sled.mark", "blobs", "log.key", "log.vkey", "log.redactions"];

const SETS: [Set; 12] = [
    (&[("journal", Older)], Some("journal-behind"), Opens::Refuses, "entries-missing"),
    (&[("journal", Older), ("sled", Older)], Some("journal-behind"), Opens::Refuses, "entries-missing"),
    (&[("journal", Older), ("sled.mark", Older)], Some("journal-behind"), Opens::Refuses, "entries-missing"),
    (&[("journal", Fork)], Some("mark-contradicts"), Opens::Refuses, "history-differs"),
    (&[("journal", Fork), ("sled.mark", Fork)], Some("store-contradicts"), Opens::Refuses, "history-differs"),
    (
        &[("journal", Foreign), ("sled", Gone), ("sled.mark", Gone)],
        Some("signature-bad"),
        Opens::Refuses,
        "history-differs",
    ),
    (
        &[("log.key", Foreign), ("log.vkey", Foreign)],
        Some("signature-bad"),
        Opens::Refuses,
        "not-of-this-log",
    ),
    (&[("sled", Foreign)], Some("store-contradicts"), Opens::Refuses, "consistent"),
    // From here on nothing inside the directory tells.
    (&[("journal", Older), ("sled", Gone), ("sled.mark", Gone)], None, Opens::Yes, "entries-missing"),
    (&[("journal", Older), ("sled", Older), ("sled.mark", Older)], None, Opens::Yes, "entries-missing"),
    (
        &[("journal", Fork), ("blobs", Fork), ("sled", Gone), ("sled.mark", Gone)],
        None,
        Opens::Yes,
        "history-differs",
    ),
    (
        &[("journal", Fork), ("blobs", Fork), ("sled", Fork), ("sled.mark", Fork)],
        None,
        Opens::Yes,
        "history-differs",
    ),
];

#[test]
fn files_that_are_changed_together_are_found_until_nothing_newer_is_left() {
    let versions = Versions::build();
    for (changes, finding, opens, checkpoint) in SETS {
        let place = versions.with(changes);
        let data = place.path().join("data");
        let run = docket(&data, &["verify", "--format", "json"]);
        let found = codes(&run.json(), "findings");
        assert_eq!(run.code, i32::from(finding.is_some()), "{changes:?}: {run:?}");
        assert!(finding.is_none_or(|code| found.iter().any(|found| found == code)), "{changes:?}: {run:?}");
        assert_eq!(shown(&data, &versions.path("kept")), checkpoint, "{changes:?}");
        let opened = docket(&data, &["list", "--format", "json"]);
        let refused = if opened.code == 0 { Opens::Yes } else { Opens::Refuses };
        assert_eq!(refused, opens, "{changes:?}: {opened:?}");
    }
}

/// The one thing that nothing inside a directory can show: that all of it is another, or an older one.
#[test]
fn a_whole_directory_that_was_put_back_is_shown_by_a_checkpoint_only() {
    let versions = Versions::build();
    for (becomes, code) in
        [(Older, "entries-missing"), (Fork, "history-differs"), (Foreign, "not-of-this-log")]
    {
        let changes: Vec<_> = ALL.iter().map(|name| (*name, becomes)).collect();
        let place = versions.with(&changes);
        let data = place.path().join("data");
        let report = docket(&data, &["verify", "--format", "json"]).done().json();
        assert_eq!(codes(&report, "notices"), Vec::<String>::new(), "{becomes:?}");
        assert_eq!(shown(&data, &versions.path("kept")), code);
        docket(&data, &["record", "note", "7", "Recorded on.", "--by", "ann"]).done();
        assert_eq!(shown(&data, &versions.path("kept")), code);
    }
}

/// `log.restored`, `log.lost` and `log.continued-as` are plain files. Without them a directory records again, which makes a second history: and
/// whoever holds a later checkpoint of the first one sees it.
#[test]
fn a_directory_whose_marker_was_removed_is_a_second_history_that_a_later_checkpoint_shows() {
    let log = Docket::seeded();
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let text = |name: &str| at(name).to_str().unwrap().to_owned();
    log.ok(&["backup", &text("backup")]);
    copy(&log.data().join("journal"), &at("older"));
    log.ok(&["record", "note", "7", "Built.", "--by", "ann"]);
    keep_checkpoint(&log.data(), &at("kept"));
    let again = |data: &Path| {
        docket(data, &["record", "note", "7", "Never built.", "--by", "ann"]).done();
        assert_eq!(docket(data, &["verify"]).code, 0, "nothing inside tells");
        assert_eq!(shown(data, &at("kept")), "history-differs");
    };

    docket(&at("restored"), &["restore", &text("backup")]).done();
    fs::copy(log.data().join("log.key"), at("restored/log.key")).unwrap();
    assert_eq!(docket(&at("restored"), &["record", "note", "7", "x", "--by", "ann"]).code, 3);
    fs::remove_file(at("restored/log.restored")).unwrap();
    again(&at("restored"));

    copy(&log.data(), &at("lost"));
    replace(&at("older"), &at("lost/journal"));
    docket(&at("lost"), &["rebuild"]).done();
    for name in ["log.lost", "sled.mark"] {
        assert_eq!(
            docket(&at("lost"), &["record", "note", "7", "x", "--by", "ann"]).code,
            4,
            "{name} remembers"
        );
        fs::remove_file(at("lost").join(name)).unwrap();
    }
    again(&at("lost"));

    // Where the log went on elsewhere the old directory goes on under the old name: its checkpoints are of that name, and no others'.
    let go_on = ["--continue-as", "docket.example/new", "--reason", "moved", "--by", "operator"];
    let restore = ["restore", log.data().to_str().unwrap(), "--checkpoint", &text("kept")].map(str::to_owned);
    let restore: Vec<&str> = restore.iter().map(String::as_str).chain(go_on).collect();
    docket(&at("new"), &restore).done();
    docket(&at("new"), &["record", "note", "7", "Goes on.", "--by", "ann"]).done();
    keep_checkpoint(&at("new"), &at("new.kept"));
    assert_eq!(log.fails(&["record", "note", "7", "x", "--by", "ann"]).0, 3);
    fs::remove_file(log.data().join("log.continued-as")).unwrap();
    log.ok(&["record", "note", "7", "Again.", "--by", "ann"]);
    assert_eq!(shown(&log.data(), &at("kept")), "consistent");
    assert_eq!(shown(&log.data(), &at("new.kept")), "not-of-this-log");
}
