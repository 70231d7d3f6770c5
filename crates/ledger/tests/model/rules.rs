//! What must be refused, and why: the rules of DESIGN sections 3 to 5 and of the refusals' own documentation.
//!
//! DESIGN does not say which of several reasons is named. So the model finds all of them: a step is refused exactly if there is one, and
//! the one that is named must be among them.

use std::collections::BTreeSet;

use docket_domain::command::{Change, ReportStatus};
use docket_domain::event::{
    AssignmentChanged, EventCorrected, EvidenceAttached, SourceLines, StatusReported, StatusValue,
    StatusVerified, TextRedacted,
};
use docket_domain::term::{
    AssignmentAttribute, AssignmentChange, Basis, NumberBasis, Precision, Reporting, TextBasis,
};
use docket_domain::vocabulary::LabelMeaning;
use docket_domain::{
    Action, Actor, Data, Digest, Effective, EventId, EventKind, Key, RegisterId, StateName, Step, Subject,
    Timestamp, Vocabulary,
};

use crate::facts::{Fact, Known, begin_when_recorded, effective, recorded, texts};
use crate::views::source_of;

/// The codes of the refusals that fit.
pub(crate) type Reasons = BTreeSet<&'static str>;

/// What a step comes to, or every reason against it.
pub(crate) fn decide(
    known: Known<'_>,
    actor: &Actor,
    step: &Step,
    at: Timestamp,
) -> Result<Data<String>, Reasons> {
    let mut rules = Rules { known, subject: &step.subject, reasons: Reasons::new() };
    rules.refuse_if(known.event(step.event).is_some(), "event-exists");
    let expected = step.expect_version;
    rules.refuse_if(
        expected.is_some_and(|version| version != known.version(&step.subject)),
        "version-conflict",
    );
    let data = match &step.action {
        Action::ReportStatus(report) => rules.reported(report, at),
        Action::Correct(change) => rules.correction(change),
        Action::Record(data) => Some(data.clone()),
    };
    if let Some(mut data) = data {
        begin_when_recorded(&mut data, at);
        rules.whole(actor, &data);
        if rules.reasons.is_empty() {
            return Ok(data);
        }
    }
    Err(rules.reasons)
}

struct Rules<'a> {
    known: Known<'a>,
    subject: &'a Subject,
    reasons: Reasons,
}

impl<'a> Rules<'a> {
    fn refuse_if(&mut self, applies: bool, reason: &'static str) {
        if applies {
            self.reasons.insert(reason);
        }
    }

