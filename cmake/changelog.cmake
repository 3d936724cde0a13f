# cmake -DNAME= -DVERSION= -DMAILBOX= -DIN= -DOUT= -P: Debian's changelog of a package, compressed. Its day is SOURCE_DATE_EPOCH's,
# so that the same sources make the same package.
string(TIMESTAMP DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(READ ${IN} text)
string(REPLACE "capbridge (@" "${NAME} (@" text "${text}")
string(CONFIGURE "${text}" text @ONLY)
file(WRITE ${OUT} "${text}")
execute_process(COMMAND gzip -9nf ${OUT} COMMAND_ERROR_IS_FATAL ANY)
