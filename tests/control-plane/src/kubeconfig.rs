use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Certificate;

/// Who is calling.
pub(crate) enum User<'a> {
    Certificate(&'a Certificate),
    Token(&'a str),
}

/// A kubeconfig that needs no other file.
pub(crate) fn kubeconfig(server: &str, authority: &str, user: &User<'_>) -> String {
    let authority = STANDARD.encode(authority);
    let user = match user {
        User::Certificate(of) => format!(
            "client-certificate-data: {}\n    client-key-data: {}",
            STANDARD.encode(&of.certificate),
            STANDARD.encode(&of.key)
        ),
        User::Token(token) => format!("token: {token}"),
    };
    format!(
        "apiVersion: v1
kind: Config
current-context: penstock-test
contexts:
- name: penstock-test
  context: {{cluster: penstock-test, user: penstock-test}}
clusters:
- name: penstock-test
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: penstock-test
  user:
    {user}
"
    )
}
