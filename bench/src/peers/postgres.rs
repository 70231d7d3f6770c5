//! `PostgreSQL`: a cluster of its own in the directory, reached over a unix socket. An answer comes after the fdatasync of the write-ahead
//! log: `fsync`, `full_page_writes` and `synchronous_commit` are on.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Config, NoTls, Statement};

use crate::peer::{Peer, PeerError, PeerName, Place, Taken, Timed, run_threads};
use crate::server::{EndSignal, Server};
use crate::workload::{self, Commit, Fold, State};

/// The account that the server runs as where the benchmark runs as root, which `PostgreSQL` refuses.
const ACCOUNT: &str = "postgres";

/// Settings of a server with two cores and memory to spare that may lose nothing.
const SETTINGS: [&str; 13] = [
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "listen_addresses=",
    "max_connections=100",
    "shared_buffers=2GB",
    "wal_buffers=64MB",
    "min_wal_size=2GB",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    "work_mem=256MB",
    "jit=off",
    // Else each question is planned again, which takes longer than answering it.
    "plan_cache_mode=force_generic_plan",
];

const TABLE: &str = "CREATE TABLE events (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL, \
    version bigint NOT NULL, kind text NOT NULL, data bytea NOT NULL, UNIQUE (stream, version))";
const INSERT: &str = "INSERT INTO events (stream, version, kind, data) VALUES ($1, $2, $3, $4)";
const INSERT_MANY: &str = "INSERT INTO events (stream, version, kind, data) \
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[])";
const CURRENT: &str =
    "SELECT data FROM events WHERE stream = $1 AND kind = 'status' ORDER BY version DESC LIMIT 1";

/// Three ways to ask for the state as of a position; the fastest on the loaded table is measured.
const AS_OF: [(&str, &str); 3] = [
    (
        "max(position) by stream, joined",
        "SELECT data FROM events JOIN (SELECT max(position) AS position FROM events \
         WHERE position <= $1 AND kind = 'status' GROUP BY stream) AS last USING (position)",
    ),
    (
        "DISTINCT ON (stream)",
        "SELECT DISTINCT ON (stream) data FROM events WHERE position <= $1 AND kind = 'status' \
         ORDER BY stream, position DESC",
    ),
    (
        "one index probe per stream (LATERAL)",
        "WITH RECURSIVE streams AS ((SELECT stream FROM events ORDER BY stream LIMIT 1) UNION ALL \
         SELECT (SELECT stream FROM events WHERE stream > streams.stream ORDER BY stream LIMIT 1) FROM streams \
         WHERE streams.stream IS NOT NULL) \
         SELECT last.data FROM streams CROSS JOIN LATERAL (SELECT data FROM events WHERE events.stream = streams.stream \
         AND position <= $1 AND kind = 'status' ORDER BY version DESC LIMIT 1) AS last",
    ),
];

fn failed(error: postgres::Error) -> PeerError {
    PeerName::Postgres.failed()(error)
}

/// A connection with its prepared statements.
struct Connection {
    client: Client,
    insert: Statement,
    insert_many: Statement,
}

/// A running cluster.
pub(super) struct Postgres {
    connections: Vec<Connection>,
    asking: Client,
    as_of: (&'static str, &'static str),
    socket: PathBuf,
    version: String,
    /// Last, so that it ends after the connections.
    _server: Server,
}

impl Postgres {
    pub(super) fn open(place: &Place) -> Result<Self, PeerError> {
        let programs = &place.programs.postgres_bin;
        for program in ["initdb", "postgres"] {
            if !programs.join(program).exists() {
                let program = format!("{program} in {}", programs.display());
                return Err(PeerError::Missing { peer: PeerName::Postgres, program });
            }
        }
        let (socket, cluster) = (place.directory.clone(), place.directory.join("cluster"));
        let account = account(&place.directory)?;
        let mut initdb = command(&programs.join("initdb"), account);
        // The empty cluster need not survive a power cut: what is measured begins after it.
        initdb.args([
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--username=postgres",
            "-D",
        ]);
        let made =
            initdb.arg(&cluster).stdout(Stdio::null()).status().map_err(PeerError::io("run initdb"))?;
        if !made.success() {
            return Err(PeerError::io("run initdb")(std::io::Error::other(made.to_string())));
        }
        let mut server = command(&programs.join("postgres"), account);
        server.arg("-D").arg(&cluster);
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        server.arg("-c").arg(format!("unix_socket_directories={}", socket.display()));
        let log = fs::File::create(place.directory.join("server.log"));
        server.stderr(log.map_err(PeerError::io("make the log of PostgreSQL"))?);
        let server = Server::start(&mut server, EndSignal::Interrupt, || connect(&socket).is_ok())?;
        let mut asking = connect(&socket).map_err(failed)?;
        asking.batch_execute(TABLE).map_err(failed)?;
        let version = asking.query_one("SHOW server_version", &[]).map_err(failed)?.get(0);
        let connections = Vec::new();
        Ok(Self { connections, asking, as_of: AS_OF[0], socket, version, _server: server })
    }

