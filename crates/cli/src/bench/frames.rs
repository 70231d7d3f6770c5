//! How long the frames are that `rawlog` writes.

use docket_log::journal::{FrameLengths, NewEntry, NewFrame};

/// The length of one frame with entries of these lengths (entry, openings); 0 if it would exceed a limit of frames.
pub(super) fn frame_bytes(entries: &[(u32, u32)]) -> u32 {
    let longest = entries.iter().map(|&(entry, openings)| entry.max(openings)).max().unwrap_or_default();
    let bytes = vec![0; longest as usize];
    let of = |length: u32| bytes.get(..length as usize).unwrap_or_default();
    let entries: Vec<NewEntry<'_>> = entries
        .iter()
        .map(|&(entry, openings)| NewEntry { bytes: of(entry), openings: of(openings) })
        .collect();
    let frame =
        NewFrame { first_index: 0, entries: &entries, root: [0; 32], previous_checkpoint: None, key: None };
    FrameLengths::of(&frame).map(|lengths| lengths.frame_bytes()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_long_as_the_journal_would_write_it() {
        for entries in [vec![(700, 322)], vec![(650, 0); 64], vec![(800, 350), (1, 0)]] {
            let sum: u32 = entries.iter().map(|(entry, openings)| 8 + entry + openings).sum();
            // A header sector, the table, entries and openings, the tail of the body, the end mark; whole sectors.
            assert_eq!(frame_bytes(&entries), (512 + sum + 120 + 4).next_multiple_of(512));
        }
        assert_eq!(frame_bytes(&vec![(700, 0); 257]), 0);
    }
}
