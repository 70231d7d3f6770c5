//! Names that were read lately: a log says the same few again and again.
//!
//! Who finds a name here neither checks nor allocates it once more, and all entries that bear it share one copy. Each thread has its own,
//! of a fixed number of places, so that nothing waits and nothing grows. What is read never depends on what was read before.

use std::cell::RefCell;

/// Places of one type: enough for the subjects of one register.
const PLACES: usize = 256;

/// The values of one type that a thread read lately, each with the string that says it.
pub(super) struct Recent<T> {
    places: RefCell<Vec<Place<T>>>,
}

/// A string and the value that it says, if any was read into this place.
type Place<T> = Option<(Box<str>, T)>;

impl<T: Clone> Recent<T> {
    pub(super) const fn new() -> Self {
        Self { places: RefCell::new(Vec::new()) }
    }

    /// The value that this string says: one that was read before, or read by `parse`.
    pub(super) fn read<E>(&self, text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, E> {
        let mut places = self.places.borrow_mut();
        places.resize_with(PLACES, || None);
        let Some(place) = places.get_mut(place_of(text)) else { return parse(text) };
        if let Some((_, value)) = place.as_ref().filter(|(known, _)| **known == *text) {
            return Ok(value.clone());
        }
        let value = parse(text)?;
        *place = Some((text.into(), value.clone()));
        Ok(value)
    }
}

/// A place for a string; which one decides about time only.
fn place_of(text: &str) -> usize {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let hash = rest.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte)));
    usize::try_from(hash >> 56).unwrap_or(0) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_read_before_a_string_says_the_same() {
        let recent = Recent::new();
        // More strings than places, twice: some are found, and some have lost their place.
        for turn in 0..2 {
            for number in 0..PLACES * 4 {
                let read = recent.read(&number.to_string(), |text| {
                    assert_eq!(text, number.to_string(), "{turn}");
                    text.parse::<usize>()
                });
                assert_eq!(read, Ok(number));
            }
        }
        assert!(recent.read("no number", str::parse::<usize>).is_err());
        assert_eq!(recent.places.borrow().len(), PLACES);
    }

    #[test]
    fn what_was_just_read_is_not_parsed_again() {
        let recent = Recent::new();
        assert_eq!(recent.read("7", str::parse::<usize>), Ok(7));
        let found = recent.read("7", |_| Err(()));
        assert_eq!(found, Ok(7));
    }
}
