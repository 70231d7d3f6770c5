//! Comparing the snapshot with the log that it is said to be of: its rows are made anew while a verifier reads the journal.
//!
//! Two passes, so that memory stays bounded: the file is read once for which events it says are spoken about (only these are kept), then
//! each block is made again and compared when the journal reaches its end.

use std::collections::HashSet;
use std::path::PathBuf;

use docket_domain::Event;
use docket_log::fs::{Access, FileHandle};
use docket_log::seal::SealedText;
use docket_log::tlog::compact::CompactRange;
use docket_log::{DataDirectory, Finding};
use docket_projection::RowsAnew;

use super::BLOCK_ROWS;
use super::codec::{Encoder, spoken_about};
use super::file::{self, BLOCK_HEAD, Block, FIELDS, read_any_header, read_block};

/// What makes the snapshot's bytes anew. It ends with the file, with the first difference, or with an entry that is missing.
pub(crate) struct Check {
    path: PathBuf,
    file: Box<dyn FileHandle>,
    length: u64,
    offset: u64,
    size: u64,
    rows: RowsAnew,
    encoder: Encoder,
    /// The first entry that speaks about an event which no block names.
    unnamed: Option<u64>,
    finding: Option<Finding>,
    has_ended: bool,
}

impl Check {
    /// The check of a directory's snapshot; nothing where there is none, or only the beginning of one.
    pub(crate) fn begin(directory: &DataDirectory) -> Option<Self> {
        let path = file::path(directory);
        let file = directory.file_system().open(&path, Access::Read).ok()?;
        let length = file.length().ok()?;
        // Another header is that of no snapshot: nothing is taken from such a file.
        let offset = read_any_header(file.as_ref())?;
        let (mut at, mut payload, mut places) = (offset, Vec::new(), HashSet::new());
        while let Some(block) = read_block(file.as_ref(), at, length, &mut payload) {
            places.extend(spoken_about(&payload));
            at += block.length();
        }
        Some(Self {
            path,
            file,
            length,
            offset,
            size: 0,
            rows: RowsAnew::new(places),
            encoder: Encoder::default(),
            unnamed: None,
            finding: None,
            has_ended: false,
        })
    }

    /// Takes the next entry of the journal.
    pub(crate) fn take(&mut self, event: &Event<SealedText>) {
        if self.has_ended || self.offset >= self.length {
            return;
        }
        if event.index != self.size {
            // An entry is missing, of which verify says so itself.
            self.has_ended = true;
            return;
        }
        self.size += 1;
        let Some(new) = self.rows.take(event) else {
            // What a block says of it is read only if the block is whole: that is looked at when its end is reached.
            self.unnamed = self.unnamed.or(Some(event.index));
            return;
        };
        if let Some(subject) = &new.subject {
            self.encoder.subject(subject);
        }
        if let Some(value) = &new.value {
            self.encoder.value(value);
        }
        self.encoder.row(&new.row);
    }

    /// Compares the block that ends with this tree, if one does.
    pub(crate) fn reach(&mut self, tree: &CompactRange) {
        let rows = u64::from(BLOCK_ROWS);
        let is_end = tree.size() == self.size && self.size > 0 && self.size.is_multiple_of(rows);
        if !is_end || self.has_ended || self.offset >= self.length {
            return;
        }
        let encoder = std::mem::take(&mut self.encoder);
        let block = Block {
            first: self.size - rows,
            rows: BLOCK_ROWS,
            payload: u32::try_from(encoder.bytes.len()).unwrap_or(u32::MAX),
            root: tree.root().0,
            seal: [0; 32],
        };
        self.compare(&block, &block.bytes(&encoder.bytes));
        self.offset += block.length();
    }

    fn compare(&mut self, block: &Block, expected: &[u8]) {
        let mut payload = Vec::new();
        match read_block(self.file.as_ref(), self.offset, self.length, &mut payload) {
            Some(_) if let Some(index) = self.unnamed => {
                self.differs(
                    self.offset,
                    &format!("it does not name the event that entry {index} speaks about"),
                );
            }
            Some(found) => {
                let found = found.bytes(&payload);
                // The check sum follows from what it sums: it says nothing about where they differ. The seal does, too, for who has
                // the key; where it is wrong the block is not used.
                let sum = FIELDS..BLOCK_HEAD;
                let place = (0..).zip(expected.iter().zip(&found));
                let first =
                    place.filter(|(at, _)| !sum.contains(at)).find(|(_, (left, right))| left != right);
                if let Some((at, _)) = first {
                    self.differs(self.offset + at, "it is not what follows from the log");
                }
            }
            // Nothing is synced here: the last block may be torn. Where it would end is not known while a row of it is not.
            None if self.unnamed.is_some() || self.offset + block.length() >= self.length => {
                self.has_ended = true;
            }
            None => self.differs(self.offset, "this block is damaged"),
        }
    }

    fn differs(&mut self, offset: u64, what: &str) {
        self.has_ended = true;
        self.finding = Some(Finding {
            code: "snapshot",
            file: self.path.clone(),
            offset: Some(offset),
            entry: None,
            message: format!("{what}; this file is only a cache: deleting it is safe, and it is made anew"),
        });
    }

    /// The difference, if there is one.
    pub(crate) fn finish(self) -> Option<Finding> {
        self.finding
    }
}
