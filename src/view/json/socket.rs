//! The lines about sockets as their kernels see them: `sockets NAME` and `watch NAME`. Spans of
//! time are numbers of seconds; what the kernel doesn't tell is null.

use std::time::Duration;

use serde::Serialize;

use crate::tcp::outlook::{Act, GivenUp, Holder, Outlook, Sent, Timer, TimerKind, outlook};
use crate::trace::Time;
use crate::view::look::Look;
use crate::view::sockets::{End, HalfOpen, Known, Listener, Shown, sentence};

/// A line for each end, or one for a listener, without line ends.
pub fn sockets(time: Time, shown: &Shown) -> Vec<String> {
    match shown {
        Shown::Listener(one) => vec![text_of(&listener(time, one))],
        Shown::Connection { number, ends } => {
            let of = |end: &End| {
                let other = ends.iter().find(|other| other.side != end.side);
                let peer = other.map_or_else(|| end.peer.to_string(), |peer| peer.name.clone());
                text_of(&line(time, *number, end, &peer))
            };
            ends.iter().map(of).collect()
        }
    }
}

/// The keys' order is the fields'.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    time: String,
    socket: &'a str,
    connection: Option<u32>,
    local: String,
    peer: Option<String>,
    state: &'static str,
    held_by: Option<&'static str>,
    timer: Option<TimerOf>,
    next: Option<NextOf>,
    says: String,
    waits: &'a [String],
    recv_queue: Option<u32>,
    send_queue: Option<u32>,
    #[serde(flatten)]
    sender: Option<SenderOf<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<[u32; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backlog: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    half_open: Option<Vec<HalfOf<'a>>>,
}

/// The timer that runs, by the kernel's words.
#[derive(Serialize)]
struct TimerOf {
    kind: &'static str,
    left: f64,
    count: u8,
}

/// What will be done when it ends.
#[derive(Serialize)]
struct NextOf {
    act: &'static str,
    #[serde(rename = "in")]
    after: f64,
    #[serde(flatten)]
    sent: Option<SentOf>,
    /// The wait after that.
    then: Option<f64>,
    /// The how manieth probe.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u32>,
}

#[derive(Serialize, Default)]
struct SentOf {
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u32>,
}

/// `TCP_INFO`, by its own names as far as it has them.
#[derive(Serialize)]
struct SenderOf<'a> {
    rto: f64,
    backoff: u8,
    retransmits: u8,
    rtt: f64,
    rttvar: f64,
    cwnd: u32,
    ssthresh: Option<u32>,
    unacked: u32,
    in_flight: u32,
    notsent: u32,
    sacked: u32,
    lost: u32,
    retrans: u32,
    total_retrans: u32,
    snd_wnd: Option<u32>,
    rcv_wnd: Option<u32>,
    bytes_acked: u64,
    bytes_received: u64,
    mss: u32,
    congestion: Option<&'a str>,
    ca_state: &'static str,
    options: &'a [&'static str],
}

#[derive(Serialize)]
struct HalfOf<'a> {
    peer: &'a str,
    timer: Option<TimerOf>,
    next: Option<NextOf>,
}

fn line<'a>(time: Time, number: Option<u32>, end: &'a End, peer: &str) -> Line<'a> {
    let known = end.known.as_ref();
    let held_by = known.map(|known| match known.standing.holder {
        Holder::Program => "program",
        Holder::Listener => "listener",
        Holder::Nobody => "nobody",
    });
    Line {
        event: "socket",
        time: time.to_string(),
        socket: &end.name,
        connection: number.map(|number| number - 1),
        local: end.local.to_string(),
        peer: Some(end.peer.to_string()),
        state: known.map_or("CLOSED", |known| known.standing.state.name()),
        held_by,
        timer: known.and_then(|known| known.standing.timer).map(timer),
        next: known.and_then(Known::outlook).map(|next| next_of(&next)),
        says: sentence(end, peer, PLAIN),
        waits: &end.calls,
        recv_queue: known.map(|known| known.unread),
        send_queue: known.map(|known| known.send_queue),
        sender: known.and_then(sender),
        queue: None,
        backlog: None,
        half_open: None,
    }
}

/// How sentences look in JSON.
const PLAIN: Look =
    Look { width: 80, ascii: true, raw_seq: false, arithmetic: false, colour: false };

