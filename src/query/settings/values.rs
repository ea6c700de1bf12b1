//! A session's values.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use super::{
    Kind, Resolved, SETTINGS,
    check::{check, unknown},
    definition,
    spelling::parse_integer,
};
use crate::base::Result;

/// A session's values. `SET LOCAL` and rollback work on copies, which share until one is changed.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Only what differs from the default; custom settings (`app.tenant`) too.
    values: Arc<BTreeMap<String, String>>,
    /// Defaults of this session: the start-up packet's options.
    defaults: Arc<BTreeMap<String, String>>,
    /// What they come to, once somebody has asked since the last change.
    resolved: OnceLock<Arc<Resolved>>,
}

impl Settings {
    /// The value as SHOW prints it; `None` if there is no such setting.
    pub fn get(&self, name: &str) -> Option<String> {
        let key = key_of(name);
        if let Some(value) = self.values.get(&key).or_else(|| self.defaults.get(&key)) {
            return Some(value.clone());
        }
        match key.as_str() {
            "transaction_isolation" => self.get("default_transaction_isolation"),
            "transaction_read_only" => self.get("default_transaction_read_only"),
            "transaction_deferrable" => self.get("default_transaction_deferrable"),
            _ => definition(name).map(|setting| setting.default.to_owned()),
        }
    }

    /// The value of a setting of the table.
    pub fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or_default()
    }

    pub fn is_on(&self, name: &str) -> bool {
        self.value(name) == "on"
    }

    /// An integer setting in its unit (milliseconds, kilobytes).
    pub fn integer(&self, name: &str) -> i64 {
        let value = self.value(name);
        match definition(name).map(|setting| setting.kind) {
            Some(Kind::Integer(_, _, unit)) => parse_integer(&value, unit).unwrap_or_default(),
            _ => value.parse().unwrap_or_default(),
        }
    }

    /// Checks and sets a value. Errors: 42704 unknown; 22023 a wrong value; 55P02 fixed by the server.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let value = check(name, value)?;
        self.values_mut().insert(key_of(name), value);
        Ok(())
    }

    /// Sets what RESET returns to. Errors: as [`Settings::set`].
    pub fn set_default(&mut self, name: &str, value: &str) -> Result<()> {
        let value = check(name, value)?;
        self.fix(name, value);
        Ok(())
    }

    /// A value the server itself fixes, unchecked.
    pub fn fix(&mut self, name: &str, value: impl Into<String>) {
        self.resolved = OnceLock::new();
        Arc::make_mut(&mut self.defaults).insert(key_of(name), value.into());
    }

    /// Errors: 42704 if there is no such setting.
    pub fn reset(&mut self, name: &str) -> Result<()> {
        if definition(name).is_none() && !name.contains('.') {
            return Err(unknown(name));
        }
        self.values_mut().remove(&key_of(name));
        Ok(())
    }

    pub fn reset_all(&mut self) {
        self.values_mut().retain(|name, _| {
            matches!(name.as_str(), "role" | "transaction_isolation" | "transaction_read_only")
        });
    }

    /// Everything SHOW ALL lists: name, value, help.
    pub fn all(&self) -> Vec<(String, String, &'static str)> {
        SETTINGS
            .iter()
            .map(|setting| (setting.name.to_owned(), self.value(setting.name), setting.help))
            .collect()
    }

    /// The settings whose changes are reported to the client, with their values.
    pub fn reported(&self) -> Vec<(String, String)> {
        SETTINGS
            .iter()
            .filter(|setting| setting.reported)
            .map(|setting| (setting.name.to_owned(), self.value(setting.name)))
            .collect()
    }

    /// What the settings come to; worked out once for each change.
    pub fn resolved(&self) -> Arc<Resolved> {
        self.resolved.get_or_init(|| Arc::new(Resolved::of(self))).clone()
    }

    fn values_mut(&mut self) -> &mut BTreeMap<String, String> {
        self.resolved = OnceLock::new();
        Arc::make_mut(&mut self.values)
    }
}

/// Custom settings keep their case; those of the table do not have one.
fn key_of(name: &str) -> String {
    definition(name).map_or_else(|| name.to_lowercase(), |setting| setting.name.to_owned())
}
