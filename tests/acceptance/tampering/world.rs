//! Directories with every file that Docket writes, in four versions: the newest, an older one, one that went another way from there with the
//! same key, and one of another key.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::docket::{binary, copy, workspace};

/// The register that answers are asked of.
pub(super) const REGISTER: &str = "birmingham-crime-commission";

const ORIGIN: &str = "docket.example/tampering";

/// The rows of the made-up table: three entries each, so that the log has a whole block of a snapshot and several segments.
const BRIDGES: usize = 1330;

/// The data directories: the log itself; the one that it went on from; one that lost entries; one restored and not released.
pub(super) const DATA_DIRECTORIES: [&str; 4] = ["data", "prior", "lost", "restored"];

/// One version of everything, below one directory.
#[derive(Debug)]
pub(super) struct World {
    root: PathBuf,
}

/// All versions.
#[derive(Debug)]
pub(super) struct Worlds {
    pub(super) newest: World,
    /// Before the last things were recorded.
    pub(super) older: World,
    /// Recorded on from the older one, with the same key, but something else.
    pub(super) fork: World,
    /// The same things recorded with another key.
    pub(super) foreign: World,
    _place: TempDir,
}

/// What a run of the binary came to.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(super) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the binary on a data directory.
pub(super) fn docket(data: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(binary("docket-cli", "docket"));
    command.arg("--data").arg(data).args(arguments).env_remove("RUST_BACKTRACE").current_dir(workspace());
    Run::of(&command.output().unwrap())
}

impl Worlds {
    pub(super) fn build() -> Self {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| World { root: place.path().join(name) };
        let (newest, older, fork, foreign) = (at("newest"), at("older"), at("fork"), at("foreign"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                foreign.begin();
                foreign.go_on("as it was");
            });
            newest.begin();
            copy(&newest.root, &older.root);
            copy(&newest.root, &fork.root);
            newest.go_on("as it was");
            fork.go_on("otherwise");
        });
        Self { newest, older, fork, foreign, _place: place }
    }
}

impl World {
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn on(&self, directory: &str, arguments: &[&str]) -> Run {
        docket(&self.path(directory), arguments).done()
    }

