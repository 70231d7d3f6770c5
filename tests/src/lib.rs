//! Acceptance tests over the real binary: see `acceptance/`. The library is empty. What is killed, and under which the disk fails, is in `crash/`.
