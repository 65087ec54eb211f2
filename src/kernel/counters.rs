//! What the kernel counts for this network: `/proc/net/snmp`, `snmp6` and `netstat`, named as
//! `nstat(8)` names them.

use std::collections::BTreeMap;
use std::{fs, io};

/// Every counter and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counters(BTreeMap<String, u64>);

/// A counter that teaches something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// Its name.
    pub name: &'static str,
    /// What it counts, in a line.
    pub about: &'static str,
}

const fn telling(name: &'static str, about: &'static str) -> Telling {
    Telling { name, about }
}

/// The counters that tell of something out of the ordinary; those of mere traffic are left out, for
/// the lab has traffic of its own. RFC 4022 and RFC 4113 define those without `Ext`,
/// `Documentation/networking/snmp_counter.rst` of the kernel the others.
pub const TELLING: &[Telling] = &[
    telling("TcpRetransSegs", "segments sent again"),
    telling("TcpExtTCPSynRetrans", "SYNs and SYN,ACKs sent again"),
    telling("TcpExtTCPTimeouts", "retransmission timeouts"),
    telling("TcpExtTCPLossProbes", "tail loss probes sent"),
    telling("TcpExtTCPFastRetrans", "segments sent again by fast recovery, before a timeout"),
    telling("TcpExtTCPRenoRecovery", "fast recoveries that duplicate ACKs began, without SACK"),
    telling("TcpExtTCPSackRecovery", "fast recoveries that SACK began"),
    telling("TcpExtTCPOFOQueue", "segments that came ahead of a gap and were kept"),
    telling("TcpExtTCPDSACKOldSent", "ACKs that said what came twice (D-SACK)"),
    telling("TcpExtTCPDSACKRecv", "ACKs received that said so"),
    telling("TcpInCsumErrors", "segments thrown away for a wrong checksum"),
    telling("TcpInErrs", "segments received in error: malformed, damaged, a SYN out of place"),
    telling("TcpOutRsts", "RSTs sent"),
    telling(
        "TcpEstabResets",
        "connections that went from ESTABLISHED or CLOSE-WAIT straight to CLOSED",
    ),
    telling("TcpExtTCPAbortOnData", "connections reset by close() with data unread or lingering"),
    telling("TcpExtTCPAbortOnTimeout", "connections given up after too many timeouts"),
    telling("TcpExtTCPChallengeACK", "challenge ACKs sent (RFC 5961)"),
    telling("TcpExtTCPSYNChallenge", "SYNs that met a connection and were challenged"),
    telling("TcpExtListenOverflows", "times that an accept queue was full"),
    telling("TcpExtListenDrops", "SYNs, and ACKs of handshakes, that a listener dropped"),
    telling("TcpExtSyncookiesSent", "SYN cookies sent"),
    telling("TcpExtSyncookiesRecv", "SYN cookies that came back right"),
    telling("TcpExtSyncookiesFailed", "SYN cookies that came back wrong"),
    telling("TcpExtDelayedACKs", "ACKs sent late, for no data came to carry them"),
    telling("TcpExtTCPKeepAlive", "keepalive probes sent"),
    telling("TcpExtTCPToZeroWindowAdv", "windows that closed"),
    telling("TcpExtTCPFromZeroWindowAdv", "windows that opened again"),
    telling("TcpExtTCPFastOpenActive", "connections opened with data in the SYN"),
    telling("TcpExtTCPFastOpenPassive", "connections taken with data in the SYN"),
    telling("UdpInCsumErrors", "datagrams thrown away for a wrong checksum"),
    telling("Udp6InCsumErrors", "the same over IPv6"),
    telling("UdpNoPorts", "datagrams to a port where nobody was"),
    telling("Udp6NoPorts", "the same over IPv6"),
    telling("UdpRcvbufErrors", "datagrams dropped for a full receive buffer"),
    telling("Udp6RcvbufErrors", "the same over IPv6"),
];

