//! Who may ask what: the API server says.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::authorization::v1::{
    NonResourceAttributes, ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
};
use kube::api::PostParams;
use kube::{Api, Client};

use crate::authentication::REVIEW_TIMEOUT;
use crate::route::{GROUP, Route, VERSION};
use crate::user::User;
use crate::verdicts::Verdicts;

/// Verdicts remembered at most: a few users, each with as many metrics as there are.
const REMEMBERED: u64 = 16 * 1024;

/// For how long verdicts hold.
#[derive(Debug, Clone, Copy)]
pub struct Holds {
    /// What is allowed. A minute spares the API server most reviews: there is one for each metric.
    pub allowed: Duration,
    /// What is denied. Shorter than the autoscaler's period of 15 s, so that a right that was
    /// granted works when it asks the next time.
    pub denied: Duration,
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            allowed: Duration::from_secs(60),
            denied: Duration::from_secs(10),
        }
    }
}

/// The API server does not say.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorizationError {
    #[error("the API server cannot be asked")]
    Review(#[source] Box<kube::Error>),
    #[error("the API server did not answer within {} s", REVIEW_TIMEOUT.as_secs())]
    TimedOut,
}

/// What somebody wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    Resource {
        verb: &'static str,
        namespace: String,
        resource: String,
        name: String,
    },
    Path {
        verb: String,
        path: String,
    },
}

impl Wish {
    /// What a request wants, in Kubernetes' words.
    pub(crate) fn of(method: &http::Method, route: &Route, path: &str) -> Self {
        let resource = |namespace: &str, resource: &str, name: &str| Self::Resource {
            verb: verb(method, name.is_empty()),
            namespace: namespace.into(),
            resource: resource.into(),
            name: name.into(),
        };
        match route {
            Route::Metric { namespace, metric } => resource(namespace, metric, ""),
            Route::NoMetric {
                namespace,
                resource: kind,
                name,
            } => resource(namespace, kind, name),
            _ => Self::Path {
                verb: method.as_str().to_ascii_lowercase(),
                path: path.into(),
            },
        }
    }
}

fn verb(method: &http::Method, many: bool) -> &'static str {
    match (method.as_str(), many) {
        ("GET" | "HEAD", true) => "list",
        ("GET" | "HEAD", false) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "deletecollection",
        ("DELETE", false) => "delete",
        _ => "",
    }
}

/// Yes, or no with the API server's remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Permission {
    Allowed,
    Denied(String),
}

/// Finds out who may do what.
pub struct Authorizer {
    client: Client,
    known: Verdicts<Permission>,
    holds: Holds,
}

impl Authorizer {
    /// Asks the API server that `client` speaks to.
    pub fn new(client: Client, holds: Holds) -> Self {
        Self {
            client,
            known: Verdicts::new(REMEMBERED),
            holds,
        }
    }

    pub(crate) async fn authorize(
        &self,
        user: &User,
        wish: &Wish,
    ) -> Result<Permission, Arc<AuthorizationError>> {
        if user.is_master() {
            return Ok(Permission::Allowed);
        }
        let spec = spec(user, wish);
        // Groups and extra facts are part of the question: a user may lose them.
        let Ok(key) = serde_json::to_vec(&spec) else {
            return self.ask(spec).await.map_err(Arc::new);
        };
        let key = *blake3::hash(&key).as_bytes();
        let ask = async {
            let permission = self.ask(spec).await?;
            let holds = match permission {
                Permission::Allowed => self.holds.allowed,
                Permission::Denied(_) => self.holds.denied,
            };
            Ok((permission, holds))
        };
        self.known.get(key, ask).await
    }

    async fn ask(&self, spec: SubjectAccessReviewSpec) -> Result<Permission, AuthorizationError> {
        let review = SubjectAccessReview {
            spec,
            ..SubjectAccessReview::default()
        };
        let reviews = Api::<SubjectAccessReview>::all(self.client.clone());
        let params = PostParams::default();
        let answer = tokio::time::timeout(REVIEW_TIMEOUT, reviews.create(&params, &review))
            .await
            .map_err(|_| AuthorizationError::TimedOut)?
            .map_err(|error| AuthorizationError::Review(Box::new(error)))?;
        let status = answer.status.unwrap_or_default();
        match status.allowed && status.denied != Some(true) {
            true => Ok(Permission::Allowed),
            false => Ok(Permission::Denied(status.reason.unwrap_or_default())),
        }
    }
}

fn spec(user: &User, wish: &Wish) -> SubjectAccessReviewSpec {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let mut spec = SubjectAccessReviewSpec {
        user: some(&user.name),
        uid: some(&user.uid),
        groups: Some(user.groups.clone()),
        extra: (!user.extra.is_empty()).then(|| user.extra.clone()),
        ..SubjectAccessReviewSpec::default()
    };
    match wish {
        Wish::Resource {
            verb,
            namespace,
            resource,
            name,
        } => {
            spec.resource_attributes = Some(ResourceAttributes {
                group: Some(GROUP.into()),
                version: Some(VERSION.into()),
                namespace: some(namespace),
                resource: some(resource),
                name: some(name),
                verb: some(verb),
                ..ResourceAttributes::default()
            });
        }
        Wish::Path { verb, path } => {
            spec.non_resource_attributes = Some(NonResourceAttributes {
                path: some(path),
                verb: some(verb),
            });
        }
    }
    spec
}
