//! Certificates that callers show.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Certificate authorities whose certificates are believed.
#[derive(Debug, Clone)]
pub(crate) struct Authorities {
    verifier: Arc<dyn ClientCertVerifier>,
}

impl Authorities {
    /// The authorities in the PEM text; `None` when there are none.
    pub(crate) fn parse(pem: &str) -> Result<Option<Self>, String> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| error.to_string())?;
            roots.add(certificate).map_err(|error| error.to_string())?;
        }
        if roots.is_empty() {
            return Ok(None);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let verifier = verifier.map_err(|error| error.to_string())?;
        Ok(Some(Self { verifier }))
    }

    /// Whether the first of the chain was issued by one of them for a client, and is valid now.
    pub(crate) fn issued(&self, chain: &[CertificateDer<'_>]) -> bool {
        let Some((first, others)) = chain.split_first() else {
            return false;
        };
        self.verifier
            .verify_client_cert(first, others, UnixTime::now())
            .is_ok()
    }
}

/// Common name and organisations of a certificate's subject.
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) organisations: Vec<String>,
}

impl Subject {
    /// The subject of the certificate, if it can be read and has a common name.
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
        let subject = certificate.subject();
        // The last one, as Go's parser, and so the API server, has it.
        let name = subject.iter_common_name().last()?.as_str().ok()?;
        let organisations = subject.iter_organization();
        let organisations = organisations.map(|o| o.as_str().map(ToString::to_string));
        (!name.is_empty()).then_some(())?;
        Some(Self {
            name: name.into(),
            organisations: organisations.collect::<Result<_, _>>().ok()?,
        })
    }
}
