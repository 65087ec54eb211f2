//! What TCP options are called, where there is room for a word.

use super::TcpOption;

/// The shared experimental number that Fast Open had before its own (RFC 6994; RFC 7413,
/// appendix A), with the two bytes that say it is Fast Open's.
const FAST_OPEN_EXPERIMENT: (u8, [u8; 2]) = (254, [0xf9, 0x89]);

impl TcpOption {
    /// A short name, as packet lists have it: `mss`, `ws`, `sackok`, `sack`, `ts`, `uto`, `tfo`,
    /// `md5`, `ao`, `mptcp`.
    pub fn name(&self) -> &'static str {
        match self {
            TcpOption::EndOfList => "eol",
            TcpOption::NoOperation => "nop",
            TcpOption::MaximumSegmentSize(_) => "mss",
            TcpOption::WindowScale(_) => "ws",
            TcpOption::SackPermitted => "sackok",
            TcpOption::Sack(_) => "sack",
            TcpOption::Timestamps { .. } => "ts",
            TcpOption::UserTimeout(_) => "uto",
            TcpOption::FastOpenCookie(_) => "tfo",
            TcpOption::Other { .. } if self.fast_open_cookie().is_some() => "tfo",
            TcpOption::Other { kind: 19, .. } => "md5",
            TcpOption::Other { kind: 29, .. } => "ao",
            TcpOption::Other { kind: 30, .. } => "mptcp",
            TcpOption::Other { kind: 253 | 254, .. } => "exp",
            TcpOption::Other { .. } => "unknown",
            TcpOption::Malformed { .. } => "malformed",
        }
    }

    /// Fast Open's cookie (RFC 7413), by its own kind or the experimental one; empty asks for one.
    pub fn fast_open_cookie(&self) -> Option<&[u8]> {
        match self {
            TcpOption::FastOpenCookie(cookie) => Some(cookie),
            TcpOption::Other { kind, data } if *kind == FAST_OPEN_EXPERIMENT.0 => {
                data.strip_prefix(&FAST_OPEN_EXPERIMENT.1)
            }
            TcpOption::EndOfList
            | TcpOption::NoOperation
            | TcpOption::MaximumSegmentSize(_)
            | TcpOption::WindowScale(_)
            | TcpOption::SackPermitted
            | TcpOption::Sack(_)
            | TcpOption::Timestamps { .. }
            | TcpOption::UserTimeout(_)
            | TcpOption::Other { .. }
            | TcpOption::Malformed { .. } => None,
        }
    }

    /// What a Multipath TCP option is for (RFC 8684, section 8.2), by IANA's name.
    pub fn mptcp_subtype(&self) -> Option<&'static str> {
        let TcpOption::Other { kind: 30, data } = self else { return None };
        Some(match data.first()? >> 4 {
            0 => "MP_CAPABLE",
            1 => "MP_JOIN",
            2 => "DSS",
            3 => "ADD_ADDR",
            4 => "REMOVE_ADDR",
            5 => "MP_PRIO",
            6 => "MP_FAIL",
            7 => "MP_FASTCLOSE",
            8 => "MP_TCPRST",
            15 => "MP_EXPERIMENTAL",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::{TcpOption, walk};

    fn first(bytes: &[u8]) -> TcpOption {
        walk(bytes).swap_remove(0).0
    }

    #[test]
    fn every_option_that_people_meet_has_a_name() {
        for (bytes, name) in [
            (&[2, 4, 5, 0xb4][..], "mss"),
            (&[3, 3, 7], "ws"),
            (&[4, 2], "sackok"),
            (&[5, 10, 0, 0, 0, 1, 0, 0, 0, 2], "sack"),
            (&[8, 10, 0, 0, 0, 1, 0, 0, 0, 2], "ts"),
            (&[28, 4, 0, 30], "uto"),
            (&[34, 2], "tfo"),
            (&[254, 4, 0xf9, 0x89], "tfo"),
            (&[254, 4, 0, 0], "exp"),
            (&[19, 4, 1, 2], "md5"),
            (&[29, 4, 1, 2], "ao"),
            (&[30, 3, 0x10], "mptcp"),
            (&[200, 2], "unknown"),
            (&[2, 0], "malformed"),
        ] {
            assert_eq!(first(bytes).name(), name, "{bytes:?}");
        }
    }

    #[test]
    fn multipath_says_what_for() {
        assert_eq!(first(&[30, 4, 0x01, 0x81]).mptcp_subtype(), Some("MP_CAPABLE"));
        assert_eq!(first(&[30, 4, 0x20, 0]).mptcp_subtype(), Some("DSS"));
        assert_eq!(first(&[30, 4, 0xe0, 0]).mptcp_subtype(), None);
        assert_eq!(first(&[31, 4, 0x20, 0]).mptcp_subtype(), None);
    }
}
