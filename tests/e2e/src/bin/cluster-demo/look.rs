use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::Client;
use kube::api::{Api, DynamicObject, ListParams};
use kube::core::{ApiResource, GroupVersionKind};
use redis::Commands;
use tests_e2e::conditions;
use tests_e2e::demonstration::LIST;

/// What stands above the lines.
pub(crate) const TITLE: &str = "   time  messages  wanted  ready  decided by  condition";

/// Looks at all that takes part.
pub(crate) struct Watcher {
    deployments: Api<Deployment>,
    objects: Api<DynamicObject>,
    events: Api<Event>,
    redis: redis::Connection,
}

/// What was seen at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) messages: u64,
    pub(crate) wanted: u64,
    pub(crate) ready: u64,
    pub(crate) decided_by: &'static str,
    pub(crate) condition: String,
}

impl Watcher {
    pub(crate) fn new(client: &Client, namespace: &str, redis: &str) -> Result<Self> {
        let kind = GroupVersionKind::gvk("keda.sh", "v1alpha1", "ScaledObject");
        let kind = ApiResource::from_gvk(&kind);
        Ok(Self {
            deployments: Api::namespaced(client.clone(), namespace),
            objects: Api::namespaced_with(client.clone(), namespace, &kind),
            events: Api::namespaced(client.clone(), namespace),
            redis: redis::Client::open(format!("redis://{redis}/"))?.get_connection()?,
        })
    }

    pub(crate) async fn look(&mut self) -> Result<Sight> {
        let deployment = self.deployments.get("worker").await?;
        let object = self.objects.get("orders").await?;
        let count = |n: Option<i32>| u64::try_from(n.unwrap_or(0)).unwrap_or(0);
        let all = conditions(&object.data)?;
        let active = all.iter().find(|(kind, ..)| kind == "Active");
        let (_, status, reason) = active.context("a condition Active")?;
        let entries = deployment.metadata.managed_fields.as_deref();
        let decided_by = match decided_by(entries.unwrap_or(&[])) {
            // A scale of 0 is one without replicas in the API server's books: then by the operator's event.
            None if self.was_deactivated().await? => "operator",
            None => "manifest",
            Some(who) => who,
        };
        Ok(Sight {
            messages: self.redis.llen(LIST)?,
            wanted: count(deployment.spec.replicas),
            ready: count(deployment.status.and_then(|status| status.ready_replicas)),
            decided_by,
            condition: format!("Active={status} {reason}"),
        })
    }
}

impl Watcher {
    async fn was_deactivated(&self) -> Result<bool> {
        let events = self.events.list(&ListParams::default()).await?;
        let reason = Some("KEDAScaleTargetDeactivated");
        Ok(events
            .items
            .iter()
            .any(|event| event.reason.as_deref() == reason))
    }
}

impl Sight {
    pub(crate) fn line(&self, elapsed: Duration) -> String {
        let (time, decided_by) = (elapsed.as_secs_f64(), self.decided_by);
        let (messages, wanted, ready) = (self.messages, self.wanted, self.ready);
        let condition = &self.condition;
        format!("{time:5.1} s  {messages:8}  {wanted:6}  {ready:5}  {decided_by:<10}  {condition}")
    }
}

/// Who wrote the replicas last, by the API server's own books.
fn decided_by(entries: &[ManagedFieldsEntry]) -> Option<&'static str> {
    let owner = entries.iter().find(|entry| {
        let fields = entry.fields_v1.as_ref();
        let owns = fields.is_some_and(|f| !f.0["f:spec"]["f:replicas"].is_null());
        owns && entry.subresource.as_deref() == Some("scale")
    })?;
    match owner.manager.as_deref()? {
        "kube-controller-manager" => Some("autoscaler"),
        _ => Some("operator"),
    }
}
