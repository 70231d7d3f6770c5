//! Damage and tampering, through the real binary: found and located, or mended and said.

use std::fs;
use std::path::{Path, PathBuf};

use crate::docket::{Docket, copy};

fn flip(path: &Path, offset: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[offset] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn segment(data: &Path) -> PathBuf {
    data.join("journal").join("00000000000000000000.seg")
}

/// The byte behind the last one that is not zero.
fn written(path: &Path) -> usize {
    fs::read(path).unwrap().iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// Where some bytes stand in a file, if they do.
fn find(path: &Path, wanted: &[u8]) -> Option<usize> {
    fs::read(path).unwrap().windows(wanted.len()).position(|window| window == wanted)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn verify_finds_and_locates_flipped_bits_and_writes_nothing() {
    let docket = Docket::seeded();
    docket.ok(&["verify"]);
    let journal = segment(&docket.data());
    let end = written(&journal);
    // Every byte is flipped in the tests of the log; here a sample goes through the binary.
    for offset in (0..end).step_by(end / 24) {
        flip(&journal, offset);
        let snapshot: Vec<(PathBuf, Vec<u8>)> =
            files(&docket.data()).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        let output = docket.run(&["verify"]);
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "byte {offset}: {said}");
        assert!(said.contains("00000000000000000000.seg"), "byte {offset}: {said}");
        for (path, bytes) in snapshot {
            assert!(fs::read(&path).unwrap() == bytes, "verify leaves {} alone", path.display());
        }
        flip(&journal, offset);
    }
    docket.ok(&["verify"]);
}

#[test]
fn verify_finds_a_flipped_bit_in_a_document_and_in_sled() {
    let docket = Docket::seeded();
    let document = files(&docket.data().join("blobs")).pop().unwrap();
    flip(&document, 1234);
    assert_eq!(docket.fails(&["verify"]).0, 1);
    flip(&document, 1234);
    let mut flipped = 0;
    for path in files(&docket.data().join("sled")) {
        for word in ["NO UPDATE AVAILABLE", "birmingham-crime-commission/recommendation/7"] {
            if let Some(offset) = find(&path, word.as_bytes()) {
                flip(&path, offset + 3);
                assert_eq!(docket.fails(&["verify"]).0, 1, "{word} in {}", path.display());
                flip(&path, offset + 3);
                flipped += 1;
            }
        }
    }
    assert!(flipped > 0, "sled holds records");
    docket.ok(&["verify"]);
}

#[test]
fn deleting_or_damaging_sled_loses_nothing() {
    let docket = Docket::seeded();
    let answer = docket.ok(&["list", "--format", "json", "--effective-at", "2025-06-01"]);
    let sled = docket.data().join("sled");
    let damages: [&dyn Fn(); 4] = [
        &|| fs::remove_dir_all(&sled).unwrap(),
        &|| {
            let database = sled.join("db");
            let bytes = fs::read(&database).unwrap();
            fs::write(&database, &bytes[..bytes.len() / 2]).unwrap();
        },
        &|| files(&sled).iter().for_each(|path| fs::write(path, b"not sled").unwrap()),
        &|| files(&sled).iter().for_each(|path| fs::write(path, b"").unwrap()),
    ];
    for (number, damage) in damages.iter().enumerate() {
        damage();
        let output = docket.run(&["list", "--format", "json", "--effective-at", "2025-06-01"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "damage {number}: {said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), answer, "damage {number}");
        assert!(said.contains("sled"), "damage {number} is told: {said}");
        docket.ok(&["verify"]);
    }
}

#[test]
fn an_older_sled_is_caught_up_and_an_older_journal_is_refused() {
    let docket = Docket::seeded();
    let data = docket.data();
    let old = tempfile::tempdir().unwrap();
    copy(&data.join("sled"), &old.path().join("sled"));
    copy(&data.join("journal"), &old.path().join("journal"));
    docket.ok(&["record", "note", "7", "The training took place."]);
    let answer = docket.ok(&["list", "--format", "json", "--effective-at", "2027-01-01"]);

    fs::remove_dir_all(data.join("sled")).unwrap();
    copy(&old.path().join("sled"), &data.join("sled"));
    let output = docket.run(&["list", "--format", "json", "--effective-at", "2027-01-01"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&output.stdout), answer, "{said}");
    assert!(said.contains("caught up"), "{said}");
    docket.ok(&["verify"]);

    fs::remove_dir_all(data.join("journal")).unwrap();
    copy(&old.path().join("journal"), &data.join("journal"));
    let (code, said) = docket.fails(&["list"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("older copy") && said.contains("rebuild"), "{said}");
    assert_eq!(docket.fails(&["record", "note", "7", "x"]).0, 4);
    assert_eq!(docket.fails(&["verify"]).0, 1);
    // What is left can be read again, but nothing is recorded in the place of what was lost: one root per size.
    docket.ok(&["rebuild"]);
    docket.ok(&["list"]);
    let (code, said) = docket.fails(&["record", "note", "7", "x"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("lost"), "{said}");
    assert_eq!(docket.fails(&["verify"]).0, 1);
}

#[test]
fn a_lost_key_leaves_a_log_that_can_be_read() {
    let docket = Docket::seeded();
    let answer = docket.ok(&["list", "--format", "json", "--effective-at", "2025-06-01"]);
    fs::remove_file(docket.data().join("log.key")).unwrap();
    assert_eq!(docket.ok(&["list", "--format", "json", "--effective-at", "2025-06-01"]), answer);
    let (code, said) = docket.fails(&["record", "note", "7", "x"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("log.key"), "{said}");
    assert!(!docket.data().join("log.key").exists(), "no key is made for a log that lost its own");
    docket.ok(&["verify"]);
}

/// CRC-32C, bit by bit: what anybody computes.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0x82F6_3B78 } else { sum >> 1 };
    let sum =
        bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)));
    (!sum).to_le_bytes()
}

#[test]
fn a_frame_that_somebody_wrote_without_the_key_is_never_signed() {
    let docket = Docket::seeded();
    let (data, journal) = (docket.data(), segment(&docket.data()));
    let genuine = fs::read(&journal).unwrap();
    let start = written(&journal).next_multiple_of(512);
    let before = docket.ok(&["verify"]);
    // The next commit as the program itself writes it, with everything right but for what only the key can make.
    let caches = tempfile::tempdir().unwrap();
    copy(&data.join("sled"), &caches.path().join("sled"));
    fs::copy(data.join("sled.mark"), caches.path().join("sled.mark")).unwrap();
    docket.ok(&["record", "note", "7", "Nobody has recorded this."]);
    let mut forged = fs::read(&journal).unwrap();
    forged[start + 48] ^= 1;
    let sum = checksum(&forged[start..start + 508]);
    forged[start + 508..start + 512].copy_from_slice(&sum);
    fs::remove_dir_all(data.join("sled")).unwrap();
    for without_caches in [false, true] {
        fs::write(&journal, &forged).unwrap();
        if !without_caches {
            copy(&caches.path().join("sled"), &data.join("sled"));
            fs::copy(caches.path().join("sled.mark"), data.join("sled.mark")).unwrap();
        }
        for command in [&["list"][..], &["show", "7"], &["record", "note", "7", "x"], &["rebuild"]] {
            let (code, said) = docket.fails(command);
            assert_eq!(code, 4, "{command:?}: {said}");
            assert!(said.contains("were not written with this log's key"), "{command:?}: {said}");
            assert!(said.contains("docket verify") && said.contains("operations.md"), "{command:?}: {said}");
        }
        let output = docket.run(&["verify"]);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("frame-seal") && said.contains(&format!("byte {start}")), "{said}");
        assert!(fs::read(&journal).unwrap() == forged, "the journal is left alone");
        // Who has not the key reads on, and is told how much no signature covers.
        fs::rename(data.join("log.key"), caches.path().join("log.key")).unwrap();
        docket.ok(&["list"]);
        let said = docket.ok(&["verify"]);
        assert!(said.contains("1 entry lies beyond it"), "{said}");
        fs::rename(caches.path().join("log.key"), data.join("log.key")).unwrap();
        fs::remove_dir_all(data.join("sled")).unwrap();
        fs::remove_file(data.join("sled.mark")).unwrap();
    }
    fs::write(&journal, genuine).unwrap();
    docket.ok(&["list"]);
    let after = docket.ok(&["verify"]);
    assert_eq!(before.lines().last(), after.lines().last(), "the same checkpoint as before");
}
