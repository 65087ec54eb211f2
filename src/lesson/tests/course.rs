//! The lessons that the program carries with it.

use std::collections::BTreeSet;

use crate::lesson::{Course, Language, Lesson, Progress, Stand, Taught};

fn english() -> Course {
    Course::new(Language::english())
}

#[test]
fn every_lesson_can_be_read_in_every_language_and_needs_only_earlier_ones() {
    for language in Language::all() {
        let course = Course::new(language.clone());
        let names = course.names();
        for (at, name) in names.iter().enumerate() {
            let lesson = course.lesson(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(lesson.name, *name);
            assert!(course.titles().contains(&(name, lesson.title.clone())), "{name}");
            for needed in &lesson.needs {
                let found = names[..at].iter().any(|earlier| earlier == needed);
                assert!(found, "{name} needs {needed}, which isn't before it");
            }
            assert!((5..=30).contains(&lesson.minutes), "{name}: {} minutes", lesson.minutes);
        }
    }
}

#[test]
fn all_that_is_to_be_learned_is_taught_in_steps_that_are_checked() {
    let lessons = english().lessons();
    assert_eq!(Taught::by(&lessons).missing(), Vec::<String>::new());
    for lesson in &lessons {
        let noted = lesson
            .steps
            .iter()
            .any(|step| !step.rows.is_empty() || !step.misconceptions.is_empty());
        assert!(
            noted || lesson.rows.is_empty() && lesson.misconceptions.is_empty(),
            "{}",
            lesson.name
        );
    }
}

/// What a translation must have in common with the original.
fn skeleton(lesson: &Lesson) -> Vec<String> {
    use crate::lesson::Item;
    let lines = |lines: &[crate::lesson::Line]| {
        lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>().join("; ")
    };
    let mut all = Vec::new();
    for step in &lesson.steps {
        all.push(format!("step {:?} {:?}", step.rows, step.misconceptions));
        for item in &step.items {
            all.push(match item {
                Item::Prose(_) => continue,
                Item::Code { language, .. } => format!("code {language}"),
                Item::Lab { lines: typed, quiet } => format!("lab {quiet} {}", lines(typed)),
                Item::Task(task) => {
                    let expects: Vec<&str> = task.expects.iter().map(|e| e.text.as_str()).collect();
                    let wrongs: Vec<String> =
                        task.wrongs.iter().map(|wrong| lines(&wrong.attempt)).collect();
                    let hints = task.hints.len();
                    format!("task {} {expects:?} {wrongs:?} {hints}", lines(&task.solution))
                }
                Item::Ask(question) => format!(
                    "ask {:?} {} {} {}",
                    question.right,
                    lines(&question.then),
                    question.mistakes.len(),
                    question.hints.len()
                ),
            });
        }
    }
    all
}

#[test]
fn a_translation_does_and_asks_the_same() {
    let english = english();
    let mut translated = 0;
    for language in Language::all().into_iter().skip(1) {
        let course = Course::new(language);
        for name in course.names() {
            let (one, other) = (english.lesson(name).unwrap(), course.lesson(name).unwrap());
            assert_eq!(skeleton(&one), skeleton(&other), "{name}");
            translated += usize::from(one.title != other.title);
        }
    }
    assert!(translated >= 3, "{translated}");
}

#[test]
fn every_sentence_is_there_in_every_language_with_the_same_words_to_fill_in() {
    let table = |text: &str| text.parse::<toml::Table>().unwrap();
    let holes = |sentence: &str| -> BTreeSet<String> {
        let parts = sentence.split('{').skip(1);
        parts.filter_map(|part| part.split_once('}').map(|(word, _)| word.to_owned())).collect()
    };
    let english_table = table(include_str!("../../../lessons/messages.toml"));
    assert!(!english().messages().your_turn.is_empty(), "the table is whole");
    for language in Language::all().into_iter().skip(1) {
        let path = format!("{}/messages.toml", language.letters());
        let text = super::super::course::file(&path).expect("a table");
        let other = table(std::str::from_utf8(text).unwrap());
        for (key, sentence) in &english_table {
            let translated = other.get(key).unwrap_or_else(|| panic!("{path} lacks {key}"));
            let both = [sentence, translated].map(|value| holes(value.as_str().unwrap()));
            assert_eq!(both[0], both[1], "{path}: {key}");
        }
        assert_eq!(other.len(), english_table.len(), "{path} says more");
    }
}

#[test]
fn a_lesson_is_found_by_name_beginning_number_and_file_name() {
    let course = english();
    for word in ["telephone", "tele", "1", "01-telephone", "01-telephone.md"] {
        assert_eq!(course.find(word), Ok("telephone"), "{word}");
    }
    let near = |word: &str| course.find(word).unwrap_err().near;
    assert_eq!(near("telefone").as_deref(), Some("telephone"));
    assert_eq!(near("handshakes").as_deref(), Some("handshake"));
    assert_eq!(near("xyz"), None);
    assert_eq!((near("0"), near("999")), (None, None));
}

#[test]
fn a_locale_chooses_the_language_if_there_are_lessons_in_it() {
    let of = |locale: &str| Language::of_locale(locale).map(|l| l.letters().to_owned());
    assert_eq!(of("zh_CN.UTF-8").as_deref(), Some("zh"));
    assert_eq!(of("zh").as_deref(), Some("zh"));
    assert_eq!(of("en_US.UTF-8").as_deref(), Some("en"));
    assert_eq!((of("C.UTF-8"), of("POSIX"), of("")), (None, None, None));
}

#[test]
fn progress_goes_on_by_heading_and_survives_a_lesson_that_has_changed() {
    let stand = Stand { steps: 2, next: "Three".into(), done: false };
    assert_eq!(stand.step(&["One", "Two", "Three"]), 2);
    assert_eq!(stand.step(&["One", "New", "Two", "Three"]), 3);
    assert_eq!(stand.step(&["One", "Two", "Other"]), 2);
    assert_eq!(stand.step(&["One"]), 0);
    let done = Stand { steps: 3, next: String::new(), done: true };
    assert_eq!(done.step(&["One", "Two", "Three"]), 0);
    let mut progress = Progress::default();
    progress.lessons.insert("x".into(), stand);
    assert_eq!(Progress::read(&progress.text()), Ok(progress));
    assert!(Progress::read("{\"lessons\": 3}").is_err());
}
