//! The rounds: all peers are open, and take turns (A B C A B C).

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::peer::{Peer, PeerError, PeerName, Place, Programs};
use crate::table::{Cell, Row, Workload};
use crate::workload::{Commit, Feed, Random, State};

/// Events that are loaded in one commit: Docket takes at most 256.
const LOAD_COMMIT: usize = 250;

/// Events that are made before they are loaded.
const LOAD_CHUNK: usize = 25_000;

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Counted rounds; one before them warms up.
    pub(crate) rounds: usize,
    /// Clients, and how many events each sends in a round.
    pub(crate) appends: [(usize, usize); 3],
    /// Events of a batch, and how many batches a round.
    pub(crate) batch: (usize, usize),
    /// Statements of the loaded log.
    pub(crate) events: usize,
    /// The sizes of the registers of loaded logs.
    pub(crate) subjects: [usize; 2],
    /// Questions about one subject in a round.
    pub(crate) questions: usize,
    /// Commits that strace watches.
    pub(crate) traced: usize,
}

/// The complete run.
pub(crate) const FULL: Effort = Effort {
    rounds: 5,
    appends: [(1, 2000), (16, 500), (64, 125)],
    batch: (100, 100),
    events: 1_000_000,
    subjects: [82, 100_000],
    questions: 2000,
    traced: 100,
};

/// A run that shows that everything works, and says little about speed.
pub(crate) const QUICK: Effort = Effort {
    rounds: 2,
    appends: [(1, 100), (16, 20), (64, 5)],
    batch: (100, 5),
    events: 20_000,
    subjects: [82, 2000],
    questions: 100,
    traced: 20,
};

/// What all rounds need.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    pub(crate) directory: std::path::PathBuf,
    pub(crate) programs: Programs,
    pub(crate) seed: u64,
    pub(crate) peers: Vec<PeerName>,
    /// Only these; all, if there are none.
    pub(crate) workloads: Vec<Workload>,
    pub(crate) effort: Effort,
}

/// A peer that takes part: one that failed has no figures, and the others go on without it.
struct Entrant {
    name: PeerName,
    open: Result<Open, String>,
}

/// A peer that is open, with its own copy of the feed.
struct Open {
    name: PeerName,
    peer: Box<dyn Peer>,
    feed: Feed,
}

/// What was measured, and how each peer described itself.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) cells: Vec<Cell>,
    pub(crate) about: Vec<(PeerName, String)>,
    /// What failed beside the rounds: a peer that could not be ended in order.
    pub(crate) faults: Vec<(PeerName, String)>,
}

impl Measured {
    /// Whether everything that was asked for could be done.
    pub(crate) fn is_whole(&self) -> bool {
        self.faults.is_empty() && self.cells.iter().all(|cell| cell.failed.is_none())
    }

    /// Keeps a row, and tells it at once, so that a run which is interrupted leaves what it had.
    fn tell(&mut self, cells: Vec<Cell>) {
        for cell in &cells {
            if let Some(told) = cell.told() {
                crate::say(&format!("{}: {}: {told}", cell.row.title(), cell.peer));
            }
        }
        self.cells.extend(cells);
    }
}

/// Makes a directory anew.
pub(crate) fn empty(directory: &Path) -> Result<(), PeerError> {
    remove(directory)?;
    fs::create_dir_all(directory).map_err(PeerError::io(format!("make {}", directory.display())))
}

/// Removes a directory, if it is there.
pub(crate) fn remove(directory: &Path) -> Result<(), PeerError> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(PeerError::io(format!("remove {}", directory.display()))(error))
        }
        _ => Ok(()),
    }
}

fn rate(events: usize, taken: Duration) -> f64 {
    u32::try_from(events).map_or(0.0, f64::from) / taken.as_secs_f64()
}

impl Bench {
    /// Everything that was asked for.
    pub(crate) fn run(&self) -> Measured {
        let mut measured = Measured::default();
        self.appends(&mut measured);
        for (turn, subjects) in self.effort.subjects.into_iter().enumerate() {
            self.reads(subjects, turn == 0, &mut measured);
        }
        measured
    }

    fn wants(&self, row: Row) -> bool {
        self.workloads.is_empty() || self.workloads.contains(&row.workload())
    }

