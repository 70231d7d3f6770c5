//! `docket export`: the log in forms that others can verify.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::Path;

use docket_ledger::Ledger;
use docket_log::export::{ExportError, Exported, export_bundle, export_jsonl, export_tiles};

use crate::args::{ExportArguments, ExportFormat};
use crate::error::{CliError, Verdict};
use crate::text::STDIN;
use crate::{output, session};

pub(super) fn run(data: &Path, arguments: &ExportArguments) -> Result<Verdict, CliError> {
    let ExportArguments { format, directory } = arguments;
    let target = directory.as_deref().filter(|directory| *directory != Path::new(STDIN));
    if *format != ExportFormat::Jsonl && target.is_none() {
        return Err(CliError::ExportDirectory);
    }
    if let Some(target) = target {
        crate::target::outside(data, target)?;
    }
    let exported = session::reading(data, |ledger| export(ledger, *format, target))?;
    let Exported { entries, root, unsigned, .. } = exported;
    let place = target.map_or_else(|| "standard output".to_owned(), |target| target.display().to_string());
    output::say("note", &format!("exported {entries} entries, root {} to {place}", root.to_base64()));
    if unsigned > 0 {
        output::say(
            "note",
            &format!("{unsigned} entries lie beyond the last signed checkpoint and were left out"),
        );
    }
    Ok(Verdict::Done)
}

fn export(ledger: &Ledger, format: ExportFormat, target: Option<&Path>) -> Result<Exported, CliError> {
    let reader = ledger.reader();
    Ok(match (format, target) {
        (ExportFormat::Tiles, Some(directory)) => export_tiles(reader.log(), directory)?,
        (ExportFormat::Bundle, Some(directory)) => export_bundle(reader.log(), &ledger.blobs(), directory)?,
        (ExportFormat::Jsonl, Some(file)) => {
            let error = |source| ExportError::Io { operation: "make", path: file.to_owned(), source };
            let new = OpenOptions::new().write(true).create_new(true).open(file).map_err(error)?;
            export_jsonl(reader.log(), &mut BufWriter::new(new))?
        }
        (_, None) => output::stream(|output| Ok(export_jsonl(reader.log(), output)?))?,
    })
}
