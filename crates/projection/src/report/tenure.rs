//! How long a recommendation has been where it stands.

use super::age::{Calendar, Days, Span};
use super::row::{ReportRow, Standing};
use docket_domain::term::Reporting;

/// Since when a recommendation has been where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// The statement with which it came there.
    pub since: u64,
    /// When that began.
    pub span: Span,
    /// The last statement that says so.
    pub last_stated: u64,
    /// For how many days. `at_most` is known only where another state is recorded before: a first statement says where the work stood,
    /// not when it came there.
    pub days: Days,
    /// Whether it certainly had begun by the day asked about.
    pub begun: bool,
}

/// How long the present state has held; where no state was ever stated, how long the present reporting has. `None` where nothing is
/// stated yet. "No update" and damage do not interrupt a state.
#[must_use]
pub fn tenure<T>(row: &ReportRow<T>, calendar: Calendar) -> Option<Tenure> {
    let state = row.state();
    let reporting = row.status()?.reporting;
    let is_same = |standing: &&Standing| match state {
        Some(_) => standing.states.as_ref() == state,
        None => standing.reporting == reporting,
    };
    let is_other = |standing: &&Standing| match state {
        Some(_) => standing.states.is_some() && standing.states.as_ref() != state,
        None => standing.reporting != reporting,
    };
    let other = row.standings.iter().rposition(|standing| is_other(&standing));
    let after = other.map_or(0, |place| place + 1);
    let run = row.standings.get(after..).unwrap_or_default();
    let first = run.iter().find(is_same)?;
    let last = run.iter().rfind(is_same)?;
    let dated = run.iter().filter(is_same).find(|standing| standing.span.from.is_some());
    let mut days = dated.map(|standing| calendar.since(standing.span)).unwrap_or_default();
    if other.is_none() || first.span.from.is_none() {
        days.at_most = None;
    }
    if state.is_none() && reporting == Reporting::Unknown {
        days = Days::default();
    }
    let begun =
        run.iter().filter(is_same).any(|standing| standing.span.to.is_some_and(|to| to <= calendar.at));
    Some(Tenure { since: first.event, span: first.span, last_stated: last.event, days, begun })
}
