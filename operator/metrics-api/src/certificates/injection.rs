use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;

use super::CertificateError;

/// Makes the API server believe certificates of the authorities in `ca_crt` (PEM) for the
/// APIService. True when that was new.
pub(super) async fn inject(
    client: &Client,
    name: &str,
    ca_crt: &str,
) -> Result<bool, CertificateError> {
    use base64::Engine;
    let failed = |error| CertificateError::ApiService {
        name: name.into(),
        source: Box::new(error),
    };
    let api = Api::<APIService>::all(client.clone());
    let spec = api
        .get(name)
        .await
        .map_err(failed)?
        .spec
        .unwrap_or_default();
    let known = spec
        .ca_bundle
        .is_some_and(|known| known.0 == ca_crt.as_bytes());
    if known && spec.insecure_skip_tls_verify != Some(true) {
        return Ok(false);
    }
    let text = base64::engine::general_purpose::STANDARD.encode(ca_crt);
    // The API server takes either of the two.
    let patch = json!({"spec": {"caBundle": text, "insecureSkipTLSVerify": null}});
    let params = PatchParams::default();
    api.patch(name, &params, &Patch::Merge(&patch))
        .await
        .map_err(failed)?;
    Ok(true)
}
