//! What verify says of a snapshot.

use super::*;
use crate::verify::verify;

/// The offset of the first block, behind the header.
const FIRST: usize = 8 + 2 + "docket.example/test".len() + 4;

/// The length of what stands before the records of a block.
const HEAD: usize = 84;

/// Where verify says that the snapshot differs, if it does; it finds nothing else.
fn difference(directory: &Path) -> Option<u64> {
    let report = verify(directory, &mut |_| ()).unwrap();
    let mut findings = report.findings.into_iter();
    let found = findings.next();
    assert_eq!(findings.next(), None);
    found.map(|finding| {
        assert_eq!((finding.code, finding.file), ("snapshot", snapshot_of(directory)));
        assert!(finding.message.contains("deleting it is safe"), "{}", finding.message);
        finding.offset.unwrap()
    })
}

/// The second block of a file with two.
fn second(bytes: &[u8]) -> usize {
    FIRST + HEAD + payload(bytes, FIRST)
}

fn payload(bytes: &[u8], block: usize) -> usize {
    u32::from_le_bytes(bytes[block + 12..block + 16].try_into().unwrap()) as usize
}

/// Makes the check sum of a block right.
fn sign(bytes: &mut [u8], block: usize) {
    let end = block + HEAD + payload(bytes, block);
    let sum =
        crc32c::crc32c_append(crc32c::crc32c(&bytes[block..block + HEAD - 4]), &bytes[block + HEAD..end]);
    bytes[block + HEAD - 4..block + HEAD].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn every_forged_byte_of_a_block_with_a_good_check_sum_is_found() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), "docket.example/test");
    assert_eq!(difference(directory.path()), None);
    let good = std::fs::read(snapshot_of(directory.path())).unwrap();
    let last = second(&good);
    assert_eq!(last + HEAD + payload(&good, last), good.len(), "there are two blocks");
    for block in [FIRST, last] {
        let end = block + HEAD + payload(&good, block);
        // Index, rows, root, records; the length of the records says where the check sum ends.
        let forged = (block..block + 12).chain(block + 16..block + 48).chain(block + HEAD..end);
        for place in forged {
            let mut bad = good.clone();
            bad[place] ^= 0x15;
            sign(&mut bad, block);
            std::fs::write(snapshot_of(directory.path()), &bad).unwrap();
            let found = difference(directory.path());
            // What the rows of a block say is spoken about is looked for before they are compared.
            let whole = found.is_some_and(|offset| offset == block as u64 || offset == FIRST as u64);
            assert!(whole || found == Some(place as u64), "byte {place}: {found:?}");
        }
    }
}

#[test]
fn a_snapshot_that_is_missing_shorter_or_torn_at_its_end_is_no_finding() {
    let directory = tempfile::tempdir().unwrap();
    recorded(directory.path(), "docket.example/test");
    let good = std::fs::read(snapshot_of(directory.path())).unwrap();
    for length in 0..good.len() {
        std::fs::write(snapshot_of(directory.path()), &good[..length]).unwrap();
        assert_eq!(difference(directory.path()), None, "{length} bytes");
    }
    let mut bad = good.clone();
    bad[good.len() - 1] ^= 1;
    std::fs::write(snapshot_of(directory.path()), &bad).unwrap();
    assert_eq!(difference(directory.path()), None, "the last block is torn");
    // Before the last one, a bad block is damage.
    let mut bad = good.clone();
    bad[FIRST + HEAD + 8] ^= 1;
    std::fs::write(snapshot_of(directory.path()), &bad).unwrap();
    assert_eq!(difference(directory.path()), Some(FIRST as u64));
    std::fs::remove_file(snapshot_of(directory.path())).unwrap();
    assert_eq!(difference(directory.path()), None);
}
