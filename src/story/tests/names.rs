//! What the ends are called, from the learner's calls.

use super::tale::{RST_ACK, SYN, Tale};
use crate::story::{EndName, Side, What};
use crate::tcp::State;
use crate::trace::{Effect, Fact, SocketKind};

fn words(name: &EndName) -> (String, Option<String>) {
    (name.text().to_owned(), name.listener.as_deref().map(str::to_owned))
}

#[test]
fn an_accepted_socket_takes_over_from_its_listener() {
    let mut tale = Tale::new();
    let server = tale.listener("server", "127.0.0.1:8899");
    let (client, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, Effect::None);
    let names = &tale.last().names;
    assert_eq!(words(&names[0]), ("client".into(), None));
    assert_eq!(words(&names[1]), ("server".into(), None));
    assert_eq!(names[1].socket, None);

    let (conn, _) = tale.accept(server, "conn");
    tale.client().data(b"hello");
    let name = tale.last().names[1].clone();
    assert_eq!(words(&name), ("conn".into(), Some("server".into())));
    assert!(name.answers_to("server") && name.answers_to("conn") && !name.answers_to("client"));
    let connection = tale.connection();
    assert_eq!(tale.story.socket(conn).unwrap().connection.map(|c| c.0), Some(connection.id));
    assert_eq!(tale.story.socket(client).unwrap().connection.map(|c| c.0), Some(connection.id));
    assert_eq!(connection.ends[1].name.text(), "conn");
}

#[test]
fn nobody_here_owns_an_end_without_a_socket() {
    let mut tale = Tale::new();
    tale.connecting("client");
    tale.client().syn();
    assert_eq!(tale.last().names[1].text(), "?");
    assert_eq!(tale.last().states.to.before, None);
    assert_eq!(tale.last().states.from.before, Some(State::Closed));
}

#[test]
fn a_wildcard_listener_answers_for_every_address_of_its_family() {
    let mut tale = Tale::new();
    tale.listener("server", "0.0.0.0:8899");
    tale.client().syn();
    assert_eq!(tale.last().names[1].text(), "server");
    assert_eq!(tale.states().1, Some(State::SynReceived));
}

/// ipv6(7): a wildcard of IPv6 takes IPv4 too, unless `IPV6_V6ONLY` is set.
#[test]
fn a_wildcard_of_ipv6_answers_for_ipv4_unless_it_is_told_not_to() {
    for (only, name) in [(false, "server"), (true, "?")] {
        let mut tale = Tale::new();
        let server = tale.socket("server", SocketKind::Tcp6);
        let value = if only { "IPV6_V6ONLY 1" } else { "IPV6_V6ONLY 0" };
        let call = tale.called(server, "setsockopt", value);
        tale.returned(call, 0, Effect::None);
        tale.addressed(server, Some("[::]:8899"), None);
        tale.call(server, "listen", Effect::Listening { backlog: 5 }, |_| {});
        tale.client().syn();
        assert_eq!(tale.last().names[1].text(), name);
    }
}

#[test]
fn mapped_addresses_are_those_on_the_wire() {
    let mut tale = Tale::new();
    let client = tale.socket("client", SocketKind::Tcp6);
    tale.called(client, "connect", "");
    tale.addressed(client, Some("[::ffff:127.0.0.1]:40112"), Some("[::ffff:127.0.0.1]:8899"));
    tale.client().syn();
    assert_eq!(tale.last().names[0].text(), "client");
    let mapped = |port| format!("[::ffff:127.0.0.1]:{port}").parse().unwrap();
    assert!(tale.story.connection_between(mapped(8899), mapped(40112)).is_some());
}

#[test]
fn the_exact_listener_comes_before_the_wildcard() {
    let mut tale = Tale::new();
    tale.listener("any", "0.0.0.0:8899");
    tale.listener("exact", "127.0.0.1:8899");
    tale.client().syn();
    assert_eq!(tale.last().names[1].text(), "exact");
}

#[test]
fn a_closed_socket_keeps_its_name_on_its_connection() {
    let mut tale = Tale::new();
    let (client, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, Effect::None);
    tale.call(client, "close", Effect::Closed, |tale| tale.client().fin());
    tale.server().ack();
    assert_eq!(tale.last().names[1].text(), "client");
    assert!(tale.story.socket_named("client").unwrap().closed);
}

/// Its old connection is over, but the learner hasn't closed it: the new one isn't its own.
#[test]
fn a_new_connection_to_the_same_addresses_is_not_the_old_sockets() {
    let mut tale = Tale::new();
    let server = tale.listener("server", "127.0.0.1:8899");
    let (_, connect) = tale.connecting("client");
    tale.handshake();
    tale.returned(connect, 0, Effect::None);
    tale.accept(server, "old");
    tale.client().abort();
    tale.restart_client(3_900_000_000);
    tale.restart_server(9_000_000);
    tale.connecting("second");
    tale.handshake();
    assert_eq!(tale.last().names[0].text(), "second");
    assert_eq!(words(&tale.last().names[1]), ("server".into(), None));
    tale.accept(server, "new");
    tale.client().data(b"x");
    assert_eq!(tale.last().names[1].text(), "new");
    assert_eq!(tale.story.connections()[0].ends[1].name.text(), "old");
}

