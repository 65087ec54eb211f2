//! Connections, segment by segment.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::*;

/// Delivers the one packet that is there; its words.
fn deliver(wire: &mut Interposer) -> String {
    let all = all_taken(wire);
    let [one] = all.as_slice() else { panic!("{:?}", all.iter().map(words).collect::<Vec<_>>()) };
    wire.decide(one.id, Verdict::Accept).unwrap();
    words(one)
}

#[test]
fn a_handshake_goes_step_by_step_and_each_answer_is_there_at_once() {
    for address in BOTH {
        by_every_method(|_, mut wire| {
            let server = TcpListener::bind(address).unwrap();
            server.set_nonblocking(true).unwrap();
            let to = server.local_addr().unwrap();
            wire.engage().unwrap();
            let client = thread::spawn(move || TcpStream::connect(to).unwrap());
            let syn = taken(&wire);
            assert_eq!(words(&syn), "SYN");
            wire.decide(syn.id, Verdict::Accept).unwrap();
            assert_eq!(deliver(&mut wire), "SYN,ACK");
            // The client is ESTABLISHED; the server isn't, without this ACK.
            let mut client = client.join().unwrap();
            assert!(server.accept().is_err());
            assert_eq!(deliver(&mut wire), "ACK");
            let (mut conn, _) = server.accept().unwrap();
            client.write_all(b"hello").unwrap();
            assert_eq!(deliver(&mut wire), "PSH,ACK 5");
            let mut buffer = [0; 9];
            assert_eq!(conn.read(&mut buffer).unwrap(), 5);
        });
    }
}

#[test]
fn a_segment_to_a_socket_that_is_closed_meanwhile_is_answered_by_reset() {
    by_every_method(|_, mut wire| {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(server.local_addr().unwrap()).unwrap();
        let (conn, _) = server.accept().unwrap();
        wire.engage().unwrap();
        client.write_all(b"late").unwrap();
        let data = taken(&wire);
        drop(conn);
        let fin = taken(&wire);
        assert_eq!((words(&data).as_str(), words(&fin).as_str()), ("PSH,ACK 4", "FIN,ACK"));
        wire.decide(data.id, Verdict::Accept).unwrap();
        assert_eq!(deliver(&mut wire), "RST");
        assert!(client.write_all(b"x").is_err() || client.read(&mut [0]).is_err());
        wire.decide(fin.id, Verdict::Accept).unwrap();
    });
}

#[test]
fn a_datagram_to_a_socket_that_is_closed_meanwhile_is_unreachable() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"late", to).unwrap();
        let datagram = taken(&wire);
        drop(socket);
        wire.decide(datagram.id, Verdict::Accept).unwrap();
        assert_eq!(deliver(&mut wire), "ICMP 3/3");
    });
}

#[test]
fn a_transfer_that_is_all_held_and_delivered_arrives_whole() {
    by_every_method(|_, mut wire| {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = server.local_addr().unwrap();
        wire.engage().unwrap();
        let data: Vec<u8> = (0..2_000_000_u32).map(|n| n as u8).collect();
        let sent = data.clone();
        let client = thread::spawn(move || {
            TcpStream::connect(to).unwrap().write_all(&sent).unwrap();
        });
        let receiver = thread::spawn(move || {
            let mut got = Vec::new();
            server.accept().unwrap().0.read_to_end(&mut got).unwrap();
            got
        });
        while !receiver.is_finished() {
            if let Ok(message) = wire.messages().recv_timeout(Duration::from_millis(10)) {
                let Message::Taken(taken) = message else { panic!("{message:?}") };
                wire.decide(taken.id, Verdict::Accept).unwrap();
            }
        }
        client.join().unwrap();
        assert!(receiver.join().unwrap() == data);
    });
}
