//! Texts as given, on the command line or on standard input, and as laid out in lines.

use std::fs::File;
use std::io::{Read as _, stdin};
use std::path::Path;

use docket_domain::TEXT_BYTES_MAX;
use docket_log::tlog::proof_file::PROOF_FILE_BYTES_MAX;

use crate::error::CliError;

/// What stands for standard input.
pub(crate) const STDIN: &str = "-";

/// The text, or what standard input holds where it is `-`. One line end at the end of standard input is not part of the text.
pub(crate) fn given(text: &str) -> Result<String, CliError> {
    if text != STDIN {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::new();
    // A line end and one byte over the limit tell a long text from one that just fits.
    let bytes_max = TEXT_BYTES_MAX as u64 + 3;
    stdin()
        .lock()
        .take(bytes_max)
        .read_to_end(&mut bytes)
        .map_err(|source| CliError::Unreadable { what: "standard input".to_owned(), source })?;
    from_bytes(bytes, "on standard input")
}

/// The text in a file; one line end at its end is not part of the text.
pub(crate) fn of_file(file: &Path) -> Result<String, CliError> {
    let mut bytes = bytes_up_to(file, TEXT_BYTES_MAX as u64 + 2)?;
    // A Windows editor's mark says nothing.
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    from_bytes(bytes, &format!("in {}", file.display()))
}

/// The bytes of a file, of which one more than the limit is read at most: the caller tells a long file by its length.
pub(crate) fn bytes_up_to(file: &Path, bytes_max: u64) -> Result<Vec<u8>, CliError> {
    let unreadable = |source| CliError::Unreadable { what: file.display().to_string(), source };
    let mut bytes = Vec::new();
    File::open(file).map_err(unreadable)?.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// A checkpoint that a person brings. Mail and editors end its lines with carriage returns, which were never signed.
pub(crate) fn checkpoint_of(file: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = bytes_of(file)?;
    let mut normalised = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(words) => {
                normalised.extend_from_slice(words);
                normalised.push(b'\n');
            }
            None => normalised.extend_from_slice(line),
        }
    }
    Ok(normalised)
}

/// The bytes of a file that is to be verified, or of standard input where it is `-`.
pub(crate) fn bytes_of(file: &Path) -> Result<Vec<u8>, CliError> {
    let unreadable = |source| CliError::Unreadable { what: file.display().to_string(), source };
    let mut bytes = Vec::new();
    // One byte more than any receipt has: the reader of receipts refuses it by its length.
    let bytes_max = PROOF_FILE_BYTES_MAX as u64 + 1;
    if file == Path::new(STDIN) {
        stdin().lock().take(bytes_max).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        File::open(file).map_err(unreadable)?.take(bytes_max).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    Ok(bytes)
}

fn from_bytes(mut bytes: Vec<u8>, place: &str) -> Result<String, CliError> {
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(CliError::TextTooLong { place: place.to_owned() });
    }
    String::from_utf8(bytes).map_err(|error| CliError::TextNotUtf8 {
        place: place.to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })
}

/// The text in lines of at most so many characters, broken between words where that is possible. An empty text is one empty line.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut column = 0;
    for word in text.split_whitespace() {
        let mut rest: Vec<char> = word.chars().collect();
        if column > 0 && column + 1 + rest.len() > width {
            lines.push(String::new());
            column = 0;
        }
        while rest.len() > width {
            let tail = rest.split_off(width);
            push(&mut lines, &rest, 0);
            lines.push(String::new());
            rest = tail;
        }
        push(&mut lines, &rest, column);
        column += rest.len() + usize::from(column > 0);
    }
    lines
}

/// So many of a thing: `1 commit`, `2 commits`, `1 entry`, `2 entries`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {noun}s"),
    }
}

/// Adds a word to the last line, after a space if the line holds something.
fn push(lines: &mut [String], word: &[char], column: usize) {
    if let Some(line) = lines.last_mut() {
        line.extend((column > 0).then_some(' '));
        line.extend(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "commit"), "1 commit");
        assert_eq!(counted(0, "commit"), "0 commits");
        assert_eq!(counted(2, "entry"), "2 entries");
    }

    #[test]
    fn lines_break_between_words_and_within_words_that_fit_nowhere() {
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrapped("a bcdefghijkl mn", 5), ["a", "bcdef", "ghijk", "l mn"]);
        assert_eq!(wrapped("one two", 7), ["one two"]);
        assert_eq!(wrapped("äöü ß", 3), ["äöü", "ß"]);
    }

    #[test]
    fn one_line_end_is_taken_off_and_limits_hold() {
        let from = |bytes| from_bytes(bytes, "here");
        assert_eq!(from(b"a\n".to_vec()).unwrap(), "a");
        assert_eq!(from(b"a\r\n".to_vec()).unwrap(), "a");
        assert_eq!(from(b"a\n\n".to_vec()).unwrap(), "a\n");
        assert_eq!(from(b"a\r".to_vec()).unwrap(), "a\r");
        let longest = vec![b'x'; TEXT_BYTES_MAX];
        assert_eq!(from([&longest[..], b"\r\n"].concat()).unwrap().len(), TEXT_BYTES_MAX);
        assert!(matches!(from([&longest[..], b"x"].concat()), Err(CliError::TextTooLong { .. })));
        assert!(matches!(from(b"ab\xff".to_vec()), Err(CliError::TextNotUtf8 { offset: 2, .. })));
    }
}
