; What is not an entry point becomes private, and goes if nothing needs it. Bodies of functions that the
; machine has become declarations.
; entry: f g
define void @f() {
  call void @kept()
  %r = call i32 @memcmp(ptr @used, ptr @used, i64 9)
  ret void
}

define void @g() {
  ret void
}

define hidden void @kept() noinline {
  store volatile i8 1, ptr @used
  ret void
}

define void @dead() {
  call void @dead()
  ret void
}

define i32 @memcmp(ptr %a, ptr %b, i64 %n) {
  ret i32 0
}

@used = global i8 0
@unused = global i8 0

;; after
@used = internal global i8 0

define void @f() {
  call void @kept()
  %r = call i32 @memcmp(ptr @used, ptr @used, i64 9)
  ret void
}

define void @g() {
  ret void
}

; Function Attrs: noinline
define internal void @kept() #0 {
  store volatile i8 1, ptr @used, align 1
  ret void
}

declare i32 @memcmp(ptr, ptr, i64)

attributes #0 = { noinline }
