//! The next table of small registers, of the fixtures', and of the first source.

mod alignment;
mod april;
mod fixtures;
mod moving;
mod planning;
mod recording;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use docket_domain::Actor;
use docket_domain::term::ActorBasis;
use tempfile::TempDir;

use super::{NextTable, Plan, PlanReport, Step, StepKind, next_table, record};
use crate::error::LedgerError;
use crate::import::manifest::Document;
use crate::source::{Importer, Prepared, prepare};
use crate::{Ledger, OpenOptions};

/// A row as printed: number, text, note, status.
type Line<'a> = (&'a str, &'a str, &'a str, &'a str);

const FIRST: [Line<'static>; 5] = [
    ("1", "Buy twelve low-floor buses for the northern lines.", "Order placed.", "OPEN"),
    ("2", "Print timetables in large type and hang them at every stop.", "Proof printed.", "STARTED"),
    ("3", "Mend the lift at Central Station before the winter.", "", "NO NEWS"),
    ("4", "Publish the accounts of each year in plain words.", "No update available", "NO NEWS"),
    ("5", "Run night buses on Fridays and Saturdays until three o'clock.", "Two lines run.", "DONE"),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn importer() -> Importer {
    Importer { actor: Actor::new("clerk").unwrap(), actor_basis: ActorBasis::Os }
}

/// A source folder with a table of so many rows, written on a day.
fn folder(lines: &[Line<'_>], day: &str) -> TempDir {
    let table: String = std::iter::once("No\tItem\tNote\tState\n".to_owned())
        .chain(lines.iter().map(|(number, text, note, label)| format!("{number}\t{text}\t{note}\t{label}\n")))
        .collect();
    let numbers = lines.iter().filter_map(|(number, ..)| number.parse::<u32>().ok());
    let expected = numbers.max().unwrap_or(1);
    let mut manifest = String::new();
    write!(
        manifest,
        r#"
        register = {{ id = "small", title = "Small", publisher = "P", time_zone = "UTC", origin = "example/small", expected_count = {expected} }}
        document = {{ file = "table.txt", sha256 = "{}", bytes = {}, media_type = "text/plain" }}
        source = {{ title = "S", publisher = "P", interval = {{ from = "{day}", to = "{day}", basis = "stated" }} }}
        layout = {{ separator = "tab", page_break_blank_lines = 2, number_style = "integer", number_column_may_be_lost = true, columns = [
            {{ role = "number", header = "No" }}, {{ role = "text", header = "Item" }},
            {{ role = "notes", header = "Note" }}, {{ role = "status", header = "State" }} ] }}
        vocabulary = {{ states = [{{ name = "open", order = 1 }}, {{ name = "started", order = 2 }}, {{ name = "done", order = 3, closed = true }}],
            labels = [ {{ printed = "OPEN", state = "open", reporting = "reported" }}, {{ printed = "STARTED", state = "started", reporting = "reported" }},
                {{ printed = "DONE", state = "done", reporting = "reported" }}, {{ printed = "NO NEWS", reporting = "no-update" }} ] }}
        "#,
        digest(table.as_bytes()),
        table.len()
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("table.txt"), &table).unwrap();
    std::fs::write(folder.path().join("source.toml"), &manifest).unwrap();
    folder
}

fn digest(bytes: &[u8]) -> String {
    docket_log::blobs::digest_of(bytes).to_string()
}

/// The same source folder with its document edited and its interval moved to a later day.
fn edited(source: &str, edit: impl FnOnce(String) -> String) -> TempDir {
    let from = workspace().join(source);
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(&from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let old: Document = prepare(&from).unwrap().folder().manifest.document.clone();
    let path = folder.path().join(&old.file);
    let table = edit(std::fs::read_to_string(&path).unwrap());
    std::fs::write(&path, &table).unwrap();
    let manifest = folder.path().join("source.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let text = text
        .replace(&old.sha256, &digest(table.as_bytes()))
        .replace(&format!("bytes = {}", old.bytes), &format!("bytes = {}", table.len()));
    let days = text.lines().map(|line| match line.split_once(" = ") {
        Some((key @ ("from" | "to"), _)) => format!("{key} = \"2026-01-31\""),
        _ => line.to_owned(),
    });
    std::fs::write(&manifest, days.collect::<Vec<_>>().join("\n")).unwrap();
    folder
}

/// A log with a first source.
struct Book {
    directory: TempDir,
    ledger: Ledger,
}

impl Book {
    fn begun(first: &Prepared) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions::new(directory.path()).or_begin(first.origin().clone());
        let ledger = Ledger::open(options).unwrap();
        first.record(&ledger, &importer()).unwrap();
        Self { directory, ledger }
    }

    fn small() -> Self {
        Self::begun(&prepare(folder(&FIRST, "2024-01-31").path()).unwrap())
    }

    fn size(&self) -> u64 {
        self.ledger.reader().size()
    }

    fn table(&self, source: &Prepared) -> NextTable {
        next_table(&self.ledger.reader(), source, &importer(), self.size()).unwrap()
    }

    fn record(&self, source: &Prepared, plan: &str) -> Result<PlanReport, LedgerError> {
        record(&self.ledger, source, &importer(), &Plan::parse(plan, "plan.toml").unwrap())
    }

    /// Closes the log and checks every byte of it.
    fn verify(self) {
        self.ledger.close().unwrap();
        let verified = crate::verify::verify(self.directory.path(), &mut |_| ()).unwrap();
        assert!(verified.is_good(), "{:?}", verified.findings);
    }
}

/// The plan of a table with every open decision taken.
fn accepted(table: &NextTable) -> String {
    decided(table, |_| "decision = \"accept\"".to_owned())
}

/// The plan of a table with the open decisions taken as said.
fn decided(table: &NextTable, decide: impl Fn(&str) -> String) -> String {
    let plan = Plan::new(table, "table.txt").to_toml().unwrap();
    let (head, steps) = plan.split_once("\n[[step]]").unwrap_or((&plan, ""));
    let steps = steps.split("\n[[step]]").map(|step| {
        let id = step.split('"').nth(1).unwrap_or_default();
        format!("\n[[step]]{}", step.replace("decision = \"decide\"", &decide(id)))
    });
    if table.steps.is_empty() { plan.clone() } else { format!("{head}{}", steps.collect::<String>()) }
}

/// The steps as "id kind".
fn kinds(table: &NextTable) -> Vec<String> {
    table.steps.iter().map(|step| format!("{} {}", step.id, step.kind.as_str())).collect()
}

fn step<'t>(table: &'t NextTable, id: &str) -> &'t Step {
    table
        .steps
        .iter()
        .find(|step| step.id == id)
        .unwrap_or_else(|| panic!("no step {id}: {:?}", kinds(table)))
}

fn count(table: &NextTable, kind: StepKind) -> usize {
    table.counts()[&kind]
}

/// The words of an event's texts, joined.
fn words(book: &Book, index: u64) -> String {
    let texts = book.ledger.reader().texts(index).unwrap().into_iter().map(|text| match text {
        docket_log::seal::ResolvedText::Words(words) => words,
        docket_log::seal::ResolvedText::Redacted(_) => "redacted".to_owned(),
    });
    texts.collect::<Vec<_>>().join("\n")
}
