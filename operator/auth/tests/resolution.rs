//! Triggers resolved from the documents users write.

use std::path::Path;

use operator_api::manifest::read;
use operator_api::{Object, ScaledObject};
use operator_auth::{AuthError, InMemory, Resolved, Resolver, Workload};
use secrecy::ExposeSecret;

const OBJECTS: &str = r"
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2, user: joe}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: keda}
stringData: {password: cluster}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {host: h1, password: from-map}
---
";

/// Resolves the first trigger of an object with this authentication, in a workload with this
/// container.
fn resolve(
    resolver: &Resolver,
    auth: &str,
    kind: &str,
    container: &str,
) -> Result<Resolved, AuthError> {
    let text = format!(
        "{OBJECTS}apiVersion: keda.sh/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {auth}\n---\n\
         apiVersion: penstock.dev/v1alpha1\nkind: Process\nmetadata: {{name: w}}\nspec: {{command: [x], {container}}}\n---\n\
         apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: o}}\nspec:\n  scaleTargetRef: {{name: w}}\n  \
         triggers: [{{type: redis, metadata: {{k: v}}, authenticationRef: {{name: a, kind: {kind}}}}}]\n"
    );
    let loaded = read(Path::new("x"), text.as_bytes());
    let errors: Vec<_> = loaded.errors().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let objects: Vec<Object> = loaded.documents.into_iter().map(|d| d.object).collect();
    let mut workload = Workload {
        namespace: "default".into(),
        ..Workload::default()
    };
    let mut owner: Option<Box<ScaledObject>> = None;
    for object in &objects {
        match object {
            Object::Process(p) => {
                workload
                    .containers
                    .push(("w".into(), p.spec.env_from.clone(), p.spec.env.clone()))
            }
            Object::ScaledObject(o) => owner = Some(o.clone()),
            _ => {}
        }
    }
    let trigger = &owner.unwrap().spec.triggers[0];
    let memory = InMemory::new(&objects);
    resolver.resolve(
        &memory,
        ("default", "o"),
        (0, trigger),
        &workload,
        None,
        false,
    )
}

fn parameters(resolved: &Resolved) -> Vec<(&str, &str)> {
    let all = &resolved.trigger.auth_params;
    all.iter()
        .map(|(k, v)| (k.as_str(), v.expose_secret()))
        .collect()
}

fn variables(resolved: &Resolved) -> Vec<(&str, &str)> {
    let all = &resolved.trigger.resolved_env;
    all.iter()
        .map(|(k, v)| (k.as_str(), v.expose_secret()))
        .collect()
}

fn reasons(resolved: &Resolved) -> Vec<&str> {
    resolved.notices.iter().map(|n| n.reason).collect()
}

fn namespaced(auth: &str, container: &str) -> Result<Resolved, AuthError> {
    resolve(
        &Resolver::default(),
        auth,
        "TriggerAuthentication",
        container,
    )
}

#[test]
fn later_sources_win_in_the_order_env_then_config_map_then_secret() {
    let resolved = namespaced(
        "{secretTargetRef: [{parameter: password, name: s, key: password}], \
         configMapTargetRef: [{parameter: password, name: c, key: password}, {parameter: host, name: c, key: host}], \
         env: [{parameter: host, name: H}, {parameter: extra, name: E}]}",
        "env: [{name: H, value: env}, {name: E, value: e}]",
    )
    .unwrap();
    let expected = [("extra", "e"), ("host", "h1"), ("password", "hunter2")];
    assert_eq!(parameters(&resolved), expected);
    assert!(resolved.notices.is_empty());
}

#[test]
fn what_is_missing_is_empty_with_a_notice() {
    let resolved = namespaced(
        "{secretTargetRef: [{parameter: a, name: nope, key: k}, {parameter: b, name: s, key: nope}], \
         configMapTargetRef: [{parameter: c, name: nope, key: k}], env: [{parameter: d, name: NOPE}]}",
        "env: []",
    )
    .unwrap();
    assert_eq!(
        parameters(&resolved),
        [("a", ""), ("b", ""), ("c", ""), ("d", "")]
    );
    let expected = [
        "VariableNotFound",
        "ConfigMapNotFound",
        "SecretNotFound",
        "SecretKeyNotFound",
    ];
    assert_eq!(reasons(&resolved), expected);
}

#[test]
fn secrets_of_a_cluster_authentication_come_from_the_cluster_namespace() {
    let auth = "{secretTargetRef: [{parameter: p, name: s, key: password}]}";
    let kind = "ClusterTriggerAuthentication";
    let resolved = resolve(&Resolver::default(), auth, kind, "env: []").unwrap();
    assert_eq!(parameters(&resolved), [("p", "cluster")]);
}

