//! Every command of the language, as data. Parsing, completion, hints, highlighting and help all
//! come from here.

mod calls;
mod expectations;
mod jobs;
mod lab;
mod lessons;
mod look;
mod rules;
mod session;
mod wire;

use super::Command;
use super::argument::{Argument, Kind, Need, Values};

/// One command.
#[derive(Debug)]
pub struct Entry {
    /// As typed; an expectation's has two words: `expect state`.
    pub name: &'static str,
    /// Which part of the overview it stands in.
    pub group: Group,
    /// Whether a `NAME =` stands before it.
    pub makes: Makes,
    /// What it takes.
    pub arguments: &'static [Argument],
    /// One line of help.
    pub help: &'static str,
    /// The rest of the help.
    pub more: &'static str,
    /// An example, which parses.
    pub example: &'static str,
    /// Its manual page, as `connect(2)`.
    pub manual: Option<&'static str>,
    /// Where the RFCs have it, as `RFC 9293, 3.10.1`.
    pub rfc: Option<&'static str>,
    /// Makes the command of its arguments.
    pub(super) build: fn(&mut Values) -> Option<Command>,
}

/// A part of the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Socket calls.
    Calls,
    /// Calls that wait.
    Jobs,
    /// What happened.
    Look,
    /// The wire, one segment at a time.
    Wire,
    /// The wire, by rule.
    Rules,
    /// The lab's network.
    Lab,
    /// The session.
    Session,
    /// Lessons.
    Lessons,
    /// What must be true.
    Expectations,
}

impl Group {
    /// Every group, in the overview's order.
    pub const ALL: [Group; 9] = [
        Self::Calls,
        Self::Jobs,
        Self::Look,
        Self::Wire,
        Self::Rules,
        Self::Lab,
        Self::Session,
        Self::Lessons,
        Self::Expectations,
    ];

    /// Its title in the overview.
    pub fn title(self) -> &'static str {
        match self {
            Group::Calls => "socket calls",
            Group::Jobs => "calls that wait",
            Group::Look => "look",
            Group::Wire => "the wire",
            Group::Rules => "wire rules",
            Group::Lab => "network",
            Group::Session => "session",
            Group::Lessons => "lessons",
            Group::Expectations => "expectations",
        }
    }

    /// The word that all its commands start with, if they have two.
    pub fn first_word(self) -> Option<&'static str> {
        match self {
            Group::Rules => Some("wire"),
            Group::Expectations => Some("expect"),
            Group::Calls
            | Group::Jobs
            | Group::Look
            | Group::Wire
            | Group::Lab
            | Group::Session
            | Group::Lessons => None,
        }
    }

    fn entries(self) -> &'static [Entry] {
        match self {
            Group::Calls => calls::ENTRIES,
            Group::Jobs => jobs::ENTRIES,
            Group::Look => look::ENTRIES,
            Group::Wire => wire::ENTRIES,
            Group::Rules => rules::ENTRIES,
            Group::Lab => lab::ENTRIES,
            Group::Session => session::ENTRIES,
            Group::Lessons => lessons::ENTRIES,
            Group::Expectations => expectations::ENTRIES,
        }
    }
}

/// Whether a command makes a socket that gets a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// It makes none.
    Nothing,
    /// `NAME =` may stand before it.
    Socket,
    /// `NAME =` must stand before it.
    NamedSocket,
}

/// Other names of commands. Among them beginnings that later commands have too, of a second word
/// also: they keep their meaning.
static ALIASES: [(&str, &str); 15] = [
    ("exit", "quit"),
    ("q", "quit"),
    ("?", "help"),
    ("h", "help"),
    ("co", "connect"),
    ("st", "states"),
    ("wa", "wait"),
    ("res", "reset"),
    ("rese", "reset"),
    ("l", "listen"),
    ("hi", "history"),
    ("expect r", "expect return"),
    ("expect d", "expect data"),
    ("expect da", "expect data"),
    ("expect dat", "expect data"),
];

/// Every command, in the overview's order.
pub fn all() -> impl Iterator<Item = &'static Entry> + Clone {
    Group::ALL.into_iter().flat_map(Group::entries)
}

/// The commands of that group, in the overview's order.
pub fn of_group(group: Group) -> impl Iterator<Item = &'static Entry> + Clone {
    group.entries().iter()
}

/// The command of that full name or alias.
pub fn named(name: &str) -> Option<&'static Entry> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, full)| full);
    all().find(|entry| entry.name == name)
}

/// Every first word of a command, once, aliases left out.
pub fn first_words() -> Vec<&'static str> {
    let mut words: Vec<_> = all().map(|entry| first_word(entry.name)).collect();
    words.dedup();
    words
}

