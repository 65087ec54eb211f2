//! Everything that explanations say, in one table: a translation is another one.
//!
//! Each sentence is true on Linux; where it says more than RFC 9293, it says so. Names are those
//! that the learner gave.

use super::loss::Missing;
use super::message::Message;

/// What a blocked call teaches.
const STILL: &str = " A real program would stand still here.";

impl Message {
    /// The sentence.
    pub fn words(&self) -> String {
        match self {
            Self::SocketIsOnlyADescriptor => "socket() makes a descriptor. Nothing is sent, and no port is taken yet.".into(),
            Self::BindOnlyTakesTheAddress => "bind() takes the address. Nothing is sent.".into(),
            Self::PortWasChosen { port } => format!("Port 0 means any: the kernel chose {port}."),
            Self::BoundToEveryAddress { address } => format!("bind() takes the port on every address of this machine: {address} is a wildcard, not an address of its own."),
            Self::LowPort { port } => format!("Port {port} is below 1024: outside a private network, binding it usually takes CAP_NET_BIND_SERVICE."),
            Self::KernelChosePort { name, port } => format!("{name} had no port, so the kernel chose {port}: Linux takes them from 32768 to 60999, unless ip_local_port_range says otherwise."),
            Self::ListenSendsNothing { backlog } => format!("listen() sends nothing. From now on the kernel shakes hands by itself; up to {} can wait for accept() (Linux: backlog + 1).", connections_words(i64::from(*backlog) + 1)),
            Self::BacklogIsCut { backlog } if *backlog < 0 => "listen() sends nothing. A negative backlog counts as a huge one, which the kernel cuts to net.core.somaxconn.".into(),
            Self::BacklogIsCut { .. } => "listen() sends nothing. The kernel cuts a backlog above net.core.somaxconn to that (4096 by default).".into(),
            Self::WildcardCalled { address, called } => format!("{address} is no address to call. Linux takes it as this machine: the call went to {called}."),
            Self::NotYetAccepted { queue: Some((waiting, most)) } => format!("No accept() yet: the kernel finished the handshake and queued it (queue {waiting} of {most})."),
            Self::NotYetAccepted { queue: None } => "No accept() yet: the kernel finished the handshake and queued it.".into(),
            Self::QueueFullAtLastAck { server, queue } => format!("The queue of {server} is full{}: it ignored the last ACK and stays SYN-RECEIVED. It will send its SYN,ACK again.", of(queue.as_ref())),
            Self::FastOpenWaits => "connect() sent nothing: with TCP_FASTOPEN_CONNECT and a cookie from before, the SYN leaves with the first data.".into(),
            Self::TimeWaitTakenOver { port } => format!("Port {port} was still in TIME-WAIT, and connect() took it over: timestamps tell old segments from new ones (tcp_tw_reuse)."),
            Self::TimeWaitGaveWay { end } => format!("{end} was still in TIME-WAIT, from an earlier connection with this port. A SYN that is surely new ends that: its timestamp or its number is higher (RFC 6191)."),
            Self::ConnectedToItself => "The socket has connected to itself: it called its own port. One socket, both ends.".into(),
            Self::BothOpened => "Both sent a SYN before they had one: a simultaneous open (RFC 9293, 3.5). There is no server here.".into(),
            Self::DatagramConnectSendsNothing => "connect() on a datagram socket sends nothing: it only notes the peer, for send() and as a filter for recv().".into(),
            Self::AcceptSendsNothing => "accept() sent no segment: the handshake was over. It only takes the connection out of the queue.".into(),
            Self::AcceptWasWoken => "The kernel shook hands by itself; accept() only took the connection out of the queue.".into(),
            Self::DataCameBeforeAccept { peer, bytes } => format!("{} from {peer} came before accept(): the kernel had taken and acknowledged them.", bytes_words(*bytes)),
            Self::NothingToSend => "Sending no bytes over TCP sends no segment: a stream has no empty messages.".into(),
            Self::SentToOneThatHadClosed { peer } => format!("{peer} had closed: its kernel answered the data with RST. The next send() gives EPIPE."),
            Self::SentToOneThatHadShutDown { peer } => format!("{peer} was shut down for reading too, after its FIN: its kernel answered the data with RST. The next send() gives EPIPE."),
            Self::SentToAHalfClosedPeer { peer } => format!("{peer} has sent its FIN, but still takes data: the connection is half closed."),
            Self::NobodyReadsYet => "Nobody has called accept() yet. The kernel takes the bytes and acknowledges them all the same.".into(),
            Self::WindowIsClosed { peer } => format!("Nothing left: the window of {peer} is 0, since its buffer is full. The bytes wait in the send buffer."),
            Self::HeldBack => "Nothing left yet: the bytes wait for the ACK of earlier ones (Nagle's algorithm; TCP_NODELAY turns it off).".into(),
            Self::Corked => "Nothing left yet: TCP_CORK holds back what doesn't fill a segment, until it is off, but at most 200 ms.".into(),
            Self::SentLater { peer, bytes } => format!("send() has only copied the bytes into the kernel's buffer. {} of them wait there until {peer} has room.", bytes_words(*bytes)),
            Self::UrgentByte => "Urgent data is a single byte, the last one. It travels in the stream, but recv() gives it apart: with oob.".into(),
            Self::UrgentByteRead => "The urgent byte, taken out of turn: what was sent before it can still be read.".into(),
            Self::NotAcknowledgedYet => "No ACK yet: the receiver may wait for data to send it with, on Linux about 40 ms.".into(),
            Self::SentInPart { taken, asked } => format!("{taken} of {asked} bytes went: the send buffer had no room for more."),
            Self::DatagramNeedsNobody => "UDP sends without asking whether anybody is there: no handshake, no ACK.".into(),
            Self::EmptyDatagramSent => "An empty datagram is a message too: a header of 8 bytes, and no data.".into(),
            Self::NotFromItsPeer { name, port } => format!("Port {port} is {name}'s, which is connected to somebody else and takes datagrams only from there: for this one the kernel says, by ICMP, port unreachable."),
            Self::NobodyAtThePort { port, connected: true } => format!("Nobody is at port {port}: ICMP says so. The socket is connected, so its next call will give ECONNREFUSED."),
            Self::NobodyAtThePort { port, connected: false } => format!("Nobody is at port {port}: ICMP says so, but a socket that isn't connected is not told."),
            Self::EndOfFile { peer } => format!("0 is the end: {peer} has sent its FIN and nothing more will come. It is no error."),
            Self::EndOfFileByShutdown { name } => format!("0, since {name} was shut down for reading."),
            Self::EndOfFileAfterReset => "A reset is reported once; after that recv() gives 0.".into(),
            Self::EndOfFileSomehow => "0 is the end: the peer has closed, or shut down its sending side. It is no error.".into(),
            Self::AskedForNothing => "0, since 0 bytes were asked for.".into(),
            Self::EmptyDatagram => "An empty datagram: with datagrams 0 is a message without bytes, not the end.".into(),
            Self::ByteStream => "recv() gives what is there, up to what was asked for: TCP is a stream of bytes, not of messages.".into(),
            Self::SeveralSends { sends } => format!("These bytes came from {sends} send() calls: TCP keeps no boundaries between them."),
            Self::MoreWaits { bytes } => format!("{} more can be read at once: one recv() need not take all that one send() gave.", bytes_words(*bytes)),
            Self::Peeked => "MSG_PEEK only looks: the next recv() gives the same bytes again.".into(),
            Self::DatagramPeekedInPart { len } => format!("The datagram has {len} bytes. MSG_PEEK takes nothing away: the next recv() gives it from its start."),
            Self::FileWasMade => "bind() made a file of that name. It stays when the socket is closed, until somebody removes it (unix(7)).".into(),
            Self::BacklogWasCut { backlog, most } => format!("listen() sends nothing. The kernel cuts a backlog above net.core.somaxconn to that: instead of {backlog} it is {}, and up to {} can wait for accept().", most.saturating_sub(1), connections_words(i64::from(*most))),
            Self::DatagramCut { len } => format!("The datagram had {len} bytes. What didn't fit into the buffer is gone."),
            Self::ShutdownSentFin => "FIN: nothing more comes from this side. It can still receive.".into(),
            Self::ShutdownIsNotClose { name } => format!("shutdown() ends the connection, but {name} stays open: only close() gives the descriptor back."),
            Self::ShutdownReadSendsNothing => "Closing the reading side sends nothing: the peer isn't told.".into(),
            Self::ResetForUnread { bytes } => format!("{} had not been read: then close() sends RST in place of FIN, so that the peer knows (RFC 2525, 2.17).", bytes_words(*bytes)),
            Self::ResetByLinger => "SO_LINGER with 0 seconds: close() sends RST in place of FIN, throws away what is unsent, and leaves no TIME-WAIT.".into(),
            Self::ResetByClose => "close() sent RST in place of FIN: it does when data is unread, or with SO_LINGER of 0 seconds.".into(),
            Self::QueueWasReset { connections: 1 } => "A connection was waiting for accept(): the kernel reset it.".into(),
            Self::QueueWasReset { connections } => format!("{connections} connections were waiting for accept(): the kernel reset them."),
            Self::AckRodeOnFin { peer } => format!("One segment says both: FIN, and the ACK of the FIN of {peer}. So three segments close the connection, not four."),
            Self::PeerMustCloseToo { peer } => format!("The kernel took the FIN for {peer}, which stays in CLOSE-WAIT until its program closes too."),
            Self::TimeWait { name } => format!("{name} closed first, so it stays in TIME-WAIT, 60 s on Linux: to answer a lost last ACK, and to let old segments die."),
            Self::TimeWaitBoth => "Both closed at once, so both ends stay in TIME-WAIT, 60 s on Linux.".into(),
            Self::ClosedBeforeAnAnswer => "Closed before an answer came: no segment is needed, the SYN is forgotten.".into(),
            Self::ClosedWithDataLeft { bytes } => format!("close() does not wait: {} are still unsent. The kernel goes on sending them, and the FIN follows.", bytes_words(*bytes)),

            Self::NobodyListens { address } => format!("Nobody listens at {address}: the kernel there answered the SYN with RST,ACK."),
            Self::NobodyListensPerhaps => "An RST came back: nobody listens there, or a filter refused.".into(),
            Self::EarlierDatagramRefused { frame, sent } => {
                let which = frame.map_or_else(String::new, |frame| format!(" (frame {frame})"));
                let now = if *sent { ", and nothing was sent now" } else { "" };
                format!("An earlier datagram found nobody: ICMP port unreachable{which}. It is reported now{now}.")
            }
            Self::NobodyListensAtPath => "The path is there, but no socket listens at it.".into(),
            Self::AddressHeldBy { name } => format!("{name} has that address."),
            Self::AddressListenedOnBy { name } => format!("{name} listens there, and only one may, SO_REUSEADDR or not (SO_REUSEPORT on both allows more)."),
            Self::AddressInTimeWait { address } => format!("An end of an earlier connection is in TIME-WAIT at {address}, 60 s on Linux. With SO_REUSEADDR set on the old socket and on the new one, bind() succeeds."),
            Self::AddressHeldBySomebody => "Another socket holds the address, or an earlier connection's end there is in TIME-WAIT.".into(),
            Self::PathExists => "The path exists, perhaps from an earlier run: unlink it first.".into(),
            Self::NotAnAddressHere => "No interface here has that address. In the private network there are 127.0.0.0/8 and ::1.".into(),
            Self::NoPortLeft => "No local address and port are free for that connection.".into(),
            Self::PortNeedsRights { port } => format!("Port {port} is below net.ipv4.ip_unprivileged_port_start: binding it takes CAP_NET_BIND_SERVICE."),
            Self::BroadcastNeedsOption => "A broadcast address: set SO_BROADCAST first.".into(),
            Self::PathNotAllowed => "The file permissions of the path, or of a directory above it, forbid it.".into(),
            Self::WritingWasShutDown { name } => format!("{name} has been shut down for writing: its FIN has said that nothing follows. A program gets SIGPIPE too."),
            Self::ResetEarlier { peer } => format!("The RST from {peer} has ended the connection: nobody is there to send to. A program gets SIGPIPE too."),
            Self::NeverConnected { name } => format!("{name} isn't connected. For send() on TCP, Linux says EPIPE rather than ENOTCONN."),
            Self::PeerIsGone => "The other end is closed, or this one was shut down for writing. A program gets SIGPIPE too.".into(),
            Self::ResetBy { peer, frame } => format!("{peer} has reset the connection (RST in frame {frame}). This is reported once."),
            Self::ResetByForgery { peer, frame } => format!("An RST in the name of {peer} has reset the connection (frame {frame}, forged). This is reported once."),
            Self::ResetByStranger { peer, frame } => format!("{peer} is gone: its kernel knows of no such connection and answered with RST (frame {frame}). This is reported once."),
            Self::ResetBySomebody => "The connection was reset. This is reported once.".into(),
            Self::SynsUnanswered { count: 1 } => "The SYN has had no answer.".into(),
            Self::SynsUnanswered { count } => format!("The SYN was sent {count} times and never answered."),
            Self::ProbesUnanswered { peer, count: 1 } => format!("No answer came to a keepalive probe: Linux takes {peer} for dead, and ends the connection."),
            Self::ProbesUnanswered { peer, count } => format!("No answer came to {count} keepalive probes: Linux takes {peer} for dead, and ends the connection."),
            Self::DataUnacknowledged { peer, count } => format!("What was sent was sent again {}, and no ACK came: Linux takes {peer} for dead, and ends the connection.", times(*count)),
            Self::TimedOut => "The other end has not answered for too long.".into(),
            Self::Interrupted => "The call was interrupted before anything happened: it can simply be made again.".into(),
            Self::ConnectInterrupted => "The call was interrupted, but the kernel goes on with the handshake: poll for writing, then getsockopt SO_ERROR.".into(),
            Self::NothingToRead => "There is nothing to read, and the call was not to wait, or not longer.".into(),
            Self::QueueEmpty => "No connection waits in the queue, and the call was not to wait, or not longer.".into(),
            Self::BufferFull => "The send buffer is full, and the call was not to wait, or not longer.".into(),
            Self::WouldWait => "The call would have had to wait, and was not to.".into(),
            Self::HandshakeUnderWay => "The SYN is on its way, and the call was not to wait, or not longer: poll for writing, then getsockopt SO_ERROR.".into(),
            Self::StillConnecting => "The handshake of an earlier connect() is still under way.".into(),
            Self::NotConnected { name, state: Some(state) } => format!("{name} isn't connected: its end is {state}."),
            Self::NotConnected { name, state: None } => format!("{name} isn't connected."),
            Self::ListenerIsNotConnected { name } => format!("{name} listens. Data goes through the sockets that accept() makes."),
            Self::AlreadyConnected { name } => format!("{name} is connected already. A TCP socket is good for one connection."),
            Self::ResetSocketStays { name } => format!("{name} has had its connection, and it was reset. A new one needs a new socket."),
            Self::ListenerCannotConnect { name } => format!("{name} listens: it takes connections and can't make one."),
            Self::NotListening { name } => format!("{name} doesn't listen: listen() comes first."),
            Self::BoundAlready { name, address } => format!("{name} has its address already: {address}. bind() works once."),
            Self::ConnectedCannot { name, call } => format!("{name} is connected: too late for {call}()."),
            Self::UrgentDataInline { name } => format!("{name} has SO_OOBINLINE: the urgent byte stays in the stream, and recv() without oob reads it."),
            Self::NoUrgentData => "There is no urgent byte to read.".into(),
            Self::PortZero => "Port 0 is no port to send to.".into(),
            Self::NotForDatagrams { call, kind } => format!("{call}() is for connections; {kind} has none."),
            Self::NoUrgentInDatagrams { kind } => format!("Urgent data (MSG_OOB) is TCP's; {kind} has none."),
            Self::NeedsDestination => "send() has no destination: connect first, or use sendto().".into(),
            Self::DatagramTooLong { most } => format!("One datagram holds at most {most} bytes here, and isn't split."),
            Self::NoRoute => "No route leads there. In the private network there are 127.0.0.0/8 and ::1.".into(),
            Self::WrongFamily { kind } => format!("The address is of another family than the socket ({kind})."),
            Self::V4AddressForV6 { address } => format!("The socket is IPv6 and {address} is IPv4: it is written {} here.", mapped(address)),
            Self::NoSuchPath => "There is no such path: nobody has bound a socket to it.".into(),
            Self::WrongKindAtPath => "The socket at that path is of the other type: stream or datagram.".into(),
            Self::OptionUnknownHere => "This kind of socket has no such option, or this kernel hasn't.".into(),
            Self::ClosedMeanwhile { name } => format!("{name} was closed while the call waited. The lab woke it; a thread of a real program would wait on."),
            Self::NoDescriptorLeft => "The process has no descriptor left (ulimit -n): close some.".into(),

            Self::LostOnTheWire { told } => told.words(),
            Self::MoreOnTheWire { more: 1 } => "One more of its segments was lost or damaged.".into(),
            Self::MoreOnTheWire { more } => format!("{more} more of its segments were lost or damaged."),
            Self::BehindAGap { byte } => format!("What has come lies behind a gap: recv() gives nothing until byte {byte} is there, for a stream has an order."),
            Self::DamagedOnTheWire { frame } => format!("#{frame} was damaged on its way: its checksum is wrong, so the kernel that got it dropped it without a word."),

            Self::WaitsForWire { name, call, .. } => {
                format!("{call}({name}) waits: {}.", self.reason())
            }
            Self::AcceptWaits { server } => {
                format!("accept({server}) is blocked: {}.{STILL}", self.reason())
            }
            Self::RecvWaits { name, call, .. } | Self::Waits { name, call } => {
                format!("{call}({name}) is blocked: {}.{STILL}", self.reason())
            }
            Self::ConnectWaits { name, .. } | Self::ConnectWaitsForQueue { name, .. } => {
                format!("connect({name}) is blocked: {}.", self.reason())
            }
            Self::WaitsForRepair { name, call, .. } | Self::RecvWaitsForMore { name, call } => {
                format!("{call}({name}) is blocked: {}.", self.reason())
            }
            Self::SendWaits { name, call, went, .. } => {
                let went = went.map_or_else(String::new, |(taken, asked)| {
                    format!(" {taken} of {asked} bytes went.")
                });
                format!("{call}({name}) is blocked: {}.{went}", self.reason())
            }
            Self::PollWaits => format!("poll() is blocked: {}.{STILL}", self.reason()),
            Self::Standstill { waits } => {
                let waits: Vec<String> = waits.iter().map(|(who, call, whom)| match *call {
                    "send" | "sendto" => format!("{who} waits in {call} until {whom} reads"),
                    call => format!("{who} waits in {call} for data from {whom}"),
                }).collect();
                format!("{}: a deadlock. Nothing will happen by itself.", waits.join("; "))
            }
        }
    }

