//! Kinds that are not read: most are nobody's business, some are slips of the pen.

use operator_api::nearest;

use crate::{Finding, Severity};

const KEDA: [&str; 4] = [
    "ScaledObject",
    "ScaledJob",
    "TriggerAuthentication",
    "ClusterTriggerAuthentication",
];

/// Whether a document of that kind was meant for Penstock or KEDA.
pub(crate) fn is_meant_for_us(api_version: &str, kind: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let similar = nearest(kind, KEDA.into_iter()).is_some();
    matches!(group, "keda.sh" | "keda.k8s.io" | "penstock.dev")
        || similar
        || nearest(group, ["keda.sh", "penstock.dev"].into_iter()).is_some()
}

/// The reader goes on without the document; here it is an error.
pub(crate) fn reworded(finding: &mut Finding) {
    finding.severity = Severity::Error;
    let text = std::mem::take(&mut finding.message);
    finding.message = text.replace(
        " is not read by penstock, the document is ignored",
        " is no kind of KEDA's or Penstock's",
    );
}
