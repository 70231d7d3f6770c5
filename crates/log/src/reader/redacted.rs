//! The texts that committed redactions name: they read as erased, whatever the journal holds.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::LogReader;
use crate::seal::SealedText;

/// The numbers of the redacted texts of each entry, as far as they were told.
#[derive(Debug, Default)]
pub(crate) struct Redacted {
    fields: RwLock<HashMap<u64, Vec<u32>>>,
}

impl Redacted {
    /// The redacted texts of an entry.
    pub(crate) fn of(&self, index: u64) -> Vec<u32> {
        let fields = self.fields.read().unwrap_or_else(PoisonError::into_inner);
        fields.get(&index).cloned().unwrap_or_default()
    }

    /// Takes note of redacted texts, by the index of the entry and the number of the text.
    pub(crate) fn take(&self, texts: impl IntoIterator<Item = (u64, u32)>) {
        let mut fields = self.fields.write().unwrap_or_else(PoisonError::into_inner);
        for (index, field) in texts {
            let of_entry = fields.entry(index).or_default();
            if !of_entry.contains(&field) {
                of_entry.push(field);
            }
        }
    }
}

/// Zeroes the openings of redacted texts among those of an entry, in memory. Openings of another length than the texts call for stay.
pub(crate) fn erase(redacted: &[u32], texts: &[&SealedText], openings: &mut [u8]) {
    let mut rest = openings;
    for (text, field) in texts.iter().zip(0..) {
        let Some((opening, tail)) = rest.split_at_mut_checked(text.opening_bytes()) else { return };
        if redacted.contains(&field) {
            opening.fill(0);
        }
        rest = tail;
    }
}

impl LogReader {
    /// Takes note of texts that committed redactions name, by the index of the entry and the number of the text: from now on every reader
    /// of this log has them as erased. Redactions that this process commits are noted by themselves; earlier ones are told by whoever has
    /// an index of them, because the log keeps none.
    pub fn know_redacted(&self, texts: &[(u64, u32)]) {
        self.shared.redacted.take(texts.iter().copied());
    }
}
