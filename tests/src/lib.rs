//! Acceptance tests over the real binary: see `acceptance/`. The library is empty; the binary `witness` is what the kill tests kill.
