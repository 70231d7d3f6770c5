//! Canonical JSON, printed by hand: the same bytes as the serialiser's, in a quarter of its time.
//!
//! Every value prints itself into the buffer: nothing is cloned, allocated or formatted by way of [`std::fmt`]. The serialiser of
//! [`super::form`] stays the oracle: tests compare the two byte by byte, and what is refused here is printed again by it, because it says
//! what is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::term::{
    ActorBasis, AssignmentAttribute, AssignmentChange, Basis, NoteRole, NumberBasis, Precision, Reporting,
    TextBasis, Visibility,
};
use docket_domain::{
    Actor, Asserter, CommandId, Digest, EventId, Key, Label, Origin, RegisterId, StateName, Subject,
    TEXT_BYTES_MAX, Timestamp, Zone,
};
use uuid::Uuid;

use super::form::INTEGER_MAX;
use crate::seal::SealedText;

/// A value has no form; the serialiser says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// A value that prints its canonical JSON.
pub(crate) trait Print {
    /// Appends the JSON; what was appended before a refusal is left there.
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused>;
}

/// Prints a struct field by field; the fields stand in the order of their names.
macro_rules! print_fields {
    ($value:expr, $out:ident, $($field:ident)+) => {{
        let start = $out.len();
        $(
            $out.extend_from_slice(concat!(",\"", stringify!($field), "\":").as_bytes());
            $crate::wire::print::Print::print(&$value.$field, $out)?;
        )+
        if let Some(first) = $out.get_mut(start) {
            *first = b'{';
        }
        $out.push(b'}');
        Ok(())
    }};
}
pub(crate) use print_fields;

impl<T: Print> Print for Option<T> {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        if let Some(value) = self {
            return value.print(out);
        }
        out.extend_from_slice(b"null");
        Ok(())
    }
}

impl<T: Print> Print for Vec<T> {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        out.push(b'[');
        for (place, value) in self.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            value.print(out)?;
        }
        out.push(b']');
        Ok(())
    }
}

impl Print for bool {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
        Ok(())
    }
}

impl Print for u32 {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        integer(u64::from(*self), out);
        Ok(())
    }
}

impl Print for u64 {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        if *self > INTEGER_MAX {
            return Err(Refused);
        }
        integer(*self, out);
        Ok(())
    }
}

impl Print for i64 {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        if *self < 0 {
            out.push(b'-');
        }
        self.unsigned_abs().print(out)
    }
}

impl Print for (u32, u32) {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        out.push(b'[');
        integer(u64::from(self.0), out);
        out.push(b',');
        integer(u64::from(self.1), out);
        out.push(b']');
        Ok(())
    }
}

impl Print for String {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        text(self, out);
        Ok(())
    }
}

/// Values that are a string which they hold.
macro_rules! names {
    ($($type:ident),+) => { $(
        impl Print for $type {
            fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
                text(self.as_str(), out);
                Ok(())
            }
        }
    )+ };
}

names!(Actor, Asserter, Key, Label, Origin, RegisterId, StateName);
names!(
    ActorBasis,
    AssignmentAttribute,
    AssignmentChange,
    Basis,
    NoteRole,
    NumberBasis,
    Precision,
    Reporting,
    TextBasis,
    Visibility
);

impl Print for Zone {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        text(self.name(), out);
        Ok(())
    }
}

impl Print for EventId {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        uuid(Uuid::from_bytes(self.to_bytes()), out);
        Ok(())
    }
}

impl Print for CommandId {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        uuid(Uuid::from_bytes(self.to_bytes()), out);
        Ok(())
    }
}

fn uuid(uuid: Uuid, out: &mut Vec<u8>) {
    let mut digits = Uuid::encode_buffer();
    quoted(uuid.hyphenated().encode_lower(&mut digits).as_bytes(), out);
}

impl Print for Digest {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        quoted(hexadecimal(self.as_bytes()).as_flattened(), out);
        Ok(())
    }
}

