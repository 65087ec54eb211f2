//! The live capture on loopback: a thread that opens it, reads it, and passes frames on.

use std::io::{PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use pcap::{Active, Error, Packet, PacketHeader, Precision};

use super::{permission, raw};
use crate::trace::{LinkType, Time};

/// The loopback device.
pub const DEVICE: &str = if cfg!(target_os = "linux") { "lo" } else { "lo0" };

/// Most messages that wait for the lab. When it is full, frames wait in the kernel's ring; when
/// that is full too, the kernel drops frames and counts them.
const QUEUE: usize = 48 << 10;

/// The kernel's ring in bytes.
const RING: i32 = 16 << 20;

/// Whole packets: the most that libpcap allows, in bytes.
const SNAP_LENGTH: i32 = 262_144;

/// The interfaces of this network that libpcap knows, by name; none where it can't say.
pub fn interfaces() -> Vec<String> {
    let devices = pcap::Device::list().unwrap_or_default();
    let is_real = |name: &String| !name.starts_with("nf") && !name.starts_with("dbus");
    devices.into_iter().map(|device| device.name).filter(is_real).collect()
}

/// What the capture has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Captured {
    /// The capture is open: every frame from now on comes.
    Ready,
    /// A frame.
    Frame {
        /// When it passed the tap, by the kernel's real-time clock.
        time: Time,
        /// What the bytes start with.
        link: LinkType,
        /// The captured bytes.
        bytes: Arc<[u8]>,
        /// Length on the wire in bytes.
        original_len: u32,
    },
    /// The kernel had no room for this many frames since the last time it said so.
    Lost(u64),
    /// There is no capture, or no longer. The last message.
    Unavailable {
        /// Why, and what to do where we know it.
        why: String,
    },
}

/// What becomes of the right to capture once the capture is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Stays: on a private network it reaches nothing else.
    Keep,
    /// Is given up: on the host's network.
    GiveUp,
}

/// A capture under way. Dropping it ends it.
#[derive(Debug)]
pub struct Capture {
    messages: Receiver<Captured>,
    /// Its end wakes the thread.
    _alive: Option<PipeWriter>,
}

impl Capture {
    /// Where frames arrive.
    pub fn messages(&self) -> &Receiver<Captured> {
        &self.messages
    }
}

/// Starts to capture on loopback, of the network that this process is on. Returns at once; opening
/// takes some ten milliseconds, and then [`Captured::Ready`] comes.
///
/// With [`Rights::GiveUp`] the calling thread gives up its capabilities here: call it before other
/// threads are started.
pub fn start(rights: Rights) -> Capture {
    start_on(DEVICE, rights)
}

/// The same on any interface of this network, as `ip link` names them.
pub fn start_on(device: &str, rights: Rights) -> Capture {
    let device = device.to_owned();
    let (sender, messages) = bounded(QUEUE);
    let unavailable = |sender: &Sender<Captured>, why: String| {
        // With nobody listening any more there is nobody to tell.
        let _ = sender.send(Captured::Unavailable { why });
    };
    let alive = match std::io::pipe() {
        Ok((ended, alive)) => {
            let for_thread = sender.clone();
            let thread = thread::Builder::new().name("capture".to_owned()).spawn(move || {
                if let Err(why) = capture(&device, &for_thread, &ended, rights) {
                    unavailable(&for_thread, why);
                }
            });
            if let Err(error) = thread {
                unavailable(&sender, format!("no thread for the capture: {error}"));
            }
            Some(alive)
        }
        Err(error) => {
            unavailable(&sender, format!("no pipe for the capture: {error}"));
            None
        }
    };
    match rights {
        Rights::Keep => {}
        Rights::GiveUp => permission::give_up(),
    }
    Capture { messages, _alive: alive }
}

/// Opens, then reads until `ended` is at its end or nobody listens any more.
fn capture(
    device: &str,
    to: &Sender<Captured>,
    ended: &PipeReader,
    rights: Rights,
) -> Result<(), String> {
    permission::check().map_err(|denied| denied.to_string())?;
    let opened = open(device);
    match rights {
        Rights::Keep => {}
        Rights::GiveUp => permission::give_up(),
    }
    let mut capture = opened.map_err(words)?;
    let link = LinkType(u16::try_from(capture.get_datalink().0).unwrap_or(u16::MAX));
    if to.send(Captured::Ready).is_err() {
        return Ok(());
    }
    let mut dropped = 0;
    loop {
        match capture.next_packet() {
            Ok(packet) => {
                if to.send(frame(&packet, link)).is_err() {
                    return Ok(());
                }
            }
            Err(Error::TimeoutExpired) => {
                let now = capture.stats().map_err(words)?.dropped;
                let lost = now.wrapping_sub(dropped);
                dropped = now;
                if lost > 0 && to.send(Captured::Lost(u64::from(lost))).is_err() {
                    return Ok(());
                }
                let [_, end] = raw::wait_for_either(capture.as_fd(), ended.as_fd())
                    .map_err(|error| format!("waiting for frames: {error}"))?;
                if end {
                    return Ok(());
                }
            }
            Err(error) => return Err(words(error)),
        }
    }
}

