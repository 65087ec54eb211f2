//! `reset-connection`: what is sent and told depends on the state.

use super::{Desk, at_a_desk};
use crate::packet::Flags;
use crate::session::Stop;
use crate::story::What;
use crate::tcp::State;

impl Desk {
    /// Resets it; whether RST was sent, and what was said.
    fn resets(&mut self, name: &str) -> (bool, String) {
        let since = self.session.lab.story().cursor();
        let shown = self.types(&format!("reset-connection {name}"));
        let sent = self.session.lab.story().since(since).any(|moment| match &moment.what {
            What::Segment(segment) => segment.segment.flags.has(Flags::RST),
            _ => false,
        });
        assert!(self.end(name).known.is_none(), "{name} is still there");
        (sent, shown)
    }
}

#[test]
fn a_live_connection_is_reset_and_calls_return() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("recv client &");
        let (rst, shown) = desk.resets("client");
        assert!(rst && shown.contains("reset-connection(client) = 0"), "{shown}");
        assert!(shown.contains("recv(client, 1024) = -1 ECONNABORTED"), "{shown}");
        desk.types("recv conn; expect errno ECONNRESET");
    });
}

#[test]
fn rst_is_sent_where_the_other_end_would_not_know() {
    type Prepare = fn(&mut Desk);
    let close_wait: Prepare = |desk| drop(desk.types("shutdown conn wr; shutdown client rd"));
    let fin_wait_1: Prepare = |desk| {
        desk.deaf("conn", true);
        desk.types("close client");
    };
    let fin_wait_2: Prepare = |desk| drop(desk.types("shutdown client wr"));
    let orphan: Prepare = |desk| drop(desk.types("close client"));
    let last_ack: Prepare = |desk| {
        desk.types("shutdown conn wr");
        desk.deaf("conn", true);
        desk.types("close client");
    };
    let time_wait: Prepare = |desk| drop(desk.types("close client; close conn"));
    for (prepare, state, rst, words) in [
        (close_wait, State::CloseWait, true, "sent conn an RST"),
        (fin_wait_1, State::FinWait1, true, "sent conn an RST"),
        (fin_wait_2, State::FinWait2, true, "sent conn an RST"),
        (orphan, State::FinWait2, false, "forgot this orphan and sent nothing"),
        (last_ack, State::LastAck, false, "Linux sends no RST"),
        (time_wait, State::TimeWait, false, "over before its 60 s. Nothing is sent."),
    ] {
        at_a_desk(|desk| {
            desk.connection();
            prepare(desk);
            assert_eq!(desk.known("client").standing.state, state);
            let (sent, shown) = desk.resets("client");
            assert_eq!(sent, rst, "{state}: {shown}");
            assert!(shown.contains(words), "{state}: {shown}");
            assert!(!shown.contains("kernel differs"), "{state}: {shown}");
        });
    }
}

#[test]
fn an_unanswered_connect_is_aborted_without_rst() {
    at_a_desk(|desk| {
        desk.listener(5);
        desk.deaf("server", true);
        desk.types("client = socket tcp; connect client server &");
        let (rst, shown) = desk.resets("client");
        assert!(!rst && shown.contains("no RST"), "{shown}");
        assert!(shown.contains("connect(client, 127.0.0.1:8899) = -1 ECONNABORTED"), "{shown}");
    });
}

#[test]
fn what_has_no_connection_is_refused_with_words() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("lone = socket tcp; other = socket udp; close client; close conn; expire");
        for (name, words) in [
            ("server", "listens: it has no connection of its own"),
            ("lone", "has no connection"),
            ("other", "is a udp socket"),
            ("client", "is over already"),
            ("nobody", "there is no socket called `nobody`"),
        ] {
            let (result, shown) = desk.tries(&format!("reset-connection {name}"));
            assert_eq!(result, Err(Stop::Failed), "{shown}");
            assert!(shown.contains(words), "{name}: {shown}");
        }
        assert!(desk.types("sockets").contains("LISTEN"), "the listener was reset instead");
    });
}

#[test]
fn why_names_the_command_s_page_and_not_a_function_s() {
    at_a_desk(|desk| {
        desk.connection();
        let why = desk.types("reset-connection client; why");
        assert!(why.contains("RST,ACK") && why.contains("man 8 ss"), "{why}");
    });
}
