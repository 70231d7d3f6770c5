//! The history of one recommendation as a strip: the further the work, the higher the bar.
//!
//! Height tells the state, so that nothing rests on colour; what may not have begun yet is pale, "no update" is a line, and what is lost
//! with a damaged source is hatched.

use std::collections::HashMap;
use std::fmt::Write as _;

use docket_domain::term::Reporting;
use docket_domain::{Timestamp, Zone};
use docket_ledger::answer::report::{HistoryEntry, RecommendationStanding, ReportAnswer};

use super::chart::{BACK, FILL, INK, QUIET, RULE, escape, hatch};

const WIDTH: i64 = 150;
const HEIGHT: i64 = 22;
/// The id of the hatching that all strips share.
const ID: &str = "strip";

/// The scale of all strips of a report: the same time, the same heights.
pub(super) struct Scale {
    from: i64,
    to: i64,
    heights: HashMap<String, i64>,
    zone: Zone,
}

impl Scale {
    /// From the first date that any statement gives to the day asked about.
    pub(super) fn of(answer: &ReportAnswer) -> Self {
        let dates = || answer.recommendations.iter().flat_map(|standing| &standing.history);
        let first = dates().filter_map(|entry| entry.effective.from).min();
        let asked = answer.basis.effective_at.bound(answer.zone).ok();
        let last = dates().filter_map(|entry| entry.effective.from).max();
        let to = asked.into_iter().chain(last).max().map_or(1, Timestamp::as_micros);
        let from = first.map_or(to - 1, Timestamp::as_micros).min(to - 1);
        let states: Vec<String> =
            answer.counts.states.iter().filter_map(|count| count.place.value.clone()).collect();
        let levels = i64::try_from(states.len()).unwrap_or(1).max(1);
        let heights =
            (1..).zip(states).map(|(level, state)| (state, 4 + (HEIGHT - 6) * level / levels)).collect();
        Self { from, to, heights, zone: answer.zone }
    }

    fn x(&self, at: Timestamp) -> i64 {
        let (offset, span) = (at.as_micros().saturating_sub(self.from), (self.to - self.from).max(1));
        let x = i128::from(offset.max(0)) * i128::from(WIDTH) / i128::from(span);
        i64::try_from(x).unwrap_or(WIDTH).clamp(0, WIDTH)
    }

    fn height(&self, state: &str) -> i64 {
        self.heights.get(state).copied().unwrap_or(4)
    }

    /// The first and the last day of the strips.
    pub(super) fn days(&self) -> (String, String) {
        let day = |micros: i64| {
            Timestamp::from_micros(micros).map(|at| at.day_in(self.zone).to_string()).unwrap_or_default()
        };
        (day(self.from), day(self.to - 1))
    }

    /// What each height stands for, in the order of the vocabulary, with the marks of "no update" and of what is lost.
    pub(super) fn legend(&self, states: &[String]) -> Vec<(String, String)> {
        let mut shown: Vec<(String, String)> = states
            .iter()
            .map(|state| {
                let height = self.height(state);
                let bar = format!(
                    "<rect x=\"1\" y=\"{}\" width=\"20\" height=\"{height}\" fill=\"{FILL}\"/>",
                    HEIGHT - height
                );
                (state.clone(), small(&bar))
            })
            .collect();
        let pale = format!(
            "<rect x=\"1\" y=\"4\" width=\"20\" height=\"18\" fill=\"{FILL}\" fill-opacity=\"0.35\"/>"
        );
        shown.push(("may not have begun yet".to_owned(), small(&pale)));
        shown.push(("no update".to_owned(), small(&line(1, 21))));
        shown.push(("lost with a damaged source".to_owned(), small(&lost(1, 20))));
        shown
    }

