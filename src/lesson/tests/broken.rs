//! What is wrong with a file: where, what, and what was expected.

use crate::command::render;
use crate::lesson::read;

/// The error that a file of one step with this body gives, as it is drawn.
fn drawn(body: &str) -> String {
    of(&super::file(body))
}

fn of(text: &str) -> String {
    let error = read("x.md", text).expect_err("it is broken");
    render("x.md", 1, text, &error)
}

const TASK: &str = "```try\nclose s\n```\n```expect\nstate s CLOSED\n```\n";

#[test]
fn a_command_that_does_not_parse_is_pointed_at_in_the_file() {
    insta::assert_snapshot!(drawn("```try\nclose s\nconect c s\n```\n"), @"
    x.md:7:1: unknown command `conect`
      conect c s
      ^~~~~~
      did you mean `connect`?
      expected a command; `help` lists them
    ");
}

#[test]
fn so_is_an_expectation() {
    insta::assert_snapshot!(drawn("```try\nclose s\n```\n```expect\n  state s CLOSD\n```\n"), @"
    x.md:9:11: `CLOSD` is not a state
        state s CLOSD
                ^~~~~
      did you mean `CLOSED`?
      expected a state, as ESTABLISHED or TIME-WAIT
    ");
    insta::assert_snapshot!(drawn("```try\nclose s\n```\n```expect\nclose s\n```\n"), @"
    x.md:9:1: `expect` knows no `close`
      close s
      ^~~~~
      expected return, errno, data, eof, blocked, state, sockname, peername, option, unread, queue, info, sees, exactly, never, count, role, datagrams or counter
    ");
}

#[test]
fn the_front_matter_is_told_of_by_its_line() {
    insta::assert_snapshot!(of("+++\ntitle = \"T\"\ncolour = 1\n+++\n"), @r#"
    x.md:3:1: unknown field `colour`, expected one of `title`, `minutes`, `needs`, `covers`, `misconceptions`, `skip`, `solution`
      colour = 1
      ^~~~~~
      expected title = "…", and if needed minutes, needs, covers, misconceptions, skip, solution
    "#);
    insta::assert_snapshot!(of("+++\ntitle = \"T\"\ncovers = [\"A9\"]\n+++\n"), @r#"
    x.md:3:11: the curriculum has no row "A9"
      covers = ["A9"]
                ^~~~
      expected A1 to A4, B1 to B8, C1 to C4, D1 to D3, E1 to E7
    "#);
    assert!(of("+++\ntitle = \"T\"\nmisconceptions = [37]\n+++\n").starts_with("x.md:3:19: "));
    assert!(of("# No front matter\n").starts_with("x.md:1:1: a lesson begins with its title"));
}

#[test]
fn blocks_that_are_misspelled_unclosed_empty_or_misplaced_are_told_of() {
    for (body, says) in [
        ("```expct\nstate s CLOSED\n```\n", "x.md:5:4: a lesson has no block `expct`"),
        ("```try\nclose s\n", "x.md:5:4: this block is never closed"),
        ("```try\nclose s\n```\n```expect\n```\n", "x.md:8:4: this `expect` is empty"),
        ("```hint\nx\n```\n", "x.md:5:4: this `hint` belongs to nothing"),
        (
            "```ask\nx?\n- [x] a\n- [ ] b => c\n```\n```wrong\nclose s\nwhen eof\n=> x\n```\n",
            "x.md:10:4: this `wrong` belongs to nothing",
        ),
        ("```lab loud\nclose s\n```\n", "x.md:5:4: `lab` takes no such words"),
        ("```try\nclose s\n```\n", "x.md:4:1: the task of line 5 expects nothing"),
        ("Only words.\n", "x.md:4:1: nothing is done in this step"),
    ] {
        let drawn = drawn(body);
        assert!(drawn.starts_with(says), "{drawn}");
        assert!(drawn.contains("expected") || drawn.contains("did you mean"), "{drawn}");
    }
    let early = "+++\ntitle = \"T\"\n+++\n```lab\nreset\n```\n## A step\n";
    assert!(of(early).starts_with("x.md:4:4: this block stands before the first step"));
    let none = "+++\ntitle = \"T\"\n+++\nWords.\n";
    assert!(of(none).starts_with("x.md:4:7: this lesson has no step"), "{}", of(none));
}

#[test]
fn a_question_that_cannot_be_graded_is_told_of() {
    for (words, body, says) in [
        ("ask", "What?\n- [ ] a => no\n- [ ] b => no", "no choice is marked as right"),
        ("ask", "What?\n- [x] a", "fewer than two choices"),
        ("ask", "What?\n- [x] a\n- [ ] b", "this wrong choice has no feedback"),
        ("ask", "- [x] a\n- [ ] b => no", "this question asks nothing"),
        ("ask number", "What?", "the right answer is missing"),
        ("ask number", "What?\n= many", "this is no answer to the question"),
        ("ask number", "What?\n= 1\n! 2", "this wrong answer has no feedback"),
        ("ask number of colour s", "What?", "`colour` is no quantity"),
        ("ask segment", "What?\n= SYN", "nothing is predicted"),
        ("ask segment", "What?\n= SYN\n> nxet", "unknown command `nxet`"),
        ("ask riddle", "What?\n= 1", "there is no such question"),
        ("ask flags", "What?\n= SYN\nleft over", "this line belongs to nothing"),
    ] {
        let drawn = drawn(&format!("```{words}\n{body}\n```\n"));
        assert!(drawn.contains(says), "{words}: {drawn}");
        assert!(drawn.contains("expected") || drawn.contains("did you mean"), "{drawn}");
    }
}

#[test]
fn a_mistake_that_cannot_be_known_is_told_of() {
    for (body, says) in [
        ("close s\n=> x", "can't be known from the trace"),
        ("close s\nwhen eof", "has no feedback"),
        ("when eof\n=> x", "no attempt is shown"),
    ] {
        let drawn = drawn(&format!("{TASK}```wrong\n{body}\n```\n"));
        assert!(drawn.contains(says), "{drawn}");
    }
}

#[test]
fn what_no_step_is_noted_to_teach_is_not_claimed() {
    let text =
        format!("+++\ntitle = \"T\"\ncovers = [\"B4\", \"A1\"]\n+++\n## S <!-- B4 -->\n{TASK}");
    assert!(of(&text).contains("no step is noted to teach A1"));
}
