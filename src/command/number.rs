//! Numbers as the language writes them: `5`, `30%`, `+100`.

use super::argument::{Kind, Value};
use super::error::quoted;
use super::read::{Refusal, Tokens};
use super::{Amount, Spanned, SyntaxError};

/// Reads a whole number in a range, both ends included.
pub(super) fn whole(
    kind: &Kind,
    tokens: &mut Tokens,
    least: i64,
    most: i64,
) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let digits = token.text.strip_prefix('-').unwrap_or(token.text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Other);
    }
    match token.text.parse::<i64>() {
        Ok(value) if (least..=most).contains(&value) => {
            Ok(Value::Number(Spanned { value, span: token.span.clone() }))
        }
        _ => Err(SyntaxError::new(
            token.span.clone(),
            format!("{} is out of range", quoted(token.text)),
        )
        .expected(kind.wanted())
        .into()),
    }
}

/// Reads an amount: `5`, or `5+` for at least.
pub(super) fn amount(kind: &Kind, tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let (digits, at_least) = match token.text.strip_suffix('+') {
        Some(digits) => (digits, true),
        None => (token.text, false),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Other);
    }
    match digits.parse() {
        Ok(number) => Ok(Value::Amount(Amount { number, at_least })),
        Err(_) => Err(SyntaxError::new(
            token.span.clone(),
            format!("{} is out of range", quoted(token.text)),
        )
        .expected(kind.wanted())
        .into()),
    }
}

/// Reads a percentage: more than 0, at most 100.
pub(super) fn percent(kind: &Kind, tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let error = |wrong: &str| {
        SyntaxError::new(token.span.clone(), quoted(token.text) + wrong).expected(kind.wanted())
    };
    let number = token.text.strip_suffix('%').unwrap_or(token.text);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let percent: f64 = number.parse().ok().filter(|_| is_number).ok_or(Refusal::Other)?;
    if number == token.text {
        let meant = (number.len() < 20).then(|| format!("{number}%"));
        return Err(error(" has no %").suggest(meant).into());
    }
    if percent > 0.0 && percent <= 100.0 {
        return Ok(Value::Percent(percent));
    }
    Err(error(" is out of range").into())
}

/// Reads a distance on the circle of sequence numbers: `+0`, `-1`.
pub(super) fn offset(kind: &Kind, tokens: &mut Tokens) -> Result<Value, Refusal> {
    let token = tokens.word()?;
    let error = |wrong: &str| {
        SyntaxError::new(token.span.clone(), quoted(token.text) + wrong).expected(kind.wanted())
    };
    let digits = token.text.strip_prefix(['+', '-']).unwrap_or(token.text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::Other);
    }
    if digits == token.text {
        let meant = (digits.len() < 20).then(|| format!("+{digits}"));
        return Err(error(" has no sign").suggest(meant).into());
    }
    let most = i64::from(u32::MAX);
    match token.text.parse() {
        Ok(value) if (-most..=most).contains(&value) => {
            Ok(Value::Number(Spanned { value, span: token.span.clone() }))
        }
        _ => Err(error(" is more than all sequence numbers").into()),
    }
}
