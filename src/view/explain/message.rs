//! What there is to say about a call: the facts, without the words.

use super::OnWire;
use super::loss::Missing;

/// Something worth saying.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each sentence is its own description")]
pub enum Message {
    // Calls that went well.
    SocketIsOnlyADescriptor,
    BindOnlyTakesTheAddress,
    PortWasChosen {
        port: u16,
    },
    BoundToEveryAddress {
        address: String,
    },
    LowPort {
        port: u16,
    },
    KernelChosePort {
        name: String,
        port: u16,
    },
    ListenSendsNothing {
        backlog: i32,
    },
    BacklogIsCut {
        backlog: i32,
    },
    WildcardCalled {
        address: String,
        called: String,
    },
    NotYetAccepted {
        queue: Option<(u32, u32)>,
    },
    QueueFullAtLastAck {
        server: String,
        queue: Option<(u32, u32)>,
    },
    FastOpenWaits,
    TimeWaitTakenOver {
        port: u16,
    },
    TimeWaitGaveWay {
        end: String,
    },
    ConnectedToItself,
    BothOpened,
    DatagramConnectSendsNothing,
    AcceptSendsNothing,
    AcceptWasWoken,
    DataCameBeforeAccept {
        peer: String,
        bytes: u64,
    },
    NothingToSend,
    SentToOneThatHadClosed {
        peer: String,
    },
    SentToOneThatHadShutDown {
        peer: String,
    },
    SentToAHalfClosedPeer {
        peer: String,
    },
    NobodyReadsYet,
    WindowIsClosed {
        peer: String,
    },
    HeldBack,
    Corked,
    SentLater {
        peer: String,
        bytes: u64,
    },
    UrgentByte,
    UrgentByteRead,
    NotAcknowledgedYet,
    SentInPart {
        taken: usize,
        asked: usize,
    },
    DatagramNeedsNobody,
    EmptyDatagramSent,
    NotFromItsPeer {
        name: String,
        port: u16,
    },
    NobodyAtThePort {
        port: u16,
        connected: bool,
    },
    EndOfFile {
        peer: String,
    },
    EndOfFileByShutdown {
        name: String,
    },
    EndOfFileAfterReset,
    EndOfFileSomehow,
    AskedForNothing,
    EmptyDatagram,
    ByteStream,
    SeveralSends {
        sends: usize,
    },
    MoreWaits {
        bytes: u64,
    },
    Peeked,
    DatagramPeekedInPart {
        len: usize,
    },
    FileWasMade,
    BacklogWasCut {
        backlog: i32,
        most: u32,
    },
    DatagramCut {
        len: usize,
    },
    ShutdownSentFin,
    ShutdownIsNotClose {
        name: String,
    },
    ShutdownReadSendsNothing,
    ResetForUnread {
        bytes: u64,
    },
    ResetByLinger,
    ResetByClose,
    QueueWasReset {
        connections: usize,
    },
    AckRodeOnFin {
        peer: String,
    },
    PeerMustCloseToo {
        peer: String,
    },
    TimeWait {
        name: String,
    },
    TimeWaitBoth,
    ClosedBeforeAnAnswer,
    ClosedWithDataLeft {
        bytes: u64,
    },
    // Calls that failed.
    NobodyListens {
        address: String,
    },
    NobodyListensPerhaps,
    EarlierDatagramRefused {
        frame: Option<u64>,
        sent: bool,
    },
    NobodyListensAtPath,
    AddressHeldBy {
        name: String,
    },
    AddressListenedOnBy {
        name: String,
    },
    AddressInTimeWait {
        address: String,
    },
    AddressHeldBySomebody,
    PathExists,
    NotAnAddressHere,
    NoPortLeft,
    PortNeedsRights {
        port: u16,
    },
    BroadcastNeedsOption,
    PathNotAllowed,
    WritingWasShutDown {
        name: String,
    },
    ResetEarlier {
        peer: String,
    },
    NeverConnected {
        name: String,
    },
    PeerIsGone,
    ResetBy {
        peer: String,
        frame: u64,
    },
    ResetByForgery {
        peer: String,
        frame: u64,
    },
    ResetByStranger {
        peer: String,
        frame: u64,
    },
    ResetBySomebody,
    SynsUnanswered {
        count: usize,
    },
    ProbesUnanswered {
        peer: String,
        count: usize,
    },
    DataUnacknowledged {
        peer: String,
        count: usize,
    },
    TimedOut,
    Interrupted,
    ConnectInterrupted,
    NothingToRead,
    QueueEmpty,
    BufferFull,
    WouldWait,
    HandshakeUnderWay,
    StillConnecting,
    NotConnected {
        name: String,
        state: Option<&'static str>,
    },
    ListenerIsNotConnected {
        name: String,
    },
    AlreadyConnected {
        name: String,
    },
    ResetSocketStays {
        name: String,
    },
    ListenerCannotConnect {
        name: String,
    },
    NotListening {
        name: String,
    },
    BoundAlready {
        name: String,
        address: String,
    },
    ConnectedCannot {
        name: String,
        call: &'static str,
    },
    UrgentDataInline {
        name: String,
    },
    NoUrgentData,
    PortZero,
    NotForDatagrams {
        call: &'static str,
        kind: &'static str,
    },
    NoUrgentInDatagrams {
        kind: &'static str,
    },
    NeedsDestination,
    DatagramTooLong {
        most: usize,
    },
    NoRoute,
    WrongFamily {
        kind: &'static str,
    },
    V4AddressForV6 {
        address: String,
    },
    NoSuchPath,
    WrongKindAtPath,
    OptionUnknownHere,
    NoDescriptorLeft,
    ClosedMeanwhile {
        name: String,
    },
    LostOnTheWire {
        told: OnWire,
    },
    DamagedOnTheWire {
        frame: u64,
    },
    MoreOnTheWire {
        more: usize,
    },
    BehindAGap {
        byte: u32,
    },
    // Calls that wait.
    WaitsForRepair {
        name: String,
        call: &'static str,
        missing: Missing,
    },
    WaitsForWire {
        name: String,
        call: &'static str,
        frame: u64,
        flags: String,
    },
    AcceptWaits {
        server: String,
    },
    RecvWaits {
        name: String,
        call: &'static str,
        peer: Option<String>,
    },
    RecvWaitsForMore {
        name: String,
        call: &'static str,
    },
    ConnectWaits {
        name: String,
        syns: usize,
    },
    ConnectWaitsForQueue {
        name: String,
        server: String,
        queue: (u32, u32),
    },
    SendWaits {
        name: String,
        call: &'static str,
        peer: Option<String>,
        went: Option<(usize, usize)>,
    },
    PollWaits,
    Waits {
        name: String,
        call: &'static str,
    },
    Standstill {
        waits: Vec<(String, &'static str, String)>,
    },
}

/// How often a session needs to hear something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Often {
    /// How things are: once.
    Once,
    /// What happened and why.
    Twice,
    /// News each time: a number that the kernel chose, what is blocked.
    Always,
}

