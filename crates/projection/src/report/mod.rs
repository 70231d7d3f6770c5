//! The figures of the accountability report: one row for each recommendation, and pure functions from rows to figures.
//!
//! Every figure is a list of the events behind it, by index; its count is their number. Nothing here knows a word: whoever keeps the
//! texts says of each note what its words come to ([`Substance`]). Every function is one pass over rows or events.

mod age;
mod axes;
mod claims;
mod lateness;
mod moved;
mod promises;
mod quality;
mod row;
mod staleness;
mod tenure;

#[cfg(test)]
mod tests;

pub use age::{Calendar, Days, Span};
pub use axes::{Axes, AxisValue, Slot, axes};
pub use claims::{ClaimCheck, FigureCheck, Verdict};
pub use lateness::{LATE_DAYS, Lateness, Month};
pub use moved::{Compared, Move, Moved, Regression, moved};
pub use promises::{Blocked, CHAIN_MAX, Overdue, Promises, is_closed, promises};
pub use quality::{Quality, quality};
pub use row::{Document, Judgement, Placed, ReportRow, Standing};
pub use staleness::{BANDS, Band, Recency, Staleness, Substance, last_contact, last_substance, staleness};
pub use tenure::{Tenure, tenure};
