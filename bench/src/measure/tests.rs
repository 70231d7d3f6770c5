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
    Bench {
        directory: directory.to_owned(),
        programs,
        seed: 1,
        peers: peers.to_vec(),
        workloads: Vec::new(),
        effort: SMALL,
    }
}

#[test]
fn peers_in_process_agree_and_fill_every_row_they_can() {
    let directory = tempfile::tempdir().unwrap();
    let peers = [PeerName::Rawlog, PeerName::Docket, PeerName::Sqlite];
    let measured = bench(directory.path(), &peers).run();
    assert!(measured.is_whole(), "{measured:?}");
    for cell in &measured.cells {
        let silent = cell.peer == PeerName::Rawlog && matches!(cell.row, Row::Current(_) | Row::AsOf(_));
        assert_eq!(cell.rounds.len(), if silent { 0 } else { 2 }, "{cell:?}");
        assert!(cell.rounds.iter().all(|figure| figure.is_finite() && *figure > 0.0), "{cell:?}");
    }
    assert_eq!(measured.cells.len(), 3 * (4 + 1 + 2 * 2));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0, "stores are removed");
}

#[test]
fn a_peer_that_cannot_start_fails_in_every_row_and_stops_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let peers = [PeerName::Rawlog, PeerName::Docket, PeerName::Postgres];
    let measured = bench(directory.path(), &peers).run();
    assert!(!measured.is_whole());
    assert_eq!(measured.cells.len(), 3 * (4 + 1 + 2 * 2));
    for cell in &measured.cells {
        let why = cell.failed.as_deref().unwrap_or_default();
        assert_eq!(why.contains("needs initdb"), cell.peer == PeerName::Postgres, "{cell:?}");
        assert_eq!(
            cell.rounds.is_empty(),
            cell.peer == PeerName::Postgres || cell.told().is_none(),
            "{cell:?}"
        );
    }
}

#[test]
fn only_the_rows_that_are_asked_for_are_done() {
    let directory = tempfile::tempdir().unwrap();
    let mut bench = bench(directory.path(), &[PeerName::Sqlite]);
    bench.workloads = vec![Workload::Append16, Workload::AsOf];
    let rows: Vec<Row> = bench.run().cells.iter().map(|cell| cell.row).collect();
    assert_eq!(rows, [Row::Append(16), Row::AsOf(82), Row::AsOf(90)]);
}

/// Answers so many questions, and then no more.
struct Tires {
    answers: usize,
}

impl Peer for Tires {
    fn about(&self) -> String {
        String::new()
    }

    fn append(&mut self, _: Vec<Vec<Commit>>) -> Result<crate::peer::Taken, PeerError> {
        Err(PeerName::Nats.answered("an answer", "none"))
    }

    fn replay(&mut self) -> Result<crate::peer::Timed<State>, PeerError> {
        Ok(None)
    }

    fn current(&mut self, _: &[u64]) -> Result<crate::peer::Timed<Vec<Option<String>>>, PeerError> {
        let tired = PeerName::Nats.answered("an answer", "connection closed");
        self.answers = self.answers.checked_sub(1).ok_or(tired)?;
        Ok(Some((Duration::from_secs(1), Vec::new())))
    }

    fn as_of(&mut self, _: u64) -> Result<crate::peer::Timed<State>, PeerError> {
        Ok(None)
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        Ok(())
    }
}

#[test]
fn a_peer_that_fails_in_a_round_keeps_no_other_from_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let bench = bench(directory.path(), &[]);
    let mut entrants =
        [(PeerName::Umadb, 9), (PeerName::Nats, 2), (PeerName::Sqlite, 9)].map(|(name, answers)| {
            let open = Open { name, peer: Box::new(Tires { answers }), feed: Feed::new(1, 82) };
            Entrant { name, open: Ok(open) }
        });
    let cells = bench.current(&mut entrants, 82);
    assert_eq!(cells.iter().map(|cell| cell.rounds.len()).collect::<Vec<_>>(), [2, 1, 2]);
    assert!(cells[1].told().unwrap().starts_with("failed: "), "{:?}", cells[1]);
    assert!(cells[0].failed.is_none() && cells[2].failed.is_none(), "{cells:?}");
    // Asked for another row, it is asked again: a question that failed has changed nothing.
    assert!(bench.replay(&mut entrants, 82).iter().all(|cell| cell.failed.is_none()));
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
fn another_answer_than_the_first_is_a_failure() {
    let mut agreed = Agreed::default();
    let state = |label: &str| vec![(0, label.to_owned())];
    agreed.check(PeerName::Docket, 1, &state("IN PROGRESS")).unwrap();
    agreed.check(PeerName::Sqlite, 1, &state("IN PROGRESS")).unwrap();
    agreed.check(PeerName::Sqlite, 2, &state("COMPLETED")).unwrap();
    let error = agreed.check(PeerName::Umadb, 1, &state("COMPLETED")).unwrap_err();
    assert!(error.to_string().contains("the same state as from Docket"), "{error}");
}
