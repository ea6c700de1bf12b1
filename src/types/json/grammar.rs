//! The JSON grammar over tokens; what is made of it is the sink's business.

use std::borrow::Cow;

use super::{
    failure::Problem,
    lexer::{Lexer, Strings, Token},
};
use crate::base::Result;

/// Arrays and objects inside of each other, at most: recursion stays within a thread's stack.
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

/// Parses a whole text. Errors: 22P02, 22P05, 54001, and the sink's.
pub fn parse<'a, S: Sink<'a>>(input: &'a str, strings: Strings, sink: &mut S) -> Result<S::Value> {
    let mut parser = Parser { lexer: Lexer::new(input, strings), sink, depth: 0 };
    let first = parser.next()?;
    let value = parser.value(first, Problem::ExpectedValue)?;
    match parser.next()? {
        Token::End => Ok(value),
        _ => Err(Problem::ExpectedEnd.report(&parser.lexer)),
    }
}

struct Parser<'a, 's, S> {
    lexer: Lexer<'a>,
    sink: &'s mut S,
    depth: usize,
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

    fn value(&mut self, token: Token<'a>, expected: Problem) -> Result<S::Value> {
        Ok(match token {
            Token::Null => self.sink.null(),
            Token::True => self.sink.bool(true),
            Token::False => self.sink.bool(false),
            Token::Number(text) => self.sink.number(text)?,
            Token::String(text) => self.sink.string(text),
            Token::ArrayStart => {
                self.deeper()?;
                let value = self.array()?;
                self.depth -= 1;
                value
            }
            Token::ObjectStart => {
                self.deeper()?;
                let value = self.object()?;
                self.depth -= 1;
                value
            }
            other => return self.unexpected(&other, expected),
        })
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Problem::TooDeep.report(&self.lexer));
        }
        Ok(())
    }

    fn array(&mut self) -> Result<S::Value> {
        let mut elements = Vec::new();
        let mut token = self.next()?;
        if token == Token::ArrayEnd {
            return Ok(self.sink.array(elements));
        }
        let mut expected = Problem::ExpectedArrayFirst;
        loop {
            elements.push(self.value(token, expected)?);
            match self.next()? {
                Token::Comma => {}
                Token::ArrayEnd => return Ok(self.sink.array(elements)),
                other => return self.unexpected(&other, Problem::ExpectedArrayNext),
            }
            token = self.next()?;
            expected = Problem::ExpectedValue;
        }
    }

    fn object(&mut self) -> Result<S::Value> {
        let mut members = Vec::new();
        let mut token = self.next()?;
        if token == Token::ObjectEnd {
            return Ok(self.sink.object(members));
        }
        let mut expected = Problem::ExpectedObjectFirst;
        loop {
            let Token::String(key) = token else { return self.unexpected(&token, expected) };
            match self.next()? {
                Token::Colon => {}
                other => return self.unexpected(&other, Problem::ExpectedColon),
            }
            let token_of_value = self.next()?;
            let value = self.value(token_of_value, Problem::ExpectedValue)?;
            if S::KEEPS {
                members.push((key, value));
            }
            match self.next()? {
                Token::Comma => {}
                Token::ObjectEnd => return Ok(self.sink.object(members)),
                other => return self.unexpected(&other, Problem::ExpectedObjectNext),
            }
            token = self.next()?;
            expected = Problem::ExpectedString;
        }
    }
}
