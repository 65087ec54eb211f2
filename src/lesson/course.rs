//! The lessons that the program carries with it, in an order that carries a beginner.

use super::{Lesson, Messages, front_matter, read};
use crate::command::{SyntaxError, nearest};

/// Every file of `lessons/`: its path there, and what it holds.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

/// A language that lessons are written in, by its two letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(String);

/// The lessons in one language. What isn't translated is English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    language: Language,
}

/// Where a lesson's other files are, as captures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// In the program.
    Built,
    /// In this folder.
    At(std::path::PathBuf),
}

/// There is no such lesson.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no lesson `{name}`{}", .near.as_ref().map_or_else(
    || "; `lessons` lists them, and a file is named by its path, as ./mine.md".to_owned(),
    |near| format!("; did you mean `{near}`?"),
))]
pub struct Unknown {
    /// What was asked for.
    pub name: String,
    /// What was probably meant.
    pub near: Option<String>,
}

impl Language {
    /// English.
    pub fn english() -> Language {
        Language("en".to_owned())
    }

    /// That of a locale as `zh_CN.UTF-8`, or of two letters, if there are lessons in it.
    pub fn of_locale(locale: &str) -> Option<Language> {
        let letters: String = locale.chars().take_while(char::is_ascii_alphabetic).collect();
        let letters = letters.to_ascii_lowercase();
        Language::all().into_iter().find(|language| language.0 == letters)
    }

    /// Every language that there are lessons in.
    pub fn all() -> Vec<Language> {
        let mut all = vec![Language::english()];
        for (path, _) in FILES {
            if let Some((folder, _)) = path.split_once('/')
                && folder.len() == 2
                && all.iter().all(|language| language.0 != folder)
            {
                all.push(Language(folder.to_owned()));
            }
        }
        all
    }

    /// Its two letters.
    pub fn letters(&self) -> &str {
        &self.0
    }
}

impl Course {
    /// The course in that language.
    pub fn new(language: Language) -> Course {
        Course { language }
    }

    /// Its language.
    pub fn language(&self) -> &Language {
        &self.language
    }

    /// The names of all lessons, in their order.
    pub fn names(&self) -> Vec<&'static str> {
        stems().map(name_of).collect()
    }

    /// The name of the lesson that `word` means: a name, an unambiguous beginning of one, or its
    /// number.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, word: &str) -> Result<&'static str, Unknown> {
        let names = self.names();
        let by_number = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(name) = by_number.and_then(|index| names.get(index)) {
            return Ok(name);
        }
        let word = word.strip_suffix(".md").unwrap_or(word);
        if let Some(stem) = stems().find(|stem| *stem == word) {
            return Ok(name_of(stem));
        }
        if let Some(name) = names.iter().find(|name| **name == word) {
            return Ok(name);
        }
        let mut starting = names.iter().filter(|name| !word.is_empty() && name.starts_with(word));
        match (starting.next(), starting.next()) {
            (Some(name), None) => Ok(name),
            (_, _) => Err(Unknown {
                name: word.chars().take(60).collect(),
                near: nearest(word, names.iter().copied()).map(str::to_owned),
            }),
        }
    }

    /// That lesson, in the course's language if it is translated.
    ///
    /// # Errors
    /// There is none of that name, as a lesson that couldn't be read.
    pub fn lesson(&self, name: &str) -> Result<Lesson, SyntaxError> {
        let (path, text) = self.text(name);
        read(&path, text)
    }

    /// The title of each lesson, in order: only the heads of the files are read, for those who ask
    /// while a line is typed.
    pub fn titles(&self) -> Vec<(&'static str, String)> {
        let title = |name| (name, front_matter::title(self.text(name).1).unwrap_or_default());
        self.names().into_iter().map(title).collect()
    }

    /// The file of that lesson, in the course's language if it is translated, and what it holds.
    fn text(&self, name: &str) -> (String, &'static str) {
        let stem = stems().find(|stem| name_of(stem) == name).unwrap_or(name);
        let english = format!("{stem}.md");
        let translated = format!("{}/{stem}.md", self.language.0);
        let path = if file(&translated).is_some() { translated } else { english };
        let text = file(&path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        (path, text.unwrap_or_default())
    }

    /// Every lesson, in order. One that can't be read, which the tests rule out, is left out.
    pub fn lessons(&self) -> Vec<Lesson> {
        self.names().into_iter().filter_map(|name| self.lesson(name).ok()).collect()
    }

    /// What the program itself says in lessons.
    pub fn messages(&self) -> Messages {
        const FILE: &str = "messages.toml";
        let text = |path: &str| file(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let translated = text(&format!("{}/{FILE}", self.language.0));
        Messages::read(text(FILE).unwrap_or_default(), translated.unwrap_or_default())
    }
}

/// What a file of `lessons/` holds.
pub(super) fn file(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
}

impl Folder {
    /// A file of the lesson's own.
    pub fn file(&self, path: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
        match self {
            Folder::Built => file(path).map(Into::into),
            Folder::At(folder) => std::fs::read(folder.join(path)).ok().map(Into::into),
        }
    }
}

/// The English lessons' files without their ending: `01-telephone`.
fn stems() -> impl Iterator<Item = &'static str> {
    FILES.iter().filter_map(|(path, _)| {
        let stem = path.strip_suffix(".md")?;
        let is_lesson = !path.contains('/') && stem.starts_with(|c: char| c.is_ascii_digit());
        is_lesson.then_some(stem)
    })
}

fn name_of(stem: &'static str) -> &'static str {
    stem.split_once('-').map_or(stem, |(_, name)| name)
}
