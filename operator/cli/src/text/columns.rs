/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    /// The most characters of it; what is longer ends in `…`.
    most: usize,
    /// It gives way where lines are too long.
    yields: bool,
}

impl Column {
    /// For words: at most so many characters.
    pub(crate) const fn new(title: &'static str, most: usize) -> Self {
        Self {
            title,
            most,
            yields: false,
        }
    }

    /// For sentences: as wide as there is room.
    pub(super) const fn sentence(title: &'static str) -> Self {
        Self {
            title,
            most: usize::MAX,
            yields: true,
        }
    }
}

/// Between two columns.
const GAP: &str = "  ";

/// Lines of a table, the titles first, each at most `width` characters.
pub(crate) fn table<const N: usize>(
    columns: &[Column; N],
    rows: &[[String; N]],
    width: usize,
) -> Vec<String> {
    let widths = widths(columns, rows, width);
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.into_iter().zip(widths) {
            line.push_str(&padded(cell, width));
            line.push_str(GAP);
        }
        cut(line.trim_end(), width)
    };
    let titles = line(std::array::from_fn(|i| columns[i].title));
    let rows = rows
        .iter()
        .map(|row| line(std::array::from_fn(|i| row[i].as_str())));
    std::iter::once(titles).chain(rows).collect()
}

/// As wide as the cells are, or what the others leave, in equal shares.
fn widths<const N: usize>(columns: &[Column; N], rows: &[[String; N]], width: usize) -> [usize; N] {
    let mut widths: [usize; N] = std::array::from_fn(|i| {
        let cells = rows.iter().map(|row| row[i].chars().count());
        let title = columns[i].title.chars().count();
        cells.chain([title]).max().unwrap_or(0).min(columns[i].most)
    });
    let mut yielding: Vec<usize> = (0..N).filter(|i| columns[*i].yields).collect();
    // The narrow ones first: what they do not need is left for the others.
    yielding.sort_by_key(|i| widths[*i]);
    let fixed = (0..N).filter(|i| !columns[*i].yields).map(|i| widths[i]);
    let gaps = GAP.len() * N.saturating_sub(1);
    let mut room = width.saturating_sub(fixed.sum::<usize>() + gaps);
    for (at, column) in yielding.iter().enumerate() {
        let share = room / (yielding.len() - at);
        widths[*column] = widths[*column].min(share);
        room -= widths[*column];
    }
    widths
}

fn padded(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width - text.chars().count();
    format!("{text}{}", " ".repeat(missing))
}

/// At most `most` characters; control characters would move the cursor.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().count() <= most {
        return text.chars().map(shown).collect();
    }
    let kept = most.saturating_sub(1);
    text.chars()
        .take(kept)
        .map(shown)
        .chain(['…'])
        .take(most)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_align_and_long_ones_are_cut() {
        let columns = [Column::new("A", 5), Column::new("B", 9)];
        let rows = [
            ["1".to_string(), "x".to_string()],
            ["1234567".to_string(), "a\x1b[2Jb".to_string()],
        ];
        let lines = table(&columns, &rows, 80);
        assert_eq!(lines, ["A      B", "1      x", "1234…  a [2Jb"]);
        assert!(
            table(&columns, &rows, 3)
                .iter()
                .all(|l| l.chars().count() <= 3)
        );
    }
    #[test]
    fn sentences_share_the_room_that_words_leave() {
        let columns = [
            Column::new("A", 5),
            Column::sentence("B"),
            Column::sentence("C"),
        ];
        let rows = [["1".into(), "b".repeat(20), "c".repeat(20)]];
        let line = |width| table(&columns, &rows, width).swap_remove(1);
        assert_eq!(
            line(80),
            format!("1  {}  {}", "b".repeat(20), "c".repeat(20))
        );
        assert_eq!(line(25), "1  bbbbbbbbb…  ccccccccc…");
        let rows = [["1".into(), "b".repeat(20), "c".into()]];
        assert_eq!(table(&columns, &rows, 20)[1], "1  bbbbbbbbbbbbb…  c");
    }
}
