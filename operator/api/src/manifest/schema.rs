//! The schema of each kind, generated from its Rust type once.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::CustomResourceExt;
use kube::core::schema::{OptionalEnum, OptionalIntOrString, StructuralSchemaRewriter};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use crate::{
    ClusterTriggerAuthentication, Process, ScaledJob, ScaledObject, TriggerAuthentication,
    definition, nearest,
};

macro_rules! custom {
    ($($schema:ident: $kind:ty),* $(,)?) => {
        $(static $schema: LazyLock<Json> = LazyLock::new(|| of_custom::<$kind>());)*
    };
}

custom! {
    SCALED_OBJECT: ScaledObject,
    SCALED_JOB: ScaledJob,
    TRIGGER_AUTHENTICATION: TriggerAuthentication,
    CLUSTER_TRIGGER_AUTHENTICATION: ClusterTriggerAuthentication,
    PROCESS: Process,
}
static SECRET: LazyLock<Json> = LazyLock::new(of_core::<Secret>);
static CONFIG_MAP: LazyLock<Json> = LazyLock::new(of_core::<ConfigMap>);

/// The kinds that are read.
const KINDS: [(&str, &str); 7] = [
    ("keda.sh/v1alpha1", "ScaledObject"),
    ("keda.sh/v1alpha1", "ScaledJob"),
    ("keda.sh/v1alpha1", "TriggerAuthentication"),
    ("keda.sh/v1alpha1", "ClusterTriggerAuthentication"),
    ("penstock.dev/v1alpha1", "Process"),
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
];

/// A kind that is read and has nearly this name: its version and name.
pub(super) fn similar(kind: &str) -> Option<String> {
    let name = nearest(kind, KINDS.iter().map(|(_, kind)| *kind))?;
    let (version, _) = KINDS.iter().find(|(_, kind)| *kind == name)?;
    Some(format!("{version} {name}"))
}

/// The structural schema of a kind, or `None` for kinds that are not read.
pub(super) fn of(api_version: &str, kind: &str) -> Option<&'static Json> {
    let schema = match (api_version, kind) {
        ("keda.sh/v1alpha1", "ScaledObject") => &SCALED_OBJECT,
        ("keda.sh/v1alpha1", "ScaledJob") => &SCALED_JOB,
        ("keda.sh/v1alpha1", "TriggerAuthentication") => &TRIGGER_AUTHENTICATION,
        ("keda.sh/v1alpha1", "ClusterTriggerAuthentication") => &CLUSTER_TRIGGER_AUTHENTICATION,
        ("penstock.dev/v1alpha1", "Process") => &PROCESS,
        ("v1", "Secret") => &SECRET,
        ("v1", "ConfigMap") => &CONFIG_MAP,
        _ => return None,
    };
    Some(schema)
}

fn of_custom<K: CustomResourceExt>() -> Json {
    let mut schema = definition::of::<K>()
        .pointer_mut("/spec/versions/0/schema/openAPIV3Schema")
        .map(Json::take)
        .unwrap_or_default();
    // A definition leaves it to the API server.
    schema["properties"]["metadata"] = of_core::<ObjectMeta>();
    schema
}

fn of_core<T: JsonSchema>() -> Json {
    SchemaSettings::openapi3()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(StructuralSchemaRewriter)
        .with_transform(OptionalEnum)
        .with_transform(OptionalIntOrString)
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}
