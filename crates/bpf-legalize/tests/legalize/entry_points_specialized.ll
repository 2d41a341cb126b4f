; Link-time optimisation has taken a parameter from `memcmp`: it is not the machine's function any more. Of
; `memset` it has changed the convention alone.
define void @f(ptr %a, ptr %b) {
  %r = call fastcc i32 @memcmp(ptr %a, ptr %b)
  store volatile i32 %r, ptr %a
  call fastcc void @memset(ptr %a, i32 0, i64 100)
  ret void
}

define internal fastcc i32 @memcmp(ptr %a, ptr %b) noinline {
  %x = load i8, ptr %a
  %y = load i8, ptr %b
  %wide = zext i8 %x to i32
  %other = zext i8 %y to i32
  %r = sub i32 %wide, %other
  ret i32 %r
}

define internal fastcc void @memset(ptr %a, i32 %b, i64 %n) noinline {
  store i8 0, ptr %a
  ret void
}

;; after
define void @f(ptr %a, ptr %b) {
  %r = call fastcc i32 @memcmp.specialized(ptr %a, ptr %b)
  store volatile i32 %r, ptr %a, align 4
  call fastcc void @memset(ptr %a, i32 0, i64 100)
  ret void
}

; Function Attrs: noinline
define internal fastcc i32 @memcmp.specialized(ptr %a, ptr %b) #0 {
  %x = load i8, ptr %a, align 1
  %y = load i8, ptr %b, align 1
  %wide = zext i8 %x to i32
  %other = zext i8 %y to i32
  %r = sub i32 %wide, %other
  ret i32 %r
}

declare fastcc void @memset(ptr, i32, i64)

attributes #0 = { noinline }
