//! What the terminal can show: its width and colour.

use std::io::{IsTerminal as _, stdout};

use crate::args::ColorWhen;

/// The width where there is no terminal to ask.
const COLUMNS_DEFAULT: u16 = 100;

/// The columns that a table may take: `COLUMNS` if it is set, else the terminal's, else 100.
pub(crate) fn columns() -> u16 {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<u16>().ok());
    set.filter(|columns| *columns > 0)
        .or_else(|| comfy_table::Table::new().width())
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS_DEFAULT)
}

/// Whether standard output is to be coloured.
pub(crate) fn is_coloured(when: ColorWhen) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
            stdout().is_terminal() && !refused && !dumb
        }
    }
}
