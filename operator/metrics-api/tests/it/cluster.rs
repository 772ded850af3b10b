//! The parts of the Kubernetes API that are asked, with numbers for how often.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

type Shared = State<Arc<Cluster>>;
type Rule = Box<dyn Fn(&Value) -> bool + Send>;

/// What the stand-in knows.
pub(crate) struct Cluster {
    /// The ConfigMap `extension-apiserver-authentication`.
    pub(crate) trust: Mutex<BTreeMap<String, String>>,
    /// Who may: given the review's spec.
    pub(crate) allows: Mutex<Rule>,
    /// Specs of the access reviews, in order.
    pub(crate) reviews: Mutex<Vec<Value>>,
    /// Users by token.
    pub(crate) tokens: Mutex<BTreeMap<String, Value>>,
    pub(crate) token_reviews: AtomicU64,
    /// Secrets by name.
    pub(crate) secrets: Mutex<BTreeMap<String, Value>>,
    /// APIServices by name.
    pub(crate) api_services: Mutex<BTreeMap<String, Value>>,
    pub(crate) patches: AtomicU64,
    /// Reviews fail.
    pub(crate) down: AtomicBool,
    version: AtomicU64,
}

impl Cluster {
    /// Starts it; ends with the test's runtime.
    pub(crate) async fn start() -> (Arc<Self>, kube::Client) {
        let cluster = Arc::new(Self {
            trust: Mutex::default(),
            allows: Mutex::new(Box::new(|_| true)),
            reviews: Mutex::default(),
            tokens: Mutex::default(),
            token_reviews: AtomicU64::new(0),
            secrets: Mutex::default(),
            api_services: Mutex::default(),
            patches: AtomicU64::new(0),
            down: AtomicBool::new(false),
            version: AtomicU64::new(1),
        });
        let router = Router::new()
            .route(
                "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication",
                get(trust),
            )
            .route(
                "/apis/authentication.k8s.io/v1/tokenreviews",
                post(token_review),
            )
            .route(
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                post(access_review),
            )
            .route(
                "/api/v1/namespaces/{namespace}/secrets",
                post(create_secret),
            )
            .route(
                "/api/v1/namespaces/{namespace}/secrets/{name}",
                get(read_secret).put(replace_secret),
            )
            .route(
                "/apis/apiregistration.k8s.io/v1/apiservices/{name}",
                get(read_service).patch(patch_service),
            )
            .with_state(cluster.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let config = kube::Config::new(url.parse().unwrap());
        (cluster, kube::Client::try_from(config).unwrap())
    }

    fn next_version(&self) -> String {
        self.version.fetch_add(1, Ordering::SeqCst).to_string()
    }
}

fn refusal(code: StatusCode, reason: &str) -> Response {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "no", "reason": reason, "code": code.as_u16(),
    });
    (code, Json(status)).into_response()
}

async fn trust(State(cluster): Shared) -> Json<Value> {
    let data = cluster.trust.lock().unwrap().clone();
    let name = "extension-apiserver-authentication";
    Json(json!({
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "kube-system"}, "data": data,
    }))
}

async fn token_review(State(cluster): Shared, Json(mut review): Json<Value>) -> Response {
    cluster.token_reviews.fetch_add(1, Ordering::SeqCst);
    if cluster.down.load(Ordering::SeqCst) {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalError");
    }
    let token = review["spec"]["token"].as_str().unwrap_or_default();
    let user = cluster.tokens.lock().unwrap().get(token).cloned();
    review["status"] = match user {
        Some(user) => json!({"authenticated": true, "user": user}),
        None => json!({"authenticated": false, "error": "invalid bearer token"}),
    };
    (StatusCode::CREATED, Json(review)).into_response()
}

async fn access_review(State(cluster): Shared, Json(mut review): Json<Value>) -> Response {
    let spec = review["spec"].clone();
    cluster.reviews.lock().unwrap().push(spec.clone());
    if cluster.down.load(Ordering::SeqCst) {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR, "InternalError");
    }
    let allowed = (cluster.allows.lock().unwrap())(&spec);
    review["status"] = json!({"allowed": allowed});
    (StatusCode::CREATED, Json(review)).into_response()
}

async fn create_secret(State(cluster): Shared, Json(mut secret): Json<Value>) -> Response {
    let name = secret["metadata"]["name"].as_str().unwrap().to_string();
    let mut secrets = cluster.secrets.lock().unwrap();
    if secrets.contains_key(&name) {
        return refusal(StatusCode::CONFLICT, "AlreadyExists");
    }
    secret["metadata"]["resourceVersion"] = cluster.next_version().into();
    secrets.insert(name, secret.clone());
    (StatusCode::CREATED, Json(secret)).into_response()
}

async fn read_secret(State(cluster): Shared, Path((_, name)): Path<(String, String)>) -> Response {
    match cluster.secrets.lock().unwrap().get(&name) {
        Some(secret) => Json(secret.clone()).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "NotFound"),
    }
}

async fn replace_secret(
    State(cluster): Shared,
    Path((_, name)): Path<(String, String)>,
    Json(mut secret): Json<Value>,
) -> Response {
    let mut secrets = cluster.secrets.lock().unwrap();
    let Some(kept) = secrets.get(&name) else {
        return refusal(StatusCode::NOT_FOUND, "NotFound");
    };
    if kept["metadata"]["resourceVersion"] != secret["metadata"]["resourceVersion"] {
        return refusal(StatusCode::CONFLICT, "Conflict");
    }
    secret["metadata"]["resourceVersion"] = cluster.next_version().into();
    secrets.insert(name, secret.clone());
    Json(secret).into_response()
}

async fn read_service(State(cluster): Shared, Path(name): Path<String>) -> Response {
    match cluster.api_services.lock().unwrap().get(&name) {
        Some(service) => Json(service.clone()).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "NotFound"),
    }
}

async fn patch_service(State(cluster): Shared, Path(name): Path<String>, body: String) -> Response {
    let patch: Value = serde_json::from_str(&body).unwrap();
    cluster.patches.fetch_add(1, Ordering::SeqCst);
    let mut services = cluster.api_services.lock().unwrap();
    let Some(service) = services.get_mut(&name) else {
        return refusal(StatusCode::NOT_FOUND, "NotFound");
    };
    service["spec"]["caBundle"] = patch["spec"]["caBundle"].clone();
    if patch["spec"].get("insecureSkipTLSVerify") == Some(&Value::Null) {
        service["spec"]
            .as_object_mut()
            .unwrap()
            .remove("insecureSkipTLSVerify");
    }
    Json(service.clone()).into_response()
}
