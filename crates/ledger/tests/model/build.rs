//! From the numbers of a history to commands: what they choose depends on what is recorded when their turn comes.

use chrono_tz::Tz;
use docket_domain::command::{Change, ReportStatus};
use docket_domain::event::{
    AssignmentChanged, ClaimRecorded, EventRetracted, EvidenceAttached, Figure, HoldLifted, HoldPlaced,
    NoteRecorded, ReviewPerformed, SourceLines, StatusReported, StatusVerified, TextRedacted,
    VocabularyRevised,
};
use docket_domain::term::{
    ActorBasis, AssignmentAttribute, AssignmentChange, Basis, NoteRole, Precision, Reporting, Visibility,
};
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, Data, Digest, Effective, EventId, EventKind, Label,
    StateName, Step, Subject, Timestamp,
};
use uuid::Uuid;

use crate::calendar::{interval, interval_or_recorded, length_micros, plus};
use crate::facts::{Known, recorded, texts};
use crate::moves::{Act, Expect, Ordered, Side, When};
use crate::pool::{
    LABELS, STATES, amendment, by_key, other, r, recommendation, register, registration, vocabulary, zone_of,
};
use crate::rules::document;

const ACTORS: [&str; 5] = ["ann", "bob", "eve", "clerk", "nobody"];

/// One of the actors; the last one never records anything.
pub(crate) fn actor(choice: u8) -> Actor {
    Actor::new(ACTORS[usize::from(choice) % ACTORS.len()]).unwrap()
}

fn city() -> Asserter {
    Asserter::new("City").unwrap()
}

/// Makes ids and words: never the same twice.
#[derive(Debug, Default)]
pub(crate) struct Maker {
    ids: u128,
    words: u32,
}

/// An event that can be spoken of: recorded, or an earlier step of the same request.
type Mentioned = (EventId, Subject, EventKind);

/// The building of one request.
pub(crate) struct Builder<'a> {
    pub(crate) maker: &'a mut Maker,
    pub(crate) known: Known<'a>,
    /// The documents that can be attached.
    pub(crate) documents: &'a [(Digest, u64)],
    mentioned: Vec<Mentioned>,
}

impl Maker {
    pub(crate) fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    /// Words that nobody has said.
    pub(crate) fn words(&mut self, what: &str) -> String {
        self.words += 1;
        format!("{what} {}", self.words)
    }
}

impl<'a> Builder<'a> {
    pub(crate) fn new(maker: &'a mut Maker, known: Known<'a>, documents: &'a [(Digest, u64)]) -> Self {
        let mentioned = known.0.iter().map(|fact| (fact.id, fact.subject.clone(), fact.kind()));
        Self { mentioned: mentioned.collect(), maker, known, documents }
    }

    /// A command; what chooses among nothing is left out.
    pub(crate) fn command(&mut self, ordered: &Ordered) -> Option<Command> {
        let mut steps: Vec<Step> = Vec::new();
        for (act, expect) in &ordered.steps {
            let Some((subject, action)) = self.act(act) else { continue };
            let earlier = steps.iter().filter(|step| step.subject == subject).count() as u64;
            let version = self.known.version(&subject) + earlier;
            let expect_version = match expect {
                Expect::Nothing => None,
                Expect::Right => Some(version),
                Expect::Wrong(by) => Some((version + u64::from(by % 3) + 1) % 7),
            };
            let event = EventId::from(self.maker.id());
            let kind = match &action {
                Action::ReportStatus(_) => EventKind::StatusReported,
                Action::Correct(_) => EventKind::EventCorrected,
                Action::Record(data) => data.kind(),
            };
            self.mentioned.push((event, subject.clone(), kind));
            steps.push(Step { event, subject, expect_version, action });
        }
        (!steps.is_empty()).then(|| Command {
            id: CommandId::from(self.maker.id()),
            actor: actor(ordered.actor % 3),
            actor_basis: ActorBasis::Os,
            steps,
        })
    }

