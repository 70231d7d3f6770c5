//! `SQLite`, in process: write-ahead log, `synchronous=FULL`. One connection behind a lock: with one writer at a time, connections of
//! their own would only make clients sleep for the file lock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::peer::{Peer, PeerError, PeerName, Place, Taken, Timed, run_threads};
use crate::workload::{self, Commit, Fold, State};

const OPEN: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 10000; \
    PRAGMA cache_size = -262144; PRAGMA mmap_size = 8589934592; \
    CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, \
    data BLOB NOT NULL, UNIQUE (stream, version));";
const INSERT: &str = "INSERT INTO events (stream, version, kind, data) VALUES (?1, ?2, ?3, ?4)";
const CURRENT: &str =
    "SELECT data FROM events WHERE stream = ?1 AND kind = 'status' ORDER BY version DESC LIMIT 1";
const REPLAY: &str = "SELECT data FROM events WHERE position > ?1 ORDER BY position";

/// Two ways to ask for the state as of a position; the faster on the loaded table is measured.
const AS_OF: [(&str, &str); 2] = [
    (
        "max(position) by stream",
        "SELECT data, max(position) FROM events WHERE position <= ?1 AND kind = 'status' GROUP BY stream",
    ),
    (
        "one index probe per stream",
        "WITH RECURSIVE streams(stream) AS (SELECT min(stream) FROM events UNION ALL \
         SELECT (SELECT min(stream) FROM events WHERE stream > streams.stream) FROM streams WHERE streams.stream IS NOT NULL) \
         SELECT (SELECT data FROM events WHERE events.stream = streams.stream AND position <= ?1 AND kind = 'status' \
         ORDER BY version DESC LIMIT 1) AS data FROM streams WHERE streams.stream IS NOT NULL",
    ),
];

fn failed(error: rusqlite::Error) -> PeerError {
    PeerName::Sqlite.failed()(error)
}

/// An open database.
pub(super) struct Sqlite {
    connection: Mutex<Connection>,
    as_of: (&'static str, &'static str),
}

impl Sqlite {
    pub(super) fn open(place: &Place) -> Result<Self, PeerError> {
        let connection = Connection::open(place.directory.join("events.sqlite")).map_err(failed)?;
        connection.execute_batch(OPEN).map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), as_of: AS_OF[0] })
    }

    fn connection(&mut self) -> &mut Connection {
        self.connection.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&mut self, query: &str, events: u64) -> Result<(Duration, State), PeerError> {
        let position = i64::try_from(events).map_err(PeerName::Sqlite.failed())?;
        let mut statement = self.connection().prepare_cached(query).map_err(failed)?;
        let started = Instant::now();
        let mut fold = Fold::default();
        let mut rows = statement.query([position]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            // A stream without a status yet answers null.
            if let Some(data) =
                row.get_ref(0).map_err(failed)?.as_blob_or_null().map_err(PeerName::Sqlite.failed())?
            {
                fold.event(data).map_err(PeerName::Sqlite.failed())?;
            }
        }
        let taken = started.elapsed();
        Ok((taken, fold.state()))
    }
}

fn send(connection: &mut Connection, commit: &Commit) -> rusqlite::Result<()> {
    let insert = |connection: &Connection, event: &workload::Event| {
        let mut statement = connection.prepare_cached(INSERT)?;
        let version = i64::try_from(event.version).unwrap_or(i64::MAX);
        statement.execute(params![event.stream(), version, event.kind.name(), event.payload]).map(drop)
    };
    if let [event] = commit.as_slice() {
        return insert(connection, event);
    }
    let transaction = connection.transaction()?;
    commit.iter().try_for_each(|event| insert(&transaction, event))?;
    transaction.commit()
}

impl Peer for Sqlite {
    fn about(&self) -> String {
        format!(
            "{}, in process, journal_mode=WAL, synchronous=FULL, wal_autocheckpoint=10000, cache 256 MB, mmap; one connection behind a lock; as of: {}",
            rusqlite::version(),
            self.as_of.0
        )
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        let connection = &self.connection;
        run_threads(clients.into_iter().map(|commits| ((), commits)).collect(), |(), commit| {
            send(&mut connection.lock().unwrap_or_else(PoisonError::into_inner), &commit).map_err(failed)
        })
    }

    fn loaded(&mut self) -> Result<(), PeerError> {
        self.connection().execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;").map_err(failed)?;
        let half = self
            .connection()
            .query_row("SELECT max(position) / 2 FROM events", [], |row| row.get::<_, i64>(0));
        let half = u64::try_from(half.map_err(failed)?).unwrap_or_default();
        let mut fastest = Duration::MAX;
        for form in AS_OF {
            let (taken, _) = self.state(form.1, half)?;
            if taken < fastest {
                (fastest, self.as_of) = (taken, form);
            }
        }
        Ok(())
    }

    fn replay(&mut self) -> Result<Timed<State>, PeerError> {
        self.state(REPLAY, 0).map(Some)
    }

    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        let streams: Vec<String> = places.iter().map(|&place| workload::stream(place)).collect();
        let mut statement = self.connection().prepare_cached(CURRENT).map_err(failed)?;
        let mut labels = Vec::with_capacity(places.len());
        let started = Instant::now();
        for stream in &streams {
            let label = statement
                .query_row([stream], |row| Ok(workload::label(row.get_ref(0)?.as_blob()?)))
                .optional()
                .map_err(failed)?
                .transpose()
                .map_err(PeerName::Sqlite.failed())?;
            labels.push(label.flatten());
        }
        Ok(Some((started.elapsed(), labels)))
    }

    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError> {
        self.state(self.as_of.1, events).map(Some)
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        self.connection
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .close()
            .map_err(|(_, error)| failed(error))
    }
}