    fn vocabulary(&mut self) -> Option<&'a Vocabulary> {
        let found = self.subject.register().and_then(|register| self.known.vocabulary(register));
        self.refuse_if(found.is_none(), "unknown-register");
        found
    }

    fn meaning(&mut self, label: &docket_domain::Label) -> Option<&'a LabelMeaning> {
        let meaning = self.vocabulary()?.labels.iter().find(|meaning| meaning.label == *label);
        self.refuse_if(meaning.is_none(), "unknown-label");
        meaning
    }

    /// "Work may regress: typed by hand it needs a reason, printed in a source it is recorded and flagged."
    fn reported(&mut self, report: &ReportStatus, at: Timestamp) -> Option<Data<String>> {
        let register = self.subject.register()?.clone();
        let meaning = self.meaning(&report.label)?;
        let effective = report.effective.clone().filter(|given| given.basis != Basis::Recorded);
        let effective = effective.unwrap_or_else(|| recorded(at));
        let regress = self.known.regresses(self.subject, meaning.state.as_ref(), effective.from);
        self.refuse_if(
            regress && report.source.is_none() && report.reason.is_none(),
            "regress-without-reason",
        );
        let opening = self.known.about(&Subject::Register(register)).next()?;
        let Data::RegisterOpened(opened) = &opening.data else { return None };
        Some(Data::StatusReported(StatusReported {
            asserter: report.asserter.clone().unwrap_or(opened.publisher.clone()),
            effective,
            label: Some(report.label.clone()),
            reason: report.reason.clone(),
            regress,
            reporting: meaning.reporting,
            source: report.source.clone(),
            source_url: report.source_url.clone(),
            state: meaning.state.clone(),
        }))
    }

    fn correction(&mut self, change: &Change) -> Option<Data<String>> {
        let status = match &change.label {
            Some(label) => Some(self.meaning(label)?),
            None => None,
        };
        Some(Data::EventCorrected(EventCorrected {
            effective: change.effective.clone(),
            reason: change.reason.clone(),
            source: change.source.clone(),
            source_url: change.source_url.clone(),
            status: status.map(|meaning| StatusValue {
                label: Some(meaning.label.clone()),
                reporting: meaning.reporting,
                state: meaning.state.clone(),
            }),
            target: change.target,
            text: change.text.clone(),
        }))
    }

    fn whole(&mut self, actor: &Actor, data: &Data<String>) {
        self.place(data);
        self.refuse_if(texts(&mut data.clone()).iter().any(|text| text.contains('\0')), "text-with-nul");
        self.refuse_if(must_say_something(data).iter().any(|text| text.trim().is_empty()), "blank");
        self.refuse_if(effective(data).is_some_and(|given| !is_interval(given)), "inconsistent");
        self.refuse_if(source_of(data).is_some_and(|source| !are_lines(source)), "inconsistent");
        match data {
            Data::VocabularyRevised(it) => self.revision(&it.vocabulary),
            Data::StatusReported(it) => self.status(it),
            Data::StatusVerified(it) => self.finding(actor, it),
            Data::EvidenceAttached(it) => self.evidence(it),
            Data::AssignmentChanged(it) => self.assignment(it),
            Data::EventCorrected(it) => self.corrected(it),
            Data::EventRetracted(it) => self.retracted(it.target),
            Data::TextRedacted(it) => self.redaction(it),
            Data::HoldLifted(it) => self.lifting(it.target),
            Data::RecommendationAmended(it) => {
                let number = it.number.is_some() || it.number_printed.is_some();
                let nothing =
                    !number && it.text.is_none() && it.number_basis.is_none() && it.text_basis.is_none();
                let unknown_text = it.text.is_some() && it.text_basis == Some(TextBasis::Unknown);
                let missing_but_printed =
                    it.number_printed.is_some() && it.number_basis == Some(NumberBasis::Missing);
                self.refuse_if(nothing || unknown_text || missing_but_printed, "inconsistent");
            }
            Data::RecommendationRegistered(it) => {
                let text = it.text.is_none() != (it.text_basis == TextBasis::Unknown);
                let number = it.number_basis == NumberBasis::Printed
                    && it.number.is_none()
                    && it.number_printed.is_none();
                self.refuse_if(text || number, "inconsistent");
            }
            Data::ClaimRecorded(it) => self.refuse_if(it.figures.is_empty(), "inconsistent"),
            Data::ReviewPerformed(it) => {
                self.refuse_if(it.from_index >= it.to_index, "inconsistent");
                self.refuse_if(it.to_index > self.known.0.len() as u64, "beyond-the-log");
            }
            _ => {}
        }
    }

    /// What can be said about which subject; the first event of a subject opens it, and no later one does.
    fn place(&mut self, data: &Data<String>) {
        let kind = data.kind();
        let fits = match self.subject {
            Subject::Register(_) => matches!(
                kind,
                EventKind::RegisterOpened
                    | EventKind::VocabularyRevised
                    | EventKind::HoldPlaced
                    | EventKind::HoldLifted
            ),
            Subject::Recommendation(..) => !matches!(
                kind,
                EventKind::RegisterOpened
                    | EventKind::VocabularyRevised
                    | EventKind::SourceReceived
                    | EventKind::FragmentQuarantined
                    | EventKind::ClaimRecorded
                    | EventKind::ReviewPerformed
            ),
            Subject::Source(..) => matches!(kind, EventKind::HoldPlaced | EventKind::HoldLifted),
            Subject::Claim(..) => kind == EventKind::ClaimRecorded,
            Subject::Review(..) => kind == EventKind::ReviewPerformed,
            Subject::Log => false,
        };
        let anywhere =
            matches!(kind, EventKind::EventCorrected | EventKind::EventRetracted | EventKind::TextRedacted);
        self.refuse_if(!fits && !anywhere, "wrong-subject");
        let opens = matches!(
            kind,
            EventKind::RegisterOpened
                | EventKind::RecommendationRegistered
                | EventKind::ClaimRecorded
                | EventKind::ReviewPerformed
        );
        let exists = self.known.version(self.subject) > 0;
        self.refuse_if(opens && exists, "already-there");
        if !opens && !exists {
            let is_register = matches!(self.subject, Subject::Register(_));
            self.refuse_if(is_register, "unknown-register");
            self.refuse_if(!is_register, "unknown-subject");
        }
        if kind != EventKind::RegisterOpened {
            self.vocabulary();
        }
    }

    fn in_force(&mut self, event: EventId) -> Option<&'a Fact> {
        let found = self.there(event)?;
        self.refuse_if(!self.known.in_force(found), "not-in-force");
        Some(found)
    }

    fn there(&mut self, event: EventId) -> Option<&'a Fact> {
        let found = self.known.event(event);
        self.refuse_if(found.is_none(), "unknown-event");
        self.refuse_if(found.is_some_and(|found| found.subject != *self.subject), "other-subject");
        found
    }

    fn status(&mut self, it: &StatusReported<String>) {
        match &it.label {
            None => self.refuse_if(it.reporting != Reporting::Unknown || it.state.is_some(), "inconsistent"),
            Some(label) => {
                let Some(meaning) = self.meaning(label) else { return };
                let differs = meaning.reporting != it.reporting || meaning.state != it.state;
                self.refuse_if(differs, "inconsistent");
            }
        }
    }

    /// "who recorded the claim can't record the finding": whoever corrected it has recorded what now stands.
    fn finding(&mut self, actor: &Actor, it: &StatusVerified<String>) {
        if let Some(claim) = self.in_force(it.claim) {
            self.refuse_if(claim.kind() != EventKind::StatusReported, "wrong-kind");
            let corrected = self.known.corrections(claim).iter().any(|by| by.actor == *actor);
            self.refuse_if(claim.actor == *actor || corrected, "own-claim");
        }
        let vocabulary = self.vocabulary();
        let defines = |state: &StateName| {
            vocabulary.is_some_and(|known| known.states.iter().any(|defined| defined.name == *state))
        };
        self.refuse_if(it.state.as_ref().is_some_and(|state| !defines(state)), "unknown-state");
        for evidence in &it.evidence {
            self.in_force(*evidence);
        }
    }

    fn evidence(&mut self, it: &EvidenceAttached<String>) {
        let document = (it.sha256.is_some(), it.size.is_some(), it.media_type.is_some());
        let whole = document == (true, true, true) || (document == (false, false, false) && it.url.is_some());
        self.refuse_if(!whole, "inconsistent");
        if let Some(event) = it.event {
            self.in_force(event);
        }
    }

    fn assignment(&mut self, it: &AssignmentChanged<String>) {
        use AssignmentAttribute::{Dependency, TargetDate};
        let given = (it.value.is_some(), it.target.is_some(), it.dependency.is_some());
        let fits = match (it.change, it.attribute) {
            (AssignmentChange::Set, Dependency) => given == (false, false, true),
            (AssignmentChange::Set, TargetDate) => given == (false, true, false),
            (AssignmentChange::Set, _) => given == (true, false, false),
            (AssignmentChange::Cleared, Dependency) => (given.0, given.1) == (false, false),
            (AssignmentChange::Cleared, _) => given == (false, false, false),
        };
        self.refuse_if(!fits, "inconsistent");
        if let (Some(awaited), Subject::Recommendation(register, waiting)) = (&it.dependency, self.subject) {
            let other = Subject::Recommendation(register.clone(), awaited.clone());
            self.refuse_if(self.known.version(&other) == 0, "unknown-subject");
            let circle = it.change == AssignmentChange::Set && self.known.waits(register, awaited, waiting);
            self.refuse_if(circle, "dependency-cycle");
        }
    }

    fn corrected(&mut self, it: &EventCorrected<String>) {
        let Some(target) = self.in_force(it.target) else { return };
        match self.known.content(target) {
            Data::StatusReported(status) => {
                self.refuse_if(it.text.is_some(), "wrong-kind");
                let same = it.status.as_ref().is_none_or(|value| {
                    (&value.label, value.reporting, &value.state)
                        == (&status.label, status.reporting, &status.state)
                });
                self.refuse_if(same && it.effective.is_none() && it.text.is_none(), "nothing-changes");
            }
            Data::NoteRecorded(_) => {
                self.refuse_if(it.status.is_some(), "wrong-kind");
                let nothing = it.text.is_none() && it.effective.is_none() && it.status.is_none();
                self.refuse_if(nothing, "nothing-changes");
            }
            _ => self.refuse_if(true, "wrong-kind"),
        }
    }

    fn retracted(&mut self, event: EventId) {
        let Some(target) = self.in_force(event) else { return };
        let stays = matches!(
            target.kind(),
            EventKind::RegisterOpened
                | EventKind::VocabularyRevised
                | EventKind::SourceReceived
                | EventKind::RecommendationRegistered
                | EventKind::TextRedacted
                | EventKind::HoldPlaced
                | EventKind::HoldLifted
        );
        self.refuse_if(stays, "wrong-kind");
    }

    fn redaction(&mut self, it: &TextRedacted<String>) {
        let Some(target) = self.there(it.target) else { return };
        let count = texts(&mut target.data.clone()).len() as u64;
        self.refuse_if(it.field.is_some() == it.blob.is_some(), "inconsistent");
        self.refuse_if(it.field.is_some_and(|field| u64::from(field) >= count), "no-such-text");
        let brought = document(&target.data);
        self.refuse_if(it.blob.is_some() && it.blob != brought, "not-its-document");
        let again = self.known.0.iter().any(|fact| match &fact.data {
            Data::TextRedacted(earlier) => {
                earlier.target == it.target && (earlier.field, earlier.blob) == (it.field, it.blob)
            }
            _ => false,
        });
        self.refuse_if(again, "redacted-already");
        let mut holds = self.known.holds(self.subject);
        if let Some(document) = it.blob {
            // "A document is held if anything that brought it, or was read from it, is".
            for fact in self.known.0.iter().filter(|fact| rests_on(&fact.data, document)) {
                holds.extend(self.known.holds(&fact.subject));
            }
        }
        self.refuse_if(!holds.is_empty(), "under-hold");
    }

    fn lifting(&mut self, hold: EventId) {
        let Some(target) = self.there(hold) else { return };
        self.refuse_if(target.kind() != EventKind::HoldPlaced, "wrong-kind");
        let in_force = self.known.holds(self.subject).iter().any(|held| held.id == hold);
        self.refuse_if(target.kind() == EventKind::HoldPlaced && !in_force, "hold-lifted");
    }

    fn revision(&mut self, revised: &Vocabulary) {
        self.refuse_if(!is_usable(revised), "vocabulary");
        let Subject::Register(register) = self.subject else { return };
        self.refuse_if(self.known.vocabulary(register) == Some(revised), "same-vocabulary");
        let defines = |state: &StateName| revised.states.iter().any(|defined| defined.name == *state);
        let dropped = self.known.states_in_use(register).iter().any(|state| !defines(state));
        self.refuse_if(dropped, "states-in-use");
    }
}

