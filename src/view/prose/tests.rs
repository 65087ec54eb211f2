use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::*;

const LOOK: Look =
    Look { width: 80, ascii: false, raw_seq: false, arithmetic: false, colour: false };

fn at(width: usize, markdown: &str) -> String {
    prose(markdown, Look { width, ..LOOK })
}

const LESSON: &str = "\
# Two calls, one connection
Here a client meets a server, and you *predict* what its kernel
will answer. **Nothing** is simulated: see [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293).

## A server that listens <!-- B4 m24 -->
A socket is only a descriptor. It needs a port, as `bind(server, 127.0.0.1:8899)` gives it,
and `listen(server, 5)`.\\
Then it waits.

1. Make `server`, a TCP socket, bind it to port 8899 of 127.0.0.1, and let it listen.
2. Connect:
   - with `connect`,
   - or without waiting, which is what `nonblock client on` is good for; then the call says EINPROGRESS.
10. Done.

- [x] bound
- [ ] connected

> It listens, but without bind() the kernel chose its port.
>
> Nobody could know the number.

```python
s = socket.socket()
s.connect((\"127.0.0.1\", 8899))  # and what stands far to the right goes on below on narrow screens

s.close()
```

| state | who | what it waits for |
|:--|:-:|--:|
| `FIN-WAIT-2` | closed first | the peer's FIN: it may take hours, as long as its program likes |
| `LAST-ACK` | closed second | an ACK |

***

### The end
";

