//! What is suspicious about interpreted texts. A rule can only point at these; a person decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    super::{
        LABEL_BYTES_MAX, TEXT_BYTES_MAX,
        manifest::{ColumnRole, Manifest},
        model::{LineRange, Problem},
        repair::Traced,
    },
    interpret::WorkRow,
    junction::{CAPITALS_PERCENT_MIN, starts_small},
    problem::{About as _, Code, report},
    row::Origin,
    words::{ends_sentence, normalized, sentences, stem, words},
};

/// A sentence longer than this is no remark on progress that slipped into a text.
const REMARK_WORDS_MAX: usize = 12;

/// A note no longer than this tells which words speak of progress in this document.
const SHORT_NOTE_WORDS_MAX: usize = 4;

/// The shortest word that can speak of progress, in characters.
const TELLING_WORD_CHARACTERS_MIN: usize = 5;

/// How alike two sentences of one row must be, word by word, for one to be an older form of the other: two words in three.
const LIKENESS_MIN: f64 = 2.0 / 3.0;

/// A note at least this long is not the same in two rows by chance.
const IDENTICAL_WORDS_MIN: usize = 6;

/// The shortest word that can have lost its hyphen or its end, in characters.
const DAMAGED_WORD_CHARACTERS_MIN: usize = 6;

/// Everything suspicious about the rows of a document.
pub(crate) fn all(rows: &[WorkRow], manifest: &Manifest) -> Vec<Problem> {
    let remarks = Remarks::new(rows, manifest);
    let vocabulary = Words::new(rows);
    let mut problems = Vec::new();
    for row in rows.iter().filter(|row| row.origin != Origin::Lost) {
        problems.extend(label(row, manifest));
        problems.extend(extent(row));
        problems.extend(remarks.leaked(row));
        problems.extend(row.notes.iter().filter_map(|note| two_notes(row, &note.text)));
        let texts = std::iter::once((ColumnRole::Text, &row.text));
        let notes = row.notes.iter().map(|note| (ColumnRole::Notes, &note.text));
        for (role, text) in texts.chain(notes) {
            problems.extend(vocabulary.lost_hyphens(row, role, text));
            problems.extend(vocabulary.cut_off(row, role, text));
        }
    }
    problems.extend(identical_notes(rows));
    problems.extend(headless(rows));
    problems
}

fn lines_of(text: &Traced, range: Range<usize>, row: &WorkRow) -> LineRange {
    let lines = text.part(range).lines();
    match (lines.first(), lines.last()) {
        (Some(first), Some(last)) => LineRange { first: first.first, last: last.last },
        _ => row.extent,
    }
}

fn label(row: &WorkRow, manifest: &Manifest) -> Option<Problem> {
    manifest.layout.place(ColumnRole::Status)?;
    if row.origin == Origin::Tail {
        return None;
    }
    let line = LineRange::one(row.line);
    let printed = &row.label_printed;
    let problem = if printed.is_empty() {
        report(Code::StatusBlank, line, "the row has no status")
    } else if printed.len() > LABEL_BYTES_MAX {
        report(
            Code::LabelTooLong,
            line,
            format!("the status has {} bytes; a label has at most {LABEL_BYTES_MAX}", printed.len()),
        )
    } else {
        let label = row.label_read.as_deref().unwrap_or(printed);
        if manifest.vocabulary.meaning(label).is_some() {
            return None;
        }
        let nearest =
            manifest.vocabulary.nearest(label).map(|known| format!("; the nearest known one is {known:?}"));
        let message = format!("the label {label:?} is not in the vocabulary{}", nearest.unwrap_or_default());
        report(Code::LabelUnknown, line, message)
    };
    Some(problem.about_column(ColumnRole::Status).about_row(&row.key))
}

fn extent(row: &WorkRow) -> Option<Problem> {
    let longest =
        row.notes.iter().map(|note| &note.text).chain([&row.text]).map(|text| text.text().len()).max();
    let problem = if longest.is_some_and(|bytes| bytes > TEXT_BYTES_MAX) {
        let message = format!("a text of the row has over {TEXT_BYTES_MAX} bytes");
        report(Code::TextTooLong, row.extent, message)
    } else if row.text.is_empty() {
        report(Code::TextBlank, row.extent, "the row has no text").about_column(ColumnRole::Text)
    } else {
        return None;
    };
    Some(problem.about_row(&row.key))
}

/// Two lines of a notes cell of which the first ends no sentence and the second begins with a capital may be two notes.
fn two_notes(row: &WorkRow, text: &Traced) -> Option<Problem> {
    let by_line = text.by_line();
    let apart = |pair: &[(u32, String)]| match pair {
        [(above, before), (below, after)] => {
            let joined_by_hand = row.notes_decided.contains(above) || row.notes_decided.contains(below);
            !joined_by_hand
                && !ends_sentence(before)
                && !before.ends_with(['-', ','])
                && after.starts_with(char::is_uppercase)
        }
        _ => false,
    };
    let lines = LineRange { first: by_line.first()?.0, last: by_line.last()?.0 };
    let message = "a line of the note begins with a capital, and the line before it ends no sentence: perhaps two notes";
    by_line.windows(2).any(apart).then(|| {
        report(Code::TwoNotesSuspected, lines, message).about_column(ColumnRole::Notes).about_row(&row.key)
    })
}

