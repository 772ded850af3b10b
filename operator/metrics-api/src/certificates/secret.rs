use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use secrecy::ExposeSecret;

use super::CertificateError;
use super::bundle::Bundle;

/// Marks a Secret that cert-manager writes.
const FOREIGN: &str = "cert-manager.io/certificate-name";

/// The Secret that keeps the certificate.
pub(super) struct Store {
    api: Api<Secret>,
    name: String,
}

/// What the Secret held when it was read.
pub(super) enum Kept {
    Nothing,
    /// A Secret, with a certificate if all its parts are there.
    Secret(Box<Secret>, Option<Bundle>),
}

impl Store {
    pub(super) fn new(client: Client, namespace: &str, name: &str) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name: name.into(),
        }
    }

    pub(super) async fn read(&self) -> Result<Kept, CertificateError> {
        let secret = self.api.get_opt(&self.name).await;
        let Some(secret) = secret.map_err(|error| self.failed(error))? else {
            return Ok(Kept::Nothing);
        };
        let annotations = secret.metadata.annotations.as_ref();
        if annotations.is_some_and(|all| all.contains_key(FOREIGN)) {
            return Err(CertificateError::Foreign(self.name.clone()));
        }
        let bundle = bundle(&secret);
        Ok(Kept::Secret(Box::new(secret), bundle))
    }

    /// Writes what was made in place of what was read. False when somebody else was faster.
    pub(super) async fn write(&self, kept: Kept, new: &Bundle) -> Result<bool, CertificateError> {
        let params = PostParams::default();
        let written = match kept {
            Kept::Nothing => {
                let labels = [("app.kubernetes.io/managed-by", "penstock")];
                let labels = labels.map(|(key, value)| (key.to_string(), value.to_string()));
                let secret = Secret {
                    metadata: ObjectMeta {
                        name: Some(self.name.clone()),
                        labels: Some(labels.into()),
                        ..ObjectMeta::default()
                    },
                    data: Some(data(new)),
                    ..Secret::default()
                };
                self.api.create(&params, &secret).await
            }
            Kept::Secret(mut secret, _) => {
                // With the version that was read: another's newer one is not overwritten.
                secret.data.get_or_insert_default().extend(data(new));
                self.api.replace(&self.name, &params, &secret).await
            }
        };
        match written {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(false),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: kube::Error) -> CertificateError {
        CertificateError::Secret {
            name: self.name.clone(),
            source: Box::new(error),
        }
    }
}

fn data(bundle: &Bundle) -> BTreeMap<String, ByteString> {
    let entries = [
        ("ca.crt", bundle.ca_crt.as_str()),
        ("ca.key", bundle.ca_key.expose_secret()),
        ("tls.crt", bundle.tls_crt.as_str()),
        ("tls.key", bundle.tls_key.expose_secret()),
    ];
    let entries = entries.map(|(key, text)| (key.to_string(), ByteString(text.into())));
    entries.into()
}

fn bundle(secret: &Secret) -> Option<Bundle> {
    let data = secret.data.as_ref()?;
    let text = |key: &str| String::from_utf8(data.get(key)?.0.clone()).ok();
    Some(Bundle {
        ca_crt: text("ca.crt")?,
        ca_key: text("ca.key").unwrap_or_default().into(),
        tls_crt: text("tls.crt")?,
        tls_key: text("tls.key")?.into(),
    })
}
