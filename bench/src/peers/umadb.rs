//! `UmaDB`: its own server as a process of its own, its own client over gRPC on loopback. An answer comes after two fdatasyncs: the pages,
//! then the header.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use umadb_client::AsyncUmaDbClient;
use umadb_dcb::{DcbAppendCondition, DcbError, DcbEvent, DcbEventStoreAsync as _, DcbQuery, DcbQueryItem};

use crate::peer::{Peer, PeerError, PeerName, Place, Taken, Timed, run_tasks};
use crate::server::{EndSignal, Server, free_port, listens};
use crate::workload::{self, Commit, Event, Fold, Kind, State};

/// The server's page cache, in MB: without one it reads every page from the file.
const PAGE_CACHE_MB: &str = "1024";

/// Events that the server sends at once when it is asked for many.
const READ_BATCH: u32 = 1000;

/// Up to so many recommendations, the state as of a position is asked for one by one; above, it is replayed.
const ASK_EACH_MAX: usize = 1000;

fn failed(error: DcbError) -> PeerError {
    PeerName::Umadb.failed()(error)
}

/// How the server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// One commit after the other, with ordinary calls: what it does unless asked.
    Blocking,
    /// The next commit is prepared while the last one is written and synced through `io_uring`.
    Pipelined,
}

/// A running server and its clients.
pub(super) struct UmaDb {
    writer: Writer,
    clients: Vec<Arc<AsyncUmaDbClient>>,
    runtime: Runtime,
    url: String,
    subjects: usize,
    /// Last, so that it ends after the clients.
    _server: Server,
}

/// Runs the server: the process that [`UmaDb::open`] starts.
pub(crate) fn serve(port: u16, database: &Path, writer: Writer) -> Result<(), PeerError> {
    let (listen, database) = (format!("127.0.0.1:{port}"), database.display().to_string());
    let pipelined = if writer == Writer::Pipelined { "true" } else { "false" };
    let arguments = [
        "umadb",
        "--listen",
        &listen,
        "--db-path",
        &database,
        "--page-cache-max-mb",
        PAGE_CACHE_MB,
        "--pipelined-writer",
        pipelined,
    ];
    let options = umadb::parse_cli_options(arguments)
        .map_err(|error| PeerName::Umadb.answered("options that it takes", error.to_string()))?;
    umadb::start_server_with_cli_options(options)
        .map_err(|error| PeerName::Umadb.answered("a running server", error.to_string()))
}

impl UmaDb {
    pub(super) fn open(place: &Place, writer: Writer) -> Result<Self, PeerError> {
        let (port, database) = (free_port()?, place.directory.join("uma.db"));
        let program = std::env::current_exe().map_err(PeerError::io("find this program"))?;
        let mut server = Command::new(program);
        server.arg("--dir").arg(database).args(["serve-umadb", "--port", &port.to_string()]);
        if writer == Writer::Pipelined {
            server.arg("--pipelined");
        }
        let log = std::fs::File::create(place.directory.join("server.log"));
        server.stderr(log.map_err(PeerError::io("make the log of UmaDB"))?);
        let server = Server::start(&mut server, EndSignal::Terminate, || listens(port))?;
        let runtime = Runtime::new().map_err(PeerError::io("start the clients of UmaDB"))?;
        let (url, clients) = (format!("http://127.0.0.1:{port}"), Vec::new());
        let mut peer = Self { writer, clients, runtime, url, subjects: place.subjects, _server: server };
        peer.connect(1)?;
        Ok(peer)
    }

    fn connect(&mut self, count: usize) -> Result<(), PeerError> {
        while self.clients.len() < count {
            let connecting = AsyncUmaDbClient::connect(self.url.clone(), None, Some(READ_BATCH), None);
            self.clients.push(Arc::new(self.runtime.block_on(connecting).map_err(failed)?));
        }
        Ok(())
    }

    fn asking(&self) -> Result<&Arc<AsyncUmaDbClient>, PeerError> {
        self.clients.first().ok_or_else(|| PeerName::Umadb.answered("a client", "none"))
    }

    /// The state after so many events, by reading them all.
    fn fold(&self, events: Option<u64>) -> Result<(Duration, State), PeerError> {
        let client = self.asking()?;
        self.runtime.block_on(async {
            let started = Instant::now();
            let mut fold = Fold::default();
            let limit = events.and_then(|events| u32::try_from(events).ok());
            let mut read = client.read(None, None, false, limit).await.map_err(failed)?;
            loop {
                let batch = read.next_batch().await.map_err(failed)?;
                if batch.is_empty() {
                    break;
                }
                for event in batch {
                    fold.event(&event.event.data).map_err(PeerName::Umadb.failed())?;
                }
            }
            let taken = started.elapsed();
            Ok((taken, fold.state()))
        })
    }
}

