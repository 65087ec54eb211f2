//! A lesson's file → the lesson, or what is wrong and where.

use super::document::{Block, Span, blocks};
use super::lines::{commands, line_number};
use super::{Item, Lesson, MISCONCEPTIONS, Row, Step, Task, front_matter, question, task};
use crate::command::{SyntaxError, nearest};

/// The words that make a fenced block the lesson's business.
const WORDS: [&str; 7] = ["lab", "try", "expect", "ask", "hint", "wrong", "code"];

/// Longer files are no lessons: bytes.
pub const LONGEST: usize = 1 << 20;

/// Reads a lesson. `source` is its file, from which its name comes; `text` what the file holds.
///
/// # Errors
/// What is wrong, with its place in `text` and what was expected there.
pub fn read(source: &str, text: &str) -> Result<Lesson, SyntaxError> {
    if text.len() > LONGEST {
        return Err(SyntaxError::new(0..0, "this file is longer than a lesson may be, 1 MB"));
    }
    let mut blocks = blocks(text).into_iter().peekable();
    let Some(Block::FrontMatter(head)) = blocks.next_if(|b| matches!(b, Block::FrontMatter(_)))
    else {
        return Err(SyntaxError::new(0..0, "a lesson begins with its title").expected(
            "a line `+++`, then `title = \"…\"`, then a line `+++`, at the top of the file",
        ));
    };
    let head = front_matter::read(head)?;
    let mut reader = Reader { text, intro: String::new(), steps: Vec::new(), at: 0 };
    for block in blocks {
        reader.take(block)?;
    }
    reader.end_step()?;
    if reader.steps.is_empty() {
        let end = text.trim_end().len();
        return Err(SyntaxError::new(end..end, "this lesson has no step")
            .expected("a heading `## …`, with a task or a question behind it"));
    }
    let mut lesson = Lesson {
        name: name_of(source),
        title: head.title,
        minutes: head.minutes,
        needs: head.needs,
        rows: head.rows,
        misconceptions: head.misconceptions,
        may_skip: head.may_skip,
        may_see_solution: head.may_see_solution,
        intro: reader.intro.trim().to_owned(),
        steps: reader.steps,
        source: source.to_owned(),
    };
    agree(&mut lesson)?;
    Ok(lesson)
}

/// `03-handshake.md` is the lesson `handshake`.
fn name_of(source: &str) -> String {
    let file = source.rsplit('/').next().unwrap_or(source);
    let stem = file.strip_suffix(".md").unwrap_or(file);
    let number = stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match stem[number..].strip_prefix('-') {
        Some(name) if number > 0 && !name.is_empty() => name.to_owned(),
        Some(_) | None => stem.to_owned(),
    }
}

/// What the steps are noted to teach is what the lesson says that it teaches.
fn agree(lesson: &mut Lesson) -> Result<(), SyntaxError> {
    let rows: Vec<Row> = lesson.steps.iter().flat_map(|step| step.rows.clone()).collect();
    let misconceptions: Vec<u8> =
        lesson.steps.iter().flat_map(|step| step.misconceptions.clone()).collect();
    if rows.is_empty() && misconceptions.is_empty() {
        return Ok(());
    }
    let unnoted = lesson.rows.iter().filter(|row| !rows.contains(row)).map(ToString::to_string);
    let numbers = lesson.misconceptions.iter().filter(|n| !misconceptions.contains(n));
    let unnoted: Vec<String> = unnoted.chain(numbers.map(|n| format!("m{n}"))).collect();
    if !unnoted.is_empty() {
        let message = format!("no step is noted to teach {}", unnoted.join(", "));
        return Err(SyntaxError::new(0..0, message)
            .expected("a comment behind a step's heading for each: `<!-- B4 m24 -->`"));
    }
    lesson.rows.extend(rows);
    lesson.rows.sort_unstable();
    lesson.rows.dedup();
    lesson.misconceptions.extend(misconceptions);
    lesson.misconceptions.sort_unstable();
    lesson.misconceptions.dedup();
    Ok(())
}

struct Reader<'a> {
    text: &'a str,
    intro: String,
    steps: Vec<Step>,
    /// Where the step that is read begins.
    at: usize,
}

