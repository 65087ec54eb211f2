mod spaces;
mod stimuli;
mod table;

use etherparse::PacketBuilder;

use crate::packet::{Flags, Packet, Segment, decode};
use crate::trace::LinkType;

const SYN: Flags = Flags::SYN;
const SYN_ACK: Flags = Flags::SYN.with(Flags::ACK);
const ACK: Flags = Flags::ACK;
const FIN: Flags = Flags::FIN.with(Flags::ACK);
const RST: Flags = Flags::RST;
const RST_ACK: Flags = Flags::RST.with(Flags::ACK);

/// A segment with so many bytes of data.
fn segment(flags: Flags, seq: u32, ack: u32, len: usize) -> Segment {
    let mut builder = PacketBuilder::ethernet2([0; 6], [0; 6])
        .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
        .tcp(1, 2, seq, 1000);
    if flags.has(Flags::SYN) {
        builder = builder.syn();
    }
    if flags.has(Flags::FIN) {
        builder = builder.fin();
    }
    if flags.has(Flags::RST) {
        builder = builder.rst();
    }
    if flags.has(Flags::ACK) {
        builder = builder.ack(ack);
    }
    let mut frame = Vec::new();
    builder.write(&mut frame, &vec![b'x'; len]).unwrap();
    match decode(LinkType::ETHERNET, &frame, frame.len() as u32) {
        Packet::Tcp(segment) => segment,
        other => panic!("{other:?}"),
    }
}
