//! Acceptance tests over the real binary: see `acceptance/`.
