use std::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::packet::Flags;
use crate::story::Story;
use crate::view::ladder::test_lab::Lab;
use crate::view::ladder::test_moments::{ACK, FIN_ACK, LOOK, PSH_ACK, RST, RST_ACK, SYN, SYN_ACK};
use crate::view::sanitize::columns;
use crate::view::specimen::START;

type Ends = (SocketAddr, SocketAddr);

fn ends(client: &str, server: &str) -> Ends {
    (client.parse().unwrap(), server.parse().unwrap())
}

fn swapped((one, other): Ends) -> Ends {
    (other, one)
}

/// A conversation of every kind.
fn lab() -> Lab {
    let mut lab = Lab::new();
    let web = ends("10.0.0.7:40112", "192.0.2.80:80");
    open(&mut lab, web);
    lab.tcp(web, PSH_ACK, 1, 1, b"GET / HTTP/1.1\r\n\r\n");
    lab.wait(210_000);
    lab.tcp(web, PSH_ACK, 1, 1, b"GET / HTTP/1.1\r\n\r\n");
    lab.tcp(swapped(web), ACK, 1, 19, &[b'x'; 1460]);
    lab.tcp(web, ACK, 19, 1461, b"");
    lab.tcp(web, FIN_ACK, 19, 1461, b"");
    lab.tcp(swapped(web), FIN_ACK, 1461, 20, b"");
    lab.tcp(web, ACK, 20, 1462, b"");
    lab.wait(1_000_000);
    let refused = ends("10.0.0.7:40113", "192.0.2.80:81");
    lab.tcp(refused, SYN, 0, 0, b"");
    lab.tcp(swapped(refused), RST_ACK, 0, 1, b"");
    let silent = ends("10.0.0.7:40114", "192.0.2.81:80");
    lab.tcp(silent, SYN, 0, 0, b"");
    lab.wait(1_000_000);
    lab.tcp(silent, SYN, 0, 0, b"");
    let earlier = ends("10.0.0.7:22", "10.0.0.8:51000");
    lab.tcp(earlier, PSH_ACK, 900, 100, b"hello");
    let half_seen = ends("[2001:db8:4:5:6:7:8:9]:40115", "[2001:db8::2]:443");
    lab.tcp(swapped(half_seen), SYN_ACK, 0, 1, b"");
    lab.tcp(half_seen, ACK, 1, 1, b"");
    let long = (
        "[2001:db8:1234:5678:9abc:def0:1234:5678]:60000",
        "[2001:db8:8765:4321:9abc:def0:1234:5678]:60001",
    );
    let reset = ends(long.0, long.1);
    open(&mut lab, reset);
    lab.tcp(swapped(reset), RST, 1, 0, b"");
    let half = ends("10.0.0.7:40116", "192.0.2.80:80");
    open(&mut lab, half);
    lab.tcp(half, FIN_ACK, 1, 1, b"");
    lab.tcp(swapped(half), ACK, 1, 2, b"");
    lab
}

fn open(lab: &mut Lab, there: Ends) {
    lab.tcp(there, SYN, 0, 0, b"");
    lab.wait(20_000);
    lab.tcp(swapped(there), SYN_ACK, 0, 1, b"");
    lab.tcp(there, ACK, 1, 1, b"");
}

fn shown(story: &Story, look: Look, columns: Option<usize>, names: Names<'_>) -> String {
    let mut conversations = Conversations::new(look, columns);
    let mut out = conversations.heading();
    for connection in story.connections() {
        let recorded = Recorded { stream: connection.id.0, ..Recorded::new(connection) };
        conversations.line(&mut out, &recorded, START, names);
    }
    out
}

