//! The shape of the lines: names and order of their keys.

use std::borrow::Cow;
use std::net::SocketAddr;

use serde::{Serialize, Serializer};

use crate::story::Deviation;
use crate::trace::Time;

/// Every line that there is. The keys' order is the fields'.
#[expect(clippy::large_enum_variant, reason = "written as soon as made, never kept")]
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    Call {
        id: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        socket: &'a str,
        call: &'a str,
        args: &'a str,
    },
    Blocked {
        id: u64,
    },
    Return {
        id: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        errno: Option<Cow<'static, str>>,
        #[serde(flatten)]
        brought: Brought<'a>,
    },
    Segment {
        frame: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        connection: u32,
        src: SocketAddr,
        dst: SocketAddr,
        from: &'a str,
        to: &'a str,
        flags: String,
        seq: u32,
        ack: Option<u32>,
        seq_raw: u32,
        ack_raw: u32,
        len: u32,
        header_len: usize,
        win_raw: u16,
        win: u32,
        options: OptionsOf,
        role: Vec<&'static str>,
        analysis: &'a [&'static str],
        #[serde(skip_serializing_if = "Option::is_none")]
        deviation: Option<Misleads>,
        #[serde(skip_serializing_if = "Option::is_none")]
        shows: Option<Misleads>,
        fate: &'static str,
        #[serde(flatten)]
        origin: OriginOf,
        #[serde(skip_serializing_if = "CauseOf::is_untold")]
        cause: CauseOf,
        state: BothStates,
        /// Of a recording.
        #[serde(skip_serializing_if = "Option::is_none")]
        stream: Option<u32>,
    },
    Datagram {
        frame: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        src: SocketAddr,
        dst: SocketAddr,
        from: &'a str,
        to: &'a str,
        len: u32,
        fate: &'static str,
        #[serde(flatten)]
        origin: OriginOf,
        cause: Option<u64>,
        /// The data's first bytes, at most 64.
        data: String,
        hex: String,
    },
    Icmp {
        frame: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        src: String,
        dst: String,
        #[serde(rename = "type")]
        kind: u8,
        code: u8,
        about: Option<About<'a>>,
        fate: &'static str,
        #[serde(flatten)]
        origin: OriginOf,
        cause: Option<u64>,
    },
    State {
        connection: Option<u32>,
        endpoint: &'a str,
        from: &'static str,
        to: &'static str,
        because: Option<u64>,
        source: &'static str,
        rfc: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        call: Option<u64>,
        #[serde(skip_serializing_if = "is_false")]
        kernel: bool,
        #[serde(skip_serializing_if = "is_false")]
        correction: bool,
        #[serde(serialize_with = "shown")]
        time: Time,
    },
    Wire {
        frame: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        connection: Option<u32>,
        fate: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<OneState>,
        /// What its arrival did to its receiver.
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<OneState>,
    },
    Interposed {
        #[serde(serialize_with = "shown")]
        time: Time,
        on: bool,
    },
    Kernel {
        #[serde(serialize_with = "shown")]
        time: Time,
        connection: u32,
        endpoint: &'a str,
        inferred: &'static str,
        kernel: Option<&'static str>,
    },
    Frame {
        frame: u64,
        #[serde(serialize_with = "shown")]
        time: Time,
        layer: &'static str,
        offset: usize,
        why: &'static str,
        fate: &'static str,
        #[serde(flatten)]
        origin: OriginOf,
    },
    Mark {
        #[serde(serialize_with = "shown")]
        time: Time,
    },
    Unavailable {
        why: &'a str,
    },
    Expect {
        line: usize,
        ok: bool,
        wanted: &'a str,
        found: &'a str,
    },
    Error {
        line: usize,
        column: usize,
        message: &'a str,
    },
    Lost {
        frames: u64,
    },
}

/// What a call brought besides its value. Absent fields have no key.
#[derive(Serialize, Default)]
pub(super) struct Brought<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub peeked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated_from: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<&'a str>,
}

/// The TCP options that a segment carries; an absent one has no key.
#[derive(Serialize, Default)]
pub(super) struct OptionsOf {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mss: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ws: Option<u8>,
    #[serde(skip_serializing_if = "is_false")]
    pub sackok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tsval: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tsecr: Option<u32>,
    /// Pairs of edges, counted like `ack`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sack: Vec<[u32; 2]>,
    /// TCP Fast Open's cookie in hexadecimal; empty when one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fastopen: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_timeout: Option<u32>,
    /// The kinds of the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other: Vec<u8>,
}

/// The call that caused a segment.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum CauseOf {
    /// The lab knows of which, or of none.
    Call(Option<u64>),
    /// A recording has no calls: there it has no key.
    Untold,
}

impl CauseOf {
    fn is_untold(&self) -> bool {
        matches!(self, CauseOf::Untold)
    }
}

/// Who put a frame on the wire, if that was not its seeming sender, and what it is a copy of.
#[derive(Serialize, Default)]
pub(super) struct OriginOf {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    pub forged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absorbed_by: Option<u64>,
}

/// The packet that an ICMP message quotes.
#[derive(Serialize)]
pub(super) struct About<'a> {
    pub protocol: u8,
    pub src: SocketAddr,
    pub dst: SocketAddr,
    pub from: &'a str,
    pub to: &'a str,
    pub frame: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct BothStates {
    pub from: OneState,
    pub to: OneState,
}

#[derive(Serialize)]
pub(super) struct OneState {
    pub before: &'static str,
    pub after: &'static str,
    pub source: &'static str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

fn shown<T: std::fmt::Display, S: Serializer>(value: &T, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(value)
}

/// A flag of Wireshark's that misleads.
#[derive(Serialize)]
pub(super) struct Misleads {
    /// Of which frame, if not of this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    pub id: &'static str,
    pub wireshark: &'static str,
    pub role: &'static str,
    pub because: String,
}

impl Misleads {
    pub fn new(frame: Option<u64>, deviation: &Deviation, because: String) -> Misleads {
        let (wireshark, role) = (deviation.flag.name(), deviation.role.word());
        Misleads { frame, id: deviation.id(), wireshark, role, because }
    }
}
