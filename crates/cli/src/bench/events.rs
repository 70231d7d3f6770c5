//! What is recorded: a register, its recommendations, and then status changes and notes as a clerk would write them.
//!
//! Command `n` of a log is a function of the seed, of `n` and of the number of recommendations: every log of the same seed says the same,
//! and a log that was begun in one run can be continued in another. Each command makes one event, so that `n` is also the place of its
//! event where one client records.

use std::fmt::Write as _;

use docket_domain::event::{NoteRecorded, RecommendationRegistered, RegisterOpened};
use docket_domain::id::IdError;
use docket_domain::term::{
    ActorBasis, Basis, NoteRole, NumberBasis, Precision, Reporting, TextBasis, Visibility,
};
use docket_domain::time::TimeError;
use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{
    Action, Actor, Asserter, Change, Command, CommandId, Data, Effective, EventId, Key, Label, RegisterId,
    ReportStatus, StateName, Step, Subject, Timestamp, Vocabulary, Zone,
};

use super::random::{Random, mix};

/// About how many characters a note or reason has: with its salt, an opening of about 350 bytes.
const TEXT_CHARACTERS: usize = 290;

/// One statement in so many is a correction of an earlier one.
const CORRECTION_EVERY: u64 = 1000;

/// Of a hundred statements, so many say that they began earlier than they are recorded.
const BACKDATED_PERCENT: u64 = 15;

/// A day in microseconds.
const DAY_MICROS: i64 = 86_400_000_000;

/// The last day that a backdated statement can have begun: 2025-06-01, and the days before it that are possible.
const BACKDATED_FROM: &str = "2025-06-01T05:00:00.000000Z";
const BACKDATED_DAYS: u32 = 120;

/// Labels, the states that they mean, and the order of these.
const STATES: [(&str, &str); 5] = [
    ("IN PLANNING", "planning"),
    ("IN DEVELOPMENT", "development"),
    ("PRE-LAUNCH", "pre-launch"),
    ("IN PROGRESS", "in-progress"),
    ("COMPLETED", "completed"),
];

