//! Where Wireshark misleads: `Wireshark says keep_alive, in truth a zero-window probe, because …`.
//! At most two lines of 80 columns.

use crate::packet::Flags;
use crate::story::{Deviation, Evidence, Later, Role, SegmentMoment, Unanswered};
use crate::trace::{FrameNumber, Origin};

/// What there is to say of a segment's own flags, and of an earlier one's that it sheds light on.
pub fn sentences(moment: &SegmentMoment) -> impl Iterator<Item = (Deviation, String)> {
    let own = moment.deviation.map(|deviation| (deviation, sentence(moment, &deviation)));
    let earlier = moment.shows.map(|Later { frame, deviation }| {
        (deviation, format!("Of frame {} {}", frame.0, sentence(moment, &deviation)))
    });
    own.into_iter().chain(earlier)
}

/// `Wireshark says …, in truth …, because … (D3).`
fn sentence(moment: &SegmentMoment, deviation: &Deviation) -> String {
    let because = because(moment, deviation);
    let flag = deviation.flag.name();
    let unknown = deviation.because == Evidence::NoNewConnection(Unanswered::Unknown);
    let truth = if unknown { "no new connection" } else { truth(deviation.role) };
    format!("Wireshark says {flag}, in truth {truth}, because {because} ({}).", deviation.id())
}

/// In a few words, for a row that says the role already: `not keep_alive (D1)`.
pub fn note(deviation: &Deviation) -> String {
    format!("not {} ({})", deviation.flag.name(), deviation.id())
}

/// The evidence. `moment` is the segment whose numbers it is counted in.
pub fn because(moment: &SegmentMoment, deviation: &Deviation) -> String {
    match deviation.because {
        Evidence::ClosedWindow { since: Some(frame) } => {
            format!("the peer's window was 0 since frame {}", frame.0)
        }
        Evidence::ClosedWindow { since: None } => "the peer's last window was 0".to_owned(),
        Evidence::CrossedSyns { syn } => {
            let frame = syn.map_or_else(String::new, |frame| format!(", in frame {}", frame.0));
            format!("the peer sent a SYN too{frame}, and this repeats its own number")
        }
        Evidence::CapturedBefore { start, end, frame } => {
            let base = moment.segment.seq.0.wrapping_sub(moment.seq);
            let [first, last] = [start, end.advance(u32::MAX)].map(|n| n.0.wrapping_sub(base));
            let what = match (moment.segment.payload.len, first == last) {
                (0, _) if moment.segment.flags.has(Flags::SYN) => "its SYN was".to_owned(),
                (0, _) => "its FIN was".to_owned(),
                (_, true) => format!("byte {first} was"),
                (_, false) => format!("bytes {first} to {last} were"),
            };
            format!("{what} captured before{}", in_frame(frame))
        }
        Evidence::SameFrame { first, apart } => {
            let micros = apart.as_micros();
            format!("frame {}, {micros} µs before, has the same IP id and numbers", first.0)
        }
        Evidence::OnlyScaled { syn, now } => {
            let change = if now > syn { "is only rounded up" } else { "opens nothing" };
            format!("a SYN's window is never scaled: from {syn} to {now} {change}")
        }
        Evidence::SentAgain { frame, fin } => {
            let what = if fin { "FIN" } else { "SYN,ACK" };
            format!("it answers the {what} that came again in frame {}", frame.0)
        }
        Evidence::Challenged { frame, reset } => {
            let what = if reset { "RST with the wrong number" } else { "SYN" };
            format!("it answers the {what} of frame {} in an open connection", frame.0)
        }
        Evidence::NoNewConnection(fate) => no_new_connection(fate),
        Evidence::NothingMissing => {
            "all that the peer had sent was acknowledged: nothing is missing".to_owned()
        }
        Evidence::NotLarger { before, now } if before == now => {
            format!("the window is {now} bytes as before")
        }
        Evidence::NotLarger { before, now } => {
            format!("the window got no larger: {before} bytes before, {now} now")
        }
        Evidence::Unacknowledged { frame } if moment.segment.payload.len > 0 => {
            format!("its byte was sent before{}, and not yet acknowledged", in_frame(frame))
        }
        Evidence::Unacknowledged { frame } => {
            format!("what it answers was data sent again{}", in_frame(frame))
        }
        Evidence::OnTheWire => match moment.passage.origin {
            Origin::Copy { of } => format!("the wire made it of frame {}", of.0),
            Origin::Stack | Origin::Forged => {
                "on this wire what was sent had not come at once".to_owned()
            }
        },
        Evidence::Reset => "what an RST carries is no data of the stream".to_owned(),
        Evidence::AnotherNumber { .. } => {
            "its number isn't that of the SYN before: it is a new answer".to_owned()
        }
    }
}

