//! `read FILE --ladder`: a conversation of a file.

use super::chapter::{Beat, Chapter, Subject};
use super::conversation::Conversation;
use super::shape::Shape;
use super::whole::Ladder;
use crate::story::{Moment, Story};
use crate::view::conversations::Recorded;
use crate::view::look::Look;
use crate::view::{deviation, explain};

/// Draws one conversation of a recording from its moments, in order of time, from its first on.
/// There may be fewer than it had: the last row says how many segments are not shown, and where
/// both ends were in the end. Without any, nothing.
pub fn recorded(of: &Recorded<'_>, moments: &[Moment], look: Look) -> String {
    let conversation = Conversation::Connection(of.connection.id);
    let beats = moments.iter().map(|moment| Beat { moment, side: None }).collect();
    let chapter = Chapter { subject: Subject::Conversation(conversation), beats };
    // No call made it, and no wire stood between: there is nothing to look up.
    let story = Story::default();
    let shape = Shape::whole(look);
    let picture = Ladder::new(&chapter, conversation, &story, shape, look).recorded(*of).draw();
    picture + &explain::lines(&misleading(moments), look)
}

/// Where Wireshark misleads: each kind once, with its first frame.
fn misleading(moments: &[Moment]) -> Vec<String> {
    let mut told = Vec::new();
    let mut sentences = Vec::new();
    for segment in moments.iter().filter_map(Moment::segment) {
        for (deviation, sentence) in deviation::sentences(segment) {
            if !told.contains(&deviation.id()) {
                told.push(deviation.id());
                sentences.push(format!("Frame {}: {sentence}", segment.frame.0));
            }
        }
    }
    sentences
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::view::ladder::test_lab::{Lab, at};
    use crate::view::ladder::test_moments::{ACK, FIN_ACK, LOOK, PSH_ACK, RST, SYN, SYN_ACK};

    fn web() -> (SocketAddr, SocketAddr) {
        (SocketAddr::from(([10, 0, 0, 7], 40112)), SocketAddr::from(([192, 0, 2, 80], 80)))
    }

    /// A download with a segment sent twice, a pause, and a close.
    fn download(there: (SocketAddr, SocketAddr)) -> Lab {
        let back = (there.1, there.0);
        let mut lab = Lab::new();
        lab.tcp(there, SYN, 0, 0, b"");
        lab.wait(20_000);
        lab.tcp(back, SYN_ACK, 0, 1, b"");
        lab.tcp(there, ACK, 1, 1, b"");
        lab.tcp(there, PSH_ACK, 1, 1, b"GET / HTTP/1.1\r\n\r\n");
        let mut seq = 1;
        for part in 0..20 {
            if part == 12 {
                lab.wait(3_000_000);
            }
            lab.tcp(back, ACK, seq, 19, &[b'x'; 1460]);
            seq += 1460;
            if part % 2 == 1 {
                lab.tcp(there, ACK, 19, seq, b"");
            }
        }
        lab.wait(300_000);
        lab.tcp(back, ACK, seq - 1460, 19, &[b'x'; 1460]);
        lab.tcp(there, ACK, 19, seq, b"");
        lab.tcp(there, FIN_ACK, 19, seq, b"");
        lab.tcp(back, FIN_ACK, seq, 20, b"");
        lab.tcp(there, ACK, 20, seq + 1, b"");
        lab
    }

    fn shown(lab: &Lab, first: usize, look: Look) -> String {
        let moments: Vec<Moment> = lab.story.moments().take(first).cloned().collect();
        recorded(&Recorded::new(&lab.story.connections()[0]), &moments, look)
    }

    #[test]
    fn a_long_run_is_folded_and_what_is_special_is_not() {
        insta::assert_snapshot!(shown(&download(web()), usize::MAX, LOOK), @r#"
        stream 0 · 10.0.0.7:40112 → 192.0.2.80:80 · SYN seen · client closed first ·
          began 2023-11-14 22:13:20.123456 UTC
                10.0.0.7:40112                                             192.0.2.80:80
                ?                                                          ?
           0 µs SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 ─────────────▶
          20 ms ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 ──────── SYN-RECEIVED
          +5 µs              ── ACK     ack=1 ───────────────────────────▶ ESTABLISHED
         +10 µs              ── PSH,ACK seq=1 ack=1 len=18 "GET / HTT"… ─▶
         +15 µs              ◀─ ACK     seq=1 ack=19 len=1460 "xxxxxx"… ──
                                    ⋮ 15 segments, 14 kB, all ACKed
         +95 µs              ◀─ ACK     seq=16061 len=1460 "xxxxxxxxx"… ──
        +100 µs              ── ACK     ack=17521 ───────────────────────▶
                ⋮ 3.00 s
         3.02 s              ◀─ ACK     seq=17521 len=1460 "xxxxxxxxx"… ──
          +5 µs              ◀─ ACK     seq=18981 len=1460 "xxxxxxxxx"… ──
                                     ⋮ 8 segments, 7 kB, all ACKed
         +50 µs              ◀─ ACK     seq=27741 len=1460 "xxxxxxxxx"… ──
         +55 µs              ── ACK     ack=29201 ───────────────────────▶
         3.32 s              ◀─ again, needlessly: ACK seq=27741 ─────────
          +5 µs              ── ACK     ack=29201 ───────────────────────▶
         +10 µs FIN-WAIT-1   ── FIN,ACK seq=19 ack=29201 ────────────────▶ CLOSE-WAIT
         +15 µs TIME-WAIT    ◀─ FIN,ACK seq=29201 ack=20 of FIN ────────── LAST-ACK
         +20 µs              ── ACK     ack=29202 of FIN ────────────────▶ CLOSED
            end TIME-WAIT      inferred                         inferred   CLOSED
          Frame 36: Wireshark says duplicate_ack, in truth a plain ACK, because all that
          the peer had sent was acknowledged: nothing is missing (D9).
        "#);
    }

    #[test]
    fn the_first_few_say_how_many_more_there_are() {
        insta::assert_snapshot!(shown(&download(web()), 13, LOOK), @r#"
        stream 0 · 10.0.0.7:40112 → 192.0.2.80:80 · SYN seen · client closed first ·
          began 2023-11-14 22:13:20.123456 UTC
                10.0.0.7:40112                                             192.0.2.80:80
                ?                                                          ?
           0 µs SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 ─────────────▶
          20 ms ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 ──────── SYN-RECEIVED
          +5 µs              ── ACK     ack=1 ───────────────────────────▶ ESTABLISHED
         +10 µs              ── PSH,ACK seq=1 ack=1 len=18 "GET / HTT"… ─▶
         +15 µs              ◀─ ACK     seq=1 ack=19 len=1460 "xxxxxx"… ──
                                     ⋮ 6 segments, 5 kB, all ACKed
         +50 µs              ◀─ ACK     seq=7301 len=1460 "xxxxxxxxxx"… ──
         +55 µs              ── ACK     ack=8761 ────────────────────────▶
                                     ⋮ 26 more segments not shown
            end TIME-WAIT      inferred                         inferred   CLOSED
        "#);
    }

    #[test]
    fn ascii_and_narrow_screens_keep_the_shape() {
        let narrow = Look { width: 40, ascii: true, ..LOOK };
        insta::assert_snapshot!(shown(&download(web()), usize::MAX, narrow), @"
        stream 0 - 10.0.0.7:40112 ->
          192.0.2.80:80 - SYN seen - client
          closed first - began 2023-11-14
          22:13:20.123456 UTC
        10.0.0.7:40112             192.0.2.80:80
        ?                          ?
        SYN-SENT     - SYN ------>
        ESTABLISHED  < SYN,ACK --- SYN-RECEIVED
                     - ACK ------> ESTABLISHED
                     - PSH,ACK -->
                     < ACK -------
            : 15 segments, 14 kB, all ACKed
                     < ACK -------
                     - ACK ------>
        : 3.00 s
                     < ACK -------
                     < ACK -------
             : 8 segments, 7 kB, all ACKed
                     < ACK -------
                     - ACK ------>
                     < ACK -------
                     - ACK ------>
        FIN-WAIT-1   - FIN,ACK --> CLOSE-WAIT
        TIME-WAIT    < FIN,ACK --- LAST-ACK
                     - ACK ------> CLOSED
        TIME-WAIT      inferred    CLOSED
          Frame 36: Wireshark says
          duplicate_ack, in truth a plain ACK,
          because all that the peer had sent was
          acknowledged: nothing is missing (D9).
        ");
        let wide = Look { width: 120, ..LOOK };
        insta::assert_snapshot!(shown(&download(web()), 8, wide), @r#"
        stream 0 · 10.0.0.7:40112 → 192.0.2.80:80 · SYN seen · client closed first · began 2023-11-14 22:13:20.123456 UTC
                10.0.0.7:40112                                                                                     192.0.2.80:80
                ?                                                                                                  ?
           0 µs SYN-SENT     ── SYN     seq=0 mss=1460 ws=7 win=512 ─────────────────────────────────────────────▶
          20 ms ESTABLISHED  ◀─ SYN,ACK seq=0 ack=1 mss=1460 ws=7 win=512 ──────────────────────────────────────── SYN-RECEIVED
          +5 µs              ── ACK     ack=1 win=65536 ─────────────────────────────────────────────────────────▶ ESTABLISHED
         +10 µs              ── PSH,ACK seq=1 ack=1 len=18 "GET / HTTP/1.1\r\n\r\n" win=65536 ───────────────────▶
         +15 µs              ◀─ ACK     seq=1 ack=19 len=1460 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… ──
         +20 µs              ◀─ ACK     seq=1461 ack=19 len=1460 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… ──
         +25 µs              ── ACK     ack=2921 win=65536 ──────────────────────────────────────────────────────▶
         +30 µs              ◀─ ACK     seq=2921 ack=19 len=1460 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"… ──
                                                         ⋮ 31 more segments not shown
            end TIME-WAIT      inferred                                                                 inferred   CLOSED
        "#);
    }

    #[test]
    fn one_that_began_before_the_capture_claims_no_opener() {
        let mut lab = Lab::new();
        let (there, back) = ((at(40112), at(8899)), (at(8899), at(40112)));
        lab.tcp(there, PSH_ACK, 100, 200, b"hello");
        lab.tcp(back, ACK, 200, 105, b"");
        lab.tcp(back, RST, 200, 0, b"");
        insta::assert_snapshot!(shown(&lab, usize::MAX, LOOK), @r#"
        stream 0 · 127.0.0.1:40112 ↔ 127.0.0.1:8899 · opening not seen · reset by :8899
          · first seen 2023-11-14 22:13:20.123456 UTC
                :40112                                                     :8899
                ?                                                          ?
           0 µs ESTABLISHED? ── PSH,ACK seq=1 ack=1 len=5 "hello" ───────▶ ESTABLISHED?
           5 µs              ◀─ ACK     ack=6 ────────────────────────────
          10 µs CLOSED       ✗─ RST     seq=1 ──────────────────────────── CLOSED
            end CLOSED         inferred                         inferred   CLOSED
        "#);
    }

    #[test]
    fn without_moments_there_is_nothing_to_draw() {
        assert_eq!(shown(&download(web()), 0, LOOK), "");
    }
}
