use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Openings, ReceiptError, verify_receipt};
use crate::LogError;
use crate::entry::EntryError;
use crate::open::{open_read_only, rebuild};
use crate::reader::LogReader;
use crate::seal::ResolvedText;
use crate::testing::{Place, erase, id, note, recommendation, redaction};
use crate::tlog::key::{KeyName, SignerKey, VerifierKey};
use crate::tlog::proof_file::{ProofFile, ProofFileError};

fn keys(reader: &LogReader) -> Vec<VerifierKey> {
    vec![reader.verifier().unwrap().clone()]
}

fn words(texts: &[ResolvedText]) -> Vec<Option<&str>> {
    texts
        .iter()
        .map(|text| match text {
            ResolvedText::Words(words) => Some(words.as_str()),
            ResolvedText::Redacted(_) => None,
        })
        .collect()
}

#[test]
fn a_receipt_proves_its_entry_against_the_first_checkpoint_that_covers_it() {
    let place = Place::new();
    let mut recorder = place.open();
    for count in [3, 1, 60, 100, 9] {
        recorder.notes(count);
    }
    let reader = recorder.log.reader();
    for (index, known_at, size) in [
        (0, None, 3),
        (2, None, 3),
        (3, None, 4),
        (4, None, 64),
        (0, Some(4), 4),
        (0, Some(5), 64),
        (164, Some(173), 173),
        (172, None, 173),
    ] {
        let receipt = reader.receipt(index, known_at, Openings::Included).unwrap();
        assert_eq!(receipt.size(), size, "{index} at {known_at:?}");
        let verified = verify_receipt(receipt.to_string().as_bytes(), &keys(&reader)).unwrap();
        assert_eq!(verified.entry, recorder.entries[usize::try_from(index).unwrap()].entry);
        assert_eq!(words(&verified.texts), [Some("because"), Some(format!("note {index}").as_str())]);
        assert_eq!(verified.checkpoint.checkpoint.size(), size);
    }
    let withheld = reader.receipt(4, None, Openings::Withheld).unwrap().to_string();
    assert_eq!(words(&verify_receipt(withheld.as_bytes(), &keys(&reader)).unwrap().texts), [None, None]);
    assert!(!withheld.contains(&STANDARD.encode("note 4")[..7]));
    assert!(matches!(
        reader.receipt(4, Some(4), Openings::Included),
        Err(ReceiptError::NotKnown { index: 4, known_at: 4 })
    ));
    assert!(matches!(
        reader.receipt(173, None, Openings::Included),
        Err(ReceiptError::Log(LogError::NoEntry { .. }))
    ));
    let before: Vec<_> =
        (0..173).map(|index| reader.receipt(index, None, Openings::Included).unwrap()).collect();
    drop(reader);
    recorder.close();
    rebuild(&place.data(), &mut |_| {}).unwrap();
    let recorder = place.open();
    for (index, receipt) in (0..).zip(before) {
        assert_eq!(
            recorder.log.reader().receipt(index, None, Openings::Included).unwrap(),
            receipt,
            "the same bytes"
        );
    }
}

#[test]
fn what_is_not_signed_has_no_receipt() {
    let place = Place::with_commits(&[2, 1]);
    let reader = open_read_only(&place.data()).unwrap();
    assert!(reader.receipt(1, None, Openings::Included).is_ok());
    for (index, known_at) in [(2, None), (1, Some(3))] {
        let refused = reader.receipt(index, known_at, Openings::Included);
        assert!(matches!(refused, Err(ReceiptError::Log(LogError::NotSigned { .. }))), "{index}");
    }
}

#[test]
fn a_redacted_text_is_null_and_the_proof_stands() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.commit(vec![(recommendation(1), note("a name"))]);
    recorder.commit(vec![(recommendation(1), redaction(id(0, 0), Some(1), None))]);
    let stored = recorder.entries[0].clone();
    erase(&place, &stored, 1);
    let reader = recorder.log.reader();
    let receipt = reader.receipt(0, None, Openings::Included).unwrap().to_string();
    let verified = verify_receipt(receipt.as_bytes(), &keys(&reader)).unwrap();
    assert_eq!(words(&verified.texts), [Some("because"), None]);
}

