//! The real ledger in a directory of its own beside the model, and what happens to both.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use docket_domain::term::ActorBasis;
use docket_domain::{
    Action, Actor, Command, Data, Digest, EventId, EventKind, Origin, Step, Subject, Timestamp,
};
use docket_ledger::clock::Clock;
use docket_ledger::source::{Importer, Prepared, prepare};
use docket_ledger::{Ledger, LedgerError, OpenOptions, Outcome};
use docket_log::DataDirectory;
use docket_log::fs::RealFileSystem;
use docket_log::seal::ResolvedText;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::build::{Builder, Maker, actor};
use crate::calendar::{plus, wait_micros};
use crate::facts::{Fact, Known, REDACTED, texts};
use crate::machine::{HandClock, copy, remove};
use crate::moves::{Again, Happens, Ordered, Turn};
use crate::pool::{by_key, claim, r, register, registration};
use crate::questions::Given;
use crate::repeat::{other_words, says_the_same};
use crate::rules::{Reasons, decide, document};

/// The first moment of every history.
const BEGINNING: &str = "2025-03-07T03:00:00.000000Z";
/// The documents that can be attached.
const DOCUMENTS: [&[u8]; 2] = [b"the first document", b"the second document"];

/// A command that was recorded, and where its events stand.
#[derive(Debug, Clone)]
struct Recorded {
    command: Command,
    events: Range<usize>,
}

/// What a request comes to: the facts that it adds, and for each command where its events stand and whether they stood there before.
struct Predicted {
    facts: Vec<Fact>,
    recorded: Vec<Recorded>,
    commands: Vec<(Range<usize>, bool)>,
}

/// Both of them.
pub(crate) struct World {
    directory: TempDir,
    ledger: Option<Ledger>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) facts: Vec<Fact>,
    recorded: Vec<Recorded>,
    maker: Maker,
    /// The leaves of the tree.
    leaves: Vec<[u8; 32]>,
    /// Answers that were given.
    pub(crate) given: Vec<Given>,
}

static SOURCES: LazyLock<Vec<Prepared>> = LazyLock::new(|| {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    ["school-inquiry", "transit-audit"].iter().map(|name| prepare(&fixtures.join(name)).unwrap()).collect()
});

impl World {
    /// A register with three recommendations.
    pub(crate) fn new() -> Self {
        let clock = HandClock::at(Timestamp::parse(BEGINNING).unwrap());
        let mut world = Self {
            directory: tempfile::tempdir().unwrap(),
            ledger: None,
            clock: Arc::new(clock),
            facts: Vec::new(),
            recorded: Vec::new(),
            maker: Maker::default(),
            leaves: Vec::new(),
            given: Vec::new(),
        };
        world.open();
        let mut steps = vec![(Subject::Register(r()), register(&mut world.maker, "America/Chicago"))];
        for (key, what) in [("1", 0), ("2", 10), ("3a", 198)] {
            let subject = by_key(&r(), key);
            let row = registration(&mut world.maker, &subject, what);
            steps.push((subject, row));
        }
        let opening = world.in_full(steps);
        world.request(&[opening]);
        assert_eq!(world.facts.len(), 4);
        world
    }

    /// A command of data given in full.
    pub(crate) fn in_full(&mut self, steps: Vec<(Subject, Data<String>)>) -> Command {
        let step = |(subject, data)| Step {
            event: self.maker.id().into(),
            subject,
            expect_version: None,
            action: Action::Record(data),
        };
        let steps = steps.into_iter().map(step).collect();
        Command { id: self.maker.id().into(), actor: actor(0), actor_basis: ActorBasis::Os, steps }
    }

