//! Key names, public and private lines.

use super::{ORIGIN, log_signer};
use crate::tlog::key::{KeyError, KeyName, KeyType, SignerKey, VerifierKey};

const KNOWN_GOOD: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const WITNESS: &str = "witness.example/w1+df1c0a35+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const PRIVATE: &str =
    "PRIVATE+KEY+audit.example/recommendations+d6071d0d+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";

fn verifier(line: &str) -> Result<VerifierKey, KeyError> {
    line.parse()
}

#[test]
fn names_hold_no_space_plus_or_control() {
    for name in [ORIGIN, "a", "\u{e9}t\u{e9}", "PeterNeumann", "a-b_c:d"] {
        assert_eq!(KeyName::new(name).unwrap().to_string(), name);
    }
    for name in ["", "a b", "a+b", "a\n", "\ta", "a\u{a0}b", "a\u{2003}b", "a\u{3000}b", "a\u{85}b", "a\u{1}"]
    {
        assert_eq!(KeyName::new(name), Err(KeyError::Name { name: name.to_owned() }));
    }
}

#[test]
fn public_lines_read_back() {
    for (line, key_type) in [(KNOWN_GOOD, KeyType::Ed25519), (WITNESS, KeyType::CosignatureV1)] {
        let key = verifier(line).unwrap();
        assert_eq!(key.to_string(), line);
        assert_eq!(key.key_type(), key_type);
    }
    // The base64 of this key holds a plus sign of its own.
    let with_plus = (0u8..=99)
        .map(|seed| SignerKey::from_seed(KeyName::new("plus").unwrap(), &[seed; 32]).verifier().to_string())
        .find(|line| line.matches('+').count() > 2)
        .unwrap();
    assert_eq!(verifier(&with_plus).unwrap().to_string(), with_plus);
}

#[test]
fn damaged_public_lines_are_refused() {
    let refused = |line: &str| verifier(line).unwrap_err();
    assert!(matches!(refused(""), KeyError::Shape { .. }));
    assert!(matches!(refused("example.com/foo+530d903a"), KeyError::Shape { .. }));
    assert!(matches!(refused(&format!("+{KNOWN_GOOD}")), KeyError::Name { .. }));
    assert!(matches!(refused(&KNOWN_GOOD.replace('/', " ")), KeyError::Name { .. }));
    for id in ["530D903A", "530d903", "0530d903a", "+30d903a", "53 d903a", ""] {
        assert!(matches!(refused(&KNOWN_GOOD.replace("530d903a", id)), KeyError::IdSyntax { .. }), "{id}");
    }
    for (line, renamed) in [(KNOWN_GOOD, "example.com/bar"), (KNOWN_GOOD, "example.com/fooo")] {
        let line = line.replace("example.com/foo", renamed);
        assert!(matches!(refused(&line), KeyError::IdMismatch { .. }), "{line}");
    }
    assert!(matches!(refused(&KNOWN_GOOD.replace("530d903a", "530d903b")), KeyError::IdMismatch { .. }));
    for end in ["\n", " ", "=", "AAAA=", "!"] {
        assert!(matches!(refused(&format!("{KNOWN_GOOD}{end}")), KeyError::Base64 { .. }), "{end:?}");
    }
    assert!(matches!(refused(&format!("{KNOWN_GOOD}AAAA")), KeyError::Length { found: 35, .. }));
    assert!(matches!(refused("example.com/foo+530d903a+"), KeyError::Length { found: 0, .. }));
    let unsupported = refused("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
    assert!(matches!(unsupported, KeyError::UnsupportedType { type_byte: 2, .. }));
}

#[test]
fn keys_that_anybody_can_sign_for_are_refused() {
    // The neutral element: y = 1, with the type byte in front; then a y that is on no point of the curve.
    for y in ["01", "02"] {
        let encoded = hex::decode(format!("01{y}{}", "00".repeat(31))).unwrap();
        let line = format!("weak+00000000+{}", crate::tlog::encoding::encode_base64(&encoded));
        assert!(matches!(verifier(&line), Err(KeyError::Unsafe { .. })), "{line}");
    }
}

#[test]
fn private_lines_read_back_and_stay_secret() {
    let signer = log_signer();
    assert_eq!(signer.to_private_line(), PRIVATE);
    let read = SignerKey::from_private_line(PRIVATE).unwrap();
    assert_eq!(read.verifier(), signer.verifier());
    assert_eq!(read.sign("x\n"), signer.sign("x\n"));

    let secret = PRIVATE.rsplit('+').next().unwrap();
    assert!(!format!("{signer:?}").contains(secret));
    assert!(!format!("{signer:?}").contains("1, 1, 1"));
    for damaged in [
        PRIVATE.replace("PRIVATE+KEY+", ""),
        PRIVATE.replace("d6071d0d", "d6071d0e"),
        PRIVATE.replace("audit", "other"),
        PRIVATE.replace("+AQEB", "+BAEB"),
        format!("{PRIVATE}AAAA"),
        format!("{PRIVATE}\n"),
        String::new(),
    ] {
        let error = SignerKey::from_private_line(&damaged).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("AQEBAQEB") && !shown.contains("1, 1, 1"), "{shown}");
    }
}
