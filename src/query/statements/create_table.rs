//! CREATE TABLE and CREATE TABLE AS.

use std::sync::Arc;

use super::{
    Given, command,
    foreign_key::Referrer,
    names::{check_free, creation_place, generated_name},
};
use crate::{
    base::{Oid, PgError, Result, limits, sqlstate},
    err,
    ingest::locks::{LockMode, LockTarget},
    query::{
        bind::{self, Binder},
        env::Env,
        exec,
        parse::{self, NodeEnum, ast},
        session::{Outcome, Session, ending::OnCommit},
    },
    storage::{
        CatalogChange,
        catalog::{
            Check, Column, Identity, Index, IndexKey, IndexMethod, KeyConstraint, KeyTarget,
            Object, SUPERUSER, Sequence, Table,
        },
    },
    types::{PgType, oid},
};

/// Everything one CREATE TABLE makes.
struct Draft<'a> {
    session: &'a Session,
    env: &'a Env,
    table: Table,
    sequences: Vec<Sequence>,
    indexes: Vec<Index>,
    /// FOREIGN KEYs and their columns, until the table's own keys are known.
    references: Vec<(ast::Constraint, Vec<usize>)>,
}

/// Errors: 42P07, 42701, 42P16, 42704 and those of the expressions in it.
pub async fn create_table(session: &mut Session, statement: &ast::CreateStmt) -> Result<Outcome> {
    refuse_unsupported(statement)?;
    let relation = statement
        .relation
        .as_ref()
        .ok_or_else(|| PgError::internal("CREATE TABLE without a name"))?;
    let (schema, temporary) = creation_place(session, relation)?;
    let on_commit = on_commit(statement.oncommit(), temporary)?;
    lock_name(session, schema, &relation.relname).await?;
    let (env, _) = session.environment()?;
    if !check_free(session, &env, schema, &relation.relname, statement.if_not_exists)? {
        return command("CREATE TABLE");
    }
    let oid = session.shared().store.allocate_oid();
    let mut draft = Draft {
        session,
        env: &env,
        table: Table {
            oid,
            schema,
            name: relation.relname.clone(),
            owner: SUPERUSER,
            columns: vec![],
            checks: vec![],
            indexes: vec![],
            temporary,
            foreign_keys: vec![],
        },
        sequences: vec![],
        indexes: vec![],
        references: vec![],
    };
    draft.columns(&statement.table_elts)?;
    draft.constraints(&statement.table_elts)?;
    draft.foreign_keys()?;
    draft.check_expressions()?;
    let Draft { mut table, sequences, indexes, .. } = draft;
    if let Some(act) = on_commit {
        session.on_commit.insert(table.oid, act);
    }
    table.indexes = indexes.iter().map(|index| index.oid).collect();
    let writes = &mut session.transaction().writes;
    for sequence in sequences {
        writes.change(&env.catalog, CatalogChange::Put(Object::Sequence(sequence.into())));
    }
    writes.change(&env.catalog, CatalogChange::Put(Object::Table(table.into())));
    for index in indexes {
        writes.change(&env.catalog, CatalogChange::Put(Object::Index(index.into())));
    }
    command("CREATE TABLE")
}

/// Errors: 42P16 for a table that is not temporary.
fn on_commit(action: ast::OnCommitAction, temporary: bool) -> Result<Option<OnCommit>> {
    let act = match action {
        ast::OnCommitAction::OncommitDrop => Some(OnCommit::Drop),
        ast::OnCommitAction::OncommitDeleteRows => Some(OnCommit::DeleteRows),
        ast::OnCommitAction::OncommitPreserveRows => None,
        _ => return Ok(None),
    };
    match temporary {
        true => Ok(act),
        false => {
            err!(INVALID_TABLE_DEFINITION, "ON COMMIT can only be used on temporary tables")
        }
    }
}

fn refuse_unsupported(statement: &ast::CreateStmt) -> Result<()> {
    let feature = match statement {
        statement if !statement.inh_relations.is_empty() && statement.partbound.is_some() => {
            "PARTITION OF"
        }
        statement if !statement.inh_relations.is_empty() => "INHERITS",
        statement if statement.partspec.is_some() => "PARTITION BY",
        statement if statement.of_typename.is_some() => "CREATE TABLE OF",
        _ => return Ok(()),
    };
    Err(PgError::unsupported(feature))
}

