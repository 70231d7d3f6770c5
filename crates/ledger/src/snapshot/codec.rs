//! The bytes of rows (docs/formats.md, "snapshots"). Deterministic: the same entries give the same bytes.

use docket_domain::event::StatusValue;
use docket_domain::term::{NumberBasis, Reporting};
use docket_domain::{EventKind, Label, StateName, Subject};
use docket_log::seal::SealedText;
use docket_projection::{Printed, Projection, Row, RowBounds, RowError, RowFact, RowTarget};

/// The tag of a record that names the next subject. Other records begin with the tag of their event's type and flags beside it.
const SUBJECT: u8 = 0x1e;
/// The tag of a record that gives the next status value.
const VALUE: u8 = 0x1f;
/// The bits of a first byte that hold the tag of a type.
const TAG: u8 = 0x1f;
/// The event is the first of its command, whose fingerprint follows.
const COMMAND: u8 = 0x20;
/// What depends on the type: an internal note, a number that is printed in another form.
const OTHER: u8 = 0x40;
/// An optional part is there.
const PART: u8 = 0x80;

/// The records of a block under construction.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    pub(super) bytes: Vec<u8>,
    recorded_at: i64,
}

impl Encoder {
    pub(super) fn subject(&mut self, subject: &Subject) {
        self.bytes.push(SUBJECT);
        self.text(&subject.to_string());
    }

    pub(super) fn value(&mut self, value: &StatusValue) {
        self.bytes.push(VALUE);
        self.text(value.label.as_ref().map_or("", Label::as_str));
        self.text(value.state.as_ref().map_or("", StateName::as_str));
        self.bytes.push(value.reporting.tag());
    }

    pub(super) fn row(&mut self, row: &Row) {
        let kind = u8::try_from(row.fact.kind().tag()).unwrap_or(TAG);
        let command = if row.command.is_some() { COMMAND } else { 0 };
        self.bytes.push(kind | command | flags(&row.fact));
        self.bytes.extend(row.id.to_le_bytes());
        self.bytes.extend(row.command.into_iter().flat_map(u32::to_le_bytes));
        self.number(u64::from(row.subject));
        self.difference(row.recorded_at, self.recorded_at);
        self.recorded_at = row.recorded_at;
        self.fact(row);
    }

    fn fact(&mut self, row: &Row) {
        match row.fact {
            RowFact::Status { bounds, value } => {
                self.bounds(bounds, row.recorded_at);
                self.number(u64::from(value));
            }
            RowFact::Registered { number, basis, .. } => {
                self.bytes.push(basis.tag());
                self.optional(number);
            }
            RowFact::Amended { number } => self.optional(number),
            RowFact::Corrected { target, value, bounds } => {
                self.target(target.as_ref(), row.recorded_at);
                self.optional(value);
                self.bytes.push(u8::from(bounds.is_some()));
                if let Some(bounds) = bounds {
                    self.bounds(bounds, row.recorded_at);
                }
            }
            RowFact::Retracted { target } | RowFact::Redacted { target } => {
                self.target(target.as_ref(), row.recorded_at);
            }
            RowFact::PublicNote | RowFact::InternalNote | RowFact::Other(_) => {}
        }
    }

    fn target(&mut self, target: Option<&RowTarget>, near: i64) {
        let Some(target) = target else { return };
        self.number(u64::from(target.index));
        self.number(u64::from(target.subject));
        let from = if target.from.is_some() { PART } else { 0 };
        self.bytes.push(u8::try_from(target.kind.tag()).unwrap_or(TAG) | from);
        if let Some(from) = target.from {
            self.difference(from, near);
        }
    }

    fn bounds(&mut self, bounds: RowBounds, near: i64) {
        let RowBounds { from, to } = bounds;
        self.bytes.push(u8::from(from.is_some()) | (u8::from(to.is_some()) << 1));
        if let Some(from) = from {
            self.difference(from, near);
        }
        if let Some(to) = to {
            self.difference(to, from.unwrap_or(near));
        }
    }

