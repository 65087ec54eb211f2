//! What becomes of packets.

use super::*;

#[test]
fn a_datagram_arrives_once_it_is_accepted() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for address in BOTH {
            let (socket, to) = datagram_socket(address);
            socket.send_to(b"hello", to).unwrap();
            let taken = taken(&wire);
            assert_eq!((words(&taken).as_str(), taken.tag), ("hello", None));
            assert_eq!(received(&socket), None);
            wire.decide(taken.id, Verdict::Accept).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("hello"));
        }
    });
}

#[test]
fn a_dropped_datagram_never_arrives() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for address in BOTH {
            let (socket, to) = datagram_socket(address);
            socket.send_to(b"first", to).unwrap();
            socket.send_to(b"second", to).unwrap();
            wire.decide(taken(&wire).id, Verdict::Drop).unwrap();
            wire.decide(taken(&wire).id, Verdict::Accept).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("second"));
            assert_eq!(received(&socket), None);
        }
    });
}

#[test]
fn a_replaced_datagram_arrives_changed() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"hello", to).unwrap();
        let taken = taken(&wire);
        let mut other = taken.bytes.to_vec();
        other[26..28].fill(0); // no checksum
        other[28] = b'j';
        wire.decide(taken.id, Verdict::Replace(&other)).unwrap();
        assert_eq!(received(&socket).as_deref(), Some("jello"));
    });
}

/// `InCsumErrors` of UDP, in both versions of IP.
fn checksum_errors() -> [u64; 2] {
    let v4 = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let mut lines = v4.lines().filter_map(|line| line.strip_prefix("Udp: "));
    let place = lines.next().unwrap().split(' ').position(|name| name == "InCsumErrors").unwrap();
    let v4 = lines.next().unwrap().split(' ').nth(place).unwrap();
    let v6 = std::fs::read_to_string("/proc/net/snmp6").unwrap();
    let v6 = v6.lines().find_map(|line| line.strip_prefix("Udp6InCsumErrors")).unwrap();
    [v4, v6].map(|number| number.trim().parse().unwrap())
}

#[test]
fn a_damaged_datagram_fails_its_checksum_in_the_kernel() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for address in BOTH {
            let (socket, to) = datagram_socket(address);
            socket.send_to(b"hello", to).unwrap();
            let taken = taken(&wire);
            let mut other = taken.bytes.to_vec();
            *other.last_mut().unwrap() ^= 0x20;
            wire.decide(taken.id, Verdict::Replace(&other)).unwrap();
            // The kernel looks when somebody reads.
            assert_eq!(received(&socket), None);
        }
        assert_eq!(checksum_errors(), [1, 1]);
    });
}

#[test]
fn a_thousand_are_held_and_arrive_in_whatever_order() {
    by_every_method(|_, mut wire| {
        let (socket, to) = datagram_socket("127.0.0.1:0");
        wire.engage().unwrap();
        for number in 0..1000 {
            socket.send_to(format!("{number}").as_bytes(), to).unwrap();
        }
        let mut held = all_taken(&mut wire);
        let numbers: Vec<u32> = held.iter().map(|taken| words(taken).parse().unwrap()).collect();
        assert_eq!(numbers, (0..1000).collect::<Vec<u32>>());
        assert!(held.is_sorted_by_key(|taken| taken.id));
        held.reverse();
        for (number, taken) in (0..1000).rev().zip(held) {
            wire.decide(taken.id, Verdict::Accept).unwrap();
            assert_eq!(received(&socket), Some(number.to_string()));
        }
    });
}

#[test]
fn fragments_come_one_by_one() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for address in BOTH {
            let (socket, to) = datagram_socket(address);
            socket.send_to(&[b'x'; 4000], to).unwrap();
            let fragments = all_taken(&mut wire);
            assert_eq!(fragments.len(), 3);
            assert!(fragments.iter().all(|fragment| fragment.bytes.len() <= 1500));
            for fragment in fragments {
                assert_eq!(received(&socket), None);
                wire.decide(fragment.id, Verdict::Accept).unwrap();
            }
            assert_eq!(received(&socket).map(|data| data.len()), Some(4000));
        }
    });
}

#[test]
fn errors_of_icmp_are_taken_too() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for (address, unreachable) in [("127.0.0.1:1", "ICMP 3/3"), ("[::1]:1", "ICMP 1/4")] {
            let any = if address.starts_with('[') { BOTH[1] } else { BOTH[0] };
            let (socket, _) = datagram_socket(any);
            socket.connect(address).unwrap();
            socket.send(b"anybody?").unwrap();
            wire.decide(taken(&wire).id, Verdict::Accept).unwrap();
            let error = taken(&wire);
            assert_eq!(words(&error), unreachable);
            assert_eq!(socket.recv(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
            wire.decide(error.id, Verdict::Accept).unwrap();
            assert_eq!(
                socket.recv(&mut [0]).unwrap_err().kind(),
                std::io::ErrorKind::ConnectionRefused
            );
        }
    });
}

#[test]
fn what_is_not_there_can_not_be_decided() {
    by_every_method(|_, mut wire| {
        let not_there = |wire: &Interposer, id| {
            let error = wire.decide(id, Verdict::Accept).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
        };
        for id in [0, 1, u64::MAX] {
            not_there(&wire, PacketId(id));
        }
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"once", to).unwrap();
        let taken = taken(&wire);
        not_there(&wire, PacketId(taken.id.0 + 1));
        wire.decide(taken.id, Verdict::Accept).unwrap();
        not_there(&wire, taken.id);
        assert_eq!(received(&socket).as_deref(), Some("once"));
        assert_eq!(received(&socket), None);
    });
}

#[test]
fn a_replacement_that_is_too_long_decides_nothing() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"short", to).unwrap();
        let taken = taken(&wire);
        let error = wire.decide(taken.id, Verdict::Replace(&vec![0x45; 1 << 16])).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
        wire.decide(taken.id, Verdict::Accept).unwrap();
        assert_eq!(received(&socket).as_deref(), Some("short"));
    });
}
