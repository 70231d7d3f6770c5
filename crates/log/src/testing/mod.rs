//! Logs for tests: made through the same calls as every other log, with ids, times and salts that are the same in every run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use docket_domain::effective::Effective;
use docket_domain::event::{
    Data, EventCorrected, EventRetracted, NoteRecorded, SourceReceived, StatusReported, TextRedacted,
};
use docket_domain::term::{ActorBasis, NoteRole, Reporting, Visibility};
use docket_domain::{
    Actor, Asserter, CommandId, Digest, Event, EventId, Key, Label, Origin, RegisterId, StateName, Subject,
    Timestamp,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::entry::Entry;
use crate::fs::RealFileSystem;
use crate::journal::{Frame, FrameKey, NewEntry, NewFrame, SegmentId, encode};
use crate::keys::KeyFiles;
use crate::open::{Notice, Opened, open};
use crate::record::StoredEvent;
use crate::seal::{FixedSalts, Opening, seal};
use crate::store::OPENING_THREAD;
use crate::store::image::BUNDLE_ENTRIES;
use crate::tlog::hash::{Hash, leaf_hash};
use crate::writer::{Commit, Draft, Log};
use crate::{DataDirectory, LogError};

/// The origin of every log here.
pub(crate) const ORIGIN: &str = "docket.example/tests";

/// A data directory that goes with the test.
#[derive(Debug)]
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn data(&self) -> DataDirectory {
        DataDirectory::new(&self.path(), Arc::new(RealFileSystem))
    }

    /// A path beside the data directory.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The first segment of the journal.
    pub(crate) fn segment(&self) -> PathBuf {
        self.data().journal().segment_path(crate::journal::SegmentId(0))
    }

    /// The key of the frames of this log.
    pub(crate) fn frame_key(&self) -> Option<FrameKey> {
        let keys = KeyFiles::read(self.data().file_system(), &self.path()).unwrap();
        keys.signer.as_ref().map(FrameKey::of)
    }

    /// Opens the log, or begins it.
    pub(crate) fn open(&self) -> Recorder {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<Recorder, LogError> {
        Recorder::open(&self.data())
    }

    /// A log of commits of these numbers of notes, closed.
    pub(crate) fn with_commits(commits: &[u64]) -> Self {
        let place = Self::new();
        let mut recorder = place.open();
        for count in commits {
            recorder.notes(*count);
        }
        recorder.close();
        place
    }
}

/// An open log that knows what comes next.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) log: Log,
    pub(crate) notices: Vec<Notice>,
    /// Every entry so far.
    pub(crate) entries: Vec<Arc<StoredEvent>>,
    heads: HashMap<Subject, (u64, Hash)>,
    salts: FixedSalts,
    /// Which history this is: other histories have other ids.
    pub(crate) history: u8,
}

impl Recorder {
    /// Commits drafts that the log itself would refuse: what somebody with the key could write.
    pub(crate) fn forge(&mut self, drafts: Vec<Draft>) {
        let signer = self.log.signer.clone().unwrap();
        self.log.commit(drafts, &signer).unwrap();
    }

    pub(crate) fn open(data: &DataDirectory) -> Result<Self, LogError> {
        let mut entries = Vec::new();
        let origin = Origin::new(ORIGIN).unwrap();
        let Opened { log, notices } = open(data, Some(&origin))?;
        log.reader().visit(0, &mut |stored| {
            entries.push(stored);
            Ok(())
        })?;
        let mut recorder = Self {
            log,
            notices,
            entries: Vec::new(),
            heads: HashMap::new(),
            salts: FixedSalts::default(),
            history: 0,
        };
        for stored in entries {
            let leaf = leaf_hash(&stored.entry.encode().unwrap());
            recorder.take(stored, leaf);
        }
        Ok(recorder)
    }

    fn take(&mut self, stored: Arc<StoredEvent>, leaf: Hash) {
        let event = &stored.entry.event;
        assert_eq!(event.index, self.entries.len() as u64, "entries are shown once each, in order");
        self.heads.insert(event.subject.clone(), (event.version, leaf));
        self.entries.push(stored);
    }

