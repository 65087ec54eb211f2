//! One number of `TCP_INFO`, by its name.

use std::time::Duration;

use super::TcpInfo;

impl TcpInfo {
    /// The field of that name, without `tcpi_`, as the kernel counts it: times in microseconds, the
    /// three of `last_…` in milliseconds. `None` where there is no such number, or the kernel
    /// hasn't told it.
    pub fn field(&self, name: &str) -> Option<u64> {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Some(match name {
            "retransmits" => self.retransmits.into(),
            "probes" => self.probes.into(),
            "backoff" => self.backoff.into(),
            "snd_wscale" => self.snd_wscale.into(),
            "rcv_wscale" => self.rcv_wscale.into(),
            "rto" => micros(self.rto),
            "ato" => micros(self.ato),
            "snd_mss" => self.snd_mss.into(),
            "rcv_mss" => self.rcv_mss.into(),
            "unacked" => self.unacked.into(),
            "sacked" => self.sacked.into(),
            "lost" => self.lost.into(),
            "retrans" => self.retrans.into(),
            "last_data_sent" => millis(self.last_data_sent),
            "last_data_recv" => millis(self.last_data_recv),
            "last_ack_recv" => millis(self.last_ack_recv),
            "pmtu" => self.pmtu.into(),
            "rcv_ssthresh" => self.rcv_ssthresh.into(),
            "rtt" => micros(self.rtt),
            "rttvar" => micros(self.rttvar),
            "snd_ssthresh" => self.snd_ssthresh.into(),
            "snd_cwnd" => self.snd_cwnd.into(),
            "advmss" => self.advmss.into(),
            "reordering" => self.reordering.into(),
            "rcv_rtt" => micros(self.rcv_rtt),
            "rcv_space" => self.rcv_space.into(),
            "total_retrans" => self.total_retrans.into(),
            "bytes_acked" => self.bytes_acked,
            "bytes_received" => self.bytes_received,
            "segs_out" => self.segs_out.into(),
            "segs_in" => self.segs_in.into(),
            "notsent_bytes" => self.notsent_bytes.into(),
            // All ones before the first measurement.
            "min_rtt" => Some(micros(self.min_rtt)).filter(|us| *us < u64::from(u32::MAX))?,
            "data_segs_in" => self.data_segs_in.into(),
            "data_segs_out" => self.data_segs_out.into(),
            "bytes_sent" => self.bytes_sent,
            "bytes_retrans" => self.bytes_retrans,
            "dsack_dups" => self.dsack_dups.into(),
            "rcv_ooopack" => self.rcv_ooopack.into(),
            "snd_wnd" => self.snd_wnd?.into(),
            "rcv_wnd" => self.rcv_wnd?.into(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::command::INFO_FIELDS;

    #[test]
    fn every_number_of_the_table_has_a_name_in_the_language() {
        let info = TcpInfo { snd_wnd: Some(1), rcv_wnd: Some(1), ..TcpInfo::default() };
        for field in INFO_FIELDS {
            assert!(info.field(field.word).is_some(), "{}", field.word);
        }
        let named: BTreeSet<&str> = INFO_FIELDS.iter().map(|field| field.word).collect();
        let table = info.table();
        let shown = table.lines().filter_map(|line| {
            let name = line.split_whitespace().next()?.strip_prefix("tcpi_")?;
            // These three are words.
            (!["state", "ca_state", "options"].contains(&name)).then_some(name)
        });
        assert_eq!(named, shown.collect());
    }

    #[test]
    fn what_the_kernel_has_not_told_is_no_number() {
        let micros = Duration::from_micros;
        let info = TcpInfo {
            rtt: micros(70),
            last_ack_recv: Duration::from_millis(9),
            min_rtt: micros(u64::from(u32::MAX)),
            ..TcpInfo::default()
        };
        assert_eq!((info.field("rtt"), info.field("last_ack_recv")), (Some(70), Some(9)));
        assert_eq!((info.field("min_rtt"), info.field("rcv_wnd")), (None, None));
        assert_eq!(info.field("state"), None);
    }
}
