//! NATS `JetStream` on loopback: one stream on file, with `sync_interval: always`, so that an answer comes after the write was synced. The
//! versions of subjects are not checked, which spares it work that the others do.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::push::OrderedConfig;
use async_nats::jetstream::stream::{Config, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::{Client, HeaderMap};
use futures::StreamExt as _;
use tokio::runtime::Runtime;

use crate::peer::{Peer, PeerError, PeerName, Place, Taken, Timed, run_tasks};
use crate::server::{EndSignal, Server, free_port, listens};
use crate::workload::{self, Commit, Event, Fold, Kind, State};

const STREAM: &str = "events";

/// Up to so many subjects the server answers for one position at once; above, the stream must be replayed.
const MULTI_LAST_MAX: usize = 1000;

/// The status of the message that ends an answer of several.
const END_OF_BATCH: u16 = 204;

/// The first version that knows `sync_interval: always`.
const SYNCS_SINCE: (u64, u64) = (2, 10);

/// The first version that takes a batch all or none.
const BATCHES_SINCE: (u64, u64) = (2, 12);

fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(error: E) -> PeerError {
    PeerName::Nats.failed()(error)
}

/// A running server with its stream.
pub(super) struct Nats {
    clients: Vec<Client>,
    stream: Stream,
    runtime: Runtime,
    url: String,
    version: (u64, u64),
    release: String,
    subjects: usize,
    /// Last, so that it ends after the clients.
    _server: Server,
}

impl Nats {
    pub(super) fn open(place: &Place) -> Result<Self, PeerError> {
        let program = &place.programs.nats_server;
        let release = release(program)?;
        let mut parts = release.split('.').map_while(|part| part.parse().ok());
        let version = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let sync = if version >= SYNCS_SINCE { ", sync_interval: always" } else { "" };
        let settings =
            format!("jetstream {{ store_dir: \"{}\"{sync} }}\n", place.directory.join("store").display());
        let configuration = place.directory.join("nats.conf");
        std::fs::write(&configuration, settings).map_err(PeerError::io("write the settings of NATS"))?;
        let port = free_port()?;
        let mut server = Command::new(program);
        server.arg("-c").arg(&configuration).args(["-a", "127.0.0.1", "-p", &port.to_string()]);
        server.arg("-l").arg(place.directory.join("server.log"));
        let server = Server::start(&mut server, EndSignal::Terminate, || listens(port))?;
        let runtime = Runtime::new().map_err(PeerError::io("start the clients of NATS"))?;
        let url = format!("nats://127.0.0.1:{port}");
        let client = runtime.block_on(async_nats::connect(&url)).map_err(failed)?;
        let config = Config {
            name: STREAM.to_owned(),
            subjects: vec!["bench.>".to_owned()],
            allow_direct: true,
            allow_atomic_publish: version >= BATCHES_SINCE,
            ..Config::default()
        };
        let made = async { jetstream::new(client.clone()).create_stream(config).await };
        let stream = runtime.block_on(made).map_err(failed)?;
        let (clients, subjects) = (vec![client], place.subjects);
        Ok(Self { clients, stream, runtime, url, version, release, subjects, _server: server })
    }

    fn asking(&self) -> Result<Client, PeerError> {
        self.clients.first().cloned().ok_or_else(|| PeerName::Nats.answered("a client", "none"))
    }

    /// The state after so many events, by reading them all.
    fn fold(&mut self, events: Option<u64>) -> Result<(Duration, State), PeerError> {
        let inbox = self.asking()?.new_inbox();
        let all = self.runtime.block_on(self.stream.info()).map_err(failed)?.state.messages;
        let count = events.unwrap_or(all);
        self.runtime.block_on(async {
            let started = Instant::now();
            let mut fold = Fold::default();
            let config = OrderedConfig { deliver_subject: inbox, ..OrderedConfig::default() };
            let consumer = self.stream.create_consumer(config).await.map_err(failed)?;
            let mut messages = consumer.messages().await.map_err(failed)?;
            while fold.events < count {
                let message =
                    messages.next().await.ok_or_else(|| PeerName::Nats.answered("an event", "the end"))?;
                fold.event(&message.map_err(failed)?.payload).map_err(failed)?;
            }
            let taken = started.elapsed();
            Ok((taken, fold.state()))
        })
    }
}

/// The subject of an event: its kind is part of it, so that the last status can be asked for.
fn subject(place: u64, kind: Kind) -> String {
    format!("bench.{}.{}", place + 1, kind.name())
}

fn release(program: &Path) -> Result<String, PeerError> {
    let missing = |_| PeerError::Missing { peer: PeerName::Nats, program: program.display().to_string() };
    let told = Command::new(program).arg("--version").output().map_err(missing)?;
    let told = String::from_utf8_lossy(&told.stdout).trim().to_owned();
    Ok(told.rsplit(['v', ' ']).next().unwrap_or_default().to_owned())
}

/// Sends commits one after the other.
async fn send(client: Client, commits: Vec<Commit>, atomic: bool) -> Result<Duration, PeerError> {
    let context = jetstream::new(client.clone());
    let mut shortest = Duration::MAX;
    for commit in commits {
        let started = Instant::now();
        match commit.as_slice() {
            [event] => {
                let sent = context.publish(subject(event.place, event.kind), event.payload.clone().into());
                sent.await.map_err(failed)?.await.map_err(failed)?;
            }
            _ if atomic => send_batch(&client, &commit).await?,
            _ => send_each(&context, &commit).await?,
        }
        shortest = shortest.min(started.elapsed());
    }
    Ok(shortest)
}

/// One batch, all or none: the last message asks for the commit, and its answer stands for all.
async fn send_batch(client: &Client, commit: &Commit) -> Result<(), PeerError> {
    let batch = commit.first().map(|event| event.n.to_string()).unwrap_or_default();
    for (sequence, event) in (1..).zip(commit) {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Batch-Id", batch.as_str());
        headers.insert("Nats-Batch-Sequence", sequence.to_string());
        let (subject, payload) = (subject(event.place, event.kind), event.payload.clone().into());
        if sequence < commit.len() {
            client.publish_with_headers(subject, headers, payload).await.map_err(failed)?;
            continue;
        }
        headers.insert("Nats-Batch-Commit", "1");
        let answer = client.request_with_headers(subject, headers, payload).await.map_err(failed)?;
        let said: serde_json::Value = serde_json::from_slice(&answer.payload).map_err(failed)?;
        if said.get("count").and_then(serde_json::Value::as_u64) != Some(commit.len() as u64) {
            return Err(PeerName::Nats.answered("a committed batch", said.to_string()));
        }
    }
    Ok(())
}

/// The events of a batch one after the other, without waiting in between: an older server has no batches.
async fn send_each(context: &Context, commit: &[Event]) -> Result<(), PeerError> {
    let mut answers = Vec::with_capacity(commit.len());
    for event in commit {
        let sent = context.publish(subject(event.place, event.kind), event.payload.clone().into());
        answers.push(sent.await.map_err(failed)?);
    }
    for answer in answers {
        answer.await.map_err(failed)?;
    }
    Ok(())
}

/// The last status of every subject at or before a position, in one question.
async fn last_of_all(client: &Client, position: u64) -> Result<Fold, PeerError> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await.map_err(failed)?;
    let asked =
        serde_json::json!({"multi_last": ["bench.*.status"], "up_to_seq": position, "batch": MULTI_LAST_MAX});
    let question = format!("$JS.API.DIRECT.GET.{STREAM}");
    client.publish_with_reply(question, inbox, asked.to_string().into()).await.map_err(failed)?;
    let mut fold = Fold::default();
    while let Some(answer) = answers.next().await {
        match answer.status {
            None => fold.event(&answer.payload).map_err(failed)?,
            Some(status) if status.as_u16() == END_OF_BATCH => return Ok(fold),
            Some(status) => return Err(PeerName::Nats.answered("the last statuses", status.to_string())),
        }
    }
    Err(PeerName::Nats.answered("the last statuses", "the end"))
}

