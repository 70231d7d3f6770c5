//! Where a command may write what it makes: anywhere but in the data directory, whose files it could replace.

use std::path::{Component, Path, PathBuf};

use crate::error::CliError;

/// Refuses a target that is the data directory or lies in it, also by way of links and `..`.
pub(crate) fn outside(data: &Path, target: &Path) -> Result<(), CliError> {
    let unwritable = |source| CliError::Unwritable { path: target.to_owned(), source };
    let inside = resolved(target).map_err(unwritable)?.starts_with(resolved(data).map_err(unwritable)?);
    if inside {
        return Err(CliError::InsideData { target: target.to_owned(), data: data.to_owned() });
    }
    Ok(())
}

/// The path without links, as far as it exists; what does not exist yet is taken as it is written.
fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    for existing in absolute.ancestors() {
        let (Ok(mut real), Ok(rest)) = (existing.canonicalize(), absolute.strip_prefix(existing)) else {
            continue;
        };
        for component in rest.components() {
            match component {
                Component::ParentDir => {
                    real.pop();
                }
                other => real.push(other),
            }
        }
        return Ok(real);
    }
    Ok(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_directory_is_no_target_however_it_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path();
        let data = place.join("data");
        std::fs::create_dir_all(data.join("journal")).unwrap();
        std::fs::write(data.join("log.key"), "secret").unwrap();
        let table = [
            ("data", false),
            ("data/log.key", false),
            ("data/new/report.html", false),
            ("new/../data/report.html", false),
            ("data/../report.html", true),
            ("database", true),
            ("report.html", true),
        ];
        for (target, allowed) in table {
            assert_eq!(outside(&data, &place.join(target)).is_ok(), allowed, "{target}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_where_they_point() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&data, &link).unwrap();
        assert!(outside(&data, &link.join("log.key")).is_err());
        assert!(outside(&link, &data.join("log.key")).is_err());
    }
}
