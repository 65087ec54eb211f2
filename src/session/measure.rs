//! How much there is of something, now.

use super::Session;
use crate::command::{Name, Quantity};
use crate::judge::told;
use crate::kernel::tcp_info;
use crate::sockets::OpenSocket;
use crate::trace::Address;

impl Session {
    /// How much there is of it; `None` if there is no such socket, or nothing to measure. Packets
    /// count from that cursor of the story on.
    pub(super) fn measure(&mut self, quantity: &Quantity, mark: u64) -> Option<u64> {
        self.measured(quantity, mark).ok()
    }

    /// The same, or why it can't be said.
    pub(super) fn measured(&mut self, quantity: &Quantity, mark: u64) -> Result<u64, String> {
        match quantity {
            Quantity::Port { socket } => self.port(socket),
            Quantity::Unread { socket } => {
                let unread = self.open(socket)?.unread();
                unread.ok_or_else(|| format!("{} is no stream of bytes", socket.value))
            }
            Quantity::Queue { socket } => {
                let queue = tcp_info(self.open(socket)?).ok().and_then(|info| info.queue());
                let listens = queue.map(|(waiting, _)| u64::from(waiting));
                listens.ok_or_else(|| format!("{} is no TCP socket that listens", socket.value))
            }
            Quantity::Info { socket, field } => {
                let info = tcp_info(self.open(socket)?);
                let info = info.map_err(|_| format!("{} is no TCP socket", socket.value))?;
                info.field(field).ok_or_else(|| format!("the kernel hasn't told {field}"))
            }
            Quantity::Segments { .. } | Quantity::Datagrams { .. } => {
                if let Some(why) = self.lab.capture_missing() {
                    return Err(format!("no capture: {why}"));
                }
                told(self.lab.story(), mark, quantity).ok_or_else(|| "nothing".to_owned())
            }
        }
    }

    /// An open socket's port is the kernel's word; a closed one had it.
    fn port(&self, name: &Name) -> Result<u64, String> {
        let local = match self.open(name) {
            Ok(open) => OpenSocket::local(open).ok(),
            Err(why) => {
                let closed = self.lab.story().socket_named(&name.value).ok_or(why)?;
                closed.local.clone()
            }
        };
        let port = local.as_ref().and_then(Address::ip).map(|address| address.port());
        let port = port.filter(|port| *port != 0).map(u64::from);
        port.ok_or_else(|| format!("{} has no port", name.value))
    }
}

/// Whether it is of what passes on the wire, not of what the kernel holds.
pub(super) fn is_of_packets(quantity: &Quantity) -> bool {
    match quantity {
        Quantity::Segments { .. } | Quantity::Datagrams { .. } => true,
        Quantity::Port { .. }
        | Quantity::Unread { .. }
        | Quantity::Queue { .. }
        | Quantity::Info { .. } => false,
    }
}
