//! The only wall clock. It hands out the times of recording: strictly increasing, and refused when they cannot be trusted.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use docket_domain::Timestamp;

/// How far the wall clock and the monotonic clock may drift apart, and how far the last entry may lie in the future (DESIGN
/// section 2): five seconds.
pub const CLOCK_DRIFT_MAX: Duration = Duration::from_secs(5);

/// One look at both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Wall clock: microseconds since the Unix epoch.
    pub wall_micros: i64,
    /// Monotonic clock: time since some fixed point.
    pub monotonic: Duration,
}

/// Something that tells the time.
pub trait Clock: Send + Sync {
    /// Both clocks now.
    fn read(&self) -> Reading;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// The clocks of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn read(&self) -> Reading {
        let wall_micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |micros| -micros),
        };
        Reading { wall_micros, monotonic: self.start.elapsed() }
    }
}

/// Why no time can be given to a new entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The wall clock was set while the process ran.
    #[error("the wall clock and the monotonic clock have drifted {} ms apart; at most {} ms are allowed", drift_micros / 1000, CLOCK_DRIFT_MAX.as_millis())]
    Drift {
        /// By how much, in microseconds; positive when the wall clock runs ahead.
        drift_micros: i64,
    },
    /// The last entry lies in the future: the wall clock went back.
    #[error("the last entry was recorded at {last}, which is {} s in the future", ahead_micros / 1_000_000)]
    Behind {
        /// When the last entry was recorded.
        last: Timestamp,
        /// By how much the wall clock lies behind, in microseconds.
        ahead_micros: i64,
    },
    /// The wall clock is outside the years 1 to 9999.
    #[error("the wall clock is outside the years 1 to 9999")]
    Range,
}

/// Hands out times of recording.
#[derive(Debug, Clone, Copy)]
pub struct Stamps {
    start: Reading,
    last: Option<Timestamp>,
}

impl Stamps {
    /// Begins after the last entry, if there is one.
    #[must_use]
    pub const fn new(start: Reading, last: Option<Timestamp>) -> Self {
        Self { start, last }
    }

    /// The time for the next entry: now, or a microsecond after the last entry. Refused where the clocks cannot be trusted.
    pub fn next(&mut self, now: Reading) -> Result<Timestamp, ClockError> {
        let elapsed = |reading: Reading| i64::try_from(reading.monotonic.as_micros()).unwrap_or(i64::MAX);
        let expected = self.start.wall_micros.saturating_add(elapsed(now) - elapsed(self.start));
        let limit = i64::try_from(CLOCK_DRIFT_MAX.as_micros()).unwrap_or(i64::MAX);
        let drift_micros = now.wall_micros.saturating_sub(expected);
        if drift_micros.saturating_abs() > limit {
            return Err(ClockError::Drift { drift_micros });
        }
        let wall = Timestamp::from_micros(now.wall_micros).map_err(|_| ClockError::Range)?;
        let time = match self.last {
            Some(last) => {
                let ahead_micros = last.as_micros().saturating_sub(now.wall_micros);
                if ahead_micros > limit {
                    return Err(ClockError::Behind { last, ahead_micros });
                }
                wall.max(last.plus_micros(1))
            }
            None => wall,
        };
        self.last = Some(time);
        Ok(time)
    }

    /// Takes back times that were handed out, but not used.
    pub const fn rewind(&mut self, last: Option<Timestamp>) {
        self.last = last;
    }

    /// The last time handed out.
    #[must_use]
    pub const fn last(&self) -> Option<Timestamp> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_micros: i64, monotonic_micros: u64) -> Reading {
        Reading { wall_micros, monotonic: Duration::from_micros(monotonic_micros) }
    }

    #[test]
    fn times_increase_even_while_the_clock_stands_still() {
        let mut stamps = Stamps::new(at(1000, 0), None);
        let times: Vec<i64> = (0..3).map(|_| stamps.next(at(1000, 0)).unwrap().as_micros()).collect();
        assert_eq!(times, [1000, 1001, 1002]);
        assert_eq!(stamps.next(at(5000, 4000)).unwrap().as_micros(), 5000);
    }

    #[test]
    fn a_clock_that_jumps_or_goes_back_is_refused() {
        let second = 1_000_000;
        let mut stamps = Stamps::new(at(0, 0), None);
        assert!(stamps.next(at(5 * second, 0)).is_ok());
        assert!(matches!(stamps.next(at(5 * second + 1, 0)), Err(ClockError::Drift { .. })));
        assert!(matches!(stamps.next(at(365 * 86_400 * second, 0)), Err(ClockError::Drift { .. })));
        let mut behind = Stamps::new(at(0, 0), Some(Timestamp::from_micros(5 * second).unwrap()));
        assert_eq!(behind.next(at(0, 0)).unwrap().as_micros(), 5 * second + 1);
        assert!(matches!(behind.next(at(0, 0)), Err(ClockError::Behind { .. })));
        assert!(behind.next(at(second, 1_000_000)).is_ok());
    }
}