    /// An event of one of these types; now and then any event, and now and then said of another subject.
    fn choose(&self, choice: u16, kinds: &[EventKind]) -> Option<(EventId, Subject)> {
        let any = choice % 29 == 28;
        let fitting = self.mentioned.iter().filter(|(_, _, kind)| any || kinds.contains(kind));
        let fitting: Vec<&Mentioned> = fitting.collect();
        let place = usize::from(choice).checked_rem(fitting.len())?;
        let (event, subject, _) = fitting.get(fitting.len() - 1 - place)?;
        let elsewhere = choice % 31 == 30;
        Some((*event, if elsewhere { by_key(&r(), "2") } else { subject.clone() }))
    }

    fn reason(&mut self, choice: u8) -> Option<String> {
        match choice % 16 {
            0..=5 => None,
            15 if choice > 200 => Some(" ".to_owned()),
            _ => Some(self.maker.words("reason")),
        }
    }

    fn source(&self, choice: u8) -> Option<SourceLines> {
        let (sha256, _) = *self.documents.get(usize::from(choice / 8 % 2))?;
        match choice % 8 {
            0..=4 => None,
            _ if choice == 255 => Some(SourceLines { lines: vec![(3, 2)], sha256 }),
            _ => Some(SourceLines { lines: vec![(1, 2), (4, 4)], sha256 }),
        }
    }

    fn interval(&mut self, when: When, zone: Tz) -> Effective<String> {
        let phrase = self.maker.words("phrase");
        interval_or_recorded(when, zone, &phrase)
    }

    /// An interval that touches that of another statement in force; nothing where there is none, or nothing of the kind is wanted.
    fn beside(&self, when: When, subject: &Subject, but: Option<EventId>) -> Option<Effective<String>> {
        let When::Beside { of, side, length } = when else { return None };
        let statements = self.known.statements(subject);
        let others = statements.iter().rev().filter(|(fact, _)| Some(fact.id) != but);
        let bounds: Vec<(Timestamp, Timestamp)> =
            others.filter_map(|(_, status)| status.effective.from.zip(status.effective.to)).collect();
        let (begins, ends) = *bounds.get(usize::from(of).checked_rem(bounds.len())?)?;
        let length = length_micros(length);
        let (from, to) = match side {
            Side::Before => (plus(begins, -length), begins),
            Side::After => (ends, plus(ends, length)),
        };
        Some(Effective {
            basis: Basis::Stated,
            from: Some(from),
            phrase: None,
            precision: Precision::Range,
            to: Some(to),
        })
    }

    fn act(&mut self, act: &Act) -> Option<(Subject, Action)> {
        match *act {
            Act::Status { on, label, when, why, from } => Some(self.status(on, label, when, why, from)),
            Act::Illegible { on, when, label } => Some(self.illegible(on, when, label)),
            Act::Note { on, when, why, role, internal } => Some(self.note(on, when, why, role, internal)),
            Act::Verify { of, when, state, evidence } => self.verify(of, when, state, evidence),
            Act::Evidence { on, of, document } => Some(self.evidence(on, of, document)),
            Act::Assign { on, attribute, value, clear, when } => {
                Some(self.assign(on, attribute, value, clear, when))
            }
            Act::CorrectLabel { of, label, why } => {
                let status = [EventKind::StatusReported];
                self.correct(of, &status, Some(label), None, false, self.source(why))
            }
            Act::CorrectDate { of, when } => {
                let dated = [EventKind::StatusReported, EventKind::StatusReported, EventKind::NoteRecorded];
                self.correct(of, &dated, None, Some(when), false, None)
            }
            Act::CorrectBoth { of, label, when } => {
                self.correct(of, &[EventKind::StatusReported], Some(label), Some(when), false, None)
            }
            Act::CorrectText { of, when } => {
                self.correct(of, &[EventKind::NoteRecorded], None, when, true, None)
            }
            Act::Retract { of } => self.retract(of),
            Act::Redact { of, field } => self.redact(of, field),
            Act::Hold { on } => Some(self.hold(on)),
            Act::Lift { of } => self.lift(of),
            Act::Amend { on, what, number } => {
                Some((recommendation(on), Action::Record(amendment(self.maker, what, number))))
            }
            Act::Register { on, what } => Some(self.register(on, what)),
            Act::Revise { which, register } => {
                let reason = self.maker.words("reason");
                let revised = VocabularyRevised { reason, vocabulary: vocabulary(which) };
                let register = if register % 8 == 7 { other() } else { r() };
                Some((Subject::Register(register), Action::Record(Data::VocabularyRevised(revised))))
            }
            Act::Claim { when } => Some(self.claim(when)),
            Act::Review { from, to } => Some(self.review(from, to)),
        }
    }

