//! How a request reads: the function's name and its arguments after the socket.

use std::fmt::Write;
use std::time::Duration;

use super::Request;
use crate::trace::{HowShut, PollEvents, RecvFlags, SendFlags, SocketId};

/// From this length on, the pattern is written as `#n`.
const SHORTEST_PATTERN: usize = 32;
/// Most bytes of data that are quoted among the arguments.
const QUOTED: usize = 48;

impl Request {
    /// The function's name as in section 2 of the manual.
    pub fn function(&self) -> &'static str {
        match self {
            Request::Socket { .. } => "socket",
            Request::Bind { .. } => "bind",
            Request::Listen { .. } => "listen",
            Request::Connect { .. } | Request::Disconnect { .. } => "connect",
            Request::Accept { .. } => "accept",
            Request::Send { .. } => "send",
            Request::SendTo { .. } => "sendto",
            Request::Recv { .. } => "recv",
            Request::RecvFrom { .. } => "recvfrom",
            Request::Shutdown { .. } => "shutdown",
            Request::Close { .. } => "close",
            Request::SetSockOpt { .. } => "setsockopt",
            Request::GetSockOpt { .. } => "getsockopt",
            Request::GetSockName { .. } => "getsockname",
            Request::GetPeerName { .. } => "getpeername",
            Request::NonBlock { .. } => "fcntl",
            Request::Poll { .. } => "poll",
        }
    }

    /// The socket that it is made on: the first of several; none for `socket` itself.
    pub fn socket(&self) -> Option<SocketId> {
        match self {
            Request::Socket { .. } => None,
            Request::Bind { socket, .. }
            | Request::Listen { socket, .. }
            | Request::Connect { socket, .. }
            | Request::Disconnect { socket }
            | Request::Accept { socket, .. }
            | Request::Send { socket, .. }
            | Request::SendTo { socket, .. }
            | Request::Recv { socket, .. }
            | Request::RecvFrom { socket, .. }
            | Request::Shutdown { socket, .. }
            | Request::Close { socket }
            | Request::SetSockOpt { socket, .. }
            | Request::GetSockOpt { socket, .. }
            | Request::GetSockName { socket }
            | Request::GetPeerName { socket }
            | Request::NonBlock { socket, .. } => Some(*socket),
            Request::Poll { sockets, .. } => sockets.first().copied(),
        }
    }

    /// All its sockets.
    pub(super) fn sockets(&self) -> Vec<SocketId> {
        match self {
            Request::Poll { sockets, .. } => sockets.clone(),
            _ => self.socket().into_iter().collect(),
        }
    }

    /// Whether it concerns that socket.
    pub(super) fn touches(&self, id: SocketId) -> bool {
        match self {
            Request::Poll { sockets, .. } => sockets.contains(&id),
            _ => self.socket() == Some(id),
        }
    }

    /// Its arguments after the socket, as a learner would write them.
    pub(super) fn args<'a>(&self, name_of: impl Fn(SocketId) -> &'a str) -> String {
        match self {
            Request::Socket { kind, .. } => kind.word().into(),
            Request::Bind { address, .. } | Request::Connect { address, .. } => address.to_string(),
            Request::Listen { backlog, .. } => backlog.to_string(),
            Request::Disconnect { .. } => "AF_UNSPEC".into(),
            Request::Accept { .. }
            | Request::Close { .. }
            | Request::GetSockName { .. }
            | Request::GetPeerName { .. } => String::new(),
            Request::Send { data, flags, .. } => quoted(data) + sending(*flags),
            Request::SendTo { address, data, flags, .. } => {
                format!("{address} {}{}", quoted(data), sending(*flags))
            }
            Request::Recv { len, flags, .. } | Request::RecvFrom { len, flags, .. } => {
                format!("{len}{}", receiving(*flags))
            }
            Request::Shutdown { how, .. } => match how {
                HowShut::Rd => "rd".into(),
                HowShut::Wr => "wr".into(),
                HowShut::RdWr => "rdwr".into(),
            },
            Request::SetSockOpt { option, value, .. } => format!("{option} {value}"),
            Request::GetSockOpt { option, .. } => option.clone(),
            Request::NonBlock { on, .. } => {
                format!("O_NONBLOCK {}", if *on { "on" } else { "off" })
            }
            Request::Poll { sockets, events, timeout } => {
                let mut words: Vec<String> =
                    sockets.iter().skip(1).map(|id| name_of(*id).to_owned()).collect();
                words.push(match events {
                    PollEvents::In => "in".into(),
                    PollEvents::Out => "out".into(),
                });
                words.extend(timeout.map(seconds));
                words.join(" ")
            }
        }
    }
}

