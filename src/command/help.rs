//! Help: the overview, a word, and what has to do with a word.

use std::fmt::Write;

use super::World;
use super::catalogue::{self, Entry, Found, Group};
use super::error::{nearest, quoted};
use super::print::usage;
use crate::tcp::State;
use crate::trace::errno;

/// Column at which descriptions start.
const INDENT: usize = 17;

/// Help for a word, or the overview; lines of at most `width` columns where words allow, without a
/// newline at the end.
pub fn help(topic: Option<&str>, world: &World, width: usize) -> String {
    let width = width.clamp(40, 100);
    let Some(topic) = topic.map(str::trim).filter(|topic| !topic.is_empty()) else {
        return overview(width);
    };
    let (first, second) = topic.split_once(' ').map_or((topic, None), |(a, b)| (a, Some(b.trim())));
    match catalogue::find(first, second).0 {
        Found::One(entry) => entry_help(entry, width),
        Found::Incomplete(first) => family(first, width),
        Found::Several(_) | Found::Nothing { .. } => {
            term(topic, world, width).unwrap_or_else(|| unknown(topic, world, width))
        }
    }
}

/// The commands and other words that have to do with a word, a line each.
pub fn apropos(topic: &str, world: &World, width: usize) -> String {
    let width = width.clamp(40, 100);
    let lines: Vec<String> = about(topic, world)
        .into_iter()
        .map(|(name, help)| definition(&name, &help, width))
        .collect();
    if lines.is_empty() {
        return format!("Nothing has to do with {}. `help` lists all commands.", quoted(topic));
    }
    lines.join("\n")
}

fn overview(width: usize) -> String {
    let mut out = String::new();
    for group in Group::ALL {
        let names: Vec<&str> = match group.first_word() {
            Some(word) => [word].into_iter().chain(catalogue::second_words(word)).collect(),
            None => catalogue::of_group(group).map(|entry| entry.name).collect(),
        };
        let _ = writeln!(out, "{}", definition(group.title(), &names.join(" "), width));
    }
    out.push('\n');
    for (what, how) in [
        ("a first look", "server = socket tcp; bind server :8899; listen server"),
        ("", "client = socket tcp; connect client server; trace"),
        (
            "more",
            "help connect, help SO_REUSEADDR, help TIME-WAIT, help ECONNREFUSED, apropos queue",
        ),
        ("signs", "# comment, ; between commands, & at the end: a job, \\ at the end: goes on"),
        ("keys", "Tab completes, Ctrl-R searches, Ctrl-C interrupts a call, Ctrl-D leaves"),
    ] {
        let _ = writeln!(out, "{}", definition(what, how, width));
    }
    out.trim_end().to_owned()
}

fn entry_help(entry: &Entry, width: usize) -> String {
    let mut out = format!("{}\n\n", fill(&usage(entry), width, "    "));
    let _ = writeln!(out, "  {}", entry.help);
    if !entry.more.is_empty() {
        let _ = writeln!(out, "\n  {}", fill(entry.more, width - 2, "").replace('\n', "\n  "));
    }
    let choices: Vec<_> = entry
        .arguments
        .iter()
        .filter(|argument| !matches!(argument.kind, super::Kind::Errno | super::Kind::State))
        .flat_map(|argument| argument.kind.choices())
        .filter(|(_, help)| !help.is_empty())
        .collect();
    let family = catalogue::family(entry.name).map(|entry| (entry.name, entry.help));
    let words: Vec<_> = choices.into_iter().chain(family).collect();
    if !words.is_empty() {
        out.push('\n');
    }
    for (choice, help) in words {
        let _ = writeln!(out, "{}", definition(&format!("  {choice}"), help, width));
    }
    out.push('\n');
    let sources = [("example", Some(entry.example)), ("manual", entry.manual), ("RFC", entry.rfc)];
    for (what, text) in sources {
        if let Some(text) = text {
            let _ = writeln!(out, "{}", definition(&format!("  {what}"), text, width));
        }
    }
    out.trim_end().to_owned()
}

