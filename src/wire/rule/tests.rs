use super::*;
use crate::packet::Flags;
use crate::wire::specimen::{CLIENT, SERVER, Sample};
use proptest::prelude::*;

const SYN: Selection = Selection::Flags { flags: Flags::SYN, at_least: false };
const ACK: Selection = Selection::Flags { flags: Flags::ACK, at_least: false };

fn rules(rules: &[(Action, Selection)]) -> Rules {
    let mut all = Rules::default();
    for (action, what) in rules {
        all.add(*action, *what, None).unwrap();
    }
    all
}

fn loss(percent: f64, seed: u64) -> (Action, Selection) {
    (Action::Loss { percent, seed }, Selection::Any)
}

fn syn() -> Sample {
    Sample::tcp(CLIENT, SERVER).flags(Flags::SYN)
}

fn data(seq: u32) -> Sample {
    Sample::tcp(CLIENT, SERVER).flags(Flags::ACK).ahead(seq, 1).data(100)
}

fn ack(ack: u32) -> Sample {
    Sample::tcp(SERVER, CLIENT).flags(Flags::ACK).ahead(1, ack)
}

fn decide(rules: &mut Rules, sample: Sample) -> Ruling {
    rules.decide(&sample.packet(), |_| true)
}

fn is_lost(rules: &mut Rules, sample: Sample) -> bool {
    matches!(decide(rules, sample), Ruling::Drop(_))
}

#[test]
fn a_count_is_used_up_exactly_and_the_next_rule_follows() {
    let mut rules = rules(&[
        (Action::Drop { next: 2 }, SYN),
        (Action::Duplicate { next: 1 }, SYN),
        (Action::Reorder { next: 1 }, Selection::Data),
    ]);
    let rulings: Vec<Ruling> =
        [syn(), data(1), ack(1), syn(), syn(), syn()].map(|s| decide(&mut rules, s)).into();
    let [first, second, third] = [1, 2, 3].map(RuleId);
    assert_eq!(
        rulings,
        [
            Ruling::Drop(first),
            Ruling::Reorder(third),
            Ruling::Pass,
            Ruling::Drop(first),
            Ruling::Duplicate(second),
            Ruling::Pass,
        ]
    );
    assert!(!rules.is_active() && !rules.is_empty());
    assert!(rules.list().iter().all(Rule::is_used_up));
}

#[test]
fn a_rule_with_a_sender_is_only_about_what_that_sends() {
    let mut rules = Rules::default();
    let client = Sender { name: "client".into(), socket: SocketId(3) };
    rules.add(Action::Drop { next: 1 }, Selection::Any, Some(client)).unwrap();
    let is_from = |port: u16| move |sender: &Sender| sender.socket == SocketId(3) && port == CLIENT;
    assert_eq!(rules.decide(&ack(1).packet(), is_from(SERVER)), Ruling::Pass);
    assert_eq!(rules.decide(&syn().packet(), is_from(CLIENT)), Ruling::Drop(RuleId(1)));
}

#[test]
fn a_rule_is_listed_as_it_is_typed_and_with_what_it_has_done() {
    let ms = Duration::from_millis;
    let client = Some(Sender { name: "client".into(), socket: SocketId(1) });
    let mut rules = Rules::default();
    for (action, what, sender) in [
        (Action::Drop { next: 2 }, SYN, client.clone()),
        (Action::Corrupt { next: 1 }, Selection::Any, None),
        (Action::Delay { by: ms(200), jitter: ms(0), seed: 1 }, Selection::Any, None),
        (Action::Delay { by: ms(1500), jitter: ms(20), seed: 1 }, ACK, client),
        (Action::Loss { percent: 30.0, seed: 7 }, Selection::Any, None),
        (Action::Loss { percent: 0.5, seed: 1 }, Selection::Data, None),
    ] {
        rules.add(action, what, sender).unwrap();
    }
    decide(&mut rules, syn());
    let shown: Vec<String> = rules
        .list()
        .iter()
        .map(|rule| format!("{} {rule} | {}", rule.id.0, rule.progress()))
        .collect();
    assert_eq!(
        shown,
        [
            "1 drop next 2 SYN from client | 1 of 2 done",
            "2 corrupt next ANY | 0 of 1 done",
            "3 delay 200ms | 0 of 0",
            "4 delay 1.5s jitter 20ms seed 1 ACK from client | 0 of 0",
            "5 loss 30% seed 7 | 0 of 0",
            "6 loss 0.5% seed 1 DATA | 0 of 0",
        ]
    );
}

