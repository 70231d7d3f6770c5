//! The strict text forms that the C2SP formats share: base64, decimals, lines of hashes, the blank line.

use super::hash::{Hash, HashError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The base64 of RFC 4648 section 4, with padding.
pub(super) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes the one canonical spelling: padding present, unused trailing bits zero, no whitespace.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    STANDARD.decode(text)
}

/// Reads an ASCII decimal without sign or leading zeros; `None` for anything else, overflow included.
pub(super) fn parse_decimal(text: &str) -> Option<u64> {
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits_only && (text == "0" || !text.starts_with('0'));
    if canonical { text.parse().ok() } else { None }
}

/// The first byte below U+0020 other than newline, with its offset: what no note may hold.
pub(super) fn find_control(text: &str) -> Option<(usize, u8)> {
    text.bytes().enumerate().find(|&(_, byte)| byte < 0x20 && byte != b'\n')
}

/// Splits at the first blank line into the lines before it and the bytes after it.
pub(super) fn split_at_first_blank_line(text: &str) -> Option<(std::str::Split<'_, char>, &str)> {
    text.split_once("\n\n").map(|(head, rest)| (head.split('\n'), rest))
}

/// Reads one hash per line, each in its only base64 spelling. On failure, the offending line's position from 0.
pub(super) fn parse_hash_lines<'text>(
    lines: impl Iterator<Item = &'text str>,
) -> Result<Vec<Hash>, (usize, HashError)> {
    lines
        .enumerate()
        .map(|(position, line)| Hash::from_base64(line).map_err(|error| (position, error)))
        .collect()
}
