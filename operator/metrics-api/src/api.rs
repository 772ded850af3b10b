//! From a request to its answer.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::request::Parts;
use http::{Method, StatusCode, header};
use rustls::pki_types::CertificateDer;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::answer::{self, Accepted, Answer, Format, Status};
use crate::authentication::Authenticator;
use crate::authorization::{Authorizer, Permission, Wish};
use crate::counters::{Counted, Counters, count};
use crate::query;
use crate::reader::MetricReader;
use crate::route::Route;
use crate::selector;
use crate::user::User;

/// Says whether metrics can be answered, and if not, why.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// The external metrics API.
pub struct MetricsApi {
    /// Who knows the values.
    pub reader: Arc<dyn MetricReader>,
    /// Who finds out who asks.
    pub authenticator: Arc<Authenticator>,
    /// Who finds out who may.
    pub authorizer: Authorizer,
    /// What `/readyz` says.
    pub readiness: Readiness,
    pub(crate) counters: Arc<Counters>,
}

/// An answer, and whether whoever asked is known.
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) known: bool,
}

impl MetricsApi {
    /// An API that nobody has asked yet.
    pub fn new(
        reader: Arc<dyn MetricReader>,
        authenticator: Arc<Authenticator>,
        authorizer: Authorizer,
        readiness: Readiness,
    ) -> Self {
        Self {
            reader,
            authenticator,
            authorizer,
            readiness,
            counters: Arc::default(),
        }
    }

    /// What was counted so far.
    pub fn counted(&self) -> Counted {
        self.counters.counted()
    }

