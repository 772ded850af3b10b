use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Result, ensure};

/// The program's metrics at one moment.
#[derive(Clone)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn get(address: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        // HTTP/1.0: the answer ends with the connection.
        stream.write_all(format!("GET /metrics HTTP/1.0\r\nhost: {address}\r\n\r\n").as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        ensure!(
            text.starts_with("HTTP/1.0 200"),
            "{}",
            text.lines().next().unwrap_or("no answer")
        );
        Ok(Self(text))
    }

    /// The values of all series of that name.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = f64> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let value = match rest.rsplit_once("} ") {
                Some((labels, value)) if labels.starts_with('{') => value,
                _ => rest.strip_prefix(' ')?,
            };
            value.parse().ok()
        })
    }

    pub(super) fn sum(&self, name: &str) -> f64 {
        self.values(name).sum()
    }

    /// How many objects have been polled.
    pub(super) fn polled(&self) -> usize {
        let polls = self.values("penstock_polls_total");
        polls.filter(|polls| *polls > 0.0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_whole_name() {
        let text = "# TYPE a gauge\na{b=\"c d\"} 1.5\na{b=\"e} 7\"} 2\nab{} 9\na 3\n";
        let page = Page(text.to_string());
        assert_eq!(page.values("a").collect::<Vec<_>>(), [1.5, 2.0, 3.0]);
        assert_eq!(page.sum("none"), 0.0);
    }
}
