//! Keys of signed notes: c2sp.org/signed-note (names, key ids, Ed25519) and the Ed25519 keys of
//! c2sp.org/tlog-cosignature.

use super::derived::DerivedKey;
use super::encoding::{decode_base64, encode_base64};
use super::note::NoteSignature;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The length of an Ed25519 signature, in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// The length of an Ed25519 seed, in bytes.
pub const SEED_BYTES: usize = 32;

const PRIVATE_PREFIX: &str = "PRIVATE+KEY+";

/// A key's name: not empty, without Unicode white space, `+` and control characters. A log's own key bears the
/// log's origin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// The 32 bits that, with the name, tell which key made a signature. Shown as eight lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

/// What a key signs; the byte that stands before the public key in its encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// `0x01`: Ed25519 over the note's text. A log signs with this.
    Ed25519,
    /// `0x04`: Ed25519 over a time and the note's text, cosignature/v1. A witness signs with this.
    CosignatureV1,
}

/// A public key as one line, `<name>+<hex id>+<base64 of type and key>`: what a verifier is given to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    key_type: KeyType,
    key: VerifyingKey,
}

/// An Ed25519 private key that signs notes. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct SignerKey {
    verifier: VerifierKey,
    key: SigningKey,
}

/// Why text is no key. The text itself is left out wherever it may be a secret.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The name breaks a rule of signed notes.
    #[error(
        "{name:?} is not a key name: it must not be empty or hold white space, '+' or control characters"
    )]
    Name {
        /// The name found.
        name: String,
    },
    /// The line does not have the parts of a key.
    #[error("not a {form} of the form {shape}")]
    Shape {
        /// Which kind of key was expected.
        form: &'static str,
        /// What such a line looks like.
        shape: &'static str,
    },
    /// The id is not eight lower-case hex digits.
    #[error("the id of key {name} is not eight lower-case hex digits")]
    IdSyntax {
        /// The key's name.
        name: KeyName,
    },
    /// The last part is not strict base64.
    #[error("the last part of key {name} is not standard base64 with padding")]
    Base64 {
        /// The key's name.
        name: KeyName,
    },
    /// A key of another type than those of [`KeyType`].
    #[error("key {name} is of an unsupported type, {type_byte:#04x}")]
    UnsupportedType {
        /// The key's name.
        name: KeyName,
        /// The first byte of the key's encoding.
        type_byte: u8,
    },
    /// An Ed25519 key has 32 bytes.
    #[error("key {name} has {found} bytes, not {expected}")]
    Length {
        /// The key's name.
        name: KeyName,
        /// The number of bytes that it must have.
        expected: usize,
        /// The number of bytes found.
        found: usize,
    },
    /// The bytes are no point of the curve, or one for which anybody can make signatures.
    #[error("key {name} is not a safe Ed25519 public key")]
    Unsafe {
        /// The key's name.
        name: KeyName,
    },
    /// The id is not the one that follows from name, type and public key.
    #[error("the id of key {name} is {computed}, not {stated}: the line is damaged or the name was changed")]
    IdMismatch {
        /// The key's name.
        name: KeyName,
        /// The id in the line.
        stated: KeyId,
        /// The id that follows from the rest.
        computed: KeyId,
    },
}

