use anyhow::{Context, Result};
use serde_json::Value;

/// A namespace with a Deployment, and a ScaledObject for it.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The namespace: each story has its own.
    pub namespace: String,
    /// Replicas that the Deployment starts with.
    pub replicas: u32,
}

impl Scene {
    /// A scene in a namespace of that name, with no replicas.
    pub fn new(namespace: &str) -> Self {
        Self {
            namespace: namespace.into(),
            replicas: 0,
        }
    }

    /// The namespace and the Deployment `worker`.
    pub fn workload(&self) -> String {
        let (namespace, replicas) = (&self.namespace, self.replicas);
        format!(
            "apiVersion: v1
kind: Namespace
metadata: {{name: {namespace}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: worker, namespace: {namespace}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: worker}}}}
  template:
    metadata: {{labels: {{app: worker}}}}
    spec:
      containers: [{{name: worker, image: example.org/worker:1}}]
"
        )
    }

    /// A ScaledObject `orders` for it; `spec` is YAML of its fields beside the target, in one line each.
    pub fn scaled_object(&self, annotations: &str, spec: &str) -> String {
        let namespace = &self.namespace;
        let spec = spec.trim().replace('\n', "\n  ");
        format!(
            "---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: orders, namespace: {namespace}, annotations: {{{annotations}}}}}
spec:
  scaleTargetRef: {{name: worker}}
  {spec}
"
        )
    }
}

/// The conditions of a ScaledObject: kind, status and reason of each.
///
/// # Errors
/// When it has none yet.
pub fn conditions(object: &Value) -> Result<Vec<(String, String, String)>> {
    let conditions = object["status"]["conditions"].as_array();
    let text = |of: &Value, field: &str| of[field].as_str().unwrap_or_default().to_string();
    let each = |c: &Value| (text(c, "type"), text(c, "status"), text(c, "reason"));
    Ok(conditions
        .context("no conditions yet")?
        .iter()
        .map(each)
        .collect())
}
