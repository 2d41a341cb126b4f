//! On any wrong input the message says what to do, the command ends with 1, and the chain stays as it was.

mod common;

use common::{bundle, counter, says, Fixture};

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

#[test]
fn wrong_number_of_arguments() {
    let (fixture, contract) = Fixture::with_counter(1);
    let call = |args: &[&str]| {
        let mut line = vec!["call", "--contract", &contract, "-m", "add"];
        line.extend(args);
        fixture.fails(&line)
    };
    says(&call(&[]), &["the message `add` takes 1 argument (by: u32), but none was given"]);
    says(&call(&["--args", "1", "2"]), &["takes 1 argument (by: u32), but 2 were given"]);
    let said = fixture.fails(&["instantiate", &fixture.bundle(), "--salt", "0x05"]);
    says(&said, &["the constructor `new` takes 1 argument (initial: u32)"]);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "get", "--args", "1"]);
    says(&said, &["takes no arguments, but 1 was given"]);
}

#[test]
fn wrong_type_of_an_argument() {
    let fixture = Fixture::new();
    let bundle = fixture.bundle();
    for text in [
        "true",
        "-1",
        "4294967296",
        "12abc",
        "1,2",
        "",
        "[1]",
        "(1",
        "1)",
        "99999999999999999999999999999999999999999",
    ] {
        let said = fixture.fails(&["encode", &bundle, "-m", "add", "--args", text]);
        says(&said, &["argument 1 of `add`, `by`, must be u32"]);
    }
    let take =
        |args: [&str; 4]| fixture.fails(&[&["encode", &bundle, "-m", "take", "--args"][..], &args].concat());
    says(
        &take(["5Grwva", "x", "true", "0x"]),
        &["argument 1 of `take`, `who`, must be an AccountId", "such as 5Grwva"],
    );
    says(&take([ALICE, "x", "yes", "0x"]), &["argument 3 of `take`, `yes`, must be a bool: true or false"]);
    says(&take([ALICE, "x", "true", "0x0"]), &["argument 4 of `take`, `bytes`, must be Vec<u8>"]);
}

#[test]
fn arguments_of_another_shape() {
    let fixture = Fixture::new();
    let bundle = fixture.bundle();
    let shaped = |text: &str| fixture.fails(&["encode", &bundle, "-m", "shaped", "--args", text]);
    let hash = format!("0x{}", "ab".repeat(32));
    says(
        &shaped("(0x12, { value: 1 })"),
        &["argument 1 of `shaped`, `both`", "at [0]: expected 32 elements"],
    );
    says(&shaped(&format!("({hash}, {{ value: 1 }}, 7)")), &["expected 2 values, found more"]);
    says(&shaped(&format!("({hash})")), &["expected 2 values, found 1"]);
    says(
        &shaped(&format!("({hash}, {{ value: 1, other: 2 }})")),
        &["at [1]: there is no field `other`; the fields are value"],
    );
    says(&shaped(&format!("({hash}, {{}})")), &["the field `value` is missing"]);
    says(&shaped(&"(".repeat(50_000)), &["argument 1 of `shaped`"]);
    let encoded = fixture.json(&["encode", &bundle, "-m", "shaped", "--args", &format!("({hash}, 258)")]);
    assert_eq!(encoded["data"], format!("0x0d000000{}02010000", &hash[2..]));
}

/// Devices have no end, and what has none fits no memory.
#[test]
#[cfg(target_os = "linux")]
fn what_has_no_end() {
    let fixture = Fixture::new();
    let said = fixture.fails(&["info", "--all", "--chain", "/dev/zero"]);
    says(&said, &["cannot read /dev/zero", "not a regular file"]);
    says(&fixture.fails(&["upload", "/dev/zero"]), &["/dev/zero is larger than 64 MiB"]);
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.fails(&["call", "--contract", &contract, "--data", "@/dev/zero"]);
    says(&said, &["/dev/zero is larger than 64 MiB"]);
    says(
        &fixture.fails(&["call", "--contract", &contract, "-m", "get", "--suri", ""]),
        &["the secret is empty"],
    );
}