/// A time as the language writes it: `2s`, `200ms`, `15us`.
pub(super) fn seconds(time: Duration) -> String {
    let micros = time.as_micros();
    if micros.is_multiple_of(1_000_000) {
        format!("{}s", micros / 1_000_000)
    } else if micros.is_multiple_of(1000) {
        format!("{}ms", micros / 1000)
    } else {
        format!("{micros}us")
    }
}

fn sending(flags: SendFlags) -> &'static str {
    match (flags.oob, flags.dontwait) {
        (false, false) => "",
        (true, false) => " oob",
        (false, true) => " dontwait",
        (true, true) => " oob dontwait",
    }
}

fn receiving(flags: RecvFlags) -> String {
    let words = [
        (flags.peek, " peek"),
        (flags.waitall, " waitall"),
        (flags.oob, " oob"),
        (flags.dontwait, " dontwait"),
    ];
    words.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect()
}

/// Bytes as a string of the command language, characters of UTF-8 as they are; only the start of
/// many. The pattern of `#1000` is written as it was typed.
fn quoted(data: &[u8]) -> String {
    let pattern = (b'0'..=b'9').cycle();
    if data.len() >= SHORTEST_PATTERN && data.iter().copied().eq(pattern.take(data.len())) {
        return format!("#{}", data.len());
    }
    let mut text = String::from("\"");
    let mut taken = 0;
    for chunk in data.utf8_chunks() {
        for c in chunk.valid().chars().take_while(|c| fits(&mut taken, c.len_utf8())) {
            match c {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                c if c.is_control() => {
                    c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape(&mut text, byte));
                }
                c => text.push(c),
            }
        }
        let invalid = chunk.invalid().iter().take_while(|_| fits(&mut taken, 1));
        invalid.for_each(|byte| escape(&mut text, *byte));
    }
    text.push('"');
    if data.len() > QUOTED {
        let _ = write!(text, "… ({} bytes)", data.len());
    }
    text
}

/// Whether so many bytes more may be quoted; once they may not, none may.
fn fits(taken: &mut usize, bytes: usize) -> bool {
    *taken += bytes;
    *taken <= QUOTED
}

fn escape(text: &mut String, byte: u8) {
    // Writing to a string doesn't fail.
    let _ = write!(text, "\\x{byte:02x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_quoted_as_it_would_be_typed() {
        let flags = SendFlags { oob: true, dontwait: false };
        let send = Request::Send { socket: SocketId(0), data: b"a\"\n\x1b".to_vec(), flags };
        assert_eq!(send.args(|_| ""), r#""a\"\n\x1b" oob"#);
        let long = Request::Send {
            socket: SocketId(0),
            data: vec![b'x'; 1000],
            flags: SendFlags::default(),
        };
        assert_eq!(long.args(|_| ""), format!("\"{}\"… (1000 bytes)", "x".repeat(QUOTED)));
    }

    #[test]
    fn text_in_utf8_is_quoted_as_it_is_and_other_bytes_are_not() {
        assert_eq!(quoted("你好 é".as_bytes()), "\"你好 é\"");
        assert_eq!(quoted(b"\xc4\xe3\xba\xc3 ok"), r#""\xc4\xe3\xba\xc3 ok""#);
        assert_eq!(quoted("\u{9b}".as_bytes()), r#""\xc2\x9b""#);
        let long = quoted("好".repeat(1000).as_bytes());
        assert_eq!(long, format!("\"{}\"… (3000 bytes)", "好".repeat(QUOTED / 3)));
    }

    #[test]
    fn poll_names_its_other_sockets() {
        let sockets = vec![SocketId(0), SocketId(1)];
        let timeout = Some(Duration::from_millis(1500));
        let poll = Request::Poll { sockets, events: PollEvents::In, timeout };
        assert_eq!(poll.args(|id| if id.0 == 0 { "a" } else { "b" }), "b in 1500ms");
    }
}
