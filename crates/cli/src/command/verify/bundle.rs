//! `docket verify --bundle`: an exported bundle, without the log that it came from.

use std::fmt;
use std::path::Path;

use docket_log::export::{BundleReport, ExportError, KeysUsed, verify_bundle};
use serde::Serialize;

use super::{Finding, Notice};
use crate::args::ReportFormat;
use crate::error::{CliError, Verdict};
use crate::output;
use crate::text::counted;

pub(super) fn run(directory: &Path, key: Option<&str>, format: ReportFormat) -> Result<Verdict, CliError> {
    let keys = key.map(super::key::given).transpose()?.unwrap_or_default();
    let report = verify_bundle(directory, &keys).map_err(unreadable)?;
    let outcome = Outcome::of(&report);
    match format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    if matches!(report.keys, KeysUsed::OfBundle(_)) {
        output::say(
            "note",
            "checked with the key in the bundle: it shows that the bundle is whole, not whose it is",
        );
        output::say("hint", "name the log's public key with --key");
    }
    Ok(if outcome.verified { Verdict::Done } else { Verdict::Finding })
}

/// A bundle that is not there is what was typed, not what was exported.
fn unreadable(error: ExportError) -> CliError {
    match error {
        ExportError::Io { path, source, .. } => {
            CliError::Unreadable { what: path.display().to_string(), source }
        }
        error => error.into(),
    }
}

/// What a bundle holds, and what is wrong with it.
#[derive(Debug, Serialize)]
struct Outcome {
    verified: bool,
    origin: Option<String>,
    size: u64,
    root: String,
    keys: Vec<String>,
    key_from: &'static str,
    entries: u64,
    tiles: u64,
    texts_intact: u64,
    texts_redacted: u64,
    documents: u64,
    notices: Vec<Notice>,
    findings_count: u64,
    findings: Vec<Finding>,
}

impl Outcome {
    fn of(report: &BundleReport) -> Self {
        let (keys, key_from) = match &report.keys {
            KeysUsed::Given(keys) => (keys.iter().map(ToString::to_string).collect(), "argument"),
            KeysUsed::OfBundle(key) => (vec![key.to_string()], "bundle"),
            KeysUsed::None => (Vec::new(), "nowhere"),
        };
        Self {
            verified: report.is_good(),
            origin: report.origin.clone(),
            size: report.size,
            root: report.root.to_base64(),
            keys,
            key_from,
            entries: report.entries,
            tiles: report.tiles,
            texts_intact: report.openings,
            texts_redacted: report.redacted,
            documents: report.sources,
            notices: report.notices.iter().map(Notice::from).collect(),
            findings_count: report.findings_count,
            findings: report.findings.iter().map(Finding::from).collect(),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::write_findings(f, &self.notices, &self.findings)?;
        let (entries, tiles) = (counted(self.entries, "entry"), counted(self.tiles, "tile"));
        let (intact, documents) = (counted(self.texts_intact, "text"), counted(self.documents, "document"));
        writeln!(
            f,
            "checked   {entries}, {tiles}, {intact} intact, {} redacted, {documents}",
            self.texts_redacted
        )?;
        for key in &self.keys {
            writeln!(f, "key       {key}")?;
        }
        let origin = self.origin.as_deref().unwrap_or("a log without a name");
        let (verdict, size) = (super::verdict(self.findings_count), counted(self.size, "entry"));
        writeln!(f, "{verdict}: {size} of {origin}, root {}", self.root)
    }
}
