//! Patience: while segments are held, nobody gives up.
//!
//! A person thinks for longer than some of Linux's limits last. Only the limits are raised: when a
//! segment is sent again, and how the wait doubles, stays as it is. How long they last is the
//! kernel's sum (`tcp_model_timeout()` and `reqsk_timer_handler()` in `net/ipv4`), with waits that
//! double up to `tcp_rto_max_ms`, 120 s by default:
//!
//! | | gives up after | by default | raised |
//! |---|---|---|---|
//! | `tcp_syn_retries` | 1 + 2 + … + 64 s, then 120 s each | 131 s | 4 h |
//! | `tcp_synack_retries` | the same | 63 s | 90 min |
//! | `tcp_retries2` | 0.2 + 0.4 + … + 102.4 s, then 120 s each | 15 min | 4 h |
//! | `tcp_orphan_retries` | the same, for sockets that are closed | 100 s | 4 h |
//! | `tcp_fin_timeout` | itself less 60 s, then up to as long again | 60 s | 20 min |
//!
//! The kernel reads the first four at each timeout, so that they hold from the moment they are
//! raised until they are put back. An end that enters FIN-WAIT-2 meanwhile keeps its longer time.

use super::Network;
use super::settings;

/// The limits, and what is enough for more than ten minutes of thought. Not the most that the
/// kernel takes: it shifts 1 s left by the number of SYN,ACKs, and 54 shifts overflow.
const ENOUGH: [(&str, u32); 5] = [
    ("tcp_syn_retries", 127),
    ("tcp_synack_retries", 50),
    ("tcp_retries2", 127),
    ("tcp_orphan_retries", 127),
    ("tcp_fin_timeout", 660),
];

/// One limit that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The setting's name.
    pub name: &'static str,
    /// What it held, and will hold again.
    pub before: String,
    /// What it holds meanwhile.
    pub value: String,
}

/// The limits that are raised while segments are held. [`Patience::end`] puts them back.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the limits stay raised until `end`"]
pub struct Patience {
    raised: Vec<Raised>,
}

impl Patience {
    /// Raises the limits. One that is high enough already stays as it is, as does one that this
    /// kernel doesn't let us raise; on the host's network all do.
    pub fn begin(network: &Network) -> Patience {
        let raise = |(name, enough): (&'static str, u32)| {
            let low = settings::get(name).ok()?.parse::<u32>().ok()? < enough;
            let value = enough.to_string();
            let before = low.then(|| settings::set(network, name, &value).ok())??;
            Some(Raised { name, before, value })
        };
        Patience { raised: ENOUGH.into_iter().filter_map(raise).collect() }
    }

    /// The limit of that name, if it is raised now.
    pub fn raised(&self, name: &str) -> Option<&Raised> {
        self.raised
            .iter()
            .find(|raised| raised.name == name && settings::get(name).as_ref() == Ok(&raised.value))
    }

    /// The learner has set it: then it is theirs, and [`Patience::end`] leaves it alone.
    pub fn leave(&mut self, name: &str) {
        self.raised.retain(|raised| raised.name != name);
    }

    /// Puts back what was there before, except what has been set to something else meanwhile.
    pub fn end(self) {
        for Raised { name, before, .. } in &self.raised {
            if self.raised(name).is_some() {
                settings::put_back(name, before);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::{in_child, on_private_network};
    use crate::network::{Choice, enter};

    #[test]
    fn limits_are_raised_and_put_back() {
        on_private_network(|network| {
            let patience = Patience::begin(network);
            for (name, enough) in ENOUGH {
                assert_eq!(settings::get(name).unwrap(), enough.to_string(), "{name}");
                assert!(patience.raised(name).is_some());
            }
            assert_eq!(patience.raised("tcp_syn_retries").unwrap().before, "6");
            assert_eq!(patience.raised("tcp_retries1"), None);
            patience.end();
            assert_eq!(settings::changed(), []);
        });
    }

    #[test]
    fn what_the_learner_has_set_meanwhile_stays() {
        on_private_network(|network| {
            let mut patience = Patience::begin(network);
            settings::set(network, "tcp_syn_retries", "2").unwrap();
            assert_eq!(patience.raised("tcp_syn_retries"), None);
            // Even if it is what patience had chosen.
            settings::set(network, "tcp_retries2", "127").unwrap();
            patience.leave("tcp_retries2");
            patience.end();
            let left: Vec<_> =
                settings::changed().into_iter().map(|c| (c.setting.name, c.value)).collect();
            assert_eq!(
                left,
                [("tcp_syn_retries", "2".to_owned()), ("tcp_retries2", "127".to_owned())]
            );
        });
    }

    #[test]
    fn what_the_learner_has_set_before_is_put_back() {
        on_private_network(|network| {
            settings::set(network, "tcp_syn_retries", "1").unwrap();
            settings::set(network, "tcp_retries2", "200").unwrap();
            let patience = Patience::begin(network);
            assert_eq!(settings::get("tcp_syn_retries").unwrap(), "127");
            assert_eq!(patience.raised("tcp_retries2"), None);
            patience.end();
            assert_eq!(settings::get("tcp_syn_retries").unwrap(), "1");
            assert_eq!(settings::get("tcp_retries2").unwrap(), "200");
        });
    }

    #[test]
    fn the_host_s_network_knows_no_patience() {
        in_child(|| {
            let network = enter(Choice::Host);
            let before = settings::get("tcp_syn_retries").unwrap();
            let patience = Patience::begin(&network);
            assert_eq!(patience, Patience { raised: Vec::new() });
            assert_eq!(settings::get("tcp_syn_retries").unwrap(), before);
            patience.end();
        });
    }
}
