//! The fold as such: order of time, any cut, anything at all, bounds.

use std::net::SocketAddr;

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::tale::{ACK, Tale};
use crate::packet::Flags;
use crate::story::{Moment, Role, Story, What};
use crate::trace::{
    Address, Bounds, CallId, Deed, Effect, Event, Fact, Frame, FrameNumber, KernelCode, KernelEnd,
    LinkType, Origin, Outcome, SocketId, SocketKind, Time, Trace,
};

#[test]
fn events_are_told_in_order_of_time_not_of_arrival() {
    let mut trace = Trace::new(Bounds::default());
    let mut story = Story::default();
    let call = CallId(1);
    let returned = Fact::Returned {
        call,
        entered: Time(10),
        outcome: Outcome::Value(0),
        effect: Effect::None,
    };
    let called = Fact::Called {
        call,
        socket: SocketId(1),
        name: "client".into(),
        function: "connect",
        args: String::new(),
    };
    story.push(trace.append(Time(10), called));
    story.push(trace.append(Time(20), returned));
    story.push(trace.append(Time(20), Fact::FramesLost { frames: 1 }));
    story.push(trace.append(Time(15), Fact::Mark));
    story.settle(Time(14));
    assert_eq!(story.cursor(), 1);
    story.settle(Time(20));
    let told: Vec<_> = story
        .moments()
        .map(|moment| match moment.what {
            What::Call(_) => "call",
            What::Mark => "mark",
            What::Lost { .. } => "lost",
            What::Return(_) => "return",
            _ => "other",
        })
        .collect();
    assert_eq!(told, ["call", "mark", "lost", "return"], "what passed comes before the return");
    assert_eq!(story.since(2).count(), 2);
    assert_eq!(story.since(99).count(), 0);
}

#[test]
fn lost_frames_make_gaps_prove_nothing() {
    let mut tale = Tale::open();
    let (client, server) = (tale.client, tale.server);
    tale.fact(Fact::FramesLost { frames: 3 });
    tale.client().segment(ACK.with(Flags::FIN), client.next + 700, server.next, b"");
    let to = tale.last().states.to;
    assert_eq!(to.after, Some(crate::tcp::State::CloseWait));
    assert_eq!(to.confidence, crate::story::Confidence::Assumed);
}

#[test]
fn a_return_without_its_call_is_no_moment() {
    let mut tale = Tale::new();
    tale.returned(CallId(7), 0, Effect::Closed);
    assert_eq!(tale.story.cursor(), 0);
}

#[test]
fn the_oldest_moments_go_and_numbers_stay() {
    let mut trace = Trace::new(Bounds { events: 10, bytes: 10 });
    let mut story = Story::default();
    for time in 0..150_010 {
        story.push(trace.append(Time(time), Fact::Mark));
    }
    story.settle(Time(u64::MAX));
    assert_eq!(story.forgotten(), 10);
    assert_eq!(story.cursor(), 150_010);
    assert_eq!(story.since(0).count(), 150_000);
    assert_eq!(story.since(150_009).count(), 1);
}

#[test]
fn the_oldest_connections_go_those_that_are_over_first() {
    let mut tale = Tale::new();
    tale.handshake();
    let live = tale.connection().id;
    for port in 0..9000 {
        tale.client.address = SocketAddr::from(([127, 1, 0, 1], 1000 + port));
        tale.restart_client(1);
        tale.client().syn();
        tale.server().refuse();
    }
    let kept = tale.story.connections();
    assert!(kept.len() <= 8192, "{}", kept.len());
    assert_eq!(kept[0].id, live, "the one that lives is kept");
    assert!(kept.is_sorted_by_key(|connection| connection.id));
    assert_eq!(tale.story.connection(kept[99].id).unwrap().id, kept[99].id);
    let newest = tale.client.address;
    assert!(tale.story.connection_between(newest, tale.server.address).is_some());
    tale.client.address = SocketAddr::from(([127, 1, 0, 1], 1000));
    assert!(tale.story.connection_between(tale.client.address, tale.server.address).is_none());
}

/// A path doesn't grow without end.
#[test]
fn a_path_keeps_its_last_64_steps() {
    let mut tale = Tale::open();
    for _ in 0..100 {
        tale.server().again();
        tale.client().ack();
    }
    let end = &tale.connection().ends[1];
    assert_eq!(end.path.len(), 64);
    assert_eq!(end.visited().last(), Some(&crate::tcp::State::Established));
}

