//! The serving certificate: made, kept in a Secret, renewed, and made known to the API server; or
//! read from files that somebody else looks after.

mod bundle;
mod files;
mod injection;
mod issue;
mod keeper;
mod secret;

pub use bundle::{Bundle, Flaw};
pub use files::CertificateFiles;
pub use keeper::{Keeper, Settings};

/// The Secret's usual name: KEDA's, so that taking over needs no new certificate.
pub const SECRET: &str = "kedaorg-certs";

/// The APIService that sends the API's requests here.
pub const API_SERVICE: &str = "v1beta1.external.metrics.k8s.io";

/// The certificate cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The Secret cannot be read or written.
    #[error("secret {name} cannot be used")]
    Secret {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// The Secret is cert-manager's.
    #[error("secret {0} is looked after by cert-manager and needs no rotation here")]
    Foreign(String),
    /// Others wrote the Secret each time it was to be written.
    #[error("secret {0} is written by others all the time")]
    Contended(String),
    /// The APIService cannot be read or written.
    #[error("apiservice {name} cannot be used")]
    ApiService {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Box<kube::Error>,
    },
    /// No certificate can be made.
    #[error("no certificate can be made: {0}")]
    Issue(String),
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What is there cannot be used to serve.
    #[error("the certificate cannot be used: {0}")]
    Invalid(String),
    /// The API server did not answer in time.
    #[error("the API server did not answer in time")]
    TimedOut,
}

impl CertificateError {
    /// Fixed word for labels.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Secret { .. } => "CertificateSecretUnusable",
            Self::Foreign(_) => "CertificateSecretForeign",
            Self::Contended(_) => "CertificateSecretContended",
            Self::ApiService { .. } => "ApiServiceUnusable",
            Self::Issue(_) => "CertificateNotIssued",
            Self::File { .. } => "CertificateFileUnreadable",
            Self::Invalid(_) => "CertificateInvalid",
            Self::TimedOut => "ApiServerTimedOut",
        }
    }
}

/// The names under which the cluster reaches `services` of `namespace`: `svc`, `svc.ns`,
/// `svc.ns.svc` and `svc.ns.svc.<domain>` of each.
pub fn dns_names(services: &[&str], namespace: &str, domain: &str) -> Vec<String> {
    let names = services.iter().flat_map(|service| {
        [
            (*service).to_string(),
            format!("{service}.{namespace}"),
            format!("{service}.{namespace}.svc"),
            format!("{service}.{namespace}.svc.{domain}"),
        ]
    });
    names.collect()
}
