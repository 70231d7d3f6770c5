//! `source.toml`: what a person states about a source and about the layout of its table.
//!
//! Nothing in it is about one row. A value that makes no sense is refused with its key.

use std::path::{Component, Path};

use chrono::NaiveDate;
use docket_domain::time::parse_day;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    EXPECTED_COUNT_MAX, LABEL_BYTES_MAX,
    error::ImportError,
    model::names,
    raw,
    vocabulary::{Reporting, Vocabulary},
};

/// The manifest of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The register that the source states something about.
    pub register: Register,
    /// The document.
    pub document: Document,
    /// Where the document comes from and when it was written.
    pub source: Source,
    /// How its table is laid out.
    pub layout: Layout,
    /// What its labels mean.
    pub vocabulary: Vocabulary,
}

/// The register of a source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// The id, a slug.
    pub id: String,
    /// The title.
    pub title: String,
    /// Who publishes it, and so on whose word its statuses are.
    pub publisher: String,
    /// The IANA time zone in which its dates are meant.
    pub time_zone: String,
    /// The name of the log that a first import makes.
    pub origin: String,
    /// How many recommendations the register has.
    pub expected_count: u32,
}

/// The document of a source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The file in the folder.
    pub file: String,
    /// The SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
}

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What to call it.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// When what it states was written.
    pub interval: Interval,
}

/// The days between which a document was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The first possible day.
    pub from: NaiveDate,
    /// The last possible day, included.
    pub to: NaiveDate,
    /// How the interval is known.
    pub basis: IntervalBasis,
    /// The reasons, one sentence each; never empty for an inferred interval.
    pub derivation: Vec<String>,
}

/// How an interval is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalBasis {
    /// The document says so.
    Stated,
    /// A person concluded it from the document.
    Inferred,
}

/// How the table of a document is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// What stands between cells.
    pub separator: Separator,
    /// How many blank lines, at least, stand for a page break. A form feed always does.
    pub page_break_blank_lines: u32,
    /// Which numbers are readable.
    pub number_style: NumberStyle,
    /// Whether lines with fewer cells than columns may have lost the number column, rather than cells at the end.
    pub number_column_may_be_lost: bool,
    /// The columns, in printed order.
    pub columns: Vec<Column>,
}

/// What stands between the cells of a line. Cells are never quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Separator {
    /// A tab.
    Tab,
    /// `|`
    Pipe,
    /// `;`
    Semicolon,
}

impl Separator {
    /// The character.
    #[must_use]
    pub const fn character(self) -> char {
        match self {
            Self::Tab => '\t',
            Self::Pipe => '|',
            Self::Semicolon => ';',
        }
    }
}

/// Which numbers are readable; anything else in a number cell is a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NumberStyle {
    /// 7
    Integer,
    /// 7 and 7a
    Lettered,
    /// III.2, 4.1 and 4.1a
    Sectioned,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What it holds.
    pub role: ColumnRole,
    /// What its head prints; empty if nothing.
    pub header: String,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnRole {
    /// The number of the recommendation. At most one column.
    Number,
    /// The text of the recommendation. Exactly one column.
    Text,
    /// Progress notes. Any count of columns, a note of each.
    Notes,
    /// The status label. At most one column.
    Status,
    /// Anything else: kept as printed and not interpreted.
    Other,
}

names! {
    IntervalBasis { Stated = "stated", Inferred = "inferred" }
    ColumnRole { Number = "number", Text = "text", Notes = "notes", Status = "status", Other = "other" }
}

impl Layout {
    /// The place of the first column with a role.
    #[must_use]
    pub fn place(&self, role: ColumnRole) -> Option<usize> {
        self.columns.iter().position(|column| column.role == role)
    }

    /// What a column holds; the role `other` for one that the layout does not have.
    #[must_use]
    pub fn role(&self, column: usize) -> ColumnRole {
        self.columns.get(column).map_or(ColumnRole::Other, |column| column.role)
    }
}

