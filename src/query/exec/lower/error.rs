//! Our errors through DataFusion's and back.

use datafusion::{arrow::error::ArrowError, error::DataFusionError};

use crate::{base::PgError, pg_error};

pub fn from_pg(error: PgError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The error that was put in, unchanged; 53200 where memory ran out; else XX000.
pub fn to_pg(error: DataFusionError) -> PgError {
    if let Some(error) = inner(&error) {
        return error;
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(message) => {
            pg_error!(OUT_OF_MEMORY, "out of memory").detail(message.clone())
        }
        root => PgError::internal(root.to_string()),
    }
}

fn inner(error: &DataFusionError) -> Option<PgError> {
    match error {
        DataFusionError::External(error) => match error.downcast_ref::<PgError>() {
            Some(error) => Some(error.clone()),
            None => error.downcast_ref::<DataFusionError>().and_then(inner),
        },
        DataFusionError::Context(_, error) => inner(error),
        DataFusionError::Shared(error) => inner(error),
        DataFusionError::Diagnostic(_, error) => inner(error),
        DataFusionError::Collection(errors) => errors.iter().find_map(inner),
        DataFusionError::ArrowError(error, _) => match error.as_ref() {
            ArrowError::ExternalError(error) => match error.downcast_ref::<PgError>() {
                Some(error) => Some(error.clone()),
                None => error.downcast_ref::<DataFusionError>().and_then(inner),
            },
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::sqlstate;

    #[test]
    fn our_errors_come_back_through_any_wrapping() {
        let error = pg_error!(DIVISION_BY_ZERO, "division by zero").hint("do not");
        let wrapped = DataFusionError::Context(
            "join".into(),
            Box::new(DataFusionError::Shared(Arc::new(from_pg(error.clone())))),
        );
        assert_eq!(to_pg(wrapped), error);
        let exhausted = DataFusionError::ResourcesExhausted("too much".into());
        assert_eq!(to_pg(exhausted).code, sqlstate::OUT_OF_MEMORY);
    }
}
