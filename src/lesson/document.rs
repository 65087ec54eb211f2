//! Markdown → the blocks that a lesson is made of, each with its place.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A block of a lesson's file, in order.
#[derive(Debug, PartialEq)]
pub(super) enum Block<'a> {
    /// What stands between `+++` lines.
    FrontMatter(Span<'a>),
    /// A heading of the first level: the file's title, which the front matter has too.
    Title,
    /// A heading of the second level: a step begins. `notes` are the comments in it.
    Heading { text: String, notes: Vec<Span<'a>>, at: usize },
    /// A comment.
    Note(Span<'a>),
    /// A fenced block: the words behind its fence, and its body.
    Fence { info: Span<'a>, body: Span<'a>, is_closed: bool },
    /// Anything else: Markdown to be shown.
    Prose(Span<'a>),
}

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span<'a> {
    /// Where it starts.
    pub at: usize,
    /// It itself.
    pub text: &'a str,
}

/// Cuts a lesson's file into blocks.
pub(super) fn blocks(file: &str) -> Vec<Block<'_>> {
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
        | Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS;
    let mut events = Parser::new_ext(file, options).into_offset_iter();
    let mut blocks = Vec::new();
    while let Some((event, range)) = events.next() {
        let Event::Start(tag) = event else {
            // A rule, or HTML without a block around it.
            blocks.push(Block::Prose(span(file, range)));
            continue;
        };
        let inner = inside(&mut events, tag.to_end());
        blocks.push(block(file, &tag, range, &inner));
    }
    blocks
}

fn block<'a>(
    file: &'a str,
    tag: &Tag,
    range: Range<usize>,
    inner: &[(Event, Range<usize>)],
) -> Block<'a> {
    match tag {
        Tag::MetadataBlock(_) => Block::FrontMatter(between(file, &range, inner)),
        Tag::Heading { level: HeadingLevel::H1, .. } => Block::Title,
        Tag::Heading { level: HeadingLevel::H2, .. } => {
            let is_note = |event: &Event| matches!(event, Event::InlineHtml(_));
            let notes = inner.iter().filter(|(event, _)| is_note(event));
            let notes: Vec<_> = notes.map(|(_, range)| span(file, range.clone())).collect();
            let end = notes.first().map_or(range.end, |note| note.at);
            let text = file[range.start..end].trim().trim_matches('#').trim().to_owned();
            Block::Heading { text, notes, at: range.start }
        }
        Tag::CodeBlock(CodeBlockKind::Fenced(_)) => {
            let whole = &file[range.clone()];
            let fence = whole.len() - whole.trim_start_matches(['`', '~']).len();
            let first = whole.find('\n').unwrap_or(whole.len());
            let info = span(file, range.start + fence..range.start + first);
            let last = whole.trim_end().rsplit('\n').next().unwrap_or_default().trim();
            let is_closed = whole.trim_end().contains('\n')
                && last.len() >= fence
                && last.chars().all(|c| whole.starts_with(c));
            Block::Fence { info, body: between(file, &range, inner), is_closed }
        }
        Tag::HtmlBlock if file[range.clone()].trim_start().starts_with("<!--") => {
            Block::Note(span(file, range))
        }
        _ => Block::Prose(span(file, range)),
    }
}

/// The events up to the end of this tag.
fn inside<'e>(
    events: &mut impl Iterator<Item = (Event<'e>, Range<usize>)>,
    end: TagEnd,
) -> Vec<(Event<'e>, Range<usize>)> {
    let mut depth = 0;
    let mut inner = Vec::new();
    for (event, range) in events {
        match &event {
            Event::Start(tag) if tag.to_end() == end => depth += 1,
            Event::End(tag) if *tag == end => {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            }
            _ => {}
        }
        inner.push((event, range));
    }
    inner
}

/// What a block's text covers, from its first to its last.
fn between<'a>(file: &'a str, block: &Range<usize>, inner: &[(Event, Range<usize>)]) -> Span<'a> {
    if let (Some((_, first)), Some((_, last))) = (inner.first(), inner.last()) {
        return span(file, first.start..last.end);
    }
    let empty = file[block.clone()].find('\n').map_or(block.end, |at| block.start + at + 1);
    span(file, empty..empty)
}

fn span(file: &str, range: Range<usize>) -> Span<'_> {
    Span { at: range.start, text: &file[range] }
}
