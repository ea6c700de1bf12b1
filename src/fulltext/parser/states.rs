//! The parser's states: what each tries on the next character, in order, and what it does when
//! nothing fits or the text ends.

use super::TokenKind::{self, *};

/// What a rule asks of the next character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Is(u8),
    /// An ASCII letter.
    Letter,
    Alpha,
    Digit,
    HexDigit,
    Alnum,
    NotAlnum,
    Space,
    /// A mark that a word may hold but not begin with.
    Mark,
    UrlCharacter,
    /// Inside `<script>` or `<style>`.
    Ignoring,
    /// A host was asked for; true once.
    HostWanted,
    /// A host name begins here; it is taken whole.
    HostHere,
    /// The path of a URL begins here; it is taken whole.
    UrlPathHere,
    /// The end of a comment may still be ahead.
    CommentDash,
}

/// What becomes of the states that wait below the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    Keep,
    /// Remember this place, and go on in a state above it.
    Push,
    /// Back to the place below, and on with its next rule; the character is not taken.
    Pop,
    /// Forget the place below: the attempt has succeeded.
    Clear,
    ClearAll,
    /// Take the present position down to the state below and go on there.
    Merge,
}

/// What else happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    None,
    /// A tag's name is read: `<script>` and `<style>` begin what is ignored, their ends end it.
    NoteTag,
    /// The token is given whole and its text is parsed again, for its parts.
    Rewind,
    /// As `Rewind`; the first part is a host.
    RewindToHost,
    /// Back to the start of the token, which begins anew.
    Restart,
}

#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub stack: Stack,
    /// The state to be in; `None` keeps the present one.
    pub to: Option<State>,
    pub emit: Option<TokenKind>,
    pub act: Act,
    /// Do not take the character.
    pub rerun: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub class: Class,
    pub step: Step,
}

/// One state: its rules, and the steps at the end of the text and when no rule fits.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub at_end: Step,
    pub rules: &'static [Rule],
    pub otherwise: Step,
}

const PLAIN: Step = Step { stack: Stack::Keep, to: None, emit: None, act: Act::None, rerun: false };
const POP: Step = Step { stack: Stack::Pop, ..PLAIN };

const fn to(state: State) -> Step {
    Step { to: Some(state), ..PLAIN }
}

const fn emitting(kind: TokenKind, stack: Stack, state: State) -> Step {
    Step { stack, to: Some(state), emit: Some(kind), ..PLAIN }
}

const fn rule(class: Class, step: Step) -> Rule {
    Rule { class, step }
}

const fn stay(class: Class) -> Rule {
    rule(class, PLAIN)
}

const fn go(class: Class, state: State) -> Rule {
    rule(class, to(state))
}

const fn attempt(class: Class, state: State) -> Rule {
    rule(class, Step { stack: Stack::Push, ..to(state) })
}

/// Goes on and gives up the way back.
const fn commit(class: Class, state: State) -> Rule {
    rule(class, Step { stack: Stack::Clear, ..to(state) })
}

const fn emit(class: Class, kind: TokenKind, stack: Stack, state: State) -> Rule {
    rule(class, emitting(kind, stack, state))
}

/// A state of an attempt: what does not fit, and the end of the text, lead back.
const fn attempting(rules: &'static [Rule]) -> Rules {
    Rules { at_end: POP, rules, otherwise: POP }
}

/// A state in which a token is complete: what does not fit ends it.
const fn complete(kind: TokenKind, rules: &'static [Rule]) -> Rules {
    let step = emitting(kind, Stack::Keep, State::Base);
    Rules { at_end: step, rules, otherwise: step }
}

/// A complete hyphenated word, whose parts follow it.
const fn compound(kind: TokenKind, rules: &'static [Rule]) -> Rules {
    let step = Step { act: Act::Rewind, ..emitting(kind, Stack::ClearAll, State::Parts) };
    Rules { at_end: step, rules, otherwise: step }
}

