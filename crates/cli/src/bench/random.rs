//! Numbers that look random and are the same in every run: splitmix64.

/// A seeded generator.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The generator of one purpose: the same seed and stream give the same numbers.
    pub(super) const fn new(seed: u64, stream: u64) -> Self {
        Self(mix(seed ^ mix(stream)))
    }

    /// The next number.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or_default()
    }

    /// One of several; the first if there is only one.
    pub(super) fn one_of<'a, T: ?Sized>(&mut self, first: &'a T, others: &[&'a T]) -> &'a T {
        let place = usize::try_from(self.below(others.len() as u64 + 1)).unwrap_or_default();
        place.checked_sub(1).and_then(|place| others.get(place)).copied().unwrap_or(first)
    }
}

/// The finaliser of splitmix64: a bijection, so different numbers stay different.
pub(super) const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