fn hexadecimal(bytes: &[u8; 32]) -> [[u8; 2]; 32] {
    // Without a branch, and filled in place: so it is done for many bytes at once.
    let digit = |nibble: u8| b'0' + nibble + u8::from(nibble > 9) * (b'a' - b'0' - 10);
    let mut digits = [[0; 2]; 32];
    for (digits, byte) in digits.iter_mut().zip(bytes) {
        *digits = [digit(byte >> 4), digit(byte & 15)];
    }
    digits
}

impl Print for Subject {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        out.push(b'"');
        push_subject(self, out);
        out.push(b'"');
        Ok(())
    }
}

/// A subject as printed. Nothing in it needs an escape: see the characters that ids of registers and keys may have.
pub(super) fn push_subject(subject: &Subject, out: &mut Vec<u8>) {
    let Some(register) = subject.register() else {
        return out.extend_from_slice(b"log");
    };
    out.extend_from_slice(register.as_str().as_bytes());
    match subject {
        Subject::Log => {}
        Subject::Register(_) => out.extend_from_slice(b"/register"),
        Subject::Recommendation(_, key) => {
            out.extend_from_slice(b"/recommendation/");
            out.extend_from_slice(key.as_str().as_bytes());
        }
        Subject::Source(_, sha256) => {
            out.extend_from_slice(b"/source/");
            out.extend_from_slice(hexadecimal(sha256.as_bytes()).as_flattened());
        }
        Subject::Claim(_, id) => push_id(b"/claim/", id, out),
        Subject::Review(_, id) => push_id(b"/review/", id, out),
    }
}

fn push_id(kind: &[u8], id: &Uuid, out: &mut Vec<u8>) {
    let mut digits = Uuid::encode_buffer();
    out.extend_from_slice(kind);
    out.extend_from_slice(id.hyphenated().encode_lower(&mut digits).as_bytes());
}

impl Print for SealedText {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        if self.bytes as usize > TEXT_BYTES_MAX {
            return Err(Refused);
        }
        out.extend_from_slice(b"{\"bytes\":");
        integer(u64::from(self.bytes), out);
        out.extend_from_slice(b",\"sealed\":");
        let mut digits = [0; 44];
        STANDARD.encode_slice(self.digest.as_bytes(), &mut digits).map_err(|_| Refused)?;
        quoted(&digits, out);
        out.push(b'}');
        Ok(())
    }
}

impl Print for Timestamp {
    fn print(&self, out: &mut Vec<u8>) -> Result<(), Refused> {
        quoted(&rfc3339(*self), out);
        Ok(())
    }
}

const MICROS_PER_DAY: u64 = 86_400_000_000;

/// 0000-03-01 to 1970-01-01, in days. Years that begin in March end with the day that leap years add.
const DAYS_BEFORE_1970: i64 = 719_468;
const DAYS_PER_400_YEARS: u64 = 146_097;
const DAYS_PER_100_YEARS: u64 = 36_524;
const DAYS_PER_4_YEARS: u64 = 1_461;

/// A time as RFC 3339 with six fractional digits and `Z`. The years 1 to 9999 make all that follows positive.
fn rfc3339(time: Timestamp) -> [u8; 27] {
    let since_march_of_year_0 = DAYS_BEFORE_1970.unsigned_abs() * MICROS_PER_DAY;
    let micros = since_march_of_year_0.saturating_add_signed(time.as_micros());
    let (day, micros) = (micros / MICROS_PER_DAY, micros % MICROS_PER_DAY);
    let (cycle, day) = (day / DAYS_PER_400_YEARS, day % DAYS_PER_400_YEARS);
    // Leap days are taken out before dividing by 365: one in 4 years but not in 100, and the last day of the cycle.
    let leap_days = day / (DAYS_PER_4_YEARS - 1) + day / (DAYS_PER_400_YEARS - 1) - day / DAYS_PER_100_YEARS;
    let year = (day - leap_days) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // The months from March on take 31, 30, 31, 30, 31 days again and again: 153 in five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = cycle * 400 + year + u64::from(month >= 10);
    let month = if month < 10 { month + 3 } else { month - 9 };
    let seconds = micros / 1_000_000;
    let [hour, minute, second] = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let d = |number: u64| b'0' + (number % 10) as u8;
    [
        d(year / 1000),
        d(year / 100),
        d(year / 10),
        d(year),
        b'-',
        d(month / 10),
        d(month),
        b'-',
        d(day / 10),
        d(day),
        b'T',
        d(hour / 10),
        d(hour),
        b':',
        d(minute / 10),
        d(minute),
        b':',
        d(second / 10),
        d(second),
        b'.',
        d(micros / 100_000),
        d(micros / 10_000),
        d(micros / 1000),
        d(micros / 100),
        d(micros / 10),
        d(micros),
        b'Z',
    ]
}

