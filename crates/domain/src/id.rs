//! Ids and names: newtypes that cannot be mixed up, checked where they are made.

use std::fmt;

use smol_str::SmolStr;
use uuid::Uuid;

/// The longest name (actor, asserter, label, origin), in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 255;

/// Why a string is no valid id or name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The string is empty or only white space.
    #[error("{what} is empty")]
    Empty {
        /// Which id.
        what: &'static str,
    },
    /// The string is over [`NAME_BYTES_MAX`].
    #[error("{what} is {bytes} bytes long; at most {NAME_BYTES_MAX} are allowed")]
    TooLong {
        /// Which id.
        what: &'static str,
        /// Its length.
        bytes: usize,
    },
    /// The string holds a character that this kind of id does not allow.
    #[error("{what} {value:?} holds {character:?}, which is not allowed there: {allowed}")]
    Character {
        /// Which id.
        what: &'static str,
        /// The whole string.
        value: String,
        /// The first offending character.
        character: char,
        /// What is allowed.
        allowed: &'static str,
    },
    /// The string begins or ends with white space.
    #[error("{what} {value:?} begins or ends with white space")]
    Untrimmed {
        /// Which id.
        what: &'static str,
        /// The whole string.
        value: String,
    },
    /// The string is no UUID.
    #[error("{value:?} is not an event id: expected a UUID such as 0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Uuid {
        /// The whole string.
        value: String,
    },
    /// The string is no SHA-256 in hexadecimal.
    #[error("{value:?} is not a SHA-256: expected 64 lower-case hexadecimal digits")]
    Digest {
        /// The whole string.
        value: String,
    },
}

/// Declares a checked string newtype, cheap to clone: what is not over 23 bytes stands in the value itself, anything longer is shared.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident, $what:literal, $allowed:literal, $check:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(SmolStr);

        impl $name {
            /// Checks and wraps a string.
            pub fn new(value: &str) -> Result<Self, IdError> {
                check_name($what, value, $allowed, $check)?;
                Ok(Self(value.into()))
            }

            /// The string.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    };
}

fn check_name(
    what: &'static str,
    value: &str,
    allowed: &'static str,
    permits: fn(char) -> bool,
) -> Result<(), IdError> {
    if value.trim().is_empty() {
        return Err(IdError::Empty { what });
    }
    if value.len() > NAME_BYTES_MAX {
        return Err(IdError::TooLong { what, bytes: value.len() });
    }
    if let Some(character) = value.chars().find(|&c| !permits(c)) {
        return Err(IdError::Character { what, value: value.to_owned(), character, allowed });
    }
    if value.trim() != value {
        return Err(IdError::Untrimmed { what, value: value.to_owned() });
    }
    Ok(())
}

fn is_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')
}

fn is_origin(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '+' | '"' | '\\')
}

fn is_printable(c: char) -> bool {
    !c.is_control()
}

name!(
    /// The id of a register: a slug such as `birmingham-crime-commission`.
    RegisterId, "register id", "lower-case letters, digits and '-'", is_slug
);
name!(
    /// The permanent key of a recommendation within its register: `7`, `7a`, `III.2`.
    Key, "recommendation key", "ASCII letters, digits, '-', '.' and '_'", is_key
);
name!(
    /// Who recorded an event.
    Actor, "actor", "printable characters", is_printable
);
name!(
    /// On whose word something is stated: the city, an agency, a reviewer.
    Asserter, "asserter", "printable characters", is_printable
);
name!(
    /// A status label, exactly as printed.
    Label, "status label", "printable characters", is_printable
);
name!(
    /// A mapped state such as `in-progress`.
    StateName, "state", "lower-case letters, digits and '-'", is_slug
);
name!(
    /// The name of a log: chosen at first use, then frozen. A schema-less URL; no spaces, no `+` (C2SP tlog-checkpoint).
    Origin, "origin", "printable ASCII without spaces, '+', '\"' and '\\'", is_origin
);

/// Declares a UUID newtype.
macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with these 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes of the id.
            #[must_use]
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// The id printed as a hyphenated lower-case UUID; no other spelling is accepted, so that equal ids have equal bytes.
            pub fn parse(value: &str) -> Result<Self, IdError> {
                let error = || IdError::Uuid { value: value.to_owned() };
                let uuid = Uuid::try_parse(value).map_err(|_| error())?;
                if uuid.hyphenated().to_string() == value { Ok(Self(uuid)) } else { Err(error()) }
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid_id!(
    /// The id of an event: UUID v7, or v5 for events derived from a source.
    EventId
);
uuid_id!(
    /// The id of a command, scoped to its actor: a repeat is answered from what was recorded.
    CommandId
);

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest printed as 64 lower-case hexadecimal digits.
    pub fn parse(value: &str) -> Result<Self, IdError> {
        let error = || IdError::Digest { value: value.to_owned() };
        let digits = value.as_bytes();
        if digits.len() != 64 {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte =
                pair.iter().try_fold(0, |high, &digit| Some(high << 4 | nibble(digit)?)).ok_or_else(error)?;
        }
        Ok(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_checked_where_it_is_made() {
        assert!(RegisterId::new("birmingham-crime-commission").is_ok());
        assert!(matches!(RegisterId::new("Birmingham"), Err(IdError::Character { character: 'B', .. })));
        assert!(matches!(Key::new("a/b"), Err(IdError::Character { character: '/', .. })));
        assert!(matches!(Actor::new("  "), Err(IdError::Empty { .. })));
        assert!(matches!(Actor::new("a\nb"), Err(IdError::Character { character: '\n', .. })));
        assert!(matches!(Actor::new(" ann"), Err(IdError::Untrimmed { .. })));
        assert!(matches!(Label::new(&"x".repeat(256)), Err(IdError::TooLong { bytes: 256, .. })));
        assert!(Label::new(&"x".repeat(255)).is_ok());
        assert!(matches!(Origin::new("a b"), Err(IdError::Character { .. })));
        assert!(matches!(Origin::new("a+b"), Err(IdError::Character { .. })));
    }

    #[test]
    fn one_id_has_one_spelling() {
        let text = "0190a0b1-7c2d-7e3f-8a4b-5c6d7e8f9a0b";
        assert_eq!(EventId::parse(text).unwrap().to_string(), text);
        for other in [&text.to_uppercase(), &text.replace('-', ""), &format!("{{{text}}}"), "", "7"] {
            assert!(EventId::parse(other).is_err(), "{other}");
        }
        let digest = "00ff".repeat(16);
        assert_eq!(Digest::parse(&digest).unwrap().to_string(), digest);
        assert!(Digest::parse(&digest.to_uppercase()).is_err());
        assert!(Digest::parse(&digest[..62]).is_err());
        assert!(Digest::parse(&"é".repeat(32)).is_err());
    }
}
