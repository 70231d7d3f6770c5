//! Acceptance tests: the real binary on real data, one module a topic.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod as_of;
mod docket;
mod foreign;
mod layers;
mod month;
mod other_registers;
mod seed;
mod tamper;
mod tampering;
