//! Readable names for symbols.

/// `symbol` demangled, without the hash of the legacy scheme. Other names are returned unchanged.
pub(crate) fn full(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}

#[cfg(test)]
mod tests {
    use super::full;

    #[test]
    fn both_schemes_and_plain_names() {
        assert_eq!(full("_ZN7flipper7Flipper4flip17h0123456789abcdefE"), "flipper::Flipper::flip");
        assert_eq!(full("_RNvC6_123foo3bar"), "123foo::bar");
        assert_eq!(full("seal0::set_storage"), "seal0::set_storage");
        assert_eq!(full(""), "");
    }
}
