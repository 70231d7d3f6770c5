//! The sections of the report as flat tables.

pub(super) mod record;
pub(super) mod standing;

use super::sheet::{Column, Kind, Value};

/// Columns from titles and kinds.
fn columns<const N: usize>(columns: [(&'static str, Kind); N]) -> Vec<Column> {
    columns.into_iter().map(|(title, kind)| Column { title, kind }).collect()
}

/// A share in per cent, empty where there is nothing to share.
fn share(count: u64, of: u64) -> Value {
    super::super::counts::percent(count, of).into()
}