impl Reader<'_> {
    fn take(&mut self, block: Block) -> Result<(), SyntaxError> {
        match block {
            Block::FrontMatter(span) | Block::Prose(span) => self.prose(span),
            Block::Title => {}
            Block::Heading { text, notes, at } => {
                self.end_step()?;
                self.at = at;
                self.steps.push(Step {
                    heading: text,
                    line: line_number(self.text, at),
                    rows: Vec::new(),
                    misconceptions: Vec::new(),
                    items: Vec::new(),
                });
                notes.into_iter().try_for_each(|note| self.note(note))?;
            }
            Block::Note(span) => self.note(span)?,
            Block::Fence { info, body, is_closed } => self.fence(info, body, is_closed)?,
        }
        Ok(())
    }

    fn prose(&mut self, span: Span) {
        let text = span.text.trim_end();
        match self.steps.last_mut().map(|step| &mut step.items) {
            None => {
                self.intro.push_str(text);
                self.intro.push_str("\n\n");
            }
            Some(items) => match items.last_mut() {
                Some(Item::Prose(before)) => {
                    before.push_str("\n\n");
                    before.push_str(text);
                }
                Some(_) | None => items.push(Item::Prose(text.to_owned())),
            },
        }
    }

    /// `<!-- B4 m24 -->`; a comment of other words is one.
    fn note(&mut self, span: Span) -> Result<(), SyntaxError> {
        let inner = span.text.trim().trim_start_matches("<!--").trim_end_matches("-->");
        let words: Vec<&str> =
            inner.split([' ', ',', '\n']).filter(|word| !word.is_empty()).collect();
        let is_id = |word: &&str| {
            let mut letters = word.chars();
            letters.next().is_some_and(|c| ('A'..='E').contains(&c) || c == 'm')
                && letters.as_str().parse::<u8>().is_ok()
        };
        if words.is_empty() || !words.iter().all(is_id) {
            return Ok(());
        }
        let Some(step) = self.steps.last_mut() else { return Ok(()) };
        for word in words {
            let number = word.strip_prefix('m').and_then(|number| number.parse().ok());
            match (number, word.parse()) {
                (Some(number), _) if (1..=MISCONCEPTIONS).contains(&number) => {
                    step.misconceptions.push(number);
                }
                (None, Ok(row)) => step.rows.push(row),
                (_, _) => {
                    let at = span.at + span.text.find(word).unwrap_or(0);
                    let message = format!("the curriculum has no {word}");
                    return Err(SyntaxError::new(at..at + word.len(), message)
                        .expected("rows A1 to E7, misconceptions m1 to m36"));
                }
            }
        }
        Ok(())
    }

    fn fence(&mut self, info: Span, body: Span, is_closed: bool) -> Result<(), SyntaxError> {
        let words: Vec<&str> = info.text.split_whitespace().collect();
        let word = words.first().copied().unwrap_or_default();
        let place = info.at..info.at + info.text.trim_end().len();
        if !is_closed {
            return Err(SyntaxError::new(place, "this block is never closed")
                .expected("a line ``` at its end"));
        }
        if !WORDS.contains(&word) {
            if let Some(near) = nearest(word, WORDS) {
                let message = format!("a lesson has no block `{word}`");
                return Err(SyntaxError::new(place, message).suggest(Some(near)));
            }
            let start = self.text[..info.at].rfind('\n').map_or(0, |at| at + 1);
            let rest = &self.text[body.at + body.text.len()..];
            let end = self.text.len() - rest.len() + rest.find('\n').unwrap_or(rest.len());
            self.prose(Span { at: start, text: &self.text[start..end] });
            return Ok(());
        }
        let Some(step) = self.steps.last_mut() else {
            return Err(SyntaxError::new(place, "this block stands before the first step")
                .expected("a heading `## …` before it"));
        };
        if body.text.trim().is_empty() {
            let expected = "what it is to hold, or no such block";
            return Err(
                SyntaxError::new(place, format!("this `{word}` is empty")).expected(expected)
            );
        }
        if !matches!((word, &words[1..]), ("ask" | "code", _) | ("lab", ["quiet"]) | (_, [])) {
            return Err(SyntaxError::new(place, format!("`{word}` takes no such words"))
                .expected("`lab quiet`, `ask …`, `code LANGUAGE`, or the word alone"));
        }
        match word {
            "lab" => {
                let lines = commands(self.text, body.text, body.at)?;
                step.items.push(Item::Lab { lines, quiet: words.len() > 1 });
            }
            "code" => step.items.push(Item::Code {
                language: words.get(1).copied().unwrap_or_default().to_owned(),
                text: body.text.to_owned(),
            }),
            "try" => step.items.push(Item::Task(Task {
                solution: commands(self.text, body.text, body.at)?,
                expects: Vec::new(),
                hints: Vec::new(),
                wrongs: Vec::new(),
                line: line_number(self.text, info.at),
            })),
            "ask" => step.items.push(Item::Ask(question::read(self.text, info, body)?)),
            _ => attach(self.text, step, word, body, place)?,
        }
        Ok(())
    }

    /// Nothing may be missing of the step that ends.
    fn end_step(&mut self) -> Result<(), SyntaxError> {
        let Some(step) = self.steps.last() else { return Ok(()) };
        let heading = self.at..self.at + self.text[self.at..].find('\n').unwrap_or(0);
        if step.heading.is_empty() {
            return Err(
                SyntaxError::new(heading, "this step has no name").expected("words behind ##")
            );
        }
        if !step.items.iter().any(Item::waits) {
            return Err(SyntaxError::new(heading, "nothing is done in this step")
                .expected("a `try` with its `expect`, or an `ask`"));
        }
        for item in &step.items {
            if let Item::Task(task) = item
                && task.expects.is_empty()
            {
                let message = format!("the task of line {} expects nothing", task.line);
                return Err(SyntaxError::new(heading, message)
                    .expected("an `expect` block behind its `try`"));
            }
        }
        Ok(())
    }
}

/// A block that belongs to the task or question before it.
fn attach(
    file: &str,
    step: &mut Step,
    word: &str,
    body: Span,
    place: std::ops::Range<usize>,
) -> Result<(), SyntaxError> {
    let owner = step.items.iter_mut().rev().find(|item| item.waits());
    match (word, owner) {
        ("expect", Some(Item::Task(task))) => {
            task.expects.extend(task::expectations(body.text, body.at)?);
        }
        ("wrong", Some(Item::Task(task))) => {
            task.wrongs.push(task::wrong(file, body.text, body.at)?);
        }
        ("hint", Some(Item::Task(Task { hints, .. }))) => hints.push(body.text.trim().to_owned()),
        ("hint", Some(Item::Ask(question))) => question.hints.push(body.text.trim().to_owned()),
        (_, _) => {
            let before = if word == "hint" { "a `try` or an `ask`" } else { "a `try`" };
            let message = format!("this `{word}` belongs to nothing");
            return Err(SyntaxError::new(place, message).expected(format!("{before} before it")));
        }
    }
    Ok(())
}
