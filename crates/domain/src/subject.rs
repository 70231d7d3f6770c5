//! What an event is about.

use std::fmt;

use uuid::Uuid;

use crate::id::{Digest, IdError, Key, RegisterId};

/// The subject of an event. Events of one subject are numbered 1, 2, 3 ... (`subjectversion`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The log itself: administrative acts. Printed `log`.
    Log,
    /// A register: its opening and vocabulary. Printed `<register>/register`.
    Register(RegisterId),
    /// A recommendation. Printed `<register>/recommendation/<key>`.
    Recommendation(RegisterId, Key),
    /// A source document and the fragments quarantined from it. Printed `<register>/source/<sha256>`.
    Source(RegisterId, Digest),
    /// A public statement about totals. Printed `<register>/claim/<uuid>`.
    Claim(RegisterId, Uuid),
    /// A review of a range of the log. Printed `<register>/review/<uuid>`.
    Review(RegisterId, Uuid),
}

/// Why a string is no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// It has none of the printed forms.
    #[error("{value:?} is not a subject")]
    Form {
        /// The whole string.
        value: String,
    },
    /// One of its parts is no valid id.
    #[error("{value:?} is not a subject")]
    Part {
        /// The whole string.
        value: String,
        /// Which part, and why.
        #[source]
        source: IdError,
    },
}

impl Subject {
    /// The register that the subject belongs to; `None` for the log itself.
    #[must_use]
    pub fn register(&self) -> Option<&RegisterId> {
        match self {
            Self::Log => None,
            Self::Register(register)
            | Self::Recommendation(register, _)
            | Self::Source(register, _)
            | Self::Claim(register, _)
            | Self::Review(register, _) => Some(register),
        }
    }

    /// The key, if the subject is a recommendation.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::Recommendation(_, key) => Some(key),
            _ => None,
        }
    }

    /// The subject that [`Display`](fmt::Display) prints as `value`.
    pub fn parse(value: &str) -> Result<Self, SubjectError> {
        if value == "log" {
            return Ok(Self::Log);
        }
        let form = || SubjectError::Form { value: value.to_owned() };
        let part = |source| SubjectError::Part { value: value.to_owned(), source };
        let (register, rest) = value.split_once('/').ok_or_else(form)?;
        let register = RegisterId::new(register).map_err(part)?;
        if rest == "register" {
            return Ok(Self::Register(register));
        }
        let uuid = |id: &str| {
            Uuid::try_parse(id).ok().filter(|uuid| uuid.hyphenated().to_string() == id).ok_or_else(form)
        };
        match rest.split_once('/').ok_or_else(form)? {
            ("recommendation", key) => Ok(Self::Recommendation(register, Key::new(key).map_err(part)?)),
            ("source", digest) => Ok(Self::Source(register, Digest::parse(digest).map_err(part)?)),
            ("claim", id) => Ok(Self::Claim(register, uuid(id)?)),
            ("review", id) => Ok(Self::Review(register, uuid(id)?)),
            _ => Err(form()),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log => f.write_str("log"),
            Self::Register(register) => write!(f, "{register}/register"),
            Self::Recommendation(register, key) => write!(f, "{register}/recommendation/{key}"),
            Self::Source(register, digest) => write!(f, "{register}/source/{digest}"),
            Self::Claim(register, id) => write!(f, "{register}/claim/{}", id.hyphenated()),
            Self::Review(register, id) => write!(f, "{register}/review/{}", id.hyphenated()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back_as_it_was_printed() {
        let register = RegisterId::new("r-1").unwrap();
        let id = Uuid::from_u128(7);
        for subject in [
            Subject::Log,
            Subject::Register(register.clone()),
            Subject::Recommendation(register.clone(), Key::new("III.2").unwrap()),
            Subject::Source(register.clone(), Digest::from_bytes([9; 32])),
            Subject::Claim(register.clone(), id),
            Subject::Review(register, id),
        ] {
            assert_eq!(Subject::parse(&subject.to_string()), Ok(subject));
        }
    }

    #[test]
    fn other_strings_are_refused() {
        for text in [
            "",
            "Log",
            "r",
            "r/",
            "r/recommendation",
            "r/recommendation/",
            "r/recommendation/a/b",
            "r/x/1",
            "/x/1",
        ] {
            assert!(Subject::parse(text).is_err(), "{text:?}");
        }
    }
}