    fn status(&mut self, on: u8, label: u8, when: When, why: u8, from: u8) -> (Subject, Action) {
        let subject = recommendation(on);
        let phrase = self.maker.words("phrase");
        // That it is stated as of the recording is said in words or by saying nothing.
        let now = (why % 5 == 4).then(|| recorded(Timestamp::EPOCH));
        let report = ReportStatus {
            label: Label::new(LABELS[usize::from(label) % LABELS.len()]).unwrap(),
            effective: self
                .beside(when, &subject, None)
                .or_else(|| interval(when, zone_of(&subject), &phrase))
                .or(now),
            asserter: (from % 3 == 2).then(|| Asserter::new("Police").unwrap()),
            reason: self.reason(why),
            source_url: (from % 5 == 4).then(|| self.maker.words("https://city.example/")),
            source: self.source(from),
        };
        (subject, Action::ReportStatus(report))
    }

    /// A status given in full: one that cannot be read, or one with its meaning beside it.
    fn illegible(&mut self, on: u8, when: When, label: u8) -> (Subject, Action) {
        let subject = recommendation(on);
        let effective = self.interval(when, zone_of(&subject));
        let (label, reporting, state) = match label % 8 {
            6 => (None, Reporting::Reported, None),
            7 => (Some("DONE"), Reporting::Reported, Some("done")),
            _ => (None, Reporting::Unknown, None),
        };
        let status = StatusReported {
            asserter: city(),
            effective,
            label: label.map(|label| Label::new(label).unwrap()),
            reason: None,
            regress: false,
            reporting,
            source: self.source(5),
            source_url: None,
            state: state.map(|state| StateName::new(state).unwrap()),
        };
        (subject, Action::Record(Data::StatusReported(status)))
    }

    fn note(&mut self, on: u8, when: When, why: u8, role: u8, internal: bool) -> (Subject, Action) {
        let subject = recommendation(on);
        let effective = self.interval(when, zone_of(&subject));
        let repeated = self.choose(u16::from(role), &[EventKind::NoteRecorded]).filter(|_| role % 9 == 8);
        let repeated = repeated.map(|(event, _)| format!("repeats event {event} word for word"));
        let note = NoteRecorded {
            asserter: city(),
            effective,
            reason: repeated.or_else(|| self.reason(why)),
            role: NoteRole::ALL[usize::from(role) % NoteRole::ALL.len()],
            source: self.source(role),
            source_url: (why % 7 == 6).then(|| self.maker.words("https://city.example/")),
            text: if why == 255 { "\t".to_owned() } else { self.maker.words("note") },
            visibility: if internal { Visibility::Internal } else { Visibility::Public },
        };
        (subject, Action::Record(Data::NoteRecorded(note)))
    }

    fn verify(&mut self, of: u16, when: When, state: u8, evidence: u16) -> Option<(Subject, Action)> {
        let (claim, subject) = self.choose(of, &[EventKind::StatusReported])?;
        let attached = self.choose(evidence, &[EventKind::EvidenceAttached]).filter(|_| evidence % 4 == 3);
        let states = STATES.len() + 1;
        let finding = StatusVerified {
            agrees: state.is_multiple_of(2),
            asserter: Asserter::new("Auditor").unwrap(),
            claim,
            comment: (state % 3 == 2).then(|| self.maker.words("comment")),
            effective: self.interval(when, zone_of(&subject)),
            evidence: attached.into_iter().map(|(event, _)| event).collect(),
            source_url: None,
            state: STATES.get(usize::from(state) % (states + 2)).map(|state| StateName::new(state).unwrap()),
        };
        Some((subject, Action::Record(Data::StatusVerified(finding))))
    }

