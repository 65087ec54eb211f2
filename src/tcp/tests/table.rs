//! The whole transition table, what can't be included.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::tcp::Transition::{Assumed, Impossible, Stays, Through, To};
use crate::tcp::{Received, Sent, State, Stimulus, transition};

/// `?` first, then as the RFC orders them.
fn states() -> impl Iterator<Item = Option<State>> {
    std::iter::once(None).chain(State::ALL.map(Some))
}

fn stimuli() -> Vec<(String, Stimulus)> {
    let sent = Sent::ALL.map(|what| (format!("sends {what:?}"), Stimulus::Sent(what)));
    let received = Received::ALL.map(|what| (format!("gets {what:?}"), Stimulus::Received(what)));
    sent.into_iter().chain(received).collect()
}

fn short(state: Option<State>) -> &'static str {
    match state {
        None => "?",
        Some(State::Closed) => "CLOSED",
        Some(State::Listen) => "LISTEN",
        Some(State::SynSent) => "SYN-S",
        Some(State::SynReceived) => "SYN-R",
        Some(State::Established) => "ESTAB",
        Some(State::FinWait1) => "FIN-W1",
        Some(State::FinWait2) => "FIN-W2",
        Some(State::CloseWait) => "CLO-W",
        Some(State::Closing) => "CLOSING",
        Some(State::LastAck) => "LAST-A",
        Some(State::TimeWait) => "TIME-W",
    }
}

