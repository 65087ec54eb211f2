//! `kernel`: the kernel's settings in this lab's network.

use super::looks::blame;
use super::{Session, Stop};
use crate::command::Spanned;
use crate::network::settings::{self, Changed, SettingError};
use crate::view::explain;

impl Session {
    /// `kernel`, `kernel SETTING`, `kernel SETTING VALUE`.
    pub(super) fn kernel_setting(
        &mut self,
        text: &str,
        setting: Option<&Spanned<String>>,
        value: Option<&str>,
    ) -> Result<(), Stop> {
        let Some(name) = setting else { return self.changed_settings() };
        let raised = self.raised(&name.value);
        let result = match value {
            Some(value) => settings::set(self.lab.network(), &name.value, value).map(|before| {
                let before = raised.clone().unwrap_or(before);
                format!("  {} = {value}   (it was {before})", name.value)
            }),
            None => settings::get(&name.value).map(|holds| told(&name.value, &holds, raised)),
        };
        let lacks =
            matches!(result, Err(SettingError::HostNetwork { .. } | SettingError::Absent { .. }));
        let shown = self.or_fail(text, &name.span, result).map_err(|stop| blame(stop, lacks))?;
        if value.is_some()
            && let Some(patience) = self.lab.patience()
        {
            // Now it is the learner's, and stepping leaves it alone.
            patience.leave(&name.value);
        }
        self.say(&shown)?;
        match settings::find(&name.value) {
            Some(setting) if value.is_none() => {
                self.say(&explain::lines(&[setting.about], self.settings.look))
            }
            Some(setting) => self.explain(setting.about),
            None => Ok(()),
        }
    }

    /// What a setting held before stepping raised it, if that holds it up now.
    fn raised(&mut self, name: &str) -> Option<String> {
        let raised = self.lab.patience().as_ref().and_then(|patience| patience.raised(name));
        raised.map(|raised| raised.before.clone())
    }

    fn changed_settings(&mut self) -> Result<(), Stop> {
        let patience = self.lab.patience().as_ref();
        let line = |changed: &Changed| {
            let name = changed.setting.name;
            let raised = patience.and_then(|patience| patience.raised(name));
            told(name, &changed.value, raised.map(|raised| raised.before.clone()))
        };
        let lines: Vec<String> = settings::changed().iter().map(line).collect();
        let none = "Every setting is the lab's own. `kernel SETTING` explains one.";
        self.say_or(&lines.join("\n"), none)
    }
}

/// `  tcp_sack = 0   (the lab's own: 1)`
fn told(name: &str, holds: &str, raised: Option<String>) -> String {
    let note = match (raised, settings::find(name)) {
        (Some(before), _) => format!("   (raised while stepping; then {before} again)"),
        (None, Some(setting)) if setting.default != holds => {
            format!("   (the lab's own: {})", setting.default)
        }
        (None, Some(_) | None) => String::new(),
    };
    format!("  {name} = {holds}{note}")
}
