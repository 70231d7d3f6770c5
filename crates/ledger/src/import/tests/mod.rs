//! Tests over the first source, over tables of other registers, and over tables made from a model.

mod edges;
mod first_source;
mod other_registers;
mod properties;
mod refusals;

use std::path::PathBuf;

use super::{LineRange, Row, SourceFolder, Transcript, load_folder, manifest::Manifest};

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(folder: &str) -> SourceFolder {
    load_folder(&workspace().join(folder)).expect("a source of this repository")
}

fn row<'a>(transcript: &'a Transcript, key: &str) -> &'a Row {
    transcript.rows.iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no row {key}"))
}

fn text<'a>(transcript: &'a Transcript, key: &str) -> &'a str {
    row(transcript, key).text.as_deref().unwrap_or_default()
}

/// The notes of a row as "role: text".
fn notes(transcript: &Transcript, key: &str) -> Vec<String> {
    row(transcript, key).notes.iter().map(|note| format!("{}: {}", note.role, note.text)).collect()
}

fn lines(ranges: &[LineRange]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Problems as "code lines".
fn problems(transcript: &Transcript) -> Vec<String> {
    transcript.problems.iter().map(|problem| format!("{} {}", problem.code, problem.lines)).collect()
}

fn damage<'a>(transcript: &'a Transcript, key: &str) -> Vec<&'a str> {
    row(transcript, key).damage.iter().map(|damage| damage.code.as_str()).collect()
}

/// A manifest for small tables: number, text, notes, status, separated by tabs.
fn small_manifest(expected_count: u32) -> Manifest {
    let text = format!(
        r#"
        register = {{ id = "small", title = "Small", publisher = "P", time_zone = "UTC", origin = "example/small", expected_count = {expected_count} }}
        document = {{ file = "table.txt", sha256 = "{}", bytes = 0, media_type = "text/plain" }}
        source = {{ title = "S", publisher = "P", interval = {{ from = "2020-01-01", to = "2020-01-01", basis = "stated" }} }}
        layout = {{ separator = "tab", page_break_blank_lines = 2, number_style = "integer", number_column_may_be_lost = true, columns = [
            {{ role = "number", header = "No" }}, {{ role = "text", header = "Item" }},
            {{ role = "notes", header = "Note" }}, {{ role = "status", header = "State" }} ] }}
        vocabulary = {{ states = [{{ name = "open", order = 1 }}], labels = [
            {{ printed = "OPEN", state = "open", reporting = "reported" }}, {{ printed = "NO NEWS", reporting = "no-update" }} ] }}
        "#,
        "0".repeat(64)
    );
    super::manifest::parse(&text, "source.toml").expect("a sound manifest")
}

fn transcribed(document: &str, expected_count: u32) -> Transcript {
    super::transcribe(document.as_bytes(), &small_manifest(expected_count)).expect("valid UTF-8")
}
