//! Receipts and witness requests.

use super::model::{FullNodes, entry};
use super::{ORIGIN, log_signer, other_signer, signed_checkpoint};
use crate::tlog::checkpoint::CheckpointError;
use crate::tlog::hash::leaf_hash;
use crate::tlog::note::NoteError;
use crate::tlog::proof::{ProofError, TreeHead, inclusion_proof};
use crate::tlog::proof_file::{PROOF_FILE_BYTES_MAX, ProofFile, ProofFileError};
use crate::tlog::witness::{AddCheckpointRequest, RequestError};

fn receipt(index: u64, size: u64) -> ProofFile {
    let tree = FullNodes::new(size);
    let proof = inclusion_proof(&tree, index, size).unwrap();
    ProofFile { extra: None, index, proof, checkpoint: signed_checkpoint(tree.head(size)) }
}

fn verify(receipt: &ProofFile, entry: &[u8]) -> Result<(), ProofFileError> {
    receipt.verify(entry, &[log_signer().verifier().clone()], ORIGIN).map(|_| ())
}

#[test]
fn receipts_prove_their_entry_and_no_other() {
    for (index, size) in [(0, 1), (0, 2), (1, 2), (4, 5), (300, 513)] {
        let receipt = receipt(index, size);
        assert_eq!(ProofFile::parse(receipt.to_string().as_bytes()), Ok(receipt.clone()));
        assert_eq!(verify(&receipt, &entry(index)), Ok(()));
        assert!(matches!(verify(&receipt, b"other"), Err(ProofFileError::Inclusion { .. })));
        // The leaf's hash is no entry, and an index is not free to choose.
        assert!(verify(&receipt, &leaf_hash(&entry(index)).0).is_err());
        let moved = ProofFile { index: index + 1, ..receipt };
        assert!(matches!(verify(&moved, &entry(index)), Err(ProofFileError::Inclusion { .. })));
    }
}

#[test]
fn the_signature_is_checked_before_the_proof() {
    let good = receipt(4, 5);
    let other = other_signer().verifier().clone();
    let unsigned = Err(ProofFileError::Checkpoint(CheckpointError::Note(NoteError::NoKnownSignature)));
    let broken = ProofFile { proof: Vec::new(), ..good.clone() };
    for receipt in [&good, &broken] {
        assert_eq!(receipt.verify(&entry(4), std::slice::from_ref(&other), ORIGIN), unsigned);
        let error = receipt.verify(&entry(4), &[log_signer().verifier().clone()], "other").unwrap_err();
        let ProofFileError::Checkpoint(CheckpointError::OriginMismatch { .. }) = error else {
            panic!("{error:?}");
        };
    }
    let source = ProofError::WrongLength { expected: 1, found: 0 };
    assert_eq!(verify(&broken, &entry(4)), Err(ProofFileError::Inclusion { index: 4, source }));
    // A tree that the log did not sign does not count, even with a proof that fits it.
    let root = leaf_hash(b"forged");
    let forged = good.checkpoint.to_string().replacen(
        &good.checkpoint.text()[ORIGIN.len()..],
        &format!("\n1\n{}\n", root.to_base64()),
        1,
    );
    let forged = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{forged}");
    let forged = ProofFile::parse(forged.as_bytes()).unwrap();
    let error = verify(&forged, b"forged").unwrap_err();
    assert!(matches!(
        error,
        ProofFileError::Checkpoint(CheckpointError::Note(NoteError::BadSignature { .. }))
    ));
}

#[test]
fn extra_data_is_carried_and_proves_nothing() {
    let plain = receipt(1, 3);
    for extra in [vec![], b"opening".to_vec()] {
        let with_extra = ProofFile { extra: Some(extra), ..plain.clone() };
        assert_eq!(ProofFile::parse(with_extra.to_string().as_bytes()), Ok(with_extra.clone()));
        assert_eq!(verify(&with_extra, &entry(1)), Ok(()));
    }
    let text = plain.to_string().replace("\nindex", "\nextra b3BlbmluZw==\nindex");
    assert_eq!(ProofFile::parse(text.as_bytes()).unwrap().extra, Some(b"opening".to_vec()));
}

