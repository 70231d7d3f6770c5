//! The public key to verify with: the line itself, or a file that holds it.

use std::path::Path;

use docket_log::tlog::key::VerifierKey;

use crate::error::CliError;

/// The keys given: one as a line, or one on each line of a file. A log whose key was changed has several.
pub(super) fn given(key: &str) -> Result<Vec<VerifierKey>, CliError> {
    let text = if Path::new(key).is_file() {
        std::fs::read_to_string(key)
            .map_err(|source| CliError::Unreadable { what: key.to_owned(), source })?
    } else {
        key.to_owned()
    };
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        // An empty file is read as an empty key, and refused as such.
        lines.push("");
    }
    let parse = |line: &str| {
        line.trim().parse().map_err(|source| CliError::VerifierKey { given: key.to_owned(), source })
    };
    lines.into_iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_line_or_a_file_of_lines() {
        let line = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(given(line).unwrap().len(), 1);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("log.vkey");
        let path = file.to_str().unwrap();
        std::fs::write(&file, format!("{line}\n\n{line}\n")).unwrap();
        assert_eq!(given(path).unwrap().len(), 2);
        for content in ["", "\n", "nonsense"] {
            std::fs::write(&file, content).unwrap();
            assert!(matches!(given(path), Err(CliError::VerifierKey { .. })), "{content:?}");
        }
        assert!(matches!(given("missing.vkey"), Err(CliError::VerifierKey { .. })));
    }
}