#[test]
fn a_lesson_on_eighty_columns() {
    insta::assert_snapshot!(at(80, LESSON), @r#"
    Two calls, one connection
    ═════════════════════════

    Here a client meets a server, and you _predict_ what its kernel will answer.
    *Nothing* is simulated: see RFC 9293 (https://www.rfc-editor.org/rfc/rfc9293).

    A server that listens
    ─────────────────────

    A socket is only a descriptor. It needs a port, as
    `bind(server, 127.0.0.1:8899)` gives it, and `listen(server, 5)`.
    Then it waits.

    1. Make `server`, a TCP socket, bind it to port 8899 of 127.0.0.1, and let it
       listen.
    2. Connect:
       • with `connect`,
       • or without waiting, which is what `nonblock client on` is good for; then
         the call says EINPROGRESS.
    3. Done.

    [x] bound
    [ ] connected

    │ It listens, but without bind() the kernel chose its port.
    │
    │ Nobody could know the number.

        s = socket.socket()
        s.connect(("127.0.0.1", 8899))  # and what stands far to the right goes on
            below on narrow screens

        s.close()

    state              who                                         what it waits for
    ────────────  ─────────────  ───────────────────────────────────────────────────
    `FIN-WAIT-2`  closed first     the peer's FIN: it may take hours, as long as its
                                                                       program likes
    `LAST-ACK`    closed second                                               an ACK

    ────────────────────────────────────────────────────────────────────────────────

    The end
    ┄┄┄┄┄┄┄
    "#);
}

#[test]
fn a_lesson_on_forty_columns() {
    insta::assert_snapshot!(at(40, LESSON), @r#"
    Two calls, one connection
    ═════════════════════════

    Here a client meets a server, and you
    _predict_ what its kernel will answer.
    *Nothing* is simulated: see RFC 9293
    (https://www.rfc-editor.org/rfc/
    rfc9293).

    A server that listens
    ─────────────────────

    A socket is only a descriptor. It needs
    a port, as
    `bind(server, 127.0.0.1:8899)` gives it,
    and `listen(server, 5)`.
    Then it waits.

    1. Make `server`, a TCP socket, bind it
       to port 8899 of 127.0.0.1, and let it
       listen.
    2. Connect:
       • with `connect`,
       • or without waiting, which is what
         `nonblock client on` is good for;
         then the call says EINPROGRESS.
    3. Done.

    [x] bound
    [ ] connected

    │ It listens, but without bind() the
    │ kernel chose its port.
    │
    │ Nobody could know the number.

        s = socket.socket()
        s.connect(("127.0.0.1", 8899))  #
            and what stands far to the right
            goes on below on narrow screens

        s.close()

    state             who      what it waits
                                         for
    ────────────  ───────────  ─────────────
    `FIN-WAIT-2`    closed        the peer's
                     first       FIN: it may
                                 take hours,
                                  as long as
                                 its program
                                       likes
    `LAST-ACK`      closed            an ACK
                    second

    ────────────────────────────────────────

    The end
    ┄┄┄┄┄┄┄
    "#);
}

#[test]
fn on_a_wide_screen_only_what_is_no_running_text_is_wider() {
    insta::assert_snapshot!(at(120, LESSON), @r#"
    Two calls, one connection
    ═════════════════════════

    Here a client meets a server, and you _predict_ what its kernel will answer.
    *Nothing* is simulated: see RFC 9293 (https://www.rfc-editor.org/rfc/rfc9293).

    A server that listens
    ─────────────────────

    A socket is only a descriptor. It needs a port, as
    `bind(server, 127.0.0.1:8899)` gives it, and `listen(server, 5)`.
    Then it waits.

    1. Make `server`, a TCP socket, bind it to port 8899 of 127.0.0.1, and let it
       listen.
    2. Connect:
       • with `connect`,
       • or without waiting, which is what `nonblock client on` is good for; then
         the call says EINPROGRESS.
    3. Done.

    [x] bound
    [ ] connected

    │ It listens, but without bind() the kernel chose its port.
    │
    │ Nobody could know the number.

        s = socket.socket()
        s.connect(("127.0.0.1", 8899))  # and what stands far to the right goes on below on narrow screens

        s.close()

    state              who                                                     what it waits for
    ────────────  ─────────────  ───────────────────────────────────────────────────────────────
    `FIN-WAIT-2`  closed first   the peer's FIN: it may take hours, as long as its program likes
    `LAST-ACK`    closed second                                                           an ACK

    ────────────────────────────────────────────────────────────────────────────────

    The end
    ┄┄┄┄┄┄┄
    "#);
}

#[test]
fn with_ascii_what_we_add_is_ascii_and_letters_stay() {
    let look = Look { ascii: true, width: 40, ..LOOK };
    let markdown = "# Größe\n> 引用 *é*\n\n- a\n\n| é | 你 |\n|--|--|\n| 1 | 2 |\n\n---\n\n\
                    ## b\n### c\n\n    code that is far too long for a screen like this one";
    insta::assert_snapshot!(prose(markdown, look), @"
    Größe
    =====

    > 引用 _é_

    - a

    é  你
    -  --
    1  2

    ----------------------------------------

    b
    -

    c
    .

        code that is far too long for a
            screen like this one
    ");
}

const CHINESE: &str = "\
## 三次握手
客户端先发送 SYN，服务器用 `SYN,ACK` 回答（这一步由内核完成，程序不知道），最后客户端再确认。
**连接**由四个数确定：两个地址、两个端口。“半开”的连接，见《TCP/IP 详解》第 18 章。

- 第一步：`connect(client, server)` 发送 SYN，然后等待；这时状态是 SYN-SENT。
- 第二步……

| 状态 | 谁 |
|--|--|
| `TIME-WAIT` | 先关闭的一方 |
| 已建立 | 双方 |
";

#[test]
fn chinese_is_broken_between_its_characters_and_no_line_begins_with_a_full_stop() {
    insta::assert_snapshot!(at(40, CHINESE), @"
    三次握手
    ────────

    客户端先发送 SYN，服务器用 `SYN,ACK` 回
    答（这一步由内核完成，程序不知道），最后
    客户端再确认。*连接*由四个数确定：两个地
    址、两个端口。“半开”的连接，见《TCP/IP
    详解》第 18 章。

    • 第一步：`connect(client, server)` 发送
      SYN，然后等待；这时状态是 SYN-SENT。
    • 第二步……

    状态         谁
    ───────────  ────────────
    `TIME-WAIT`  先关闭的一方
    已建立       双方
    ");
    for width in 20..=100 {
        for line in at(width, CHINESE).lines() {
            assert!(line.width() <= width, "{width}: {line}");
            let start = line.trim_start().chars().next();
            assert!(!start.is_some_and(|c| "。，、；：！？）》”…".contains(c)), "{width}: {line}");
            assert!(!line.ends_with(['（', '《', '“']), "{width}: {line}");
        }
    }
}

#[test]
fn colour_says_what_signs_say_without_it() {
    let look = Look { colour: true, ..LOOK };
    let shown = prose("## a `b`\n*c* **d** `e` [f](g)", look);
    assert_eq!(
        shown,
        "\x1b[1ma \x1b[0m\x1b[34mb\x1b[0m\n\x1b[2m───\x1b[0m\n\n\x1b[4mc\x1b[0m \x1b[1md\x1b[0m \
         \x1b[34me\x1b[0m f\x1b[2m (g)\x1b[0m\n"
    );
    assert_eq!(at(80, "*c* **d** `e` [f](g)"), "_c_ *d* `e` f (g)\n");
}

#[test]
fn code_is_not_broken_where_it_fits_on_a_line() {
    insta::assert_snapshot!(at(30, "Then type `connect client server`, and wait."), @"
    Then type
    `connect client server`, and
    wait.
    ");
    insta::assert_snapshot!(at(24, "Then `connect client 127.0.0.1:8899 and wait` again."), @"
    Then `connect client
    127.0.0.1:8899 and wait`
    again.
    ");
}

#[test]
fn a_link_that_says_where_it_leads_says_it_once() {
    assert_eq!(at(80, "<https://a.b> <me@a.b> [`x`](x)"), "https://a.b me@a.b `x`\n");
}

#[test]
fn comments_are_not_shown_and_other_html_is_text() {
    assert_eq!(at(80, "a <!-- b --> <b>c</b><br>d"), "a <b>c</b>\nd\n");
    assert_eq!(at(80, "<!--\nx\n-->\n\na"), "a\n");
    assert_eq!(at(80, "<div>\nx\n</div>"), "<div> x </div>\n");
}

#[test]
fn items_apart_stay_apart_and_numbers_are_aligned() {
    insta::assert_snapshot!(at(40, "9. a\n\n   b\n\n10. c\n    > d\n"), @"
     9. a

        b

    10. c

        │ d
    ");
}

#[test]
fn a_table_that_is_too_wide_in_every_way_becomes_lines() {
    let columns = |text: &str| format!("|{}\n", format!("{text}|").repeat(9));
    let table = columns("head") + &columns("--") + &columns("a long cell") + &columns("b");
    let shown = at(40, &table);
    assert!(shown.starts_with("head: a long cell\nhead: a long cell\n"), "{shown}");
    assert!(shown.contains("\n\nhead: b\n"), "{shown}");
}

#[test]
fn a_heading_is_one_line_of_markdown() {
    assert_eq!(
        heading("What `recv` says\nof 1. <!-- B1 -->", LOOK),
        "What `recv` says of 1.\n──────────────────────\n"
    );
    assert_eq!(heading("", LOOK), "");
}

#[test]
fn nothing_gives_nothing() {
    for empty in ["", "\n\n", "<!-- a -->", "[a]: b"] {
        assert_eq!(at(80, empty), "");
    }
}

#[test]
fn what_a_terminal_obeys_is_escaped() {
    let hostile = "# \x1b[2J\n\x07 `\x1b]0;x\x07` \u{202e} \u{9b}31m\n\n    \x1b[1m\tx\n\n| \x1b |\n|--|\n| \0 |\n\
                   [a](<\x1b>) &#27; \u{200b}";
    let shown = at(80, hostile);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    assert!(!shown.contains(['\u{202e}', '\u{200b}']), "{shown:?}");
}

#[test]
fn depth_has_an_end() {
    let deep = "> - ".repeat(5000) + "x";
    let shown = at(40, &deep);
    assert!(shown.ends_with("x\n") && shown.lines().all(|line| line.width() <= 40), "{shown}");
    let numbers = "123456789. ".repeat(20) + "x";
    let shown = at(40, &numbers);
    assert!(shown.lines().all(|line| line.width() <= 40), "{shown}");
}

fn any_markdown() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "word ",
        "长的文字，",
        "`co de`",
        "**b** ",
        "*e* ",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "> ",
        "# ",
        "```\n",
        "    ",
        "| a | b |\n|--|:-:|\n| c c c | d |\n",
        "[l](u) ",
        "<b>",
        "<!-- c -->",
        "\x1b[1m",
        "\t",
        "---\n",
        "\\\n",
        "averyverylongwordthatfitsonnoline ",
        "[x] ",
        "é",
        "👍🏽",
        "\u{301}",
        "(",
        "“",
        "”。",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_screen_and_none_has_controls(
        markdown in any_markdown(),
        width in 20..130_usize,
        ascii: bool,
    ) {
        let shown = prose(&markdown, Look { width, ascii, ..LOOK });
        prop_assert!(shown.is_empty() || shown.ends_with('\n') && !shown.ends_with("\n\n"), "{shown}");
        prop_assert!(!shown.starts_with('\n'), "{}", shown);
        for line in shown.lines() {
            prop_assert!(line.width() <= width, "{}", line);
            prop_assert!(!line.ends_with(char::is_whitespace), "{:?}", line);
            prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
        }
    }

    #[test]
    fn colour_changes_no_letter(words in "[a-z][a-z ]{0,80}", width in 20..130_usize) {
        let look = Look { width, ..LOOK };
        prop_assert_eq!(prose(&words, Look { colour: true, ..look }), prose(&words, look));
    }
}
