use std::io::{self, ErrorKind, Write};

/// Writes lines to standard output. Whoever reads them may stop before the end, as `head` does.
pub(crate) fn print(lines: &[String]) -> io::Result<()> {
    let mut text = lines.join("\n");
    text.push('\n');
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
