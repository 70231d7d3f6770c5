//! A small log in memory, always the same: what the corpus is made of, and what no altered byte may pass for.

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use docket_domain::effective::Effective;
use docket_domain::event::{
    Cell, Data, EventRetracted, NoteRecorded, RecommendationRegistered, RegisterOpened, SourceLines,
    StatusReported, TextRedacted,
};
use docket_domain::term::{
    ActorBasis, Basis, NoteRole, NumberBasis, Precision, Reporting, TextBasis, Visibility,
};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Actor, Asserter, CommandId, Digest, Event, EventId, Key, Label, Origin, RegisterId, StateName, Subject,
    Timestamp, Vocabulary, Zone,
};
use docket_log::entry::Entry;
use docket_log::journal::CheckpointSignature;
use docket_log::journal::FrameKey;
use docket_log::seal::{FixedSalts, Opening, SealedText, seal};
use docket_log::tlog::checkpoint::Checkpoint;
use docket_log::tlog::compact::CompactRange;
use docket_log::tlog::hash::{Hash, leaf_hash, node_hash};
use docket_log::tlog::key::{KeyName, SignerKey, VerifierKey};
use docket_log::tlog::note::Note;
use docket_log::tlog::proof::{NodeReader, TreeHead, inclusion_proof};

/// The name of the log.
pub(crate) const ORIGIN: &str = "docket.example/specimen";

/// How many entries each commit has.
pub(crate) const COMMITS: [usize; 4] = [1, 3, 2, 1];

/// A recorded entry with everything that belongs to it.
pub(crate) struct Recorded {
    /// Its canonical bytes.
    pub(crate) bytes: Vec<u8>,
    /// Its openings as the journal keeps them.
    pub(crate) openings: Vec<u8>,
    /// What it seals.
    pub(crate) texts: Vec<SealedText>,
    /// What was sealed.
    pub(crate) words: Vec<String>,
    /// The openings one by one.
    pub(crate) opened: Vec<Opening>,
}

/// The log.
pub(crate) struct Specimen {
    /// The log's secret key.
    pub(crate) signer: SignerKey,
    /// What shows that the log's own key wrote a frame.
    pub(crate) frame_key: FrameKey,
    /// The log's public key.
    pub(crate) key: VerifierKey,
    /// The entries.
    pub(crate) entries: Vec<Recorded>,
    /// The signed checkpoint of each commit.
    pub(crate) checkpoints: Vec<Note>,
    /// The head of the tree after each commit.
    pub(crate) heads: Vec<TreeHead>,
}

/// The log, made at the first call.
pub(crate) fn specimen() -> &'static Specimen {
    static SPECIMEN: OnceLock<Specimen> = OnceLock::new();
    SPECIMEN.get_or_init(Specimen::new)
}

impl Specimen {
    fn new() -> Self {
        let name = KeyName::new(ORIGIN).expect("a key name");
        let signer = SignerKey::from_seed(name, &[7; 32]);
        let entries = entries();
        let (mut range, mut heads, mut checkpoints) = (CompactRange::new(), Vec::new(), Vec::new());
        let mut left = entries.iter();
        for count in COMMITS {
            left.by_ref().take(count).for_each(|entry| range.append(leaf_hash(&entry.bytes)));
            heads.push(range.head());
            let checkpoint = Checkpoint::new(ORIGIN, range.head()).expect("a checkpoint");
            checkpoints.push(checkpoint.sign(&signer).expect("the log's own key"));
        }
        let (frame_key, key) = (FrameKey::of(&signer), signer.verifier().clone());
        Self { signer, frame_key, key, entries, checkpoints, heads }
    }

    /// The signature of a commit's checkpoint, as the next frame has it.
    pub(crate) fn signature(&self, commit: usize) -> Option<CheckpointSignature> {
        let (note, head) = (self.checkpoints.get(commit)?, self.heads.get(commit)?);
        let line = note.signatures().first()?;
        let signature = line.blob.as_slice().try_into().ok()?;
        Some(CheckpointSignature { size: head.size, key_id: line.key_id.0.to_be_bytes(), signature })
    }

    /// The inclusion proof of an entry in the tree of a size.
    pub(crate) fn proof(&self, index: u64, size: u64) -> Vec<Hash> {
        inclusion_proof(self, index, size).expect("an entry of that tree")
    }
}

impl NodeReader for Specimen {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        Ok(match level.checked_sub(1) {
            None => {
                let entry = usize::try_from(index).ok().and_then(|index| self.entries.get(index));
                leaf_hash(&entry.expect("a leaf of the tree").bytes)
            }
            Some(below) => node_hash(&self.node(below, 2 * index)?, &self.node(below, 2 * index + 1)?),
        })
    }
}