    /// Records claims, of which no other answer speaks, until the log has so many entries.
    pub(crate) fn fill(&mut self, entries: usize) {
        while self.facts.len() < entries {
            let missing = (entries - self.facts.len()).min(200);
            let claims = (0..missing).map(|_| (Subject::Claim(r(), self.maker.id()), claim(&mut self.maker)));
            let claims = claims.collect();
            let command = self.in_full(claims);
            self.request(&[command]);
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    pub(crate) fn known(&self) -> Known<'_> {
        Known(&self.facts)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn open(&mut self) {
        let options = OpenOptions {
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            ..OpenOptions::new(self.directory())
        };
        let origin = Origin::new("docket.example/model").unwrap();
        self.ledger = Some(Ledger::open(options.or_begin(origin)).unwrap());
    }

    pub(crate) fn close(&mut self) {
        self.ledger.take().unwrap().close().unwrap();
    }

    /// One thing happens, and then something is asked.
    pub(crate) fn turn(&mut self, turn: &Turn) {
        match &turn.happens {
            Happens::Request(ordered) => {
                let commands = self.build(ordered);
                self.request(&commands);
            }
            Happens::Again { command, how } => self.again(*command, *how),
            Happens::Wait(choice) => self.clock.wait(wait_micros(*choice)),
            Happens::ClockAstray(ordered) => self.clock_astray(ordered),
            Happens::Import(which) => self.import(*which),
            Happens::Restart | Happens::Kill | Happens::Rebuild | Happens::Forget => {
                self.reopen(&turn.happens);
            }
        }
        for question in &turn.asked {
            self.ask(question);
        }
    }

    fn build(&mut self, ordered: &[Ordered]) -> Vec<Command> {
        let documents = self.documents();
        let mut builder = Builder::new(&mut self.maker, Known(&self.facts), &documents);
        ordered.iter().filter_map(|ordered| builder.command(ordered)).collect()
    }

    /// The documents that are not destroyed; they are kept before an event names them.
    fn documents(&self) -> Vec<(Digest, u64)> {
        let destroyed: BTreeSet<Digest> = self
            .facts
            .iter()
            .filter_map(|fact| match &fact.data {
                Data::TextRedacted(redaction) => redaction.blob,
                _ => None,
            })
            .collect();
        let digest = |bytes: &[u8]| Digest::from_bytes(Sha256::digest(bytes).into());
        let kept = DOCUMENTS.iter().filter(|bytes| !destroyed.contains(&digest(bytes)));
        kept.map(|bytes| (self.ledger().blobs().put(bytes).unwrap(), bytes.len() as u64)).collect()
    }

    /// Hands commands over to both, and compares what becomes of them.
    pub(crate) fn request(&mut self, commands: &[Command]) {
        if commands.is_empty() {
            return;
        }
        let predicted = self.predict(commands, true);
        let answer = self.ledger().submit(commands.to_vec());
        match (predicted, answer) {
            (Ok(predicted), Ok(outcomes)) => self.recorded(predicted, &outcomes),
            (Err(reasons), Err(error)) => {
                let named = code(&error);
                assert!(
                    reasons.contains(named),
                    "refused as {named} ({error}), and the model says {reasons:?}"
                );
            }
            (Ok(_), Err(error)) => panic!("refused ({error}), and the model knows no reason: {commands:?}"),
            (Err(reasons), Ok(_)) => panic!("recorded, and the model refuses it: {reasons:?}: {commands:?}"),
        }
        assert_eq!(self.ledger().reader().size(), self.facts.len() as u64);
    }

    /// What a request comes to, or every reason why it is refused. `clock` says whether the time can be trusted.
    fn predict(&self, commands: &[Command], clock: bool) -> Result<Predicted, Reasons> {
        let mut all = self.facts.clone();
        let mut recorded = self.recorded.clone();
        let mut answers = Vec::new();
        for command in commands {
            let earlier = recorded
                .iter()
                .find(|earlier| (earlier.command.id, &earlier.command.actor) == (command.id, &command.actor));
            if let Some(Recorded { events, .. }) = earlier.cloned() {
                if !says_the_same(command, &all[events.clone()]) {
                    return Err(Reasons::from(["command-conflict"]));
                }
                answers.push((events, true));
                continue;
            }
            let first = all.len();
            self.predict_command(command, clock, &mut all)?;
            recorded.push(Recorded { command: command.clone(), events: first..all.len() });
            answers.push((first..all.len(), false));
        }
        let facts = all.split_off(self.facts.len());
        Ok(Predicted { facts, recorded, commands: answers })
    }

    fn predict_command(&self, command: &Command, clock: bool, all: &mut Vec<Fact>) -> Result<(), Reasons> {
        let is_redaction = |step: &&Step| matches!(step.action, Action::Record(Data::TextRedacted(_)));
        let redactions = command.steps.iter().filter(is_redaction).count();
        let mut reasons = Reasons::new();
        reasons.extend((redactions > 0 && redactions < command.steps.len()).then_some("redaction-not-alone"));
        reasons.extend((!clock).then_some("clock"));
        for step in &command.steps {
            // Times strictly increase, also while the clock stands still.
            let now = self.clock.now();
            let recorded_at = all.last().map_or(now, |last| now.max(plus(last.recorded_at, 1)));
            let version = Known(all).version(&step.subject) + 1;
            let data = match decide(Known(all), &command.actor, step, recorded_at) {
                Ok(data) if reasons.is_empty() => data,
                Ok(_) => return Err(reasons),
                Err(others) => return Err(reasons.into_iter().chain(others).collect()),
            };
            all.push(Fact {
                index: all.len(),
                id: step.event,
                subject: step.subject.clone(),
                version,
                recorded_at,
                actor: command.actor.clone(),
                data,
            });
        }
        Ok(())
    }

    /// Both have recorded it: is it the same?
    fn recorded(&mut self, predicted: Predicted, outcomes: &[Outcome]) {
        let Predicted { facts, recorded, commands } = predicted;
        self.recorded = recorded;
        let mut erased = Vec::new();
        for fact in facts {
            let stored = self.stored(fact.index);
            assert_eq!(format!("{stored:?}"), format!("{fact:?}"), "recorded, and as the model has it");
            erased.extend(self.add(stored));
        }
        if !erased.is_empty() {
            self.without_words(&erased);
        }
        assert_eq!(outcomes.len(), commands.len());
        for (outcome, (events, repeated)) in outcomes.iter().zip(commands) {
            assert_eq!(outcome.repeated, repeated);
            assert_eq!(outcome.head.size, self.facts.len() as u64);
            let told = outcome
                .events
                .iter()
                .map(|it| (it.event, it.index, it.subject.clone(), it.version, it.recorded_at));
            let held = self.facts[events]
                .iter()
                .map(|it| (it.id, it.index as u64, it.subject.clone(), it.version, it.recorded_at));
            assert_eq!(told.collect::<Vec<_>>(), held.collect::<Vec<_>>());
        }
    }

    /// An event as the log has it, with its words; those that a redaction takes are read just before the model takes them, too.
    fn stored(&self, index: usize) -> Fact {
        let reader = self.ledger().reader();
        let event = docket_domain::Event::clone(&reader.log().event(index as u64).unwrap().entry.event);
        let mut words = reader.texts(index as u64).unwrap().into_iter().map(|text| match text {
            ResolvedText::Words(words) => words,
            ResolvedText::Redacted(sealed) => format!("{REDACTED}{}", sealed.digest),
        });
        let data = event.data.try_map(&mut |_| words.next().ok_or(())).unwrap();
        Fact {
            index,
            id: event.id,
            subject: event.subject,
            version: event.version,
            recorded_at: event.recorded_at,
            actor: event.actor,
            data,
        }
    }

    /// The model takes a fact. Words that it destroys are returned, with what is left of them, as JSON.
    fn add(&mut self, fact: Fact) -> Option<(String, String)> {
        let bytes = self.ledger().reader().log().entry_bytes(fact.index as u64).unwrap();
        self.leaves.push(Sha256::new().chain_update([0]).chain_update(bytes).finalize().into());
        let erased = match &fact.data {
            Data::TextRedacted(redaction) => {
                redaction.field.map(|field| self.erase(redaction.target, usize::try_from(field).unwrap()))
            }
            _ => None,
        };
        self.facts.push(fact);
        erased
    }

    fn erase(&mut self, target: EventId, field: usize) -> (String, String) {
        let index = self.facts.iter().position(|fact| fact.id == target).unwrap();
        let sealed = self.ledger().reader().log().event(index as u64).unwrap();
        let digest = sealed.entry.event.data.texts()[field].digest.to_string();
        let text = &mut *texts(&mut self.facts[index].data)[field];
        let words = std::mem::replace(text, format!("{REDACTED}{digest}"));
        (serde_json::to_string(&words).unwrap(), format!("{{\"redacted\":\"{digest}\"}}"))
    }

    fn again(&mut self, choice: u16, how: Again) {
        let Some(place) = usize::from(choice).checked_rem(self.recorded.len()) else { return };
        let mut command = self.recorded[place].command.clone();
        match how {
            Again::Same => {}
            Again::OtherWords => other_words(&mut command),
            Again::FewerSteps => drop(command.steps.pop()),
            Again::ByAnother => command.actor = Actor::new("nobody's friend").unwrap(),
        }
        if !command.steps.is_empty() {
            self.request(&[command]);
        }
    }

    /// While the wall clock has gone back nothing new is recorded, and a repeat is answered.
    fn clock_astray(&mut self, ordered: &Ordered) {
        let commands = self.build(std::slice::from_ref(ordered));
        let hour = 3_600_000_000;
        self.clock.set_by(-hour);
        for command in commands {
            let reasons = self.predict(std::slice::from_ref(&command), false).err().unwrap();
            let error = self.ledger().submit(vec![command]).unwrap_err();
            assert!(reasons.contains(code(&error)), "{error}: {reasons:?}");
        }
        if let Some(Recorded { command, .. }) = self.recorded.last() {
            assert!(self.ledger().submit(vec![command.clone()]).unwrap()[0].repeated);
        }
        self.clock.set_by(hour);
        assert_eq!(self.ledger().reader().size(), self.facts.len() as u64);
    }

    /// What an import records is no matter of this model, which takes it as it is; but it follows the rules, and is recorded once.
    fn import(&mut self, which: u8) {
        let source = &SOURCES[usize::from(which) % SOURCES.len()];
        let importer = Importer { actor: actor(3), actor_basis: ActorBasis::Os };
        let was_there = self.known().vocabulary(source.register()).is_some();
        match source.record(self.ledger(), &importer) {
            Ok(report) => {
                let size = self.facts.len() as u64 + report.recorded_count();
                assert_eq!(self.ledger().reader().size(), size);
            }
            // The document was destroyed, and is never written again.
            Err(LedgerError::Log(docket_log::LogError::Blob(_))) => {
                assert!(self.facts.iter().any(|fact| match &fact.data {
                    Data::TextRedacted(redaction) => redaction.blob == Some(source.sha256()),
                    _ => false,
                }));
            }
            Err(error) => panic!("an import that is {was_there} there: {error}"),
        }
        for index in self.facts.len()..usize::try_from(self.ledger().reader().size()).unwrap() {
            let fact = self.stored(index);
            self.check_taken(&fact);
            let erased = self.add(fact);
            assert_eq!(erased, None, "an import destroys nothing");
        }
        let destroyed = |fact: &Fact| document(&fact.data) == Some(source.sha256());
        if self.facts.iter().any(destroyed) {
            let size = self.facts.len() as u64;
            if let Ok(again) = source.record(self.ledger(), &importer) {
                assert_eq!(again.recorded_count(), 0, "importing again is a no-op: {again:?}");
            }
            assert_eq!(self.ledger().reader().size(), size);
        }
    }

    fn check_taken(&self, fact: &Fact) {
        let known = self.known();
        assert_eq!(fact.version, known.version(&fact.subject) + 1);
        assert!(known.event(fact.id).is_none());
        assert!(self.facts.last().is_none_or(|last| last.recorded_at < fact.recorded_at));
        let step = Step {
            event: fact.id,
            subject: fact.subject.clone(),
            expect_version: None,
            action: Action::Record(fact.data.clone()),
        };
        if !matches!(fact.kind(), EventKind::SourceReceived | EventKind::FragmentQuarantined) {
            let decided = decide(known, &fact.actor, &step, fact.recorded_at);
            assert_eq!(decided.as_ref(), Ok(&fact.data), "what an import records follows the rules");
        }
        if let Data::StatusReported(status) = &fact.data {
            let regress = known.regresses(&fact.subject, status.state.as_ref(), status.effective.from);
            assert_eq!(status.regress, regress && status.label.is_some());
        }
    }

    fn reopen(&mut self, how: &Happens) {
        if matches!(how, Happens::Kill) {
            // What a process leaves behind that ends here: the copy is made while it still runs.
            let found = tempfile::tempdir().unwrap();
            copy(self.directory(), found.path());
            self.close();
            self.directory = found;
        } else {
            self.close();
        }
        let place = |name: &str| self.directory().join(name);
        match how {
            Happens::Rebuild => {
                let directory = DataDirectory::new(self.directory(), Arc::new(RealFileSystem));
                docket_log::rebuild(&directory, &mut |_| {}).unwrap();
            }
            Happens::Forget => {
                remove(&place("sled"));
                remove(&place("snapshots"));
            }
            _ => {}
        }
        self.open();
        assert_eq!(self.ledger().reader().size(), self.facts.len() as u64);
        self.ask_again();
    }

    /// The root of the tree of the first so many entries: RFC 6962, section 2.1.
    pub(crate) fn root(&self, size: usize) -> [u8; 32] {
        fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
            match leaves {
                [] => Sha256::digest([]).into(),
                [leaf] => *leaf,
                _ => {
                    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                    let nodes = Sha256::new().chain_update([1]).chain_update(tree(left));
                    nodes.chain_update(tree(right)).finalize().into()
                }
            }
        }
        tree(&self.leaves[..size])
    }
}

/// The stable word of an error.
fn code(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Refused { refusal, .. } => refusal.code(),
        LedgerError::CommandConflict { .. } => "command-conflict",
        LedgerError::EventExists { .. } => "event-exists",
        LedgerError::RedactionNotAlone => "redaction-not-alone",
        LedgerError::Clock(_) => "clock",
        other => panic!("no model foresees this: {other}"),
    }
}
