//! What went through one direction of a connection, by the calls at its ends: which `send()` gave
//! which bytes, and how many have been read.

use crate::story::{Connection, ConnectionId, Moment, Side, Story, What};
use crate::trace::{Effect, Time};

/// One direction, as calls tell it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// Where each `send()` ended, in bytes from the start.
    pub sends: Vec<u64>,
    /// Where each `recv()` ended.
    pub recvs: Vec<u64>,
}

impl Stream {
    /// What `from` has sent and the other end has read. `None` where calls don't tell all: another
    /// program at an end, urgent data, or moments that are no longer kept.
    pub fn of(story: &Story, connection: ConnectionId, from: Side) -> Option<Stream> {
        let connection = story.connection(connection)?;
        let sender = connection.end(from).name.socket?;
        let receiver = connection.end(from.other()).name.socket?;
        let mut stream = Stream::default();
        for moment in since(story, connection.first)? {
            let What::Return(ret) = &moment.what else { continue };
            match &ret.effect {
                Effect::Sent { urgent: true, .. } if ret.call.socket == sender => return None,
                Effect::Sent { taken, .. } if ret.call.socket == sender => {
                    let start = stream.sends.last().copied().unwrap_or(0);
                    stream.sends.push(start + *taken as u64);
                }
                Effect::Received { data, peeked: false, .. } if ret.call.socket == receiver => {
                    let start = stream.recvs.last().copied().unwrap_or(0);
                    stream.recvs.push(start + data.len() as u64);
                }
                _ => {}
            }
        }
        (stream.read() <= stream.sent()).then_some(stream)
    }

    /// Bytes that were sent.
    pub fn sent(&self) -> u64 {
        self.sends.last().copied().unwrap_or(0)
    }

    /// Bytes that were read.
    pub fn read(&self) -> u64 {
        self.recvs.last().copied().unwrap_or(0)
    }

    /// From how many `send()` calls the bytes of the last `recv()` came.
    pub fn sends_in_last_recv(&self) -> usize {
        let end = self.read();
        let start = self.recvs.len().checked_sub(2).map_or(0, |place| self.recvs[place]);
        let mut begins = 0;
        let mut sends = 0;
        for ends in &self.sends {
            if begins < end && *ends > start {
                sends += 1;
            }
            begins = *ends;
        }
        sends
    }
}

/// How many bytes that end has read, by its calls. `None` if some are no longer kept.
pub fn bytes_read(story: &Story, connection: &Connection, end: Side) -> Option<u64> {
    let socket = connection.end(end).name.socket?;
    let read = since(story, connection.first)?.into_iter().map(|moment| match &moment.what {
        What::Return(ret) if ret.call.socket == socket => match &ret.effect {
            Effect::Received { data, peeked: false, .. } => data.len() as u64,
            _ => 0,
        },
        _ => 0,
    });
    Some(read.sum())
}

/// The moments from that time on, in order; `None` if some are no longer kept. However long the
/// story, this looks at no more than what it gives.
fn since(story: &Story, time: Time) -> Option<Vec<&Moment>> {
    let kept = story.moments().next().is_none_or(|first| first.time <= time);
    let mut moments: Vec<&Moment> =
        story.moments().rev().take_while(|moment| moment.time >= time).collect();
    moments.reverse();
    (kept || story.forgotten() == 0).then_some(moments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recv_counts_the_sends_it_took_from() {
        let stream =
            |sends: &[u64], recvs: &[u64]| Stream { sends: sends.into(), recvs: recvs.into() };
        assert_eq!(stream(&[5], &[5]).sends_in_last_recv(), 1);
        assert_eq!(stream(&[5, 8], &[8]).sends_in_last_recv(), 2);
        assert_eq!(stream(&[5, 8], &[5, 8]).sends_in_last_recv(), 1);
        assert_eq!(stream(&[5, 8, 20], &[3, 9]).sends_in_last_recv(), 3);
        assert_eq!(stream(&[5], &[]).sends_in_last_recv(), 0);
    }
}