    /// Opens all peers, each in a directory of its own, with the recommendations entered.
    fn open(&self, subjects: usize) -> Vec<Entrant> {
        self.peers.iter().map(|&name| self.enter(name, subjects)).collect()
    }

    fn enter(&self, name: PeerName, subjects: usize) -> Entrant {
        let open = || {
            let directory = self.directory.join(name.argument());
            empty(&directory)?;
            let place = Place { directory, subjects, programs: self.programs.clone() };
            let mut feed = Feed::new(self.seed, subjects);
            let mut peer = name.open(&place)?;
            load(&mut *peer, feed.registrations())?;
            Ok(Open { name, peer, feed })
        };
        Entrant { name, open: open().map_err(|error| reason(name, "cannot be opened", &error)) }
    }

    fn close(&self, entrants: Vec<Entrant>, measured: &mut Measured) {
        for Entrant { name, open } in entrants {
            let closed = open.map_or(Ok(()), |Open { peer, .. }| {
                match measured.about.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, words)) => *words = peer.about(),
                    None => measured.about.push((name, peer.about())),
                }
                peer.close()
            });
            if let Err(error) = closed.and_then(|()| remove(&self.directory.join(name.argument()))) {
                measured.faults.push((name, reason(name, "cannot be closed", &error)));
            }
        }
    }

    /// The rows of durable appends.
    fn appends(&self, measured: &mut Measured) {
        let Effort { appends, batch: (batch, batches), .. } = self.effort;
        let singles = appends.map(|(clients, each)| (Row::Append(clients), clients, each, 1));
        let rows: Vec<_> = singles
            .into_iter()
            .chain([(Row::Batch(batch), 1, batches, batch)])
            .filter(|(row, ..)| self.wants(*row))
            .collect();
        if rows.is_empty() {
            return;
        }
        let subjects = self.effort.subjects[0];
        let mut entrants = self.open(subjects);
        for (row, clients, commits, events) in rows {
            let cells = self.turns(&mut entrants, row, |open, _| {
                let work = (0..clients)
                    .map(|client| {
                        (0..commits).map(|_| open.feed.of_client(events, client, clients)).collect()
                    })
                    .collect();
                let taken = open.peer.append(work)?;
                open.peer.settle()?;
                Ok(Some(rate(clients * commits * events, taken.whole)))
            });
            for (entrant, cell) in entrants.iter_mut().zip(&cells) {
                if let (Some(failed), Ok(_)) = (&cell.failed, &entrant.open) {
                    // Nobody knows which of its commits were made: it starts over, empty, once the old one has ended.
                    entrant.open = Err(failed.clone());
                    *entrant = self.enter(entrant.name, subjects);
                }
            }
            measured.tell(cells);
        }
        self.close(entrants, measured);
    }

    /// The rows that read a loaded log.
    fn reads(&self, subjects: usize, replay: bool, measured: &mut Measured) {
        let events = self.effort.events;
        let replay = replay && self.wants(Row::Replay(events));
        let (current, as_of) = (self.wants(Row::Current(subjects)), self.wants(Row::AsOf(subjects)));
        if !(replay || current || as_of) {
            return;
        }
        let mut entrants = self.open(subjects);
        for entrant in &mut entrants {
            crate::say(&format!("loading {events} events about {subjects} subjects into {}", entrant.name));
            let loaded = entrant.open.as_mut().map_or(Ok(()), |open| open.load(events));
            if let Err(error) = loaded {
                entrant.open = Err(reason(entrant.name, "cannot be loaded", &error));
            }
        }
        if replay {
            measured.tell(self.replay(&mut entrants, subjects));
        }
        if current {
            measured.tell(self.current(&mut entrants, subjects));
        }
        if as_of {
            measured.tell(self.as_of(&mut entrants, subjects));
        }
        self.close(entrants, measured);
    }

    fn replay(&self, entrants: &mut [Entrant], subjects: usize) -> Vec<Cell> {
        let (events, mut states) = (self.effort.events, Agreed::default());
        self.turns(entrants, Row::Replay(events), |open, _| {
            let Some((taken, state)) = open.peer.replay()? else { return Ok(None) };
            // A raw log has no state to compare.
            if open.name != PeerName::Rawlog {
                states.check(open.name, 0, &state)?;
            }
            Ok(Some(rate(events + subjects, taken)))
        })
    }

    fn current(&self, entrants: &mut [Entrant], subjects: usize) -> Vec<Cell> {
        let (questions, mut labels) = (self.effort.questions, Agreed::default());
        self.turns(entrants, Row::Current(subjects), |open, round| {
            let mut random = Random::new(self.seed, 1 << 40 | round);
            let places: Vec<u64> = (0..questions).map(|_| random.below(subjects as u64)).collect();
            let Some((taken, found)) = open.peer.current(&places)? else { return Ok(None) };
            labels.check(open.name, round, &found)?;
            Ok(Some(1.0 / rate(questions, taken)))
        })
    }

    fn as_of(&self, entrants: &mut [Entrant], subjects: usize) -> Vec<Cell> {
        let (events, mut states) = (self.effort.events as u64, Agreed::<State>::default());
        self.turns(entrants, Row::AsOf(subjects), |open, round| {
            let position = subjects as u64 + Random::new(self.seed, 1 << 41 | round).below(events);
            let Some((taken, state)) = open.peer.as_of(position)? else { return Ok(None) };
            states.check(open.name, round, &state)?;
            Ok(Some(taken.as_secs_f64()))
        })
    }

    /// Rounds in turns: every peer does a round before the first does another. The first round is not counted. A peer that fails does no
    /// further rounds of this row.
    fn turns(
        &self,
        entrants: &mut [Entrant],
        row: Row,
        mut round_of: impl FnMut(&mut Open, u64) -> Result<Option<f64>, PeerError>,
    ) -> Vec<Cell> {
        crate::say(&row.title());
        let mut cells: Vec<Cell> = entrants
            .iter()
            .map(|entrant| Cell {
                row,
                peer: entrant.name,
                ranked: entrant.open.as_ref().is_ok_and(|open| open.peer.synced()),
                rounds: Vec::new(),
                failed: entrant.open.as_ref().err().cloned(),
            })
            .collect();
        for round in 0..=self.effort.rounds as u64 {
            for (entrant, cell) in entrants.iter_mut().zip(&mut cells) {
                let (Ok(open), None) = (&mut entrant.open, &cell.failed) else { continue };
                match open.peer.wake().and_then(|()| round_of(open, round)) {
                    Ok(figure) => cell.rounds.extend(figure.filter(|_| round > 0)),
                    Err(error) => cell.failed = Some(reason(entrant.name, &row.title(), &error)),
                }
            }
        }
        cells
    }
}

