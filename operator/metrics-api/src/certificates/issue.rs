use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use secrecy::{ExposeSecret, SecretString};

use super::CertificateError;
use super::bundle::Bundle;

const DAY: Duration = Duration::from_secs(24 * 3600);
const AUTHORITY_LIVES: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
const CERTIFICATE_LIVES: Duration = Duration::from_secs(365 * 24 * 3600);

/// Clocks of other machines may be behind.
const BACKDATED: Duration = Duration::from_secs(3600);

/// Authorities kept after a change, the new one included.
const AUTHORITIES: usize = 3;

/// The authority's names, as KEDA has them: tools look for them.
const AUTHORITY: (&str, &str) = ("KEDA", "KEDAORG");

/// A new certificate for `names`; of the authority in `before`, unless that ends soon or cannot be
/// used, and then of a new one.
pub(super) fn issue(
    names: &[String],
    before: Option<&Bundle>,
    now: SystemTime,
) -> Result<Bundle, CertificateError> {
    if let Some(before) = before
        && before.authority_does(now)
        && let Ok(bundle) = issue_by(names, &before.ca_crt, &before.ca_key, now)
        && bundle.check(names, now).is_ok()
    {
        return Ok(bundle);
    }
    let (mut ca_crt, ca_key) = authority(now).map_err(failed)?;
    let old = before
        .map(|before| before.authorities(now))
        .unwrap_or_default();
    for certificate in old.iter().take(AUTHORITIES - 1) {
        ca_crt.push_str(certificate);
    }
    let bundle = issue_by(names, &ca_crt, &ca_key, now).map_err(failed)?;
    match bundle.check(names, now) {
        Ok(()) => Ok(bundle),
        Err(flaw) => Err(CertificateError::Issue(flaw.to_string())),
    }
}

fn failed(error: rcgen::Error) -> CertificateError {
    CertificateError::Issue(error.to_string())
}

fn authority(now: SystemTime) -> Result<(String, SecretString), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![AUTHORITY.0.to_string()])?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, AUTHORITY.1);
    params
        .distinguished_name
        .push(DnType::CommonName, AUTHORITY.0);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
    ];
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + AUTHORITY_LIVES + DAY).into();
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem().into()))
}

fn issue_by(
    names: &[String],
    ca_crt: &str,
    ca_key: &SecretString,
    now: SystemTime,
) -> Result<Bundle, rcgen::Error> {
    let issuer_key = KeyPair::from_pem(ca_key.expose_secret())?;
    let issuer = Issuer::from_ca_cert_pem(ca_crt, issuer_key)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = DistinguishedName::new();
    if let Some(name) = names.first() {
        params
            .distinguished_name
            .push(DnType::CommonName, name.as_str());
    }
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + CERTIFICATE_LIVES).into();
    let certificate = params.signed_by(&key, &issuer)?;
    Ok(Bundle {
        ca_crt: ca_crt.into(),
        ca_key: ca_key.clone(),
        tls_crt: certificate.pem(),
        tls_key: key.serialize_pem().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Flaw, dns_names};
    use super::*;

    fn names() -> Vec<String> {
        dns_names(
            &["keda-operator", "keda-operator-metrics-apiserver"],
            "keda",
            "cluster.local",
        )
    }

    fn days(n: u32) -> SystemTime {
        SystemTime::now() + DAY * n
    }

    #[test]
    fn a_new_certificate_does_for_all_names_until_ninety_days_before_its_end() {
        let bundle = issue(&names(), None, days(0)).unwrap();
        assert_eq!(bundle.check(&names(), days(0)), Ok(()));
        assert_eq!(bundle.check(&names(), days(274)), Ok(()));
        assert!(matches!(
            bundle.check(&names(), days(276)),
            Err(Flaw::Unfit(_))
        ));
        let other = ["other.keda.svc".to_string()];
        assert!(matches!(bundle.check(&other, days(0)), Err(Flaw::Unfit(_))));
    }

    #[test]
    fn a_renewal_keeps_the_authority() {
        let first = issue(&names(), None, days(0)).unwrap();
        let second = issue(&names(), Some(&first), days(280)).unwrap();
        assert_eq!(first.ca_crt, second.ca_crt);
        assert_ne!(first.tls_crt, second.tls_crt);
        assert_eq!(second.check(&names(), days(280)), Ok(()));
    }

    #[test]
    fn a_new_authority_leaves_the_old_one_believed() {
        let first = issue(&names(), None, days(0)).unwrap();
        let late = days(10 * 365 - 80);
        assert_eq!(first.check(&names(), late), Err(Flaw::AuthorityEnds));
        let second = issue(&names(), Some(&first), late).unwrap();
        assert_eq!(second.check(&names(), late), Ok(()));
        assert!(second.ca_crt.contains(first.ca_crt.trim()));
        assert!(!second.ca_crt.starts_with(first.ca_crt.trim()));
    }

    #[test]
    fn an_authority_whose_key_is_unknown_is_replaced() {
        let mut first = issue(&names(), None, days(0)).unwrap();
        first.ca_key = issue(&names(), None, days(0)).unwrap().ca_key;
        let second = issue(&names(), Some(&first), days(0)).unwrap();
        assert_eq!(second.check(&names(), days(0)), Ok(()));
        assert!(!second.ca_crt.starts_with(first.ca_crt.trim()));
    }

    #[test]
    fn a_key_of_another_certificate_is_noticed() {
        let mut bundle = issue(&names(), None, days(0)).unwrap();
        bundle.tls_key = issue(&names(), None, days(0)).unwrap().tls_key;
        assert!(matches!(
            bundle.check(&names(), days(0)),
            Err(Flaw::Broken(_))
        ));
    }

    #[test]
    fn keys_are_not_printed() {
        let bundle = issue(&names(), None, days(0)).unwrap();
        assert!(!format!("{bundle:?}").contains("PRIVATE"));
    }
}
