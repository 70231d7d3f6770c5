//! One pass over a journal, frame after frame, as every reader makes it: strict, stopping at the first damage, or resuming
//! behind each.

use super::segment::{Place, SegmentFile, Segments};
use super::tail::{self, AfterEnd};
use super::window::Window;
use super::{
    Damage, Frame, FrameFault, FrameHeader, FramePosition, JournalError, JournalFault, JournalPosition,
    OpeningCheck, OpeningPosition, SECTOR_BYTES, Tail,
};

/// What a pass comes by.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives for one call, once a frame: a box would cost more")]
pub enum Seen<'a> {
    /// A frame whose header and body are good.
    Frame(SeenFrame<'a>),
    /// Damage; the pass goes on behind it where it can.
    Damage(Damage),
}

/// A frame whose header and body are good.
#[derive(Debug)]
pub struct SeenFrame<'a> {
    /// Where it is.
    pub position: FramePosition,
    /// What it holds; valid during the visit only.
    pub frame: Frame<'a>,
    /// The openings that match no digest: redacted by a later frame, or damaged. Empty in the last frame.
    pub mismatched: &'a [OpeningPosition],
}

/// What to do about damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDamage {
    Stop,
    Resume,
}

/// The end of a pass.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) end: JournalPosition,
    pub(super) last: Option<FramePosition>,
    pub(super) tail: Tail,
}

/// A pass over a journal.
pub(super) struct Walk<'w> {
    pub(super) segments: &'w Segments,
    pub(super) check: &'w dyn OpeningCheck,
    pub(super) known_size: u64,
    pub(super) on_damage: OnDamage,
}

/// What is at the place where the next frame is expected.
enum Look<'a> {
    Frame(Frame<'a>),
    NoFrame,
    Fault(FrameFault),
}

/// What the pass does next; a plan without borrowed bytes.
enum Next {
    Advance(FramePosition),
    LookBehindEnd,
    Judge(FrameFault),
}

struct Cursor {
    window: Option<Window>,
    position: JournalPosition,
}

impl Cursor {
    fn enter(&mut self, segments: &Segments, file: SegmentFile) -> Result<(), JournalError> {
        self.window = Some(segments.window(file)?);
        self.position = JournalPosition { segment: file.id, offset: 0, ..self.position };
        Ok(())
    }

    /// The header here, if it is one.
    fn header(&mut self) -> Result<Option<FrameHeader>, JournalError> {
        let Some(window) = &mut self.window else {
            return Ok(None);
        };
        let sector = window.bytes(self.position.offset, SECTOR_BYTES)?;
        Ok(sector.and_then(|sector| FrameHeader::decode(sector).ok()))
    }

    fn look(&mut self, check: &dyn OpeningCheck) -> Result<Look<'_>, JournalError> {
        let JournalPosition { segment, offset, index } = self.position;
        let Some(window) = &mut self.window else {
            return Ok(Look::NoFrame);
        };
        window.give(offset, check.read_before(segment, offset));
        let available = window.available(offset);
        let Some(sector) = window.bytes(offset, SECTOR_BYTES)? else {
            return Ok(Look::NoFrame);
        };
        let header = match FrameHeader::decode(sector) {
            Err(FrameFault::HeaderMissing) => return Ok(Look::NoFrame),
            Err(fault) => return Ok(Look::Fault(fault)),
            Ok(header) => header,
        };
        if let Err(fault) = header.check_place(segment, index) {
            return Ok(Look::Fault(fault));
        }
        let needed = header.frame_bytes();
        Ok(match window.bytes(offset, needed as usize)?.map(Frame::decode) {
            None => Look::Fault(FrameFault::Incomplete { needed: u64::from(needed), available }),
            Some(Err(fault)) => Look::Fault(fault),
            Some(Ok(frame)) => Look::Frame(frame),
        })
    }
}

