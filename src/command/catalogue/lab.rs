//! The lab's network.

use super::{Entry, Group, Makes, NAME, maybe, one};
use crate::command::Command;
use crate::command::argument::Kind;

pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "kernel",
        group: Group::Lab,
        makes: Makes::Nothing,
        arguments: &[maybe("SETTING", Kind::Sysctl), maybe("VALUE", Kind::Rest)],
        help: "show or change a setting of the kernel's TCP",
        more: "By its sysctl name, in this lab's network only. With a name alone: what it holds and \
               does. Without: those that differ from the lab's own.",
        example: "kernel tcp_sack 0",
        manual: Some("tcp(7)"),
        rfc: None,
        build: |v| Some(Command::Kernel { setting: v.take()?, value: v.take()? }),
    },
    Entry {
        name: "quickack",
        group: Group::Lab,
        makes: Makes::Nothing,
        arguments: &[one("on|off", Kind::Switch)],
        help: "acknowledge at once, or delay as Linux does",
        more: "Linux holds back an ACK for up to 40 ms, in case data can carry it.",
        example: "quickack on",
        manual: Some("ip-route(8)"),
        rfc: Some("RFC 9293, 3.8.6.3"),
        build: |v| Some(Command::QuickAck { on: v.take()? }),
    },
    Entry {
        name: "expire",
        group: Group::Lab,
        makes: Makes::Nothing,
        arguments: &[],
        help: "end every TIME-WAIT now",
        more: "On Linux TIME-WAIT lasts 60 s by itself.",
        example: "expire",
        manual: None,
        rfc: Some("RFC 9293, 3.6.1"),
        build: |_| Some(Command::Expire),
    },
    Entry {
        name: "reset-connection",
        group: Group::Lab,
        makes: Makes::Nothing,
        arguments: &[NAME],
        help: "abort NAME's connection from outside, with RST",
        more: "As an administrator does with `ss --kill`: the kernel drops this end at once and \
               tells the other with RST. Calls that wait on it return ECONNABORTED. Also for an \
               end that is closed and not over: FIN-WAIT-2, TIME-WAIT.",
        example: "reset-connection client",
        manual: Some("ss(8)"),
        rfc: Some("RFC 9293, 3.10.5"),
        build: |v| Some(Command::ResetConnection { socket: v.take()? }),
    },
];