/// Help for the first word of several commands: only `expect` is none by itself.
fn family(word: &str, width: usize) -> String {
    let mut lines = vec![fill(
        "Each waits up to `within T` (1 s) and fails with what was wanted, what was found and the \
         segments seen.",
        width,
        "",
    )];
    lines.extend(catalogue::family(word).map(|entry| definition(entry.name, entry.help, width)));
    lines.join("\n")
}

/// Help for a word that is no command: a state, an errno, an option, a setting.
fn term(topic: &str, world: &World, width: usize) -> Option<String> {
    let (name, help) =
        terms(world).into_iter().find(|(name, _)| name.eq_ignore_ascii_case(topic))?;
    let mut out = format!("{name}\n\n  {}", fill(&help, width - 2, "").replace('\n', "\n  "));
    if let Some(number) = errno::from_name(&name) {
        let _ = write!(out, "\n\n  errno {number}, errno(3)");
    } else if State::from_name(&name).is_some() {
        out.push_str("\n\n  RFC 9293, 3.3.2");
    }
    Some(out)
}

fn unknown(topic: &str, world: &World, width: usize) -> String {
    let names = terms(world);
    let known =
        catalogue::all().map(|entry| entry.name).chain(names.iter().map(|(name, _)| &**name));
    let mut out = format!("No help for {}", quoted(topic));
    match nearest(topic, known) {
        Some(near) => {
            let _ = write!(out, "; did you mean `{near}`?");
        }
        None => out.push_str(". `help` lists all commands."),
    }
    if !about(topic, world).is_empty() {
        let _ = write!(out, "\nIt has to do with:\n{}", apropos(topic, world, width));
    }
    out
}

/// Everything whose name or help has the word in it.
fn about(topic: &str, world: &World) -> Vec<(String, String)> {
    let wanted = topic.trim().to_lowercase();
    if wanted.is_empty() || wanted.len() > 64 {
        return Vec::new();
    }
    let has = |texts: &[&str]| texts.iter().any(|text| text.to_lowercase().contains(&wanted));
    let commands = catalogue::all()
        .filter(|entry| has(&[entry.name, entry.help, entry.more]))
        .map(|entry| (entry.name.to_owned(), entry.help.to_owned()));
    commands.chain(terms(world).into_iter().filter(|(name, help)| has(&[name, help]))).collect()
}

/// Every word with help that is no command.
fn terms(world: &World) -> Vec<(String, String)> {
    let states =
        State::ALL.iter().map(|state| (state.name().to_owned(), meaning(*state).to_owned()));
    let errnos = errno::TABLE.iter().map(|e| (e.name.to_owned(), e.text.to_owned()));
    let of_session =
        world.options.iter().chain(&world.settings).chain(&world.sysctls).chain(&world.counters);
    let known = of_session.map(|term| {
        let values = match &term.values[..] {
            [] => String::new(),
            values => format!(" Values: {}.", values.join(", ")),
        };
        (term.name.clone(), format!("{}{values}", sentence(&term.help)))
    });
    states.chain(known).chain(errnos).collect()
}

fn sentence(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('.') { "" } else { "." };
    format!("{text}{end}")
}

/// What an end in this state has done and waits for (RFC 9293, section 3.3.2).
fn meaning(state: State) -> &'static str {
    match state {
        State::Closed => "No connection.",
        State::Listen => "Takes connections: the kernel answers each SYN by itself.",
        State::SynSent => "Has sent SYN and waits for SYN,ACK. connect() waits here.",
        State::SynReceived => "Has answered a SYN with SYN,ACK and waits for the ACK.",
        State::Established => "Open: data goes both ways.",
        State::FinWait1 => "Has sent FIN and waits for its ACK.",
        State::FinWait2 => {
            "Its FIN is acknowledged; waits for the peer's FIN. Data can still come."
        }
        State::CloseWait => "The peer has sent FIN. Waits for this program to close its end.",
        State::Closing => "Both have sent FIN at once; waits for the ACK of its own.",
        State::LastAck => "The peer closed first, then this end: waits for the ACK of its FIN.",
        State::TimeWait => {
            "Closed first. Waits 60 s on Linux, so that a lost last ACK can be sent again and old \
             segments die out."
        }
    }
}

