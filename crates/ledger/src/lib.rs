//! The application: the writer, readers, idempotency and import, over the log and the projection.
pub mod import;
