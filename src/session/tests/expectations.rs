//! Expectations on what the kernel holds now, quantities, and verdicts without waiting.

use super::{Desk, at_a_desk};
use crate::command::{Command, Expectation, Quantity, parse};
use crate::judge::{Holds, Verdict};
use crate::session::expect::Returns;

impl Desk {
    fn fails(&mut self, line: &str, because: &str) {
        let (ended, shown) = self.tries(line);
        assert!(ended.is_err(), "{line}");
        assert!(shown.contains(because), "{line}: {shown}");
    }

    fn measures(&mut self, quantity: &str) -> Option<u64> {
        let mark = self.session.mark;
        self.session.measure(&Quantity::parse(quantity).unwrap(), mark)
    }

    fn verdict(&mut self, line: &str, returns: Returns) -> Verdict {
        self.session.verdict_now(&expectation(line), returns)
    }
}

fn expectation(line: &str) -> Expectation {
    match parse(line).unwrap().remove(0).command {
        Command::Expect { what, .. } => what,
        other => panic!("{other} is no expectation"),
    }
}

#[test]
fn addresses_are_what_the_kernel_says_of_the_open_socket() {
    at_a_desk(|desk| {
        desk.types("six = socket tcp6; bind six *:7000; any = socket tcp; bind any *:7001");
        desk.types("expect sockname six [::]:7000; expect sockname six *:7000");
        desk.types("expect sockname any 0.0.0.0:7001; expect sockname any :7001");
        desk.types("listen six");
        desk.connection();
        desk.types("four = socket tcp; connect four 127.0.0.1:7000; via = accept six");
        desk.types("expect sockname via 127.0.0.1:7000; expect peername via four");
        desk.types("expect peername four localhost:7000");
        desk.types("expect sockname server 127.0.0.1:8899; expect peername client server");
        desk.types("expect peername conn client; expect sockname conn server");
        desk.fails("expect sockname server :8899 within 10ms", "found 127.0.0.1:8899");
        desk.fails("expect peername server client within 10ms", "found server has no peer");
        desk.fails("expect peername client nobody", "`nobody` is neither an address nor a socket");
        desk.types("close client");
        desk.fails("expect sockname client *:1 within 10ms", "found client is closed");
        desk.fails("expect sockname nobody *:1 within 10ms", "found nobody is called nobody");
    });
}

#[test]
fn an_option_is_compared_by_its_value_not_by_its_spelling() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("expect option server SO_ACCEPTCONN on; expect option conn SO_ACCEPTCONN 0");
        desk.types("setsockopt client TCP_USER_TIMEOUT 5s; setsockopt client SO_LINGER on:0");
        desk.types(
            "expect option client tcp_user_timeout 5000; expect option client SO_LINGER 1:0",
        );
        desk.types("expect option client SO_TYPE SOCK_STREAM");
        desk.fails("expect option client TCP_NODELAY on within 10ms", "found 0 (off)");
        desk.fails("expect option client TCP_NODELAI on", "did you mean TCP_NODELAY");
        desk.fails("expect option client TCP_NODELAY perhaps", "TCP_NODELAY takes on or off");
        desk.fails("expect option client SO_ERROR 0", "reading SO_ERROR clears it");
    });
}

#[test]
fn quantities_are_what_there_is_now() {
    at_a_desk(|desk| {
        desk.listener(5);
        desk.types("client = socket tcp; other = socket tcp");
        assert_eq!(desk.measures("queue server"), Some(0));
        assert_eq!(desk.measures("port server"), Some(8899));
        assert_eq!(desk.measures("port client"), None);
        desk.types("connect client server; connect other server; expect queue server 2");
        desk.types("conn = accept server; expect queue server 1; expect queue server 1+");
        let port = u64::from(desk.port("client"));
        assert_eq!(desk.measures("port client"), Some(port));
        desk.types("mark; send client \"hello\"; expect unread conn 5; expect unread conn 3+");
        assert_eq!(desk.measures("segments client>conn"), Some(1));
        assert_eq!(desk.measures("segments PSH,ACK"), Some(1));
        assert_eq!(desk.measures("datagrams"), Some(0));
        desk.types("recv conn 3; expect unread conn 2; expect info conn bytes_received 5");
        desk.types("expect info client snd_cwnd 10; expect info client retransmits 0");
        // The end of the stream is nothing to receive.
        desk.types("shutdown client wr; expect state conn CLOSE-WAIT; expect unread conn 2");
        desk.fails("expect unread server 0 within 10ms", "found server is no stream of bytes");
        desk.fails("expect queue conn 0 within 10ms", "conn is no TCP socket that listens");
        desk.fails("expect info client snd_cwnd 999 within 10ms", "found 10");
        desk.types("close client");
        assert_eq!(desk.measures("port client"), Some(port), "a closed socket had it");
        assert_eq!(desk.measures("unread client"), None);
        assert_eq!(desk.measures("queue nobody"), None);
    });
}

