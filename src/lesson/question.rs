//! Questions: what is asked, what is right, what is said to likely wrong answers.

use super::Line;
use super::answer::{Answer, Unreadable};
use super::document::Span;
use super::lines::{commands, line_number, lines_of, moved};
use crate::command::{Quantity, SyntaxError};

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Markdown.
    pub text: String,
    /// What kind of answer is wanted.
    pub asked: Asked,
    /// The right answer, where the file knows it.
    pub right: Option<Answer>,
    /// Likely wrong answers, and what is said to them.
    pub mistakes: Vec<Mistaken>,
    /// What the lab types once an answer is given: then it is a prediction.
    pub then: Vec<Line>,
    /// From vague to plain: Markdown.
    pub hints: Vec<String>,
    /// The file's line at which it begins, counted from 1.
    pub line: usize,
}

/// A wrong answer and what is said to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistaken {
    /// The answer.
    pub answer: Answer,
    /// Markdown.
    pub feedback: String,
}

/// What kind of answer is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// One of these.
    Choice(Vec<Choice>),
    /// A number; with a quantity the lab knows it.
    Number(Option<Quantity>),
    /// TCP flags.
    Flags,
    /// The state of that end.
    State(String),
    /// The next segment, from that socket if one is named.
    Segment(Option<String>),
    /// What the last command returns.
    Return,
}

/// One of several answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Markdown.
    pub text: String,
    /// What is said to whoever takes it, if it is wrong.
    pub feedback: String,
}

impl Question {
    /// Whether what happens after the answer decides.
    pub fn is_prediction(&self) -> bool {
        !self.then.is_empty()
    }

    /// What is said to that wrong answer.
    pub fn feedback_to(&self, answer: &Answer) -> Option<&str> {
        if let (Asked::Choice(choices), Answer::Choice(taken)) = (&self.asked, answer) {
            return choices.get(*taken).map(|choice| choice.feedback.as_str());
        }
        let mistake = self.mistakes.iter().find(|mistake| mistake.answer.is_part_of(answer));
        mistake.map(|mistake| mistake.feedback.as_str())
    }
}

