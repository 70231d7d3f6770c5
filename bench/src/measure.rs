//! The rounds: all peers are open, and take turns (A B C A B C).

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::peer::{Peer, PeerError, PeerName, Place, Programs};
use crate::table::{Cell, Row};
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
    rounds: 7,
    appends: [(1, 2000), (16, 500), (64, 250)],
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
    pub(crate) effort: Effort,
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
    /// Everything.
    pub(crate) fn run(&self) -> Result<Measured, PeerError> {
        let mut measured = Measured::default();
        self.appends(&mut measured)?;
        for (turn, subjects) in self.effort.subjects.into_iter().enumerate() {
            self.reads(subjects, turn == 0, &mut measured)?;
        }
        Ok(measured)
    }

    /// Opens all peers, each in a directory of its own, with the recommendations entered.
    fn open(&self, subjects: usize) -> Result<Vec<Open>, PeerError> {
        let open = |&name: &PeerName| {
            let directory = self.directory.join(name.argument());
            empty(&directory)?;
            let place = Place { directory, subjects, programs: self.programs.clone() };
            let mut feed = Feed::new(self.seed, subjects);
            let mut peer = name.open(&place)?;
            load(&mut *peer, feed.registrations())?;
            Ok(Open { name, peer, feed })
        };
        self.peers.iter().map(open).collect()
    }

    fn close(&self, peers: Vec<Open>, about: &mut Vec<(PeerName, String)>) -> Result<(), PeerError> {
        for Open { name, peer, .. } in peers {
            match about.iter_mut().find(|(known, _)| *known == name) {
                Some((_, words)) => *words = peer.about(),
                None => about.push((name, peer.about())),
            }
            peer.close()?;
            remove(&self.directory.join(name.argument()))?;
        }
        Ok(())
    }

    /// The rows of durable appends.
    fn appends(&self, measured: &mut Measured) -> Result<(), PeerError> {
        let Effort { appends, batch: (batch, batches), .. } = self.effort;
        let mut peers = self.open(self.effort.subjects[0])?;
        let singles = appends.map(|(clients, each)| (Row::Append(clients), clients, each, 1));
        for (row, clients, commits, events) in
            singles.into_iter().chain([(Row::Batch(batch), 1, batches, batch)])
        {
            crate::say(&format!("{row:?}"));
            let cells = self.turns(&mut peers, row, |open, _| {
                let work = (0..clients)
                    .map(|client| {
                        (0..commits).map(|_| open.feed.of_client(events, client, clients)).collect()
                    })
                    .collect();
                let taken = open.peer.append(work)?;
                open.peer.settle()?;
                Ok(Some(rate(clients * commits * events, taken.whole)))
            })?;
            measured.cells.extend(cells);
        }
        self.close(peers, &mut measured.about)
    }

    /// The rows that read a loaded log.
    fn reads(&self, subjects: usize, replay: bool, measured: &mut Measured) -> Result<(), PeerError> {
        let Effort { events, questions, .. } = self.effort;
        let mut peers = self.open(subjects)?;
        for open in &mut peers {
            crate::say(&format!("loading {events} events about {subjects} subjects into {}", open.name));
            let mut left = events;
            while left > 0 {
                let chunk = open.feed.take(left.min(LOAD_CHUNK));
                left -= chunk.len();
                load(&mut *open.peer, chunk)?;
            }
            open.peer.loaded()?;
        }
        if replay {
            let mut states = Agreed::default();
            crate::say("replay");
            measured.cells.extend(self.turns(&mut peers, Row::Replay(events), |open, _| {
                let Some((taken, state)) = open.peer.replay()? else { return Ok(None) };
                // A raw log has no state to compare.
                if open.name != PeerName::Rawlog {
                    states.check(open.name, 0, &state)?;
                }
                Ok(Some(rate(events + subjects, taken)))
            })?);
        }
        crate::say(&format!("current state, {subjects} subjects"));
        let mut labels = Agreed::default();
        measured.cells.extend(self.turns(&mut peers, Row::Current(subjects), |open, round| {
            let mut random = Random::new(self.seed, 1 << 40 | round);
            let places: Vec<u64> = (0..questions).map(|_| random.below(subjects as u64)).collect();
            let Some((taken, found)) = open.peer.current(&places)? else { return Ok(None) };
            labels.check(open.name, round, &found)?;
            Ok(Some(1.0 / rate(questions, taken)))
        })?);
        crate::say(&format!("as of, {subjects} subjects"));
        let mut states: Agreed<State> = Agreed::default();
        measured.cells.extend(self.turns(&mut peers, Row::AsOf(subjects), |open, round| {
            let position = subjects as u64 + Random::new(self.seed, 1 << 41 | round).below(events as u64);
            let Some((taken, state)) = open.peer.as_of(position)? else { return Ok(None) };
            states.check(open.name, round, &state)?;
            Ok(Some(taken.as_secs_f64()))
        })?);
        self.close(peers, &mut measured.about)
    }

    /// Rounds in turns: every peer does a round before the first does another. The first round is not counted.
    fn turns(
        &self,
        peers: &mut [Open],
        row: Row,
        mut round_of: impl FnMut(&mut Open, u64) -> Result<Option<f64>, PeerError>,
    ) -> Result<Vec<Cell>, PeerError> {
        let mut cells: Vec<Cell> = peers
            .iter()
            .map(|open| Cell { row, peer: open.name, ranked: open.peer.synced(), rounds: Vec::new() })
            .collect();
        for round in 0..=self.effort.rounds as u64 {
            for (open, cell) in peers.iter_mut().zip(&mut cells) {
                let figure = round_of(open, round)?;
                cell.rounds.extend(figure.filter(|_| round > 0));
            }
        }
        Ok(cells)
    }
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
mod tests {
    use super::*;

