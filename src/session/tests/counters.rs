//! `counters`: what the kernel counts and no segment tells.

use super::at_a_desk;

#[test]
fn counters_tell_what_has_grown_since_the_last_mark() {
    at_a_desk(|desk| {
        assert!(desk.types("counters").contains("nothing out of the ordinary"));
        desk.types("client = socket tcp");
        desk.types("connect client 127.0.0.1:8899");
        let shown = desk.types("counters");
        assert_eq!(shown, "  TcpOutRsts  1  RSTs sent\n");
        desk.types("expect counter TcpOutRsts 1");
        desk.types("mark");
        assert!(desk.types("counters").contains("nothing out of the ordinary"));
        desk.types("expect counter TcpOutRsts 0");
    });
}

#[test]
fn a_counter_that_the_kernel_lacks_is_met_with_one_that_it_has() {
    at_a_desk(|desk| {
        let (ended, shown) = desk.tries("expect counter OutRst 1");
        assert!(ended.is_err());
        assert!(
            shown.contains("this kernel counts no OutRst: did you mean TcpOutRsts?"),
            "{shown}"
        );
        let (ended, shown) = desk.tries("expect counter TcpOutRsts 1 within 10ms");
        assert!(ended.is_err());
        assert!(shown.contains("found 0"), "{shown}");
    });
}
