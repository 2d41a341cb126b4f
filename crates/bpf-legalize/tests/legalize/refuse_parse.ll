; LLVM's own message, with the line.
define void @f( {

;; error
; LLVM 22.1.2 cannot read this module: contract:6:1: error: expected type
; 
; ^