/// A word and what it means, the meaning in a column of its own.
fn definition(name: &str, meaning: &str, width: usize) -> String {
    let gap = if name.chars().count() < INDENT { "" } else { "  " };
    let initial = format!("{name:<INDENT$}{gap}");
    let subsequent = " ".repeat(INDENT);
    let options = options(width).initial_indent(&initial).subsequent_indent(&subsequent);
    textwrap::fill(meaning, options)
}

fn fill(text: &str, width: usize, indent: &str) -> String {
    textwrap::fill(text, options(width).subsequent_indent(indent))
}

fn options<'a>(width: usize) -> textwrap::Options<'a> {
    textwrap::Options::new(width)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

#[cfg(test)]
mod tests {
    use super::super::world::Term;
    use super::*;
    use unicode_width::UnicodeWidthStr;

    fn world() -> World {
        let term = Term {
            name: "SO_REUSEADDR".into(),
            help: "bind() to a port that has connections in TIME-WAIT".into(),
            values: vec!["0".into(), "1".into()],
        };
        World { options: vec![term], ..World::default() }
    }

    #[test]
    fn the_overview_fits_a_small_terminal() {
        let text = help(None, &world(), 80);
        assert!(text.lines().count() <= 22, "{text}");
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        for entry in catalogue::all() {
            let word = entry.name.rsplit(' ').next().unwrap();
            assert!(text.contains(word), "{word} is missing:\n{text}");
        }
    }

    #[test]
    fn a_command_is_explained() {
        insta::assert_snapshot!(help(Some("shutdown"), &world(), 80), @r"
        shutdown NAME rd|wr|rdwr

          end one direction, keep the socket

          wr sends FIN once all data is out: a half-close, the peer can still send. rd
          sends nothing at all.

          rd             SHUT_RD: nothing more is read; nothing is sent
          wr             SHUT_WR: nothing more is written; FIN follows
          rdwr           SHUT_RDWR: both

          example        shutdown client wr
          manual         shutdown(2)
          RFC            RFC 9293, 3.10.4
        ");
    }

    #[test]
    fn a_word_that_others_belong_to_lists_them() {
        let text = help(Some("wire"), &world(), 80);
        assert!(text.contains("wire loss") && text.contains("wire clear"), "{text}");
        let text = help(Some("wire delay"), &world(), 80);
        assert!(text.starts_with("wire delay TIME [jitter TIME] [seed N]"), "{text}");
    }

    #[test]
    fn every_command_is_explained_in_columns() {
        for entry in catalogue::all() {
            let text = help(Some(entry.name), &world(), 80);
            assert!(text.lines().all(|line| line.width() <= 80), "{text}");
            assert!(text.contains(entry.example), "{text}");
        }
    }

    #[test]
    fn states_errnos_and_options_are_explained() {
        assert!(help(Some("time-wait"), &world(), 80).contains("60 s"));
        assert!(help(Some("ECONNREFUSED"), &world(), 80).contains("Connection refused"));
        assert!(help(Some("SO_REUSEADDR"), &world(), 80).contains("Values: 0, 1."));
        assert!(help(Some("expect"), &world(), 80).contains("expect sees"));
    }

    #[test]
    fn an_unknown_word_is_met_with_what_was_meant() {
        assert!(help(Some("conect"), &world(), 80).contains("did you mean `connect`?"));
        assert!(help(Some("backlog"), &world(), 80).contains("listen"));
        let text = help(Some("\x1b[31mxyzzy"), &world(), 80);
        assert!(!text.contains('\x1b'), "{text}");
    }

    #[test]
    fn apropos_finds_by_what_things_do() {
        let text = apropos("queue", &world(), 80);
        assert!(text.contains("accept") && text.contains("listen"), "{text}");
        assert!(apropos("xyzzy", &world(), 80).starts_with("Nothing"));
    }
}
