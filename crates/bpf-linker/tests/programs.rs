//! Linked programs, run: what the relocations and tables mean, by results. Each program is run as it is
//! and after all rewrites. Without LLVM 22 there is nothing to run.

mod common;

use bpf_linker::{compress, link, Input, LinkError, Options, Rewrite};
use bpf_vm::TrapKind;
use common::run::{observe, Ending};
use contract_abi::image::{compressed::decompress, Image, ImageError};
use contract_abi::memory::{DATA_BASE, MAX_WRITABLE, STACK_BASE};
use std::fmt::Write;
use std::path::Path;

/// Images of the program in a file, without and with rewrites.
fn images(source: &Path) -> Option<Vec<Vec<u8>>> {
    let object = common::compile(source)?;
    let link = |rewrites: &[Rewrite]| {
        let options = Options { rewrites: rewrites.to_vec(), ..Options::default() };
        link(&[Input { name: "program.o", bytes: &object }], &options).unwrap().image
    };
    let images = vec![link(&[]), link(&Rewrite::ALL)];
    // The large ones are the same few instructions, over which zopfli takes its time.
    images.iter().filter(|image| image.len() < 64 * 1024).for_each(|image| comes_back(image));
    Some(images)
}

/// Every program comes back from its compressed form, which is the same each time.
fn comes_back(image: &[u8]) {
    let file = compress(image).unwrap().expect("headers alone make it shorter");
    assert!(file.len() < image.len());
    assert!(decompress(&file).unwrap() == image);
    assert!(compress(image).unwrap().as_ref() == Some(&file));
    // What is compressed already is no raw image.
    assert!(matches!(compress(&file), Err(LinkError::Image(ImageError::Compressed))));
}

fn text(extension: &str, text: &str) -> Option<Vec<Vec<u8>>> {
    let path = common::scratch(extension);
    std::fs::write(&path, text).unwrap();
    let images = images(&path);
    let _ = std::fs::remove_file(path);
    images
}

