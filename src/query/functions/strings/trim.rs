//! `btrim`, `ltrim`, `rtrim`: any of some characters off either end.

use crate::{
    base::Result,
    query::functions::{Context, args::bytea},
    types::Datum,
};

#[derive(Clone, Copy)]
enum Side {
    Both,
    Left,
    Right,
}

fn trim_text(args: &[Datum], side: Side) -> Result<Datum> {
    let set = args.get(1).map_or(" ", Datum::as_str);
    let inside = |c: char| set.contains(c);
    let text = args[0].as_str();
    Ok(Datum::text(match side {
        Side::Both => text.trim_matches(inside),
        Side::Left => text.trim_start_matches(inside),
        Side::Right => text.trim_end_matches(inside),
    }))
}

fn trim_bytes(args: &[Datum], side: Side) -> Result<Datum> {
    let (bytes, set) = (bytea(&args[0]), bytea(&args[1]));
    let kept = |byte: &u8| !set.contains(byte);
    let start = match side {
        Side::Right => 0,
        _ => bytes.iter().position(kept).unwrap_or(bytes.len()),
    };
    let end = match side {
        Side::Left => bytes.len(),
        _ => bytes.iter().rposition(kept).map_or(start, |last| last + 1),
    };
    Ok(Datum::Bytea(bytes[start..end.max(start)].into()))
}

macro_rules! trims {
    ($($name:ident $trim:ident $side:ident;)*) => {$(
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            $trim(args, Side::$side)
        }
    )*};
}

trims! {
    btrim trim_text Both;
    btrim1 trim_text Both;
    ltrim trim_text Left;
    ltrim1 trim_text Left;
    rtrim trim_text Right;
    rtrim1 trim_text Right;
    byteatrim trim_bytes Both;
    bytealtrim trim_bytes Left;
    byteartrim trim_bytes Right;
}
