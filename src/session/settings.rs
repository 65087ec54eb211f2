//! What the learner can set: `set KEY VALUE`.

use super::{Session, Stop};
use crate::command::{Spanned, nearest};
use crate::view::Look;

/// How what happens is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Ladders and sentences.
    Human,
    /// One JSON object a line.
    Json,
}

/// Settings of a session.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How things look.
    pub look: Look,
    /// Whether calls are explained.
    pub explain: bool,
    /// Whether the prompt edits as vi does.
    pub vi: bool,
}

/// One setting: its key, its values, what it does.
pub struct Setting {
    /// What to type after `set`.
    pub key: &'static str,
    /// What to type after that.
    pub values: &'static [&'static str],
    /// What it does.
    pub help: &'static str,
    apply: fn(&mut Settings, usize),
    current: fn(&Settings) -> usize,
}

/// Every setting. The first value is the default.
pub const SETTINGS: [Setting; 6] = [
    Setting {
        key: "explain",
        values: &["on", "off"],
        help: "one or two lines after a call when there is something to learn",
        apply: |settings, value| settings.explain = value == 0,
        current: |settings| usize::from(!settings.explain),
    },
    Setting {
        key: "seq",
        values: &["relative", "raw"],
        help: "sequence numbers from 0, or as they are on the wire",
        apply: |settings, value| settings.look.raw_seq = value == 1,
        current: |settings| usize::from(settings.look.raw_seq),
    },
    Setting {
        key: "arithmetic",
        values: &["off", "on"],
        help: "where each acknowledgement number comes from: ack 6 = seq 1 + 5 bytes",
        apply: |settings, value| settings.look.arithmetic = value == 1,
        current: |settings| usize::from(settings.look.arithmetic),
    },
    Setting {
        key: "color",
        values: &["on", "off"],
        help: "colours",
        apply: |settings, value| settings.look.colour = value == 0,
        current: |settings| usize::from(!settings.look.colour),
    },
    Setting {
        key: "ascii",
        values: &["off", "on"],
        help: "only ASCII characters",
        apply: |settings, value| settings.look.ascii = value == 1,
        current: |settings| usize::from(settings.look.ascii),
    },
    Setting {
        key: "editor",
        values: &["emacs", "vi"],
        help: "the keys of the prompt",
        apply: |settings, value| settings.vi = value == 1,
        current: |settings| usize::from(settings.vi),
    },
];

impl Session {
    /// `set`, `set KEY`, `set KEY VALUE`.
    pub(super) fn set(
        &mut self,
        text: &str,
        key: Option<&Spanned<String>>,
        value: Option<&Spanned<String>>,
    ) -> Result<(), Stop> {
        let Some(key) = key else {
            let lines: Vec<String> = SETTINGS.iter().map(|s| self.setting_line(s)).collect();
            return self.say(&lines.join("\n"));
        };
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key.value) else {
            let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
            let hint = match nearest(&key.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: {}", known.join(", ")),
            };
            let problem = format!("there is no setting `{}`; {hint}", key.value);
            self.fail(text, &key.span, &problem)?;
            return Err(Stop::Failed);
        };
        let Some(value) = value else { return self.say(&self.setting_line(setting)) };
        let Some(index) = setting.values.iter().position(|known| *known == value.value) else {
            let problem = format!("`{}` is {}", setting.key, setting.values.join(" or "));
            self.fail(text, &value.span, &problem)?;
            return Err(Stop::Failed);
        };
        (setting.apply)(&mut self.settings, index);
        Ok(())
    }

    fn setting_line(&self, setting: &Setting) -> String {
        let current = setting.values[(setting.current)(&self.settings)];
        format!("  set {:<10} {:<8}  {}", setting.key, current, setting.help)
    }
}
