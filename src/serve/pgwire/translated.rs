//! Values in binary whose texts are in the client's encoding.

use std::borrow::Cow;

use crate::{
    base::{Oid, PgError, Result},
    formats::SIGNATURE,
    types::{charset::Charset, oid},
};

/// How a type's binary form holds text.
enum Text {
    None,
    /// It is text, but for so many bytes before it.
    After(usize),
    /// Text among lengths and counts.
    Inside,
}

fn text_of(ty: Oid) -> Text {
    match ty {
        oid::CHAR | oid::VOID | oid::TID | oid::PG_LSN => Text::None,
        // A version byte comes first.
        oid::JSONB | oid::JSONPATH => Text::After(1),
        oid::TSVECTOR | oid::TSQUERY | oid::RECORD => Text::Inside,
        ty if oid::is_textual(ty) => Text::After(0),
        ty => match oid::element_of(ty) {
            Some(element) if !matches!(text_of(element), Text::None) => Text::Inside,
            _ => Text::None,
        },
    }
}

fn refused(charset: Charset) -> PgError {
    PgError::unsupported(format!(
        "text inside of a binary value in the encoding {}",
        charset.name()
    ))
}

/// A value as it came, its text in UTF-8.
///
/// Errors: 22021; 0A000 for text inside of an array.
pub fn received(charset: Charset, bytes: &[u8], ty: Oid) -> Result<Cow<'_, [u8]>> {
    if charset.is_utf8() {
        return Ok(Cow::Borrowed(bytes));
    }
    match text_of(ty) {
        Text::After(at) if bytes.len() >= at => {
            let (head, text) = bytes.split_at(at);
            Ok(Cow::Owned([head, charset.decode(text)?.as_bytes()].concat()))
        }
        Text::Inside if !bytes.is_ascii() => Err(refused(charset)),
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

/// A value as it goes out, its text in the client's encoding.
///
/// Errors: 22P05; 0A000 for text inside of an array.
pub fn sent(charset: Charset, bytes: &[u8], ty: Oid) -> Result<Cow<'_, [u8]>> {
    if charset.is_utf8() {
        return Ok(Cow::Borrowed(bytes));
    }
    match text_of(ty) {
        Text::After(at) if bytes.len() >= at => {
            let (head, text) = bytes.split_at(at);
            let text = String::from_utf8_lossy(text);
            Ok(Cow::Owned([head, &charset.encode(&text)?].concat()))
        }
        Text::Inside if !bytes.is_ascii() => Err(refused(charset)),
        _ => Ok(Cow::Borrowed(bytes)),
    }
}

/// Rows of a binary COPY, with the texts of their fields in the client's encoding.
///
/// Errors: as [`sent`]; XX000 for bytes that are no rows.
pub fn sent_rows(charset: Charset, bytes: &[u8], types: &[Oid]) -> Result<Vec<u8>> {
    let mut rest = bytes;
    let mut rows = Vec::with_capacity(bytes.len());
    if rest.starts_with(SIGNATURE) {
        rows.extend(taken(&mut rest, HEADER_BYTES)?);
    }
    while !rest.is_empty() {
        let count = taken(&mut rest, 2)?;
        rows.extend(count);
        let count = i16::from_be_bytes([count[0], count[1]]);
        for position in 0..usize::try_from(count).unwrap_or(0) {
            let length = taken(&mut rest, 4)?;
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            let Ok(length) = usize::try_from(length) else {
                rows.extend((-1_i32).to_be_bytes());
                continue;
            };
            let ty = types.get(position).copied().unwrap_or(oid::UNKNOWN);
            let field = sent(charset, taken(&mut rest, length)?, ty)?;
            rows.extend((field.len() as i32).to_be_bytes());
            rows.extend(field.as_ref());
        }
    }
    Ok(rows)
}

/// The signature, the flags and the length of the extension.
const HEADER_BYTES: usize = 19;

fn taken<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    match rest.split_at_checked(count) {
        Some((taken, after)) => {
            *rest = after;
            Ok(taken)
        }
        None => Err(PgError::internal("a binary row ends early")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_translated_and_numbers_are_not() {
        let latin = Charset::named("latin1").unwrap();
        assert_eq!(*received(latin, b"\xe9", oid::TEXT).unwrap(), *"\u{e9}".as_bytes());
        assert_eq!(*sent(latin, "\u{e9}".as_bytes(), oid::VARCHAR).unwrap(), *b"\xe9");
        assert_eq!(*sent(latin, b"\x01\"\xc3\xa9\"", oid::JSONB).unwrap(), *b"\x01\"\xe9\"");
        assert_eq!(*sent(latin, b"\xff\xff", oid::INT2).unwrap(), *b"\xff\xff");
        let row = b"\0\x02\0\0\0\x02\xc3\xa9\xff\xff\xff\xff\xff\xff";
        let translated = sent_rows(latin, row, &[oid::TEXT, oid::INT4]).unwrap();
        assert_eq!(translated, b"\0\x02\0\0\0\x01\xe9\xff\xff\xff\xff\xff\xff");
        let text_array = oid::array_of(oid::TEXT).unwrap();
        assert!(sent(latin, b"\0\xc3\xa9", text_array).is_err());
    }
}
