use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, Error};
use serde_json::json;
use tests_control_plane::eventually;

use crate::{PATIENCE, output, shared};

#[tokio::test]
async fn a_service_account_has_the_rights_of_its_roles_and_no_others() {
    let Some(plane) = shared().await else { return };
    let _dump = plane.dump_on_panic();
    let admin = plane.client().await.unwrap();
    let accounts: Api<ServiceAccount> = Api::default_namespaced(admin);
    let account = serde_json::from_value(json!({"metadata": {"name": "reader"}})).unwrap();
    let post = PostParams::default();
    accounts.create(&post, &account).await.unwrap();

    let file = plane
        .service_account_kubeconfig("default", "reader")
        .await
        .unwrap();
    let kubeconfig = Kubeconfig::read_from(file).unwrap();
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .unwrap();
    let pods: Api<Pod> = Api::default_namespaced(Client::try_from(config).unwrap());
    let refused = pods.list(&Default::default()).await.unwrap_err();
    let Error::Api(status) = refused else {
        panic!("{refused}");
    };
    assert_eq!(status.code, 403);
    let whom = "system:serviceaccount:default:reader";
    assert!(status.message.contains(whom), "{}", status.message);

    let role = ["--clusterrole=view", "--serviceaccount=default:reader"];
    let create = ["create", "rolebinding", "reader"];
    output(plane.kubectl(create).args(role));
    eventually("the account may list pods", PATIENCE, async || {
        Ok(pods.list(&Default::default()).await?)
    })
    .await
    .unwrap();
}
