use operator_scaling::quantity;
use scaler_protocols_documents::parse_quantity as read_quantity;
use scaler_sdk::Number;

use crate::sdk_config::duration;

/// Numbers as texts and back. The first eight bytes are a number that is written as a Kubernetes
/// quantity and read again; what follows is read as a quantity and as a duration.
pub fn number(data: &[u8]) {
    let Some((number, text)) = data.split_first_chunk::<8>() else {
        return;
    };
    let whole = i64::from_le_bytes(*number);
    // Kubernetes' own range ends one above.
    if whole != i64::MIN {
        assert_eq!(
            read_quantity(&quantity::whole(whole)),
            Some(Number::Whole(whole))
        );
    }
    let real = f64::from_le_bytes(*number);
    if real.is_finite() && real > 0.0 && real < 1e15 {
        let text = quantity::thousandths(real);
        let read = match read_quantity(&text) {
            Some(Number::Whole(n)) => n as f64,
            Some(Number::Real(x)) => x,
            None => panic!("{real} is {text:?}, which cannot be read"),
        };
        // To the nearest thousandth, or as near as a float comes.
        assert!(
            (read - real).abs() <= 0.0005 + real * 1e-12,
            "{real} is {text:?}"
        );
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    if let Some(Number::Real(x)) = read_quantity(text) {
        // One beyond all measure is refused where its place is known, see `answer`.
        assert!(!x.is_nan(), "{text:?}");
    }
    if let Some(Ok(read)) = duration::parse(text) {
        assert!(read.as_nanos() <= i64::MAX as u128, "{text:?}");
        let again = format!("{}ns", read.as_nanos());
        assert_eq!(duration::parse(&again), Some(Ok(read)), "{text:?}");
    }
}