    /// Answers one request within `deadline`, if there is a permit for it.
    pub(crate) async fn answer(
        &self,
        request: &Parts,
        chain: &[CertificateDer<'_>],
        permits: &Semaphore,
        deadline: Duration,
    ) -> Answered {
        let started = Instant::now();
        let route = Route::of(request.uri.path());
        let format = Format::Json {
            pretty: answer::is_pretty(request.uri.query(), &request.headers),
        };
        let mut known = false;
        // Probes must not fail because others ask a lot.
        let permit = permits.try_acquire();
        let answer = if permit.is_err() && !route.is_open() {
            count(&self.counters.refused_requests);
            Err(Status::too_many_requests())
        } else {
            let work = self.authorized(request, &route, chain, &mut known);
            match tokio::time::timeout(deadline, work).await {
                Ok(answer) => answer,
                Err(_) => {
                    count(&self.counters.timed_out);
                    Err(Status::timed_out())
                }
            }
        };
        let answer = answer.unwrap_or_else(|status| status.answer(format));
        self.counters
            .answered(answer.status().as_u16(), started.elapsed());
        Answered { answer, known }
    }

    async fn authorized(
        &self,
        request: &Parts,
        route: &Route,
        chain: &[CertificateDer<'_>],
        known: &mut bool,
    ) -> Result<Answer, Status> {
        if !route.is_open() {
            let user = self.user(request, chain).await?;
            *known = true;
            self.permit(request, route, &user).await?;
        }
        if *route == Route::Unknown {
            return Err(Status::not_found());
        }
        if request.method != Method::GET && request.method != Method::HEAD {
            return Err(Status::method_not_allowed());
        }
        self.content(request, route).await
    }

    async fn user(&self, request: &Parts, chain: &[CertificateDer<'_>]) -> Result<User, Status> {
        match self
            .authenticator
            .authenticate(&request.headers, chain)
            .await
        {
            Ok(Some(user)) => Ok(user),
            Ok(None) => {
                count(&self.counters.unauthenticated);
                Err(Status::unauthorized())
            }
            Err(error) => {
                let text = self.unanswered(&self.counters.authentication_errors, &*error);
                Err(Status::unavailable(format!(
                    "who asks is not known: {text}"
                )))
            }
        }
    }

    async fn permit(&self, request: &Parts, route: &Route, user: &User) -> Result<(), Status> {
        let path = request.uri.path();
        let wish = Wish::of(&request.method, route, path);
        let why = match self.authorizer.authorize(user, &wish).await {
            Ok(Permission::Allowed) => return Ok(()),
            Ok(Permission::Denied(why)) => why,
            Err(error) => {
                let text = self.unanswered(&self.counters.authorization_errors, &*error);
                let text = format!("whether this is allowed is not known: {text}");
                return Err(Status::unavailable(text));
            }
        };
        count(&self.counters.forbidden);
        Err(match &wish {
            Wish::Resource {
                verb,
                namespace,
                resource,
                ..
            } => Status::forbidden(&user.name, verb, resource, namespace, &why),
            Wish::Path { verb, path } => Status::forbidden_path(&user.name, verb, path, &why),
        })
    }

    /// Counts and logs the API server's failure; its text for the caller, without the cause, which
    /// may name addresses.
    fn unanswered(&self, counter: &AtomicU64, error: &dyn std::error::Error) -> String {
        count(counter);
        let cause = error.source().map(ToString::to_string);
        tracing::warn!(%error, cause, "the API server cannot be asked");
        error.to_string()
    }

    async fn content(&self, request: &Parts, route: &Route) -> Result<Answer, Status> {
        let headers = &request.headers;
        let pretty = answer::is_pretty(request.uri.query(), headers);
        let aggregated = *route == Route::Groups;
        let accepted = || answer::accepted(headers, pretty, aggregated);
        let format = || {
            accepted().map(|accepted| match accepted {
                Accepted::Plain(format) => format,
                Accepted::Aggregated(_) => Format::Json { pretty },
            })
        };
        Ok(match route {
            Route::Live => answer::text(StatusCode::OK, "ok".into()),
            Route::Ready => match (self.readiness)() {
                Ok(()) => answer::text(StatusCode::OK, "ok".into()),
                Err(why) => {
                    let code = StatusCode::INTERNAL_SERVER_ERROR;
                    answer::text(code, format!("not ready: {why}\n"))
                }
            },
            Route::Version => {
                Format::Json { pretty: true }.answer(StatusCode::OK, &answer::version())
            }
            Route::OpenApiV2 => answer::openapi_v2(headers),
            Route::OpenApiV3 => answer::openapi_v3(headers),
            Route::OpenApiV3Group => answer::openapi_v3_group(headers),
            Route::Groups => {
                let mut answer = answer::group_list(accepted()?);
                let vary = http::HeaderValue::from_static("Accept");
                answer.headers_mut().insert(header::VARY, vary);
                answer
            }
            Route::Group => format()?.answer(StatusCode::OK, &answer::group()),
            Route::Resources => format()?.answer(StatusCode::OK, &answer::resources()),
            Route::Metric { namespace, metric } => {
                let format = format()?;
                self.metric(request, namespace, metric, format).await?
            }
            Route::NoMetric { .. } | Route::Unknown => return Err(Status::not_found()),
        })
    }

    async fn metric(
        &self,
        request: &Parts,
        namespace: &str,
        metric: &str,
        format: Format,
    ) -> Result<Answer, Status> {
        let query = request.uri.query();
        if query::first(query, "watch").is_some_and(|w| !matches!(w.as_str(), "false" | "0")) {
            return Err(Status::method_not_allowed());
        }
        let selector = query::first(query, "labelSelector").unwrap_or_default();
        let object = selector::scaled_object(&selector).map_err(|error| match error {
            selector::SelectorError::Syntax(_) => Status::bad_request(error.to_string()),
            // KEDA's own refusals are errors of the server.
            other => Status::failed(other.to_string()),
        })?;
        match self.reader.read(namespace, &object, metric).await {
            Ok(items) => Ok(format.answer(StatusCode::OK, &answer::metric_values(&items))),
            Err(error) => {
                count(&self.counters.failed_reads);
                let reason = error.reason();
                tracing::debug!(namespace, object, metric, reason, %error, "a metric has no value");
                Err(Status::failed(format!(
                    "error when getting metric values {error}"
                )))
            }
        }
    }
}