/// How this document speaks of progress.
struct Remarks {
    /// The sentences of the notes, and the labels, as words.
    phrases: BTreeSet<String>,
    /// The stems of telling words in labels and short notes.
    stems: BTreeSet<String>,
}

impl Remarks {
    fn new(rows: &[WorkRow], manifest: &Manifest) -> Self {
        let labels = manifest.vocabulary.labels.iter().map(|label| label.printed.clone());
        let notes = rows.iter().flat_map(|row| &row.notes).map(|note| note.text.text());
        let mut remarks = Self { phrases: BTreeSet::new(), stems: BTreeSet::new() };
        for text in labels.chain(notes) {
            let all = words(&text);
            if all.len() <= SHORT_NOTE_WORDS_MAX {
                let telling = all.iter().filter(|word| word.chars().count() >= TELLING_WORD_CHARACTERS_MIN);
                remarks.stems.extend(telling.map(|word| stem(word)));
            }
            let short = |sentence: &Vec<String>| sentence.len() <= REMARK_WORDS_MAX;
            remarks
                .phrases
                .extend(sentences_in_words(&text).into_iter().filter(short).map(|words| words.join(" ")));
        }
        remarks
    }

    /// Sentences after the first of a text that read like remarks on progress, neighbouring ones together.
    fn leaked(&self, row: &WorkRow) -> Vec<Problem> {
        let text = row.text.text();
        let characters: Vec<char> = text.chars().collect();
        let own: Vec<Vec<String>> =
            row.notes.iter().flat_map(|note| sentences_in_words(&note.text.text())).collect();
        let mut found: Vec<Range<usize>> = Vec::new();
        for sentence in sentences(&text).into_iter().skip(1) {
            let words: String = characters.get(sentence.clone()).unwrap_or_default().iter().collect();
            if !self.is_remark(&words, &own) {
                continue;
            }
            match found.last_mut().filter(|last| sentence.start <= last.end + 1) {
                Some(last) => last.end = sentence.end,
                None => found.push(sentence),
            }
        }
        let problem = |range: Range<usize>| {
            let words: String = characters.get(range.clone()).unwrap_or_default().iter().collect();
            let message = format!("{words:?} in the text reads like a remark on progress");
            report(Code::LeakedNoteSuspected, lines_of(&row.text, range, row), message)
                .about_column(ColumnRole::Text)
                .about_row(&row.key)
        };
        found.into_iter().map(problem).collect()
    }

