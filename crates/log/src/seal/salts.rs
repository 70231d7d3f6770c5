//! Where salts come from: the operating system, one at a time or many with one call, and a fixed row for tests.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{SALT_BYTES, Salt, SealError};

/// How many salts [`BufferedSalts`] asks for at once: 2 KiB.
const BUFFERED_SALTS: usize = 64;

/// Where salts come from.
pub trait SaltSource {
    /// A new salt, never given before.
    fn salt(&mut self) -> Result<Salt, SealError>;
}

/// Salts from the operating system's random number generator, each asked for by itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSalts;

impl SaltSource for SystemSalts {
    fn salt(&mut self) -> Result<Salt, SealError> {
        let mut bytes = [0; SALT_BYTES];
        fill(&mut bytes)?;
        Ok(Salt(bytes))
    }
}

/// Salts from the operating system's random number generator, many with one call: for who seals one text after another.
///
/// A salt that was given leaves the buffer at once, so that none is given twice and none outlives the text that it seals. There is no
/// `Clone`: two copies would give the same salts.
pub struct BufferedSalts {
    salts: [[u8; SALT_BYTES]; BUFFERED_SALTS],
    /// How many of the salts, from the first one on, are not given yet.
    left: usize,
}

impl BufferedSalts {
    /// A source that asks for nothing before the first salt is needed.
    #[must_use]
    pub const fn new() -> Self {
        Self { salts: [[0; SALT_BYTES]; BUFFERED_SALTS], left: 0 }
    }

    /// [`SaltSource::salt`], with the way to fill the buffer.
    fn next(&mut self, fill: impl FnOnce(&mut [u8]) -> Result<(), SealError>) -> Result<Salt, SealError> {
        if self.left == 0 {
            // Counted only when it is filled: after a failure the next call asks again.
            fill(self.salts.as_flattened_mut())?;
            self.left = BUFFERED_SALTS;
        }
        self.left -= 1;
        let salt = self.salts.get_mut(self.left).map(std::mem::take);
        Ok(Salt(salt.expect("there are as many salts as are counted")))
    }
}

impl SaltSource for BufferedSalts {
    fn salt(&mut self) -> Result<Salt, SealError> {
        self.next(fill)
    }
}

impl Default for BufferedSalts {
    fn default() -> Self {
        Self::new()
    }
}

/// What is in the buffer will open digests.
impl fmt::Debug for BufferedSalts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BufferedSalts({} left)", self.left)
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), SealError> {
    getrandom::fill(bytes).map_err(|source| SealError::Random { source })
}

/// The same salts in every run: for tests that compare bytes. They hide nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct FixedSalts {
    given: u64,
}

impl SaltSource for FixedSalts {
    fn salt(&mut self) -> Result<Salt, SealError> {
        self.given += 1;
        Ok(Salt(Sha256::digest(self.given.to_le_bytes()).into()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Fills with bytes that were never given before, 32 at a time, and none of them zero.
    fn count_up(turn: &mut u8) -> impl FnOnce(&mut [u8]) -> Result<(), SealError> {
        |bytes| {
            *turn += 1;
            let salts = bytes.as_chunks_mut::<SALT_BYTES>().0;
            assert_eq!(salts.len(), BUFFERED_SALTS);
            salts.iter_mut().zip(1..).for_each(|(salt, number)| {
                *salt = [number; SALT_BYTES];
                salt[0] = *turn;
            });
            Ok(())
        }
    }

    #[test]
    fn every_random_byte_is_given_once_and_then_gone() {
        let (mut salts, mut turn) = (BufferedSalts::new(), 0);
        let mut given = HashSet::new();
        for number in 0..3 * BUFFERED_SALTS {
            let salt = salts.next(count_up(&mut turn)).unwrap();
            assert_eq!(usize::from(turn), number / BUFFERED_SALTS + 1, "one call for many");
            assert!(salt.0.iter().all(|byte| *byte != 0), "a salt was used that nobody filled");
            assert!(given.insert(salt.0), "a salt was given twice");
            assert!(!salts.salts.contains(&salt.0), "what was given stays behind");
        }
        assert_eq!(salts.salts, [[0; SALT_BYTES]; BUFFERED_SALTS]);
    }

    #[test]
    fn without_random_bytes_there_is_no_salt() {
        let (mut salts, mut turn) = (BufferedSalts::new(), 0);
        for _ in 0..2 {
            let refused = salts.next(|bytes| {
                bytes[..40].fill(7);
                Err(SealError::Random { source: getrandom::Error::UNSUPPORTED })
            });
            assert!(refused.is_err());
        }
        let salt = salts.next(count_up(&mut turn)).unwrap();
        assert_eq!(salt.0[0], 1, "what a failed call left behind is not used");
    }

    #[test]
    fn the_systems_salts_differ() {
        let mut salts = BufferedSalts::new();
        let given: HashSet<[u8; SALT_BYTES]> = (0..200).map(|_| salts.salt().unwrap().0).collect();
        assert_eq!(given.len(), 200);
        assert_ne!(BufferedSalts::new().salt().unwrap(), BufferedSalts::new().salt().unwrap());
        assert!(format!("{salts:?}").starts_with("BufferedSalts("));
    }
}
