//! Whether a command that comes again says the same as what was recorded.
//!
//! Contents are compared, not bytes: salts differ, and a text that was redacted since compares equal to any.

use docket_domain::command::ReportStatus;
use docket_domain::effective::Effective;
use docket_domain::event::{EventCorrected, StatusReported};
use docket_domain::term::Basis;
use docket_domain::{Action, Change, Data, Event, Step};
use docket_log::seal::ResolvedText;

/// Whether a step says what this recorded event says.
pub(crate) fn is_same(step: &Step, recorded: &Event<ResolvedText>) -> bool {
    if step.event != recorded.id || step.subject != recorded.subject {
        return false;
    }
    match (&step.action, &recorded.data) {
        (Action::ReportStatus(report), Data::StatusReported(status)) => same_status(report, status),
        (Action::Correct(change), Data::EventCorrected(correction)) => same_correction(change, correction),
        (Action::Record(data), _) => same_data(data, recorded),
        _ => false,
    }
}

fn same_status(report: &ReportStatus, status: &StatusReported<ResolvedText>) -> bool {
    Some(&report.label) == status.label.as_ref()
        && report.effective.as_ref().map_or(status.effective.basis == Basis::Recorded, |given| {
            same_interval(given, &status.effective)
        })
        && report.asserter.as_ref().is_none_or(|asserter| *asserter == status.asserter)
        && same_optional(report.reason.as_ref(), status.reason.as_ref())
        && same_optional(report.source_url.as_ref(), status.source_url.as_ref())
        && report.source == status.source
}

fn same_correction(change: &Change, correction: &EventCorrected<ResolvedText>) -> bool {
    change.target == correction.target
        && change.label.as_ref() == correction.status.as_ref().and_then(|status| status.label.as_ref())
        && same_optional(change.text.as_ref(), correction.text.as_ref())
        && same_text(&change.reason, &correction.reason)
        && same_optional(change.source_url.as_ref(), correction.source_url.as_ref())
        && change.source == correction.source
        && match (&change.effective, &correction.effective) {
            (None, None) => true,
            (Some(given), Some(recorded)) => same_interval(given, recorded),
            _ => false,
        }
}

/// Data given in full, texts against texts in order, everything else exactly; an interval of basis `recorded` is that of the record.
fn same_data(given: &Data<String>, recorded: &Event<ResolvedText>) -> bool {
    let mut given = given.clone();
    given.fill_recorded(recorded.recorded_at);
    let texts = given.texts().len() == recorded.data.texts().len()
        && given
            .texts()
            .into_iter()
            .zip(recorded.data.texts())
            .all(|(given, recorded)| same_text(given, recorded));
    texts && blank(given) == blank(recorded.data.clone())
}

fn blank<T>(data: Data<T>) -> Option<Data<()>> {
    data.try_map(&mut |_| Some(()).ok_or(())).ok()
}

fn same_interval(given: &Effective<String>, recorded: &Effective<ResolvedText>) -> bool {
    given.basis == recorded.basis
        && (given.basis == Basis::Recorded
            || (given.from, given.to, given.precision) == (recorded.from, recorded.to, recorded.precision))
        && same_optional(given.phrase.as_ref(), recorded.phrase.as_ref())
}

fn same_optional(given: Option<&String>, recorded: Option<&ResolvedText>) -> bool {
    match (given, recorded) {
        (None, None) => true,
        (Some(given), Some(recorded)) => same_text(given, recorded),
        _ => false,
    }
}

fn same_text(given: &str, recorded: &ResolvedText) -> bool {
    match recorded {
        ResolvedText::Words(words) => given == words,
        ResolvedText::Redacted(_) => true,
    }
}
