//! Decisions about the wording of rows.

use super::{
    super::{
        manifest::ColumnRole,
        model::{LineRange, NoteRole},
        repair::Traced,
        transcribe::{
            Draft,
            interpret::{WorkNote, WorkRow},
        },
    },
    Action, Decision,
};

/// Applies one decision to the rows, and tells what was done.
pub(super) fn decide(rows: &mut [WorkRow], draft: &Draft, decision: &Decision) -> Result<String, String> {
    match &decision.action {
        Action::LeakedNote { row, printed } => leaked(find(rows, row, decision)?, decision, printed),
        Action::RepeatedNote { row, printed } => repeated(find(rows, row, decision)?, decision, printed),
        Action::SeparateNotes { row, printed } => separate(find(rows, row, decision)?, decision, printed),
        Action::RestoreHyphen { row, printed, reads } => {
            restore_hyphen(find(rows, row, decision)?, decision, printed, reads)
        }
        Action::Annotate { row, printed, note } => {
            annotate(find(rows, row, decision)?, decision, printed, note)
        }
        Action::Keep { printed } => quoted(draft, decision, printed).map(|()| "kept as printed".to_owned()),
        Action::Dismiss { printed } => quoted(draft, decision, printed).map(|()| "no damage".to_owned()),
        _ => Err("the action is none about wording".to_owned()),
    }
}

fn find<'a>(rows: &'a mut [WorkRow], key: &str, decision: &Decision) -> Result<&'a mut WorkRow, String> {
    let row = rows.iter_mut().find(|row| row.key == key).ok_or_else(|| format!("there is no row {key:?}"))?;
    let there = row.lines.iter().any(|lines| lines.overlaps(decision.lines));
    if there { Ok(row) } else { Err(format!("row {key} has nothing on these lines")) }
}

/// Takes words out of the text of a row, where they stand once, on the lines of the decision.
fn take_out(row: &mut WorkRow, lines: LineRange, printed: &str) -> Result<Traced, String> {
    let places = row.text.find(printed.trim());
    let [place] = places.as_slice() else {
        return Err(match places.len() {
            0 => format!("the text of {} does not hold {printed:?}", row.key),
            count => format!("the text of {} holds {printed:?} {count} times", row.key),
        });
    };
    let on_lines = |range: &LineRange| lines.contains(range.first) && lines.contains(range.last);
    if !row.text.part(place.clone()).lines().iter().all(on_lines) {
        return Err(format!("{printed:?} stands on other lines"));
    }
    Ok(row.text.take(place.clone()))
}

fn leaked(row: &mut WorkRow, decision: &Decision, printed: &str) -> Result<String, String> {
    let text = take_out(row, decision.lines, printed)?;
    row.notes.push(WorkNote { text, role: NoteRole::EarlierAnswer, more_lines: Vec::new() });
    row.add_damage("leaked-note", &decision.reason);
    Ok(format!("taken out of the text of {} and kept as an earlier answer", row.key))
}

fn repeated(row: &mut WorkRow, decision: &Decision, printed: &str) -> Result<String, String> {
    let note = row.notes.iter().position(|note| note.text.text() == printed.trim());
    let note = note.ok_or_else(|| format!("row {} has no note that says just {printed:?}", row.key))?;
    let text = take_out(row, decision.lines, printed)?;
    if let Some(note) = row.notes.get_mut(note) {
        note.more_lines.extend(text.lines());
    }
    row.add_damage("repeated-note", &decision.reason);
    Ok(format!("taken out of the text of {}; its note has the same words", row.key))
}

fn separate(row: &mut WorkRow, decision: &Decision, printed: &[String]) -> Result<String, String> {
    let whole = printed.iter().map(|part| part.trim()).collect::<Vec<_>>().join(" ");
    let index = row.notes.iter().position(|note| note.text.text() == whole);
    let Some((index, note)) = index.and_then(|index| Some((index, row.notes.get(index)?.clone()))) else {
        return Err(format!("row {} has no note that is {whole:?}", row.key));
    };
    let mut start = 0;
    let parts = printed.iter().map(|part| {
        let end = start + part.trim().chars().count();
        let text = note.text.part(start..end);
        start = end + 1;
        WorkNote { text, role: note.role, more_lines: Vec::new() }
    });
    let parts: Vec<WorkNote> = parts.collect();
    row.notes.splice(index..=index, parts);
    row.add_damage("separate-notes", &decision.reason);
    Ok(format!("{} notes of {} kept apart", printed.len(), row.key))
}

fn restore_hyphen(
    row: &mut WorkRow,
    decision: &Decision,
    printed: &str,
    reads: &str,
) -> Result<String, String> {
    if reads.replace('-', "") != printed || reads == printed {
        return Err(format!("{reads:?} is not {printed:?} with a hyphen"));
    }
    let notes = row.notes.iter_mut().map(|note| (ColumnRole::Notes, &mut note.text));
    let texts = std::iter::once((ColumnRole::Text, &mut row.text)).chain(notes);
    let mut changed = 0;
    for (_, text) in texts.filter(|(role, _)| decision.cell.is_none_or(|cell| cell == *role)) {
        let on_lines = |text: &Traced, place: &std::ops::Range<usize>| {
            text.part(place.clone()).lines().iter().any(|lines| lines.overlaps(decision.lines))
        };
        let places: Vec<_> = text.find(printed).into_iter().filter(|place| on_lines(text, place)).collect();
        for place in places.into_iter().rev() {
            text.replace(place, reads);
            changed += 1;
        }
    }
    if changed == 0 {
        return Err(format!("row {} does not hold the word {printed:?} there", row.key));
    }
    row.add_damage("restore-hyphen", &decision.reason);
    Ok(format!("{printed:?} read as {reads:?} in {}", row.key))
}

fn annotate(row: &mut WorkRow, decision: &Decision, printed: &str, note: &str) -> Result<String, String> {
    let texts = row.notes.iter().filter(|note| note.role != NoteRole::Annotation).map(|note| &note.text);
    if !texts.chain([&row.text]).any(|text| !text.find(printed.trim()).is_empty()) {
        return Err(format!("row {} does not hold {printed:?}", row.key));
    }
    // An annotation is not in the document: its characters have no line, but it is about these.
    let text = Traced::new(note, 0);
    row.notes.push(WorkNote { text, role: NoteRole::Annotation, more_lines: vec![decision.lines] });
    Ok(format!("annotation attached to {}", row.key))
}

/// Checks that words stand on the lines of a decision.
fn quoted(draft: &Draft, decision: &Decision, printed: &str) -> Result<(), String> {
    let raw: Vec<&str> = draft.filled(decision.lines).map(|line| line.raw.trim()).collect();
    if raw.join(" ").contains(printed.trim()) {
        Ok(())
    } else {
        Err(format!("the lines do not hold {printed:?}"))
    }
}
