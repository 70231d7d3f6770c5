//! The snapshot of the projection's index.

use std::io;

use docket_ledger::reread_snapshot;
use docket_log::fs::FileHandle;

use crate::check::{accept, line, same};

/// What is taken from a file, the header and whole blocks, is written again as it was read.
pub(crate) fn snapshot(data: &[u8]) {
    read(data);
    read(&with_right_sums(data));
}

fn read(data: &[u8]) {
    let Some(reread) = reread_snapshot(&Bytes(data.to_vec())) else { return };
    same("a snapshot", data.get(..reread.bytes.len()).unwrap_or(data), &reread.bytes);
    if reread.rows > 0 && reread.refused.is_none() {
        accept();
    }
    if let Some(refused) = &reread.refused {
        line(refused);
    }
}

/// Where the fixed part of a block has its length of records, its check sum, and where the records begin (docs/formats.md).
const PAYLOAD_AT: usize = 12;
const SUM_AT: usize = 80;
const HEAD: usize = 84;

/// The same bytes with the check sums of header and blocks made right, so that what lies behind the sums is reached.
fn with_right_sums(data: &[u8]) -> Vec<u8> {
    let mut bytes = data.to_vec();
    let mut at = sum_header(&mut bytes);
    while let Some(start) = at {
        at = sum_block(&mut bytes, start);
    }
    bytes
}

fn sum_header(bytes: &mut [u8]) -> Option<usize> {
    let length = bytes.get(8..)?.first_chunk().copied().map(u16::from_le_bytes)?;
    let end = 10 + usize::from(length);
    let sum = crc32c::crc32c(bytes.get(..end)?).to_le_bytes();
    bytes.get_mut(end..end + 4)?.copy_from_slice(&sum);
    Some(end + 4)
}

fn sum_block(bytes: &mut [u8], start: usize) -> Option<usize> {
    let block = bytes.get_mut(start..)?;
    let payload = block.get(PAYLOAD_AT..)?.first_chunk().copied().map(u32::from_le_bytes)?;
    let end = HEAD + usize::try_from(payload).ok()?;
    let sum = crc32c::crc32c(block.get(..SUM_AT)?);
    let sum = crc32c::crc32c_append(sum, block.get(HEAD..end)?).to_le_bytes();
    block.get_mut(SUM_AT..HEAD)?.copy_from_slice(&sum);
    Some(start + end)
}

/// A file in memory that is only read.
#[derive(Debug)]
struct Bytes(Vec<u8>);

impl FileHandle for Bytes {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let from = self.0.get(start..).and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_all_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}
