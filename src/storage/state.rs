//! What every snapshot needs in memory: definitions, published stages, truncation horizons.
//!
//! A state belongs to one `state_version` of the head record. The Committer puts the next one here
//! before LMDB's commit makes its version visible, so that a snapshot practically never has to read
//! the definitions itself.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use heed::RoTxn;
use parking_lot::Mutex;

use super::{
    Act,
    catalog::Catalog,
    codec::{self, Head},
    databases::Databases,
};
use crate::base::{Csn, Oid, Result, TableId};

#[derive(Clone)]
pub(crate) struct State {
    pub version: u64,
    pub catalog: Arc<Catalog>,
    /// Published stages and the commit that published each.
    pub stages: Arc<HashMap<u64, Csn>>,
    /// Rows of these tables with a csn below are gone.
    pub horizons: Arc<BTreeMap<TableId, Csn>>,
}

impl State {
    /// Reads the state that belongs to `head` from the same transaction.
    pub fn load(databases: &Databases, txn: &RoTxn<'_>, head: &Head) -> Result<Self> {
        let mut catalog = Catalog::default();
        catalog.version = head.catalog_version;
        let mut indexes = Vec::new();
        for entry in databases.catalog.iter(txn).act("read the catalogue")? {
            let (_, value) = entry.act("read the catalogue")?;
            match codec::from_json(value, "definition")? {
                // An index's name lives in its table's schema: tables first.
                index @ super::catalog::Object::Index(_) => indexes.push(index),
                object => catalog.put(object),
            }
        }
        indexes.into_iter().for_each(|index| catalog.put(index));
        let mut stages = HashMap::new();
        for entry in databases.stages.iter(txn).act("read the stages")? {
            let (key, value) = entry.act("read the stages")?;
            if codec::be_u32(key, 8, "stage")? == 0 {
                let csn = codec::le_u64(value, 0, "stage")?;
                if csn != 0 {
                    stages.insert(codec::be_u64(key, 0, "stage")?, Csn(csn));
                }
            }
        }
        let mut horizons = BTreeMap::new();
        for entry in databases.horizons.iter(txn).act("read the horizons")? {
            let (key, value) = entry.act("read the horizons")?;
            let csn = Csn(codec::le_u64(value, 0, "horizon")?);
            horizons.insert(Oid(codec::be_u32(key, 0, "horizon")?), csn);
        }
        Ok(Self {
            version: head.state_version,
            catalog: Arc::new(catalog),
            stages: Arc::new(stages),
            horizons: Arc::new(horizons),
        })
    }

    /// The commit a row's csn field stands for; `None` while its stage is not published.
    #[inline]
    pub fn resolve(&self, field: u64) -> Option<Csn> {
        if field & codec::STAGED == 0 {
            Some(Csn(field))
        } else {
            self.stages.get(&(field & !codec::STAGED)).copied()
        }
    }

    pub fn horizon(&self, table: TableId) -> Csn {
        self.horizons.get(&table).copied().unwrap_or_default()
    }

    /// The csn of a row that is neither staged nor truncated away.
    #[inline]
    pub fn live(&self, table: TableId, field: u64) -> Option<Csn> {
        let csn = self.resolve(field)?;
        (self.horizons.is_empty() || csn >= self.horizon(table)).then_some(csn)
    }
}

/// The last few states; a snapshot takes the one of its own version.
pub(crate) struct States {
    recent: Mutex<VecDeque<Arc<State>>>,
}

impl States {
    const KEPT: usize = 4;

    pub fn new(state: State) -> Self {
        Self { recent: Mutex::new(VecDeque::from([Arc::new(state)])) }
    }

    pub fn of_version(&self, version: u64) -> Option<Arc<State>> {
        self.recent.lock().iter().rev().find(|state| state.version == version).cloned()
    }

    /// The state of the last commit, or of one that is just being made.
    pub fn newest(&self) -> Arc<State> {
        self.recent.lock().back().expect("one is always kept").clone()
    }

    /// Before LMDB's commit.
    pub fn announce(&self, state: Arc<State>) {
        let mut recent = self.recent.lock();
        recent.push_back(state);
        if recent.len() > Self::KEPT {
            recent.pop_front();
        }
    }

    /// LMDB's commit failed: the version never was.
    pub fn withdraw(&self, version: u64) {
        self.recent.lock().retain(|state| state.version != version);
    }
}
