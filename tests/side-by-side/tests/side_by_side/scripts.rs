//! What each contract is about, and every dispatchable: written calls. That they are the right ones is not asserted
//! here but in the end-to-end tests; here it matters that both chains agree. Each script says how many of its actions
//! succeed, so that agreement in failing does not go unnoticed.

use crate::same;
use codec::Encode;
use inkbpf_side_by_side::{
    chain::Action,
    config::UNIT,
    pair::{account, Pair, GAS},
    Contract,
};
use polkadot_sdk::{
    sp_core::{ecdsa, sr25519, Pair as _, H256},
    sp_runtime::AccountId32,
    sp_weights::Weight,
};

const BOB: usize = 1;
const CHARLIE: usize = 2;
const DAVE: usize = 3;

/// Actions that succeed, of all.
#[track_caller]
fn ends(pair: &Pair, succeeded: u32, all: u32) {
    same(pair);
    assert_eq!((pair.counts.1, pair.counts.0), (succeeded, all));
}

/// An argument of `features/caller`: selector and the encoded rest.
fn inner(data: Vec<u8>) -> ([u8; 4], Vec<u8>) {
    (data[..4].try_into().expect("four bytes"), data[4..].to_vec())
}

#[test]
fn flipper() {
    let mut pair = Pair::default();
    let flipper = Contract::example("flipper");
    let at = pair.deploy(&flipper, "new", (true,));
    for _ in 0..2 {
        pair.call(BOB, &at, 0, flipper.message("get", ()));
        pair.call(BOB, &at, 0, flipper.message("flip", ()));
    }
    // Money for what takes none; no such message; no input; another contract's call of the same; nobody there.
    pair.call(BOB, &at, 1, flipper.message("flip", ()));
    pair.call(BOB, &at, 0, vec![1, 2, 3, 4]);
    pair.call(BOB, &at, 0, vec![]);
    pair.call(BOB, &at, 0, [flipper.message("flip", ()), vec![0]].concat());
    pair.call(BOB, &account(DAVE), 0, flipper.message("flip", ()));
    pair.next_block();
    ends(&pair, 7, 11);
}

#[test]
fn erc20() {
    let mut pair = Pair::default();
    let token = Contract::example("erc20");
    let at = pair.deploy(&token, "new", (1_000_000u128,));
    let mut send = |by, name: &str, args: &dyn Fn() -> Vec<u8>| {
        let data = [token.message(name, ()), args()].concat();
        pair.call(by, &at, 0, data);
    };
    send(BOB, "total_supply", &Vec::new);
    for amount in [100u128, 0, 5, 1 << 100] {
        send(BOB, "transfer", &|| (account(CHARLIE), amount).encode());
    }
    send(CHARLIE, "transfer", &|| (account(BOB), 105u128).encode());
    send(BOB, "approve", &|| (account(CHARLIE), 300u128).encode());
    for amount in [200u128, 101, 100, 1] {
        send(CHARLIE, "transfer_from", &|| (account(BOB), account(DAVE), amount).encode());
    }
    for who in [BOB, CHARLIE, DAVE] {
        send(BOB, "balance_of", &|| account(who).encode());
    }
    send(BOB, "allowance", &|| (account(BOB), account(CHARLIE)).encode());
    // A new entry costs a deposit, which can be limited.
    for deposit in [Some(0), Some(1), Some(UNIT), None] {
        let data = token.message("transfer", (AccountId32::new([9; 32]), 1u128));
        pair.act(&Action::Call {
            by: Some(account(BOB)),
            dest: at.clone(),
            value: 0,
            gas: GAS,
            deposit,
            data,
        });
    }
    ends(&pair, 16, 21);
}