impl Peer for Nats {
    fn about(&self) -> String {
        let sync = if self.synced() { "sync_interval: always" } else { "NOT synced: this version cannot" };
        let batch = if self.version >= BATCHES_SINCE {
            "atomic publish"
        } else {
            "100 publishes at once, not atomic"
        };
        format!(
            "{}, loopback, file store, {sync}, a connection a client, versions not checked; a batch is {batch}; as of: multi_last up to \
             1,000 subjects, above that a replay",
            self.release
        )
    }

    fn synced(&self) -> bool {
        self.version >= SYNCS_SINCE
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        while self.clients.len() < clients.len() {
            let client = self.runtime.block_on(async_nats::connect(&self.url)).map_err(failed)?;
            self.clients.push(client);
        }
        let atomic = self.version >= BATCHES_SINCE;
        let sending = self
            .clients
            .iter()
            .zip(clients)
            .map(|(client, commits)| send(client.clone(), commits, atomic))
            .collect();
        run_tasks(&self.runtime, sending)
    }

    fn replay(&mut self) -> Result<Timed<State>, PeerError> {
        self.fold(None).map(Some)
    }

    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        self.runtime.block_on(async {
            let mut labels = Vec::with_capacity(places.len());
            let started = Instant::now();
            for &place in places {
                let last = self.stream.direct_get_last_for_subject(subject(place, Kind::Status)).await;
                let label = match last {
                    Ok(message) => workload::label(&message.payload).map_err(failed)?,
                    Err(error) if error.kind() == jetstream::stream::DirectGetErrorKind::NotFound => None,
                    Err(error) => return Err(failed(error)),
                };
                labels.push(label);
            }
            Ok(Some((started.elapsed(), labels)))
        })
    }

    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError> {
        if self.subjects > MULTI_LAST_MAX || self.version < BATCHES_SINCE {
            return self.fold(Some(events)).map(Some);
        }
        let client = self.asking()?;
        let started = Instant::now();
        let fold = self.runtime.block_on(last_of_all(&client, events))?;
        let taken = started.elapsed();
        Ok(Some((taken, fold.state())))
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        Ok(())
    }
}