impl Known<'_> {
    /// Whether a new state stands lower in the vocabulary's order than the one before it.
    pub(crate) fn regresses(
        self,
        subject: &Subject,
        state: Option<&StateName>,
        from: Option<Timestamp>,
    ) -> bool {
        let Some(vocabulary) = subject.register().and_then(|register| self.vocabulary(register)) else {
            return false;
        };
        let order = |state: &StateName| {
            vocabulary.states.iter().find(|defined| defined.name == *state).map(|defined| defined.order)
        };
        let before = self.state_before(subject, from);
        let orders = (state.and_then(order), before.as_ref().and_then(order));
        matches!(orders, (Some(new), Some(old)) if new < old)
    }

    /// Whether one waits, over however many others, for another one, once everything that has a date has begun.
    fn waits(self, register: &RegisterId, waiting: &Key, awaited: &Key) -> bool {
        let end = Timestamp::parse("9999-12-31T23:59:59.999999Z").unwrap();
        let mut reached = vec![waiting.clone()];
        let mut place = 0;
        while let Some(key) = reached.get(place).cloned() {
            let subject = Subject::Recommendation(register.clone(), key);
            for (_, assignment) in self.assignments(&subject, end) {
                reached.extend(assignment.dependency.filter(|key| !reached.contains(key)));
            }
            place += 1;
        }
        reached.contains(awaited)
    }

    /// The states that statements and findings in force give.
    fn states_in_use(self, register: &RegisterId) -> Vec<StateName> {
        let of_register = self.0.iter().filter(|fact| fact.subject.register() == Some(register));
        let in_force = of_register.filter(|fact| self.in_force(fact));
        in_force
            .filter_map(|fact| match fact.kind() {
                EventKind::StatusReported | EventKind::StatusVerified => match self.content(fact) {
                    Data::StatusReported(status) => status.state,
                    Data::StatusVerified(finding) => finding.state,
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }
}

/// Texts that may not be blank: reasons, and what the event is there to say.
fn must_say_something(data: &Data<String>) -> Vec<&String> {
    let words = match data {
        Data::NoteRecorded(it) => Some(&it.text),
        Data::ClaimRecorded(it) => Some(&it.text),
        Data::RegisterOpened(it) => Some(&it.title),
        Data::ReviewPerformed(it) => Some(&it.findings),
        Data::TextRedacted(it) => Some(&it.authority),
        Data::HoldPlaced(it) => Some(&it.authority),
        Data::EventCorrected(it) => it.text.as_ref(),
        Data::RecommendationRegistered(it) => it.text.as_ref(),
        Data::RecommendationAmended(it) => it.text.as_ref(),
        Data::AssignmentChanged(it) => it.value.as_ref(),
        Data::EvidenceAttached(it) => it.url.as_ref(),
        _ => None,
    };
    words.into_iter().chain(crate::views::reason(data)).collect()
}

/// `from..to` holds an instant, `unknown` has no bounds, and basis `recorded` goes with an instant.
fn is_interval(given: &Effective<String>) -> bool {
    let recorded = given.basis == Basis::Recorded;
    match (given.precision, given.from.zip(given.to)) {
        (Precision::Unknown, None) => given.from.is_none() && given.to.is_none() && !recorded,
        (Precision::Unknown, Some(_)) | (_, None) => false,
        (Precision::Instant, Some((from, to))) => from < to && recorded,
        (_, Some((from, to))) => from < to && !recorded,
    }
}

fn are_lines(source: &SourceLines) -> bool {
    source.lines.iter().all(|(first, last)| *first > 0 && first <= last)
}

/// Every name is defined once, and a label leads to a defined state, which only one that reports something has.
fn is_usable(vocabulary: &Vocabulary) -> bool {
    let states: BTreeSet<_> = vocabulary.states.iter().map(|state| &state.name).collect();
    let labels: BTreeSet<_> = vocabulary.labels.iter().map(|meaning| &meaning.label).collect();
    let leads = |meaning: &LabelMeaning| {
        meaning
            .state
            .as_ref()
            .is_none_or(|state| states.contains(state) && meaning.reporting == Reporting::Reported)
    };
    states.len() == vocabulary.states.len()
        && labels.len() == vocabulary.labels.len()
        && vocabulary.labels.iter().all(leads)
}

/// The document that an event brought.
pub(crate) fn document(data: &Data<String>) -> Option<Digest> {
    match data {
        Data::SourceReceived(source) => Some(source.sha256),
        Data::EvidenceAttached(evidence) => evidence.sha256,
        _ => None,
    }
}

fn rests_on(data: &Data<String>, wanted: Digest) -> bool {
    document(data) == Some(wanted) || source_of(data).is_some_and(|source| source.sha256 == wanted)
}
