//! Recorded texts made fit for a terminal: nothing in them commands it, and lines are as long as they may be.

use docket_ledger::answer::Text;

/// What stands for what was cut off.
pub(super) const ELLIPSIS: char = '…';

/// A text in one line: line breaks and tabs become spaces, what could command a terminal is written out as `\u{1b}`.
pub(super) fn line(text: &str) -> String {
    let spaced = text.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    escape(&spaced)
}

/// A text exactly as it stands, in one line: every control character is written out.
pub(super) fn verbatim(text: &str) -> String {
    escape(text)
}

/// The words, or what is left of them.
pub(super) fn words(text: &Text) -> String {
    match text {
        Text::Words(words) => line(words),
        Text::Redacted { redacted } => format!("[redacted, sealed as {redacted}]"),
    }
}

/// The words with their line breaks, for a page; the same rules otherwise.
pub(super) fn paragraphs(text: &Text) -> Vec<String> {
    match text {
        Text::Words(words) => words.lines().map(line).collect(),
        Text::Redacted { .. } => vec![self::words(text)],
    }
}

/// Words in quotation marks.
pub(super) fn quoted(text: &Text) -> String {
    match text {
        Text::Words(_) => format!("“{}”", words(text)),
        Text::Redacted { .. } => words(text),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_dangerous(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Control characters command a terminal; the others turn the order of what is read around, break lines, or can't be seen.
fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// How many columns a character takes: none for combining marks, two for those of East Asia and for pictures.
fn columns_of(character: char) -> usize {
    match u32::from(character) {
        0x0300..=0x036f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The longest beginning of a text that takes at most so many columns.
fn take(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += columns_of(*character);
        used > width
    });
    text.get(..end.map_or(text.len(), |(at, _)| at)).unwrap_or_default()
}

/// A text in lines of at most so many columns, broken at spaces, and inside words that are longer than a line. At least one line.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut rest = word;
        if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        while columns(rest) > width {
            let head = take(rest, width);
            lines.push(head.to_owned());
            rest = rest.get(head.len()..).unwrap_or_default();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(line("a\u{1b}[31mb\u{7}\u{9b}c"), "a\\u{1b}[31mb\\u{7}\\u{9b}c");
        assert_eq!(line("one\r\ntwo\nthree\tfour\rfive"), "one two three four five");
        assert_eq!(verbatim("a\tb\r"), "a\\u{9}b\\u{d}");
        assert_eq!(line("7\u{202e}evif"), "7\\u{202e}evif");
        assert_eq!(line("naïve – 4:00 PM “x”"), "naïve – 4:00 PM “x”");
    }

    #[test]
    fn lines_keep_to_their_width() {
        assert_eq!(wrap("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrap("abcdefg hi", 3), ["abc", "def", "g", "hi"]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("  spaced   out ", 20), ["spaced out"]);
    }
}
