//! The model itself: a list of facts in the order in which they were recorded, read anew for every question.
//!
//! Nothing here is indexed, remembered or shared with the projection. "As known at K" is the first K facts. A text that was redacted is
//! replaced where it stands: that is what a redaction does to every answer, at whatever size.

use docket_domain::event::EventCorrected;
use docket_domain::term::{Basis, Precision, Visibility};
use docket_domain::{Actor, Data, Effective, EventId, EventKind, RegisterId, Subject, Timestamp, Vocabulary};

/// What stands before the digest of a text that was redacted. No text of a test holds it.
pub(crate) const REDACTED: char = '\u{1}';

/// One recorded event.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) index: usize,
    pub(crate) id: EventId,
    pub(crate) subject: Subject,
    pub(crate) version: u64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) actor: Actor,
    pub(crate) data: Data<String>,
}

impl Fact {
    pub(crate) fn kind(&self) -> EventKind {
        self.data.kind()
    }
}

/// The facts that are known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a>(pub(crate) &'a [Fact]);

impl<'a> Known<'a> {
    /// The first so many of them.
    pub(crate) fn first(self, known_at: usize) -> Self {
        Self(&self.0[..known_at])
    }

    pub(crate) fn event(self, id: EventId) -> Option<&'a Fact> {
        self.0.iter().find(|fact| fact.id == id)
    }

    pub(crate) fn about(self, subject: &Subject) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let subject = subject.clone();
        self.0.iter().filter(move |fact| fact.subject == subject)
    }

    /// How many events are known about a subject.
    pub(crate) fn version(self, subject: &Subject) -> u64 {
        self.about(subject).count() as u64
    }

    /// Withdrawn is what a retraction that is itself in force names.
    pub(crate) fn in_force(self, fact: &Fact) -> bool {
        !self.0.iter().any(|other| {
            matches!(&other.data, Data::EventRetracted(retraction) if retraction.target == fact.id)
                && self.in_force(other)
        })
    }

    /// The facts in force about a subject, corrections applied.
    pub(crate) fn said(self, subject: &Subject) -> Vec<(&'a Fact, Data<String>)> {
        let in_force = self.about(subject).filter(|fact| self.in_force(fact));
        in_force.map(|fact| (fact, self.content(fact))).collect()
    }

    /// The corrections of a fact, withdrawn ones included, oldest first.
    pub(crate) fn all_corrections(self, fact: &Fact) -> Vec<&'a Fact> {
        let corrects =
            |other: &&Fact| matches!(&other.data, Data::EventCorrected(change) if change.target == fact.id);
        self.0.iter().filter(corrects).collect()
    }

    /// Those that are in force.
    pub(crate) fn corrections(self, fact: &Fact) -> Vec<&'a Fact> {
        self.all_corrections(fact).into_iter().filter(|correction| self.in_force(correction)).collect()
    }

    /// What a fact says once it is corrected; a later correction wins, field by field.
    pub(crate) fn content(self, fact: &Fact) -> Data<String> {
        let mut data = fact.data.clone();
        for correction in self.corrections(fact) {
            if let Data::EventCorrected(change) = &correction.data {
                correct(&mut data, change);
            }
        }
        data
    }

    /// Where a correction or retraction leads in the end.
    pub(crate) fn root(self, fact: &'a Fact) -> &'a Fact {
        match &fact.data {
            Data::EventCorrected(EventCorrected { target, .. }) => self.root(self.event(*target).unwrap()),
            Data::EventRetracted(retraction) => self.root(self.event(retraction.target).unwrap()),
            _ => fact,
        }
    }

    /// Whether the public may see it: not what is, or speaks of, an internal note.
    pub(crate) fn is_public(self, fact: &Fact) -> bool {
        if matches!(&fact.data, Data::NoteRecorded(note) if note.visibility == Visibility::Internal) {
            return false;
        }
        target(&fact.data).and_then(|target| self.event(target)).is_none_or(|target| self.is_public(target))
    }

    /// The registers, sorted by id.
    pub(crate) fn registers(self) -> Vec<RegisterId> {
        let opened = self.0.iter().filter(|fact| fact.kind() == EventKind::RegisterOpened);
        let mut registers: Vec<RegisterId> =
            opened.filter_map(|fact| fact.subject.register().cloned()).collect();
        registers.sort();
        registers
    }

    pub(crate) fn opened_first(self, registers: &[RegisterId]) -> RegisterId {
        let opened = |register: &&RegisterId| {
            self.about(&Subject::Register((*register).clone())).next().map(|fact| fact.index)
        };
        registers.iter().min_by_key(opened).unwrap().clone()
    }

    /// The vocabulary of a register: that of its opening, or of the last revision.
    pub(crate) fn vocabulary(self, register: &RegisterId) -> Option<&'a Vocabulary> {
        self.about(&Subject::Register(register.clone())).filter_map(|fact| vocabulary_of(&fact.data)).last()
    }

    /// How many entries were recorded at or before a time.
    pub(crate) fn size_at(self, time: Timestamp) -> usize {
        self.0.iter().filter(|fact| fact.recorded_at <= time).count()
    }
}

pub(crate) fn vocabulary_of(data: &Data<String>) -> Option<&Vocabulary> {
    match data {
        Data::RegisterOpened(opened) => Some(&opened.vocabulary),
        Data::VocabularyRevised(revised) => Some(&revised.vocabulary),
        _ => None,
    }
}