impl Counters {
    /// What the kernel has counted up to now. Those of IPv6 are missing where there is none.
    pub fn read() -> io::Result<Counters> {
        let mut all = Counters::default();
        for file in ["/proc/self/net/snmp", "/proc/self/net/netstat"] {
            all.add_tables(&fs::read_to_string(file)?);
        }
        if let Ok(text) = fs::read_to_string("/proc/self/net/snmp6") {
            all.add_lines(&text);
        }
        Ok(all)
    }

    /// What that one holds; `None` if the kernel counts no such thing.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.0.get(name).copied()
    }

    /// How far each has grown since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Counters) -> Counters {
        let grown = |(name, value): (&String, &u64)| {
            (name.clone(), value.saturating_sub(earlier.get(name).unwrap_or_default()))
        };
        Counters(self.0.iter().map(grown).collect())
    }

    /// The names that are most like that one, those that teach something first.
    pub fn like(&self, name: &str) -> Vec<String> {
        const FEW: usize = 3;
        let wanted = name.to_lowercase();
        let within = |known: &&String| {
            let known = known.to_lowercase();
            !wanted.is_empty() && (known.contains(&wanted) || wanted.contains(&known))
        };
        let mut like: Vec<&String> = self.0.keys().filter(within).collect();
        like.sort_by_key(|name| !TELLING.iter().any(|telling| telling.name == **name));
        like.into_iter().take(FEW).cloned().collect()
    }

    /// A line of names, then one of numbers, each with the group before it: `Tcp: InErrs …`.
    fn add_tables(&mut self, text: &str) {
        let mut lines = text.lines();
        while let (Some(names), Some(numbers)) = (lines.next(), lines.next()) {
            let mut names = names.split_whitespace();
            let group = names.next().unwrap_or_default().trim_end_matches(':');
            let numbers = numbers.split_whitespace().skip(1);
            for (name, number) in names.zip(numbers) {
                // `TcpMaxConn` is -1, and counts nothing.
                if let Ok(number) = number.parse() {
                    self.0.insert(format!("{group}{name}"), number);
                }
            }
        }
    }

    /// A name and a number a line: `Udp6InErrors  0`.
    fn add_lines(&mut self, text: &str) {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if let (Some(name), Some(Ok(number))) = (words.next(), words.next().map(str::parse)) {
                self.0.insert(name.to_owned(), number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpStream, UdpSocket};

    use super::*;
    use crate::network::testing::on_private_network;

    #[test]
    fn both_kinds_of_files_are_read() {
        let mut counters = Counters::default();
        counters.add_tables(
            "Tcp: MaxConn InErrs InCsumErrors\nTcp: -1 3 2\nTcpExt: TW\nTcpExt: 7\nhalf a table\n",
        );
        counters.add_lines("Udp6InErrors   \t4\nUdp6Odd\n\nUdp6Bad x\n");
        let held = ["TcpInErrs", "TcpInCsumErrors", "TcpExtTW", "Udp6InErrors"];
        assert_eq!(held.map(|name| counters.get(name)), [Some(3), Some(2), Some(7), Some(4)]);
        assert_eq!(counters.0.len(), held.len());
        assert_eq!(counters.like("incsum"), ["TcpInCsumErrors"]);
        assert_eq!(counters.like("TcpTypo"), Vec::<String>::new());
    }

    #[test]
    fn the_kernel_counts_in_this_network_alone() {
        on_private_network(|_| {
            let before = Counters::read().unwrap();
            assert_eq!(before.get("TcpOutRsts"), Some(0));
            TcpStream::connect("127.0.0.1:1").unwrap_err();
            UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"x", "127.0.0.1:1").unwrap();
            let grown = Counters::read().unwrap().since(&before);
            assert_eq!(grown.get("TcpOutRsts"), Some(1));
            assert_eq!(grown.get("UdpNoPorts"), Some(1));
            assert_eq!(grown.get("TcpRetransSegs"), Some(0));
        });
    }

    #[test]
    fn this_kernel_has_the_counters_that_teach() {
        on_private_network(|_| {
            let counters = Counters::read().unwrap();
            for Telling { name, .. } in TELLING {
                let exists = counters.get(name).is_some() || name.contains('6');
                assert!(exists, "{name}");
            }
        });
    }
}
