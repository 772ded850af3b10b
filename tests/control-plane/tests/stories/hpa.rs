use anyhow::ensure;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use kube::api::{Api, PostParams};
use serde_json::json;
use tests_control_plane::eventually;

use crate::external_metrics::ExternalMetrics;
use crate::workloads::{deployment, ready};
use crate::{PATIENCE, shared};

#[tokio::test]
async fn the_hpa_scales_by_a_metric_of_an_aggregated_api() {
    let Some(plane) = shared().await else { return };
    let _dump = plane.dump_on_panic();
    let client = plane.client().await.unwrap();
    let metrics = ExternalMetrics::start(plane).await;
    metrics.set(35);

    let post = PostParams::default();
    let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
    let target = deployment("scaled", 1);
    deployments.create(&post, &target).await.unwrap();
    let hpas: Api<HorizontalPodAutoscaler> = Api::default_namespaced(client.clone());
    let hpa = serde_json::from_value(json!({
        "metadata": {"name": "scaled"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "scaled"},
            "minReplicas": 1,
            "maxReplicas": 10,
            "metrics": [{"type": "External", "external": {
                "metric": {"name": "queue-length", "selector": {"matchLabels": {"queue": "a"}}},
                "target": {"type": "AverageValue", "averageValue": "10"}}}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}}
        }
    }));
    hpas.create(&post, &hpa.unwrap()).await.unwrap();
    ready(&client, "scaled", 4).await.unwrap();
    metrics.set(12);
    ready(&client, "scaled", 2).await.unwrap();

    // The HPA controller itself was asked for, by whoever holds the aggregation layer's certificate.
    eventually("it was asked", PATIENCE, async || {
        let seen = metrics.seen();
        let user = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
        let path = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue-length";
        let hit = seen
            .iter()
            .any(|call| call.user == user && call.path == path && call.query.contains("queue%3Da"));
        ensure!(hit, "it saw {seen:?}");
        Ok(())
    })
    .await
    .unwrap();
}
