//! Words and sentences, for the rules that compare cells with each other.

/// The words of a text: small letters and digits, without punctuation; a hyphen inside a word stays.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Words joined by single spaces, for comparing two texts regardless of case and punctuation.
pub(crate) fn normalized(text: &str) -> String {
    words(text).join(" ")
}

/// A word without its English inflection, crudely: "planning", "plans" and "planned" give one stem. Good for suspicion only.
pub(crate) fn stem(word: &str) -> String {
    let bare = ["ment", "ing", "ed", "es", "s"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.chars().count() >= 4))
        .unwrap_or(word);
    let mut letters: Vec<char> = bare.chars().collect();
    let doubled = letters.len() > 3 && letters.last() == letters.iter().rev().nth(1);
    if doubled && bare.len() < word.len() {
        letters.pop();
    }
    letters.into_iter().collect()
}

/// The sentences of a text, as ranges of characters: each ends with a full stop, exclamation or question mark before white space.
pub(crate) fn sentences(text: &str) -> Vec<std::ops::Range<usize>> {
    let characters: Vec<char> = text.chars().collect();
    let at = |index: usize| characters.get(index).copied();
    let mut found = Vec::new();
    let mut start = 0;
    for index in 0..characters.len() {
        let ends =
            matches!(at(index), Some('.' | '!' | '?')) && at(index + 1).is_none_or(char::is_whitespace);
        if ends || index + 1 == characters.len() {
            found.push(start..index + 1);
            start = index + 1;
            while at(start).is_some_and(char::is_whitespace) {
                start += 1;
            }
        }
    }
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Whether a text ends a sentence; closing quotes and brackets are looked through.
pub(crate) fn ends_sentence(text: &str) -> bool {
    text.trim_end()
        .trim_end_matches(['"', '\'', ')', ']', '\u{201d}', '\u{2019}'])
        .ends_with(['.', '!', '?', ':', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_share_a_stem() {
        for (left, right) in [
            ("planning", "planned"),
            ("reviews", "reviewing"),
            ("developing", "development"),
            ("pilots", "pilot"),
        ] {
            assert_eq!(stem(left), stem(right), "{left} {right}");
        }
        assert_eq!(stem("bus"), "bus");
        assert_eq!(stem("staff"), "staff");
    }

    #[test]
    fn sentences_end_before_white_space_only() {
        let text = "Cost 1.5 million. Why? P.A.T. teams";
        let characters: Vec<char> = text.chars().collect();
        let found: Vec<String> =
            sentences(text).into_iter().map(|range| characters[range].iter().collect()).collect();
        assert_eq!(found, ["Cost 1.5 million.", "Why?", "P.A.T.", "teams"]);
        assert!(sentences("").is_empty());
        assert_eq!(sentences("a.  ").len(), 1);
    }

    #[test]
    fn quotes_and_brackets_do_not_hide_the_end_of_a_sentence() {
        assert!(
            ends_sentence("weapons in public).") && ends_sentence("so \"done.\"") && ends_sentence("Title:")
        );
        assert!(!ends_sentence("the detectives'") && !ends_sentence("(Program) to") && !ends_sentence(""));
    }
}
