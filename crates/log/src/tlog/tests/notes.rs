//! Signed notes: form, verification, limits.

use super::{log_signer, other_signer};
use crate::tlog::encoding::encode_base64;
use crate::tlog::key::{KeyId, KeyName, Signed, SignerKey, VerifierKey};
use crate::tlog::note::{
    NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, NoteError, NoteSignature, SignatureLineFault,
};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;

const KNOWN_GOOD: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const KNOWN_GOOD_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const WITNESS_KEY: &str = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";

fn parse(note: impl AsRef<[u8]>) -> Result<Note, NoteError> {
    Note::parse(note.as_ref())
}

fn verifiers(signers: &[&SignerKey]) -> Vec<VerifierKey> {
    signers.iter().map(|signer| signer.verifier().clone()).collect()
}

fn note(text: &str, signatures: Vec<NoteSignature>) -> Note {
    let note = Note::new(text, signatures).unwrap();
    assert_eq!(parse(note.to_string()), Ok(note.clone()));
    note
}

/// A signature of a type nobody here knows.
fn unknown(bytes: usize) -> NoteSignature {
    NoteSignature { name: KeyName::new("post.quantum").unwrap(), key_id: KeyId(7), blob: vec![6; bytes] }
}

#[test]
fn the_published_example_verifies() {
    let note = parse(KNOWN_GOOD).unwrap();
    assert_eq!(note.to_string(), KNOWN_GOOD);
    assert_eq!(note.text(), "This is an example message.\n");
    let key: VerifierKey = KNOWN_GOOD_KEY.parse().unwrap();
    let verified = note.verify(std::slice::from_ref(&key)).unwrap();
    assert_eq!(verified[0].key, key);
    assert_eq!(verified[0].signed, Signed::Text);
    assert_eq!(note.verify(&[]), Err(NoteError::NoKnownSignature));
}

#[test]
fn text_may_hold_blank_lines() {
    let signer = log_signer();
    for text in ["\n", "\n\n\n", "a\n\nb\n", "a\n\n", "a\n\n\u{2014} fake signature\n", "\u{7f}\u{fffd}\n"] {
        let note = note(text, vec![signer.sign(text)]);
        assert_eq!(note.text(), text);
        assert!(note.verify(&verifiers(&[&signer])).is_ok(), "{text:?}");
    }
}

#[test]
fn malformed_notes_are_refused() {
    let line = KNOWN_GOOD.rsplit("\n\n").next().unwrap();
    let note_of = |signatures: &str| format!("text\n\n{signatures}");
    assert!(parse(note_of(line)).is_ok());
    assert_eq!(parse(""), Err(NoteError::NoBlankLine));
    assert_eq!(parse("text\n"), Err(NoteError::NoBlankLine));
    assert_eq!(parse(format!("text\n{line}")), Err(NoteError::NoBlankLine));
    assert_eq!(parse(format!("\n{line}")), Err(NoteError::NoBlankLine));
    assert_eq!(parse("text\n\n"), Err(NoteError::Unsigned));
    assert_eq!(parse(note_of(&format!("{line}\n"))), Err(NoteError::Unsigned));
    assert!(matches!(parse(b"text\xff\n\n"), Err(NoteError::NotUtf8(_))));
    for (offset, code) in [(0, b'\r'), (2, b'\t'), (4, 0), (9, b'\r')] {
        let mut bytes = note_of(line).into_bytes();
        bytes.insert(offset, code);
        assert_eq!(parse(bytes), Err(NoteError::ControlCharacter { offset, code }));
    }
    let crlf = KNOWN_GOOD.replace('\n', "\r\n");
    assert_eq!(parse(crlf), Err(NoteError::ControlCharacter { offset: 27, code: b'\r' }));
}

#[test]
fn malformed_signature_lines_are_refused() {
    use SignatureLineFault::{Base64, Name, NoDash, Parts, Short, Unterminated};
    let good = KNOWN_GOOD.rsplit("\n\n").next().unwrap();
    let cases = [
        (good.trim_end().to_owned(), Unterminated),
        (good.replace('\u{2014}', "-"), NoDash),
        (good.replace("\u{2014} ", "\u{2014}"), NoDash),
        (format!(" {good}"), NoDash),
        ("\u{2014} name\n".to_owned(), Parts),
        (good.replace("\u{2014} ", "\u{2014}  "), Name),
        (good.replace("foo", "fo+o"), Name),
        (good.replace("foo", "fo\u{2003}o"), Name),
        (good.replace("foo ", "foo  "), Base64),
        (good.replace("=\n", "\n"), Base64),
        (good.replace("=\n", "==\n"), Base64),
        (good.replace("=\n", "= \n"), Base64),
        (good.replace("QM=\n", "QN=\n"), Base64), // a trailing bit set
        (good.replace("Uw2Q", "Uw2-"), Base64),
        ("\u{2014} name \n".to_owned(), Short),
        ("\u{2014} name AAAA\n".to_owned(), Short),
        ("\u{2014} name AAAAAA==\n".to_owned(), Short),
    ];
    for (line, fault) in cases {
        let expected = Err(NoteError::SignatureLine { line: 2, fault });
        assert_eq!(parse(format!("text\n\n{good}{line}")), expected, "{line:?}");
    }
    assert!(parse("text\n\n\u{2014} name AAAAAAA=\n").is_ok());
}

