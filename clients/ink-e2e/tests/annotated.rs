//! `#[ink_e2e::test]` as any contract's tests have it. It compiles the contracts that this package depends on, by the
//! crate `contract-build`, which `[patch.crates-io]` makes the one that asks `inkbpf`.

use erc20::{Erc20, Erc20Ref};
use flipper::{Flipper, FlipperRef};
use ink_e2e::ContractsBackend;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[ink_e2e::test]
async fn a_flipper_is_built_made_and_flipped<Client: E2EBackend>(mut client: Client) -> Result<()> {
    let mut new = FlipperRef::new(false);
    let made = client.instantiate("flipper", &ink_e2e::alice(), &mut new).submit().await?;
    let mut flipper = made.call_builder::<Flipper>();

    let get = flipper.get();
    assert!(!client.call(&ink_e2e::bob(), &get).dry_run().await?.return_value());
    let flip = flipper.flip();
    client.call(&ink_e2e::bob(), &flip).submit().await?;
    assert!(client.call(&ink_e2e::bob(), &get).dry_run().await?.return_value());
    Ok(())
}

#[ink_e2e::test]
async fn tokens_are_counted<Client: E2EBackend>(mut client: Client) -> Result<()> {
    let mut new = Erc20Ref::new(77);
    let made = client.instantiate("erc20", &ink_e2e::alice(), &mut new).submit().await?;
    let supply = made.call_builder::<Erc20>().total_supply();
    assert_eq!(client.call(&ink_e2e::alice(), &supply).dry_run().await?.return_value(), 77);
    Ok(())
}
