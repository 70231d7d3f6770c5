//! `docket record evidence`: a document or an address that supports a statement.

use std::path::Path;

use docket_domain::event::EvidenceAttached;
use docket_domain::{Action, Data};
use docket_log::blobs::{BLOB_BYTES_MAX, digest_of};

use crate::args::EvidenceArguments;
use crate::command::write::{Statement, record};
use crate::error::{CliError, Verdict};
use crate::text;

pub(in crate::command) fn run(data: &Path, arguments: &EvidenceArguments) -> Result<Verdict, CliError> {
    let EvidenceArguments { recommendation, file, url, title, media_type, supports, asserted_by, write } =
        arguments;
    let document = file.as_deref().map(read).transpose()?;
    let media_type =
        file.as_deref().map(|file| media_type.clone().unwrap_or_else(|| sniffed(file).to_owned()));
    record(data, write, |recorder| {
        let subject = recorder.recommendation(recommendation)?;
        let asserter = match asserted_by {
            Some(asserter) => asserter.clone(),
            None => recorder.publisher(&subject)?,
        };
        let action = Action::Record(Data::EvidenceAttached(EvidenceAttached {
            asserter,
            event: supports
                .as_deref()
                .map(|event| recorder.event(event))
                .transpose()?
                .map(|found| found.event),
            media_type,
            sha256: document.as_deref().map(digest_of),
            size: document.as_ref().map(|document| document.len() as u64),
            title: title.clone(),
            url: url.clone(),
        }));
        let statement = Statement { subject, action };
        if let Some(document) = &document {
            recorder.keep(&statement, document)?;
        }
        Ok(statement)
    })
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = text::bytes_up_to(file, BLOB_BYTES_MAX)?;
    if bytes.len() as u64 > BLOB_BYTES_MAX {
        return Err(CliError::FileTooLarge { file: file.to_owned(), bytes_max: BLOB_BYTES_MAX });
    }
    Ok(bytes)
}

/// The media type by the end of a file's name; what is not known is bytes.
fn sniffed(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("txt") => "text/plain",
        Some("md") => "text/markdown",
        Some("csv") => "text/csv",
        Some("htm" | "html") => "text/html",
        Some("pdf") => "application/pdf",
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        Some("zip") => "application/zip",
        Some("eml") => "message/rfc822",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("tif" | "tiff") => "image/tiff",
        Some("svg") => "image/svg+xml",
        Some("mp3") => "audio/mpeg",
        Some("wav") => "audio/wav",
        Some("mp4") => "video/mp4",
        Some("doc") => "application/msword",
        Some("xls") => "application/vnd.ms-excel",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Some("pptx") => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Some("odt") => "application/vnd.oasis.opendocument.text",
        Some("ods") => "application/vnd.oasis.opendocument.spreadsheet",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::sniffed;

    #[test]
    fn the_end_of_a_name_tells_its_type() {
        assert_eq!(sniffed(Path::new("a/b.PDF")), "application/pdf");
        assert_eq!(sniffed(Path::new("minutes.txt.gz")), "application/octet-stream");
        assert_eq!(sniffed(Path::new("pdf")), "application/octet-stream");
    }
}
