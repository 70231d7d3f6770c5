//! `docket verify --checkpoint`: is this log consistent with what it signed earlier?

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use docket_log::DataDirectory;
use docket_log::error::chain;
use docket_log::fs::RealFileSystem;
use docket_log::tlog::proof::TreeHead;
use docket_log::verify::checkpoint::{Shown, compare_checkpoint};
use serde::Serialize;

use crate::args::ReportFormat;
use crate::error::{CliError, Verdict};
use crate::text::counted;
use crate::{output, text};

pub(super) fn run(data: &Path, file: &Path, format: ReportFormat) -> Result<Verdict, CliError> {
    let bytes = text::checkpoint_of(file)?;
    let directory = DataDirectory::new(data, Arc::new(RealFileSystem));
    let outcome = Outcome::of(compare_checkpoint(&directory, &bytes)?);
    match format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    Ok(if outcome.verified { Verdict::Done } else { Verdict::Finding })
}

/// What the checkpoint shows.
#[derive(Debug, Serialize)]
struct Outcome {
    verified: bool,
    /// `consistent`, `entries-missing`, `history-differs` or `not-of-this-log`.
    code: &'static str,
    message: String,
    signed_size: Option<u64>,
    size: Option<u64>,
}

impl Outcome {
    fn of(shown: Shown) -> Self {
        let sizes = |signed: TreeHead, log: TreeHead| (Some(signed.size), Some(log.size));
        let (code, message, (signed_size, size)) = match shown {
            Shown::Consistent { signed, log } => {
                let (entries, beyond) = (counted(signed.size, "entry"), log.size - signed.size);
                let message = format!(
                    "the first {entries} have the root that was signed; {} came after",
                    counted(beyond, "entry")
                );
                ("consistent", message, sizes(signed, log))
            }
            Shown::EntriesMissing { signed, log } => {
                let message =
                    format!("entries are missing: {} were signed, the log has {}", signed.size, log.size);
                ("entries-missing", message, sizes(signed, log))
            }
            Shown::HistoryDiffers { signed, found } => {
                let message = format!(
                    "history differs: at {} entries the log has the root {}, {} was signed",
                    signed.size,
                    found.to_base64(),
                    signed.root.to_base64()
                );
                ("history-differs", message, (Some(signed.size), None))
            }
            Shown::NotOfThisLog(error) => {
                let message = format!("it shows nothing about this log: {}", chain(&error));
                ("not-of-this-log", message, (None, None))
            }
        };
        Self { verified: code == "consistent", code, message, signed_size, size }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.verified { "verified" } else { "NOT verified" };
        writeln!(f, "{verdict}: {}", self.message)
    }
}
