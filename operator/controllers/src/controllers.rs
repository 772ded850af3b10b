use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::runtime::watcher;
use kube::{Api, Client, Resource};
use operator_auth::Resolver;
use operator_engine::port::{OwnsAll, Scalers, SystemClock};
use operator_engine::{Engine, EngineConfig, Left, ObjectKey, Ports};
use tokio::sync::{OnceCell, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::again::work;
use crate::cluster::{
    SeenAuthentication, SeenClusterAuthentication, SeenScaledObject, SlimDeployment,
    SlimStatefulSet, Stores, trim_workload,
};
use crate::events::{self, Events, Told};
use crate::lane::Lanes;
use crate::options::Options;
use crate::scaled_job::{SeenScaledJob, refuse};
use crate::scaled_object::{
    Changes, Claims, Kinds, Records, StatusStore, Target, World, reconcile, write,
};
use crate::watch::{Change, Watched, watch};
use crate::work::Work;

/// Everything that makes the cluster what its objects say.
pub struct Controllers {
    world: Arc<World>,
    engine: Arc<Engine>,
    watches: Mutex<Option<Watches>>,
    told: Mutex<Option<mpsc::Receiver<Told>>>,
    /// Cancelled when everything that is watched has been listed. The stores have but one waiter
    /// each: of several, kube's wake only some.
    listed: CancellationToken,
    tracker: TaskTracker,
}

/// Why the controllers ended by themselves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControllersError {
    /// A task that everything needs has ended.
    #[error("the task that {0} has ended")]
    Ended(&'static str),
}

struct Watches {
    scaled_objects: Watched<SeenScaledObject>,
    scaled_jobs: Watched<SeenScaledJob>,
    authentications: Watched<SeenAuthentication>,
    cluster_authentications: Watched<SeenClusterAuthentication>,
    autoscalers: Watched<HorizontalPodAutoscaler>,
    deployments: Watched<SlimDeployment>,
    stateful_sets: Watched<SlimStatefulSet>,
}

impl Controllers {
    /// Controllers and their engine; nothing is watched yet.
    pub fn new(
        client: &Client,
        lanes: Lanes,
        options: Options,
        scalers: Arc<dyn Scalers>,
        config: EngineConfig,
    ) -> Self {
        let watches = watches(client, &options);
        let stores = Stores {
            scaled_objects: watches.scaled_objects.store.clone(),
            authentications: watches.authentications.store.clone(),
            cluster_authentications: watches.cluster_authentications.store.clone(),
            autoscalers: watches.autoscalers.store.clone(),
            deployments: watches.deployments.store.clone(),
            stateful_sets: watches.stateful_sets.store.clone(),
        };
        let (events, told) = Events::new();
        let events = Arc::new(events);
        let reconciles = Arc::new(Work::new());
        let statuses = Arc::new(Work::new());
        let store = Arc::new(StatusStore::default());
        let ports = Ports {
            scalers,
            clock: Arc::new(SystemClock),
            store: store.clone(),
            owner: Arc::new(OwnsAll),
            recorder: events.clone(),
            observer: Arc::new(Changes {
                reconciles: reconciles.clone(),
                statuses: statuses.clone(),
            }),
        };
        let engine = Arc::new(Engine::new(ports, config));
        let world = World {
            resolver: Resolver {
                cluster_namespace: options.cluster_namespace.clone(),
                restrict_secrets: options.restrict_secrets,
                file_root: options.file_root.clone(),
            },
            options,
            lanes,
            stores,
            kinds: Kinds::default(),
            records: Records::default(),
            claims: Claims::default(),
            engine: OnceCell::from(engine.clone()),
            store,
            events,
            reconciles,
            statuses,
        };
        Self {
            world: Arc::new(world),
            engine,
            watches: Mutex::new(Some(watches)),
            told: Mutex::new(Some(told)),
            listed: CancellationToken::new(),
            tracker: TaskTracker::new(),
        }
    }

    /// The engine that runs the objects.
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.clone()
    }

    /// Waits until everything that is watched has been listed once.
    pub async fn ready(&self) {
        self.listed.cancelled().await;
    }

    /// The objects that cannot be run as they are, and why.
    pub fn errors(&self) -> Vec<(ObjectKey, String)> {
        self.world.records.errors()
    }

    /// Events that were not written, since too many waited.
    pub fn dropped_events(&self) -> u64 {
        self.world.events.dropped()
    }

    /// Runs until `stop`, then ends the engine within `drain`. Runs once.
    ///
    /// # Errors
    /// When a task ends that never should.
    pub async fn run(
        &self,
        stop: CancellationToken,
        drain: Duration,
    ) -> Result<Left, ControllersError> {
        let (Some(watches), Some(told)) = (take(&self.watches), take(&self.told)) else {
            return Err(ControllersError::Ended("watches the cluster"));
        };
        let world = self.world.clone();
        let stores = world.stores.clone();
        let publishing = events::publish(world.lanes.status.clone(), told, move |key| {
            let key = kube::runtime::reflector::ObjectRef::new(&key.name).within(&key.namespace);
            stores.scaled_objects.get(&key)?.metadata.uid.clone()
        });
        let ended = tokio::select! {
            () = stop.cancelled() => None,
            () = follow(world.clone(), watches) => Some("watches the cluster"),
            () = publishing => Some("writes events"),
            () = self.reconciling() => Some("reconciles objects"),
            () = self.writing() => Some("writes statuses"),
        };
        self.tracker.close();
        let left = self.engine.shutdown(drain).await;
        match ended {
            Some(what) => Err(ControllersError::Ended(what)),
            None => Ok(left),
        }
    }

    async fn reconciling(&self) {
        self.world.stores.ready().await;
        tracing::info!("everything that is watched has been listed");
        self.listed.cancel();
        let world = &self.world;
        let places = usize::from(world.options.reconciles);
        work(&self.tracker, &world.reconciles, places, |key| {
            let world = world.clone();
            async move { reconcile(&world, &key).await }
        })
        .await;
    }

    async fn writing(&self) {
        self.ready().await;
        let world = &self.world;
        // The lane bounds the calls; a few more may wait for it.
        work(&self.tracker, &world.statuses, 16, |key| {
            let world = world.clone();
            async move { write(&world, &key).await }
        })
        .await;
    }
}