    fn optional(&mut self, number: Option<u32>) {
        self.number(number.map_or(0, |number| u64::from(number) + 1));
    }

    /// A time as its distance from another one, near ones in few bytes.
    fn difference(&mut self, time: i64, near: i64) {
        let distance = time.wrapping_sub(near);
        self.number(((distance << 1) ^ (distance >> 63)).cast_unsigned());
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(0x80 | u8::try_from(number & 0x7f).unwrap_or_default());
            number >>= 7;
        }
        self.bytes.push(u8::try_from(number).unwrap_or_default());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }
}

const fn flags(fact: &RowFact) -> u8 {
    match fact {
        RowFact::InternalNote | RowFact::Registered { printed: Printed::Otherwise, .. } => OTHER,
        RowFact::Corrected { target: Some(_), .. }
        | RowFact::Retracted { target: Some(_) }
        | RowFact::Redacted { target: Some(_) } => PART,
        _ => 0,
    }
}

/// Puts the records of a block into a projection: how many subjects and values it named, or what does not fit.
pub(super) fn decode(
    bytes: &[u8],
    rows: u32,
    projection: &mut Projection<SealedText>,
) -> Result<Named, RowError> {
    let mut decoder = Decoder { bytes, recorded_at: 0 };
    let mut named = Named::default();
    let mut left = rows;
    while !decoder.bytes.is_empty() {
        let bad = RowError { index: projection.size(), problem: "its bytes cannot be read" };
        let first = decoder.byte().ok_or_else(|| bad.clone())?;
        match first {
            SUBJECT => {
                let subject = decoder.text().and_then(|text| Subject::parse(text).ok()).ok_or(bad)?;
                projection.push_subject(&subject)?;
                named.subjects += 1;
            }
            VALUE => {
                projection.push_value(decoder.value().ok_or(bad)?)?;
                named.values += 1;
            }
            _ => {
                left = left.checked_sub(1).ok_or_else(|| bad.clone())?;
                projection.push_row(&decoder.row(first).ok_or(bad)?)?;
            }
        }
    }
    if left == 0 {
        return Ok(named);
    }
    Err(RowError { index: projection.size(), problem: "rows are missing" })
}

/// The places of the events that the rows of a block say are spoken about; what cannot be read ends them.
pub(super) fn spoken_about(bytes: &[u8]) -> Vec<u32> {
    let mut decoder = Decoder { bytes, recorded_at: 0 };
    let mut found = Vec::new();
    while let Some(first) = decoder.byte() {
        let read = match first {
            SUBJECT => decoder.text().map(drop),
            VALUE => decoder.value().map(drop),
            _ => decoder.row(first).map(|row| match row.fact {
                RowFact::Corrected { target: Some(target), .. }
                | RowFact::Retracted { target: Some(target) }
                | RowFact::Redacted { target: Some(target) } => found.push(target.index),
                _ => {}
            }),
        };
        if read.is_none() {
            break;
        }
    }
    found
}

/// The records of a block, written as they were read: the same bytes, or nothing where one cannot be read.
pub(super) fn again(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder { bytes, recorded_at: 0 };
    let mut encoder = Encoder::default();
    while let Some(first) = decoder.byte() {
        match first {
            SUBJECT => encoder.subject(&Subject::parse(decoder.text()?).ok()?),
            VALUE => encoder.value(&decoder.value()?),
            _ => encoder.row(&decoder.row(first)?),
        }
    }
    Some(encoder.bytes)
}

/// How many subjects and status values were named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) subjects: u32,
    pub(super) values: u32,
}

struct Decoder<'a> {
    bytes: &'a [u8],
    recorded_at: i64,
}

