//! From a text to a tsquery: `to_tsquery` and its three friendlier kin.

use super::{
    Config,
    document::{Outcome, each_token},
};
use crate::{
    base::{Notice, PgError, Result},
    types::tsquery::{Draft, Operator, Parsed, Syntax, TsQuery, parse_draft},
};

/// How the text is read, and what joins the words that one operand gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryForm {
    /// `to_tsquery`: operators as written.
    Operators,
    /// `plainto_tsquery`: all words.
    Plain,
    /// `phraseto_tsquery`: all words, in this order.
    Phrase,
    /// `websearch_to_tsquery`: as search engines read it.
    Web,
}

/// Reads `text` through the dictionaries of `config`.
///
/// Errors: 42601 and 22023 (only `Operators`), 54000, 54001.
pub fn to_tsquery(config: Config, form: QueryForm, text: &str) -> Result<(TsQuery, Vec<Notice>)> {
    let syntax = match form {
        QueryForm::Operators => Syntax::Standard,
        QueryForm::Plain | QueryForm::Phrase => Syntax::Plain,
        QueryForm::Web => Syntax::Web,
    };
    let join = if form == QueryForm::Plain { Operator::And } else { Operator::Phrase(1) };
    let mut notices = Vec::new();
    let Parsed { query, notice } = parse_draft(text, syntax, &mut |operand, weights, prefix| {
        let mut words = Vec::new();
        let mut position = 0;
        each_token(config, operand, &mut notices, |_, outcome| match outcome {
            Outcome::Unmapped => {}
            Outcome::Stop => position += 1,
            Outcome::Lexeme(lexeme) => {
                position += 1;
                words.push((lexeme, position));
            }
        });
        join_words(words, join, weights, prefix, text)
    })?;
    notices.extend(notice.map(PgError::notice));
    Ok((query, notices))
}

/// Stop words between two words keep their places; those at the ends do not.
fn join_words(
    words: Vec<(String, usize)>,
    join: Operator,
    weights: u8,
    prefix: bool,
    text: &str,
) -> Result<Draft> {
    let mut whole: Option<Draft> = None;
    let mut last = 0;
    for (word, position) in words {
        if let Some(mut left) = whole.take() {
            for _ in last + 1..position {
                left = Draft::join(join, left, Draft::Stop);
            }
            let right = Draft::word(word, prefix, weights, text)?;
            whole = Some(Draft::join(join, left, right));
        } else {
            whole = Some(Draft::word(word, prefix, weights, text)?);
        }
        last = position;
    }
    Ok(whole.unwrap_or(Draft::Stop))
}
