//! Explanations that need the kernel to be true.

use super::at_a_desk;

#[test]
fn a_unix_socket_has_no_port_and_no_handshake_but_a_file() {
    at_a_desk(|desk| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phone");
        desk.types("server = socket unix");
        let shown = desk.types(&format!("bind server \"{}\"; listen server", path.display()));
        assert!(shown.contains("It stays when the socket is closed"), "{shown}");
        assert!(!shown.contains("shakes hands"), "{shown}");
    });
}

#[test]
fn a_backlog_that_the_kernel_cuts_is_told_as_it_is() {
    at_a_desk(|desk| {
        desk.types("kernel somaxconn 2; server = socket tcp; bind server :8899");
        let shown = desk.types("listen server 100");
        assert!(shown.contains("up to 3"), "{shown}");
    });
}

#[test]
fn who_is_connected_elsewhere_is_somebody_all_the_same() {
    at_a_desk(|desk| {
        desk.types("server = socket udp; bind server :8899; connect server 127.0.0.1:9");
        let shown = desk.types("client = socket udp; sendto client 127.0.0.1:8899 \"x\"");
        assert!(shown.contains("is server's, which is"), "{shown}");
        assert!(!shown.contains("Nobody is at port"), "{shown}");
    });
}

#[test]
fn a_peek_takes_nothing_of_a_datagram() {
    at_a_desk(|desk| {
        desk.types("server = socket udp; bind server :8899; client = socket udp");
        desk.types("sendto client 127.0.0.1:8899 \"hello\"");
        let shown = desk.types("recv server 1 peek");
        assert!(shown.contains("takes nothing away") && !shown.contains("is gone"), "{shown}");
        assert!(desk.types("recv server").contains("\"hello\""));
    });
}

#[test]
fn a_socket_that_was_shut_down_both_ways_is_not_called_closed() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("shutdown conn rdwr");
        let shown = desk.types("send client \"x\"");
        assert!(shown.contains("was shut down for reading too"), "{shown}");
    });
}

#[test]
fn a_fin_is_no_byte_to_be_read() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("send client \"bye\"; close client");
        let row = |shown: &str| -> Vec<String> {
            let row = shown.lines().find(|line| line.contains("CLOSE-WAIT")).unwrap();
            row.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(row(&desk.types("sockets"))[6], "3");
        desk.types("recv conn");
        assert_eq!(row(&desk.types("sockets"))[6], "0");
        assert_eq!(desk.known("conn").unread, 0);
    });
}
