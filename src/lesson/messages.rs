//! What the program itself says in lessons: one table for each language.

use serde::Deserialize;

/// The sentences, from `lessons/messages.toml`, where they are read best. `{words}` in braces are
/// filled in.
#[expect(missing_docs, reason = "the English table says what each is")]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    pub step: String,
    pub of_minutes: String,
    pub your_turn: String,
    pub your_turn_first: String,
    pub holds: String,
    pub task_done: String,
    pub right: String,
    pub goes_on: String,
    pub lesson_done: String,
    pub next_lesson: String,
    pub all_done: String,
    pub needs: String,
    pub resumed: String,
    pub restarted: String,
    pub ask_choice: String,
    pub ask_number: String,
    pub ask_flags: String,
    pub ask_state: String,
    pub ask_segment: String,
    pub ask_return: String,
    pub wrong: String,
    pub wrong_is: String,
    pub wrong_stands: String,
    pub wrong_try: String,
    pub mark_right: String,
    pub mark_wrong: String,
    pub mark_missing: String,
    pub no_truth: String,
    pub unreadable: String,
    pub hint: String,
    pub hint_last: String,
    pub hint_last_bare: String,
    pub hint_none: String,
    pub nothing_asked: String,
    pub solution_line: String,
    pub solution_all: String,
    pub solution_forbidden: String,
    pub solution_answer: String,
    pub skip_forbidden: String,
    pub skipped: String,
    pub left: String,
    pub nothing_runs: String,
    pub again: String,
    pub restore_failed: String,
    pub undone: String,
    pub impossible: String,
    pub closed: String,
    pub no_capture: String,
    pub no_capture_lesson: String,
    pub progress_damaged: String,
    pub progress_unwritable: String,
    pub progress_line: String,
    pub map_done: String,
    pub map_at: String,
    pub map_next: String,
    pub map_hint: String,
    pub still_to_do: String,
    pub lab_failed: String,
    pub why_refusal: String,
    pub why_reset: String,
    pub why_syn: String,
    pub why_syn_ack: String,
    pub why_fin: String,
    pub why_probe: String,
    pub why_again: String,
    pub why_data: String,
    pub why_ack_of: String,
    pub why_ack_alone: String,
    pub why_seq_syn: String,
    pub why_seq_probe: String,
    pub why_seq_again: String,
    pub why_seq_first: String,
    pub why_seq_bytes: String,
    pub why_seq_fin: String,
    pub why_seq_bytes_fin: String,
    pub why_ack_none: String,
    pub why_ack_next: String,
    pub why_ack_bytes: String,
    pub why_ack_one: String,
    pub why_ack_bytes_one: String,
    pub why_len_none: String,
    pub why_len_bytes: String,
    pub grade_passed: String,
    pub grade_failed: String,
}

impl Messages {
    /// Reads the English table, and one that takes the place of what it has.
    pub(super) fn read(english: &str, translated: &str) -> Messages {
        let table = |text: &str| text.parse::<toml::Table>().unwrap_or_default();
        let mut all = table(english);
        all.extend(table(translated));
        all.try_into().unwrap_or_default()
    }
}

/// A sentence with its `{words}` filled in.
pub fn filled(sentence: &str, words: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let Some(close) = rest.find('}') else { break };
        let name = &rest[1..close];
        match words.iter().find(|(word, _)| *word == name) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&rest[..=close]),
        }
        rest = &rest[close + 1..];
    }
    out + rest
}
