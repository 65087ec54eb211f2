//! `sockscope doctor`: what works here, and for each thing that doesn't, what to do.

use std::env;
use std::fs;
use std::io::{self, IsTerminal};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::time::Duration;

use textwrap::Options;

use super::look;
use crate::capture::{self, Captured, Rights, permission};
use crate::kernel::{Family, Kernel};
use crate::network::{self, Choice, Clues, Network, settings};
use crate::trace::clock;
use crate::view::Look;
use crate::view::row::safe;

mod wire;

/// How well something works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should.
    Ok,
    /// The lab works, with less.
    Partly,
    /// The lab needs it and doesn't have it.
    No,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Partly => "partly",
            Status::No => "no",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How well it works.
    pub status: Status,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Check {
        Check { name, status: Status::Ok, found: found.into(), remedy: None }
    }

    fn partly(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Check {
        let remedy = Some(remedy.into());
        Check { name, status: Status::Partly, found: found.into(), remedy }
    }

    fn no(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Check {
        Check { status: Status::No, ..Check::partly(name, found, remedy) }
    }
}

/// Looks at everything that the lab needs. Enters a private network to do so: call it before the
/// process starts a thread, and nothing that needs the host's network after it.
pub fn report() -> Vec<Check> {
    let clues = Clues::read();
    let on_host = permission::check();
    let network = network::enter(Choice::Private);
    let capture_on_host = network.is_private().then(|| capture_on_host(on_host));
    let needed = [
        kernel(),
        user_namespaces(&clues, &network),
        private_network(&network),
        kernel_settings(&network),
        capture(&network),
    ];
    let helpful = [kernels_word(), wire::stepping(&network), seccomp(&clues, &network)];
    let comfort = [terminal(), characters(), colour(), files()];
    needed
        .into_iter()
        .chain(capture_on_host)
        .chain(helpful)
        .chain(container(&network))
        .chain(comfort)
        .collect()
}

/// Whether all that the lab needs is there.
pub fn is_well(report: &[Check]) -> bool {
    report.iter().all(|check| check.status != Status::No)
}

/// The report as lines for people.
pub fn render(report: &[Check], look: &Look) -> String {
    let name_width = report.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let indent = " ".repeat(name_width + 10);
    let mut text = String::new();
    for check in report {
        let start = format!("{:name_width$}  {:6}  ", check.name, check.status.word());
        text += &wrapped(&safe(&check.found, *look), &start, &indent, look.width);
        if let Some(remedy) = &check.remedy {
            text += &wrapped(&safe(remedy, *look), "    -> ", "       ", look.width);
        }
    }
    text.push('\n');
    text += if is_well(report) {
        "All that the lab needs is here.\n"
    } else {
        "Something that the lab needs is missing: see \"no\" above.\n"
    };
    text
}

fn wrapped(text: &str, first: &str, others: &str, width: usize) -> String {
    let others = if others.len() + 20 > width { "    " } else { others };
    // Commands and paths are to be copied: lines break at spaces only.
    let options = Options::new(width)
        .initial_indent(first)
        .subsequent_indent(others)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

fn kernel() -> Check {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    if cfg!(target_os = "linux") {
        Check::ok("kernel", format!("Linux {}, {}", release.trim(), env::consts::ARCH))
    } else {
        let found = format!("{}: no private network, no kernel states", env::consts::OS);
        Check::no("kernel", found, "run it in a Linux virtual machine")
    }
}

fn user_namespaces(clues: &Clues, network: &Network) -> Check {
    let name = "user namespaces";
    let obstacles: Vec<&str> = [
        (clues.no_user_namespaces, "not in this kernel"),
        (clues.max_user_namespaces == Some(0), "user.max_user_namespaces is 0"),
        (clues.max_net_namespaces == Some(0), "user.max_net_namespaces is 0"),
        (clues.unprivileged_clone == Some(false), "kernel.unprivileged_userns_clone is 0"),
        (
            clues.apparmor_restricts == Some(true),
            "restricted by AppArmor (kernel.apparmor_restrict_unprivileged_userns is 1)",
        ),
    ]
    .into_iter()
    .filter(|(stands, _)| *stands)
    .map(|(_, words)| words)
    .collect();
    if obstacles.is_empty() {
        let most = clues.max_user_namespaces.map_or(String::new(), |n| format!(", at most {n}"));
        return Check::ok(name, format!("allowed{most}"));
    }
    let found = obstacles.join(", ");
    match &network.fallback {
        None => Check { remedy: None, ..Check::partly(name, found + "; not needed by root", "") },
        Some(fallback) => Check::no(name, found, fallback.remedy()),
    }
}

fn private_network(network: &Network) -> Check {
    let name = "private network";
    match &network.fallback {
        None => Check::ok(name, "127.0.0.0/8 and ::1, every port, MTU 1500, nobody else on it"),
        Some(fallback) => Check::no(name, fallback.reason(), fallback.remedy()),
    }
}

fn kernel_settings(network: &Network) -> Check {
    let name = "kernel settings";
    if !network.is_private() {
        let differing = settings::changed();
        let names: Vec<_> = differing.iter().map(|change| change.setting.name).collect();
        let found = match names.as_slice() {
            [] => "the host's, which are those of the lab".to_owned(),
            names => format!("the host's; unlike the lab's: {}", names.join(", ")),
        };
        return Check::partly(name, found, "a private network has its own");
    }
    match network.refused.first() {
        None => Check::ok(name, "the lab's own, writable (`kernel NAME VALUE`)"),
        Some(first) => Check::partly(
            name,
            format!(
                "{} can't be written, {} first: {}",
                network.refused.len(),
                first.name,
                io::Error::from_raw_os_error(first.errno)
            ),
            "make /proc/sys writable; in Docker: docker run --privileged",
        ),
    }
}

/// How long the capture may take to open, and then to bring a frame.
const PATIENCE: Duration = Duration::from_secs(5);

fn capture(network: &Network) -> Check {
    let name = "capture";
    let rights = if network.is_private() { Rights::Keep } else { Rights::GiveUp };
    let before = clock::now();
    let capture = capture::start(rights);
    let opened = capture.messages().recv_timeout(PATIENCE);
    let took = clock::now().since(before).as_millis();
    let helpless = "see `man 3pcap pcap_activate`; please report it";
    match opened {
        Ok(Captured::Ready) if brings_a_frame(&capture) => Check::ok(
            name,
            format!("{} opens {} in {took} ms", capture::library(), capture::DEVICE),
        ),
        Ok(Captured::Unavailable { why }) => match permission::check() {
            Err(denied) => Check::no(name, "no permission (CAP_NET_RAW)", denied.remedy()),
            Ok(()) => Check::no(name, why, helpless),
        },
        Ok(Captured::Ready | Captured::Frame { .. } | Captured::Lost(_)) => {
            Check::no(name, format!("{} opens, but brings no frame", capture::DEVICE), helpless)
        }
        Err(_) => Check::no(name, format!("not open after {} s", PATIENCE.as_secs()), helpless),
    }
}

/// Sends a datagram to itself and sees whether the capture brings it.
fn brings_a_frame(capture: &capture::Capture) -> bool {
    let sent = UdpSocket::bind("127.0.0.1:0").and_then(|socket| {
        let to = socket.local_addr()?;
        socket.send_to(b"sockscope doctor", to)
    });
    sent.is_ok()
        && capture.messages().recv_timeout(PATIENCE).is_ok_and(|message| match message {
            Captured::Frame { .. } => true,
            Captured::Ready | Captured::Lost(_) | Captured::Unavailable { .. } => false,
        })
}

fn capture_on_host(may: Result<(), permission::Denied>) -> Check {
    let name = "capture on host";
    match may {
        Ok(()) => Check::ok(name, "permitted, with --network host"),
        Err(denied) => Check::partly(
            name,
            "not permitted, with --network host; a private network needs no permission",
            denied.remedy(),
        ),
    }
}

fn kernels_word() -> Check {
    let name = "kernel states";
    match Kernel::open().and_then(|mut kernel| kernel.dump(Family::V4)) {
        Ok(_) => Check::ok(name, "sock_diag answers"),
        Err(error) => Check::partly(
            name,
            format!("sock_diag: {error}; states are worked out from segments alone"),
            "sudo modprobe -a inet_diag tcp_diag",
        ),
    }
}

fn seccomp(clues: &Clues, network: &Network) -> Check {
    let name = "seccomp";
    match (clues.seccomp, network.is_private()) {
        (false, _) => Check::ok(name, "no filter"),
        (true, true) => Check::ok(name, "a filter, which lets the lab through"),
        (true, false) => Check::partly(
            name,
            "a filter: it may be what forbids the private network",
            "in Docker: docker run --security-opt seccomp=unconfined",
        ),
    }
}

fn container(network: &Network) -> Option<Check> {
    let which = [("/.dockerenv", "Docker"), ("/run/.containerenv", "Podman")]
        .into_iter()
        .find(|(mark, _)| Path::new(mark).exists())
        .map(|(_, which)| which)?;
    let name = "container";
    Some(if network.is_private() {
        Check::ok(name, format!("{which}, which lets the lab through"))
    } else {
        let remedy = format!(
            "{} run --security-opt seccomp=unconfined --cap-add NET_RAW",
            which.to_lowercase()
        );
        Check::partly(name, format!("{which}: it may be what forbids the network"), remedy)
    })
}

fn terminal() -> Check {
    let name = "terminal";
    let kind = env::var("TERM").unwrap_or_default();
    let width = crate::session::columns();
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        Check::partly(name, "none: scripts only, no prompt", "start it in a terminal")
    } else if kind.is_empty() || kind == "dumb" {
        let found = format!("TERM is {kind:?}: no line editing, no colour");
        Check::partly(name, found, "export TERM=xterm-256color, or what your terminal is")
    } else if width < 80 {
        let found = format!("{kind}, {width} columns: ladders are cramped");
        Check::partly(name, found, "80 columns or more")
    } else {
        Check::ok(name, format!("{kind}, {width} columns"))
    }
}

fn characters() -> Check {
    let name = "characters";
    let locale = look::locale();
    if look::is_utf8(&locale) {
        Check::ok(name, format!("UTF-8 ({locale})"))
    } else {
        let found = format!("locale is {locale:?}, not UTF-8: ladders are drawn in ASCII");
        Check::partly(name, found, "export LANG=C.UTF-8")
    }
}

fn colour() -> Check {
    let name = "colour";
    let forbidden = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let found = if forbidden {
        "off: NO_COLOR is set; --color always overrules it"
    } else {
        "on where output is a terminal; NO_COLOR or --color never turns it off"
    };
    Check::ok(name, found)
}

fn files() -> Check {
    let name = "history";
    let Some(folder) = state_folder() else {
        return Check::partly(name, "no HOME: history isn't kept", "export HOME=YOUR-FOLDER");
    };
    let existing = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    // It is gone again at once; nothing else says for sure that a folder can be written.
    match tempfile::tempfile_in(existing) {
        Ok(_) => Check::ok(name, format!("kept in {}", folder.display())),
        Err(error) => Check::partly(
            name,
            format!("{} can't be written: {error}; history isn't kept", existing.display()),
            format!("make {} yours, or set XDG_STATE_HOME", existing.display()),
        ),
    }
}

/// `$XDG_STATE_HOME/sockscope`, or `~/.local/state/sockscope`.
fn state_folder() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".local/state")))?;
    Some(state.join("sockscope"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look =
        Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

    fn sick() -> Vec<Check> {
        vec![
            Check::ok("kernel", "Linux 6.18.0, x86_64"),
            Check::no(
                "private network",
                "unshare: EPERM, Operation not permitted: a seccomp filter forbids it, as Docker's \
                 default one does",
                "in Docker: docker run --security-opt seccomp=unconfined",
            ),
            Check::partly("terminal", "none: scripts only, no prompt", "start it in a terminal"),
        ]
    }

    #[test]
    fn a_report_reads_in_eighty_columns_without_colour() {
        assert_eq!(
            render(&sick(), &LOOK),
            "\
kernel           ok      Linux 6.18.0, x86_64
private network  no      unshare: EPERM, Operation not permitted: a seccomp
                         filter forbids it, as Docker's default one does
    -> in Docker: docker run --security-opt seccomp=unconfined
terminal         partly  none: scripts only, no prompt
    -> start it in a terminal

Something that the lab needs is missing: see \"no\" above.
"
        );
    }

    #[test]
    fn a_narrow_terminal_still_shows_every_word() {
        for width in [20, 30, 40] {
            let text = render(&sick(), &Look { width, ..LOOK });
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("forbids it, as Docker's default one does"), "{text}");
        }
    }

    #[test]
    fn what_comes_from_the_environment_cannot_command_the_terminal() {
        let check = Check::ok("terminal", "xterm\x1b[2Jé");
        let text = render(&[check], &Look { ascii: true, ..LOOK });
        assert!(text.starts_with(r"terminal  ok      xterm\u{1b}[2J\u{e9}"), "{text}");
    }

    #[test]
    fn only_what_the_lab_needs_makes_it_unwell() {
        assert!(!is_well(&sick()));
        let limited: Vec<_> =
            sick().into_iter().filter(|check| check.status != Status::No).collect();
        assert!(is_well(&limited));
    }

    #[test]
    fn every_shortcoming_has_a_remedy() {
        let clues = Clues { apparmor_restricts: Some(true), ..Clues::default() };
        let network = Network {
            kind: network::Kind::Host,
            fallback: Some(network::Fallback {
                step: network::Step::LinkUp,
                errno: libc::EPERM,
                clues: clues.clone(),
            }),
            refused: Vec::new(),
        };
        for check in [
            user_namespaces(&clues, &network),
            private_network(&network),
            kernel_settings(&network),
        ] {
            assert_ne!(check.status, Status::Ok);
            assert!(check.remedy.is_some(), "{check:?}");
        }
    }

    #[test]
    fn where_the_lab_works_the_doctor_finds_nothing_missing() {
        network::testing::in_child(|| {
            let report = report();
            assert!(is_well(&report), "{}", render(&report, &LOOK));
        });
    }
}
