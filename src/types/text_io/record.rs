//! Composite values as text: `(1,"b c",)`. There is no way back, as PostgreSQL has none.

use super::{Style, format};
use crate::types::{Datum, PgType};

/// Appends the text form; NULL is nothing at all.
pub fn format_record(fields: &[(PgType, Datum)], style: &Style, out: &mut String) {
    out.push('(');
    let mut field_text = String::new();
    for (index, (field_type, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if value.is_null() {
            continue;
        }
        field_text.clear();
        format(value, field_type.oid, style, &mut field_text);
        push_field(&field_text, out);
    }
    out.push(')');
}

fn push_field(text: &str, out: &mut String) {
    let special = |c: char| matches!(c, '"' | '\\' | '(' | ')' | ',' | ' ' | '\t'..='\r');
    if !text.is_empty() && !text.contains(special) {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('"');
}
