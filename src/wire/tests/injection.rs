//! Packets that we put on lo ourselves.

use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};

use etherparse::PacketBuilder;

use super::*;

#[test]
fn an_injected_copy_is_taken_with_its_tag_and_arrives() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for (address, serial) in [(BOTH[0], 0), (BOTH[1], u32::MAX)] {
            let (socket, to) = datagram_socket(address);
            socket.send_to(b"twice", to).unwrap();
            let original = taken(&wire);
            wire.decide(original.id, Verdict::Accept).unwrap();
            wire.inject(&original.bytes, Tag(serial)).unwrap();
            let copy = taken(&wire);
            assert_eq!((copy.tag, &copy.bytes), (Some(Tag(serial)), &original.bytes));
            assert_eq!(received(&socket).as_deref(), Some("twice"));
            assert_eq!(received(&socket), None);
            wire.decide(copy.id, Verdict::Accept).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("twice"));
        }
    });
}

#[test]
fn without_the_rules_an_injected_packet_arrives_at_once() {
    by_every_method(|_, mut wire| {
        for address in BOTH {
            let (socket, to) = datagram_socket(address);
            wire.engage().unwrap();
            socket.send_to(b"forged", to).unwrap();
            let packet = taken(&wire);
            wire.release().unwrap();
            wire.inject(&packet.bytes, Tag(1)).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("forged"));
        }
    });
}

#[test]
fn a_forged_reset_ends_a_connection() {
    by_every_method(|_, mut wire| {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let (mut conn, _) = server.accept().unwrap();
        wire.engage().unwrap();
        std::io::Write::write_all(&mut client, b"hello").unwrap();
        let data = taken(&wire);
        let segment = match decode(LinkType(101), &data.bytes, data.bytes.len() as u32) {
            Packet::Tcp(segment) => segment,
            other => panic!("{other:?}"),
        };
        let mut reset = Vec::new();
        PacketBuilder::ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
            .tcp(segment.src.port(), segment.dst.port(), segment.seq.0, 0)
            .rst()
            .write(&mut reset, &[])
            .unwrap();
        wire.inject(&reset, Tag(9)).unwrap();
        let taken = taken(&wire);
        assert_eq!((words(&taken).as_str(), taken.tag), ("RST", Some(Tag(9))));
        wire.decide(taken.id, Verdict::Accept).unwrap();
        assert_eq!(conn.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn only_packets_that_fit_the_device_are_injected() {
    by_every_method(|_, mut wire| {
        for rubbish in [&[][..], &[0], &[0x55; 40]] {
            assert_eq!(wire.inject(rubbish, Tag(1)).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        let too_long = [0x45; 1501];
        let error = wire.inject(&too_long, Tag(1)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
        // Not sound, but that is for the kernel to say: it drops them.
        for cut in [&[0x45][..], &[0x60; 3]] {
            wire.inject(cut, Tag(1)).unwrap();
        }
    });
}

#[test]
fn neighbour_discovery_is_left_alone_and_echo_is_not() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        let local = std::net::Ipv6Addr::LOCALHOST.octets();
        // Echo request and reply; then listeners, router and neighbour solicitation and so on.
        for (tag, kind) in
            [1, 4, 128, 129, 130, 131, 133, 134, 135, 136, 137, 143, 255].iter().enumerate()
        {
            let mut packet = Vec::new();
            let message =
                etherparse::Icmpv6Type::Unknown { type_u8: *kind, code_u8: 0, bytes5to8: [0; 4] };
            PacketBuilder::ipv6(local, local, 255)
                .icmpv6(message)
                .write(&mut packet, &[0; 8])
                .unwrap();
            wire.inject(&packet, Tag(tag as u32)).unwrap();
        }
        let tags: Vec<_> = all_taken(&mut wire).iter().map(|taken| taken.tag).collect();
        assert_eq!(tags, [0, 1, 2, 3].map(|tag| Some(Tag(tag))));
    });
}

#[test]
fn the_capture_tells_new_packets_from_those_that_were_held() {
    use crate::capture::{Captured, Rights, start};
    by_every_method(|_, mut wire| {
        let capture = start(Rights::Keep);
        assert_eq!(capture.messages().recv_timeout(PATIENCE), Ok(Captured::Ready));
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"held", to).unwrap();
        let held = taken(&wire);
        wire.decide(held.id, Verdict::Accept).unwrap();
        wire.inject(&held.bytes, Tag(5)).unwrap();
        wire.decide(taken(&wire).id, Verdict::Accept).unwrap();
        exempt(&socket).unwrap();
        socket.send_to(b"the end", to).unwrap();
        let mut tags = Vec::new();
        loop {
            match capture.messages().recv_timeout(PATIENCE).unwrap() {
                Captured::Frame { bytes, .. } if bytes.ends_with(b"the end") => break,
                Captured::Frame { bytes, .. } => tags.push(tag_of(&bytes)),
                other => panic!("{other:?}"),
            }
        }
        let expected: &[FrameTag] = match wire.method() {
            Method::Queue | Method::Target => &[FrameTag::None, FrameTag::Ours(Tag(5))],
            Method::Ingress => {
                let (tagged, passing) = (FrameTag::Ours(Tag(5)), FrameTag::Passing);
                &[FrameTag::None, passing, tagged, passing]
            }
        };
        assert_eq!(tags, expected);
    });
}
