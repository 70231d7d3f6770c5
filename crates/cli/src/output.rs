//! Writing: data to standard output, everything else to standard error.
//!
//! A reader that closes the pipe ends the command quietly; a full disk is an error.

use std::io::{self, BufWriter, Write};

use docket_log::error::escape_controls;
use serde::Serialize;

use crate::error::CliError;

/// Standard output, locked and buffered. It remembers why it failed, whoever was told so.
pub(crate) struct Output<'a> {
    inner: BufWriter<io::StdoutLock<'a>>,
    failure: Option<io::Error>,
}

/// Lets `write` write to standard output. What went wrong with standard output itself goes before what `write` makes of it.
pub(crate) fn stream<T>(write: impl FnOnce(&mut Output<'_>) -> Result<T, CliError>) -> Result<T, CliError> {
    let mut output = Output { inner: BufWriter::new(io::stdout().lock()), failure: None };
    let result = write(&mut output);
    if output.failure.is_none() {
        // A failure is remembered and told below.
        drop(output.flush());
    }
    match output.failure.take() {
        Some(failure) => {
            // What is still in the buffer cannot be written either.
            drop(output.inner.into_parts());
            Err(failed(failure))
        }
        None => result,
    }
}

/// Prints text as it is.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    stream(|output| output.write_all(text.as_bytes()).map_err(failed))
}

/// Prints bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    stream(|output| output.write_all(bytes).map_err(failed))
}

/// Prints lines for people: what could command the terminal is written out.
pub(crate) fn print_lines(text: &impl ToString) -> Result<(), CliError> {
    print(&escape_controls(&text.to_string(), &['\n']))
}

/// Prints a value as JSON, ended by a newline.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), CliError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|source| CliError::Print { format: "JSON", source: source.into() })?;
    text.push('\n');
    print(&text)
}

fn failed(source: io::Error) -> CliError {
    match source.kind() {
        io::ErrorKind::BrokenPipe => CliError::OutputClosed,
        _ => CliError::Output { source },
    }
}

impl Output<'_> {
    fn remember<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            let copy = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            self.failure.get_or_insert(copy);
        })
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        self.remember(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.remember(flushed)
    }
}

/// Says one line on standard error: `error`, `hint`, `note` or `warning`. Nothing can be done if nobody can hear it.
pub(crate) fn say(kind: &str, message: &str) {
    let line = format!("{kind}: {}\n", escape_controls(message, &[]));
    drop(io::stderr().lock().write_all(line.as_bytes()));
}

/// Says several lines on standard error. Nothing can be done if nobody can hear them.
pub(crate) fn tell(lines: &str) {
    drop(io::stderr().lock().write_all(escape_controls(lines, &['\n']).as_bytes()));
}
