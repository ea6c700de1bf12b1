//! From a text to a tsvector.

use super::{
    Config,
    parser::{Parser, Token},
};
use crate::{
    base::{Notice, PgError, Result, sqlstate},
    types::tsvector::{LEXEME_BYTES_MAX, Lexeme, POSITION_MAX, Position, TsVector},
};

/// Positions that parsing keeps of one lexeme; input of a tsvector keeps one more.
const PARSED_POSITIONS_MAX: usize = 255;

/// What a configuration makes of one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No dictionary takes tokens of that kind; it has no position.
    Unmapped,
    /// A stop word: it has a position and no lexeme.
    Stop,
    Lexeme(String),
}

/// Calls `visit` with each token and its outcome. Tokens too long for a lexeme are left out with
/// a NOTICE.
pub fn each_token<'a>(
    config: Config,
    text: &'a str,
    notices: &mut Vec<Notice>,
    mut visit: impl FnMut(Token<'a>, Outcome),
) {
    for token in Parser::new(text) {
        if token.text.len() > LEXEME_BYTES_MAX {
            notices.push(too_long());
            continue;
        }
        let outcome = match config.dictionary(token.kind) {
            None => Outcome::Unmapped,
            Some(dictionary) => match dictionary.lexeme(token.text) {
                None => Outcome::Stop,
                // Lower case may be longer than what it was made of.
                Some(lexeme) if lexeme.len() > LEXEME_BYTES_MAX => {
                    notices.push(too_long());
                    continue;
                }
                Some(lexeme) => Outcome::Lexeme(lexeme),
            },
        };
        visit(token, outcome);
    }
}

fn too_long() -> Notice {
    let mut notice = PgError::notice("word is too long to be indexed")
        .detail("Words longer than 2047 characters are ignored.");
    notice.code = sqlstate::PROGRAM_LIMIT_EXCEEDED;
    notice
}

/// Collects the words of one or more texts.
#[derive(Debug)]
pub struct DocumentBuilder {
    config: Config,
    words: Vec<(String, u16)>,
    position: usize,
    pub notices: Vec<Notice>,
}

impl DocumentBuilder {
    pub fn new(config: Config) -> Self {
        Self { config, words: Vec::new(), position: 0, notices: Vec::new() }
    }

    pub fn add(&mut self, text: &str) {
        let Self { config, words, position, notices } = self;
        words.reserve(text.len() / 8);
        each_token(*config, text, notices, |_, outcome| match outcome {
            Outcome::Unmapped => {}
            Outcome::Stop => *position += 1,
            Outcome::Lexeme(lexeme) => {
                *position += 1;
                words.push((lexeme, (*position).min(usize::from(POSITION_MAX)) as u16));
            }
        });
    }

    /// Adds one value of a document of many (JSON): a phrase shall not reach over its end.
    pub fn add_value(&mut self, text: &str) {
        let words = self.words.len();
        self.add(text);
        if self.words.len() > words {
            self.position += 1;
        }
    }

    /// Errors: 54000 if the whole is too long.
    pub fn finish(self) -> Result<TsVector> {
        let mut words = self.words;
        words.sort_unstable();
        let mut lexemes: Vec<Lexeme> = Vec::with_capacity(words.len());
        for (word, at) in words {
            let position = Position::new(usize::from(at));
            match lexemes.last_mut() {
                Some(last) if last.word == word => {
                    let repeated = last.positions.last() == Some(&position);
                    if !repeated && last.positions.len() < PARSED_POSITIONS_MAX {
                        last.positions.push(position);
                    }
                }
                _ => lexemes.push(Lexeme { word, positions: vec![position] }),
            }
        }
        let vector = TsVector { lexemes };
        vector.check_size()?;
        Ok(vector)
    }
}

/// `to_tsvector(config, text)` with the NOTICEs it gives. Errors: 54000.
pub fn to_tsvector(config: Config, text: &str) -> Result<(TsVector, Vec<Notice>)> {
    let mut builder = DocumentBuilder::new(config);
    builder.add(text);
    let notices = std::mem::take(&mut builder.notices);
    Ok((builder.finish()?, notices))
}