impl<'a> Decoder<'a> {
    fn row(&mut self, first: u8) -> Option<Row> {
        let id = self.fixed()?;
        let command = if first & COMMAND == 0 { None } else { Some(self.fixed()?) };
        let subject = self.short()?;
        self.recorded_at = self.difference(self.recorded_at)?;
        let kind = EventKind::from_tag(u16::from(first & TAG))?;
        let fact = self.fact(kind, first)?;
        // A row has one spelling: flags that its type does not have are none of ours.
        if first & (OTHER | PART) != flags(&fact) {
            return None;
        }
        Some(Row { id, command, subject, recorded_at: self.recorded_at, fact })
    }

    fn fact(&mut self, kind: EventKind, first: u8) -> Option<RowFact> {
        let is_other = first & OTHER != 0;
        Some(match kind {
            EventKind::StatusReported => RowFact::Status { bounds: self.bounds()?, value: self.short()? },
            EventKind::NoteRecorded if is_other => RowFact::InternalNote,
            EventKind::NoteRecorded => RowFact::PublicNote,
            EventKind::RecommendationRegistered => RowFact::Registered {
                basis: NumberBasis::from_tag(self.byte()?)?,
                number: self.optional()?,
                printed: if is_other { Printed::Otherwise } else { Printed::Plainly },
            },
            EventKind::RecommendationAmended => RowFact::Amended { number: self.optional()? },
            EventKind::EventCorrected => RowFact::Corrected {
                target: self.target(first)?,
                value: self.optional()?,
                bounds: match self.byte()? {
                    0 => None,
                    1 => Some(self.bounds()?),
                    _ => return None,
                },
            },
            EventKind::EventRetracted => RowFact::Retracted { target: self.target(first)? },
            EventKind::TextRedacted => RowFact::Redacted { target: self.target(first)? },
            other => RowFact::Other(other),
        })
    }

    /// The target of a modification: `Some(None)` where it names no earlier event.
    #[expect(clippy::option_option, reason = "the outer one says that bytes are missing")]
    fn target(&mut self, first: u8) -> Option<Option<RowTarget>> {
        if first & PART == 0 {
            return Some(None);
        }
        let (index, subject) = (self.short()?, self.short()?);
        let kind = self.byte().filter(|kind| kind & !(TAG | PART) == 0)?;
        let from = if kind & PART == 0 { None } else { Some(self.difference(self.recorded_at)?) };
        let kind = EventKind::from_tag(u16::from(kind & TAG))?;
        Some(Some(RowTarget { index, subject, kind, from }))
    }

    fn bounds(&mut self) -> Option<RowBounds> {
        let which = self.byte().filter(|which| *which <= 3)?;
        let from = if which & 1 == 0 { None } else { Some(self.difference(self.recorded_at)?) };
        let near = from.unwrap_or(self.recorded_at);
        let to = if which & 2 == 0 { None } else { Some(self.difference(near)?) };
        Some(RowBounds { from, to })
    }

    fn value(&mut self) -> Option<StatusValue> {
        let (label, state) = (self.text()?, self.text()?);
        let label = if label.is_empty() { None } else { Some(Label::new(label).ok()?) };
        let state = if state.is_empty() { None } else { Some(StateName::new(state).ok()?) };
        Some(StatusValue { label, state, reporting: Reporting::from_tag(self.byte()?)? })
    }

    #[expect(clippy::option_option, reason = "the outer one says that bytes are missing")]
    fn optional(&mut self) -> Option<Option<u32>> {
        match self.number()?.checked_sub(1) {
            None => Some(None),
            Some(number) => u32::try_from(number).ok().map(Some),
        }
    }

    fn difference(&mut self, near: i64) -> Option<i64> {
        let number = self.number()?;
        let distance = (number >> 1).cast_signed() ^ -((number & 1).cast_signed());
        Some(near.wrapping_add(distance))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                // No number ends in zeros that say nothing.
                return (bits != 0 || shift == 0).then_some(number);
            }
        }
        None
    }

    fn short(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    fn fixed(&mut self) -> Option<u32> {
        let (first, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(u32::from_le_bytes(*first))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }
}