/// Every state and every stimulus: `·` it stays, `✗` it can't be in that state, `~` it is
/// supposed.
#[test]
fn the_whole_table() {
    let mut table = format!("{:<24}", "");
    for state in states() {
        let _ = write!(table, "{:<9}", short(state));
    }
    for (name, stimulus) in stimuli() {
        table.truncate(table.trim_end().len());
        let _ = write!(table, "\n{name:<24}");
        for state in states() {
            let cell = match transition(state, stimulus) {
                To(to, _) => short(Some(to)).to_owned(),
                Through(_, to, _) => format!("»{}", short(Some(to))),
                Assumed(to, _) => format!("~{}", short(Some(to))),
                Stays => "·".to_owned(),
                Impossible => "✗".to_owned(),
            };
            let _ = write!(table, "{cell:<9}");
        }
    }
    assert_snapshot!(table.trim_end(), @r"
                            ?        LISTEN   SYN-S    SYN-R    ESTAB    FIN-W1   FIN-W2   CLO-W    CLOSING  LAST-A   TIME-W   CLOSED
    sends Syn               SYN-S    SYN-S    ·        ✗        ✗        ✗        ✗        ✗        ✗        ✗        ✗        SYN-S
    sends SynAck            SYN-R    SYN-R    SYN-R    ·        ✗        ✗        ✗        ✗        ✗        ✗        ✗        SYN-R
    sends Fin               ~FIN-W1  ✗        »FIN-W1  FIN-W1   FIN-W1   ·        ✗        LAST-A   ·        ·        ✗        ✗
    sends FinUnaware        ~FIN-W1  ✗        »FIN-W1  FIN-W1   FIN-W1   ·        ✗        ✗        ✗        ·        ✗        ✗
    sends FinAgain          ~FIN-W1  ✗        ✗        FIN-W1   FIN-W1   ·        ✗        LAST-A   ·        ·        ✗        ✗
    sends FinAgainUnaware   ~FIN-W1  ✗        ✗        FIN-W1   FIN-W1   ·        ✗        ✗        ✗        ·        ✗        ✗
    sends Reset             CLOSED   ·        CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   ·
    sends BareReset         CLOSED   ·        ·        CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   ·
    sends Ack               ~ESTAB   ✗        ESTAB    ·        ·        ·        ·        ·        ·        ·        ·        ✗
    gets Syn                ·        SYN-R    SYN-R    ·        ·        ·        ·        ·        ·        ·        ·        ·
    gets SynAck             »ESTAB   ·        ESTAB    ESTAB    ·        ·        ·        ·        ·        ·        ·        ·
    gets StraySynAck        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
    gets Ack                ~ESTAB   ·        ·        ESTAB    ·        ·        ·        ·        ·        ·        ·        ·
    gets AckOfFin           ~ESTAB   ·        ·        ESTAB    ·        FIN-W2   ·        ·        TIME-W   CLOSED   ·        ·
    gets Fin                ~CLO-W   ·        ·        »CLO-W   CLO-W    CLOSING  TIME-W   ·        ·        ·        ·        ·
    gets FinWithAckOfFin    ~CLO-W   ·        ·        »CLO-W   CLO-W    »TIME-W  TIME-W   ·        TIME-W   CLOSED   ·        ·
    gets Reset              CLOSED   ·        CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   ·
    gets ResetOfPassiveOpen CLOSED   ·        CLOSED   LISTEN   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   CLOSED   ·
    gets InexactReset       ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
    gets StrayReset         ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
    gets Unacceptable       ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·        ·
    ");
}

/// Every move and the section of RFC 9293 that says so.
#[test]
fn the_sections() {
    let mut moves: Vec<String> = Vec::new();
    for state in states() {
        for (name, stimulus) in stimuli() {
            let from = state.map_or("?", State::name);
            match transition(state, stimulus) {
                To(to, rfc) | Assumed(to, rfc) => {
                    moves.push(format!("{rfc:<8}  {from} {name}: {to}"));
                }
                Through(by, to, rfc) => {
                    moves.push(format!("{rfc:<8}  {from} {name}: {by}, {to}"));
                }
                Stays | Impossible => {}
            }
        }
    }
    moves.sort();
    assert_snapshot!(moves.join("\n"), @r"
    3.10.1    ? sends Syn: SYN-SENT
    3.10.1    CLOSED sends Syn: SYN-SENT
    3.10.1    LISTEN sends Syn: SYN-SENT
    3.10.4    ? sends Fin: FIN-WAIT-1
    3.10.4    ? sends FinAgain: FIN-WAIT-1
    3.10.4    ? sends FinAgainUnaware: FIN-WAIT-1
    3.10.4    ? sends FinUnaware: FIN-WAIT-1
    3.10.4    CLOSE-WAIT sends Fin: LAST-ACK
    3.10.4    CLOSE-WAIT sends FinAgain: LAST-ACK
    3.10.4    ESTABLISHED sends Fin: FIN-WAIT-1
    3.10.4    ESTABLISHED sends FinAgain: FIN-WAIT-1
    3.10.4    ESTABLISHED sends FinAgainUnaware: FIN-WAIT-1
    3.10.4    ESTABLISHED sends FinUnaware: FIN-WAIT-1
    3.10.4    SYN-RECEIVED sends Fin: FIN-WAIT-1
    3.10.4    SYN-RECEIVED sends FinAgain: FIN-WAIT-1
    3.10.4    SYN-RECEIVED sends FinAgainUnaware: FIN-WAIT-1
    3.10.4    SYN-RECEIVED sends FinUnaware: FIN-WAIT-1
    3.10.4    SYN-SENT sends Fin: ESTABLISHED, FIN-WAIT-1
    3.10.4    SYN-SENT sends FinUnaware: ESTABLISHED, FIN-WAIT-1
    3.10.5    CLOSE-WAIT sends BareReset: CLOSED
    3.10.5    CLOSE-WAIT sends Reset: CLOSED
    3.10.5    CLOSING sends BareReset: CLOSED
    3.10.5    CLOSING sends Reset: CLOSED
    3.10.5    ESTABLISHED sends BareReset: CLOSED
    3.10.5    ESTABLISHED sends Reset: CLOSED
    3.10.5    FIN-WAIT-1 sends BareReset: CLOSED
    3.10.5    FIN-WAIT-1 sends Reset: CLOSED
    3.10.5    FIN-WAIT-2 sends BareReset: CLOSED
    3.10.5    FIN-WAIT-2 sends Reset: CLOSED
    3.10.5    LAST-ACK sends BareReset: CLOSED
    3.10.5    LAST-ACK sends Reset: CLOSED
    3.10.5    SYN-RECEIVED sends BareReset: CLOSED
    3.10.5    SYN-RECEIVED sends Reset: CLOSED
    3.10.5    SYN-SENT sends Reset: CLOSED
    3.10.5    TIME-WAIT sends BareReset: CLOSED
    3.10.5    TIME-WAIT sends Reset: CLOSED
    3.10.7.1  ? sends BareReset: CLOSED
    3.10.7.1  ? sends Reset: CLOSED
    3.10.7.2  ? sends SynAck: SYN-RECEIVED
    3.10.7.2  CLOSED sends SynAck: SYN-RECEIVED
    3.10.7.2  LISTEN gets Syn: SYN-RECEIVED
    3.10.7.2  LISTEN sends SynAck: SYN-RECEIVED
    3.10.7.3  ? gets SynAck: SYN-SENT, ESTABLISHED
    3.10.7.3  SYN-SENT gets Reset: CLOSED
    3.10.7.3  SYN-SENT gets ResetOfPassiveOpen: CLOSED
    3.10.7.3  SYN-SENT gets Syn: SYN-RECEIVED
    3.10.7.3  SYN-SENT gets SynAck: ESTABLISHED
    3.10.7.3  SYN-SENT sends Ack: ESTABLISHED
    3.10.7.3  SYN-SENT sends SynAck: SYN-RECEIVED
    3.10.7.4  ? gets Ack: ESTABLISHED
    3.10.7.4  ? gets AckOfFin: ESTABLISHED
    3.10.7.4  ? gets Fin: CLOSE-WAIT
    3.10.7.4  ? gets FinWithAckOfFin: CLOSE-WAIT
    3.10.7.4  ? gets Reset: CLOSED
    3.10.7.4  ? gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  ? sends Ack: ESTABLISHED
    3.10.7.4  CLOSE-WAIT gets Reset: CLOSED
    3.10.7.4  CLOSE-WAIT gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  CLOSING gets AckOfFin: TIME-WAIT
    3.10.7.4  CLOSING gets FinWithAckOfFin: TIME-WAIT
    3.10.7.4  CLOSING gets Reset: CLOSED
    3.10.7.4  CLOSING gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  ESTABLISHED gets Fin: CLOSE-WAIT
    3.10.7.4  ESTABLISHED gets FinWithAckOfFin: CLOSE-WAIT
    3.10.7.4  ESTABLISHED gets Reset: CLOSED
    3.10.7.4  ESTABLISHED gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  FIN-WAIT-1 gets AckOfFin: FIN-WAIT-2
    3.10.7.4  FIN-WAIT-1 gets Fin: CLOSING
    3.10.7.4  FIN-WAIT-1 gets FinWithAckOfFin: FIN-WAIT-2, TIME-WAIT
    3.10.7.4  FIN-WAIT-1 gets Reset: CLOSED
    3.10.7.4  FIN-WAIT-1 gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  FIN-WAIT-2 gets Fin: TIME-WAIT
    3.10.7.4  FIN-WAIT-2 gets FinWithAckOfFin: TIME-WAIT
    3.10.7.4  FIN-WAIT-2 gets Reset: CLOSED
    3.10.7.4  FIN-WAIT-2 gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  LAST-ACK gets AckOfFin: CLOSED
    3.10.7.4  LAST-ACK gets FinWithAckOfFin: CLOSED
    3.10.7.4  LAST-ACK gets Reset: CLOSED
    3.10.7.4  LAST-ACK gets ResetOfPassiveOpen: CLOSED
    3.10.7.4  SYN-RECEIVED gets Ack: ESTABLISHED
    3.10.7.4  SYN-RECEIVED gets AckOfFin: ESTABLISHED
    3.10.7.4  SYN-RECEIVED gets Fin: ESTABLISHED, CLOSE-WAIT
    3.10.7.4  SYN-RECEIVED gets FinWithAckOfFin: ESTABLISHED, CLOSE-WAIT
    3.10.7.4  SYN-RECEIVED gets Reset: CLOSED
    3.10.7.4  SYN-RECEIVED gets ResetOfPassiveOpen: LISTEN
    3.10.7.4  SYN-RECEIVED gets SynAck: ESTABLISHED
    3.10.7.4  TIME-WAIT gets Reset: CLOSED
    3.10.7.4  TIME-WAIT gets ResetOfPassiveOpen: CLOSED
    ");
}

#[test]
fn no_segment_that_comes_is_impossible() {
    for state in states() {
        for what in Received::ALL {
            assert_ne!(transition(state, Stimulus::Received(what)), Impossible);
        }
    }
}
