//! One number out of a document, in any of the formats.

mod prometheus;
mod xml;

use scaler_protocols_documents as documents;
use scaler_protocols_documents::{no_number, nothing_at, quantity};
use scaler_sdk::{Failure, Number};

/// What a document is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// YAML.
    Yaml,
    /// XML.
    Xml,
    /// The text that Prometheus scrapes.
    Prometheus,
}

impl Format {
    /// The format that manifests call so.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            "xml" => Self::Xml,
            "prometheus" => Self::Prometheus,
            _ => return None,
        })
    }

    /// Whether `location` can be looked for.
    ///
    /// # Errors
    /// What is wrong with it, as one sentence.
    pub fn check_location(self, location: &str) -> Result<(), String> {
        match self {
            Self::Prometheus => prometheus::check(location),
            Self::Json | Self::Yaml | Self::Xml => Ok(()),
        }
    }
}

/// The number at `location`: a number, or a text that is a Kubernetes quantity such as `100m` or
/// `1Ki`.
///
/// # Errors
/// When there is none, or what is there is none. That is never 0.
pub fn find(body: &[u8], format: Format, location: &str) -> Result<Number, Failure> {
    let text = std::str::from_utf8(body)
        .map_err(|_| Failure::malformed("the answer is not UTF-8 text"))?;
    let number = match format {
        Format::Json => documents::json(text, location),
        Format::Yaml => documents::yaml(text, location),
        Format::Xml => xml::find(text, location),
        Format::Prometheus => prometheus::find(text, location),
    }?;
    match number {
        Number::Real(x) if !x.is_finite() => {
            let text = format!("valueLocation {location:?} points to {x}, which is no amount");
            Err(Failure::malformed(text))
        }
        finite => Ok(finite),
    }
}

/// A number's text: whole where it is written as a whole one.
fn number(text: &str) -> Option<Number> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Number::Whole(whole)),
        Err(_) => text.parse().ok().map(Number::Real),
    }
}
