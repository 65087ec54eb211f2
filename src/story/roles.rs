//! The roles of one segment: a small set, in the order in which they are told.

use super::Role;

/// What a segment is. It can be several things at once: the order is [`Roles::TOLD`]'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Roles(u32);

impl Roles {
    /// None.
    pub const NONE: Roles = Roles(0);

    /// What counts as a retransmission.
    pub const RESENT: Roles =
        Roles::of(&[Role::Retransmission, Role::FastRetransmission, Role::SpuriousRetransmission]);

    /// Every role, the most telling first: who says it, whether it is new, what it is, and what
    /// else there is to it.
    pub const TOLD: [Role; 29] = [
        Role::Forged,
        Role::Copied,
        Role::CaptureDuplicate,
        Role::HalfOpen,
        Role::SimultaneousOpen,
        Role::ZeroWindowProbe,
        Role::KeepAlive,
        Role::SpuriousRetransmission,
        Role::FastRetransmission,
        Role::Retransmission,
        Role::OutOfOrder,
        Role::Refusal,
        Role::Reset,
        Role::Syn,
        Role::SynAck,
        Role::Data,
        Role::Fin,
        Role::AckOfFin,
        Role::HandshakeAck,
        Role::WindowUpdate,
        Role::ProbeAnswer,
        Role::ChallengeAck,
        Role::DuplicateAck,
        Role::Ack,
        Role::WindowFull,
        Role::ZeroWindow,
        Role::Urgent,
        Role::FastOpen,
        Role::NotTaken,
    ];

    /// Those, and no others.
    pub const fn of(roles: &[Role]) -> Roles {
        let mut set = Roles::NONE;
        let mut at = 0;
        while at < roles.len() {
            set.insert(roles[at]);
            at += 1;
        }
        set
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it is one of them.
    pub const fn contains(self, role: Role) -> bool {
        self.0 & 1 << role as u32 != 0
    }

    /// Whether any of `others` is among them.
    pub const fn has_any(self, others: Roles) -> bool {
        self.0 & others.0 != 0
    }

    /// The most telling one.
    pub fn first(self) -> Option<Role> {
        self.iter().next()
    }

    /// Each, the most telling first.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Roles::TOLD.into_iter().filter(move |role| self.contains(*role))
    }

    /// It is that, too.
    pub const fn insert(&mut self, role: Role) {
        self.0 |= 1 << role as u32;
    }

    /// It isn't that after all.
    pub const fn remove(&mut self, role: Role) {
        self.0 &= !(1 << role as u32);
    }
}

impl From<Role> for Roles {
    fn from(role: Role) -> Roles {
        Roles::of(&[role])
    }
}

impl Extend<Role> for Roles {
    fn extend<I: IntoIterator<Item = Role>>(&mut self, roles: I) {
        for role in roles {
            self.insert(role);
        }
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Roles {
        let mut set = Roles::NONE;
        set.extend(roles);
        set
    }
}

impl<const N: usize> PartialEq<[Role; N]> for Roles {
    fn eq(&self, other: &[Role; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_told_once() {
        let all = Roles::of(&Role::ALL);
        assert_eq!(all.iter().count(), Role::ALL.len());
        assert_eq!(Roles::of(&Roles::TOLD), all);
    }

    #[test]
    fn the_most_telling_comes_first() {
        let mut roles = Roles::of(&[Role::Fin, Role::Data]);
        roles.insert(Role::Retransmission);
        assert_eq!(roles, [Role::Retransmission, Role::Data, Role::Fin]);
        assert_eq!(roles.first(), Some(Role::Retransmission));
        roles.remove(Role::Retransmission);
        assert_eq!(roles, [Role::Data, Role::Fin]);
        assert!(!roles.has_any(Roles::RESENT) && !roles.is_empty());
    }
}