/// Two sessions that create the same name wait for each other.
pub async fn lock_name(session: &mut Session, schema: Oid, name: &str) -> Result<()> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let target = LockTarget::Object(schema, hasher.finish());
    super::write::lock(session, target, LockMode::AccessExclusive).await.map(drop)
}

impl Draft<'_> {
    fn columns(&mut self, elements: &[ast::Node]) -> Result<()> {
        for element in elements {
            match &element.node {
                Some(NodeEnum::ColumnDef(definition)) => self.column(definition)?,
                Some(NodeEnum::TableLikeClause(_)) => {
                    return Err(PgError::unsupported("LIKE in CREATE TABLE"));
                }
                _ => {}
            }
        }
        if self.table.columns.len() > limits::COLUMNS_MAX {
            return err!(
                TOO_MANY_COLUMNS,
                "tables can have at most {} columns",
                limits::COLUMNS_MAX
            );
        }
        Ok(())
    }

    fn column(&mut self, definition: &ast::ColumnDef) -> Result<()> {
        let name = &definition.colname;
        if self.table.columns.iter().any(|column| column.name == *name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        let type_name = definition
            .type_name
            .as_ref()
            .ok_or_else(|| PgError::internal("column without a type"))?;
        let serial = serial_type(type_name);
        let ty = match serial {
            Some(oid) => PgType::new(oid),
            None => bind::bind_type(type_name)?,
        };
        if oid::category(ty.oid) == 'P' || ty.oid == oid::UNKNOWN {
            return err!(
                INVALID_TABLE_DEFINITION,
                "column \"{name}\" has pseudo-type {}",
                crate::types::typmod::format_type(ty)
            );
        }
        self.table.columns.push(Column {
            name: name.clone(),
            ty,
            not_null: serial.is_some() || definition.is_not_null,
            default: None,
            generated: None,
            identity: None,
            sequence: None,
            dropped: false,
            missing: None,
        });
        let position = self.table.columns.len() - 1;
        if serial.is_some() {
            let sequence = self.owned_sequence(position, &[])?;
            let column = &mut self.table.columns[position];
            column.sequence = Some(sequence.0);
            column.default = Some(format!("nextval('{}'::regclass)", sequence.1));
        }
        for constraint in &definition.constraints {
            let Some(NodeEnum::Constraint(constraint)) = &constraint.node else { continue };
            self.column_constraint(position, constraint)?;
        }
        Ok(())
    }

    /// The sequence behind a serial or identity column, and its name as SQL text.
    fn owned_sequence(&mut self, position: usize, options: &[ast::Node]) -> Result<(Oid, String)> {
        let column = &self.table.columns[position];
        let names: Vec<String> = self.sequences.iter().map(|made| made.name.clone()).collect();
        let taken = |name: &str| names.iter().any(|other| other == name);
        let name = generated_name(
            self.env,
            self.table.schema,
            &self.table.name,
            &[&column.name],
            "seq",
            &taken,
        );
        let mut sequence = super::objects::new_sequence(
            self.session.shared().store.allocate_oid(),
            self.table.schema,
            &name,
            column.ty.oid,
        )?;
        super::objects::apply_sequence_options(&mut sequence, options)?;
        sequence.owned_by = Some((self.table.oid, position));
        let schema = self.env.catalog.schema(self.table.schema);
        let schema = schema.map_or("public", |schema| schema.name.as_str());
        let quoted = crate::query::session::names::quoted;
        let shown = format!("{}.{}", quoted(schema), quoted(&name)).replace('\'', "''");
        let oid = sequence.oid;
        self.sequences.push(sequence);
        Ok((oid, shown))
    }

    fn column_constraint(&mut self, position: usize, constraint: &ast::Constraint) -> Result<()> {
        use ast::ConstrType as Kind;
        match constraint.contype() {
            Kind::ConstrNull => {}
            Kind::ConstrNotnull => self.table.columns[position].not_null = true,
            Kind::ConstrDefault => {
                let expression = constraint.raw_expr.as_deref();
                let expression =
                    expression.ok_or_else(|| PgError::internal("DEFAULT without a value"))?;
                let column = &mut self.table.columns[position];
                if column.default.is_some() {
                    return err!(
                        SYNTAX_ERROR,
                        "multiple default values specified for column \"{}\" of table \"{}\"",
                        column.name,
                        self.table.name
                    );
                }
                column.default = Some(parse::deparse_expression(expression)?);
            }
            Kind::ConstrIdentity => {
                let (sequence, _) = self.owned_sequence(position, &constraint.options)?;
                let column = &mut self.table.columns[position];
                if !matches!(column.ty.oid, oid::INT2 | oid::INT4 | oid::INT8) {
                    return err!(
                        INVALID_PARAMETER_VALUE,
                        "identity column type must be smallint, integer, or bigint"
                    );
                }
                column.identity = Some(match constraint.generated_when.as_str() {
                    "a" => Identity::Always,
                    _ => Identity::ByDefault,
                });
                column.sequence = Some(sequence);
                column.not_null = true;
            }
            Kind::ConstrGenerated => {
                if constraint.generated_kind == "v" {
                    return Err(PgError::unsupported("VIRTUAL generated columns"));
                }
                let expression = constraint.raw_expr.as_deref();
                let expression =
                    expression.ok_or_else(|| PgError::internal("generated column without one"))?;
                let text = parse::deparse_expression(expression)?;
                self.table.columns[position].generated = Some(text);
            }
            Kind::ConstrCheck => {
                let column = self.table.columns[position].name.clone();
                self.check(constraint, &[&column])?;
            }
            Kind::ConstrPrimary => {
                self.key(constraint, vec![position], KeyConstraint::PrimaryKey)?
            }
            Kind::ConstrUnique => self.key(constraint, vec![position], KeyConstraint::Unique)?,
            Kind::ConstrForeign => self.references.push((constraint.clone(), vec![position])),
            // They follow the REFERENCES that they are of.
            Kind::ConstrAttrDeferrable | Kind::ConstrAttrDeferred => {
                if let Some((reference, _)) = self.references.last_mut() {
                    reference.deferrable = true;
                    reference.initdeferred |= constraint.contype() == Kind::ConstrAttrDeferred;
                }
            }
            Kind::ConstrExclusion => return Err(PgError::unsupported("EXCLUDE")),
            _ => {}
        }
        Ok(())
    }

    fn constraints(&mut self, elements: &[ast::Node]) -> Result<()> {
        use ast::ConstrType as Kind;
        for element in elements {
            let Some(NodeEnum::Constraint(constraint)) = &element.node else { continue };
            match constraint.contype() {
                Kind::ConstrCheck => self.check(constraint, &[])?,
                Kind::ConstrPrimary => {
                    let positions = self.positions(&constraint.keys)?;
                    self.key(constraint, positions, KeyConstraint::PrimaryKey)?;
                }
                Kind::ConstrUnique => {
                    let positions = self.positions(&constraint.keys)?;
                    self.key(constraint, positions, KeyConstraint::Unique)?;
                }
                Kind::ConstrForeign => {
                    let positions = self.positions(&constraint.fk_attrs)?;
                    self.references.push(((**constraint).clone(), positions));
                }
                Kind::ConstrExclusion => return Err(PgError::unsupported("EXCLUDE")),
                Kind::ConstrNotnull => {
                    for position in self.positions(&constraint.keys)? {
                        self.table.columns[position].not_null = true;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Errors: those of [`Referrer::foreign_key`].
    fn foreign_keys(&mut self) -> Result<()> {
        for (constraint, columns) in std::mem::take(&mut self.references) {
            let oid = self.session.shared().store.allocate_oid();
            let referrer =
                Referrer { env: self.env, table: &self.table, indexes: &self.indexes, oid };
            let key = referrer.foreign_key(&constraint, columns)?;
            self.table.foreign_keys.push(key);
        }
        Ok(())
    }

    /// Errors: 42703 `column "x" named in key does not exist`.
    fn positions(&self, keys: &[ast::Node]) -> Result<Vec<usize>> {
        keys.iter()
            .map(|key| {
                let name = super::names::constant_text(Some(key)).unwrap_or_default();
                self.table.columns.iter().position(|column| column.name == name).ok_or_else(|| {
                    PgError::new(
                        sqlstate::UNDEFINED_COLUMN,
                        format!("column \"{name}\" named in key does not exist"),
                    )
                })
            })
            .collect()
    }

    fn check(&mut self, constraint: &ast::Constraint, columns: &[&str]) -> Result<()> {
        let expression = constraint.raw_expr.as_deref();
        let expression =
            expression.ok_or_else(|| PgError::internal("CHECK without a condition"))?;
        let name = match constraint.conname.as_str() {
            "" => {
                let checks = &self.table.checks;
                let taken = |name: &str| checks.iter().any(|check| check.name == name);
                let table = &self.table.name;
                generated_name(self.env, self.table.schema, table, columns, "check", &taken)
            }
            name => name.to_owned(),
        };
        self.table.checks.push(Check {
            oid: self.session.shared().store.allocate_oid(),
            name,
            expression: parse::deparse_expression(expression)?,
        });
        Ok(())
    }

    /// PRIMARY KEY or UNIQUE: a unique btree index.
    ///
    /// Errors: 42P16 `multiple primary keys for table "x" are not allowed`.
    fn key(
        &mut self,
        constraint: &ast::Constraint,
        positions: Vec<usize>,
        kind: KeyConstraint,
    ) -> Result<()> {
        let primary = kind == KeyConstraint::PrimaryKey;
        if primary && self.indexes.iter().any(|index| index.constraint == Some(kind)) {
            return err!(
                INVALID_TABLE_DEFINITION,
                "multiple primary keys for table \"{}\" are not allowed",
                self.table.name
            );
        }
        if primary {
            for position in &positions {
                self.table.columns[*position].not_null = true;
            }
        }
        let names: Vec<String> =
            positions.iter().map(|at| self.table.columns[*at].name.clone()).collect();
        let name = match constraint.conname.as_str() {
            "" => {
                let names: Vec<&str> =
                    if primary { vec![] } else { names.iter().map(String::as_str).collect() };
                let indexes = &self.indexes;
                let taken = |name: &str| indexes.iter().any(|index| index.name == name);
                let suffix = if primary { "pkey" } else { "key" };
                let table = &self.table.name;
                generated_name(self.env, self.table.schema, table, &names, suffix, &taken)
            }
            name => {
                check_free(self.session, self.env, self.table.schema, name, false)?;
                name.to_owned()
            }
        };
        self.indexes.push(Index {
            oid: self.session.shared().store.allocate_oid(),
            table: self.table.oid,
            name,
            method: IndexMethod::Btree,
            keys: positions
                .into_iter()
                .map(|position| IndexKey {
                    target: KeyTarget::Column(position),
                    ty: self.table.columns[position].ty,
                    opclass: String::new(),
                    descending: false,
                    nulls_first: false,
                })
                .collect(),
            unique: true,
            constraint: Some(kind),
            nulls_not_distinct: constraint.nulls_not_distinct,
            predicate: None,
            options: Default::default(),
            include: self.positions(&constraint.including)?,
        });
        Ok(())
    }

    /// Binds every expression once, so that CREATE TABLE fails and not the first INSERT; the
    /// one-argument `to_tsvector(text)` gets the configuration of now, which is then fixed.
    fn check_expressions(&mut self) -> Result<()> {
        let mut catalog = (*self.env.catalog).clone();
        for sequence in &self.sequences {
            catalog.put(Object::Sequence(Arc::new(sequence.clone())));
        }
        let config = self.env.text_search_config.clone();
        for column in &mut self.table.columns {
            if let Some(sql) = &mut column.generated {
                *sql = super::create_index::fix_text_search_config(sql, &config)?;
            }
        }
        catalog.put(Object::Table(Arc::new(self.table.clone())));
        let table = Arc::new(self.table.clone());
        let env = self.env.with_catalog(Arc::new(catalog));
        let rules = bind::TableRules::bind(&env, &table)?;
        for (position, expr) in &rules.generated {
            let mut refers = false;
            expr.walk(&mut |expr, _| {
                if let crate::query::ir::Expr::Column(at, _) = expr {
                    refers |= table.columns[*at].generated.is_some();
                }
            });
            if refers {
                return Err(PgError::new(
                    sqlstate::INVALID_OBJECT_DEFINITION,
                    format!(
                        "cannot use generated column \"{}\" in column generation expression",
                        table.columns[*position].name
                    ),
                )
                .detail("A generated column cannot reference another generated column."));
            }
            if bind::is_volatile(expr) {
                return err!(INVALID_OBJECT_DEFINITION, "generation expression is not immutable");
            }
        }
        Ok(())
    }
}

/// serial, bigserial, smallserial.
fn serial_type(name: &ast::TypeName) -> Option<Oid> {
    let [only] = name.names.as_slice() else { return None };
    match super::names::constant_text(Some(only))?.as_str() {
        "serial" | "serial4" => Some(oid::INT4),
        "bigserial" | "serial8" => Some(oid::INT8),
        "smallserial" | "serial2" => Some(oid::INT2),
        _ => None,
    }
}

/// SELECT ... INTO is CREATE TABLE AS. Errors: 42601 for INTO elsewhere than in the first SELECT.
pub fn select_into(select: &ast::SelectStmt) -> Result<ast::CreateTableAsStmt> {
    let mut query = select.clone();
    let into = query.into_clause.take();
    Ok(ast::CreateTableAsStmt {
        query: Some(Box::new(ast::Node { node: Some(NodeEnum::SelectStmt(Box::new(query))) })),
        into,
        objtype: ast::ObjectType::ObjectTable as i32,
        is_select_into: true,
        if_not_exists: false,
    })
}

/// CREATE TABLE ... AS query. Errors: as CREATE TABLE, and the query's.
pub async fn create_table_as(
    session: &mut Session,
    statement: &ast::CreateTableAsStmt,
    given: Given<'_>,
) -> Result<Outcome> {
    if statement.objtype() == ast::ObjectType::ObjectMatview {
        return Err(PgError::unsupported("CREATE MATERIALIZED VIEW"));
    }
    let into = statement.into.as_deref().ok_or_else(|| PgError::internal("INTO is missing"))?;
    let relation = into.rel.as_ref().ok_or_else(|| PgError::internal("INTO without a name"))?;
    let query = statement.query.as_deref().and_then(|query| query.node.as_ref());
    let Some(NodeEnum::SelectStmt(select)) = query else {
        return Err(PgError::unsupported("CREATE TABLE AS EXECUTE"));
    };
    let (schema, temporary) = creation_place(session, relation)?;
    let on_commit = on_commit(into.on_commit(), temporary)?;
    let (env, view) = session.environment()?;
    if !check_free(session, &env, schema, &relation.relname, statement.if_not_exists)? {
        return command("CREATE TABLE AS");
    }
    let plan = Binder::new(&env, given.types).select(select)?;
    let names: Vec<String> = into
        .col_names
        .iter()
        .map(|name| super::names::constant_text(Some(name)).unwrap_or_default())
        .collect();
    if names.len() > plan.fields.len() {
        return err!(SYNTAX_ERROR, "too many column names were specified");
    }
    let mut columns: Vec<Column> = Vec::new();
    for (position, field) in plan.fields.iter().enumerate() {
        let name = names.get(position).unwrap_or(&field.name).clone();
        if columns.iter().any(|column| column.name == name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        columns.push(Column {
            name,
            ty: field.ty,
            not_null: false,
            default: None,
            generated: None,
            identity: None,
            sequence: None,
            dropped: false,
            missing: None,
        });
    }
    let table = Arc::new(Table {
        oid: session.shared().store.allocate_oid(),
        schema,
        name: relation.relname.clone(),
        owner: SUPERUSER,
        columns,
        checks: vec![],
        indexes: vec![],
        temporary,
        foreign_keys: vec![],
    });
    if let Some(act) = on_commit {
        session.on_commit.insert(table.oid, act);
    }
    let rows = if into.skip_data {
        vec![]
    } else {
        let plan = session.optimise(plan, &env, &view);
        let execution = session.execution(env.clone(), view, given.values);
        exec::rows(&plan, execution.into()).await?
    };
    let change = CatalogChange::Put(Object::Table(table.clone()));
    session.transaction().writes.change(&env.catalog, change);
    let (env, _) = session.environment()?;
    let writer = super::write::RowWriter::new(session, env, &table)?;
    let count = rows.len();
    super::insert::plain(session, &writer, rows).await?;
    command(format!("SELECT {count}"))
}