#[test]
fn a_delay_decides_only_what_no_other_rule_does() {
    let delay = Action::Delay { by: Duration::from_secs(1), jitter: Duration::ZERO, seed: 1 };
    let mut rules = rules(&[(delay, Selection::Any), (Action::Drop { next: 1 }, SYN)]);
    assert_eq!(decide(&mut rules, syn()), Ruling::Drop(RuleId(2)));
    assert_eq!(decide(&mut rules, syn()), Ruling::Delay(RuleId(1), Duration::from_secs(1)));
    assert_eq!(rules.list()[0].progress(), Progress::Lasting { hits: 1, seen: 1 });
}

#[test]
fn what_a_loss_spares_is_left_to_the_next_rule() {
    let mut rules = rules(&[loss(30.0, 7), (Action::Duplicate { next: 1000 }, Selection::Any)]);
    let hits = (0..1000).filter(|n| is_lost(&mut rules, data(n * 100))).count();
    assert_eq!(rules.list()[0].progress(), Progress::Lasting { hits: hits as u64, seen: 1000 });
    let of_second = Progress::Counted { done: 1000 - hits as u64, of: 1000 };
    assert_eq!(rules.list()[1].progress(), of_second);
}

#[test]
fn two_losses_with_one_seed_lose_more_than_one() {
    let mut rules = rules(&[loss(50.0, 7), loss(50.0, 7)]);
    let hits = (0..1000).filter(|n| is_lost(&mut rules, data(n * 100))).count();
    assert!(hits.abs_diff(750) < 70, "{hits}");
}

#[test]
fn what_has_no_checksum_is_not_counted_as_damaged() {
    let mut rules = rules(&[(Action::Corrupt { next: 1 }, Selection::Any)]);
    let mut bytes = Sample::udp(CLIENT, SERVER, 5).bytes();
    bytes[26..28].fill(0);
    let without = crate::packet::decode(crate::trace::LinkType::RAW, &bytes, bytes.len() as u32);
    assert_eq!(rules.decide(&without, |_| true), Ruling::Pass);
    assert_eq!(decide(&mut rules, Sample::udp(CLIENT, SERVER, 5)), Ruling::Corrupt(RuleId(1)));
}

#[test]
fn clear_forgets_and_numbers_start_again() {
    let mut rules = rules(&[loss(100.0, 1), loss(100.0, 1)]);
    rules.clear();
    assert!(rules.is_empty() && !rules.is_active());
    assert_eq!(decide(&mut rules, syn()), Ruling::Pass);
    assert_eq!(rules.add(Action::Drop { next: 1 }, SYN, None), Ok(RuleId(1)));
}

#[test]
fn a_rule_made_again_does_the_same_again() {
    let run = |rules: &mut Rules, port| {
        rules.clear();
        let (action, what) = loss(30.0, 7);
        rules.add(action, what, None).unwrap();
        let segment = |n: u32| data(n * 100).between(port, SERVER).at(77, 0);
        (0..100).map(|n| is_lost(rules, segment(n))).collect::<Vec<_>>()
    };
    let mut rules = Rules::default();
    let first = run(&mut rules, 40_000);
    assert_eq!(first, run(&mut rules, 50_000), "another connection, but the first that it sees");
    assert_eq!(first, run(&mut Rules::default(), 40_000));
}

#[test]
fn rules_are_bounded() {
    let mut rules = Rules::default();
    for _ in 0..MOST {
        rules.add(Action::Drop { next: 1 }, SYN, None).unwrap();
    }
    assert_eq!(rules.add(Action::Drop { next: 1 }, SYN, None), Err(TooManyRules));
}

#[test]
fn of_ten_thousand_as_many_are_lost_as_the_rule_says() {
    for seed in 0..10 {
        let mut rules = rules(&[loss(30.0, seed)]);
        let datagram = Sample::udp(CLIENT, SERVER, 5);
        let udp = (0..10_000).filter(|_| is_lost(&mut rules, datagram)).count();
        let tcp = (0..10_000).filter(|n| is_lost(&mut rules, data(n * 100))).count();
        let again = (0..10_000).filter(|_| is_lost(&mut rules, ack(1))).count();
        for hits in [udp, tcp, again] {
            // Five standard deviations: 5 × √(10,000 × 0.3 × 0.7).
            assert!(hits.abs_diff(3000) < 230, "{hits} with seed {seed}");
        }
    }
}

