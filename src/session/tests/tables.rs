//! Tables of what there is.

use super::at_a_desk;

/// The kernel has one socket between two addresses: it isn't the closed one's as well.
#[test]
fn a_closed_socket_is_not_listed_with_the_state_of_who_has_its_addresses_now() {
    at_a_desk(|desk| {
        desk.connection();
        let port = desk.port("client");
        desk.types("close conn; close client");
        assert!(desk.types("sockets").contains("TIME-WAIT"));
        desk.types(&format!("again = socket tcp; bind again 127.0.0.1:{port}"));
        let shown = desk.types("connect again server; conn2 = accept server; sockets");
        let table = &shown[shown.find("fd  name").unwrap()..];
        let names = |state| {
            let lines = table.lines().filter(|line| line.contains(state));
            lines.map(|line| line.split_whitespace().nth(1).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!((names("ESTABLISHED"), names("TIME-WAIT")), (vec!["again", "conn2"], vec![]));
    });
}
