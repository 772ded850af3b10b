//! OpenMetrics text, read as strictly as its specification is written: what a lenient reader lets
//! pass, the next one may not.

use std::collections::{BTreeMap, BTreeSet};

/// What a family's samples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Goes up; its samples end in `_total`.
    Counter,
}

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The whole name, with `_total` where it is a counter.
    pub name: String,
    /// By name.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// A page of metrics.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// Families with their kinds, by name without `_total`.
    pub families: BTreeMap<String, Kind>,
    /// All samples in their order.
    pub samples: Vec<Sample>,
}

impl Metrics {
    /// Reads a page.
    ///
    /// # Errors
    /// Says which line breaks which rule.
    pub fn read(page: &str) -> Result<Self, String> {
        let Some(body) = page.strip_suffix("# EOF\n") else {
            return Err("the page does not end with `# EOF`".into());
        };
        let mut reader = Reader::default();
        for (at, line) in (1..).zip(body.lines()) {
            reader
                .line(line)
                .map_err(|why| format!("line {at}: {why}: {line}"))?;
        }
        Ok(reader.metrics)
    }

    /// The values of that name whose labels include these.
    pub fn values(&self, name: &str, labels: &[(&str, &str)]) -> Vec<f64> {
        let has = |sample: &&Sample| {
            let label = |(name, value): &(&str, &str)| {
                sample.labels.get(*name).is_some_and(|found| found == value)
            };
            sample.name == name && labels.iter().all(label)
        };
        self.samples
            .iter()
            .filter(has)
            .map(|sample| sample.value)
            .collect()
    }

    /// The one value of that name and these labels.
    ///
    /// # Panics
    /// When there is none, or several.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        match self.values(name, labels)[..] {
            [value] => value,
            ref other => panic!("{name} {labels:?}: {other:?}"),
        }
    }
}

#[derive(Default)]
struct Reader {
    metrics: Metrics,
    helped: BTreeSet<String>,
    family: Option<(String, Kind)>,
    seen: BTreeSet<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or("no type")?;
            let kind = match kind {
                "gauge" => Kind::Gauge,
                "counter" => Kind::Counter,
                _ => return Err("a type that is not used here".into()),
            };
            return self.begin(name, kind);
        }
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, text) = rest.split_once(' ').ok_or("no help")?;
            let fresh = self.helped.insert(name.to_string());
            return match fresh && is_name(name) && !text.is_empty() {
                true => Ok(()),
                false => Err("help twice, empty, or of no name".into()),
            };
        }
        if line.starts_with('#') || line.is_empty() {
            return Err("neither metadata nor a sample".into());
        }
        self.sample(line)
    }

    fn begin(&mut self, name: &str, kind: Kind) -> Result<(), String> {
        if !is_name(name) {
            return Err("not a name".into());
        }
        if kind == Kind::Counter && name.ends_with("_total") {
            return Err("`_total` belongs to a counter's samples, not to its name".into());
        }
        if self.metrics.families.insert(name.into(), kind).is_some() {
            return Err("the family begins twice".into());
        }
        self.family = Some((name.into(), kind));
        Ok(())
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let (name, mut rest) = line.split_at(line.find(['{', ' ']).ok_or("no value")?);
        let (family, kind) = self.family.as_ref().ok_or("a sample before any family")?;
        let expected = match kind {
            Kind::Gauge => family.clone(),
            Kind::Counter => format!("{family}_total"),
        };
        if name != expected {
            return Err(format!("does not belong to {family}"));
        }
        let mut labels = BTreeMap::new();
        if let Some(inside) = rest.strip_prefix('{') {
            rest = read_labels(inside, &mut labels)?;
        }
        let value = rest.strip_prefix(' ').ok_or("no blank before the value")?;
        let value: f64 = value.parse().map_err(|_| "not a number")?;
        if *kind == Kind::Counter && (value.is_nan() || value < 0.0) {
            return Err("a counter below zero".into());
        }
        if !self.seen.insert(format!("{name}{labels:?}")) {
            return Err("the same sample twice".into());
        }
        let name = name.to_string();
        self.metrics.samples.push(Sample {
            name,
            labels,
            value,
        });
        Ok(())
    }
}

/// Labels up to the brace; gives what follows it.
fn read_labels<'t>(
    mut text: &'t str,
    labels: &mut BTreeMap<String, String>,
) -> Result<&'t str, String> {
    loop {
        let (name, rest) = text.split_once("=\"").ok_or("a label without a value")?;
        if !is_name(name) || name.contains(':') {
            return Err(format!("{name:?} is no label"));
        }
        let (value, rest) = read_quoted(rest)?;
        if labels.insert(name.into(), value).is_some() {
            return Err(format!("label {name} twice"));
        }
        match rest.split_at_checked(1) {
            Some((",", more)) => text = more,
            Some(("}", after)) => return Ok(after),
            _ => return Err("labels without an end".into()),
        }
    }
}

/// A value up to its closing quote, and what follows.
fn read_quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => value.push(match letters.next() {
                Some((_, 'n')) => '\n',
                Some((_, escaped @ ('"' | '\\'))) => escaped,
                _ => return Err("an escape that there is not".into()),
            }),
            other => value.push(other),
        }
    }
    Err("a value without an end".into())
}

fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_its_labels_and_values() {
        let page = "# HELP a_b Something.\n# TYPE a_b counter\na_b_total{x=\"1\\\"\",y=\"\"} 3\n\
                    # TYPE c gauge\nc -1.5\n# EOF\n";
        let metrics = Metrics::read(page).unwrap();
        assert_eq!(metrics.value("a_b_total", &[("x", "1\"")]), 3.0);
        assert_eq!(metrics.value("c", &[]), -1.5);
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        for page in [
            "# TYPE a gauge\na 1\n",
            "a 1\n# EOF\n",
            "# TYPE a counter\na 1\n# EOF\n",
            "# TYPE a_total counter\na_total 1\n# EOF\n",
            "# TYPE a gauge\na 1\na 2\n# EOF\n",
            "# TYPE a gauge\na{x=\"1} 1\n# EOF\n",
            "# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n# EOF\n",
            "# TYPE a gauge\na one\n# EOF\n",
            "# TYPE a gauge\n# TYPE b gauge\na 1\n# EOF\n",
            "# TYPE a gauge\n\na 1\n# EOF\n",
            "# TYPE a gauge\n# TYPE a gauge\n# EOF\n",
        ] {
            assert!(Metrics::read(page).is_err(), "{page}");
        }
    }
}
