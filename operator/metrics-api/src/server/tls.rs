use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use super::ServerError;
use crate::counters::Counters;

/// The oldest version of TLS that is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsVersion {
    /// 1.2, and 1.3.
    #[default]
    Tls12,
    /// 1.3 only.
    Tls13,
}

/// What the server shows who it is with. It can be exchanged at any time: new connections get the
/// new one, and no connection is dropped.
#[derive(Debug)]
pub struct ServingCertificate {
    key: RwLock<Arc<CertifiedKey>>,
    counters: OnceLock<Arc<Counters>>,
}

impl ServingCertificate {
    /// Of a chain and its key in PEM.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn new(chain: &str, key: &str) -> Result<Self, ServerError> {
        Ok(Self {
            key: RwLock::new(Arc::new(certified(chain, key)?)),
            counters: OnceLock::new(),
        })
    }

    /// Shows others from now on. On an error all stays as it is.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn replace(&self, chain: &str, key: &str) -> Result<(), ServerError> {
        let new = Arc::new(certified(chain, key)?);
        let mut kept = self.key.write().unwrap_or_else(PoisonError::into_inner);
        if kept.cert != new.cert {
            *kept = new;
            if let Some(counters) = self.counters.get() {
                counters.certificate_changes.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    pub(super) fn count_in(&self, counters: &Arc<Counters>) {
        let _ = self.counters.set(counters.clone());
    }
}

impl ResolvesServerCert for ServingCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
        Some(key.clone())
    }
}

fn certified(chain: &str, key: &str) -> Result<CertifiedKey, ServerError> {
    let invalid = |error: &dyn std::fmt::Display| ServerError::Certificate(error.to_string());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
    let chain = chain.map_err(|error| invalid(&error))?;
    if chain.is_empty() {
        return Err(invalid(&"there is no certificate in it"));
    }
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| invalid(&error))?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, key, &provider).map_err(|error| invalid(&error))
}

pub(super) fn config(
    certificate: Arc<ServingCertificate>,
    least: TlsVersion,
) -> Result<ServerConfig, ServerError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions: &[_] = match least {
        TlsVersion::Tls12 => &[&rustls::version::TLS13, &rustls::version::TLS12],
        TlsVersion::Tls13 => &[&rustls::version::TLS13],
    };
    let callers = Arc::new(AnyCaller::new(&provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(ServerError::Tls)?
        .with_client_cert_verifier(callers)
        .with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Lets everybody in who holds the key of the certificate shown, or shows none. Whether the
/// certificate is believed is found out for each request, as in Kubernetes' own servers: the answer
/// is then a Status that says so, authorities may change, and certificates expire, while
/// connections last.
#[derive(Debug)]
struct AnyCaller {
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyCaller {
    fn new(provider: &CryptoProvider) -> Self {
        Self {
            algorithms: provider.signature_verification_algorithms,
        }
    }
}

impl ClientCertVerifier for AnyCaller {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