    /// Every file, by its path from the root.
    pub(super) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.root, &self.root, &mut found);
        found.sort();
        found
    }

    /// What all histories begin with.
    fn begin(&self) {
        fs::create_dir_all(&self.root).unwrap();
        self.on("prior", &["import", "seeds", "--origin", "docket.example/prior", "--by", "importer"]);
        self.keep_checkpoint("prior", "prior.checkpoint");
        let go_on = ["--continue-as", ORIGIN, "--reason", "the key was lost", "--by", "operator"];
        let (prior, kept) = (self.text("prior"), self.text("prior.checkpoint"));
        let restore = [["restore", &prior, "--checkpoint", &kept].as_slice(), &go_on].concat();
        self.on("data", &restore);
        fs::remove_file(self.path("prior.checkpoint")).unwrap();
        self.on("lost", &["import", "seeds", "--origin", "docket.example/lost", "--by", "importer"]);

        let bridges = tempfile::tempdir().unwrap();
        write_bridges(bridges.path());
        self.on("data", &["import", bridges.path().to_str().unwrap(), "--by", "importer"]);
        self.note("7", "The words of Jane Roe.");
        self.note("8", "The words of John Doe.");
        self.note("9", "Nothing to hide.");
        self.evidence("9", "A plan that is kept.");
        self.evidence("9", "Another plan that is kept.");
        self.evidence("9", "Minutes that name Richard Miles.");
        self.redact("9", "document");
        self.redact("7", "text");
        self.hand_out();
    }

    /// What only one of them goes on with.
    fn go_on(&self, how: &str) {
        self.note("9", &format!("Built {how}."));
        self.evidence("9", &format!("A letter, written {how}."));
        self.redact("8", "text");
        self.note("9", &format!("Painted {how}."));
        self.hand_out();
        self.lose(how);
    }

    fn note(&self, number: &str, words: &str) {
        let by = ["--register", REGISTER, "--by", "ann"];
        self.on("data", &[["record", "note", number, words].as_slice(), &by].concat());
    }

    fn evidence(&self, number: &str, words: &str) {
        let file = self.path("document.txt");
        fs::write(&file, words).unwrap();
        let by = ["--register", REGISTER, "--by", "ann"];
        self.on("data", &[["record", "evidence", number, file.to_str().unwrap()].as_slice(), &by].concat());
        fs::remove_file(file).unwrap();
    }

    /// The newest event about a recommendation.
    fn newest(&self, number: &str) -> String {
        let shown = self.on("data", &["show", number, "--register", REGISTER, "--format", "json"]).json();
        format!("{number}@{}", shown["recommendation"]["version"])
    }

    fn redact(&self, number: &str, field: &str) {
        let event = self.newest(number);
        let what = ["redact", &event, "--field", field, "--only-this", "--register", REGISTER];
        let why = ["--authority", "court order 25-117", "--reason", "names a witness", "--by", "counsel"];
        self.on("data", &[what.as_slice(), &why].concat());
    }

    fn keep_checkpoint(&self, directory: &str, name: &str) {
        let report = self.on(directory, &["verify", "--format", "json"]).json();
        fs::write(self.path(name), report["checkpoint"].as_str().unwrap()).unwrap();
    }

    /// Backup, restored directory, exports, a receipt and a checkpoint, each in the place of the one before.
    fn hand_out(&self) {
        self.on("data", &["backup", &self.text("backup")]);
        for directory in ["restored", "bundle", "tiles"] {
            if self.path(directory).exists() {
                fs::remove_dir_all(self.path(directory)).unwrap();
            }
        }
        self.on("restored", &["restore", &self.text("backup")]);
        self.on("restored", &["list", "--register", REGISTER]);
        self.on("data", &["export", "--format", "bundle", &self.text("bundle")]);
        self.on("data", &["export", "--format", "tiles", &self.text("tiles")]);
        let entries = self.on("data", &["export", "--format", "jsonl"]).stdout;
        fs::write(self.path("entries.jsonl"), entries).unwrap();
        for (event, name) in [(self.newest("9"), "9.tlog-proof"), (self.newest("8"), "8.tlog-proof")] {
            let receipt = self.on("data", &["receipt", &event, "--register", REGISTER]).stdout;
            fs::write(self.path(name), receipt).unwrap();
        }
        self.keep_checkpoint("data", "checkpoint");
    }

    /// The directory `lost` records something, gets its older journal back, and is made readable.
    fn lose(&self, how: &str) {
        let (journal, aside) = (self.path("lost/journal"), self.path("aside"));
        copy(&journal, &aside);
        let note = format!("Lost, said {how}.");
        self.on("lost", &["record", "note", "7", &note, "--by", "ann"]);
        self.keep_checkpoint("lost", "lost.checkpoint");
        fs::remove_dir_all(&journal).unwrap();
        fs::rename(&aside, &journal).unwrap();
        self.on("lost", &["rebuild"]);
        self.on("lost", &["list"]);
    }
}

fn collect(root: &Path, directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// A source folder of a long, undamaged table.
fn write_bridges(folder: &Path) {
    let mut table = "State;No;Recommendation;Update\n".to_owned();
    for number in 1..=BRIDGES {
        writeln!(table, "open;{number};Mend the bridge of mile {number}.;Mended up to {number}.").unwrap();
    }
    let digest = docket_log::blobs::digest_of(table.as_bytes());
    let manifest = MANIFEST
        .replace("SHA256", &digest.to_string())
        .replace("BYTES", &table.len().to_string())
        .replace("COUNT", &BRIDGES.to_string());
    fs::write(folder.join("table.txt"), table).unwrap();
    fs::write(folder.join("source.toml"), manifest).unwrap();
}

const MANIFEST: &str = r#"
[register]
id = "bridges"
title = "Bridges"
publisher = "Roads"
time_zone = "UTC"
origin = "docket.example/bridges"
expected_count = COUNT

[document]
file = "table.txt"
sha256 = "SHA256"
bytes = BYTES
media_type = "text/plain"

[source]
title = "Bridges"
publisher = "Roads"

[source.interval]
from = "2022-01-01"
to = "2022-12-31"
basis = "stated"

[layout]
separator = "semicolon"
page_break_blank_lines = 4
number_style = "integer"
number_column_may_be_lost = false
columns = [
    { role = "status", header = "State" },
    { role = "number", header = "No" },
    { role = "text", header = "Recommendation" },
    { role = "notes", header = "Update" },
]

[vocabulary]
states = [{ name = "open", order = 1 }]
labels = [{ printed = "open", state = "open", reporting = "reported" }]
"#;
