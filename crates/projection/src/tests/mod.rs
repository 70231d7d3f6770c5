//! Sentences of DESIGN sections 2 and 3 as tables, and properties against the naive model.

mod properties;
mod status;
mod views;
