//! SELECT, VALUES and TABLE.

use std::sync::Arc;

use crate::{
    base::Result,
    query::{
        exec,
        ir::Plan,
        session::{Outcome, Session, Tag},
    },
    types::Datum,
};

pub fn select(session: &mut Session, plan: &Arc<Plan>, params: Vec<Datum>) -> Result<Outcome> {
    let (env, view) = session.environment()?;
    let execution = session.execution(env, view, params);
    let stream = exec::run(plan, Arc::new(execution))?;
    Ok(Outcome::Rows { fields: plan.fields.clone(), stream, tag: Tag::Counted("SELECT") })
}
