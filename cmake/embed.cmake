# cmake -DINPUT=file -DOUTPUT=file.c -DNAME=symbol -DHEADER=declares.h -P embed.cmake
# Writes the file's bytes as a C array: const char NAME[] (with a NUL behind it) and const size_t NAME_len.
file(READ ${INPUT} bytes HEX)
string(LENGTH "${bytes}" digits)
math(EXPR length "${digits} / 2")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "(char)0x\\1," list "${bytes}")
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n"
  "const char ${NAME}[] = {${list}0};\nconst size_t ${NAME}_len = ${length};\n")
