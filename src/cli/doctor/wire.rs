//! Whether packets can be held: what `step` and the rules need.

use super::Check;
use crate::network::Network;
use crate::wire::{Method, Obstacle, Unavailable, probe};

/// Tries every method, and names the first that works.
pub fn stepping(network: &Network) -> Check {
    found(probe(network))
}

fn found(probed: Vec<(Method, Result<(), Obstacle>)>) -> Check {
    let name = "stepping, rules";
    let mut working = probed.iter().filter(|(_, outcome)| outcome.is_ok());
    let works = working.next().map(|(method, _)| *method);
    let fallback = working.next_back().map(|(method, _)| *method);
    let failed = probed.into_iter().filter_map(|(method, outcome)| Some((method, outcome.err()?)));
    let unavailable = Unavailable { tried: failed.collect() };
    match works {
        Some(Method::Queue | Method::Target) => {
            let by = works.map_or(String::new(), |method| method.to_string());
            let else_by = match fallback {
                Some(method) => format!("; {method} would do too"),
                None => "; there is no fallback".to_owned(),
            };
            Check::ok(name, format!("packets are held by {by}{else_by}"))
        }
        Some(Method::Ingress) => Check::partly(
            name,
            format!(
                "packets are held by {}, for netfilter has no queue here: a burst of more than \
                 8,000 loses some",
                Method::Ingress
            ),
            unavailable.remedy(),
        ),
        None => Check::partly(name, unavailable.to_string(), unavailable.remedy()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;
    use crate::network::testing::on_private_network;
    use crate::network::{Choice, enter};
    use crate::wire::Step;

    fn probed(outcomes: [Result<(), (Step, i32)>; 3]) -> Check {
        let outcomes =
            outcomes.map(|outcome| outcome.map_err(|(step, errno)| Obstacle { step, errno }));
        found(Method::ALL.into_iter().zip(outcomes).collect())
    }

    const NO_QUEUE: Result<(), (Step, i32)> = Err((Step::QueueExpression, libc::ENOENT));
    const NO_TARGET: Result<(), (Step, i32)> = Err((Step::QueueTarget, libc::ENOENT));

    #[test]
    fn the_first_method_that_works_is_named() {
        let check = probed([NO_QUEUE, Ok(()), Ok(())]);
        assert_eq!(check.status, Status::Ok);
        assert_eq!(
            check.found,
            "packets are held by nftables with NFQUEUE; tc ingress would do too"
        );
        let check = probed([Ok(()), Ok(()), Err((Step::Qdisc, libc::ENOENT))]);
        assert_eq!(
            check.found,
            "packets are held by nftables queue; nftables with NFQUEUE would do too"
        );
    }

    #[test]
    fn the_fallback_says_what_it_lacks_and_what_would_help() {
        let check = probed([NO_QUEUE, NO_TARGET, Ok(())]);
        assert_eq!(check.status, Status::Partly);
        assert!(check.found.starts_with("packets are held by tc ingress, for"), "{}", check.found);
        assert_eq!(
            check.remedy.as_deref(),
            Some("sudo modprobe nft_queue or sudo modprobe -a nft_compat xt_NFQUEUE")
        );
    }

    #[test]
    fn where_nothing_works_each_reason_is_given() {
        let check = probed([NO_QUEUE, NO_TARGET, Err((Step::Qdisc, libc::ENOENT))]);
        assert_eq!(check.status, Status::Partly);
        for step in ["expression `queue`", "target NFQUEUE", "qdisc clsact"] {
            assert!(check.found.contains(step), "{}", check.found);
        }
    }

    #[test]
    fn on_the_hosts_network_no_packet_is_held() {
        crate::network::testing::in_child(|| {
            let check = stepping(&enter(Choice::Host));
            assert_eq!(check.status, Status::Partly);
            assert_eq!(check.remedy.as_deref(), Some("start sockscope without --network host"));
        });
    }

    #[test]
    fn on_a_private_network_it_finds_what_opening_finds() {
        on_private_network(|network| {
            let opened = crate::wire::Interposer::open(network).map(|wire| wire.method());
            let check = stepping(network);
            match opened {
                Ok(method) => assert!(check.found.contains(&method.to_string())),
                Err(why) => assert_eq!(check.found, why.to_string()),
            }
        });
    }
}
