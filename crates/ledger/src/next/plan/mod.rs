//! The plan: every step of the next table in a file, with a decision for each.

mod decide;
mod file;

use std::path::Path;

use docket_domain::Digest;

pub use decide::{Change, Decided, Decision};
use file::{PlanFile, PlanStep};

use super::error::NextError;
use super::step::{NextTable, Step};
use crate::error::LedgerError;
use crate::import::{ImportError, raw, read_limited};

/// The format of plan files. A plan of another format is refused.
pub const PLAN_FORMAT: u32 = 1;

/// The largest plan that is read, in bytes: 10,000 rows with eight steps of 800 bytes each.
pub const PLAN_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A plan as written in a file: what it belongs to, and its steps with their decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    file: PlanFile,
}

impl Plan {
    /// A plan for a table: safe steps are accepted, problems wait for a person.
    #[must_use]
    pub fn new(table: &NextTable, document: &str) -> Self {
        Self { file: PlanFile::new(table, document) }
    }

    /// Reads a plan file.
    pub fn load(path: &Path) -> Result<Self, LedgerError> {
        let bytes = read_limited(path, PLAN_BYTES_MAX)?;
        let name = path.display().to_string();
        Ok(Self::parse(raw::utf8(&bytes, &name)?, &name)?)
    }

    /// Reads the text of a plan; errors name the file and the line.
    pub fn parse(text: &str, name: &str) -> Result<Self, ImportError> {
        Ok(Self { file: raw::read(text, name)? })
    }

    /// The text of the plan file.
    pub fn to_toml(&self) -> Result<String, NextError> {
        self.file.to_toml()
    }

    /// The size of the log that it was made against.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.file.basis.size
    }

    /// How many steps wait for a decision.
    #[must_use]
    pub fn undecided(&self) -> usize {
        self.file.steps.iter().filter(|step| step.is_undecided()).count()
    }

    /// Checks that the plan belongs to a register and document, and that it was made against a log with this root at [`Self::size`].
    pub(crate) fn check(
        &self,
        register: &str,
        document: Digest,
        root: Option<&str>,
    ) -> Result<(), NextError> {
        let PlanFile { format, register: planned, sha256, basis, .. } = &self.file;
        if *format != PLAN_FORMAT {
            return Err(NextError::Format { format: *format });
        }
        if planned != register {
            let (planned, found) = (planned.clone(), register.to_owned());
            return Err(NextError::OtherPlan { what: "the register", planned, found });
        }
        if *sha256 != document.to_string() {
            let (planned, found) = (sha256.clone(), document.to_string());
            return Err(NextError::OtherPlan { what: "the document with SHA-256", planned, found });
        }
        if root != Some(basis.root.as_str()) {
            return Err(NextError::OtherLog { size: basis.size, root: basis.root.clone() });
        }
        Ok(())
    }

    /// The table's steps with what was decided about each, in the order of the table.
    ///
    /// Refused unless the plan holds exactly those steps, every one is decided, and every decision can be carried out.
    pub(crate) fn decide<'t>(&self, table: &'t NextTable) -> Result<Vec<(&'t Step, Decided)>, NextError> {
        self.same_steps(table)?;
        decide::decide(&self.file.steps, table)
    }

    fn same_steps(&self, table: &NextTable) -> Result<(), NextError> {
        let derived: Vec<PlanStep> = table.steps.iter().map(PlanStep::from).collect();
        let mut planned: std::collections::BTreeMap<&str, &PlanStep> = std::collections::BTreeMap::new();
        let mut differences = Vec::new();
        for step in &self.file.steps {
            if planned.insert(&step.id, step).is_some() {
                differences.push(format!("step {} stands twice in it", step.id.escape_debug()));
            }
        }
        for step in &derived {
            match planned.remove(step.id.as_str()) {
                None => differences.push(format!("step {} is not in it", step.id)),
                Some(found) => {
                    if let Some(field) = step.differs_from(found) {
                        differences.push(format!("`{field}` of step {} is another one", step.id));
                    }
                }
            }
        }
        differences.extend(planned.keys().map(|id| format!("step {} is not called for", id.escape_debug())));
        if differences.is_empty() { Ok(()) } else { Err(NextError::OtherSteps { differences }) }
    }
}
