//! What the store should have said, from the journal.

use std::sync::Arc;

use super::tiles::Tile;
use super::{Proven, Stored, unproven};
use crate::entry::Entry;
use crate::error::LogError;
use crate::journal::{Frame, FrameEntry, FramePosition, OpeningPosition};
use crate::reader::erase;
use crate::record::{Location, StoredEvent};
use crate::seal::{OpeningFault, OpeningState, read_openings};
use crate::tlog::compact::CompactRange;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::tlog::tile::TILE_WIDTH;

/// The entries of a frame, as they stand in the tail and in the store.
pub(crate) fn entries_of(
    position: FramePosition,
    frame: &Frame<'_>,
    entries: Vec<Entry>,
) -> Result<Vec<Proven>, LogError> {
    let stored = frame.entries().zip(entries).map(|(part, entry)| {
        let index = part.index;
        if entry.event.index != index {
            return Err(LogError::EntryIndex { index, found: entry.event.index });
        }
        Ok((Arc::new(StoredEvent { location: location(position, &part), entry }), leaf_hash(part.bytes)))
    });
    stored.collect()
}

/// Where an entry of a frame stands.
pub(crate) fn location(position: FramePosition, part: &FrameEntry<'_>) -> Location {
    Location {
        segment: position.segment.0,
        offset: position.offset,
        openings_offset: position.offset + u64::from(part.openings_offset),
        openings_len: u32::try_from(part.openings.len()).unwrap_or(u32::MAX),
    }
}

impl Stored {
    /// The entry at an index, from the journal.
    pub(super) fn event_of_journal(&self, index: u64) -> Result<Proven, LogError> {
        let expected = self.hash(0, index)?;
        let (position, mut buffer) = (self.frame_of(index)?, Vec::new());
        let frame = self.journal.read_frame(position, &mut buffer)?;
        let part = frame.entries().find(|part| part.index == index).ok_or(LogError::Unproven { index })?;
        if leaf_hash(part.bytes) != expected {
            return Err(LogError::Unproven { index });
        }
        let entry = Entry::decode(part.bytes).map_err(|source| LogError::Entry { index, source })?;
        Ok((Arc::new(StoredEvent { location: location(position, &part), entry }), expected))
    }

    /// The frame that holds an entry, by the headers of the journal.
    fn frame_of(&self, index: u64) -> Result<FramePosition, LogError> {
        self.journal.find(index)?.ok_or(LogError::Unproven { index })
    }

    /// The frame that holds an entry: where its record says, if that is so.
    pub(crate) fn frame_holding(&self, stored: &StoredEvent) -> Result<FramePosition, LogError> {
        let index = stored.entry.event.index;
        let Location { segment, offset, .. } = stored.location;
        let frame = self.journal.frame_at(crate::journal::SegmentId(segment), offset, index);
        if let Some(position) = frame {
            return Ok(position);
        }
        self.distrust();
        self.frame_of(index)
    }

    /// The signature of the checkpoint at a size, from the frame that begins there.
    pub(crate) fn signature_of_journal(
        &self,
        size: u64,
    ) -> Result<Option<crate::record::BundleCheckpoint>, LogError> {
        let Some(position) = self.journal.find(size)? else { return Ok(None) };
        let mut buffer = Vec::new();
        let frame = self.journal.read_frame(position, &mut buffer)?;
        Ok(frame.previous_checkpoint.map(crate::open::stored_signature).filter(|found| found.size == size))
    }

    /// The openings of an entry whose record gives others than the entry calls for, or destroyed ones: from where the entry stands.
    /// Those of `redacted` texts are erased, whatever stands there.
    pub(crate) fn openings_of_journal(
        &self,
        stored: &StoredEvent,
        redacted: &[u32],
    ) -> Result<Vec<OpeningState>, LogError> {
        let index = stored.entry.event.index;
        let (position, mut buffer) = (self.frame_holding(stored)?, Vec::new());
        let frame = self.journal.read_frame(position, &mut buffer)?;
        let part = frame.entries().find(|part| part.index == index).ok_or(LogError::Unproven { index })?;
        let location = stored.location;
        if location.openings_offset != position.offset + u64::from(part.openings_offset)
            || location.openings_len as usize != part.openings.len()
        {
            self.distrust();
        }
        let (texts, mut openings) = (stored.entry.event.data.texts(), part.openings.to_vec());
        erase(redacted, &texts, &mut openings);
        let opened = read_openings(&texts, &openings);
        opened.map_err(|source: OpeningFault| LogError::Opening { index, source })
    }

    /// Where the opening of a text is, by the frame that holds the entry: what a record says of it no hash covers, and a wrong place would
    /// have another text destroyed. Nothing where the entry has no such text.
    pub(crate) fn opening_place(
        &self,
        stored: &StoredEvent,
        field: u32,
    ) -> Result<Option<OpeningPosition>, LogError> {
        let index = stored.entry.event.index;
        let texts = stored.entry.event.data.texts();
        let Some(text) = texts.get(field as usize) else { return Ok(None) };
        let (position, mut buffer) = (self.frame_holding(stored)?, Vec::new());
        let frame = self.journal.read_frame(position, &mut buffer)?;
        let part = frame.entries().find(|part| part.index == index).ok_or(LogError::Unproven { index })?;
        let printed = stored.entry.encode().map_err(|source| LogError::Entry { index, source })?;
        if part.bytes != printed {
            return Err(LogError::Unproven { index });
        }
        let before: usize = texts.iter().take(field as usize).map(|text| text.opening_bytes()).sum();
        if before + text.opening_bytes() > part.openings.len() {
            return Ok(None);
        }
        let offset = u32::try_from(before).ok().and_then(|before| part.openings_offset.checked_add(before));
        Ok(offset.zip(u32::try_from(text.opening_bytes()).ok()).map(|(offset, bytes)| OpeningPosition {
            frame: position,
            entry: index,
            offset,
            bytes,
        }))
    }

    /// A full tile, hashed from the entries of the journal. The caller compares it with its parent.
    pub(super) fn tile_of_journal(&self, height: u8, index: u64) -> Result<Tile, LogError> {
        let error = || unproven(height, index.saturating_mul(u64::from(TILE_WIDTH)));
        let leaves = u64::from(TILE_WIDTH).checked_shl(u32::from(height) * 8).ok_or_else(error)?;
        let first = index.checked_mul(leaves).ok_or_else(error)?;
        let mut hashes: Vec<Hash> = Vec::with_capacity(usize::from(TILE_WIDTH));
        let (mut range, mut buffer, mut next) = (CompactRange::new(), Vec::new(), first);
        while next < first + leaves {
            let position = self.frame_of(next)?;
            let frame = self.journal.read_frame(position, &mut buffer)?;
            for part in frame.entries().filter(|part| (next..first + leaves).contains(&part.index)) {
                range.append_visiting(leaf_hash(part.bytes), |level, _, hash| {
                    if level == height * 8 {
                        hashes.push(hash);
                    }
                });
            }
            next = position.end_index();
        }
        Ok(hashes.into())
    }
}
