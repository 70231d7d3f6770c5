//! Signed notes: c2sp.org/signed-note.
//!
//! A note is text that ends in a newline, a blank line, and one line for each signature. Text that no known key
//! signed means nothing: read it only after [`Note::verify`].

use super::encoding::{decode_base64, encode_base64, find_control};
use super::key::{KeyId, KeyName, Signed, VerifierKey};
use std::fmt;
use thiserror::Error;

/// The most signatures in a note. The specification asks for at least 16; a log with many witnesses has more.
pub const NOTE_SIGNATURES_MAX: usize = 100;

/// The longest note, in bytes: [`NOTE_SIGNATURES_MAX`] post-quantum signatures of 5 kB in base64 take two thirds.
pub const NOTE_BYTES_MAX: usize = 1 << 20;

const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// The big-endian key id in front of each signature.
const KEY_ID_BYTES: usize = 4;

/// A text and signatures that claim to be over it. `Display` is the note's exact form: what was parsed is printed
/// byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line, as claimed: nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: KeyName,
    /// The id of the key.
    pub key_id: KeyId,
    /// The bytes after the key id, whose meaning depends on the key; never empty.
    pub blob: Vec<u8>,
}

/// A signature that a known key made over the note's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The key that made it.
    pub key: VerifierKey,
    /// What it says.
    pub signed: Signed,
}

/// Why there is no such note, or none to be trusted.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NoteError {
    /// Longer than [`NOTE_BYTES_MAX`].
    #[error("the note has {bytes} bytes, over the limit of {NOTE_BYTES_MAX}")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A note is UTF-8.
    #[error("the note is not UTF-8")]
    NotUtf8(#[source] std::str::Utf8Error),
    /// A note holds no control characters but newlines; carriage returns are a frequent guest.
    #[error("the note holds the control character {code:#04x} at byte {offset}")]
    ControlCharacter {
        /// Where, in bytes from the start.
        offset: usize,
        /// Which.
        code: u8,
    },
    /// The text of a note ends in a newline.
    #[error("the text of a note must end in a newline")]
    TextWithoutNewline,
    /// No blank line separates text and signatures.
    #[error("the note has no blank line between text and signatures")]
    NoBlankLine,
    /// A note has at least one signature.
    #[error("the note has no signature")]
    Unsigned,
    /// A line after the blank line is no signature.
    #[error("signature line {line} of the note is malformed")]
    SignatureLine {
        /// Which, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        fault: SignatureLineFault,
    },
    /// More than [`NOTE_SIGNATURES_MAX`] signatures.
    #[error("the note has {count} signatures, over the limit of {NOTE_SIGNATURES_MAX}")]
    TooManySignatures {
        /// How many.
        count: usize,
    },
    /// No signature is by a known key.
    #[error("the note has no signature by a known key")]
    NoKnownSignature,
    /// A known key's signature does not verify: the text or the signature was changed.
    #[error("the signature by key {name} ({key_id}) does not verify")]
    BadSignature {
        /// The key's name.
        name: KeyName,
        /// The key's id.
        key_id: KeyId,
    },
    /// Two different known keys share the name and id of a signature.
    #[error("two different known keys are both called {name} ({key_id})")]
    AmbiguousKey {
        /// The keys' name.
        name: KeyName,
        /// The keys' id.
        key_id: KeyId,
    },
}

/// What is wrong with a signature line.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignatureLineFault {
    /// The line does not end.
    #[error("it does not end in a newline")]
    Unterminated,
    /// The line does not start with an em dash and a space.
    #[error("it does not start with an em dash and a space")]
    NoDash,
    /// The line is not a name and a signature with one space between them.
    #[error("it is not a name, a space and a signature")]
    Parts,
    /// The name breaks a rule.
    #[error("its key name is empty or holds a forbidden character")]
    Name,
    /// The signature is not strict base64.
    #[error("its signature is not standard base64 with padding")]
    Base64,
    /// The signature has no byte after the key id.
    #[error("its signature is too short")]
    Short,
}

impl Note {
    /// A note from its parts. Says nothing about whether the signatures verify.
    pub fn new(text: impl Into<String>, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        let text = text.into();
        if !text.ends_with('\n') {
            return Err(NoteError::TextWithoutNewline);
        }
        check_control(&text)?;
        check_signature_count(signatures.len())?;
        if let Some(position) = signatures.iter().position(|signature| signature.blob.is_empty()) {
            return Err(NoteError::SignatureLine { line: position + 1, fault: SignatureLineFault::Short });
        }
        let note = Self { text, signatures };
        check_length(note.to_string().len())?;
        Ok(note)
    }

