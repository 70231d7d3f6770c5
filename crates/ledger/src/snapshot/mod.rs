//! The snapshot of the projection's index: `snapshots/projection.v2`, a cache beside the log (docs/formats.md).
//!
//! It only ever saves time. Blocks of rows are appended behind the writer, never before an acknowledgement and never synced; when a log is
//! opened, those are taken that were sealed with the log's key, their root is compared with the log's, and the rest is folded from the
//! entries. It holds no text, and deleting it changes no answer. Without the key there is none: everything is folded.

mod behind;
mod check;
mod codec;
mod file;
mod reread;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use docket_domain::Event;
use docket_log::seal::SealedText;
use docket_log::tlog::derived::DerivedKey;
use docket_log::{DataDirectory, LogReader};
use docket_projection::Projection;

pub(crate) use behind::Behind;
pub(crate) use check::Check;
use codec::{Encoder, Named};
use file::{Block, Sealer, header, read_block, read_header};
pub use reread::{RereadSnapshot, reread_snapshot};

use crate::error::LedgerError;

/// The rows of a block: the file holds whole blocks only, so that its bytes follow from the log.
pub(crate) const BLOCK_ROWS: u32 = if cfg!(test) { 4 } else { 4096 };

/// The rows that are taken while the projection is locked: some ten microseconds, for which the writer may be waiting.
const ROWS_AT_ONCE: u64 = 64;

/// How far the snapshot of a log goes: what follows goes behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Where the next block goes; 0 where there is no usable file.
    offset: u64,
    /// The entries that it covers.
    size: u64,
    named: Named,
    /// The seal of the last block.
    seal: [u8; 32],
}

/// What the key of snapshots is for.
const KEY_PURPOSE: &str = "snapshots/projection.v2";

/// The key that seals a log's snapshot, from what gives the key of a purpose.
pub(crate) fn key(derive: impl FnOnce(&str) -> Option<DerivedKey>) -> Option<DerivedKey> {
    derive(KEY_PURPOSE)
}

/// A projection of what the snapshot holds of this log, and how far it goes. One that is of no use leaves the projection empty.
pub(crate) fn load(
    directory: &DataDirectory,
    log: &LogReader,
    key: Option<&DerivedKey>,
    empty: &dyn Fn() -> Projection<SealedText>,
) -> (Projection<SealedText>, Written) {
    let mut projection = empty();
    match key.and_then(|key| read(directory, log, &Sealer::new(key.clone()), &mut projection)) {
        Some(written) => (projection, written),
        None => (empty(), Written::default()),
    }
}

/// Takes one block after the other until one is bad, was not sealed with this key, or goes beyond the log. Nothing if none is good, or if
/// they are of another log.
fn read(
    directory: &DataDirectory,
    log: &LogReader,
    sealer: &Sealer,
    projection: &mut Projection<SealedText>,
) -> Option<Written> {
    let path = file::path(directory);
    let file = directory.file_system().open(&path, docket_log::fs::Access::Read).ok()?;
    let length = file.length().ok()?;
    let origin = log.origin().as_str();
    let offset = read_header(file.as_ref(), origin)?;
    let mut written = Written { offset, seal: sealer.begin(&header(origin)), ..Written::default() };
    let (size, mut root, mut payload) = (log.size(), None, Vec::new());
    // Without this the tables would grow step by step. The file has a row for nearly every entry, of eight bytes at least.
    projection.reserve((length / 8).min(size));
    while let Some(block) = read_block(file.as_ref(), written.offset, length, &mut payload) {
        let end = block.first + u64::from(block.rows);
        let follows = block.first == written.size && block.rows == BLOCK_ROWS && end <= size;
        if !follows || block.seal != sealer.seal(&written.seal, &block, &payload) {
            break;
        }
        let named = codec::decode(&payload, block.rows, projection).ok()?;
        written.named.subjects += named.subjects;
        written.named.values += named.values;
        written.size = end;
        written.offset += block.length();
        written.seal = block.seal;
        root = Some(block.root);
    }
    let expected = log.root_at(written.size).ok()?;
    if root? != expected.0 || projection.size() != written.size {
        return None;
    }
    projection.finish_rows().ok()?;
    Some(written)
}

/// What appends to the snapshot.
pub(crate) struct Appender {
    directory: DataDirectory,
    log: LogReader,
    written: Written,
    sealer: Sealer,
}

impl Appender {
    pub(crate) fn new(directory: &DataDirectory, log: LogReader, written: Written, key: DerivedKey) -> Self {
        Self { directory: directory.clone(), log, written, sealer: Sealer::new(key) }
    }