    /// The next entries of the log, not yet committed.
    pub(crate) fn drafts(&mut self, events: Vec<(Subject, Data<String>)>) -> Vec<Draft> {
        let mut heads = self.heads.clone();
        let first = self.entries.len() as u64;
        let drafts = (first..).zip(events).map(|(index, (subject, data))| {
            let (data, openings) = seal(data, &mut self.salts).unwrap();
            let head = heads.get(&subject).copied();
            let event = Event {
                index,
                id: id(self.history, index),
                version: head.map_or(1, |(version, _)| version + 1),
                recorded_at: Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(index).unwrap())
                    .unwrap(),
                actor: Actor::new("ann").unwrap(),
                actor_basis: ActorBasis::Os,
                command: CommandId::from_bytes([7; 16]),
                subject: subject.clone(),
                data,
            };
            let entry = Entry {
                origin: Origin::new(ORIGIN).unwrap(),
                previous: head.map(|(_, leaf)| leaf.0),
                event: Arc::new(event),
            };
            let draft = Draft::new(entry, openings.iter().flat_map(Opening::encode).collect()).unwrap();
            heads.insert(subject, (draft.entry.event.version, draft.leaf));
            draft
        });
        drafts.collect()
    }

    pub(crate) fn try_commit(&mut self, events: Vec<(Subject, Data<String>)>) -> Result<Commit, LogError> {
        let drafts = self.drafts(events);
        self.append(drafts)
    }

    pub(crate) fn commit(&mut self, events: Vec<(Subject, Data<String>)>) -> Commit {
        self.try_commit(events).unwrap()
    }

    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Result<Commit, LogError> {
        let leaves: Vec<Hash> = drafts.iter().map(|draft| draft.leaf).collect();
        let commit = self.log.append(drafts)?;
        self.took(&commit, leaves);
        Ok(commit)
    }

    /// Commits redactions of texts and documents, each of the entry at an index, and carries them out.
    pub(crate) fn redact(
        &mut self,
        parts: &[(u64, Option<u32>, Option<Digest>)],
    ) -> Result<Commit, LogError> {
        let event = |index: u64| &self.entries[place(index)].entry.event;
        let events = parts.iter().map(|(index, field, blob)| {
            (event(*index).subject.clone(), redaction(event(*index).id, *field, *blob))
        });
        let events = events.collect();
        let drafts = self.drafts(events);
        let leaves: Vec<Hash> = drafts.iter().map(|draft| draft.leaf).collect();
        let targets: Vec<u64> = parts.iter().map(|(index, ..)| *index).collect();
        let commit = self.log.redact(drafts, &targets)?;
        self.took(&commit, leaves);
        Ok(commit)
    }

    fn took(&mut self, commit: &Commit, leaves: Vec<Hash>) {
        for (index, leaf) in (commit.first..).zip(leaves) {
            let stored = self.log.reader().event(index).unwrap();
            self.take(stored, leaf);
        }
    }

    /// Commits some notes, on a few subjects in turn.
    pub(crate) fn notes(&mut self, count: u64) -> Commit {
        let first = self.entries.len() as u64;
        let events =
            (first..first + count).map(|index| (recommendation(index % 7), note(&format!("note {index}"))));
        self.commit(events.collect())
    }

    pub(crate) fn close(self) {
        self.log.close().unwrap();
    }
}

/// The entries in finished bundles, of so many: where the bundle begins that holds the entry at this index.
pub(crate) const fn finished(entries: u64) -> u64 {
    entries / BUNDLE_ENTRIES * BUNDLE_ENTRIES
}

/// An index or size as a place in a list.
pub(crate) fn place(index: u64) -> usize {
    usize::try_from(index).unwrap()
}

/// The id of an entry in a history.
pub(crate) fn id(history: u8, index: u64) -> EventId {
    let digest: [u8; 32] =
        Sha256::new().chain_update([history]).chain_update(index.to_be_bytes()).finalize().into();
    EventId::from_bytes(*digest.first_chunk().unwrap())
}

pub(crate) fn register() -> RegisterId {
    RegisterId::new("tests").unwrap()
}

pub(crate) fn recommendation(number: u64) -> Subject {
    Subject::Recommendation(register(), Key::new(&number.to_string()).unwrap())
}

fn city() -> Asserter {
    Asserter::new("City of Tests").unwrap()
}

