use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::time::Instant;

use super::decision::{Memory, Sight, Step};
use crate::lane::{ClusterError, Lane};

/// The Lease by which one of several operators acts.
#[derive(Debug, Clone)]
pub struct ElectionOptions {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who we are: other than every other process, also of the same pod's earlier ones.
    pub identity: String,
    /// How long what takes.
    pub times: Times,
}

/// Durations of an election, as in client-go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Others wait so long after the last renewal.
    pub lease: Duration,
    /// Who cannot renew for so long gives up. Less than `lease`: the difference is the time to stop in.
    pub renew: Duration,
    /// Between two tries.
    pub retry: Duration,
}

/// Whether the Lease is ours after a try.
pub(super) enum Held {
    Ours,
    By(String),
}

pub(super) struct Election {
    pub(super) options: ElectionOptions,
    lane: Lane,
    memory: Mutex<Memory>,
}

impl Election {
    pub(super) fn new(lane: Lane, options: ElectionOptions) -> Self {
        Self {
            options,
            lane,
            memory: Mutex::default(),
        }
    }

    fn api(&self) -> Api<Lease> {
        Api::namespaced(self.lane.client(), &self.options.namespace)
    }

    /// Takes or renews it, if it may.
    pub(super) async fn attempt(&self) -> Result<Held, ClusterError> {
        let (options, api) = (&self.options, self.api());
        let call = api.get_opt(&options.name);
        let lease = self.lane.call("read the Lease", call).await?;
        let sight = lease.as_ref().map(Sight::from);
        let step = {
            let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.decide(sight.as_ref(), &options.identity, Instant::now())
        };
        let mut spec = self.spec();
        let written = match (step, &lease, &sight) {
            (Step::Wait(holder), ..) => return Ok(Held::By(holder)),
            (Step::Renew, Some(lease), _) => {
                spec.acquire_time = None;
                self.write(lease, &spec).await
            }
            (Step::Take, Some(lease), Some(sight)) => {
                spec.lease_transitions = Some(sight.transitions.saturating_add(1));
                self.write(lease, &spec).await
            }
            _ => self.create(spec).await,
        };
        match written {
            Ok(()) => Ok(Held::Ours),
            // Somebody else was faster.
            Err(error) if error.is_conflict() => Ok(Held::By("another operator".into())),
            Err(error) => Err(error),
        }
    }

    /// Gives it back, so that the next need not wait.
    pub(super) async fn release(&self) -> Result<(), ClusterError> {
        let api = self.api();
        let call = api.get_opt(&self.options.name);
        let Some(lease) = self.lane.call("read the Lease", call).await? else {
            return Ok(());
        };
        if Sight::from(&lease).holder != self.options.identity {
            return Ok(());
        }
        let spec = LeaseSpec {
            holder_identity: Some(String::new()),
            lease_duration_seconds: Some(1),
            ..LeaseSpec::default()
        };
        self.write(&lease, &spec).await
    }

    fn spec(&self) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let seconds = i32::try_from(self.options.times.lease.as_secs()).unwrap_or(i32::MAX);
        LeaseSpec {
            holder_identity: Some(self.options.identity.clone()),
            // The API server takes no zero.
            lease_duration_seconds: Some(seconds.max(1)),
            acquire_time: Some(now.clone()),
            renew_time: Some(now),
            ..LeaseSpec::default()
        }
    }

    async fn create(&self, spec: LeaseSpec) -> Result<(), ClusterError> {
        let mut lease = Lease::default();
        lease.metadata.name = Some(self.options.name.clone());
        lease.spec = Some(spec);
        let (api, params) = (self.api(), PostParams::default());
        let call = api.create(&params, &lease);
        self.lane.call("create the Lease", call).await.map(drop)
    }

    /// Only as it was seen: of two that take it at the same time one fails.
    async fn write(&self, seen: &Lease, spec: &LeaseSpec) -> Result<(), ClusterError> {
        let version = seen.metadata.resource_version.as_ref();
        let patch = Patch::Merge(json!({"metadata": {"resourceVersion": version}, "spec": spec}));
        let (api, params) = (self.api(), PatchParams::default());
        let call = api.patch(&self.options.name, &params, &patch);
        self.lane.call("write the Lease", call).await.map(drop)
    }
}
