//! The steps of the one command that records a file: for each line its status, then its note.

use docket_domain::event::NoteRecorded;
use docket_domain::{Action, Asserter, CommandId, Data, Effective, EventId, ReportStatus, Step, Timestamp};
use uuid::Uuid;

use super::line::Draft;

/// A step with the line that asks for it.
#[derive(Debug, Clone)]
pub(super) struct LineStep {
    /// The place of its draft.
    pub(super) draft: usize,
    pub(super) step: Step,
}

/// The steps of a file. Their event ids follow from the command and their place, so that the same file makes the same events.
pub(super) fn steps(drafts: &[Draft], command: CommandId, publisher: &Asserter) -> Vec<LineStep> {
    let mut steps: Vec<LineStep> = Vec::new();
    for (draft, line) in drafts.iter().enumerate() {
        for action in actions(line, publisher) {
            let event = event_id(command, steps.len());
            let step = Step { event, subject: line.subject.clone(), expect_version: None, action };
            steps.push(LineStep { draft, step });
        }
    }
    steps
}

fn event_id(command: CommandId, ordinal: usize) -> EventId {
    let mut name = command.to_bytes().to_vec();
    name.extend_from_slice(ordinal.to_string().as_bytes());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &name).into()
}

fn actions(line: &Draft, publisher: &Asserter) -> impl Iterator<Item = Action> {
    let status = line.status.as_ref().map(|label| {
        Action::ReportStatus(ReportStatus {
            label: label.clone(),
            effective: line.effective.clone(),
            asserter: line.asserter.clone(),
            reason: line.reason.clone(),
            source_url: line.source_url.clone(),
            source: None,
        })
    });
    let note = line.note.as_ref().map(|words| {
        Action::Record(Data::NoteRecorded(NoteRecorded {
            asserter: line.asserter.clone().unwrap_or_else(|| publisher.clone()),
            // The moment of recording is filled in by the rules; this one only stands in its place.
            effective: line.effective.clone().unwrap_or_else(|| Effective::recorded(Timestamp::EPOCH)),
            // The reason of a line with both is why the status is what it is.
            reason: line.reason.clone().filter(|_| line.status.is_none()),
            role: line.role,
            source: None,
            source_url: line.source_url.clone(),
            text: words.clone(),
            visibility: line.visibility,
        }))
    });
    status.into_iter().chain(note)
}