fn listener(time: Time, listener: &Listener) -> Line<'_> {
    let half_open = |half: &'_ HalfOpen| -> (Option<TimerOf>, Option<NextOf>) {
        (half.standing.timer.map(timer), outlook(&half.standing).map(|next| next_of(&next)))
    };
    let half_open = listener.half_open.iter().map(|half| {
        let (timer, next) = half_open(half);
        HalfOf { peer: &half.peer, timer, next }
    });
    Line {
        event: "socket",
        time: time.to_string(),
        socket: &listener.name,
        connection: None,
        local: listener.local.to_string(),
        peer: None,
        state: "LISTEN",
        held_by: Some("program"),
        timer: None,
        next: None,
        says: crate::view::sockets::listens(listener),
        waits: &listener.calls,
        recv_queue: None,
        send_queue: None,
        sender: None,
        queue: Some(listener.queue.into()),
        backlog: Some(listener.backlog),
        half_open: Some(half_open.collect()),
    }
}

fn sender(known: &Known) -> Option<SenderOf<'_>> {
    let (sender, numbers) = (known.standing.sender.as_ref()?, known.numbers.as_ref()?);
    Some(SenderOf {
        rto: seconds(sender.rto),
        backoff: sender.backoff,
        retransmits: sender.timeouts,
        rtt: seconds(sender.rtt),
        rttvar: seconds(numbers.rtt_variation),
        cwnd: numbers.cwnd,
        ssthresh: numbers.ssthresh,
        unacked: sender.segments,
        in_flight: sender.in_flight,
        notsent: sender.not_sent,
        sacked: numbers.sacked,
        lost: numbers.lost,
        retrans: numbers.resent,
        total_retrans: sender.ever_resent,
        snd_wnd: sender.window,
        rcv_wnd: numbers.own_window,
        bytes_acked: numbers.acked,
        bytes_received: numbers.received,
        mss: sender.mss,
        congestion: numbers.control.as_deref(),
        ca_state: sender.congestion.name(),
        options: &numbers.options,
    })
}

fn timer(timer: Timer) -> TimerOf {
    let kind = match timer.kind {
        TimerKind::Retransmit => "retransmit",
        TimerKind::KeepAlive => "keepalive",
        TimerKind::TimeWait => "time-wait",
        TimerKind::Persist => "persist",
    };
    TimerOf { kind, left: seconds(timer.left), count: timer.retransmits }
}

fn next_of(next: &Outlook) -> NextOf {
    let (act, sent, then, number) = match &next.act {
        Act::Resend { what, then } => ("resend", Some(*what), *then, None),
        Act::ProbeTail { what, then } => ("probe-tail", Some(*what), Some(*then), None),
        Act::TakeForLost { what } => ("take-for-lost", Some(*what), None, None),
        Act::ProbeWindow { number, then } => ("probe-window", None, Some(*then), Some(*number)),
        Act::SendHeld { bytes } => ("send", Some(Sent::New(*bytes)), None, None),
        Act::KeepAlive { number, then, .. } => ("keep-alive", None, Some(*then), Some(*number)),
        Act::Defer => ("defer-accept", None, None, None),
        Act::GiveUp(GivenUp::TimedOut) => ("time-out", None, None, None),
        Act::GiveUp(GivenUp::TimedOutWithReset) => ("time-out-with-reset", None, None, None),
        Act::GiveUp(GivenUp::Forgotten) => ("forget", None, None, None),
        Act::EndTimeWait => ("end-time-wait", None, None, None),
        Act::EndFinWait2 => ("end-fin-wait-2", None, None, None),
    };
    let sent = sent.map(sent_of);
    NextOf { act, after: seconds(next.after), sent, then: then.map(seconds), number }
}

fn sent_of(sent: Sent) -> SentOf {
    let plain = |what| SentOf { what, ..SentOf::default() };
    match sent {
        Sent::Syn => plain("SYN"),
        Sent::SynAck => plain("SYN,ACK"),
        Sent::Bytes { from, to, fin } => {
            let what = if fin { "data,FIN" } else { "data" };
            SentOf { what, from: Some(from), to: Some(to), bytes: None }
        }
        Sent::From(from) => SentOf { from: Some(from), ..plain("data") },
        Sent::Fin => plain("FIN"),
        Sent::New(bytes) => SentOf { bytes: Some(bytes), ..plain("new-data") },
        Sent::Unknown(bytes) => SentOf { bytes: Some(bytes), ..plain("data") },
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn text_of(line: &Line<'_>) -> String {
    serde_json::to_string(line).expect("lines hold only strings and numbers")
}
