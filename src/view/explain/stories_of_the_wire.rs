//! What a session would say of ends that are gone or silent, of what others say in their name, and
//! of what a rule does.

use super::stories::{back, close, fails, pending, said, sends, there, took};
use super::{Pending, blocked, lost};
use crate::trace::{Deed, Effect, Fact, FrameNumber, Origin, Outcome, SocketKind};
use crate::view::ladder::test_lab::{Lab, at, connected};
use crate::view::ladder::test_moments::{ACK, FIN_ACK, PSH_ACK, RST, RST_ACK, SYN, SYN_ACK};

/// What happens to that frame on the wire.
fn meets(lab: &mut Lab, frame: u64, deed: Deed) {
    lab.fact(Fact::Wire { frame: FrameNumber(frame), deed });
}

/// The other end resets, and the wire loses that.
fn vanishes(lab: &mut Lab) {
    lab.fact(Fact::Interposed { on: true });
    lab.tcp(back(), RST_ACK, 1, 1, b"");
    meets(lab, 4, Deed::Dropped);
    lab.fact(Fact::Interposed { on: false });
    lab.wait(1_000_000);
}

#[test]
fn the_rst_that_is_named_is_the_one_that_came() {
    let (mut lab, client, _) = connected();
    vanishes(&mut lab);
    lab.tcp(there(), ACK, 0, 1, b"");
    lab.tcp(back(), RST, 1, 0, b"");
    fails(&mut lab, client, "recv", "1024", libc::ECONNRESET);
    insta::assert_snapshot!(said(&mut lab), @"conn is gone: its kernel knows of no such connection and answered with RST (frame 6). This is reported once.");
}

#[test]
fn a_forged_rst_is_not_put_down_to_the_one_in_whose_name_it_came() {
    let (mut lab, client, _) = connected();
    lab.origin = Origin::Forged;
    lab.tcp(back(), RST, 101, 0, b"");
    lab.tcp(back(), RST, 1, 0, b"");
    lab.origin = Origin::Stack;
    fails(&mut lab, client, "recv", "1024", libc::ECONNRESET);
    insta::assert_snapshot!(said(&mut lab), @"An RST in the name of conn has reset the connection (frame 5, forged). This is reported once.");
}

#[test]
fn who_gives_up_says_what_had_no_answer() {
    let (mut lab, client, _) = connected();
    for probes in 1..=2 {
        lab.wait(1_000_000);
        lab.tcp(there(), ACK, 0, 1, b"");
        fails(&mut lab, client, "recv", "1024", libc::ETIMEDOUT);
        let told = said(&mut lab);
        let wanted = if probes == 1 { "a keepalive probe:" } else { "2 keepalive probes:" };
        assert!(told.starts_with(&format!("No answer came to {wanted}")), "{told}");
    }
    let (mut lab, client, _) = connected();
    let call = sends(&mut lab, client, 4);
    lab.tcp(there(), PSH_ACK, 1, 1, b"data");
    took(&mut lab, call, 4);
    for _ in 0..3 {
        lab.wait(1_000_000);
        lab.tcp(there(), PSH_ACK, 1, 1, b"data");
    }
    fails(&mut lab, client, "recv", "1024", libc::ETIMEDOUT);
    insta::assert_snapshot!(said(&mut lab), @"What was sent was sent again 3 times, and no ACK came: Linux takes conn for dead, and ends the connection.");
}

/// By the time that a job's `send()` returns all may be acknowledged, by segments of another call.
#[test]
fn what_is_acknowledged_is_not_waited_for() {
    let (mut lab, client, conn) = connected();
    let send = sends(&mut lab, client, 4);
    lab.tcp(there(), PSH_ACK, 1, 1, b"data");
    let recv = lab.call(conn, "recv", "4");
    lab.tcp(back(), ACK, 1, 5, b"");
    lab.value(recv, 4);
    took(&mut lab, send, 4);
    insta::assert_snapshot!(said(&mut lab), @"");
}

