//! Counts, moves, corrections, findings and data quality, from figures to the answer.

use std::collections::{BTreeSet, HashMap};

use docket_domain::StateName;
use docket_domain::term::NoteRole;
use docket_log::seal::SealedText;
use docket_projection::report::{AxisValue, LATE_DAYS, Lateness, Move, Moved, Substance, axes};
use docket_projection::{RegisterView, report};

use super::super::text::{Finder, Text};
use super::cite::{Citations, Place};
use super::wire::{
    AxisCount, ContradictingNote, Contradiction, CorrectionsSection, CountsSection, Disagreement,
    FindingsSection, MatrixCell, Month, MovedSection, Named, NamedFigure, QualitySection, Regression,
    ReportedRegister, Source,
};
use super::{Material, Row};
use crate::error::LedgerError;
use crate::next::wording::spaced;

pub(super) fn register(
    view: &RegisterView<SealedText>,
    finder: &mut Finder<'_>,
    cite: &mut Citations<'_>,
) -> Result<ReportedRegister, LedgerError> {
    let opened = &view.opened.content;
    let index = view.opened.provenance.index;
    let event = cite.find(index).ok_or_else(|| LedgerError::NoEvent { wanted: view.register.to_string() })?;
    Ok(ReportedRegister {
        register: view.register.clone(),
        title: finder.text(opened.title)?,
        publisher: opened.publisher.clone(),
        time_zone: opened.time_zone,
        expected_count: opened.expected_count,
        event,
    })
}

pub(super) fn counts(material: &Material<'_>, cite: &mut Citations<'_>) -> CountsSection {
    let found = axes(material.rows, material.vocabulary);
    let mut axis = |values: Vec<AxisValue>| -> Vec<AxisCount> {
        let count = |AxisValue { slot, events, known }| AxisCount {
            place: Place::from(slot),
            figure: cite.figure(&events),
            of_known: known,
        };
        values.into_iter().map(count).collect()
    };
    CountsSection {
        labels: axis(found.labels),
        states: axis(found.states),
        reporting: axis(found.reporting),
        verified: axis(found.verified),
        certainty: axis(found.certainty),
        numbers: axis(found.numbers),
        recommendations: cite.figure(&found.recommendations),
        known: cite.figure(&found.known),
        unknown: cite.figure(&found.unknown),
        not_yet_stated: cite.figure(&found.not_yet_stated),
    }
}

pub(super) fn moved(moved: Moved, cite: &mut Citations<'_>) -> MovedSection {
    let cell = |Move { from, to, events }: Move, cite: &mut Citations<'_>| MatrixCell {
        from: from.into(),
        to: to.into(),
        figure: cite.figure(&events),
    };
    let regressions = moved.regressions.into_iter().filter_map(|found| {
        let report::Regression { key, from, to, event } = found;
        Some(Regression { key, from, to, event: cite.find(event)? })
    });
    MovedSection {
        regressions: regressions.collect(),
        states: moved.states.into_iter().map(|found| cell(found, cite)).collect(),
        reporting: moved.reporting.into_iter().map(|found| cell(found, cite)).collect(),
        reworded: named(moved.reworded, cite),
        added: named(moved.added, cite),
        vanished: named(moved.vanished, cite),
        absent_from_newest: named(moved.absent, cite),
    }
}

pub(super) fn named(found: Vec<(docket_domain::Key, u64)>, cite: &mut Citations<'_>) -> Vec<Named> {
    found.into_iter().filter_map(|(key, event)| Some(Named { key, event: cite.find(event)? })).collect()
}

pub(super) fn corrections(lateness: Lateness, cite: &mut Citations<'_>) -> CorrectionsSection {
    let months = lateness.months.into_iter().map(|month| Month {
        month: format!("{:04}-{:02}", month.year, month.month),
        entries: month.entries,
        dated: month.dated,
        undated: month.undated,
        late: cite.figure(&month.late),
        median_days: month.median_days,
        max_days: month.max_days,
    });
    CorrectionsSection {
        months: months.collect(),
        entries: lateness.entries,
        corrections: cite.figure(&lateness.corrections),
        retractions: cite.figure(&lateness.retractions),
        redactions: cite.figure(&lateness.redactions),
        late_after_days: LATE_DAYS,
    }
}

