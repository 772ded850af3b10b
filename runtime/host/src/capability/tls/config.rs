use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use secrecy::ExposeSecret;

use crate::grants::TlsParameters;

/// The client configuration that these parameters ask for.
///
/// # Errors
/// One sentence that names the wrong part, never its text.
pub(super) fn of(parameters: &TlsParameters) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("no usable TLS version: {e}"))?;
    let builder = if parameters.skip_verify {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(NoVerification(provider)))
    } else {
        builder.with_root_certificates(roots(parameters)?)
    };
    let config = match (&parameters.cert, &parameters.key) {
        (Some(_), Some(_)) if parameters.key_password => {
            return Err("an encrypted private key is not supported yet; give it decrypted".into());
        }
        (Some(cert), Some(key)) => {
            let chain = certificates(cert.expose_secret(), "client certificate")?;
            let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
                .map_err(|e| format!("the private key is no PEM key: {e}"))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|e| format!("client certificate and private key: {e}"))?
        }
        // KEDA takes a pair only whole.
        _ => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

/// The machine's authorities and the trigger's own.
fn roots(parameters: &TlsParameters) -> Result<Arc<RootCertStore>, String> {
    let system = system_roots();
    let Some(ca) = &parameters.ca else {
        return Ok(system);
    };
    let mut roots = RootCertStore::clone(&system);
    for certificate in certificates(ca.expose_secret(), "certification authority")? {
        roots
            .add(certificate)
            .map_err(|e| format!("the certification authority cannot be used: {e}"))?;
    }
    Ok(Arc::new(roots))
}

fn certificates(pem: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(format!("the {what} holds no PEM certificate")),
        Err(e) => Err(format!("the {what} is no PEM certificate: {e}")),
    }
}

/// Read once: it costs milliseconds, and every trigger has the same.
pub(crate) fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS
        .get_or_init(|| {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!(%error, "a system certificate cannot be read");
            }
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(found.certs);
            Arc::new(roots)
        })
        .clone()
}

/// For `unsafeSsl: "true"`: the user asked for no verification.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_certificates_are_named_and_not_shown() {
        let parameters = TlsParameters {
            ca: Some("hunter2".into()),
            ..TlsParameters::default()
        };
        let why = of(&parameters).unwrap_err();
        assert!(
            why.contains("certification authority") && !why.contains("hunter2"),
            "{why}"
        );
    }

    #[test]
    fn half_a_client_certificate_counts_as_none() {
        let parameters = TlsParameters {
            cert: Some("x".into()),
            skip_verify: true,
            ..TlsParameters::default()
        };
        assert!(of(&parameters).is_ok());
    }
}
