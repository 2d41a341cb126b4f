//! A proxy: forwarded input, delegate and tail call, and code behind it that changes.

use inkbpf_e2e::{program, Chain, Contract, BOB, UNIT};

#[test]
fn whatever_the_code_offers_can_be_reached() {
    let mut chain = Chain::new();
    let token = program("erc20");
    let token_code = chain.upload(&token);
    let (proxy, outcome) = chain.instantiate(&program("features/wildcard"), "new", (token_code,), UNIT, &[]);
    outcome.ok::<Result<(), ()>>().expect("it takes a hash");
    let proxy = proxy.expect("it was made");

    // The token's constructor did not run here, so there is no root for it to read. Events has an empty one.
    let behind = program("features/events");
    let code = chain.upload(&behind);
    let lost = Contract { account: proxy.account.clone(), program: token };
    chain.send(&lost, "total_supply", ()).trapped("abort");

    let replaced = chain.send(&proxy, "replace", (code,)).ok::<Result<(), u8>>();
    assert_eq!(replaced, Ok(()));
    let refused = chain.message(&proxy, "replace", (token_code,)).by(BOB).send();
    assert_eq!(refused.reverted::<Result<(), u8>>(), Err(0));

    let events = Contract { account: proxy.account.clone(), program: behind };
    let outcome = chain.message(&events, "walk", (3u16, (1i32, -1i32))).by(BOB).send();
    assert_eq!(outcome.events[0].contract, proxy.account, "delegated code speaks as the proxy");
    assert_eq!(outcome.events[0].topics[1].as_bytes(), AsRef::<[u8]>::as_ref(&BOB.to_account_id()));
    outcome.ok::<()>();

    // The answer to what the code behind does not know is the code's own.
    let (returned, reverted) = chain.raw_message(&proxy.account, vec![1, 2, 3, 4]).send().returned();
    assert_eq!((&returned[..], reverted), (inkbpf_e2e::LANG_ERROR, true));
}

// Storage is the proxy's: what one code wrote, the next one reads.
#[test]
fn storage_outlives_the_code() {
    let mut chain = Chain::new();
    let (v1, v2) = (program("features/caller"), program("features/wildcard"));
    let code = chain.upload(&v1);
    let proxy = chain.deploy(&v2, "new", (code,));
    let counter = Contract { account: proxy.account.clone(), program: v1 };
    assert_eq!(chain.send(&counter, "called_back", ()).ok::<u32>(), 1);
    assert_eq!(chain.send(&counter, "called_back", ()).ok::<u32>(), 2);
    let other = chain.upload(&program("features/events"));
    chain.send(&proxy, "replace", (other,)).ok::<Result<(), u8>>().expect("Alice is the admin");
    let unknown = chain.message(&counter, "called_back", ()).dry_run();
    assert!(unknown.returned().1, "the events contract has no such message");
    chain.send(&proxy, "replace", (code,)).ok::<Result<(), u8>>().expect("Alice is the admin");
    assert_eq!(chain.send(&counter, "called_back", ()).ok::<u32>(), 3);
}
