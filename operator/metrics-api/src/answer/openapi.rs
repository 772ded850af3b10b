//! The API's description for programs, and the program's version.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, answer};
use crate::route::{GROUP, VERSION};

const LIST: &str = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.ExternalMetricValueList";
const VALUE: &str = "io.k8s.metrics.pkg.apis.external_metrics.v1beta1.ExternalMetricValue";
const METRIC_PATH: &str =
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{externalMetric}";
const RESOURCES_PATH: &str = "/apis/external.metrics.k8s.io/v1beta1/";

/// Swagger 2, which the aggregator merges into the cluster's.
pub(crate) fn openapi_v2(headers: &HeaderMap) -> Answer {
    let string = |name: &str, place: &str, required: bool| json!({"name": name, "in": place, "type": "string", "required": required, "uniqueItems": true});
    let mut operation = operation();
    operation["produces"] = json!(["application/json", "application/yaml"]);
    operation["responses"] = json!({"200": {
        "description": "OK", "schema": {"$ref": format!("#/definitions/{LIST}")},
    }});
    let document = json!({
        "swagger": "2.0",
        "info": info(),
        "paths": { METRIC_PATH: {
            "get": operation,
            "parameters": [
                string("namespace", "path", true),
                string("externalMetric", "path", true),
                string("labelSelector", "query", false),
            ],
        } },
        "definitions": schemas("#/definitions/"),
    });
    with_tag(headers, &document)
}

/// Where the descriptions of each group's version are.
pub(crate) fn openapi_v3(headers: &HeaderMap) -> Answer {
    let hash = tag(&group_document().to_string());
    let path = format!("apis/{GROUP}/{VERSION}");
    let url = format!("/openapi/v3/{path}?hash={hash}");
    with_tag(
        headers,
        &json!({"paths": { path: {"serverRelativeURL": url} }}),
    )
}

/// OpenAPI 3 of the group's version.
pub(crate) fn openapi_v3_group(headers: &HeaderMap) -> Answer {
    with_tag(headers, &group_document())
}

fn group_document() -> Value {
    let string = |name: &str, place: &str, required: bool| {
        json!({
            "name": name, "in": place, "required": required,
            "schema": {"type": "string", "uniqueItems": true},
        })
    };
    let mut operation = operation();
    let schema = json!({"schema": {"$ref": format!("#/components/schemas/{LIST}")}});
    operation["responses"] = json!({"200": {
        "description": "OK",
        "content": {"application/json": schema, "application/yaml": schema},
    }});
    json!({
        "openapi": "3.0.0",
        "info": info(),
        "paths": {
            METRIC_PATH: {
                "get": operation,
                "parameters": [
                    string("namespace", "path", true),
                    string("externalMetric", "path", true),
                    string("labelSelector", "query", false),
                ],
            },
            RESOURCES_PATH: { "get": {
                "operationId": "getExternalMetricsV1beta1APIResources",
                "description": "get available resources",
                "responses": {"200": {"description": "OK"}},
            } },
        },
        "components": {"schemas": schemas("#/components/schemas/")},
    })
}

fn info() -> Value {
    json!({"title": "Penstock external metrics", "version": concat!("v", env!("CARGO_PKG_VERSION"))})
}

fn operation() -> Value {
    json!({
        "description": "list external metrics",
        "operationId": "listExternalMetricsV1beta1NamespacedExternalMetricValueList",
        "tags": ["externalMetrics_v1beta1"],
        "x-kubernetes-action": "list",
        "x-kubernetes-group-version-kind": kind("ExternalMetricValueList"),
    })
}

fn kind(kind: &str) -> Value {
    json!({"group": GROUP, "version": VERSION, "kind": kind})
}

fn schemas(at: &str) -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        LIST: {
            "type": "object",
            "description": "a list of values for a given metric for some set of labels",
            "required": ["items"],
            "properties": {
                "apiVersion": text("version of the schema of this object"),
                "kind": text("the type of this object"),
                "metadata": {"type": "object", "description": "metadata of the list"},
                "items": {
                    "type": "array",
                    "description": "values of the metric",
                    "items": {"$ref": format!("{at}{VALUE}")},
                },
            },
            "x-kubernetes-group-version-kind": [kind("ExternalMetricValueList")],
        },
        VALUE: {
            "type": "object",
            "description": "a metric value for an external metric",
            "required": ["metricName", "metricLabels", "timestamp", "value"],
            "properties": {
                "metricName": text("the name of the metric"),
                "metricLabels": {
                    "type": "object",
                    "description": "labels that identify a time series of the metric",
                    "additionalProperties": {"type": "string"},
                },
                "timestamp": {
                    "type": "string", "format": "date-time",
                    "description": "when the value was measured",
                },
                "window": {
                    "type": "integer", "format": "int64",
                    "description": "seconds over which the value was computed; absent for a momentary value",
                },
                "value": text("the value, a quantity"),
            },
            "x-kubernetes-group-version-kind": [kind("ExternalMetricValue")],
        },
    })
}

fn tag(body: &str) -> String {
    let hash = blake3::hash(body.as_bytes()).to_hex();
    hash[..32].to_ascii_uppercase()
}

/// The aggregator asks each minute, and is told when nothing is new.
fn with_tag(headers: &HeaderMap, document: &Value) -> Answer {
    let body = document.to_string();
    let tag = format!("\"{}\"", tag(&body));
    let known = headers.get_all(header::IF_NONE_MATCH).into_iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|line| line.split(','));
    let mut answer = match known.any(|k| k.trim().trim_start_matches("W/") == tag) {
        true => answer(StatusCode::NOT_MODIFIED, "application/json", ""),
        false => answer(StatusCode::OK, "application/json", body),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// The program's version in Kubernetes' form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    major: &'static str,
    minor: &'static str,
    git_version: &'static str,
    git_commit: &'static str,
    git_tree_state: &'static str,
    build_date: &'static str,
    go_version: &'static str,
    compiler: &'static str,
    platform: String,
}

/// The program's version. Fields that do not apply are empty: clients expect them all.
pub(crate) fn version() -> impl Serialize {
    Version {
        major: env!("CARGO_PKG_VERSION_MAJOR"),
        minor: env!("CARGO_PKG_VERSION_MINOR"),
        git_version: concat!("v", env!("CARGO_PKG_VERSION")),
        git_commit: "",
        git_tree_state: "",
        build_date: "",
        go_version: "",
        compiler: "rustc",
        platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    }
}