    /// What a blocked call waits for, in half a sentence; empty for any other message.
    pub fn reason(&self) -> String {
        match self {
            Self::WaitsForWire { frame, flags, .. } => format!("#{frame} {flags} is on the wire"),
            Self::WaitsForRepair { missing: Missing { frame, flags, fate }, .. } => {
                format!("#{frame} {flags} was {fate}, and will be sent again")
            }
            Self::AcceptWaits { .. } => "its queue is empty".into(),
            Self::RecvWaits { peer: Some(peer), .. } => {
                format!("{peer} has sent nothing that is unread")
            }
            Self::RecvWaits { peer: None, .. } => "there is nothing to read".into(),
            Self::RecvWaitsForMore { .. } => {
                "MSG_WAITALL waits until all that was asked for is there".into()
            }
            Self::ConnectWaits { syns: 0, .. } => "it has no answer".into(),
            Self::ConnectWaits { syns: 1, .. } => {
                "its SYN has no answer, and will be sent again after 1 s".into()
            }
            Self::ConnectWaits { syns, .. } => {
                format!("its SYN was sent {syns} times and has no answer")
            }
            Self::ConnectWaitsForQueue { server, queue: (waiting, most), .. } => format!(
                "the queue of {server} is full ({waiting} of {most}). Linux drops the SYN without a word; it will be sent again after 1 s"
            ),
            Self::SendWaits { peer: Some(peer), .. } => {
                format!("the buffers are full until {peer} reads")
            }
            Self::SendWaits { peer: None, .. } => {
                "the buffers are full until the other end reads".into()
            }
            Self::PollWaits => "none of its sockets is ready".into(),
            Self::Waits { .. } => "it hasn't returned".into(),
            _ => String::new(),
        }
    }
}

/// `once`, `3 times`
fn times(count: usize) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}

/// `[::ffff:127.0.0.1]:8899` for `127.0.0.1:8899`
fn mapped(address: &str) -> String {
    match address.rsplit_once(':') {
        Some((ip, port)) => format!("[::ffff:{ip}]:{port}"),
        None => format!("[::ffff:{address}]"),
    }
}

/// ` (6 of 6)`
fn of(queue: Option<&(u32, u32)>) -> String {
    queue.map_or_else(String::new, |(waiting, most)| format!(" ({waiting} of {most})"))
}

/// `6 connections`, `1 connection`
fn connections_words(connections: i64) -> String {
    if connections == 1 { "1 connection".into() } else { format!("{connections} connections") }
}

/// `5 bytes`, `1 byte`
fn bytes_words(bytes: u64) -> String {
    if bytes == 1 { "1 byte".into() } else { format!("{bytes} bytes") }
}