    const SMALL: Effort = Effort {
        rounds: 2,
        appends: [(1, 3), (16, 2), (64, 1)],
        batch: (100, 2),
        events: 600,
        subjects: [82, 90],
        questions: 20,
        traced: 0,
    };

    fn bench(directory: &Path, peers: &[PeerName]) -> Bench {
        let programs =
            Programs { postgres_bin: "absent".into(), nats_server: "absent".into(), python: "absent".into() };
        Bench { directory: directory.to_owned(), programs, seed: 1, peers: peers.to_vec(), effort: SMALL }
    }

    #[test]
    fn peers_in_process_agree_and_fill_every_row_they_can() {
        let directory = tempfile::tempdir().unwrap();
        let peers = [PeerName::Rawlog, PeerName::Docket, PeerName::Sqlite];
        let measured = bench(directory.path(), &peers).run().unwrap();
        for cell in &measured.cells {
            let silent = cell.peer == PeerName::Rawlog && matches!(cell.row, Row::Current(_) | Row::AsOf(_));
            assert_eq!(cell.rounds.len(), if silent { 0 } else { 2 }, "{cell:?}");
            assert!(cell.rounds.iter().all(|figure| figure.is_finite() && *figure > 0.0), "{cell:?}");
        }
        assert_eq!(measured.cells.len(), 3 * (4 + 1 + 2 * 2));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "stores are removed");
    }

    #[test]
    fn the_state_as_of_a_position_is_that_of_the_events_before_it() {
        let directory = tempfile::tempdir().unwrap();
        for name in [PeerName::Docket, PeerName::Sqlite] {
            let place = Place {
                directory: directory.path().join(name.argument()),
                subjects: 9,
                programs: bench(directory.path(), &[]).programs,
            };
            empty(&place.directory).unwrap();
            let mut feed = Feed::new(5, place.subjects);
            let mut events = feed.registrations();
            events.extend(feed.take(300));
            let mut peer = name.open(&place).unwrap();
            load(&mut *peer, events.clone()).unwrap();
            for position in [9, 10, 57, 309] {
                let mut fold = crate::workload::Fold::default();
                for event in events.iter().take(position) {
                    fold.event(&event.payload).unwrap();
                }
                let (_, state) = peer.as_of(position as u64).unwrap().unwrap();
                assert_eq!(state, fold.state(), "{name} {position}");
            }
            peer.close().unwrap();
        }
    }

    #[test]
    fn another_answer_than_the_first_ends_the_run() {
        let mut agreed = Agreed::default();
        let state = |label: &str| vec![(0, label.to_owned())];
        agreed.check(PeerName::Docket, 1, &state("IN PROGRESS")).unwrap();
        agreed.check(PeerName::Sqlite, 1, &state("IN PROGRESS")).unwrap();
        agreed.check(PeerName::Sqlite, 2, &state("COMPLETED")).unwrap();
        let error = agreed.check(PeerName::Umadb, 1, &state("COMPLETED")).unwrap_err();
        assert!(error.to_string().contains("the same state as from Docket"), "{error}");
    }
}
