//! Chance that can be repeated: the same seed makes the same run, as far as the machine's own timing allows.

use std::time::Duration;

/// A small generator (Steele, Lea, Flood: `SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The generator of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `sides` - 1; 0 where there is nothing to choose from.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.bits().checked_rem(sides).unwrap_or(0)
    }

    /// Whether one of `sides` equally likely things happens.
    pub fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    /// One of these; `None` if there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(usize::try_from(self.roll(from.len() as u64)).ok()?)
    }

    /// A time below this one, in microseconds.
    pub fn below(&mut self, longest: Duration) -> Duration {
        Duration::from_micros(self.roll(u64::try_from(longest.as_micros()).unwrap_or(u64::MAX)))
    }

    /// A generator of its own, so that what one part of a run draws does not move what the next one draws.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self(self.bits())
    }
}
