//! `docket restore`.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use docket_domain::Origin;
use docket_log::DataDirectory;
use docket_log::backup::{Continuation, Continued, LaterCheckpoint, confirm, restore, restore_continuing};
use docket_log::fs::{FileSystem, RealFileSystem};
use serde::Serialize;

use crate::args::{ReportFormat, RestoreArguments};
use crate::error::{CliError, Verdict};
use crate::text::counted;
use crate::{actor, output, target, text};

pub(super) fn run(data: &Path, arguments: &RestoreArguments) -> Result<Verdict, CliError> {
    let RestoreArguments { backup, checkpoint, format, .. } = arguments;
    let files: Arc<dyn FileSystem> = Arc::new(RealFileSystem);
    let directory = DataDirectory::new(data, Arc::clone(&files));
    if let Some(backup) = backup {
        target::outside(backup, data)?;
    }
    // Read before anything is written: a file that is not there is what was typed.
    let checkpoint = checkpoint.as_ref().map(|file| text::checkpoint_of(file)).transpose()?;
    if let (Some(origin), Some(from), Some(checkpoint)) = (&arguments.continue_as, backup, &checkpoint) {
        let continuation = continuation(origin, arguments)?;
        let continued = restore_continuing(&files, from, &directory, checkpoint, &continuation)?;
        return continued_as(origin, &continued, *format);
    }
    let mut outcome = Outcome::default();
    if let Some(backup) = backup {
        let restored = restore(&files, backup, &directory)?;
        outcome = Outcome {
            restored: true,
            size: restored.head.size,
            root: restored.head.root.to_base64(),
            released: false,
            signed_size: None,
            no_later_checkpoint_is_known: false,
            changed_segments: restored.changed_segments,
            unsigned: restored.unsigned,
        };
    }
    if let Some(checkpoint) = checkpoint {
        let later = if arguments.no_later_checkpoint_is_known {
            LaterCheckpoint::NoneIsKnown
        } else {
            LaterCheckpoint::NothingStated
        };
        let confirmed = confirm(&directory, &checkpoint, later)?;
        outcome = Outcome {
            size: confirmed.head.size,
            root: confirmed.head.root.to_base64(),
            released: true,
            signed_size: Some(confirmed.signed.size),
            no_later_checkpoint_is_known: arguments.no_later_checkpoint_is_known,
            ..outcome
        };
    }
    match format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    Ok(Verdict::Done)
}

fn continuation(origin: &Origin, arguments: &RestoreArguments) -> Result<Continuation, CliError> {
    let (actor, actor_basis) = actor::resolve(arguments.by.as_ref())?;
    Ok(Continuation {
        origin: origin.clone(),
        reason: arguments.reason.clone().unwrap_or_default(),
        actor,
        actor_basis,
        event: super::write::new_id().into(),
        command: super::write::new_id().into(),
        now: super::write::now(),
    })
}

fn continued_as(origin: &Origin, continued: &Continued, format: ReportFormat) -> Result<Verdict, CliError> {
    let outcome = Goes {
        origin: origin.to_string(),
        size: continued.head.size,
        root: continued.head.root.to_base64(),
        previous_origin: continued.previous_origin.clone(),
        previous_size: continued.previous.size,
        previous_root: continued.previous.root.to_base64(),
        unchecked: continued.unchecked,
        checkpoint: continued.checkpoint.to_string(),
    };
    match format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    Ok(Verdict::Done)
}

/// A log that goes on after a loss.
#[derive(Debug, Serialize)]
struct Goes {
    origin: String,
    size: u64,
    root: String,
    previous_origin: String,
    previous_size: u64,
    previous_root: String,
    /// Entries that were taken along although nothing shows that they were recorded with the old key.
    unchecked: u64,
    checkpoint: String,
}

impl fmt::Display for Goes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root, previous_origin, previous_size, .. } = self;
        writeln!(
            f,
            "continued  {previous_origin}, last known with {previous_size} entries, goes on as {origin}"
        )?;
        writeln!(f, "           {}, root {root}", counted(*size, "entry"))?;
        if self.unchecked > 0 {
            writeln!(
                f,
                "unchecked  {} at the end before it: no signature and no old key shows who wrote them; compare them with receipts",
                counted(self.unchecked, "entry")
            )?;
        }
        writeln!(
            f,
            "next       keep the new log.key where the old one was kept, and hand out the new public key"
        )?;
        writeln!(f, "checkpoint, to be kept elsewhere:\n{}", self.checkpoint.trim_end())
    }
}

#[derive(Debug, Default, Serialize)]
struct Outcome {
    restored: bool,
    size: u64,
    root: String,
    released: bool,
    /// The size of the checkpoint that was shown.
    signed_size: Option<u64>,
    /// The operator's statement, on which the release may rest.
    no_later_checkpoint_is_known: bool,
    changed_segments: u64,
    /// The entries behind the last signature in the backup.
    unsigned: u64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = counted(self.size, "entry");
        if self.restored {
            writeln!(f, "restored   {entries}, root {}; everything in the backup verifies", self.root)?;
        }
        if self.changed_segments > 0 {
            let segments = counted(self.changed_segments, "segment");
            writeln!(f, "note       {segments} changed in a later run that did not finish")?;
        }
        if self.unsigned > 0 {
            let entries = counted(self.unsigned, "entry");
            writeln!(
                f,
                "note       the last {entries} bear no signature in the backup: only a checkpoint from elsewhere vouches for them"
            )?;
        }
        match self.signed_size {
            Some(size) => {
                writeln!(f, "released   {entries}, consistent with the checkpoint of size {size}")?;
                if self.no_later_checkpoint_is_known {
                    writeln!(f, "stated     by the operator: no later checkpoint is known")?;
                }
                writeln!(f, "next       put log.key back from where it is kept, then record as usual")
            }
            None => writeln!(
                f,
                "next       this log can only be read until `docket restore --checkpoint FILE` shows it the newest checkpoint that is known"
            ),
        }
    }
}
