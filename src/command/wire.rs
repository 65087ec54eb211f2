//! The commands of the wire as they are typed: what is read, and what is refused with which words.

use std::time::Duration;

use super::{Command, RuleAction, SyntaxError, WireArg, parse};
use crate::packet::{Flags, Selection};

fn one(line: &str) -> Command {
    let mut all = parse(line).unwrap_or_else(|error| panic!("{line}: {error:?}"));
    assert_eq!(all.len(), 1, "{line}");
    all.remove(0).command
}

fn error(line: &str) -> SyntaxError {
    parse(line).expect_err(line)
}

#[test]
fn the_wire_is_read() {
    for (line, written) in [
        ("step on", "step on"),
        ("step off", "step off"),
        ("step", "step"),
        ("next", "next"),
        ("next 3", "next 3"),
        ("flow", "flow"),
        ("drop", "drop"),
        ("drop 7", "drop 7"),
        ("dup 7", "dup 7"),
        ("swap", "swap"),
        ("corrupt", "corrupt"),
        ("hold 200ms", "hold 200ms"),
        ("hold 7 0.2s", "hold 7 200ms"),
        ("forge c RST", "forge c RST"),
        ("forge c ack,syn seq +0", "forge c SYN,ACK"),
        ("forge c SYN,FIN ack -1 seq +100", "forge c SYN,FIN seq +100 ack -1"),
        ("forge c ACK data #32 seq +1", "forge c ACK seq +1 data #32"),
        ("forge c ACK data \"x\"", "forge c ACK data \"x\""),
        ("wire", "wire"),
        ("wire clear", "wire clear"),
        ("wire drop next SYN", "wire drop next SYN"),
        ("wire drop next 1 syn", "wire drop next SYN"),
        ("wire drop next 2 ack,SYN from c", "wire drop next 2 SYN,ACK from c"),
        ("wire dup next data", "wire dup next DATA"),
        ("wire reorder next 3 any", "wire reorder next 3 ANY"),
        ("wire corrupt next FIN+ from c", "wire corrupt next FIN+ from c"),
        ("wire delay 200ms", "wire delay 200ms"),
        ("wire delay 200ms jitter 20ms", "wire delay 200ms jitter 20ms"),
        (
            "wire delay 1s from c DATA seed 3 jitter 20ms",
            "wire delay 1s jitter 20ms seed 3 DATA from c",
        ),
        ("wire loss 30% seed 7", "wire loss 30% seed 7"),
        ("wire loss 0.5% from c", "wire loss 0.5% from c"),
        ("wire loss 100.0% ACK", "wire loss 100% ACK"),
    ] {
        assert_eq!(one(line).to_string(), written, "{line}");
        assert_eq!(one(written).to_string(), written);
    }
}

#[test]
fn a_rule_comes_out_as_typed() {
    let Command::Wire { what: WireArg::Rule(rule) } =
        one("wire delay 200ms from client seed 7 SYN")
    else {
        panic!()
    };
    assert_eq!(
        rule.action,
        RuleAction::Delay {
            by: Duration::from_millis(200),
            jitter: None,
            seed: Some(7),
            what: Some(Selection::Flags { flags: Flags::SYN, at_least: false }),
        }
    );
    let from = rule.from.unwrap();
    assert_eq!((from.value.as_str(), from.span), ("client", 22..28));
    let Command::Drop { frame: Some(frame) } = one("drop 7") else { panic!() };
    assert_eq!((frame.value, frame.span), (7, 5..6));
}

#[test]
fn a_rule_that_is_wrong_is_met_where_it_is_wrong() {
    for (line, place, message) in [
        ("wire drop SYN", 10..13, "`next` is missing before `SYN`"),
        ("wire drop", 9..9, "`wire drop` needs next"),
        ("wire drop next", 14..14, "`wire drop` needs flags, DATA or ANY, as SYN or SYN,ACK"),
        ("wire drop next 0 SYN", 15..16, "`0` is out of range"),
        ("wire drop next -1 SYN", 15..17, "`-1` is out of range"),
        ("wire drop next 99999999999 SYN", 15..26, "`99999999999` is out of range"),
        ("wire drop next SYN form c", 19..23, "`form` doesn't fit here"),
        ("wire drop next SYN from", 23..23, "`from` takes the name of a socket"),
        ("wire drop next SYN from a from b", 26..30, "`from` is there already"),
        ("wire drop next SYN,AKC", 19..22, "`AKC` is no TCP flag"),
        ("wire drop next HELLO", 15..20, "`HELLO` is not flags, DATA or ANY"),
        ("wire loss 130%", 10..14, "`130%` is out of range"),
        ("wire loss 0%", 10..12, "`0%` is out of range"),
        ("wire loss 30", 10..12, "`30` has no %"),
        ("wire loss -5%", 10..13, "`-5%` is not a percentage"),
        ("wire loss 1.2.3%", 10..16, "`1.2.3%` is not a percentage"),
        ("wire loss 5% seed x", 18..19, "`seed` takes a whole number from 0 to 4294967295"),
        ("wire delay 200", 11..14, "`200` has no unit"),
        ("wire delay -5ms", 11..15, "`-5ms` is not a duration"),
        ("wire delay 5ms jitter", 21..21, "`jitter` takes a duration"),
        ("wire dropp next SYN", 5..10, "`wire` knows no `dropp`"),
        ("wire clear now", 11..14, "`now` is too much"),
        ("drop 0", 5..6, "`0` is out of range"),
        ("next 0", 5..6, "`0` is out of range"),
        ("next -1", 5..7, "`-1` is out of range"),
        ("hold 7", 6..6, "`hold` needs a duration, as 200ms or 1.5s"),
        ("hold -1s", 5..8, "`-1s` is not a duration"),
        ("hold 99999999s", 5..14, "longer than a day"),
        ("step maybe", 5..10, "`maybe` doesn't fit here"),
        ("forge c RST+", 8..12, "a segment has the flags that it has: no + here"),
        ("forge c RST seq 5", 16..17, "`5` has no sign"),
        ("forge c RST seq +9999999999", 16..27, "`+9999999999` is more than all sequence numbers"),
        ("forge c RST data hello", 17..22, "data is a string in quotes"),
        ("forge c RST seq +1 seq +2", 19..22, "`seq` is there already"),
    ] {
        let error = error(line);
        assert_eq!((error.span, &*error.message), (place, message), "{line}");
    }
    for (line, meant) in [
        ("wire drop next SIN", "SYN"),
        ("wire drop next SYNACK", "SYN,ACK"),
        ("wire drop next PSH", "PSH,ACK"),
        ("wire loss 30", "30%"),
        ("forge c RST seq 5", "+5"),
        ("wire drop next SYN form c", "from"),
    ] {
        assert_eq!(error(line).suggestion.as_deref(), Some(meant), "{line}");
    }
}

#[test]
fn a_rule_that_could_never_match_is_refused_with_the_reason() {
    for (line, why) in [
        ("wire drop next SYN,FIN", "never set together"),
        ("wire loss 5% SYN,RST", "never set together"),
        ("wire dup next PSH from c", "every segment has ACK"),
    ] {
        let error = error(line);
        assert!(error.message.starts_with("this could never match"), "{error}");
        assert!(error.message.contains(why), "{error}");
    }
}
