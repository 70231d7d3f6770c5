//! Vocabulary files, and what a revision changes.

use docket_domain::vocabulary::{LabelMeaning, StateDefinition};
use docket_domain::{Label, RegisterId, StateName, Vocabulary};
use docket_projection::VocabularyUses;
use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::import::{ImportError, raw, vocabulary};
use crate::ledger::Reader;

/// What a revision does to one label or state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VocabularyChange {
    /// A label or a state.
    pub word: Word,
    /// Its name.
    pub name: String,
    /// What it means now; nothing for a new one.
    pub before: Option<String>,
    /// What it will mean; nothing for one that goes.
    pub after: Option<String>,
    /// How many statements in force use it. They keep what they were recorded with.
    pub statements: u64,
}

/// What a vocabulary defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// A printed label.
    Label,
    /// A state of the work.
    State,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    vocabulary: vocabulary::Vocabulary,
}

/// Reads a file that holds a table `[vocabulary]` as a source's manifest does; `file` is its name in messages.
///
/// # Errors
/// [`ImportError::NotUtf8`], [`ImportError::Toml`] with the line, [`ImportError::Value`] with the key.
pub fn parse(bytes: &[u8], file: &str) -> Result<Vocabulary, LedgerError> {
    let File { vocabulary } = raw::read(raw::utf8(bytes, file)?, file)?;
    let refused = |key: &str, name: &str, error: docket_domain::id::IdError| ImportError::Value {
        file: file.to_owned(),
        key: key.to_owned(),
        message: format!("{name:?} is refused: {error}"),
    };
    let state_name = |key: &str, name: &str| StateName::new(name).map_err(|error| refused(key, name, error));
    let mut states = Vec::new();
    for state in &vocabulary.states {
        let name = state_name("vocabulary.states.name", &state.name)?;
        states.push(StateDefinition { closed: state.closed, name, order: state.order });
    }
    let mut labels = Vec::new();
    for meaning in &vocabulary.labels {
        let label = Label::new(&meaning.printed)
            .map_err(|error| refused("vocabulary.labels.printed", &meaning.printed, error))?;
        let state = meaning.state.as_deref().map(|name| state_name("vocabulary.labels.state", name));
        let reporting = crate::source::reporting(meaning.reporting);
        labels.push(LabelMeaning { label, reporting, state: state.transpose()? });
    }
    Ok(Vocabulary { labels, states })
}

/// What would change if the register's vocabulary, as known now, became the new one: states first, in the order of progress.
pub fn compare(
    reader: &Reader,
    register: &RegisterId,
    revised: &Vocabulary,
) -> Result<Vec<VocabularyChange>, LedgerError> {
    let size = reader.size();
    let (view, uses) = reader.ask(|projection| {
        let knowledge = projection.knowledge(size);
        (knowledge.register(register), knowledge.vocabulary_uses(register))
    })?;
    let view = view.ok_or_else(|| LedgerError::NoRegister { register: register.clone() })?;
    Ok(changes(&view.vocabulary, revised, &uses))
}

fn changes(old: &Vocabulary, new: &Vocabulary, uses: &VocabularyUses) -> Vec<VocabularyChange> {
    let mut changes = Vec::new();
    let states = |vocabulary: &Vocabulary| -> Vec<(StateName, String)> {
        vocabulary.states.iter().map(|state| (state.name.clone(), place(state))).collect()
    };
    let labels = |vocabulary: &Vocabulary| -> Vec<(Label, String)> {
        vocabulary.labels.iter().map(|meaning| (meaning.label.clone(), meant(meaning))).collect()
    };
    for (state, before, after) in differences(states(old), states(new)) {
        let statements = uses.states.get(&state).copied().unwrap_or(0);
        changes.push(VocabularyChange {
            word: Word::State,
            name: state.to_string(),
            before,
            after,
            statements,
        });
    }
    for (label, before, after) in differences(labels(old), labels(new)) {
        let statements = uses.labels.get(&label).copied().unwrap_or(0);
        changes.push(VocabularyChange {
            word: Word::Label,
            name: label.to_string(),
            before,
            after,
            statements,
        });
    }
    changes
}

/// Names whose meaning differs: those of the old list in its order, then the new ones.
fn differences<N: PartialEq>(
    old: Vec<(N, String)>,
    mut new: Vec<(N, String)>,
) -> Vec<(N, Option<String>, Option<String>)> {
    let mut differences = Vec::new();
    for (name, before) in old {
        let after = new.iter().position(|(known, _)| *known == name).map(|place| new.remove(place).1);
        if after.as_ref() != Some(&before) {
            differences.push((name, Some(before), after));
        }
    }
    differences.extend(new.into_iter().map(|(name, after)| (name, None, Some(after))));
    differences
}

fn place(state: &StateDefinition) -> String {
    format!("order {}{}", state.order, if state.closed { ", closed" } else { "" })
}

fn meant(meaning: &LabelMeaning) -> String {
    match &meaning.state {
        Some(state) => state.to_string(),
        None => format!("no state ({})", meaning.reporting),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[vocabulary]\nstates = [{ name = \"planning\", order = 1 }, { name = \"done\", order = 5, closed = true }]\n\
                        labels = [{ printed = \"IN PLANNING\", state = \"planning\", reporting = \"reported\" },\n\
                        { printed = \"NO UPDATE\", reporting = \"no-update\" }]\n";

    fn lines(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (parse(old.as_bytes(), "old").unwrap(), parse(new.as_bytes(), "new").unwrap());
        let mut uses = VocabularyUses::default();
        uses.labels.insert(Label::new("IN PLANNING").unwrap(), 3);
        let show = |meaning: Option<String>| meaning.unwrap_or_else(|| "-".to_owned());
        let line = |change: VocabularyChange| {
            format!(
                "{} {} > {} ({})",
                change.name,
                show(change.before),
                show(change.after),
                change.statements
            )
        };
        changes(&old, &new, &uses).into_iter().map(line).collect()
    }

    #[test]
    fn what_is_added_removed_moved_and_remapped_is_listed() {
        assert!(lines(FILE, FILE).is_empty());
        assert_eq!(
            lines(FILE, &FILE.replace("printed = \"NO UPDATE\"", "printed = \"SILENT\"")),
            ["NO UPDATE no state (no-update) > - (0)", "SILENT - > no state (no-update) (0)"]
        );
        assert_eq!(
            lines(FILE, &FILE.replace("order = 5, closed = true", "order = 7")),
            ["done order 5, closed > order 7 (0)"]
        );
        assert_eq!(
            lines(FILE, &FILE.replace("state = \"planning\"", "state = \"done\"")),
            ["IN PLANNING planning > done (3)"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let table = [
            ("", "new, line 1"),
            (&FILE.replace("order = 1", "order = \"first\""), "new, line 2"),
            (&FILE.replace("name = \"planning\"", "name = \"Planning\""), "`vocabulary.states.name`"),
            (&FILE.replace("\"NO UPDATE\"", "\" \""), "`vocabulary.labels.printed`"),
            (&FILE.replace("[vocabulary]", "[words]"), "new, line 1"),
        ];
        for (file, message) in table {
            let error = parse(file.as_bytes(), "new").unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