    /// Whether a sentence begins like one of the document's notes or labels, begins with a word of progress, or is much like a
    /// sentence of the row's own notes: then it may be an older form of it.
    fn is_remark(&self, sentence: &str, own: &[Vec<String>]) -> bool {
        let words = words(sentence);
        let (Some(first), true) = (words.first(), words.len() <= REMARK_WORDS_MAX) else { return false };
        let joined = words.join(" ");
        let beginning = words.len() > 1
            && self.phrases.range(joined.clone()..).next().is_some_and(|phrase| {
                phrase.strip_prefix(&joined).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
        let telling = first.chars().count() >= TELLING_WORD_CHARACTERS_MIN && first.ends_with("ing");
        beginning
            || (telling && self.stems.contains(&stem(first)))
            || (words.len() >= 4 && own.iter().any(|known| likeness(known, &words) >= LIKENESS_MIN))
    }
}

/// The sentences of a text, each as its words.
fn sentences_in_words(text: &str) -> Vec<Vec<String>> {
    let characters: Vec<char> = text.chars().collect();
    let in_words = |sentence: Range<usize>| {
        words(&characters.get(sentence).unwrap_or_default().iter().collect::<String>())
    };
    sentences(text).into_iter().map(in_words).collect()
}

/// The share of words that two sentences have in common, in order.
fn likeness(left: &[String], right: &[String]) -> f64 {
    if left.len().abs_diff(right.len()) * 2 > left.len().max(right.len()) {
        return 0.0;
    }
    let longest = u32::try_from(left.len().max(right.len()).max(1)).unwrap_or(u32::MAX);
    let distance =
        strsim::generic_levenshtein(&left.iter().collect::<Vec<_>>(), &right.iter().collect::<Vec<_>>());
    1.0 - f64::from(u32::try_from(distance).unwrap_or(u32::MAX)) / f64::from(longest)
}

/// The words of a document.
struct Words {
    counts: BTreeMap<String, usize>,
    /// Words with hyphens, by their letters alone.
    hyphenated: BTreeMap<String, String>,
}

impl Words {
    fn new(rows: &[WorkRow]) -> Self {
        let mut all = Self { counts: BTreeMap::new(), hyphenated: BTreeMap::new() };
        let notes = rows.iter().flat_map(|row| &row.notes).map(|note| &note.text);
        for text in rows.iter().map(|row| &row.text).chain(notes) {
            for word in words(&text.text()) {
                if word.contains('-') {
                    all.hyphenated.insert(word.replace('-', ""), word.clone());
                }
                *all.counts.entry(word).or_default() += 1;
            }
        }
        all
    }

    fn lost_hyphens(&self, row: &WorkRow, role: ColumnRole, text: &Traced) -> Vec<Problem> {
        let suspected = |word: &String| {
            let hyphenated = self.hyphenated.get(word)?;
            let more_often = self.counts.get(hyphenated) > self.counts.get(word);
            (more_often && word.chars().count() >= DAMAGED_WORD_CHARACTERS_MIN).then(|| {
                let message = format!("{word:?} is printed {hyphenated:?} elsewhere in the document");
                report(Code::LostHyphenSuspected, word_lines(text, word, row), message)
                    .about_column(role)
                    .about_row(&row.key)
            })
        };
        words(&text.text()).iter().filter_map(suspected).collect()
    }

    /// A last word that occurs nowhere else and is the beginning of another word of the document.
    fn cut_off(&self, row: &WorkRow, role: ColumnRole, text: &Traced) -> Option<Problem> {
        let printed = text.text();
        let last = printed.split_whitespace().last().filter(|last| last.chars().all(char::is_lowercase))?;
        if last.chars().count() < DAMAGED_WORD_CHARACTERS_MIN
            || self.counts.get(last).is_some_and(|count| *count > 1)
        {
            return None;
        }
        let inflected =
            |rest: &str| matches!(rest, "s" | "d" | "ed" | "r" | "er" | "ing" | "ly" | "ment" | "al");
        let whole = self.counts.range(last.to_owned()..).map(|(word, _)| word).nth(1)?;
        let rest =
            whole.strip_prefix(last).filter(|rest| !inflected(rest) && !rest.starts_with(['-', '\'']))?;
        let plural = rest == "es" && last.ends_with(['s', 'x', 'z', 'h', 'o']);
        let message = format!(
            "the cell ends with {last:?}, the beginning of words such as {whole:?}: perhaps it is cut off"
        );
        let last_line = text.lines().last().map_or(row.extent, |range| LineRange::one(range.last));
        (!plural)
            .then(|| report(Code::CutOffSuspected, last_line, message).about_column(role).about_row(&row.key))
    }
}

fn word_lines(text: &Traced, word: &str, row: &WorkRow) -> LineRange {
    let printed = text.text();
    let mut places = printed.split_whitespace().filter(|printed| normalized(printed) == *word);
    let place = places.next().and_then(|printed| {
        text.find(printed.trim_matches(|c: char| !c.is_alphanumeric())).into_iter().next()
    });
    place.map_or(row.extent, |place| lines_of(text, place, row))
}

/// Texts that begin with a small letter where nearly all others begin with a capital: their beginning may be lost.
fn headless(rows: &[WorkRow]) -> Vec<Problem> {
    let anchored = || rows.iter().filter(|row| row.origin == Origin::Anchor && !row.text.is_empty());
    let small = |row: &&WorkRow| starts_small(&row.text.text());
    let (all, headless) = (anchored().count(), anchored().filter(small).count());
    if headless * 100 > all * (100 - CAPITALS_PERCENT_MIN) {
        return Vec::new();
    }
    let problem = |row: &WorkRow| {
        let line = row.text.lines().first().map_or(row.line, |lines| lines.first);
        report(
            Code::BeginningLostSuspected,
            LineRange::one(line),
            "the text begins with a small letter, unlike the others",
        )
        .about_column(ColumnRole::Text)
        .about_row(&row.key)
    };
    anchored().filter(small).map(problem).collect()
}

/// Long notes that several rows have in the same words: the later rows may have them by mistake.
fn identical_notes(rows: &[WorkRow]) -> Vec<Problem> {
    let mut first: BTreeMap<String, &WorkRow> = BTreeMap::new();
    let mut problems = Vec::new();
    for row in rows {
        for note in &row.notes {
            let text = note.text.text();
            if words(&text).len() < IDENTICAL_WORDS_MIN {
                continue;
            }
            let Some(earlier) = first.get(&text).filter(|earlier| earlier.key != row.key) else {
                first.insert(text, row);
                continue;
            };
            let status = match (earlier.label(), row.label()) {
                (Some(one), Some(other)) if one != other => {
                    format!(", and the statuses differ: {one:?} and {other:?}")
                }
                _ => String::new(),
            };
            let message = format!("the note is word for word that of {}{status}", earlier.key);
            let text_length = text.chars().count();
            let lines = lines_of(&note.text, 0..text_length, row);
            problems.push(
                report(Code::IdenticalNotes, lines, message)
                    .about_column(ColumnRole::Notes)
                    .about_row(&row.key),
            );
        }
    }
    problems
}
