//! Arrays as rows: `unnest`, `generate_subscripts`.

use crate::{
    base::Result,
    query::functions::{
        Context,
        args::{array, boolean, int4},
    },
    types::Datum,
};

pub fn array_unnest(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    Ok(array(&args[0]).elements.iter().map(|element| vec![element.clone()]).collect())
}

pub fn generate_subscripts(_: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let index = usize::try_from(int4(&args[1])).ok().and_then(|number| number.checked_sub(1));
    let Some((length, lower)) = index.and_then(|index| array(&args[0]).dimensions.get(index))
    else {
        return Ok(vec![]);
    };
    let mut subscripts: Vec<_> =
        (0..*length as i32).map(|offset| vec![Datum::Int4(lower + offset)]).collect();
    if args.get(2).is_some_and(boolean) {
        subscripts.reverse();
    }
    Ok(subscripts)
}

pub fn generate_subscripts_nodir(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    generate_subscripts(context, args)
}