#[test]
fn a_missing_authentication_is_a_notice_and_no_error() {
    let text = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: o}\nspec:\n  scaleTargetRef: {name: w}\n  \
                triggers: [{type: redis, metadata: {}, authenticationRef: {name: gone}}]\n";
    let loaded = read(Path::new("x"), text.as_bytes());
    let Object::ScaledObject(object) = &loaded.documents[0].object else {
        panic!()
    };
    let trigger = (3, &object.spec.triggers[0]);
    let owner = ("default", "o");
    let (memory, workload) = (InMemory::default(), Workload::default());
    let resolved = Resolver::default()
        .resolve(&memory, owner, trigger, &workload, None, true)
        .unwrap();
    assert_eq!(reasons(&resolved), ["AuthenticationNotFound"]);
    assert_eq!(resolved.trigger.index, 3);
    assert!(resolved.trigger.as_metric_source);
    assert!(resolved.trigger.auth_params.is_empty());
}

#[test]
fn the_environment_is_computed_in_order_and_expands_what_came_before() {
    let resolved = namespaced(
        "{}",
        "envFrom: [{configMapRef: {name: c}, prefix: C_}, {secretRef: {name: s}}, {secretRef: {name: gone, optional: true}}], \
         env: [{name: A, value: '$(C_host):$(B)'}, {name: B, value: $(user)}, {name: user, valueFrom: {secretKeyRef: {name: s, key: nokey}}}, \
         {name: F, valueFrom: {fieldRef: {fieldPath: status.podIP}}}, {name: E}]",
    )
    .unwrap();
    let expected = [
        ("A", "h1:$(B)"),
        ("B", "joe"),
        ("C_host", "h1"),
        ("C_password", "from-map"),
        ("E", ""),
        ("password", "hunter2"),
        ("user", ""),
    ];
    assert_eq!(variables(&resolved), expected);
    assert_eq!(reasons(&resolved), ["EnvironmentSourceSkipped"]);
}

#[test]
fn a_missing_object_of_the_environment_is_an_error_that_names_it() {
    let error = namespaced("{}", "envFrom: [{secretRef: {name: gone}}]").unwrap_err();
    let expected = "error resolving secrets for ScaleTarget: Secret default/gone does not exist";
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.reason(), "MissingEnvironmentSource");
}

#[test]
fn a_source_that_is_not_there_yet_aborts_and_is_named() {
    let vault = "{hashiCorpVault: {address: a, authentication: token, secrets: [{parameter: p, path: a, key: k}]}}";
    let error = namespaced(vault, "env: []").unwrap_err();
    let expected = "TriggerAuthentication a uses hashiCorpVault, which is not supported yet";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn oauth2_yields_the_parameters_without_fetching_a_token() {
    let resolved = namespaced(
        "{oauth2: {clientId: me, tokenUrl: 'https://t/x', scopes: [a, b], tokenUrlParams: {z: '1 2', a: '&'}, \
         clientSecret: {valueFrom: {secretKeyRef: {name: s, key: password}}}}}",
        "env: []",
    )
    .unwrap();
    let expected = [
        ("clientID", "me"),
        ("clientSecret", "hunter2"),
        ("endpointParams", "a=%26&z=1+2"),
        ("oauthTokenURI", "https://t/x"),
        ("scopes", "a,b"),
    ];
    assert_eq!(parameters(&resolved), expected);
}

#[test]
fn a_pod_identity_is_copied_and_an_aws_role_becomes_a_parameter() {
    let auth = "{podIdentity: {provider: aws, roleArn: arn, externalID: e}}";
    let resolved = namespaced(auth, "env: []").unwrap();
    let identity = resolved.trigger.identity.clone().unwrap();
    assert_eq!(
        (identity.provider.as_str(), identity.external_id.as_deref()),
        ("aws", Some("e"))
    );
    assert_eq!(parameters(&resolved), [("awsRoleArn", "arn")]);
    let none = namespaced("{podIdentity: {provider: none}}", "env: []").unwrap();
    assert_eq!(none.trigger.identity, None);
}

#[test]
fn a_file_stands_in_place_of_every_other_source_and_stays_below_its_root() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a.json"), r#"{"x": "y"}"#).unwrap();
    std::fs::write(directory.path().join("bad.json"), r#"{"x": 4711}"#).unwrap();
    let resolver = Resolver {
        file_root: Some(directory.path().into()),
        ..Resolver::default()
    };
    let kind = "ClusterTriggerAuthentication";
    let with = |path: &str| {
        let auth = format!(
            "{{filePath: {path}, secretTargetRef: [{{parameter: p, name: s, key: password}}]}}"
        );
        resolve(&resolver, &auth, kind, "env: []")
    };
    assert_eq!(parameters(&with("a.json").unwrap()), [("x", "y")]);
    for path in ["/etc/passwd", "../a.json", "a..json"] {
        assert_eq!(
            with(path).unwrap_err().reason(),
            "FilePathOutsideRoot",
            "{path}"
        );
    }
    let error = with("bad.json").unwrap_err();
    assert_eq!(error.reason(), "InvalidAuthFile");
    assert!(!error.to_string().contains("4711"), "{error}");
    let error = resolve(&Resolver::default(), "{filePath: a.json}", kind, "env: []").unwrap_err();
    assert_eq!(error.reason(), "FilePathNotPermitted");
}
