//! Names of events: short ones for people, runs of them in one.

use docket_ledger::answer::report::Citation;

/// The short name `7@3` of an event about a recommendation, else its type and place in the log: `claim.recorded #229`.
pub(super) fn name(citation: &Citation) -> String {
    let reference = citation.reference();
    match &reference.name {
        Some(name) => name.clone(),
        None => format!("{} #{}", reference.kind.short(), reference.index),
    }
}

/// The names with runs of neighbours in one: `4@2 to 8@2` as `4–8@2`.
pub(super) fn joined(names: &[String]) -> String {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for name in names {
        let next = Run::new(name);
        match runs.last_mut() {
            Some(run) if run.takes(&next) => run.last = next.last,
            _ => runs.push(next),
        }
    }
    runs.iter().map(Run::text).collect::<Vec<_>>().join(", ")
}

/// Neighbouring numbers with the same version.
struct Run<'a> {
    name: &'a str,
    /// First number and version, where the name has that form.
    number: Option<(u64, &'a str)>,
    last: Option<u64>,
}

impl<'a> Run<'a> {
    fn new(name: &'a str) -> Self {
        let number = name.split_once('@').and_then(|(number, version)| {
            let parsed = number.parse::<u64>().ok().filter(|parsed| parsed.to_string() == number)?;
            Some((parsed, version))
        });
        Self { name, number, last: number.map(|(number, _)| number) }
    }

    fn takes(&self, next: &Self) -> bool {
        match (self.number, self.last, next.number) {
            (Some((_, version)), Some(last), Some((number, other))) => {
                version == other && last.checked_add(1) == Some(number)
            }
            _ => false,
        }
    }

    fn text(&self) -> String {
        match (self.number, self.last) {
            (Some((first, version)), Some(last)) if last > first => format!("{first}–{last}@{version}"),
            _ => self.name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn neighbours_of_the_same_version_stand_in_one() {
        let table: [(&[&str], &str); 5] = [
            (&["4@2", "5@2", "6@2", "8@2"], "4–6@2, 8@2"),
            (&["4@2", "5@3"], "4@2, 5@3"),
            (&["07@1", "8@1", "9@1"], "07@1, 8–9@1"),
            (&["claim.recorded #3", "III.2@1"], "claim.recorded #3, III.2@1"),
            (&[], ""),
        ];
        for (names, expected) in table {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(joined(&names), expected);
        }
    }
}
