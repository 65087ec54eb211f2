//! `kernel`: what is told of the settings.

use super::at_a_desk;
use crate::network::Patience;

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
