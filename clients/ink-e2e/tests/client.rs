//! `ink_e2e::Client`, which takes programs by their paths: nothing is compiled here, and nothing is patched.
//!
//! `INKBPF_BUNDLES` is the `ink` folder of `inkbpf build`'s target directory (NAME/NAME.elf), `INKBPF_URL` the RPC of a
//! node.

use erc20::{Erc20, Erc20Ref};
use flipper::{Flipper, FlipperRef};
use ink::env::DefaultEnvironment;
use ink::primitives::AccountId;
use ink_e2e::subxt::dynamic::Value;
use ink_e2e::{
    alice, bob, charlie, dave, eve, tokio, ChainBackend, ContractsBackend, Error, Keypair, PolkadotConfig,
    RpcClient,
};
use std::path::PathBuf;

type Client = ink_e2e::Client<PolkadotConfig, DefaultEnvironment>;

async fn client() -> Client {
    let url = std::env::var("INKBPF_URL").expect("INKBPF_URL has to be that of a node");
    let rpc = RpcClient::from_url(url).await.unwrap();
    Client::new(rpc, ["erc20", "flipper", "spin"].map(program)).await.unwrap()
}

fn program(name: &str) -> PathBuf {
    let bundles =
        std::env::var_os("INKBPF_BUNDLES").expect("INKBPF_BUNDLES has to name the folder of bundles");
    PathBuf::from(bundles).join(name).join(format!("{name}.elf"))
}

fn account(keypair: &Keypair) -> AccountId {
    keypair.public_key().0.into()
}

#[tokio::test]
async fn code_is_stored_and_taken_away() {
    let mut client = client().await;
    // A program that no other test makes contracts of: those cannot be taken away.
    let stored = client.upload("spin", &alice()).submit().await.unwrap();
    let code = std::fs::read(program("spin")).unwrap();
    let mut hash = [0; 32];
    ink::env::hash_bytes::<ink::env::hash::Blake2x256>(&code, &mut hash);
    assert_eq!(stored.code_hash.as_ref(), hash);
    let dry = stored.dry_run.unwrap();
    assert_eq!(dry.code_hash.as_ref(), hash);
    assert!(dry.deposit > 0, "code takes room, which has to be paid for");
    // What is there already is no mistake, and not stored again: no event, and the hash is the dry run's.
    let again = client.upload("spin", &alice()).submit().await.unwrap();
    assert_eq!(again.code_hash, stored.code_hash);

    client.remove_code(&alice(), stored.code_hash).submit().await.unwrap();
    let gone = client.remove_code(&alice(), stored.code_hash).submit().await.unwrap_err();
    assert!(matches!(gone, Error::RemoveCodeExtrinsic(_)), "{gone:?}");
    assert!(gone.to_string().contains("CodeNotFound"), "{gone}");
}

#[tokio::test]
async fn wasm_and_bundles_are_no_programs() {
    let url = std::env::var("INKBPF_URL").expect("INKBPF_URL has to be that of a node");
    let rpc = RpcClient::from_url(url).await.unwrap();
    let wasm = std::env::temp_dir().join(format!("wasm_{}.wasm", std::process::id()));
    std::fs::write(&wasm, b"\0asm\x01\0\0\0").unwrap();
    // The client reads files whole: of a bundle, JSON and all.
    let bundle = program("flipper").with_extension("contract");
    let mut client = Client::new(rpc, [&wasm, &bundle]).await.unwrap();
    let names = [&wasm, &bundle].map(|path| path.file_stem().unwrap().to_str().unwrap());
    for name in names {
        let refused = client.upload(name, &bob()).submit().await.unwrap_err();
        assert_eq!(refused.to_string(), "Upload dry-run error: Pallet error: Contracts::CodeRejected");
    }
    std::fs::remove_file(&wasm).unwrap();
}

#[tokio::test]
async fn a_flipper_is_made_asked_and_flipped() {
    let mut client = client().await;
    let mut new = FlipperRef::new(true);
    let made = client.instantiate("flipper", &alice(), &mut new).submit().await.unwrap();
    assert!(!made.dry_run.is_err());
    let mut flipper = made.call_builder::<Flipper>();

    let get = flipper.get();
    assert!(client.call(&bob(), &get).dry_run().await.unwrap().return_value());
    let flip = flipper.flip();
    // A dry run changes nothing.
    client.call(&bob(), &flip).dry_run().await.unwrap();
    assert!(client.call(&bob(), &get).dry_run().await.unwrap().return_value());
    client.call(&bob(), &flip).submit().await.unwrap();
    assert!(!client.call(&bob(), &get).dry_run().await.unwrap().return_value());
    // More gas than the dry run asked for does no harm.
    client.call(&bob(), &flip).extra_gas_portion(50).submit().await.unwrap();
    assert!(client.call(&bob(), &get).dry_run().await.unwrap().return_value());
}

