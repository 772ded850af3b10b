use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, header};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, UserInfo};
use kube::api::PostParams;
use kube::{Api, Client};

use super::{AuthenticationError, REVIEW_TIMEOUT};
use crate::user::User;
use crate::verdicts::Verdicts;

/// How long a review holds, whatever it says: a token that is withdrawn is to be refused soon, one
/// that is tried again and again is not to be asked about each time.
const HOLDS: Duration = Duration::from_secs(10);

/// Tokens remembered at most.
const REMEMBERED: u64 = 4096;

/// No token is as long; the API server would refuse it.
const MAX_TOKEN_BYTES: usize = 32 * 1024;

/// Asks the API server whose tokens they are.
pub(super) struct Tokens {
    client: Client,
    known: Verdicts<Option<User>>,
}

impl Tokens {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            known: Verdicts::new(REMEMBERED),
        }
    }

    /// Whose token it is; `None` for one that the cluster does not know.
    pub(super) async fn review(
        &self,
        token: &str,
    ) -> Result<Option<User>, Arc<AuthenticationError>> {
        let key = *blake3::hash(token.as_bytes()).as_bytes();
        let ask = async { Ok((self.ask(token).await?, HOLDS)) };
        self.known.get(key, ask).await
    }

    async fn ask(&self, token: &str) -> Result<Option<User>, AuthenticationError> {
        let review = TokenReview {
            spec: TokenReviewSpec {
                token: token.into(),
                audiences: None,
            },
            ..TokenReview::default()
        };
        let reviews = Api::<TokenReview>::all(self.client.clone());
        let params = PostParams::default();
        let answer = tokio::time::timeout(REVIEW_TIMEOUT, reviews.create(&params, &review))
            .await
            .map_err(|_| AuthenticationError::TimedOut)?
            .map_err(|error| AuthenticationError::Review(Box::new(error)))?;
        let status = answer.status.unwrap_or_default();
        if status.authenticated != Some(true) {
            return Ok(None);
        }
        Ok(status.user.and_then(user))
    }
}

fn user(info: UserInfo) -> Option<User> {
    let name = info.username.filter(|name| !name.is_empty())?;
    let user = User {
        name,
        uid: info.uid.unwrap_or_default(),
        groups: info.groups.unwrap_or_default(),
        extra: info.extra.unwrap_or_default(),
    };
    Some(user.authenticated())
}

/// The request's bearer token.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer")
        && !token.is_empty()
        && token.len() <= MAX_TOKEN_BYTES;
    fits.then_some(token)
}
