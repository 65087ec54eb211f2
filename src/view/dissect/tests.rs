use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::packet::sample;
use crate::trace::FrameNumber;
use crate::view::sanitize::columns;

const TIME: Time = Time(1_700_000_000_123_456_789);
const NAMES: Context<'_> = Context {
    from: Some("client"),
    to: Some("server"),
    seq: None,
    ack: None,
    window_scale: None,
    misleads: &[],
    put_together: None,
};

fn frame_of(bytes: &[u8]) -> Frame {
    Frame {
        number: FrameNumber(3),
        link: LinkType::ETHERNET,
        bytes: bytes.into(),
        original_len: bytes.len() as u32,
        origin: crate::trace::Origin::Stack,
    }
}

fn shown(bytes: &[u8], context: &Context<'_>) -> String {
    dissect(&frame_of(bytes), TIME, context, 80, false).join("\n")
}

#[test]
fn a_syn_shows_every_option() {
    let context = Context { seq: Some(0), ..NAMES };
    insta::assert_snapshot!(shown(&sample::syn(), &context), @r#"
    Frame 3 · 74 bytes · at 1700000000.123456789 s
      client 127.0.0.1:40112 → server 127.0.0.1:8899: SYN, 0 bytes

    Ethernet II · 14 bytes, 0 to 13 · IEEE 802.3
        bytes  bits  field
      a 0-5    0-47  Destination  00:00:00:00:00:00: none, as on loopback
      b 6-11   0-47  Source       00:00:00:00:00:00: none, as on loopback
      c 12-13  0-15  Type         0x0800: IPv4

      0000  00 00 00 00 00 00 00 00  00 00 00 00 08 00        ..............
            a──────────────── b───────────────── c────

    IPv4 · 20 bytes, 14 to 33 · RFC 791, section 3.1
        bytes  bits   field
      a 14     0-3    Version              4
      b 14     4-7    Header Length        5: words of 4 bytes, 20 bytes
      c 15     8-13   DSCP                 0: default service
      d 15     14-15  ECN                  0: not ECN-capable
      e 16-17  16-31  Total Length         60: this header and what it carries
      f 18-19  0-15   Identification       0x0000: the same in all fragments of
                                           a packet
      g 20     16-18  Flags                0x2: DF, don't fragment
      h 20-21  19-31  Fragment Offset      0: starts at the beginning
      i 22     0-7    Time to Live         64: hops until it is given up
      j 23     8-15   Protocol             6: TCP
      k 24-25  16-31  Header Checksum      0x3cba: right
      l 26-29  0-31   Source Address       127.0.0.1
      m 30-33  0-31   Destination Address  127.0.0.1

      0000                                             45 00                E.
                                                       ab cd
      0010  00 3c 00 00 40 00 40 06  3c ba 7f 00 00 01 7f 00  .<..@.@.<.......
            e──── f──── gh─── i─ j─  k──── l────────── m────
      0020  00 01                                             ..
            m────

    TCP · 40 bytes, 34 to 73 · RFC 9293, section 3.1
        bytes  bits   field
      a 34-35  0-15   Source Port            40112: client
      b 36-37  16-31  Destination Port       8899: server
      c 38-41  0-31   Sequence Number        0 (raw 3000000000): the initial one; a
                                             SYN takes one number
      d 42-45  0-31   Acknowledgment Number  0: no meaning without ACK
      e 46     0-3    Data Offset            10: words of 4 bytes, 40 bytes
      f 46     4-7    Reserved               0
      g 47     8-15   Flags                  0x02: SYN
                                             CWR ECE URG ACK PSH RST SYN FIN
                                              0   0   0   0   0   0   1   0
                                             SYN: my numbering starts here
      h 48-49  16-31  Window                 64240: bytes that I can take; never
                                             scaled here
      i 50-51  0-15   Checksum               0xc396: right
      j 52-53  16-31  Urgent Pointer         0: no meaning without URG
      k 54-57  0-31   Maximum Segment Size   1460: the largest segment I can take
      l 58-59  0-15   SACK Permitted         I understand selective acknowledgments
                                             (RFC 2018)
      m 60-69  0-79   Timestamps             TSval 2619809546: my clock; TSecr 0:
                                             nothing to echo yet (RFC 7323)
      n 70     0-7    No-Operation           fills up to a word
      o 71-73  0-23   Window Scale           7: my later windows count 2^7 times, if
                                             you send this option too (RFC 7323)

      0020        9c b0 22 c3 b2 d0  5e 00 00 00 00 00 a0 02    .."...^.......
                  a──── b──── c─────────── d────────── ef g─
      0030  fa f0 c3 96 00 00 02 04  05 b4 04 02 08 0a 9c 27  ...............'
            h──── i──── j──── k─────────── l──── m──────────
      0040  1f 0a 00 00 00 00 01 03  03 07                    ..........
            m──────────────── n─ o────────
    "#);
}

#[test]
fn a_segment_with_data_says_what_its_numbers_count() {
    let timestamps = [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 7];
    let builder = sample::tcp().psh().ack(69_972_208).options_raw(&timestamps).unwrap();
    let context = Context { seq: Some(1), ack: Some(1), window_scale: Some(7), ..NAMES };
    let shown = shown(&sample::frame(builder, b"GET / HTTP/1.1\r\n\r\n\x1b[31m"), &context);
    let (_, tcp) = shown.split_once("\n\nTCP").unwrap();
    insta::assert_snapshot!(tcp, @r#"
     · 32 bytes, 34 to 65 · RFC 9293, section 3.1
        bytes  bits   field
      a 34-35  0-15   Source Port            40112: client
      b 36-37  16-31  Destination Port       8899: server
      c 38-41  0-31   Sequence Number        1 (raw 3000000000): that of the first
                                             byte of data
      d 42-45  0-31   Acknowledgment Number  1 (raw 69972208): I have all before it
      e 46     0-3    Data Offset            8: words of 4 bytes, 32 bytes
      f 46     4-7    Reserved               0
      g 47     8-15   Flags                  0x18: PSH,ACK
                                             CWR ECE URG ACK PSH RST SYN FIN
                                              0   0   0   1   1   0   0   0
                                             ACK: the acknowledgment number counts
                                             PSH: hand the data to the program now
      h 48-49  16-31  Window                 64240: times 2^7, 8222720 bytes that I
                                             can take
      i 50-51  0-15   Checksum               0x5e0d: right
      j 52-53  16-31  Urgent Pointer         0: no meaning without URG
      k 54     0-7    No-Operation           fills up to a word
      l 55     0-7    No-Operation           fills up to a word
      m 56-65  0-79   Timestamps             TSval 9: my clock; TSecr 7: yours,
                                             echoed (RFC 7323)

      0020        9c b0 22 c3 b2 d0  5e 00 04 2b b0 f0 80 18    .."...^..+....
                  a──── b──── c─────────── d────────── ef g─
      0030  fa f0 5e 0d 00 00 01 01  08 0a 00 00 00 09 00 00  ..^.............
            h──── i──── j──── k─ l─  m──────────────────────
      0040  00 07                                             ..
            m────

    Data · 23 bytes, 66 to 88
      Sequence numbers 1 to 23.
      0040        47 45 54 20 2f 20  48 54 54 50 2f 31 2e 31    GET / HTTP/1.1
      0050  0d 0a 0d 0a 1b 5b 33 31  6d                       .....[31m
    "#);
}

#[test]
fn a_datagram() {
    let shown = shown(&sample::udp(), &NAMES);
    let (_, udp) = shown.split_once("\n\nUDP").unwrap();
    insta::assert_snapshot!(udp, @r#"
     · 8 bytes, 34 to 41 · RFC 768
        bytes  bits   field
      a 34-35  0-15   Source Port       5353: client
      b 36-37  16-31  Destination Port  9000: server
      c 38-39  0-15   Length            13: 8 of this header and 5 of data
      d 40-41  16-31  Checksum          0x85ee: right

      0020        14 e9 23 28 00 0d  85 ee                      ..#(....
                  a──── b──── c────  d────

    Data · 5 bytes, 42 to 46
      0020                                 68 65 6c 6c 6f               hello
    "#);
}

#[test]
fn port_unreachable_shows_the_packet_it_is_about() {
    let frame = sample::icmp_about(3, 3, &sample::udp()[14..42]);
    let shown = shown(&frame, &Context::default());
    let (_, icmp) = shown.split_once("\n\nICMP").unwrap();
    insta::assert_snapshot!(icmp, @r#"
     · 8 bytes, 34 to 41 · RFC 792
      The start of the packet that it is about follows.
        bytes  bits   field
      a 34     0-7    Type      3: destination unreachable
      b 35     8-15   Code      3: port unreachable
      c 36-37  16-31  Checksum  0x3ef0: right
      d 38-41  0-31   Unused    0

      0020        03 03 3e f0 00 00  00 00                      ..>.....
                  a─ b─ c──── d───────────

    IPv4, quoted · 20 bytes, 42 to 61 · RFC 791, section 3.1
        bytes  bits   field
      a 42     0-3    Version              4
      b 42     4-7    Header Length        5: words of 4 bytes, 20 bytes
      c 43     8-13   DSCP                 0: default service
      d 43     14-15  ECN                  0: not ECN-capable
      e 44-45  16-31  Total Length         33: this header and what it carries
      f 46-47  0-15   Identification       0x0000: the same in all fragments of
                                           a packet
      g 48     16-18  Flags                0x2: DF, don't fragment
      h 48-49  19-31  Fragment Offset      0: starts at the beginning
      i 50     0-7    Time to Live         64: hops until it is given up
      j 51     8-15   Protocol             17: UDP
      k 52-53  16-31  Header Checksum      0x3cca: right
      l 54-57  0-31   Source Address       127.0.0.1
      m 58-61  0-31   Destination Address  127.0.0.1

      0020                                 45 00 00 21 00 00            E..!..
                                           ab cd e──── f────
      0030  40 00 40 11 3c ca 7f 00  00 01 7f 00 00 01        @.@.<.........
            gh─── i─ j─ k──── l─────────── m──────────

    UDP, quoted · 8 bytes, 62 to 69 · RFC 768
        bytes  bits   field
      a 62-63  0-15   Source Port       5353
      b 64-65  16-31  Destination Port  9000
      c 66-67  0-15   Length            13: 8 of this header and 5 of data
      d 68-69  16-31  Checksum          0x85ee

      0030                                             14 e9                ..
                                                       a────
      0040  23 28 00 0d 85 ee                                 #(....
            b──── c──── d────
    "#);
}

#[test]
fn ipv6_in_forty_columns_of_ascii() {
    let frame = sample::frame(sample::tcp6().ack(7).fin(), b"");
    let shown = dissect(&frame_of(&frame), TIME, &NAMES, 40, true).join("\n");
    insta::assert_snapshot!(shown, @r#"
    Frame 3 - 74 bytes - at
      1700000000.123456789 s
      client [::1]:40112 -> server
      [::1]:8899: FIN,ACK, 0 bytes

    Ethernet II - 14 bytes, 0 to 13 - IEEE
      802.3
        bytes bits field
      a 0-5   0-47 Destination
        00:00:00:00:00:00: none, as on
        loopback
      b 6-11  0-47 Source
        00:00:00:00:00:00: none, as on
        loopback
      c 12-13 0-15 Type         0x86dd: IPv6

      0000  00 00 00 00 00 00 00 00 ........
            a---------------- b----
      0008  00 00 00 00 86 dd       ......
            b---------- c----

    IPv6 - 40 bytes, 14 to 53 - RFC 8200,
      section 3
        bytes bits  field
      a 14    0-3   Version              6
      b 14-15 4-9   DSCP
        0: default service
      c 15    10-11 ECN
        0: not ECN-capable
      d 15-17 12-31 Flow Label
        0x00000: packets of one flow have
        the same
      e 18-19 0-15  Payload Length
        20: bytes after this header
      f 20    16-23 Next Header
        6: TCP
      g 21    24-31 Hop Limit
        64: hops until it is given up
      h 22-37 0-127 Source Address       ::1
      i 38-53 0-127 Destination Address  ::1

      0008                    60 00       `.
                              ab-cd
      0010  00 00 00 14 06 40 00 00 .....@..
            d---- e---- f- g- h----
      0018  00 00 00 00 00 00 00 00 ........
            h----------------------
      0020  00 00 00 00 00 01 00 00 ........
            h---------------- i----
      0028  00 00 00 00 00 00 00 00 ........
            i----------------------
      0030  00 00 00 00 00 01       ......
            i----------------

    TCP - 20 bytes, 54 to 73 - RFC 9293,
      section 3.1
        bytes bits  field
      a 54-55 0-15  Source Port
        40112: client
      b 56-57 16-31 Destination Port
        8899: server
      c 58-61 0-31  Sequence Number
        3000000000: that of the FIN, which
        takes one
      d 62-65 0-31  Acknowledgment Number
        7: I have all before it
      e 66    0-3   Data Offset
        5: words of 4 bytes, 20 bytes
      f 66    4-7   Reserved               0
      g 67    8-15  Flags
        0x11: FIN,ACK
        CWR ECE URG ACK PSH RST SYN FIN
         0   0   0   1   0   0   0   1
        ACK: the acknowledgment number
        counts
        FIN: no more data from me
      h 68-69 16-31 Window
        64240: bytes that I can take, unless
        scaled (RFC 7323)
      i 70-71 0-15  Checksum
        0xe495: right
      j 72-73 16-31 Urgent Pointer
        0: no meaning without URG

      0030                    9c b0       ..
                              a----
      0038  22 c3 b2 d0 5e 00 00 00 "...^...
            b---- c---------- d----
      0040  00 07 50 11 fa f0 e4 95 ..P.....
            d---- ef g- h---- i----
      0048  00 00                   ..
            j----
    "#);
}

#[test]
fn a_tag_has_its_own_header() {
    let mut frame = Vec::new();
    PacketBuilder::ethernet2([2; 6], [0xff; 6])
        .single_vlan(5.try_into().unwrap())
        .ipv4([10, 0, 0, 1], [10, 0, 0, 255], 1)
        .udp(1, 2)
        .write(&mut frame, b"")
        .unwrap();
    let shown = shown(&frame, &Context::default());
    assert!(shown.contains("\nVLAN tag · 4 bytes, 14 to 17 · IEEE 802.1Q\n"), "{shown}");
    assert!(shown.contains("ff:ff:ff:ff:ff:ff: broadcast"), "{shown}");
}

#[test]
fn padding_is_no_data() {
    let mut frame = sample::frame(sample::tcp().ack(7), b"");
    frame.resize(60, 0);
    let shown = shown(&frame, &NAMES);
    assert!(shown.contains("\nPadding · 6 bytes, 54 to 59\n"), "{shown}");
    assert!(!shown.contains("\nData"), "{shown}");
}

#[test]
fn what_was_not_captured_is_said() {
    let mut frame = frame_of(&sample::syn()[..60]);
    frame.original_len = 74;
    let shown = dissect(&frame, TIME, &NAMES, 80, false).join("\n");
    assert!(shown.starts_with("Frame 3 · 60 of 74 bytes captured · "), "{shown}");
    assert!(shown.contains("14 bytes more not captured."), "{shown}");
    assert!(shown.contains("1460: the largest segment I can take"), "{shown}");
}

#[test]
fn what_has_no_decoder_is_shown_as_bytes() {
    let mut frame = sample::syn();
    frame[12..14].copy_from_slice(&[8, 6]);
    let shown = shown(&frame, &Context::default());
    assert!(shown.contains("arp: no decoder"), "{shown}");
    assert!(shown.contains("\nData · 60 bytes, 14 to 73\n"), "{shown}");
}

#[test]
fn long_data_is_cut_and_says_so() {
    let frame = sample::frame(sample::tcp().ack(7), &[b'x'; 5000]);
    let shown = shown(&frame, &NAMES);
    assert!(shown.ends_with("and 904 bytes more"), "{shown}");
}

/// Frames that begin well, damaged here and there, and any bytes.
fn any_frame() -> impl Strategy<Value = Frame> {
    let good = prop_oneof![
        Just(sample::syn()),
        Just(sample::udp()),
        Just(sample::frame(sample::tcp6().ack(1), b"hello")),
        Just(sample::icmp_about(3, 3, &sample::syn()[14..])),
        prop::collection::vec(any::<u8>(), 0..120),
    ];
    let damage = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let link = prop::sample::select(vec![0, 1, 1, 1, 1, 9, 51, 101, 113, 147, 276]);
    (good, damage, link, 0..200u32, any::<prop::sample::Index>()).prop_map(
        |(mut bytes, damage, link, more, cut)| {
            let damage = if bytes.is_empty() { Vec::new() } else { damage };
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let original_len = bytes.len() as u32 + more;
            bytes.truncate(if more == 0 { bytes.len() } else { cut.index(bytes.len() + 1) });
            Frame {
                number: FrameNumber(1),
                link: LinkType(link),
                bytes: bytes.into(),
                original_len,
                origin: crate::trace::Origin::Stack,
            }
        },
    )
}

/// The heading and the notes of a recorded frame, without its headers.
fn notes(frame: &Frame, known: &Recorded<'_>, look: crate::view::Look) -> String {
    let lines = recorded(frame, TIME, known, look);
    lines.split(String::is_empty).next().unwrap_or_default().join("\n")
}

#[test]
fn a_recorded_segment_says_what_it_is_and_what_it_did() {
    use crate::view::ladder::test_lab::{Lab, at};
    use crate::view::ladder::test_moments::{LOOK, SYN, SYN_ACK};
    let mut lab = Lab::new();
    lab.tcp((at(40112), at(8899)), SYN, 0, 0, b"");
    lab.wait(3_000_000);
    lab.tcp((at(40112), at(8899)), SYN, 0, 0, b"");
    lab.tcp((at(8899), at(40112)), SYN_ACK, 0, 1, b"");
    let segments: Vec<_> = lab
        .story
        .moments()
        .filter_map(|moment| match &moment.what {
            crate::story::What::Segment(segment) => Some(&**segment),
            _ => None,
        })
        .collect();
    let frame = frame_of(&sample::syn());
    let comments: &[&[u8]] = &[b"look here\n\x1b[31m", "é".as_bytes()];
    let known =
        Recorded { segment: Some(segments[1]), stream: Some(0), comments, put_together: None };
    insta::assert_snapshot!(notes(&frame, &known, LOOK), @r#"
    Frame 3 · 74 bytes · at 1700000000.123456789 s
      127.0.0.1:40112 → 127.0.0.1:8899: SYN, 0 bytes
      2023-11-14 22:13:20.123456789 UTC
      stream 0: retransmission (bytes, SYN or FIN that were sent before), syn
      (opens)
      Wireshark's analysis: retransmission
      127.0.0.1:40112 stays SYN-SENT
      comment: "look here\n\x1b[31m"
      comment: "é"
    "#);
    let known = Recorded { segment: Some(segments[2]), stream: Some(0), ..Recorded::default() };
    let look = crate::view::Look { ascii: true, ..LOOK };
    insta::assert_snapshot!(notes(&frame, &known, look), @"
    Frame 3 - 74 bytes - at 1700000000.123456789 s
      127.0.0.1:40112 -> 127.0.0.1:8899: SYN, 0 bytes
      2023-11-14 22:13:20.123456789 UTC
      stream 0: syn-ack (opens the other direction and acknowledges)
      127.0.0.1:8899 ? -> SYN-RECEIVED (RFC 9293, 3.10.7.2)
      127.0.0.1:40112 SYN-SENT -> ESTABLISHED (RFC 9293, 3.10.7.3)
    ");
}

#[test]
fn what_is_no_segment_is_shown_as_far_as_it_is_known() {
    use crate::view::ladder::test_moments::LOOK;
    let shown = |link: u16, bytes: &[u8]| {
        let frame = Frame { link: LinkType(link), ..frame_of(bytes) };
        recorded(&frame, TIME, &Recorded::default(), LOOK).join("\n")
    };
    let ppp = |bytes: &[u8]| {
        let shown = shown(9, bytes);
        let header = shown.split("\n\n").find(|section| section.starts_with("PPP"));
        header.unwrap_or_default().to_owned()
    };
    let framed = [&[0xff, 3, 0, 0x21][..], &sample::syn()[14..]].concat();
    insta::assert_snapshot!(ppp(&framed), @"
    PPP · 4 bytes, 0 to 3 · RFC 1661, section 2
        bytes  bits   field
      a 0      0-7    Address   0xff: all stations
      b 1      8-15   Control   0x03: unnumbered information
      c 2-3    16-31  Protocol  0x0021: IPv4
    ");
    insta::assert_snapshot!(ppp(&[0xc0, 0x21, 1, 2]), @"
    PPP · 2 bytes, 0 to 1 · RFC 1661, section 2
        bytes  bits  field
      a 0-1    0-15  Protocol  0xc021
    ");
    insta::assert_snapshot!(ppp(&[0x21, 0x45]), @"
    PPP · 1 byte, 0 · RFC 1661, section 2
        bytes  bits  field
      a 0      0-7   Protocol  0x0021: IPv4
    ");
    insta::assert_snapshot!(shown(147, b"who knows\x1b"), @"
    Frame 3 · 10 bytes · at 1700000000.123456789 s
      link: a link type without a decoder
      2023-11-14 22:13:20.123456789 UTC

    Data · 10 bytes, 0 to 9
      A link type without a decoder.
      0000  77 68 6f 20 6b 6e 6f 77  73 1b                    who knows.
    ");
    assert!(shown(1, b"").contains("Frame 3"));
}

proptest! {
    #[test]
    fn every_byte_is_in_one_section(frame in any_frame()) {
        let packet = packet::decode(frame.link, &frame.bytes, frame.original_len);
        let mut end = 0;
        for section in Reader::of(&frame, &packet, &NAMES).sections(Layer::Link(frame.link)) {
            prop_assert_eq!(section.range.start, end, "{:?}", section);
            for field in &section.fields {
                prop_assert!(field.bytes().end <= section.range.end, "{:?}", section);
                prop_assert!(field.bytes().start >= section.range.start, "{:?}", section);
            }
            end = section.range.end;
        }
        prop_assert!(end >= frame.bytes.len());
    }

    #[test]
    fn headers_are_where_the_decoder_finds_them(frame in any_frame()) {
        let packet = packet::decode(frame.link, &frame.bytes, frame.original_len);
        let sections = Reader::of(&frame, &packet, &NAMES).sections(Layer::Link(frame.link));
        let start_of = |title: &str| {
            sections.iter().find(|section| section.title == title).map(|section| section.range.start)
        };
        match packet {
            Packet::Tcp(segment) => prop_assert_eq!(start_of("TCP"), Some(segment.offset)),
            Packet::Udp(datagram) => prop_assert_eq!(start_of("UDP"), Some(datagram.offset)),
            Packet::Icmp(message) => {
                let title = if message.is_v6() { "ICMPv6" } else { "ICMP" };
                prop_assert_eq!(start_of(title), Some(message.offset));
            }
            Packet::Other(_) => {}
        }
    }

    #[test]
    fn lines_fit_and_ascii_is_ascii(frame in any_frame(), width in 40..120usize, ascii: bool) {
        for line in dissect(&frame, TIME, &NAMES, width, ascii) {
            prop_assert!(columns(&line) <= width, "{}", line);
            prop_assert!(!ascii || line.is_ascii(), "{}", line);
            prop_assert!(!line.chars().any(char::is_control) && line.trim_end() == line, "{:?}", line);
        }
    }
}
