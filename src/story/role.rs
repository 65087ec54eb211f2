//! What a segment really is.

use super::{Role, SideStates};
use crate::packet::{Flags, Segment};
use crate::tcp::{Received, Sent, Space, State};
use crate::trace::Time;

/// What is known when a segment passes.
pub(super) struct Context<'a> {
    /// The segment.
    pub segment: &'a Segment,
    /// When it passed.
    #[expect(dead_code, reason = "for roles that depend on time")]
    pub time: Time,
    /// The sender's sequence space before it sent this.
    pub sender: &'a Space,
    /// The receiver's before it came.
    pub receiver: &'a Space,
    /// What it did to both.
    pub states: SideStates,
    /// What it meant to the sender.
    #[expect(dead_code, reason = "for roles that depend on it")]
    pub sent: Sent,
    /// What it meant to the receiver.
    pub received: Received,
    /// Bytes of data that weren't captured before.
    pub new_bytes: u32,
}

/// The roles of a segment, the most telling first.
pub(super) fn roles(context: &Context<'_>) -> Vec<Role> {
    let Context { segment, sender, receiver, states, .. } = context;
    let flags = segment.flags;
    let mut roles = Vec::new();
    if flags.has(Flags::RST) {
        let refuses =
            states.to.before == Some(State::SynSent) && matches!(context.received, Received::Reset);
        roles.push(if refuses { Role::Refusal } else { Role::Reset });
        return roles;
    }
    let again = segment.sequence_len() > 0
        && context.new_bytes == 0
        && sender.next().is_some_and(|next| next.is_at_or_after(segment.end()));
    if again {
        roles.push(Role::Retransmission);
    }
    match (flags.has(Flags::SYN), flags.has(Flags::ACK)) {
        (true, false) => roles.push(Role::Syn),
        (true, true) => roles.push(Role::SynAck),
        (false, _) => {}
    }
    if segment.payload.len > 0 && !again {
        roles.push(Role::Data);
    }
    if flags.has(Flags::FIN) {
        roles.push(Role::Fin);
    }
    if segment.flags.has(Flags::ACK) && !flags.has(Flags::SYN) {
        let first = receiver.una.is_none();
        if receiver.fin_is_acked_by(segment.ack)
            && receiver.una.is_none_or(|una| !receiver.fin_is_acked_by(una))
        {
            roles.push(Role::AckOfFin);
        } else if first && sender.active && receiver.iss.is_some() {
            roles.push(Role::HandshakeAck);
        } else if segment.is_pure_ack() {
            roles.push(Role::Ack);
        }
    }
    roles
}