    fn connect(&self) -> Result<Connection, postgres::Error> {
        let mut client = connect(&self.socket)?;
        Ok(Connection { insert: client.prepare(INSERT)?, insert_many: client.prepare(INSERT_MANY)?, client })
    }

    fn state(&mut self, query: &str, events: u64) -> Result<(Duration, State), PeerError> {
        let statement = self.asking.prepare(query).map_err(failed)?;
        let position = i64::try_from(events).map_err(PeerName::Postgres.failed())?;
        let started = Instant::now();
        let mut fold = Fold::default();
        let mut rows = self.asking.query_raw(&statement, [position]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            fold.event(row.try_get(0).map_err(failed)?).map_err(PeerName::Postgres.failed())?;
        }
        let taken = started.elapsed();
        Ok((taken, fold.state()))
    }
}

fn send(connection: &mut Connection, commit: &Commit) -> Result<(), postgres::Error> {
    let Connection { client, insert, insert_many } = connection;
    let version = |version: u64| i64::try_from(version).unwrap_or(i64::MAX);
    if let [event] = commit.as_slice() {
        let (stream, kind) = (event.stream(), event.kind.name());
        return client
            .execute(&*insert, &[&stream, &version(event.version), &kind, &event.payload])
            .map(drop);
    }
    let streams: Vec<String> = commit.iter().map(workload::Event::stream).collect();
    let versions: Vec<i64> = commit.iter().map(|event| version(event.version)).collect();
    let kinds: Vec<&str> = commit.iter().map(|event| event.kind.name()).collect();
    let payloads: Vec<&[u8]> = commit.iter().map(|event| event.payload.as_slice()).collect();
    client.execute(&*insert_many, &[&streams, &versions, &kinds, &payloads]).map(drop)
}

impl Peer for Postgres {
    fn about(&self) -> String {
        format!(
            "{}, unix socket, prepared statements, a connection a client; a batch is one INSERT ... SELECT unnest(...); as of: {}; {}",
            self.version,
            self.as_of.0,
            SETTINGS.join(", ")
        )
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        while self.connections.len() < clients.len() {
            let connection = self.connect().map_err(failed)?;
            self.connections.push(connection);
        }
        run_threads(self.connections.iter_mut().zip(clients).collect(), |connection, commit| {
            send(connection, &commit).map_err(failed)
        })
    }

    fn loaded(&mut self) -> Result<(), PeerError> {
        self.asking.batch_execute("VACUUM ANALYZE events").map_err(failed)?;
        self.asking.batch_execute("CHECKPOINT").map_err(failed)?;
        let count: i64 =
            self.asking.query_one("SELECT max(position) FROM events", &[]).map_err(failed)?.get(0);
        let half = u64::try_from(count / 2).unwrap_or_default();
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
        self.state("SELECT data FROM events WHERE position > $1 ORDER BY position", 0).map(Some)
    }

    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        let statement = self.asking.prepare(CURRENT).map_err(failed)?;
        let streams: Vec<String> = places.iter().map(|&place| workload::stream(place)).collect();
        let mut labels = Vec::with_capacity(places.len());
        let started = Instant::now();
        for stream in &streams {
            let row = self.asking.query_opt(&statement, &[stream]).map_err(failed)?;
            let label = row.map(|row| workload::label(row.get(0))).transpose();
            labels.push(label.map_err(PeerName::Postgres.failed())?.flatten());
        }
        Ok(Some((started.elapsed(), labels)))
    }

    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError> {
        self.state(self.as_of.1, events).map(Some)
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        Ok(())
    }
}

fn connect(socket: &Path) -> Result<Client, postgres::Error> {
    Config::new().host_path(socket).user("postgres").dbname("postgres").connect(NoTls)
}

/// The user and group to run as, where we are root; the directory is given to them.
fn account(directory: &Path) -> Result<Option<(u32, u32)>, PeerError> {
    let what = "give the directory of PostgreSQL to its account";
    let owner = fs::metadata("/proc/self").map_err(PeerError::io("see who runs this"))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let accounts =
        fs::read_to_string("/etc/passwd").map_err(PeerError::io("read the accounts of this machine"))?;
    let account = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let named = fields.next() == Some(ACCOUNT);
        let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        named.then_some((user, group))
    });
    let Some((user, group)) = account else {
        let program = format!("an account named {ACCOUNT}");
        return Err(PeerError::Missing { peer: PeerName::Postgres, program });
    };
    chown(directory, Some(user), Some(group)).map_err(PeerError::io(what))?;
    Ok(Some((user, group)))
}

fn command(program: &Path, account: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = account {
        command.uid(user).gid(group).current_dir("/");
    }
    command
}