#[test]
fn unknown_message_or_constructor() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "ad"]);
    says(&said, &["the contract has no message `ad`", "Did you mean `add`?", "get, add, fail"]);
    let said = fixture.fails(&["instantiate", &fixture.bundle(), "--constructor", "default"]);
    says(&said, &["the contract has no constructor `default`", "It has: new"]);
}

#[test]
fn what_is_no_contract() {
    let (fixture, _) = Fixture::with_counter(1);
    says(
        &fixture.fails(&["call", "--contract", "flipper", "-m", "get"]),
        &["--contract must be the address", "not an address"],
    );
    says(
        &fixture.fails(&["call", "--contract", ALICE, "-m", "get"]),
        &["there is no contract at", ALICE, "info --all"],
    );
    says(&fixture.fails(&["info", "--contract", ALICE]), &["there is no contract at"]);
    let hash = format!("0x{}", "77".repeat(32));
    says(
        &fixture.fails(&["instantiate", "--code-hash", &hash, "--args", "1"]),
        &["the chain has no code", "upload it first"],
    );
    says(&fixture.fails(&["remove", "--code-hash", &hash]), &["the chain has no code"]);
    says(&fixture.fails(&["remove", "--code-hash", "0x77"]), &["a hash has 32 bytes, but `0x77` has 1"]);
}

/// A call of the counter's `add`, with further options.
fn add_one<'a>(contract: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["call", "--contract", contract, "-m", "add", "--args", "1"], options].concat()
}

#[test]
fn not_enough_money() {
    let (fixture, contract) = Fixture::with_counter(1);
    let poor = "//Poor";
    let said = fixture.fails(&add_one(&contract, &["--suri", poor, "--force"]));
    says(&said, &["cannot pay", "nothing was sent", "--suri //Alice"]);
    assert!(!said.contains("--gas"), "{said}");
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "pay", "--value", "9999999999UNIT"]);
    says(&said, &["Contracts::", "9999999999 UNIT --value", "are needed", "but the account has"]);
    let empty = Fixture::new();
    let said = empty.fails(&["upload", &empty.bundle(), "--suri", poor, "--force"]);
    says(&said, &["cannot pay the fee of", "it has only 0 UNIT"]);
    assert!(!said.contains("--gas"), "{said}");
    let said = empty.fails(&["upload", &empty.bundle(), "--suri", poor]);
    says(&said, &["Contracts::StorageDepositNotEnoughFunds", "held for storage", "the account has 0 UNIT"]);
    let said = empty.fails(&["instantiate", &empty.bundle(), "--args", "1", "--suri", poor]);
    says(&said, &["are needed (", "held for storage", "the fee", "the account has 0 UNIT"]);
    let said = fixture.fails(&[
        "instantiate",
        &fixture.bundle(),
        "--args",
        "1",
        "--salt",
        "0x09",
        "--storage-deposit-limit",
        "1",
    ]);
    says(&said, &["StorageDepositLimitExhausted", "--storage-deposit-limit allows 0.000000000001 UNIT"]);
}

/// The amount that the message names is enough, and one unit less is not.
#[test]
fn the_amount_that_is_named_is_the_amount_that_it_takes() {
    let fixture = Fixture::new();
    let poor = "//Poor";
    let args = ["instantiate", &fixture.bundle(), "--args", "1", "--suri", poor];
    let told = fixture.run(&[&args[..], &["--output-json"]].concat());
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let funds = &told["funds"];
    let amount = |name: &str| funds[name].as_str().unwrap().parse::<u128>().unwrap();
    let parts = ["value", "deposit", "new_accounts", "fee", "left_over"].map(amount);
    assert_eq!((amount("needed"), amount("available")), (parts.iter().sum(), 0));
    assert!(amount("deposit") > 0 && amount("fee") > 0, "{told}");
    fixture.give(poor, amount("needed") - 1);
    fixture.fails(&args);
    fixture.give(poor, 1);
    fixture.ok(&args);
}

