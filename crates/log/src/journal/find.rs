//! Finding the frame of an entry by the headers of frames alone: what a reader does whose index is damaged.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::segment::{Place, Segments};
use super::{FrameHeader, FramePosition, JournalError, JournalReader, SECTOR_BYTES, SegmentId};

/// How many frames lie between two whose places are remembered on the way.
const HOPS: u64 = 64;

/// The most places that are remembered: 3 MiB of them.
const PLACES_MAX: usize = 65_536;

/// Places of frames by the index of their first entry, from headers that were good.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<BTreeMap<u64, Place>>);

impl Places {
    fn at_or_before(&self, index: u64) -> Option<Place> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.range(..=index).next_back().map(|(_, place)| *place)
    }

    fn remember(&self, header: &FrameHeader, place: Place) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() < PLACES_MAX {
            places.insert(header.first_index, place);
        }
    }
}

impl JournalReader {
    /// The frame at this byte of a segment, if its header says that it holds the entry.
    #[must_use]
    pub fn frame_at(&self, segment: SegmentId, offset: u64, index: u64) -> Option<FramePosition> {
        let header = self.header_at(Place { segment, offset })?;
        (header.first_index..header.end_index()).contains(&index).then(|| header.position(offset))
    }

    /// The frame that holds an entry, searched by headers; `None` if there is none. Whether the frame is good is not looked at.
    pub fn find(&self, index: u64) -> Result<Option<FramePosition>, JournalError> {
        if self.places.at_or_before(0).is_none() {
            self.remember_segments()?;
        }
        let mut place = self.places.at_or_before(index).unwrap_or(Place { segment: SegmentId(0), offset: 0 });
        for hop in 1_u64.. {
            let (here, header) = match self.header_at(place) {
                Some(header) => (place, header),
                // The segment ends here, or a header is damaged: the next good one tells where it goes on.
                None => match self.next_header(place)? {
                    Some(next) => next,
                    None => return Ok(None),
                },
            };
            let is_found = (header.first_index..header.end_index()).contains(&index);
            if is_found || hop.is_multiple_of(HOPS) {
                self.places.remember(&header, here);
            }
            if is_found || header.first_index > index {
                return Ok(is_found.then(|| header.position(here.offset)));
            }
            let end = header.position(here.offset).end();
            place = Place { segment: end.segment, offset: end.offset };
        }
        Ok(None)
    }

    fn header_at(&self, place: Place) -> Option<FrameHeader> {
        let mut sector = Vec::new();
        let bytes = u32::try_from(SECTOR_BYTES).unwrap_or(512);
        self.read_range(place.segment, place.offset, bytes, &mut sector).ok()?;
        FrameHeader::decode(&sector).ok().filter(|header| header.segment == place.segment)
    }

    fn next_header(&self, place: Place) -> Result<Option<(Place, FrameHeader)>, JournalError> {
        Segments::list(self.directory())?.search(place, |here, sector| {
            let header = FrameHeader::decode(sector).ok()?;
            (header.segment == here.segment).then_some((here, header))
        })
    }

    fn remember_segments(&self) -> Result<(), JournalError> {
        for file in Segments::list(self.directory())?.files {
            let place = Place { segment: file.id, offset: 0 };
            if let Some(header) = self.header_at(place) {
                self.places.remember(&header, place);
            }
        }
        Ok(())
    }
}
