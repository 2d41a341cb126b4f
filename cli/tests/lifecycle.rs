//! A contract from upload to removal, as a user goes through it.

mod common;

use common::{says, Fixture};
use serde_json::json;

#[test]
fn upload_instantiate_call_and_look() {
    let fixture = Fixture::new();
    let uploaded = fixture.json(&["upload", &fixture.bundle()]);
    assert_eq!(uploaded["success"], true);
    assert_eq!(uploaded["events"][0]["pallet"], "Balances");
    assert!(uploaded["storage_deposit"].as_str().unwrap().parse::<i128>().unwrap() > 0);

    let made = fixture.json(&["instantiate", &fixture.bundle(), "--args", "40"]);
    let contract = made["contract"].as_str().unwrap();
    let get = |expected: u32| {
        let got = fixture.json(&["call", "--contract", contract, "--message", "get"]);
        assert_eq!((&got["result"], &got["sent"]), (&json!(expected), &json!(false)));
    };
    get(40);
    let added = fixture.json(&["call", "--contract", contract, "-m", "add", "--args", "2"]);
    assert_eq!(added["sent"], true);
    let event =
        added["events"].as_array().unwrap().iter().find(|it| it["name"] == "ContractEmitted").unwrap();
    assert_eq!(event["contract_event"], json!({ "Added": { "by": 2 } }));
    assert!(added["fee"].as_str().unwrap().parse::<u128>().unwrap() > 0);
    assert!(added["gas"]["ref_time"].as_u64().unwrap() > 0);
    assert!(added["gas"]["vm"].as_u64().unwrap() > 0);
    assert!(added["events"][0]["fields"]["amount"].is_u64(), "{}", added["events"][0]);
    get(42);
    // Nothing of the blocks before.
    let tried = fixture.json(&["call", "--contract", contract, "-m", "get"]);
    let names: Vec<_> = tried["events"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["Called"]);

    let storage = fixture.json(&["storage", "--contract", contract]);
    assert_eq!(
        storage,
        json!([{ "key": "0x00000000", "field": "(root)", "value": { "Counter": { "value": 42 } } }])
    );
    says(
        &fixture.ok(&["storage", "--contract", contract, "--raw"]),
        &["0x00000000 = 0x2a000000", "\n1 item, 4 bytes ("],
    );
    let info = fixture.json(&["info", "--contract", contract]);
    assert_eq!((&info["name"], &info["storage_items"]), (&json!("counter"), &json!(1)));
    says(&fixture.ok(&["info", "--all"]), &[contract, "counter"]);
    let code = fixture.run(&["info", "--contract", contract, "--binary"]).stdout;
    assert!(code == common::counter(), "the stored program differs");
}

#[test]
fn what_people_see_of_a_call() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.ok(&["call", "--contract", &contract, "-m", "add", "--args", "5", "--trace"]);
    says(
        &said,
        &[
            "Result      ()",
            "Gas  ",
            "gas in the VM",
            "Fee  ",
            "Block       #2",
            "Contracts::ContractEmitted",
            "Contracts::Called                      { caller: Signed(5G",
            "counter 5",
            "emitted Added { by: 5 }",
            "Syscalls (",
            "seal0::input(",
            "seal2::set_storage(",
            "seal0::deposit_event(",
        ],
    );
    let said = fixture.ok(&["call", "--contract", &contract, "-m", "say"]);
    says(&said, &["Debug text\n  counting"]);
    assert!(!said.contains("seal0::"), "no syscalls unless asked for:\n{said}");
}

#[test]
fn a_dry_run_sends_nothing() {
    let (fixture, contract) = Fixture::with_counter(1);
    let before = std::fs::read(fixture.chain()).unwrap();
    let tried = fixture.json(&["call", "--contract", &contract, "-m", "add", "--args", "5", "--dry-run"]);
    assert_eq!((&tried["success"], &tried["sent"]), (&json!(true), &json!(false)));
    fixture.ok(&["upload", &fixture.bundle(), "--dry-run"]);
    fixture.ok(&["instantiate", &fixture.bundle(), "--args", "3", "--salt", "0x01", "--dry-run"]);
    assert!(std::fs::read(fixture.chain()).unwrap() == before);
}

