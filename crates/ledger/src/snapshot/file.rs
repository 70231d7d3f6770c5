//! The file of a snapshot: a header, then blocks, each with its own seal and check sum.

use std::io;
use std::path::PathBuf;

use docket_log::DataDirectory;
use docket_log::fs::{Access, FileHandle, Privacy};
use docket_log::tlog::derived::DerivedKey;

/// The first bytes of the file: its form, version 2.
const MAGIC: [u8; 8] = *b"docketp2";
/// The fixed part of a block: first index, rows, payload length, root, seal and check sum.
pub(super) const BLOCK_HEAD: u64 = FIELDS + SEAL + 4;
/// What stands before the seal.
pub(super) const FIELDS: u64 = 8 + 4 + 4 + 32;
/// The length of the seal.
const SEAL: u64 = 32;
/// The longest payload of a block: rows of about 20 bytes, and each may bring a subject or a value of some 600.
const PAYLOAD_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// What stands before the rows of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// The index of its first row.
    pub(super) first: u64,
    /// How many rows it has.
    pub(super) rows: u32,
    /// How many bytes of records follow.
    pub(super) payload: u32,
    /// The root of the log at its end.
    pub(super) root: [u8; 32],
    /// What authenticates it, with all blocks before it.
    pub(super) seal: [u8; 32],
}

/// Seals blocks, each with all before it, under a key that follows from the log's secret key: rows decide what is recorded next, so they
/// must be those that a process of this log has written, in their order, and nobody else's.
#[derive(Debug, Clone)]
pub(super) struct Sealer {
    key: DerivedKey,
}

impl Sealer {
    pub(super) const fn new(key: DerivedKey) -> Self {
        Self { key }
    }

    /// What the first block is chained to.
    pub(super) fn begin(&self, header: &[u8]) -> [u8; 32] {
        self.key.authenticate(&[header])
    }

    /// The seal of a block behind one with the seal `before`. All fields but the last have a fixed length.
    pub(super) fn seal(&self, before: &[u8; 32], block: &Block, payload: &[u8]) -> [u8; 32] {
        self.key.authenticate(&[before, &block.fields(), payload])
    }
}

impl Block {
    pub(super) fn length(&self) -> u64 {
        BLOCK_HEAD + u64::from(self.payload)
    }

    /// What stands before the seal.
    fn fields(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.rows.to_le_bytes());
        bytes.extend(self.payload.to_le_bytes());
        bytes.extend(self.root);
        bytes
    }

    /// The block as it stands in the file. The check sum is that of everything else in it.
    pub(super) fn bytes(&self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = self.fields();
        bytes.reserve(payload.len() + 64);
        bytes.extend(self.seal);
        let sum = crc32c::crc32c_append(crc32c::crc32c(&bytes), payload);
        bytes.extend(sum.to_le_bytes());
        bytes.extend(payload);
        bytes
    }
}

/// The snapshot of a data directory.
pub(super) fn path(directory: &DataDirectory) -> PathBuf {
    directory.path().join("snapshots").join("projection.v2")
}

/// Opens the file to write in it: a new one, or the one that is there.
pub(super) fn open_or_create(directory: &DataDirectory, anew: bool) -> io::Result<Box<dyn FileHandle>> {
    let (file_system, path) = (directory.file_system(), path(directory));
    if !anew {
        return file_system.open(&path, Access::ReadWrite);
    }
    match file_system.create_directory(&directory.path().join("snapshots")) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    docket_log::fs::remove_if_present(file_system, &path)?;
    file_system.create_new(&path, Privacy::Ordinary)
}

/// The header of a log's snapshot.
pub(super) fn header(origin: &str) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u16::try_from(origin.len()).unwrap_or(u16::MAX).to_le_bytes());
    bytes.extend(origin.as_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

/// The length of the header, if it is that of this log.
pub(super) fn read_header(file: &dyn FileHandle, origin: &str) -> Option<u64> {
    let expected = header(origin);
    let mut found = vec![0; expected.len()];
    file.read_exact_at(&mut found, 0).ok()?;
    (found == expected).then_some(expected.len() as u64)
}

/// The length of the header, whatever log it names: one that goes on under another origin may still have that of the earlier one.
pub(super) fn read_any_header(file: &dyn FileHandle) -> Option<u64> {
    let mut head = [0; 10];
    file.read_exact_at(&mut head, 0).ok()?;
    let (magic, length) = head.split_first_chunk()?;
    if *magic != MAGIC {
        return None;
    }
    let mut origin = vec![0; usize::from(u16::from_le_bytes(*length.first_chunk()?))];
    file.read_exact_at(&mut origin, head.len() as u64).ok()?;
    read_header(file, std::str::from_utf8(&origin).ok()?)
}

/// The block at an offset of a file of this length, its records in `payload`; nothing if it is not whole.
pub(super) fn read_block(
    file: &dyn FileHandle,
    offset: u64,
    length: u64,
    payload: &mut Vec<u8>,
) -> Option<Block> {
    let mut head = [0; 84];
    file.read_exact_at(&mut head, offset).ok()?;
    let (first, rest) = head.split_first_chunk()?;
    let (rows, rest) = rest.split_first_chunk()?;
    let (bytes, rest) = rest.split_first_chunk()?;
    let (root, rest) = rest.split_first_chunk()?;
    let (seal, sum) = rest.split_first_chunk()?;
    let block = Block {
        first: u64::from_le_bytes(*first),
        rows: u32::from_le_bytes(*rows),
        payload: u32::from_le_bytes(*bytes),
        root: *root,
        seal: *seal,
    };
    if block.payload > PAYLOAD_BYTES_MAX || offset + block.length() > length {
        return None;
    }
    payload.resize(usize::try_from(block.payload).ok()?, 0);
    file.read_exact_at(payload, offset + BLOCK_HEAD).ok()?;
    let found = crc32c::crc32c_append(crc32c::crc32c(head.get(..80)?), payload);
    (found.to_le_bytes() == *sum).then_some(block)
}
