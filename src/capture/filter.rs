//! Which frames are wanted, in libpcap's own language (pcap-filter(7)).

use pcap::{BpfProgram, Capture, Linktype};

use crate::trace::LinkType;

/// A filter such as `tcp port 80 and host 10.0.0.1`. What it says depends on what frames start
/// with: it is compiled once for each link type that comes.
pub struct Filter {
    expression: String,
    programs: Vec<(LinkType, Option<BpfProgram>)>,
}

/// Why an expression is none, in libpcap's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; `man 7 pcap-filter` has the language")]
pub struct BadFilter(String);

impl Filter {
    /// Reads an expression.
    pub fn new(expression: &str) -> Result<Filter, BadFilter> {
        // What names hardware addresses needs a link that has them, and Ethernet has.
        let program = compiled(LinkType::ETHERNET, expression)?;
        let programs = vec![(LinkType::ETHERNET, Some(program))];
        Ok(Filter { expression: expression.to_owned(), programs })
    }

    /// Whether a frame is wanted. One of a link type that can't be asked so is not.
    pub fn wants(&mut self, link: LinkType, bytes: &[u8]) -> bool {
        let known = self.programs.iter().position(|(of, _)| *of == link);
        let at = known.unwrap_or_else(|| {
            self.programs.push((link, compiled(link, &self.expression).ok()));
            self.programs.len() - 1
        });
        self.programs[at].1.as_ref().is_some_and(|program| program.filter(bytes))
    }
}

fn compiled(link: LinkType, expression: &str) -> Result<BpfProgram, BadFilter> {
    let words = |error| match error {
        pcap::Error::PcapError(words) => BadFilter(words),
        error => BadFilter(error.to_string()),
    };
    // libpcap would read on after it.
    if expression.contains('\0') {
        return Err(BadFilter("a zero byte is in it".to_owned()));
    }
    let number = if link == LinkType::RAW { DLT_RAW } else { i32::from(link.0) };
    let capture = Capture::dead(Linktype(number)).map_err(words)?;
    capture.compile(expression, true).map_err(words)
}

/// `DLT_RAW` as Linux numbers it; in files it is [`LinkType::RAW`].
const DLT_RAW: i32 = if cfg!(target_os = "openbsd") { 14 } else { 12 };

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty TCP segment from port 1 to port 80, as an IPv4 packet.
    fn packet() -> Vec<u8> {
        let mut packet = vec![0; 40];
        (packet[0], packet[3], packet[9]) = (0x45, 40, 6);
        (packet[21], packet[23], packet[32]) = (1, 80, 0x50);
        packet
    }

    #[test]
    fn a_filter_means_the_same_behind_any_link() {
        let mut filter = Filter::new("tcp port 80").unwrap();
        let ethernet = [&[0; 12][..], &[8, 0], &packet()].concat();
        let cooked = [&[0; 14][..], &[8, 0], &packet()].concat();
        assert!(filter.wants(LinkType::ETHERNET, &ethernet));
        assert!(filter.wants(LinkType(113), &cooked));
        assert!(filter.wants(LinkType::RAW, &packet()));
        assert!(!filter.wants(LinkType(113), &packet()));
        assert!(!Filter::new("tcp port 81").unwrap().wants(LinkType::RAW, &packet()));
        assert!(!filter.wants(LinkType(u16::MAX), &packet()));
    }

    #[test]
    fn what_is_no_filter_is_told_in_libpcaps_words() {
        let why = |expression| Filter::new(expression).err().unwrap().to_string();
        assert!(why("tcp prt 80").contains("syntax error"), "{}", why("tcp prt 80"));
        assert!(why("tcp\0").contains("zero byte"));
    }
}