fn entries() -> Vec<Recorded> {
    let (register, key) = (register(), Key::new("7").expect("a key"));
    let recommendation = Subject::Recommendation(register.clone(), key.clone());
    let said = [
        (Subject::Register(register), opened()),
        (recommendation.clone(), registered(key)),
        (recommendation.clone(), status("IN PLANNING", "planning", Some("spring of 2025"))),
        (
            recommendation.clone(),
            note("The contract was signed \u{2014} see \"minutes\".", Some("read aloud")),
        ),
        (recommendation.clone(), status("IN PROGRESS", "in-progress", None)),
        (recommendation.clone(), retracted(2)),
        (recommendation, redacted(3)),
    ];
    let mut salts = FixedSalts::default();
    let mut recorded: Vec<Recorded> = Vec::new();
    let mut newest: Option<(Subject, u64, [u8; 32])> = None;
    for (index, (subject, data)) in (0_u64..).zip(said) {
        let before = newest.take().filter(|(earlier, ..)| *earlier == subject);
        let version = before.as_ref().map_or(1, |(_, version, _)| version + 1);
        let previous = before.map(|(_, _, leaf)| leaf);
        let words = data.texts().into_iter().cloned().collect();
        let (data, opened) = seal(data, &mut salts).expect("short texts");
        let texts = data.texts().into_iter().copied().collect();
        let event = Event {
            index,
            id: id(index),
            subject: subject.clone(),
            version,
            recorded_at: time(1_742_418_000_000_000 + i64::try_from(index).expect("a few")),
            actor: Actor::new("ann \"the clerk\" \u{d8}").expect("an actor"),
            actor_basis: ActorBasis::Os,
            command: CommandId::from_bytes([0xc0; 16]),
            data,
        };
        let origin = Origin::new(ORIGIN).expect("an origin");
        let bytes = Entry { origin, previous, event: Arc::new(event) }.encode().expect("a valid entry");
        newest = Some((subject, version, *leaf_hash(&bytes).as_bytes()));
        let openings = opened.iter().flat_map(Opening::encode).collect();
        recorded.push(Recorded { bytes, openings, texts, words, opened });
    }
    recorded
}

pub(crate) fn register() -> RegisterId {
    RegisterId::new("harbour-panel").expect("a register")
}

pub(crate) fn id(index: u64) -> EventId {
    let last = u8::try_from(index).expect("a small log");
    EventId::from_bytes([1, 0x90, 0xa0, 0xb1, 0x7c, 0x2d, 0x7e, 0x3f, 0x8a, 0x4b, 0, 0, 0, 0, 0, last])
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).expect("a time of this century")
}

fn publisher() -> Asserter {
    Asserter::new("Harbour Flood Panel").expect("an asserter")
}

fn opened() -> Data<String> {
    let state = |name: &str, order, closed| StateDefinition {
        name: StateName::new(name).expect("a state"),
        order,
        closed,
    };
    let label = |label: &str, state: Option<&str>, reporting| LabelMeaning {
        label: Label::new(label).expect("a label"),
        state: state.map(|state| StateName::new(state).expect("a state")),
        reporting,
    };
    Data::RegisterOpened(RegisterOpened {
        expected_count: Some(82),
        publisher: publisher(),
        time_zone: Zone::parse("America/Chicago").expect("a zone"),
        title: "Harbour Flood Panel".to_owned(),
        vocabulary: Vocabulary {
            states: vec![state("planning", 1, false), state("in-progress", 2, false)],
            labels: vec![
                label("IN PLANNING", Some("planning"), Reporting::Reported),
                label("IN PROGRESS", Some("in-progress"), Reporting::Reported),
                label("NO UPDATE AVAILABLE", None, Reporting::NoUpdate),
            ],
        },
    })
}

fn registered(key: Key) -> Data<String> {
    let text = "Raise the quay wall by 40 cm.";
    Data::RecommendationRegistered(RecommendationRegistered {
        cells: vec![
            Cell { column: 1, line: 3, text: "7".to_owned() },
            Cell { column: 2, line: 3, text: text.to_owned() },
        ],
        damage: Vec::new(),
        key,
        number: Some(7),
        number_basis: NumberBasis::Printed,
        number_printed: Some("7".to_owned()),
        source: Some(SourceLines { lines: vec![(3, 4)], sha256: Digest::from_bytes([0x5a; 32]) }),
        text: Some(text.to_owned()),
        text_basis: TextBasis::Printed,
    })
}

fn effective(phrase: Option<&str>) -> Effective<String> {
    Effective {
        basis: Basis::Stated,
        from: Some(time(1_741_240_800_000_000)),
        phrase: phrase.map(ToOwned::to_owned),
        precision: Precision::Range,
        to: Some(time(1_742_446_800_000_000)),
    }
}

fn status(label: &str, state: &str, phrase: Option<&str>) -> Data<String> {
    Data::StatusReported(StatusReported {
        asserter: publisher(),
        effective: effective(phrase),
        label: Some(Label::new(label).expect("a label")),
        reason: None,
        regress: false,
        reporting: Reporting::Reported,
        source: None,
        source_url: Some("https://harbour.example/march".to_owned()),
        state: Some(StateName::new(state).expect("a state")),
    })
}

fn note(text: &str, reason: Option<&str>) -> Data<String> {
    Data::NoteRecorded(NoteRecorded {
        asserter: publisher(),
        effective: effective(None),
        reason: reason.map(ToOwned::to_owned),
        role: NoteRole::Progress,
        source: None,
        source_url: None,
        text: text.to_owned(),
        visibility: Visibility::Public,
    })
}

fn retracted(target: u64) -> Data<String> {
    Data::EventRetracted(EventRetracted { reason: "it belongs to 8".to_owned(), target: id(target) })
}

fn redacted(target: u64) -> Data<String> {
    Data::TextRedacted(TextRedacted {
        authority: "court order 25-117".to_owned(),
        blob: None,
        field: Some(0),
        reason: "names a patient".to_owned(),
        target: id(target),
    })
}
