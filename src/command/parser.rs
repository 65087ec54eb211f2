//! A line → what it means.

use super::lexer::{Joiner, Lexeme, lex};
use super::phrase::Phrase;
use super::{Statement, SyntaxError};

/// Reads a line: its commands in order, none for an empty line or a comment. A text of several
/// lines is read as if `;` stood between them. [`SyntaxError::incomplete`] says that more text
/// could still make it right.
pub fn parse(line: &str) -> Result<Vec<Statement>, SyntaxError> {
    let lexed = lex(line);
    if let Some(error) = lexed.error {
        return Err(error);
    }
    lexed
        .tokens
        .split(|token| token.lexeme == Lexeme::Separator)
        .filter(|tokens| !tokens.is_empty())
        .map(|tokens| Phrase::of(tokens).statement())
        .collect()
}

/// Whether more lines belong to this text: a quote is open, or it ends in a backslash.
pub fn is_unfinished(text: &str) -> bool {
    Joiner::default().goes_on(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{AddressArg, Command, Expectation};
    use crate::trace::{PollEvents, RecvFlags, SocketKind};
    use std::time::Duration;

    fn one(line: &str) -> Statement {
        let mut all = parse(line).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        assert_eq!(all.len(), 1, "{line}");
        all.remove(0)
    }

    fn canonical(line: &str) -> String {
        one(line).to_string()
    }

    fn error(line: &str) -> SyntaxError {
        parse(line).expect_err(line)
    }

    #[test]
    fn every_call_of_the_contract_is_read() {
        for line in [
            "s = socket tcp",
            "s = socket udp",
            "s = socket tcp6",
            "s = socket udp6",
            "s = socket unix",
            "s = socket unix-dgram",
            "bind s 127.0.0.1:8899",
            "bind s [::1]:8899",
            "bind s *:8899",
            "listen s",
            "listen s 5",
            "connect c s",
            "disconnect c",
            "accept s",
            "c = accept s",
            "send c \"x\"",
            "send c \"x\" oob",
            "send c \"x\" oob dontwait",
            "send c #1000",
            "recv c 5 peek waitall oob dontwait",
            "sendto c *:80 \"x\"",
            "recvfrom c 10",
            "shutdown c rd",
            "shutdown c wr",
            "shutdown c rdwr",
            "close c",
            "setsockopt c SO_LINGER on:0",
            "getsockopt c TCP_INFO",
            "getsockname c",
            "getpeername c",
            "nonblock c on",
            "nonblock c off",
            "timeout c 2s",
            "timeout c off",
            "poll a b in 2s",
            "poll a out",
            "jobs",
            "wait",
            "wait 1",
            "wait 2s",
            "wait 1 2s",
            "interrupt 1",
            "sockets",
            "sockets c",
            "watch c",
            "reset-connection c",
            "trace",
            "trace c",
            "packets",
            "dissect 3",
            "why",
            "states",
            "states c",
            "kernel tcp_sack 0",
            "quickack on",
            "expire",
            "save \"a.pcapng\"",
            "set explain off",
            "set",
            "source \"a b\"",
            "reset",
            "mark",
            "sleep 200ms",
            "help",
            "help connect",
            "apropos queue",
            "history",
            "quit",
        ] {
            let again = canonical(line);
            assert_eq!(again, canonical(&again), "{line}");
        }
    }

    #[test]
    fn expectations_are_read() {
        for line in [
            "expect return 0",
            "expect return -1",
            "expect errno ECONNREFUSED",
            "expect data \"hello\"",
            "expect data 0x00ff",
            "expect eof",
            "expect blocked s",
            "expect state c TIME-WAIT",
            "expect sees c>s SYN, s>c SYN,ACK, c>s ACK",
            "expect exactly *>* FIN,ACK",
            "expect never RST+",
            "expect count SYN 1",
            "expect state c CLOSED within 2s",
            "expect sees c>s SYN within 500ms",
            "expect never c>s RST within 100ms",
            "expect count a>b PSH,ACK 3 within 1.5s",
            "expect return 5 by recv",
            "expect return 5 by recv conn within 2s",
            "expect errno EADDRINUSE by bind",
            "expect data \"x\" by recv conn",
            "expect eof by recv within 2s",
            "expect role retransmission",
            "expect role c>s keep-alive 2 within 3s",
            "expect sockname s *:8899",
            "expect sockname s \"./stream\"",
            "expect peername c s within 1s",
            "expect option s SO_REUSEADDR 1",
            "expect unread c 5",
            "expect queue s 2+ within 1s",
            "expect info c snd_cwnd 10+",
            "expect datagrams 2",
            "expect datagrams a>b 1+",
        ] {
            let again = canonical(line);
            assert_eq!(again, canonical(&again), "{line}");
        }
        assert_eq!(canonical("expect state c time_wait"), "expect state c TIME-WAIT");
        assert_eq!(
            canonical("expect sees c>s ACK,SYN , s>c syn"),
            "expect sees c>s SYN,ACK, s>c SYN"
        );
        assert_eq!(canonical("expect role Keep-Alive 1+"), "expect role keep-alive");
        assert_eq!(canonical("expect info c tcpi_rtt 5"), "expect info c rtt 5");
    }

    #[test]
    fn a_slip_in_an_expectation_is_pointed_at() {
        for (line, place, suggestion) in [
            ("expect return 0 by", 18..18, None),
            ("expect return 0 by rcv", 19..22, Some("recv")),
            ("expect return 0 by nonblock c", 19..27, Some("fcntl")),
            ("expect eof by recv 5", 19..20, None),
            ("expect role retransmision", 12..25, Some("retransmission")),
            ("expect role a> data", 12..14, None),
            ("expect info c snd_cwdn 5", 14..22, Some("snd_cwnd")),
            ("expect unread c many", 16..20, None),
            ("expect unread c 99999999999999999999", 16..36, None),
            ("expect datagrams", 16..16, None),
            ("expect return 0 client", 16..22, None),
        ] {
            let error = error(line);
            assert_eq!((error.span, error.suggestion.as_deref()), (place, suggestion), "{line}");
        }
        let error = error("expect return 0 by recv 5");
        assert_eq!(
            error.expected.as_deref(),
            Some(
                "the name of a socket or within and a duration, as 200ms or 1.5s, or nothing more"
            )
        );
    }

    #[test]
    fn a_connect_by_name_gives_the_name() {
        let Command::Connect { socket, address } = one("connect client server").command else {
            panic!()
        };
        assert_eq!((socket.value.as_str(), socket.span), ("client", 8..14));
        assert_eq!(address.value, AddressArg::Socket("server".into()));
    }

    #[test]
    fn what_is_left_out_has_the_usual_value() {
        let Command::Recv { len, flags, .. } = one("recv c").command else { panic!() };
        assert_eq!((len, flags), (1024, RecvFlags::default()));
        let Command::Poll { sockets, events, timeout } = one("poll a b").command else { panic!() };
        assert_eq!((sockets.len(), events, timeout), (2, PollEvents::In, None));
        let Command::Wait { job, timeout } = one("wait 2s").command else { panic!() };
        assert_eq!((job, timeout), (None, Some(Duration::from_secs(2))));
    }

    #[test]
    fn several_commands_stand_on_a_line_and_empty_ones_are_nothing() {
        let line = "s = socket tcp; bind s :80 ;; # that's it; close s";
        let all: Vec<String> = parse(line).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(all, ["s = socket tcp", "bind s *:80"]);
        for empty in ["", "   ", "#!/usr/bin/env sockscope", "# hello \"", ";"] {
            assert_eq!(parse(empty), Ok(vec![]), "{empty}");
        }
        assert_eq!(parse("mark\nmark\r\nmark").unwrap().len(), 3);
    }

    #[test]
    fn a_trailing_ampersand_makes_a_job() {
        assert!(one("accept server &").background);
        assert!(one("accept server&").background);
        assert!(one("c = accept server & # later").background);
        assert!(!one("accept server").background);
        assert_eq!(error("accept & server").span, 7..8);
        assert_eq!(error("jobs &").message, "`jobs` is no socket call, so it cannot be a job");
        assert!(parse("&").is_err());
    }

    #[test]
    fn beginnings_of_commands_and_aliases_work() {
        assert_eq!(canonical("conn c s"), "connect c s");
        assert_eq!(canonical("c=ac s"), "c = accept s");
        assert_eq!(canonical("exit"), "quit");
        assert_eq!(canonical("? bind"), "help bind");
        assert_eq!(canonical("connect --help"), "help connect");
        assert_eq!(canonical("expect sees --help"), "help \"expect sees\"");
        assert_eq!(canonical("help expect sees"), "help \"expect sees\"");
        assert_eq!(error("sen c \"x\"").expected.as_deref(), Some("send or sendto"));
    }

    #[test]
    fn an_unknown_command_is_met_with_what_was_meant() {
        let error = error("conect client server");
        assert_eq!(error.message, "unknown command `conect`");
        assert_eq!(error.suggestion.as_deref(), Some("connect"));
        assert_eq!(
            super::super::parse("expect sates c").unwrap_err().suggestion.as_deref(),
            Some("state")
        );
    }

    #[test]
    fn a_call_as_python_or_c_writes_it_is_met_with_the_command() {
        for (typed, meant) in [
            ("conn1.recv(1024)", "recv conn1 1024"),
            ("s.listen(5)", "listen s 5"),
            ("listen(s,5)", "listen s 5"),
            ("c.close()", "close c"),
            ("s = socket.socket()", "socket tcp"),
            ("c = s.accept()", "accept s"),
        ] {
            assert_eq!(error(typed).suggestion.as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn data_without_quotes_is_met_with_quotes() {
        for (typed, meant) in [
            ("send c hello", "\"hello\""),
            ("send c hello world oob", "\"hello world\""),
            ("send c 'hi'", "\"hi\""),
            ("sendto c :80 'hi you' &", "\"hi you\""),
        ] {
            assert_eq!(error(typed).suggestion.as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn a_command_is_no_name_for_a_socket() {
        let error = error("close = socket tcp");
        assert_eq!(
            (error.span, &*error.message),
            (0..5, "`close` is a command; pick another name")
        );
    }

    #[test]
    fn a_name_stands_only_before_what_makes_a_socket() {
        assert!(error("c = bind s :80").message.contains("makes no socket"));
        assert!(error("socket tcp").message.contains("needs a name"));
        assert_eq!(error("next = socket tcp").message, "`next` is a command; pick another name");
        assert!(error("c =").message.contains("missing"));
    }

    #[test]
    fn a_missing_argument_is_asked_for_at_the_end() {
        let error = error("connect client ");
        assert_eq!(error.span, 14..14);
        assert!(error.message.starts_with("`connect` needs an address"), "{error}");
        assert_eq!(error.expected.as_deref(), Some("connect NAME ADDR"));
    }

    #[test]
    fn one_argument_too_many_is_pointed_at() {
        let wrong = error("close client now");
        assert_eq!((wrong.span, wrong.expected.as_deref()), (13..16, Some("close NAME")));
        let wrong = error("recv c 5 peak");
        assert_eq!(wrong.suggestion.as_deref(), Some("peek"));
    }

    #[test]
    fn a_wrong_argument_says_what_was_expected() {
        for (line, place, expected) in [
            ("s = socket tpc", 11..14, "tcp, udp, tcp6, udp6, unix or unix-dgram"),
            ("shutdown c all", 11..14, "rd, wr or rdwr"),
            (
                "listen s many",
                9..13,
                "a whole number from -2147483648 to 2147483647, or nothing more",
            ),
            ("dissect 0", 8..9, "a frame's number, as `packets` shows it"),
            ("sleep 5", 6..7, "a duration, as 200ms or 1.5s"),
            ("send c hello", 7..12, "data: \"text\", 0x00ff, or #1000 for that many bytes"),
            ("expect state c OPEN", 15..19, "a state, as ESTABLISHED or TIME-WAIT"),
            ("expect errno EFOO", 13..17, "an errno, as ECONNREFUSED"),
            ("bind s :99999", 8..13, "a port from 0 to 65535 (0: the kernel chooses)"),
            ("expect eof within", 17..17, "a duration, as 200ms or 1.5s"),
            ("nonblock c maybe", 11..16, "on or off"),
        ] {
            let error = error(line);
            assert_eq!((error.span, error.expected.as_deref()), (place, Some(expected)), "{line}");
        }
    }

    #[test]
    fn a_comma_forgotten_or_too_many_in_a_list_of_segments_is_pointed_at() {
        assert_eq!(error("expect sees c>s SYN s>c ACK").span, 20..23);
        assert_eq!(error("expect sees c>s SYN, ACK").message, "these flags have no direction");
        assert_eq!(error("expect sees c>s SYN,").message, "a segment is missing after the comma");
        assert!(parse("expect sees c>s").is_err());
    }

    #[test]
    fn an_open_quote_waits_for_more_text() {
        assert!(error("send c \"abc").incomplete);
        assert!(!error("conect c").incomplete);
        let Command::Send { data, .. } = one("send c \"a\nb\"").command else { panic!() };
        assert_eq!(data, b"a\nb");
    }

    #[test]
    fn a_line_of_a_megabyte_is_answered_in_few_words() {
        for line in [
            "x".repeat(1 << 20),
            format!("send c {}", "x".repeat(1 << 20)),
            format!("bind s {}", "1".repeat(1 << 20)),
            "a ".repeat(1 << 19),
            "s = ".repeat(1 << 18),
        ] {
            let error = error(&line);
            assert!(error.message.len() < 200, "{}", error.message.len());
        }
    }

    #[test]
    fn kinds_and_expectations_come_out_as_typed() {
        let Command::Socket { kind, name } = one("a = socket unix-dgram").command else { panic!() };
        assert_eq!((kind, &*name.value), (SocketKind::UnixDgram, "a"));
        let Command::Expect { what: Expectation::Count { pattern, count }, within: None } =
            one("expect count SYN+ 2").command
        else {
            panic!()
        };
        assert_eq!((pattern.direction, pattern.flags.at_least, count), (None, true, 2));
    }
}
