//! `docket record assignment`: who is responsible, in which group, by when, and waiting for what.

use std::path::Path;

use docket_domain::event::AssignmentChanged;
use docket_domain::term::{AssignmentAttribute, AssignmentChange};
use docket_domain::{Action, Asserter, Data, Effective, Key, Subject};

use crate::args::{AssignmentArguments, Cleared};
use crate::command::write::{Recorder, Statement, record_all};
use crate::error::{CliError, Verdict};

pub(in crate::command) fn run(data: &Path, arguments: &AssignmentArguments) -> Result<Verdict, CliError> {
    record_all(data, &arguments.write, |recorder| {
        let subject = recorder.recommendation(&arguments.recommendation)?;
        let asserter = match &arguments.asserted_by {
            Some(asserter) => asserter.clone(),
            None => recorder.publisher(&subject)?,
        };
        let effective = recorder.effective_or_recorded(&subject, arguments.effective.as_deref())?;
        let terms = Terms { subject, asserter, effective, reason: arguments.reason.clone() };
        statements(recorder, arguments, &terms)
    })
}

/// What all the changes of one command share.
struct Terms {
    subject: Subject,
    asserter: Asserter,
    effective: Effective<String>,
    reason: Option<String>,
}

impl Terms {
    fn change(&self, attribute: AssignmentAttribute, change: AssignmentChange) -> AssignmentChanged<String> {
        AssignmentChanged {
            asserter: self.asserter.clone(),
            attribute,
            change,
            dependency: None,
            effective: self.effective.clone(),
            reason: self.reason.clone(),
            source: None,
            target: None,
            value: None,
        }
    }
}

/// What is cleared comes first: a dependency can be exchanged for another one that would otherwise close a cycle.
fn statements(
    recorder: &Recorder<'_>,
    arguments: &AssignmentArguments,
    terms: &Terms,
) -> Result<Vec<Statement>, CliError> {
    use AssignmentAttribute::{Category, Dependency, Owner, TargetDate};
    let AssignmentArguments { owner, category, target_date, depends_on, clear, .. } = arguments;
    let mut changes = Vec::new();
    for Cleared { attribute, dependency } in clear {
        let dependency = dependency.as_deref().map(|wanted| key(recorder, wanted)).transpose()?.flatten();
        changes.push(AssignmentChanged { dependency, ..terms.change(*attribute, AssignmentChange::Cleared) });
    }
    for (attribute, value) in [(Owner, owner), (Category, category)] {
        if value.is_some() {
            let value = value.clone();
            changes.push(AssignmentChanged { value, ..terms.change(attribute, AssignmentChange::Set) });
        }
    }
    if let Some(target) = recorder.effective(&terms.subject, target_date.as_deref())? {
        let target = Some(target);
        changes.push(AssignmentChanged { target, ..terms.change(TargetDate, AssignmentChange::Set) });
    }
    for wanted in depends_on {
        let dependency = key(recorder, wanted)?;
        changes.push(AssignmentChanged { dependency, ..terms.change(Dependency, AssignmentChange::Set) });
    }
    let statement = |change| Statement {
        subject: terms.subject.clone(),
        action: Action::Record(Data::AssignmentChanged(change)),
    };
    Ok(changes.into_iter().map(statement).collect())
}

/// The key of the recommendation meant by a number or key.
fn key(recorder: &Recorder<'_>, wanted: &str) -> Result<Option<Key>, CliError> {
    Ok(recorder.recommendation(wanted)?.key().cloned())
}