/// The commands that start with this word and have a second, in the overview's order.
pub fn family(word: &str) -> impl Iterator<Item = &'static Entry> {
    Group::ALL.into_iter().filter(move |group| group.first_word() == Some(word)).flat_map(of_group)
}

/// Every second word that may follow this one.
pub fn second_words(word: &str) -> Vec<&'static str> {
    family(word).map(|entry| last_word(entry.name)).collect()
}

/// The functions that socket calls make, each once.
pub fn functions() -> Vec<&'static str> {
    let mut functions: Vec<_> = of_group(Group::Calls).filter_map(Entry::function).collect();
    functions.dedup();
    functions
}

impl Entry {
    /// The function that a socket call makes, as section 2 of the manual calls it: `fcntl`.
    pub fn function(&self) -> Option<&'static str> {
        self.manual?.split(',').next()?.strip_suffix("(2)")
    }
}

/// Whether a word can't name a socket, as it is the full name of a command. An alias can: the learner
/// may want `q`. So can the words that came later: a script may have a socket called `again`.
pub fn is_reserved(word: &str) -> bool {
    const LATER: [&str; 1] = ["read"];
    let is_later = |entry: &Entry| entry.group == Group::Lessons || LATER.contains(&entry.name);
    first_words().contains(&word) && !named(word).is_some_and(is_later)
}

