//! What stands at the end of a journal: nothing, a torn frame, or damage. The rules are in [`crate::journal`].

use std::ops::Range;

use super::frame::{END_MARK, Parts, is_zero, narrow};
use super::segment::{Place, SegmentFile, Segments};
use super::{
    FRAME_BYTES_MAX, Frame, FrameFault, FrameHeader, JournalError, JournalFault, JournalPosition,
    OpeningCheck, OpeningPosition, SECTOR_BYTES,
};

/// What follows a place where the header sector is zero, or where a segment is full.
#[derive(Debug)]
pub(super) enum AfterEnd {
    /// Nothing but zeros.
    Clean,
    /// Something at the very start of the next segment: a frame, if all is well.
    NextSegment(SegmentFile),
    /// The remains of one frame that begins here and lacks its header.
    Torn(Place),
    /// Something that must not be.
    Damage(Place, JournalFault),
}

/// Looks at everything behind the last good frame.
pub(super) fn after_end(segments: &Segments, end: JournalPosition) -> Result<AfterEnd, JournalError> {
    let here = Place { segment: end.segment, offset: end.offset };
    let missing = JournalFault::FrameMissing { expected: end.index };
    let Some(first) = segments.first_nonzero(here)? else {
        return Ok(AfterEnd::Clean);
    };
    let torn = if first.segment == end.segment {
        here
    } else if end.offset == 0 {
        // Every frame goes into the first segment that has none, so that nothing can follow an empty one.
        return Ok(AfterEnd::Damage(here, missing));
    } else {
        match segments.after(end.segment) {
            Some(next) if next.id == first.segment && first.offset == 0 => {
                return Ok(AfterEnd::NextSegment(next));
            }
            Some(next) if next.id == first.segment => Place { segment: next.id, offset: 0 },
            _ => return Ok(AfterEnd::Damage(first, JournalFault::TrailingBytes)),
        }
    };
    if segments.next_header(first)?.is_some() {
        return Ok(AfterEnd::Damage(torn, missing));
    }
    let reach = Place { offset: torn.offset.saturating_add(u64::from(FRAME_BYTES_MAX)), ..torn };
    Ok(match segments.first_nonzero(reach)? {
        Some(beyond) => AfterEnd::Damage(beyond, JournalFault::TrailingBytes),
        None => AfterEnd::Torn(torn),
    })
}

/// Whether the bad frame here is torn: only dropped sectors explain it, and nothing follows it.
pub(super) fn is_torn_frame(
    segments: &Segments,
    position: JournalPosition,
    check: &dyn OpeningCheck,
) -> Result<bool, JournalError> {
    let Some(file) = segments.at_or_after(position.segment).filter(|file| file.id == position.segment) else {
        return Ok(false);
    };
    let mut window = segments.window(file)?;
    let Some(header) = window
        .bytes(position.offset, SECTOR_BYTES)?
        .and_then(|sector| FrameHeader::decode(sector).ok())
        .filter(|header| header.check_place(position.segment, position.index).is_ok())
    else {
        return Ok(false);
    };
    let Some(bytes) = window.bytes(position.offset, header.frame_bytes() as usize)? else {
        return Ok(false);
    };
    if !only_dropped_sectors_explain(&header, bytes, check) {
        return Ok(false);
    }
    let end = header.position(position.offset).end();
    Ok(segments.first_nonzero(Place { segment: end.segment, offset: end.offset })?.is_none())
}

/// Whether the frame has a fault, and each of its faulty parts overlaps a whole sector of zeros. As first written no sector of
/// a frame is zero, and nothing in the last frame was redacted, because a redaction is a later frame.
pub(super) fn only_dropped_sectors_explain(
    header: &FrameHeader,
    bytes: &[u8],
    check: &dyn OpeningCheck,
) -> bool {
    let Ok(parts) = Parts::split(header, bytes) else {
        return false;
    };
    let openings_start = header.openings_offset() as usize;
    let openings_end = openings_start + parts.openings.len();
    let mut faulty: Vec<Range<usize>> = Vec::new();
    if parts.mark != END_MARK {
        faulty.push(openings_end..openings_end + END_MARK.len());
    }
    if !is_zero(parts.padding) {
        return false;
    }
    if crc32c::crc32c(parts.body) == header.body_checksum {
        // Only a whole body says where one opening ends and the next begins.
        let Ok(frame) = Frame::from_parts(*header, &parts) else {
            return false;
        };
        let position = header.position(0);
        faulty.extend(mismatched_openings(position, &frame, check).iter().map(|opening| {
            let start = opening.offset as usize;
            start..start + opening.bytes as usize
        }));
    } else {
        faulty.push(SECTOR_BYTES..openings_start);
    }
    !faulty.is_empty() && faulty.into_iter().all(|range| overlaps_zero_sector(bytes, range))
}

/// Whether a sector of `bytes` that holds a part of `range` is zero.
fn overlaps_zero_sector(bytes: &[u8], range: Range<usize>) -> bool {
    if range.is_empty() {
        return false;
    }
    let sectors = range.start / SECTOR_BYTES..range.end.div_ceil(SECTOR_BYTES);
    bytes.chunks(SECTOR_BYTES).skip(sectors.start).take(sectors.len()).any(is_zero)
}

/// The openings of a frame that match no digest, in order.
pub(super) fn mismatched_openings(
    position: super::FramePosition,
    frame: &Frame<'_>,
    check: &dyn OpeningCheck,
) -> Vec<OpeningPosition> {
    let mut mismatched = Vec::new();
    for entry in frame.entries() {
        for range in check.mismatched(entry.bytes, entry.openings) {
            // A range that is not one of the openings cannot be trusted to name a part of them.
            let length = entry.openings.len();
            let range = if range.start <= range.end && range.end <= length { range } else { 0..length };
            mismatched.push(OpeningPosition {
                frame: position,
                entry: entry.index,
                offset: entry.openings_offset + narrow(range.start),
                bytes: narrow(range.len()),
            });
        }
    }
    mismatched
}

/// The fault that a mismatched opening is.
pub(super) fn opening_fault(opening: &OpeningPosition) -> FrameFault {
    FrameFault::Opening { entry: opening.entry, offset: opening.offset, bytes: opening.bytes }
}
