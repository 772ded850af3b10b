use std::path::PathBuf;
use std::{env, fs};

use serde::Deserialize;

/// `scaler.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    name: String,
    summary: String,
    pub(super) provides: Vec<String>,
    #[serde(default)]
    lifecycle: Lifecycle,
    #[serde(default)]
    sharing: Sharing,
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default)]
    kube: Vec<Kube>,
}

/// What may be asked for by the manifest; the rest is asked for by roles of parameters.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kube {
    Pods,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Lifecycle {
    #[default]
    Fresh,
    Warm,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Sharing {
    #[default]
    None,
    Connection,
}

impl Manifest {
    /// The manifest of the crate being compiled, and its path.
    pub(super) fn read() -> Result<(Self, String), String> {
        let folder =
            env::var("CARGO_MANIFEST_DIR").map_err(|e| format!("CARGO_MANIFEST_DIR: {e}"))?;
        let path = PathBuf::from(folder).join("scaler.toml");
        let shown = path.display();
        let text = fs::read_to_string(&path).map_err(|e| format!("cannot read {shown}: {e}"))?;
        let manifest = Self::parse(&text).map_err(|e| format!("{shown}: {e}"))?;
        Ok((manifest, shown.to_string()))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let manifest: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if manifest.provides.is_empty() {
            return Err("`provides` is empty".to_string());
        }
        if let Some(name) = manifest.provides.iter().find(|name| !is_type_name(name)) {
            return Err(format!("{name:?} is no trigger type"));
        }
        Ok(manifest)
    }

    /// The JSON members before `types`, with a comma after each.
    pub(super) fn head(&self) -> String {
        let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
        let head = serde_json::json!({
            "schema": 1,
            "name": self.name,
            "version": version,
            "summary": self.summary,
            "lifecycle": match self.lifecycle {
                Lifecycle::Fresh => "fresh",
                Lifecycle::Warm => "warm",
            },
            "sharing": match self.sharing {
                Sharing::None => "none",
                Sharing::Connection => "connection",
            },
            "hosts": self.hosts,
            "kube": self.kube.iter().map(|Kube::Pods| "pods").collect::<Vec<_>>(),
        })
        .to_string();
        format!("{},", &head[1..head.len() - 1])
    }
}

/// It goes into JSON and into labels as it is.
fn is_type_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_in_a_manifest_is_an_error() {
        let head = "name = \"a\"\nsummary = \"b\"\n";
        for (text, told) in [
            ("", "missing field `provides`"),
            ("provides = []", "empty"),
            ("provides = [\"A b\"]", "\"A b\" is no trigger type"),
            (
                "provides = [\"a\"]\nlifecycle = \"hot\"",
                "unknown variant `hot`",
            ),
            (
                "provides = [\"a\"]\nkube = [\"secrets\"]",
                "unknown variant `secrets`",
            ),
            ("provides = [\"a\"]\ncolour = 1", "unknown field `colour`"),
        ] {
            let error = Manifest::parse(&format!("{head}{text}")).err().expect(text);
            assert!(error.contains(told), "{error}");
        }
    }
}
