//! Any text can be read without harm, and what is written is read back to the same.

use proptest::prelude::*;

use super::{Joiner, Statement, World, complete, help, highlight, hint, parse, render};

/// A statement without its places in the text.
fn meaning(statement: &Statement) -> String {
    let text = format!("{statement:?}");
    let mut parts = text.split("span: ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    }
    out
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_][a-z0-9_-]{0,8}".prop_filter("commands are no names", |name| {
        !super::catalogue::is_reserved(name) && !matches!(name.as_str(), "in" | "out" | "within")
    })
}

fn data() -> impl Strategy<Value = String> {
    prop_oneof![
        r#""([ -!#-\[\]-~é客]|\\[nrt\\"]|\\x[0-9a-f]{2}|\\\n){0,20}""#,
        "0x([0-9a-fA-F]{2}){1,10}",
        "#[0-9]{1,4}",
    ]
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<(std::net::Ipv4Addr, u16)>().prop_map(|(ip, port)| format!("{ip}:{port}")),
        any::<(std::net::Ipv6Addr, u16)>().prop_map(|(ip, port)| format!("[{ip}]:{port}")),
        any::<u16>().prop_map(|port| format!("*:{port}")),
        any::<u16>().prop_map(|port| format!(":{port}")),
        any::<u16>().prop_map(|port| format!("localhost:{port}")),
        "/[a-z./]{0,10}",
        r#""[ -!#-\[\]-~]{0,9}""#,
        name(),
    ]
}

fn duration() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{1,4}(ms|us|s)", "[0-9]{1,2}m", "[0-9]{1,2}\\.[0-9]{1,6}(s|ms|us)"]
}

fn flags() -> impl Strategy<Value = String> {
    "(SYN|FIN|RST|PSH|ACK)(,(SYN|ACK|URG|ECE|CWR)){0,2}\\+?"
}

fn segment() -> impl Strategy<Value = String> {
    (prop_oneof![Just("*".to_owned()), name()], name(), flags())
        .prop_map(|(from, to, flags)| format!("{from}>{to} {flags}"))
}

fn direction() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (name(), name()).prop_map(|(from, to)| format!(" {from}>{to}")),
        Just(" *>*".to_owned()),
    ]
}

fn caller() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "(recv|connect|fcntl|sendto)".prop_map(|call| format!(" by {call}")),
        ("(recv|accept|bind)", name()).prop_map(|(call, n)| format!(" by {call} {n}")),
    ]
}

fn amount() -> impl Strategy<Value = String> {
    (0..=u64::MAX, "\\+?").prop_map(|(number, plus)| format!("{number}{plus}"))
}

fn selection() -> impl Strategy<Value = String> {
    let syn = "(SYN|SYN,ACK)\\+?";
    let others = "(FIN|RST|ACK|PSH,ACK|FIN,ACK|RST,ACK|FIN,PSH,ACK)\\+?";
    prop_oneof![syn, others, "DATA|ANY|data"]
}

/// What may follow the required part of a rule, in any order.
fn loose(of: Vec<String>) -> impl Strategy<Value = String> {
    let count = of.len();
    proptest::sample::subsequence(of, 0..=count).prop_shuffle().prop_map(|given| given.join(" "))
}

fn wire() -> impl Strategy<Value = String> {
    let delay =
        (duration(), duration(), selection(), name()).prop_flat_map(|(by, jitter, what, from)| {
            let all =
                vec![format!("jitter {jitter}"), "seed 7".into(), what, format!("from {from}")];
            loose(all).prop_map(move |more| format!("wire delay {by} {more}"))
        });
    let loss = ("100|[1-9][0-9]?(\\.[0-9]{1,4})?|0\\.0[1-9]", any::<u32>(), selection(), name())
        .prop_flat_map(|(percent, seed, what, from)| {
            let all = vec![format!("seed {seed}"), what, format!("from {from}")];
            loose(all).prop_map(move |more| format!("wire loss {percent}% {more}"))
        });
    let forge = (name(), flags(), any::<(i32, u16)>(), data()).prop_flat_map(
        |(from, flags, (seq, ack), data)| {
            let all = vec![format!("seq {seq:+}"), format!("ack {ack:+}"), format!("data {data}")];
            let flags = flags.trim_end_matches('+').to_owned();
            loose(all).prop_map(move |more| format!("forge {from} {flags} {more}"))
        },
    );
    prop_oneof![
        ("drop|dup|reorder|corrupt", "( [1-9][0-9]{0,4})?", selection(), name())
            .prop_map(|(deed, n, what, from)| format!("wire {deed} next{n} {what} from {from}")),
        delay,
        loss,
        forge,
        "(drop|dup|swap|corrupt)( [1-9][0-9]{0,5})?|next( [1-9])?|step( on| off)?|flow|wire( clear)?",
        duration().prop_map(|time| format!("hold 3 {time}")),
    ]
}

