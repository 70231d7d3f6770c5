//! Files of public claims: several statements about totals, recorded all or none.
//!
//! ```toml
//! register = "birmingham-crime-commission"
//!
//! [[claim]]
//! asserted_by = "City of Birmingham, Alabama"
//! effective = "2025-02-11"
//! source_url = "https://example.org/update"
//! text = "23 of 82 are in planning and development."
//! figures = [{ name = "planning+development", value = 23 }]
//! ```

use docket_domain::event::Figure;
use docket_domain::{Asserter, CommandId, RegisterId};
use docket_log::blobs::digest_of;
use serde::Deserialize;
use uuid::Uuid;

use crate::error::LedgerError;
use crate::import::{ImportError, raw};

/// The claims of a file, and the id of the command that records them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The register whose totals they are about.
    pub register: RegisterId,
    /// Follows from register and file, so that the same file is recorded once.
    pub command: CommandId,
    /// The claims, in the order of the file.
    pub claims: Vec<Claim>,
}

/// One claim of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who made it.
    pub asserter: Asserter,
    /// The day that it speaks of, as written; dates are read in the register's zone.
    pub effective: String,
    /// The totals.
    pub figures: Vec<Figure>,
    /// Where it can be read.
    pub source_url: String,
    /// Its words.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaims {
    register: String,
    claim: Vec<RawClaim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    asserted_by: String,
    effective: String,
    figures: Vec<RawFigure>,
    source_url: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFigure {
    name: String,
    value: u64,
}

/// Reads a file of claims; `file` is its name in messages.
///
/// # Errors
/// [`ImportError::NotUtf8`], [`ImportError::Toml`] with the line, [`ImportError::Value`] with the key.
pub fn parse(bytes: &[u8], file: &str) -> Result<Claims, LedgerError> {
    let raw: RawClaims = raw::read(raw::utf8(bytes, file)?, file)?;
    let value = |key: &str, message: String| ImportError::Value {
        file: file.to_owned(),
        key: key.to_owned(),
        message,
    };
    let register =
        RegisterId::new(&raw.register).map_err(|error| value("register", format!("is refused: {error}")))?;
    let mut claims = Vec::new();
    for (ordinal, claim) in (1..).zip(raw.claim) {
        let asserter = Asserter::new(&claim.asserted_by).map_err(|error| {
            value(&format!("claim {ordinal}: asserted_by"), format!("is refused: {error}"))
        })?;
        if claim.source_url.trim().is_empty() {
            let message = "is empty: say where the claim can be read".to_owned();
            return Err(value(&format!("claim {ordinal}: source_url"), message).into());
        }
        claims.push(Claim {
            asserter,
            effective: claim.effective,
            figures: claim
                .figures
                .into_iter()
                .map(|figure| Figure { name: figure.name, value: figure.value })
                .collect(),
            source_url: claim.source_url,
            text: claim.text,
        });
    }
    let name = format!("docket/claims/v1\0{register}\0{}", digest_of(bytes));
    let command = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).into();
    Ok(Claims { register, command, claims })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "register = \"r\"\n[[claim]]\nasserted_by = \"City\"\neffective = \"2025-02-11\"\n\
                        source_url = \"https://example.org\"\ntext = \"Most of it.\"\n\
                        figures = [{ name = \"planning+development\", value = 23 }, { name = \"rest\", value = 59 }]\n";

    #[test]
    fn a_file_of_claims_is_read() {
        let claims = parse(FILE.as_bytes(), "claims.toml").unwrap();
        assert_eq!(claims.register.as_str(), "r");
        let claim = claims.claims.first().unwrap();
        assert_eq!((claim.asserter.as_str(), claim.effective.as_str()), ("City", "2025-02-11"));
        assert_eq!(claim.figures.len(), 2);
        // Another file is another command, and so is the same one in another register.
        let other = parse(FILE.replace("\"r\"", "\"s\"").as_bytes(), "claims.toml").unwrap();
        assert_ne!(claims.command, other.command);
        assert_eq!(claims.command, parse(FILE.as_bytes(), "elsewhere.toml").unwrap().command);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let table = [
            (FILE.replace("register = \"r\"", ""), "claims.toml, line"),
            (FILE.replace("register = \"r\"", "register = \"R\""), "claims.toml: `register` is refused"),
            (FILE.replace("\"City\"", "\" \""), "claim 1: asserted_by"),
            (FILE.replace("https://example.org", ""), "claim 1: source_url"),
            (FILE.replace("value = 23", "value = -1"), "claims.toml, line 7"),
            (FILE.replace("text =", "words ="), "claims.toml, line"),
        ];
        for (file, message) in table {
            let error = parse(file.as_bytes(), "claims.toml").unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