fn result(image: &[u8], args: [u64; 5]) -> u64 {
    match observe(image, args).end {
        Ending::Finished(r0) => r0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_jump_table_leads_to_its_blocks() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/link/jump_table/main.ll");
    for image in images(&case).unwrap_or_default() {
        for (argument, expected) in [3, 62, 300, 11999, 50000, 600000, 7, 7].into_iter().enumerate() {
            assert_eq!(result(&image, [argument as u64, 0, 0, 0, 0]), expected, "{argument}");
        }
        assert_eq!(result(&image, [u32::MAX.into(), 0, 0, 0, 0]), 7);
    }
}

// Two switches in a function, whose jumps LLVM's tail merging may share, and the same again in another
// section.
#[test]
fn several_jump_tables_stay_apart() {
    let cases = |switch: &str| -> String {
        (0..6).map(|case| format!("i64 {case}, label %{switch}{case} ")).collect()
    };
    let mut source = String::from(
        "target datalayout = \"e-m:e-p:64:64-i64:64-i128:128-n32:64-S128\"\ntarget triple = \"bpfel\"\n",
    );
    for (name, factor) in [("first", 10), ("second", 100)] {
        let sums: String = (0..6).map(|case| format!(", [ {}, %a{case} ]", case * factor)).collect();
        writeln!(
            source,
            "define internal i64 @{name}(i64 %x, i64 %y) noinline optsize section \".text.{name}\" {{\n\
             entry:\n  switch i64 %x, label %middle [ {} ]",
            cases("a")
        )
        .unwrap();
        for case in 0..6 {
            writeln!(source, "a{case}:\n  br label %middle").unwrap();
        }
        writeln!(
            source,
            "middle:\n  %sum = phi i64 [ 0, %entry ]{sums}\n  switch i64 %y, label %none [ {} ]",
            cases("b")
        )
        .unwrap();
        for case in 0..6 {
            // Different enough that LLVM does not make a table of numbers of it.
            let operation = ["add", "xor", "mul"][case % 3];
            let number = 7 * case * case + 1;
            writeln!(source, "b{case}:\n  %r{case} = {operation} i64 %sum, {number}\n  ret i64 %r{case}")
                .unwrap();
        }
        source.push_str("none:\n  ret i64 %sum\n}\n");
    }
    source.push_str(
        "define void @deploy() {\n  ret void\n}\n\
         define i64 @call(i64 %x, i64 %y) {\n  %a = call i64 @first(i64 %x, i64 %y)\n\
         \x20 %b = call i64 @second(i64 %y, i64 %x)\n  %c = mul i64 %b, 100000\n\
         \x20 %d = add i64 %a, %c\n  ret i64 %d\n}\n",
    );
    let function = |x: u64, y: u64, factor: u64| {
        let sum = if x < 6 { x * factor } else { 0 };
        let number = 7 * y * y + 1;
        match y {
            0 | 3 => sum + number,
            1 | 4 => sum ^ number,
            2 | 5 => sum * number,
            _ => sum,
        }
    };
    for image in text("ll", &source).unwrap_or_default() {
        assert!(Image::parse(&image).unwrap().jump_tables.len() >= 2);
        for (x, y) in (0..8).flat_map(|x| (0..8).map(move |y| (x, y))) {
            let expected = function(x, y, 10) + 100_000 * function(y, x, 100);
            assert_eq!(result(&image, [x, y, 0, 0, 0]), expected, "{x}, {y}");
        }
    }
}

#[test]
fn pointers_in_data_lead_to_functions_and_data() {
    let source = r#"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"
@text = private unnamed_addr constant [4 x i8] c"abcd", align 1
@more = private unnamed_addr constant [8 x i8] c"12345678", align 1
@vtable = internal constant [4 x ptr] [ptr @double, ptr @square, ptr getelementptr (i8, ptr @more, i64 2), ptr @text], align 8
@last = global ptr getelementptr (i8, ptr @text, i64 3)
define internal i64 @double(i64 %a) {
  %r = mul i64 %a, 2
  ret i64 %r
}
define internal i64 @square(i64 %a) {
  %r = mul i64 %a, %a
  ret i64 %r
}
define void @deploy() {
  ret void
}
define i64 @call(i64 %which, i64 %a) {
  %p = getelementptr [4 x ptr], ptr @vtable, i64 0, i64 %which
  %v = load ptr, ptr %p
  %data = icmp ugt i64 %which, 1
  br i1 %data, label %read, label %apply
apply:
  %r = call i64 %v(i64 %a)
  ret i64 %r
read:
  %byte = load i8, ptr %v
  %l = load ptr, ptr @last
  %other = load i8, ptr %l
  %x = zext i8 %byte to i64
  %y = zext i8 %other to i64
  %z = shl i64 %y, 8
  %s = or i64 %x, %z
  ret i64 %s
}
"#;
    for image in text("ll", source).unwrap_or_default() {
        assert_eq!(result(&image, [0, 21, 0, 0, 0]), 42);
        assert_eq!(result(&image, [1, 9, 0, 0, 0]), 81);
        assert_eq!(result(&image, [2, 0, 0, 0, 0]), u64::from(b'd') << 8 | u64::from(b'3'));
        assert_eq!(result(&image, [3, 0, 0, 0, 0]), u64::from(b'd') << 8 | u64::from(b'a'));
    }
}

#[test]
fn the_heap_is_what_remains() {
    let source = "
.section .text,\"ax\"
.globl deploy
.type deploy,@function
deploy:
  r0 = __heap_end ll
  exit
.globl call
.type call,@function
call:
  r0 = __heap_base ll
  *(u8 *)(r0 + 0) = r1
  r2 = __heap_end ll
  *(u8 *)(r2 - 1) = r1
  r2 -= r0
  r0 <<= 32
  r0 |= r2
  exit
.bss
.globl zeroed
zeroed:
.zero 100
";
    for image in text("s", source).unwrap_or_default() {
        let found = result(&image, [7, 0, 0, 0, 0]);
        let (base, size) = ((found >> 32) as u32, found as u32);
        // `zeroed` is not referred to, so there is no bss.
        assert_eq!(base, DATA_BASE);
        assert_eq!(size, MAX_WRITABLE - 128 * 1024);
    }
}

// The callee's frame begins where the caller's ends: what they write does not overlap.
#[test]
fn frames_do_not_overlap() {
    let source = r#"
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"
define i64 @down(i64 %n) noinline {
  %mine = alloca [24 x i8], align 8
  store volatile i64 %n, ptr %mine
  %zero = icmp eq i64 %n, 0
  br i1 %zero, label %end, label %more
more:
  %m = sub i64 %n, 1
  %below = call i64 @down(i64 %m)
  %own = load volatile i64, ptr %mine
  %sum = add i64 %below, %own
  ret i64 %sum
end:
  %address = ptrtoint ptr %mine to i64
  %shifted = shl i64 %address, 16
  ret i64 %shifted
}
define void @deploy() {
  ret void
}
define i64 @call(i64 %n) {
  %here = alloca [8 x i8], align 8
  store volatile i64 77, ptr %here
  %r = call i64 @down(i64 %n)
  %own = load volatile i64, ptr %here
  %sum = add i64 %r, %own
  ret i64 %sum
}
"#;
    for image in text("ll", source).unwrap_or_default() {
        let found = result(&image, [20, 0, 0, 0, 0]);
        assert_eq!(found & 0xffff, 77 + 20 * 21 / 2);
        let deepest = (found >> 16) as u32;
        assert!((STACK_BASE..STACK_BASE + 128 * 1024).contains(&deepest), "{deepest:#x}");
        let endless = observe(&image, [1 << 40, 0, 0, 0, 0]).end;
        let expected = [TrapKind::CallDepth, TrapKind::StackOverflow].map(Ending::Trapped);
        assert!(expected.contains(&endless), "{endless:?}");
    }
}

// Conditions that reach further than 16 bits of distance, one of which has no opposite.
#[test]
fn far_branches_arrive() {
    let mut source = String::from(
        ".section .text,\"ax\"\n.globl deploy\n.type deploy,@function\ndeploy:\n  exit\n\
         .globl call\n.type call,@function\ncall:\n  r6 = r1\n  r0 = 0\n  if r6 == 1 goto L1\n  gotol L9\n",
    );
    for index in 0..40_000 {
        writeln!(source, "  r0 += {}", index % 3).unwrap();
    }
    source.push_str("L9:\n  r0 += 5\n  exit\nL1:\n  exit\n");
    // The targets are 40,000 slots away, which the source reaches in two steps; the rewrite `jumps` makes
    // one of them.
    let source = source
        .replace("  if r6 == 1 goto L1\n", "  if r6 == 1 goto near\n  goto on\nnear:\n  gotol L1\non:\n")
        .replace("  gotol L9\n", "  if r6 & 4 goto far\n  goto body\nfar:\n  gotol L9\nbody:\n");
    for (plain, image) in text("s", &source).unwrap_or_default().iter().enumerate() {
        let sum: u64 = (0..40_000).map(|index| index % 3).sum();
        assert_eq!(result(image, [1, 0, 0, 0, 0]), 0, "{plain}");
        assert_eq!(result(image, [4, 0, 0, 0, 0]), 5, "{plain}");
        assert_eq!(result(image, [2, 0, 0, 0, 0]), sum + 5, "{plain}");
    }
}
