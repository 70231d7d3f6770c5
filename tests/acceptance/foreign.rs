//! What others make of our bytes: Go's `golang.org/x/mod`, and a reader in plain Python written from the format pages.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::docket::{Docket, workspace};

fn go(tree: &Path, key: &str) -> Output {
    // Debian's golang-golang-x-mod-dev puts the module's sources here; `tests/setup.sh` installs it.
    Command::new("go")
        .args(["run", "verify.go"])
        .arg(tree)
        .arg(key)
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOFLAGS", "-buildvcs=false")
        .current_dir(workspace().join("tests/foreign/go"))
        .output()
        .expect("go is there: tests/setup.sh installs it")
}

fn python(bundle: &Path) -> Output {
    Command::new("python3")
        .arg(workspace().join("examples/verify_bundle.py"))
        .arg(bundle)
        .output()
        .expect("python3 is there: tests/setup.sh installs it")
}

fn assert_ok(output: &Output) {
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// The file itself, or the first one below a directory.
fn first_file(path: &Path) -> PathBuf {
    if path.is_dir() {
        let mut below: Vec<PathBuf> =
            std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        below.sort();
        first_file(&below[0])
    } else {
        path.to_owned()
    }
}

#[test]
fn go_verifies_the_tile_tree_and_refuses_a_damaged_one() {
    let docket = Docket::seeded();
    let out = tempfile::tempdir().unwrap();
    let tree = out.path().join("tree");
    docket.ok(&["export", "--format", "tiles", tree.to_str().unwrap()]);
    let key = docket.ok(&["keygen", "--show"]);
    let key = key.trim_end();
    assert_ok(&go(&tree, key));
    for part in ["tile/entries", "tile/0", "checkpoint"] {
        let path = first_file(&tree.join(part));
        damage(&path);
        assert!(!go(&tree, key).status.success(), "{} is damaged", path.display());
        damage(&path);
    }
    assert_ok(&go(&tree, key));
}

#[test]
fn python_verifies_a_bundle_and_refuses_a_damaged_one() {
    let docket = Docket::seeded();
    let out = tempfile::tempdir().unwrap();
    let bundle = out.path().join("bundle");
    docket.ok(&["export", "--format", "bundle", bundle.to_str().unwrap()]);
    assert_ok(&python(&bundle));
    for part in ["openings.jsonl", "checkpoint", "sources"] {
        let path = first_file(&bundle.join(part));
        damage(&path);
        assert!(!python(&bundle).status.success(), "{part} is damaged");
        damage(&path);
    }
    assert_ok(&python(&bundle));
}

#[test]
fn a_receipt_verifies_on_its_own_with_the_public_key() {
    let docket = Docket::seeded();
    let key = docket.ok(&["keygen", "--show"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let receipt = elsewhere.path().join("7.tlog-proof");
    std::fs::write(&receipt, docket.ok(&["receipt", "7@2"])).unwrap();
    let stranger = Docket::new();
    let arguments = ["verify", "--receipt", receipt.to_str().unwrap(), "--key", key.trim_end()];
    let said = stranger.ok(&arguments);
    assert!(said.contains("IN PROGRESS") || said.contains("status.reported"), "{said}");
    assert!(!stranger.data().exists());
    damage(&receipt);
    assert_eq!(stranger.fails(&arguments).0, 1);
}
