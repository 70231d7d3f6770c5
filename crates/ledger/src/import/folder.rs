//! A source folder: the document as received, `source.toml`, and for a damaged one `curation.toml`.

use std::{fs::File, io::Read as _, path::Path};

use super::{
    DOCUMENT_BYTES_MAX, TOML_BYTES_MAX, Transcript,
    curation::{self, Curation},
    error::ImportError,
    manifest::{self, Manifest},
    raw, transcribe,
};

/// The name of the manifest in a source folder.
pub const MANIFEST_FILE: &str = "source.toml";

/// The name of the curation in a source folder; a sound document needs none.
pub const CURATION_FILE: &str = "curation.toml";

/// A source as loaded: nothing of it is interpreted yet but the TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFolder {
    /// What `source.toml` says.
    pub manifest: Manifest,
    /// The document's bytes, whose SHA-256 and size are those of the manifest.
    pub document: Vec<u8>,
    /// What `curation.toml` says; empty if there is none.
    pub curation: Curation,
}

impl SourceFolder {
    /// Transcribes, curates and reconciles (DESIGN section 8, steps 1, 2 and 4).
    ///
    /// # Errors
    /// [`ImportError::NotUtf8`] for the document, and [`ImportError::Refused`] with every decision that does not apply.
    pub fn work_out(&self) -> Result<Transcript, ImportError> {
        let draft = transcribe::draft(&self.document, &self.manifest)?;
        curation::apply(draft, &self.manifest, &self.curation)
    }
}

/// Loads a source folder: the one function of this module that reads files.
///
/// # Errors
/// A missing or over-long file, TOML that cannot be understood, and a document that is not the one the manifest describes.
pub fn load_folder(folder: &Path) -> Result<SourceFolder, ImportError> {
    let manifest_text = read_limited(&folder.join(MANIFEST_FILE), TOML_BYTES_MAX)?;
    let manifest = manifest::parse(raw::utf8(&manifest_text, MANIFEST_FILE)?, MANIFEST_FILE)?;
    let document = read_limited(&folder.join(&manifest.document.file), DOCUMENT_BYTES_MAX)?;
    manifest.document.check(&document)?;
    let curation = match read_limited(&folder.join(CURATION_FILE), TOML_BYTES_MAX) {
        Ok(bytes) => curation::parse(raw::utf8(&bytes, CURATION_FILE)?, CURATION_FILE)?,
        Err(ImportError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Curation::default()
        }
        Err(error) => return Err(error),
    };
    Ok(SourceFolder { manifest, document, curation })
}

pub(crate) fn read_limited(path: &Path, bytes_max: u64) -> Result<Vec<u8>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte over the limit tells a long file from one that just fits, also if it grows meanwhile.
    File::open(path).map_err(unreadable)?.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > bytes_max {
        return Err(ImportError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}
