//! What could be typed next.

use std::path::Path;

use super::World;
use super::argument::{Argument, Kind};
use super::caller::BY;
use super::catalogue::{self, Entry, Found, Makes};
use super::lexer::{Lexeme, Token, lex};
use super::phrase::Phrase;
use super::world::Term;
use crate::tcp::State;
use crate::trace::errno;

/// Most candidates: a list that nobody reads helps nobody.
const MOST: usize = 500;

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What replaces the word under the cursor; ends in a space where the word is whole.
    pub text: String,
    /// What it means, in a few words; may be empty.
    pub help: String,
}

/// The place where the word at `cursor` starts, and what could stand there. `cursor` is a byte
/// offset into `line`.
pub fn complete(line: &str, cursor: usize, world: &World) -> (usize, Vec<Candidate>) {
    let cursor = line.floor_char_boundary(cursor);
    let text = &line[..cursor];
    let lexed = lex(text);
    let in_comment = lexed.comments.last().is_some_and(|comment| comment.end == cursor);
    if in_comment || lexed.error.is_some() {
        return (cursor, Vec::new());
    }
    let is_end = |token: &Token| token.lexeme == Lexeme::Separator;
    let tokens = lexed.tokens.rsplit(is_end).next().unwrap_or_default();
    let (before, start) = match tokens.split_last() {
        Some((last, before)) if last.lexeme == Lexeme::Word && last.span.end == cursor => {
            (before, last.span.start)
        }
        _ => (tokens, cursor),
    };
    let typed = text[start..].to_lowercase();
    let mut all = candidates(before, &text[start..], world);
    all.retain(|candidate| candidate.text.to_lowercase().starts_with(&typed));
    all.truncate(MOST);
    if line[cursor..].starts_with(' ') {
        for candidate in &mut all {
            candidate.text.truncate(candidate.text.trim_end().len());
        }
    }
    (start, all)
}

fn candidates(before: &[Token], typed: &str, world: &World) -> Vec<Candidate> {
    let phrase = Phrase::of(before);
    let Some(first) = phrase.words.first() else {
        let makes = |word: &&str| {
            phrase.name.is_none()
                || catalogue::named(word).is_some_and(|entry| entry.makes != Makes::Nothing)
        };
        return catalogue::first_words().into_iter().filter(makes).map(command).collect();
    };
    if let (Some(first), 1) = (first_of_two(first.text), phrase.words.len()) {
        return catalogue::family(first).map(|entry| second_word(first, entry)).collect();
    }
    let (Ok((entry, arguments)), None) = (phrase.entry(), phrase.background) else {
        return Vec::new();
    };
    let filled = phrase.fill(entry, arguments);
    let last = arguments.last().map_or("", |token| token.text);
    let used = |candidate: &Candidate, argument: &Argument| {
        matches!(argument.kind, Kind::Marks(_))
            && arguments.iter().any(|token| token.text == candidate.text.trim_end())
    };
    filled
        .next
        .iter()
        .flat_map(|argument| {
            let mut of_kind = of_kind(&argument.kind, last, typed, world);
            of_kind.retain(|candidate| !used(candidate, argument));
            of_kind
        })
        .collect()
}

/// The first word of commands that have two, if this is one.
fn first_of_two(word: &str) -> Option<&'static str> {
    let word = match catalogue::find(word, None).0 {
        Found::Incomplete(word) => word,
        Found::One(entry) => entry.name,
        Found::Several(_) | Found::Nothing { .. } => return None,
    };
    catalogue::family(word).next().map(|_| word)
}

/// The second word of a command that starts with `first`.
fn second_word(first: &str, entry: &Entry) -> Candidate {
    let name = entry.name.trim_start_matches(first).trim_start();
    if entry.arguments.is_empty() { partial(name, entry.help) } else { word(name, entry.help) }
}

