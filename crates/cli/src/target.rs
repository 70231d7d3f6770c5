//! Where a command may write: never into the directory that it reads from.

use std::path::{Component, Path, PathBuf};

use crate::error::CliError;

/// Refuses a target that is a directory, or lies in it, however either path is written. The target need not be there yet.
pub(crate) fn outside(directory: &Path, target: &Path) -> Result<(), CliError> {
    if real(target).starts_with(real(directory)) {
        return Err(CliError::TargetInside { target: target.to_owned(), directory: directory.to_owned() });
    }
    Ok(())
}

/// The path without symbolic links and dots, as far as it is there; what is not there yet follows as it is written.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in absolute.components() {
        match part {
            // What stands before is resolved already, so that this is the parent that the operating system would take.
            Component::ParentDir => {
                real.pop();
            }
            part => real.push(part),
        }
        if let Ok(resolved) = real.canonicalize() {
            real = resolved;
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_inside_is_refused_however_it_is_written() {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        std::fs::create_dir_all(data.join("journal")).unwrap();
        std::os::unix::fs::symlink(&data, place.path().join("link")).unwrap();
        let inside = ["data", "data/b", "data/journal/b/c", "link/b", "none/../data/b", "link/journal/../b"];
        for target in inside {
            assert!(outside(&data, &place.path().join(target)).is_err(), "{target}");
        }
        for target in ["data2", "b", "link/../b", "data/../b", "data/new/../../b"] {
            assert!(outside(&data, &place.path().join(target)).is_ok(), "{target}");
        }
        assert!(outside(&place.path().join("link"), &data.join("b")).is_err());
    }
}