/// Why the generator cannot be made: one of its own constants is refused by the rules of names and times.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventsError {
    #[error("a name of the benchmark is refused")]
    Name(#[from] IdError),
    #[error("a time of the benchmark is refused")]
    Time(#[from] TimeError),
}

/// The generator of one log's commands.
#[derive(Debug, Clone)]
pub(super) struct Events {
    seed: u64,
    subjects: u64,
    register: RegisterId,
    zone: Zone,
    publisher: Asserter,
    actors: [Actor; 3],
    labels: Vec<Label>,
    vocabulary: Vocabulary,
    keys: Vec<Key>,
    backdated_from: Timestamp,
}

impl Events {
    /// The commands of a log with so many recommendations.
    pub(super) fn new(seed: u64, subjects: u64) -> Result<Self, EventsError> {
        let mut vocabulary = Vocabulary::default();
        for ((label, state), order) in STATES.into_iter().zip(1..) {
            let name = StateName::new(state)?;
            vocabulary.labels.push(LabelMeaning {
                label: Label::new(label)?,
                reporting: Reporting::Reported,
                state: Some(name.clone()),
            });
            vocabulary.states.push(StateDefinition { closed: state == "completed", name, order });
        }
        Ok(Self {
            seed,
            subjects,
            register: RegisterId::new("bench-register")?,
            zone: Zone::parse("America/Chicago")?,
            publisher: Asserter::new("City of Example")?,
            actors: [Actor::new("clerk.adams")?, Actor::new("clerk.baker")?, Actor::new("reviewer.cole")?],
            labels: vocabulary.labels.iter().map(|meaning| meaning.label.clone()).collect(),
            vocabulary,
            keys: (1..=subjects).map(|number| Key::new(&number.to_string())).collect::<Result<_, _>>()?,
            backdated_from: Timestamp::parse(BACKDATED_FROM)?,
        })
    }

    /// How many commands open the register and enter its recommendations: statements begin after them.
    pub(super) const fn preamble(&self) -> u64 {
        1 + self.subjects
    }

    /// The register of the log.
    pub(super) const fn register(&self) -> &RegisterId {
        &self.register
    }

    /// The first instant that a statement can name, and the first after the last one recorded.
    pub(super) const fn dates(&self, last_recorded_at: Timestamp) -> (Timestamp, Timestamp) {
        let first = self.backdated_from.plus_micros(-(BACKDATED_DAYS as i64) * DAY_MICROS);
        (first, last_recorded_at.plus_micros(1))
    }

    /// A recommendation, chosen evenly.
    pub(super) fn any_subject(&self, random: &mut Random) -> Subject {
        self.subject(random.below(self.subjects))
    }

    /// Command `n`. A correction speaks only of commands before `settled`, which must be recorded.
    pub(super) fn command(&self, n: u64, settled: u64) -> Command {
        let mut random = Random::new(self.seed, n);
        let (subject, action) = match n.checked_sub(self.preamble()) {
            None if n == 0 => (Subject::Register(self.register.clone()), self.opening()),
            None => (self.subject(n - 1), self.registration(n - 1, &mut random)),
            Some(_) => match self.correction(n, settled) {
                Some(change) => (self.subject_of(self.earlier_note(n, settled).unwrap_or(n)), change),
                None => (self.subject_of(n), self.statement(n, &mut random)),
            },
        };
        let [clerk, others @ ..] = &self.actors;
        let [second, third] = others;
        Command {
            id: CommandId::from_bytes(id(self.seed, n, 0)),
            actor: random.one_of(clerk, &[second, third]).clone(),
            actor_basis: ActorBasis::Os,
            steps: vec![Step {
                event: EventId::from_bytes(id(self.seed, n, 1)),
                subject,
                expect_version: None,
                action,
            }],
        }
    }

    fn subject(&self, place: u64) -> Subject {
        let key = usize::try_from(place).ok().and_then(|place| self.keys.get(place));
        key.map_or_else(
            || Subject::Register(self.register.clone()),
            |key| Subject::Recommendation(self.register.clone(), key.clone()),
        )
    }

    /// What statement `n` is about.
    fn subject_of(&self, n: u64) -> Subject {
        self.subject(mix(self.seed ^ mix(n).rotate_left(17)).checked_rem(self.subjects).unwrap_or_default())
    }

    /// Half of the statements are notes, the others status changes.
    fn is_note(&self, n: u64) -> bool {
        n >= self.preamble() && !is_correction(n) && mix(self.seed.rotate_left(7) ^ n).is_multiple_of(2)
    }

    fn opening(&self) -> Action {
        Action::Record(Data::RegisterOpened(RegisterOpened {
            expected_count: u32::try_from(self.subjects).ok(),
            publisher: self.publisher.clone(),
            time_zone: self.zone,
            title: "Recommendations of the commission".to_owned(),
            vocabulary: self.vocabulary.clone(),
        }))
    }

    fn registration(&self, place: u64, random: &mut Random) -> Action {
        let number = u32::try_from(place + 1).unwrap_or(u32::MAX);
        let key = usize::try_from(place).ok().and_then(|place| self.keys.get(place)).cloned();
        let Some(key) = key else { return self.opening() };
        Action::Record(Data::RecommendationRegistered(RecommendationRegistered {
            cells: Vec::new(),
            damage: Vec::new(),
            key,
            number: Some(number),
            number_basis: NumberBasis::Printed,
            number_printed: Some(number.to_string()),
            source: None,
            text: Some(text(random)),
            text_basis: TextBasis::Printed,
        }))
    }

    fn statement(&self, n: u64, random: &mut Random) -> Action {
        let effective = self.effective(random);
        if self.is_note(n) {
            return Action::Record(Data::NoteRecorded(NoteRecorded {
                asserter: self.publisher.clone(),
                effective: effective.unwrap_or_else(|| Effective::recorded(Timestamp::EPOCH)),
                reason: None,
                role: NoteRole::Progress,
                source: None,
                source_url: None,
                text: text(random),
                visibility: Visibility::Public,
            }));
        }
        let place = usize::try_from(random.below(self.labels.len() as u64)).unwrap_or_default();
        let Some(label) = self.labels.get(place).cloned() else { return self.opening() };
        // A reason stands with every status: it makes the events alike in size, and lets the work go back.
        let reason = Some(text(random));
        Action::ReportStatus(ReportStatus {
            label,
            effective,
            asserter: None,
            reason,
            source_url: None,
            source: None,
        })
    }

    /// Mostly nothing, which stands for the moment of recording; else a day before.
    fn effective(&self, random: &mut Random) -> Option<Effective<String>> {
        if random.below(100) >= BACKDATED_PERCENT {
            return None;
        }
        let days = i64::try_from(random.below(u64::from(BACKDATED_DAYS))).unwrap_or_default();
        let from = self.backdated_from.plus_micros(-days * DAY_MICROS);
        Some(Effective {
            basis: Basis::Stated,
            from: Some(from),
            phrase: None,
            precision: Precision::Day,
            to: Some(from.plus_micros(DAY_MICROS)),
        })
    }

    fn correction(&self, n: u64, settled: u64) -> Option<Action> {
        let target = self.earlier_note(n, settled)?;
        let mut random = Random::new(self.seed.rotate_left(31), n);
        Some(Action::Correct(Change {
            target: EventId::from_bytes(id(self.seed, target, 1)),
            label: None,
            text: Some(text(&mut random)),
            effective: None,
            reason: "The note named the wrong quarter.".to_owned(),
            source_url: None,
            source: None,
        }))
    }

    /// The note that correction `n` speaks of; `None` if `n` is no correction, or nothing is settled yet.
    fn earlier_note(&self, n: u64, settled: u64) -> Option<u64> {
        let last = settled.min(n).checked_sub(1).filter(|_| is_correction(n))?;
        (self.preamble()..=last)
            .rev()
            .skip(usize::try_from(mix(n) % 64).unwrap_or_default())
            .find(|&n| self.is_note(n))
    }
}

const fn is_correction(n: u64) -> bool {
    n % CORRECTION_EVERY == CORRECTION_EVERY - 1
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
    let mut text = String::with_capacity(TEXT_CHARACTERS + 64);
    while text.len() < TEXT_CHARACTERS - 40 {
        if !text.is_empty() {
            text.push(' ');
        }
        let who = random.one_of(
            "The department",
            &["The mayor's office", "The police board", "A working group", "The city council", "Legal staff"],
        );
        let did = random.one_of(
            "has drafted",
            &["reviewed", "postponed", "began to test", "presented", "agreed on", "requested funds for"],
        );
        let what = random.one_of(
            "the training plan",
            &["a data-sharing agreement", "the hiring schedule", "new camera locations", "the annual survey"],
        );
        let day = 1 + random.below(28);
        let month =
            random.one_of("January", &["February", "March", "April", "September", "October", "November"]);
        let item = random.below(10_000);
        // Writing to a string cannot fail.
        let _ = write!(text, "{who} {did} {what} on {month} {day}; item {item}.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_follow_from_seed_and_number_and_have_ids_of_their_own() {
        let events = Events::new(7, 5).unwrap();
        let again = Events::new(7, 5).unwrap();
        let mut ids = std::collections::BTreeSet::new();
        for n in 0..3000 {
            let command = events.command(n, n);
            assert_eq!(command, again.command(n, n));
            assert!(
                ids.insert(command.id.to_bytes()) && ids.insert(command.steps[0].event.to_bytes()),
                "{n}"
            );
        }
        assert_ne!(events.command(100, 0), Events::new(8, 5).unwrap().command(100, 0));
    }

    #[test]
    fn one_statement_in_a_thousand_corrects_a_settled_note_of_its_own_subject() {
        let events = Events::new(7, 5).unwrap();
        let corrections: Vec<(u64, Command)> = (0..10_000)
            .map(|n| (n, events.command(n, n)))
            .filter(|(_, command)| matches!(command.steps[0].action, Action::Correct(_)))
            .collect();
        assert_eq!(corrections.len(), 10);
        for (n, command) in corrections {
            let Action::Correct(change) = &command.steps[0].action else { unreachable!() };
            let target = (0..n).map(|n| events.command(n, n)).find(|c| c.steps[0].event == change.target);
            let target = target.expect("the target was recorded before");
            assert_eq!(target.steps[0].subject, command.steps[0].subject);
            assert!(matches!(target.steps[0].action, Action::Record(Data::NoteRecorded(_))));
        }
        assert!(!matches!(events.command(999, 6).steps[0].action, Action::Correct(_)), "nothing is settled");
    }

    #[test]
    fn texts_are_about_as_long_as_they_should_be() {
        let mut random = Random::new(1, 1);
        let lengths: Vec<usize> = (0..200).map(|_| text(&mut random).len()).collect();
        assert!(lengths.iter().all(|length| (250..=340).contains(length)), "{lengths:?}");
    }
}