#[test]
fn amounts_that_cannot_be() {
    let (fixture, contract) = Fixture::with_counter(1);
    let pay = ["call", "--contract", &contract, "-m", "pay"];
    for option in ["--value", "--storage-deposit-limit"] {
        for (text, why) in [
            ("-5", "money cannot be negative"),
            ("-1.5UNIT", "money cannot be negative"),
            ("--dry-run", "`--dry-run` is not an amount"),
            ("1.5", "is not an amount"),
        ] {
            let said = fixture.fails(&[&pay[..], &[option, text]].concat());
            says(&said, &[option, why]);
        }
    }
    for option in ["--gas", "--proof-size"] {
        let output = fixture.run(&[&pay[..], &[option, "-5"]].concat());
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        says(&said, &["'-5'", option, "a number from 0 to 18446744073709551615"]);
        assert!(!said.contains("tip:"), "{said}");
    }
}

/// Everywhere that bytes come in, ten mebibytes of them are refused with a reason, in seconds.
#[test]
fn an_input_of_ten_mebibytes() {
    let (fixture, contract) = Fixture::with_counter(1);
    let large = vec![0x5a; 10 << 20];
    let file = fixture.write("large.elf", &large);
    let data = format!("@{file}");
    says(
        &fixture.fails(&["upload", &file]),
        &["large.elf does not contain a program that the chain can run"],
    );
    let call = ["call", "--contract", &contract, "--data", &data];
    says(
        &fixture.fails(&call),
        &["OutputBufferTooSmall", "the input has 10485760 bytes", "No contract takes more than 262144 bytes"],
    );
    let said = fixture.fails(&[&call[..], &["--force"]].concat());
    says(&said, &["too large for a block, with 10485", "nothing was sent"]);
    let said = fixture.fails(&["instantiate", &fixture.bundle(), "--data", &data, "--salt", "0x01"]);
    says(&said, &["the input has 10485760 bytes", "No contract takes more"]);
    let hex =
        fixture.write("large.contract", format!("{{\"source\":\"{}\"}}", "5a".repeat(10 << 20)).as_bytes());
    says(&fixture.fails(&["upload", &hex]), &["is not a contract's bundle"]);
    says(&fixture.fails(&["decode", "message", &fixture.bundle(), "--data", &data]), &["selector"]);
    std::fs::write(fixture.chain(), &large).unwrap();
    says(&fixture.fails(&["info", "--all"]), &["not the file of an embedded chain"]);
}

#[test]
fn an_input_larger_than_the_contracts_buffer() {
    let (fixture, contract) = Fixture::with_counter(1);
    // The counter's buffer has 64 KiB, and its metadata say 16.
    let file = fixture.write("input", &vec![2; 70_000]);
    let said = fixture.fails(&["call", "--contract", &contract, "--data", &format!("@{file}")]);
    says(
        &said,
        &[
            "OutputBufferTooSmall",
            "the input has 70000 bytes, but the contract's buffer has room for 16384",
            "INK_STATIC_BUFFER_SIZE=131072 inkbpf build",
        ],
    );
}

/// The folder of the chain cannot be written to: it can be asked, and nothing else, and says so.
#[cfg(unix)]
#[test]
fn a_chain_in_a_folder_that_is_only_read() {
    let (fixture, contract) = Fixture::with_counter(1);
    let reader = fixture.for_reading();
    for args in [
        &["info", "--all"][..],
        &["storage", "--contract", &contract],
        &["call", "--contract", &contract, "-m", "get"],
        &["call", "--contract", &contract, "-m", "add", "--args", "1", "--dry-run"],
    ] {
        let output = reader.run(args);
        assert!(output.status.success(), "{args:?}: {}", common::both(&output));
    }
    let bundle = fixture.bundle();
    for args in [
        &["call", "--contract", &contract, "-m", "add", "--args", "1"][..],
        &["instantiate", &bundle, "--args", "1", "--salt", "0x01"],
        &["upload", &bundle],
    ] {
        let output = reader.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        says(
            &common::both(&output),
            &["can be read but not changed", "chain.lock", "Make its folder writable"],
        );
    }
    drop(reader);
    assert_eq!(fixture.json(&["call", "--contract", &contract, "-m", "get"])["result"], 1);
}

#[test]
fn money_for_who_takes_none() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "add", "--args", "1", "--value", "5"]);
    says(&said, &["the message `add` takes no money"]);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "pay", "--value", "five"]);
    says(&said, &["--value", "`five` is not an amount"]);
}

