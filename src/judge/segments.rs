//! Expectations on segments.

use std::net::SocketAddr;

use super::{Evidence, Holds, Verdict};
use crate::command::{Direction, FlagPattern, SegmentPattern};
use crate::story::{EndName, Role, SegmentMoment, Side, Story, What};

/// How many segments a verdict lists.
const LISTED: usize = 20;

/// In this order; others may lie between.
pub(super) fn sees(evidence: &Evidence, patterns: &[SegmentPattern]) -> Verdict {
    let segments = since_mark(evidence);
    let mut wanted = patterns.iter();
    let mut next = wanted.next();
    let mut met = 0;
    for segment in &segments {
        if next.is_some_and(|pattern| matches(evidence.story, pattern, segment)) {
            met += 1;
            next = wanted.next();
        }
    }
    let verdict = match next {
        None => Verdict::new(Holds::Yes, format!("all {met}")),
        Some(missing) => Verdict::new(
            Holds::NotYet,
            format!("{met} of {}, then no {}", patterns.len(), words(missing)),
        ),
    };
    with_list(verdict, &segments)
}

/// One after another, with nothing between them in the conversations of those who are named.
pub(super) fn exactly(evidence: &Evidence, patterns: &[SegmentPattern]) -> Verdict {
    let segments: Vec<&SegmentMoment> = since_mark(evidence)
        .into_iter()
        .filter(|segment| is_of_named(evidence.story, patterns, segment))
        .collect();
    let is_run = |run: &[&SegmentMoment]| {
        run.iter().zip(patterns).all(|(segment, pattern)| matches(evidence.story, pattern, segment))
    };
    let verdict = if segments.windows(patterns.len().max(1)).any(is_run) {
        Verdict::new(Holds::Yes, "just these")
    } else {
        Verdict::new(Holds::NotYet, "no such run")
    };
    with_list(verdict, &segments)
}

/// None since the mark.
pub(super) fn never(evidence: &Evidence, pattern: &SegmentPattern) -> Verdict {
    let segments = since_mark(evidence);
    let verdict = match segments.iter().find(|s| matches(evidence.story, pattern, s)) {
        None => Verdict::new(Holds::Yes, "none"),
        Some(found) => Verdict::new(Holds::No, line(found)),
    };
    with_list(verdict, &segments)
}

/// So many since the mark.
pub(super) fn count(evidence: &Evidence, pattern: &SegmentPattern, wanted: usize) -> Verdict {
    let segments = since_mark(evidence);
    let found = segments.iter().filter(|s| matches(evidence.story, pattern, s)).count();
    let holds = match found.cmp(&wanted) {
        std::cmp::Ordering::Less => Holds::NotYet,
        std::cmp::Ordering::Equal => Holds::Yes,
        std::cmp::Ordering::Greater => Holds::No,
    };
    with_list(Verdict::new(holds, found.to_string()), &segments)
}

/// At least so many of that role since the mark.
pub(super) fn role(
    evidence: &Evidence,
    direction: Option<&Direction>,
    role: Role,
    least: u64,
) -> Verdict {
    let segments = since_mark(evidence);
    let found = segments
        .iter()
        .filter(|segment| segment.roles.contains(role))
        .filter(|segment| is_between(evidence.story, segment, direction))
        .count();
    let holds = if found as u64 >= least { Holds::Yes } else { Holds::NotYet };
    let mut verdict = Verdict::new(holds, found.to_string());
    let roles = |segment: &&SegmentMoment| {
        let words: Vec<&str> = segment.roles.iter().map(Role::word).collect();
        format!("{} {}", line(segment), words.join(" ")).trim_end().to_owned()
    };
    verdict.seen = listed(&segments.iter().map(roles).collect::<Vec<_>>());
    verdict
}

/// The segments since that cursor.
pub(super) fn since(story: &Story, mark: u64) -> impl Iterator<Item = &SegmentMoment> {
    story.since(mark).filter_map(|moment| match &moment.what {
        What::Segment(segment) => Some(&**segment),
        _ => None,
    })
}

fn since_mark<'a>(evidence: &Evidence<'a>) -> Vec<&'a SegmentMoment> {
    since(evidence.story, evidence.mark).collect()
}

fn matches(story: &Story, pattern: &SegmentPattern, segment: &SegmentMoment) -> bool {
    has_flags(segment, pattern.flags) && is_between(story, segment, pattern.direction.as_ref())
}

pub(super) fn has_flags(segment: &SegmentMoment, wanted: FlagPattern) -> bool {
    let flags = segment.segment.flags;
    if wanted.at_least { flags.has(wanted.flags) } else { flags == wanted.flags }
}

/// Whether it goes from whom to whom is asked, or nobody is.
pub(super) fn is_between(
    story: &Story,
    segment: &SegmentMoment,
    direction: Option<&Direction>,
) -> bool {
    direction.is_none_or(|direction| {
        answers(story, segment, segment.from, &direction.from)
            && answers(story, segment, segment.from.other(), &direction.to)
    })
}

/// Whether the end on that side goes by that name, then or now.
fn answers(story: &Story, segment: &SegmentMoment, side: Side, name: &str) -> bool {
    let then = &segment.names[usize::from(side != segment.from)];
    then.answers_to(name)
        || story
            .connection(segment.connection)
            .is_some_and(|connection| connection.end(side).name.answers_to(name))
}

fn is_of_named(story: &Story, patterns: &[SegmentPattern], segment: &SegmentMoment) -> bool {
    let mut names = patterns
        .iter()
        .filter_map(|pattern| pattern.direction.as_ref())
        .flat_map(|direction| [&direction.from, &direction.to])
        .filter(|name| *name != "*")
        .peekable();
    names.peek().is_none()
        || names.any(|name| [Side::A, Side::B].iter().any(|s| answers(story, segment, *s, name)))
}

fn with_list(mut verdict: Verdict, segments: &[&SegmentMoment]) -> Verdict {
    verdict.seen = listed(&segments.iter().map(|segment| line(segment)).collect::<Vec<_>>());
    verdict
}

/// The last of these lines, and how many came before them.
pub(super) fn listed(lines: &[String]) -> Vec<String> {
    let skipped = lines.len().saturating_sub(LISTED);
    let before = (skipped > 0).then(|| format!("({skipped} more before)"));
    before.into_iter().chain(lines[skipped..].iter().cloned()).collect()
}

/// `#1 client>server SYN`
fn line(segment: &SegmentMoment) -> String {
    let ends = [segment.segment.src, segment.segment.dst].into_iter().zip(&segment.names);
    let named = |(address, name): (SocketAddr, &EndName)| match &name.name {
        Some(name) => name.to_string(),
        None => format!(":{}", address.port()),
    };
    let ends: Vec<String> = ends.map(named).collect();
    format!("#{} {} {}", segment.frame.0, ends.join(">"), segment.segment.flags)
}

fn words(pattern: &SegmentPattern) -> String {
    let flags = pattern.flags.flags;
    let more = if pattern.flags.at_least { "+" } else { "" };
    match &pattern.direction {
        Some(direction) => format!("{}>{} {flags}{more}", direction.from, direction.to),
        None => format!("{flags}{more}"),
    }
}
