//! What is sent again while it is held: lines in place of arrows, and ever fewer of them. The
//! learner reads, and the sender doesn't stop.

use crate::packet::Flags;
use crate::story::Absorber;

/// `client sends SYN again; #1 still waits`; `None` for a copy that isn't worth a line.
pub fn line(sender: &str, flags: Flags, of: Absorber) -> Option<String> {
    let waits = format!("#{} still waits", of.frame.0);
    is_said(of).then(|| match of.copies {
        ..=2 => format!("{sender} sends {flags} again; {waits}"),
        copies => format!("{sender} has sent {flags} again, {copies} times by now; {waits}"),
    })
}

/// The same within a ladder, where its sender is plain to see.
pub fn beside(flags: Flags, of: Absorber) -> Option<String> {
    let waits = format!("#{} still waits", of.frame.0);
    is_said(of).then(|| match of.copies {
        ..=2 => format!("{flags} again; {waits}"),
        copies => format!("{flags} again, {copies} times; {waits}"),
    })
}

/// The first, the second, the fourth, the eighth…
fn is_said(of: Absorber) -> bool {
    of.copies.is_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::super::test_lab::{Lab, at, connected};
    use super::super::test_moments::{LOOK, PSH_ACK};
    use super::super::whole;
    use crate::trace::{Deed, Fact, FrameNumber};

    fn wire(lab: &mut Lab, frame: u64, deed: Deed) {
        lab.fact(Fact::Wire { frame: FrameNumber(frame), deed });
    }

    /// A segment of the client's, frame 4, is held.
    fn held() -> Lab {
        let (mut lab, client, _) = connected();
        lab.fact(Fact::Interposed { on: true });
        let call = lab.call(client, "send", "\"hello\"");
        lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"hello");
        wire(&mut lab, 4, Deed::Held);
        lab.value(call, 5);
        lab.news();
        lab
    }

    /// These frames are copies of it.
    fn come(lab: &mut Lab, frames: impl IntoIterator<Item = u64>) {
        for frame in frames {
            lab.wait(200_000);
            lab.tcp((at(40112), at(8899)), PSH_ACK, 1, 1, b"hello");
            wire(lab, frame, Deed::Absorbed { held: FrameNumber(4) });
        }
    }

    #[test]
    fn ever_fewer_copies_get_a_line() {
        let mut lab = held();
        let mut shown = String::new();
        for copy in 1..=17 {
            come(&mut lab, [4 + copy]);
            shown += &lab.drawn(LOOK);
        }
        insta::assert_snapshot!(shown, @r"
          client sends PSH,ACK again; #4 still waits
          client sends PSH,ACK again; #4 still waits
          client has sent PSH,ACK again, 4 times by now; #4 still waits
          client has sent PSH,ACK again, 8 times by now; #4 still waits
          client has sent PSH,ACK again, 16 times by now; #4 still waits
        ");
    }

    #[test]
    fn those_that_come_together_get_as_many() {
        let mut lab = held();
        come(&mut lab, 5..=9);
        insta::assert_snapshot!(lab.drawn(LOOK), @r"
          client sends PSH,ACK again; #4 still waits
          client sends PSH,ACK again; #4 still waits
          client has sent PSH,ACK again, 4 times by now; #4 still waits
        ");
        come(&mut lab, 10..=12);
        wire(&mut lab, 4, Deed::Delivered);
        insta::assert_snapshot!(lab.drawn(LOOK), @r#"
        client :40112                                            conn :8899
                       PSH,ACK again, 8 times; #4 still waits
        ESTABLISHED  ⏸─ PSH,ACK seq=1 ack=1 len=5 "hello" ─────▶ ESTABLISHED   +400 ms
        "#);
        let whole = whole(&lab.story, None, LOOK);
        let lines: Vec<_> = whole.lines().filter(|line| line.contains("still waits")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
                              PSH,ACK again; #4 still waits
                              PSH,ACK again; #4 still waits
                              PSH,ACK again, 4 times; #4 still waits
                              PSH,ACK again, 8 times; #4 still waits
        ");
    }
}
