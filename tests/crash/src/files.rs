//! Whole directories: copied, listed.

use std::path::{Path, PathBuf};

use crate::error::CrashError;

/// Copies a directory with everything in it.
pub fn copy(from: &Path, to: &Path) -> Result<(), CrashError> {
    std::fs::create_dir_all(to).map_err(CrashError::io("make", to))?;
    for entry in std::fs::read_dir(from).map_err(CrashError::io("list", from))? {
        let entry = entry.map_err(CrashError::io("list", from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(CrashError::io("copy", &path))?;
        }
    }
    Ok(())
}

/// Every file in a directory and those below it, sorted.
pub fn all(directory: &Path) -> Result<Vec<PathBuf>, CrashError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(CrashError::io("list", directory))? {
        let path = entry.map_err(CrashError::io("list", directory))?.path();
        if path.is_dir() {
            found.extend(all(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
