# Two blocks that do the same and go on to the same place become one. Two traps stay two: each tells of
# its own panic.
# rewrite identical_blocks

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  if r1 == 1 goto a
  if r1 == 2 goto b
  if r1 == 3 goto c
  if r1 == 4 goto d
  exit
a:
  r0 = 5
  call 1
  exit
b:
  r0 = 5
  call 1
  exit
c:
  call __bpf_trap
d:
  call __bpf_trap
  exit

# expect listing call
# | if r1 == 1 goto +4
# | if r1 == 2 goto +3
# | if r1 == 3 goto +5
# | if r1 == 4 goto +5
# | exit
# | r0 = 5
# | call 1
# | exit
# | call 4096
# | call 4096
