//! What is recorded: the same events for every peer, made from a seed.
//!
//! A register's recommendations are entered first; then come status changes and notes of about 290 characters. Every event names the
//! version that its subject gets, so that every store can check it. Nothing is backdated: then the status after the first K events is
//! the label of the last status among them, in every store, and the answers can be compared.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// About how many characters a text has.
const TEXT_CHARACTERS: usize = 290;

/// The labels of statuses, each with the state that it means.
pub(crate) const LABELS: [(&str, &str); 5] = [
    ("IN PLANNING", "planning"),
    ("IN DEVELOPMENT", "development"),
    ("PRE-LAUNCH", "pre-launch"),
    ("IN PROGRESS", "in-progress"),
    ("COMPLETED", "completed"),
];

/// On whose word everything is said.
pub(crate) const ASSERTER: &str = "City of Example";

/// Who records.
const ACTORS: [&str; 3] = ["clerk.adams", "clerk.baker", "reviewer.cole"];

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// A recommendation is entered.
    Registered,
    /// Its status changes.
    Status,
    /// A note about it.
    Note,
}

impl Kind {
    /// The name of the kind in columns, tags and subjects.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Status => "status",
            Self::Note => "note",
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its number: events of one feed are numbered from 0.
    pub(crate) n: u64,
    /// Its id.
    pub(crate) id: [u8; 16],
    /// Which recommendation it is about, from 0.
    pub(crate) place: u64,
    /// The version that the recommendation gets by it, from 1.
    pub(crate) version: u64,
    /// What it says.
    pub(crate) kind: Kind,
    /// The label of a status.
    pub(crate) label: Option<&'static str>,
    /// The words.
    pub(crate) text: String,
    /// Who records it.
    pub(crate) actor: &'static str,
    /// The JSON that a store other than Docket keeps.
    pub(crate) payload: Vec<u8>,
}

/// Events that are made durable together, all or none.
pub(crate) type Commit = Vec<Event>;

/// The payload as it is written.
#[derive(Serialize)]
struct Written<'a> {
    id: String,
    subject: String,
    version: u64,
    r#type: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    text: &'a str,
    actor: &'a str,
    asserted_by: &'a str,
    recorded_at: String,
}

/// The payload as it is read. Everything is decoded, as an application would.
#[derive(Deserialize)]
struct Stated<'a> {
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow, default)]
    label: Option<Cow<'a, str>>,
}

/// The name of the stream of a recommendation.
pub(crate) fn stream(place: u64) -> String {
    format!("bench-register/recommendation/{}", place + 1)
}

/// Which recommendation a stream is about.
fn place(stream: &str) -> Option<u64> {
    stream.rsplit('/').next()?.parse::<u64>().ok()?.checked_sub(1)
}

/// Makes events, and keeps the versions of the recommendations.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    seed: u64,
    next: u64,
    versions: Vec<u64>,
}

impl Feed {
    /// The feed of a register with so many recommendations.
    pub(crate) fn new(seed: u64, subjects: usize) -> Self {
        Self { seed, next: 0, versions: vec![0; subjects] }
    }

    /// The events that enter the recommendations: the first ones of every log.
    pub(crate) fn registrations(&mut self) -> Vec<Event> {
        (0..self.versions.len()).map(|place| self.event(place, Some(Kind::Registered))).collect()
    }

    /// The next events of one of several clients, each of which has recommendations of its own.
    pub(crate) fn of_client(&mut self, count: usize, client: usize, clients: usize) -> Vec<Event> {
        let own = self.versions.len().saturating_sub(client).div_ceil(clients).max(1) as u64;
        (0..count)
            .map(|_| {
                let turn = mix(self.seed.rotate_left(17) ^ mix(self.next)).checked_rem(own);
                let turn = usize::try_from(turn.unwrap_or_default()).unwrap_or_default();
                self.event(client + turn * clients, None)
            })
            .collect()
    }

    /// The next events of a single client.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Event> {
        self.of_client(count, 0, 1)
    }

    fn event(&mut self, place: usize, kind: Option<Kind>) -> Event {
        let n = self.next;
        self.next += 1;
        let version = self.versions.get_mut(place).map_or(1, |version| {
            *version += 1;
            *version
        });
        let mut random = Random::new(self.seed, n);
        let statement = if random.below(2) == 0 { Kind::Note } else { Kind::Status };
        let kind = kind.unwrap_or(statement);
        let label = (kind == Kind::Status).then(|| random.one_of(&LABELS).0);
        let mut event = Event {
            n,
            id: id(self.seed, n, 1),
            place: place as u64,
            version,
            kind,
            label,
            text: text(&mut random),
            actor: random.one_of(&ACTORS),
            payload: Vec::new(),
        };
        event.payload = event.print();
        event
    }
}

impl Event {
    /// The id of the command that asks for this event.
    pub(crate) fn command_id(&self) -> [u8; 16] {
        let mut id = self.id;
        if let Some(last) = id.last_mut() {
            *last ^= 1;
        }
        id
    }

    /// The name of its stream.
    pub(crate) fn stream(&self) -> String {
        stream(self.place)
    }

    fn print(&self) -> Vec<u8> {
        let (head, tail) = self.id.split_at(8);
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut hex, byte| {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        };
        let written = Written {
            id: format!("{}-{}", hex(head), hex(tail)),
            subject: self.stream(),
            version: self.version,
            r#type: self.kind,
            label: self.label,
            text: &self.text,
            actor: self.actor,
            asserted_by: ASSERTER,
            recorded_at: format!(
                "2026-11-23T{:02}:{:02}:{:02}.000000Z",
                self.n / 3600 % 24,
                self.n / 60 % 60,
                self.n % 60
            ),
        };
        serde_json::to_vec(&written).expect("strings and numbers are always JSON")
    }
}

