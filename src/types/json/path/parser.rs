//! From tokens to a path.

use super::{
    lexer::{Spanned, Token, syntax_error, tokens},
    tree::{Accessor, Comparison, Expr, Method, Operator, Path, Sign},
};
use crate::{base::Result, err};

/// Expressions inside of each other, at most.
const DEPTH_MAX: usize = 200;

/// Parses a path. Errors: 42601; 22P02 for nothing at all; 2201B for a bad regular expression.
pub fn parse(text: &str) -> Result<Path> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, filters: 0, subscripts: 0 };
    if parser.peek() == &Token::End {
        return err!(
            INVALID_TEXT_REPRESENTATION,
            "invalid input syntax for type jsonpath: \"{text}\""
        );
    }
    let strict = parser.take_name("strict");
    if !strict {
        parser.take_name("lax");
    }
    let expr = parser.or()?;
    if parser.peek() != &Token::End {
        return parser.unexpected();
    }
    Ok(Path { strict, expr })
}

struct Parser<'a> {
    tokens: Vec<Spanned<'a>>,
    at: usize,
    depth: usize,
    /// Filters around this place: `@` needs one.
    filters: usize,
    /// Subscripts around this place: `last` needs one.
    subscripts: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if token != Token::End {
            self.at += 1;
        }
        token
    }

    fn unexpected<T>(&self) -> Result<T> {
        Err(syntax_error(self.tokens[self.at].1))
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.take(sign) { Ok(()) } else { self.unexpected() }
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(found) if found == name);
        self.at += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(super::super::failure::too_deep());
        }
        let mut left = self.and()?;
        while left.is_predicate() && self.take("||") {
            let right = self.predicate(Self::and)?;
            left = Expr::Or(Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn predicate(&mut self, parse: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        let expr = parse(self)?;
        if expr.is_predicate() { Ok(expr) } else { self.unexpected() }
    }

    fn and(&mut self) -> Result<Expr> {
        let mut left = self.not()?;
        while left.is_predicate() && self.take("&&") {
            let right = self.predicate(Self::not)?;
            left = Expr::And(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr> {
        if !self.take("!") {
            return self.comparison();
        }
        let expr = self.predicate(Self::primary)?;
        Ok(Expr::Not(Box::new(expr)))
    }

    fn comparison(&mut self) -> Result<Expr> {
        let left = self.additive()?;
        if left.is_predicate() {
            return Ok(left);
        }
        let comparison = match self.peek() {
            Token::Sign("==" | "=") => Some(Comparison::Equal),
            Token::Sign("!=" | "<>") => Some(Comparison::NotEqual),
            Token::Sign("<") => Some(Comparison::Less),
            Token::Sign("<=") => Some(Comparison::LessOrEqual),
            Token::Sign(">") => Some(Comparison::Greater),
            Token::Sign(">=") => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        if let Some(comparison) = comparison {
            self.at += 1;
            let right = self.additive()?;
            if right.is_predicate() {
                return self.unexpected();
            }
            return Ok(Expr::Compare(comparison, Box::new(left), Box::new(right)));
        }
        if self.take_name("starts") {
            if !self.take_name("with") {
                return self.unexpected();
            }
            let start = self.at;
            let initial = match self.next() {
                Token::String(text) => Expr::String(text),
                Token::Variable(name) => Expr::Variable(name),
                _ => {
                    self.at = start;
                    return self.unexpected();
                }
            };
            return Ok(Expr::StartsWith(Box::new(left), Box::new(initial)));
        }
        if self.take_name("like_regex") {
            let Token::String(pattern) = self.next() else { return self.unexpected() };
            let flags = if self.take_name("flag") {
                match self.next() {
                    Token::String(flags) => flags,
                    _ => return self.unexpected(),
                }
            } else {
                String::new()
            };
            super::predicate::regex(&pattern, &flags)?;
            // Each flag once, in the order they are printed.
            let flags = "ismxq".chars().filter(|flag| flags.contains(*flag)).collect();
            return Ok(Expr::LikeRegex { input: Box::new(left), pattern, flags });
        }
        Ok(left)
    }

    fn additive(&mut self) -> Result<Expr> {
        let mut left = self.multiplicative()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("+") => Operator::Add,
                Token::Sign("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            left = self.arithmetic(operator, left, Self::multiplicative)?;
        }
    }

    fn multiplicative(&mut self) -> Result<Expr> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("*") => Operator::Multiply,
                Token::Sign("/") => Operator::Divide,
                Token::Sign("%") => Operator::Modulo,
                _ => return Ok(left),
            };
            left = self.arithmetic(operator, left, Self::unary)?;
        }
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: Expr,
        operand: fn(&mut Self) -> Result<Expr>,
    ) -> Result<Expr> {
        if left.is_predicate() {
            return self.unexpected();
        }
        self.at += 1;
        let right = operand(self)?;
        if right.is_predicate() {
            return self.unexpected();
        }
        Ok(Expr::Arithmetic(operator, Box::new(left), Box::new(right)))
    }

    fn unary(&mut self) -> Result<Expr> {
        let sign = match self.peek() {
            Token::Sign("+") => Sign::Plus,
            Token::Sign("-") => Sign::Minus,
            _ => return self.primary(),
        };
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(super::super::failure::too_deep());
        }
        let operand = self.unary()?;
        self.depth -= 1;
        if operand.is_predicate() {
            return self.unexpected();
        }
        // A signed number is a number.
        Ok(match (sign, operand) {
            (Sign::Plus, number @ Expr::Number(_)) => number,
            (Sign::Minus, Expr::Number(text)) => Expr::Number(match text.strip_prefix('-') {
                Some(positive) => positive.to_owned(),
                None => format!("-{text}"),
            }),
            (sign, operand) => Expr::Unary(sign, Box::new(operand)),
        })
    }

    fn primary(&mut self) -> Result<Expr> {
        let start = self.at;
        let head = match self.next() {
            Token::Sign("$") => Expr::Root,
            Token::Sign("@") if self.filters == 0 => {
                return err!(SYNTAX_ERROR, "@ is not allowed in root expressions");
            }
            Token::Sign("@") => Expr::Current,
            Token::Variable(name) => Expr::Variable(name),
            Token::Number(text) => Expr::Number(text),
            Token::String(text) => Expr::String(text),
            Token::Name(name) => match name.as_str() {
                "null" => Expr::Null,
                "true" => Expr::Bool(true),
                "false" => Expr::Bool(false),
                "last" if self.subscripts == 0 => {
                    return err!(SYNTAX_ERROR, "LAST is allowed only in array subscripts");
                }
                "last" => Expr::Last,
                "exists" => {
                    self.expect("(")?;
                    let input = self.or()?;
                    self.expect(")")?;
                    return Ok(Expr::Exists(Box::new(input)));
                }
                _ => {
                    self.at = start;
                    return self.unexpected();
                }
            },
            Token::Sign("(") => {
                let inner = self.or()?;
                self.expect(")")?;
                if inner.is_predicate() && self.take_name("is") {
                    if !self.take_name("unknown") {
                        return self.unexpected();
                    }
                    return Ok(Expr::IsUnknown(Box::new(inner)));
                }
                inner
            }
            Token::End => return self.unexpected(),
            _ => {
                self.at = start;
                return self.unexpected();
            }
        };
        let mut accessors = Vec::new();
        while let Some(accessor) = self.accessor()? {
            accessors.push(accessor);
        }
        if accessors.is_empty() {
            return Ok(head);
        }
        Ok(match head {
            Expr::Chain(head, mut first) => {
                first.extend(accessors);
                Expr::Chain(head, first)
            }
            head => Expr::Chain(Box::new(head), accessors),
        })
    }

    fn accessor(&mut self) -> Result<Option<Accessor>> {
        if self.take("?") {
            self.expect("(")?;
            self.filters += 1;
            let predicate = self.predicate(Self::or)?;
            self.filters -= 1;
            self.expect(")")?;
            return Ok(Some(Accessor::Filter(Box::new(predicate))));
        }
        if self.take("[") {
            if self.take("*") {
                self.expect("]")?;
                return Ok(Some(Accessor::AnyElement));
            }
            self.subscripts += 1;
            let mut ranges = Vec::new();
            loop {
                let from = self.additive()?;
                let to = if self.take_name("to") { Some(self.additive()?) } else { None };
                ranges.push((from, to));
                if !self.take(",") {
                    break;
                }
            }
            self.subscripts -= 1;
            self.expect("]")?;
            return Ok(Some(Accessor::Index(ranges)));
        }
        if !self.take(".") {
            return Ok(None);
        }
        let start = self.at;
        Ok(Some(match self.next() {
            Token::Sign("*") => Accessor::AnyMember,
            Token::Sign("**") => self.levels()?,
            Token::String(key) => Accessor::Member(key),
            Token::Name(name) => match Method::named(&name) {
                Some(method) if self.take("(") => self.method(method)?,
                _ => Accessor::Member(name),
            },
            _ => {
                self.at = start;
                return self.unexpected();
            }
        }))
    }

    /// `{2}`, `{1 to last}`, or nothing for every level.
    fn levels(&mut self) -> Result<Accessor> {
        if !self.take("{") {
            return Ok(Accessor::AnyLevel { first: Some(0), last: None });
        }
        let first = self.level()?;
        let last = if self.take_name("to") { self.level()? } else { first };
        self.expect("}")?;
        Ok(Accessor::AnyLevel { first, last })
    }

    /// A level's number; `None` is `last`.
    fn level(&mut self) -> Result<Option<u32>> {
        if self.take_name("last") {
            return Ok(None);
        }
        let start = self.at;
        match self.next() {
            Token::Number(text) => text.parse().map(Some).map_err(|_| syntax_error(&text)),
            _ => {
                self.at = start;
                self.unexpected()
            }
        }
    }

    fn method(&mut self, method: Method) -> Result<Accessor> {
        let mut args = Vec::new();
        let takes_args = matches!(
            method,
            Method::Decimal
                | Method::DateTime
                | Method::Time
                | Method::TimeTz
                | Method::Timestamp
                | Method::TimestampTz
        );
        while takes_args && !matches!(self.peek(), Token::Sign(")")) {
            let signed = method == Method::Decimal;
            let minus = signed && self.take("-");
            if signed && !minus {
                self.take("+");
            }
            let start = self.at;
            match self.next() {
                Token::Number(text) => args.push(format!("{}{text}", if minus { "-" } else { "" })),
                Token::String(text) if method == Method::DateTime => args.push(text),
                _ => {
                    self.at = start;
                    return self.unexpected();
                }
            }
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(Accessor::Method(method, args))
    }
}