    /// Reads a note. Says nothing about whether the signatures verify.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        check_length(bytes.len())?;
        let note = std::str::from_utf8(bytes).map_err(NoteError::NotUtf8)?;
        check_control(note)?;
        // The text may hold blank lines of its own: the last one is the separator.
        let separator = note.rfind("\n\n").ok_or(NoteError::NoBlankLine)?;
        let (text, rest) = note.split_at_checked(separator + 1).ok_or(NoteError::NoBlankLine)?;
        let signatures = parse_signatures(rest.strip_prefix('\n').unwrap_or(rest))?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// The text, its last newline included. Untrusted until [`Note::verify`] has returned a signature.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures as claimed, in the order of their lines.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks every signature whose name and id are those of one of `keys`, and ignores all others.
    ///
    /// Returns one signature for each key that signed, in the order of their lines, and never none. A single bad
    /// signature by a known key fails the whole note, also where another line of the same key is good.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<VerifiedSignature>, NoteError> {
        let mut verified: Vec<VerifiedSignature> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = find_key(keys, signature)? else { continue };
            let signed = key.check(&self.text, &signature.blob).ok_or_else(|| NoteError::BadSignature {
                name: signature.name.clone(),
                key_id: signature.key_id,
            })?;
            if !verified.iter().any(|earlier| earlier.key == *key) {
                verified.push(VerifiedSignature { key: key.clone(), signed });
            }
        }
        if verified.is_empty() { Err(NoteError::NoKnownSignature) } else { Ok(verified) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}

impl fmt::Display for NoteSignature {
    /// The line without its newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.blob);
        write!(formatter, "{SIGNATURE_PREFIX}{} {}", self.name, encode_base64(&bytes))
    }
}

/// The known key that a signature claims, if there is one.
fn find_key<'keys>(
    keys: &'keys [VerifierKey],
    signature: &NoteSignature,
) -> Result<Option<&'keys VerifierKey>, NoteError> {
    let mut claimed = keys.iter().filter(|key| key.claims(signature));
    let first = claimed.next();
    if claimed.any(|other| Some(other) != first) {
        return Err(NoteError::AmbiguousKey { name: signature.name.clone(), key_id: signature.key_id });
    }
    Ok(first)
}

fn parse_signatures(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
    check_signature_count(lines.split_inclusive('\n').count())?;
    lines
        .split_inclusive('\n')
        .zip(1..)
        .map(|(text, line)| parse_signature(text).map_err(|fault| NoteError::SignatureLine { line, fault }))
        .collect()
}

fn parse_signature(line: &str) -> Result<NoteSignature, SignatureLineFault> {
    let line = line.strip_suffix('\n').ok_or(SignatureLineFault::Unterminated)?;
    let line = line.strip_prefix(SIGNATURE_PREFIX).ok_or(SignatureLineFault::NoDash)?;
    let (name, encoded) = line.split_once(' ').ok_or(SignatureLineFault::Parts)?;
    let name = KeyName::new(name).map_err(|_| SignatureLineFault::Name)?;
    let bytes = decode_base64(encoded).map_err(|_| SignatureLineFault::Base64)?;
    let (key_id, blob) = bytes.split_first_chunk::<KEY_ID_BYTES>().ok_or(SignatureLineFault::Short)?;
    if blob.is_empty() {
        return Err(SignatureLineFault::Short);
    }
    Ok(NoteSignature { name, key_id: KeyId(u32::from_be_bytes(*key_id)), blob: blob.to_vec() })
}

fn check_length(bytes: usize) -> Result<(), NoteError> {
    if bytes > NOTE_BYTES_MAX { Err(NoteError::TooLong { bytes }) } else { Ok(()) }
}

fn check_control(text: &str) -> Result<(), NoteError> {
    match find_control(text) {
        Some((offset, code)) => Err(NoteError::ControlCharacter { offset, code }),
        None => Ok(()),
    }
}

fn check_signature_count(count: usize) -> Result<(), NoteError> {
    match count {
        0 => Err(NoteError::Unsigned),
        1..=NOTE_SIGNATURES_MAX => Ok(()),
        _ => Err(NoteError::TooManySignatures { count }),
    }
}
