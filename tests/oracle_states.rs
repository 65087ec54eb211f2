//! The states that the fold infers, held against the kernel's own record of 26 scenarios on
//! loopback. The capture isn't part of the project: `SOCKSCOPE_SHARED` names the folder that has
//! it under `captures/`.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;

use sockscope::story::Story;
use sockscope::tcp::State;
use sockscope::trace::{Bounds, LinkType, Time, Trace};

/// Sockets closed in SYN-SENT: nothing on the wire says so.
const CLOSED_IN_SILENCE: [(u16, u16); 3] = [(30321, 20320), (30322, 20320), (30480, 20480)];

/// Local and remote port, and which connection between them.
type Endpoint = (u16, u16, usize);

#[test]
#[ignore = "needs SOCKSCOPE_SHARED"]
fn inferred_paths_are_the_kernels() {
    let captures = PathBuf::from(std::env::var_os("SOCKSCOPE_SHARED").unwrap()).join("captures");
    let told = tell(&captures.join("loopback-26-scenarios.pcap"));
    let kernels =
        std::fs::read_to_string(captures.join("loopback-26-scenarios.states.tsv")).unwrap();
    let expected = expected(&kernels);
    let found = visited(&told);

    let mut wrong = Vec::new();
    for (endpoint, path) in &expected {
        let path = path.replace("TIME-WAIT|CLOSED", "TIME-WAIT");
        let inferred = found.get(endpoint).cloned().unwrap_or_default();
        let inferred = inferred.replace("TIME-WAIT CLOSED", "TIME-WAIT");
        let silent = CLOSED_IN_SILENCE.contains(&(endpoint.0, endpoint.1));
        let ended_in_reset = inferred.ends_with("CLOSED") && path.ends_with("TIME-WAIT");
        let equal = if silent {
            inferred == "SYN-SENT" && path == "SYN-SENT CLOSED"
        } else if ended_in_reset {
            inferred.replace(" CLOSED", "") == path.replace(" TIME-WAIT", "")
        } else {
            inferred == path
        };
        if !equal {
            wrong.push(format!("{endpoint:?}\n  kernel   {path}\n  inferred {inferred}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), expected.len(), wrong.join("\n"));
    assert!(expected.len() > 50);
}

/// The whole capture's story.
fn tell(capture: &std::path::Path) -> Story {
    let mut file = pcap::Capture::from_file_with_precision(capture, pcap::Precision::Nano)
        .expect("a capture file");
    let link = LinkType(u16::try_from(file.get_datalink().0).expect("a link type"));
    let mut trace = Trace::new(Bounds::default());
    let mut story = Story::default();
    while let Ok(packet) = file.next_packet() {
        let ts = packet.header.ts;
        let time = Time(ts.tv_sec as u64 * 1_000_000_000 + ts.tv_usec as u64);
        story.push(trace.append_frame(time, link, packet.data.into(), packet.header.len));
    }
    story.settle(Time(u64::MAX));
    story
}

/// The paths of all endpoints, numbered where the same ports were connected before. A SYN that was
/// forged opened nothing.
fn visited(story: &Story) -> BTreeMap<Endpoint, String> {
    let mut counts: HashMap<(SocketAddr, SocketAddr), usize> = HashMap::new();
    let mut paths = BTreeMap::new();
    for connection in story.connections() {
        let [a, b] = &connection.ends;
        if a.visited().is_empty() && b.visited().is_empty() {
            continue;
        }
        for (end, other) in [(a, b), (b, a)] {
            let count = counts.entry((end.address, other.address)).or_default();
            let endpoint = (end.address.port(), other.address.port(), *count);
            *count += 1;
            let path: Vec<&str> = end.visited().into_iter().map(State::name).collect();
            paths.insert(endpoint, path.join(" "));
            if connection.self_connected {
                break;
            }
        }
    }
    paths
}

fn expected(table: &str) -> BTreeMap<Endpoint, String> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let endpoint = (
                fields[0].parse().expect("a port"),
                fields[1].parse().expect("a port"),
                fields[2].parse().expect("a number"),
            );
            (endpoint, fields[3].to_owned())
        })
        .collect()
}
