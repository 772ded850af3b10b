use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// A certificate and its key.
pub struct Certificate {
    /// PEM of the certificate.
    pub certificate: String,
    /// PEM of the private key.
    pub key: String,
}

/// A throw-away certification authority.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        Ok(Self {
            certificate,
            issuer,
        })
    }

    /// PEM of its own certificate: what whoever is to trust it needs.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A certificate for a server that is reached by these names or addresses, such as an admission webhook or
    /// an API server behind the aggregation layer.
    ///
    /// # Errors
    /// A name that is none.
    pub fn server(&self, names: &[&str]) -> Result<Certificate> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
        let name = names.first().cloned().unwrap_or_default();
        self.issue(CertificateParams::new(names)?, &name, None)
    }

    /// A certificate by which the API server knows this user of this group.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn client(&self, user: &str, group: Option<&str>) -> Result<Certificate> {
        self.issue(CertificateParams::default(), user, group)
    }

    fn issue(
        &self,
        mut params: CertificateParams,
        name: &str,
        group: Option<&str>,
    ) -> Result<Certificate> {
        let subject = &mut params.distinguished_name;
        subject.push(DnType::CommonName, name);
        if let Some(group) = group {
            subject.push(DnType::OrganizationName, group);
        }
        // Both ways: etcd dials itself with the certificate by which it serves.
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        Ok(Certificate {
            certificate: params.signed_by(&key, &self.issuer)?.pem(),
            key: key.serialize_pem(),
        })
    }
}