    /// Appends whole blocks while there are entries for them. `projection` gives the projection of at least these entries.
    ///
    /// If the process dies in between: a block that is not whole, which the next start leaves out and the next append replaces.
    fn catch_up<P>(&mut self, projection: impl Fn() -> P) -> Result<(), LedgerError>
    where
        P: std::ops::Deref<Target = Projection<SealedText>>,
    {
        let rows = u64::from(BLOCK_ROWS);
        while self.log.size() >= self.written.size + rows {
            let (mut encoder, mut named) = (Encoder::default(), self.written.named);
            let (first, end) = (self.written.size, self.written.size + rows);
            let mut next = first;
            while next < end {
                let some = next..(next + ROWS_AT_ONCE).min(end);
                if encode_kept(&mut encoder, &mut named, &projection(), some.clone())? {
                    next = some.end;
                } else {
                    self.encode_read(&mut encoder, &mut named, &projection, next..end)?;
                    next = end;
                }
            }
            let block = Block {
                first,
                rows: BLOCK_ROWS,
                payload: u32::try_from(encoder.bytes.len()).unwrap_or(u32::MAX),
                root: self.log.root_at(end)?.0,
                seal: [0; 32],
            };
            self.append(block, &encoder.bytes)?;
            self.written.size = end;
            self.written.named = named;
        }
        Ok(())
    }

    /// Encodes the rows of entries that are read from the log.
    fn encode_read<P>(
        &self,
        encoder: &mut Encoder,
        named: &mut Named,
        projection: &impl Fn() -> P,
        range: Range<u64>,
    ) -> Result<(), LedgerError>
    where
        P: std::ops::Deref<Target = Projection<SealedText>>,
    {
        let mut previous = match range.start.checked_sub(1) {
            Some(before) => Some(Arc::clone(&self.log.event(before)?.entry.event)),
            None => None,
        };
        self.log.visit_range(range, &mut |stored| {
            let event = Arc::clone(&stored.entry.event);
            // Held for one row only: the writer may be waiting for it.
            encode(encoder, named, &projection(), &event, previous.as_deref())?;
            previous = Some(event);
            Ok(())
        })
    }

    /// Appends a block, which is sealed here.
    fn append(&mut self, block: Block, payload: &[u8]) -> Result<(), LedgerError> {
        let error = |source| docket_log::LogError::Io {
            operation: "write the snapshot",
            path: file::path(&self.directory),
            source,
        };
        let handle = file::open_or_create(&self.directory, self.written.offset == 0).map_err(error)?;
        if self.written.offset == 0 {
            let header = header(self.log.origin().as_str());
            handle.write_all_at(&header, 0).map_err(error)?;
            self.written.offset = header.len() as u64;
            self.written.seal = self.sealer.begin(&header);
        }
        let block = Block { seal: self.sealer.seal(&self.written.seal, &block, payload), ..block };
        handle.write_all_at(&block.bytes(payload), self.written.offset).map_err(error)?;
        self.written.offset += block.length();
        self.written.seal = block.seal;
        Ok(())
    }
}

/// Encodes the rows of entries that the projection has in memory, where it has all of them and the one before.
fn encode_kept(
    encoder: &mut Encoder,
    named: &mut Named,
    projection: &Projection<SealedText>,
    range: Range<u64>,
) -> Result<bool, LedgerError> {
    let before = range.start.saturating_sub(1);
    let Some(mut events) = projection.kept(before..range.end) else { return Ok(false) };
    let mut previous = if before < range.start { events.next() } else { None };
    for event in events {
        encode(encoder, named, projection, event, previous.map(AsRef::as_ref))?;
        previous = Some(event);
    }
    Ok(true)
}

/// The row of an event, after what it is the first to speak of.
fn encode(
    encoder: &mut Encoder,
    named: &mut Named,
    projection: &Projection<SealedText>,
    event: &Event<SealedText>,
    previous: Option<&Event<SealedText>>,
) -> Result<(), LedgerError> {
    let unread = || LedgerError::Unread { reason: format!("entry {} is not in the projection", event.index) };
    let row = projection.row(event, previous).ok_or_else(unread)?;
    if row.subject == named.subjects {
        encoder.subject(projection.subject(row.subject).ok_or_else(unread)?);
        named.subjects += 1;
    }
    if let Some(value) = row.fact.value().filter(|value| *value == named.values) {
        encoder.value(projection.value(value).ok_or_else(unread)?);
        named.values += 1;
    }
    encoder.row(&row);
    Ok(())
}
