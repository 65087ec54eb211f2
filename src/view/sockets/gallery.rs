//! The picture on screens of several widths.

use std::time::Duration;

use super::{Buffers, End, HalfOpen, Known, Listener, Numbers, Shown, picture};
use crate::story::Side;
use crate::tcp::State;
use crate::tcp::outlook::{Congestion, Flight, Holder, Limits, Sender, Standing, Timer, TimerKind};
use crate::view::Look;
use crate::view::specimen;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn look(width: usize) -> Look {
    Look { width, ascii: false, raw_seq: false, arithmetic: false, colour: false }
}

fn sender() -> Sender {
    Sender {
        rto: ms(204),
        backoff: 0,
        timeouts: 0,
        rtt: Duration::from_micros(42),
        segments: 0,
        in_flight: 0,
        not_sent: 0,
        mss: 1448,
        window: Some(65536),
        sack: true,
        congestion: Congestion::Open,
        ever_resent: 0,
        since_progress: ms(8),
        since_heard: ms(100),
    }
}

fn numbers() -> Numbers {
    Numbers {
        rtt_variation: Duration::from_micros(21),
        cwnd: 10,
        control: Some("reno".into()),
        own_window: Some(65536),
        options: vec!["ts", "sack", "ws"],
        scales: (7, 7),
        ..Numbers::default()
    }
}

fn known() -> Known {
    Known {
        standing: Standing {
            state: State::Established,
            timer: None,
            holder: Holder::Program,
            half_open: false,
            answered: None,
            deferred: false,
            sender: Some(sender()),
            flight: None,
            limits: Limits::default(),
        },
        unread: 0,
        send_queue: 0,
        buffers: Some(Buffers { received: 0, receive: 131_072, queued: 0, send: 2_626_560 }),
        numbers: Some(numbers()),
        owes_ack: None,
    }
}

fn end(side: Side, known: Option<Known>) -> End {
    let (name, local, peer) = match side {
        Side::A => ("client", specimen::client(), specimen::server()),
        Side::B => ("conn", specimen::server(), specimen::client()),
    };
    End {
        name: name.into(),
        side,
        local,
        peer,
        isn: Some(1000),
        has_been: true,
        known,
        calls: Vec::new(),
    }
}

/// The client's "hello" was lost twice; the server still waits in recv().
fn lost() -> Shown {
    let mut client = known();
    let standing = &mut client.standing;
    standing.timer = Some(Timer { kind: TimerKind::Retransmit, left: ms(340), retransmits: 1 });
    let sender = standing.sender.as_mut().unwrap();
    (sender.rto, sender.backoff, sender.timeouts) = (ms(408), 1, 1);
    (sender.segments, sender.in_flight, sender.ever_resent) = (1, 5, 2);
    (sender.congestion, sender.since_progress) = (Congestion::Loss, ms(68));
    standing.flight = Some(Flight {
        first: 1,
        next: 6,
        last: 1,
        fin: false,
        sent: vec![ms(68), ms(272), ms(476)],
        last_again: true,
    });
    client.send_queue = 5;
    let numbers = client.numbers.as_mut().unwrap();
    (numbers.cwnd, numbers.ssthresh, numbers.lost, numbers.resent) = (1, Some(5), 1, 1);
    let mut server = end(Side::B, Some(known()));
    server.calls = vec!["recv(conn, 1024)".into()];
    Shown::Connection { number: Some(1), ends: vec![end(Side::A, Some(client)), server] }
}

fn time_wait() -> Shown {
    let mut client = known();
    client.standing.state = State::TimeWait;
    client.standing.holder = Holder::Nobody;
    client.standing.timer =
        Some(Timer { kind: TimerKind::TimeWait, left: ms(42_000), retransmits: 0 });
    (client.standing.sender, client.numbers, client.buffers) = (None, None, None);
    Shown::Connection {
        number: Some(3),
        ends: vec![end(Side::A, Some(client)), end(Side::B, None)],
    }
}

