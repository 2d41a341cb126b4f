//! Accounts as people write them.

use anyhow::{anyhow, bail, ensure, Context, Result};
use inkbpf_sandbox::sp_core::{
    crypto::{AccountId32, Ss58AddressFormat, Ss58Codec},
    sr25519, Pair,
};

/// The secret for `--suri`: its value, or the contents of the file after an `@`.
///
/// # Errors
/// When there is no such file, or it is not text.
pub fn secret(suri: &str) -> Result<String> {
    let Some(path) = suri.strip_prefix('@') else { return Ok(suri.to_owned()) };
    let bytes = crate::artifact::read_file(path.as_ref()).context("--suri")?;
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("--suri: {path} is not UTF-8 text"))?;
    Ok(text.trim().to_owned())
}

/// The key pair of a secret: `//Alice`, a phrase, or a seed in hex, each with a derivation path. It is an sr25519 key,
/// as wallets make them; accounts with ed25519 and ecdsa keys cannot sign here.
///
/// # Errors
/// When it is none of these. The error does not repeat the secret.
pub fn key_pair(suri: &str) -> Result<sr25519::Pair> {
    ensure!(!suri.is_empty(), "the secret is empty: give one such as //Alice");
    sr25519::Pair::from_string(suri, None).map_err(|error| {
        anyhow!("--suri is not a valid secret: expected a derivation such as //Alice, a phrase of 12 words, or 0x and 64 hex digits ({error:?})")
    })
}

/// The address in the form that every Substrate chain reads (prefix 42).
pub fn address(account: &AccountId32) -> String {
    account.to_ss58check_with_version(Ss58AddressFormat::custom(42))
}

/// An account given by its address or by the secret it derives from, and its address.
///
/// # Errors
/// When it is neither.
pub fn parse(text: &str) -> Result<(AccountId32, String)> {
    if text.starts_with("//") {
        let account = AccountId32::from(key_pair(text)?.public());
        let address = address(&account);
        return Ok((account, address));
    }
    parse_address(text)
}

/// An account given by its address in SS58 or hex, and its address in SS58.
///
/// # Errors
/// When it is neither.
pub fn parse_address(text: &str) -> Result<(AccountId32, String)> {
    let account = if let Some(digits) = text.strip_prefix("0x") {
        let bytes = hex::decode(digits).context("an account in hex has 64 digits after 0x")?;
        let bytes: [u8; 32] = bytes
            .try_into()
            .map_err(|bytes: Vec<u8>| anyhow!("an account has 32 bytes, but this hex has {}", bytes.len()))?;
        AccountId32::new(bytes)
    } else {
        match AccountId32::from_ss58check(text) {
            Ok(account) => account,
            Err(error) => {
                bail!("`{}` is not an address ({error:?})", text.chars().take(80).collect::<String>())
            }
        }
    };
    let address = address(&account);
    Ok((account, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

    #[test]
    fn one_account_in_three_forms() {
        let hex = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
        for text in [ALICE, "//Alice", hex] {
            assert_eq!(parse(text).unwrap().1, ALICE, "{text}");
        }
    }

    #[test]
    fn what_is_no_account() {
        for bad in
            ["", "Alice", "0x00", "0xzz", &ALICE[1..], "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