#[test]
fn a_salt_makes_another_contract_of_the_same_code() {
    let (fixture, first) = Fixture::with_counter(1);
    let said = fixture.fails(&["instantiate", &fixture.bundle(), "--args", "1"]);
    says(&said, &["DuplicateContract"]);
    let second = fixture.json(&["instantiate", &fixture.bundle(), "--args", "1", "--salt", "0x02"]);
    assert_ne!(second["contract"], json!(first));
    let hash = second["code_hash"].as_str().unwrap();
    let third = fixture.json(&["instantiate", "--code-hash", hash, "--args", "1", "--salt", "0x03"]);
    assert_eq!(third["success"], true);
}

#[test]
fn a_forced_failure_is_paid_for_and_undone() {
    let (fixture, contract) = Fixture::with_counter(7);
    for message in ["fail", "abort"] {
        let said = fixture.fails(&["call", "--contract", &contract, "-m", message]);
        says(&said, &["nothing was sent"]);
        let output =
            fixture.run(&["call", "--contract", &contract, "-m", message, "--force", "--output-json"]);
        assert_eq!(output.status.code(), Some(1));
        let sent: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&sent["success"], &sent["sent"]), (&json!(false), &json!(true)));
        assert!(sent["fee"].as_str().unwrap().parse::<u128>().unwrap() > 0);
        let got = fixture.json(&["call", "--contract", &contract, "-m", "get"]);
        assert_eq!(got["result"], 7, "{message} left something behind");
    }
}

#[test]
fn code_can_be_removed_once_nobody_uses_it() {
    let fixture = Fixture::new();
    let bundle = fixture.bundle();
    fixture.ok(&["upload", &bundle]);
    says(&fixture.fails(&["remove", &bundle, "--suri", "//Bob"]), &["belongs to 5Grwva", "--suri"]);
    let removed = fixture.json(&["remove", &bundle]);
    assert!(removed["storage_deposit"].as_str().unwrap().starts_with('-'));
    says(&fixture.fails(&["remove", &bundle]), &["the chain has no code 0x"]);
    fixture.ok(&["instantiate", &bundle, "--args", "1"]);
    says(&fixture.fails(&["remove", &bundle]), &["a contract still uses it"]);
}

#[test]
fn a_contract_that_ends_frees_its_code() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.ok(&["call", "--contract", &contract, "-m", "end"]);
    says(
        &said,
        &["Result      none: the contract has terminated", "Contracts::Terminated", "given back", "Block "],
    );
    says(&fixture.fails(&["call", "--contract", &contract, "-m", "get"]), &["there is no contract at"]);
    fixture.ok(&["remove", &fixture.bundle()]);
}

/// A contract may return something that cannot be decoded; its effects stay nevertheless.
#[test]
fn a_result_that_cannot_be_decoded_is_shown_as_bytes() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.ok(&["call", "--contract", &contract, "-m", "misread"]);
    says(&said, &["Result      0x00", "Advice      cannot decode what `misread` returned", "Block "]);
}