/// What a line of the body is.
enum Part<'a> {
    Text(String),
    Choice { right: bool, text: String, at: Span<'a> },
    Right(Span<'a>),
    Mistake { text: String, at: Span<'a> },
    Command(Span<'a>),
}

/// Reads an `ask` block: the words behind `ask`, and its body.
pub(super) fn read(file: &str, info: Span, body: Span) -> Result<Question, SyntaxError> {
    let parts = parts(body)?;
    let mut asked = asked(info)?;
    let mut question = Question {
        text: String::new(),
        asked: Asked::Return,
        right: None,
        mistakes: Vec::new(),
        then: Vec::new(),
        hints: Vec::new(),
        line: line_number(file, info.at),
    };
    for part in &parts {
        match part {
            Part::Text(text) => question.text.push_str(text),
            Part::Command(span) => question.then.extend(commands(file, span.text, span.at)?),
            Part::Choice { right, text, at } => {
                let Asked::Choice(choices) = &mut asked else {
                    return Err(SyntaxError::new(place(*at), "this question has no choices")
                        .expected("a plain `ask` for choices"));
                };
                choices.push(choice(text, *at, *right)?);
                if *right && question.right.is_some() {
                    return Err(SyntaxError::new(place(*at), "a second choice is marked as right"));
                }
                if *right {
                    question.right = Some(Answer::Choice(choices.len() - 1));
                }
            }
            Part::Right(_) | Part::Mistake { .. } => {}
        }
    }
    question.text = question.text.trim().to_owned();
    question.asked = asked;
    for part in &parts {
        match part {
            Part::Right(span) => {
                question.right = Some(answer(&question.asked, span.text, *span)?);
            }
            Part::Mistake { text, at } => question.mistakes.push(mistake(&question, text, *at)?),
            Part::Text(_) | Part::Command(_) | Part::Choice { .. } => {}
        }
    }
    complete(&question, info)?;
    Ok(question)
}

fn complete(question: &Question, info: Span) -> Result<(), SyntaxError> {
    let lacks = |what: &str, expected: &str| {
        Err(SyntaxError::new(place(info), what.to_owned()).expected(expected))
    };
    if question.text.is_empty() {
        return lacks("this question asks nothing", "the question on the lines before the answer");
    }
    match &question.asked {
        Asked::Choice(choices) if choices.len() < 2 => {
            lacks("this question has fewer than two choices", "lines `- [ ] …`, one `- [x] …`")
        }
        Asked::Choice(_) if question.right.is_none() => {
            lacks("no choice is marked as right", "one line `- [x] …`")
        }
        Asked::Segment(_) | Asked::Return if !question.is_prediction() => {
            lacks("nothing is predicted", "a line `> COMMAND` that brings it about")
        }
        Asked::Number(Some(_)) | Asked::State(_) if !question.is_prediction() => Ok(()),
        _ if question.right.is_none() => lacks("the right answer is missing", "a line `= ANSWER`"),
        _ => Ok(()),
    }
}

fn choice(text: &str, at: Span, right: bool) -> Result<Choice, SyntaxError> {
    let (text, feedback) = text.split_once(ARROW).unwrap_or((text, ""));
    if !right && feedback.trim().is_empty() {
        return Err(SyntaxError::new(place(at), "this wrong choice has no feedback")
            .expected("`- [ ] choice => what is said to whoever takes it`"));
    }
    Ok(Choice { text: text.trim().to_owned(), feedback: feedback.trim().to_owned() })
}

fn mistake(question: &Question, text: &str, at: Span) -> Result<Mistaken, SyntaxError> {
    let Some((given, feedback)) = text.split_once(ARROW) else {
        return Err(SyntaxError::new(place(at), "this wrong answer has no feedback")
            .expected("`! ANSWER => what is said to whoever gives it`"));
    };
    let answer = answer(&question.asked, given.trim(), at)?;
    Ok(Mistaken { answer, feedback: feedback.trim().to_owned() })
}

fn answer(asked: &Asked, text: &str, at: Span) -> Result<Answer, SyntaxError> {
    Answer::read(asked, text).map_err(|Unreadable { wanted }| {
        SyntaxError::new(place(at), "this is no answer to the question").expected(wanted)
    })
}

/// What the words behind `ask` ask for.
fn asked(info: Span) -> Result<Asked, SyntaxError> {
    let words: Vec<&str> = info.text.split_whitespace().collect();
    Ok(match words[..] {
        ["ask"] | ["ask", "choice"] => Asked::Choice(Vec::new()),
        ["ask", "number"] => Asked::Number(None),
        ["ask", "number", "of", ..] => {
            let at = info.text.find(" of ").map_or(0, |at| at + " of ".len());
            let text = info.text[at..].trim();
            let at = info.at + at + (info.text[at..].len() - info.text[at..].trim_start().len());
            let quantity = Quantity::parse(text).map_err(|error| moved(error, at))?;
            Asked::Number(Some(quantity))
        }
        ["ask", "flags"] => Asked::Flags,
        ["ask", "state", name] => Asked::State(name.to_owned()),
        ["ask", "segment"] => Asked::Segment(None),
        ["ask", "segment", "from", name] => Asked::Segment(Some(name.to_owned())),
        ["ask", "return"] => Asked::Return,
        _ => {
            return Err(SyntaxError::new(place(info), "there is no such question").expected(
                "ask, ask number, ask number of QUANTITY, ask flags, ask state NAME, \
                 ask segment [from NAME] or ask return",
            ));
        }
    })
}

/// Before what is said to an answer.
const ARROW: &str = "=>";

fn parts(body: Span<'_>) -> Result<Vec<Part<'_>>, SyntaxError> {
    let mut parts: Vec<Part> = Vec::new();
    for (start, line) in lines_of(body.text) {
        let at = Span { at: body.at + start, text: line };
        let behind = |sign: &str| {
            let text = line.strip_prefix(sign)?;
            let indent = text.len() - text.trim_start().len();
            Some(Span { at: at.at + sign.len() + indent, text: text.trim() })
        };
        let choice = behind("- [ ]").map(|text| (false, text));
        let choice = choice.or(behind("- [x]").or(behind("- [X]")).map(|text| (true, text)));
        if let Some((right, text)) = choice {
            parts.push(Part::Choice { right, text: text.text.to_owned(), at: text });
        } else if let Some(text) = behind("= ") {
            parts.push(Part::Right(text));
        } else if let Some(text) = behind("! ") {
            parts.push(Part::Mistake { text: text.text.to_owned(), at: text });
        } else if let Some(text) = behind("> ") {
            parts.push(Part::Command(text));
        } else {
            match parts.last_mut() {
                None => parts.push(Part::Text(format!("{line}\n"))),
                Some(Part::Text(text)) => {
                    text.push_str(line);
                    text.push('\n');
                }
                // A line that goes on.
                Some(Part::Choice { text, .. } | Part::Mistake { text, .. })
                    if line.starts_with(' ') =>
                {
                    // The language decides whether a blank belongs between them.
                    text.push('\n');
                    text.push_str(line.trim());
                }
                Some(_) if line.trim().is_empty() => {}
                Some(_) => {
                    let message = "this line belongs to nothing";
                    return Err(SyntaxError::new(place(at), message).expected(
                        "the question first; then `- [ ]`, `- [x]`, `=`, `!` and `>` lines, \
                         which may go on indented",
                    ));
                }
            }
        }
    }
    Ok(parts)
}

fn place(span: Span) -> std::ops::Range<usize> {
    span.at..span.at + span.text.len()
}
