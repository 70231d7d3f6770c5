//! How much memory a target may use.

use peak_alloc::PeakAlloc;

/// Counts what is allocated in the whole process: whoever runs targets runs one at a time.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most bytes that a target may hold at once: `base`, and `factor` for each byte of its input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    pub(crate) base: usize,
    pub(crate) factor: usize,
}

/// Runs a target and panics if it held more than its bound.
pub(crate) fn within(name: &str, data: &[u8], bound: Bound, run: fn(&[u8])) {
    crate::desk::prepare_desk();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    run(data);
    let held = MEMORY.peak_usage().saturating_sub(before);
    let allowed = bound.base + bound.factor * data.len();
    assert!(held <= allowed, "{name} held {held} bytes for {} of input; {allowed} are allowed", data.len());
}