impl Document {
    /// Checks that bytes are those of the document.
    ///
    /// # Errors
    /// [`ImportError::OtherDocument`] with both digests; [`ImportError::Value`] if only the stated size is wrong.
    pub fn check(&self, bytes: &[u8]) -> Result<(), ImportError> {
        let found = hex::encode(Sha256::digest(bytes));
        if found != self.sha256 {
            return Err(ImportError::OtherDocument {
                file: self.file.clone(),
                stated: self.sha256.clone(),
                found,
            });
        }
        if bytes.len() as u64 == self.bytes {
            return Ok(());
        }
        let message = format!("is {}, but {} has {} bytes", self.bytes, self.file, bytes.len());
        Err(ImportError::Value { file: "source.toml".to_owned(), key: "document.bytes".to_owned(), message })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawManifest {
    register: Register,
    document: Document,
    source: RawSource,
    layout: Layout,
    vocabulary: Vocabulary,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    publisher: String,
    interval: RawInterval,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInterval {
    from: String,
    to: String,
    basis: IntervalBasis,
    #[serde(default)]
    derivation: Vec<String>,
}

/// Reads `source.toml`.
///
/// # Errors
/// [`ImportError::Toml`] with the line, or [`ImportError::Value`] with the key.
pub fn parse(text: &str, file: &str) -> Result<Manifest, ImportError> {
    let parsed: RawManifest = raw::read(text, file)?;
    let check = Check { file };
    check.register(&parsed.register)?;
    check.document(&parsed.document)?;
    check.layout(&parsed.layout)?;
    check.vocabulary(&parsed.vocabulary)?;
    Ok(Manifest {
        source: check.source(parsed.source)?,
        register: parsed.register,
        document: parsed.document,
        layout: parsed.layout,
        vocabulary: parsed.vocabulary,
    })
}

/// The checks of values; each failure names the file and the key.
struct Check<'a> {
    file: &'a str,
}

impl Check<'_> {
    fn that(&self, holds: bool, key: &str, message: impl Into<String>) -> Result<(), ImportError> {
        if holds { Ok(()) } else { Err(self.error(key, message)) }
    }

    fn error(&self, key: &str, message: impl Into<String>) -> ImportError {
        ImportError::Value { file: self.file.to_owned(), key: key.to_owned(), message: message.into() }
    }

    fn words(&self, value: &str, key: &str) -> Result<(), ImportError> {
        let fits = !value.trim().is_empty() && value.trim() == value && !value.contains(char::is_control);
        self.that(fits, key, "must be a line of text without space around it")
    }

    fn slug(&self, value: &str, key: &str) -> Result<(), ImportError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = !value.is_empty() && value.len() <= 255 && value.chars().all(allowed);
        self.that(fits, key, format!("is {value:?}; it must be lower-case letters, digits and '-'"))
    }

    fn register(&self, register: &Register) -> Result<(), ImportError> {
        self.slug(&register.id, "register.id")?;
        self.words(&register.title, "register.title")?;
        self.words(&register.publisher, "register.publisher")?;
        self.that(
            register.time_zone.parse::<chrono_tz::Tz>().is_ok(),
            "register.time_zone",
            format!("is {:?}, which is no IANA time zone such as \"America/Chicago\"", register.time_zone),
        )?;
        let origin = &register.origin;
        let graphic = |c: char| c.is_ascii_graphic() && !matches!(c, '+' | '"' | '\\');
        let fits = !origin.is_empty()
            && origin.len() <= 255
            && origin.chars().all(graphic)
            && !origin.contains("://");
        self.that(
            fits,
            "register.origin",
            format!("is {origin:?}; it must be a URL without scheme, spaces and '+'"),
        )?;
        let count = register.expected_count;
        self.that(
            (1..=EXPECTED_COUNT_MAX).contains(&count),
            "register.expected_count",
            format!("is {count}; it must be 1 to {EXPECTED_COUNT_MAX}"),
        )
    }

