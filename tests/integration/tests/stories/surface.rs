//! What programs read: metrics, JSON, health, exit codes.

use serde_json::Value;
use tests_integration::{Ended, Kind, Scene};

use crate::manifests::{idler, scaled_object, spool};

fn scene() -> Scene {
    let scene = Scene::new();
    let object = scaled_object("files", "maxReplicaCount: 2", &[spool(&scene, 1, "")]);
    scene
        .spool(2)
        .manifest("object.yaml", &object)
        .manifest("process.yaml", &idler("files"));
    scene
}

#[test]
fn metrics_keep_to_the_format_and_have_the_names_of_keda() {
    let scene = scene();
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |object| object.replicas == Some(2));
    let answer = penstock.get("/metrics");
    assert!(
        answer
            .content_type
            .starts_with("application/openmetrics-text; version=1.0.0")
    );
    let metrics = penstock.metrics();
    let scaler = [
        ("namespace", "default"),
        ("scaledObject", "files"),
        ("scaler", "spoolScaler"),
        ("metric", "s0-spool-spool"),
        ("triggerIndex", "0"),
        ("type", "scaledobject"),
    ];
    assert_eq!(metrics.value("keda_scaler_metrics_value", &scaler), 2.0);
    assert_eq!(metrics.value("keda_scaler_active", &scaler), 1.0);
    assert!(metrics.value("keda_scaler_metrics_latency_seconds", &scaler) > 0.0);
    let object = [("namespace", "default"), ("scaledObject", "files")];
    assert_eq!(
        metrics.value("keda_scaled_object_errors_total", &object),
        0.0
    );
    assert_eq!(metrics.value("keda_scaled_object_paused", &object), 0.0);
    let polled = [
        ("namespace", "default"),
        ("type", "scaledobject"),
        ("resource", "files"),
    ];
    let late = metrics.value("keda_internal_scale_loop_latency_seconds", &polled);
    assert!((0.0..10.0).contains(&late), "{late}");
    assert_eq!(metrics.value("penstock_replicas", &object), 2.0);
    assert!(metrics.value("penstock_polls_total", &object) >= 2.0);
    assert_eq!(
        metrics.value("keda_trigger_registered_total", &[("type", "spool")]),
        1.0
    );
    let registered = [("type", "scaled_object"), ("namespace", "default")];
    assert_eq!(
        metrics.value("keda_resource_registered_total", &registered),
        1.0
    );
    assert_eq!(metrics.values("keda_build_info", &[]), [1.0]);
    assert_eq!(metrics.families["keda_scaled_object_errors"], Kind::Counter);
    assert_eq!(
        metrics.families["keda_trigger_registered_total"],
        Kind::Gauge
    );
}

#[test]
fn health_and_readiness_are_answered() {
    let scene = scene();
    let mut penstock = scene.start();
    let health = penstock.get("/healthz");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    tests_integration::eventually("it is ready", || match penstock.get("/readyz") {
        ready if ready.status == 200 => Ok(()),
        waiting => Err(waiting.body),
    });
    assert!(penstock.world().object("files").unwrap().counters.polls > 0);
    assert_eq!(penstock.get("/no-such-page").status, 404);
}

#[test]
fn status_and_explain_are_json_for_programs_and_their_codes_are_as_documented() {
    let scene = scene();
    let mut penstock = scene.start();
    penstock.wait_for("files", 2, |object| object.replicas == Some(2));
    let json = |ended: &Ended| -> Value {
        assert_eq!(ended.code, Some(0), "{}", ended.all());
        assert_eq!(ended.log, "", "a pipe gets JSON and nothing else");
        serde_json::from_str(&ended.printed).unwrap()
    };
    let status = json(&penstock.ask(&["status", "-o", "json"]));
    assert_eq!(status["objects"][0]["name"], "files");
    assert_eq!(status["processes"][0]["ready"], 2);
    let explained = json(&penstock.ask(&["explain", "default/files", "-o", "json", "--last", "3"]));
    let decisions = explained.as_array().unwrap();
    assert!((2..=3).contains(&decisions.len()), "{explained}");
    assert!(
        decisions[0]["at"].as_i64() >= decisions[1]["at"].as_i64(),
        "newest first"
    );
    let text = penstock.ask(&["status"]);
    assert_eq!(text.code, Some(0));
    assert!(text.printed.contains("default/files"), "{}", text.printed);

    let unknown = penstock.ask(&["explain", "no-such-object"]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.all());
    assert!(
        unknown.log.contains("default/files"),
        "it names what there is: {}",
        unknown.log
    );
    let admin = penstock.admin().to_string();
    assert_eq!(penstock.stop().code, Some(0));
    for command in ["status", "explain"] {
        let mut arguments = vec![command, "--admin", &admin];
        arguments.extend((command == "explain").then_some("files"));
        let nobody = Ended::of(scene.penstock(&arguments));
        assert_eq!(nobody.code, Some(2), "{}", nobody.all());
        assert!(nobody.log.contains(&admin), "{}", nobody.log);
    }
}

#[test]
fn what_cannot_start_says_why_and_ends_with_code_2() {
    let scene = scene();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (manifests, state) = (scene.text("manifests"), scene.text("state"));
    let usual = [
        "run",
        "-f",
        manifests.as_str(),
        "--state-dir",
        state.as_str(),
    ];
    let absent = scene.text("absent");
    let admin = taken.local_addr().unwrap().to_string();
    for (more, word) in [
        (["--admin", admin.as_str()], admin.as_str()),
        (["--scalers", absent.as_str()], absent.as_str()),
        (["--no-such-flag", "1"], "--no-such-flag"),
        (["--drain-timeout", "soon"], "soon"),
    ] {
        let ended = Ended::of(scene.penstock(&[&usual[..], &more].concat()));
        assert_eq!(ended.code, Some(2), "{more:?}: {}", ended.all());
        assert!(ended.log.contains(word), "{more:?}: {}", ended.log);
    }
    drop(taken);
    let help = Ended::of(scene.penstock(&["run", "--help"]));
    assert_eq!(help.code, Some(0));
    let codes =
        "Exit codes: 0 stopped as asked, 1 something was left or failed, 2 could not start.";
    assert!(help.printed.contains(codes), "{}", help.printed);
}
