//! A running node: everything between its first file and its last sync.

use std::{net::SocketAddr, path::Path, sync::Arc, thread::JoinHandle as Thread, time::Duration};

use anyhow::{Context as _, anyhow};
use kameo::actor::ActorRef;
use tokio::{sync::watch, task::JoinHandle};

use super::{folder::DataFolder, meters, supervisor::Supervisor, throttle::Throttle};
use crate::{
    config::{Config, Durability, LiveConfig},
    index::{Builder, BuilderHandle, IndexOptions, Indexes},
    ingest::{Committer, CommitterOptions},
    metrics::{Sampling, metrics},
    query::session::{CommitterSink, Defaults, Engine, EngineOptions, IndexKeys},
    serve::health::{Health, Stage},
    serve::http::Endpoint,
    serve::pgwire::{Backends, Credentials, Doors, Listener, Phase},
    storage::{self, Store, StoreOptions},
};

/// In the order of the start; stopped the other way round.
pub struct Node {
    config: LiveConfig,
    folder: DataFolder,
    store: Store,
    committer: Committer,
    committer_thread: Thread<()>,
    builder: BuilderHandle,
    engine: Engine,
    supervisor: ActorRef<Supervisor>,
    sampling: Sampling,
    credentials: Arc<Credentials>,
    phase: watch::Sender<Phase>,
    health: Health,
    listener: JoinHandle<()>,
    /// True once the listener has ended.
    listener_ended: watch::Receiver<bool>,
    endpoint: Endpoint,
    pub address: SocketAddr,
}

/// How long connections may take to say farewell once they are told to end.
const FAREWELL: Duration = Duration::from_secs(5);
const PRESSURE_INTERVAL: Duration = Duration::from_millis(250);
const HOUSEKEEPING_INTERVAL: Duration = Duration::from_secs(60);

impl Node {
    /// Starts everything, in order, and serves. Errors: what could not be opened or taken;
    /// what had been started is stopped.
    pub async fn start(config: LiveConfig, ephemeral: bool) -> anyhow::Result<Self> {
        let settings = config.load();
        let folder = folder(&settings, ephemeral)?;
        // Addresses first: the cheapest thing that can fail, and nothing is behind them yet.
        let folder_of_socket = settings.server.unix_socket_dir.as_deref();
        let doors = Doors::open(settings.server.listen, folder_of_socket)
            .await
            .with_context(|| format!("listening at server.listen {}", settings.server.listen))?;
        let address = doors.address()?;

        let path = folder.path().to_owned();
        let options = store_options(&settings);
        let store = tokio::task::spawn_blocking(move || Store::open(&path, options)).await??;
        let (committer, committer_thread) =
            Committer::start(store.clone(), committer_options(&settings))?;

        let health = Health::new(meters::heartbeat(committer.clone()));
        let endpoint = Endpoint::start(settings.server.http_listen, health.clone())
            .with_context(|| format!("server.http_listen {}", settings.server.http_listen))?;

        let (opened, sink) = (store.clone(), committer.clone());
        let (path, options) = (folder.path().join("index"), index_options(&settings));
        let indexes = tokio::task::spawn_blocking(move || {
            Indexes::open(
                &path,
                opened,
                Arc::new(IndexKeys::default()),
                Arc::new(CommitterSink(sink)),
                options,
            )
        })
        .await??;
        let builder = Builder::start(indexes.clone(), committer.published()).await;
        let engine = Engine::new(
            store.clone(),
            committer.clone(),
            Arc::new(indexes.clone()),
            engine_options(&settings),
        );
        engine.sweep().await.context("temporary tables of before could not be dropped")?;
        match engine.fill_indexes().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(target: "node", count, "indexes of an older format filled"),
            Err(error) => tracing::warn!(target: "node", %error, "an index has no entries yet"),
        }
        let backends = Arc::new(Backends::default());
        let ended = Arc::downgrade(&backends);
        engine.on_terminate(move |pid| {
            if let Some(backends) = ended.upgrade() {
                backends.signal(pid, true);
            }
        });