#[test]
fn erc721() {
    let mut pair = Pair::default();
    let tokens = Contract::example("erc721");
    let at = pair.deploy(&tokens, "new", ());
    for (by, name, args) in [
        (CHARLIE, "mint", (account(BOB), 1u32).encode()),
        (BOB, "mint", (account(BOB), 1u32).encode()),
        (BOB, "mint", (account(BOB), 1u32).encode()),
        (BOB, "mint", (account(BOB), 2u32).encode()),
        (BOB, "approve", (account(CHARLIE), 1u32).encode()),
        (CHARLIE, "transfer_from", (account(BOB), account(DAVE), 1u32).encode()),
        (CHARLIE, "transfer_from", (account(BOB), account(DAVE), 2u32).encode()),
        (BOB, "set_approval_for_all", (account(CHARLIE), true).encode()),
        (CHARLIE, "transfer_from", (account(BOB), account(DAVE), 2u32).encode()),
        (DAVE, "burn", 1u32.encode()),
        (DAVE, "owner_of", 1u32.encode()),
        (DAVE, "owner_of", 2u32.encode()),
        (DAVE, "balance_of", account(DAVE).encode()),
    ] {
        pair.call(by, &at, 0, [tokens.message(name, ()), args].concat());
    }
    ends(&pair, 12, 15);
}

#[test]
fn adder_without_ink() {
    let mut pair = Pair::default();
    let adder = Contract::example("adder");
    let at = pair.deploy_with(&adder, 40u64.encode(), 0, &[]);
    for data in [
        (0u8, 2u64).encode(),
        (1u8, 50u64).encode(),
        (0u8, u64::MAX).encode(),
        vec![2],
        vec![],
        vec![9],
        vec![0, 1],
        vec![2; 100],
    ] {
        pair.call(BOB, &at, 0, data);
    }
    ends(&pair, 4, 10);
}

#[test]
fn factory_makes_flippers() {
    let mut pair = Pair::default();
    let (factory, flipper) = (Contract::example("factory"), Contract::example("flipper"));
    let hash = pair.upload(&flipper);
    let at = pair.deploy(&factory, "new", (hash,));
    for (value, data) in [
        (0, factory.message("create", (true, [1u8; 4]))),
        (0, factory.message("create", (false, [2u8; 4]))),
        // The same again, money that a flipper does not take, and numbers out of range.
        (0, factory.message("create", (true, [1u8; 4]))),
        (UNIT, factory.message("create", (true, [3u8; 4]))),
        (0, factory.message("flip", (1u32,))),
        (0, factory.message("flip_all", ())),
        (0, factory.message("get", (0u32,))),
        (0, factory.message("get", (7u32,))),
        (0, factory.message("address", (1u32,))),
        (0, factory.message("count", ())),
    ] {
        pair.call(CHARLIE, &at, value, data);
    }
    let lost = pair.deploy(&factory, "new", (H256::repeat_byte(1),));
    pair.call(BOB, &lost, 0, factory.message("create", (true, [1u8; 4])));
    // Code that is used stays.
    pair.act(&Action::Remove { by: account(0), code_hash: hash });
    ends(&pair, 12, 17);
}

#[test]
fn multisig_calls_anything() {
    let mut pair = Pair::default();
    let (wallet, token) = (Contract::example("multisig"), Contract::example("erc20"));
    let owners = vec![account(BOB), account(CHARLIE), account(DAVE)];
    let at = pair.deploy_with(&wallet, wallet.constructor("new", (2u32, owners)), 10 * UNIT, &[]);
    let coin = pair.deploy(&token, "new", (1000u128,));
    pair.call(BOB, &coin, 0, token.message("transfer", (at.clone(), 60u128)));
    let proposals = [
        (coin.clone(), inner(token.message("transfer", (account(DAVE), 25u128))), 0u128, 0u64, false),
        (account(DAVE), ([0; 4], vec![]), UNIT, 0, false),
        (at.clone(), inner(wallet.message("change_rules", (1u32, vec![account(CHARLIE)]))), 0, 0, false),
        (at.clone(), inner(wallet.message("change_rules", (1u32, vec![account(CHARLIE)]))), 0, 0, true),
    ];
    for (id, (callee, (selector, input), value, gas, reentry)) in (0u32..).zip(proposals) {
        pair.call(BOB, &at, 0, wallet.message("propose", (callee, selector, input, value, gas, reentry)));
        pair.call(BOB, &at, 0, wallet.message("execute", (id,)));
        pair.call(CHARLIE, &at, 0, wallet.message("confirm", (id,)));
        pair.call(CHARLIE, &at, 0, wallet.message("confirm", (id,)));
        pair.call(DAVE, &at, 0, wallet.message("execute", (id,)));
        pair.call(DAVE, &at, 0, wallet.message("proposal", (id,)));
    }
    pair.call(BOB, &at, 0, wallet.message("owners", ()));
    pair.call(BOB, &at, 0, wallet.message("revoke", (0u32,)));
    pair.deploy_with(&wallet, wallet.constructor("new", (1u32, vec![account(BOB)])), 0, b"2");
    ends(&pair, 22, 33);
}

