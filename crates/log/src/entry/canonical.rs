//! A canonicaliser after RFC 8785, written independently of the serialiser under test: it knows nothing of events.

use std::fmt::Write as _;

use serde_json::Value;

/// The canonical form of a JSON text without fractions.
pub(super) fn canonicalise(json: &str) -> String {
    let mut out = String::new();
    print(&serde_json::from_str(json).unwrap(), &mut out);
    out
}

fn print(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => {
            let integer = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
            write!(out, "{}", integer.expect("entries hold integers only")).unwrap();
        }
        Value::String(text) => print_string(text, out),
        Value::Array(values) => {
            out.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                print(value, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
            out.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                print_string(name, out);
                out.push(':');
                print(value, out);
            }
            out.push('}');
        }
    }
}

/// RFC 8785 section 3.2.2.2: the short escapes where there are any, `\u00xx` for other control characters, all else as it is.
fn print_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match u32::from(character) {
            0x08 => out.push_str("\\b"),
            0x09 => out.push_str("\\t"),
            0x0a => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            0x0d => out.push_str("\\r"),
            0x22 => out.push_str("\\\""),
            0x5c => out.push_str("\\\\"),
            code @ 0..0x20 => write!(out, "\\u{code:04x}").unwrap(),
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// The sorting example of RFC 8785 section 3.2.3, and the string example of section 3.2.2.
#[test]
fn the_examples_of_the_rfc_come_out_right() {
    let sorting = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
        "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    assert_eq!(
        canonicalise(sorting),
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\
         \"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    );
    let string =
        r#"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
    assert_eq!(canonicalise(string), r#"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#);
}