/// One fact of a random story. Few addresses and small numbers, so that they meet.
fn fact() -> impl Strategy<Value = Fact> {
    let origin = prop_oneof![
        8 => Just(Origin::Stack),
        1 => Just(Origin::Forged),
        1 => (1u64..20).prop_map(|of| Origin::Copy { of: FrameNumber(of) }),
    ];
    let piece = prop_oneof![8 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let frame = (0u16..3, 0u16..3, flags(), 0u32..12, 0u32..12, 0usize..4, origin, piece).prop_map(
        |(src, dst, flags, seq, ack, len, origin, piece)| {
            let mut builder = PacketBuilder::ethernet2([0; 6], [0; 6])
                .ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64)
                .tcp(1 + src, 1 + dst, seq.wrapping_sub(3), 4);
            if flags.has(Flags::SYN) {
                builder = builder.syn();
            }
            if flags.has(Flags::FIN) {
                builder = builder.fin();
            }
            if flags.has(Flags::RST) {
                builder = builder.rst();
            }
            if flags.has(Flags::ACK) {
                builder = builder.ack(ack.wrapping_sub(3));
            }
            let mut bytes = Vec::new();
            builder.write(&mut bytes, &vec![b'x'; len]).unwrap();
            if let Some(is_last) = piece {
                fragment(&mut bytes, is_last);
            }
            Fact::Frame(Frame {
                number: FrameNumber(0),
                link: LinkType::ETHERNET,
                original_len: bytes.len() as u32,
                bytes: bytes.into(),
                origin,
            })
        },
    );
    let kernel = (0u16..3, 0u16..3, prop::option::of(0u8..14)).prop_map(|(local, peer, state)| {
        Fact::KernelState(KernelEnd {
            local: address(local),
            peer: Some(address(peer)),
            state: state.map(KernelCode),
            expires_ms: None,
        })
    });
    let functions =
        prop::sample::select(&["socket", "connect", "send", "recv", "close", "accept", "listen"]);
    let called = (0u64..6, 0u32..4, functions).prop_map(|(call, socket, function)| Fact::Called {
        call: CallId(call),
        socket: SocketId(socket),
        name: format!("s{socket}"),
        function,
        args: String::new(),
    });
    let returned =
        (0u64..6, 0u64..60, 0u32..4, 0usize..6).prop_map(|(call, entered, socket, effect)| {
            Fact::Returned {
                call: CallId(call),
                entered: Time(entered),
                outcome: Outcome::Value(0),
                effect: [
                    Effect::None,
                    Effect::Opened { socket: SocketId(socket), kind: SocketKind::Tcp, fd: 3 },
                    Effect::Accepted {
                        socket: SocketId(socket),
                        name: "conn".into(),
                        kind: SocketKind::Tcp,
                        fd: 4,
                        peer: Some(Address::Ip(address(1))),
                    },
                    Effect::Sent { taken: 2, asked: 2, urgent: false },
                    Effect::Listening { backlog: 1 },
                    Effect::Closed,
                ][effect]
                    .clone(),
            }
        });
    let addressed =
        (0u32..4, 0u16..3, prop::option::of(0u16..3)).prop_map(|(socket, local, peer)| {
            Fact::Addressed {
                socket: SocketId(socket),
                local: Some(Address::Ip(address(local))),
                peer: peer.map(|peer| Address::Ip(address(peer))),
            }
        });
    let few = prop_oneof![
        Just(Fact::Mark),
        Just(Fact::FramesLost { frames: 1 }),
        (0u64..6).prop_map(|call| Fact::Blocked { call: CallId(call) }),
        (0u64..6, 0u64..60)
            .prop_map(|(call, from)| Fact::Resumed { call: CallId(call), from: Time(from) }),
    ];
    let deeds = prop::sample::select(vec![
        Deed::Held,
        Deed::Delayed(std::time::Duration::from_nanos(5)),
        Deed::Reordered,
        Deed::Delivered,
        Deed::Delivered,
        Deed::Delivered,
        Deed::Dropped,
        Deed::Absorbed { held: FrameNumber(2) },
        Deed::Duplicated,
        Deed::Corrupted,
    ]);
    let wire = prop_oneof![
        8 => (1u64..30, deeds).prop_map(|(frame, deed)| {
            Fact::Wire { frame: FrameNumber(frame), deed }
        }),
        1 => any::<bool>().prop_map(|on| Fact::Interposed { on }),
    ];
    prop_oneof![
        20 => frame,
        10 => wire,
        2 => kernel,
        2 => called,
        2 => returned,
        2 => addressed,
        1 => few,
    ]
}

/// Leaves the packet's first 16 bytes, or the others. They come together with those of others, for
/// all have the same identification.
fn fragment(frame: &mut Vec<u8>, is_last: bool) {
    let end = if is_last { frame.len() } else { 34 + 16 };
    let rest = frame.split_off(34)[if is_last { 16..end - 34 } else { 0..16 }].to_vec();
    frame[16..18].copy_from_slice(&(20 + rest.len() as u16).to_be_bytes());
    frame[20..22].copy_from_slice(&if is_last { [0, 2] } else { [0x20, 0] });
    frame.extend(rest);
}

