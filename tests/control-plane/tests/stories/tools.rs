use std::fs;
use std::path::Path;

use serde_json::Value;
use tests_control_plane::Binaries;

use crate::{output, shared};

#[tokio::test]
async fn kubectl_talks_to_kubernetes_of_the_version_that_was_built() {
    let Some(plane) = shared().await else { return };
    let _dump = plane.dump_on_panic();
    let nodes = output(&mut plane.kubectl(["get", "nodes", "--output=name"]));
    assert_eq!(nodes.trim(), "node/node-0\nnode/node-1\nnode/node-2");
    let versions = output(&mut plane.kubectl(["version", "--output=json"]));
    let versions: Value = serde_json::from_str(&versions).unwrap();
    for side in ["clientVersion", "serverVersion"] {
        assert_eq!(versions[side]["gitVersion"], Binaries::version());
    }
}

/// A chart that wants a version of Kubernetes, as charts do.
fn write_chart(folder: &Path) {
    fs::create_dir(folder.join("templates")).unwrap();
    let chart = "apiVersion: v2\nname: tiny\nversion: 1.2.3\nkubeVersion: '>=1.30.0'\n";
    fs::write(folder.join("Chart.yaml"), chart).unwrap();
    fs::write(folder.join("values.yaml"), "replicas: 1\n").unwrap();
    let template = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: tiny}
  template:
    metadata:
      labels: {app: tiny}
    spec:
      containers: [{name: main, image: none}]
";
    fs::write(folder.join("templates/deployment.yaml"), template).unwrap();
}

#[tokio::test]
async fn helm_installs_a_chart_and_takes_it_away() {
    let Some(plane) = shared().await else { return };
    let _dump = plane.dump_on_panic();
    let folder = tempfile::tempdir().unwrap();
    write_chart(folder.path());

    let install = [
        "install",
        "tiny",
        "--set=replicas=2",
        "--wait",
        "--timeout=120s",
    ];
    output(plane.helm(install).arg(folder.path()));
    let releases = output(&mut plane.helm(["list", "--output=json"]));
    let releases: Value = serde_json::from_str(&releases).unwrap();
    assert_eq!(releases[0]["chart"], "tiny-1.2.3");
    assert_eq!(releases[0]["status"], "deployed");
    let ready = [
        "get",
        "deployment",
        "tiny",
        "--output=jsonpath={.status.readyReplicas}",
    ];
    assert_eq!(output(&mut plane.kubectl(ready)), "2");

    output(&mut plane.helm(["uninstall", "tiny", "--wait", "--timeout=120s"]));
    let get = ["get", "deployment", "tiny", "--ignore-not-found"];
    assert_eq!(output(&mut plane.kubectl(get)), "");
}
