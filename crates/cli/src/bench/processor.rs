//! The time that processors work for this process. On a machine with few cores it bounds what any arrangement of the same work could reach,
//! and it hardly depends on the disk or on what else the machine does.

use std::fs;

use super::row::{Detail, Unit};
use super::summary::figure;

/// Ticks of the kernel's clock in a second, as `/proc` counts them: part of its interface on every architecture that is in use.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of all threads, also of those that have ended, in user space and in the kernel: seconds, to a hundredth; 0 where the
/// operating system does not say.
pub(super) fn seconds() -> f64 {
    seconds_in(&fs::read_to_string("/proc/self/stat").unwrap_or_default())
}

fn seconds_in(stat: &str) -> f64 {
    // The name of the process stands in brackets, and may hold anything. utime and stime are the twelfth and thirteenth field after it.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}

/// Two figures of a row: the processor time of an event, and the most events a second that all cores could do if none ever waited. None of
/// them where the time was too short to be seen.
pub(super) fn details(seconds: f64, events: u64) -> Vec<Detail> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if seconds <= 0.0 || events == 0 {
        return Vec::new();
    }
    let each = seconds / figure(events);
    vec![
        Detail { name: "processor time an event", value: each, unit: Some(Unit::Seconds) },
        Detail {
            name: "with all cores always busy",
            value: figure(cores as u64) / each,
            unit: Some(Unit::EventsPerSecond),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_found_behind_any_name() {
        let stat = "7 (a ) b 1 2) S 1 7 7 0 -1 4194304 9 9 9 9 250 150 4 4 20 0 3 0 100 1 1";
        assert!((seconds_in(stat) - 4.0).abs() < 1e-9);
        assert!(seconds_in("").abs() < 1e-9 && seconds_in("7 (x) S 1").abs() < 1e-9);
    }

    #[test]
    fn nothing_is_said_of_what_took_no_time() {
        assert!(details(0.0, 100).is_empty() && details(1.0, 0).is_empty());
        let each = details(2.0, 1000).first().unwrap().value;
        assert!((each - 0.002).abs() < 1e-9);
    }
}
