//! Commands that record about a recommendation besides its statuses and notes, and about the register as a whole.

use std::path::PathBuf;

use clap::Args;
use docket_domain::event::Figure;
use docket_domain::term::{AssignmentAttribute, NumberBasis, TextBasis};
use docket_domain::{Actor, Asserter, CommandId, RegisterId};

use super::ReportFormat;
use super::write::{WriteOptions, command_id, names};

/// Correct or supplement the number or text of a recommendation
///
/// What was registered stays in the log, and answers at an earlier --known-at stay as they were. A status or note is corrected with
/// `docket correct` instead.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket amend 37 --text-file 37.txt --text-basis printed --reason \"quoted whole by the press\" --source-url https://example.org/report
  docket amend line-57 --number 70 --number-basis inferred --reason \"it stands between 69 and 71\"")]
#[command(group(clap::ArgGroup::new("amended").args(["number", "text", "text_file", "number_basis", "text_basis"]).required(true).multiple(true)))]
pub(crate) struct AmendArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// The right number
    #[arg(long, value_name = "NUMBER", requires = "number_basis")]
    pub(crate) number: Option<u32>,
    /// The right text; `-` reads standard input
    #[arg(long, requires = "text_basis", conflicts_with = "text_file")]
    pub(crate) text: Option<String>,
    /// A file that holds the right text
    #[arg(long, value_name = "FILE", requires = "text_basis")]
    pub(crate) text_file: Option<PathBuf>,
    /// How the number is known: printed, inferred or missing
    #[arg(long, value_name = "BASIS", value_parser = number_basis)]
    pub(crate) number_basis: Option<NumberBasis>,
    /// How much of the text is known: printed, partial or unknown
    #[arg(long, value_name = "BASIS", value_parser = text_basis)]
    pub(crate) text_basis: Option<TextBasis>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Where it can be read
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: Option<String>,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Attach a document or an address as evidence
///
/// A document is kept whole, under its SHA-256, before the event that names it is recorded.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record evidence 7 contract.pdf --title \"The signed contract\" --for 7@4
  docket record evidence 7 --url https://example.org/minutes --title \"Minutes of 1 April\"")]
#[command(group(clap::ArgGroup::new("evidence").args(["file", "url"]).required(true).multiple(true)))]
pub(crate) struct EvidenceArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// The document
    pub(crate) file: Option<PathBuf>,
    /// Its address
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// What to call it
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// The media type of the document [default: by the end of its name]
    #[arg(long, value_name = "TYPE", value_parser = media_type, requires = "file")]
    pub(crate) media_type: Option<String>,
    /// The statement that it supports: an event id, or 7@3
    #[arg(long = "for", value_name = "EVENT")]
    pub(crate) supports: Option<String>,
    /// On whose word [default: the register's publisher]
    #[arg(long, value_name = "NAME", value_parser = Asserter::new)]
    pub(crate) asserted_by: Option<Asserter>,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// Set or clear an owner, a category, a target date or dependencies
///
/// Several of them are recorded together, all or none. A dependency on a recommendation that waits, over however many others, for this
/// one is refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record assignment 44 --owner \"Birmingham Police Department\" --target-date 2025-09
  docket record assignment 44 --depends-on 39 --reason \"waiting for recruitment of personnel\"
  docket record assignment 44 --clear owner --clear dependency:39")]
#[command(group(clap::ArgGroup::new("assigned").args(["owner", "category", "target_date", "depends_on", "clear"]).required(true).multiple(true)))]
pub(crate) struct AssignmentArguments {
    /// The recommendation: its number or key
    #[arg(value_name = "N")]
    pub(crate) recommendation: String,
    /// Who is responsible
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// Which group of recommendations it is counted in
    #[arg(long, value_name = "NAME")]
    pub(crate) category: Option<String>,
    /// When it is promised for: 2025-04-01, 2025-04, A/B
    #[arg(long, value_name = "WHEN")]
    pub(crate) target_date: Option<String>,
    /// The number or key of a recommendation that it waits for; may be given several times
    #[arg(long, value_name = "M")]
    pub(crate) depends_on: Vec<String>,
    /// What no longer holds: owner, category, target-date, dependency (all of them) or dependency:M
    #[arg(long, value_name = "WHAT", value_parser = cleared)]
    pub(crate) clear: Vec<Cleared>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Since when it holds: 2025-04-01, 2025-04, A/B or unknown [default: when recorded]
    #[arg(long, value_name = "WHEN")]
    pub(crate) effective: Option<String>,
    /// On whose word [default: the register's publisher]
    #[arg(long, value_name = "NAME", value_parser = Asserter::new)]
    pub(crate) asserted_by: Option<Asserter>,
    #[command(flatten)]
    pub(crate) write: WriteOptions,
}

/// What is cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cleared {
    pub(crate) attribute: AssignmentAttribute,
    /// The one dependency, by number or key.
    pub(crate) dependency: Option<String>,
}

/// Who records what has no version before, and how the outcome is printed.
#[derive(Debug, Args)]
pub(crate) struct NewOptions {
    /// Who records it [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) by: Option<Actor>,
    /// The register; needed where the log holds several
    #[arg(long, value_name = "ID", value_parser = RegisterId::new)]
    pub(crate) register: Option<RegisterId>,
    /// An id for this command: repeated with the same id, it is recorded once
    #[arg(long, value_name = "UUID", value_parser = command_id)]
    pub(crate) command_id: Option<CommandId>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

impl NewOptions {
    pub(crate) fn write(&self) -> WriteOptions {
        WriteOptions {
            by: self.by.clone(),
            register: self.register.clone(),
            expect_version: None,
            command_id: self.command_id,
            format: self.format,
        }
    }
}

/// Record a public statement about totals
///
/// A figure is named by what it counts: states of the register's vocabulary, joined by `+` where they were published as one figure
/// (planning+development), no-update, unknown, rest (the total without the other figures) or total. Other names are kept as they are, but
/// cannot be compared with the log.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record claim --figure planning+development=23 --figure pre-launch+in-progress=23 --effective 2025-02-11 \\
    --text \"46 of 82 are under way\" --asserted-by \"City of Birmingham, Alabama\" --source-url https://example.org/update")]
