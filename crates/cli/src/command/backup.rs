//! `docket backup`.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use docket_log::DataDirectory;
use docket_log::backup::{BackedUp, backup};
use docket_log::fs::RealFileSystem;
use serde::Serialize;

use crate::args::{BackupArguments, ReportFormat};
use crate::error::{CliError, Verdict};
use crate::text::counted;
use crate::{output, target};

pub(super) fn run(data: &Path, arguments: &BackupArguments) -> Result<Verdict, CliError> {
    let directory = DataDirectory::new(data, Arc::new(RealFileSystem));
    target::outside(data, &arguments.directory)?;
    let outcome = Outcome::of(backup(&directory, &arguments.directory, super::write::now())?);
    match arguments.format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    if outcome.redaction_pending {
        output::say("warning", "a redaction was not finished meanwhile: this backup may hold words of it");
        output::say("hint", "run the same backup again");
        return Ok(Verdict::Finding);
    }
    Ok(Verdict::Done)
}

#[derive(Debug, Serialize)]
struct Outcome {
    origin: Option<String>,
    size: u64,
    root: String,
    checkpoint: Option<String>,
    created: String,
    files: u64,
    copied_files: u64,
    copied_bytes: u64,
    redaction_pending: bool,
}

impl Outcome {
    fn of(done: BackedUp) -> Self {
        let BackedUp { manifest, copied_files, copied_bytes, is_redacting } = done;
        Self {
            origin: manifest.origin,
            size: manifest.size,
            root: manifest.root,
            checkpoint: manifest.checkpoint,
            created: manifest.created,
            files: manifest.files.len() as u64,
            copied_files,
            copied_bytes,
            redaction_pending: is_redacting,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entries, files) = (counted(self.size, "entry"), counted(self.files, "file"));
        writeln!(f, "backed up  {entries} in {files}, root {}", self.root)?;
        writeln!(
            f,
            "copied     {}, {}",
            counted(self.copied_files, "file"),
            counted(self.copied_bytes, "byte")
        )?;
        match &self.checkpoint {
            Some(checkpoint) => writeln!(f, "checkpoint, to be kept elsewhere:\n{}", checkpoint.trim_end()),
            None => writeln!(f, "no signed checkpoint is stored yet"),
        }
    }
}
