# Numbers and addresses that fit 32 bits need one slot; others keep two.
# rewrite wide_loads

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  r1 = -1 ll
  r2 = 0xffffffff ll
  r3 = 0x7fffffff ll
  r4 = 0x100000000 ll
  r5 = call ll
  r0 = table+8 ll
  exit

.section .rodata,"a"
table:
.quad 1, 2

# expect listing call
# | r1 = -1
# | w2 = -1
# | r3 = 2147483647
# | r4 = 4294967296 ll
# | r5 = 1073741832
# | r0 = 268435464
# | exit
# expect taken call
