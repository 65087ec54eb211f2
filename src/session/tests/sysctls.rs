//! `kernel`: what is told of the settings.

use std::time::Duration;

use super::at_a_desk;
use crate::network::Patience;
use crate::story::What;

#[test]
fn a_setting_is_told_with_what_it_does_and_changed_ones_are_listed() {
    at_a_desk(|desk| {
        assert!(desk.types("kernel").contains("Every setting is the lab's own."));
        let shown = desk.types("kernel tcp_sack");
        assert!(shown.contains("tcp_sack = 1\n") && shown.contains("RFC 2018"), "{shown}");
        let shown = desk.types("kernel tcp_sack 0");
        assert!(shown.contains("tcp_sack = 0   (it was 1)"), "{shown}");
        assert_eq!(desk.types("kernel"), "  tcp_sack = 0   (the lab's own: 1)\n");
        let (_, shown) = desk.tries("kernel tcp_congestion_control nobodys");
        assert!(shown.contains("allowed here:"), "{shown}");
    });
}

#[test]
fn what_stepping_raises_is_marked_and_left_alone_once_the_learner_sets_it() {
    at_a_desk(|desk| {
        let patience = Patience::begin(desk.session.lab.network());
        *desk.session.lab.patience() = Some(patience);
        let shown = desk.types("kernel");
        let line = "  tcp_syn_retries = 127   (raised while stepping; then 6 again)";
        assert!(shown.lines().any(|one| one == line), "{shown}");
        assert!(!shown.contains("the lab's own"), "{shown}");
        let shown = desk.types("kernel tcp_retries2 8");
        assert!(shown.contains("(it was 15)"), "{shown}");
        desk.session.lab.patience().take().unwrap().end();
        assert_eq!(desk.types("kernel"), "  tcp_retries2 = 8   (the lab's own: 15)\n");
    });
}

/// A route that is replaced dies some milliseconds later; segments of open connections must not.
#[test]
fn quickack_leaves_the_size_of_segments_alone() {
    at_a_desk(|desk| {
        for address in ["127.0.0.1:8899", "[::1]:8899"] {
            let kind = if address.starts_with('[') { "tcp6" } else { "tcp" };
            desk.types(&format!("reset; server = socket {kind}; bind server {address}"));
            desk.types(&format!("listen server; client = socket {kind}; connect client server"));
            for toggle in ["conn = accept server; quickack on", "quickack off"] {
                desk.types(toggle);
                std::thread::sleep(Duration::from_millis(100));
                let before = desk.session.lab.story().cursor();
                desk.types("send client #6000; recv conn 6000 waitall");
                let sizes: Vec<u32> = desk
                    .session
                    .lab
                    .story()
                    .since(before)
                    .filter_map(|moment| match &moment.what {
                        What::Segment(segment) => Some(segment.segment.payload.len),
                        _ => None,
                    })
                    .filter(|len| *len > 0)
                    .collect();
                assert!(sizes.len() <= 5, "{address}, {toggle}: {sizes:?}");
            }
        }
    });
}
