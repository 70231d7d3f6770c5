//! The texts of an entry by name: the path of each in the JSON of its data, such as `text`, `effective.phrase` or `cells.0.text`.

use serde_json::Value;

use crate::entry::Entry;

/// The names of an entry's texts, in their order. None where the entry cannot be printed.
#[must_use]
pub fn text_names(entry: &Entry) -> Vec<String> {
    let mut names = Vec::new();
    let json = entry.encode().ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    if let Some(data) = json.as_ref().and_then(|json| json.get("data")) {
        visit(data, "", &mut names);
    }
    names
}

fn visit(value: &Value, path: &str, names: &mut Vec<String>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) if fields.len() == 2 && fields.contains_key("sealed") => {
            names.push(path.to_owned());
        }
        // The keys of a JSON object come in their order, which is the canonical one.
        Value::Object(fields) => fields.iter().for_each(|(name, value)| visit(value, &below(name), names)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| visit(item, &below(&place.to_string()), names));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::EventKind;

    use super::*;
    use crate::wire::samples;

    #[test]
    fn every_text_has_one_name() {
        for entry in samples::all() {
            let names = text_names(&entry);
            assert_eq!(names.len(), entry.event.data.texts().len(), "{}", entry.event.data.kind().short());
            let distinct: std::collections::BTreeSet<_> = names.iter().collect();
            assert_eq!(distinct.len(), names.len());
        }
        let row = text_names(&samples::full(EventKind::RecommendationRegistered));
        assert_eq!(row, ["cells.0.text", "cells.1.text", "damage.0.note", "damage.1.note", "text"]);
        let note = text_names(&samples::full(EventKind::NoteRecorded));
        assert_eq!(note, ["effective.phrase", "reason", "source_url", "text"]);
    }
}