/// Changes the extra line of a receipt.
fn with_extra(receipt: &ProofFile, change: impl FnOnce(String) -> String) -> String {
    let extra = String::from_utf8(receipt.extra.clone().unwrap()).unwrap();
    ProofFile { extra: Some(change(extra).into_bytes()), ..receipt.clone() }.to_string()
}

#[test]
fn every_lie_in_a_receipt_has_its_own_refusal() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.notes(5);
    let reader = recorder.log.reader();
    let keys = keys(&reader);
    let receipt = reader.receipt(3, None, Openings::Included).unwrap();
    let file = receipt.file();
    let refused = |text: &str| verify_receipt(text.as_bytes(), &keys).unwrap_err();

    let no_entry = ProofFile { extra: None, ..file.clone() }.to_string();
    assert!(matches!(refused(&no_entry), ReceiptError::NoEntry));
    let spelt = with_extra(file, |extra| extra.replacen(':', ": ", 1));
    assert!(matches!(refused(&spelt), ReceiptError::NotCanonical));
    let unknown = with_extra(file, |extra| extra.replacen('{', "{\"a\":1,", 1));
    assert!(matches!(refused(&unknown), ReceiptError::Extra(_)));
    let noise = with_extra(file, |_| "no JSON".to_owned());
    assert!(matches!(refused(&noise), ReceiptError::Extra(_)));
    let entry = with_extra(file, |extra| extra.replacen("\\\"actor\\\"", "\\\"actor\\\" ", 1));
    assert!(matches!(refused(&entry), ReceiptError::Entry(EntryError::NotCanonical { .. })));
    let other_actor = with_extra(file, |extra| extra.replacen("\\\"ann\\\"", "\\\"bob\\\"", 1));
    assert!(matches!(refused(&other_actor), ReceiptError::File(ProofFileError::Inclusion { .. })));
    let text = with_extra(file, |extra| extra.replacen("note 3", "note 4", 1));
    assert!(matches!(refused(&text), ReceiptError::Opening { ordinal: 1 }));
    let fewer = with_extra(file, |extra| {
        let end = extra.rfind(",{").unwrap();
        format!("{}]}}", &extra[..end])
    });
    assert!(matches!(refused(&fewer), ReceiptError::Openings { expected: 2, found: 1 }));
    let moved = ProofFile { index: 2, ..file.clone() }.to_string();
    assert!(matches!(refused(&moved), ReceiptError::Index { stated: 2, found: 3 }));
    let shorter = ProofFile { proof: file.proof[1..].to_vec(), ..file.clone() }.to_string();
    assert!(matches!(refused(&shorter), ReceiptError::File(ProofFileError::Inclusion { .. })));
    let other_checkpoint = ProofFile { checkpoint: recorder.notes(1).checkpoint, ..file.clone() }.to_string();
    assert!(matches!(refused(&other_checkpoint), ReceiptError::File(ProofFileError::Inclusion { .. })));

    let good = receipt.to_string();
    assert!(verify_receipt(good.as_bytes(), &keys).is_ok());
    assert!(matches!(verify_receipt(good.as_bytes(), &[]), Err(ReceiptError::NoKey { .. })));
    let signer = |name: &str| SignerKey::from_seed(KeyName::new(name).unwrap(), &[9; 32]).verifier().clone();
    assert!(matches!(
        verify_receipt(good.as_bytes(), &[signer("docket.example/other")]),
        Err(ReceiptError::NoKey { .. })
    ));
    assert!(matches!(
        verify_receipt(good.as_bytes(), &[signer(crate::testing::ORIGIN)]),
        Err(ReceiptError::File(ProofFileError::Checkpoint(_)))
    ));
}

#[test]
fn no_flipped_bit_of_a_receipt_goes_unnoticed() {
    let place = Place::new();
    let mut recorder = place.open();
    recorder.notes(3);
    let reader = recorder.log.reader();
    let keys = keys(&reader);
    let receipt = reader.receipt(1, None, Openings::Included).unwrap().to_string().into_bytes();
    for bit in 0..receipt.len() * 8 {
        let mut flipped = receipt.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(
            verify_receipt(&flipped, &keys).is_err(),
            "bit {bit} of {}",
            String::from_utf8_lossy(&receipt)
        );
    }
}
