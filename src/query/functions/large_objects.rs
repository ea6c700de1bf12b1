//! Large objects, which do not exist here: clients look their functions up by name, and are told by
//! each of them.

use super::{Context, Family, table::functions};
use crate::{base::Result, err, types::Datum};

pub fn family() -> Family {
    let mut family = Family::default();
    functions! { family:
        953 "lo_close" (INT4) -> INT4 [volatile] scalar(absent);
        957 "lo_creat" (INT4) -> OID [volatile] scalar(absent);
        715 "lo_create" (OID) -> OID [volatile] scalar(absent);
        765 "lo_export" (OID TEXT) -> INT4 [volatile] scalar(absent);
        3457 "lo_from_bytea" (OID BYTEA) -> OID [volatile] scalar(absent);
        3458 "lo_get" (OID) -> BYTEA [volatile] scalar(absent);
        3459 "lo_get" (OID INT8 INT4) -> BYTEA [volatile] scalar(absent);
        764 "lo_import" (TEXT) -> OID [volatile] scalar(absent);
        767 "lo_import" (TEXT OID) -> OID [volatile] scalar(absent);
        956 "lo_lseek" (INT4 INT4 INT4) -> INT4 [volatile] scalar(absent);
        3170 "lo_lseek64" (INT4 INT8 INT4) -> INT8 [volatile] scalar(absent);
        952 "lo_open" (OID INT4) -> INT4 [volatile] scalar(absent);
        3460 "lo_put" (OID INT8 BYTEA) -> VOID [volatile] scalar(absent);
        958 "lo_tell" (INT4) -> INT4 [volatile] scalar(absent);
        3171 "lo_tell64" (INT4) -> INT8 [volatile] scalar(absent);
        1004 "lo_truncate" (INT4 INT4) -> INT4 [volatile] scalar(absent);
        3172 "lo_truncate64" (INT4 INT8) -> INT4 [volatile] scalar(absent);
        964 "lo_unlink" (OID) -> INT4 [volatile] scalar(absent);
        954 "loread" (INT4 INT4) -> BYTEA [volatile] scalar(absent);
        955 "lowrite" (INT4 BYTEA) -> INT4 [volatile] scalar(absent);
    }
    family
}

/// Errors: 0A000.
fn absent(_: &Context, _: &[Datum]) -> Result<Datum> {
    err!(FEATURE_NOT_SUPPORTED, "large objects are not supported")
}
