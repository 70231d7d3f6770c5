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
