//! `read`: a capture file in the lab's place.

use std::fs;
use std::path::Path;

use super::{Desk, Stop, at_a_desk};

/// A connection that was opened and closed by its client, saved; then forgotten.
fn saved(desk: &mut Desk, file: &Path) {
    desk.connection();
    desk.types("send client \"hello\"; recv conn; close client");
    desk.types(&format!("save {}; reset", file.display()));
}

/// What is shown, without the port that the kernel chose.
fn without_port(shown: &str) -> String {
    let port = shown.split("127.0.0.1:").nth(1).unwrap().split(' ').next().unwrap();
    shown.replace(port, "CLIENT")
}

#[test]
fn what_the_lab_has_saved_it_reads_and_tells_without_asking_the_kernel() {
    at_a_desk(|desk| {
        let folder = tempfile::tempdir().unwrap();
        for ending in ["pcap", "pcapng"] {
            let file = folder.path().join(format!("story.{ending}"));
            saved(desk, &file);
            desk.types("left = socket tcp");
            let shown = desk.types(&format!("read {}", file.display()));
            let lines: Vec<String> = without_port(&shown).lines().map(str::to_owned).collect();
            assert!(lines[0].starts_with("  7 packets in "), "{shown}");
            assert!(lines[0].ends_with(": 7 TCP segments of 1 connection"), "{shown}");
            assert_eq!(&lines[2], "   1  127.0.0.1:CLIENT  127.0.0.1:8899         7  open");
            let told = desk.types("trace; states; dissect 1; packets");
            assert!(told.contains("\"hello\"") && told.contains("FIN-WAIT-2"), "{told}");
            assert!(!told.contains("kernel"), "{told}");
            desk.types("expect count *>* SYN 1; expect sees *>* SYN, *>* SYN,ACK, *>* FIN,ACK");
            desk.types("mark; expect never SYN");
            assert_eq!(desk.types("sockets"), "No sockets yet. Try: server = socket tcp\n");
        }
    });
}

#[test]
fn whatever_is_live_begins_afresh() {
    at_a_desk(|desk| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("story.pcap");
        saved(desk, &file);
        let forgotten = "  The recording is forgotten: live and recorded times don't mix.\n";
        for live in ["server = socket tcp", "step on", "wire loss 5%"] {
            desk.types(&format!("read {}", file.display()));
            let shown = desk.types(live);
            assert!(shown.starts_with(forgotten), "{shown}");
            assert!(!desk.types("packets").contains("SYN"), "{live}");
            assert!(!desk.types("s = socket udp").contains(forgotten));
        }
        desk.types(&format!("read {}", file.display()));
        let (result, _) = desk.tries("connect client server");
        assert_eq!(result, Err(Stop::Failed));
        assert!(desk.types("packets").contains("[S]"), "what fails forgets nothing");
        desk.types("reset");
        desk.connection();
        desk.types("expect count client>server SYN 1; expect state client ESTABLISHED");
    });
}

#[test]
fn of_a_file_that_was_cut_off_what_came_before_is_shown() {
    at_a_desk(|desk| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("story.pcap");
        saved(desk, &file);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..whole.len() - 3]).unwrap();
        let shown = desk.types(&format!("read {}", file.display()));
        assert!(shown.starts_with("  6 packets in "), "{shown}");
        let said = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted =
            "story.pcap: the file was cut off in the middle of a packet (which begins at byte ";
        assert!(said.contains(wanted), "{shown}");
        assert!(said.contains("): what came before is here"), "{shown}");
    });
}

#[test]
fn what_is_no_capture_leaves_everything_as_it_was() {
    at_a_desk(|desk| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.txt");
        fs::write(&file, "these are my notes, and no packets").unwrap();
        desk.connection();
        let (result, shown) = desk.tries(&format!("read {}", file.display()));
        assert_eq!(result, Err(Stop::Failed));
        assert!(
            shown.contains("notes.txt: it is no capture that can be read, but text; "),
            "{shown}"
        );
        let (result, shown) = desk.tries("read nowhere.pcap");
        assert_eq!(result, Err(Stop::Failed));
        assert!(shown.contains("nowhere.pcap: can't read it: No such file"), "{shown}");
        let (result, shown) =
            desk.tries(&format!("read {}", file.with_extension("text").display()));
        assert_eq!(result, Err(Stop::Failed));
        assert!(shown.contains("did you mean") && shown.contains("notes.txt?"), "{shown}");
        desk.types("expect state client ESTABLISHED");
    });
}