#[test]
fn upgrades() {
    let mut pair = Pair::default();
    let (v1, v2) = (Contract::example("upgradeable"), Contract::example("upgradeable-v2"));
    let at = pair.deploy(&v1, "new", ());
    let hash = pair.upload(&v2);
    for _ in 0..3 {
        pair.call(CHARLIE, &at, 0, v1.message("increment", ()));
    }
    for (by, hash, migration) in [
        (CHARLIE, hash, None),
        (BOB, H256::repeat_byte(1), None),
        (BOB, hash, Some([0xff; 4])),
        (BOB, hash, Some(*b"MIGR")),
    ] {
        pair.call(by, &at, 0, v1.message("upgrade", (hash, migration)));
    }
    for (by, data) in [
        (CHARLIE, v2.message("increment", ())),
        (CHARLIE, v2.message("get", ())),
        (CHARLIE, v2.message("set_step", (5u32,))),
        (BOB, v2.message("set_step", (5u32,))),
        (BOB, v2.message("migrate", ())),
        (BOB, v2.message("version", ())),
    ] {
        pair.call(by, &at, 0, data);
    }
    // The old code can go, the new one cannot; root gives it back an old one that is there again.
    pair.act(&Action::Remove { by: account(0), code_hash: v1.alias() });
    pair.act(&Action::Remove { by: account(0), code_hash: hash });
    pair.act(&Action::SetCode { dest: at.clone(), code_hash: v1.alias() });
    pair.upload(&v1);
    pair.act(&Action::SetCode { dest: at.clone(), code_hash: v1.alias() });
    pair.call(BOB, &at, 0, v1.message("version", ()));
    ends(&pair, 16, 22);
}