fn listener() -> Listener {
    let half = |left, answered| {
        let mut half = known().standing;
        half.state = State::SynReceived;
        half.holder = Holder::Listener;
        (half.half_open, half.sender, half.answered) = (true, None, Some(ms(answered)));
        half.timer = Some(Timer { kind: TimerKind::Retransmit, left: ms(left), retransmits: 0 });
        half
    };
    Listener {
        name: "server".into(),
        local: specimen::server(),
        queue: (2, 6),
        backlog: 5,
        half_open: vec![
            HalfOpen { peer: "slow".into(), standing: half(992, 8) },
            HalfOpen { peer: "127.0.0.1:40114".into(), standing: half(1200, 800) },
        ],
        calls: Vec::new(),
    }
}

#[test]
fn both_ends_stand_beside_each_other() {
    insta::assert_snapshot!(picture(&lost(), None, look(80)), @r"
    connection 1 · client 127.0.0.1:40112 ⇄ conn 127.0.0.1:8899
      client  In 340 ms it sends bytes 1 to 5 again; the wait then doubles to
              816 ms.
      conn    No timer runs: recv(conn, 1024) waits for client.

                       client                         conn
      state            ESTABLISHED                    ESTABLISHED
      timer            retransmission in 340 ms       none
                       █████████████████░░░
      in flight        5 bytes in 1 segment           nothing
      send window      65536 bytes                    65536 bytes
      cwnd             1 segment                      10 segments
      ssthresh         5 segments                     none: nothing was lost
      control          reno, Loss                     reno, Open
      RTO              408 ms, doubled once           204 ms
      RTT              42 µs ± 21 µs                  42 µs ± 21 µs
      resent           1 now, 2 ever
      lost             1 lost, 0 SACKed
      unread           nothing                        nothing
      receive window   65536 bytes                    65536 bytes
      acked, received  0 and 0 bytes                  0 and 0 bytes
      agreed           MSS 1448, ts, sack, ws 7/7     MSS 1448, ts, sack, ws 7/7
    ");
}

#[test]
fn a_wide_screen_has_room_for_what_each_row_means() {
    insta::assert_snapshot!(picture(&lost(), None, look(120)), @r"
    connection 1 · client 127.0.0.1:40112 ⇄ conn 127.0.0.1:8899
      client  In 340 ms it sends bytes 1 to 5 again; the wait then doubles to 816 ms.
      conn    No timer runs: recv(conn, 1024) waits for client.

                       client                         conn
      state            ESTABLISHED                    ESTABLISHED                    by the kernel
      timer            retransmission in 340 ms       none                           what it will do by itself
                       █████████████████░░░                                          how much of the wait is left
      in flight        5 bytes in 1 segment           nothing                        sent, and not acknowledged yet
      send window      65536 bytes                    65536 bytes                    what the peer is ready to take
      cwnd             1 segment                      10 segments                    segments that it may have in flight
      ssthresh         5 segments                     none: nothing was lost         slow start ends at this cwnd
      control          reno, Loss                     reno, Open                     congestion control, and its state
      RTO              408 ms, doubled once           204 ms                         wait for an ACK; doubled when in vain
      RTT              42 µs ± 21 µs                  42 µs ± 21 µs                  round-trip time, and how it varies
      resent           1 now, 2 ever                                                 segments in flight again; ever
      lost             1 lost, 0 SACKed                                              believed lost; acknowledged by SACK
      unread           nothing                        nothing                        bytes that wait for recv()
      receive window   65536 bytes                    65536 bytes                    what this end is ready to take
      acked, received  0 and 0 bytes                  0 and 0 bytes                  bytes of data, ever
      agreed           MSS 1448, ts, sack, ws 7/7     MSS 1448, ts, sack, ws 7/7     largest segment, handshake's options
    ");
}

#[test]
fn a_narrow_screen_has_shorter_words() {
    insta::assert_snapshot!(picture(&lost(), None, look(60)), @r"
    connection 1 · client 127.0.0.1:40112 ⇄ conn 127.0.0.1:8899
      client  In 340 ms it sends bytes 1 to 5 again; the wait
              then doubles to 816 ms.
      conn    No timer runs: recv(conn, 1024) waits for client.

                       client               conn
      state            ESTABLISHED          ESTABLISHED
      timer            resend in 340 ms     none
                       ██████████████░░
      in flight        5 bytes              nothing
      send window      65536 bytes          65536 bytes
      cwnd             1 segment            10 segments
      ssthresh         5 segments           none
      control          reno, Loss           reno, Open
      RTO              408 ms, 1x doubled   204 ms
      RTT              42 µs ± 21 µs        42 µs ± 21 µs
      resent           1 now, 2 ever
      lost             1 lost, 0 SACKed
      unread           nothing              nothing
      receive window   65536 bytes          65536 bytes
      acked, received  0 and 0 bytes        0 and 0 bytes
      agreed           1448 ts sack ws      1448 ts sack ws
    ");
}

#[test]
fn a_very_narrow_screen_has_one_end_below_the_other() {
    insta::assert_snapshot!(picture(&time_wait(), None, look(40)), @r"
    connection 3 · client 127.0.0.1:40112 ⇄
      conn 127.0.0.1:8899
      client  In 42.0 s TIME-WAIT ends, and
              its addresses are free for a
              new connection.
      conn    It is over here: the kernel
              knows nothing of this end
              any more.

                       client
      state            TIME-WAIT
      timer            end in 42.0 s
                       ██████████████░░░░░░

                       conn
      state            CLOSED
    ");
}

#[test]
fn ascii_and_raw_numbers_are_kept_to() {
    let look = Look { ascii: true, raw_seq: true, ..look(80) };
    let text = picture(&lost(), None, look);
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("bytes 1001 to 1005"), "{text}");
    assert!(text.contains("#################..."), "{text}");
}

#[test]
fn what_is_needed_least_goes_first_where_rows_are_few() {
    insta::assert_snapshot!(picture(&lost(), Some(14), look(80)), @r"
    connection 1 · client 127.0.0.1:40112 ⇄ conn 127.0.0.1:8899
      client  In 340 ms it sends bytes 1 to 5 again; the wait then doubles to
              816 ms.
      conn    No timer runs: recv(conn, 1024) waits for client.

                       client                         conn
      state            ESTABLISHED                    ESTABLISHED
      timer            retransmission in 340 ms       none
                       █████████████████░░░
      in flight        5 bytes in 1 segment           nothing
      send window      65536 bytes                    65536 bytes
      RTO              408 ms, doubled once           204 ms
      unread           nothing                        nothing
    ");
    for most in 1..24 {
        assert!(picture(&lost(), Some(most), look(80)).lines().count() <= most);
    }
}

#[test]
fn a_listener_shows_its_queues() {
    insta::assert_snapshot!(picture(&Shown::Listener(listener()), None, look(80)), @r"
    server 127.0.0.1:8899  LISTEN
      2 connections wait for accept(server).

      accept queue     ███████░░░░░░░░░░░░░  2 of 6
      SYN queue        ███████░░░░░░░░░░░░░  2, backlog 5
      slow             SYN-RECEIVED  in 992 ms SYN,ACK again
      127.0.0.1:40114  SYN-RECEIVED  in 1.20 s SYN,ACK again
    ");
}

#[test]
fn a_full_queue_says_what_that_means() {
    let full = Listener { queue: (6, 6), half_open: Vec::new(), ..listener() };
    insta::assert_snapshot!(picture(&Shown::Listener(full), None, look(60)), @r"
    server 127.0.0.1:8899  LISTEN
      The accept queue is full: SYNs are dropped without an
      answer until accept(server) makes room.

      accept queue     ████████████████████  6 of 6
      SYN queue        ░░░░░░░░░░░░░░░░░░░░  0, backlog 5
    ");
}

#[test]
fn no_row_is_wider_than_the_screen() {
    use unicode_width::UnicodeWidthStr;
    let mut strange = lost();
    if let Shown::Connection { ends, .. } = &mut strange {
        ends[0].name = "客户-with-a-very-long-name-that-goes-on-and-on-and-on".into();
    }
    for shown in [lost(), time_wait(), strange, Shown::Listener(listener())] {
        for width in 20..130 {
            for line in picture(&shown, None, look(width)).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}
