//! A recommendation as a page.

use docket_domain::Zone;
use docket_domain::term::{NumberBasis, Reporting, TextBasis, Visibility};
use docket_ledger::answer::{
    Amendment, Assignment, Cell, Evidence, Finding, Hold, Mark, Note, Recommendation, ShowAnswer,
    SourceReference, Statement, Text,
};

use super::{FIELD_WIDTH, Look, Tone, brief, dates, list, text};

/// Whether a page shows the cells of the row as printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cells {
    /// They are left out.
    Hidden,
    /// They stand at the end, exactly as printed.
    Shown,
}

/// The page of a recommendation.
pub(crate) fn show(answer: &ShowAnswer, cells: Cells, look: Look) -> String {
    let page = Page { look, zone: answer.zone };
    let recommendation = &answer.recommendation;
    let mut parts = vec![page.head(answer), page.words(recommendation), page.status(recommendation)];
    parts.push(page.section("Finding", recommendation.verified.iter().map(|finding| page.finding(finding))));
    parts.push(page.section("Notes", recommendation.notes.iter().map(|note| page.note(note))));
    parts.push(
        page.section(
            "Assignments",
            assignments(recommendation).map(|assignment| page.assignment(assignment)),
        ),
    );
    parts.push(
        page.section("Evidence", recommendation.evidence.iter().map(|evidence| page.evidence(evidence))),
    );
    parts.push(
        page.section("Amendments", answer.amendments.iter().map(|amendment| page.amendment(amendment))),
    );
    parts.push(page.section("Legal holds", answer.holds.iter().map(|hold| page.hold(hold))));
    parts.push(page.section("Damage", page.damage(recommendation)));
    if cells == Cells::Shown {
        parts.push(page.section("As printed", answer.registered.cells.iter().map(|cell| page.cell(cell))));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn assignments(recommendation: &Recommendation) -> impl Iterator<Item = &Assignment> {
    let holding = &recommendation.assignments;
    [&holding.owner, &holding.category, &holding.target_date]
        .into_iter()
        .flatten()
        .chain(&holding.dependencies)
}

/// A page under construction.
#[derive(Clone, Copy)]
struct Page {
    look: Look,
    zone: Zone,
}

/// How far the parts of a section are indented.
const INDENT: usize = 2;

impl Page {
    fn head(self, answer: &ShowAnswer) -> String {
        let recommendation = &answer.recommendation;
        let number = recommendation.number.map(|number| number.to_string());
        let printed = || recommendation.number_printed.as_deref().map(text::line);
        let number = number.or_else(printed).unwrap_or_else(|| recommendation.key.to_string());
        let known = match recommendation.number_basis {
            NumberBasis::Printed => "",
            NumberBasis::Inferred => " (number inferred)",
            NumberBasis::Missing => " (number missing in the source)",
        };
        let title = format!("Recommendation {number}{known}");
        let place = format!(
            "{}, key {}, version {}",
            recommendation.register, recommendation.key, recommendation.version
        );
        let mut head = self.look.paragraph(0, Tone::Strong, &title);
        head.push_str(&self.look.paragraph(0, Tone::Quiet, &place));
        head + &self.look.caption(&answer.basis)
    }

    fn words(self, recommendation: &Recommendation) -> String {
        let mut words = match &recommendation.text {
            Some(words) => self.block(0, words),
            None => self.look.paragraph(0, Tone::Doubtful, "? The text is lost."),
        };
        if recommendation.text_basis == TextBasis::Partial {
            words.push_str(&self.look.paragraph(0, Tone::Doubtful, "Only a part of the text is known."));
        }
        if let Some(source) = &recommendation.source {
            words.push_str(&self.look.field("source", Tone::Plain, &place(source)));
        }
        words
    }

    fn status(self, recommendation: &Recommendation) -> String {
        let (shown, tone) = brief::status(recommendation);
        let tone = if tone == Tone::Plain { Tone::Strong } else { tone };
        let mut part = self.look.field("Status", tone, &shown);
        let Some(status) = &recommendation.status else { return part };
        part.push_str(&self.statement(status));
        if let Some(last) = &status.last_certain {
            part.push_str(&self.look.field("Last certain", Tone::Strong, &brief::statement(last)));
            part.push_str(&self.statement(last));
        }
        part
    }

    fn statement(self, status: &Statement) -> String {
        let mut part = String::new();
        let mut field = |name: &str, value: &str| part.push_str(&self.look.field(name, Tone::Plain, value));
        if let Some(state) = &status.state {
            field("state", state.as_str());
        }
        // A damaged source states nothing that could be certain.
        if status.reporting != Reporting::Unknown {
            field("certainty", list::how_certain(status));
        }
        field("effective", &dates::interval(&status.effective, self.zone));
        if let Some(asserter) = &status.asserted_by {
            field("on the word of", &text::line(asserter.as_str()));
        }
        let recorded = status.recorded_at.minute_in(self.zone);
        let actor = text::line(status.actor.as_str());
        field("recorded", &format!("{recorded} by {actor} (version {}, {})", status.version, status.event));
        if let Some(source) = &status.source {
            field("source", &place(source));
        }
        if let Some(url) = &status.source_url {
            field("read at", &text::words(url));
        }
        if let Some(reason) = &status.reason {
            field("reason", &text::words(reason));
        }
        part + &self.corrected(0, &status.corrected)
    }

    fn corrected(self, indent: usize, marks: &[Mark]) -> String {
        let line = |mark: &Mark| {
            let actor = text::line(mark.actor.as_str());
            let reason = mark.reason.as_ref().map(text::quoted).unwrap_or_default();
            let by = format!(
                "corrected by {actor} at {} ({})",
                mark.recorded_at.minute_in(self.zone),
                brief::reference(&mark.event)
            );
            self.look.paragraph(indent, Tone::Doubtful, &format!("{by}: {reason}"))
        };
        marks.iter().map(line).collect()
    }

    /// A heading with parts, or nothing where there are none.
    fn section(self, title: &str, parts: impl Iterator<Item = String>) -> String {
        let parts: String = parts.collect();
        if parts.is_empty() { parts } else { self.look.paragraph(0, Tone::Strong, title) + &parts }
    }

    fn finding(self, finding: &Finding) -> String {
        let (verdict, tone) = if finding.agrees { ("agrees", Tone::Good) } else { ("disagrees", Tone::Bad) };
        let state = finding.state.as_ref().map(|state| format!(", found {state}")).unwrap_or_default();
        let mut part = self.look.paragraph(INDENT, tone, &format!("{verdict} with the claim{state}"));
        if finding.claim_corrected_since {
            part.push_str(&self.look.paragraph(
                INDENT,
                Tone::Doubtful,
                "The claim was corrected after it was judged.",
            ));
        }
        if let Some(comment) = &finding.comment {
            part.push_str(&self.block(INDENT, comment));
        }
        let asserter = text::line(finding.asserted_by.as_str());
        let actor = text::line(finding.actor.as_str());
        let recorded = finding.recorded_at.minute_in(self.zone);
        let by = format!("by {asserter}, recorded {recorded} by {actor} ({})", finding.event);
        part + &self.look.paragraph(INDENT, Tone::Quiet, &by)
    }

    fn note(self, note: &Note) -> String {
        let mut head = vec![note.role.to_string(), dates::interval(&note.effective, self.zone)];
        if note.visibility == Visibility::Internal {
            head.push("internal".to_owned());
        }
        if note.repeats.is_some() {
            head.push("repeated word for word".to_owned());
        }
        head.extend(note.source.as_ref().map(|source| brief::lines(&source.lines)));
        head.push(format!("version {}", note.version));
        let mut part = self.look.paragraph(INDENT, Tone::Quiet, &head.join(", "));
        part.push_str(&self.block(INDENT * 2, &note.text));
        if let Some(url) = &note.source_url {
            part.push_str(&self.look.paragraph(INDENT * 2, Tone::Plain, &text::words(url)));
        }
        part + &self.corrected(INDENT * 2, &note.corrected)
    }

    fn assignment(self, assignment: &Assignment) -> String {
        let assigned = brief::assignment(&assignment.assigned, self.zone);
        let since = dates::interval(&assignment.effective, self.zone);
        let asserter = text::line(assignment.asserted_by.as_str());
        self.look.paragraph(
            INDENT,
            Tone::Plain,
            &format!("{assigned} (since {since}, on the word of {asserter})"),
        )
    }

    fn evidence(self, evidence: &Evidence) -> String {
        let actor = text::line(evidence.actor.as_str());
        let attached = brief::evidence_of(&evidence.attached);
        let recorded = evidence.recorded_at.minute_in(self.zone);
        self.look.paragraph(INDENT, Tone::Plain, &format!("{attached} (attached {recorded} by {actor})"))
    }

    fn amendment(self, amendment: &Amendment) -> String {
        let says = brief::content(
            &docket_ledger::answer::Content::Recommendation(amendment.says.clone()),
            self.zone,
        );
        let actor = text::line(amendment.actor.as_str());
        let recorded = amendment.recorded_at.minute_in(self.zone);
        let reason = text::quoted(&amendment.reason);
        let name = brief::reference(&amendment.event);
        let line = format!("{name}, {recorded} by {actor}: {says}; reason: {reason}");
        self.look.paragraph(INDENT, Tone::Plain, &line)
    }

    fn hold(self, hold: &Hold) -> String {
        let covers = match hold.event.subject {
            docket_domain::Subject::Register(_) => "the whole register",
            _ => "this recommendation",
        };
        let name = brief::reference(&hold.event);
        let (authority, reason) = (text::words(&hold.authority), text::quoted(&hold.reason));
        let actor = text::line(hold.actor.as_str());
        let placed = hold.recorded_at.minute_in(self.zone);
        let line = format!(
            "on {covers}, under {authority}: {reason} ({name}, placed {placed} by {actor}, {})",
            hold.event.event
        );
        self.look.paragraph(INDENT, Tone::Doubtful, &line)
    }

    fn damage(self, recommendation: &Recommendation) -> impl Iterator<Item = String> {
        recommendation.damage.iter().map(move |damage| {
            let note =
                damage.note.as_ref().map(|note| format!(": {}", text::words(note))).unwrap_or_default();
            self.look.paragraph(INDENT, Tone::Doubtful, &format!("{}{note}", text::line(&damage.code)))
        })
    }

    /// A cell exactly as printed: not wrapped, so that nothing is added to it.
    fn cell(self, cell: &Cell) -> String {
        let place = self.look.paint(Tone::Quiet, &format!("line {}, column {}:", cell.line, cell.column));
        let words = match &cell.text {
            Text::Words(words) => format!("“{}”", text::verbatim(words)),
            Text::Redacted { .. } => text::words(&cell.text),
        };
        format!("{:INDENT$}{place} {words}\n", "")
    }

    /// Words with their own line breaks.
    fn block(self, indent: usize, words: &Text) -> String {
        text::paragraphs(words).iter().map(|line| self.look.paragraph(indent, Tone::Plain, line)).collect()
    }
}

/// Source lines and the document.
fn place(source: &SourceReference) -> String {
    format!("{} of {}", brief::lines(&source.lines), source.sha256)
}

/// Names of fields must leave a space before the value.
const _: () = assert!("on the word of".len() < FIELD_WIDTH);