/// What a typed name leads to.
#[derive(Debug)]
pub enum Found {
    /// This command.
    One(&'static Entry),
    /// These words all start so.
    Several(Vec<&'static str>),
    /// This word, which needs a second: `expect`.
    Incomplete(&'static str),
    /// Nothing: the first word is unknown, or the second.
    Nothing {
        /// The first word, if it is the second that is unknown.
        after: Option<&'static str>,
    },
}

/// Finds a command by its name or an unambiguous beginning of it; `second` is the word after it.
/// With the command, how many words its name takes.
pub fn find(first: &str, second: Option<&str>) -> (Found, usize) {
    let word = match named(first) {
        Some(entry) => entry.name,
        None => match starting_with(&first_words(), first)[..] {
            [] => return (Found::Nothing { after: None }, 1),
            [word] => word,
            ref several => return (Found::Several(several.to_vec()), 1),
        },
    };
    let seconds = second_words(word);
    // `--help` asks about the first word alone.
    let second = second.filter(|word| !seconds.is_empty() && !word.starts_with('-'));
    let Some(second) = second else {
        return match named(word) {
            Some(entry) => (Found::One(entry), 1),
            None => (Found::Incomplete(word), 1),
        };
    };
    if let Some(entry) = named(&format!("{word} {second}")) {
        return (Found::One(entry), 2);
    }
    match starting_with(&seconds, second)[..] {
        [] => (Found::Nothing { after: Some(word) }, 2),
        [second] => match named(&format!("{word} {second}")) {
            Some(entry) => (Found::One(entry), 2),
            None => (Found::Nothing { after: Some(word) }, 2),
        },
        ref several => (Found::Several(several.to_vec()), 2),
    }
}

/// The words that start so, or the one that is just so.
fn starting_with(words: &[&'static str], start: &str) -> Vec<&'static str> {
    if words.contains(&start) {
        return words.iter().copied().filter(|word| *word == start).collect();
    }
    words.iter().copied().filter(|word| !start.is_empty() && word.starts_with(start)).collect()
}

/// Whether data comes next in a statement that starts with these words, has so many tokens and ends
/// with that word.
pub(super) fn bytes_come_next(head: &[String], tokens: usize, last: &str) -> bool {
    let Some(first) = head.first() else { return false };
    let (Found::One(entry), words) = find(first, head.get(1).map(String::as_str)) else {
        return false;
    };
    entry.arguments.iter().enumerate().any(|(place, argument)| match argument.kind {
        Kind::Bytes => place + words == tokens,
        Kind::After(word, Kind::Bytes) => words < tokens && word.word == last,
        _ => false,
    })
}

fn first_word(name: &'static str) -> &'static str {
    name.split(' ').next().unwrap_or(name)
}

fn last_word(name: &'static str) -> &'static str {
    name.rsplit(' ').next().unwrap_or(name)
}

const fn one(label: &'static str, kind: Kind) -> Argument {
    Argument { label, kind, need: Need::One }
}

const fn maybe(label: &'static str, kind: Kind) -> Argument {
    Argument { label, kind, need: Need::Maybe }
}

const fn loose(label: &'static str, kind: Kind) -> Argument {
    Argument { label, kind, need: Need::Loose }
}

const fn many(label: &'static str, kind: Kind) -> Argument {
    Argument { label, kind, need: Need::Many }
}

const NAME: Argument = one("NAME", Kind::SocketName);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::parse;

    fn found(first: &str, second: Option<&str>) -> Result<&'static str, Vec<&'static str>> {
        match find(first, second).0 {
            Found::One(entry) => Ok(entry.name),
            Found::Several(words) => Err(words),
            Found::Incomplete(_) | Found::Nothing { .. } => Err(vec![]),
        }
    }

    #[test]
    fn every_name_is_there_once() {
        let mut names: Vec<_> = all().map(|entry| entry.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn every_example_is_the_command_it_stands_for() {
        for entry in all() {
            let statements = parse(entry.example).unwrap_or_else(|e| panic!("{}: {e}", entry.name));
            let typed = statements.last().unwrap().command.to_string();
            assert!(typed.contains(entry.name), "{typed} is no example of {}", entry.name);
        }
    }

    #[test]
    fn every_entry_is_described() {
        for entry in all() {
            assert!(entry.help.len() <= 56 && !entry.help.ends_with('.'), "{}", entry.help);
            assert!(entry.more.is_empty() || entry.more.ends_with('.'), "{}", entry.more);
            assert!(entry.group != Group::Calls || entry.manual.is_some(), "{}", entry.name);
        }
    }

    #[test]
    fn a_beginning_is_enough_when_only_one_command_has_it() {
        assert_eq!(found("con", None), Ok("connect"));
        assert_eq!(found("send", None), Ok("send"));
        assert_eq!(found("sen", None), Err(vec!["send", "sendto"]));
        assert_eq!(found("expe", Some("st")), Ok("expect state"));
        assert_eq!(found("xyz", None), Err(vec![]));
        assert_eq!(found("", None), Err(vec![]));
    }

    #[test]
    fn beginnings_that_were_enough_before_there_was_a_wire_still_are() {
        let names: Vec<&str> = "socket bind listen connect disconnect accept send recv sendto \
            recvfrom shutdown close setsockopt getsockopt getsockname getpeername nonblock timeout \
            poll jobs wait interrupt sockets trace packets dissect why states kernel quickack \
            expire save source set mark sleep reset help apropos history quit expect"
            .split_whitespace()
            .collect();
        for name in names.iter().filter(|name| named(name).is_some()) {
            for end in 1..=name.len() {
                let start = &name[..end];
                let alone = names.iter().filter(|other| other.starts_with(start)).count() == 1;
                // `n` is asked about: whoever steps means `next`.
                if alone && start != "n" {
                    assert_eq!(found(start, None), Ok(*name), "{start}");
                }
            }
        }
    }

    #[test]
    fn beginnings_of_expectations_that_were_enough_before_there_were_more_still_are() {
        let before = ["return", "errno", "data", "eof", "blocked", "state", "sees", "exactly"];
        let names = [&before[..], &["never", "count", "counter"]].concat();
        for name in &names {
            let alone = |start: &str| names.iter().filter(|n| n.starts_with(start)).count() == 1;
            for start in (1..=name.len()).map(|end| &name[..end]).filter(|start| alone(start)) {
                let full = format!("expect {name}");
                assert_eq!(found("expect", Some(start)).as_deref(), Ok(&*full), "{start}");
            }
        }
        assert_eq!(found("expect", Some("data")), Ok("expect data"));
        assert_eq!(found("expect", Some("data-")), Err(vec![]));
        assert_eq!(found("expect", Some("datag")), Ok("expect datagrams"));
    }

    #[test]
    fn functions_are_what_calls_are_in_the_manual() {
        let functions = functions();
        assert_eq!(functions.len(), 17);
        for function in ["socket", "connect", "recv", "recvfrom", "setsockopt", "fcntl", "poll"] {
            assert!(functions.contains(&function), "{function}");
        }
    }

    #[test]
    fn a_second_word_is_found_by_its_beginning_too() {
        assert_eq!(found("wire", None), Ok("wire"));
        assert_eq!(found("wire", Some("--help")), Ok("wire"));
        assert_eq!(found("wire", Some("dr")), Ok("wire drop"));
        assert_eq!(found("wi", Some("d")), Err(vec!["drop", "dup", "delay"]));
        assert_eq!(found("wire", Some("xyz")), Err(vec![]));
    }

    #[test]
    fn a_socket_may_be_called_like_a_command_that_came_later() {
        for name in ["again", "answer", "hint", "skip", "lesson", "read"] {
            let lines = format!("{name} = socket tcp; close {name}");
            assert_eq!(parse(&lines).map(|statements| statements.len()), Ok(2), "{name}");
        }
        assert!(is_reserved("send"));
    }

    #[test]
    fn aliases_lead_to_their_command() {
        assert_eq!(found("exit", None), Ok("quit"));
        assert_eq!(found("?", None), Ok("help"));
    }
}