#[test]
fn malformed_receipts_are_refused() {
    use ProofFileError::{Extra, Format, Hash, Index, NoBlankLine, NotUtf8, Note, TooLong, TooManyHashes};
    type Expectation = fn(&ProofFileError) -> bool;
    let good = receipt(4, 7).to_string();
    let swap = |from: &str, to: &str| good.replacen(from, to, 1).into_bytes();
    let hashes = leaf_hash(b"").to_base64() + "\n";
    let cases: Vec<(Vec<u8>, Expectation)> = vec![
        (swap("@v1", "@v2"), |error| *error == Format),
        (swap("c2sp", "\nc2sp"), |error| *error == Format),
        (swap("\n", "\r\n"), |error| *error == Format),
        (swap("index 4", "index 04"), |error| *error == Index),
        (swap("index 4", "index +4"), |error| *error == Index),
        (swap("index 4", "index  4"), |error| *error == Index),
        (swap("index 4", "Index 4"), |error| *error == Index),
        (swap("index 4", "index 4\r"), |error| *error == Index),
        (swap("index 4\n", ""), |error| *error == Index),
        (swap("index", "extra YQ==\nextra YQ==\nindex"), |error| *error == Index),
        (swap("index", "extra YQ\nindex"), |error| matches!(error, Extra(_))),
        (swap("index", "extra YR==\nindex"), |error| matches!(error, Extra(_))),
        (swap("index 4\n", "index 4\n!\n"), |error| matches!(error, Hash { position: 0, .. })),
        (swap("index 4\n", &format!("index 4\n{hashes}AAAA\n")), |e| matches!(e, Hash { position: 1, .. })),
        (swap("index 4\n", &format!("index 4\n{}", hashes.repeat(62))), |error| {
            *error == TooManyHashes { count: 65 }
        }),
        (good.clone().into_bytes()[..good.len() - 1].to_vec(), |error| matches!(error, Note(_))),
        (b"c2sp.org/tlog-proof@v1\nindex 4\n".to_vec(), |error| *error == NoBlankLine),
        (Vec::new(), |error| *error == NoBlankLine),
        (vec![0xff], |error| matches!(error, NotUtf8(_))),
        (vec![b'\n'; PROOF_FILE_BYTES_MAX + 1], |error| matches!(error, TooLong { .. })),
    ];
    for (bytes, expected) in cases {
        let error = ProofFile::parse(&bytes).unwrap_err();
        assert!(expected(&error), "{:?}: {error:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(99)]));
    }
}

#[test]
fn a_misplaced_blank_line_breaks_the_signature() {
    // The proof's hashes become part of the note's text, which is opaque until its signature is checked.
    let misplaced = receipt(4, 7).to_string().replacen("index 4\n", "index 4\n\n", 1);
    let error = verify(&ProofFile::parse(misplaced.as_bytes()).unwrap(), &entry(4)).unwrap_err();
    assert!(matches!(
        error,
        ProofFileError::Checkpoint(CheckpointError::Note(NoteError::BadSignature { .. }))
    ));
}

#[test]
fn witness_requests_are_strict() {
    let head = TreeHead { size: 1, root: leaf_hash(b"entry") };
    let request =
        AddCheckpointRequest { old_size: 0, proof: Vec::new(), checkpoint: signed_checkpoint(head) };
    let good = request.to_string();
    assert_eq!(AddCheckpointRequest::parse(good.as_bytes()), Ok(request.clone()));
    let refused = |body: &str| AddCheckpointRequest::parse(body.as_bytes()).unwrap_err();
    for old in ["old 00", "old +0", "old  0", "old", "Old 0", "old 0\r", "old -1"] {
        assert_eq!(refused(&good.replacen("old 0", old, 1)), RequestError::OldSize, "{old:?}");
    }
    assert!(matches!(refused(&good.replacen('\n', "\n!\n", 1)), RequestError::Hash { position: 0, .. }));
    assert_eq!(refused("old 0\n"), RequestError::NoBlankLine);
    let of_length = |count| AddCheckpointRequest { proof: vec![leaf_hash(b""); count], ..request.clone() };
    assert_eq!(AddCheckpointRequest::parse(of_length(63).to_string().as_bytes()), Ok(of_length(63)));
    assert_eq!(refused(&of_length(64).to_string()), RequestError::TooManyHashes { count: 64 });
}
