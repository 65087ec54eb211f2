//! Which packets a rule of the wire is about.

use std::fmt;

use super::{Flags, Packet};

/// A kind of packets, as a rule of the wire names it. What each name stands for is what a learner
/// means by it: `ACK` is a segment that only acknowledges, though all but the first have ACK set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// `ANY`: every packet, datagrams and ICMP messages included.
    Any,
    /// `DATA`: what carries payload, TCP or UDP.
    Data,
    /// Segments by their flags: see [`Selection::matches`].
    Flags {
        /// The flags that are named.
        flags: Flags,
        /// `SYN+`: whether others may be set too.
        at_least: bool,
    },
}

const SYN_ACK: Flags = Flags::SYN.with(Flags::ACK);

impl Selection {
    /// Whether a packet is one of these. By their flags, segments are
    ///
    /// - `SYN`: SYN without ACK; `SYN,ACK`: both; ECE and CWR, which negotiate ECN, may be set
    ///   (RFC 3168, section 6.1.1);
    /// - `FIN`, `RST`: that flag set, whatever else is;
    /// - `ACK`: a segment that only acknowledges: no data, no SYN, FIN or RST;
    /// - any others: exactly these;
    /// - with a `+`: at least these.
    pub fn matches(self, packet: &Packet) -> bool {
        match (self, packet) {
            (Selection::Any, _) => true,
            (Selection::Data, Packet::Tcp(segment)) => segment.payload.len > 0,
            (Selection::Data, Packet::Udp(datagram)) => datagram.payload.len > 0,
            (Selection::Flags { flags, at_least: true }, Packet::Tcp(segment)) => {
                segment.flags.has(flags)
            }
            (Selection::Flags { flags, at_least: false }, Packet::Tcp(segment)) => match flags {
                Flags::SYN => segment.flags.has(flags) && !segment.flags.has(Flags::ACK),
                SYN_ACK | Flags::FIN | Flags::RST => segment.flags.has(flags),
                Flags::ACK => segment.is_pure_ack(),
                _ => segment.flags == flags,
            },
            (Selection::Data, Packet::Icmp(_) | Packet::Other(_))
            | (Selection::Flags { .. }, Packet::Udp(_) | Packet::Icmp(_) | Packet::Other(_)) => {
                false
            }
        }
    }

    /// Why no segment that a kernel sends is one of these, if that is so.
    pub fn why_never(self) -> Option<&'static str> {
        let Selection::Flags { flags, at_least } = self else { return None };
        let exactly = !at_least;
        let extra = |usual: Flags| flags.0 & !usual.0 != 0;
        let without_ack = SYN_ACK.with(Flags::RST);
        let open = SYN_ACK.with(Flags::ECE).with(Flags::CWR);
        if flags.has(Flags::SYN.with(Flags::FIN)) {
            Some("a segment that opens doesn't close: SYN and FIN are never set together")
        } else if flags.has(Flags::SYN.with(Flags::RST)) {
            Some("a segment that opens doesn't reset: SYN and RST are never set together")
        } else if flags.has(Flags::FIN.with(Flags::RST)) {
            Some("a reset needs no close: FIN and RST are never set together")
        } else if flags.has(Flags::SYN) && extra(open) {
            Some("PSH and URG come with data: they are never set together with SYN")
        } else if flags.has(Flags::RST) && extra(Flags::RST.with(Flags::ACK)) {
            Some("besides RST only ACK is ever set in a reset")
        } else if exactly && flags != Flags::FIN && !flags.has_any(without_ack) {
            Some("after the first SYN every segment has ACK set, but for some resets")
        } else {
            None
        }
    }
}

/// As the command language spells it: `ANY`, `DATA`, `SYN,ACK`, `SYN+`.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selection::Any => f.pad("ANY"),
            Selection::Data => f.pad("DATA"),
            Selection::Flags { flags, at_least } => {
                f.pad(&format!("{flags}{}", if *at_least { "+" } else { "" }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::sample;
    use etherparse::{PacketBuilderStep, TcpHeader};

    fn exactly(flags: Flags) -> Selection {
        Selection::Flags { flags, at_least: false }
    }

    fn at_least(flags: Flags) -> Selection {
        Selection::Flags { flags, at_least: true }
    }

    fn packet(builder: PacketBuilderStep<TcpHeader>, payload: &[u8]) -> Packet {
        sample::whole(&sample::frame(builder, payload))
    }

    /// Which of the names that rules use most stand for that packet.
    fn names(packet: &Packet) -> String {
        let all = [
            Selection::Data,
            exactly(Flags::SYN),
            exactly(SYN_ACK),
            exactly(Flags::FIN),
            exactly(Flags::RST),
            exactly(Flags::ACK),
            exactly(Flags::PSH.with(Flags::ACK)),
            exactly(Flags::FIN.with(Flags::ACK)),
            exactly(Flags::RST.with(Flags::ACK)),
            at_least(Flags::SYN),
            at_least(Flags::ACK),
        ];
        assert!(Selection::Any.matches(packet));
        let names = all.iter().filter(|what| what.matches(packet)).map(ToString::to_string);
        names.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_name_stands_for_what_a_learner_means_by_it() {
        let tcp = sample::tcp;
        for (packet, wanted) in [
            (packet(tcp().syn(), b""), "SYN SYN+"),
            (packet(tcp().syn(), b"early"), "DATA SYN SYN+"),
            (packet(tcp().syn().ack(1), b""), "SYN,ACK SYN+ ACK+"),
            (packet(tcp().syn().ece().cwr(), b""), "SYN SYN+"),
            (packet(tcp().ack(1), b""), "ACK ACK+"),
            (packet(tcp().ack(1), b"hello"), "DATA ACK+"),
            (packet(tcp().ack(1).psh(), b"hello"), "DATA PSH,ACK ACK+"),
            (packet(tcp().ack(1).fin(), b""), "FIN FIN,ACK ACK+"),
            (packet(tcp().ack(1).fin().psh(), b"end"), "DATA FIN ACK+"),
            (packet(tcp().rst(), b""), "RST"),
            (packet(tcp().rst().ack(1), b""), "RST RST,ACK ACK+"),
            (sample::whole(&sample::udp()), "DATA"),
        ] {
            assert_eq!(names(&packet), wanted, "{packet:?}");
        }
    }

    /// RFC 9293, section 3.10.7: which control bits the states send.
    #[test]
    fn what_no_kernel_sends_is_told_from_what_one_may() {
        use Flags as F;
        for flags in [
            F::SYN.with(F::FIN),
            F::SYN.with(F::RST),
            F::FIN.with(F::RST).with(F::ACK),
            F::SYN.with(F::PSH),
            F::RST.with(F::URG),
        ] {
            assert!(exactly(flags).why_never().is_some(), "{flags}");
            assert!(at_least(flags).why_never().is_some(), "{flags}+");
        }
        for flags in [F::PSH, F::URG, F::ECE, F::FIN.with(F::PSH)] {
            assert!(exactly(flags).why_never().is_some(), "{flags}");
            assert!(at_least(flags).why_never().is_none(), "{flags}+");
        }
        for flags in [
            F::SYN,
            SYN_ACK,
            F::FIN,
            F::RST,
            F::ACK,
            F::RST.with(F::ACK),
            F::FIN.with(F::PSH).with(F::ACK),
            F::SYN.with(F::ECE).with(F::CWR),
        ] {
            assert_eq!(exactly(flags).why_never(), None, "{flags}");
        }
        assert_eq!((Selection::Any.why_never(), Selection::Data.why_never()), (None, None));
    }
}
