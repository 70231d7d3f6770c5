//! What all TOML files share: reading with one-line errors.

use docket_log::error::escape_controls;
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
            message: escape_controls(&error.message().replace('\n', " "), &[]),
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

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::read;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Known {
        #[serde(rename = "known")]
        _known: u8,
    }

    #[test]
    fn a_foreign_key_makes_no_second_line_of_an_error() {
        for (text, message) in [
            ("\"a\\rb\\nc\" = 1", r"f.toml, line 1: unknown field `a\rb c`, expected `known`"),
            ("known = 1\nknown = 2", "f.toml, line 2: duplicate key"),
        ] {
            assert_eq!(read::<Known>(text, "f.toml").unwrap_err().to_string(), message, "{text}");
        }
    }
}