#[test]
fn jitter_goes_both_ways_and_never_below_nothing() {
    let ms = Duration::from_millis;
    let times = |by, jitter| {
        let delay = Action::Delay { by, jitter, seed: 7 };
        let mut rules = rules(&[(delay, Selection::Any)]);
        let time = |n: u32| match decide(&mut rules, data(n * 100)) {
            Ruling::Delay(RuleId(1), time) => time,
            other => panic!("{other:?}"),
        };
        (0..1000).map(time).collect::<Vec<_>>()
    };
    let around = times(ms(200), ms(20));
    assert!(around.iter().all(|time| (ms(180)..=ms(220)).contains(time)));
    let mean = around.iter().sum::<Duration>() / 1000;
    assert!((ms(198)..ms(202)).contains(&mean), "{mean:?}");
    let early = times(ms(5), ms(10));
    assert!(early.contains(&Duration::ZERO) && early.iter().all(|time| *time <= ms(15)));
    assert_eq!(times(ms(3), Duration::ZERO), [ms(3); 1000]);
}

/// What one end sends, in its order: data and ACKs of everything up to a number, some repeated.
fn from_one_end(from: u16, to: u16) -> impl Strategy<Value = Vec<Sample>> {
    proptest::collection::vec((any::<bool>(), 0..20_u32), 0..40).prop_map(move |steps| {
        let segment = Sample::tcp(from, to).flags(Flags::ACK);
        let one = |(is_data, number): (bool, u32)| {
            if is_data {
                segment.ahead(1 + number * 100, 1).data(100)
            } else {
                segment.ahead(1, 1 + number * 100)
            }
        };
        steps.into_iter().map(one).collect()
    })
}

/// Both orders kept, which comes next by `turns`.
fn interleaved(a: &[Sample], b: &[Sample], turns: &[bool]) -> Vec<(usize, Sample)> {
    let (mut a, mut b) = (a.iter(), b.iter());
    let mut all = Vec::new();
    for turn in turns.iter().copied().chain([true, false].into_iter().cycle().take(100)) {
        let next = if turn { a.next().map(|s| (0, *s)) } else { b.next().map(|s| (1, *s)) };
        all.extend(next);
    }
    all
}

/// The rulings on what each end sends, in its order, after a handshake.
fn rulings(samples: &[(usize, Sample)], what: Selection, seed: u64) -> [Vec<Ruling>; 2] {
    let mut rules = Rules::default();
    let delay = Action::Delay { by: Duration::from_secs(1), jitter: Duration::from_secs(1), seed };
    rules.add(Action::Loss { percent: 30.0, seed }, what, None).unwrap();
    rules.add(delay, what, None).unwrap();
    decide(&mut rules, syn());
    decide(&mut rules, Sample::tcp(SERVER, CLIENT).flags(Flags::SYN.with(Flags::ACK)).ahead(0, 1));
    let mut rulings = [Vec::new(), Vec::new()];
    for (end, sample) in samples {
        rulings[*end].push(decide(&mut rules, *sample));
    }
    rulings
}

proptest! {
    #[test]
    fn how_the_directions_interleave_changes_nothing(
        client in from_one_end(CLIENT, SERVER),
        server in from_one_end(SERVER, CLIENT),
        turns in proptest::collection::vec(any::<bool>(), 80),
        others in proptest::collection::vec(any::<bool>(), 80),
        seed in any::<u64>(),
        what in proptest::sample::select(vec![Selection::Any, Selection::Data, ACK]),
    ) {
        let first = rulings(&interleaved(&client, &server, &turns), what, seed);
        let second = rulings(&interleaved(&client, &server, &others), what, seed);
        prop_assert_eq!(first, second);
    }

    /// A timer may or may not send an ACK of its own.
    #[test]
    fn one_ack_more_changes_nothing_for_what_says_something_else(
        client in from_one_end(CLIENT, SERVER),
        place in 0..40_usize,
        seed in any::<u64>(),
    ) {
        let all: Vec<_> = client.iter().map(|sample| (0, *sample)).collect();
        let place = place.min(all.len());
        let mut more = all.clone();
        more.insert(place, (0, data(1).data(0).ahead(1, 777)));
        let [first, _] = rulings(&all, Selection::Any, seed);
        let [mut second, _] = rulings(&more, Selection::Any, seed);
        second.remove(place);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn ports_and_first_sequence_numbers_change_nothing(
        client in from_one_end(CLIENT, SERVER),
        port in 1024..u16::MAX,
        starts in any::<[u32; 2]>(),
        seed in any::<u64>(),
    ) {
        let run = |port, starts: [u32; 2]| {
            let mut rules = rules(&[loss(30.0, seed)]);
            let syn = Sample::tcp(port, SERVER).at(starts[0], starts[1]).flags(Flags::SYN);
            let mut all = vec![decide(&mut rules, syn)];
            for sample in &client {
                all.push(decide(&mut rules, sample.between(port, SERVER).at(starts[0], starts[1])));
            }
            all
        };
        prop_assert_eq!(run(CLIENT, [0, 0]), run(port, starts));
    }
}