fn take<T>(from: &Mutex<Option<T>>) -> Option<T> {
    from.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Reads all watches, which keeps their stores, and adds the work that changes mean.
async fn follow(world: Arc<World>, watches: Watches) {
    let Watches {
        scaled_objects,
        scaled_jobs,
        authentications,
        cluster_authentications,
        autoscalers,
        deployments,
        stateful_sets,
    } = watches;
    let key = |metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
        ObjectKey::new(
            metadata.namespace.clone().unwrap_or_default(),
            metadata.name.clone().unwrap_or_default(),
        )
    };
    let objects = scaled_objects.changes.for_each(|change| {
        let (Change::Applied(object) | Change::Gone(object)) = &change;
        let key = key(&object.metadata);
        if let Change::Gone(_) = &change {
            let (warning, reason) = (true, "ScaledObjectDeleted".to_string());
            let message = "ScaledObject was deleted".to_string();
            let event = operator_scaling::Event {
                warning,
                reason,
                message,
            };
            world.events.add(&key, &event);
        }
        world.reconciles.add(key);
        std::future::ready(())
    });
    let owners = autoscalers.changes.for_each(|change| {
        let (Change::Applied(of) | Change::Gone(of)) = &change;
        let owner = of.metadata.owner_references.iter().flatten().next();
        if let Some(owner) = owner {
            let namespace = of.metadata.namespace.clone().unwrap_or_default();
            let key = ObjectKey::new(namespace, &owner.name);
            world.reconciles.add(key.clone());
            world.statuses.add(key);
        }
        std::future::ready(())
    });
    let wake =
        |kind: &str, metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
            let target = Target {
                namespace: metadata.namespace.clone().unwrap_or_default(),
                group: "apps".into(),
                kind: kind.into(),
                name: metadata.name.clone().unwrap_or_default(),
            };
            for object in world.claims.objects(&target) {
                world.reconciles.add(object);
            }
        };
    let deployments = deployments.changes.for_each(|change| {
        let (Change::Applied(of) | Change::Gone(of)) = &change;
        wake("Deployment", &of.metadata);
        std::future::ready(())
    });
    let sets = stateful_sets.changes.for_each(|change| {
        let (Change::Applied(of) | Change::Gone(of)) = &change;
        wake("StatefulSet", &of.metadata);
        std::future::ready(())
    });
    let jobs = scaled_jobs.changes.for_each(|change| {
        let lane = world.lanes.status.clone();
        async move {
            if let Change::Applied(job) = change
                && let Err(error) = refuse(&lane, &job).await
            {
                tracing::warn!(%error, "a ScaledJob's status is not written");
            }
        }
    });
    let nothing = |_| std::future::ready(());
    tokio::join!(
        objects,
        owners,
        deployments,
        sets,
        jobs,
        authentications.changes.for_each(nothing),
        cluster_authentications
            .changes
            .for_each(|_| std::future::ready(())),
    );
}

