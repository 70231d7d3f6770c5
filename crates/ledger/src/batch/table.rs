//! Comma-separated values, read strictly (RFC 4180): cells, and every place where the file is no such table.
//!
//! Line ends are LF or CRLF, also inside quoted cells, where both become LF. A byte order mark is skipped.

use std::iter::Peekable;
use std::str::Chars;

/// One record of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The line on which it begins, counted from 1.
    pub(super) line: u64,
    /// Its cells as they read without their quotation marks.
    pub(super) cells: Vec<String>,
}

/// Something that is no table, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) problem: &'static str,
    pub(super) hint: &'static str,
}

/// What ends a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Cell,
    Row,
    File,
}

/// The rows of a file, blank ones left out, and its faults.
pub(super) fn rows(text: &str) -> (Vec<Row>, Vec<Fault>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading { rest: text.chars().peekable(), line: 1, faults: Vec::new() };
    let mut rows = Vec::new();
    loop {
        let line = reading.line;
        let mut cells = Vec::new();
        let end = loop {
            let (cell, end) = reading.cell();
            cells.push(cell);
            if end != End::Cell {
                break end;
            }
        };
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            rows.push(Row { line, cells });
        }
        if end == End::File {
            return (rows, reading.faults);
        }
    }
}

struct Reading<'a> {
    rest: Peekable<Chars<'a>>,
    line: u64,
    faults: Vec<Fault>,
}

impl Reading<'_> {
    fn cell(&mut self) -> (String, End) {
        if self.rest.next_if_eq(&'"').is_none() {
            return self.plain();
        }
        let cell = self.quoted();
        let line = self.line;
        let (after, end) = self.plain();
        if !after.trim().is_empty() {
            self.faults.push(Fault {
                line,
                problem: "something stands between the closing quotation mark of a cell and the next comma",
                hint: "double each quotation mark inside a quoted cell",
            });
        }
        (cell, end)
    }

    /// The rest of a quoted cell, its closing mark included.
    fn quoted(&mut self) -> String {
        let opened = self.line;
        let mut cell = String::new();
        while let Some(character) = self.rest.next() {
            match character {
                '"' if self.rest.next_if_eq(&'"').is_some() => cell.push('"'),
                '"' => return cell,
                '\r' if self.rest.peek() == Some(&'\n') => {}
                '\n' => {
                    self.line += 1;
                    cell.push('\n');
                }
                character => cell.push(character),
            }
        }
        self.faults.push(Fault {
            line: opened,
            problem: "a cell begins with a quotation mark and never ends",
            hint: "close it with a quotation mark before the next comma",
        });
        cell
    }

    /// A cell without quotation marks, up to what ends it.
    fn plain(&mut self) -> (String, End) {
        let line = self.line;
        let mut cell = String::new();
        let mut marked = false;
        let end = loop {
            match self.rest.next() {
                None => break End::File,
                Some(',') => break End::Cell,
                Some('\n') => {
                    self.line += 1;
                    break End::Row;
                }
                Some('\r') if self.rest.peek() == Some(&'\n') => {}
                Some(character) => {
                    marked |= character == '"';
                    cell.push(character);
                }
            }
        };
        if marked {
            self.faults.push(Fault {
                line,
                problem: "a quotation mark stands in a cell that does not begin with one",
                hint: "put the whole cell into quotation marks, and double those inside",
            });
        }
        (cell, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>)> {
        let (rows, faults) = rows(text);
        assert_eq!(faults, [], "{text:?}");
        rows.into_iter().map(|row| (row.line, row.cells)).collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn quotes_line_ends_marks_and_blank_lines() {
        assert_eq!(read("a,b\n1,2"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
        assert_eq!(read("\u{feff}a,b\r\n\r\n1,\r\n"), [row(1, &["a", "b"]), row(3, &["1", ""])]);
        assert_eq!(read("\"a,\"\"b\"\"\",c\n"), [row(1, &["a,\"b\"", "c"])]);
        assert_eq!(read("a\n\"one\r\ntwo\n\"\nb"), [row(1, &["a"]), row(2, &["one\ntwo\n"]), row(5, &["b"])]);
        assert_eq!(read(",,\n \n\"\"\n"), []);
        assert_eq!(read(""), []);
        assert_eq!(read("a\rb"), [row(1, &["a\rb"])]);
    }

    #[test]
    fn every_fault_is_found_on_its_line() {
        let faults = |text| rows(text).1.into_iter().map(|fault| fault.line).collect::<Vec<_>>();
        assert_eq!(faults("a,b\n1,\"x"), [2]);
        assert_eq!(faults("a \"b\",c\n\"d\" e,f\n"), [1, 2]);
        assert_eq!(faults("\"a\"\"b\nc\n"), [1]);
        assert_eq!(faults("\"a\"b\"\n"), [1, 1]);
    }

    proptest::proptest! {
        /// Whatever is written by the rules reads back.
        #[test]
        fn what_is_quoted_reads_back(cells in proptest::collection::vec("[a-c,\"\n ]{0,6}", 1..5)) {
            let written: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let (rows, faults) = rows(&format!("{}\r\n", written.join(",")));
            proptest::prop_assert!(faults.is_empty());
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                proptest::prop_assert_eq!(&rows.first().unwrap().cells, &cells);
            } else {
                proptest::prop_assert!(rows.is_empty());
            }
        }
    }
}
