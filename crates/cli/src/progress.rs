//! Progress on standard error: only on a terminal, only for what takes over a second.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use docket_log::{Progress as Reached, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is shorter needs no progress.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// Redraws a second.
const REDRAWS_PER_SECOND: u8 = 10;

/// Between two looks at a task that cannot tell by itself how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Does some work while somebody else looks how many of `total` entries are done.
pub(crate) fn watched<T>(
    task: &'static str,
    total: u64,
    done: impl Fn() -> u64 + Send,
    work: impl FnOnce() -> T,
) -> T {
    std::thread::scope(|scope| {
        let (working, finished) = channel::<()>();
        scope.spawn(move || {
            let mut progress = Progress::new(task);
            progress.bar.set_style(style(ENTRIES));
            progress.bar.set_message(task);
            while finished.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                progress.advance(done(), total);
            }
        });
        let result = work();
        drop(working);
        result
    })
}

/// The progress of one task. It vanishes when it is dropped.
pub(crate) struct Progress {
    task: &'static str,
    bar: ProgressBar,
    stage: Option<Stage>,
    started: Instant,
    shown: bool,
}

impl Progress {
    /// Begins; `task` says what is done, as in "verifying".
    pub(crate) fn new(task: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        Self { task, bar, stage: None, started: Instant::now(), shown: false }
    }

    /// The task has come this far. Each stage has its own rate and time left.
    pub(crate) fn reached(&mut self, Reached { stage, done, total }: Reached) {
        if self.stage != Some(stage) {
            self.stage = Some(stage);
            self.bar.reset();
            self.bar.set_style(style(template(stage)));
            self.bar.set_message(format!("{} {}", self.task, name(stage)));
        }
        self.advance(done, total);
    }

    fn advance(&mut self, done: u64, total: u64) {
        if self.bar.length() != Some(total) {
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
        if !self.shown && self.started.elapsed() >= SHOWN_AFTER {
            self.shown = true;
            // Where standard error is no terminal, this draws nothing.
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

const ENTRIES: &str = "{msg} [{bar:30}] {human_pos}/{human_len} entries, {per_sec}, {eta} left";

const fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Journal => "the journal",
        Stage::Store => "sled",
        Stage::Blobs => "the documents",
    }
}

const fn template(stage: Stage) -> &'static str {
    match stage {
        Stage::Journal | Stage::Blobs => {
            "{msg} [{bar:30}] {binary_bytes}/{binary_total_bytes}, {binary_bytes_per_sec}, {eta} left"
        }
        Stage::Store => ENTRIES,
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watched_work_is_done_and_its_result_returned() {
        assert_eq!(watched("testing", 10, || 5, || 7), 7);
    }

    #[test]
    fn the_templates_are_valid_and_a_short_task_shows_nothing() {
        for stage in [Stage::Journal, Stage::Store, Stage::Blobs] {
            assert!(ProgressStyle::with_template(template(stage)).is_ok());
        }
        let mut progress = Progress::new("testing");
        progress.reached(Reached { stage: Stage::Journal, done: 5, total: 5 });
        progress.reached(Reached { stage: Stage::Store, done: 2, total: 10 });
        assert_eq!((progress.bar.position(), progress.bar.length(), progress.shown), (2, Some(10), false));
        assert_eq!(progress.bar.message(), "testing sled");
    }
}
