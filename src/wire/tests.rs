//! The wire on real loopback, by every method that this kernel has.

use std::net::UdpSocket;
use std::time::Duration;

use super::*;
use crate::network::testing::on_private_network;

const PATIENCE: Duration = Duration::from_secs(10);

fn by_every_method(test: fn(Interposer)) {
    for method in Method::ALL {
        on_private_network(|network| match Interposer::open_with(network, method) {
            Ok(interposer) => test(interposer),
            Err(obstacle) => assert_eq!(obstacle, absence(method)),
        });
    }
}

fn absence(method: Method) -> Obstacle {
    match method {
        Method::Queue => Obstacle { step: Step::QueueExpression, errno: libc::ENOENT },
        Method::Target => Obstacle { step: Step::QueueTarget, errno: libc::ENOENT },
    }
}

fn taken(interposer: &Interposer) -> Taken {
    match interposer.messages().recv_timeout(PATIENCE) {
        Ok(Message::Taken(taken)) => taken,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_datagram_arrives_once_it_is_accepted() {
    by_every_method(|mut wire| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = socket.local_addr().unwrap();
        socket.set_nonblocking(true).unwrap();
        wire.engage().unwrap();
        socket.send_to(b"hello", to).unwrap();
        let taken = taken(&wire);
        assert!(taken.bytes.ends_with(b"hello"));
        assert_eq!(taken.tag, None);
        assert!(socket.recv(&mut [0; 9]).is_err());
        wire.decide(taken.id, Verdict::Accept).unwrap();
        assert_eq!(socket.recv(&mut [0; 9]).unwrap(), 5);
        wire.inject(&taken.bytes, Tag(77)).unwrap();
        let copy = super::tests::taken(&wire);
        assert_eq!((copy.tag, &copy.bytes), (Some(Tag(77)), &taken.bytes));
        wire.release().unwrap();
        wire.decide(copy.id, Verdict::Accept).unwrap();
        assert_eq!(socket.recv(&mut [0; 9]).unwrap(), 5);
    });
}
