//! Python `eventsourcing` with its `SQLite` recorder, in a process of its own. Times are taken there, so that this pipe is in none of them.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::peer::{Peer, PeerError, PeerName, Place, Taken, Timed};
use crate::workload::{Commit, State};

/// What the process runs.
const PROGRAM: &str = include_str!("eventsourcing_peer.py");

fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(error: E) -> PeerError {
    PeerName::Eventsourcing.failed()(error)
}

/// The process.
pub(super) struct Eventsourcing {
    child: Child,
    questions: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
    about: String,
}

/// An answer to a question about the store.
#[derive(Deserialize)]
struct Answer {
    seconds: f64,
    #[serde(default)]
    shortest: f64,
    #[serde(default)]
    labels: Vec<Option<String>>,
    #[serde(default)]
    state: State,
}

impl Eventsourcing {
    pub(super) fn open(place: &Place) -> Result<Self, PeerError> {
        let python = &place.programs.python;
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .arg(place.directory.join("events.sqlite"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(PeerError::io("start Python"))?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(PeerName::Eventsourcing.answered("pipes", "none"));
        };
        let (questions, answers) = (BufWriter::new(questions), BufReader::new(answers));
        let mut peer = Self { child, questions, answers, about: String::new() };
        let about = peer.ask(&json!({"ask": "about"}))?;
        about.as_str().unwrap_or_default().clone_into(&mut peer.about);
        Ok(peer)
    }

    fn ask(&mut self, question: &Value) -> Result<Value, PeerError> {
        let sent = serde_json::to_writer(&mut self.questions, question).map_err(std::io::Error::from);
        let sent = sent.and_then(|()| self.questions.write_all(b"\n")).and_then(|()| self.questions.flush());
        sent.map_err(PeerError::io("ask the Python process"))?;
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(PeerError::io("read from the Python process"))?;
        if line.is_empty() {
            let found = "the end of the Python process, which says why above";
            return Err(PeerName::Eventsourcing.answered("an answer", found));
        }
        serde_json::from_str(&line).map_err(failed)
    }

    fn answer(&mut self, question: &Value) -> Result<(Duration, Answer), PeerError> {
        let answer: Answer = serde_json::from_value(self.ask(question)?).map_err(failed)?;
        Ok((Duration::try_from_secs_f64(answer.seconds).map_err(failed)?, answer))
    }
}

impl Peer for Eventsourcing {
    fn about(&self) -> String {
        self.about.clone()
    }

    fn append(&mut self, clients: Vec<Vec<Commit>>) -> Result<Taken, PeerError> {
        let event = |event: &crate::workload::Event| json!({"place": event.place, "version": event.version, "kind": event.kind, "label": event.label, "text": event.text, "actor": event.actor});
        let clients: Vec<Vec<Vec<Value>>> = clients
            .iter()
            .map(|commits| commits.iter().map(|commit| commit.iter().map(event).collect()).collect())
            .collect();
        let (whole, answer) = self.answer(&json!({"ask": "append", "clients": clients}))?;
        let shortest = Duration::try_from_secs_f64(answer.shortest).map_err(failed)?;
        Ok(Taken { whole, shortest })
    }

    fn replay(&mut self) -> Result<Timed<State>, PeerError> {
        let (taken, answer) = self.answer(&json!({"ask": "replay"}))?;
        Ok(Some((taken, answer.state)))
    }

    fn current(&mut self, places: &[u64]) -> Result<Timed<Vec<Option<String>>>, PeerError> {
        let (taken, answer) = self.answer(&json!({"ask": "current", "places": places}))?;
        Ok(Some((taken, answer.labels)))
    }

    fn as_of(&mut self, events: u64) -> Result<Timed<State>, PeerError> {
        let (taken, answer) = self.answer(&json!({"ask": "replay", "stop": events}))?;
        Ok(Some((taken, answer.state)))
    }

    fn close(self: Box<Self>) -> Result<(), PeerError> {
        let Self { mut child, questions, answers, .. } = *self;
        drop((questions, answers));
        child.wait().map(drop).map_err(PeerError::io("end the Python process"))
    }
}
