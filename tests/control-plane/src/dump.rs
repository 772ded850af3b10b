//! What there is in a control plane, for whoever has to find out why a test failed.

use std::process::Command;

use crate::ControlPlane;

/// Shown whole.
const WHOLE: &[&str] = &[
    "deployments",
    "statefulsets",
    "jobs",
    "horizontalpodautoscalers",
    "services",
];

/// Shown in a line each: they are many or long.
const LISTED: &[&str] = &[
    "nodes",
    "apiservices",
    "crds",
    "pods",
    "replicasets",
    "events",
    "leases",
];

/// Groups whose objects every control plane has.
const BUILT_IN: &[&str] = &[".k8s.io", "apps", "batch", "autoscaling", "policy"];

pub(crate) fn objects(plane: &ControlPlane) -> String {
    let resources = printed(&mut plane.kubectl([
        "api-resources",
        "--verbs=list",
        "--output=name",
        "--request-timeout=10s",
    ]));
    let custom = resources.lines().filter(|name| is_custom(name));
    let whole = WHOLE.iter().copied().chain(custom);
    let whole = get(plane, &whole.collect::<Vec<_>>(), "yaml");
    let listed = get(plane, LISTED, "wide");
    format!("==> objects\n{listed}\n{whole}\n")
}

fn get(plane: &ControlPlane, resources: &[&str], output: &str) -> String {
    printed(&mut plane.kubectl([
        "get",
        "--all-namespaces",
        "--ignore-not-found",
        "--request-timeout=10s",
        "--output",
        output,
        &resources.join(","),
    ]))
}

/// Whether `name`, such as `scaledobjects.keda.sh`, is of a group that somebody installed.
fn is_custom(name: &str) -> bool {
    name.split_once('.')
        .is_some_and(|(_, group)| !BUILT_IN.iter().any(|own| group.ends_with(own)))
}

fn printed(command: &mut Command) -> String {
    match command.output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            text.into_owned() + &String::from_utf8_lossy(&output.stderr)
        }
        Err(error) => format!("kubectl cannot be started: {error}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_groups_that_somebody_installed_are_told_apart() {
        assert!(is_custom("scaledobjects.keda.sh"));
        assert!(!is_custom("secrets"));
        assert!(!is_custom("deployments.apps"));
        assert!(!is_custom("roles.rbac.authorization.k8s.io"));
    }
}
