use proptest::prelude::*;

use super::*;

fn compile(text: &str) -> Result<Formula, FormulaError> {
    Formula::compile(text, ["a", "b", "notifications", "nil_count"])
}

fn value(text: &str, a: Option<f64>, b: Option<f64>) -> Result<Option<f64>, FormulaError> {
    let formula = compile(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let rest = ["notifications", "nil_count"].map(|n| (n.to_string(), Some(7.0)));
    let values = [("a".to_string(), a), ("b".to_string(), b)];
    formula.evaluate(&values.into_iter().chain(rest).collect())
}

fn number(text: &str) -> f64 {
    value(text, Some(10.0), Some(4.0)).unwrap().unwrap()
}

#[test]
fn arithmetic_has_expr_langs_precedence() {
    for (text, expected) in [
        ("a + b * 2", 18.0),
        ("(a + b) * 2", 28.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("2 ** 3", 8.0),
        ("-2 ^ 2", -4.0),
        ("a / 4", 2.5),
        ("7 / 2", 3.5),
        ("7 % 4", 3.0),
        ("int(a) % 4", 2.0),
        ("a - -1", 11.0),
        ("a > b ? a : b", 10.0),
        ("a > b and not (b > 5) ? 1 : 2", 1.0),
        ("a < 5 ? 1 : a < 20 ? 2 : 3", 2.0),
        ("if a > 5 { 1 } else { 2 }", 1.0),
        ("let x = a * 2; x + b", 24.0),
        ("let nothing = a; nothing", 10.0),
        ("max(a, b, 11) + min([a, b])", 15.0),
        ("round(2.5) + floor(2.9) + ceil(2.1)", 8.0),
        ("sum([a, b, 1])", 15.0),
        ("count([a, b], # > 5)", 1.0),
        ("count([a, b], {# > 5})", 1.0),
        ("sum(map(1..3, # * 2))", 12.0),
        ("count([a, b], count([a, b], # > 5) > 0)", 2.0),
        ("[a, b] | count(# > 5)", 1.0),
        ("sum([a, b], # ?? 1 * 2)", 28.0),
        ("[a, b][1]", 4.0),
        ("a | max(20)", 20.0),
        ("float(a)", 10.0),
        ("1_000 + 0x10 + 1e2 + .5", 1116.5),
        ("a // the first\n + /* the second */ b", 14.0),
    ] {
        assert_eq!(number(text), expected, "{text}");
    }
}

#[test]
fn coalescing_binds_tighter_than_arithmetic() {
    let given = |text| value(text, None, Some(4.0)).unwrap();
    assert_eq!(given("a ?? b + 1"), Some(5.0));
    assert_eq!(given("1 + a ?? b * 2"), Some(9.0));
    assert_eq!(given("(a ?? 3) * (a ?? b)"), Some(12.0));
    assert_eq!(given("a ?? a ?? b - 1"), Some(3.0));
    assert_eq!(given("max(a ?? 1, b) ?? 2"), Some(4.0));
    // With a known value on the left, what follows still counts: 10 + 1.
    assert_eq!(
        value("a ?? b + 1", Some(10.0), Some(4.0)).unwrap(),
        Some(11.0)
    );
}

#[test]
fn a_nil_result_is_kept_only_where_coalescing_is_used() {
    assert_eq!(value("a ?? b", None, None), Ok(None));
    assert!(value("a", None, None).is_err());
    assert!(value("a + 1", None, None).is_err());
    assert!(value("(a + 1) ?? 2", None, None).is_err());
}

#[test]
fn names_that_begin_like_words_of_the_language_are_names() {
    assert_eq!(number("notifications + nil_count"), 14.0);
}

#[test]
fn unknown_names_and_functions_do_not_compile() {
    assert_eq!(
        compile("a + c").unwrap_err(),
        FormulaError::UnknownName("c".into())
    );
    assert!(compile("trig-one").is_err());
    for text in [
        "system(a)",
        "repeat(a, 9)",
        "now()",
        "reduce([a], #acc + #, 0)",
        "concat([a], [b])",
    ] {
        assert_eq!(
            compile(text).unwrap_err().reason(),
            "FormulaUnsupported",
            "{text}"
        );
    }
}

#[test]
fn type_errors_do_not_compile() {
    for text in [
        "a % 2",
        "a and b",
        "a > 1",
        "not a",
        "a > 5 ? a % 2 : 1",
        "true",
        "[a]",
        "a + true",
    ] {
        assert!(compile(text).is_err(), "{text}");
    }
}

#[test]
fn a_whole_number_from_a_bare_float_formula_is_refused() {
    assert!(compile("float(a) > 1 ? 2 : 3").is_err());
    assert_eq!(number("a > 1 ? 2 : 3"), 2.0);
}

#[test]
fn a_result_that_is_not_finite_is_an_error() {
    assert!(value("a / (b - 4)", Some(1.0), Some(4.0)).is_err());
    assert!(value("(a - 10) / (b - 4)", Some(10.0), Some(4.0)).is_err());
}

#[test]
fn a_formula_cannot_run_away() {
    let long = format!("a{}", " + 1".repeat(600));
    let loops = "count(1..30, count(1..30, count(1..30, # > 1) > 1) > 1)";
    let piped = "1..30 | count(1..30 | count({1..30 | count(# > 1) > 1}) > 1)";
    let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    let index = format!("{}1{}", "[a][".repeat(200), "]".repeat(200));
    for text in [
        long.as_str(),
        &deep,
        &index,
        loops,
        piped,
        "sum(1..1000000000)",
        "sum(1..int(a))",
        "let x = [a, a]; let y = [x, x]; sum(y)",
        "\"a\" + \"b\"",
        "{\"a\": 1}",
        "{a: 1}",
        "a.b",
        "$env",
    ] {
        assert!(compile(text).is_err(), "{text}");
    }
}

#[test]
fn a_long_chain_of_operators_is_evaluated() {
    let text = format!("a{}", " + 1".repeat(250));
    assert_eq!(number(&text), 260.0);
    let text = format!("a{}", " ^ 1".repeat(250));
    assert_eq!(number(&text), 10.0);
    let text = format!("{}a{}", "-(".repeat(12), ")".repeat(12));
    assert_eq!(number(&text), 10.0);
    assert_eq!(number("sum(map(filter([a, b], # > 5), # * 2))"), 20.0);
    let text = format!("{}0", "a > 9 ? 1 : ".repeat(15));
    assert_eq!(number(&text), 1.0);
}

/// Formulas that are right at least in their form.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a",
        "b",
        "0",
        "1",
        "2.5",
        "-3",
        "9223372036854775807",
        "1e308",
        "nil",
        "true",
        "[a, 1]",
        "1..9",
        "[]",
        "a > b",
    ]);
    leaf.prop_map(String::from)
        .prop_recursive(4, 24, 3, |inner| {
            let infix = prop::sample::select(vec![
                "+", "-", "*", "/", "%", "^", "??", "<", "==", "and", "or", "in", "not in",
            ]);
            let call = prop::sample::select(vec![
                "abs", "bitand", "bitshl", "bitushr", "ceil", "first", "float", "int", "last",
                "len", "max", "mean", "median", "min", "reverse", "round", "sort", "sum", "take",
            ]);
            let each = prop::sample::select(vec!["all", "count", "filter", "find", "map", "sum"]);
            let (i, j, k) = (inner.clone(), inner.clone(), inner.clone());
            prop_oneof![
                (inner.clone(), infix, i).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
                (call, prop::collection::vec(j, 1..3))
                    .prop_map(|(f, x)| format!("{f}({})", x.join(", "))),
                (each, k.clone()).prop_map(|(f, x)| format!("{f}({x}, # > 1)")),
                (inner.clone(), k.clone()).prop_map(|(x, i)| format!("{x}[{i}]")),
                (inner.clone(), k.clone(), inner.clone())
                    .prop_map(|(x, i, j)| format!("{x}[{i}:{j}]")),
                (inner.clone(), k.clone(), inner)
                    .prop_map(|(c, x, y)| format!("({c} ? {x} : {y})")),
                k.prop_map(|x| format!("-{x}")),
            ]
        })
}

proptest! {
    #[test]
    fn no_formula_panics(text in formula()) {
        let _ = compile(&text);
    }

    #[test]
    fn no_text_panics(text in "[ab0-9#(){}\\[\\]?:.,;=+*/%^<>!|& -]{0,40}|.{0,30}") {
        let _ = compile(&text);
    }

    #[test]
    fn no_sequence_of_words_panics(words in prop::collection::vec(
        prop::sample::select(vec![
            "a", "b", "1", "2.5", "(", ")", "[", "]", "{", "}", "??", "?", ":", "+", "-", "*", "/",
            "^", "%", "not", "and", "in", "..", "|", "max(", "count(", "#", ",", "let", "=", ";",
            "if", "else", "nil", "true", "take(", "len(", "sum(", "map(", "find(", "first(", "last(",
            "bitshl(", "bitushr(", "median(", "sort(", "int(", "float(", "round(", "abs(", "0",
            "9223372036854775807", "-9223372036854775808", "1e308", "1..9", ">", "==", "not in",
        ]), 0..24)) {
        if let Ok(formula) = compile(&words.join(" ")) {
            let _ = formula.evaluate(&BTreeMap::new());
        }
    }
}