/// The label of every recommendation that has a status, by recommendation.
pub(crate) type State = Vec<(u64, String)>;

/// Folds payloads into the labels of all recommendations.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    labels: HashMap<u64, String>,
    /// How many events were folded.
    pub(crate) events: u64,
}

impl Fold {
    /// Decodes one event and applies it.
    pub(crate) fn event(&mut self, payload: &[u8]) -> Result<(), serde_json::Error> {
        let stated: Stated<'_> = serde_json::from_slice(payload)?;
        self.events += 1;
        if let (Kind::STATUS, Some(label), Some(place)) =
            (&*stated.r#type, stated.label, place(&stated.subject))
        {
            let known = self.labels.entry(place).or_default();
            known.clear();
            known.push_str(&label);
        }
        Ok(())
    }

    /// What came of it, in the order of the recommendations.
    pub(crate) fn state(self) -> State {
        let mut state: State = self.labels.into_iter().collect();
        state.sort_unstable();
        state
    }
}

/// The label that a payload states.
pub(crate) fn label(payload: &[u8]) -> Result<Option<String>, serde_json::Error> {
    let stated: Stated<'_> = serde_json::from_slice(payload)?;
    Ok(stated.label.map(Cow::into_owned))
}

impl Kind {
    const STATUS: &'static str = Self::Status.name();
}

/// A UUID of version 7 in form: the number keeps ids apart, the mixed half spreads them.
fn id(seed: u64, n: u64, kind: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    let (head, tail) = bytes.split_at_mut(8);
    head.copy_from_slice(&((mix(seed ^ n ^ kind << 62) & !0xf000) | 0x7000).to_be_bytes());
    tail.copy_from_slice(&(n << 1 | kind | 1 << 63).to_be_bytes());
    bytes
}

/// Words of about [`TEXT_CHARACTERS`] characters.
fn text(random: &mut Random) -> String {
    const WHO: [&str; 5] =
        ["The department", "The mayor's office", "The police board", "A working group", "The city council"];
    const DID: [&str; 5] = ["has drafted", "reviewed", "postponed", "began to test", "requested funds for"];
    const WHAT: [&str; 4] =
        ["the training plan", "a data-sharing agreement", "the hiring schedule", "new camera locations"];
    const MONTHS: [&str; 4] = ["January", "March", "September", "November"];
    let mut text = String::with_capacity(TEXT_CHARACTERS + 64);
    while text.len() < TEXT_CHARACTERS - 40 {
        if !text.is_empty() {
            text.push(' ');
        }
        let (who, did, what) = (random.one_of(&WHO), random.one_of(&DID), random.one_of(&WHAT));
        let (month, day, item) = (random.one_of(&MONTHS), 1 + random.below(28), random.below(10_000));
        // Writing to a string cannot fail.
        let _ = write!(text, "{who} {did} {what} on {month} {day}; item {item}.");
    }
    text
}

/// Numbers that look random and are the same in every run: splitmix64.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The generator of one purpose.
    pub(crate) const fn new(seed: u64, purpose: u64) -> Self {
        Self(mix(seed ^ mix(purpose)))
    }

    /// A number below `end`; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0).checked_rem(end).unwrap_or_default()
    }

    fn one_of<T: Copy + Default, const N: usize>(&mut self, of: &[T; N]) -> T {
        let place = usize::try_from(self.below(N as u64)).unwrap_or_default();
        of.get(place).copied().unwrap_or_default()
    }
}

/// The finaliser of splitmix64.
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_follow_from_the_seed_and_have_ids_and_versions_of_their_own() {
        let (mut feed, mut again) = (Feed::new(7, 5), Feed::new(7, 5));
        let mut events = feed.registrations();
        events.extend(feed.take(2000));
        let mut same = again.registrations();
        same.extend(again.take(2000));
        assert_eq!(events, same);
        let ids: std::collections::BTreeSet<_> =
            events.iter().flat_map(|event| [event.id, event.command_id()]).collect();
        assert_eq!(ids.len(), 2 * events.len());
        let versions: std::collections::BTreeSet<_> =
            events.iter().map(|event| (event.place, event.version)).collect();
        assert_eq!(versions.len(), events.len());
        assert!(events.iter().all(|event| (450..=700).contains(&event.payload.len())));
    }

    #[test]
    fn clients_never_share_a_recommendation() {
        let mut feed = Feed::new(1, 82);
        for clients in [1, 16, 64] {
            for client in 0..clients {
                let events = feed.of_client(20, client, clients);
                assert!(
                    events
                        .iter()
                        .all(|event| event.place % clients as u64 == client as u64 && event.place < 82)
                );
            }
        }
    }

    #[test]
    fn the_fold_keeps_the_last_label_of_each_recommendation() {
        let mut feed = Feed::new(3, 4);
        let mut events = feed.registrations();
        events.extend(feed.take(200));
        let mut fold = Fold::default();
        for event in &events {
            fold.event(&event.payload).unwrap();
        }
        assert_eq!(fold.events, 204);
        for (place, label) in fold.state() {
            let last = events.iter().rev().find(|event| event.place == place && event.label.is_some());
            assert_eq!(last.unwrap().label, Some(label.as_str()));
        }
    }
}
