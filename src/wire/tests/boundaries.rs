//! When packets are taken, and when not.

use super::*;
use crate::network::testing::in_child;

#[test]
fn packets_of_exempt_sockets_pass_by() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        for address in BOTH {
            let (socket, to) = datagram_socket(address);
            exempt(&socket).unwrap();
            socket.send_to(b"marker", to).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("marker"));
        }
        assert_eq!(all_taken(&mut wire), []);
    });
}

#[test]
fn nothing_is_taken_before_and_after() {
    by_every_method(|_, mut wire| {
        let (socket, to) = datagram_socket("127.0.0.1:0");
        let passes = |text: &str| {
            socket.send_to(text.as_bytes(), to).unwrap();
            assert_eq!(received(&socket).as_deref(), Some(text));
        };
        passes("before");
        for _ in 0..3 {
            wire.engage().unwrap();
            wire.engage().unwrap();
            socket.send_to(b"held", to).unwrap();
            let [held] = all_taken(&mut wire).try_into().unwrap();
            wire.release().unwrap();
            wire.release().unwrap();
            passes("between");
            wire.decide(held.id, Verdict::Accept).unwrap();
            assert_eq!(received(&socket).as_deref(), Some("held"));
        }
        assert_eq!(all_taken(&mut wire), []);
        drop(wire);
        passes("after");
    });
}

#[test]
fn one_can_be_opened_after_another_but_not_beside_it() {
    by_every_method(|network, wire| {
        let method = wire.method();
        let obstacle = Interposer::open_with(network, method).unwrap_err();
        assert_eq!(obstacle, Obstacle { step: Step::Lock, errno: libc::EADDRINUSE });
        drop(wire);
        for _ in 0..20 {
            Interposer::open_with(network, method).unwrap().engage().unwrap();
        }
    });
}

#[test]
fn dropping_it_ends_its_messages() {
    by_every_method(|_, wire| {
        let messages = wire.messages().clone();
        drop(wire);
        assert_eq!(messages.recv(), Err(crossbeam_channel::RecvError));
    });
}

#[test]
fn what_a_killed_process_held_is_lost_and_others_go_on() {
    by_every_method(|network, wire| {
        let method = wire.method();
        drop(wire);
        let (socket, to) = datagram_socket("127.0.0.1:0");
        in_child(|| {
            let mut wire = Interposer::open_with(network, method).unwrap();
            wire.engage().unwrap();
            socket.send_to(b"held", to).unwrap();
            taken(&wire);
            // The child ends without destructors.
            std::mem::forget(wire);
        });
        assert_eq!(received(&socket), None);
        let mut wire = Interposer::open_with(network, method).unwrap();
        socket.send_to(b"free", to).unwrap();
        assert_eq!(received(&socket).as_deref(), Some("free"));
        wire.engage().unwrap();
        socket.send_to(b"held", to).unwrap();
        assert_eq!(words(&taken(&wire)), "held");
    });
}

#[test]
fn a_packet_that_the_kernel_threw_away_is_said_to_be_gone() {
    by_every_method(|_, mut wire| {
        let take = match wire.method() {
            Method::Queue => Take::Expression,
            Method::Target => Take::Target,
            // There the kernel keeps no packet.
            Method::Ingress => return,
        };
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"lost", to).unwrap();
        let held = taken(&wire);
        // Its chain loses its hook.
        drop(Rules::prepare(take).unwrap());
        wire.decide(held.id, Verdict::Accept).unwrap();
        assert_eq!(next(&wire), Message::Gone(held.id));
        assert_eq!(received(&socket), None);
    });
}

#[test]
fn what_is_held_when_it_is_dropped_is_lost() {
    by_every_method(|_, mut wire| {
        wire.engage().unwrap();
        let (socket, to) = datagram_socket("127.0.0.1:0");
        socket.send_to(b"held", to).unwrap();
        taken(&wire);
        drop(wire);
        assert_eq!(received(&socket), None);
        socket.send_to(b"free", to).unwrap();
        assert_eq!(received(&socket).as_deref(), Some("free"));
    });
}