pub(super) fn findings(material: &Material<'_>, cite: &mut Citations<'_>) -> FindingsSection {
    let rows = material.rows;
    let judged = |agrees: bool| -> Vec<u64> {
        let found = rows.iter().filter_map(|row| row.finding.as_ref());
        found.filter(|finding| finding.agrees == agrees).map(|finding| finding.event).collect()
    };
    let unjudged = |is_known: bool| -> Vec<u64> {
        let found = rows.iter().filter(|row| row.finding.is_none() && row.is_known() == is_known);
        found.map(|row| row.status().map_or(row.registered.event, |status| status.event)).collect()
    };
    let corrected = rows.iter().filter_map(|row| row.finding.as_ref()).filter(|it| it.claim_corrected_since);
    let corrected: Vec<u64> = corrected.map(|finding| finding.event).collect();
    let disagreements = rows.iter().filter_map(|row| {
        let finding = row.finding.as_ref().filter(|finding| !finding.agrees)?;
        Some(Disagreement {
            key: row.key.clone(),
            claimed: row.state().cloned(),
            found: finding.state.clone(),
            claim: cite.find(row.status()?.event)?,
            finding: cite.find(finding.event)?,
        })
    });
    FindingsSection {
        disagreements: disagreements.collect(),
        agrees: cite.figure(&judged(true)),
        disagrees: cite.figure(&judged(false)),
        unreviewed: cite.figure(&unjudged(true)),
        nothing_to_review: cite.figure(&unjudged(false)),
        claim_corrected_since: cite.figure(&corrected),
    }
}

pub(super) fn quality(
    material: &Material<'_>,
    view: Option<&RegisterView<SealedText>>,
    finder: &mut Finder<'_>,
    cite: &mut Citations<'_>,
) -> Result<QualitySection, LedgerError> {
    let found = report::quality(material.rows);
    let mut figure = |name: String, events: Vec<u64>| NamedFigure { name, figure: cite.figure(&events) };
    let texts = found.texts.into_iter().map(|(basis, events)| figure(basis.to_string(), events)).collect();
    let damage = found.damage.into_iter().map(|(code, events)| figure(code, events)).collect();
    let mut dates: Vec<NamedFigure> =
        found.dates.into_iter().map(|(basis, events)| figure(basis.to_string(), events)).collect();
    dates.push(figure("unknown".to_owned(), found.undated));
    let sources = view.map(|view| view.sources.as_slice()).unwrap_or_default();
    Ok(QualitySection {
        texts,
        undamaged: cite.figure(&found.undamaged),
        damage,
        dates,
        sources: sources.iter().map(|source| self::source(source, finder, cite)).collect::<Result<_, _>>()?,
        contradictions: contradictions(material, cite),
    })
}

fn source(
    view: &docket_projection::SourceView<SealedText>,
    finder: &mut Finder<'_>,
    cite: &mut Citations<'_>,
) -> Result<Source, LedgerError> {
    let document = view.source.content.clone().try_map(&mut |text| finder.text(text))?;
    let sha256 = document.sha256.to_string();
    let fragments: Vec<u64> = view.fragments.iter().map(|fragment| fragment.provenance.index).collect();
    Ok(Source {
        event: cite
            .find(view.source.provenance.index)
            .ok_or_else(|| LedgerError::NoEvent { wanted: sha256.clone() })?,
        title: document.title,
        sha256,
        publisher: document.publisher,
        effective: document.effective.into(),
        derivation: document.derivation,
        fragments: cite.figure(&fragments),
    })
}

/// Progress notes that say something and stand word for word in several recommendations, which do not stand in the same state.
fn contradictions(material: &Material<'_>, cite: &mut Citations<'_>) -> Vec<Contradiction> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(&Text, Vec<(&Row, u64)>)> = Vec::new();
    for row in material.rows {
        for note in row.notes.iter().filter(|note| note.content.role == NoteRole::Progress) {
            let index = note.provenance.index;
            let says = material.words.substances.get(&index) == Some(&Substance::Says);
            let Some(text @ Text::Words(words)) = material.words.texts.get(&index).filter(|_| says) else {
                continue;
            };
            let place = *places.entry(spaced(words)).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, found)) => found.push((row, index)),
                None => groups.push((text, vec![(row, index)])),
            }
        }
    }
    let differ = |found: &[(&Row, u64)]| {
        let states: BTreeSet<Option<&StateName>> = found.iter().map(|(row, _)| row.state()).collect();
        states.len() > 1
    };
    let contradicting = groups.into_iter().filter(|(_, found)| differ(found));
    contradicting
        .map(|(text, found)| Contradiction {
            text: text.clone(),
            recommendations: found
                .into_iter()
                .filter_map(|(row, note)| {
                    let (key, state) = (row.key.clone(), row.state().cloned());
                    Some(ContradictingNote { key, state, note: cite.find(note)? })
                })
                .collect(),
        })
        .collect()
}