fn flags() -> impl Strategy<Value = Flags> {
    prop::sample::select(vec![
        Flags::SYN,
        Flags::SYN.with(Flags::ACK),
        ACK,
        ACK,
        ACK.with(Flags::FIN),
        Flags::RST,
        Flags::RST.with(Flags::ACK),
        Flags(0),
        Flags(0x3f),
    ])
}

fn address(at: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 1 + at))
}

fn events(facts: Vec<(u64, Fact)>) -> Vec<Event> {
    let mut trace = Trace::new(Bounds::default());
    facts
        .into_iter()
        .map(|(time, fact)| match fact {
            Fact::Frame(frame) => {
                let Frame { origin, link, bytes, original_len, .. } = frame;
                trace.append_frame_of(origin, Time(time), link, bytes, original_len).clone()
            }
            fact => trace.append(Time(time), fact).clone(),
        })
        .collect()
}

fn all(story: &Story) -> Vec<String> {
    story.moments().map(|moment| format!("{moment:?}")).collect()
}

fn check(story: &Story) {
    for connection in story.connections() {
        for end in &connection.ends {
            assert!(end.path.len() <= 64);
            if let Some(step) = end.path.last() {
                assert!(step.change.moved());
            }
            for steps in end.path.windows(2) {
                assert!(steps[0].time <= steps[1].time);
            }
        }
        if connection.self_connected {
            assert_eq!(connection.ends[0].state, connection.ends[1].state);
        }
        assert!(connection.first <= connection.last);
        // Copies and forged ones are nobody's.
        let sent = connection.ends.iter().map(|end| end.segments).sum::<u64>();
        assert!(sent <= connection.segments);
    }
    for moment in story.moments() {
        if let What::Segment(segment) = &moment.what {
            assert!(segment.preview.len() <= 64);
            let states = segment.states;
            assert!(states.from.moved() || states.from.rfc.is_none());
            assert!(states.to.moved() || states.to.rfc.is_none());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    /// However the events are cut into settles, the story is the same.
    #[test]
    fn any_cut_tells_the_same_story(
        facts in prop::collection::vec((0u64..60, fact()), 0..80),
        cuts in prop::collection::vec(0u64..60, 0..6),
    ) {
        let events = events(facts);
        let mut whole = Story::default();
        for event in &events {
            whole.push(event);
        }
        whole.settle(Time(u64::MAX));
        check(&whole);

        let mut cut = Story::default();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut left = events.clone();
        for until in cuts {
            // Everything up to there has arrived; some of what comes later too.
            let (due, rest): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|event| event.time.0 <= until || event.id.0 % 3 == 0);
            for event in &due {
                cut.push(event);
            }
            cut.settle(Time(until));
            check(&cut);
            left = rest;
        }
        for event in &left {
            cut.push(event);
        }
        cut.settle(Time(u64::MAX));
        prop_assert_eq!(all(&whole), all(&cut));
        prop_assert_eq!(
            format!("{:?}", whole.connections()),
            format!("{:?}", cut.connections())
        );
    }

    /// Folding a prefix gives the beginning of the whole: what comes later adds, and takes nothing
    /// back of what was told of the wire. There are two exceptions, which only what follows shows:
    /// what a SYN was (D8), and that an ACK wasn't taken.
    #[test]
    fn any_prefix_is_the_beginning_of_the_whole(
        facts in prop::collection::vec(fact(), 0..60),
        cut in 0usize..60,
    ) {
        let only_wire = |fact: &Fact| matches!(fact, Fact::Frame(_) | Fact::Mark);
        let facts = facts.into_iter().filter(only_wire).enumerate();
        let events = events(facts.map(|(time, fact)| (time as u64, fact)).collect());
        let fold = |events: &[Event]| {
            let mut story = Story::default();
            for event in events {
                story.push(event);
            }
            story.settle(Time(u64::MAX));
            let shown_later = |moment: &Moment| {
                moment.segment().is_some_and(|segment| {
                    segment.roles.contains(Role::NotTaken)
                        || segment.deviation.is_some_and(|deviation| deviation.id() == "D8")
                })
            };
            (all(&story), story.moments().map(shown_later).collect::<Vec<_>>())
        };
        let (whole, shown_later) = fold(&events);
        let (prefix, _) = fold(&events[..cut.min(events.len())]);
        for ((whole, prefix), _) in
            whole.iter().zip(&prefix).zip(shown_later).filter(|(_, shown_later)| !shown_later)
        {
            prop_assert_eq!(whole, prefix);
        }
        prop_assert!(prefix.len() <= whole.len());
    }
}
