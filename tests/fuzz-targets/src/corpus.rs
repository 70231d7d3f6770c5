//! The seed corpus: small real files of every format, made the same way each time. `tests/fuzz/corpus` holds them; a test compares.

mod binary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_log::receipt::Openings;
use docket_log::tlog::proof_file::ProofFile;
use docket_log::tlog::witness::AddCheckpointRequest;

use crate::sources::SOURCES;
use crate::specimen::{COMMITS, specimen};

/// The files of the corpus, by target and name.
pub type Files = BTreeMap<(&'static str, String), Vec<u8>>;

/// Where the corpus is kept.
#[must_use]
pub fn folder() -> PathBuf {
    here("../fuzz/corpus")
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Makes all files.
///
/// # Panics
/// If a file of this repository that they are made from is missing.
#[must_use]
pub fn files() -> Files {
    let mut files = Files::new();
    let mut add = |target: &'static str, name: &str, bytes: Vec<u8>| {
        let earlier = files.insert((target, name.to_owned()), bytes);
        assert!(earlier.is_none(), "{target}/{name} is made twice");
    };
    binary::add(&mut add);
    notes(&mut add);
    texts(&mut add);
    dates(&mut add);
    files
}

/// What takes a file: its target, its name and its bytes.
type Add<'a> = &'a mut dyn FnMut(&'static str, &str, Vec<u8>);

/// The lines of a file of golden bytes of the log.
fn golden(name: &str) -> Vec<String> {
    let bytes = read(&here("../../crates/log/tests-data/golden").join(name));
    String::from_utf8(bytes).expect("golden files are text").lines().map(ToOwned::to_owned).collect()
}

fn notes(add: Add<'_>) {
    let specimen = specimen();
    for (commit, note) in specimen.checkpoints.iter().enumerate() {
        let text = note.to_string();
        add("checkpoint", &format!("signed-{commit}"), text.clone().into_bytes());
        let stranger = "\u{2014} witness.example/w AAAAAAAAAAAAAAAAAAA=\n";
        add("checkpoint", &format!("two-signatures-{commit}"), format!("{text}{stranger}").into_bytes());
    }
    let checkpoint = specimen.checkpoints.last().expect("a commit").clone();
    let proof = specimen.proof(0, 7);
    let request = AddCheckpointRequest { old_size: 1, proof, checkpoint };
    add("checkpoint", "request", request.to_string().into_bytes());
    add("key_line", "public", specimen.key.to_string().into_bytes());
    add("key_line", "private", specimen.signer.to_private_line().into_bytes());
    let mut size = 0;
    for (commit, count) in COMMITS.into_iter().enumerate() {
        size += count as u64;
        for index in 0..size {
            // Every entry against the checkpoint of its own commit and the newest one; every other one withholds its words.
            if index + count as u64 >= size || commit + 1 == COMMITS.len() {
                let shown = if index % 2 == 0 { Openings::Included } else { Openings::Withheld };
                add("receipt", &format!("{index}-of-{size}"), receipt(index, size, commit, shown));
            }
        }
    }
    add("receipt", "redacted", receipt(3, 7, 3, Openings::Withheld));
}

/// A receipt as the log prints it.
fn receipt(index: u64, size: u64, commit: usize, shown: Openings) -> Vec<u8> {
    let specimen = specimen();
    let known = usize::try_from(index).ok().and_then(|index| specimen.entries.get(index)).expect("an entry");
    let openings: Vec<serde_json::Value> = known
        .opened
        .iter()
        .map(|opening| match shown {
            Openings::Included => {
                serde_json::json!({ "salt": STANDARD.encode(opening.salt.0), "text": opening.text })
            }
            Openings::Withheld => serde_json::Value::Null,
        })
        .collect();
    let entry = String::from_utf8(known.bytes.clone()).expect("an entry is text");
    let extra = serde_json::json!({ "entry": entry, "openings": openings }).to_string();
    let file = ProofFile {
        extra: Some(extra.into_bytes()),
        index,
        proof: specimen.proof(index, size),
        checkpoint: specimen.checkpoints.get(commit).expect("a commit").clone(),
    };
    file.to_string().into_bytes()
}

/// Tables, manifests, curation, claims, plans and CSV files.
fn texts(add: Add<'_>) {
    for (chosen, source) in (0_u8..).zip(SOURCES) {
        let folder = here("../fixtures").join(source);
        let with_choice = |file: &str| [vec![chosen], read(&folder.join(file))].concat();
        let table = with_choice("table.txt");
        // The beginning of the long one is enough.
        let lines: Vec<&[u8]> = table.split_inclusive(|byte| *byte == b'\n').take(24).collect();
        add("source_table", source, lines.concat());
        add("curation", source, with_choice("curation.toml"));
        add("manifest", source, read(&folder.join("source.toml")));
    }
    let first = here("../../seeds/birmingham-crime-commission");
    add("manifest", "first-source", read(&first.join("source.toml")));
    add("claims", "first-source", read(&first.join("claims.toml")));
    add("claims", "one", ONE_CLAIM.as_bytes().to_vec());
    let seeds = here("seeds");
    add("next_plan", "april", read(&seeds.join("plan.toml")));
    for name in ["statuses.csv", "notes.csv", "problems.csv", "marked.csv"] {
        add("csv_batch", name, read(&seeds.join(name)));
    }
}

const ONE_CLAIM: &str = "register = \"r\"\n[[claim]]\nasserted_by = \"City\"\neffective = \"2025-02\"\nsource_url = \"x\"\n\
                         text = '''Most\nof it.'''\nfigures = [{ name = \"a+b\", value = 9007199254740991 }]\n";

fn dates(add: Add<'_>) {
    let typed = [
        "2025-03-19",
        "2024-02-29",
        "2025-03",
        "2025-03-19T16:00",
        "2025-03-19 16:00",
        "2025-11-02T01:30",
        "2025-03-09T02:30",
        "2025-03-19T16:00Z",
        "2025-03-19T16:00+05:45",
        "2025-03-19T21:00:00Z",
        "2025-03-19T21:00:00.123456Z",
        "2025-03-19T21:00:00.5-05:00",
        "2025-03-06/2025-03-19",
        "2025-03/2025-04",
        "2025-11-02T01:10/2025-11-02T01:20",
        "unknown",
        "0001-01-01",
        "9999-12-31",
        "9999-12-31T23:59:59.999999Z",
        "2011-12-30",
        "2018-11-04",
        "7",
        "Pacific/Apia",
    ];
    for (place, typed) in typed.into_iter().enumerate() {
        let zone = u8::try_from(place % 6).unwrap_or(0);
        add("date", &format!("{place:02}"), [&[zone], typed.as_bytes()].concat());
    }
}
