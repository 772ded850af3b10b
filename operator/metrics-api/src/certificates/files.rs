use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::CertificateError;
use crate::server::ServingCertificate;

/// The organisation of authorities made by KEDA and by [`super::Keeper`].
const GENERATED: &str = "KEDAORG";

/// A certificate in `tls.crt` and `tls.key` of a directory, which somebody else looks after.
#[derive(Debug, Clone)]
pub struct CertificateFiles {
    directory: PathBuf,
}

impl CertificateFiles {
    /// Of that directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Whether somebody has put a certificate there: one that is not a mounted copy of what
    /// [`super::Keeper`] or KEDA made.
    pub async fn are_foreign(&self) -> bool {
        let Ok((chain, _)) = self.read().await else {
            return false;
        };
        let Ok(certificate) = CertificateDer::from_pem_slice(chain.as_bytes()) else {
            return false;
        };
        let Ok((_, certificate)) = X509Certificate::from_der(&certificate) else {
            return false;
        };
        let mut organisations = certificate.issuer().iter_organization();
        !organisations.any(|o| o.as_str() == Ok(GENERATED))
    }

    /// The certificate to serve with.
    ///
    /// # Errors
    /// When the files cannot be read or used.
    pub async fn load(&self) -> Result<ServingCertificate, CertificateError> {
        let (chain, key) = self.read().await?;
        let certificate = ServingCertificate::new(&chain, key.expose_secret());
        certificate.map_err(|error| CertificateError::Invalid(error.to_string()))
    }

    /// Reads the files each `every` and serves with what is new, until cancelled. Read rather than
    /// watched: volumes of Secrets are exchanged by links, and are up to a minute late anyway.
    pub async fn follow(
        &self,
        serving: &ServingCertificate,
        every: Duration,
        cancel: CancellationToken,
    ) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let replaced = match self.read().await {
                Ok((chain, key)) => serving
                    .replace(&chain, key.expose_secret())
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = replaced {
                // Between the exchange of one file and the other they do not belong together.
                tracing::warn!(error, "the serving certificate stays as it was");
            }
        }
    }

    async fn read(&self) -> Result<(String, SecretString), CertificateError> {
        let chain = read(&self.directory.join("tls.crt")).await?;
        let key = read(&self.directory.join("tls.key")).await?;
        Ok((chain, key.into()))
    }
}

async fn read(path: &Path) -> Result<String, CertificateError> {
    let text = tokio::fs::read_to_string(path).await;
    text.map_err(|source| CertificateError::File {
        path: path.display().to_string(),
        source,
    })
}
