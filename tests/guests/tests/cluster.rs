//! What a component may read of the cluster: what it asked for, was granted, and in its own namespace.

use std::sync::Arc;

use runtime_host::{Catalog, CatalogConfig, CheckError, KubeRead, Policy};
use runtime_types::{KubeAccess, Trigger};
use tests_guests::{PlayedCluster, component_file, failure};

const ALL: [KubeAccess; 2] = [KubeAccess::Pods, KubeAccess::ConfigMaps];

fn catalog(cluster: Option<Arc<dyn KubeRead>>, granted: &[KubeAccess]) -> Catalog {
    let folder = component_file("capable");
    Catalog::open(CatalogConfig {
        kube_read: cluster,
        policy: Policy {
            kube: granted.iter().copied().collect(),
            ..Policy::default()
        },
        ..CatalogConfig::new(vec![folder.parent().unwrap().to_path_buf()])
    })
    .unwrap()
}

fn trigger(parameters: &[(&str, &str)]) -> Arc<Trigger> {
    let text = |(k, v): &(&str, &str)| ((*k).to_string(), (*v).to_string());
    Arc::new(Trigger {
        trigger_type: "capable".into(),
        namespace: "shop".into(),
        metadata: parameters.iter().map(text).collect(),
        ..Trigger::default()
    })
}

async fn says(catalog: &Catalog, parameters: &[(&str, &str)]) -> String {
    let mut open = catalog.open_trigger(trigger(parameters));
    failure(open.poll().await).message
}

#[tokio::test]
async fn the_namespace_is_the_triggers_own_whatever_the_component_says() {
    let cluster = Arc::new(PlayedCluster::default());
    let catalog = catalog(Some(cluster.clone()), &ALL);
    assert_eq!(
        says(&catalog, &[("use", "pods"), ("selector", "a=b")]).await,
        "7"
    );
    assert_eq!(
        says(&catalog, &[("use", "nodes"), ("selector", "a=b")]).await,
        "2"
    );
    let named = [
        ("use", "config-map"),
        ("map", "numbers"),
        ("name", "numbers"),
    ];
    assert_eq!(says(&catalog, &named).await, "workers");
    // A selector or a name in which somebody writes of another namespace is still only that.
    let sly = [("use", "pods"), ("selector", "a=b&namespace=kube-system")];
    says(&catalog, &sly).await;
    let expected = [
        "pods a=b in shop",
        "nodes a=b in shop",
        "workers of numbers in shop",
        "pods a=b&namespace=kube-system in shop",
    ];
    assert_eq!(cluster.asked(), expected);
}

#[tokio::test]
async fn a_config_map_that_no_parameter_names_is_refused() {
    let cluster = Arc::new(PlayedCluster::default());
    let catalog = catalog(Some(cluster.clone()), &ALL);
    for name in ["others", "", "../secrets/numbers"] {
        let foreign = [("use", "config-map"), ("map", "numbers"), ("name", name)];
        let told = says(&catalog, &foreign).await;
        assert!(
            told.contains("UnknownReason::Denied: only a ConfigMap"),
            "{told}"
        );
    }
    assert!(cluster.asked().is_empty());
}

#[tokio::test]
async fn what_the_policy_does_not_grant_is_refused() {
    let cluster = Arc::new(PlayedCluster::default());
    let named = [
        ("use", "config-map"),
        ("map", "numbers"),
        ("name", "numbers"),
    ];
    for (granted, parameters) in [
        (&ALL[1..], &[("use", "pods"), ("selector", "a=b")][..]),
        (&ALL[1..], &[("use", "nodes"), ("selector", "a=b")][..]),
        (&ALL[..1], &named[..]),
    ] {
        let told = says(&catalog(Some(cluster.clone()), granted), parameters).await;
        assert!(told.contains("Denied: reading"), "{told}");
        assert!(told.contains("--allow-kube"), "{told}");
    }
    assert!(cluster.asked().is_empty());
}

#[tokio::test]
async fn without_a_cluster_the_answer_says_that_one_is_needed() {
    let told = says(
        &catalog(None, &ALL),
        &[("use", "pods"), ("selector", "a=b")],
    )
    .await;
    assert!(
        told.contains("Unavailable: reading pods needs a cluster"),
        "{told}"
    );
}

#[tokio::test]
async fn a_poll_asks_the_cluster_so_often_and_no_more() {
    let cluster = Arc::new(PlayedCluster::default());
    let catalog = catalog(Some(cluster.clone()), &ALL);
    let mut open = catalog.open_trigger(trigger(&[("use", "floods-cluster")]));
    let told = failure(open.poll().await).message;
    assert!(told.contains("more than 16 times a poll"), "{told}");
    assert_eq!(cluster.asked().len(), 16);
    open.poll().await;
    assert_eq!(cluster.asked().len(), 32, "the next poll may ask again");
}

#[tokio::test]
async fn a_check_may_not_ask_the_cluster() {
    let cluster = Arc::new(PlayedCluster::default());
    let catalog = catalog(Some(cluster.clone()), &ALL);
    match catalog.check(&trigger(&[("use", "cluster-check")])).await {
        Err(CheckError::Component(unknown)) => {
            let told = unknown.message;
            assert!(
                told.contains("must not call kube-read.count-pods"),
                "{told}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert!(cluster.asked().is_empty());
}