#[test]
fn archive_stores_and_pays_back() {
    let mut pair = Pair::default();
    let archive = Contract::example("archive");
    let at = pair.deploy(&archive, "new", ());
    let id = |name: &str| H256::from(sp_crypto_hashing::blake2_256(name.as_bytes()));
    let put = |name: &str, len: usize| archive.message("put", (name, vec![len as u8; len]));
    for data in [0usize, 1, 63, 64, 4_095, 8_192, 8_193].map(|len| put("größer.txt", len)) {
        pair.call(BOB, &at, 0, data);
    }
    pair.call(CHARLIE, &at, 0, put("other", 20));
    for data in [
        archive.message("id_of", ("größer.txt",)),
        archive.message("read", (id("größer.txt"), 4u32)),
        archive.message("restrict", (id("größer.txt"), vec![account(CHARLIE), account(DAVE)])),
        archive.message("read", (id("größer.txt"), 1u32)),
        archive.message("publish", (id("größer.txt"), 5u32)),
        archive.message("rename", (id("größer.txt"), "other")),
        archive.message("rename", (id("größer.txt"), "new")),
        archive.message("journal", (0u32, 100u32)),
        archive.message("strike_out", (1u32,)),
        archive.message("set_policy", (100u32, 3u32, vec![account(CHARLIE)])),
        archive.message("policy", ()),
        archive.message("remove", (id("new"),)),
        archive.message("truncate_journal", (0u32,)),
        archive.message("journal_len", ()),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    pair.next_block();
    pair.call(CHARLIE, &at, 0, put("other", 20));
    same(&pair);
    assert!(pair.counts.1 >= 18, "{:?}", pair.counts);
}

#[test]
fn gas_ends_what_does_not_end() {
    let mut pair = Pair::default();
    let spin = Contract::example("spin");
    let at = pair.deploy(&spin, "new", ());
    // A fifth of what other calls get: it takes long to use.
    let some = GAS / 5;
    for data in [
        spin.message("once", ()),
        spin.message("spin", ()),
        spin.message("compute", (27u64,)),
        spin.message("hash", ()),
        spin.message("write", ()),
        spin.message("copy", (1000u32,)),
        spin.message("begun", ()),
    ] {
        let (by, dest) = (Some(account(BOB)), at.clone());
        pair.act(&Action::Call { by, dest, value: 0, gas: some, deposit: None, data });
    }
    pair.act(&Action::Instantiate {
        by: account(BOB),
        code_hash: spin.alias(),
        value: 0,
        gas: some,
        deposit: None,
        data: spin.constructor("new_that_never_ends", ()),
        salt: vec![],
    });
    // No gas at all, and no proof.
    for gas in [Weight::zero(), Weight::from_parts(u64::MAX, 0), Weight::from_parts(0, u64::MAX)] {
        let data = spin.message("once", ());
        let (by, dest) = (Some(account(BOB)), at.clone());
        pair.act(&Action::Call { by, dest, value: 0, gas, deposit: None, data });
    }
    ends(&pair, 4, 13);
}

/// Memory in every frame of a stack. How much a frame has at most is the engine's: all of it is left out here.
#[test]
fn greedy_takes_memory_in_every_frame() {
    let mut pair = Pair::default();
    let greedy = Contract::example("greedy");
    let at = pair.deploy(&greedy, "new", ());
    let most = inkbpf_side_by_side::config::contracts::CALL_STACK as u32;
    for (kib, depth) in [
        (0, 0),
        (1, 0),
        (48, 0),
        (1, 3),
        (48, 5),
        (0, most),
        (4, most),
        (0, most + 1),
        (1, u32::MAX),
        (u32::MAX, 0),
    ] {
        pair.call(BOB, &at, 0, greedy.message("take", (kib, depth)));
    }
    ends(&pair, 9, 12);
}

#[test]
fn every_way_to_panic() {
    let mut pair = Pair::default();
    let stress = Contract::example("stress");
    let at = pair.deploy(&stress, "new", ());
    // The kinds are an enum of unit variants, and what is beyond the last does not decode.
    for kind in 0..30u8 {
        pair.call(BOB, &at, 0, stress.message("panic", (kind, 0u32)));
    }
    pair.call(BOB, &at, 0, stress.message("attempts", ()));
    pair.call(BOB, &at, 0, stress.message("ackermann", (2u32, 3u32)));
    pair.call(BOB, &at, 0, stress.message("recurse", (20u32,)));
    pair.call(BOB, &at, 0, stress.message("is_even", (21u32,)));
    ends(&pair, 6, 36);
}

#[test]
fn caller_asks_for_everything() {
    let mut pair = Pair::default();
    let (caller, flipper, token) =
        (Contract::example("features/caller"), Contract::example("flipper"), Contract::example("erc20"));
    let at = pair.deploy_with(&caller, caller.constructor("new", ()), 10 * UNIT, b"a");
    let other = pair.deploy_with(&caller, caller.constructor("new", ()), 10 * UNIT, b"b");
    let coin = pair.deploy(&token, "new", (1000u128,));
    let flip = pair.deploy(&flipper, "new", (true,));
    let call = |callee: &AccountId32, data: Vec<u8>, value: u128, gas: u64| {
        let (selector, input) = inner(data);
        caller.message("call", (callee, selector, input, value, gas))
    };
    let facts = caller.message("facts", ());
    let (selector, input) = inner(flipper.constructor("new", (true,)));
    for data in [
        facts.clone(),
        call(&other, facts.clone(), UNIT, 0),
        call(&other, call(&at, facts.clone(), 0, 0), 0, 0),
        call(&coin, token.message("total_supply", ()), 0, 0),
        call(&coin, token.message("transfer", (account(DAVE), 1u128)), 0, 0),
        call(&account(DAVE), vec![0; 4], 0, 0),
        call(&flip, vec![0; 4], 0, 0),
        call(&flip, flipper.message("flip", ()), 1, 0),
        call(&flip, flipper.message("flip", ()), u128::MAX, 0),
        call(&flip, flipper.message("flip", ()), 0, 1),
        caller.message("call_v1", (&flip, inner(flipper.message("flip", ())).0, Vec::<u8>::new(), 0u64)),
        caller.message("call_limited", (&coin, [0u8; 4], 0u64, 1u128)),
        caller.message("call_limited", (&other, inner(caller.message("called_back", ())).0, 0u64, 1u128)),
        caller.message(
            "delegate",
            (caller.alias(), inner(caller.message("called_back", ())).0, Vec::<u8>::new()),
        ),
        caller.message("delegate", (caller.alias(), inner(facts.clone()).0, Vec::<u8>::new())),
        caller.message("delegate", (H256::zero(), [0u8; 4], Vec::<u8>::new())),
        caller.message("tail_call", (&other, inner(facts.clone()).0)),
        caller.message("tail_call", (&flip, inner(flipper.message("get", ())).0)),
        caller.message("reenter", (true,)),
        caller.message("reenter", (false,)),
        caller.message("descend", (0u32,)),
        caller.message("instantiate", (flipper.alias(), selector, &input, 0u128, b"x".to_vec())),
        caller.message("instantiate", (flipper.alias(), selector, &input, 0u128, b"x".to_vec())),
        caller.message("instantiate", (flipper.alias(), selector, &input, UNIT, b"y".to_vec())),
        caller.message("instantiate", (H256::zero(), selector, &input, 0u128, b"z".to_vec())),
        caller.message("send", (account(DAVE), UNIT)),
        caller.message("send", (account(DAVE), 1000 * UNIT)),
        caller.message("send", (AccountId32::new([5; 32]), 1u128)),
        caller.message("depend", (flipper.alias(), true)),
        caller.message("depend", (flipper.alias(), true)),
        caller.message("depend", (caller.alias(), true)),
        caller.message("depend", (H256::zero(), true)),
        caller.message("depend", (flipper.alias(), false)),
        caller.message("depend", (flipper.alias(), false)),
        caller.message("depend", (token.alias(), true)),
        call(&other, caller.message("terminate", (account(DAVE),)), 0, 0),
        call(&other, facts.clone(), 0, 0),
        caller.message("terminate", (&at,)),
        caller.message("terminate", (account(DAVE),)),
        facts,
    ] {
        pair.call(CHARLIE, &at, 0, data);
    }
    pair.next_block();
    same(&pair);
    assert!(pair.counts.1 > 25, "{:?}", pair.counts);
}

#[test]
fn root_calls() {
    let mut pair = Pair::default();
    let (caller, flipper) = (Contract::example("features/caller"), Contract::example("flipper"));
    let flip = pair.deploy(&flipper, "new", (true,));
    let at = pair.deploy_with(&caller, caller.constructor("new", ()), UNIT, &[]);
    for (dest, value, data) in [
        (&flip, 0, flipper.message("flip", ())),
        (&flip, 1, flipper.message("flip", ())),
        (&at, 0, caller.message("facts", ())),
        (&at, 0, caller.message("called_back", ())),
        (&at, 0, caller.message("send", (account(DAVE), 5u128))),
        (&account(DAVE), 0, vec![]),
    ] {
        pair.act(&Action::Call { by: None, dest: dest.clone(), value, gas: GAS, deposit: None, data });
    }
    same(&pair);
}

#[test]
fn proxy_forwards() {
    let mut pair = Pair::default();
    let (proxy, token, counter) = (
        Contract::example("features/wildcard"),
        Contract::example("erc20"),
        Contract::example("features/caller"),
    );
    let hash = pair.upload(&token);
    let other = pair.upload(&counter);
    let at = pair.deploy(&proxy, "new", (other,));
    for (by, data) in [
        (BOB, counter.message("called_back", ())),
        (CHARLIE, counter.message("called_back", ())),
        (CHARLIE, counter.message("facts", ())),
        (CHARLIE, proxy.message("replace", (hash,))),
        (BOB, proxy.message("replace", (hash,))),
        (BOB, token.message("total_supply", ())),
        (BOB, vec![1, 2, 3, 4]),
    ] {
        pair.call(by, &at, 0, data);
    }
    same(&pair);
}

#[test]
fn traits_and_dispatch() {
    let mut pair = Pair::default();
    let (traits, dispatch) = (Contract::example("features/traits"), Contract::example("features/dispatch"));
    let a = pair.deploy_with(&traits, traits.constructor("new", (5u64,)), 0, b"a");
    let b = pair.deploy_with(&traits, traits.constructor("new", (7u64,)), 0, b"b");
    for data in [
        traits.message("sum", (vec![a.clone(), b.clone()],)),
        traits.message("sum", (vec![b.clone(), b.clone()],)),
        traits.message("trade", (b.clone(),)),
        traits.message("Cell::load", ()),
        traits.message("bumps", ()),
        traits.message("last_called", ()),
    ] {
        pair.call(BOB, &a, 0, data);
    }
    pair.call(BOB, &a, UNIT, traits.message("0x0badcafe", ()));

    let d = pair.deploy(&dispatch, "new", ());
    for (value, data) in [
        (UNIT, dispatch.message("pay", (2 * UNIT,))),
        (2 * UNIT, dispatch.message("pay", (2 * UNIT,))),
        (UNIT, dispatch.message("paid", ())),
        (0, dispatch.message("paid", ())),
        (0, dispatch.message("0xc0de0002", ())),
        (u128::MAX, dispatch.message("pay", (1u128,))),
    ] {
        pair.call(BOB, &d, value, data);
    }
    for (value, data) in [
        (3 * UNIT, dispatch.constructor("new_paid", ())),
        (0, dispatch.constructor("try_new", ("x",))),
        (0, dispatch.constructor("try_new", ("",))),
        (UNIT, dispatch.constructor("try_new", ("y",))),
        (0, dispatch.constructor("0xffffffff", ())),
        (0, dispatch.constructor("0xc0de0001", (1u8, (2u16, true), Some([3u8; 3])))),
    ] {
        pair.act(&Action::Instantiate {
            by: account(BOB),
            code_hash: dispatch.alias(),
            value,
            gas: GAS,
            deposit: None,
            data,
            salt: vec![1],
        });
    }
    same(&pair);
    assert!(pair.counts.1 > 12, "{:?}", pair.counts);
}

#[test]
fn events_have_the_same_topics() {
    let mut pair = Pair::default();
    let events = Contract::example("features/events");
    let at = pair.deploy(&events, "new", ());
    for data in [
        events.message("walk", (3u16, (1i32, -1i32))),
        events.message("say", ("x".repeat(100), None::<String>)),
        events.message("whisper", ([1u8, 2, 3, 4], vec![5u8; 1000])),
        events.message("sign", (10u128, 20u32)),
        // As much as an event may carry, and more.
        events.message("whisper", ([1u8, 2, 3, 4], vec![5u8; 16_000])),
        events.message("whisper", ([1u8, 2, 3, 4], vec![5u8; 16_384])),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    same(&pair);
}

#[test]
fn cryptography() {
    let mut pair = Pair::default();
    let crypto = Contract::example("features/crypto");
    let at = pair.deploy(&crypto, "new", ());
    let message = b"hello".to_vec();
    let hash = sp_crypto_hashing::keccak_256(&message);
    let signature: [u8; 65] = ecdsa::Pair::from_seed(&[7; 32]).sign_prehashed(&hash).0;
    let signer = sr25519::Pair::from_seed(&[7; 32]);
    let (signed, key): ([u8; 64], [u8; 32]) = (signer.sign(&message).0, signer.public().0);
    for data in [
        crypto.message("hashes", (vec![7u8; 3000],)),
        crypto.message("hashes", (Vec::<u8>::new(),)),
        crypto.message("hash_encoded", (u128::MAX, Some(vec![true, false]))),
        crypto.message("constant", ()),
        crypto.message("signer", (signature, hash)),
        crypto.message("recover", (signature, hash)),
        crypto.message("recover", ([0u8; 65], hash)),
        crypto.message("eth_address", ([0u8; 33],)),
        crypto.message("verify", (signed, message, key)),
        crypto.message("verify", (signed, b"other".to_vec(), key)),
        crypto.message("merkle_root", (vec![[1u8; 32]; 5],)),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    ends(&pair, 11, 13);
}

#[test]
fn chain_extension() {
    let mut pair = Pair::default();
    let client = Contract::example("features/environment");
    let at = pair.deploy(&client, "new", ());
    for data in [
        client.message("learn", ([0u8; 32],)),
        client.message("learn", ([1u8; 32],)),
        client.message("last", ()),
        client.message("prices", ()),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    ends(&pair, 5, 6);
}

#[test]
fn runtime_calls() {
    let mut pair = Pair::default();
    let contract = Contract::example("features/runtime-calls");
    let at = pair.deploy_with(&contract, contract.constructor("new", ()), 10 * UNIT, &[]);
    for data in [
        contract.message("send", (account(DAVE), 4 * UNIT)),
        contract.message("send", (account(DAVE), 400 * UNIT)),
        contract.message("remark", (b"hello".to_vec(),)),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    ends(&pair, 3, 5);
}

#[test]
fn storage_items_and_an_allocator() {
    let mut pair = Pair::default();
    let items = Contract::example("features/storage-items");
    let at = pair.deploy(&items, "new", ());
    for figure in [vec![0u8], [vec![1], (-1i32, 2i32, 3u32).encode()].concat()] {
        let name = "f".encode();
        for message in ["draw", "put_behind"] {
            pair.call(BOB, &at, 0, [items.message(message, ()), name.clone(), figure.clone()].concat());
        }
    }
    for data in [
        items.message("figure", ("f",)),
        items.message("figure", ("g",)),
        items.message("history", ()),
        items.message("set_style", (7u32, None::<Vec<u8>>)),
        items.message("style", ()),
        items.message("behind", ()),
        items.message("mark", (2u8, Some(9u16))),
        items.message("mark", (4u8, Some(9u16))),
        items.message("marks", ()),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    let own = Contract::example("features/own-allocator");
    let at = pair.deploy(&own, "new", ());
    for data in [
        own.message("tell", ("a",)),
        own.message("tell", ("b".repeat(500),)),
        own.message("churn", (10u32, 3_000u32)),
        own.message("fits", (20_000u32,)),
        own.message("fits", (40_000u32,)),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    same(&pair);
    assert!(pair.counts.1 > 15, "{:?}", pair.counts);
}

#[test]
fn codes_are_stored_counted_and_removed() {
    let mut pair = Pair::default();
    let (flipper, token) = (Contract::example("flipper"), Contract::example("erc20"));
    pair.learn(&flipper);
    pair.learn(&token);
    let upload =
        |by: usize, contract: &Contract| Action::Upload { by: account(by), contract: contract.name.clone() };
    let remove =
        |by: usize, contract: &Contract| Action::Remove { by: account(by), code_hash: contract.alias() };
    let with_code = |contract: &Contract, data: Vec<u8>, value: u128, deposit: Option<u128>| {
        let (by, contract) = (account(CHARLIE), contract.name.clone());
        Action::InstantiateWithCode { by, contract, value, gas: GAS, deposit, data, salt: vec![] }
    };
    for action in [
        remove(BOB, &flipper),
        upload(BOB, &flipper),
        upload(CHARLIE, &flipper),
        remove(CHARLIE, &flipper),
        remove(BOB, &flipper),
        remove(BOB, &flipper),
        // Nobody can pay for it.
        Action::Upload { by: AccountId32::new([3; 32]), contract: token.name.clone() },
        // Not made, so not stored either.
        with_code(&flipper, flipper.constructor("new", (true,)), 1, None),
        with_code(&flipper, flipper.constructor("new", (true,)), 0, Some(1)),
        with_code(&flipper, flipper.constructor("new", (true,)), 0, None),
        with_code(&flipper, flipper.constructor("new", (true,)), 0, None),
        with_code(&token, token.constructor("new", (5u128,)), 0, None),
        remove(CHARLIE, &flipper),
        Action::Transfer { by: account(BOB), to: account(CHARLIE), value: UNIT },
    ] {
        pair.act(&action);
        pair.next_block();
    }
    ends(&pair, 6, 14);
}

/// Which error is reported if several things are wrong, and limits that equal what the sender has.
#[test]
fn limits_at_the_edge() {
    let mut pair = Pair::default();
    let flipper = Contract::example("flipper");
    let code_hash = pair.upload(&flipper);
    let make = |code_hash: H256, value: u128, deposit: Option<u128>, salt: u8| Action::Instantiate {
        by: account(BOB),
        code_hash,
        value,
        gas: GAS,
        deposit,
        data: flipper.constructor("new", (true,)),
        salt: vec![salt],
    };
    // No such code, and more than there is.
    pair.act(&make(H256::zero(), 0, Some(u128::MAX), 0));
    pair.act(&make(H256::zero(), u128::MAX, None, 0));
    pair.act(&make(code_hash, u128::MAX, Some(u128::MAX), 0));
    // All that Bob has but for some existential deposits and a little.
    let existential = inkbpf_side_by_side::config::EXISTENTIAL_DEPOSIT;
    let has = inkbpf_side_by_side::chain::ENDOWMENT;
    for kept in 0..4 {
        for less in [0, 1] {
            pair.act(&make(code_hash, 0, Some(has - kept * existential - less), 9));
        }
    }
    same(&pair);
}

/// The address of a contract is worked out by a generator, for which another stands in these runtimes (see
/// `runtime.rs`). The one that chains have gives the same addresses.
#[test]
fn addresses_are_the_same() {
    let mut pair = Pair::default();
    let inputs: [(&[u8], &[u8]); 5] =
        [(b"", b""), (b"a", b""), (b"", b"a"), (&[7; 300], &[1, 2, 3]), (&[0; 32], &[0; 32])];
    for who in 0..4 {
        for hash in [H256::zero(), H256::repeat_byte(who as u8 + 1)] {
            for (data, salt) in inputs {
                let [wasm, ebpf] =
                    pair.chains().map(|chain| chain.default_address(&account(who), &hash, data, salt));
                assert_eq!(wasm, ebpf);
            }
        }
    }
}

/// What `cargo xtask bench chain` times, with little to do.
#[test]
fn computing_comes_to_the_same() {
    let mut pair = Pair::default();
    let compute = Contract::at(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts/compute"));
    let at = pair.deploy(&compute, "new", ());
    for data in [
        compute.message("nothing", ()),
        compute.message("sha256", (3u32,)),
        compute.message("blake2_of_chain", (2u32,)),
        compute.message("sort", (500u32,)),
        compute.message("primes", (5_000u32,)),
    ] {
        pair.call(BOB, &at, 0, data);
    }
    ends(&pair, 7, 7);
}
