use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A throw-away certification authority, a certificate of it for `localhost` and 127.0.0.1, and
/// one for a client.
pub struct Certificates {
    /// PEM of the authority.
    pub authority: String,
    /// PEM of the client's certificate.
    pub client: String,
    /// PEM of the client's private key.
    pub client_key: String,
    folder: TempDir,
}

impl Certificates {
    /// Makes them.
    ///
    /// # Panics
    /// When they cannot be made or written.
    pub fn new() -> Self {
        let authority_key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL takes a certificate whose issuer has its own name for self-signed.
        params
            .distinguished_name
            .push(DnType::CommonName, "penstock test authority");
        let authority = params.self_signed(&authority_key).expect("an authority");
        let issuer = Issuer::new(params, authority_key);
        let issue = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|n| (*n).to_string()).collect();
            let key = KeyPair::generate().expect("a key");
            let common_name = names[0].clone();
            let mut params = CertificateParams::new(names).expect("names");
            params
                .distinguished_name
                .push(DnType::CommonName, common_name);
            let certificate = params.signed_by(&key, &issuer).expect("a certificate");
            (certificate.pem(), key.serialize_pem())
        };
        let (server, server_key) = issue(&["localhost", "127.0.0.1"]);
        let (client, client_key) = issue(&["client"]);
        let certificates = Self {
            authority: authority.pem(),
            client,
            client_key,
            folder: tempfile::tempdir().expect("a folder"),
        };
        for (path, text) in [
            (certificates.authority_file(), &certificates.authority),
            (certificates.server_file(), &server),
            (certificates.server_key_file(), &server_key),
        ] {
            std::fs::write(path, text).expect("written");
        }
        certificates
    }

    /// File with the authority's certificate.
    pub fn authority_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// File with the server's certificate.
    pub fn server_file(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    /// File with the server's private key.
    pub fn server_key_file(&self) -> PathBuf {
        self.folder.path().join("server.key")
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}
