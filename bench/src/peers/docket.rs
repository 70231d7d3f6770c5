//! Docket, in process: the ledger as `docket` itself uses it. A reply comes after the fdatasync of the journal and is a signed checkpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use docket_domain::event::{NoteRecorded, RecommendationRegistered, RegisterOpened};
use docket_domain::id::IdError;
use docket_domain::term::{ActorBasis, NoteRole, NumberBasis, Reporting, TextBasis, Visibility};
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Command, CommandId, Data, Effective, EventId, Key, Label, Origin, RegisterId,
    ReportStatus, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};
use docket_ledger::{Ledger, LedgerError, OpenOptions, Reader};
use docket_log::LogReader;
use docket_log::seal::SealedText;
use docket_log::store::image::BUNDLE_ENTRIES;
use docket_projection::{Events, Knowledge, Projection};

use crate::peer::{Peer, PeerError, PeerName, Place, Taken, Timed, run_threads};
use crate::workload::{ASSERTER, Commit, Event, Kind, LABELS, State};

/// Events that come before those of the feed: the register's opening.
const BEFORE_FEED: u64 = 1;

/// How many events a replay keeps in memory: the newest, as Docket does when it opens a log.
const REPLAY_KEPT: u64 = 16 * 1024;

/// Between two looks at how far the store behind has come.
const CATCH_UP_POLL: Duration = Duration::from_millis(1);

/// How long it may take to catch up.
const CATCH_UP_MAX: Duration = Duration::from_mins(10);

const fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>() -> impl Fn(E) -> PeerError {
    |source| PeerError::Store { peer: PeerName::Docket, source: source.into() }
}

/// The older events of the log, from the log: a replay need not keep them, nor does Docket itself when it opens one.
struct Older(LogReader);

impl Events<SealedText> for Older {
    fn event(&self, index: u64) -> Option<Arc<docket_domain::Event<SealedText>>> {
        let stored = self.0.event(index).ok()?;
        Some(Arc::clone(&stored.entry.event))
    }
}

/// An open ledger.
pub(super) struct Docket {
    ledger: Ledger,
    reader: Reader,
    register: RegisterId,
}

impl Docket {
    pub(super) fn open(place: &Place) -> Result<Self, PeerError> {
        let origin = Origin::new("docket.example/peers").map_err(failed())?;
        let options = OpenOptions::new(&place.directory.join("data")).or_begin(origin);
        let ledger = Ledger::open(options).map_err(failed())?;
        let register = RegisterId::new("bench-register").map_err(failed())?;
        let docket = Self { reader: ledger.reader(), ledger, register };
        let opening = opening(&docket.register, place.subjects).map_err(failed())?;
        docket.ledger.submit(vec![opening]).map_err(failed())?;
        Ok(docket)
    }

    /// A commit as one command, which is recorded all or none.
    fn command(&self, commit: Commit) -> Result<Command, IdError> {
        let first = commit.first();
        let id = CommandId::from_bytes(first.map(Event::command_id).unwrap_or_default());
        let actor = Actor::new(first.map_or("clerk.adams", |event| event.actor))?;
        let steps = commit.into_iter().map(|event| self.step(event)).collect::<Result<_, _>>()?;
        Ok(Command { id, actor, actor_basis: ActorBasis::Os, steps })
    }

    fn step(&self, event: Event) -> Result<Step, IdError> {
        let key = key(event.place)?;
        let subject = Subject::Recommendation(self.register.clone(), key.clone());
        let action = match (event.kind, event.label) {
            (Kind::Status, Some(label)) => Action::ReportStatus(ReportStatus {
                label: Label::new(label)?,
                effective: None,
                asserter: None,
                reason: Some(event.text),
                source_url: None,
                source: None,
            }),
            (Kind::Registered, _) => {
                Action::Record(Data::RecommendationRegistered(RecommendationRegistered {
                    cells: Vec::new(),
                    damage: Vec::new(),
                    number: u32::try_from(event.place + 1).ok(),
                    number_basis: NumberBasis::Printed,
                    number_printed: Some(key.as_str().to_owned()),
                    key,
                    source: None,
                    text: Some(event.text),
                    text_basis: TextBasis::Printed,
                }))
            }
            _ => Action::Record(Data::NoteRecorded(NoteRecorded {
                asserter: Asserter::new(ASSERTER)?,
                effective: Effective::recorded(Timestamp::EPOCH),
                reason: None,
                role: NoteRole::Progress,
                source: None,
                source_url: None,
                text: event.text,
                visibility: Visibility::Public,
            })),
        };
        let expect_version = Some(event.version - 1);
        Ok(Step { event: EventId::from_bytes(event.id), subject, expect_version, action })
    }

    /// The first instant after the last recording: everything recorded counts at it.
    fn now(&self) -> Timestamp {
        let last = self.reader.size().saturating_sub(1);
        let last =
            self.reader.projection().event_at(last).map_or(Timestamp::EPOCH, |event| event.recorded_at);
        last.plus_micros(1)
    }