#[test]
fn a_datagram_that_a_rule_loses_or_damages_is_told_of() {
    let mut lab = Lab::new();
    let sender = lab.socket("sender", SocketKind::Udp);
    lab.addressed(sender, at(5001), Some(at(5353)));
    for (frame, deed) in [(1, Deed::Dropped), (2, Deed::Corrupted)] {
        lab.fact(Fact::Interposed { on: true });
        let call = sends(&mut lab, sender, 2);
        lab.udp(at(5001), at(5353), b"hi");
        meets(&mut lab, frame, deed);
        took(&mut lab, call, 2);
        let told = said(&mut lab);
        let wanted = match deed {
            Deed::Dropped => "#1 was lost, and nobody will know: UDP sends nothing again.",
            _ => "#2 was damaged on its way",
        };
        assert!(told.contains(wanted), "{told}");
    }
}

#[test]
fn a_time_wait_that_a_new_syn_ends_is_told_of() {
    for own in [true, false] {
        let (mut lab, client, conn) = connected();
        let (first, second) = if own { (there(), back()) } else { (back(), there()) };
        let (closes, follows) = if own { (client, conn) } else { (conn, client) };
        close(&mut lab, closes, |lab| {
            lab.tcp(first, FIN_ACK, 1, 1, b"");
            lab.tcp(second, ACK, 1, 2, b"");
        });
        close(&mut lab, follows, |lab| {
            lab.tcp(second, FIN_ACK, 1, 2, b"");
            lab.tcp(first, ACK, 2, 2, b"");
        });
        lab.wait(1_000_000);
        let again = lab.socket("again", SocketKind::Tcp);
        let call = lab.call(again, "connect", "127.0.0.1:8899");
        lab.addressed(again, at(40112), Some(at(8899)));
        lab.tcp(there(), SYN, 100_000, 0, b"");
        lab.tcp(back(), SYN_ACK, 100_000, 100_001, b"");
        lab.tcp(there(), ACK, 100_001, 100_001, b"");
        lab.value(call, 0);
        let told = said(&mut lab);
        let wanted = if own {
            "Port 40112 was still in TIME-WAIT, and connect() took it over"
        } else {
            "conn was still in TIME-WAIT, from an earlier connection with this port."
        };
        assert!(told.starts_with(wanted), "{told}");
    }
}

#[test]
fn an_urgent_byte_that_stays_in_the_stream_is_not_missed() {
    let (mut lab, client, _) = connected();
    fails(&mut lab, client, "recv", "1 oob", libc::EINVAL);
    insta::assert_snapshot!(said(&mut lab), @"There is no urgent byte to read.");
    let call = lab.call(client, "setsockopt", "SO_OOBINLINE 1");
    lab.returns(call, Outcome::Value(0), Effect::None);
    fails(&mut lab, client, "recv", "1 oob", libc::EINVAL);
    insta::assert_snapshot!(said(&mut lab), @"client has SO_OOBINLINE: the urgent byte stays in the stream, and recv() without oob reads it.");
}

fn loss(lab: &mut Lab, frame: u64) -> String {
    meets(lab, frame, Deed::Dropped);
    lost(&lab.story, FrameNumber(frame), true).words()
}

