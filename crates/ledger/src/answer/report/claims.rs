//! Public claims beside the log.

use docket_log::seal::SealedText;
use docket_projection::report::{ClaimCheck, FigureCheck, Verdict};

use super::super::text::Finder;
use super::cite::Citations;
use super::wire::{ClaimSection, ClaimedFigure};
use crate::error::LedgerError;

pub(super) fn section(
    check: ClaimCheck<SealedText>,
    finder: &mut Finder<'_>,
    cite: &mut Citations<'_>,
) -> Result<ClaimSection, LedgerError> {
    let content = check.claim.content.try_map(&mut |text| finder.text(text))?;
    let event = cite
        .find(check.claim.provenance.index)
        .ok_or_else(|| LedgerError::NoEvent { wanted: check.claim.provenance.event.to_string() })?;
    Ok(ClaimSection {
        event,
        asserted_by: content.asserter,
        effective: content.effective.into(),
        text: content.text,
        source_url: content.source_url,
        figures: check.figures.into_iter().map(|figure| self::figure(figure, cite)).collect(),
        unknown: cite.figure(&check.unknown),
        not_yet_stated: cite.figure(&check.not_yet_stated),
        verdict: verdict(check.verdict),
        verdict_then: verdict(check.verdict_then),
    })
}

fn figure(check: FigureCheck, cite: &mut Citations<'_>) -> ClaimedFigure {
    let difference = check.logged.as_ref().and_then(|logged| {
        let signed = |count: u64| i64::try_from(count).ok();
        Some(signed(check.claimed)? - signed(logged.len() as u64)?)
    });
    ClaimedFigure {
        name: check.name,
        claimed: check.claimed,
        logged: check.logged.map(|logged| cite.figure(&logged)),
        logged_then: check.logged_then,
        difference,
        verdict: verdict(check.verdict),
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agrees => "agrees",
        Verdict::CannotBeRefuted => "cannot-be-refuted",
        Verdict::Contradicts => "contradicts",
        Verdict::NotComparable => "not-comparable",
    }
}
