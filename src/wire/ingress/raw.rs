//! A packet socket whose packets come in memory that it shares with the kernel (the kernel's
//! `networking/packet_mmap.rst`). All unsafe code of this fallback is here.
#![expect(unsafe_code, reason = "system calls without a safe wrapper in our dependencies")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{c_int, c_void, socklen_t};

use super::filter::Instruction;

/// Bytes for one packet: an MTU of 1500 and the kernel's header.
const FRAME: usize = 2048;
/// Packets for which there is room.
const FRAMES: usize = 8192;
/// Frames that lie together.
const BLOCK: usize = 64 * FRAME;
const SIZE: usize = FRAME * FRAMES;

/// Changes which packets a ring gets.
#[derive(Debug)]
pub struct Tap {
    socket: Arc<OwnedFd>,
}

/// The memory.
#[derive(Debug)]
pub struct Ring {
    socket: Arc<OwnedFd>,
    memory: NonNull<u8>,
    next: usize,
}

// SAFETY: the memory belongs to the ring alone, whichever thread has it.
unsafe impl Send for Ring {}

/// A packet in the ring, copied.
#[derive(Debug)]
pub struct Copied {
    /// The frame, from its Ethernet header on.
    pub bytes: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
    /// Whether its checksum is not filled in yet.
    pub checksum_partial: bool,
}

/// Opens a ring for the packets of that device that the program wants.
pub fn open(device: u32, program: &[Instruction]) -> io::Result<(Ring, Tap)> {
    // SAFETY: takes integers only; the descriptor is new and nobody else has it.
    let socket = unsafe {
        // Protocol 0: nothing comes before it is bound.
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        let fd = checked(libc::socket(libc::AF_PACKET, kind, 0))?;
        Arc::new(OwnedFd::from_raw_fd(fd))
    };
    let tap = Tap { socket: Arc::clone(&socket) };
    tap.filter(program)?;
    let version = libc::tpacket_versions::TPACKET_V2 as c_int;
    set_option(&socket, libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
    let request = libc::tpacket_req {
        tp_block_size: BLOCK as u32,
        tp_block_nr: (SIZE / BLOCK) as u32,
        tp_frame_size: FRAME as u32,
        tp_frame_nr: FRAMES as u32,
    };
    set_option(&socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
    // SAFETY: maps as much as was asked for, wherever there is room.
    let memory = unsafe {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        libc::mmap(std::ptr::null_mut(), SIZE, access, libc::MAP_SHARED, socket.as_raw_fd(), 0)
    };
    if memory == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    let memory = NonNull::new(memory.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
    let ring = Ring { socket, memory, next: 0 };
    bind(&ring.socket, device)?;
    Ok((ring, tap))
}

impl Tap {
    /// Takes the packets that this program wants, from now on.
    pub fn filter(&self, program: &[Instruction]) -> io::Result<()> {
        let filter = libc::sock_fprog {
            len: program.len() as u16,
            // Instruction is laid out as sock_filter; the kernel only reads.
            filter: program.as_ptr().cast_mut().cast(),
        };
        set_option(&self.socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &filter)
    }
}

impl Ring {
    /// The next packet, if one is there.
    pub fn next(&mut self) -> Option<Copied> {
        // SAFETY: `next` is below FRAMES, so the frame lies within the memory; it starts with a
        // tpacket2_hdr, whose first field the kernel and we take turns to write.
        let (status, frame) = unsafe {
            let frame = self.memory.add(self.next * FRAME);
            (AtomicU32::from_ptr(frame.as_ptr().cast()), frame)
        };
        let said = status.load(Ordering::Acquire);
        if said & libc::TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: the frame is ours until its status is given back.
        let header = unsafe { frame.cast::<libc::tpacket2_hdr>().read() };
        let start = usize::from(header.tp_mac).min(FRAME);
        let length = (header.tp_snaplen as usize).min(FRAME - start);
        // SAFETY: as above; start and length stay within the frame.
        let bytes =
            unsafe { std::slice::from_raw_parts(frame.as_ptr().add(start), length) }.to_vec();
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % FRAMES;
        Some(Copied {
            whole: bytes.len() == header.tp_len as usize,
            checksum_partial: said & libc::TP_STATUS_CSUMNOTREADY != 0,
            bytes,
        })
    }

    /// How many packets there was no room for since this was last asked (`PACKET_STATISTICS`).
    pub fn dropped(&self) -> io::Result<u32> {
        let mut statistics = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
        let mut length = size_of_val(&statistics) as socklen_t;
        // SAFETY: the option fills in a tpacket_stats, and is given one with its size.
        checked(unsafe {
            libc::getsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_PACKET,
                libc::PACKET_STATISTICS,
                (&raw mut statistics).cast::<c_void>(),
                &raw mut length,
            )
        })?;
        Ok(statistics.tp_drops)
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: this is what was mapped, and nothing borrowed from it is left.
        unsafe { libc::munmap(self.memory.as_ptr().cast(), SIZE) };
    }
}

fn bind(socket: &OwnedFd, device: u32) -> io::Result<()> {
    // SAFETY: sockaddr_ll is plain data for which zero is valid; it is passed with its own length.
    checked(unsafe {
        let mut to: libc::sockaddr_ll = std::mem::zeroed();
        to.sll_family = libc::AF_PACKET as u16;
        to.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        to.sll_ifindex = device as c_int;
        let length = size_of_val(&to) as socklen_t;
        libc::bind(socket.as_raw_fd(), (&raw const to).cast(), length)
    })
    .map(drop)
}

fn set_option<T>(socket: &OwnedFd, level: c_int, option: c_int, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as socklen_t;
    let value = std::ptr::from_ref(value).cast::<c_void>();
    // SAFETY: the option takes what its callers give it, with its size.
    checked(unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, value, length) }).map(drop)
}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
