//! `docket amend`.

use std::path::Path;

use docket_domain::event::RecommendationAmended;
use docket_domain::{Action, Data};

use super::write::{Statement, record};
use crate::args::AmendArguments;
use crate::error::{CliError, Verdict};
use crate::text;

pub(super) fn run(data: &Path, arguments: &AmendArguments) -> Result<Verdict, CliError> {
    let AmendArguments {
        recommendation,
        number,
        text,
        text_file,
        number_basis,
        text_basis,
        reason,
        source_url,
        write,
    } = arguments;
    let text = match (text, text_file) {
        (Some(text), _) => Some(text::given(text)?),
        (None, Some(file)) => Some(text::of_file(file)?),
        (None, None) => None,
    };
    record(data, write, |recorder| {
        let subject = recorder.recommendation(recommendation)?;
        let action = Action::Record(Data::RecommendationAmended(RecommendationAmended {
            number: *number,
            number_basis: *number_basis,
            number_printed: None,
            reason: reason.clone(),
            source: None,
            source_url: source_url.clone(),
            text,
            text_basis: *text_basis,
        }));
        Ok(Statement { subject, action })
    })
}
