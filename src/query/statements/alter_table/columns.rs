//! Columns: ADD, DROP, TYPE, DEFAULT, NOT NULL, generated and identity.

use std::sync::Arc;

use super::{Alteration, Value, dependents::depended_on};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        bind::{self, Binder},
        catalog::spelling,
        exec::{EvalContext, evaluate},
        ir::Expr,
        parse::{self, NodeEnum, ast},
        statements::{operator_class::check_opclass, sequence},
    },
    storage::catalog::{Identity, KeyTarget, Object},
    types::{stored, typmod},
};

fn column_definition(command: &ast::AlterTableCmd) -> Result<&ast::ColumnDef> {
    match command.def.as_deref().and_then(|def| def.node.as_ref()) {
        Some(NodeEnum::ColumnDef(definition)) => Ok(definition),
        _ => Err(PgError::internal("column definition expected")),
    }
}

impl Alteration<'_> {
    /// Errors: 42701 `column "x" of relation "t" already exists`; those of the definition.
    pub(super) fn add_column(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let definition = column_definition(command)?;
        let name = &definition.colname;
        if self.position(name).is_ok() {
            let message = format!(
                "column \"{name}\" of relation \"{}\" already exists",
                self.draft.table.name
            );
            if command.missing_ok {
                let mut notice = PgError::notice(format!("{message}, skipping"));
                notice.code = sqlstate::DUPLICATE_COLUMN;
                self.draft.session.notice(notice);
                return Ok(());
            }
            return Err(PgError::new(sqlstate::DUPLICATE_COLUMN, message));
        }
        let (checks, sequences) = (self.draft.table.checks.len(), self.draft.sequences.len());
        self.draft.columns(std::slice::from_ref(
            command.def.as_deref().ok_or_else(|| PgError::internal("column expected"))?,
        ))?;
        let position = self.draft.table.columns.len() - 1;
        let checks = self.draft.table.checks[checks..].iter().map(|check| check.name.clone());
        self.checks.extend(checks);
        let rules = self.draft.check_expressions()?;
        let column = &mut self.draft.table.columns[position];
        if column.generated.is_some() {
            self.rewrites = true;
        } else if self.draft.sequences.len() > sequences
            || bind::is_volatile(&rules.defaults[position])
        {
            self.rewrites = true;
            self.values.insert(position, Value::Default);
        } else {
            let context = EvalContext::new(self.draft.env);
            let value = evaluate(&rules.defaults[position], &[], &context)?;
            if !value.is_null() {
                let mut bytes = Vec::new();
                stored::encode(&value, &mut bytes);
                column.missing = Some(bytes);
            }
        }
        if column.not_null {
            self.not_null.push(position);
        }
        Ok(())
    }

    /// Errors: 42703; 2BP01 if a view or a generated column reads it, without CASCADE.
    pub(super) fn drop_column(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let name = &command.name;
        let position = match self.position(name) {
            Ok(position) => position,
            Err(error) if command.missing_ok => {
                self.notice(format!("{}, skipping", error.message));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let cascade = command.behavior() == ast::DropBehavior::DropCascade;
        let what = format!("column {name} of table {}", self.draft.table.name);
        let generated = self.generated_from(position)?;
        let views =
            if position < self.old.columns.len() { self.views_of(position)? } else { vec![] };
        let table = &self.draft.table;
        let dependents: Vec<String> = generated
            .iter()
            .map(|at| format!("column {} of table {}", table.columns[*at].name, table.name))
            .chain(views.iter().map(|view| format!("view {}", view.name)))
            .collect();
        if !dependents.is_empty() && !cascade {
            return Err(depended_on(&what, &dependents));
        }
        match dependents.as_slice() {
            [] => {}
            [one] => self.notice(format!("drop cascades to {one}")),
            many => {
                let detail: Vec<String> =
                    many.iter().map(|one| format!("drop cascades to {one}")).collect();
                self.draft.session.notice(
                    PgError::notice(format!("drop cascades to {} other objects", many.len()))
                        .detail(detail.join("\n")),
                );
            }
        }
        let referring = self.keys_over(|key| key.target_columns.contains(&position));
        self.drop_keys(&what, &what, &referring, cascade)?;
        self.drops.extend(views.iter().map(|view| view.oid));
        for at in generated {
            self.forget_column(at)?;
        }
        self.forget_column(position)
    }

    /// Leaves a tombstone, without whatever needs the column.
    fn forget_column(&mut self, position: usize) -> Result<()> {
        for index in self.kept_indexes() {
            if self.index_reads(&index, position)? {
                self.drop_index(index.oid);
            }
        }
        let mut kept = Vec::new();
        for check in &self.draft.table.checks {
            if !self.reads(&check.expression, position)? {
                kept.push(check.clone());
            }
        }
        self.draft.table.checks = kept;
        self.draft.table.foreign_keys.retain(|key| !key.columns.contains(&position));
        let table = self.draft.table.oid;
        for object in self.draft.env.catalog.objects() {
            match object {
                Object::Sequence(owned) if owned.owned_by == Some((table, position)) => {
                    self.drops.push(owned.oid);
                }
                Object::Comment { oid, object, column, .. }
                    if *object == table && *column == position as i32 + 1 =>
                {
                    self.drops.push(*oid);
                }
                _ => {}
            }
        }
        let column = &mut self.draft.table.columns[position];
        column.name = format!("........pg.dropped.{}........", position + 1);
        column.dropped = true;
        column.not_null = false;
        column.default = None;
        column.generated = None;
        column.identity = None;
        column.sequence = None;
        self.values.remove(&position);
        Ok(())
    }

    /// Errors: 42804 where the values cannot become the new type by themselves; 0A000 if a view or
    /// a generated column reads the column.
    pub(super) fn alter_type(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let definition = column_definition(command)?;
        let name = &command.name;
        let position = self.position(name)?;
        let type_name = definition
            .type_name
            .as_ref()
            .ok_or_else(|| PgError::internal("column without a type"))?;
        let ty = bind::bind_type(type_name)?;
        let shown = typmod::format_type(ty);
        if crate::types::oid::category(ty.oid) == 'P' || ty.oid == crate::types::oid::UNKNOWN {
            return err!(INVALID_TABLE_DEFINITION, "column \"{name}\" has pseudo-type {shown}");
        }
        let column = self.draft.table.columns[position].clone();
        if column.generated.is_some() && definition.raw_default.is_some() {
            return err!(
                INVALID_COLUMN_DEFINITION,
                "cannot specify USING when altering type of generated column"
            );
        }
        if let Some(at) = self.generated_from(position)?.first() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                "cannot alter type of a column used by a generated column",
            )
            .detail(format!(
                "Column \"{name}\" is used by generated column \"{}\".",
                self.draft.table.columns[*at].name
            )));
        }
        if let Some(view) = self.views_of(position)?.first() {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "cannot alter type of a column used by a view or rule",
            )
            .detail(format!("rule _RETURN on view {} depends on column \"{name}\"", view.name)));
        }
        let binder = Binder::new(self.draft.env, &[]);
        let value = match definition.raw_default.as_deref() {
            Some(node) => binder.transform(&self.old, node, ty)?.ok_or_else(|| {
                PgError::new(
                    sqlstate::DATATYPE_MISMATCH,
                    format!(
                        "result of USING clause for column \"{name}\" cannot be cast automatically to type {shown}"
                    ),
                )
                .hint("You might need to add an explicit cast.")
            })?,
            None => binder.convert(Expr::Column(position, column.ty), ty)?.ok_or_else(|| {
                let error = PgError::new(
                    sqlstate::DATATYPE_MISMATCH,
                    format!("column \"{name}\" cannot be cast automatically to type {shown}"),
                );
                let quoted = crate::query::functions::strings::quoted_identifier(name);
                match column.generated {
                    Some(_) => error,
                    None => error.hint(format!(
                        "You might need to specify \"USING {quoted}::{shown}\"."
                    )),
                }
            })?,
        };
        if let Some(default) = &column.default
            && !binder.default_fits(default, ty)?
        {
            return err!(
                DATATYPE_MISMATCH,
                "default for column \"{name}\" cannot be cast automatically to type {shown}"
            );
        }
        let same = ty == column.ty && definition.raw_default.is_none();
        let column = &mut self.draft.table.columns[position];
        column.ty = ty;
        if same {
            return Ok(());
        }
        column.missing = None;
        self.rewrites = true;
        if column.generated.is_none() {
            self.values.insert(position, Value::Of(value));
        }
        self.retype_indexes(position)
    }

    /// Indexes over a column whose type changed. Those that are derived from the rows are made
    /// anew, under an oid of their own.
    fn retype_indexes(&mut self, position: usize) -> Result<()> {
        for index in self.kept_indexes() {
            if !self.index_reads(&index, position)? {
                continue;
            }
            let mut changed = (*index).clone();
            for key in &mut changed.keys {
                key.ty = match &key.target {
                    KeyTarget::Column(at) => self.draft.table.columns[*at].ty,
                    KeyTarget::Expression(sql) => Binder::new(self.draft.env, &[])
                        .table_expression(&self.draft.table, sql)?
                        .ty(),
                };
                check_opclass(changed.method, &key.opclass, key.ty)?;
            }
            if changed.has_entries() && index.has_entries() {
                self.puts.push(Object::Index(Arc::new(changed)));
            } else {
                self.drop_index(index.oid);
                changed.oid = self.draft.session.shared().store.allocate_oid();
                self.draft.indexes.push(changed);
            }
        }
        Ok(())
    }

    /// SET DEFAULT and DROP DEFAULT. Errors: 42601 for a generated or identity column.
    pub(super) fn set_default(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let name = &command.name;
        let position = self.position(name)?;
        let table = &mut self.draft.table;
        let column = &mut table.columns[position];
        if column.identity.is_some() {
            let error = PgError::new(
                sqlstate::SYNTAX_ERROR,
                format!("column \"{name}\" of relation \"{}\" is an identity column", table.name),
            );
            return Err(match command.def {
                Some(_) => error,
                None => error.hint("Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead."),
            });
        }
        if column.generated.is_some() {
            let error = PgError::new(
                sqlstate::SYNTAX_ERROR,
                format!("column \"{name}\" of relation \"{}\" is a generated column", table.name),
            );
            return Err(match command.def {
                Some(_) => {
                    error.hint("Use ALTER TABLE ... ALTER COLUMN ... SET EXPRESSION instead.")
                }
                None => error.hint("Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead."),
            });
        }
        let default = command.def.as_deref().map(parse::deparse_expression).transpose()?;
        column.default =
            default.map(|default| spelling::default_with_schema(self.draft.env, default));
        Ok(())
    }

    pub(super) fn set_not_null(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        self.draft.table.columns[position].not_null = true;
        self.not_null.push(position);
        Ok(())
    }

    /// Errors: 42P16 for a column of the primary key; 42601 for an identity column.
    pub(super) fn drop_not_null(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        let table = &self.draft.table;
        if table.columns[position].identity.is_some() {
            return err!(
                SYNTAX_ERROR,
                "column \"{}\" of relation \"{}\" is an identity column",
                command.name,
                table.name
            );
        }
        self.refuse_key_column(position)?;
        self.draft.table.columns[position].not_null = false;
        Ok(())
    }

    /// SET EXPRESSION AS (...). Errors: 55000 if the column is not generated.
    pub(super) fn set_expression(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        self.refuse_plain(position)?;
        let expression = command.def.as_deref().map(parse::deparse_expression).transpose()?;
        self.draft.table.columns[position].generated = expression;
        self.rewrites = true;
        Ok(())
    }

    fn refuse_plain(&self, position: usize) -> Result<()> {
        let table = &self.draft.table;
        if table.columns[position].generated.is_none() {
            return err!(
                OBJECT_NOT_IN_PREREQUISITE_STATE,
                "column \"{}\" of relation \"{}\" is not a generated column",
                table.columns[position].name,
                table.name
            );
        }
        Ok(())
    }

    /// DROP EXPRESSION: the stored values stay.
    pub(super) fn drop_expression(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        let table = &self.draft.table;
        if table.columns[position].generated.is_none() && command.missing_ok {
            self.notice(format!(
                "column \"{}\" of relation \"{}\" is not a generated column, skipping",
                command.name, table.name
            ));
            return Ok(());
        }
        self.refuse_plain(position)?;
        self.draft.table.columns[position].generated = None;
        Ok(())
    }

    /// Errors: 55000 `column "a" of relation "t" must be declared NOT NULL before identity can be
    /// added`, and for a column that has a default or an identity.
    pub(super) fn add_identity(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        let table = &self.draft.table;
        let (column, of) = (&table.columns[position], &table.name);
        let name = &column.name;
        let refuse =
            |text: String| Err(PgError::new(sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE, text));
        if !column.not_null {
            return refuse(format!(
                "column \"{name}\" of relation \"{of}\" must be declared NOT NULL before identity can be added"
            ));
        }
        if column.identity.is_some() {
            return refuse(format!(
                "column \"{name}\" of relation \"{of}\" is already an identity column"
            ));
        }
        if column.default.is_some() {
            return refuse(format!(
                "column \"{name}\" of relation \"{of}\" already has a default value"
            ));
        }
        let Some(NodeEnum::Constraint(constraint)) =
            command.def.as_deref().and_then(|def| def.node.as_ref())
        else {
            return Err(PgError::internal("identity expected"));
        };
        self.draft.column_constraint(position, constraint)
    }

    /// SET GENERATED, and options of the sequence. Errors: 55000 if there is no identity.
    pub(super) fn set_identity(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        self.refuse_no_identity(position)?;
        let Some(NodeEnum::List(list)) = command.def.as_deref().and_then(|def| def.node.as_ref())
        else {
            return Err(PgError::internal("options expected"));
        };
        let mut options = Vec::new();
        for node in &list.items {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            if option.defname != "generated" {
                options.push(node.clone());
                continue;
            }
            let always = match option.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
                Some(NodeEnum::Integer(value)) => value.ival == i32::from(b'a'),
                _ => false,
            };
            self.draft.table.columns[position].identity =
                Some(if always { Identity::Always } else { Identity::ByDefault });
        }
        let owned = self.draft.table.columns[position].sequence;
        if let Some(known) = owned.and_then(|oid| self.draft.env.catalog.sequence(oid)) {
            let mut changed = (**known).clone();
            sequence::apply_options(&mut changed, &options, sequence::Purpose::Alter)?;
            if let Some(restart) = sequence::restart_of(&changed, &options)? {
                self.restarts.push((changed.oid, restart));
            }
            self.puts.push(Object::Sequence(Arc::new(changed)));
        }
        Ok(())
    }

    fn refuse_no_identity(&self, position: usize) -> Result<()> {
        let table = &self.draft.table;
        if table.columns[position].identity.is_none() {
            return err!(
                OBJECT_NOT_IN_PREREQUISITE_STATE,
                "column \"{}\" of relation \"{}\" is not an identity column",
                table.columns[position].name,
                table.name
            );
        }
        Ok(())
    }

    pub(super) fn drop_identity(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let position = self.position(&command.name)?;
        let table = &self.draft.table;
        if table.columns[position].identity.is_none() && command.missing_ok {
            self.notice(format!(
                "column \"{}\" of relation \"{}\" is not an identity column, skipping",
                command.name, table.name
            ));
            return Ok(());
        }
        self.refuse_no_identity(position)?;
        let column = &mut self.draft.table.columns[position];
        column.identity = None;
        self.drops.extend(column.sequence.take());
        Ok(())
    }
}
