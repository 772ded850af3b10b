use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;

use super::trust::Proxy;
use crate::certificate::Subject;
use crate::user::User;

impl Proxy {
    /// Whether the caller is the proxy, whose headers are to be believed.
    pub(super) fn vouches(&self, subject: &Subject, chain: &[CertificateDer<'_>]) -> bool {
        let named = self.names.is_empty() || self.names.contains(&subject.name);
        named && self.authorities.issued(chain)
    }

    /// On whose behalf the proxy asks. Only to be called when [`Proxy::vouches`].
    pub(super) fn user(&self, headers: &HeaderMap) -> Option<User> {
        let name = first(headers, &self.user_headers)?;
        let mut user = User {
            name,
            uid: first(headers, &self.uid_headers).unwrap_or_default(),
            groups: self
                .group_headers
                .iter()
                .flat_map(|h| values(headers, h))
                .collect(),
            ..User::default()
        };
        for prefix in &self.extra_prefixes {
            for name in headers.keys() {
                let Some(key) = name.as_str().strip_prefix(prefix.as_str()) else {
                    continue;
                };
                let key = percent_decode_str(key).decode_utf8();
                let key = key.map_or_else(|_| name.as_str()[prefix.len()..].into(), Into::into);
                let kept: &mut Vec<String> = user.extra.entry(key).or_default();
                kept.extend(values(headers, name));
            }
        }
        Some(user)
    }
}

fn first(headers: &HeaderMap, names: &[HeaderName]) -> Option<String> {
    names.iter().flat_map(|name| values(headers, name)).next()
}

/// The values that are not empty. What is no UTF-8 is nobody's name.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> + use<'a> {
    let values = headers.get_all(name).into_iter();
    let values = values.filter_map(|v| std::str::from_utf8(v.as_bytes()).ok());
    values.filter(|v| !v.is_empty()).map(ToString::to_string)
}
