//! Every role that differs from a flag of Wireshark's carries an id, and the id's condition holds:
//! verified again from the raw segments, in random conversations and in recorded ones. Those aren't
//! part of the project: `SOCKSCOPE_SHARED` names the folder that has them under `captures/`, or
//! `SOCKSCOPE_CAPTURES` any other.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

#[path = "support/recheck.rs"]
mod recheck;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etherparse::{
    IpHeaders, IpNumber, Ipv4Extensions, Ipv4Header, PacketBuilder, TcpOptionElement,
};
use proptest::prelude::*;
use sockscope::story::Story;
use sockscope::trace::{Bounds, LinkType, Time, Trace};

/// One end's next move, and how long it waits before.
#[derive(Debug, Clone, Copy)]
struct Move {
    server: bool,
    what: u8,
    by: u8,
    pause: u8,
}

fn a_move() -> impl Strategy<Value = Move> {
    (any::<bool>(), 0u8..20, any::<u8>(), 0u8..5).prop_map(|(server, what, by, pause)| Move {
        server,
        what,
        by,
        pause,
    })
}

/// What an end would do if it behaved.
#[derive(Clone, Copy)]
struct End {
    port: u16,
    iss: u32,
    next: u32,
    expects: u32,
    window: u16,
    id: u16,
}

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

fn frames(moves: &[Move]) -> Vec<(u64, Vec<u8>)> {
    let end = |port, iss| End { port, iss, next: iss, expects: 0, window: 500, id: 1 };
    let mut ends = [end(40112, 1000), end(8899, 90_000)];
    let mut frames: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut time = 1_000_000_000;
    let handshake = [(0, SYN), (1, SYN | ACK), (0, ACK)];
    for (who, flags) in handshake {
        time += 100_000;
        let frame = speak(&mut ends, who, flags, None, 0);
        frames.push((time, frame));
    }
    for step in moves {
        time += [1_000, 300_000, 2_000_000, 50_000_000, 400_000_000][usize::from(step.pause)];
        let who = usize::from(step.server);
        let (own, by) = (ends[who], u32::from(step.by));
        let (flags, seq, len) = match step.what {
            0..4 => (ACK, None, by % 3 * 50 + 1),
            4..8 => (ACK, None, 0),
            8 => (ACK, Some(own.next.wrapping_sub(1)), by % 2),
            9 => (ACK, Some(own.next.wrapping_sub(by % 120)), by % 60),
            10 => (ACK, Some(own.next.wrapping_add(by)), by % 60),
            11 => (FIN | ACK, None, by % 2),
            12 => (FIN | ACK, Some(own.next.wrapping_sub(1)), 0),
            13 => (RST, Some(own.next.wrapping_add(by % 2 * 10)), by % 3),
            14 => (SYN, Some(own.iss), 0),
            15 => (SYN | ACK, Some(own.iss), 0),
            16 => {
                ends[who].iss = own.iss.wrapping_add(by * 1000 + 1);
                (if by % 2 == 0 { SYN } else { SYN | ACK }, Some(ends[who].iss), 0)
            }
            17 => {
                ends[who].window = [0, 0, 500, 400, 600][step.by as usize % 5];
                (ACK, None, 0)
            }
            18 => {
                if let Some((_, last)) = frames.last() {
                    frames.push((time, last.clone()));
                }
                continue;
            }
            _ => (step.by, Some(own.next.wrapping_add(by).wrapping_sub(100)), by % 5),
        };
        // Now and then an end acknowledges less than it could.
        if step.what == 7 {
            ends[who].expects = ends[who].expects.wrapping_sub(by % 60);
        }
        let frame = speak(&mut ends, who, flags, seq, len as usize);
        frames.push((time, frame));
    }
    frames
}

