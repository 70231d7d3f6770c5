//! Keys that follow from a log's secret key: for what only its own processes write and read, such as caches.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A key that follows from a log's secret key and a purpose (HMAC-SHA-256, RFC 2104). Its `Debug` shows no secret.
///
/// It stands as the two states of the hash that have taken it in, because most of what is authenticated is shorter than taking it in again.
#[derive(Clone)]
pub struct DerivedKey(Hmac<Sha256>);

impl DerivedKey {
    /// The key of a purpose. What one purpose's key says is worth nothing under another's, and nothing as a signature.
    pub(super) fn new(seed: &[u8; 32], purpose: &str) -> Self {
        Self::of(&Self::of(seed).authenticate(&[b"docket/derived/v1\0", purpose.as_bytes()]))
    }

    fn of(secret: &[u8; 32]) -> Self {
        // A key shorter than a block of the hash is filled up with zeros: so the RFC has it, and no length can be wrong.
        let mut block = [0; 64];
        block.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
        Self(Hmac::<Sha256>::new(&block.into()))
    }

    /// The HMAC-SHA-256 of these parts, one after the other; where one ends and the next begins is for the caller to make plain.
    #[must_use]
    pub fn authenticate(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DerivedKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn it_is_the_hmac_of_the_rfc() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        assert_eq!(
            hex::encode(DerivedKey::of(&key).authenticate(&parts)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn purposes_and_seeds_have_their_own_keys() {
        let said = |seed, purpose| DerivedKey::new(&[seed; 32], purpose).authenticate(&[b"same"]);
        assert_eq!(said(1, "one"), said(1, "one"));
        assert_ne!(said(1, "one"), said(1, "other"));
        assert_ne!(said(1, "one"), said(2, "one"));
        assert_eq!(format!("{:?}", DerivedKey::of(&[7; 32])), "DerivedKey(..)");
    }
}
