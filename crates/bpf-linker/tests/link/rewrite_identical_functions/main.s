# Two functions that are the same but for the names of their callees, which are the same, too; and two
# whose addresses are taken, which stay apart because a program may compare them.
# rewrite identical_functions

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  call a
  call b
  r1 = pa ll
  r2 = pb ll
  exit

.globl a
.type a,@function
a:
  r0 += 1
  call deep_a
  exit

.globl b
.type b,@function
b:
  r0 += 1
  call deep_b
  exit

.globl deep_a
.type deep_a,@function
deep_a:
  r0 += 2
  call a
  exit

.globl deep_b
.type deep_b,@function
deep_b:
  r0 += 2
  call b
  exit

.globl pa
.type pa,@function
pa:
  r0 += 7
  r1 += 7
  exit

.globl pb
.type pb,@function
pb:
  r0 += 7
  r1 += 7
  exit

# expect functions 6
# expect no symbol b
# expect no symbol deep_b
# expect taken pa
# expect taken pb