fn speak(ends: &mut [End; 2], who: usize, flags: u8, seq: Option<u32>, len: usize) -> Vec<u8> {
    let peer = ends[1 - who];
    let own = &mut ends[who];
    let seq = seq.unwrap_or(own.next);
    let ip = Ipv4Header::new(0, 64, IpNumber::TCP, [127, 0, 0, 1], [127, 0, 0, 1]).unwrap();
    let ip = Ipv4Header { identification: own.id, ..ip };
    own.id = own.id.wrapping_add(1).max(1);
    let mut builder = PacketBuilder::ethernet2([0; 6], [0; 6])
        .ip(IpHeaders::Ipv4(ip, Ipv4Extensions::default()))
        .tcp(own.port, peer.port, seq, own.window);
    if flags & ACK != 0 {
        builder = builder.ack(own.expects);
    }
    if flags & SYN != 0 {
        builder = builder.syn().options(&[TcpOptionElement::WindowScale(1)]).unwrap();
    }
    if flags & FIN != 0 {
        builder = builder.fin();
    }
    if flags & RST != 0 {
        builder = builder.rst();
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes, &vec![7; len]).unwrap();
    let takes = len as u32 + u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
    let end = seq.wrapping_add(takes);
    if flags & RST == 0 && end.wrapping_sub(own.next) < 1 << 20 {
        own.next = end;
        let next = own.next;
        let gap = seq.wrapping_sub(ends[1 - who].expects);
        if flags & SYN != 0 || gap == 0 {
            ends[1 - who].expects = next;
        }
    }
    bytes
}

fn tell(frames: Vec<(u64, Vec<u8>)>) -> Story {
    let mut trace = Trace::new(Bounds::default());
    let mut story = Story::default();
    for (time, bytes) in frames {
        let len = bytes.len() as u32;
        story.push(trace.append_frame(Time(time), LinkType::ETHERNET, bytes.into(), len));
    }
    story.settle(Time(u64::MAX));
    story.end();
    story
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 8 * ProptestConfig::default().cases, ..Default::default() })]
    #[test]
    fn what_differs_from_a_flag_has_an_id_whose_condition_holds(
        moves in proptest::collection::vec(a_move(), 0..40),
    ) {
        let story = tell(frames(&moves));
        let seen = recheck::seen(&story);
        let complaints = recheck::complaints(&seen);
        let all = || seen.iter().map(|seen| recheck::told(seen, "")).collect::<Vec<_>>().join("\n");
        prop_assert!(complaints.is_empty(), "{}\namong\n{}", complaints.join("\n"), all());
    }
}

#[test]
#[ignore = "needs SOCKSCOPE_SHARED or SOCKSCOPE_CAPTURES"]
fn recorded_conversations_differ_only_where_an_id_says_so() {
    let any = std::env::var_os("SOCKSCOPE_CAPTURES").map(PathBuf::from);
    let most = if any.is_some() { 3_000_000 } else { u64::MAX };
    let folder = any.unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("SOCKSCOPE_SHARED").unwrap()).join("captures")
    });
    let mut files: Vec<PathBuf> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut counts, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for file in files.iter().filter(|file| file.metadata().is_ok_and(|m| m.len() < most)) {
        let Some(frames) = read(file) else { continue };
        let mut trace = Trace::new(Bounds::default());
        let mut story = Story::default();
        for (link, time, bytes, len) in frames {
            story.push(trace.append_frame(time, link, bytes.into(), len));
        }
        story.settle(Time(u64::MAX));
        story.end();
        let seen = recheck::seen(&story);
        let name = file.file_name().unwrap().display().to_string();
        for seen in &seen {
            *counts.entry("segments".into()).or_default() += 1;
            for (deviation, words) in sockscope::view::deviation::sentences(seen.moment) {
                *counts.entry(deviation.id().to_owned()).or_default() += 1;
                if std::env::var_os("SOCKSCOPE_TELL").is_some() {
                    eprintln!("{name} {}: {words}", seen.moment.frame.0);
                }
            }
        }
        wrong.extend(recheck::complaints(&seen).into_iter().map(|c| format!("{name} {c}")));
    }
    eprintln!("{counts:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

type Captured = (LinkType, Time, Vec<u8>, u32);

/// The frames of a capture, if libpcap reads it.
fn read(file: &Path) -> Option<Vec<Captured>> {
    let nano = pcap::Precision::Nano;
    let mut capture = pcap::Capture::from_file_with_precision(file, nano).ok()?;
    let link = LinkType(capture.get_datalink().0 as u16);
    let mut frames = Vec::new();
    while let Ok(packet) = capture.next_packet() {
        let stamp = packet.header.ts;
        let time = (stamp.tv_sec as u64).wrapping_mul(1_000_000_000);
        let time = Time(time.wrapping_add(stamp.tv_usec as u64));
        frames.push((link, time, packet.data.to_vec(), packet.header.len));
    }
    Some(frames)
}
