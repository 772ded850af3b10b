use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kube::api::ApiResource;
use kube::core::GroupVersionKind;
use operator_api::{GroupVersionKindResource, ScaleTargetRef};

use super::ObjectError;
use crate::lane::Lane;

/// The kinds that targets have, as the cluster knows them.
#[derive(Default)]
pub(crate) struct Kinds {
    found: Mutex<HashMap<GroupVersionKind, ApiResource>>,
}

impl Kinds {
    /// Finds the kind of a target. Deployments and StatefulSets need no call, and no kind more than one.
    pub(crate) async fn find(
        &self,
        lane: &Lane,
        target: &ScaleTargetRef,
    ) -> Result<ApiResource, ObjectError> {
        let kind = split(target);
        let known = match kind.kind.as_str() {
            "Deployment" => Some("deployments"),
            "StatefulSet" => Some("statefulsets"),
            _ => None,
        };
        if let Some(plural) = known {
            return Ok(ApiResource::from_gvk_with_plural(&kind, plural));
        }
        if let Some(found) = self.lock().get(&kind) {
            return Ok(found.clone());
        }
        let what = format!(
            "find out about kind {} in {}",
            kind.kind,
            kind.api_version()
        );
        let client = lane.client();
        let found = lane
            .call(&what, kube::discovery::pinned_kind(&client, &kind))
            .await;
        match found {
            Ok((found, _)) => {
                self.lock().insert(kind, found.clone());
                Ok(found)
            }
            Err(error) if error.is_not_found() || error.is_missing_kind() => {
                Err(ObjectError::UnknownKind {
                    api_version: kind.api_version(),
                    kind: kind.kind,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<GroupVersionKind, ApiResource>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Both parts have their own default, as in KEDA.
fn split(target: &ScaleTargetRef) -> GroupVersionKind {
    let (group, version) = match target.api_version().split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", target.api_version()),
    };
    GroupVersionKind::gvk(group, version, target.kind())
}

/// The kind as a status has it.
pub(super) fn gvkr(kind: &ApiResource) -> GroupVersionKindResource {
    GroupVersionKindResource {
        group: kind.group.clone(),
        version: kind.version.clone(),
        kind: kind.kind.clone(),
        resource: kind.plural.clone(),
    }
}

/// `<group>/<version>.<Kind>`; the core group leaves its slash.
pub(super) fn text(kind: &ApiResource) -> String {
    format!("{}/{}.{}", kind.group, kind.version, kind.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(api_version: Option<&str>, kind: Option<&str>) -> String {
        let kind = split(&ScaleTargetRef {
            name: "w".into(),
            api_version: api_version.map(Into::into),
            kind: kind.map(Into::into),
            env_source_container_name: None,
        });
        text(&ApiResource::from_gvk(&kind))
    }

    #[test]
    fn version_and_kind_have_their_own_defaults() {
        assert_eq!(of(None, None), "apps/v1.Deployment");
        assert_eq!(of(Some(""), Some("StatefulSet")), "apps/v1.StatefulSet");
        assert_eq!(
            of(Some("argoproj.io/v1alpha1"), None),
            "argoproj.io/v1alpha1.Deployment"
        );
        assert_eq!(
            of(Some("v1"), Some("ReplicationController")),
            "/v1.ReplicationController"
        );
    }
}
