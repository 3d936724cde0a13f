// Not an adapter at all: any library.
int nothing_here = 0;
