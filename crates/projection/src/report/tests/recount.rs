//! Sums over random logs, at every kind of basis.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use docket_domain::term::Reporting;
use docket_domain::{Subject, Vocabulary, Zone};
use proptest::prelude::*;

use super::*;
use crate::report::{
    AxisValue, Compared, Slot, Staleness, Substance, axes, last_contact, last_substance, moved, quality,
    staleness, tenure,
};
use crate::testing::random::{DAYS, logs};
use crate::{AxisCounts, Counts};

fn known(knowledge: Knowledge<'_, String>) -> Vocabulary {
    // An opening that was retracted leaves none.
    Knowledge::vocabulary(knowledge, &register()).cloned().unwrap_or_default()
}

fn counted(axis: &[AxisValue], slot: &Slot) -> u64 {
    axis.iter().filter(|value| value.slot == *slot).map(|value| value.events.len() as u64).sum()
}

fn agrees<V: ToString>(axis: &[AxisValue], counts: &AxisCounts<V>) {
    for (value, count) in &counts.values {
        assert_eq!(counted(axis, &Slot::Value(value.to_string())), *count);
    }
    assert_eq!(counted(axis, &Slot::None), counts.none);
    assert_eq!(counted(axis, &Slot::Unknown), counts.unknown);
}

fn sum(found: &Staleness) -> usize {
    let bands: usize = found.bands.iter().map(|band| band.events.len()).sum();
    bands + found.undated.len() + found.never.len() + found.lost.len()
}

