//! What the server tells of itself to those who look for resources.

use serde_json::{Value, json};

use super::{Accepted, Answer, answer};
use crate::route::{GROUP, VERSION};
use http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<&'static str>,
    name: &'static str,
    versions: [GroupVersion; 1],
    preferred_version: GroupVersion,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupVersion {
    group_version: &'static str,
    version: &'static str,
}

const GROUP_VERSION: GroupVersion = GroupVersion {
    group_version: "external.metrics.k8s.io/v1beta1",
    version: VERSION,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupList {
    kind: &'static str,
    api_version: &'static str,
    groups: [Group; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceList {
    kind: &'static str,
    api_version: &'static str,
    group_version: &'static str,
    resources: [Resource; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    name: &'static str,
    singular_name: &'static str,
    namespaced: bool,
    kind: &'static str,
    verbs: [&'static str; 1],
}

fn group_named(kind: Option<&'static str>, api_version: Option<&'static str>) -> Group {
    Group {
        kind,
        api_version,
        name: GROUP,
        versions: [GROUP_VERSION],
        preferred_version: GROUP_VERSION,
    }
}

/// The group.
pub(crate) fn group() -> impl Serialize {
    group_named(Some("APIGroup"), Some("v1"))
}

/// The group's only resource: metrics are too many to be listed, and come and go.
pub(crate) fn resources() -> impl Serialize {
    ResourceList {
        kind: "APIResourceList",
        api_version: "v1",
        group_version: GROUP_VERSION.group_version,
        resources: [Resource {
            name: "externalmetrics",
            singular_name: "",
            namespaced: true,
            kind: "ExternalMetricValueList",
            verbs: ["get"],
        }],
    }
}

/// All groups, alone or with their resources.
pub(crate) fn group_list(accepted: Accepted) -> Answer {
    match accepted {
        Accepted::Plain(format) => {
            let list = GroupList {
                kind: "APIGroupList",
                api_version: "v1",
                groups: [group_named(None, None)],
            };
            format.answer(StatusCode::OK, &list)
        }
        Accepted::Aggregated(version) => {
            let media = format!(
                "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
            );
            let body = format!("{}\n", aggregated(version));
            answer(StatusCode::OK, &media, body)
        }
    }
}

fn aggregated(version: &str) -> Value {
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": [{
            "metadata": { "name": GROUP, "creationTimestamp": null },
            "versions": [{
                "version": VERSION,
                "resources": [{
                    "resource": "externalmetrics",
                    "responseKind": {
                        "group": GROUP, "version": VERSION, "kind": "ExternalMetricValueList",
                    },
                    "scope": "Namespaced",
                    "singularResource": "",
                    "verbs": ["get"],
                }],
                "freshness": "Current",
            }],
        }],
    })
}