/// An integer in as many digits as it has.
fn integer(value: u64, out: &mut Vec<u8>) {
    if value < 10 {
        return out.push(b'0' + (value % 10) as u8);
    }
    let digits = digits(value);
    let leading = digits.iter().position(|&digit| digit != b'0').unwrap_or_default();
    out.extend_from_slice(digits.get(leading..).unwrap_or_default());
}

/// All 20 digits that a `u64` can have: how a sequence is printed.
pub(super) fn digits(mut value: u64) -> [u8; 20] {
    let mut digits = [b'0'; 20];
    for digit in digits.iter_mut().rev() {
        if value == 0 {
            break;
        }
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    digits
}

/// Puts quotes around what needs no escape.
pub(super) fn quoted(plain: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(plain);
    out.push(b'"');
}

/// A string as RFC 8785 section 3.2.2.2 spells it.
pub(super) fn text(value: &str, out: &mut Vec<u8>) {
    let needs_escape = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Without an early end: so it is done for many bytes at once.
    let is_plain = !value.bytes().fold(false, |found, byte| found | needs_escape(byte));
    if is_plain {
        return quoted(value.as_bytes(), out);
    }
    out.push(b'"');
    for byte in value.bytes() {
        match byte {
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0..0x20 => {
                let low = byte & 15;
                let low = low + if low < 10 { b'0' } else { b'a' - 10 };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), low]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(value: &impl Print) -> String {
        let mut out = Vec::new();
        value.print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn time(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros).unwrap()
    }

    #[test]
    fn the_days_around_every_end_of_february_are_those_of_the_calendar() {
        let day = 86_400_000_000_i64;
        for year in 1..=9999_i64 {
            // Within two days of the end of February, and the last microsecond of the year.
            let march = (DAYS_PER_400_YEARS.cast_signed() * year) / 400 - DAYS_BEFORE_1970;
            for offset in -3..=3 {
                let time = time((march + offset) * day + 1);
                assert_eq!(printed(&time), format!("\"{time}\""));
            }
            let end = time(((march + 306) * day - 1).min(253_402_300_799_999_999));
            assert_eq!(printed(&end), format!("\"{end}\""));
        }
        for extreme in [-62_135_596_800_000_000, -1, 0, 253_402_300_799_999_999] {
            assert_eq!(printed(&time(extreme)), format!("\"{}\"", time(extreme)));
        }
    }

    proptest! {
        #[test]
        fn times_are_those_of_the_calendar(micros in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
            prop_assert_eq!(printed(&time(micros)), format!("\"{}\"", time(micros)));
        }

        #[test]
        fn strings_are_escaped_as_the_serialiser_does(value in "[\\x00-\\x7f😀ø\u{80}\u{2028}]{0,40}") {
            prop_assert_eq!(printed(&value), serde_json::to_string(&value).unwrap());
        }

        #[test]
        fn integers_have_the_digits_that_they_have(value in any::<i64>(), bits in 0_u32..64) {
            let value = value >> bits;
            let mut out = Vec::new();
            let expected = value.unsigned_abs() <= INTEGER_MAX;
            prop_assert_eq!(value.print(&mut out).is_ok(), expected);
            if expected {
                prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
            }
            let digits = digits(value.unsigned_abs()).to_vec();
            prop_assert_eq!(String::from_utf8(digits).unwrap(), format!("{:020}", value.unsigned_abs()));
        }
    }
}
