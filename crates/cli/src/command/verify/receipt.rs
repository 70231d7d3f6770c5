//! `docket verify --receipt`: offline, with nothing but the public key.

use std::fmt;
use std::path::Path;

use docket_domain::Subject;
use docket_log::error::chain;
use docket_log::receipt::{ReceiptError, VerifiedReceipt, verify_receipt};
use docket_log::seal::ResolvedText;
use serde::Serialize;
use serde_json::Value;

use crate::args::ReportFormat;
use crate::error::{CliError, Verdict};
use crate::text::STDIN;
use crate::{output, text};

pub(super) fn run(file: &Path, key: &str, format: ReportFormat) -> Result<Verdict, CliError> {
    let keys = super::key::given(key)?;
    let bytes = text::bytes_of(file)?;
    let outcome = Outcome::of(file, verify_receipt(&bytes, &keys))?;
    match format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    Ok(if outcome.verified { Verdict::Done } else { Verdict::Finding })
}

/// What a receipt proves, or why it does not.
#[derive(Debug, Serialize)]
struct Outcome {
    receipt: String,
    verified: bool,
    finding: Option<String>,
    proven: Option<Proven>,
}

#[derive(Debug, Serialize)]
struct Proven {
    origin: String,
    size: u64,
    root: String,
    signed_by: Vec<String>,
    /// The entry, exactly as it was hashed but for white space.
    entry: Value,
    /// Its texts in their order; null where the words are withheld or redacted.
    texts: Vec<Option<String>>,
    #[serde(skip)]
    event: ProvenEvent,
}

/// What the table says of the event.
#[derive(Debug)]
struct ProvenEvent {
    name: String,
    id: String,
    index: u64,
    kind: &'static str,
    recorded: String,
}

impl Outcome {
    fn of(file: &Path, result: Result<VerifiedReceipt, ReceiptError>) -> Result<Self, CliError> {
        let receipt = if file == Path::new(STDIN) { "standard input".into() } else { file.to_string_lossy() };
        let (finding, proven) = match result {
            Ok(proven) => (None, Some(Proven::of(proven)?)),
            Err(error) => (Some(chain(&error)), None),
        };
        Ok(Self { receipt: receipt.into_owned(), verified: proven.is_some(), finding, proven })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(finding) = &self.finding {
            writeln!(f, "NOT verified: {}: {finding}", self.receipt)?;
        }
        let Some(proven) = &self.proven else { return Ok(()) };
        let Proven { origin, size, root, signed_by, texts, event, .. } = proven;
        let ProvenEvent { name, id, index, kind, recorded } = event;
        writeln!(f, "verified: {kind} {name} (event {id}) is entry {index} of {origin}")?;
        writeln!(f, "recorded   {recorded}")?;
        for (ordinal, words) in (1..).zip(texts) {
            let words =
                words.as_ref().map_or("(withheld or redacted)".to_owned(), |words| format!("{words:?}"));
            writeln!(f, "text {ordinal:<5} {words}")?;
        }
        writeln!(f, "checkpoint {size} entries, root {root}")?;
        writeln!(f, "signed by  {}", signed_by.join(", "))
    }
}

impl Proven {
    fn of(receipt: VerifiedReceipt) -> Result<Self, CliError> {
        let VerifiedReceipt { entry, texts, checkpoint } = receipt;
        let print =
            |source: Box<dyn std::error::Error + Send + Sync>| CliError::Print { format: "JSON", source };
        let bytes = entry.encode().map_err(|error| print(error.into()))?;
        let event = &entry.event;
        let short = match &event.subject {
            Subject::Recommendation(_, key) => key.to_string(),
            other => other.to_string(),
        };
        let words = |text| match text {
            ResolvedText::Words(words) => Some(words),
            ResolvedText::Redacted(_) => None,
        };
        Ok(Self {
            origin: entry.origin.to_string(),
            size: checkpoint.checkpoint.size(),
            root: checkpoint.checkpoint.root().to_base64(),
            signed_by: checkpoint.signatures.iter().map(|signature| signature.key.to_string()).collect(),
            event: ProvenEvent {
                name: format!("{short}@{}", event.version),
                id: event.id.to_string(),
                index: event.index,
                kind: event.data.kind().short(),
                recorded: format!("{} by {}", event.recorded_at, event.actor),
            },
            entry: serde_json::from_slice(&bytes).map_err(|error| print(error.into()))?,
            texts: texts.into_iter().map(words).collect(),
        })
    }
}
