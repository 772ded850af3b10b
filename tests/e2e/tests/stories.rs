//! Stories on a real control plane: kube-apiserver, the cluster's own HPA, real Redis. They share one
//! control plane and one operator, and have a namespace each; so they are one test, that runs them side
//! by side and tells of each.

// What stories measure is for whoever reads the output; their modules are this program's alone.
#![allow(clippy::print_stdout, unreachable_pub)]

mod stories {
    pub mod demonstration;
    pub mod formula;
    pub mod lifetime;
    pub mod metadata;
    pub mod outage;
    pub mod pausing;
    pub mod secrets;
    pub mod targets;
    pub mod told;
}

use tests_control_plane::Options;
use tests_e2e::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn all_stories_come_true_side_by_side() {
    let installed = Cluster::install(Options::default(), &[]).await;
    let Some(cluster) = installed.unwrap_or_else(|error| panic!("{error:#}")) else {
        return;
    };
    let operator = cluster.operator().await;
    let operator = operator.unwrap_or_else(|error| panic!("{error:#}"));
    let (cluster, operator) = (&cluster, &operator);
    let told = stories::told::Told::default();
    tokio::join!(
        told.tell(
            "demonstration",
            stories::demonstration::a_queue_is_drained(cluster)
        ),
        told.tell(
            "outage",
            stories::outage::an_outage_scales_nothing_down(cluster)
        ),
        told.tell("pausing", stories::pausing::paused_and_unpaused(cluster)),
        told.tell("secret", stories::secrets::a_secret_is_mended(cluster)),
        told.tell(
            "environment",
            stories::secrets::an_address_from_the_environment(cluster)
        ),
        told.tell(
            "formula",
            stories::formula::a_formula_over_two_queues(cluster)
        ),
        told.tell("two triggers", stories::formula::two_triggers(cluster)),
        told.tell("fallback", stories::formula::a_fallback(cluster)),
        told.tell(
            "restore",
            stories::lifetime::deleted_with_and_without_restore(cluster)
        ),
        told.tell(
            "takeover",
            stories::lifetime::an_autoscaler_is_taken_over_and_kept(cluster)
        ),
        told.tell(
            "rivals",
            stories::lifetime::one_target_has_one_object(cluster)
        ),
        told.tell(
            "targets",
            stories::targets::a_stateful_set_and_a_kind_of_ones_own(cluster)
        ),
        told.tell(
            "cluster authentication",
            stories::targets::an_authentication_of_the_cluster(cluster)
        ),
        told.tell(
            "broken",
            stories::targets::a_broken_object_harms_nobody(cluster)
        ),
        told.tell(
            "metadata",
            stories::metadata::the_autoscaler_has_the_objects_labels_and_annotations(cluster)
        ),
    );
    told.end(operator);
    let code = operator.stop().await;
    assert_eq!(code.unwrap_or_else(|error| panic!("{error:#}")), 0);
}