        let supervisor = Supervisor::start();
        let swept = store.clone();
        Supervisor::tend(&supervisor, "housekeeper", HOUSEKEEPING_INTERVAL, move || {
            match swept.clear_stale_readers() {
                Ok(0) => {}
                Ok(count) => tracing::info!(target: "node", count, "stale readers cleared"),
                Err(error) => tracing::warn!(target: "node", %error, "stale readers not cleared"),
            }
        })
        .await;
        let throttle = Throttle::new(config.clone(), indexes.clone(), committer.clone());
        Supervisor::tend(&supervisor, "throttle", PRESSURE_INTERVAL, move || throttle.adjust())
            .await;
        let sampled = meters::Sampled {
            store: store.clone(),
            committer: committer.clone(),
            indexes,
            engine: engine.clone(),
        };
        let sampling = meters::sample(sampled, &settings);
        metrics().build_info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);

        let credentials = Arc::new(Credentials::new(&settings.auth));
        let (phase, receiver) = watch::channel(Phase::Serving);
        let listener = Listener {
            engine: Arc::new(engine.clone()),
            config: config.clone(),
            credentials: credentials.clone(),
            backends,
            phase: receiver,
        };
        let (farewell, listener_ended) = watch::channel(false);
        let listener = tokio::spawn(async move {
            let _ended = SetOnDrop(farewell);
            listener.run(doors).await;
        });
        health.set(Stage::Ready);
        tracing::info!(
            target: "node",
            version = env!("CARGO_PKG_VERSION"),
            %address,
            http = %endpoint.address,
            data = %folder.path().display(),
            csn = committer.csn().0,
            "ready"
        );
        Ok(Self {
            config,
            folder,
            store,
            committer,
            committer_thread,
            builder,
            engine,
            supervisor,
            sampling,
            credentials,
            phase,
            health,
            listener,
            listener_ended,
            endpoint,
            address,
        })
    }

    /// Puts reloaded settings in force where they are kept as something else.
    pub fn reconfigured(&self, config: &Config) {
        self.credentials.replace(&config.auth);
        self.engine.reconfigure(defaults(config));
    }

    /// Waits for a part without which the node is no use; returns what happened.
    pub async fn failed(&self) -> String {
        let mut ended = self.listener_ended.clone();
        let _ = ended.wait_for(|ended| *ended).await.is_ok();
        "the listener has ended".to_owned()
    }

    /// Where the pages for operators are.
    pub fn http_address(&self) -> SocketAddr {
        self.endpoint.address
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn is_alive(&self) -> bool {
        self.health.is_alive()
    }

    /// Drains, ends, syncs. Errors: the last sync or the committer failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self { folder, store, committer, committer_thread, mut listener, phase, .. } = self;
        self.health.set(Stage::Draining);
        phase.send_replace(Phase::Draining);
        let drain = self.config.load().server.drain_timeout;
        tracing::info!(target: "node", ?drain, "draining");
        if tokio::time::timeout(drain, &mut listener).await.is_err() {
            tracing::info!(target: "node", "ending what still runs");
            self.engine.shut_down();
            phase.send_replace(Phase::Ending);
            if tokio::time::timeout(FAREWELL, &mut listener).await.is_err() {
                tracing::warn!(target: "node", "a connection did not end");
                listener.abort();
            }
        }
        let _ = self.supervisor.stop_gracefully().await;
        if let Err(error) = self.engine.flush().await {
            tracing::warn!(target: "node", %error, "sequences keep a gap");
        }
        self.builder.stop().await;
        committer.stop();
        tokio::task::spawn_blocking(move || committer_thread.join())
            .await?
            .map_err(|_| anyhow!("the committer panicked"))?;
        let synced = store.clone();
        tokio::task::spawn_blocking(move || synced.sync()).await??;
        let csn = committer.csn().0;
        if let Err(error) = self.endpoint.stop().await {
            tracing::warn!(target: "node", %error, "the HTTP listener ended badly");
        }
        drop((self.sampling, self.engine, self.health, committer, store));
        drop(folder);
        tracing::info!(target: "node", csn, "ended");
        Ok(())
    }
}

struct SetOnDrop(watch::Sender<bool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

fn folder(settings: &Config, ephemeral: bool) -> anyhow::Result<DataFolder> {
    if ephemeral {
        return DataFolder::ephemeral().context("no temporary folder could be made");
    }
    let path = &settings.storage.data_dir;
    DataFolder::open(path).with_context(|| format!("storage.data_dir {}", path.display()))
}

fn store_options(settings: &Config) -> StoreOptions {
    let storage = &settings.storage;
    StoreOptions {
        map_bytes: storage.map_bytes.bytes(),
        durability: match storage.durability {
            Durability::Full => storage::Durability::Full,
            Durability::Relaxed => storage::Durability::Relaxed,
        },
        readers_max: storage.readers_max,
        disk_reserve_bytes: storage.reserve_bytes.bytes(),
    }
}

fn committer_options(settings: &Config) -> CommitterOptions {
    CommitterOptions {
        queue_requests_max: settings.ingest.queue_transactions,
        queue_bytes_max: settings.ingest.queue_bytes.as_usize(),
        batch_bytes_max: settings.ingest.batch_bytes.as_usize(),
        sync_interval: settings.storage.sync_interval,
        observer: Some(Arc::new(meters::CommitMeter)),
    }
}

fn index_options(settings: &Config) -> IndexOptions {
    let index = &settings.index;
    let defaults = IndexOptions::default();
    let threads = |asked: usize, otherwise: usize| if asked == 0 { otherwise } else { asked };
    IndexOptions {
        search_threads: threads(index.search_threads, defaults.search_threads),
        build_threads: threads(index.build_threads, defaults.build_threads),
        seal_rows: index.seal_rows,
        seal_bytes: index.seal_bytes.as_usize(),
        seal_age: index.seal_age,
        tail_bytes_max: index.tail_bytes.as_usize(),
        ..defaults
    }
}

fn engine_options(settings: &Config) -> EngineOptions {
    EngineOptions {
        query_memory_bytes: settings.query.memory.as_usize(),
        defaults: defaults(settings),
        connections_max: settings.server.connections_max as usize,
    }
}

fn defaults(settings: &Config) -> Defaults {
    let query = &settings.query;
    let milliseconds = |duration: Duration| duration.as_millis().to_string();
    Defaults {
        settings: vec![
            ("statement_timeout".to_owned(), milliseconds(query.statement_timeout)),
            ("transaction_timeout".to_owned(), milliseconds(query.transaction_timeout)),
            (
                "idle_in_transaction_session_timeout".to_owned(),
                milliseconds(query.idle_in_transaction_timeout),
            ),
            ("hnsw.ef_search".to_owned(), query.ef_search.to_string()),
        ],
        snapshot_timeout: query.snapshot_timeout,
    }
}
