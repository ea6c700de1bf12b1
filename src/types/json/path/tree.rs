//! A parsed path.

/// A whole path: its mode and its expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub strict: bool,
    pub expr: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `$`
    Root,
    /// `@`
    Current,
    /// `$name`
    Variable(String),
    /// The last index, within a subscript.
    Last,
    Null,
    Bool(bool),
    /// A plain decimal.
    Number(String),
    String(String),
    /// What a value is taken through, one accessor after the other.
    Chain(Box<Expr>, Vec<Accessor>),
    Unary(Sign, Box<Expr>),
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    IsUnknown(Box<Expr>),
    Exists(Box<Expr>),
    StartsWith(Box<Expr>, Box<Expr>),
    LikeRegex {
        input: Box<Expr>,
        pattern: String,
        flags: String,
    },
}

impl Expr {
    pub fn is_predicate(&self) -> bool {
        matches!(
            self,
            Expr::Compare(..)
                | Expr::And(..)
                | Expr::Or(..)
                | Expr::Not(_)
                | Expr::IsUnknown(_)
                | Expr::Exists(_)
                | Expr::StartsWith(..)
                | Expr::LikeRegex { .. }
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Modulo => "%",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Accessor {
    /// `.key`
    Member(String),
    /// `.*`
    AnyMember,
    /// `[*]`
    AnyElement,
    /// `.**{first to last}`; `None` is `last`.
    AnyLevel { first: Option<u32>, last: Option<u32> },
    /// `[1, 3 to 5]`
    Index(Vec<(Expr, Option<Expr>)>),
    /// `? (predicate)`
    Filter(Box<Expr>),
    /// `.size()`; `decimal` has arguments.
    Method(Method, Vec<String>),
}

macro_rules! methods {
    ($($variant:ident $name:literal;)*) => {
        /// An item method.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Method { $($variant,)* }

        impl Method {
            pub fn name(self) -> &'static str {
                match self { $(Method::$variant => $name,)* }
            }

            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Method::$variant),)* _ => None }
            }
        }
    };
}

methods! {
    Type "type";
    Size "size";
    Double "double";
    Ceiling "ceiling";
    Floor "floor";
    Abs "abs";
    KeyValue "keyvalue";
    BigInt "bigint";
    Integer "integer";
    Boolean "boolean";
    Decimal "decimal";
    Number "number";
    String "string";
    DateTime "datetime";
    Date "date";
    Time "time";
    TimeTz "time_tz";
    Timestamp "timestamp";
    TimestampTz "timestamp_tz";
}
