//! What a source calls for: every event that its import records, with ids that follow from the document and the row.

use docket_domain::command::ReportStatus;
use docket_domain::effective::Effective;
use docket_domain::event::{
    Cell, Damage, FragmentQuarantined, NoteRecorded, RecommendationRegistered, RegisterOpened, SourceLines,
    SourceReceived, StatusReported,
};
use docket_domain::term::{Basis, NoteRole, Precision, Reporting, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Asserter, Data, EventId, EventKind, Label, StateName, Step, Subject, Vocabulary, Zone,
};
use uuid::Uuid;

use super::terms;
use super::{Importer, Prepared};
use crate::error::LedgerError;
use crate::import::manifest::IntervalBasis;
use crate::import::{Fragment, LineRange, Note, Row};

/// The namespace of the ids of imported events (RFC 9562 section 5.5): itself the v5 id of this name under the URL namespace.
const NAMESPACE_NAME: &[u8] = b"docket/import/v1";

/// The steps of one command.
pub(crate) struct Expected {
    pub(crate) steps: Vec<ExpectedStep>,
}

/// One event that the source calls for.
pub(crate) struct ExpectedStep {
    pub(crate) step: Step,
    pub(crate) kind: EventKind,
    /// What it is, for reports: "row 7, note 1".
    pub(crate) what: String,
}

/// Makes ids from the document, a row or other part, a type and an ordinal.
struct Ids {
    namespace: Uuid,
    document: String,
}

impl Ids {
    fn event(&self, part: &str, kind: EventKind, ordinal: usize) -> EventId {
        self.uuid(&format!("{}/{part}/{}/{ordinal}", self.document, kind.as_str())).into()
    }

    fn uuid(&self, name: &str) -> Uuid {
        Uuid::new_v5(&self.namespace, name.as_bytes())
    }
}

/// Every event of a source: register, document and fragments, the rows as printed, and then what the rows say.
pub(super) fn expected(prepared: &Prepared, importer: &Importer) -> Result<Vec<Expected>, LedgerError> {
    refuse_unknown_labels(prepared)?;
    let builder = Builder::new(prepared, importer)?;
    let mut groups = vec![builder.register()?, builder.source()];
    for row in &prepared.transcript.rows {
        groups.push(builder.registration(row)?);
    }
    for row in &prepared.transcript.rows {
        groups.push(builder.statements(row)?);
    }
    Ok(groups)
}

/// Every label must be in the manifest's vocabulary: all that are not are named at once.
fn refuse_unknown_labels(prepared: &Prepared) -> Result<(), LedgerError> {
    let vocabulary = &prepared.folder.manifest.vocabulary;
    let unknown = prepared.transcript.rows.iter().filter_map(|row| {
        let label = row.label.as_deref().filter(|label| vocabulary.meaning(label).is_none())?;
        let lines: Vec<String> = row.lines.iter().map(ToString::to_string).collect();
        let nearest = vocabulary.nearest(label).map(|known| format!(", the nearest is {known:?}"));
        Some(format!(
            "{label:?} in row {} (line {}){}",
            row.key,
            lines.join(", "),
            nearest.unwrap_or_default()
        ))
    });
    let labels: Vec<String> = unknown.collect();
    if labels.is_empty() { Ok(()) } else { Err(LedgerError::UnknownLabels { labels }) }
}