    /// The strip of one recommendation.
    pub(super) fn strip(&self, standing: &RecommendationStanding) -> String {
        let mut marks = String::new();
        let mut described = Vec::new();
        let history = &standing.history;
        let mut state = None;
        for (place, entry) in history.iter().enumerate() {
            let next = history.get(place + 1).and_then(|next| next.effective.from);
            let end = next.map_or(WIDTH, |next| self.x(next));
            state = entry.state.as_ref().map(ToString::to_string).or(state);
            marks.push_str(&self.mark(entry, state.as_deref(), end));
            described.push(self.describe(entry));
        }
        let words = escape(&described.join("; "));
        format!(
            "<svg class=\"strip\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{words}\"><title>{words}</title>{marks}\
             <line x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\" stroke=\"{RULE}\" stroke-width=\"0.6\"/></svg>"
        )
    }

    /// A statement until the next one begins.
    fn mark(&self, entry: &HistoryEntry, state: Option<&str>, end: i64) -> String {
        let from = entry.effective.from.map_or(0, |from| self.x(from));
        let sure = entry.effective.to.map_or(end, |to| self.x(to)).clamp(from, end.max(from));
        let end = end.max(from + 1);
        match (entry.reporting, state) {
            (Reporting::Unknown, _) => lost(from, end - from),
            (Reporting::NoUpdate | Reporting::Reported, None) => line(from, end),
            (reporting, Some(state)) => {
                let height = self.height(state);
                let y = HEIGHT - height;
                let color = if entry.regress { BACK } else { FILL };
                let mut bar = String::new();
                if reporting == Reporting::NoUpdate {
                    // The state stands, and nothing new was said of it.
                    let width = end - from;
                    let _ = write!(
                        bar,
                        "<rect x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"#fff\" stroke=\"{QUIET}\" \
                         stroke-dasharray=\"3 2\"/>"
                    );
                    return bar;
                }
                for (start, stop, opacity) in [(from, sure, "0.35"), (sure, end, "1")] {
                    if stop > start {
                        let width = stop - start;
                        let _ = write!(
                            bar,
                            "<rect x=\"{start}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{color}\" fill-opacity=\"{opacity}\"/>"
                        );
                    }
                }
                let _ = write!(
                    bar,
                    "<line x1=\"{from}\" y1=\"{y}\" x2=\"{from}\" y2=\"{HEIGHT}\" stroke=\"{INK}\" stroke-width=\"0.7\"/>"
                );
                if entry.regress {
                    let _ = write!(
                        bar,
                        "<text x=\"{}\" y=\"9\" font-size=\"9\" fill=\"{BACK}\">↩</text>",
                        from + 1
                    );
                }
                bar
            }
        }
    }

    fn describe(&self, entry: &HistoryEntry) -> String {
        let label = match (&entry.label, entry.reporting) {
            (Some(label), _) => label.to_string(),
            (None, Reporting::Unknown) => "unknown (source damaged)".to_owned(),
            (None, _) => "no label".to_owned(),
        };
        let when = super::super::dates::bounds(&entry.effective, self.zone);
        let back = if entry.regress { " (went back)" } else { "" };
        format!("{when}: {label}{back}")
    }
}

fn line(from: i64, to: i64) -> String {
    let y = HEIGHT - 3;
    format!("<line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" stroke=\"{QUIET}\" stroke-width=\"2.5\"/>")
}

fn lost(from: i64, width: i64) -> String {
    let y = HEIGHT - 12;
    format!(
        "<rect x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"12\" fill=\"url(#{ID}-hatch)\" stroke=\"{QUIET}\" stroke-width=\"0.6\"/>"
    )
}

/// A mark of the legend.
fn small(marks: &str) -> String {
    format!("<svg class=\"key\" viewBox=\"0 0 22 {HEIGHT}\" aria-hidden=\"true\">{marks}</svg>")
}

/// The hatching that all strips share: once on the page, not shown itself.
pub(super) fn shared() -> String {
    format!("<svg class=\"shared\" aria-hidden=\"true\">{}</svg>", hatch(ID))
}
