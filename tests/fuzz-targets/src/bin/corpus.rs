//! Writes the seed corpus: `cargo run -p docket-fuzz-targets --bin corpus`. Files that are not made are left alone: findings of a
//! fuzzer are kept beside them.

use std::io;

fn main() -> io::Result<()> {
    let folder = docket_fuzz_targets::corpus::folder();
    for ((target, name), bytes) in docket_fuzz_targets::corpus::files() {
        let directory = folder.join(target);
        std::fs::create_dir_all(&directory)?;
        std::fs::write(directory.join(name), bytes)?;
    }
    Ok(())
}
