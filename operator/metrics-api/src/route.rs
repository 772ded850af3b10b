//! What a request's path asks for.

use percent_encoding::percent_decode_str;

pub(crate) const GROUP: &str = "external.metrics.k8s.io";
pub(crate) const VERSION: &str = "v1beta1";

/// Longer paths lead nowhere: a namespace has at most 63 characters, a metric's name few more.
const MAX_PATH_BYTES: usize = 4096;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// Whether the server runs.
    Live,
    /// Whether it can answer.
    Ready,
    /// Which program it is.
    Version,
    OpenApiV2,
    OpenApiV3,
    OpenApiV3Group,
    /// All groups: the only one.
    Groups,
    Group,
    /// All resources of the group: the only one.
    Resources,
    /// A metric's values.
    Metric {
        namespace: String,
        metric: String,
    },
    /// Below the group's version, but no metric; with the resource and namespace it names, if any.
    NoMetric {
        namespace: String,
        resource: String,
        name: String,
    },
    Unknown,
}

impl Route {
    /// The route of a path as it stands in the request.
    pub(crate) fn of(path: &str) -> Self {
        if path.len() > MAX_PATH_BYTES {
            return Self::Unknown;
        }
        // Split before decoding: an encoded slash belongs to its segment.
        let path = path.trim_matches('/');
        let parts: Result<Vec<String>, _> = path
            .split('/')
            .map(|part| percent_decode_str(part).decode_utf8().map(Into::into))
            .collect();
        let Ok(parts) = parts else {
            return Self::Unknown;
        };
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["healthz" | "livez"] => Self::Live,
            ["readyz"] => Self::Ready,
            ["version"] => Self::Version,
            ["openapi", "v2"] => Self::OpenApiV2,
            ["openapi", "v3"] => Self::OpenApiV3,
            ["openapi", "v3", "apis", GROUP, VERSION] => Self::OpenApiV3Group,
            ["apis"] => Self::Groups,
            ["apis", GROUP] => Self::Group,
            ["apis", GROUP, VERSION] => Self::Resources,
            ["apis", GROUP, VERSION, "namespaces", namespace, metric]
                if !namespace.is_empty() && !metric.is_empty() =>
            {
                Self::Metric {
                    namespace: (*namespace).into(),
                    metric: (*metric).into(),
                }
            }
            [
                "apis",
                GROUP,
                VERSION,
                "namespaces",
                namespace,
                resource,
                rest @ ..,
            ] => Self::no_metric(namespace, resource, rest),
            ["apis", GROUP, VERSION, resource, rest @ ..] => Self::no_metric("", resource, rest),
            _ => Self::Unknown,
        }
    }

    fn no_metric(namespace: &str, resource: &str, rest: &[&str]) -> Self {
        Self::NoMetric {
            namespace: namespace.into(),
            resource: resource.into(),
            name: rest.first().copied().unwrap_or_default().into(),
        }
    }

    /// Answered without asking who asks: probes carry no credentials.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Live | Self::Ready)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metric(namespace: &str, metric: &str) -> Route {
        Route::Metric {
            namespace: namespace.into(),
            metric: metric.into(),
        }
    }

    const BASE: &str = "/apis/external.metrics.k8s.io/v1beta1";

    #[test]
    fn a_metrics_path_names_namespace_and_metric() {
        for (path, route) in [
            (
                "/namespaces/shop/s0-redis-list",
                metric("shop", "s0-redis-list"),
            ),
            ("/namespaces/shop/s0-a%2Fb%20c", metric("shop", "s0-a/b c")),
            (
                "/namespaces/shop/s0-kafka-a,b",
                metric("shop", "s0-kafka-a,b"),
            ),
            ("/namespaces/shop/status", metric("shop", "status")),
            ("", Route::Resources),
            ("/", Route::Resources),
        ] {
            assert_eq!(Route::of(&format!("{BASE}{path}")), route);
        }
    }

    #[test]
    fn what_is_no_metric_keeps_what_it_names_for_authorisation() {
        let none = |namespace: &str, resource: &str, name: &str| Route::NoMetric {
            namespace: namespace.into(),
            resource: resource.into(),
            name: name.into(),
        };
        for (path, route) in [
            ("/externalmetrics", none("", "externalmetrics", "")),
            ("/namespaces", none("", "namespaces", "")),
            ("/namespaces/shop", none("", "namespaces", "shop")),
            ("/namespaces/shop/a/b", none("shop", "a", "b")),
            ("/namespaces//a", none("", "a", "")),
        ] {
            assert_eq!(Route::of(&format!("{BASE}{path}")), route);
        }
    }

    #[test]
    fn other_paths_are_unknown() {
        let long = format!("{BASE}/namespaces/shop/{}", "a".repeat(5000));
        for path in ["/", "", "/api", "/apis/other", "/healthz/x", &long, "/%ff"] {
            assert_eq!(Route::of(path), Route::Unknown);
        }
    }

    proptest! {
        #[test]
        fn any_path_has_a_route(path in "\\PC{0,64}|(/[a-z%0-9.]{0,8}){0,8}") {
            let route = Route::of(&path);
            prop_assert!(!route.is_open() || path.trim_matches('/').ends_with('z') || path.contains('%'));
        }

        #[test]
        fn every_namespace_and_metric_comes_back(namespace in "[a-z0-9-]{1,63}", name in "\\PC{1,60}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let encoded = utf8_percent_encode(&name, NON_ALPHANUMERIC);
            let path = format!("{BASE}/namespaces/{namespace}/{encoded}");
            prop_assert_eq!(Route::of(&path), metric(&namespace, &name));
        }
    }
}
