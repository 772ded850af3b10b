//! `boundServiceAccountToken`: tokens that the cluster makes for service accounts.

use operator_api::BoundServiceAccountToken;
use secrecy::SecretString;

use crate::{Notice, Objects};

/// A token each; one that is not made is empty, with a notice.
pub(crate) fn parameters(
    objects: &dyn Objects,
    namespace: &str,
    accounts: &[BoundServiceAccountToken],
    notices: &mut Vec<Notice>,
) -> Vec<(String, SecretString)> {
    let mut parameters = Vec::new();
    for account in accounts {
        let name = &account.service_account_name;
        let token = objects.token(namespace, name);
        if token.is_none() {
            let text = format!(
                "no token of ServiceAccount {namespace}/{name} is made, it counts as empty"
            );
            notices.push(Notice::new("TokenNotMade", text));
        }
        parameters.push((account.parameter.clone(), token.unwrap_or_default()));
    }
    parameters
}
