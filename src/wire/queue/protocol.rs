//! The kernel's packet queue: messages of nfnetlink_queue (`linux/netfilter/nfnetlink_queue.h`).

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::wire::netlink::{LONGEST_VALUE, Message, Messages, Writer, find};
use crate::wire::obstacle::{Obstacle, Step};
use crate::wire::tag::{FrameTag, Tag, of_address};
use crate::wire::{Verdict, raw};

/// The queue's number. It is that of our own network.
const NUMBER: u16 = 0;

/// Most packets that the kernel keeps for us, by its own limit: newer ones have a hash table of this
/// size. When it is full, packets pass by and nobody says so until the next one is queued.
pub const KERNELS_LIMIT: u32 = 1 << 16;

/// Bytes for packets that were not read yet; of `net.core.rmem_max`, what there is.
pub const RECEIVE_BUFFER: u32 = 4 << 20;

/// Bytes that a packet takes there at least. The kernel doubles what is asked for.
pub const LEAST_MESSAGE: u32 = 768;

/// Opens the queue; the rules that fill it come after.
pub fn open() -> Result<OwnedFd, Obstacle> {
    let at = |step| move |error: io::Error| Obstacle::new(step, &error);
    let socket = raw::netlink_socket(libc::NETLINK_NETFILTER).map_err(at(Step::NetfilterSocket))?;
    raw::set_receive_buffer(socket.as_fd(), RECEIVE_BUFFER as i32)
        .and_then(|()| raw::take_again_soon(socket.as_fd()))
        .map_err(at(Step::NetfilterSocket))?;
    configure(&socket, |w| {
        w.attribute(libc::NFQA_CFG_CMD as u16, &[libc::NFQNL_CFG_CMD_BIND as u8, 0, 0, 0]);
    })
    .map_err(at(Step::Queue))?;
    configure(&socket, |w| {
        let whole_packets = [&u32::MAX.to_be_bytes()[..], &[libc::NFQNL_COPY_PACKET as u8]];
        w.attribute(libc::NFQA_CFG_PARAMS as u16, &whole_packets.concat());
        w.big_endian(libc::NFQA_CFG_QUEUE_MAXLEN as u16, KERNELS_LIMIT);
        w.big_endian(libc::NFQA_CFG_MASK as u16, libc::NFQA_CFG_F_FAIL_OPEN as u32);
        w.big_endian(libc::NFQA_CFG_FLAGS as u16, libc::NFQA_CFG_F_FAIL_OPEN as u32);
    })
    .map_err(at(Step::Queue))?;
    Ok(socket)
}

fn configure(socket: &OwnedFd, attributes: impl FnOnce(&mut Writer)) -> io::Result<()> {
    let mut writer = Writer::default();
    writer.message(kind(libc::NFQNL_MSG_CONFIG), libc::NLM_F_ACK, 0, |w| {
        w.netfilter_header(0, NUMBER);
        attributes(w);
    });
    raw::send(socket.as_fd(), writer.bytes())?;
    // The answer is there when the write returns.
    let mut answer = [0; 1024];
    let length = raw::receive(socket.as_fd(), &mut answer)?.unwrap_or(0);
    match Messages(answer.get(..length).unwrap_or_default()).find_map(|m| m.verdict()) {
        Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}

fn kind(message: i32) -> u16 {
    (libc::NFNL_SUBSYS_QUEUE << 8 | message) as u16
}

/// A packet in the queue, as a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued<'a> {
    /// Counted from 1 since the queue was opened.
    pub id: u32,
    pub tag: Option<Tag>,
    pub packet: &'a [u8],
}

/// The queued packet in a message; `None` if it brings none.
pub fn queued<'a>(message: &Message<'a>) -> Option<Queued<'a>> {
    if message.kind != kind(libc::NFQNL_MSG_PACKET) {
        return None;
    }
    let attributes = message.body.get(4..)?;
    let id = find(attributes, libc::NFQA_PACKET_HDR as u16)?.first_chunk::<4>()?;
    let tag = find(attributes, libc::NFQA_HWADDR as u16).and_then(|hardware| {
        // struct nfqnl_msg_packet_hw: length, padding, address
        match of_address(hardware.get(4..)?) {
            FrameTag::Ours(tag) => Some(tag),
            FrameTag::None | FrameTag::Passing => None,
        }
    });
    let packet = find(attributes, libc::NFQA_PAYLOAD as u16)?;
    Some(Queued { id: u32::from_be_bytes(*id), tag, packet })
}