/// What an argument could be; `last` is the word before it, `typed` what there is of it.
fn of_kind(kind: &Kind, last: &str, typed: &str, world: &World) -> Vec<Candidate> {
    match kind {
        Kind::SocketName => sockets(world),
        Kind::Address => {
            let mut all = sockets(world);
            all.extend(["127.0.0.1:", "[::1]:", "*:"].map(|start| partial(start, "and a port")));
            all
        }
        Kind::Option => terms(&world.options),
        Kind::OptionValue => values(&world.options, last),
        Kind::Setting => terms(&world.settings),
        Kind::SettingValue => values(&world.settings, last),
        Kind::Sysctl => terms(&world.sysctls),
        Kind::Counter => terms(&world.counters),
        Kind::Rest => values(&world.sysctls, last),
        Kind::Job => world.jobs.iter().map(|(job, call)| word(&job.to_string(), call)).collect(),
        Kind::File => files(typed),
        Kind::Topic => topics(world),
        Kind::Lesson => terms(&world.lessons),
        Kind::Flags | Kind::FlagsList if !last.contains('>') => directions(kind, typed, world),
        Kind::Direction => directions(kind, typed, world),
        Kind::Caller if last == BY.word => {
            catalogue::functions().into_iter().map(|function| word(function, "")).collect()
        }
        Kind::Held => world.held.iter().map(|(n, what)| word(&n.to_string(), what)).collect(),
        Kind::After(first, kind) if last == first.word => of_kind(kind, last, typed, world),
        Kind::Bytes
        | Kind::Duration
        | Kind::DurationOrOff
        | Kind::Percent
        | Kind::Offset
        | Kind::FlagSet
        | Kind::Selection
        | Kind::Word(_)
        | Kind::After(..)
        | Kind::Number(..)
        | Kind::Frame
        | Kind::State
        | Kind::Errno
        | Kind::Caller
        | Kind::Role
        | Kind::InfoField
        | Kind::Amount
        | Kind::Flags
        | Kind::FlagsList
        | Kind::Switch
        | Kind::SocketKind
        | Kind::Choice(_)
        | Kind::Marks(_) => choices(kind),
    }
}

fn word(text: &str, help: &str) -> Candidate {
    Candidate { text: format!("{text} "), help: help.to_owned() }
}

fn partial(text: &str, help: &str) -> Candidate {
    Candidate { text: text.to_owned(), help: help.to_owned() }
}

fn command(name: &str) -> Candidate {
    match catalogue::named(name) {
        Some(entry) if entry.arguments.is_empty() => partial(name, entry.help),
        Some(entry) => word(name, entry.help),
        None => word(name, "what must be true"),
    }
}

fn choices(kind: &Kind) -> Vec<Candidate> {
    kind.choices().into_iter().map(|(choice, help)| word(choice, help)).collect()
}

fn sockets(world: &World) -> Vec<Candidate> {
    world.sockets.iter().map(|(name, what)| word(name, what)).collect()
}

fn terms(terms: &[Term]) -> Vec<Candidate> {
    terms.iter().map(|term| word(&term.name, &term.help)).collect()
}

fn values(terms: &[Term], name: &str) -> Vec<Candidate> {
    let term = terms.iter().find(|term| term.name.eq_ignore_ascii_case(name));
    let values = term.map_or(&[][..], |term| &term.values);
    values.iter().map(|value| word(value, "")).collect()
}

/// `client>` for every socket, then `client>server`; an expectation on flags alone may do without.
fn directions(kind: &Kind, typed: &str, world: &World) -> Vec<Candidate> {
    let names = || world.sockets.iter().map(|(name, _)| name.as_str()).chain(["*"]);
    if let Some((from, _)) = typed.split_once('>') {
        return names()
            .filter(|to| *to != from || from == "*")
            .map(|to| word(&format!("{from}>{to}"), ""))
            .collect();
    }
    let mut all: Vec<_> = names().map(|name| partial(&format!("{name}>"), "")).collect();
    if matches!(kind, Kind::Flags) {
        all.extend(choices(kind));
    }
    all
}

/// Every word that `help` knows.
fn topics(world: &World) -> Vec<Candidate> {
    let mut all: Vec<_> = catalogue::all().map(|entry| partial(entry.name, entry.help)).collect();
    all.extend(world.options.iter().map(|option| partial(&option.name, &option.help)));
    all.extend(State::ALL.iter().map(|state| partial(state.name(), "")));
    all.extend(errno::TABLE.iter().map(|errno| partial(errno.name, errno.text)));
    all
}