#[test]
fn each_end_has_a_row_on_eighty_columns() {
    insta::assert_snapshot!(shown(&lab().story, LOOK, Some(80), &nameless), @"
    no  client                 segs   bytes sent  state          start  opening
     →  server                             again                  took  ending
     0  10.0.0.7:40112            7    18 B    1  TIME-WAIT       0 µs  SYN
     →  192.0.2.80:80             3 1.46 kB       CLOSED        230 ms  client FIN
     1  10.0.0.7:40113            1     0 B       CLOSED        1.23 s  SYN
     →  192.0.2.80:81             1     0 B       CLOSED          5 µs  refused
     2  10.0.0.7:40114            2     0 B    1  SYN-SENT      1.23 s  SYN
     →  192.0.2.81:80             0     0 B       ?             1.00 s  no answer
     3  10.0.0.7:22               1     5 B       ESTABLISHED?  2.23 s  not seen
     ↔  10.0.0.8:51000            0     0 B       ESTABLISHED?    0 µs  still open
     4  [2001:db8:4:5:6:7:8:9]:40115
                                  1     0 B       ESTABLISHED   2.23 s  SYN,ACK
     →  [2001:db8::2]:443         1     0 B       ESTABLISHED     5 µs  still open
     5  [2001:db8:1234:5678:9abc:def0:1234:5678]:60000
                                  2     0 B       CLOSED        2.23 s  SYN
     →  [2001:db8:8765:4321:9abc:def0:1234:5678]:60001
                                  2     0 B       CLOSED         20 ms  server RST
     6  10.0.0.7:40116            3     0 B       FIN-WAIT-2    2.25 s  SYN
     →  192.0.2.80:80             2     0 B       CLOSE-WAIT     20 ms  half-close
    ");
}

#[test]
fn words_are_in_full_where_there_is_room() {
    insta::assert_snapshot!(shown(&lab().story, LOOK, Some(120), &nameless), @"
    no  client                                           segs   bytes sent  state          start  opening
     →  server                                                       again                  took  ending
     0  10.0.0.7:40112                                      7    18 B    1  TIME-WAIT       0 µs  SYN seen
     →  192.0.2.80:80                                       3 1.46 kB       CLOSED        230 ms  client closed first
     1  10.0.0.7:40113                                      1     0 B       CLOSED        1.23 s  SYN seen
     →  192.0.2.80:81                                       1     0 B       CLOSED          5 µs  refused by RST
     2  10.0.0.7:40114                                      2     0 B    1  SYN-SENT      1.23 s  SYN seen
     →  192.0.2.81:80                                       0     0 B       ?             1.00 s  no answer to SYN
     3  10.0.0.7:22                                         1     5 B       ESTABLISHED?  2.23 s  opening not seen
     ↔  10.0.0.8:51000                                      0     0 B       ESTABLISHED?    0 µs  still open
     4  [2001:db8:4:5:6:7:8:9]:40115                        1     0 B       ESTABLISHED   2.23 s  SYN,ACK seen
     →  [2001:db8::2]:443                                   1     0 B       ESTABLISHED     5 µs  still open
     5  [2001:db8:1234:5678:9abc:def0:1234:5678]:60000      2     0 B       CLOSED        2.23 s  SYN seen
     →  [2001:db8:8765:4321:9abc:def0:1234:5678]:60001      2     0 B       CLOSED         20 ms  reset by server
     6  10.0.0.7:40116                                      3     0 B       FIN-WAIT-2    2.25 s  SYN seen
     →  192.0.2.80:80                                       2     0 B       CLOSE-WAIT     20 ms  half-closed by client
    ");
}

#[test]
fn a_wide_screen_has_one_line_for_each() {
    insta::assert_snapshot!(shown(&lab().story, LOOK, Some(160), &nameless), @"
    no  client → server                                         opening    start    took → segs  bytes ← segs  bytes again states                      ending
     0  10.0.0.7:40112 → 192.0.2.80:80                          SYN         0 µs  230 ms     7    18 B     3 1.46 kB    1  TIME-WAIT     CLOSED        client FIN
     1  10.0.0.7:40113 → 192.0.2.80:81                          SYN       1.23 s    5 µs     1     0 B     1     0 B       CLOSED        CLOSED        refused
     2  10.0.0.7:40114 → 192.0.2.81:80                          SYN       1.23 s  1.00 s     2     0 B     0     0 B    1  SYN-SENT      ?             no answer
     3  10.0.0.7:22 ↔ 10.0.0.8:51000                            not seen  2.23 s    0 µs     1     5 B     0     0 B       ESTABLISHED?  ESTABLISHED?  still open
     4  [2001:db8:4:5:6:7:8:9]:40115 → [2001:db8::2]:443        SYN,ACK   2.23 s    5 µs     1     0 B     1     0 B       ESTABLISHED   ESTABLISHED   still open
     5  [2001:db8:1234:5678:9abc:def0:1234:5678]:60000 → [2001:db8:8765:4321:9abc:def0:1234:5678]:60001
                                                                SYN       2.23 s   20 ms     2     0 B     2     0 B       CLOSED        CLOSED        server RST
     6  10.0.0.7:40116 → 192.0.2.80:80                          SYN       2.25 s   20 ms     3     0 B     2     0 B       FIN-WAIT-2    CLOSE-WAIT    half-close
    ");
}

#[test]
fn without_a_screen_each_has_one_line_however_long() {
    let look = Look { ascii: true, ..LOOK };
    let shown = shown(&lab().story, look, None, &nameless);
    assert_eq!(shown.lines().count(), 1 + lab().story.connections().len());
    insta::assert_snapshot!(shown, @"
    no  client -> server                        opening            start    took -> segs bytes <- segs bytes again states                      ending
     0  10.0.0.7:40112 -> 192.0.2.80:80         SYN seen            0 us  230 ms     7    18 B     3 1.46 kB    1  TIME-WAIT     CLOSED        client closed first
     1  10.0.0.7:40113 -> 192.0.2.80:81         SYN seen          1.23 s    5 us     1     0 B     1     0 B       CLOSED        CLOSED        refused by RST
     2  10.0.0.7:40114 -> 192.0.2.81:80         SYN seen          1.23 s  1.00 s     2     0 B     0     0 B    1  SYN-SENT      ?             no answer to SYN
     3  10.0.0.7:22 <> 10.0.0.8:51000           opening not seen  2.23 s    0 us     1     5 B     0     0 B       ESTABLISHED?  ESTABLISHED?  still open
     4  [2001:db8:4:5:6:7:8:9]:40115 -> [2001:db8::2]:443 SYN,ACK seen 2.23 s 5 us   1     0 B     1     0 B       ESTABLISHED   ESTABLISHED   still open
     5  [2001:db8:1234:5678:9abc:def0:1234:5678]:60000 -> [2001:db8:8765:4321:9abc:def0:1234:5678]:60001 SYN seen 2.23 s 20 ms 2 0 B 2 0 B CLOSED CLOSED reset by server
     6  10.0.0.7:40116 -> 192.0.2.80:80         SYN seen          2.25 s   20 ms     3     0 B     2     0 B       FIN-WAIT-2    CLOSE-WAIT    half-closed by client
    ");
}

#[test]
fn a_narrow_screen_says_it_in_words() {
    let look = Look { ascii: true, ..LOOK };
    let shown = shown(&lab().story, look, Some(40), &nameless);
    let some: Vec<&str> = shown.lines().take(12).collect();
    insta::assert_snapshot!(some.join("\n"), @"
     0 10.0.0.7:40112
    -> 192.0.2.80:80
       opening: SYN seen; start 0 us; took
       230 ms; ending: client closed first;
       client TIME-WAIT, 7 segments, 18
       B, 1 sent again; server CLOSED, 3
       segments, 1.46 kB
     1 10.0.0.7:40113
    -> 192.0.2.80:81
       opening: SYN seen; start 1.23 s;
       took 5 us; ending: refused by RST;
       client CLOSED, 1 segment, 0 B;
    ");
}

#[test]
fn names_stand_for_addresses_and_cannot_deceive() {
    let mut lab = Lab::new();
    open(&mut lab, ends("10.0.0.7:40112", "192.0.2.80:443"));
    let names = |address: IpAddr| match address {
        IpAddr::V4(v4) if v4.octets()[3] == 80 => {
            Some("www.example.com.a-rather-long-domain.example")
        }
        IpAddr::V4(_) | IpAddr::V6(_) => Some("me\x1b[31m\u{202e}"),
    };
    insta::assert_snapshot!(shown(&lab.story, LOOK, Some(80), &names), @r"
    no  client                 segs   bytes sent  state          start  opening
     →  server                             again                  took  ending
     0  me\x1b[31m…:40112         2     0 B       ESTABLISHED     0 µs  SYN
     →  www.example.com.…:443     1     0 B       ESTABLISHED    20 ms  still open
    ");
}

#[test]
fn two_that_open_and_close_at_once_are_neither_client_nor_server() {
    let mut lab = Lab::new();
    let both = ends("127.0.0.1:5000", "127.0.0.1:6000");
    lab.tcp(both, SYN, 0, 0, b"");
    lab.tcp(swapped(both), SYN, 0, 0, b"");
    lab.tcp(both, SYN_ACK, 0, 1, b"");
    lab.tcp(swapped(both), SYN_ACK, 0, 1, b"");
    lab.tcp(both, FIN_ACK, 1, 1, b"");
    lab.tcp(swapped(both), FIN_ACK, 1, 1, b"");
    lab.tcp(both, ACK, 2, 2, b"");
    lab.tcp(swapped(both), ACK, 2, 2, b"");
    insta::assert_snapshot!(shown(&lab.story, LOOK, Some(80), &nameless), @"
    no  client                 segs   bytes sent  state          start  opening
     →  server                             again                  took  ending
     0  127.0.0.1:5000            4     0 B       TIME-WAIT       0 µs  both SYN
     ↔  127.0.0.1:6000            4     0 B       TIME-WAIT      35 µs  both FIN
    ");
}

#[test]
fn one_that_talks_to_itself_is_counted_once() {
    let mut lab = Lab::new();
    let alone = ends("127.0.0.1:5000", "127.0.0.1:5000");
    lab.tcp(alone, SYN, 0, 0, b"");
    lab.tcp(alone, SYN_ACK, 0, 1, b"");
    lab.tcp(alone, PSH_ACK, 1, 1, b"hi");
    lab.tcp(alone, ACK, 3, 3, b"");
    insta::assert_snapshot!(shown(&lab.story, LOOK, Some(80), &nameless), @"
    no  client                 segs   bytes sent  state          start  opening
     →  server                             again                  took  ending
     0  127.0.0.1:5000            4     2 B       ESTABLISHED     0 µs  itself
     ↔  127.0.0.1:5000                            ESTABLISHED    15 µs  still open
    ");
}

#[test]
fn one_that_was_let_go_of_says_so() {
    let mut lab = Lab::new();
    open(&mut lab, ends("10.0.0.7:40112", "192.0.2.80:443"));
    let connection = &lab.story.connections()[0];
    let recorded = Recorded { is_cut: true, stream: 7, ..Recorded::new(connection) };
    assert_eq!(Ending::of(&recorded), Ending::Cut);
}

#[test]
fn the_totals_close_the_list() {
    let totals = Totals {
        conversations: 31,
        segments: 458_972,
        not_tcp: 2,
        times: Some([START, Time(START.0 + 4_200_000_000)]),
        fragments: 7,
        broken: 1,
    };
    insta::assert_snapshot!(totals.text(LOOK), @"
    31 conversations, 458,972 segments, 7 fragments, 1 TCP header cut or
      malformed, 2 frames not TCP · 4.20 s from 2023-11-14 22:13:20.123456 UTC
    ");
    assert_eq!(Totals::default().text(LOOK), "  no frames\n");
    let one = Totals { conversations: 1, segments: 1, not_tcp: 1, ..Totals::default() };
    assert_eq!(one.text(LOOK), "  1 conversation, 1 segment, 1 frame not TCP\n");
}

fn any_address() -> impl Strategy<Value = SocketAddr> {
    any::<SocketAddr>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_is_wider_than_the_screen(
        (client, server) in (any_address(), any_address()),
        flags in prop::collection::vec((any::<bool>(), 0..64u8), 1..8),
        stream: u32,
        width in prop::sample::select(vec![24, 40, 79, 80, 90, 91, 120, 142, 143, 161, 162, 200, 400]),
        ascii: bool,
    ) {
        let client = match server {
            SocketAddr::V4(_) => SocketAddr::from(([10, 0, 0, 7], client.port())),
            SocketAddr::V6(_) => SocketAddr::from(([0xfe80_u16; 8], client.port())),
        };
        let mut lab = Lab::new();
        for (back, bits) in flags {
            let flags = [Flags::SYN, Flags::ACK, Flags::FIN, Flags::RST, Flags::PSH]
                .into_iter()
                .enumerate()
                .filter(|(place, _)| bits >> place & 1 == 1)
                .fold(Flags::default(), |all, (_, flag)| all.with(flag));
            lab.wait(u64::from(bits) << (bits / 2));
            let there = if back { (server, client) } else { (client, server) };
            lab.tcp(there, flags, u32::from(bits), u32::from(bits), b"");
        }
        let look = Look { ascii, ..LOOK };
        let mut conversations = Conversations::new(look, Some(width));
        let mut out = conversations.heading();
        for connection in lab.story.connections() {
            let recorded = Recorded { stream, ..Recorded::new(connection) };
            conversations.line(&mut out, &recorded, START, &nameless);
        }
        for line in out.lines() {
            // Below forty columns an address wraps where the terminal does.
            prop_assert!(columns(line) <= width.max(58), "{line}");
            prop_assert!(!ascii || line.is_ascii());
            prop_assert_eq!(line, line.trim_end());
        }
    }
}
