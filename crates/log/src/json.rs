//! JSON that somebody else may have written.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _};
use serde_json::{Deserializer, Error};

use crate::error::escape_controls;

/// Reads one JSON text. An error is one line: a name out of the text, which serde quotes as it stands, has its control characters
/// written out.
pub(crate) fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(in_one_line)
}

/// Reads the first JSON value of a text by a seed, with errors as [`read`] has them. What follows the value is not looked at.
pub(crate) fn read_first<'de, S: DeserializeSeed<'de>>(seed: S, bytes: &'de [u8]) -> Result<S::Value, Error> {
    seed.deserialize(&mut Deserializer::from_slice(bytes)).map_err(in_one_line)
}

fn in_one_line(error: Error) -> Error {
    let text = error.to_string();
    if text.contains(char::is_control) { Error::custom(escape_controls(&text, &[])) } else { error }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::read;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Known {
        #[serde(rename = "known")]
        _known: Kind,
    }

    #[derive(Debug, Deserialize)]
    enum Kind {
        One,
    }

    #[test]
    fn a_foreign_name_makes_no_second_line_of_an_error() {
        for (json, message) in [
            (
                r#"{"a\rb\n\u001b[2J":1}"#,
                r"unknown field `a\rb\n\u{1b}[2J`, expected `known` at line 1 column 18",
            ),
            (r#"{"known":"T\no"}"#, r"unknown variant `T\no`, expected `One` at line 1 column 15"),
            (r#"{"knöwn":1}"#, "unknown field `knöwn`, expected `known` at line 1 column 9"),
            (r#"{"known":"One"#, "EOF while parsing a string at line 1 column 13"),
        ] {
            assert_eq!(read::<Known>(json.as_bytes()).unwrap_err().to_string(), message, "{json}");
        }
        assert!(matches!(read::<Known>(br#"{"known":"One"}"#), Ok(Known { _known: Kind::One })));
    }
}