/// A statement that is right.
fn statement() -> impl Strategy<Value = String> {
    let calls = prop_oneof![
        (name(), "tcp6?|udp6?|unix|unix-dgram").prop_map(|(n, k)| format!("{n} = socket {k}")),
        (name(), address()).prop_map(|(n, a)| format!("bind {n} {a}")),
        (name(), address()).prop_map(|(n, a)| format!("connect {n} {a}")),
        (name(), "( [0-9]{1,5})?").prop_map(|(n, b)| format!("listen {n}{b}")),
        (name(), name()).prop_map(|(n, s)| format!("{n}=accept {s} &")),
        (name(), data(), "( oob)?( dontwait)?").prop_map(|(n, d, f)| format!("send {n} {d}{f}")),
        (name(), address(), data()).prop_map(|(n, a, d)| format!("sendto {n} {a} {d}")),
        (name(), "( [0-9]{1,5})?( peek)?( waitall)?").prop_map(|(n, f)| format!("recv {n}{f}")),
        (name(), name(), "( in| out)?").prop_map(|(a, b, e)| format!("poll {a} {b}{e}")),
        (name(), duration()).prop_map(|(n, t)| format!("timeout {n} {t}")),
        (name(), "SO_LINGER (on:[0-9]|off)").prop_map(|(n, o)| format!("setsockopt {n} {o}")),
    ];
    let others = prop_oneof![
        duration().prop_map(|t| format!("sleep {t}")),
        duration().prop_map(|t| format!("wait 3 {t}")),
        "(save|read) [a-z.]{1,9}",
        "kernel tcp_[a-z]{1,5}( [0-9]{1,3}){0,3}",
        "set [a-z]{1,5} [a-z]{1,5}",
        "help [a-zA-Z_-]{1,9}".prop_filter("`--…` asks for help", |line| !line.contains(" -")),
    ];
    let expectations = prop_oneof![
        (proptest::collection::vec(segment(), 1..4), duration())
            .prop_map(|(items, t)| format!("expect sees {} within {t}", items.join(", "))),
        segment().prop_map(|item| format!("expect exactly {item}")),
        flags().prop_map(|flags| format!("expect never {flags}")),
        (segment(), 0..9u8).prop_map(|(item, n)| format!("expect count {item} {n}")),
        (data(), caller()).prop_map(|(data, by)| format!("expect data {data}{by}")),
        (any::<i64>(), caller()).prop_map(|(value, by)| format!("expect return {value}{by}")),
        (caller(), duration()).prop_map(|(by, t)| format!("expect eof{by} within {t}")),
        caller().prop_map(|by| format!("expect errno EPIPE{by}")),
        (direction(), "retransmission|syn-ack", "( [0-9]{1,3}\\+?)?")
            .prop_map(|(between, role, n)| format!("expect role{between} {role}{n}")),
        ("sock|peer", name(), address()).prop_map(|(of, n, a)| format!("expect {of}name {n} {a}")),
        (name(), "SO_LINGER (on:[0-9]|off)").prop_map(|(n, o)| format!("expect option {n} {o}")),
        ("unread|queue", name(), amount())
            .prop_map(|(what, n, a)| format!("expect {what} {n} {a}")),
        (name(), "(tcpi_)?(snd_cwnd|rtt|unacked)", amount())
            .prop_map(|(n, field, a)| format!("expect info {n} {field} {a}")),
        (direction(), amount()).prop_map(|(between, a)| format!("expect datagrams{between} {a}")),
    ];
    prop_oneof![calls, others, wire(), expectations]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_to_the_same(line in statement()) {
        let read = parse(&line).map_err(|e| TestCaseError::fail(render("-", 1, &line, &e)))?;
        prop_assert_eq!(read.len(), 1);
        let again = parse(&read[0].to_string());
        let again = again.map_err(|e| TestCaseError::fail(format!("{}: {e:?}", read[0])))?;
        prop_assert_eq!(meaning(&read[0]), meaning(&again[0]));
    }

    #[test]
    fn no_text_does_harm(text in "(?s).{0,80}", cursor in 0..90usize) {
        harmless(&text, cursor);
    }

    #[test]
    fn no_text_of_our_own_signs_does_harm(
        words in proptest::collection::vec(
            prop::sample::select(vec![
                "a", "send", "expect", "sees", "a>b", "SYN,", "SYN", "=", "&", ";", "\"x", "\"",
                "\\", "\n", "#1", "#", "0x0", ":80", "within", "2s", "in", "poll", "--help", "é",
                "help", "save", ",", "socket", "accept", "\\x", "wire", "drop", "next", "delay",
                "loss", "5%", "from", "seed", "jitter", "DATA", "forge", "seq", "+1", "hold", "data",
                "by", "recv", "role", "unread", "info", "5+", "rtt", "datagrams", "eof",
            ]),
            0..12,
        ),
        spaced in any::<bool>(),
        cursor in 0..40usize,
    ) {
        harmless(&words.join(if spaced { " " } else { "" }), cursor);
    }

    #[test]
    fn lines_are_joined_as_the_whole_is_read(
        lines in proptest::collection::vec(
            prop::sample::select(vec![
                "send c \"x", "\"", "", "a\\", "\\", "\" #1 \\", "#1 \"", "send c \\", "\\q\"", "x;",
                "\"a\" \"",
            ]),
            0..8,
        ),
    ) {
        let mut joiner = Joiner::default();
        let mut whole = String::new();
        for line in lines {
            whole += line;
            let unfinished = parse(&whole).is_err_and(|error| error.incomplete);
            prop_assert_eq!(joiner.goes_on(line), unfinished, "{}", whole);
            if unfinished { whole.push('\n') } else { whole.clear() }
        }
    }

    #[test]
    fn a_statement_cut_off_anywhere_does_no_harm(line in statement(), cut in 0..60usize) {
        harmless(&line[..line.floor_char_boundary(cut)], cut);
    }
}

fn harmless(text: &str, cursor: usize) {
    let world = World::default();
    if let Err(error) = parse(text) {
        let drawn = render("-", 1, text, &error);
        assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
    }
    complete(text, cursor, &world);
    hint(text, &world);
    highlight(text, &world);
    help(Some(text), &world, cursor);
}
