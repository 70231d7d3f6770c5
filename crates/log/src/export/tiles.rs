//! A C2SP tile tree (c2sp.org/tlog-tiles): entry bundles, hash tiles and the checkpoint, made from the entries alone.

use std::path::Path;

use super::directory::ExportDirectory;
use super::{CHECKPOINT_FILE, End, ExportError, Exported, each_entry, signed_end_of};
use crate::reader::LogReader;
use crate::tlog::bundle::write_bundle;
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::proof::TreeHead;
use crate::tlog::tile::{TILE_WIDTH, Tile, TileKind};

/// Exports the tile tree of the last signed checkpoint into a new or empty directory.
pub fn export_tiles(reader: &LogReader, directory: &Path) -> Result<Exported, ExportError> {
    let End { note, head, unsigned } = signed_end_of(reader)?;
    let directory = ExportDirectory::begin(directory)?;
    let mut writer = TileWriter::default();
    each_entry(reader, head.size, &mut |_, bytes| {
        writer.entry(bytes, &mut |name, bytes| directory.put(name, bytes))
    })?;
    writer.finish(&head, &mut |name, bytes| directory.put(name, bytes))?;
    directory.finish(CHECKPOINT_FILE, note.to_string().as_bytes())?;
    Ok(Exported { entries: head.size, root: head.root, unsigned, sources: 0 })
}

/// Takes one finished file: its name and its bytes.
pub(super) type Put<'a, E> = &'a mut dyn FnMut(&str, &[u8]) -> Result<(), E>;

/// Collects entries and hashes into tiles, and gives each away when it is full. It holds one unfinished tile a level.
#[derive(Debug, Default)]
pub(super) struct TileWriter {
    entries: Vec<Vec<u8>>,
    levels: Vec<Vec<Hash>>,
    range: CompactRange,
}

impl TileWriter {
    /// Takes the next entry.
    pub(super) fn entry<E: From<ExportError>>(&mut self, bytes: &[u8], put: Put<'_, E>) -> Result<(), E> {
        self.entries.push(bytes.to_owned());
        let mut completed = Vec::new();
        self.range.append_visiting(leaf_hash(bytes), |level, _, hash| {
            if level.is_multiple_of(8) {
                completed.push(hash);
            }
        });
        let size = self.range.size();
        for (hash, height) in completed.into_iter().zip(0u8..) {
            if self.levels.len() <= usize::from(height) {
                self.levels.push(Vec::new());
            }
            let Some(level) = self.levels.get_mut(usize::from(height)) else { continue };
            level.push(hash);
            if level.len() == usize::from(TILE_WIDTH) {
                // The last entry of a full tile of this level is entry `size - 1`, so that this tile ends at `size`.
                let index = (size >> (8 * (u32::from(height) + 1))) - 1;
                let bytes = concatenated(&std::mem::take(level));
                put_tile(TileKind::Hashes(height), index, TILE_WIDTH, &bytes, put)?;
            }
        }
        if size.is_multiple_of(u64::from(TILE_WIDTH)) {
            self.put_entries(size / u64::from(TILE_WIDTH) - 1, put)?;
        }
        Ok(())
    }

    /// Gives the partial tiles away and compares the root with the one that is signed.
    pub(super) fn finish<E: From<ExportError>>(mut self, head: &TreeHead, put: Put<'_, E>) -> Result<(), E> {
        let found = self.range.root();
        let size = self.range.size();
        if found != head.root || size != head.size {
            return Err(ExportError::Root { size: head.size, signed: head.root, found }.into());
        }
        if !self.entries.is_empty() {
            self.put_entries(size / u64::from(TILE_WIDTH), put)?;
        }
        for (level, height) in self.levels.into_iter().zip(0u8..) {
            if level.is_empty() {
                continue;
            }
            let index = size >> (8 * (u32::from(height) + 1));
            let width = u16::try_from(level.len()).unwrap_or(TILE_WIDTH);
            put_tile(TileKind::Hashes(height), index, width, &concatenated(&level), put)?;
        }
        Ok(())
    }

    fn put_entries<E: From<ExportError>>(&mut self, index: u64, put: Put<'_, E>) -> Result<(), E> {
        let bundle = write_bundle(&self.entries).map_err(ExportError::from)?;
        let width = u16::try_from(self.entries.len()).unwrap_or(TILE_WIDTH);
        self.entries.clear();
        put_tile(TileKind::Entries, index, width, &bundle, put)
    }
}

fn put_tile<E: From<ExportError>>(
    kind: TileKind,
    index: u64,
    width: u16,
    bytes: &[u8],
    put: Put<'_, E>,
) -> Result<(), E> {
    let tile = Tile::new(kind, index, width).map_err(ExportError::from)?;
    put(&tile.to_string(), bytes)
}

fn concatenated(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
