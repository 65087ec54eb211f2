//! From Markdown to blocks.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::block::{Block, Item, List, Table};
use super::text::Text;
use crate::view::look::Look;
use crate::view::paint::Meaning;

/// Lists and quotes stand in one another this deep; what is deeper stands there too.
const DEEPEST: usize = 6;

/// The blocks of a text.
pub fn read(markdown: &str, look: Look) -> Vec<Block> {
    let mut reader = Reader::new(look);
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    for event in Parser::new_ext(markdown, options) {
        reader.take(event);
    }
    reader.end_text();
    reader.page
}

struct Reader {
    look: Look,
    page: Vec<Block>,
    /// The lists and quotes that are open, the innermost last.
    open: Vec<Open>,
    /// How many more are open that are not kept apart.
    deeper: usize,
    /// The text that is being read, and what its words mean, the innermost last.
    text: Text,
    meanings: Vec<Meaning>,
    /// The links that are open: where they lead, and what they say.
    links: Vec<(String, String)>,
    code: Option<String>,
    html: Option<String>,
    table: Option<Table>,
}

enum Open {
    Quote(Vec<Block>),
    List(List),
}

impl Reader {
    fn new(look: Look) -> Reader {
        Reader {
            look,
            page: Vec::new(),
            open: Vec::new(),
            deeper: 0,
            text: Text::default(),
            meanings: Vec::new(),
            links: Vec::new(),
            code: None,
            html: None,
            table: None,
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.say(&text),
            },
            Event::Code(code) => self.code(&code),
            Event::Html(html) => match &mut self.html {
                Some(block) => block.push_str(&html),
                None => self.say(&without_comments(&html)),
            },
            Event::InlineHtml(html) => match html.trim_matches(['<', '>', '/', ' ']) {
                "br" => self.text.end_line(),
                _ => self.say(&without_comments(&html)),
            },
            Event::SoftBreak => self.text.end_source_line(),
            Event::HardBreak => self.text.end_line(),
            Event::Rule => {
                self.end_text();
                self.add(Block::Rule);
            }
            Event::TaskListMarker(done) => {
                if let (Some(Open::List(list)), 0) = (self.open.last_mut(), self.deeper)
                    && let Some(item) = list.items.last_mut()
                {
                    item.task = Some(done);
                }
            }
            // Extensions that are not asked for.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.say(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag) {
        match tag {
            Tag::Paragraph => {
                self.end_text();
                if let (Some(Open::List(list)), 0) = (self.open.last_mut(), self.deeper) {
                    list.loose = true;
                }
            }
            Tag::Heading { .. } => {
                self.end_text();
                self.meanings.push(Meaning::Heading);
            }
            Tag::BlockQuote(_) => self.enter(Open::Quote(Vec::new())),
            Tag::List(start) => {
                self.enter(Open::List(List { start, loose: false, items: Vec::new() }));
            }
            Tag::Item => {
                self.end_text();
                if let (Some(Open::List(list)), 0) = (self.open.last_mut(), self.deeper) {
                    list.items.push(Item::default());
                }
            }
            Tag::CodeBlock(_) => {
                self.end_text();
                self.code = Some(String::new());
            }
            Tag::HtmlBlock => {
                self.end_text();
                self.html = Some(String::new());
            }
            Tag::Table(alignments) => {
                self.end_text();
                self.table = Some(Table { alignments, rows: Vec::new() });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.begin(Meaning::Emphasis, "_"),
            Tag::Strong => self.begin(Meaning::Strong, "*"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.to_string(), String::new()));
            }
            // A cell's text begins. The others are extensions that are not asked for.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item => self.end_text(),
            TagEnd::Heading(level) => {
                self.meanings.pop();
                let text = std::mem::take(&mut self.text);
                if !text.is_empty() {
                    self.add(Block::Heading(level as u8, text));
                }
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) => self.leave(),
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.add(Block::Code(code));
                }
            }
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                self.say(without_comments(&html).trim());
                self.end_text();
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.add(Block::Table(table));
                }
            }
            TagEnd::TableCell => {
                let text = std::mem::take(&mut self.text);
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(text);
                }
            }
            TagEnd::Emphasis => self.finish(Meaning::Emphasis, "_"),
            TagEnd::Strong => self.finish(Meaning::Strong, "*"),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        if !text.is_empty() {
            self.note(text);
            self.text.say(self.meanings.last().copied().unwrap_or(Meaning::Plain), text);
        }
    }

    /// Colour says what is code, or backquotes do.
    fn code(&mut self, code: &str) {
        self.note(code);
        let quote = if self.look.colour { "" } else { "`" };
        self.text.whole(Meaning::Code, &format!("{quote}{code}{quote}"));
    }

    /// What a link says is compared with where it leads.
    fn note(&mut self, text: &str) {
        if let Some((_, said)) = self.links.last_mut() {
            said.push_str(text);
        }
    }

    /// Where no colour says what words are, a sign around them does.
    fn begin(&mut self, meaning: Meaning, sign: &'static str) {
        self.meanings.push(meaning);
        if !self.look.colour {
            self.text.open(meaning, sign);
        }
    }

    fn finish(&mut self, meaning: Meaning, sign: &'static str) {
        self.meanings.pop();
        if !self.look.colour {
            self.text.close(meaning, sign);
        }
    }

    /// Where the link leads stands behind it, unless that is what it says.
    fn end_link(&mut self) {
        let Some((leads, said)) = self.links.pop() else { return };
        if !leads.is_empty() && leads.trim_start_matches("mailto:") != said {
            self.text.say(Meaning::Quiet, &format!(" ({leads})"));
        }
    }

    /// What is in the text is a paragraph, or the words of a list's item.
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.add(Block::Paragraph(text));
        }
    }

    fn enter(&mut self, block: Open) {
        self.end_text();
        if self.open.len() < DEEPEST && self.deeper == 0 {
            self.open.push(block);
        } else {
            self.deeper += 1;
        }
    }

    fn leave(&mut self) {
        self.end_text();
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        match self.open.pop() {
            Some(Open::Quote(blocks)) => self.add(Block::Quote(blocks)),
            Some(Open::List(list)) => self.add(Block::List(list)),
            None => {}
        }
    }

    fn add(&mut self, block: Block) {
        match self.open.last_mut() {
            None => self.page.push(block),
            Some(Open::Quote(blocks)) => blocks.push(block),
            Some(Open::List(list)) => {
                if list.items.is_empty() {
                    list.items.push(Item::default());
                }
                if let Some(item) = list.items.last_mut() {
                    item.blocks.push(block);
                }
            }
        }
    }
}

/// HTML without its comments, which no reader sees.
fn without_comments(html: &str) -> String {
    let mut seen = String::new();
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        seen += before;
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    seen + rest
}
