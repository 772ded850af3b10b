use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use secrecy::{ExposeSecret, SecretString};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::server::ServingCertificate;

/// How long before its end a certificate is renewed.
pub(super) const AHEAD: Duration = Duration::from_secs(90 * 24 * 3600);

/// A certificate with its key, and the authority that issued it, all PEM.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The authority's certificate; after a change of authority, the one before too, so that those
    /// who still show its certificates are believed.
    pub ca_crt: String,
    /// The authority's key.
    pub ca_key: SecretString,
    /// The certificate.
    pub tls_crt: String,
    /// Its key.
    pub tls_key: SecretString,
}

/// Why a certificate is not to be used any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It cannot be read, or its parts do not belong together.
    Broken(String),
    /// The authority's certificate ends soon.
    AuthorityEnds,
    /// The certificate ends soon, lacks a name, or is not the authority's.
    Unfit(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(why) => write!(f, "it cannot be used: {why}"),
            Self::AuthorityEnds => f.write_str("the authority ends soon"),
            Self::Unfit(why) => write!(f, "it does not do for another 90 days: {why}"),
        }
    }
}

impl Bundle {
    /// Whether it does for `names` now and for the next 90 days.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, names: &[String], now: SystemTime) -> Result<(), Flaw> {
        let broken = |error: &dyn fmt::Display| Flaw::Broken(error.to_string());
        ServingCertificate::new(&self.tls_crt, self.tls_key.expose_secret())
            .map_err(|error| broken(&error))?;
        if !self.authority_does(now) {
            return Err(Flaw::AuthorityEnds);
        }
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca_crt).map_err(|error| broken(&error))? {
            roots.add(certificate).map_err(|error| broken(&error))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = verifier.build().map_err(|error| broken(&error))?;
        let chain = certificates(&self.tls_crt).map_err(|error| broken(&error))?;
        let (first, others) = chain.split_first().ok_or_else(|| broken(&"it is empty"))?;
        for time in [now, now + AHEAD] {
            let time = time.duration_since(SystemTime::UNIX_EPOCH);
            let time = UnixTime::since_unix_epoch(time.unwrap_or_default());
            for name in names {
                let unfit = |error: &dyn fmt::Display| Flaw::Unfit(format!("{name}: {error}"));
                let server = ServerName::try_from(name.as_str()).map_err(|error| unfit(&error))?;
                verifier
                    .verify_server_cert(first, others, &server, &[], time)
                    .map_err(|error| unfit(&error))?;
            }
        }
        Ok(())
    }

    /// Whether the first authority may go on issuing.
    pub(super) fn authority_does(&self, now: SystemTime) -> bool {
        let first = certificates(&self.ca_crt)
            .ok()
            .and_then(|all| all.into_iter().next());
        first.is_some_and(|certificate| holds(&certificate, now + AHEAD))
    }

    /// The authorities that are believed at that time, PEM each.
    pub(super) fn authorities(&self, now: SystemTime) -> Vec<String> {
        let all = certificates(&self.ca_crt).unwrap_or_default();
        let valid = all.iter().filter(|certificate| holds(certificate, now));
        valid.map(|certificate| pem(certificate)).collect()
    }
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    all.map_err(|error| error.to_string())
}

fn holds(certificate: &CertificateDer<'_>, at: SystemTime) -> bool {
    let seconds = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else {
        return false;
    };
    let end = certificate.validity().not_after.timestamp();
    i64::try_from(seconds.as_secs()).is_ok_and(|at| at < end)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}
