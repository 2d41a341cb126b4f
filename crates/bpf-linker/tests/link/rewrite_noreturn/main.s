# A function from which no `exit` can be reached: what follows its calls is dropped.
# rewrite noreturn

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  if r1 == 0 goto dead
  r0 = 3
  exit
dead:
  call forever
  r0 = 9
  exit

.globl forever
.type forever,@function
forever:
  r1 += 1
  if r1 == 9 goto panic
  call forever
  exit
panic:
  call __bpf_trap

# expect listing call
# | if r1 == 0 goto +2
# | r0 = 3
# | exit
# | call function 2
# | call 4096
# expect listing forever
# | r1 += 1
# | if r1 == 9 goto +1
# | call function 2
# | call 4096
