//! The crash suite: kills, injected errors, a full disk and power cuts under the real binary.
//!
//! A recorder (the code under test) tells a witness in another process what it submits and what was acknowledged. Something happens to the
//! recorder, or to what is below it; then the log is opened again and everything that was promised is looked for: see [`check`] for the
//! invariants. Run it with `cargo run -p docket-crash -- all`.
//!
//! [`mutants`] shows that the tests can fail: they are run on code that was broken on purpose.
//!
//! It knows nothing of how Docket keeps its promises, except for the files' names.

pub mod binary;
pub mod check;
pub mod cook;
pub mod dice;
pub mod docket;
pub mod error;
pub mod files;
pub mod full;
pub mod inject;
pub mod kill;
pub mod mutants;
pub mod power;
pub mod recipe;
pub mod recorder;
pub mod stage;
pub mod witness;
