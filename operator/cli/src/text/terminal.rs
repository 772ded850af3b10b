use rustix::termios::tcgetwinsize;

/// Columns and lines of the terminal that the standard output is, if it is one.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    let size = tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then(|| (size.ws_col.into(), size.ws_row.into()))
}
