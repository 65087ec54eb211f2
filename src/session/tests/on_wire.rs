//! The wire by hand and by rule, as it is typed and shown.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{Desk, at_a_desk};
use crate::session::{Stop, script};
use crate::story::{Fate, Harm, Role, SegmentMoment, What};
use crate::trace::{Deed, FrameNumber};
use crate::wire::{Method, Wire};

impl Desk {
    fn held(&self) -> Vec<u64> {
        let wire = self.session.lab.wire();
        wire.into_iter().flat_map(Wire::held).map(|frame| frame.0).collect()
    }

    fn fate(&self, frame: u64) -> Fate {
        let story = self.session.lab.story();
        let sent = story.moments().find_map(|moment| match &moment.what {
            What::Segment(segment) if segment.frame == FrameNumber(frame) => Some(segment.passage),
            What::Datagram(sent) if sent.frame == FrameNumber(frame) => Some(sent.passage),
            _ => None,
        });
        sent.expect("that frame was captured").fate()
    }

    fn segments(&self, which: impl Fn(&SegmentMoment) -> bool) -> usize {
        let moments = self.session.lab.story().moments();
        moments.filter(|m| matches!(&m.what, What::Segment(segment) if which(segment))).count()
    }

    /// The frames that had waited and have come since, in this order.
    fn came(&self, since: u64) -> Vec<u64> {
        let moments = self.session.lab.story().since(since);
        moments
            .filter_map(|moment| match &moment.what {
                What::Wire(wire) if wire.deed == Deed::Delivered => Some(wire.frame.0),
                _ => None,
            })
            .collect()
    }
}

/// Linux delays the ACK of a FIN that nothing went before.
#[test]
fn what_is_let_go_is_answered_before_the_next_command() {
    for deliver in ["flow", "next"] {
        at_a_desk(|desk| {
            desk.connection();
            desk.types("step on; close client");
            let shown = desk.types(deliver);
            assert!(shown.contains("of FIN"), "{shown}");
            desk.types("flow; expect state client FIN-WAIT-2 within 1ms");
            assert!(desk.held().is_empty());
        });
    }
}

/// The same bit flipped again would be as it was.
#[test]
fn what_is_damaged_stays_so() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("step on; send client \"hello\"; corrupt");
        let (refused, shown) = desk.tries("corrupt");
        assert_eq!(refused, Err(Stop::Failed));
        assert!(shown.contains("frame 4 is damaged already"), "{shown}");
        desk.types("dup; next 2");
        assert_eq!(desk.fate(4), Fate::Harmed(Harm::Corrupted));
        assert_eq!(desk.fate(5), Fate::Harmed(Harm::Corrupted));
        assert!(desk.held().is_empty(), "it was answered");
        desk.types("recv conn dontwait; expect errno EAGAIN");
        // The sender repairs it.
        desk.types("flow; step off; recv conn; expect data \"hello\"");
    });
}

/// Its window was closed before anything was held, so the wire has not seen what it sent.
#[test]
fn window_probes_are_absorbed_like_copies() {
    at_a_desk(|desk| {
        desk.types("server = socket tcp; setsockopt server SO_RCVBUF 4000");
        desk.types("bind server 127.0.0.1:8899; listen server");
        desk.types("client = socket tcp; connect client server; conn = accept server");
        desk.types("nonblock client on; send client #100000");
        desk.until("the window is closed", |desk| {
            desk.session.lab.refresh();
            desk.segments(|segment| segment.roles.contains(Role::ZeroWindow)) > 0
        });
        desk.types("step on");
        desk.until("a probe waits", |desk| desk.held().len() == 1);
        desk.until("the next is absorbed", |desk| {
            desk.session.lab.refresh();
            desk.segments(|segment| segment.passage.absorbed_by.is_some()) > 0
        });
        assert_eq!(desk.held().len(), 1);
    });
}