impl Open {
    fn load(&mut self, events: usize) -> Result<(), PeerError> {
        self.peer.wake()?;
        let mut left = events;
        while left > 0 {
            let chunk = self.feed.take(left.min(LOAD_CHUNK));
            left -= chunk.len();
            load(&mut *self.peer, chunk)?;
        }
        self.peer.loaded()
    }
}

/// Why a peer failed, which is told at once, too.
fn reason(peer: PeerName, during: &str, error: &PeerError) -> String {
    let reason = crate::chain(error);
    crate::say(&format!("{peer}: {during}: FAILED: {reason}"));
    reason
}

fn load(peer: &mut dyn Peer, events: Vec<crate::workload::Event>) -> Result<(), PeerError> {
    let mut events = events.into_iter().peekable();
    let mut commits: Vec<Commit> = Vec::new();
    while events.peek().is_some() {
        commits.push(events.by_ref().take(LOAD_COMMIT).collect());
    }
    peer.append(vec![commits]).map(drop)
}

/// Answers that must be the same from every peer: a fast answer that is wrong is none.
struct Agreed<T>(Vec<(u64, PeerName, T)>);

impl<T> Default for Agreed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone + PartialEq + std::fmt::Debug> Agreed<T> {
    fn check(&mut self, peer: PeerName, question: u64, answer: &T) -> Result<(), PeerError> {
        match self.0.iter().find(|(asked, _, _)| *asked == question) {
            None => self.0.push((question, peer, answer.clone())),
            Some((_, _, first)) if first == answer => {}
            Some((_, other, _)) => {
                return Err(peer.answered(format!("the same state as from {other}"), "another state"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