#[test]
fn datagrams_are_counted_since_the_mark() {
    at_a_desk(|desk| {
        desk.types("box = socket udp; bind box 127.0.0.1:5353; sender = socket udp");
        desk.types("sendto sender box \"one\"; sendto sender box \"two\"");
        desk.types("expect datagrams 2; expect datagrams sender>box 2; expect datagrams 1+");
        desk.fails("expect datagrams 1", "found 2\n    datagrams seen: #1 sender>box 3 bytes\n");
        desk.fails("expect datagrams box>sender 1 within 10ms", "found 0");
        assert_eq!(desk.measures("datagrams *>box"), Some(2));
        assert_eq!(desk.measures("info box rtt"), None);
        assert_eq!(desk.measures("unread box"), None);
        desk.types("mark; expect datagrams 0");
    });
}

#[test]
fn results_by_a_function_are_looked_for_since_the_mark() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("nonblock client on; recv client");
        desk.types("expect return 0 by connect client; expect errno EAGAIN by recv");
        desk.types("expect return 0 by bind server; expect return 0 by fcntl");
        desk.fails("expect return 0", "found recv(client) = -1 EAGAIN");
        desk.types("mark");
        desk.fails("expect return 0 by connect", "found no connect() has returned");
        // A call that waits may yet return.
        desk.types("recv conn &; send client \"x\"; expect data \"x\" by recv conn");
    });
}

#[test]
fn roles_tell_segments_apart_that_have_the_same_flags() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("expect role client>server handshake-ack; mark; send client \"x\"");
        desk.types("expect role data; expect role conn>client ack");
        desk.fails("expect role retransmission within 10ms", "client>conn PSH,ACK data\n");
        desk.deaf("conn", true);
        desk.types("send client \"y\"; expect role client>conn retransmission 2 within 5s");
        desk.deaf("conn", false);
    });
}

#[test]
fn a_verdict_can_be_had_at_once_on_the_results_since_a_cursor() {
    at_a_desk(|desk| {
        desk.connection();
        let cursor = desk.session.lab.story().cursor();
        desk.types("send client \"hello\"; recv conn; getsockname conn");
        let mut holds = |line: &str, returns| desk.verdict(line, returns).holds;
        assert_eq!(holds("expect data \"hello\"", Returns::LastTyped), Holds::No);
        assert_eq!(holds("expect data \"hello\"", Returns::Since(cursor)), Holds::Yes);
        assert_eq!(holds("expect return 5 by send", Returns::Since(cursor)), Holds::Yes);
        // What was before the cursor doesn't count; for the last call's judge the mark decides.
        assert_eq!(holds("expect return 0 by connect", Returns::Since(cursor)), Holds::No);
        assert_eq!(holds("expect return 0 by connect", Returns::LastTyped), Holds::Yes);
        assert_eq!(holds("expect count SYN 1", Returns::Since(cursor)), Holds::NotYet);
        assert_eq!(holds("expect count SYN 1", Returns::LastTyped), Holds::Yes);
        assert_eq!(holds("expect state conn ESTABLISHED", Returns::Since(cursor)), Holds::Yes);
        assert_eq!(holds("expect unread conn 1", Returns::Since(cursor)), Holds::NotYet);
        desk.shown.lock().unwrap().clear();
        let verdict = desk.verdict("expect counter OutRst 1", Returns::LastTyped);
        assert_eq!(verdict.holds, Holds::No);
        assert!(verdict.found.contains("did you mean TcpOutRsts?"), "{}", verdict.found);
        assert_eq!(*desk.shown.lock().unwrap(), "", "nothing is shown");
    });
}