fn correct(data: &mut Data<String>, change: &EventCorrected<String>) {
    match data {
        Data::StatusReported(status) => {
            if let Some(value) = &change.status {
                status.label.clone_from(&value.label);
                status.state.clone_from(&value.state);
                status.reporting = value.reporting;
            }
            status.effective = change.effective.clone().unwrap_or_else(|| status.effective.clone());
        }
        Data::NoteRecorded(note) => {
            note.text = change.text.clone().unwrap_or_else(|| note.text.clone());
            note.effective = change.effective.clone().unwrap_or_else(|| note.effective.clone());
        }
        other => panic!("only a status or a note can be corrected, not a {}", other.kind().short()),
    }
}

/// The earlier event that one speaks of.
pub(crate) fn target(data: &Data<String>) -> Option<EventId> {
    match data {
        Data::StatusVerified(finding) => Some(finding.claim),
        Data::EvidenceAttached(evidence) => evidence.event,
        Data::EventCorrected(correction) => Some(correction.target),
        Data::EventRetracted(retraction) => Some(retraction.target),
        Data::TextRedacted(redaction) => Some(redaction.target),
        Data::HoldLifted(lifting) => Some(lifting.target),
        _ => None,
    }
}

/// When what is said began, for types that say so.
pub(crate) fn effective(data: &Data<String>) -> Option<&Effective<String>> {
    match data {
        Data::SourceReceived(source) => Some(&source.effective),
        Data::StatusReported(status) => Some(&status.effective),
        Data::StatusVerified(finding) => Some(&finding.effective),
        Data::NoteRecorded(note) => Some(&note.effective),
        Data::AssignmentChanged(assignment) => Some(&assignment.effective),
        Data::ClaimRecorded(claim) => Some(&claim.effective),
        Data::EventCorrected(correction) => correction.effective.as_ref(),
        _ => None,
    }
}

/// An interval of basis `recorded` begins when it is recorded, `[t, t + 1 us)`.
pub(crate) fn begin_when_recorded(data: &mut Data<String>, at: Timestamp) {
    let effective = match data {
        Data::SourceReceived(source) => &mut source.effective,
        Data::StatusReported(status) => &mut status.effective,
        Data::StatusVerified(finding) => &mut finding.effective,
        Data::NoteRecorded(note) => &mut note.effective,
        Data::AssignmentChanged(assignment) => &mut assignment.effective,
        Data::ClaimRecorded(claim) => &mut claim.effective,
        Data::EventCorrected(EventCorrected { effective: Some(effective), .. }) => effective,
        _ => return,
    };
    if effective.basis == Basis::Recorded {
        *effective = recorded(at);
    }
}

pub(crate) fn recorded(at: Timestamp) -> Effective<String> {
    let to = Timestamp::from_micros(at.as_micros() + 1).unwrap();
    Effective {
        basis: Basis::Recorded,
        from: Some(at),
        phrase: None,
        precision: Precision::Instant,
        to: Some(to),
    }
}

/// The texts of an event in the order of its entry, which is that of the keys of its JSON (docs/formats.md).
pub(crate) fn texts(data: &mut Data<String>) -> Vec<&mut String> {
    let mut texts: Vec<&mut String> = Vec::new();
    match data {
        Data::RegisterOpened(it) => texts.push(&mut it.title),
        Data::VocabularyRevised(it) => texts.push(&mut it.reason),
        Data::SourceReceived(it) => {
            texts.extend(&mut it.derivation);
            texts.extend(&mut it.effective.phrase);
            texts.push(&mut it.title);
        }
        Data::RecommendationRegistered(it) => {
            texts.extend(it.cells.iter_mut().map(|cell| &mut cell.text));
            texts.extend(it.damage.iter_mut().filter_map(|damage| damage.note.as_mut()));
            texts.extend(&mut it.text);
        }
        Data::RecommendationAmended(it) => {
            texts.push(&mut it.reason);
            texts.extend(it.source_url.iter_mut().chain(&mut it.text));
        }
        Data::StatusReported(it) => {
            texts.extend(it.effective.phrase.iter_mut().chain(&mut it.reason).chain(&mut it.source_url));
        }
        Data::StatusVerified(it) => {
            texts.extend(it.comment.iter_mut().chain(&mut it.effective.phrase).chain(&mut it.source_url));
        }
        Data::NoteRecorded(it) => {
            texts.extend(it.effective.phrase.iter_mut().chain(&mut it.reason).chain(&mut it.source_url));
            texts.push(&mut it.text);
        }
        Data::EvidenceAttached(it) => texts.extend(it.title.iter_mut().chain(&mut it.url)),
        Data::AssignmentChanged(it) => {
            texts.extend(it.effective.phrase.iter_mut().chain(&mut it.reason));
            texts.extend(it.target.iter_mut().filter_map(|target| target.phrase.as_mut()));
            texts.extend(&mut it.value);
        }
        Data::ClaimRecorded(it) => {
            texts.extend(it.effective.phrase.iter_mut().chain(&mut it.source_url));
            texts.push(&mut it.text);
        }
        Data::ReviewPerformed(it) => texts.push(&mut it.findings),
        Data::FragmentQuarantined(it) => texts.extend([&mut it.reason, &mut it.text]),
        Data::EventCorrected(it) => {
            texts.extend(it.effective.iter_mut().filter_map(|effective| effective.phrase.as_mut()));
            texts.push(&mut it.reason);
            texts.extend(it.source_url.iter_mut().chain(&mut it.text));
        }
        Data::EventRetracted(it) => texts.push(&mut it.reason),
        Data::TextRedacted(it) => texts.extend([&mut it.authority, &mut it.reason]),
        Data::HoldPlaced(it) => texts.extend([&mut it.authority, &mut it.reason]),
        Data::HoldLifted(it) => texts.push(&mut it.reason),
        other => panic!("no test records a {}", other.kind().short()),
    }
    texts
}
