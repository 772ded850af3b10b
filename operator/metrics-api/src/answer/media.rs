use http::{HeaderMap, header};
use serde::Serialize;

use super::{Answer, Status, answer};
use http::StatusCode;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json { pretty: bool },
    Yaml,
}

impl Format {
    /// The document in this format.
    pub(crate) fn answer(self, code: StatusCode, document: &impl Serialize) -> Answer {
        let written = match self {
            Self::Json { pretty: false } => serde_json::to_string(document)
                // Kubernetes' encoder ends with a line feed.
                .map(|text| ("application/json", text + "\n"))
                .map_err(|error| error.to_string()),
            Self::Json { pretty: true } => serde_json::to_string_pretty(document)
                .map(|text| ("application/json", text))
                .map_err(|error| error.to_string()),
            Self::Yaml => yaml(document).map(|text| ("application/yaml", text)),
        };
        match written {
            Ok((media, text)) => answer(code, media, text),
            Err(error) => {
                tracing::error!(error, "an answer cannot be written");
                super::text(StatusCode::INTERNAL_SERVER_ERROR, "internal error".into())
            }
        }
    }
}

/// Kubernetes makes YAML from the JSON, with keys in alphabetical order.
fn yaml(document: &impl Serialize) -> Result<String, String> {
    let value = serde_json::to_value(document).map_err(|error| error.to_string())?;
    serde_saphyr::to_string(&sorted(value)).map_err(|error| error.to_string())
}

fn sorted(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let map: std::collections::BTreeMap<_, _> = map.into_iter().collect();
            Value::Object(map.into_iter().map(|(k, v)| (k, sorted(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// What a caller wants of `/apis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// A document as it is.
    Plain(Format),
    /// Groups with their resources in one document, of that version of its API.
    Aggregated(&'static str),
}

/// The first of the media types the caller accepts that can be had; `aggregated` says whether
/// there is an aggregated form.
///
/// # Errors
/// The answer to give when there is none.
pub(crate) fn accepted(
    headers: &HeaderMap,
    pretty: bool,
    aggregated: bool,
) -> Result<Accepted, Status> {
    let json = Accepted::Plain(Format::Json { pretty });
    let mut clauses = clauses(headers);
    if clauses.is_empty() {
        return Ok(json);
    }
    // The first of the most wanted.
    clauses.sort_by_key(|clause| std::cmp::Reverse(clause.weight));
    for clause in clauses.iter().filter(|clause| clause.weight > 0) {
        match (clause.media.as_str(), clause.form.as_deref()) {
            ("application/json", Some("APIGroupDiscoveryList")) if aggregated => {
                match clause.form_version.as_deref() {
                    Some("v2") => return Ok(Accepted::Aggregated("v2")),
                    Some("v2beta1") => return Ok(Accepted::Aggregated("v2beta1")),
                    _ => {}
                }
            }
            // Tables and the like: the caller names what it takes instead.
            (_, Some(_)) => {}
            ("application/json" | "application/*" | "*/*", None) => return Ok(json),
            ("application/yaml", None) => return Ok(Accepted::Plain(Format::Yaml)),
            _ => {}
        }
    }
    Err(Status::not_acceptable())
}

struct Clause {
    media: String,
    form: Option<String>,
    form_version: Option<String>,
    /// In thousandths.
    weight: u16,
}

fn clauses(headers: &HeaderMap) -> Vec<Clause> {
    let lines = headers.get_all(header::ACCEPT).into_iter();
    let lines = lines.filter_map(|value| value.to_str().ok());
    let clauses = lines.flat_map(|line| line.split(','));
    clauses
        .map(str::trim)
        .filter(|c| !c.is_empty())
        .map(clause)
        .collect()
}

fn clause(text: &str) -> Clause {
    let mut parts = text.split(';').map(str::trim);
    let mut clause = Clause {
        media: parts.next().unwrap_or_default().to_ascii_lowercase(),
        form: None,
        form_version: None,
        weight: 1000,
    };
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name.trim() {
            "as" => clause.form = Some(value.trim().into()),
            "v" => clause.form_version = Some(value.trim().into()),
            "q" => {
                let weight: f32 = value.trim().parse().unwrap_or(0.0);
                // `as` saturates: nonsense is never or always wanted.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
                clause.weight = weight;
            }
            _ => {}
        }
    }
    clause
}

/// People get line breaks: asked for, or by the names of their programs, as in Kubernetes.
pub(crate) fn is_pretty(query: Option<&str>, headers: &HeaderMap) -> bool {
    if let Some(wish) = crate::query::first(query, "pretty") {
        return !matches!(wish.as_str(), "false" | "0");
    }
    let agent = headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    ["curl", "Wget", "Mozilla/5.0"]
        .iter()
        .any(|name| agent.starts_with(name))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const JSON: Accepted = Accepted::Plain(Format::Json { pretty: false });

    fn accept(text: &str) -> Result<Accepted, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(text).unwrap());
        accepted(&headers, false, true).map_err(|status| status.code)
    }

    #[test]
    fn json_is_what_everybody_gets() {
        assert_eq!(accepted(&HeaderMap::new(), false, true).ok(), Some(JSON));
        for text in [
            "application/json",
            "*/*",
            "application/vnd.kubernetes.protobuf,application/json",
            "application/vnd.kubernetes.protobuf, */*",
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
            "application/yaml;q=0.5,application/json",
        ] {
            assert_eq!(accept(text), Ok(JSON), "{text}");
        }
    }

    #[test]
    fn yaml_is_written_where_it_is_wanted_first() {
        assert_eq!(
            accept("application/yaml"),
            Ok(Accepted::Plain(Format::Yaml))
        );
    }

    #[test]
    fn what_cannot_be_written_is_not_acceptable() {
        for text in [
            "application/vnd.kubernetes.protobuf",
            "text/html",
            "application/json;q=0",
        ] {
            assert_eq!(accept(text), Err(406), "{text}");
        }
    }

    #[test]
    fn the_aggregator_gets_aggregated_discovery() {
        let v2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        let beta = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
        assert_eq!(
            accept(&format!("{v2},{beta},application/json")),
            Ok(Accepted::Aggregated("v2"))
        );
        assert_eq!(
            accept(&format!("{beta},application/json")),
            Ok(Accepted::Aggregated("v2beta1"))
        );
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static(
                "application/json;as=APIGroupDiscoveryList;v=v2, application/json",
            ),
        );
        assert_eq!(accepted(&headers, false, false).ok(), Some(JSON));
    }

    #[test]
    fn yaml_has_its_keys_in_alphabetical_order() {
        let value = serde_json::json!({"kind": "Status", "apiVersion": "v1", "items": [{"b": null, "a": "1"}]});
        let text = yaml(&value).unwrap();
        let places: Vec<_> = ["apiVersion", "items", "a: ", "b: ", "kind"]
            .iter()
            .map(|k| text.find(k))
            .collect();
        assert!(places.is_sorted() && places[0].is_some(), "{text}");
    }
}
