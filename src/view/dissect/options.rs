//! TCP options as fields.

use super::header::Header;
use crate::packet::{TcpOption, walk};

/// Adds each option of a TCP header of so many bytes.
pub(super) fn add(header: &mut Header<'_>, header_len: usize) {
    let len = header_len.min(header.available()).saturating_sub(20);
    let Some(bytes) = header.slice(20, len) else { return };
    let mut end = 0;
    for (option, place) in walk(bytes) {
        let (name, text) = describe(&option);
        end = place.end;
        header.octets(name, 20 + place.start, place.len(), |_| text);
        header.own_numbers();
    }
    if end < bytes.len() {
        header.octets("Padding", 20 + end, bytes.len() - end, |_| {
            "up to a multiple of 4 bytes".to_owned()
        });
        header.own_numbers();
    }
}

/// Its name in Wireshark's and IANA's words, and what it says.
fn describe(option: &TcpOption) -> (&'static str, String) {
    match option {
        TcpOption::EndOfList => ("End of Option List", "no option follows".to_owned()),
        TcpOption::NoOperation => ("No-Operation", "fills up to a word".to_owned()),
        TcpOption::MaximumSegmentSize(mss) => {
            ("Maximum Segment Size", format!("{mss}: the largest segment I can take"))
        }
        TcpOption::WindowScale(shift) => (
            "Window Scale",
            format!(
                "{shift}: my later windows count 2^{shift} times, if you send this option too \
                 (RFC 7323)"
            ),
        ),
        TcpOption::SackPermitted => {
            ("SACK Permitted", "I understand selective acknowledgments (RFC 2018)".to_owned())
        }
        TcpOption::Sack(blocks) => {
            let blocks: Vec<String> =
                blocks.iter().map(|block| format!("{} to {}", block.left, block.right)).collect();
            ("SACK", format!("{}: I have these too, beyond a gap (RFC 2018)", blocks.join(", ")))
        }
        TcpOption::Timestamps { value, echo } => (
            "Timestamps",
            format!(
                "TSval {value}: my clock; TSecr {echo}: {} (RFC 7323)",
                if *echo == 0 { "nothing to echo yet" } else { "yours, echoed" }
            ),
        ),
        TcpOption::UserTimeout(seconds) => (
            "User Timeout",
            format!("{seconds} s: how long unacknowledged data may wait (RFC 5482)"),
        ),
        TcpOption::FastOpenCookie(cookie) if cookie.is_empty() => {
            ("Fast Open Cookie", "empty: asks for one (RFC 7413)".to_owned())
        }
        TcpOption::FastOpenCookie(cookie) => {
            ("Fast Open Cookie", format!("{}: lets a SYN carry data (RFC 7413)", hex(cookie)))
        }
        TcpOption::Other { kind, data } => other(option, *kind, data),
        TcpOption::Malformed { kind } => {
            ("Malformed option", format!("kind {kind}: a length that cannot be"))
        }
    }
}

/// Those that are kept as they came.
fn other(option: &TcpOption, kind: u8, data: &[u8]) -> (&'static str, String) {
    if let Some(cookie) = option.fast_open_cookie() {
        return ("Fast Open Cookie", format!("experimental: {}", data_words(cookie)));
    }
    match (kind, data) {
        (19, digest) => {
            let text = format!("{}: a digest with a shared key (RFC 2385)", data_words(digest));
            ("MD5 Signature", text)
        }
        (29, [key, next, code @ ..]) => {
            ("TCP-AO", format!("key {key}, next key {next}, code {} (RFC 5925)", data_words(code)))
        }
        (30, data) => match option.mptcp_subtype() {
            Some(subtype) => ("Multipath TCP", format!("{subtype}: {} (RFC 8684)", hex(data))),
            None => ("Multipath TCP", format!("kind 30: {}", data_words(data))),
        },
        (29, data) => ("TCP-AO", format!("kind 29: {}", data_words(data))),
        (253 | 254, data) => ("Experimental", format!("kind {kind}: {}", data_words(data))),
        (_, data) => ("Unknown option", format!("kind {kind}: {}", data_words(data))),
    }
}

fn data_words(data: &[u8]) -> String {
    if data.is_empty() { "no data".to_owned() } else { hex(data) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
