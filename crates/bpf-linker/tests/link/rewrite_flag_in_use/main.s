# The flag is read after the test, so it has to be made, and the way past the test would lose it on one side.
# rewrite known_branches dead_code jumps

.globl deploy
.type deploy,@function
deploy:
  exit

.globl call
.type call,@function
call:
  w3 = 1
  if r2 < r1 goto test
  w3 = 0
test:
  if w3 != 1 goto ok
  call 1
ok:
  r0 = r3
  exit

# expect listing call
# | w3 = 1
# | if r2 < r1 goto +2
# | w3 = 0
# | goto +1
# | call 1
# | r0 = r3
# | exit
