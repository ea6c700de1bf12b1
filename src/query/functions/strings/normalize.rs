//! `normalize` and `IS NORMALIZED`.

use std::sync::LazyLock;

use unicode_normalization::{
    UNICODE_VERSION, UnicodeNormalization, is_nfc, is_nfd, is_nfkc, is_nfkd,
};

use crate::{base::Result, err, query::functions::Context, types::Datum};

/// NFC, where no form is given.
pub fn usual_form() -> &'static [Datum] {
    static NFC: LazyLock<[Datum; 1]> = LazyLock::new(|| [Datum::text("NFC")]);
    &*NFC
}

#[derive(Clone, Copy)]
enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// Errors: 22023 `invalid normalization form: x`.
fn form(name: &str) -> Result<Form> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "NFC" => Form::Nfc,
        "NFD" => Form::Nfd,
        "NFKC" => Form::Nfkc,
        "NFKD" => Form::Nfkd,
        _ => return err!(INVALID_PARAMETER_VALUE, "invalid normalization form: {name}"),
    })
}

pub fn normalize(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    let normalized: String = match form(args[1].as_str())? {
        Form::Nfc => text.nfc().collect(),
        Form::Nfd => text.nfd().collect(),
        Form::Nfkc => text.nfkc().collect(),
        Form::Nfkd => text.nfkd().collect(),
    };
    Ok(Datum::from(normalized))
}

pub fn is_normalized(_: &Context, args: &[Datum]) -> Result<Datum> {
    let text = args[0].as_str();
    Ok(Datum::Bool(match form(args[1].as_str())? {
        Form::Nfc => is_nfc(text),
        Form::Nfd => is_nfd(text),
        Form::Nfkc => is_nfkc(text),
        Form::Nfkd => is_nfkd(text),
    }))
}

/// The version of Unicode whose tables are used.
pub fn unicode_version(_: &Context, _: &[Datum]) -> Result<Datum> {
    let (major, minor, _) = UNICODE_VERSION;
    Ok(Datum::from(format!("{major}.{minor}")))
}