fn apis<K>(client: &Client, namespaces: &[String]) -> Vec<Api<K>>
where
    K: Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
{
    if namespaces.is_empty() {
        return vec![Api::all(client.clone())];
    }
    let one = |namespace: &String| Api::namespaced(client.clone(), namespace);
    namespaces.iter().map(one).collect()
}

fn watches(client: &Client, options: &Options) -> Watches {
    let all = watcher::Config::default();
    let labelled = |labels: &String| match labels.is_empty() {
        true => all.clone(),
        false => all.clone().labels(labels),
    };
    let objects = labelled(&options.labels);
    let authentications = labelled(&options.authentication_labels);
    let of = &options.namespaces;
    Watches {
        scaled_objects: watch(
            apis(client, of),
            &objects,
            |_| (),
            |object: &SeenScaledObject| {
                let metadata = &object.metadata;
                digest(&(
                    (&metadata.uid, metadata.generation),
                    (&metadata.labels, &metadata.annotations),
                    (&metadata.finalizers, metadata.deletion_timestamp.is_some()),
                ))
            },
        ),
        scaled_jobs: watch(
            apis(client, of),
            &objects,
            |_| (),
            |job: &SeenScaledJob| digest(&(&job.metadata.uid, job.metadata.generation)),
        ),
        authentications: watch(apis(client, of), &authentications, |_| (), |_| 0),
        cluster_authentications: watch(
            vec![Api::all(client.clone())],
            &authentications,
            |_| (),
            |_| 0,
        ),
        autoscalers: watch(
            apis(client, of),
            &objects,
            trim_autoscaler,
            autoscaler_digest,
        ),
        deployments: watch(
            apis(client, of),
            &all,
            |of: &mut SlimDeployment| trim_workload(&mut of.metadata),
            |of| digest(&of.metadata.uid),
        ),
        stateful_sets: watch(
            apis(client, of),
            &all,
            |of: &mut SlimStatefulSet| trim_workload(&mut of.metadata),
            |of| digest(&of.metadata.uid),
        ),
    }
}

fn digest(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Keeps what is read of an autoscaler: of those that are not a ScaledObject's, the name.
fn trim_autoscaler(autoscaler: &mut HorizontalPodAutoscaler) {
    let owners = autoscaler.metadata.owner_references.iter().flatten();
    let ours = owners.into_iter().any(|owner| owner.kind == "ScaledObject");
    if !ours {
        autoscaler.spec = Default::default();
        autoscaler.status = None;
        autoscaler.metadata.annotations = None;
        autoscaler.metadata.labels = None;
        return;
    }
    if let Some(status) = &mut autoscaler.status {
        status.current_metrics = None;
    }
}

/// Of what is ours to keep, and of whether it scales. Its counts change all the time.
fn autoscaler_digest(autoscaler: &HorizontalPodAutoscaler) -> u64 {
    let conditions = autoscaler.status.as_ref();
    let conditions = conditions.and_then(|status| status.conditions.as_ref());
    let scaling = conditions.into_iter().flatten();
    let scaling = scaling.filter(|condition| condition.type_ == "ScalingActive");
    let scaling: Vec<_> = scaling
        .map(|c| (&c.status, &c.reason, &c.message))
        .collect();
    let spec = serde_json::to_string(&autoscaler.spec).unwrap_or_default();
    digest(&(
        (&autoscaler.metadata.uid, spec),
        (
            &autoscaler.metadata.labels,
            &autoscaler.metadata.annotations,
        ),
        scaling,
    ))
}