/// A part of a hyphenated word.
const fn part(kind: TokenKind, rules: &'static [Rule]) -> Rules {
    Rules {
        at_end: emitting(kind, Stack::Keep, State::Base),
        rules,
        otherwise: emitting(kind, Stack::Keep, State::Parts),
    }
}

/// A complete host.
const fn host(rules: &'static [Rule]) -> Rules {
    let step = emitting(Host, Stack::ClearAll, State::Base);
    Rules { at_end: step, rules, otherwise: step }
}

/// A state that does one thing whatever comes.
const fn always(step: Step) -> Rules {
    Rules { at_end: step, rules: &[], otherwise: step }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Base,
    Blank,
    AsciiWord,
    Word,
    NumWord,
    // Numbers.
    UInt,
    SignedFirst,
    Signed,
    UFloatFirst,
    UFloat,
    FloatFirst,
    Float,
    NotVersionFirst,
    NotVersion,
    VersionFirst,
    Version,
    ExponentFirst,
    ExponentSign,
    Exponent,
    // Entities, tags and comments.
    EntityFirst,
    Entity,
    EntityNumFirst,
    EntityNum,
    EntityHexFirst,
    EntityHex,
    EntityEnd,
    TagFirst,
    XmlFirst,
    TagCloseFirst,
    TagName,
    TagSlash,
    Tag,
    TagQuote,
    TagDoubleQuote,
    TagEscape,
    TagEnd,
    CommentFirst,
    CommentSecond,
    Comment,
    CommentCloseFirst,
    CommentCloseSecond,
    // Hosts, addresses, paths.
    DomainFirst,
    DomainSecond,
    Domain,
    PortFirst,
    Port,
    HostNext,
    Host,
    Email,
    FileFirst,
    FileTilde,
    PathDot,
    PathFirst,
    PathDots,
    File,
    FileNext,
    UrlPathFirst,
    UrlPathStart,
    UrlPath,
    UrlSlash,
    ProtocolFirst,
    ProtocolSecond,
    ProtocolEnd,
    // Hyphenated words.
    HyphenAsciiFirst,
    HyphenAscii,
    HyphenFirst,
    Hyphen,
    HyphenNumFirst,
    HyphenNum,
    HyphenDigits,
    Parts,
    PartsHyphen,
    PartWord,
    PartAscii,
    PartNum,
    PartDigits,
}

