//! Who asks: the cluster's proxy on somebody's behalf, a client certificate, or a token.

mod proxied;
mod token;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};
use rustls::pki_types::CertificateDer;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::certificate::Subject;
use crate::user::User;
use token::Tokens;
use trust::Trust;

const NAMESPACE: &str = "kube-system";
const CONFIG_MAP: &str = "extension-apiserver-authentication";

/// How often the ConfigMap is read again. A new authority is used by the API server only some time
/// after it was published.
const REREAD: Duration = Duration::from_secs(30);

/// A certificate that is not believed makes it be read at once, but no more often than this: who
/// shows such certificates decides how often it happens.
const LEAST_REREAD: Duration = Duration::from_secs(5);

/// Longest wait for the API server.
pub(crate) const REVIEW_TIMEOUT: Duration = Duration::from_secs(10);

/// The cluster does not say whom to believe.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The ConfigMap cannot be read.
    #[error("configmap {NAMESPACE}/{CONFIG_MAP} cannot be read")]
    Unreadable(#[source] Box<kube::Error>),
    /// The API server did not answer in time.
    #[error("the API server did not answer within {} s", REVIEW_TIMEOUT.as_secs())]
    TimedOut,
    /// The ConfigMap holds nonsense.
    #[error("configmap {NAMESPACE}/{CONFIG_MAP} is invalid: {0}")]
    Invalid(String),
    /// The API server does not say whose the token is.
    #[error("the token cannot be reviewed")]
    Review(#[source] Box<kube::Error>),
}

impl AuthenticationError {
    /// Fixed word for labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "AuthenticationConfigUnreadable",
            Self::TimedOut => "ApiServerTimedOut",
            Self::Invalid(_) => "AuthenticationConfigInvalid",
            Self::Review(_) => "TokenReviewFailed",
        }
    }
}

/// Finds out who asks.
pub struct Authenticator {
    client: Client,
    trust: watch::Sender<Arc<Trust>>,
    tokens: Tokens,
    doubt: Notify,
}

impl Authenticator {
    /// With what the cluster's ConfigMap says now.
    ///
    /// # Errors
    /// When the ConfigMap cannot be read, or holds nonsense.
    pub async fn load(client: Client) -> Result<Self, AuthenticationError> {
        let trust = read(&client).await?;
        Ok(Self {
            tokens: Tokens::new(client.clone()),
            client,
            trust: watch::Sender::new(Arc::new(trust)),
            doubt: Notify::new(),
        })
    }

    /// Reads the ConfigMap again and again until cancelled. What cannot be read leaves things as
    /// they are.
    pub async fn follow(&self, cancel: CancellationToken) {
        let mut ticks = tokio::time::interval_at(Instant::now() + REREAD, REREAD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = None;
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                _ = ticks.tick() => {}
                () = self.doubted(last) => {}
            }
            last = Some(Instant::now());
            match read(&self.client).await {
                Ok(trust) => {
                    self.trust.send_replace(Arc::new(trust));
                }
                Err(error) => {
                    tracing::warn!(%error, source = ?std::error::Error::source(&error), "whom to believe cannot be read again");
                }
            }
        }
    }

    async fn doubted(&self, last: Option<Instant>) {
        self.doubt.notified().await;
        if let Some(last) = last {
            tokio::time::sleep_until(last + LEAST_REREAD).await;
        }
    }

    /// Who asks; `None` when nobody known does. `chain` is the certificate that the caller has
    /// proven to hold, first, with those that came along.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        chain: &[CertificateDer<'_>],
    ) -> Result<Option<User>, Arc<AuthenticationError>> {
        let trust = self.trust.borrow().clone();
        if let Some(subject) = chain.first().and_then(Subject::of) {
            if let Some(proxy) = &trust.proxy
                && proxy.vouches(&subject, chain)
                && let Some(user) = proxy.user(headers)
            {
                return Ok(Some(user.authenticated()));
            }
            if let Some(clients) = &trust.clients
                && clients.issued(chain)
            {
                let user = User {
                    name: subject.name,
                    groups: subject.organisations,
                    ..User::default()
                };
                return Ok(Some(user.authenticated()));
            }
            self.doubt.notify_one();
        }
        match token::bearer(headers) {
            Some(token) => self.tokens.review(token).await,
            None => Ok(None),
        }
    }
}

async fn read(client: &Client) -> Result<Trust, AuthenticationError> {
    let maps = Api::<ConfigMap>::namespaced(client.clone(), NAMESPACE);
    let map = tokio::time::timeout(REVIEW_TIMEOUT, maps.get(CONFIG_MAP))
        .await
        .map_err(|_| AuthenticationError::TimedOut)?
        .map_err(|error| AuthenticationError::Unreadable(Box::new(error)))?;
    Trust::parse(&map.data.unwrap_or_default()).map_err(AuthenticationError::Invalid)
}