impl Message {
    /// How often it is worth saying.
    pub fn often(&self) -> Often {
        match self {
            Self::SocketIsOnlyADescriptor
            | Self::BindOnlyTakesTheAddress
            | Self::BoundToEveryAddress { .. }
            | Self::LowPort { .. }
            | Self::KernelChosePort { .. }
            | Self::ListenSendsNothing { .. }
            | Self::BacklogIsCut { .. }
            | Self::WildcardCalled { .. }
            | Self::ShutdownIsNotClose { .. }
            | Self::DatagramConnectSendsNothing
            | Self::DatagramNeedsNobody
            | Self::AcceptSendsNothing
            | Self::AcceptWasWoken
            | Self::NobodyReadsYet
            | Self::ByteStream
            | Self::Peeked
            | Self::ShutdownReadSendsNothing => Often::Once,
            Self::PortWasChosen { .. }
            | Self::LostOnTheWire { .. }
            | Self::WaitsForWire { .. }
            | Self::WaitsForRepair { .. }
            | Self::AcceptWaits { .. }
            | Self::RecvWaits { .. }
            | Self::RecvWaitsForMore { .. }
            | Self::ConnectWaits { .. }
            | Self::ConnectWaitsForQueue { .. }
            | Self::SendWaits { .. }
            | Self::PollWaits
            | Self::Waits { .. }
            | Self::Standstill { .. } => Often::Always,
            _ => Often::Twice,
        }
    }
}