    fn lag(&self) -> u64 {
        let finished = self.reader.size() / BUNDLE_ENTRIES * BUNDLE_ENTRIES;
        finished.saturating_sub(self.reader.log().stored_size())
    }
}

impl Peer for Docket {
    fn about(&self) -> String {
        "in process; one command a commit, with the expected version of each subject; each reply after the journal's fdatasync, with a signed \
         checkpoint; sled behind"
            .to_owned()
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        let prepare = |commits: Vec<Commit>| {
            commits.into_iter().map(|commit| self.command(commit)).collect::<Result<Vec<_>, _>>()
        };
        let clients =
            clients.into_iter().map(|commits| Ok(((), prepare(commits)?))).collect::<Result<_, IdError>>();
        run_threads(clients.map_err(failed())?, |(), command| {
            self.ledger.submit(vec![command]).map(drop).map_err(failed())
        })
    }

    fn settle(&mut self) -> Result<(), PeerError> {
        let started = Instant::now();
        while self.lag() > 0 {
            if started.elapsed() > CATCH_UP_MAX {
                return Err(
                    PeerName::Docket.answered("a store that catches up", format!("{} behind", self.lag()))
                );
            }
            std::thread::sleep(CATCH_UP_POLL);
        }
        Ok(())
    }

    fn replay(&mut self) -> Result<Timed<State>, PeerError> {
        let size = self.reader.size();
        let started = Instant::now();
        let mut projection = Projection::over(Arc::new(Older(self.reader.log().clone())));
        self.reader
            .log()
            .visit_ahead(0..size, &mut |stored| {
                let event = Arc::clone(&stored.entry.event);
                let kept_from = event.index.saturating_sub(REPLAY_KEPT);
                projection.apply(event)?;
                projection.forget_before(kept_from);
                Ok::<(), LedgerError>(())
            })
            .map_err(failed())?;
        let taken = started.elapsed();
        Ok(Some((taken, labels(projection.newest(), &self.register, self.now()))))
    }

    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        let now = self.now();
        let subjects = places
            .iter()
            .map(|&place| Ok(Subject::Recommendation(self.register.clone(), key(place)?)))
            .collect::<Result<Vec<_>, IdError>>()
            .map_err(failed())?;
        let started = Instant::now();
        let labels = subjects
            .iter()
            .map(|subject| self.reader.ask(|known| label(known.newest(), subject, now)))
            .collect::<Result<_, _>>()
            .map_err(failed())?;
        Ok(Some((started.elapsed(), labels)))
    }

    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError> {
        let now = self.now();
        let started = Instant::now();
        let state = self
            .reader
            .ask(|known| labels(known.knowledge(BEFORE_FEED + events), &self.register, now))
            .map_err(failed())?;
        Ok(Some((started.elapsed(), state)))
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        let Self { ledger, reader, .. } = *self;
        drop(reader);
        ledger.close().map_err(failed())
    }
}

fn key(place: u64) -> Result<Key, IdError> {
    Key::new(&(place + 1).to_string())
}

fn label<T: Clone>(known: Knowledge<'_, T>, subject: &Subject, at: Timestamp) -> Option<String> {
    known.held_status(subject, at)?.label.map(|label| label.as_str().to_owned())
}

fn labels<T: Clone>(known: Knowledge<'_, T>, register: &RegisterId, at: Timestamp) -> State {
    let keys = known.recommendation_keys(register);
    let mut state: State = keys
        .into_iter()
        .filter_map(|key| {
            let place = key.as_str().parse::<u64>().ok()?.checked_sub(1)?;
            Some((place, label(known, &Subject::Recommendation(register.clone(), key), at)?))
        })
        .collect();
    state.sort_unstable();
    state
}

/// The command that opens the register.
fn opening(
    register: &RegisterId,
    subjects: usize,
) -> Result<Command, Box<dyn std::error::Error + Send + Sync>> {
    let mut vocabulary = Vocabulary::default();
    for ((label, state), order) in LABELS.into_iter().zip(1..) {
        let name = StateName::new(state)?;
        vocabulary.labels.push(LabelMeaning {
            label: Label::new(label)?,
            reporting: Reporting::Reported,
            state: Some(name.clone()),
        });
        vocabulary.states.push(StateDefinition { closed: state == "completed", name, order });
    }
    let data = Data::RegisterOpened(RegisterOpened {
        expected_count: u32::try_from(subjects).ok(),
        publisher: Asserter::new(ASSERTER)?,
        time_zone: Zone::parse("America/Chicago")?,
        title: "Recommendations of the commission".to_owned(),
        vocabulary,
    });
    let step = Step {
        event: EventId::from_bytes([0x70; 16]),
        subject: Subject::Register(register.clone()),
        expect_version: Some(0),
        action: Action::Record(data),
    };
    Ok(Command {
        id: CommandId::from_bytes([0x71; 16]),
        actor: Actor::new("clerk.adams")?,
        actor_basis: ActorBasis::Os,
        steps: vec![step],
    })
}
