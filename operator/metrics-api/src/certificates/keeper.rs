use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kube::Client;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use super::bundle::Bundle;
use super::secret::{Kept, Store};
use super::{API_SERVICE, CertificateError, SECRET, injection, issue};
use crate::server::ServingCertificate;

/// Times that the Secret is read again because another was faster; each of the others stops once it
/// has written, so that this many is never reached by replicas of one deployment.
const ATTEMPTS: u32 = 10;

/// Longest wait for the API server, for all that one look needs.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long after a failed look the next one is.
const RETRY: Duration = Duration::from_secs(30);

/// What certificate is kept where.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Secret's namespace: the operator's own.
    pub namespace: String,
    /// The Secret's name.
    pub secret: String,
    /// Names that the certificate is for; see [`super::dns_names`].
    pub names: Vec<String>,
    /// The APIService that is told of the authority, if any.
    pub api_service: Option<String>,
    /// How often Secret and APIService are looked at. Others may write or delete them at any time,
    /// and a look costs two reads.
    pub every: Duration,
}

impl Settings {
    /// The usual ones.
    pub fn new(namespace: impl Into<String>, names: Vec<String>) -> Self {
        Self {
            namespace: namespace.into(),
            secret: SECRET.into(),
            names,
            api_service: Some(API_SERVICE.into()),
            every: Duration::from_secs(300),
        }
    }
}

/// Keeps the certificate: one for all replicas, in the Secret. Whoever comes first makes it, the
/// others take it; the Secret's version decides who was first.
pub struct Keeper {
    client: Client,
    store: Store,
    settings: Settings,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Keeper {
    /// By the system's clock.
    pub fn new(client: Client, settings: Settings) -> Self {
        Self::with_clock(client, settings, Arc::new(SystemTime::now))
    }

    /// By another clock.
    pub fn with_clock(
        client: Client,
        settings: Settings,
        clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    ) -> Self {
        Self {
            store: Store::new(client.clone(), &settings.namespace, &settings.secret),
            client,
            settings,
            clock,
        }
    }

    /// The certificate as it is, or a new one where there is none that does.
    ///
    /// # Errors
    /// When the Secret cannot be read or written, or is another's.
    pub async fn ensure(&self) -> Result<Bundle, CertificateError> {
        let ensured = tokio::time::timeout(TIMEOUT, self.agree()).await;
        ensured.map_err(|_| CertificateError::TimedOut)?
    }

    async fn agree(&self) -> Result<Bundle, CertificateError> {
        for _ in 0..ATTEMPTS {
            let kept = self.store.read().await?;
            let now = (self.clock)();
            let before = match &kept {
                Kept::Nothing => None,
                Kept::Secret(_, bundle) => bundle.as_ref(),
            };
            if let Some(bundle) = before {
                match bundle.check(&self.settings.names, now) {
                    Ok(()) => return Ok(bundle.clone()),
                    Err(flaw) => tracing::info!(%flaw, "the serving certificate is renewed"),
                }
            }
            let new = issue::issue(&self.settings.names, before, now)?;
            if self.store.write(kept, &new).await? {
                return Ok(new);
            }
        }
        Err(CertificateError::Contended(self.settings.secret.clone()))
    }

    /// Makes the API server believe the bundle's authorities for the APIService. True when that was
    /// new.
    ///
    /// # Errors
    /// When the APIService cannot be read or written.
    pub async fn inject(&self, bundle: &Bundle) -> Result<bool, CertificateError> {
        let Some(name) = &self.settings.api_service else {
            return Ok(false);
        };
        let injected = injection::inject(&self.client, name, &bundle.ca_crt);
        let injected = tokio::time::timeout(TIMEOUT, injected).await;
        injected.map_err(|_| CertificateError::TimedOut)?
    }

    /// Looks again and again until cancelled: renews, takes what another replica has renewed, and
    /// tells the APIService, all without an end to any connection.
    pub async fn follow(&self, serving: &ServingCertificate, cancel: CancellationToken) {
        loop {
            let next = match self.look(serving).await {
                Ok(()) => self.settings.every,
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    let reason = error.reason();
                    tracing::warn!(%error, cause, reason, "the serving certificate cannot be looked after");
                    RETRY.min(self.settings.every)
                }
            };
            let ended = tokio::time::timeout(next, cancel.cancelled()).await;
            if ended.is_ok() {
                return;
            }
        }
    }

    async fn look(&self, serving: &ServingCertificate) -> Result<(), CertificateError> {
        let bundle = self.ensure().await?;
        // First the authority: then nobody is shown a certificate that is not believed yet.
        let injected = self.inject(&bundle).await;
        serving
            .replace(&bundle.tls_crt, bundle.tls_key.expose_secret())
            .map_err(|error| CertificateError::Invalid(error.to_string()))?;
        if injected? {
            tracing::info!("the API server was told of the certificate's authority");
        }
        Ok(())
    }
}