impl KeyName {
    /// Checks a name.
    pub fn new(name: impl Into<String>) -> Result<Self, KeyError> {
        let name = name.into();
        let forbidden =
            |character: char| character.is_whitespace() || character < '\u{20}' || character == '+';
        if name.is_empty() || name.contains(forbidden) {
            Err(KeyError::Name { name })
        } else {
            Ok(Self(name))
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl KeyId {
    /// The id of a public key: the first four bytes of `SHA-256(name || newline || type || key)`, big-endian.
    fn compute(name: &KeyName, key_type: KeyType, public_key: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', key_type.byte()])
            .chain_update(public_key)
            .finalize()
            .into();
        let [first, second, third, fourth, ..] = digest;
        Self(u32::from_be_bytes([first, second, third, fourth]))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 4];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        let id = Self(u32::from_be_bytes(bytes));
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl KeyType {
    fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::CosignatureV1 => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Ed25519, Self::CosignatureV1].into_iter().find(|key_type| key_type.byte() == byte)
    }
}

impl VerifierKey {
    fn new(name: KeyName, key_type: KeyType, key: VerifyingKey) -> Self {
        Self { id: KeyId::compute(&name, key_type, key.as_bytes()), name, key_type, key }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What the key signs.
    #[must_use]
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// Whether `signature` claims to be this key's, by name and id.
    #[must_use]
    pub fn claims(&self, signature: &NoteSignature) -> bool {
        self.id == signature.key_id && self.name == signature.name
    }

    /// Checks the bytes after the key id of a signature over `text`. `None` if they do not verify.
    pub(super) fn check(&self, text: &str, blob: &[u8]) -> Option<Signed> {
        match self.key_type {
            KeyType::Ed25519 => {
                self.check_ed25519(text.as_bytes(), blob)?;
                Some(Signed::Text)
            }
            KeyType::CosignatureV1 => {
                let (timestamp, signature) = blob.split_first_chunk()?;
                let timestamp_seconds = i64::from_be_bytes(*timestamp);
                if timestamp_seconds < 0 {
                    return None;
                }
                let message = format!("cosignature/v1\ntime {timestamp_seconds}\n{text}");
                self.check_ed25519(message.as_bytes(), signature)?;
                Some(Signed::TextAt { timestamp_seconds })
            }
        }
    }

    fn check_ed25519(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let signature: &[u8; SIGNATURE_BYTES] = signature.try_into().ok()?;
        self.key.verify_strict(message, &Signature::from_bytes(signature)).ok()
    }
}

/// What a signature that verified says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The text, at no stated time.
    Text,
    /// The text, as the largest consistent tree seen by a witness at a time.
    TextAt {
        /// Seconds since 1970-01-01T00:00:00Z, never negative. The witness chose it: compare it with a clock.
        timestamp_seconds: i64,
    },
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = encode_key(self.key_type, self.key.as_bytes());
        write!(formatter, "{}+{}+{encoded}", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// Reads a line as `Display` prints it, without a newline, and recomputes the id.
    fn from_str(line: &str) -> Result<Self, KeyError> {
        let shape =
            KeyError::Shape { form: "public key (vkey)", shape: "<name>+<8 hex digits>+<base64 of the key>" };
        let parts = KeyLine::parse(line, shape)?;
        let public_key = parts.key_bytes()?;
        let key = VerifyingKey::from_bytes(&public_key).ok().filter(|key| !key.is_weak());
        let key = key.ok_or_else(|| KeyError::Unsafe { name: parts.name.clone() })?;
        let verifier = Self::new(parts.name, parts.key_type, key);
        verifier.check_id(parts.id)
    }
}

impl VerifierKey {
    fn check_id(self, stated: KeyId) -> Result<Self, KeyError> {
        if self.id == stated {
            Ok(self)
        } else {
            Err(KeyError::IdMismatch { name: self.name, stated, computed: self.id })
        }
    }
}

impl SignerKey {
    /// The Ed25519 key of a seed: 32 bytes of good randomness for a new key.
    #[must_use]
    pub fn from_seed(name: KeyName, seed: &[u8; SEED_BYTES]) -> Self {
        let key = SigningKey::from_bytes(seed);
        Self { verifier: VerifierKey::new(name, KeyType::Ed25519, key.verifying_key()), key }
    }

    /// Reads [`SignerKey::to_private_line`]. No error repeats the secret.
    pub fn from_private_line(line: &str) -> Result<Self, KeyError> {
        let shape = || KeyError::Shape {
            form: "private key",
            shape: "PRIVATE+KEY+<name>+<8 hex digits>+<base64 of the key>",
        };
        let parts = KeyLine::parse(line.strip_prefix(PRIVATE_PREFIX).ok_or_else(shape)?, shape())?;
        if parts.key_type != KeyType::Ed25519 {
            return Err(KeyError::UnsupportedType { name: parts.name, type_byte: parts.key_type.byte() });
        }
        let signer = Self::from_seed(parts.name.clone(), &parts.key_bytes()?);
        let verifier = signer.verifier.check_id(parts.id)?;
        Ok(Self { verifier, key: signer.key })
    }

    /// The secret as one line, `PRIVATE+KEY+<name>+<hex id>+<base64 of type and seed>`, as Go's
    /// `golang.org/x/mod/sumdb/note` writes it.
    #[must_use]
    pub fn to_private_line(&self) -> String {
        let encoded = encode_key(KeyType::Ed25519, self.key.as_bytes());
        format!("{PRIVATE_PREFIX}{}+{}+{encoded}", self.verifier.name, self.verifier.id)
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The key of a purpose that follows from this one: for what only the log's own processes write and read.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> DerivedKey {
        DerivedKey::new(self.key.as_bytes(), purpose)
    }

    /// Signs a note's text, its last newline included.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        NoteSignature {
            name: self.verifier.name.clone(),
            key_id: self.verifier.id,
            blob: self.key.sign(text.as_bytes()).to_bytes().to_vec(),
        }
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignerKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// The parts that public and private lines share.
struct KeyLine {
    name: KeyName,
    id: KeyId,
    key_type: KeyType,
    bytes: Vec<u8>,
}

impl KeyLine {
    /// Splits on the first two `+` only, because base64 may hold others.
    fn parse(line: &str, shape: KeyError) -> Result<Self, KeyError> {
        let mut parts = line.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(shape);
        };
        let name = KeyName::new(name)?;
        let id = KeyId::parse(id).ok_or_else(|| KeyError::IdSyntax { name: name.clone() })?;
        let decoded = decode_base64(encoded).map_err(|_| KeyError::Base64 { name: name.clone() })?;
        let Some((&type_byte, bytes)) = decoded.split_first() else {
            return Err(KeyError::Length { name, expected: SEED_BYTES, found: 0 });
        };
        let key_type = KeyType::from_byte(type_byte)
            .ok_or_else(|| KeyError::UnsupportedType { name: name.clone(), type_byte })?;
        Ok(Self { name, id, key_type, bytes: bytes.to_vec() })
    }

    fn key_bytes(&self) -> Result<[u8; SEED_BYTES], KeyError> {
        let found = self.bytes.len();
        let wrong_length = || KeyError::Length { name: self.name.clone(), expected: SEED_BYTES, found };
        self.bytes.as_slice().try_into().map_err(|_| wrong_length())
    }
}

fn encode_key(key_type: KeyType, key: &[u8; SEED_BYTES]) -> String {
    let mut encoded = Vec::with_capacity(1 + SEED_BYTES);
    encoded.push(key_type.byte());
    encoded.extend_from_slice(key);
    encode_base64(&encoded)
}
