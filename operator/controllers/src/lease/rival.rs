use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::ListParams;

use super::decision::Sight;
use crate::lane::{ClusterError, Lane};

/// The Lease of KEDA's operator, in whichever namespace it runs.
const NAME: &str = "operator.keda.sh";

/// Where KEDA acts, if it does: `namespace (holder)`. `own` is a Lease of that name which is ours.
pub(super) async fn acting(
    lane: &Lane,
    own: Option<(&str, &str)>,
) -> Result<Option<String>, ClusterError> {
    let api: Api<Lease> = Api::all(lane.client());
    // The right to list Leases of one name is the right to this very selector.
    let params = ListParams::default().fields(&format!("metadata.name={NAME}"));
    let call = api.list(&params);
    let leases = lane.call("look for KEDA's Lease", call).await?;
    let now = Timestamp::now();
    let held = leases.items.iter().find_map(|lease| {
        let (sight, namespace) = (Sight::from(lease), lease.metadata.namespace.as_deref()?);
        let ours = own == Some((namespace, NAME));
        (!ours && sight.is_held(now)).then(|| format!("{namespace} ({})", sight.holder))
    });
    Ok(held)
}
