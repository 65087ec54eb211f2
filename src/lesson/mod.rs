//! Lessons: Markdown files with steps, tasks that the trace judges, and questions.
//!
//! A file becomes a [`Lesson`] or an error with its place. Who takes it is the business of the
//! session; here is what can be said without one: what a lesson holds, what an answer means and
//! how it is graded, how far the learner has come, what a teacher is told.

mod answer;
mod course;
mod curriculum;
mod document;
mod front_matter;
mod grade;
mod lines;
mod messages;
mod model;
mod progress;
mod question;
mod read;
mod report;
mod task;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Fields, Returned, Unreadable};
pub use course::{Course, Folder, Language, Unknown};
pub use curriculum::{MISCONCEPTIONS, Row, Taught};
pub use grade::{Mark, Truth, grade};
pub use lines::Line;
pub use messages::{Messages, filled};
pub use model::{Item, Lesson, Step};
pub use progress::{Progress, Stand};
pub use question::{Asked, Choice, Mistaken, Question};
pub use read::{LONGEST, read};
pub use report::{Deed, Report, StepReport};
pub use task::{Expected, Task, Wrong};
