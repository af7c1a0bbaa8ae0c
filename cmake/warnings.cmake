# The warnings every file of ours is compiled with. Packagers may drop -Werror with -DNEWSWIRED_WERROR=OFF.
add_library(newswired_warnings INTERFACE)
target_compile_options(newswired_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wformat=2 -Wundef -Wpointer-arith -Wcast-qual -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wconversion>
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
  $<$<COMPILE_LANGUAGE:C>:-Wold-style-definition>
  $<$<BOOL:${NEWSWIRED_WERROR}>:-Werror>)

# Asserts guard invariants in production too (docs/decisions.md), so NDEBUG is never set.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")

# Scores are decided in floating point and must not depend on the instruction mix of a build.
add_compile_options(-ffp-contract=off -fno-omit-frame-pointer)
if(NEWSWIRED_SANITIZE)
  add_compile_options(-fsanitize=${NEWSWIRED_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NEWSWIRED_SANITIZE})
else()
  add_compile_options(-D_FORTIFY_SOURCE=2 -fstack-protector-strong $<$<CONFIG:Debug>:-U_FORTIFY_SOURCE>)
endif()
if(NEWSWIRED_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link) # coverage feedback from the code under test
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
