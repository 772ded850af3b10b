//! What is known of the cluster without asking, and what is asked for.

mod gathering;
mod kube_read;
mod replicas;
mod template;
mod tolerant;
mod workload;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::runtime::reflector::Store;

pub(crate) use gathering::Gathering;
pub use kube_read::ClusterReads;
pub(crate) use replicas::{KubernetesTarget, TargetFault};
pub(crate) use template::containers;
pub(crate) use tolerant::{
    SeenAuthentication, SeenClusterAuthentication, SeenScaledObject, Tolerant,
};
pub(crate) use workload::{SlimDeployment, SlimStatefulSet, trim as trim_workload};

/// What is watched. Secrets, ConfigMaps and pods are not: they are read when they are needed.
#[derive(Clone)]
pub(crate) struct Stores {
    pub(crate) scaled_objects: Store<SeenScaledObject>,
    pub(crate) authentications: Store<SeenAuthentication>,
    pub(crate) cluster_authentications: Store<SeenClusterAuthentication>,
    pub(crate) autoscalers: Store<HorizontalPodAutoscaler>,
    pub(crate) deployments: Store<SlimDeployment>,
    pub(crate) stateful_sets: Store<SlimStatefulSet>,
}

impl Stores {
    /// Waits until each has been listed once.
    pub(crate) async fn ready(&self) {
        // An error means that the watching has ended, which the watching task reports itself.
        let _ = tokio::join!(
            self.scaled_objects.wait_until_ready(),
            self.authentications.wait_until_ready(),
            self.cluster_authentications.wait_until_ready(),
            self.autoscalers.wait_until_ready(),
            self.deployments.wait_until_ready(),
            self.stateful_sets.wait_until_ready(),
        );
    }
}
