//! Manifests as texts. Flow style keeps them short; the demonstrations have them as people write them.

use tests_integration::Scene;

/// A ScaledObject on the Process of its own name. `spec` goes between, in flow style: `a: 1, b: 2`.
pub(crate) fn scaled_object(name: &str, spec: &str, triggers: &[String]) -> String {
    format!(
        "apiVersion: keda.sh/v1alpha1\n\
         kind: ScaledObject\n\
         metadata: {{name: {name}}}\n\
         spec: {{scaleTargetRef: {{apiVersion: penstock.dev/v1alpha1, kind: Process, name: {name}}}, \
         pollingInterval: 1, {spec}, triggers: [{}]}}\n",
        triggers.join(", ")
    )
}

/// A Process that runs a shell script.
pub(crate) fn process(name: &str, script: &str, spec: &str) -> String {
    let script = serde_json::Value::from(script);
    format!(
        "apiVersion: penstock.dev/v1alpha1\n\
         kind: Process\n\
         metadata: {{name: {name}}}\n\
         spec: {{command: [sh, -c, {script}], {spec}}}\n"
    )
}

/// A Process whose replicas stay until they are asked to end.
pub(crate) fn idler(name: &str) -> String {
    process(name, "exec sleep 600", "terminationGracePeriodSeconds: 5")
}

/// A trigger on the scene's spool folder; `more` goes behind it, such as `, name: files`.
pub(crate) fn spool(scene: &Scene, files_per_replica: u32, more: &str) -> String {
    let directory = scene.text("spool");
    format!(
        "{{type: spool, metadata: {{directory: '{directory}', filesPerReplica: '{files_per_replica}'}}{more}}}"
    )
}

/// A trigger on the Redis list `orders`.
pub(crate) fn redis(address: &str, length: u32, more: &str) -> String {
    format!(
        "{{type: redis, metadata: {{address: '{address}', listName: orders, listLength: '{length}'}}{more}}}"
    )
}

/// So many items in the Redis list `orders`.
pub(crate) fn push(server: &tests_servers::Redis, items: std::ops::RangeInclusive<u32>) {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    let mut command = vec!["RPUSH", "orders"];
    command.extend(items.iter().map(String::as_str));
    server.run(&command);
}
