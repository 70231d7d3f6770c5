//! Recording a source: from a worked-out transcript to commands, compared with what the log already holds (DESIGN section 8, step 3).
//!
//! Every event of a source has an id that follows from the document's SHA-256, the row and the event's place in it, never from its
//! words. So importing again records nothing; and where the curation has changed since, the difference is recorded as a correction.

mod compare;
mod expected;
mod terms;

use std::collections::BTreeMap;
use std::path::Path;

use docket_domain::term::ActorBasis;
use docket_domain::{Actor, Command, Digest, EventKind, Origin, RegisterId, Subject};

use crate::error::LedgerError;
use crate::import::{SourceFolder, Transcript, load_folder};
use crate::ledger::Ledger;
use expected::expected;

pub use compare::Difference;
pub(crate) use terms::reporting;

/// A source that was read, transcribed and curated; nothing of it is recorded yet.
#[derive(Debug, Clone)]
pub struct Prepared {
    folder: SourceFolder,
    transcript: Transcript,
    origin: Origin,
    register: RegisterId,
    sha256: Digest,
}

/// Who imports.
#[derive(Debug, Clone)]
pub struct Importer {
    /// The actor of every event.
    pub actor: Actor,
    /// How that was established.
    pub actor_basis: ActorBasis,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// New events of the source, by type.
    pub recorded: BTreeMap<EventKind, u64>,
    /// Events of the source that the log held already, with the same content.
    pub unchanged: u64,
    /// What changed since the source was imported before, each recorded as a correction, amendment or retraction.
    pub corrected: Vec<Difference>,
    /// What differs and was not recorded: it needs a person's decision.
    pub open: Vec<Difference>,
}

impl ImportReport {
    /// How many events were recorded, corrections included.
    #[must_use]
    pub fn recorded_count(&self) -> u64 {
        self.recorded.values().sum::<u64>() + self.corrected.len() as u64
    }
}

/// Reads, transcribes and curates a source folder. Nothing is recorded, and no log is needed.
pub fn prepare(path: &Path) -> Result<Prepared, LedgerError> {
    let folder = load_folder(path)?;
    let transcript = folder.work_out()?;
    let value = |key: &'static str| move |source| LedgerError::Manifest { key, source };
    let manifest = &folder.manifest;
    Ok(Prepared {
        origin: Origin::new(&manifest.register.origin).map_err(value("register.origin"))?,
        register: RegisterId::new(&manifest.register.id).map_err(value("register.id"))?,
        sha256: Digest::parse(&manifest.document.sha256).map_err(value("document.sha256"))?,
        folder,
        transcript,
    })
}

impl Prepared {
    /// The origin that a new log gets.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The register that the source is about.
    #[must_use]
    pub fn register(&self) -> &RegisterId {
        &self.register
    }

    /// The SHA-256 of the document.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// The folder as loaded.
    #[must_use]
    pub fn folder(&self) -> &SourceFolder {
        &self.folder
    }

    /// Rows, fragments, problems, decisions and counts.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Records the source: its document first, then its rows as printed, then what they say. All of it is checked before any of it is
    /// recorded; a large source takes several commits, and an import that was interrupted is finished by the next one.
    pub fn record(&self, ledger: &Ledger, importer: &Importer) -> Result<ImportReport, LedgerError> {
        let wanted = expected(self, importer)?;
        let compared = compare::compare(&ledger.reader(), self, &wanted)?;
        let mut commands: Vec<Command> = Vec::new();
        let mut recorded = BTreeMap::new();
        for group in &wanted {
            let steps: Vec<_> =
                group.steps.iter().filter(|step| compared.missing.contains(&step.step.event)).collect();
            for step in &steps {
                *recorded.entry(step.kind).or_default() += 1;
            }
            if !steps.is_empty() {
                // The id follows from the events that are sent: when the curation changes, the same row calls for other ones.
                let events: Vec<u8> = steps.iter().flat_map(|step| step.step.event.to_bytes()).collect();
                commands.push(Command {
                    id: uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &events).into(),
                    actor: importer.actor.clone(),
                    actor_basis: importer.actor_basis,
                    steps: steps.into_iter().map(|step| step.step.clone()).collect(),
                });
            }
        }
        for (ordinal, difference) in compared.corrections.iter().enumerate() {
            commands.push(difference.command(importer, ordinal));
        }
        if !commands.is_empty() {
            // The document is durable before the first commit that names it.
            ledger.blobs().put(&self.folder.document).map_err(docket_log::LogError::from)?;
            ledger.submit(commands)?;
        }
        Ok(ImportReport {
            recorded,
            unchanged: compared.unchanged,
            corrected: compared.corrections.into_iter().map(|correction| correction.difference).collect(),
            open: compared.open,
        })
    }

    /// The subject of a row.
    fn row(&self, key: &str) -> Result<Subject, LedgerError> {
        let key = docket_domain::Key::new(key)
            .map_err(|source| LedgerError::RowKey { key: key.to_owned(), source })?;
        Ok(Subject::Recommendation(self.register.clone(), key))
    }
}