pub(crate) struct ClaimArguments {
    /// A figure and its value; may be given several times
    #[arg(long = "figure", value_name = "NAME=VALUE", value_parser = figure, required = true)]
    pub(crate) figures: Vec<Figure>,
    /// What was published, in words; `-` reads standard input
    #[arg(long)]
    pub(crate) text: String,
    /// The day that it speaks of, in the register's zone
    #[arg(long, value_name = "WHEN")]
    pub(crate) effective: String,
    /// Who published it
    #[arg(long, value_name = "NAME", value_parser = Asserter::new)]
    pub(crate) asserted_by: Asserter,
    /// Where it can be read
    #[arg(long, value_name = "URL")]
    pub(crate) source_url: String,
    #[command(flatten)]
    pub(crate) write: NewOptions,
}

/// Record the public statements of a file, all or none
///
/// The file names its register; each `[[claim]]` has `asserted_by`, effective, `source_url`, text and figures. The same file is recorded once.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record claims seeds/birmingham-crime-commission/claims.toml --by clerk")]
pub(crate) struct ClaimsArguments {
    /// The file
    pub(crate) file: PathBuf,
    /// Who records it [default: the user of the operating system]
    #[arg(long, value_name = "ACTOR", value_parser = Actor::new)]
    pub(crate) by: Option<Actor>,
    /// How the outcome is printed
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub(crate) format: ReportFormat,
}

/// Record that a range of the log was reviewed
///
/// The reviewer is who records it. Entries count from 0, and --to-index is the first one that was not reviewed: 0 to the size of the log
/// is all of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  docket record review --from-index 0 --to-index 228 --findings \"All rows agree with the table\" --by auditor")]
pub(crate) struct ReviewArguments {
    /// The first entry reviewed
    #[arg(long, value_name = "INDEX")]
    pub(crate) from_index: u64,
    /// The entry after the last one reviewed
    #[arg(long, value_name = "INDEX")]
    pub(crate) to_index: u64,
    /// What was found; `-` reads standard input
    #[arg(long, value_name = "TEXT")]
    pub(crate) findings: String,
    #[command(flatten)]
    pub(crate) write: NewOptions,
}

fn number_basis(value: &str) -> Result<NumberBasis, String> {
    NumberBasis::from_name(value).ok_or_else(|| names(NumberBasis::ALL))
}

fn text_basis(value: &str) -> Result<TextBasis, String> {
    TextBasis::from_name(value).ok_or_else(|| names(TextBasis::ALL))
}

fn cleared(value: &str) -> Result<Cleared, String> {
    let (attribute, dependency) = match value.split_once(':') {
        Some((attribute, dependency)) => (attribute, Some(dependency)),
        None => (value, None),
    };
    match (AssignmentAttribute::from_name(attribute), dependency) {
        (Some(attribute), None) => Ok(Cleared { attribute, dependency: None }),
        (Some(AssignmentAttribute::Dependency), Some(dependency)) if !dependency.is_empty() => {
            let dependency = Some(dependency.to_owned());
            Ok(Cleared { attribute: AssignmentAttribute::Dependency, dependency })
        }
        _ => Err(format!("{} or dependency:M", names(AssignmentAttribute::ALL))),
    }
}

/// A figure as `planning+development=23`.
fn figure(value: &str) -> Result<Figure, String> {
    let form = || "expected NAME=VALUE such as planning+development=23".to_owned();
    let (name, value) = value.rsplit_once('=').ok_or_else(form)?;
    let value = value.parse().map_err(|_| form())?;
    Ok(Figure { name: name.trim().to_owned(), value })
}

fn media_type(value: &str) -> Result<String, String> {
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '"' | ',' | '\\'))
    };
    let fits =
        value.len() <= 255 && value.split_once('/').is_some_and(|(kind, name)| part(kind) && part(name));
    if fits { Ok(value.to_owned()) } else { Err("expected a media type such as application/pdf".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_what_is_cleared_are_read_from_their_one_form() {
        let figure = |value| super::figure(value).map(|figure| (figure.name, figure.value)).ok();
        assert_eq!(figure("planning+development=23"), Some(("planning+development".to_owned(), 23)));
        assert_eq!(figure("a=b=3"), Some(("a=b".to_owned(), 3)));
        assert_eq!((figure("rest"), figure("rest=-1"), figure("rest=1.5")), (None, None, None));
        let attribute =
            |value| cleared(value).map(|cleared| (cleared.attribute.as_str(), cleared.dependency)).ok();
        assert_eq!(attribute("dependency:7"), Some(("dependency", Some("7".to_owned()))));
        assert_eq!(attribute("dependency"), Some(("dependency", None)));
        assert_eq!(attribute("target-date"), Some(("target-date", None)));
        assert_eq!((attribute("owner:7"), attribute("dependency:"), attribute("date")), (None, None, None));
        assert!(media_type("text/plain;charset=utf-8").is_ok());
        for refused in ["text", "/", "a/b/c", "text/", "text/pl ain"] {
            assert!(media_type(refused).is_err(), "{refused}");
        }
    }
}