/// The last status of a recommendation, at or before a position.
async fn last_status(
    client: &AsyncUmaDbClient,
    place: u64,
    from: Option<u64>,
) -> Result<Option<Vec<u8>>, DcbError> {
    let status = DcbQueryItem::new().tags([workload::stream(place)]).types([Kind::Status.name()]);
    let mut read = client.read(Some(DcbQuery::new().item(status)), from, true, Some(1)).await?;
    let last = read.next_batch().await?.pop().map(|event| event.event.data);
    // To its end: an answer that is dropped before is a stream that is reset, and HTTP/2 closes a connection on which too many were.
    while !read.next_batch().await?.is_empty() {}
    Ok(last)
}

/// Sends commits one after the other, each under the condition that nobody wrote to its streams since this client last wrote.
async fn send(
    client: Arc<AsyncUmaDbClient>,
    commits: Vec<Vec<(Event, DcbEvent)>>,
    head: Option<u64>,
) -> Result<Duration, PeerError> {
    let (mut after, mut shortest) = (head, Duration::MAX);
    for commit in commits {
        let mut streams: Vec<String> = commit.iter().map(|(event, _)| event.stream()).collect();
        streams.sort_unstable();
        streams.dedup();
        let items = streams.into_iter().map(|stream| DcbQueryItem::new().tags([stream]));
        let condition = DcbAppendCondition::new(DcbQuery::with_items(items)).after(after);
        let events = commit.into_iter().map(|(_, event)| event).collect();
        let started = Instant::now();
        let position = client.append(events, Some(condition), None).await.map_err(failed)?;
        shortest = shortest.min(started.elapsed());
        after = Some(position);
    }
    Ok(shortest)
}

impl Peer for UmaDb {
    fn about(&self) -> String {
        let writer = match self.writer {
            Writer::Blocking => "blocking writer (as it comes)",
            Writer::Pipelined => {
                "pipelined writer (off as it comes; it syncs through io_uring, which strace cannot see)"
            }
        };
        format!(
            "0.7.8, gRPC on loopback, a connection a client, append condition on the streams, page cache {PAGE_CACHE_MB} MB, {writer}; as of: \
             one backward read a stream up to 1,000 streams, above that a replay"
        )
    }

    fn wake(&mut self) -> Result<(), PeerError> {
        self.runtime.block_on(async {
            for client in &self.clients {
                if client.head().await.is_err() {
                    // The client connects anew by itself, but only for the request after the one that failed.
                    client.head().await.map_err(failed)?;
                }
            }
            Ok(())
        })
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        self.connect(clients.len())?;
        let head = self.runtime.block_on(self.asking()?.head()).map_err(failed)?;
        let prepare = |event: Event| {
            let sent = DcbEvent::new()
                .event_type(event.kind.name())
                .tags([event.stream()])
                .data(event.payload.clone());
            (event, sent)
        };
        let sending = self
            .clients
            .iter()
            .zip(clients)
            .map(|(client, commits)| {
                let commits =
                    commits.into_iter().map(|commit| commit.into_iter().map(prepare).collect()).collect();
                send(Arc::clone(client), commits, head)
            })
            .collect();
        run_tasks(&self.runtime, sending)
    }

    fn replay(&mut self) -> Result<Timed<State>, PeerError> {
        self.fold(None).map(Some)
    }

    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        let client = self.asking()?;
        self.runtime.block_on(async {
            let mut labels = Vec::with_capacity(places.len());
            let started = Instant::now();
            for &place in places {
                let last = last_status(client, place, None).await.map_err(failed)?;
                let label = last.map(|data| workload::label(&data)).transpose();
                labels.push(label.map_err(PeerName::Umadb.failed())?.flatten());
            }
            Ok(Some((started.elapsed(), labels)))
        })
    }

    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError> {
        if self.subjects > ASK_EACH_MAX {
            return self.fold(Some(events)).map(Some);
        }
        let client = self.asking()?;
        self.runtime.block_on(async {
            let started = Instant::now();
            let mut fold = Fold::default();
            for place in 0..self.subjects as u64 {
                if let Some(data) = last_status(client, place, Some(events)).await.map_err(failed)? {
                    fold.event(&data).map_err(PeerName::Umadb.failed())?;
                }
            }
            let taken = started.elapsed();
            Ok(Some((taken, fold.state())))
        })
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        Ok(())
    }
}