    fn evidence(&mut self, on: u8, of: u16, document: u8) -> (Subject, Action) {
        let supported = self.choose(of, &[EventKind::StatusReported, EventKind::NoteRecorded]);
        let supported = supported.filter(|_| of % 3 == 2);
        let subject = supported.as_ref().map_or_else(|| recommendation(on), |(_, subject)| subject.clone());
        let kept = self.documents.get(usize::from(document) % 4);
        let evidence = EvidenceAttached {
            asserter: city(),
            event: supported.map(|(event, _)| event),
            media_type: kept.map(|_| "text/plain".to_owned()),
            sha256: kept.map(|(sha256, _)| *sha256),
            size: kept.map(|(_, size)| *size),
            title: (document % 3 == 1).then(|| self.maker.words("title")),
            url: (kept.is_none() && document != 255).then(|| self.maker.words("https://city.example/")),
        };
        (subject, Action::Record(Data::EvidenceAttached(evidence)))
    }

    fn assign(&mut self, on: u8, attribute: u8, value: u8, clear: bool, when: When) -> (Subject, Action) {
        let subject = recommendation(on);
        let attribute = AssignmentAttribute::ALL[usize::from(attribute) % AssignmentAttribute::ALL.len()];
        let mut assignment = AssignmentChanged {
            asserter: city(),
            attribute,
            change: if clear { AssignmentChange::Cleared } else { AssignmentChange::Set },
            dependency: None,
            effective: self.interval(when, zone_of(&subject)),
            reason: self.reason(value),
            source: self.source(value),
            target: None,
            value: None,
        };
        match (attribute, clear) {
            (AssignmentAttribute::Dependency, _) if !clear || value.is_multiple_of(2) => {
                assignment.dependency = recommendation(value).key().cloned();
            }
            (AssignmentAttribute::Dependency, _) | (_, true) => {}
            (AssignmentAttribute::TargetDate, _) => {
                let day = When::Span { start: value, length: 0, how: value };
                assignment.target = Some(self.interval(day, zone_of(&subject)));
            }
            _ if value == 255 => {}
            _ => assignment.value = Some(self.maker.words("office")),
        }
        (subject, Action::Record(Data::AssignmentChanged(assignment)))
    }

    fn correct(
        &mut self,
        of: u16,
        kinds: &[EventKind],
        label: Option<u8>,
        when: Option<When>,
        words: bool,
        source: Option<SourceLines>,
    ) -> Option<(Subject, Action)> {
        let (target, subject) = self.choose(of, kinds)?;
        let zone = zone_of(&subject);
        let effective = when.map(|when| {
            let beside = self.beside(when, &subject, Some(target));
            beside.unwrap_or_else(|| self.interval(when, zone))
        });
        let change = Change {
            target,
            label: label.map(|label| Label::new(LABELS[usize::from(label) % LABELS.len()]).unwrap()),
            text: words.then(|| self.maker.words("note")),
            effective,
            reason: self.maker.words("reason"),
            source_url: (of % 5 == 4).then(|| self.maker.words("https://city.example/")),
            source,
        };
        Some((subject, Action::Correct(change)))
    }

    fn retract(&mut self, of: u16) -> Option<(Subject, Action)> {
        use EventKind::{
            AssignmentChanged, ClaimRecorded, EventCorrected, EventRetracted as Retracted, EvidenceAttached,
            FragmentQuarantined, NoteRecorded, RecommendationAmended, ReviewPerformed, StatusReported,
            StatusVerified,
        };
        let kinds = [
            AssignmentChanged,
            ClaimRecorded,
            EventCorrected,
            Retracted,
            EvidenceAttached,
            FragmentQuarantined,
            NoteRecorded,
            RecommendationAmended,
            ReviewPerformed,
            StatusReported,
            StatusVerified,
        ];
        let (target, subject) = self.choose(of, &kinds)?;
        let retraction = EventRetracted { reason: self.maker.words("reason"), target };
        Some((subject, Action::Record(Data::EventRetracted(retraction))))
    }

