//! Authentications, and what refers to them.

use std::collections::BTreeMap;

use operator_api::manifest::Surveyed;
use operator_api::{
    AuthTargetRef, AuthenticationKind, AuthenticationRef, IdentityProvider, Object, ObjectKey,
    ScaleTrigger, TriggerAuthenticationSpec, nearest,
};

use crate::finding::{Findings, Said, did_you_mean};
use crate::world::World;

const NAMESPACED: &str = "TriggerAuthentication";
const CLUSTER: &str = "ClusterTriggerAuthentication";

pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for item in world.items {
        match &item.object {
            Some(Object::TriggerAuthentication(auth)) => {
                let namespace = item.key.as_ref().map(|key| key.namespace.as_str());
                sources(world, item, &auth.spec, namespace, findings);
            }
            Some(Object::ClusterTriggerAuthentication(auth)) => {
                // Its Secrets lie in the operator's namespace, which no file names.
                sources(world, item, &auth.spec.0, None, findings);
            }
            Some(Object::ScaledObject(object)) => {
                references(world, item, &object.spec.triggers, findings);
            }
            Some(Object::ScaledJob(job)) => {
                references(world, item, &job.spec.triggers, findings);
            }
            _ => {}
        }
    }
}

fn sources(
    world: &World<'_>,
    item: &Surveyed,
    spec: &TriggerAuthenticationSpec,
    namespace: Option<&str>,
    findings: &mut Findings,
) {
    if spec
        .pod_identity
        .as_ref()
        .is_some_and(|p| p.provider == IdentityProvider::AwsEks)
    {
        let said = Said::warning(
            "DeprecatedValue",
            "the provider aws-eks is deprecated",
            "write `provider: aws`",
        );
        findings.say(item, "spec.podIdentity.provider", said);
    }
    let mut given: BTreeMap<&str, String> = BTreeMap::new();
    // In the order in which later ones win.
    let env = spec.env.iter().map(|e| e.parameter.as_str());
    let maps = spec
        .config_map_target_ref
        .iter()
        .map(|r| r.parameter.as_str());
    let secrets = spec.secret_target_ref.iter().map(|r| r.parameter.as_str());
    let lists: [(&str, Vec<&str>); 3] = [
        ("env", env.collect()),
        ("configMapTargetRef", maps.collect()),
        ("secretTargetRef", secrets.collect()),
    ];
    for (field, parameters) in lists {
        for (at, parameter) in parameters.into_iter().enumerate() {
            let path = format!("spec.{field}[{at}]");
            if let Some(before) = given.insert(parameter, path.clone()) {
                let said = Said::warning(
                    "DuplicateParameter",
                    format!(
                        "`{parameter}` is given by {before} already, which does not count then"
                    ),
                    "keep one of the two",
                );
                findings.say(item, format!("{path}.parameter"), said);
            }
        }
    }
    let Some(namespace) = namespace else { return };
    for (at, reference) in spec.secret_target_ref.iter().enumerate() {
        let Some(secret) = world.secret(namespace, &reference.name) else {
            continue;
        };
        let keys = secret.data.keys().map(String::as_str);
        let path = format!("spec.secretTargetRef[{at}].key");
        key(item, path, ("Secret", reference), keys.collect(), findings);
    }
    for (at, reference) in spec.config_map_target_ref.iter().enumerate() {
        let Some(map) = world.config_map(namespace, &reference.name) else {
            continue;
        };
        let keys = map.data.keys().map(String::as_str);
        let path = format!("spec.configMapTargetRef[{at}].key");
        key(
            item,
            path,
            ("ConfigMap", reference),
            keys.collect(),
            findings,
        );
    }
}

fn key(
    item: &Surveyed,
    path: String,
    (kind, reference): (&str, &AuthTargetRef),
    keys: Vec<&str>,
    findings: &mut Findings,
) {
    if keys.contains(&reference.key.as_str()) {
        return;
    }
    let meant = nearest(&reference.key, keys.iter().copied());
    let message = format!(
        "{kind} {} has no key `{}`, the parameter would be empty{}",
        reference.name,
        reference.key,
        did_you_mean(meant)
    );
    let fix = match (meant, keys.is_empty()) {
        (Some(meant), _) => format!("write `key: {meant}`"),
        (None, true) => format!("add the key to the {kind}"),
        (None, false) => format!("write one of its keys: {}", keys.join(", ")),
    };
    findings.say(item, path, Said::error("KeyNotFound", message, fix));
}

fn references(
    world: &World<'_>,
    item: &Surveyed,
    triggers: &[ScaleTrigger],
    findings: &mut Findings,
) {
    for (at, trigger) in triggers.iter().enumerate() {
        let path = format!("spec.triggers[{at}].authenticationRef");
        if let Some(reference) = &trigger.authentication_ref
            && let Some(key) = &item.key
        {
            refers(world, item, (&path, reference), &key.namespace, findings);
        }
    }
}

/// Only what looks like a slip: an authentication may well lie in the cluster alone.
fn refers(
    world: &World<'_>,
    item: &Surveyed,
    (path, reference): (&str, &AuthenticationRef),
    namespace: &str,
    findings: &mut Findings,
) {
    let name = &reference.name;
    if name.is_empty() {
        let said = Said::error(
            "AuthenticationNotFound",
            "authenticationRef has an empty name: the trigger has no authentication",
            "write the name of the authentication, or remove authenticationRef",
        );
        return findings.say(item, format!("{path}.name"), said);
    }
    let cluster = reference.kind == Some(AuthenticationKind::ClusterTriggerAuthentication);
    let (kind, other) = if cluster {
        (CLUSTER, NAMESPACED)
    } else {
        (NAMESPACED, CLUSTER)
    };
    let namespace_of = |kind: &str| if kind == CLUSTER { "" } else { namespace };
    if world.has(&ObjectKey::new(kind, Some(namespace), name)) {
        return;
    }
    if world.has(&ObjectKey::new(other, Some(namespace), name)) {
        let said = Said::warning(
            "AuthenticationNotFound",
            format!("there is no {kind} {name} in the files, but a {other} of that name"),
            format!("write `kind: {other}` in authenticationRef"),
        );
        return findings.say(item, format!("{path}.kind"), said);
    }
    if let Some(meant) = nearest(name, world.names(kind, namespace_of(kind))) {
        // Names of a series are alike, and the one that is meant may lie in the cluster.
        let said = Said::note(
            "AuthenticationNotFound",
            format!("{kind} {name} is in none of the files, did you mean `{meant}`?"),
            format!("write `name: {meant}`"),
        );
        return findings.say(item, format!("{path}.name"), said);
    }
    let elsewhere = world.items.iter().filter_map(|other| other.key.as_ref());
    let mut elsewhere = elsewhere.filter(|key| key.kind == kind && key.name == *name);
    if let Some(key) = elsewhere.next() {
        let said = Said::note(
            "AuthenticationNotFound",
            format!(
                "{kind} {name} lies in the namespace {}, the object that refers to it in {namespace}",
                key.namespace
            ),
            format!("put it into the namespace {namespace}, or make it a {CLUSTER}"),
        );
        findings.say(item, format!("{path}.name"), said);
    }
}
