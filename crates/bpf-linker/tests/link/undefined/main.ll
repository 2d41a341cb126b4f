; Undefined symbols of each kind, and who refers to them.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@_ZN4core9somewhere17h0123456789abcdefE = external global i64

declare void @"seal9::teleport"(ptr)
declare void @__ink_enforce_error_0x0110466c697010666c6970633aa55101()

define void @deploy() {
  call void @_RNvC7flipper4make()
  ret void
}
define void @_RNvC7flipper4make() {
  call void @__ink_enforce_error_0x0110466c697010666c6970633aa55101()
  ret void
}
define void @call() {
  call void @"seal9::teleport"(ptr @_ZN4core9somewhere17h0123456789abcdefE)
  ret void
}

; expect error `Flip::flip` (`&mut self`, selector 0x633aa551)
; expect error in `flipper::make`
; expect error undefined symbol `core::somewhere`
; expect error `seal9::teleport` is not a function of the contracts pallet
; expect error in `call`