/// Why a SYN begins no new connection, although its ports are used again.
pub fn no_new_connection(fate: Unanswered) -> String {
    match fate {
        Unanswered::Reset(frame) => {
            format!("no SYN,ACK came: its sender reset the old connection in frame {}", frame.0)
        }
        Unanswered::WentOn(frame) => format!(
            "no SYN,ACK came: its sender went on in the old connection, in frame {}",
            frame.0
        ),
        Unanswered::Unknown => {
            "the old one lived and no SYN,ACK follows: half-open or forged".to_owned()
        }
    }
}

fn in_frame(frame: Option<FrameNumber>) -> String {
    frame.map_or_else(String::new, |frame| format!(", in frame {}", frame.0))
}

/// What it is, as part of a sentence.
fn truth(role: Role) -> &'static str {
    match role {
        Role::Syn => "a new SYN",
        Role::SynAck => "a new SYN,ACK",
        Role::HandshakeAck => "the handshake's ACK again",
        Role::Data => "new data",
        Role::Ack => "a plain ACK",
        Role::Fin => "a FIN",
        Role::AckOfFin => "the ACK of a FIN again",
        Role::Reset => "a reset",
        Role::Refusal => "a refusal",
        Role::Retransmission => "a retransmission",
        Role::FastRetransmission => "a fast retransmission",
        Role::SpuriousRetransmission => "a needless retransmission",
        Role::DuplicateAck => "a duplicate ACK",
        Role::WindowUpdate => "a window update",
        Role::ZeroWindow => "a closed window",
        Role::ZeroWindowProbe => "a zero-window probe",
        Role::WindowFull => "data up to the window's edge",
        Role::KeepAlive => "a keep-alive",
        Role::ProbeAnswer => "the answer to a probe",
        Role::ChallengeAck => "a challenge ACK",
        Role::SimultaneousOpen => "a simultaneous open",
        Role::OutOfOrder => "data out of order",
        Role::HalfOpen => "a half-open connection",
        Role::CaptureDuplicate => "the same frame captured twice",
        Role::Urgent => "urgent data",
        Role::FastOpen => "a fast open",
        Role::NotTaken => "one that wasn't taken",
        Role::Copied => "a copy",
        Role::Forged => "a forged SYN",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::specimen::{segment, with};
    use super::*;
    use crate::packet::SeqNumber;
    use crate::story::{Side, What};
    use crate::tcp::analysis::Finding;

    fn told(flag: Finding, role: Role, because: Evidence) -> String {
        let moment = with(segment(9, Side::A, 0, Flags::ACK, 1449, 1), |m| {
            m.segment.payload.len = 1448;
            m.deviation = Some(Deviation { flag, role, because });
        });
        let What::Segment(moment) = moment.what else { unreachable!() };
        sentences(&moment).map(|(_, words)| words).collect()
    }

    #[test]
    fn each_says_what_wireshark_says_what_is_true_and_why() {
        let frame = FrameNumber(7);
        let all = [
            (
                Finding::KeepAlive,
                Role::ZeroWindowProbe,
                Evidence::ClosedWindow { since: Some(FrameNumber(12)) },
            ),
            (
                Finding::Retransmission,
                Role::SimultaneousOpen,
                Evidence::CrossedSyns { syn: Some(frame) },
            ),
            (
                Finding::OutOfOrder,
                Role::Retransmission,
                Evidence::CapturedBefore {
                    start: SeqNumber(2449),
                    end: SeqNumber(3897),
                    frame: Some(frame),
                },
            ),
            (
                Finding::Retransmission,
                Role::CaptureDuplicate,
                Evidence::SameFrame { first: frame, apart: Duration::from_micros(3) },
            ),
            (
                Finding::WindowUpdate,
                Role::ProbeAnswer,
                Evidence::OnlyScaled { syn: 65535, now: 65152 },
            ),
            (Finding::DuplicateAck, Role::AckOfFin, Evidence::SentAgain { frame, fin: true }),
            (
                Finding::DuplicateAck,
                Role::ChallengeAck,
                Evidence::Challenged { frame, reset: true },
            ),
            (
                Finding::ReusedPorts,
                Role::HalfOpen,
                Evidence::NoNewConnection(Unanswered::Reset(frame)),
            ),
            (
                Finding::ReusedPorts,
                Role::Forged,
                Evidence::NoNewConnection(Unanswered::WentOn(frame)),
            ),
            (Finding::ReusedPorts, Role::HalfOpen, Evidence::NoNewConnection(Unanswered::Unknown)),
            (Finding::DuplicateAck, Role::Ack, Evidence::NothingMissing),
            (Finding::WindowUpdate, Role::Ack, Evidence::NotLarger { before: 502, now: 501 }),
            (
                Finding::KeepAlive,
                Role::Retransmission,
                Evidence::Unacknowledged { frame: Some(frame) },
            ),
            (Finding::FastRetransmission, Role::Retransmission, Evidence::OnTheWire),
            (Finding::Retransmission, Role::Reset, Evidence::Reset),
            (
                Finding::Retransmission,
                Role::SynAck,
                Evidence::AnotherNumber { before: SeqNumber(1) },
            ),
        ];
        let all = all.map(|(flag, role, because)| told(flag, role, because));
        assert!(all.iter().all(|words| words.chars().count() <= 156));
        insta::assert_snapshot!(all.join("\n"), @"
        Wireshark says keep_alive, in truth a zero-window probe, because the peer's window was 0 since frame 12 (D1).
        Wireshark says retransmission, in truth a simultaneous open, because the peer sent a SYN too, in frame 7, and this repeats its own number (D2).
        Wireshark says out_of_order, in truth a retransmission, because bytes 1449 to 2896 were captured before, in frame 7 (D3).
        Wireshark says retransmission, in truth the same frame captured twice, because frame 7, 3 µs before, has the same IP id and numbers (D4).
        Wireshark says window_update, in truth the answer to a probe, because a SYN's window is never scaled: from 65535 to 65152 opens nothing (D5).
        Wireshark says duplicate_ack, in truth the ACK of a FIN again, because it answers the FIN that came again in frame 7 (D6).
        Wireshark says duplicate_ack, in truth a challenge ACK, because it answers the RST with the wrong number of frame 7 in an open connection (D7).
        Wireshark says reused_ports, in truth a half-open connection, because no SYN,ACK came: its sender reset the old connection in frame 7 (D8).
        Wireshark says reused_ports, in truth a forged SYN, because no SYN,ACK came: its sender went on in the old connection, in frame 7 (D8).
        Wireshark says reused_ports, in truth no new connection, because the old one lived and no SYN,ACK follows: half-open or forged (D8).
        Wireshark says duplicate_ack, in truth a plain ACK, because all that the peer had sent was acknowledged: nothing is missing (D9).
        Wireshark says window_update, in truth a plain ACK, because the window got no larger: 502 bytes before, 501 now (D10).
        Wireshark says keep_alive, in truth a retransmission, because its byte was sent before, in frame 7, and not yet acknowledged (D11).
        Wireshark says fast_retransmission, in truth a retransmission, because on this wire what was sent had not come at once (D12).
        Wireshark says retransmission, in truth a reset, because what an RST carries is no data of the stream (D13).
        Wireshark says retransmission, in truth a new SYN,ACK, because its number isn't that of the SYN before: it is a new answer (D14).
        ");
    }

    #[test]
    fn what_a_later_segment_shows_names_the_earlier() {
        let because = Evidence::NoNewConnection(Unanswered::WentOn(FrameNumber(9)));
        let deviation = Deviation { flag: Finding::ReusedPorts, role: Role::Forged, because };
        let moment = with(segment(9, Side::A, 0, Flags::ACK, 1, 1), |m| {
            m.shows = Some(Later { frame: FrameNumber(4), deviation });
        });
        let What::Segment(moment) = moment.what else { unreachable!() };
        insta::assert_snapshot!(sentences(&moment).map(|(_, words)| words).collect::<String>(), @"Of frame 4 Wireshark says reused_ports, in truth a forged SYN, because no SYN,ACK came: its sender went on in the old connection, in frame 9 (D8).");
        assert_eq!(note(&deviation), "not reused_ports (D8)");
    }
}