#[test]
fn a_bad_signature_by_a_known_key_rejects_the_note() {
    let (signer, other) = (log_signer(), other_signer());
    let good = signer.sign("text\n");
    let bad = signer.sign("other text\n");
    let note_of = |signatures: Vec<NoteSignature>| note("text\n", signatures);
    let known = verifiers(&[&signer, &other]);
    let verdict = Err(NoteError::BadSignature { name: bad.name.clone(), key_id: bad.key_id });
    for signatures in [
        vec![bad.clone()],
        vec![bad.clone(), good.clone()],
        vec![good.clone(), bad.clone()],
        vec![other.sign("text\n"), bad.clone()],
        vec![NoteSignature { blob: good.blob[..63].to_vec(), ..good.clone() }],
        vec![NoteSignature { blob: [good.blob.as_slice(), &[0]].concat(), ..good.clone() }],
    ] {
        assert_eq!(note_of(signatures).verify(&known), verdict);
    }
    // The same line means nothing to someone who does not know the key.
    let both = note_of(vec![bad, other.sign("text\n")]);
    assert_eq!(both.verify(&verifiers(&[&other])).unwrap().len(), 1);
}

#[test]
fn name_and_id_together_make_a_key_known() {
    let signer = log_signer();
    let good = signer.sign("text\n");
    let renamed = NoteSignature { name: KeyName::new("somebody.else").unwrap(), ..good.clone() };
    let other_id = NoteSignature { key_id: KeyId(good.key_id.0 ^ 1), ..good.clone() };
    let known = verifiers(&[&signer]);
    for stranger in [renamed, other_id, unknown(1), unknown(2428)] {
        let alone = note("text\n", vec![stranger.clone()]);
        assert_eq!(alone.verify(&known), Err(NoteError::NoKnownSignature));
        let beside = note("text\n", vec![stranger, good.clone()]);
        assert_eq!(beside.verify(&known).unwrap().len(), 1);
    }
}

#[test]
fn two_lines_of_one_key_count_once() {
    let (signer, other) = (log_signer(), other_signer());
    let note = note("text\n", vec![signer.sign("text\n"), other.sign("text\n"), signer.sign("text\n")]);
    let known = verifiers(&[&signer, &other, &signer]);
    let verified = note.verify(&known).unwrap();
    let keys: Vec<_> = verified.iter().map(|signature| &signature.key).collect();
    assert_eq!(keys, [signer.verifier(), other.verifier()]);
}

#[test]
fn two_known_keys_of_one_name_and_id_are_not_guessed_between() {
    // Two seeds, found by search, whose keys have the same 32-bit id under this name.
    let [first, second] = [78_997u32, 85_003].map(|start| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&start.to_be_bytes());
        SignerKey::from_seed(KeyName::new("twin").unwrap(), &seed)
    });
    let note = note("text\n", vec![first.sign("text\n")]);
    let ambiguous =
        NoteError::AmbiguousKey { name: KeyName::new("twin").unwrap(), key_id: KeyId(0x0026_32a2) };
    assert_eq!(note.verify(&verifiers(&[&first, &second])), Err(ambiguous));
    assert!(note.verify(&verifiers(&[&first])).is_ok());
    assert!(matches!(note.verify(&verifiers(&[&second])), Err(NoteError::BadSignature { .. })));
}

#[test]
fn sixteen_and_more_signatures_are_read() {
    let signer = log_signer();
    for count in [16, NOTE_SIGNATURES_MAX] {
        let mut signatures = vec![unknown(2428); count - 1];
        signatures.push(signer.sign("text\n"));
        assert_eq!(note("text\n", signatures).verify(&verifiers(&[&signer])).unwrap().len(), 1);
    }
    let count = NOTE_SIGNATURES_MAX + 1;
    let too_many = Err(NoteError::TooManySignatures { count });
    assert_eq!(Note::new("text\n", vec![unknown(1); count]), too_many);
    let line = format!("{}\n", unknown(1));
    assert_eq!(parse(format!("text\n\n{}", line.repeat(count))), too_many);
}