pub(crate) fn note(text: &str) -> Data<String> {
    Data::NoteRecorded(NoteRecorded {
        asserter: city(),
        effective: Effective::unknown(),
        reason: Some("because".to_owned()),
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: text.to_owned(),
        visibility: Visibility::Public,
    })
}

pub(crate) fn status(label: &str) -> Data<String> {
    Data::StatusReported(StatusReported {
        asserter: city(),
        effective: Effective::unknown(),
        label: Some(Label::new(label).unwrap()),
        reason: None,
        regress: false,
        reporting: Reporting::Reported,
        source: None,
        source_url: None,
        state: Some(StateName::new("in-progress").unwrap()),
    })
}

/// The arrival of a document, with its subject.
pub(crate) fn source(bytes: &[u8]) -> (Subject, Data<String>) {
    let sha256 = crate::blobs::digest_of(bytes);
    let data = Data::SourceReceived(SourceReceived {
        derivation: None,
        effective: Effective::unknown(),
        media_type: "text/plain".to_owned(),
        publisher: city(),
        sha256,
        size: bytes.len() as u64,
        title: "a document".to_owned(),
    });
    (Subject::Source(register(), sha256), data)
}

pub(crate) fn retraction(target: EventId) -> Data<String> {
    Data::EventRetracted(EventRetracted { reason: "an error".to_owned(), target })
}

pub(crate) fn correction(target: EventId, text: &str) -> Data<String> {
    Data::EventCorrected(EventCorrected {
        effective: None,
        reason: "a slip".to_owned(),
        source: None,
        source_url: None,
        status: None,
        target,
        text: Some(text.to_owned()),
    })
}

pub(crate) fn redaction(target: EventId, field: Option<u32>, blob: Option<Digest>) -> Data<String> {
    Data::TextRedacted(TextRedacted {
        authority: "a court".to_owned(),
        blob,
        field,
        reason: "a name".to_owned(),
        target,
    })
}

/// Overwrites the openings of an entry with zeros, as a redaction does.
pub(crate) fn erase(place: &Place, stored: &StoredEvent, ordinal: usize) {
    let texts = stored.entry.event.data.texts();
    let before: usize = texts.iter().take(ordinal).map(|text| text.opening_bytes()).sum();
    let start = usize::try_from(stored.location.openings_offset).unwrap() + before;
    edit(&place.segment(), |bytes| bytes[start..start + texts[ordinal].opening_bytes()].fill(0));
}

/// The frame at the beginning of these bytes, written again with another key or without one: what anybody can do.
pub(crate) fn reframed(bytes: &[u8], key: Option<&FrameKey>) -> Vec<u8> {
    let frame = Frame::decode(bytes).unwrap();
    let parts: Vec<_> = frame.entries().collect();
    let entries: Vec<_> =
        parts.iter().map(|part| NewEntry { bytes: part.bytes, openings: part.openings }).collect();
    let first_index = frame.header.first_index;
    let (root, previous_checkpoint) = (*frame.root, frame.previous_checkpoint);
    let mut encoded = Vec::new();
    let frame = NewFrame { first_index, entries: &entries, root, previous_checkpoint, key };
    encode(&frame, SegmentId(0), &mut encoded).unwrap();
    encoded
}

/// Changes a file in place.
pub(crate) fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

/// Copies a directory with everything in it, replacing what is there.
pub(crate) fn copy(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Every file below a directory with its bytes, sorted: to see that nothing was written.
pub(crate) fn snapshot(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

/// Fails if `{:?}` or `{:#?}` shows these bytes: as text, or as the list of numbers that a derived one prints.
pub(crate) fn assert_hides(value: &dyn std::fmt::Debug, secret: &[u8]) {
    let numbers: Vec<_> = secret.iter().map(u8::to_string).collect();
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        let shown = without_spaces(&shown);
        assert!(!shown.contains(&without_spaces(&String::from_utf8_lossy(secret))), "{shown}");
        assert!(!shown.contains(&numbers.join(",")), "{shown}");
    }
}

/// sled panics on some damage, in a thread that is watched: its message tells nothing new.
pub(crate) fn silence_sled() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(OPENING_THREAD) {
                before(panic);
            }
        }));
    });
}
