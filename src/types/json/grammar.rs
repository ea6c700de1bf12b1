//! The JSON grammar over tokens; what is made of it is the sink's business.

use std::borrow::Cow;

use super::{
    failure::Problem,
    lexer::{Lexer, Strings, Token},
};
use crate::base::Result;

/// Arrays and objects inside of each other, at most: what walks a tree recurses.
pub const DEPTH_MAX: usize = 1_000;

/// Makes values of what the grammar finds.
pub trait Sink<'a> {
    type Value;
    fn null(&mut self) -> Self::Value;
    fn bool(&mut self, value: bool) -> Self::Value;
    /// Errors: 22003 if the number is out of range.
    fn number(&mut self, text: &'a str) -> Result<Self::Value>;
    fn string(&mut self, text: Cow<'a, str>) -> Self::Value;
    fn array(&mut self, elements: Vec<Self::Value>) -> Self::Value;
    fn object(&mut self, members: Vec<(Cow<'a, str>, Self::Value)>) -> Self::Value;
    /// Whether `object` wants its members.
    const KEEPS: bool;
}

/// Only checks.
pub struct Nothing;

impl<'a> Sink<'a> for Nothing {
    type Value = ();
    const KEEPS: bool = false;
    fn null(&mut self) {}
    fn bool(&mut self, _: bool) {}
    fn number(&mut self, _: &'a str) -> Result<()> {
        Ok(())
    }
    fn string(&mut self, _: Cow<'a, str>) {}
    fn array(&mut self, _: Vec<()>) {}
    fn object(&mut self, _: Vec<(Cow<'a, str>, ())>) {}
}

/// A container whose end has not come yet.
enum Open<'a, V> {
    Array(Vec<V>),
    /// The members so far, and the key whose value is being read.
    Object(Vec<(Cow<'a, str>, V)>, Cow<'a, str>),
}

/// Parses a whole text. Errors: 22P02, 22P05, 54001, and the sink's.
///
/// Open containers are kept on a heap stack: the depth that can be read does not depend on the
/// thread's.
pub fn parse<'a, S: Sink<'a>>(input: &'a str, strings: Strings, sink: &mut S) -> Result<S::Value> {
    let mut parser = Parser { lexer: Lexer::new(input, strings), sink };
    let value = parser.value()?;
    match parser.next()? {
        Token::End => Ok(value),
        _ => Err(Problem::ExpectedEnd.report(&parser.lexer)),
    }
}

struct Parser<'a, 's, S> {
    lexer: Lexer<'a>,
    sink: &'s mut S,
}

impl<'a, S: Sink<'a>> Parser<'a, '_, S> {
    fn next(&mut self) -> Result<Token<'a>> {
        let token = self.lexer.next();
        token.map_err(|problem| problem.report(&self.lexer))
    }

    /// The report for a token that does not fit.
    fn unexpected<T>(&self, token: &Token, problem: Problem) -> Result<T> {
        let problem = if *token == Token::End { Problem::ExpectedMore } else { problem };
        Err(problem.report(&self.lexer))
    }

    fn value(&mut self) -> Result<S::Value> {
        let mut open: Vec<Open<'a, S::Value>> = Vec::new();
        let mut token = self.next()?;
        let mut expected = Problem::ExpectedValue;
        loop {
            let mut value = match token {
                Token::Null => self.sink.null(),
                Token::True => self.sink.bool(true),
                Token::False => self.sink.bool(false),
                Token::Number(text) => self.sink.number(text)?,
                Token::String(text) => self.sink.string(text),
                Token::ArrayStart | Token::ObjectStart if open.len() == DEPTH_MAX => {
                    return Err(Problem::TooDeep.report(&self.lexer));
                }
                Token::ArrayStart => {
                    token = self.next()?;
                    if token != Token::ArrayEnd {
                        open.push(Open::Array(Vec::new()));
                        expected = Problem::ExpectedArrayFirst;
                        continue;
                    }
                    self.sink.array(Vec::new())
                }
                Token::ObjectStart => {
                    token = self.next()?;
                    if token != Token::ObjectEnd {
                        let key = self.key(token, Problem::ExpectedObjectFirst)?;
                        open.push(Open::Object(Vec::new(), key));
                        token = self.next()?;
                        expected = Problem::ExpectedValue;
                        continue;
                    }
                    self.sink.object(Vec::new())
                }
                other => return self.unexpected(&other, expected),
            };
            // A value is complete: it goes to its container, which may be complete then too.
            loop {
                match open.pop() {
                    None => return Ok(value),
                    Some(Open::Array(mut elements)) => {
                        elements.push(value);
                        match self.next()? {
                            Token::Comma => open.push(Open::Array(elements)),
                            Token::ArrayEnd => {
                                value = self.sink.array(elements);
                                continue;
                            }
                            other => return self.unexpected(&other, Problem::ExpectedArrayNext),
                        }
                    }
                    Some(Open::Object(mut members, key)) => {
                        if S::KEEPS {
                            members.push((key, value));
                        }
                        match self.next()? {
                            Token::Comma => {
                                let name = self.next()?;
                                let key = self.key(name, Problem::ExpectedString)?;
                                open.push(Open::Object(members, key));
                            }
                            Token::ObjectEnd => {
                                value = self.sink.object(members);
                                continue;
                            }
                            other => return self.unexpected(&other, Problem::ExpectedObjectNext),
                        }
                    }
                }
                break;
            }
            token = self.next()?;
            expected = Problem::ExpectedValue;
        }
    }

    /// A key and its colon.
    fn key(&mut self, token: Token<'a>, expected: Problem) -> Result<Cow<'a, str>> {
        let Token::String(key) = token else { return self.unexpected(&token, expected) };
        match self.next()? {
            Token::Colon => Ok(key),
            other => self.unexpected(&other, Problem::ExpectedColon),
        }
    }
}