#[test]
fn not_enough_gas() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.fails(&add_one(&contract, &["--gas", "1000000"]));
    says(&said, &["Contracts::OutOfGas", "--gas allows 1000000: without it, the dry run finds out"]);
    let limited = add_one(&contract, &["--gas", "400000000", "--proof-size", "5"]);
    says(
        &fixture.fails(&limited),
        &["--gas allows 400000000, and --proof-size allows 5 bytes: without them"],
    );
    let huge = add_one(&contract, &["--gas", "18446744073709551615"]);
    says(
        &fixture.fails(&huge),
        &["too large for a block", "a gas limit of 18446744073709551615", "--proof-size"],
    );
    // A loop without end, with the gas of a fiftieth of a second.
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "spin", "--gas", "20000000000"]);
    says(&said, &["Contracts::OutOfGas", "Stopped in counter: out of gas", "slot "]);
}

#[test]
fn recursion_without_end() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "recurse"]);
    says(&said, &["Stopped in counter: seal1::call failed: MaxCallDepthReached", "more of the same"]);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "deep"]);
    says(&said, &["Contracts::ContractTrapped", "Stopped in counter: calls nested too deeply"]);
}

#[test]
fn a_trap_says_where_and_why() {
    let (fixture, contract) = Fixture::with_counter(1);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "abort"]);
    says(&said, &["Contracts::ContractTrapped", "Stopped in counter: the program aborted", "slot "]);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "astray"]);
    says(&said, &["Contracts::OutOfBounds", "Stopped in counter: seal2::set_storage"]);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "fail"]);
    says(&said, &["the contract returned Err(TooMuch) and reverted its changes"]);
}

#[test]
fn a_very_large_input() {
    let (fixture, contract) = Fixture::with_counter(1);
    let megabytes = |n: usize| fixture.write("big.json", &vec![b'x'; n << 20]);
    says(&fixture.fails(&["upload", &megabytes(10)]), &["is not a contract's bundle or metadata"]);
    let big = fixture.write("big.elf", &vec![0; 10 << 20]);
    says(
        &fixture.fails(&["upload", &big]),
        &["does not contain a program that the chain can run", "not an ELF file"],
    );
    let data = format!("@{}", fixture.write("data", &[&[2, 0, 0, 0][..], &vec![0; 10 << 20]].concat()));
    let said = fixture.fails(&["call", "--contract", &contract, "--data", &data]);
    says(&said, &["Contracts::OutputBufferTooSmall", "Stopped in counter: seal0::input failed"]);
    let said = fixture.fails(&["call", "--contract", &contract, "--data", &data, "--force"]);
    says(&said, &["too large for a block", "nothing was sent"]);
    let long = "9".repeat(100_000);
    let said = fixture.fails(&["call", "--contract", &contract, "-m", "add", "--args", &long]);
    says(&said, &["must be u32", "… (100000 bytes)"]);
    assert!(said.len() < 2_000, "the whole argument is repeated");
}

#[test]
fn programs_that_are_none() {
    let fixture = Fixture::new();
    let good = counter();
    let refused = |name: &str, bytes: &[u8], part: &str| {
        let path = fixture.write(name, bytes);
        says(
            &fixture.fails(&["upload", &path]),
            &["does not contain a program that the chain can run", part],
        );
    };
    refused("cut.elf", &good[..good.len() / 2], "the file ends within its");
    refused(
        "wasm.elf",
        b"\0asm\x01\0\0\0",
        "this is a Wasm module, not an eBPF program: build the contract with `inkbpf build`",
    );
    refused("text.elf", b"hello", "not an ELF file");
    let mut other = good.clone();
    other[18] = 62;
    refused("x86.elf", &other, "an ELF file for machine 62");
    let mut longer = good.clone();
    longer.push(0);
    refused("longer.elf", &longer, "there are bytes after the end");
    // In a bundle, the hash tells.
    let mut lying = bundle(&good);
    lying["source"]["wasm"] = "0x00".into();
    let path = fixture.write("lying.contract", lying.to_string().as_bytes());
    says(&fixture.fails(&["upload", &path]), &["was changed after it was built"]);
}