proptest! {
    #[test]
    fn every_axis_adds_up_and_says_what_the_counts_say(log in logs(), known_at in any::<proptest::sample::Index>(), day in DAYS) {
        let projection = log.projection();
        let knowledge = projection.knowledge(known_at.index(usize::try_from(log.size()).unwrap() + 1) as u64);
        if knowledge.known_at() == 0 {
            return Ok(());
        }
        let rows = rows(knowledge, day);
        let found = axes(&rows, &known(knowledge));
        let counts: Counts = knowledge.counts(&register(), bound(day));
        agrees(&found.labels, &counts.labels);
        agrees(&found.states, &counts.states);
        prop_assert_eq!(found.known.len() as u64, counts.reporting.reported + counts.reporting.no_update);
        prop_assert_eq!(found.unknown.len() as u64, counts.reporting.unknown);
        prop_assert_eq!(found.not_yet_stated.len() as u64, counts.not_yet_stated);
        prop_assert_eq!(counted(&found.certainty, &Slot::Value("possible".to_owned())), counts.certainty.possible);
        prop_assert_eq!(counted(&found.verified, &Slot::Value("disagrees".to_owned())), counts.verified.disagrees);
        for axis in [&found.labels, &found.states, &found.reporting, &found.verified, &found.certainty, &found.numbers] {
            prop_assert_eq!(axis.iter().map(|value| value.events.len()).sum::<usize>(), rows.len());
            prop_assert_eq!(axis.iter().map(|value| value.known).sum::<u64>(), found.known.len() as u64);
            // Every event is known, and about a recommendation of its own.
            let subjects: BTreeSet<Subject> = axis
                .iter()
                .flat_map(|value| &value.events)
                .map(|event| knowledge.reference(*event).unwrap().subject)
                .collect();
            prop_assert_eq!(subjects.len(), rows.len());
        }
    }

    #[test]
    fn bands_and_matrices_hold_every_row_once(log in logs(), sizes in any::<[proptest::sample::Index; 2]>(), days in [DAYS, DAYS]) {
        let projection = log.projection();
        let mut sizes = sizes.map(|size| size.index(usize::try_from(log.size()).unwrap()) as u64 + 1);
        sizes.sort_unstable();
        let [before, after] = sizes.map(|size| projection.knowledge(size));
        let (earlier, later) = (rows(before, days[0]), rows(after, days[1]));
        // Every second note says something.
        let substances: HashMap<u64, Substance> = (0..log.size())
            .map(|index| (index, if index.is_multiple_of(2) { Substance::Says } else { Substance::NoUpdate }))
            .collect();
        let calendar = calendar(days[1]);
        let news = staleness(later.iter().map(|row| (row, last_substance(row, &substances, calendar))));
        let contact = staleness(later.iter().map(|row| (row, last_contact(row, calendar))));
        prop_assert_eq!(sum(&news), later.len());
        prop_assert_eq!(sum(&contact), later.len());
        // Whatever is news is contact too.
        prop_assert!(contact.never.len() <= news.never.len());

        let since = Compared { known_at: before.known_at(), at: bound(days[0]) };
        let now = Compared { known_at: after.known_at(), at: bound(days[1]) };
        let found = moved((&earlier, since), (&later, now), &known(after), None);
        let keys: BTreeSet<_> = earlier.iter().map(|row| &row.key).collect();
        let both = later.iter().filter(|row| keys.contains(&row.key)).count();
        // A registration that was withdrawn and made again in between came in between.
        let again = found.added.iter().filter(|(key, _)| keys.contains(key)).count();
        for matrix in [&found.states, &found.reporting] {
            prop_assert_eq!(matrix.iter().map(|cell| cell.events.len()).sum::<usize>(), both - again);
        }
        prop_assert_eq!(found.vanished.len(), keys.len() - both);
        prop_assert_eq!(found.added.len() + both - again, later.len());
    }

    #[test]
    fn days_and_dates_never_say_more_than_is_known(log in logs(), day in DAYS) {
        let projection = log.projection();
        let rows = rows(projection.newest(), day);
        for row in &rows {
            let Some(found) = tenure(row, calendar(day)) else {
                prop_assert!(row.standings.is_empty());
                continue;
            };
            if let (Some(least), Some(most)) = (found.days.at_least, found.days.at_most) {
                prop_assert!(least <= most);
            }
            prop_assert!(!row.is_lost() || row.state().is_some() || found.days.at_least.is_none());
            let stands = row.standings.iter().find(|standing| standing.event == found.since).unwrap();
            prop_assert!(row.state().is_none() || stands.states.as_ref() == row.state());
        }
        let found = quality(&rows);
        let dated: usize = found.dates.iter().map(|(_, events)| events.len()).sum();
        let all: usize = rows.iter().map(|row| row.standings.len() + row.notes.len()).sum();
        prop_assert_eq!(dated + found.undated.len(), all);
        prop_assert_eq!(found.texts.iter().map(|(_, events)| events.len()).sum::<usize>(), rows.len());
    }

    #[test]
    fn the_months_hold_every_entry_once(log in logs()) {
        let projection = log.projection();
        let found = projection.newest().lateness(&register(), Zone::UTC, Audience::Internal);
        prop_assert_eq!(found.entries, log.size());
        prop_assert_eq!(found.months.iter().map(|month| month.entries).sum::<u64>(), log.size());
        let mut lags: BTreeMap<(i32, u32), Vec<i64>> = BTreeMap::new();
        for event in &log.events {
            let Some(to) = event.data.effective().and_then(|effective| effective.to) else { continue };
            if event.data.kind() == docket_domain::EventKind::EventCorrected {
                continue;
            }
            let day = |at: Timestamp| at.as_micros().div_euclid(86_400_000_000);
            // 1972-09-27, the day on which these logs are recorded.
            lags.entry((1972, 9)).or_default().push(day(event.recorded_at) - day(to.plus_micros(-1)));
        }
        for month in &found.months {
            let mut lags = lags.remove(&(month.year, month.month)).unwrap_or_default();
            lags.sort_unstable();
            prop_assert_eq!(month.dated, lags.len() as u64);
            prop_assert_eq!(month.max_days, lags.last().map(|lag| u64::try_from(*lag).unwrap()));
            let middle = lags.len().saturating_sub(1) / 2;
            prop_assert_eq!(month.median_days, lags.get(middle).map(|lag| u64::try_from(*lag).unwrap()));
        }
        prop_assert!(lags.is_empty());
    }

    #[test]
    fn what_is_lost_is_no_contact(log in logs(), day in DAYS) {
        let projection = log.projection();
        for row in rows(projection.newest(), day) {
            let lost = row.standings.iter().all(|standing| standing.reporting == Reporting::Unknown);
            let heard = last_contact(&row, calendar(day));
            let is_silent = matches!(heard, crate::report::Recency::Lost | crate::report::Recency::Never);
            prop_assert_eq!(is_silent, lost && row.notes.is_empty());
        }
    }
}
