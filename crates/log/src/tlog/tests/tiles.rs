//! Tile geometry, paths and bytes; entry bundles.

use super::model::{FullNodes, entry};
use crate::tlog::bundle::{BundleError, ENTRY_BYTES_MAX, parse_bundle, write_bundle};
use crate::tlog::tile::{Tile, TileError, TileKind, entry_bundles, hash_tiles};
use proptest::prelude::*;

fn paths(tiles: impl Iterator<Item = Tile>) -> Vec<String> {
    tiles.map(|tile| tile.to_string()).collect()
}

#[test]
fn a_tree_has_these_tiles() {
    for (size, expected) in [
        (0, vec![]),
        (1, vec!["tile/0/000.p/1"]),
        (255, vec!["tile/0/000.p/255"]),
        (256, vec!["tile/0/000", "tile/1/000.p/1"]),
        (257, vec!["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ] {
        assert_eq!(paths(hash_tiles(size)), expected, "size {size}");
    }
    let of_65_536 = paths(hash_tiles(65_536));
    assert_eq!(of_65_536.len(), 258);
    assert_eq!(of_65_536[255..], ["tile/0/255", "tile/1/000", "tile/2/000.p/1"]);
    assert_eq!(paths(entry_bundles(0)), [""; 0]);
    assert_eq!(paths(entry_bundles(256)), ["tile/entries/000"]);
    assert_eq!(paths(entry_bundles(257)), ["tile/entries/000", "tile/entries/001.p/1"]);
    assert_eq!(paths(hash_tiles(u64::MAX).take(1)), ["tile/0/000"]);
}

#[test]
fn tiles_cover_the_leaves_below_the_size_and_no_others() {
    for size in [1, 256, 257, 65_535, 65_536, 70_000] {
        let mut next = 0;
        for bundle in entry_bundles(size) {
            let leaves = bundle.leaves().unwrap();
            assert_eq!(leaves.start, next);
            next = leaves.end;
        }
        assert_eq!(next, size);
        for tile in hash_tiles(size) {
            assert!(tile.leaves().unwrap().end <= size, "{tile} of {size}");
        }
    }
    let tile = |level, index, width| Tile::new(TileKind::Hashes(level), index, width).unwrap();
    assert_eq!(tile(1, 1, 256).leaves(), Some(65_536..131_072));
    assert_eq!(tile(7, 0, 127).leaves(), Some(0..127 << 56));
    assert_eq!(tile(7, 0, 256).leaves(), None);
    assert_eq!(tile(63, 0, 1).leaves(), None);
    assert_eq!(tile(0, u64::MAX, 1).leaves(), None);
}

#[test]
fn only_canonical_paths_name_tiles() {
    for path in [
        "tile/0/000",
        "tile/63/000",
        "tile/0/x001/234.p/5",
        "tile/entries/000",
        "tile/entries/x001/x234/067.p/255",
        "tile/0/x018/x446/x744/x073/x709/x551/615", // the largest 64-bit index
    ] {
        let tile: Tile = path.parse().unwrap();
        assert_eq!(tile.to_string(), path);
    }
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/+1/000",
        "tile/-1/000",
        "tile/\u{ff15}/000",
        "tile/0/\u{ff15}00",
        "tile/0/+01",
        "tile/0/x000/001",
        "tile/0/001/234",
        "tile/0/x001/x234",
        "tile/0/x001//234",
        "tile/0/000/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/2",
        "tile/0/000.p/1.p/2",
        "/tile/0/000",
        "tile/0/000 ",
        "tile/0/000\n",
        "tile/entries",
        "tile/Entries/000",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/x018/x446/x744/x073/x709/x551/616", // one more than fits 64 bits
    ] {
        assert_eq!(path.parse::<Tile>(), Err(TileError::Path { path: path.to_owned() }));
    }
    assert_eq!(Tile::new(TileKind::Hashes(64), 0, 1), Err(TileError::Level { level: 64 }));
    assert_eq!(Tile::new(TileKind::Entries, 0, 0), Err(TileError::Width { width: 0 }));
    assert_eq!(Tile::new(TileKind::Entries, 0, 257), Err(TileError::Width { width: 257 }));
}

#[test]
fn tile_bytes_are_the_nodes_of_their_level() {
    let tree = FullNodes::new(1000);
    for tile in hash_tiles(1000) {
        let bytes = tile.read_hashes(&tree).unwrap().unwrap();
        let TileKind::Hashes(level) = tile.kind() else { panic!("{tile} is a bundle") };
        let first = usize::try_from(tile.index()).unwrap() * 256;
        let nodes = &tree.0[usize::from(level) * 8][first..first + usize::from(tile.width())];
        assert_eq!(tile.parse_hashes(&bytes).unwrap(), nodes, "{tile}");
        for length in [0, bytes.len() - 1, bytes.len() - 32] {
            let expected = TileError::Length { tile, expected: bytes.len(), found: length };
            assert_eq!(tile.parse_hashes(&bytes[..length]), Err(expected));
        }
        assert!(tile.parse_hashes(&[bytes.as_slice(), &[0; 32]].concat()).is_err());
    }
    assert_eq!(Tile::new(TileKind::Entries, 0, 1).unwrap().read_hashes(&tree), None);
    assert_eq!(Tile::new(TileKind::Hashes(40), 0, 1).unwrap().read_hashes(&tree), None);
}

#[test]
fn bundles_keep_entries_of_every_length() {
    let entries = [Vec::new(), entry(1), vec![7; ENTRY_BYTES_MAX]];
    let bundle = write_bundle(&entries).unwrap();
    assert_eq!(bundle[..4], [0, 0, 0, 7]);
    assert_eq!(parse_bundle(&bundle, 3).unwrap(), entries);

    let too_long = [entry(0), vec![7; ENTRY_BYTES_MAX + 1]];
    assert_eq!(write_bundle(&too_long), Err(BundleError::EntryTooLong { position: 1, bytes: 65_536 }));
    assert_eq!(write_bundle::<Vec<u8>>(&[]), Err(BundleError::Count { count: 0 }));
    assert_eq!(write_bundle(&[b"x"; 257]), Err(BundleError::Count { count: 257 }));
    assert!(write_bundle(&[b"x"; 256]).is_ok());
}

#[test]
fn malformed_bundles_are_refused() {
    let bundle = write_bundle(&[b"ab", b"cd"]).unwrap();
    let cases = [
        (&bundle[..], 0, BundleError::Count { count: 0 }),
        (&bundle[..], 257, BundleError::Count { count: 257 }),
        (&bundle[..], 1, BundleError::TrailingBytes { count: 1, bytes: 4 }),
        (&bundle[..], 3, BundleError::TooFewEntries { expected: 3, found: 2 }),
        (&bundle[..7], 2, BundleError::TruncatedEntry { position: 1, expected: 2, found: 1 }),
        (&bundle[..6], 2, BundleError::TruncatedEntry { position: 1, expected: 2, found: 0 }),
        (&bundle[..5], 2, BundleError::TruncatedLength { position: 1 }),
        (&bundle[..4], 2, BundleError::TooFewEntries { expected: 2, found: 1 }),
        (&[], 1, BundleError::TooFewEntries { expected: 1, found: 0 }),
    ];
    for (bytes, count, expected) in cases {
        assert_eq!(parse_bundle(bytes, count), Err(expected));
    }
}

proptest! {
    #[test]
    fn paths_read_back(entries: bool, level in 0u8..=63, index: u64, width in 1u16..=256) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
        let tile = Tile::new(kind, index, width).unwrap();
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn bundles_read_back(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 1..=256)) {
        let bundle = write_bundle(&entries).unwrap();
        prop_assert_eq!(parse_bundle(&bundle, entries.len()).unwrap(), entries);
    }

    #[test]
    fn any_bytes_are_at_most_one_bundle(bytes in prop::collection::vec(0u8..4, 0..40), count in 1usize..6) {
        if let Ok(entries) = parse_bundle(&bytes, count) {
            prop_assert_eq!(write_bundle(&entries).unwrap(), bytes);
        }
    }
}
