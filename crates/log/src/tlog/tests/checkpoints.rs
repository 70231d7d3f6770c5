//! Checkpoints: body, signing, opening.

use super::{ORIGIN, log_signer, other_signer, signed_checkpoint};
use crate::tlog::checkpoint::{Checkpoint, CheckpointError};
use crate::tlog::hash::{empty_root, leaf_hash};
use crate::tlog::note::{Note, NoteError};
use crate::tlog::proof::TreeHead;
use proptest::prelude::*;

const EMPTY_ROOT: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const ROOT: &str = "0D1jt3KvmQGYF+4+AYKG02omFhvbW/6CKOksAqvpEV0=";

fn some_head() -> TreeHead {
    TreeHead { size: 1, root: leaf_hash(b"entry") }
}

#[test]
fn the_empty_log_has_a_checkpoint() {
    let empty = Checkpoint::new(ORIGIN, TreeHead { size: 0, root: empty_root() }).unwrap();
    assert_eq!(empty.to_string(), format!("{ORIGIN}\n0\n{EMPTY_ROOT}\n"));
    assert_eq!(Checkpoint::parse(&empty.to_string()).unwrap().checkpoint, empty);
    let wrong = TreeHead { size: 0, root: leaf_hash(b"") };
    let expected = CheckpointError::EmptyTreeRoot { root: wrong.root };
    assert_eq!(Checkpoint::new(ORIGIN, wrong), Err(expected));
}

#[test]
fn malformed_bodies_are_refused() {
    assert!(Checkpoint::parse(&format!("o\n1000\n{ROOT}\n")).is_ok());
    for body in ["", "\n", "o\n", "o\n1000\n", "o\n1000"] {
        assert_eq!(Checkpoint::parse(body), Err(CheckpointError::Lines), "{body:?}");
    }
    assert_eq!(Checkpoint::parse(&format!("o\n1000\n{ROOT}")), Err(CheckpointError::Lines));
    for origin in ["", "o\r", "o\0"] {
        let expected = CheckpointError::Origin { origin: origin.to_owned() };
        assert_eq!(Checkpoint::parse(&format!("{origin}\n1000\n{ROOT}\n")), Err(expected));
    }
    for size in [
        "",
        "01000",
        "00",
        "+5",
        "-5",
        " 5",
        "5 ",
        "5\r",
        "\u{ff15}",
        "0x5",
        "1e3",
        "1_000",
        "18446744073709551616",
    ] {
        let expected = CheckpointError::Size { text: size.to_owned() };
        assert_eq!(Checkpoint::parse(&format!("o\n{size}\n{ROOT}\n")), Err(expected));
    }
    let trailing_bit = ROOT.replace("V0=", "V1=");
    for root in ["", &ROOT[..43], &trailing_bit, &format!("{ROOT}\r"), &format!(" {ROOT}"), "AAAA"] {
        let error = Checkpoint::parse(&format!("o\n1000\n{root}\n")).unwrap_err();
        assert!(matches!(error, CheckpointError::Root(_)), "{root:?}: {error}");
    }
}

#[test]
fn extension_lines_are_read_and_never_printed() {
    let body = Checkpoint::parse(&format!("o\n1000\n{ROOT}\nfirst\nsecond line\n")).unwrap();
    assert_eq!(body.extensions, ["first", "second line"]);
    assert_eq!(body.checkpoint.to_string(), format!("o\n1000\n{ROOT}\n"));
    for (extensions, line) in [("\n", 1), ("a\n\n", 2), ("a\n\nb\n", 2), ("a\rb\n", 1)] {
        let error = Checkpoint::parse(&format!("o\n1000\n{ROOT}\n{extensions}")).unwrap_err();
        assert_eq!(error, CheckpointError::Extension { line });
    }
    // Signed text with extensions opens, because the signature covers them.
    let signer = log_signer();
    let text = format!("{ORIGIN}\n1000\n{ROOT}\nextension\n");
    let note = Note::new(text.clone(), vec![signer.sign(&text)]).unwrap();
    let opened = Checkpoint::open_note(&note, &[signer.verifier().clone()], ORIGIN).unwrap();
    assert_eq!(opened.extensions, ["extension"]);
}

#[test]
fn a_signed_checkpoint_opens_for_its_origin_only() {
    let signer = log_signer();
    let keys = [signer.verifier().clone()];
    let note = signed_checkpoint(some_head()).to_string();
    let opened = Checkpoint::open(note.as_bytes(), &keys, ORIGIN).unwrap();
    assert_eq!(opened.checkpoint.head(), some_head());
    assert_eq!((opened.checkpoint.size(), opened.checkpoint.origin()), (1, ORIGIN));
    assert_eq!(opened.signatures.len(), 1);
    assert!(opened.extensions.is_empty());

    let expected = "audit.example".to_owned();
    let mismatch = CheckpointError::OriginMismatch { expected, found: ORIGIN.to_owned() };
    assert_eq!(Checkpoint::open(note.as_bytes(), &keys, "audit.example"), Err(mismatch));
    let unknown = Err(CheckpointError::Note(NoteError::NoKnownSignature));
    assert_eq!(Checkpoint::open(note.as_bytes(), &[other_signer().verifier().clone()], ORIGIN), unknown);
    for (from, to) in [("\n1\n", "\n2\n"), ("audit", "Audit")] {
        assert!(Checkpoint::open(note.replace(from, to).as_bytes(), &keys, ORIGIN).is_err(), "{to:?}");
    }
}

#[test]
fn another_logs_key_does_not_sign() {
    let checkpoint = Checkpoint::new(ORIGIN, some_head()).unwrap();
    let error = checkpoint.sign(&other_signer()).unwrap_err();
    assert!(matches!(error, CheckpointError::ForeignSigner { .. }));
    assert!(Checkpoint::new("", some_head()).is_err());
    assert!(Checkpoint::new("two\nlines", some_head()).is_err());
}

proptest! {
    #[test]
    fn bodies_read_back(origin in "[!-~\u{e0}-\u{ff}]{1,20}", size in 1u64.., entry: Vec<u8>) {
        let checkpoint = Checkpoint::new(origin, TreeHead { size, root: leaf_hash(&entry) }).unwrap();
        prop_assert_eq!(Checkpoint::parse(&checkpoint.to_string()).unwrap().checkpoint, checkpoint);
    }
}