    fn document(&self, document: &Document) -> Result<(), ImportError> {
        let mut components = Path::new(&document.file).components();
        let plain = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
        self.that(
            plain,
            "document.file",
            format!("is {:?}; it must be a file of this folder", document.file),
        )?;
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let digest = document.sha256.len() == 64 && document.sha256.bytes().all(digit);
        self.that(digest, "document.sha256", "must be 64 lower-case hexadecimal digits")?;
        self.that(
            document.media_type.contains('/'),
            "document.media_type",
            "must be a media type such as \"text/plain\"",
        )?;
        self.words(&document.media_type, "document.media_type")
    }

    fn source(&self, source: RawSource) -> Result<Source, ImportError> {
        self.words(&source.title, "source.title")?;
        self.words(&source.publisher, "source.publisher")?;
        let RawInterval { from, to, basis, derivation } = source.interval;
        let from = self.date(&from, "source.interval.from")?;
        let to = self.date(&to, "source.interval.to")?;
        self.that(from <= to, "source.interval.to", format!("is {to}, before the first day {from}"))?;
        for reason in &derivation {
            self.words(reason, "source.interval.derivation")?;
        }
        let explained = basis == IntervalBasis::Stated || !derivation.is_empty();
        self.that(explained, "source.interval.derivation", "must give the reasons for an inferred interval")?;
        Ok(Source {
            title: source.title,
            publisher: source.publisher,
            interval: Interval { from, to, basis, derivation },
        })
    }

    fn date(&self, value: &str, key: &str) -> Result<NaiveDate, ImportError> {
        parse_day(value)
            .map_err(|_| self.error(key, format!("is {value:?}, which is no date such as \"2025-03-06\"")))
    }

    fn layout(&self, layout: &Layout) -> Result<(), ImportError> {
        self.that(layout.page_break_blank_lines > 0, "layout.page_break_blank_lines", "must be at least 1")?;
        let count = |role| layout.columns.iter().filter(|column| column.role == role).count();
        self.that(
            count(ColumnRole::Text) == 1,
            "layout.columns",
            "must have exactly one column with role \"text\"",
        )?;
        for role in [ColumnRole::Number, ColumnRole::Status] {
            self.that(
                count(role) <= 1,
                "layout.columns",
                format!("has several columns with role \"{role}\""),
            )?;
        }
        let bears_rows = count(ColumnRole::Number) + count(ColumnRole::Status) > 0;
        self.that(
            bears_rows,
            "layout.columns",
            "must have a number or a status column, or rows cannot be told apart",
        )
    }

    fn vocabulary(&self, vocabulary: &Vocabulary) -> Result<(), ImportError> {
        let mut states = std::collections::BTreeSet::new();
        for state in &vocabulary.states {
            self.slug(&state.name, "vocabulary.states.name")?;
            let first = states.insert(state.name.as_str());
            self.that(first, "vocabulary.states", format!("defines {:?} twice", state.name))?;
        }
        let mut labels = std::collections::BTreeSet::new();
        for label in &vocabulary.labels {
            self.words(&label.printed, "vocabulary.labels.printed")?;
            let fits = label.printed.len() <= LABEL_BYTES_MAX;
            self.that(
                fits,
                "vocabulary.labels.printed",
                format!("is over {LABEL_BYTES_MAX} bytes: {:?}", label.printed),
            )?;
            let first = labels.insert(label.printed.as_str());
            self.that(first, "vocabulary.labels", format!("defines {:?} twice", label.printed))?;
            if let Some(state) = &label.state {
                let known = states.contains(state.as_str());
                let message =
                    format!("maps {:?} to {state:?}, which is not among vocabulary.states", label.printed);
                self.that(known, "vocabulary.labels.state", message)?;
                let message =
                    format!("gives {:?} a state, but says that nothing was reported", label.printed);
                self.that(label.reporting == Reporting::Reported, "vocabulary.labels.reporting", message)?;
            }
        }
        Ok(())
    }
}
