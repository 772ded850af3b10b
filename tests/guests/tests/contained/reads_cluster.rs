use std::sync::Arc;

use runtime_types::KubeAccess;
use tests_guests::{Neighbours, PlayedCluster, Sandbox, trigger};

pub(super) async fn is_contained() {
    let cluster = Arc::new(PlayedCluster::default());
    let all = [KubeAccess::Pods, KubeAccess::ConfigMaps];
    // Whatever the operator grants: the component did not ask.
    let sandbox = Sandbox::in_cluster(cluster.clone(), &all);
    let mut neighbours = Neighbours::new(&sandbox).await;
    let reading = sandbox.poll_failure(trigger("reads_cluster", "poll", &[]));
    let failure = neighbours.unharmed_by(reading).await;
    let told = &failure.message;
    assert_eq!(told.matches("Denied").count(), 3, "{failure}");
    assert!(told.contains("did not ask to read pods"), "{failure}");
    assert!(told.contains("only a ConfigMap that the trigger"), "{failure}");
    assert_eq!(cluster.asked(), Vec::<String>::new());
}