/// The message that decides a packet. Its sequence number is the packet's id, so that an answer
/// says which packet it is about.
pub fn decision(id: u32, verdict: Verdict<'_>) -> io::Result<Writer> {
    let (code, replacement) = match verdict {
        Verdict::Accept => (libc::NF_ACCEPT, None),
        Verdict::Drop => (libc::NF_DROP, None),
        Verdict::Replace(packet) if packet.len() > LONGEST_VALUE => {
            return Err(io::Error::from_raw_os_error(libc::EMSGSIZE));
        }
        Verdict::Replace(packet) => (libc::NF_ACCEPT, Some(packet)),
    };
    let mut writer = Writer::default();
    writer.message(kind(libc::NFQNL_MSG_VERDICT), 0, id, |w| {
        w.netfilter_header(0, NUMBER);
        let header = [(code as u32).to_be_bytes(), id.to_be_bytes()].concat();
        w.attribute(libc::NFQA_VERDICT_HDR as u16, &header);
        if let Some(packet) = replacement {
            w.attribute(libc::NFQA_PAYLOAD as u16, packet);
        }
    });
    Ok(writer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACKET: [u8; 20] = [0x45; 20];

    /// As the kernel sends it.
    fn message() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.message(kind(libc::NFQNL_MSG_PACKET), 0, 0, |w| {
            w.netfilter_header(2, NUMBER);
            w.attribute(libc::NFQA_PACKET_HDR as u16, &[0, 0, 0, 9, 8, 0, 0]);
            w.attribute(libc::NFQA_HWADDR as u16, &[0, 6, 0, 0, 0x02, 0xdd, 0, 0, 1, 2, 0, 0]);
            w.attribute(libc::NFQA_PAYLOAD as u16, &PACKET);
        });
        writer.bytes().to_vec()
    }

    fn read(bytes: &[u8]) -> Option<Queued<'_>> {
        Messages(bytes).find_map(|message| queued(&message))
    }

    #[test]
    fn a_packet_is_read_with_its_number_and_tag() {
        let expected = Queued { id: 9, tag: Some(Tag(0x102)), packet: &PACKET };
        assert_eq!(read(&message()), Some(expected));
    }

    #[test]
    fn a_message_cut_short_anywhere_brings_no_packet() {
        let whole = message();
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "the kernel's own length says more");
            let mut cut = whole[..length].to_vec();
            if let Some(place) = cut.get_mut(..4) {
                place.copy_from_slice(&(length as u32).to_ne_bytes());
            }
            assert_eq!(read(&cut), None, "{length}: the payload comes last");
        }
    }

    #[test]
    fn an_address_cut_short_is_no_tag() {
        for length in 0..10 {
            let mut writer = Writer::default();
            writer.message(kind(libc::NFQNL_MSG_PACKET), 0, 0, |w| {
                w.netfilter_header(2, NUMBER);
                w.attribute(libc::NFQA_PACKET_HDR as u16, &[0, 0, 0, 9]);
                let hardware = [0, 6, 0, 0, 0x02, 0xdd, 0, 0, 1, 2];
                w.attribute(libc::NFQA_HWADDR as u16, &hardware[..length]);
                w.attribute(libc::NFQA_PAYLOAD as u16, &PACKET);
            });
            assert_eq!(read(writer.bytes()).map(|queued| queued.tag), Some(None));
        }
    }

    proptest! {
        #[test]
        fn damage_does_no_harm(at in 0_usize..80, with in any::<u8>()) {
            let mut bytes = message();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            prop_assert!(read(&bytes).is_none_or(|queued| queued.packet.len() <= bytes.len()));
        }
    }
}
