//! The accountability report: what the record says of the work, and of itself, on any basis of the two clocks.

mod accounts;
mod cite;
mod claims;
mod notes;
mod promises;
mod sections;
mod since;
mod substance;
mod wire;

use docket_domain::{Timestamp, Vocabulary};
use docket_log::seal::SealedText;
use docket_projection::RegisterView;
use docket_projection::report::{Calendar, ClaimCheck, Compared, Lateness, ReportRow, moved};

use super::query::{Asked, Query};
use super::text::Finder;
use crate::error::LedgerError;
use crate::ledger::Reader;
use cite::Citations;
use substance::Words;

pub use cite::{Citation, Figure, Place};
pub use since::Since;
pub use wire::{
    AxisCount, Band, Blocked, ClaimSection, ClaimedFigure, ContradictingNote, Contradiction,
    CorrectionsSection, CountsSection, Days, Disagreement, FindingsSection, Heard, HistoryEntry, MatrixCell,
    Month, MovedSection, Named, NamedFigure, NotesSection, Overdue, Owner, PromisesSection, QualitySection,
    RecommendationStanding, Regression, ReportAnswer, ReportedRegister, Source, StalenessBands,
    StalenessSection, StandsSince,
};

type Row = ReportRow<SealedText>;

/// Everything that the report is made of, but for words.
struct Gathered {
    view: Option<RegisterView<SealedText>>,
    rows: Vec<Row>,
    lateness: Lateness,
    claims: Vec<ClaimCheck<SealedText>>,
}

/// What every section is made from.
struct Material<'a> {
    rows: &'a [Row],
    vocabulary: &'a Vocabulary,
    words: &'a Words,
    calendar: Calendar,
}

/// The report of the register meant; every figure is zero where there is no register yet.
pub fn report(
    reader: &Reader,
    query: &Query,
    since: &Since,
    now: Timestamp,
) -> Result<ReportAnswer, LedgerError> {
    let asked = Asked::new(reader, query, now)?;
    let at = asked.bound()?;
    let gathered = gather(&asked, at)?;
    let earlier = since.resolve(&asked, gathered.view.as_ref(), at)?;
    let vocabulary = gathered.view.as_ref().map(|view| view.vocabulary.clone()).unwrap_or_default();
    let finder = &mut Finder::new(reader);
    let words = &Words::read(&gathered.rows, &vocabulary, finder)?;
    let calendar = Calendar { at, zone: asked.zone };
    let material = Material { rows: &gathered.rows, vocabulary: &vocabulary, words, calendar };
    let cite = &mut Citations::new(&asked);

    let moved =
        earlier.as_ref().map(|earlier| moved_since(&asked, earlier, &gathered, &material)).transpose()?;
    let opened = gathered.view.as_ref().map(|view| sections::register(view, finder, cite)).transpose()?;
    let promises = promises::section(&material, finder, cite)?;
    let claims = gathered.claims.into_iter().map(|claim| claims::section(claim, finder, cite));
    let claims = claims.collect::<Result<_, _>>()?;
    let data_quality = sections::quality(&material, gathered.view.as_ref(), finder, cite)?;
    let answer = ReportAnswer {
        basis: asked.basis()?,
        since: earlier.as_ref().map(Asked::basis).transpose()?,
        register: opened,
        counts: sections::counts(&material, cite),
        moved: moved.map(|moved| sections::moved(moved, cite)),
        recommendations: notes::recommendations(&material, finder, cite)?,
        staleness: notes::staleness(&material, cite),
        notes: notes::coverage(&material, cite),
        promises,
        corrections: sections::corrections(gathered.lateness, cite),
        claims,
        findings: sections::findings(&material, cite),
        data_quality,
        events: Vec::new(),
        zone: asked.zone,
    };
    let events = std::mem::replace(cite, Citations::new(&asked)).appendix()?;
    Ok(ReportAnswer { events, ..answer })
}

fn gather(asked: &Asked<'_>, at: Timestamp) -> Result<Gathered, LedgerError> {
    let nothing =
        Gathered { view: None, rows: Vec::new(), lateness: Lateness::default(), claims: Vec::new() };
    let Some(register) = &asked.register else { return Ok(nothing) };
    asked.known(|knowledge| Gathered {
        view: knowledge.register(register),
        rows: knowledge.report_rows(register, at, asked.audience),
        lateness: knowledge.lateness(register, asked.zone, asked.audience),
        claims: knowledge.claim_checks(register, at),
    })
}

fn moved_since(
    asked: &Asked<'_>,
    earlier: &Asked<'_>,
    gathered: &Gathered,
    material: &Material<'_>,
) -> Result<docket_projection::report::Moved, LedgerError> {
    let since = Compared { known_at: earlier.known_at, at: earlier.bound()? };
    let now = Compared { known_at: asked.known_at, at: material.calendar.at };
    let before = match &earlier.register {
        Some(register) => {
            earlier.known(|knowledge| knowledge.report_rows(register, since.at, earlier.audience))?
        }
        None => Vec::new(),
    };
    let newest = gathered.view.as_ref().and_then(|view| since::newest_of_several(view, now.at));
    Ok(moved((&before, since), (material.rows, now), material.vocabulary, newest))
}
