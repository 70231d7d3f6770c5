//! Reading a journal through: [`JournalDirectory::scan`] before it is opened, strict; [`JournalDirectory::survey`] for verify,
//! naming every damage. Neither writes anything.

use super::segment::Segments;
use super::walk::{OnDamage, Seen, SeenFrame, Walk, Walked};
use super::{
    Damage, FrameFault, FramePosition, JournalDirectory, JournalError, JournalPosition, OpeningCheck,
    OpeningPosition,
};

/// How a journal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// With a good frame, or empty.
    Clean,
    /// With a frame that was being written when the power failed or the process died; a writer cuts it.
    Torn(Damage),
    /// With damage that no interrupted write explains; it is left as it is.
    Corrupt(Damage),
}

/// A journal that was read through: the plan for opening it.
#[derive(Debug)]
pub struct Scan {
    pub(super) segments: Segments,
    pub(super) end: JournalPosition,
    pub(super) last: Option<FramePosition>,
    pub(super) tail: Tail,
    pub(super) unresolved: Vec<OpeningPosition>,
    pub(super) known_size: u64,
}

impl Scan {
    /// Where the next frame goes; the index is the journal's size in entries.
    #[must_use]
    pub fn end(&self) -> JournalPosition {
        self.end
    }

    /// The last good frame; `None` for an empty journal.
    #[must_use]
    pub fn last(&self) -> Option<FramePosition> {
        self.last
    }

    /// How the journal ends.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// The openings that match no digest and that nobody has claimed yet.
    #[must_use]
    pub fn unresolved(&self) -> &[OpeningPosition] {
        &self.unresolved
    }

    /// Settles the mismatched openings that a committed redaction names: `is_redacted` says which. Opening the journal for
    /// writing refuses what is left.
    pub fn resolve(&mut self, mut is_redacted: impl FnMut(&OpeningPosition) -> bool) {
        self.unresolved.retain(|opening| !is_redacted(opening));
    }

    /// The first reason not to trust this journal, the tail's or an opening's.
    #[must_use]
    pub fn damage(&self) -> Option<Damage> {
        if let Tail::Corrupt(damage) = &self.tail {
            return Some(damage.clone());
        }
        self.unresolved.first().map(|opening| opening_damage(&self.segments.directory, opening))
    }
}

/// The damage that a mismatched opening is, unless a redaction names it.
fn opening_damage(directory: &JournalDirectory, opening: &OpeningPosition) -> Damage {
    Damage {
        path: directory.segment_path(opening.frame.segment),
        offset: opening.frame.offset,
        fault: FrameFault::Opening { entry: opening.entry, offset: opening.offset, bytes: opening.bytes }
            .into(),
    }
}

/// What a survey found, besides what it showed on the way.
#[derive(Debug)]
pub struct Survey {
    /// The position behind the last good frame.
    pub end: JournalPosition,
    /// How the journal ends: a torn tail is no damage.
    pub tail: Tail,
    /// How many times damage was shown.
    pub damages: u64,
}

impl JournalDirectory {
    /// Reads the journal from `start` to its end, calling `visit` for every good frame, and says how it ends.
    ///
    /// `start` is [`JournalPosition::START`], or the start of a frame that is known to be there; the frames before are trusted, but
    /// their segments must be there, each with its first frame.
    /// `known_size` is the number of entries known from elsewhere: a torn frame among them is corruption. A visited frame may
    /// have mismatched openings, which [`Scan::resolve`] must settle afterwards. The first error of `visit` ends the scan.
    pub fn scan<E: From<JournalError>>(
        &self,
        start: JournalPosition,
        known_size: u64,
        check: &dyn OpeningCheck,
        mut visit: impl FnMut(&SeenFrame<'_>) -> Result<(), E>,
    ) -> Result<Scan, E> {
        let segments = Segments::list(self)?;
        let mut unresolved = Vec::new();
        let damage = match segments.damage.first().cloned().or_else(|| segments.lack_of(start)) {
            None => segments.fault_before(start)?,
            damage => damage,
        };
        let walked = match damage {
            Some(damage) => Walked { end: start, last: None, tail: Tail::Corrupt(damage) },
            None => Walk { segments: &segments, check, known_size, on_damage: OnDamage::Stop }.run(
                start,
                |seen| match seen {
                    Seen::Damage(_) => Ok(()),
                    Seen::Frame(frame) => {
                        unresolved.extend_from_slice(frame.mismatched);
                        visit(&frame)
                    }
                },
            )?,
        };
        let Walked { end, last, tail } = walked;
        Ok(Scan { segments, end, last, tail, unresolved, known_size })
    }

    /// Reads the whole journal, showing every frame whose header and body are good, and every damage, going on behind it where
    /// a good frame follows. A mismatched opening of a frame that is not the last is shown with its frame, not as damage.
    pub fn survey<E: From<JournalError>>(
        &self,
        known_size: u64,
        check: &dyn OpeningCheck,
        mut visit: impl FnMut(Seen<'_>) -> Result<(), E>,
    ) -> Result<Survey, E> {
        let segments = Segments::list(self)?;
        let mut damages = 0;
        for damage in &segments.damage {
            damages += 1;
            visit(Seen::Damage(damage.clone()))?;
        }
        let walk = Walk { segments: &segments, check, known_size, on_damage: OnDamage::Resume };
        let walked = walk.run(JournalPosition::START, |seen| {
            damages += u64::from(matches!(seen, Seen::Damage(_)));
            visit(seen)
        })?;
        Ok(Survey { end: walked.end, tail: walked.tail, damages })
    }
}
