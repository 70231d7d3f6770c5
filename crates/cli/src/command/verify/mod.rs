//! `docket verify`: the data directory, a receipt, a bundle, or a checkpoint kept elsewhere.

mod bundle;
mod checkpoint;
mod key;
mod receipt;

use std::fmt;
use std::path::Path;

use docket_ledger::verify::verify;
use docket_log::tlog::checkpoint::Checkpoint;
use docket_log::tlog::note::Note;
use docket_log::verify::{VerifyNotice, VerifyReport};
use serde::Serialize;

use crate::args::{ReportFormat, VerifyArguments};
use crate::error::{CliError, Verdict};
use crate::output;
use crate::progress::Progress;
use crate::text::counted;

pub(super) fn run(data: &Path, arguments: &VerifyArguments) -> Result<Verdict, CliError> {
    let VerifyArguments { receipt, bundle, checkpoint, key, format } = arguments;
    if let Some(file) = checkpoint {
        return checkpoint::run(data, file, *format);
    }
    match (receipt, bundle, key) {
        (Some(file), _, Some(key)) => return receipt::run(file, key, *format),
        (_, Some(directory), key) => return bundle::run(directory, key.as_deref(), *format),
        _ => {}
    }
    let outcome = Outcome::of(&whole(data)?);
    match format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    Ok(outcome.verdict())
}

/// Verifies a data directory, with progress.
pub(super) fn whole(data: &Path) -> Result<VerifyReport, CliError> {
    let mut progress = Progress::new("verifying");
    Ok(verify(data, &mut |reached| progress.reached(reached))?)
}

/// What verify found, as printed.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    verified: bool,
    origin: Option<String>,
    size: u64,
    root: String,
    /// The last checkpoint whose signature is at hand.
    checkpoint: Option<String>,
    /// The entries beyond it.
    unsigned: u64,
    commits: u64,
    segments: u64,
    bytes: u64,
    signatures: u64,
    texts_intact: u64,
    texts_redacted: u64,
    documents: u64,
    store_size: Option<u64>,
    notices: Vec<Notice>,
    findings_count: u64,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Notice {
    code: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct Finding {
    code: &'static str,
    file: String,
    offset: Option<u64>,
    entry: Option<u64>,
    message: String,
}

impl Outcome {
    pub(super) fn of(report: &VerifyReport) -> Self {
        Self {
            verified: report.is_good(),
            origin: report.origin.as_ref().map(ToString::to_string),
            size: report.size,
            root: report.root.to_base64(),
            checkpoint: report.last_checkpoint.as_ref().map(ToString::to_string),
            unsigned: report.unsigned,
            commits: report.commits,
            segments: report.segments,
            bytes: report.bytes,
            signatures: report.signatures,
            texts_intact: report.openings_intact,
            texts_redacted: report.openings_erased,
            documents: report.blobs,
            store_size: report.store_size,
            notices: report.notices.iter().map(Notice::from).collect(),
            findings_count: report.findings_count,
            findings: report.findings.iter().map(Finding::from).collect(),
        }
    }

    /// The same with a checkpoint that was signed after the journal's last frame was written, if it is of the tree that was verified.
    pub(super) fn signed(self, note: Option<&Note>) -> Self {
        let is_of_this_tree = |note: &&Note| {
            Checkpoint::parse(note.text()).is_ok_and(|body| {
                body.checkpoint.size() == self.size && body.checkpoint.root().to_base64() == self.root
            })
        };
        match note.filter(is_of_this_tree) {
            Some(note) => Self { checkpoint: Some(note.to_string()), unsigned: 0, ..self },
            None => self,
        }
    }

    pub(super) const fn verdict(&self) -> Verdict {
        if self.verified { Verdict::Done } else { Verdict::Finding }
    }
}

/// The report, ending with size, root and checkpoint.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_findings(f, &self.notices, &self.findings)?;
        let Self { size, root, .. } = self;
        let (commits, segments) = (counted(self.commits, "commit"), counted(self.segments, "segment"));
        let (documents, bytes) = (counted(self.documents, "document"), counted(self.bytes, "byte"));
        writeln!(f, "read      {bytes}: {commits} in {segments}, {documents}")?;
        let (signatures, intact) =
            (counted(self.signatures, "signature"), counted(self.texts_intact, "text"));
        let store = self
            .store_size
            .map_or_else(|| "no sled".to_owned(), |size| format!("sled with {}", counted(size, "entry")));
        writeln!(f, "checked   {signatures}, {intact} intact, {} redacted, {store}", self.texts_redacted)?;
        writeln!(f, "{}: {}, root {root}", verdict(self.findings_count), counted(*size, "entry"))?;
        if let Some(checkpoint) = &self.checkpoint {
            let beyond = match self.unsigned {
                0 => String::new(),
                1 => " (1 entry lies beyond it)".to_owned(),
                unsigned => format!(" ({unsigned} entries lie beyond it)"),
            };
            writeln!(f, "checkpoint{beyond}:\n{}", checkpoint.trim_end())?;
        } else if *size > 0 {
            writeln!(f, "no signed checkpoint is stored yet")?;
        }
        Ok(())
    }
}

fn write_findings(f: &mut fmt::Formatter<'_>, notices: &[Notice], findings: &[Finding]) -> fmt::Result {
    notices.iter().try_for_each(|Notice { code, message }| writeln!(f, "note ({code}): {message}"))?;
    findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
}

fn verdict(findings: u64) -> String {
    match findings {
        0 => "verified".to_owned(),
        _ => format!("NOT verified, {}", counted(findings, "finding")),
    }
}

impl From<&VerifyNotice> for Notice {
    fn from(notice: &VerifyNotice) -> Self {
        Self { code: notice.code, message: notice.message.clone() }
    }
}

impl From<&docket_log::verify::Finding> for Finding {
    fn from(finding: &docket_log::verify::Finding) -> Self {
        Self {
            code: finding.code,
            file: finding.file.display().to_string(),
            offset: finding.offset,
            entry: finding.entry,
            message: finding.message.clone(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "finding ({}): {}", self.code, self.file)?;
        if let Some(offset) = self.offset {
            write!(f, ", byte {offset}")?;
        }
        if let Some(entry) = self.entry {
            write!(f, ", entry {entry}")?;
        }
        write!(f, ": {}", self.message)
    }
}
