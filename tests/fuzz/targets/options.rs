//! TCP options are walked to their end, and the accessors say what the walk says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockscope::packet::{Options, TcpOption, walk};

fuzz_target!(|bytes: &[u8]| {
    let mut end = 0;
    for (_, place) in walk(bytes) {
        assert!(place.start == end && place.end > end && place.end <= bytes.len());
        end = place.end;
    }

    let options = Options::from_bytes(bytes);
    let walked: Vec<TcpOption> = options.iter().map(|(option, _)| option).collect();
    let find = |wanted: &dyn Fn(&TcpOption) -> bool| walked.iter().find(|option| wanted(option));
    assert_eq!(
        options.mss().map(TcpOption::MaximumSegmentSize).as_ref(),
        find(&|option| matches!(option, TcpOption::MaximumSegmentSize(_)))
    );
    assert_eq!(
        options.window_scale().map(TcpOption::WindowScale).as_ref(),
        find(&|option| matches!(option, TcpOption::WindowScale(_)))
    );
    assert_eq!(options.sack_permitted(), walked.contains(&TcpOption::SackPermitted));
    assert_eq!(
        options.timestamps().map(|(value, echo)| TcpOption::Timestamps { value, echo }).as_ref(),
        find(&|option| matches!(option, TcpOption::Timestamps { .. }))
    );
    let sack = find(&|option| matches!(option, TcpOption::Sack(_)));
    assert_eq!(sack.is_some(), !options.sack_blocks().is_empty());
});
