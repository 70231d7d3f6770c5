//! What all TOML files share: reading with one-line errors.

use serde::de::DeserializeOwned;

use super::error::ImportError;

/// Reads a TOML file into its raw form; an error names the file, the line and what was expected.
pub(crate) fn read<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, ImportError> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start).min(text.len());
        let before = text.as_bytes().get(..start).unwrap_or_default();
        ImportError::Toml {
            file: file.to_owned(),
            line: line_at(before),
            message: error.message().lines().collect::<Vec<_>>().join(" "),
        }
    })
}

/// The line, counted from 1, on which the byte after `before` stands.
pub(crate) fn line_at(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

/// Reads bytes as UTF-8; an error names the file, the line and the offset of the first bad byte.
pub(crate) fn utf8<'a>(bytes: &'a [u8], file: &str) -> Result<&'a str, ImportError> {
    std::str::from_utf8(bytes).map_err(|error| ImportError::NotUtf8 {
        file: file.to_owned(),
        line: line_at(bytes.get(..error.valid_up_to()).unwrap_or_default()),
        offset: error.valid_up_to(),
    })
}