#[test]
fn the_address_that_a_refused_connect_gives_up_doesnt_unname_it() {
    let mut tale = Tale::new();
    let (client, connect) = tale.connecting("client");
    tale.client().syn();
    tale.server().segment(RST_ACK, 0, 3_000_000_001, b"");
    tale.addressed(client, Some("0.0.0.0:0"), None);
    tale.failed(connect, libc::ECONNREFUSED);
    assert_eq!(tale.last().names[1].text(), "client");
    assert_eq!(tale.connection().ends[0].name.text(), "client");
    assert_eq!(tale.states().0, Some(State::Closed));
    let What::Return(returned) = &tale.story.moments().last().unwrap().what else { panic!() };
    assert_eq!(returned.peer.as_ref().map(ToString::to_string), Some("127.0.0.1:8899".into()));
}

#[test]
fn a_name_that_is_used_again_means_the_latest() {
    let mut tale = Tale::new();
    let first = tale.socket("client", SocketKind::Tcp);
    tale.call(first, "close", Effect::Closed, |_| {});
    let second = tale.socket("client", SocketKind::Udp);
    assert_eq!(tale.story.socket_named("client").unwrap().id, second);
    let all: Vec<_> = tale.story.sockets().iter().map(|socket| socket.id).collect();
    assert_eq!(all, [first, second]);
}

#[test]
fn a_socket_that_is_connected_to_itself_is_both_ends() {
    let mut tale = Tale::new();
    tale.server.address = tale.client.address;
    let (_, _) = tale.connecting("me");
    let iss = tale.client.next;
    tale.client().segment(SYN, iss, 0, b"");
    assert!(tale.last().names.iter().all(|name| name.text() == "me"));
    assert_eq!(tale.last().states.from.before, Some(State::Closed));
    assert_eq!(tale.states().0, Some(State::SynReceived));
}

/// A connected one takes only its peer's datagrams; a bound one any.
#[test]
fn datagrams_go_to_the_connected_socket_first() {
    let mut tale = Tale::new();
    let any = tale.socket("any", SocketKind::Udp);
    tale.addressed(any, Some("0.0.0.0:9000"), None);
    let datagram = |tale: &mut Tale| {
        tale.frame(crate::packet::sample::udp());
        let last = tale.story.moments().last().unwrap();
        let What::Datagram(datagram) = &last.what else { panic!("a datagram") };
        datagram.names.clone().map(|name| name.text().to_owned())
    };
    assert_eq!(datagram(&mut tale), ["?", "any"]);
    let connected = tale.socket("connected", SocketKind::Udp);
    tale.addressed(connected, Some("127.0.0.1:9000"), Some("127.0.0.1:5353"));
    assert_eq!(datagram(&mut tale), ["?", "connected"]);
    tale.call(connected, "close", Effect::Closed, |_| {});
    assert_eq!(datagram(&mut tale), ["?", "any"]);
}

#[test]
fn a_bound_socket_that_refuses_is_not_an_end_of_the_connection() {
    let mut tale = Tale::new();
    let server = tale.socket("server", SocketKind::Tcp);
    tale.addressed(server, Some("127.0.0.1:8899"), None);
    tale.client().syn();
    tale.server().refuse();
    assert_eq!(tale.last().names[0].text(), "server");
    assert!(tale.story.socket(server).unwrap().connection.is_none());
}

/// udp(7): a connected socket may still send elsewhere with `sendto`.
#[test]
fn a_datagram_that_a_connected_socket_sends_elsewhere_is_its_own() {
    let mut tale = Tale::new();
    let udp = tale.socket("udp", SocketKind::Udp);
    tale.addressed(udp, Some("127.0.0.1:5353"), Some("127.0.0.1:7"));
    let call = tale.called(udp, "sendto", "127.0.0.1:9000");
    tale.frame(crate::packet::sample::udp());
    let datagram = tale.story.moments().rev().find_map(|moment| match &moment.what {
        What::Datagram(datagram) => Some(datagram),
        _ => None,
    });
    let datagram = datagram.unwrap();
    assert_eq!(datagram.names[0].text(), "udp");
    assert_eq!(datagram.cause, Some(call));
}

/// The socket of an attempt that was refused, whose peer then calls it: RFC 9293, section 3.5,
/// figure 7. It is an end of the later connection.
#[test]
fn a_socket_that_was_refused_belongs_to_the_connection_in_which_it_calls_back() {
    let mut tale = Tale::new();
    let (left, right) = (tale.client.address.to_string(), tale.server.address.to_string());
    let [one, other] = ["left", "right"].map(|name| tale.socket(name, SocketKind::Tcp));
    tale.addressed(one, Some(&left), None);
    tale.addressed(other, Some(&right), None);
    let call = tale.called(one, "connect", &right);
    tale.addressed(one, Some(&left), Some(&right));
    tale.client().syn();
    tale.server().refuse();
    tale.addressed(one, Some(&left), None);
    tale.failed(call, libc::ECONNREFUSED);
    tale.fact(Fact::Interposed { on: true });
    tale.restart_client(7_000);
    tale.called(other, "connect", &left);
    tale.addressed(other, Some(&right), Some(&left));
    tale.server().syn();
    tale.called(one, "connect", &right);
    tale.addressed(one, Some(&left), Some(&right));
    tale.client().syn();
    let id = tale.connection().id;
    let ends = [one, other].map(|socket| tale.story.socket(socket).unwrap().connection);
    assert_eq!(ends, [Some((id, Side::B)), Some((id, Side::A))]);
    assert_eq!(tale.states(), (Some(State::SynSent), Some(State::SynSent)));
}