#[test]
fn values_are_encoded_and_decoded_by_the_metadata() {
    let fixture = Fixture::new();
    let bundle = fixture.bundle();
    let encoded = fixture.json(&[
        "encode",
        &bundle,
        "-m",
        "take",
        "--args",
        "//Alice",
        "plain words",
        "true",
        "0x0102",
    ]);
    let data = encoded["data"].as_str().unwrap();
    assert_eq!(
        data,
        format!(
            "0x0b000000{}{}{}01{}",
            "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
            "2c",
            hex::encode("plain words"),
            "080102"
        )
    );
    let decoded = fixture.json(&["decode", "message", &bundle, "--data", data]);
    assert_eq!(decoded["take"]["who"], "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
    assert_eq!((&decoded["take"]["name"], &decoded["take"]["yes"]), (&json!("plain words"), &json!(true)));
    let topic = "11".repeat(32);
    let event =
        fixture.json(&["decode", "event", &bundle, "--data", "0x05000000", "--signature-topic", &topic]);
    assert_eq!(event, json!({ "Added": { "by": 5 } }));
}

#[test]
fn bytes_are_shown_as_the_message_that_they_are() {
    let (fixture, contract) = Fixture::with_counter(9);
    let got = fixture.json(&["call", "--contract", &contract, "--data", "0x01000000", "--dry-run"]);
    assert_eq!(got["result"], 9);
    let bundle = fixture.bundle();
    let made = fixture.json(&["instantiate", &bundle, "--data", "0x0000000003000000", "--salt", "0x01"]);
    assert_eq!(made["result_text"], "()");
    // What no message answers to stays bytes.
    let said = fixture.json(&["call", "--contract", &contract, "--data", "0x77000000", "--dry-run"]);
    assert_eq!((&said["result"], &said["data"]), (&json!(null), &json!("0x00")));
    let told = fixture.run(&["call", "--contract", &contract, "--data", "0x77000000", "--dry-run"]);
    says(&common::both(&told), &["no message with this selector", "Result      0x00"]);
}

#[test]
fn a_contract_without_metadata_is_called_with_bytes() {
    let fixture = Fixture::new();
    let program = fixture.write("bare.elf", &common::counter());
    let made = fixture.json(&["instantiate", &program, "--data", "0x0000000009000000"]);
    let contract = made["contract"].as_str().unwrap();
    let said = fixture.ok(&["call", "--contract", contract, "--data", "0x01000000", "--dry-run"]);
    says(&said, &["Result      0x0009000000"]);
    says(&fixture.fails(&["call", "--contract", contract, "-m", "get"]), &["metadata", "--data 0x"]);
}

#[test]
fn a_compressed_program_works_like_any_and_can_be_unpacked() {
    let fixture = Fixture::new();
    let raw = common::counter();
    let stored = bpf_linker::compress(&raw).unwrap().unwrap();
    let bundle = fixture.write("small.contract", common::bundle(&stored).to_string().as_bytes());
    let made = fixture.json(&["instantiate", &bundle, "--args", "40"]);
    let contract = made["contract"].as_str().unwrap();
    fixture.json(&["call", "--contract", contract, "-m", "add", "--args", "2"]);
    assert_eq!(fixture.json(&["call", "--contract", contract, "-m", "get"])["result"], json!(42));

    let info = fixture.json(&["info", "--contract", contract]);
    assert_eq!((&info["code_len"], &info["raw_code_len"]), (&json!(stored.len()), &json!(raw.len())));
    let lengths = format!("{} bytes, compressed from {}", stored.len(), raw.len());
    says(&fixture.ok(&["info", "--contract", contract]), &[&lengths]);
    let code = fixture.run(&["info", "--contract", contract, "--binary"]).stdout;
    assert!(code == stored, "the stored program differs");
    let file = fixture.write("stored.elf", &code);
    for file in [&file, &bundle] {
        let unpacked = fixture.run(&["info", "--unpack", file]).stdout;
        assert!(unpacked == raw, "{file} is not what it was made of");
    }
    // What is not compressed is as it is; what is damaged is nothing.
    let plain = fixture.write("raw.elf", &raw);
    assert!(fixture.run(&["info", "--unpack", &plain]).stdout == raw);
    let damaged = fixture.write("damaged.elf", &stored[..stored.len() - 8]);
    says(&fixture.fails(&["info", "--unpack", &damaged]), &["does not contain a program"]);
    says(&fixture.fails(&["upload", &damaged]), &["does not contain a program"]);
}
