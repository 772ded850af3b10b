use std::io::Write as _;
use std::time::Instant;

use anyhow::{Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::{Job, JobStatus};
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tests_control_plane::eventually;

use crate::{PATIENCE, shared};

pub(crate) fn deployment(name: &str, replicas: i32) -> Deployment {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "none"}]}
            }
        }
    }))
    .expect("a Deployment")
}

/// Returns when this many pods of the Deployment are ready.
pub(crate) async fn ready(client: &Client, name: &str, replicas: i32) -> Result<()> {
    let api: Api<Deployment> = Api::default_namespaced(client.clone());
    eventually(
        &format!("{replicas} of {name} are ready"),
        PATIENCE,
        async || {
            let status = api.get(name).await?.status.unwrap_or_default();
            let ready = status.ready_replicas.unwrap_or(0);
            ensure!(ready == replicas, "{ready} are");
            Ok(())
        },
    )
    .await
}

#[tokio::test]
async fn a_deployment_is_scaled_from_3_to_500_pods_that_become_ready() {
    let Some(plane) = shared().await else { return };
    let _dump = plane.dump_on_panic();
    let client = plane.client().await.unwrap();
    let api: Api<Deployment> = Api::default_namespaced(client.clone());
    let post = PostParams::default();
    api.create(&post, &deployment("many", 3)).await.unwrap();
    ready(&client, "many", 3).await.unwrap();

    let begin = Instant::now();
    let scale = Patch::Merge(json!({"spec": {"replicas": 500}}));
    let patch = PatchParams::default();
    api.patch_scale("many", &patch, &scale).await.unwrap();
    ready(&client, "many", 500).await.unwrap();
    let took = begin.elapsed();
    let _ = writeln!(
        std::io::stderr(),
        "3 -> 500 pods were ready after {took:.1?}"
    );
    api.delete("many", &DeleteParams::default()).await.unwrap();
}

fn job(name: &str, annotations: &Value, labels: &Value) -> Job {
    serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "backoffLimit": 0,
            "template": {
                "metadata": {"annotations": annotations, "labels": labels},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "none"}]
                }
            }
        }
    }))
    .expect("a Job")
}

#[tokio::test]
async fn jobs_complete_fail_or_go_on_as_their_pods_ask() {
    let Some(plane) = shared().await else { return };
    let _dump = plane.dump_on_panic();
    let api: Api<Job> = Api::default_namespaced(plane.client().await.unwrap());
    let long = json!({"pod-complete.stage.kwok.x-k8s.io/delay": "1h"});
    // Failing comes after one second; completing must not be first.
    let fails = json!({"pod-container-running-failed.stage.kwok.x-k8s.io": "true"});
    for job in [
        job("long", &long, &json!({})),
        job("bad", &long, &fails),
        job("good", &json!({}), &json!({})),
    ] {
        api.create(&PostParams::default(), &job).await.unwrap();
    }
    let until = async |name, wanted: fn(&JobStatus) -> bool| {
        eventually(
            &format!("the job {name} gets there"),
            PATIENCE,
            async || {
                let status = api.get(name).await?.status.unwrap_or_default();
                ensure!(wanted(&status), "its status is {status:?}");
                Ok(())
            },
        )
        .await
        .unwrap();
    };
    until("long", |status| status.ready == Some(1)).await;
    until("good", |status| status.succeeded == Some(1)).await;
    until("good", |status| status.completion_time.is_some()).await;
    until("bad", |status| status.failed == Some(1)).await;
    let long = api.get("long").await.unwrap().status.unwrap();
    assert_eq!((long.active, long.succeeded), (Some(1), None));
}