impl State {
    #[rustfmt::skip]
    pub fn rules(self) -> Rules {
        use Class::*;
        use State as S;
        const END_TAG: Step = emitting(TokenKind::Tag, Stack::ClearAll, State::Base);
        match self {
            S::Base => const { Rules {
                at_end: PLAIN,
                rules: &[
                    attempt(Is(b'<'), S::TagFirst), go(Ignoring, S::Blank),
                    go(Letter, S::AsciiWord), go(Alpha, S::Word), go(Digit, S::UInt),
                    attempt(Is(b'-'), S::SignedFirst), attempt(Is(b'+'), S::SignedFirst),
                    attempt(Is(b'&'), S::EntityFirst), attempt(Is(b'~'), S::FileTilde),
                    attempt(Is(b'/'), S::FileFirst), attempt(Is(b'.'), S::PathFirst),
                ],
                otherwise: to(S::Blank),
            } },
            S::Blank => complete(TokenKind::Blank, const { &[
                emit(Is(b'<'), TokenKind::Blank, Stack::Keep, S::Base),
                stay(Ignoring),
                emit(Is(b'-'), TokenKind::Blank, Stack::Keep, S::Base),
                emit(Is(b'+'), TokenKind::Blank, Stack::Keep, S::Base),
                emit(Is(b'&'), TokenKind::Blank, Stack::Keep, S::Base),
                emit(Is(b'/'), TokenKind::Blank, Stack::Keep, S::Base),
                stay(NotAlnum),
            ] }),
            S::AsciiWord => complete(TokenKind::AsciiWord, const { &[
                stay(Letter),
                attempt(Is(b'.'), S::DomainFirst), attempt(Is(b'.'), S::FileNext),
                attempt(Is(b'-'), S::HostNext), attempt(Is(b'-'), S::HyphenAsciiFirst),
                attempt(Is(b'_'), S::HostNext), attempt(Is(b'@'), S::Email),
                attempt(Is(b':'), S::ProtocolFirst), attempt(Is(b'/'), S::FileFirst),
                attempt(Digit, S::Host),
                go(Digit, S::NumWord), go(Alpha, S::Word), go(Mark, S::Word),
            ] }),
            S::Word => complete(TokenKind::Word, const { &[
                stay(Alpha), stay(Mark), go(Digit, S::NumWord), attempt(Is(b'-'), S::HyphenFirst),
            ] }),
            S::NumWord => complete(TokenKind::NumWord, const { &[
                stay(Alnum), stay(Mark), attempt(Is(b'@'), S::Email),
                attempt(Is(b'/'), S::FileFirst), attempt(Is(b'.'), S::FileNext),
                attempt(Is(b'-'), S::HyphenNumFirst),
            ] }),

            S::UInt => complete(TokenKind::UInt, const { &[
                stay(Digit),
                attempt(Is(b'.'), S::DomainFirst), attempt(Is(b'.'), S::UFloatFirst),
                attempt(Is(b'e'), S::ExponentFirst), attempt(Is(b'E'), S::ExponentFirst),
                attempt(Is(b'-'), S::HostNext), attempt(Is(b'_'), S::HostNext),
                attempt(Is(b'@'), S::Email), attempt(Letter, S::Host),
                go(Alpha, S::NumWord), go(Mark, S::NumWord), attempt(Is(b'/'), S::FileFirst),
            ] }),
            S::SignedFirst => attempting(const { &[commit(Digit, S::Signed)] }),
            S::Signed => complete(TokenKind::Int, const { &[
                stay(Digit), attempt(Is(b'.'), S::FloatFirst),
                attempt(Is(b'e'), S::ExponentFirst), attempt(Is(b'E'), S::ExponentFirst),
            ] }),
            S::UFloatFirst => attempting(const { &[commit(Digit, S::UFloat)] }),
            S::UFloat => complete(TokenKind::Float, const { &[
                stay(Digit), attempt(Is(b'.'), S::VersionFirst),
                attempt(Is(b'e'), S::ExponentFirst), attempt(Is(b'E'), S::ExponentFirst),
            ] }),
            S::FloatFirst => attempting(const { &[commit(Digit, S::Float)] }),
            S::Float => complete(TokenKind::Float, const { &[
                stay(Digit), attempt(Is(b'.'), S::NotVersionFirst),
                attempt(Is(b'e'), S::ExponentFirst), attempt(Is(b'E'), S::ExponentFirst),
            ] }),
            // `-1.2.3`: a version has no sign, so that the sign is a blank.
            S::NotVersionFirst => attempting(const { &[rule(Digit, Step {
                act: Act::Restart, rerun: true, ..to(S::NotVersion)
            })] }),
            S::NotVersion => const { Rules {
                at_end: POP,
                rules: &[emit(Digit, TokenKind::Blank, Stack::ClearAll, S::UInt)],
                otherwise: PLAIN,
            } },
            S::VersionFirst => attempting(const { &[commit(Digit, S::Version)] }),
            S::Version => complete(TokenKind::Version, const { &[
                stay(Digit), attempt(Is(b'.'), S::VersionFirst),
            ] }),
            S::ExponentFirst => attempting(const { &[
                commit(Digit, S::Exponent),
                go(Is(b'+'), S::ExponentSign), go(Is(b'-'), S::ExponentSign),
            ] }),
            S::ExponentSign => attempting(const { &[commit(Digit, S::Exponent)] }),
            S::Exponent => complete(TokenKind::ScientificFloat, const { &[stay(Digit)] }),

            S::EntityFirst => attempting(const { &[
                go(Is(b'#'), S::EntityNumFirst), go(Letter, S::Entity),
                go(Is(b':'), S::Entity), go(Is(b'_'), S::Entity),
            ] }),
            S::Entity => attempting(const { &[
                stay(Alnum), stay(Is(b':')), stay(Is(b'_')), stay(Is(b'.')), stay(Is(b'-')),
                go(Is(b';'), S::EntityEnd),
            ] }),
            S::EntityNumFirst => attempting(const { &[
                go(Is(b'x'), S::EntityHexFirst), go(Is(b'X'), S::EntityHexFirst),
                go(Digit, S::EntityNum),
            ] }),
            S::EntityNum => attempting(const { &[stay(Digit), go(Is(b';'), S::EntityEnd)] }),
            S::EntityHexFirst => attempting(const { &[go(HexDigit, S::EntityHex)] }),
            S::EntityHex => attempting(const { &[stay(HexDigit), go(Is(b';'), S::EntityEnd)] }),
            S::EntityEnd => always(const { emitting(TokenKind::Entity, Stack::Clear, S::Base) }),

            S::TagFirst => attempting(const { &[
                attempt(Is(b'/'), S::TagCloseFirst), attempt(Is(b'!'), S::CommentFirst),
                attempt(Is(b'?'), S::XmlFirst), attempt(Letter, S::TagName),
                attempt(Is(b':'), S::TagName), attempt(Is(b'_'), S::TagName),
            ] }),
            S::XmlFirst => attempting(const { &[go(Is(b'x'), S::Tag)] }),
            S::TagCloseFirst => attempting(const { &[go(Letter, S::TagName)] }),
            S::TagName => attempting(const { &[
                go(Is(b'/'), S::TagSlash),
                rule(Is(b'>'), Step { act: Act::NoteTag, ..to(S::TagEnd) }),
                rule(Space, Step { act: Act::NoteTag, ..to(S::Tag) }),
                stay(Alnum), stay(Is(b':')), stay(Is(b'_')), stay(Is(b'.')), stay(Is(b'-')),
            ] }),
            S::TagSlash => attempting(const { &[go(Is(b'>'), S::TagEnd)] }),
            S::Tag => attempting(const { &[
                rule(Is(b'>'), Step { act: Act::NoteTag, ..to(S::TagEnd) }),
                go(Is(b'\''), S::TagQuote), go(Is(b'"'), S::TagDoubleQuote),
                stay(Letter), stay(Digit), stay(Is(b'=')), stay(Is(b'-')), stay(Is(b'_')),
                stay(Is(b'#')), stay(Is(b'/')), stay(Is(b':')), stay(Is(b'.')), stay(Is(b'&')),
                stay(Is(b'?')), stay(Is(b'%')), stay(Is(b'~')),
                rule(Space, Step { act: Act::NoteTag, ..PLAIN }),
            ] }),
            S::TagQuote => const { Rules { at_end: POP, rules: &[
                attempt(Is(b'\\'), S::TagEscape), go(Is(b'\''), S::Tag),
            ], otherwise: PLAIN } },
            S::TagDoubleQuote => const { Rules { at_end: POP, rules: &[
                attempt(Is(b'\\'), S::TagEscape), go(Is(b'"'), S::Tag),
            ], otherwise: PLAIN } },
            S::TagEscape => const { Rules {
                at_end: POP, rules: &[], otherwise: Step { stack: Stack::Merge, ..PLAIN },
            } },
            S::TagEnd => always(END_TAG),
            S::CommentFirst => attempting(const { &[
                go(Is(b'-'), S::CommentSecond), go(Is(b'D'), S::Tag), go(Is(b'd'), S::Tag),
            ] }),
            S::CommentSecond => attempting(const { &[go(CommentDash, S::Comment)] }),
            S::Comment => const { Rules {
                at_end: POP, rules: &[go(Is(b'-'), S::CommentCloseFirst)], otherwise: PLAIN,
            } },
            S::CommentCloseFirst => const { Rules {
                at_end: POP,
                rules: &[go(Is(b'-'), S::CommentCloseSecond)],
                otherwise: to(S::Comment),
            } },
            S::CommentCloseSecond => const { Rules {
                at_end: POP,
                rules: &[stay(Is(b'-')), go(Is(b'>'), S::TagEnd)],
                otherwise: to(S::Comment),
            } },

            S::DomainFirst => attempting(const { &[go(Letter, S::DomainSecond), go(Digit, S::Host)] }),
            S::DomainSecond => attempting(const { &[
                go(Letter, S::Domain), attempt(Digit, S::Host),
                attempt(Is(b'-'), S::HostNext), attempt(Is(b'_'), S::HostNext),
                attempt(Is(b'.'), S::DomainFirst), attempt(Is(b'@'), S::Email),
            ] }),
            S::Domain => host(const { &[
                stay(Letter), attempt(Digit, S::Host), attempt(Is(b':'), S::PortFirst),
                attempt(Is(b'-'), S::HostNext), attempt(Is(b'_'), S::HostNext),
                attempt(Is(b'.'), S::DomainFirst), attempt(Is(b'@'), S::Email),
                rule(Digit, POP),
                emit(HostWanted, TokenKind::Host, Stack::ClearAll, S::UrlPathStart),
                attempt(Is(b'/'), S::UrlSlash),
            ] }),
            S::PortFirst => attempting(const { &[go(Digit, S::Port)] }),
            S::Port => host(const { &[
                stay(Digit),
                emit(HostWanted, TokenKind::Host, Stack::ClearAll, S::UrlPathStart),
                attempt(Is(b'/'), S::UrlSlash),
            ] }),
            S::HostNext => attempting(const { &[go(Digit, S::Host), go(Letter, S::Host)] }),
            S::Host => attempting(const { &[
                stay(Digit), stay(Letter), attempt(Is(b'@'), S::Email),
                attempt(Is(b'.'), S::DomainFirst),
                attempt(Is(b'-'), S::HostNext), attempt(Is(b'_'), S::HostNext),
            ] }),
            S::Email => attempting(const { &[
                rule(HostWanted, POP),
                emit(HostHere, TokenKind::Email, Stack::ClearAll, S::Base),
            ] }),

            S::FileFirst => attempting(const { &[
                go(Letter, S::File), go(Digit, S::File), go(Is(b'.'), S::PathDot),
                go(Is(b'_'), S::File), attempt(Is(b'~'), S::FileTilde),
            ] }),
            S::FileTilde => attempting(const { &[
                go(Letter, S::File), go(Digit, S::File), go(Is(b'_'), S::File),
                go(Is(b'/'), S::FileFirst),
            ] }),
            S::PathDot => attempting(const { &[
                go(Letter, S::File), go(Digit, S::File), go(Is(b'_'), S::File),
                go(Is(b'.'), S::PathDots), go(Is(b'/'), S::FileFirst),
            ] }),
            S::PathFirst => attempting(const { &[
                go(Is(b'.'), S::PathDots), go(Is(b'/'), S::FileFirst),
            ] }),
            S::PathDots => const { Rules {
                at_end: emitting(TokenKind::File, Stack::Clear, S::Base),
                rules: &[
                    attempt(Is(b'/'), S::FileFirst),
                    emit(Is(b'/'), TokenKind::File, Stack::Clear, S::Base),
                    emit(Space, TokenKind::File, Stack::Clear, S::Base),
                ],
                otherwise: POP,
            } },
            S::File => complete(TokenKind::File, const { &[
                stay(Letter), stay(Digit), attempt(Is(b'.'), S::FileNext),
                stay(Is(b'_')), stay(Is(b'-')), attempt(Is(b'/'), S::FileFirst),
            ] }),
            S::FileNext => attempting(const { &[
                commit(Letter, S::File), commit(Digit, S::File), commit(Is(b'_'), S::File),
            ] }),
            S::UrlPathFirst => attempting(const { &[go(UrlCharacter, S::UrlPath)] }),
            S::UrlPathStart => always(const { to(S::UrlPath) }),
            S::UrlPath => complete(TokenKind::UrlPath, const { &[stay(UrlCharacter)] }),
            S::UrlSlash => attempting(const { &[rule(UrlPathHere, Step {
                act: Act::RewindToHost, ..emitting(TokenKind::Url, Stack::ClearAll, S::Base)
            })] }),
            S::ProtocolFirst => attempting(const { &[go(Is(b'/'), S::ProtocolSecond)] }),
            S::ProtocolSecond => attempting(const { &[go(Is(b'/'), S::ProtocolEnd)] }),
            S::ProtocolEnd => always(const { emitting(TokenKind::Protocol, Stack::ClearAll, S::Base) }),

            S::HyphenAsciiFirst => attempting(const { &[
                go(Letter, S::HyphenAscii), go(Alpha, S::Hyphen), go(Digit, S::HyphenDigits),
            ] }),
            S::HyphenAscii => compound(TokenKind::HyphenAsciiWord, const { &[
                stay(Letter), go(Alpha, S::Hyphen), go(Mark, S::Hyphen), go(Digit, S::HyphenNum),
                attempt(Is(b'-'), S::HyphenAsciiFirst),
            ] }),
            S::HyphenFirst => attempting(const { &[go(Alpha, S::Hyphen), go(Digit, S::HyphenDigits)] }),
            S::Hyphen => compound(TokenKind::HyphenWord, const { &[
                stay(Alpha), stay(Mark), go(Digit, S::HyphenNum), attempt(Is(b'-'), S::HyphenFirst),
            ] }),
            S::HyphenNumFirst => attempting(const { &[go(Alpha, S::HyphenNum), go(Digit, S::HyphenDigits)] }),
            S::HyphenNum => compound(TokenKind::HyphenNumWord, const { &[
                stay(Alnum), stay(Mark), attempt(Is(b'-'), S::HyphenNumFirst),
            ] }),
            S::HyphenDigits => attempting(const { &[
                stay(Digit), go(Alpha, S::HyphenNum), go(Mark, S::HyphenNum),
            ] }),
            S::Parts => const {
                let leave = Step { rerun: true, ..to(S::Base) };
                Rules { at_end: leave, rules: &[
                    go(Letter, S::PartAscii), go(Alpha, S::PartWord),
                    attempt(Digit, S::PartDigits), attempt(Is(b'-'), S::PartsHyphen),
                ], otherwise: leave }
            },
            S::PartsHyphen => attempting(const { &[
                emit(Alnum, TokenKind::Blank, Stack::Clear, S::Parts),
                emit(Mark, TokenKind::Blank, Stack::Clear, S::Parts),
            ] }),
            S::PartWord => part(TokenKind::HyphenPart, const { &[
                stay(Alpha), stay(Mark), go(Digit, S::PartNum),
            ] }),
            S::PartAscii => part(TokenKind::HyphenAsciiPart, const { &[
                stay(Letter), go(Alpha, S::PartWord), go(Mark, S::PartWord), go(Digit, S::PartNum),
            ] }),
            S::PartNum => part(TokenKind::HyphenNumPart, const { &[stay(Alnum), stay(Mark)] }),
            S::PartDigits => attempting(const { &[
                stay(Digit), commit(Alpha, S::PartNum), commit(Mark, S::PartNum),
            ] }),
        }
    }
}