/// Makes the events of a source.
pub(crate) struct Builder<'a> {
    prepared: &'a Prepared,
    ids: Ids,
    zone: Zone,
    publisher: Asserter,
    curator: Asserter,
    effective: Effective<String>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(prepared: &'a Prepared, importer: &Importer) -> Result<Self, LedgerError> {
        let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, NAMESPACE_NAME);
        let ids = Ids { namespace, document: prepared.sha256.to_string() };
        let manifest = &prepared.folder.manifest;
        let value = |key: &'static str| move |source| LedgerError::Manifest { key, source };
        let zone = Zone::parse(&manifest.register.time_zone)?;
        let interval = &manifest.source.interval;
        let effective = Effective {
            basis: match interval.basis {
                IntervalBasis::Stated => Basis::Stated,
                IntervalBasis::Inferred => Basis::Inferred,
            },
            from: Some(zone.start_of(interval.from)?),
            phrase: None,
            precision: if interval.from == interval.to { Precision::Day } else { Precision::Range },
            to: Some(zone.end_of(interval.to)?),
        };
        Ok(Self {
            prepared,
            ids,
            zone,
            publisher: Asserter::new(&manifest.source.publisher).map_err(value("source.publisher"))?,
            curator: Asserter::new(importer.actor.as_str()).map_err(value("the importing actor"))?,
            effective,
        })
    }

    /// The id of an event of this source.
    pub(crate) fn event(&self, part: &str, kind: EventKind, ordinal: usize) -> EventId {
        self.ids.event(part, kind, ordinal)
    }

    /// The end of the interval in which the source was written.
    pub(crate) const fn written_by(&self) -> Option<docket_domain::Timestamp> {
        self.effective.to
    }

    /// A step that records data.
    pub(crate) fn step(
        &self,
        part: &str,
        ordinal: usize,
        subject: Subject,
        what: String,
        data: Data<String>,
    ) -> ExpectedStep {
        let kind = data.kind();
        let event = self.ids.event(part, kind, ordinal);
        ExpectedStep {
            step: Step { event, subject, expect_version: None, action: Action::Record(data) },
            kind,
            what,
        }
    }

    fn register(&self) -> Result<Expected, LedgerError> {
        let register = &self.prepared.folder.manifest.register;
        let publisher = Asserter::new(&register.publisher)
            .map_err(|source| LedgerError::Manifest { key: "register.publisher", source })?;
        let data = Data::RegisterOpened(RegisterOpened {
            expected_count: Some(register.expected_count),
            publisher,
            time_zone: self.zone,
            title: register.title.clone(),
            vocabulary: self.vocabulary()?,
        });
        let subject = Subject::Register(self.prepared.register.clone());
        // The register is opened by its first source, whichever that is.
        let event = self.ids.uuid(&format!("{}/register", self.prepared.register)).into();
        let step = Step { event, subject, expect_version: None, action: Action::Record(data) };
        let what = format!("register {}", self.prepared.register);
        let steps = vec![ExpectedStep { step, kind: EventKind::RegisterOpened, what }];
        Ok(Expected { steps })
    }

    fn vocabulary(&self) -> Result<Vocabulary, LedgerError> {
        let stated = &self.prepared.folder.manifest.vocabulary;
        let value = |source| LedgerError::Manifest { key: "vocabulary", source };
        let states = stated.states.iter().map(|state| {
            let name = StateName::new(&state.name).map_err(value)?;
            Ok(StateDefinition { closed: state.closed, name, order: state.order })
        });
        let labels = stated.labels.iter().map(|label| {
            Ok(LabelMeaning {
                label: Label::new(&label.printed).map_err(value)?,
                reporting: terms::reporting(label.reporting),
                state: label.state.as_deref().map(StateName::new).transpose().map_err(value)?,
            })
        });
        Ok(Vocabulary {
            labels: labels.collect::<Result<_, LedgerError>>()?,
            states: states.collect::<Result<_, LedgerError>>()?,
        })
    }

    /// The document, and what in it belongs to no row.
    pub(crate) fn source(&self) -> Expected {
        let manifest = &self.prepared.folder.manifest;
        let derivation = &manifest.source.interval.derivation;
        let data = Data::SourceReceived(SourceReceived {
            derivation: (!derivation.is_empty()).then(|| derivation.join("\n")),
            effective: self.effective.clone(),
            media_type: manifest.document.media_type.clone(),
            publisher: self.publisher.clone(),
            sha256: self.prepared.sha256,
            size: manifest.document.bytes,
            title: manifest.source.title.clone(),
        });
        let mut steps =
            vec![self.step("source", 0, self.source_subject(), manifest.document.file.clone(), data)];
        for fragment in &self.prepared.transcript.fragments {
            steps.push(self.fragment(fragment));
        }
        Expected { steps }
    }

    fn source_subject(&self) -> Subject {
        Subject::Source(self.prepared.register.clone(), self.prepared.sha256)
    }

    fn fragment(&self, fragment: &Fragment) -> ExpectedStep {
        let data = Data::FragmentQuarantined(FragmentQuarantined {
            reason: fragment.reason.clone(),
            source: self.lines(&[fragment.lines]),
            text: fragment.text.clone(),
        });
        let part = format!("lines {}", fragment.lines);
        self.step(&part, 0, self.source_subject(), format!("fragment, {part}"), data)
    }

    /// Lines of the document.
    pub(crate) fn lines(&self, lines: &[LineRange]) -> SourceLines {
        SourceLines {
            lines: lines.iter().map(|range| (range.first, range.last)).collect(),
            sha256: self.prepared.sha256,
        }
    }

    /// A row as printed.
    pub(crate) fn registration(&self, row: &Row) -> Result<Expected, LedgerError> {
        let subject = self.prepared.row(&row.key)?;
        let key = subject.key().cloned().ok_or(LedgerError::Empty)?;
        let cells = row.cells.iter().filter(|cell| !cell.text.is_empty()).map(|cell| Cell {
            column: cell.column + 1,
            line: cell.line,
            text: cell.text.clone(),
        });
        let damage = row.damage.iter().map(|damage| Damage {
            code: damage.code.clone(),
            note: (!damage.note.is_empty()).then(|| damage.note.clone()),
        });
        let data = Data::RecommendationRegistered(RecommendationRegistered {
            cells: cells.collect(),
            damage: damage.collect(),
            key,
            number: row.number,
            number_basis: terms::number_basis(row.number_basis),
            number_printed: row.number_printed.clone(),
            source: (!row.lines.is_empty()).then(|| self.lines(&row.lines)),
            text: row.text.clone(),
            text_basis: terms::text_basis(row.text_basis),
        });
        let what = format!("recommendation {}", row.key);
        let steps = vec![self.step(&row.key, 0, subject, what, data)];
        Ok(Expected { steps })
    }

    /// What a row says: its status first, then its notes.
    fn statements(&self, row: &Row) -> Result<Expected, LedgerError> {
        let mut steps = vec![self.status(row)?];
        for (ordinal, note) in row.notes.iter().enumerate() {
            steps.push(self.note(row, ordinal, note)?);
        }
        Ok(Expected { steps })
    }

    /// The status that a row states.
    pub(crate) fn status(&self, row: &Row) -> Result<ExpectedStep, LedgerError> {
        // A lost row has no lines; the document as a whole says that its status cannot be known.
        let source = self.lines(&row.lines);
        let action = match &row.label {
            Some(label) => Action::ReportStatus(ReportStatus {
                label: Label::new(label)
                    .map_err(|source| LedgerError::Manifest { key: "vocabulary", source })?,
                effective: Some(self.effective.clone()),
                asserter: Some(self.publisher.clone()),
                reason: None,
                source_url: None,
                source: Some(source),
            }),
            // The source is damaged: what it said cannot be known, and that is said.
            None => Action::Record(Data::StatusReported(StatusReported {
                asserter: self.publisher.clone(),
                effective: self.effective.clone(),
                label: None,
                reason: None,
                regress: false,
                reporting: Reporting::Unknown,
                source: Some(source),
                source_url: None,
                state: None,
            })),
        };
        let kind = EventKind::StatusReported;
        let step = Step {
            event: self.ids.event(&row.key, kind, 0),
            subject: self.prepared.row(&row.key)?,
            expect_version: None,
            action,
        };
        Ok(ExpectedStep { step, kind, what: format!("status of {}", row.key) })
    }

    /// A note of a row.
    pub(crate) fn note(&self, row: &Row, ordinal: usize, note: &Note) -> Result<ExpectedStep, LedgerError> {
        let role = terms::note_role(note.role);
        let (asserter, effective) = match role {
            NoteRole::Progress => (self.publisher.clone(), self.effective.clone()),
            // Nobody knows when the earlier answer was given.
            NoteRole::EarlierAnswer => (self.publisher.clone(), Effective::unknown()),
            NoteRole::Annotation => {
                (self.curator.clone(), Effective::recorded(docket_domain::Timestamp::EPOCH))
            }
        };
        let data = Data::NoteRecorded(NoteRecorded {
            asserter,
            effective,
            reason: None,
            role,
            source: Some(self.lines(&note.lines)),
            source_url: None,
            text: note.text.clone(),
            visibility: Visibility::Public,
        });
        let what = format!("note {} of {}", ordinal + 1, row.key);
        Ok(self.step(&row.key, ordinal, self.prepared.row(&row.key)?, what, data))
    }

    /// A remark of the importing actor about a recommendation.
    pub(crate) fn annotation(
        &self,
        part: &str,
        subject: Subject,
        lines: &[LineRange],
        text: String,
    ) -> ExpectedStep {
        let data = Data::NoteRecorded(NoteRecorded {
            asserter: self.curator.clone(),
            effective: Effective::recorded(docket_domain::Timestamp::EPOCH),
            reason: None,
            role: NoteRole::Annotation,
            source: Some(self.lines(lines)),
            source_url: None,
            text,
            visibility: Visibility::Public,
        });
        self.step(part, 0, subject, format!("annotation, {part}"), data)
    }

    /// On whose word an actor's own statements are.
    pub(crate) const fn curator(&self) -> &Asserter {
        &self.curator
    }
}