#[test]
fn an_acknowledgement_behind_a_forged_segment_is_no_copy_of_it() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("step on; forge client SYN; forge conn PSH,ACK data \"evil\"");
        let [syn, data] = desk.held()[..] else { panic!("{:?}", desk.held()) };
        desk.types("next");
        desk.types(&format!("drop {}", data + 1));
        desk.types("next");
        // The client acknowledges what it takes for its peer's.
        assert_eq!(desk.held().len(), 1, "of {syn} and {data}");
        desk.types("next; recv client; expect data \"evil\"");
    });
}

#[test]
fn what_nothing_overtakes_is_only_late() {
    at_a_desk(|desk| {
        desk.types("a = socket udp; bind a 127.0.0.1:9000; b = socket udp");
        desk.types("wire reorder next ANY; sendto b a \"alone\"");
        desk.types("recv a; expect data \"alone\"");
        assert_eq!(desk.fate(1), Fate::Harmed(Harm::Delayed));
    });
}

#[test]
fn fragments_are_held_one_by_one_and_all_are_needed() {
    at_a_desk(|desk| {
        desk.types("a = socket udp; bind a 127.0.0.1:9000; b = socket udp; step on");
        let shown = desk.types("sendto b a #9000; step");
        assert_eq!(desk.held(), [1, 2, 3, 4, 5, 6, 7]);
        assert!(shown.contains("#2 later fragment"), "{shown}");
        desk.types("dup 3; swap 5; next 7");
        desk.types("recv a 10000 dontwait; expect errno EAGAIN");
        let shown = desk.types("next");
        assert!(shown.contains("frame 7 arrives"), "{shown}");
        desk.types("recv a 10000; expect return 9000");

        let since = desk.session.lab.story().cursor();
        desk.types("sendto b a #3000");
        let frames = desk.held();
        let shown = desk.types(&format!("drop {}", frames[1]));
        assert!(shown.contains(&format!("frame {} is lost", frames[1])), "{shown}");
        assert!(shown.contains("without it the rest is no datagram"), "{shown}");
        let (refused, shown) = desk.tries(&format!("corrupt {}", frames[2]));
        assert_eq!(refused, Err(Stop::Failed));
        assert!(shown.contains("no checksum of its own"), "{shown}");
        desk.types("flow; recv a 10000 dontwait; expect errno EAGAIN");
        assert_eq!(desk.came(since), [frames[0], frames[2]]);
    });
}

#[test]
fn a_datagram_over_ipv6_is_held_in_fragments_too() {
    at_a_desk(|desk| {
        desk.types("a = socket udp6; bind a [::1]:9000; b = socket udp6; step on");
        desk.types("sendto b a #5000; step");
        assert_eq!(desk.held(), [1, 2, 3, 4]);
        desk.types("flow; recv a 10000; expect return 5000");
    });
}

#[test]
fn what_a_rule_delays_is_told_of_its_call_and_when_it_comes() {
    at_a_desk(|desk| {
        desk.listener(5);
        let mut shown = desk.types("client = socket tcp; wire delay 100ms; connect client server");
        shown += &desk.types("sleep 300ms");
        assert!(!shown.contains("not from a call"), "{shown}");
        let row = |words: &str| {
            let row = shown.lines().find(|line| line.contains(words));
            row.unwrap_or_else(|| panic!("no {words}: {shown}"))
        };
        assert!(row("── SYN ").ends_with(" µs"), "{shown}");
        for (arrival, after) in [("late: SYN seq", 100), ("late: SYN,ACK", 200), ("late: ACK", 300)]
        {
            let time = row(arrival).rsplit_once('+').and_then(|(_, time)| time.strip_suffix(" ms"));
            let time: f64 = time.and_then(|time| time.parse().ok()).expect(arrival);
            assert!((f64::from(after)..f64::from(after + 90)).contains(&time), "{shown}");
        }
    });
}

#[test]
fn a_datagram_that_is_damaged_or_lost_is_told_as_such() {
    at_a_desk(|desk| {
        desk.types("a = socket udp; bind a 127.0.0.1:9000; b = socket udp");
        for (rule, ladder, list) in [
            ("corrupt", "damaged: UDP", "corrupted"),
            ("drop", "✗ lost", "dropped"),
            ("dup", "copy: UDP", "copied"),
        ] {
            let shown = desk.types(&format!("wire {rule} next ANY; sendto b a \"{rule}\""));
            assert!(shown.contains(ladder), "{shown}");
            let packets = desk.types("packets");
            assert!(packets.lines().last().unwrap().contains(list), "{packets}");
        }
    });
}

