//! Commands that come again: whether they say what was recorded.

use docket_domain::{Action, Command, Data};

use crate::facts::{Fact, REDACTED, begin_when_recorded, recorded, texts};

/// Changes the words of a command, where it has any.
pub(crate) fn other_words(command: &mut Command) {
    let Some(step) = command.steps.first_mut() else { return };
    match &mut step.action {
        Action::ReportStatus(report) => report.reason = Some("something else".to_owned()),
        Action::Correct(change) => change.reason.push_str(", or so"),
        Action::Record(data) => {
            if let Some(text) = texts(data).into_iter().next() {
                text.push_str(", or so");
            }
        }
    }
}

/// Whether a command says what was recorded: content is compared, and "a redacted text compares equal to any repeat".
pub(crate) fn says_the_same(command: &Command, recorded: &[Fact]) -> bool {
    command.steps.len() == recorded.len()
        && command.steps.iter().zip(recorded).all(|(step, fact)| {
            step.event == fact.id && step.subject == fact.subject && step_says_the_same(&step.action, fact)
        })
}

fn step_says_the_same(action: &Action, fact: &Fact) -> bool {
    let mut held = fact.data.clone();
    let mut said = match (action, &held) {
        (Action::Record(data), _) => data.clone(),
        // What the rules fill in is not said: state and reporting, a publisher, the time of recording.
        (Action::ReportStatus(report), Data::StatusReported(status)) => {
            let mut said = status.clone();
            said.label = Some(report.label.clone());
            said.reason.clone_from(&report.reason);
            said.source_url.clone_from(&report.source_url);
            said.source.clone_from(&report.source);
            said.asserter = report.asserter.clone().unwrap_or(said.asserter);
            said.effective = report.effective.clone().unwrap_or_else(|| recorded(fact.recorded_at));
            Data::StatusReported(said)
        }
        (Action::Correct(change), Data::EventCorrected(correction)) => {
            let mut said = correction.clone();
            said.target = change.target;
            said.reason.clone_from(&change.reason);
            said.text.clone_from(&change.text);
            said.source.clone_from(&change.source);
            said.source_url.clone_from(&change.source_url);
            said.effective.clone_from(&change.effective);
            if change.label.as_ref() != correction.status.as_ref().and_then(|status| status.label.as_ref()) {
                return false;
            }
            Data::EventCorrected(said)
        }
        _ => return false,
    };
    begin_when_recorded(&mut said, fact.recorded_at);
    {
        let (said, mut held) = (texts(&mut said), texts(&mut held));
        if said.len() != held.len() {
            return false;
        }
        for (said, held) in said.into_iter().zip(&mut held) {
            if held.starts_with(REDACTED) {
                said.clone_from(held);
            }
        }
    }
    said == held
}