/// The files whose path starts with what is typed; folders end in `/`.
fn files(typed: &str) -> Vec<Candidate> {
    let (folder, start) = typed.rfind('/').map_or(("", typed), |at| typed.split_at(at + 1));
    let place = if folder.is_empty() { Path::new(".") } else { Path::new(folder) };
    let Ok(entries) = place.read_dir() else { return Vec::new() };
    let mut all: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry)))
        .filter(|(name, _)| {
            name.starts_with(start) && (!name.starts_with('.') || !start.is_empty())
        })
        .filter(|(name, _)| !name.contains([' ', '"', ';', '&', '\\', '\n']))
        .take(MOST)
        .map(|(name, entry)| {
            if entry.path().is_dir() {
                partial(&format!("{folder}{name}/"), "")
            } else {
                word(&format!("{folder}{name}"), "")
            }
        })
        .collect();
    all.sort_by(|a, b| a.text.cmp(&b.text));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn world() -> World {
        let term = |name: &str, values: &[&str]| Term {
            name: name.into(),
            help: format!("about {name}"),
            values: values.iter().map(ToString::to_string).collect(),
        };
        World {
            sockets: vec![("client".into(), "tcp".into()), ("server".into(), "tcp".into())],
            options: vec![term("SO_LINGER", &["off", "on:0"]), term("TCP_NODELAY", &["0", "1"])],
            settings: vec![term("explain", &["on", "off"])],
            sysctls: vec![term("tcp_sack", &["0", "1"])],
            counters: vec![term("TcpRetransSegs", &[])],
            lessons: vec![term("telephone", &[])],
            jobs: vec![(3, "accept(server)".into())],
            held: vec![(7, "SYN".into())],
        }
    }

    fn words(line: &str) -> Vec<String> {
        let (_, candidates) = complete(line, line.len(), &world());
        candidates.into_iter().map(|candidate| candidate.text).collect()
    }

    #[test]
    fn a_command_is_completed() {
        assert_eq!(words("conn"), ["connect "]);
        assert_eq!(words("lesson tele"), ["telephone "]);
        assert_eq!(words("sock"), ["socket ", "sockets "]);
        assert_eq!(words("mark; acc"), ["accept "]);
        assert_eq!(words("c = "), ["socket ", "accept "]);
        assert_eq!(words("expect sta"), ["state "]);
        assert!(words("").len() > 30);
    }

    #[test]
    fn arguments_are_completed_by_kind() {
        assert_eq!(words("close "), ["client ", "server "]);
        assert_eq!(words("connect client s"), ["server "]);
        assert_eq!(words("connect client "), ["client ", "server ", "127.0.0.1:", "[::1]:", "*:"]);
        assert_eq!(words("s = socket unix"), ["unix ", "unix-dgram "]);
        assert_eq!(words("shutdown client "), ["rd ", "wr ", "rdwr "]);
        assert_eq!(words("setsockopt client so_l"), ["SO_LINGER "]);
        assert_eq!(words("setsockopt client SO_LINGER "), ["off ", "on:0 "]);
        assert_eq!(words("kernel "), ["tcp_sack "]);
        assert_eq!(words("kernel tcp_sack "), ["0 ", "1 "]);
        assert_eq!(words("set explain o"), ["on ", "off "]);
        assert_eq!(words("interrupt "), ["3 "]);
        assert_eq!(words("expect state client time"), ["TIME-WAIT "]);
        assert_eq!(words("expect errno ECONNREF"), ["ECONNREFUSED "]);
        assert_eq!(words("expect eof w"), ["within "]);
        assert_eq!(words("help expect n"), Vec::<String>::new());
        assert_eq!(words("help conn"), ["connect"]);
    }

    #[test]
    fn expectations_are_completed_word_by_word() {
        assert_eq!(words("expect eof "), ["by ", "within "]);
        assert_eq!(words("expect eof by re"), ["recv ", "recvfrom "]);
        assert_eq!(words("expect eof by recv "), ["client ", "server ", "within "]);
        assert_eq!(words("expect eof by recv client "), ["within "]);
        assert_eq!(
            words("expect role c"),
            ["client>", "challenge-ack ", "capture-duplicate ", "copied "]
        );
        assert_eq!(words("expect role client>server keep"), ["keep-alive "]);
        assert_eq!(words("expect sockname "), ["client ", "server "]);
        assert_eq!(words("expect peername client s"), ["server "]);
        assert_eq!(words("expect option client SO_LINGER "), ["off ", "on:0 "]);
        assert_eq!(words("expect info client snd_c"), ["snd_cwnd "]);
        assert_eq!(words("expect unread client "), Vec::<String>::new());
        assert_eq!(words("expect datagrams "), ["client>", "server>", "*>"]);
        assert_eq!(words("expect datagrams client>server 5 "), ["within "]);
        let (_, roles) = complete("expect role keep", 16, &world());
        assert_eq!(roles[0].help, "asks an idle peer whether it is still there");
    }

    #[test]
    fn the_wire_is_completed_word_by_word() {
        assert_eq!(words("drop "), ["7 "]);
        assert_eq!(words("step "), ["on ", "off "]);
        assert_eq!(words("wire d"), ["drop ", "dup ", "delay "]);
        assert_eq!(words("wire cl"), ["clear"]);
        assert_eq!(words("wire drop "), ["next "]);
        assert_eq!(words("wire drop next 2 syn"), ["SYN ", "SYN,ACK "]);
        assert_eq!(words("wire drop next SYN "), ["from "]);
        assert_eq!(words("wire drop next SYN from c"), ["client "]);
        assert_eq!(words("wire delay 200ms from client j"), ["jitter "]);
        assert_eq!(words("wire delay 200ms jitter "), Vec::<String>::new());
        assert_eq!(words("forge client RST "), ["seq ", "ack ", "data "]);
    }

    #[test]
    fn words_that_were_used_do_not_come_again() {
        assert_eq!(words("recv client 5 peek "), ["waitall ", "oob ", "dontwait "]);
        assert_eq!(words("poll client server "), ["client ", "server ", "in ", "out "]);
    }

    #[test]
    fn segments_are_completed_end_by_end() {
        assert_eq!(words("expect sees "), ["client>", "server>", "*>"]);
        assert_eq!(words("expect sees client>"), ["client>server ", "client>* "]);
        assert_eq!(words("expect sees client>server SYN,"), ["SYN,ACK "]);
        assert_eq!(words("expect sees client>server SYN, s"), ["server>"]);
        assert_eq!(words("expect never R"), ["RST ", "RST,ACK "]);
    }

    #[test]
    fn nothing_is_offered_in_strings_comments_and_after_the_end() {
        for line in
            ["send client \"he", "# con", "close client ", "jobs ", "accept server & ", "xyz "]
        {
            assert_eq!(words(line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn a_word_in_the_middle_of_a_line_is_completed_without_another_space() {
        let (start, candidates) = complete("close cl now", 8, &world());
        assert_eq!((start, &*candidates[0].text), (6, "client"));
    }

    #[test]
    fn files_are_completed() {
        assert!(words("save src/comm").contains(&"src/command/".to_owned()));
        assert!(words("read src/comm").contains(&"src/command/".to_owned()));
        assert!(words("source Cargo.t").contains(&"Cargo.toml ".to_owned()));
        assert_eq!(words("source /no/such/folder/"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_line_and_no_cursor_makes_it_panic(line in ".*", cursor in 0..200usize) {
            complete(&line, cursor, &world());
        }

        #[test]
        fn what_is_offered_continues_what_is_typed(
            start in prop::sample::select(vec!["connect client ", "expect state ", "c = ", "set ", ""]),
            typed in "[a-zA-Z]{0,3}",
        ) {
            let line = format!("{start}{typed}");
            for word in words(&line) {
                prop_assert!(word.to_lowercase().starts_with(&typed.to_lowercase()));
            }
        }
    }
}