#[test]
fn what_cannot_be_read_back_cannot_be_made() {
    let signature = vec![unknown(1)];
    assert_eq!(Note::new("", signature.clone()), Err(NoteError::TextWithoutNewline));
    assert_eq!(Note::new("text", signature.clone()), Err(NoteError::TextWithoutNewline));
    let control = NoteError::ControlCharacter { offset: 1, code: b'\r' };
    assert_eq!(Note::new("a\r\n", signature.clone()), Err(control));
    assert_eq!(Note::new("text\n", Vec::new()), Err(NoteError::Unsigned));
    let short = NoteError::SignatureLine { line: 1, fault: SignatureLineFault::Short };
    assert_eq!(Note::new("text\n", vec![unknown(0)]), Err(short));

    let shortest = note("\n", signature.clone()).to_string().len();
    let text = |bytes: usize| format!("{}\n", "x".repeat(bytes - shortest));
    assert!(Note::new(text(NOTE_BYTES_MAX), signature.clone()).is_ok());
    let bytes = NOTE_BYTES_MAX + 1;
    assert_eq!(Note::new(text(bytes), signature), Err(NoteError::TooLong { bytes }));
    assert_eq!(parse(vec![b'x'; bytes]), Err(NoteError::TooLong { bytes }));
}

/// A cosignature as the specification words it, made without the code under test.
fn cosign(text: &str, timestamp: u64, time_in_message: &str) -> NoteSignature {
    let message = format!("cosignature/v1\ntime {time_in_message}\n{text}");
    let signature = SigningKey::from_bytes(&[2; 32]).sign(message.as_bytes());
    let blob = [timestamp.to_be_bytes().as_slice(), &signature.to_bytes()].concat();
    NoteSignature { name: KeyName::new("witness.example/w1").unwrap(), key_id: KeyId(0xdf1c_0a35), blob }
}

#[test]
fn cosignatures_sign_their_time() {
    let key: VerifierKey = WITNESS_KEY.parse().unwrap();
    let verify = |signature| note("text\n", vec![signature]).verify(std::slice::from_ref(&key));
    // Milliseconds taken for seconds verify too: the value is handed over as it is, for a clock to judge.
    for timestamp in [0, 1_700_000_000, 1_700_000_000_000, i64::MAX] {
        let seconds = timestamp.unsigned_abs();
        let verified = verify(cosign("text\n", seconds, &seconds.to_string())).unwrap();
        assert_eq!(verified[0].signed, Signed::TextAt { timestamp_seconds: timestamp });
    }
    let good = cosign("text\n", 1_700_000_000, "1700000000");
    let short = NoteSignature { blob: good.blob[..71].to_vec(), ..good.clone() };
    let long = NoteSignature { blob: [good.blob.as_slice(), &[0]].concat(), ..good.clone() };
    let untimed = NoteSignature { blob: good.blob[8..].to_vec(), ..good.clone() };
    let tiny = NoteSignature { blob: vec![0; 7], ..good };
    let beyond = 1 << 63;
    for bad in [
        cosign("text\n", 1_700_000_001, "1700000000"),
        cosign("text\n", 1_700_000_000, "01700000000"),
        cosign("other\n", 1_700_000_000, "1700000000"),
        cosign("text\n", beyond, &beyond.to_string()),
        cosign("text\n", u64::MAX, "-1"),
        short,
        long,
        untimed,
        tiny,
    ] {
        assert!(matches!(verify(bad), Err(NoteError::BadSignature { .. })));
    }
}

proptest! {
    #[test]
    fn what_is_read_is_printed_byte_for_byte(
        text in "[a\u{2014}\n]{0,6}\n\n(\u{2014} n [AQg=]{4,8}\n){1,2}\n{0,1}",
    ) {
        if let Ok(note) = parse(&text) {
            prop_assert_eq!(note.to_string(), text);
        }
    }

    #[test]
    fn no_changed_byte_goes_unnoticed(position in 0usize..175, flip in 1u8..) {
        let mut bytes = KNOWN_GOOD.as_bytes().to_vec();
        let position = position % bytes.len();
        bytes[position] ^= flip;
        let key: VerifierKey = KNOWN_GOOD_KEY.parse().unwrap();
        prop_assert!(parse(&bytes).and_then(|note| note.verify(&[key])).is_err());
    }

    #[test]
    fn notes_read_back(text in "[ -~\n\u{80}-\u{fff}]{0,30}\n", blob in prop::collection::vec(any::<u8>(), 1..9)) {
        let signature = NoteSignature { name: KeyName::new("n").unwrap(), key_id: KeyId(1), blob };
        let line = format!("\u{2014} n {}", encode_base64(&[&[0, 0, 0, 1], signature.blob.as_slice()].concat()));
        prop_assert_eq!(signature.to_string(), line);
        let note = Note::new(text, vec![signature]).unwrap();
        prop_assert_eq!(parse(note.to_string()), Ok(note));
    }
}
