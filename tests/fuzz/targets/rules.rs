//! Any bytes are packets or none: one bit at most is flipped, and two runs rule alike.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use sockscope::packet::{Selection, decode};
use sockscope::trace::LinkType;
use sockscope::wire::{Action, Rules, flip_one_bit};

fn rules() -> Rules {
    let second = Duration::from_secs(1);
    let mut rules = Rules::default();
    for (action, what) in [
        (Action::Drop { next: 3 }, Selection::Data),
        (Action::Corrupt { next: 3 }, Selection::Any),
        (Action::Loss { percent: 30.0, seed: 7 }, Selection::Any),
        (Action::Delay { by: second, jitter: second * 2, seed: 7 }, Selection::Any),
    ] {
        rules.add(action, what, None).expect("there is room for four");
    }
    rules
}

fuzz_target!(|packets: Vec<Vec<u8>>| {
    let (mut first, mut second) = (rules(), rules());
    for bytes in &packets {
        let packet = decode(LinkType::RAW, bytes, bytes.len() as u32);
        assert_eq!(first.decide(&packet, |_| true), second.decide(&packet, |_| true));
        let mut damaged = bytes.clone();
        let flipped = u32::from(flip_one_bit(&mut damaged));
        let changed: u32 = bytes.iter().zip(&damaged).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!(changed, flipped);
    }
});
