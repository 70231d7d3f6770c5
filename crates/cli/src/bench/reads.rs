//! Answers from memory: the state of one subject, a page of a timeline, a page of a register.

use std::time::{Duration, Instant};

use docket_domain::Timestamp;

use super::error::BenchError;
use super::events::Events;
use super::log::BenchLog;
use super::random::Random;
use super::row::{Detail, Measured, Unit};
use super::summary::{Summary, percentile};

/// Rounds, each with its own percentiles.
const ROUNDS: u64 = 5;

/// A round ends after this time even if it has not asked all its questions.
const ROUND_TIME_MAX: Duration = Duration::from_secs(5);

/// Registers smaller than this are not asked for a page: each of a page's 50 recommendations would bring the notes of more events than
/// any recommendation will ever have.
pub(super) const REGISTER_SUBJECTS_MIN: u64 = 1000;

/// Answers of one kind: seconds each.
#[derive(Debug, Clone, Copy)]
struct Answer {
    seconds: f64,
    /// A part of it that is worth telling apart.
    part: Option<f64>,
}

/// The questions to one open log.
pub(super) struct Questions<'a> {
    pub(super) log: &'a BenchLog,
    pub(super) events: &'a Events,
    pub(super) seed: u64,
    /// Questions a round.
    pub(super) count: usize,
}

impl Questions<'_> {
    /// The state of one subject now.
    pub(super) fn current_state(&self) -> Result<Measured, BenchError> {
        let at = self.dates().1;
        let method = "a random subject's status, all that is known, today; single calls";
        self.measure(1, self.count, method, |random| {
            let subject = self.events.any_subject(random);
            let started = Instant::now();
            std::hint::black_box(self.log.current_state(&subject, at));
            Ok(Answer { seconds: started.elapsed().as_secs_f64(), part: None })
        })
    }

    /// The first page of a timeline, as of a random position.
    pub(super) fn timeline(&self) -> Result<Measured, BenchError> {
        let method =
            "50 entries of a random subject as of a random position, with their words from the journal";
        self.measure(2, self.count / 10, method, |random| {
            let subject = self.events.any_subject(random);
            let times = self.log.timeline_page(&subject, self.position(random))?;
            Ok(Answer { seconds: times.words.as_secs_f64(), part: Some(times.page.as_secs_f64()) })
        })
    }

    /// The first page of the register, as of random positions on both clocks.
    pub(super) fn register(&self) -> Result<Measured, BenchError> {
        let (first, last) = self.dates();
        let method =
            "50 recommendations, everything but the words of texts, as of random positions on both clocks";
        self.measure(3, self.count / 100, method, |random| {
            let known_at = self.position(random);
            let span = u64::try_from(last.as_micros() - first.as_micros()).unwrap_or_default();
            let at = first.plus_micros(i64::try_from(random.below(span)).unwrap_or_default());
            let started = Instant::now();
            let shown = self.log.register_page(self.events.register(), known_at, at);
            std::hint::black_box(shown);
            Ok(Answer { seconds: started.elapsed().as_secs_f64(), part: None })
        })
    }

    /// A size at which the recommendations are known.
    fn position(&self, random: &mut Random) -> u64 {
        let first = self.events.preamble();
        first + random.below(self.log.size().saturating_sub(first) + 1)
    }

    /// The first and the last instant that statements are spread over.
    fn dates(&self) -> (Timestamp, Timestamp) {
        self.events.dates(self.log.last_recorded_at())
    }

    fn measure(
        &self,
        stream: u64,
        count: usize,
        method: &str,
        mut ask: impl FnMut(&mut Random) -> Result<Answer, BenchError>,
    ) -> Result<Measured, BenchError> {
        let (mut p50, mut p99, mut part_p99) = (Vec::new(), Vec::new(), Vec::new());
        let mut asked = 0;
        for round in 0..ROUNDS {
            let mut random = Random::new(self.seed, stream << 8 | round);
            let (mut answers, mut parts) = (Vec::new(), Vec::new());
            let started = Instant::now();
            while answers.is_empty() || answers.len() < count && started.elapsed() < ROUND_TIME_MAX {
                let answer = ask(&mut random)?;
                answers.push(answer.seconds);
                parts.extend(answer.part);
            }
            asked += answers.len();
            for (seconds, percent, into) in [(&mut answers, 50, &mut p50), (&mut parts, 99, &mut part_p99)] {
                seconds.sort_by(f64::total_cmp);
                into.push(percentile(seconds, percent));
            }
            p99.push(percentile(&answers, 99));
        }
        let empty = || BenchError::NoAnswer;
        let mut details = vec![Detail {
            name: "p50",
            value: Summary::of(&p50).ok_or_else(empty)?.median,
            unit: Some(Unit::Seconds),
        }];
        if let Some(part) = Summary::of(&part_p99).filter(|part| part.max > 0.0) {
            details.push(Detail { name: "p99 without words", value: part.median, unit: Some(Unit::Seconds) });
        }
        let method = format!("p99; {method}; {asked} questions in {ROUNDS} rounds");
        let figure = Summary::of(&p99).ok_or_else(empty)?;
        Ok(Measured { unit: Unit::Seconds, figure, rawlog: None, method, details })
    }
}