/// As many as a window holds: their numbers follow one another.
#[test]
fn many_that_are_held_are_not_listed_one_by_one() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("send client #200000; recv conn 200000 waitall; step on");
        let shown = desk.types("send client #60000");
        let held = desk.held();
        assert_eq!(held.len(), 42, "{shown}");
        assert!(
            shown.contains("39 segments, 56 kB, held") && shown.lines().count() < 10,
            "{shown}"
        );
        let last = format!("⏸ #{}", held.last().unwrap());
        assert!(shown.contains(&last), "{shown}");
        let shown = desk.types("next 12");
        assert!(!shown.contains("0 ACKs"), "{shown}");
    });
}

#[test]
fn one_byte_that_is_sent_again_is_its_call_s() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("wire drop next DATA; send client \"x\"");
        let shown = desk.types("expect count PSH,ACK 2");
        assert!(shown.contains("late, from send(client"), "{shown}");
    });
}

#[test]
fn with_nothing_on_the_wire_flow_says_so() {
    at_a_desk(|desk| {
        assert!(desk.types("flow").contains("`step on` stops them"));
        desk.types("step on");
        assert!(desk.types("flow").contains("Nothing is on the wire."));
        assert!(desk.types("wire").contains("No rules: each segment waits for you."));
        assert!(desk.types("wire clear").contains("No rules: each segment waits for you."));
        desk.types("step off");
        assert!(desk.types("wire").contains("No rules: the wire lets everything pass."));
    });
}

/// What doesn't need an ordinary queue to be there.
#[test]
fn scripts_end_as_well_where_there_is_no_queue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/wire");
    for name in ["handshake", "data_lost", "data_damaged", "udp_untidy", "ipv6_stepped"] {
        at_a_desk(|desk| {
            desk.session.lab.use_method(Method::Ingress);
            let path = folder.join(format!("{name}.scope"));
            let mut source = fs::File::open(path).map(std::io::BufReader::new).unwrap();
            let ended = script::run(&mut desk.session, name, &mut source, false);
            assert!(ended.is_ok(), "{name}: {}", desk.shown.lock().unwrap());
            let method = desk.session.lab.wire().map(|wire| wire.interposer().method());
            assert_eq!(method, Some(Method::Ingress));
        });
    }
}

/// Each arrives at a time of its own: what the first brings about was sent before the second came.
#[test]
fn what_is_let_go_together_comes_one_after_the_other() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("step on; send conn \"x\"; reset-connection conn; wire reorder next RST");
        let shown = desk.types("step off");
        assert!(!shown.contains("after all") && !shown.contains("kernel: "), "{shown}");
        desk.types("expect state client CLOSED");
    });
}

/// An orphan whose FIN was lost would send it again: to whom, the new story couldn't say.
#[test]
fn after_a_reset_nothing_of_before_comes() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("step on; close client; drop; send conn \"x\"; hold 1s; send conn \"y\"");
        assert!(desk.types("kernel").contains("tcp_retries2"));
        desk.types("wire delay 1s; reset");
        assert!(desk.held().is_empty());
        assert!(desk.types("wire").contains("No rules"));
        assert!(desk.types("sleep 300ms; packets").contains("No packets yet."));
        assert!(desk.types("kernel").contains("Every setting is the lab's own."));
        desk.connection();
    });
}

#[test]
fn a_flow_that_waits_for_a_time_is_interrupted() {
    at_a_desk(|desk| {
        desk.connection();
        desk.types("wire delay 10m; send client \"x\"");
        let (press, interrupts) = crossbeam_channel::bounded(1);
        desk.session.lab.heed(interrupts);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            press.send(())
        });
        assert_eq!(desk.tries("flow").0, Err(Stop::Interrupted));
        assert!(desk.types("wire clear").contains("late: PSH,ACK"));
    });
}