#[test]
fn a_program_that_does_not_verify_is_refused_with_its_reason() {
    let fixture = Fixture::new();
    let mut bad = counter();
    // The first instruction of the text becomes one that no CPU has.
    let good = common::counter();
    let text = contract_abi::image::Image::parse(&good).unwrap().text;
    let at = good.windows(16).position(|window| window == &text[..16]).unwrap();
    bad[at] = 0xff;
    let path = fixture.write("bad.elf", &bad);
    let said = fixture.fails(&["upload", &path]);
    says(&said, &["Contracts::CodeRejected", "Debug text", "slot 0"]);
}

#[test]
fn files_that_are_missing_or_odd() {
    let fixture = Fixture::new();
    says(&fixture.fails(&["upload", "nowhere.contract"]), &["there is no file nowhere.contract"]);
    says(&fixture.fails(&["upload"]), &["no contract is given", "--manifest-path"]);
    says(
        &fixture.fails(&["upload", "--manifest-path", "nowhere/Cargo.toml"]),
        &["there is no nowhere/Cargo.toml", "--manifest-path"],
    );
    let json = fixture.write("metadata.json", b"{}");
    says(&fixture.fails(&["upload", &json]), &["it has no `source`"]);
    let mut old = bundle(&counter());
    old["version"] = 6.into();
    let path = fixture.write("new.contract", old.to_string().as_bytes());
    says(&fixture.fails(&["upload", &path]), &["the metadata has version 6"]);
    let mut only = bundle(&counter());
    only["source"].as_object_mut().unwrap().remove("wasm");
    let path = fixture.write("only.json", only.to_string().as_bytes());
    says(&fixture.fails(&["upload", &path]), &["only metadata"]);
}

#[test]
fn secrets_that_are_none() {
    let fixture = Fixture::new();
    let said = fixture.fails(&["upload", &fixture.bundle(), "--suri", "correct horse battery staple"]);
    says(&said, &["--suri is not a valid secret"]);
    assert!(!said.contains("horse"), "the secret is repeated");
}

#[test]
fn a_chain_file_that_is_none() {
    let fixture = Fixture::new();
    std::fs::write(fixture.chain(), b"something else").unwrap();
    says(
        &fixture.fails(&["info", "--all"]),
        &["cannot use the chain", "the file was not changed", "not the file of an embedded chain"],
    );
    let (fixture, _) = Fixture::with_counter(1);
    let mut bytes = std::fs::read(fixture.chain()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(fixture.chain(), &bytes).unwrap();
    says(&fixture.fails(&["info", "--all"]), &["altered or damaged"]);
    bytes.truncate(middle);
    std::fs::write(fixture.chain(), &bytes).unwrap();
    says(&fixture.fails(&["info", "--all"]), &["the file was cut"]);
}

#[test]
fn failures_are_json_too() {
    let fixture = Fixture::new();
    let output = fixture.run(&["upload", "nowhere.contract", "--output-json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    says(document["error"].as_str().unwrap(), &["there is no file"]);
}

#[test]
fn arguments_that_make_no_command_are_told_to_programs_too() {
    let fixture = Fixture::new();
    for args in [&["info"][..], &["call", "-m", "get"], &["swim"], &["upload", "--dry-run", "--force"]] {
        let output = fixture.run(&[args, &["--output-json"]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert!(document["error"].as_str().is_some_and(|text| !text.is_empty()), "{document}");
        let plain = fixture.run(args);
        assert_eq!((plain.status.code(), plain.stdout.is_empty()), (Some(2), true), "{args:?}");
    }
    assert!(fixture.ok(&["--version", "--output-json"]).starts_with("inkbpf "));
}

#[test]
fn a_program_that_is_not_the_one_its_metadata_describes() {
    let fixture = Fixture::new();
    let mut code = counter();
    fixture.write("counter.json", &std::fs::read(fixture.bundle()).unwrap());
    let program = fixture.write("counter.elf", &code);
    fixture.ok(&["upload", &program, "--dry-run"]);
    // Anywhere in the instructions, where the image may still be a valid one.
    *code.last_mut().unwrap() ^= 0x20;
    fixture.write("counter.elf", &code);
    says(
        &fixture.fails(&["upload", &program]),
        &["counter.elf is not the program that", "counter.json describes"],
    );
}