fn open(device: &str) -> Result<pcap::Capture<Active>, Error> {
    let capture = pcap::Capture::from_device(device)?
        .immediate_mode(true)
        .precision(Precision::Nano)
        .snaplen(SNAP_LENGTH)
        .buffer_size(RING)
        .open()?
        .setnonblock()?;
    // There what goes out comes in again; elsewhere it doesn't.
    #[cfg(target_os = "linux")]
    if device == DEVICE {
        // Older kernels don't know it: then each frame takes two places in the ring.
        let _ = raw::ignore_outgoing(capture.as_fd());
    }
    Ok(capture)
}

fn frame(packet: &Packet<'_>, link: LinkType) -> Captured {
    Captured::Frame {
        time: time(packet.header),
        link,
        bytes: Arc::from(packet.data),
        original_len: packet.header.len,
    }
}

/// With nanosecond precision `tv_usec` holds nanoseconds.
fn time(header: &PacketHeader) -> Time {
    let (seconds, nanoseconds) = (header.ts.tv_sec as u64, header.ts.tv_usec as u64);
    Time(seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds))
}

fn words(error: Error) -> String {
    match error {
        Error::PcapError(message) => format!("libpcap: {message}"),
        error => format!("libpcap: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::time::Duration;

    use super::*;
    use crate::network::testing::on_private_network;

    const PATIENCE: Duration = Duration::from_secs(10);

    fn ready() -> Capture {
        let capture = start(Rights::Keep);
        assert_eq!(capture.messages().recv_timeout(PATIENCE), Ok(Captured::Ready));
        capture
    }

    /// Frames up to the one that carries `marker`.
    fn frames_until(capture: &Capture, marker: &[u8]) -> Vec<(Time, Arc<[u8]>)> {
        let mut frames = Vec::new();
        loop {
            match capture.messages().recv_timeout(PATIENCE).unwrap() {
                Captured::Frame { time, link, bytes, original_len } => {
                    assert_eq!(link, LinkType::ETHERNET);
                    assert_eq!(original_len as usize, bytes.len());
                    if bytes.ends_with(marker) {
                        return frames;
                    }
                    frames.push((time, bytes));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn mark(text: &[u8]) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(text, socket.local_addr().unwrap()).unwrap();
    }

    #[test]
    fn every_segment_of_a_handshake_comes_once_and_in_its_time() {
        on_private_network(|_| {
            let capture = ready();
            let before = crate::trace::clock::now();
            let server = TcpListener::bind("127.0.0.1:80").unwrap();
            let _client = TcpStream::connect("127.0.0.1:80").unwrap();
            let after = crate::trace::clock::now();
            mark(b"the end");
            let frames = frames_until(&capture, b"the end");
            let flags: Vec<u8> = frames.iter().map(|(_, bytes)| bytes[14 + 20 + 13]).collect();
            assert_eq!(flags, [0x02, 0x12, 0x10], "SYN, SYN-ACK, ACK");
            assert!(frames.iter().all(|(time, _)| (before..=after).contains(time)));
            drop(server);
        });
    }

    #[test]
    fn segments_are_no_longer_than_on_an_ethernet() {
        on_private_network(|_| {
            use std::io::Write;
            let capture = ready();
            let server = TcpListener::bind("[::1]:8899").unwrap();
            let mut client = TcpStream::connect("[::1]:8899").unwrap();
            client.write_all(&[7; 6000]).unwrap();
            mark(b"the end");
            let frames = frames_until(&capture, b"the end");
            let longest = frames.iter().map(|(_, bytes)| bytes.len()).max();
            assert_eq!(longest, Some(14 + 1500));
            drop(server);
        });
    }

    #[test]
    fn dropping_the_capture_ends_its_thread() {
        on_private_network(|_| {
            let capture = ready();
            let messages = capture.messages().clone();
            drop(capture);
            assert_eq!(
                messages.recv_timeout(PATIENCE),
                Err(crossbeam_channel::RecvTimeoutError::Disconnected)
            );
        });
    }

    #[test]
    fn what_a_slow_reader_misses_is_counted() {
        on_private_network(|_| {
            let capture = ready();
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            let to = socket.local_addr().unwrap();
            let sent = 60_000;
            for _ in 0..sent {
                socket.send_to(&[0; 100], to).unwrap();
            }
            let (mut came, mut lost) = (0_u64, 0_u64);
            while came + lost < sent {
                match capture.messages().recv_timeout(PATIENCE).unwrap() {
                    Captured::Frame { .. } => came += 1,
                    Captured::Lost(frames) => lost += frames,
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(came + lost, sent);
            assert!(lost > 0, "the ring holds less than that");
        });
    }

    #[test]
    fn without_the_right_it_says_what_to_do() {
        crate::network::testing::in_child(|| {
            if let Ok(()) = permission::check() {
                caps::clear(None, caps::CapSet::Effective).unwrap();
            }
            let capture = start(Rights::Keep);
            let Ok(Captured::Unavailable { why }) = capture.messages().recv_timeout(PATIENCE)
            else {
                panic!("it captured")
            };
            assert!(why.starts_with("no permission to capture (CAP_NET_RAW): "), "{why}");
        });
    }
}
