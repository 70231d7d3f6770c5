//! Statements about a recommendation.

pub(super) mod note;
pub(super) mod status;
pub(super) mod verification;
