//! Expectations on how much there is of something.

use super::{Evidence, Holds, Verdict, segments};
use crate::command::{Amount, Direction, Quantity};
use crate::story::{DatagramMoment, Story, What};

/// How many have passed since the mark, of what the story tells; `None` if that quantity is not of
/// what passes.
pub fn told(story: &Story, mark: u64, quantity: &Quantity) -> Option<u64> {
    let count = match quantity {
        Quantity::Segments { direction, flags } => segments::since(story, mark)
            // A copy of what is held never arrives: the lab only counts it.
            .filter(|segment| segment.passage.absorbed_by.is_none())
            .filter(|segment| segments::is_between(story, segment, direction.as_ref()))
            .filter(|segment| flags.is_none_or(|flags| segments::has_flags(segment, flags)))
            .count(),
        Quantity::Datagrams { direction } => datagrams(story, mark, direction.as_ref()).count(),
        Quantity::Port { .. }
        | Quantity::Unread { .. }
        | Quantity::Queue { .. }
        | Quantity::Info { .. } => return None,
    };
    u64::try_from(count).ok()
}

/// So much of it. What has passed can only grow; all else comes and goes.
pub(super) fn quantity(evidence: &Evidence, quantity: &Quantity, wanted: Amount) -> Verdict {
    let told = told(evidence.story, evidence.mark, quantity);
    let number = match (told, &evidence.asked.measured) {
        (Some(number), _) => number,
        (None, Some(Ok(number))) => *number,
        (None, Some(Err(why))) => return Verdict::new(Holds::NotYet, why),
        (None, None) => return Verdict::new(Holds::NotYet, "nothing"),
    };
    let holds = match wanted.admits(number) {
        true => Holds::Yes,
        false if told.is_some() && number > wanted.number => Holds::No,
        false => Holds::NotYet,
    };
    let mut verdict = Verdict::new(holds, number.to_string());
    if let Quantity::Datagrams { .. } = quantity {
        let all = datagrams(evidence.story, evidence.mark, None);
        verdict.seen = segments::listed(&all.map(line).collect::<Vec<_>>());
    }
    verdict
}

fn datagrams<'a>(
    story: &'a Story,
    mark: u64,
    direction: Option<&'a Direction>,
) -> impl Iterator<Item = &'a DatagramMoment> {
    story
        .since(mark)
        .filter_map(|moment| {
            let What::Datagram(datagram) = &moment.what else { return None };
            Some(&**datagram)
        })
        .filter(move |datagram| {
            let [from, to] = &datagram.names;
            direction.is_none_or(|d| from.answers_to(&d.from) && to.answers_to(&d.to))
        })
}

/// `#1 sender>box 5 bytes`
fn line(datagram: &DatagramMoment) -> String {
    let [from, to] = &datagram.names;
    let bytes = datagram.datagram.payload.len;
    format!("#{} {}>{} {bytes} bytes", datagram.frame.0, from.text(), to.text())
}