#[test]
fn a_loss_means_what_comes_of_it() {
    let (mut lab, _, _) = connected();
    lab.fact(Fact::Interposed { on: true });
    lab.tcp(there(), PSH_ACK, 1, 1, b"hello");
    let mut told = vec![loss(&mut lab, 4)];
    lab.tcp(there(), PSH_ACK, 6, 1, b"one");
    lab.tcp(there(), PSH_ACK, 9, 1, b"two");
    told.push(loss(&mut lab, 5));
    meets(&mut lab, 6, Deed::Delivered);
    lab.tcp(back(), ACK, 1, 1, b"");
    told.push(loss(&mut lab, 7));
    lab.tcp(back(), RST, 1, 1, b"");
    told.push(loss(&mut lab, 8));
    lab.tcp(there(), PSH_ACK, 6, 1, b"one");
    told.push(lost(&lab.story, FrameNumber(5), false).words());
    lab.udp(at(7001), at(7002), b"x");
    told.push(loss(&mut lab, 10));
    insta::assert_snapshot!(told.join("\n"), @r"
    #4 is lost. client doesn't know: no ACK will come, and after its timeout it sends the same again.
    #5 is lost. client doesn't know yet, but more is behind it: the ACKs of that will show the gap, and client will send this again.
    #7 is lost. An ACK alone is never sent again.
    #8 is lost, and an RST is never sent again: client doesn't know.
    #5 was lost. client noticed: #9 is the same again.
    #10 is lost, and nobody will know: UDP sends nothing again.
    ");
}

#[test]
fn a_lost_syn_ack_keeps_both_ends_waiting() {
    let mut lab = Lab::new();
    lab.listener("server", SocketKind::Tcp, at(8899));
    let client = lab.socket("client", SocketKind::Tcp);
    let connect = lab.call(client, "connect", "127.0.0.1:8899");
    lab.addressed(client, at(40112), Some(at(8899)));
    lab.fact(Fact::Interposed { on: true });
    lab.tcp(there(), SYN, 0, 0, b"");
    meets(&mut lab, 1, Deed::Delivered);
    lab.tcp(back(), SYN_ACK, 0, 1, b"");
    let told = loss(&mut lab, 2);
    let call = pending(&lab, connect);
    let waits = blocked(&Pending { call: &call, went: None, queue: None }, &lab.story);
    insta::assert_snapshot!([told, waits].join("\n"), @r"
    #2 is lost. Both ends wait now, and both send again after a timeout: client its SYN, server its SYN,ACK.
    connect(client) is blocked: #2 SYN,ACK was lost, and will be sent again.
    ");
}

#[test]
fn a_call_waits_for_what_was_lost_and_reads_nothing_behind_a_gap() {
    let (mut lab, client, conn) = connected();
    lab.fact(Fact::Interposed { on: true });
    let send = sends(&mut lab, client, 5);
    lab.tcp(there(), PSH_ACK, 1, 1, b"hello");
    meets(&mut lab, 4, Deed::Dropped);
    took(&mut lab, send, 5);
    let mut told = vec![said(&mut lab)];
    let recv = lab.call(conn, "recv", "1024");
    let call = pending(&lab, recv);
    let pending = Pending { call: &call, went: None, queue: None };
    told.push(blocked(&pending, &lab.story));
    lab.tcp(there(), PSH_ACK, 6, 1, b"world");
    meets(&mut lab, 5, Deed::Delivered);
    lab.tcp(back(), ACK, 1, 1, b"");
    fails(&mut lab, conn, "recv", "1024 dontwait", libc::EAGAIN);
    told.push(said(&mut lab));
    // Once it has come again nothing is missing.
    lab.tcp(there(), PSH_ACK, 1, 1, b"hello");
    meets(&mut lab, 7, Deed::Delivered);
    lab.tcp(back(), ACK, 1, 11, b"");
    told.push(blocked(&pending, &lab.story));
    fails(&mut lab, conn, "recv", "1024 dontwait", libc::EAGAIN);
    told.push(said(&mut lab));
    insta::assert_snapshot!(told.join("\n"), @r"
    #4 was lost. client doesn't know: no ACK will come, and after its timeout it sends the same again.
    recv(conn) is blocked: #4 PSH,ACK was lost, and will be sent again.
    What has come lies behind a gap: recv() gives nothing until byte 1 is there, for a stream has an order.
    recv(conn) is blocked: client has sent nothing that is unread. A real program would stand still here.
    There is nothing to read, and the call was not to wait, or not longer.
    ");
}

#[test]
fn nagle_waits_for_an_ack_that_was_lost() {
    let (mut lab, client, _) = connected();
    lab.fact(Fact::Interposed { on: true });
    lab.tcp(there(), PSH_ACK, 1, 1, b"hello");
    meets(&mut lab, 4, Deed::Delivered);
    lab.tcp(back(), ACK, 1, 6, b"");
    meets(&mut lab, 5, Deed::Dropped);
    lab.news();
    let send = sends(&mut lab, client, 5);
    took(&mut lab, send, 5);
    insta::assert_snapshot!(said(&mut lab), @r"
    Nothing left yet: the bytes wait for the ACK of earlier ones (Nagle's algorithm; TCP_NODELAY turns it off).
    ");
}