impl Walk<'_> {
    /// Visits everything from `start` on: the beginning of the journal, or of a frame that is known to be there.
    pub(super) fn run<E: From<JournalError>>(
        &self,
        start: JournalPosition,
        mut visit: impl FnMut(Seen<'_>) -> Result<(), E>,
    ) -> Result<Walked, E> {
        let mut cursor = self.cursor_at(start)?;
        let mut last: Option<FramePosition> = None;
        loop {
            let position = cursor.position;
            let next = match cursor.look(self.check)? {
                Look::NoFrame => Next::LookBehindEnd,
                Look::Fault(fault) => Next::Judge(fault),
                Look::Frame(frame) => {
                    self.visit_frame(frame.header.position(position.offset), frame, &mut visit)?
                }
            };
            let tail = match next {
                Next::Advance(frame) => {
                    cursor.position = frame.end();
                    last = Some(frame);
                    continue;
                }
                Next::LookBehindEnd => match tail::after_end(self.segments, position)? {
                    AfterEnd::NextSegment(file) => {
                        cursor.enter(self.segments, file)?;
                        continue;
                    }
                    AfterEnd::Clean => Tail::Clean,
                    AfterEnd::Torn(place) => self.torn(place, position, FrameFault::HeaderMissing),
                    AfterEnd::Damage(place, fault) => Tail::Corrupt(self.segments.damage_at(place, fault)),
                },
                Next::Judge(fault) => self.judge(position, fault)?,
            };
            let tail = match tail {
                // Only the journal's beginning may have no frame; elsewhere the caller knows one.
                Tail::Clean | Tail::Torn(_) if last.is_none() && start != JournalPosition::START => {
                    let fault = JournalFault::FrameMissing { expected: start.index };
                    Tail::Corrupt(self.segments.damage_at(place_of(start), fault))
                }
                tail => tail,
            };
            if let Tail::Corrupt(damage) = &tail {
                visit(Seen::Damage(damage.clone()))?;
                if self.on_damage == OnDamage::Resume && self.resume(&mut cursor, &damage.fault)? {
                    continue;
                }
            }
            return Ok(Walked { end: last.map_or(start, |frame| frame.end()), last, tail });
        }
    }

    fn cursor_at(&self, start: JournalPosition) -> Result<Cursor, JournalError> {
        let mut cursor = Cursor { window: None, position: start };
        if let Some(file) = self.segments.at_or_after(start.segment) {
            cursor.enter(self.segments, file)?;
            if file.id == start.segment {
                cursor.position.offset = start.offset;
            }
        }
        Ok(cursor)
    }

    /// Shows a frame to the visitor, unless it is the last one and one of its openings is bad: then it is not good.
    fn visit_frame<E: From<JournalError>>(
        &self,
        position: FramePosition,
        frame: Frame<'_>,
        visit: &mut impl FnMut(Seen<'_>) -> Result<(), E>,
    ) -> Result<Next, E> {
        let mismatched = tail::mismatched_openings(position, &frame, self.check);
        if let Some(first) = mismatched.first()
            && self.segments.next_header(place_of(position.end()))?.is_none()
        {
            return Ok(Next::Judge(tail::opening_fault(first)));
        }
        visit(Seen::Frame(SeenFrame { position, frame, mismatched: &mismatched }))?;
        Ok(Next::Advance(position))
    }

    fn judge(&self, position: JournalPosition, fault: FrameFault) -> Result<Tail, JournalError> {
        let place = place_of(position);
        Ok(if tail::is_torn_frame(self.segments, position, self.check)? {
            self.torn(place, position, fault)
        } else {
            Tail::Corrupt(self.segments.damage_at(place, fault.into()))
        })
    }

    fn torn(&self, place: Place, position: JournalPosition, fault: FrameFault) -> Tail {
        let (expected, known_size) = (position.index, self.known_size);
        if known_size > expected {
            let fault = JournalFault::KnownElsewhere { expected, known_size };
            return Tail::Corrupt(self.segments.damage_at(place, fault));
        }
        Tail::Torn(self.segments.damage_at(place, fault.into()))
    }

    /// Moves to the next place where a frame can be read again; false if there is none. It always gets ahead: to a later
    /// sector, or, across a gap, to a higher index.
    fn resume(&self, cursor: &mut Cursor, fault: &JournalFault) -> Result<bool, JournalError> {
        let JournalPosition { segment, offset, index } = cursor.position;
        if let JournalFault::Frame(FrameFault::IndexGap { found, .. }) = fault
            && *found > index
        {
            cursor.position.index = *found;
            return Ok(true);
        }
        let known_end = cursor.header()?.filter(|header| header.check_place(segment, index).is_ok());
        let behind = Place { segment, offset: offset.saturating_add(SECTOR_BYTES as u64) };
        let Some((place, header)) = self.segments.next_header(behind)? else {
            return Ok(false);
        };
        if place.segment != segment
            && let Some(file) = self.segments.at_or_after(place.segment)
        {
            cursor.enter(self.segments, file)?;
        }
        cursor.position.offset = place.offset;
        match known_end {
            Some(bad) => cursor.position.index = bad.end_index(),
            // Without the bad frame's header nothing says how many entries it had; the next one is believed.
            None if header.segment == place.segment => cursor.position.index = index.max(header.first_index),
            None => {}
        }
        Ok(true)
    }
}

fn place_of(position: JournalPosition) -> Place {
    Place { segment: position.segment, offset: position.offset }
}