    /// Any words: also those that stand elsewhere, or for something else as well.
    fn redact(&mut self, of: u16, field: u8) -> Option<(Subject, Action)> {
        let fact = self.known.0.get(usize::from(of).checked_rem(self.known.0.len())?)?;
        let mut data = fact.data.clone();
        let texts = texts(&mut data).len();
        let place = usize::from(field).checked_rem(texts + usize::from(field > 240));
        let document = document(&fact.data).filter(|_| field % 3 == 2);
        let redaction = TextRedacted {
            authority: self.maker.words("court"),
            blob: document,
            field: place.filter(|_| document.is_none()).and_then(|place| u32::try_from(place).ok()),
            reason: self.maker.words("reason"),
            target: fact.id,
        };
        let subject = if of % 31 == 30 { by_key(&r(), "2") } else { fact.subject.clone() };
        Some((subject, Action::Record(Data::TextRedacted(redaction))))
    }

    fn hold(&mut self, on: u8) -> (Subject, Action) {
        let sources: Vec<&Subject> = self
            .mentioned
            .iter()
            .filter(|(_, _, kind)| *kind == EventKind::SourceReceived)
            .map(|(_, subject, _)| subject)
            .collect();
        let subject = match (on % 16, sources.first()) {
            (13, Some(source)) => (*source).clone(),
            (14, _) => Subject::Register(r()),
            (15, _) => Subject::Register(other()),
            _ => recommendation(on),
        };
        let hold = HoldPlaced { authority: self.maker.words("court"), reason: self.maker.words("reason") };
        (subject, Action::Record(Data::HoldPlaced(hold)))
    }

    fn lift(&mut self, of: u16) -> Option<(Subject, Action)> {
        let (target, subject) = self.choose(of, &[EventKind::HoldPlaced])?;
        let lifting = HoldLifted { reason: self.maker.words("reason"), target };
        Some((subject, Action::Record(Data::HoldLifted(lifting))))
    }

    /// Another register, or a recommendation that is not there yet, where there is one.
    fn register(&mut self, on: u8, what: u8) -> (Subject, Action) {
        if what % 4 == 3 {
            return (Subject::Register(other()), Action::Record(register(self.maker, "Africa/Cairo")));
        }
        let wanted = [by_key(&r(), "III.2"), by_key(&other(), "1"), by_key(&r(), "7")];
        let missing = wanted.into_iter().find(|subject| {
            let opened = subject.register().is_some_and(|of| self.known.vocabulary(of).is_some());
            opened && self.known.version(subject) == 0
        });
        let subject = missing.unwrap_or_else(|| recommendation(on));
        let row = registration(self.maker, &subject, what);
        (subject, Action::Record(row))
    }

    fn claim(&mut self, when: When) -> (Subject, Action) {
        let figures = vec![Figure { name: "in-progress".to_owned(), value: 30 }];
        let claim = ClaimRecorded {
            asserter: city(),
            effective: self.interval(when, Tz::America__Chicago),
            figures: if matches!(when, When::Unknown) { Vec::new() } else { figures },
            source_url: None,
            text: self.maker.words("claim"),
        };
        (Subject::Claim(r(), self.maker.id()), Action::Record(Data::ClaimRecorded(claim)))
    }

    fn review(&mut self, from: u8, to: u8) -> (Subject, Action) {
        let size = self.known.0.len() as u64;
        let review = ReviewPerformed {
            asserter: Asserter::new("Auditor").unwrap(),
            findings: self.maker.words("findings"),
            from_index: u64::from(from) % (size + 1),
            to_index: u64::from(to) % (size + 3),
        };
        (Subject::Review(r(), self.maker.id()), Action::Record(Data::ReviewPerformed(review)))
    }
}
