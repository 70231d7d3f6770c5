//! `docket redact`: lists where else the words stand, and destroys what was chosen.

use std::fmt;
use std::path::Path;

use docket_domain::RegisterId;
use docket_ledger::redact::{self, Order, Part, Place, Survey, Unsearched};
use docket_ledger::{Ledger, OpenOptions, Reader};
use serde::Serialize;

use super::write::new_id;
use crate::args::{RedactArguments, ReportFormat};
use crate::error::{CliError, Verdict};
use crate::text::counted;
use crate::{actor, output, session};

pub(super) fn run(data: &Path, arguments: &RedactArguments) -> Result<Verdict, CliError> {
    let outcome = session::writing(OpenOptions::new(data), |ledger| redacted(ledger, arguments))?;
    match arguments.format {
        ReportFormat::Json => output::print_json(&outcome)?,
        ReportFormat::Table => output::print_lines(&outcome)?,
    }
    Ok(Verdict::Done)
}

fn redacted(ledger: &Ledger, arguments: &RedactArguments) -> Result<Outcome, CliError> {
    let RedactArguments { event, field, also, register, .. } = arguments;
    let (reader, blobs) = (ledger.reader(), ledger.blobs());
    let named = Named { reader: &reader, register: register.as_ref() };
    let part = named.part(event, field.as_deref())?;
    let mut parts = vec![part.clone()];
    for also in also {
        let (event, field) =
            also.rsplit_once(':').ok_or_else(|| CliError::PartForm { given: also.clone() })?;
        push(&mut parts, named.part(event, Some(field))?);
    }
    redact::check(&reader, &parts)?;
    let survey = redact::survey(&reader, &blobs, &part)?;
    if arguments.all_listed {
        survey.places.iter().for_each(|place| push(&mut parts, place.part.clone()));
        // What was listed may be under a hold that the words chosen are not under.
        redact::check(&reader, &parts)?;
    }
    let mut outcome = Outcome::new(&parts, &survey);
    let (Some(authority), Some(reason), false) = (&arguments.authority, &arguments.reason, arguments.dry_run)
    else {
        return Ok(outcome);
    };
    let decided = arguments.all_listed || arguments.only_this || !arguments.also.is_empty();
    if !decided && !survey.places.is_empty() {
        outcome.declined.iter().for_each(|place| output::say("note", &place.to_string()));
        outcome.look_yourself.iter().for_each(|file| output::say("note", &file.to_string()));
        return Err(CliError::OtherPlaces { places: survey.places.len() as u64 });
    }
    let (actor, actor_basis) = actor::resolve(arguments.by.as_ref())?;
    let order = Order { actor, actor_basis, authority: authority.clone(), reason: reason.clone() };
    for part in &parts {
        redact::check_order(&reader, &blobs, part, &order)?;
    }
    let outcomes = ledger.submit(redact::commands(&parts, &order, new_id))?;
    let recorded = outcomes.into_iter().flat_map(|outcome| outcome.events);
    outcome.events = recorded.map(|recorded| recorded.event.to_string()).collect();
    outcome.size = reader.size();
    Ok(outcome)
}

/// Adds a part that is not there yet. A document that several events brought is one file, destroyed once.
fn push(parts: &mut Vec<Part>, part: Part) {
    if !parts.contains(&part) {
        parts.push(part);
    }
}

/// Finds what the user names.
struct Named<'a> {
    reader: &'a Reader,
    register: Option<&'a RegisterId>,
}

impl Named<'_> {
    fn part(&self, event: &str, field: Option<&str>) -> Result<Part, CliError> {
        let event = super::read::event(self.reader, self.register, event, self.reader.size())?;
        Ok(redact::part(self.reader, &event, field)?)
    }
}

/// What was redacted, or would be, and what was left.
#[derive(Debug, Serialize)]
struct Outcome {
    /// The redactions, one for each part; none for a dry run.
    events: Vec<String>,
    /// What is destroyed.
    redacted: Vec<Listed>,
    /// Other places that hold the words, and stay as they are.
    declined: Vec<Listed>,
    /// Files that this search cannot answer for.
    look_yourself: Vec<File>,
    size: u64,
}

#[derive(Debug, Serialize)]
struct Listed {
    part: String,
    event: String,
    #[serde(rename = "type")]
    kind: &'static str,
    subject: String,
    relation: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct File {
    file: String,
    why: &'static str,
}

impl Outcome {
    fn new(parts: &[Part], survey: &Survey) -> Self {
        let relation = |part: &Part| {
            let place = survey.places.iter().find(|place| place.part == *part);
            place.map(|place| place.relation.as_str())
        };
        let is_left = |place: &&Place| !parts.contains(&place.part);
        let declined = survey.places.iter().filter(is_left);
        Self {
            events: Vec::new(),
            redacted: parts.iter().map(|part| Listed::new(part, relation(part))).collect(),
            declined: declined.map(|place| Listed::new(&place.part, Some(place.relation.as_str()))).collect(),
            look_yourself: survey.unsearched.iter().map(File::from).collect(),
            size: 0,
        }
    }
}

impl Listed {
    fn new(part: &Part, relation: Option<&'static str>) -> Self {
        Self {
            part: part.name(),
            event: part.event.to_string(),
            kind: part.kind.short(),
            subject: part.subject.to_string(),
            relation,
        }
    }
}

impl From<&Unsearched> for File {
    fn from(unsearched: &Unsearched) -> Self {
        Self { file: format!("blobs/{}", unsearched.file), why: unsearched.why }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, kind, subject, relation, .. } = self;
        write!(f, "{part} ({kind} of {subject})")?;
        relation.map_or(Ok(()), |relation| write!(f, " {relation}"))
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file, self.why)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = !self.events.is_empty();
        let verb = if done { "redacted" } else { "would redact" };
        self.redacted.iter().try_for_each(|listed| writeln!(f, "{verb}  {listed}"))?;
        let verb = if done { "left as it is" } else { "also there" };
        self.declined.iter().try_for_each(|listed| writeln!(f, "{verb}  {listed}"))?;
        self.look_yourself.iter().try_for_each(|file| writeln!(f, "look yourself  {file}"))?;
        if done {
            let events = counted(self.events.len() as u64, "redaction");
            writeln!(
                f,
                "{events} recorded; the words chosen are destroyed; the log has {} entries",
                self.size
            )
        } else {
            writeln!(f, "nothing was recorded")
        }
    }
}