#[tokio::test]
async fn tokens_move_and_events_say_so() {
    let mut client = client().await;
    let mut new = Erc20Ref::new(1_000_000);
    let made = client.instantiate("erc20", &charlie(), &mut new).submit().await.unwrap();
    let mut erc20 = made.call_builder::<Erc20>();

    let transfer = erc20.transfer(account(&dave()), 2_500);
    let sent = client.call(&charlie(), &transfer).submit().await.unwrap();
    assert_eq!(sent.message_result(), Ok(Ok(())));
    assert!(sent.contains_event("Contracts", "ContractEmitted"));
    let events = sent.contract_emitted_events().unwrap();
    let [event] = &events[..] else { panic!("there are {} events", events.len()) };
    assert_eq!(event.event.contract, made.account_id);
    let fields: (Option<AccountId>, Option<AccountId>, u128) =
        ink::scale::Decode::decode(&mut &event.event.data[..]).unwrap();
    assert_eq!(fields, (Some(account(&charlie())), Some(account(&dave())), 2_500));
    // The event's signature, and its two fields that are topics.
    assert_eq!(event.topics.len(), 3);

    let balance = erc20.balance_of(account(&dave()));
    assert_eq!(client.call(&dave(), &balance).dry_run().await.unwrap().return_value(), 2_500);
}

#[tokio::test]
async fn what_goes_wrong_has_the_names_of_the_chain() {
    let mut client = client().await;
    let mut new = Erc20Ref::new(10);
    let made = client.instantiate("erc20", &alice(), &mut new).submit().await.unwrap();
    let mut erc20 = made.call_builder::<Erc20>();

    // An error of the contract's own: the dry run has it, the transaction is reverted.
    let too_much = erc20.transfer(account(&alice()), 1);
    let tried = client.call(&eve(), &too_much).dry_run().await.unwrap();
    assert_eq!(tried.return_value(), Err(erc20::Error::InsufficientBalance));
    let reverted = client.call(&eve(), &too_much).submit().await.unwrap_err();
    assert!(matches!(reverted, Error::CallExtrinsic(_)), "{reverted:?}");
    assert!(reverted.to_string().contains("ContractReverted"), "{reverted}");

    // Money for a message that takes none: the contract's `LangError` or trap, and nothing is sent.
    let get = erc20.total_supply();
    let paid = client.call(&alice(), &get).value(1).dry_run().await;
    assert!(paid.is_err() || paid.unwrap().message_result().is_err(), "a message took money that takes none");

    // No contract at the address.
    let mut nowhere = ink_e2e::create_call_builder::<Flipper>([7; 32].into());
    let missing = client.call(&alice(), &nowhere.flip()).dry_run().await.unwrap_err();
    let Error::CallDryRun(missing) = missing else { panic!("{missing:?}") };
    assert!(missing.error.to_string().contains("ContractNotFound"), "{}", missing.error);
}

#[tokio::test]
async fn accounts_are_funded_and_the_runtime_is_called() {
    let mut client = client().await;
    let amount = 5_000_000_000_000;
    let new = client.create_and_fund_account(&dave(), amount).await;
    assert_eq!(client.free_balance(account(&new)).await.unwrap(), amount);

    // The new account deploys, and pays for it.
    let mut constructor = FlipperRef::new_default();
    client.instantiate("flipper", &new, &mut constructor).submit().await.unwrap();
    let left = client.free_balance(account(&new)).await.unwrap();
    assert!(left < amount, "{left}");

    let to = Value::unnamed_variant("Id", [Value::from_bytes([9; 32])]);
    let before = client.free_balance([9; 32].into()).await.unwrap();
    let words = vec![to, Value::u128(1_000_000_000_000)];
    client.runtime_call(&dave(), "Balances", "transfer_allow_death", words).await.unwrap();
    assert_eq!(client.free_balance([9; 32].into()).await.unwrap(), before + 1_000_000_000_000);
}
