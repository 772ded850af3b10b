//! Annotations that KEDA reads.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use operator_api::manifest::Surveyed;
use operator_api::nearest;

use crate::finding::{Findings, Said, did_you_mean};

const BOOLEAN: [&str; 4] = [
    "autoscaling.keda.sh/paused",
    "autoscaling.keda.sh/paused-scale-in",
    "autoscaling.keda.sh/paused-scale-out",
    "autoscaling.keda.sh/force-activation",
];
const TRANSFER: &str = "scaledobject.keda.sh/transfer-hpa-ownership";
const OTHERS: [&str; 4] = [
    "autoscaling.keda.sh/paused-replicas",
    TRANSFER,
    "scaledobject.keda.sh/hpa-excluded-labels",
    "scaledjob.keda.sh/job-excluded-labels",
];
/// Texts that Go's `ParseBool` takes; any other counts as true.
const TRUTHS: [&str; 12] = [
    "1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
];

pub(super) fn check(item: &Surveyed, metadata: &ObjectMeta, findings: &mut Findings) {
    for (key, value) in metadata.annotations.iter().flatten() {
        let path = format!("metadata.annotations[{key}]");
        let Some((domain, _)) = key.split_once('/') else {
            continue;
        };
        let all = || BOOLEAN.into_iter().chain(OTHERS);
        let said = if BOOLEAN.contains(&key.as_str()) && !TRUTHS.contains(&value.as_str()) {
            Said::warning(
                "InvalidAnnotation",
                format!("`{value}` is no boolean and therefore counts as true"),
                "write \"true\" or \"false\" in quotes, or remove the annotation",
            )
        } else if key == TRANSFER && value != "true" {
            Said::warning(
                "InvalidAnnotation",
                format!("`{value}` does nothing: only \"true\" does"),
                "write \"true\", or remove the annotation",
            )
        } else if matches!(
            domain,
            "autoscaling.keda.sh" | "scaledobject.keda.sh" | "scaledjob.keda.sh"
        ) && !all().any(|known| known == key)
        {
            // Those two name an object and a generation; the operator writes them.
            if matches!(
                key.as_str(),
                "scaledobject.keda.sh/name" | "scaledjob.keda.sh/generation"
            ) {
                continue;
            }
            let meant = nearest(key, all());
            let fix = match meant {
                Some(name) => format!("rename it to `{name}`"),
                None => "remove it".into(),
            };
            Said::warning(
                "UnknownAnnotation",
                format!(
                    "nothing reads the annotation `{key}`{}",
                    did_you_mean(meant)
                ),
                fix,
            )
        } else {
            continue;
        };
        findings.say(item, path, said);
    }
}
