use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use crate::CaseError;

/// What the placeholders of a case stand for: `{tcp.NAME}`, `{tcp.NAME.host}`, `{tcp.NAME.port}`
/// and `{dir}`.
#[derive(Debug, Default)]
pub(crate) struct Places<'a> {
    pub(crate) tcp: BTreeMap<String, SocketAddr>,
    pub(crate) dir: Option<&'a Path>,
}

impl Places<'_> {
    /// The text with its placeholders replaced. Other braces stay as they are.
    pub(crate) fn fill(&self, text: &str) -> Result<String, CaseError> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            filled.push_str(before);
            let inner = from.find('}').map(|end| &from[1..end]);
            match inner {
                Some(name) if name == "dir" || name.starts_with("tcp.") => {
                    let value = self.value(name);
                    filled += &value.ok_or_else(|| CaseError::Placeholder(text.to_string()))?;
                    rest = &from[name.len() + 2..];
                }
                _ => {
                    filled.push('{');
                    rest = &from[1..];
                }
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Option<String> {
        let Some(server) = name.strip_prefix("tcp.") else {
            return Some(self.dir?.display().to_string());
        };
        if let Some(address) = self.tcp.get(server) {
            return Some(address.to_string());
        }
        let (server, part) = server.rsplit_once('.')?;
        let address = self.tcp.get(server)?;
        match part {
            "host" => Some(address.ip().to_string()),
            "port" => Some(address.port().to_string()),
            _ => None,
        }
    }

    pub(crate) fn fill_all(
        &self,
        values: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, CaseError> {
        let pairs = values.iter();
        pairs
            .map(|(key, text)| Ok((key.clone(), self.fill(text)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_other_braces_kept() {
        let places = Places {
            tcp: [("a".to_string(), "127.0.0.1:7".parse().unwrap())].into(),
            dir: Some(Path::new("/d")),
        };
        for (text, filled) in [
            ("x{tcp.a}y", "x127.0.0.1:7y"),
            ("{tcp.a.host}|{tcp.a.port}", "127.0.0.1|7"),
            ("{dir}/{other}{", "/d/{other}{"),
            ("{{dir}}", "{/d}"),
        ] {
            assert_eq!(places.fill(text).unwrap(), filled);
        }
        assert!(places.fill("{tcp.b}").is_err());
        assert!(places.fill("{tcp.a.path}").is_err());
    }
}
