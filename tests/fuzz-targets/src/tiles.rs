//! Tile paths, hash tiles and bundles of entries.

use docket_log::tlog::bundle::{parse_bundle, write_bundle};
use docket_log::tlog::hash::HASH_BYTES;
use docket_log::tlog::tile::{TILE_WIDTH, Tile, TileKind};

use crate::check::{accept, one_line, same};

/// The input: a path, a line feed, and the bytes under it.
pub(crate) fn tile(data: &[u8]) {
    let split = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (path, rest) = data.split_at(split);
    let bytes = rest.strip_prefix(b"\n").unwrap_or(rest);
    let Ok(path) = std::str::from_utf8(path) else { return };
    let tile: Tile = match path.parse() {
        Ok(tile) => tile,
        Err(error) => return one_line(&error),
    };
    assert_eq!(tile.to_string(), path, "a tile has one path");
    assert!((1..=TILE_WIDTH).contains(&tile.width()));
    if let Some(leaves) = tile.leaves() {
        assert!(leaves.start < leaves.end);
    }
    match tile.kind() {
        TileKind::Hashes(_) => match tile.parse_hashes(bytes) {
            Ok(hashes) => {
                let again: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
                assert_eq!(again.len(), usize::from(tile.width()) * HASH_BYTES);
                same("a tile", bytes, &again);
                accept();
            }
            Err(error) => one_line(&error),
        },
        TileKind::Entries => match parse_bundle(bytes, usize::from(tile.width())) {
            Ok(entries) => {
                assert_eq!(entries.len(), usize::from(tile.width()));
                same("entries", bytes, &write_bundle(&entries).expect("what was read can be written"));
                accept();
            }
            Err(error) => one_line(&error),
        },
    }
}
