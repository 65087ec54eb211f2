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
